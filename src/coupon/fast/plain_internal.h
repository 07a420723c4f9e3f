/*
 * Plain rows: those that nearly all files are made of, settled without the
 * reader and without a cell ever being looked at twice.
 *
 * plain_check is a pure function of a block of text that starts a row; it may
 * run on any thread, before it is known whether the block does start a row.
 * What it says about plain rows is what row_check would say; every other row
 * is left to the reader.  plain_tally then counts plain rows, in any order.
 */
#ifndef COUPON_FAST_PLAIN_INTERNAL_H
#define COUPON_FAST_PLAIN_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../format/marks.h"
#include "../checker_internal.h"
#include "../columns_internal.h"
#include "../date_format_internal.h"
#include "../dedup_internal.h"
#include "../profile_internal.h"
#include "block_internal.h"

#define PLAIN_TITLE	8		/* may be a title whatever follows */
#define PLAIN_CODE	64		/* bytes of the longest plain code */
#define PLAIN_WORDS	8		/* redeemed_words that are looked for */
#define PLAIN_SHORT	16		/* bytes of the longest of them, and
					   of a date of fixed length */

/* A word for redeemed, in lower case, zeros after it. */
struct plain_word {
	uint64_t		 text[PLAIN_SHORT / 8];
	int			 redeemed;
};

/* A date format with all its digits: where they are, and what is between. */
struct plain_date {
	size_t			 len;		/* 0: none that is short */
	size_t			 year, month, day;
	bool			 century;	/* four digits of the year */
	uint64_t		 text[PLAIN_SHORT / 8];
	uint64_t		 mask[PLAIN_SHORT / 8];
};

/* What plain rows of this file look like; not changed during a pass. */
struct plain {
	struct marks_opts	 marks;
	unsigned		 width;
	unsigned		 col[COLUMNS];	/* width: not in the file */
	bool			 standard;	/* code,redeemed,redeem_date */
	const unsigned char	*byte;		/* as in struct checker */
	const struct check_opts	*o;
	/*
	 * Bytes that are first (1), second (2) or third (4) in a word that
	 * only titles and totals have; PLAIN_TITLE.
	 */
	unsigned char		 title[256];	/* words of code_void: << 4 */
	/* How a name of the codes' column begins, in capitals. */
	uint16_t		 head, head_mask;
	bool			 alphabet;	/* of codes is set */
	size_t			 min_code, max_code;
	size_t			 digits_len;	/* shorter: zeros lost? */
	unsigned		 ruins;		/* of the column */
	int			 redeemed;
	struct plain_word	 word[PLAIN_WORDS];
	unsigned		 nwords;	/* 0: 1 and 0 */
	const struct date_format *format;	/* NULL: YYYY-MM-DD */
	struct plain_date	 date;
	bool			 utf8;		/* unused cells are */
	bool			 stop0;		/* redeemed 0 is an error */
	bool			 skip0;
	bool			 given;		/* a date for all the file */
	const struct dedup	*dups;		/* look for named rows, or */
	const unsigned char	*secret;
	const struct known	*known;		/* codes there are; or NULL */
	unsigned char		 day_ok[PLAIN_DAYS];
};

/* What one thread counted. */
struct plain_tally {
	uint64_t		 day[PLAIN_DAYS + 1];
	uint16_t		 day_from;	/* those used are from here */
	uint16_t		 day_to;	/* to before here; 0: none */
	uint64_t		 digits[DIGITS_MAX + 1];
	uint64_t		 zero_led;	/* of these, begin with 0 */
	uint64_t		 rounded;	/* code_rounded */
	uint64_t		 serials;	/* code_serial */
	uint64_t		 naughts;	/* "0" */
	uint64_t		 skipped;
	struct content		 content;
	struct prints		*prints;
};

/*
 * plain_init(f, c, crlf): what plain rows look like, from the settings and
 * the header that was read; false when no row of this file would be plain,
 * or more has to be done with each row than is known here.
 */
bool	plain_init(struct plain *, const struct checker *, bool);

/*
 * plain_check(f, m, b, e): the rows of b->text from b->start to b->cut, into
 * b; m is for use inside.  ERR_NOMEM.
 */
int	plain_check(const struct plain *, struct marks *,
	    struct plain_block *, struct err *);

/*
 * plain_tally(f, b, t, given, e): count the plain rows of b, with the date
 * that all rows without one have.  Errors as dedup_add.
 */
int	plain_tally(const struct plain *, const struct plain_block *,
	    struct plain_tally *, const struct date *, struct err *);

/*
 * plain_coupon(row, text, given, out): a plain row in full, but its record;
 * the code is borrowed from text.
 */
void	plain_coupon(const struct plain_row *, const char *,
	    const struct date *, struct coupon *);

/*
 * plain_sum(c, t, e): add what a thread counted to the checker's result.
 */
int	plain_sum(struct checker *, const struct plain_tally *, struct err *);

#endif
