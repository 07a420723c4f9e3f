/*
 * minizip's file functions over a descriptor that is not ours to close.
 */
#ifndef FORMAT_ZIPIO_INTERNAL_H
#define FORMAT_ZIPIO_INTERNAL_H

#include <stdint.h>

#include <minizip/ioapi.h>

struct zipio {
	int		fd;
	uint64_t	pos;	/* where the next byte is read or written */
	uint64_t	size;	/* bytes in the file */
	int		sys;	/* errno of the first failure; nothing is read
				   or written after it */
};

/*
 * zipio_funcs(io, funcs): file functions for unzOpen2_64 or zipOpen2_64 that
 * use io by pread and pwrite, whatever file name minizip passes.  io is
 * borrowed.  Reads that fail are short; writes that fail seem to succeed, so
 * look at io->sys after each call of minizip.
 */
void	zipio_funcs(struct zipio *, zlib_filefunc64_def *);

#endif
