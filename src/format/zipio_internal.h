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
	int		sys;	/* errno of the first failure; all fail then */
};

/*
 * zipio_funcs(io, funcs): file functions for unzOpen2_64 or zipOpen2_64 that
 * use io by pread and pwrite, whatever file name minizip passes.  io is
 * borrowed.  A failure is kept in io->sys, since minizip does not tell.
 */
void	zipio_funcs(struct zipio *, zlib_filefunc64_def *);

#endif
