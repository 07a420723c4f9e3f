/*
 * The bytes of a file, read a second time beside a pass over its rows, so that
 * what is copied need not be put together again from cells.
 *
 * Offsets are those of the unpacked bytes, and of UTF-8 where the file is in
 * UTF-16 or UTF-32: as the readers count them.
 */
#ifndef COUPON_AGAIN_H
#define COUPON_AGAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../format/wide.h"

struct err;
struct unpack;

struct again {
	struct unpack	*u;
	struct wide	*wide;		/* or NULL */
	char		*block;
	const char	*p;		/* bytes not yet taken, */
	size_t		 n;
	bool		 ended;		/* and no more after them */
	uint64_t	 at;		/* offset of p */
};

/*
 * again_open(a, fd, kind, e): read from the start of a seekable file, which
 * stays the caller's.  ERR_INPUT, ERR_LIMIT, ERR_NOMEM.  End with again_close,
 * after failure too.
 */
int	again_open(struct again *, int, enum wide_kind, struct err *);

/*
 * again_fill(a, e): have bytes at p, unless the file has ended.  Errors as of
 * unpack_read.
 */
int	again_fill(struct again *, struct err *);

/*
 * again_take(a, upto, p, n, e): take the next bytes before an offset, as many
 * as lie in one piece, which is borrowed until the next call; *n is 0 once all
 * are taken.  ERR_INPUT when the file ends before them.
 */
int	again_take(struct again *, uint64_t, const char **, size_t *,
	    struct err *);

/*
 * again_close(a): harmless on one that is zeroed.
 */
void	again_close(struct again *);

#endif
