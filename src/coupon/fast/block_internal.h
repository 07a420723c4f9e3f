/*
 * A block of text, and the plain rows that were found in it.
 */
#ifndef COUPON_FAST_BLOCK_INTERNAL_H
#define COUPON_FAST_BLOCK_INTERNAL_H

#include <stddef.h>
#include <stdint.h>

/* Days of this century: year * 512 + month * 32 + day. */
#define PLAIN_DAYS	(100 * 512)
#define PLAIN_GIVEN	PLAIN_DAYS	/* the date for all the file */
#define PLAIN_NONE	0		/* no date; there is no month 0 */
#define PLAIN_LEAD	64		/* readable bytes before a block */

#define PLAIN_REDEEMED	3		/* mask: redeemed + 1 */
#define PLAIN_DIGITS	4		/* nothing but digits */
#define PLAIN_QUOTED	8		/* the code is */

struct plain_row {
	uint32_t	at;		/* of the code, past its quote */
	uint8_t		len;
	uint8_t		flags;
	uint16_t	day;
};

/* Rows that are not plain. */
struct plain_rest {
	uint32_t	at, end;
	uint32_t	rows;		/* plain ones before it */
};

struct plain_block {
	char			*text;	/* PLAIN_LEAD before, MARKS_PAD after */
	size_t			 start;	/* of a row, it is hoped */
	size_t			 cut;	/* after the last line end */
	struct plain_row	*rows;
	size_t			 nrows, rows_cap;
	struct plain_rest	*rests;
	size_t			 nrests, rests_cap;
	uint32_t		*named;	/* rows that may repeat */
	size_t			 nnamed, named_cap;
};

#endif
