/*
 * Normalised output: what is staged.  UTF-8, one row per line.
 */
#ifndef COUPON_LAYOUT_H
#define COUPON_LAYOUT_H

#include <stdbool.h>

struct buf;
struct coupon;
struct err;

enum layout_kind { LAYOUT_CODES, LAYOUT_COLUMNS };

struct layout {
	enum layout_kind kind;
	bool		 header;	/* coupon_code[,redeemed,redeem_date] */
	bool		 crlf;
	bool		 guard;		/* no code becomes a formula: for files
					   that people open, not for others;
					   see format/formula.h */
};

/*
 * layout_head(l, b, e): append the header line, if the layout has one.
 */
int	layout_head(const struct layout *, struct buf *, struct err *);

/*
 * layout_row(l, c, b, e): append one row, quoted per RFC 4180 when it must.
 */
int	layout_row(const struct layout *, const struct coupon *, struct buf *,
	    struct err *);

#endif
