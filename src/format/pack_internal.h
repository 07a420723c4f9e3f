/*
 * The zip side of the packer.
 */
#ifndef FORMAT_PACK_INTERNAL_H
#define FORMAT_PACK_INTERNAL_H

#include <stddef.h>
#include <stdint.h>

struct block;
struct err;
struct pack_opts;
struct zipw;

/*
 * zipw_new(fd, opts, e): a zip with one entry, opts->entry, at the start of
 * fd.  opts is borrowed until zipw_free.  Errors as pack_open.
 */
struct zipw *zipw_new(int, const struct pack_opts *, struct err *);

/*
 * zipw_block(z, b, e): the next compressed block of the entry.
 */
int	zipw_block(struct zipw *, const struct block *, struct err *);

/*
 * zipw_finish(z, crc, bytes, e): write the directory; crc is the CRC-32 of
 * the whole entry.  The archive's length goes to *bytes.
 */
int	zipw_finish(struct zipw *, uint32_t, uint64_t *, struct err *);

/*
 * zipw_free(z): writes nothing any more; NULL is harmless.
 */
void	zipw_free(struct zipw *);

#endif
