/*
 * What is said of a line that should be a header and does not fit.
 */
#ifndef COUPON_HEADER_WORDS_INTERNAL_H
#define COUPON_HEADER_WORDS_INTERNAL_H

#include <stddef.h>

#include "glyph_internal.h"

struct buf;
struct checker;
struct err;
struct record;

/*
 * header_line(c, rec, b, e): the record as one text, as it stood in the file.
 * ERR_NOMEM.
 */
int	header_line(const struct checker *, const struct record *,
	    struct buf *, struct err *);

/*
 * header_delimiter(c, line): the delimiter with which the line would name a
 * column, or 0.  One known name is enough: the others may need the setting
 * columns.
 */
char	header_delimiter(const struct checker *, struct text);

/*
 * header_most_cells(c, line): as many cells, with something in them, as any
 * delimiter makes of it.
 */
size_t	header_most_cells(const struct checker *, struct text);

/*
 * header_missing(c, rec, line, b, e): which name is not in the line, what is
 * there, and what to do about it.  ERR_NOMEM.
 */
int	header_missing(struct checker *, const struct record *, struct text,
	    struct buf *, struct err *);

/*
 * header_both(c, rec, column, b, e): two cells could name this column, the
 * last of them c->col's.  ERR_NOMEM.
 */
int	header_both(struct checker *, const struct record *, int,
	    struct buf *, struct err *);

#endif
