/*
 * One block of raw DEFLATE at a time; shared by the packer's files.
 */
#ifndef FORMAT_DEFLATE_INTERNAL_H
#define FORMAT_DEFLATE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pack.h"

struct err;
struct deflater;

/* Room that any block of PACK_BLOCK bytes fits in, however random it is. */
#define DEFLATE_ROOM	(PACK_BLOCK + PACK_BLOCK / 8 + 1024)

struct block {
	unsigned char	*in;	/* PACK_BLOCK bytes of room */
	size_t		 in_len;
	unsigned char	*out;	/* DEFLATE_ROOM bytes of room */
	size_t		 out_len;
	uint32_t	 crc;	/* CRC-32 of in */
	bool		 last;	/* ends the stream */
};

/*
 * deflater_new(plain_zlib, e): what one thread needs to compress.  ERR_NOMEM.
 */
struct deflater *deflater_new(bool, struct err *);

/*
 * deflater_block(d, b, e): compress b->in into b->out without looking at any
 * other block, ending at a byte boundary with an empty stored block (RFC 1951
 * section 3.2.4), or with the final block when b->last; fill in out_len and
 * crc.  ERR_INTERNAL when the library fails.
 */
int	deflater_block(struct deflater *, struct block *, struct err *);

/*
 * deflater_free(d): NULL is harmless.
 */
void	deflater_free(struct deflater *);

#endif
