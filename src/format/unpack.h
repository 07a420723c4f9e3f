/*
 * Input files as a stream of bytes: plain, gzip (any number of members) or
 * zip (the one file entry), found by their first bytes, under caps.
 */
#ifndef FORMAT_UNPACK_H
#define FORMAT_UNPACK_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct err;
struct unpack;

enum unpack_kind { UNPACK_PLAIN, UNPACK_GZIP, UNPACK_ZIP };

struct unpack_caps {
	uint64_t	max_bytes;	/* unpacked; LIM_UNPACKED; 0: no cap */
	unsigned	max_ratio;	/* unpacked/packed; LIM_RATIO; 0: no
					   cap */
	uint64_t	ratio_from;	/* unpacked bytes up to which the ratio
					   does not count; LIM_RATIO_FROM */
};

/*
 * unpack_open(fd, caps, e): look at the first bytes of fd and be ready to
 * read.  fd stays the caller's and must be seekable (a pipe is spooled to a
 * file first); its offset is neither used nor moved.  Without caps those of
 * base/limits.h hold.  NULL with ERR_INPUT for an unreadable, encrypted,
 * multi-entry or spreadsheet archive (the message names a workbook as such),
 * ERR_LIMIT where the size shows before reading, ERR_IO, ERR_NOMEM.  Free with
 * unpack_free.
 */
struct unpack *unpack_open(int, const struct unpack_caps *, struct err *);

/*
 * unpack_kind(u): how the file is packed.
 */
enum unpack_kind unpack_kind(const struct unpack *);

/*
 * unpack_name(u): the name of the zip entry, borrowed; NULL for others.
 */
const char *unpack_name(const struct unpack *);

/*
 * unpack_read(u, p, n, e): up to n bytes; 0 at the end, where checksums and
 * sizes were proven; -1 with ERR_INPUT (damaged, truncated, trailing bytes, a
 * workbook inside), ERR_LIMIT, ERR_IO, ERR_STOPPED.  Blocks on the file.  Ask
 * for 64 KiB or more at a time; what is inside an archive is recognised from
 * the first answer.
 */
ssize_t	unpack_read(struct unpack *, void *, size_t, struct err *);

/*
 * unpack_done(u): bytes of the file on disk that what was read so far stands
 * for; of a zip an estimate.
 */
uint64_t unpack_done(const struct unpack *);

/*
 * unpack_free(u): NULL is harmless.
 */
void	unpack_free(struct unpack *);

#endif
