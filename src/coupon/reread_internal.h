/*
 * The bytes of a file, read a second time beside a pass over its rows, so that
 * what is copied need not be put together again from cells.
 *
 * Offsets are those of the unpacked bytes, and of UTF-8 where the file is in
 * UTF-16 or UTF-32: as the readers count them.
 */
#ifndef COUPON_REREAD_INTERNAL_H
#define COUPON_REREAD_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../format/utf16.h"

struct err;
struct unpack;

struct reread {
	struct unpack	*u;
	struct utf16	*utf16;		/* or NULL */
	char		*block;
	const char	*p;		/* bytes not yet taken, */
	size_t		 n;
	bool		 ended;		/* and no more after them */
	uint64_t	 at;		/* offset of p */
};

/*
 * reread_open(a, fd, kind, e): read from the start of a seekable file, which
 * stays the caller's.  ERR_INPUT, ERR_LIMIT, ERR_NOMEM.  End with reread_close,
 * after failure too.
 */
int	reread_open(struct reread *, int, enum utf16_kind, struct err *);

/*
 * reread_fill(a, e): have bytes at p, unless the file has ended.  Errors as of
 * unpack_read.
 */
int	reread_fill(struct reread *, struct err *);

/*
 * reread_take(a, upto, p, n, e): take the next bytes before an offset, as many
 * as lie in one piece, which is borrowed until the next call; *n is 0 once all
 * are taken.  ERR_INPUT when the file ends before them.
 */
int	reread_take(struct reread *, uint64_t, const char **, size_t *,
	    struct err *);

/*
 * reread_close(a): harmless on one that is zeroed.
 */
void	reread_close(struct reread *);

#endif
