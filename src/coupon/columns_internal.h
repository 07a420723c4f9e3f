/*
 * Which column holds what: the header, the lines above it, and what a line
 * looks like by its cells alone.
 */
#ifndef COUPON_COLUMNS_INTERNAL_H
#define COUPON_COLUMNS_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "findings_internal.h"

struct check_opts;
struct checker;
struct err;

#define TITLES_MAX	20	/* lines looked at for a header */

enum column { COL_CODE, COL_REDEEMED, COL_DATE, COLUMNS };

/* What the cells of a line look like, whatever column they are in. */
struct like {
	size_t	n;		/* cells */
	bool	flag, date;	/* one says whether it was redeemed, or when */
	bool	code, digit;	/* another may be a code, with a digit in it */
	bool	name;		/* one names a column */
};

/* A line above the header. */
struct title {
	struct complaint	 x;
	char			 value[VALUE_BYTES];
	struct like		 like;
	bool			 row, header, bad; /* bad: is set aside */
};

/*
 * header_read(c, rec, e): the first record, or one after a title.
 */
int	header_read(struct checker *, const struct record *, struct err *);

/*
 * header_sep(c, rec, e): whether it is a first line such as "sep=;", which is
 * then dealt with; -1 on failure.
 */
int	header_sep(struct checker *, const struct record *, struct err *);

/*
 * header_absent(c, e): there is no header at all.
 */
int	header_absent(struct checker *, struct err *);

/*
 * header_none(c, e): how many columns a file without a header has: as most of
 * its first rows.  ERR_INPUT, ERR_IO, ERR_NOMEM.
 */
int	header_none(struct checker *, struct err *);

/*
 * header_like(c, rec): the record names columns, as a header does.
 */
bool	header_like(const struct checker *, const struct record *);

/*
 * header_names(o, column, t): a header cell names this column, by its setting
 * or, without one, by a documented name.
 */
bool	header_names(const struct check_opts *, int, struct text);

/*
 * header_name(o, column, i): such a name, or NULL after the last one.
 */
const char *header_name(const struct check_opts *, int, size_t);

/*
 * header_configured(o, column): whether a setting names this column.
 */
bool	header_configured(const struct check_opts *, int);

/*
 * header_cell(c, cell, t, e): the text of a cell of a header, its bytes where
 * they are not text; borrowed until the next one.  ERR_NOMEM.
 */
int	header_cell(struct checker *, const struct cell *, struct text *,
	    struct err *);

/*
 * header_names_code(o, cell): the cell names the column of the codes.
 */
bool	header_names_code(const struct check_opts *, const struct cell *);

/*
 * header_needs(c, place, e): columns that a run cannot do without.
 */
int	header_needs(struct checker *, const struct place *, struct err *);

/*
 * header_any(c, t): the name of any column.
 */
bool	header_any(const struct checker *, struct text);

/*
 * like_row(c, l): under the header of the file this reads as a row.
 */
bool	like_row(const struct checker *, const struct like *);

/*
 * like_title(c, rec, title): what a line above the header looks like.
 */
void	like_title(struct checker *, const struct record *, struct title *);

/*
 * like_inside(c, rec, e): report cells with lines that read as rows.
 */
int	like_inside(struct checker *, const struct record *, struct err *);

/*
 * like_whole(c, cell, t, e): t in the code column is a whole row, or its
 * header, by another delimiter: 1 when this was reported, else 0.
 */
int	like_whole(struct checker *, const struct cell *, struct text,
	    struct err *);

#endif
