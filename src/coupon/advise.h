/*
 * Advice about a file that the settings do not fit: settings that would, read
 * off its first rows and tried on them.  Nothing is changed by it; a person
 * takes it over or leaves it.
 */
#ifndef COUPON_ADVISE_H
#define COUPON_ADVISE_H

#include <stdbool.h>
#include <stdint.h>

struct check_opts;
struct check_result;
struct err;

#define ADVICE_NAME	64	/* bytes of a column's name, with a NUL */
#define ADVICE_WORDS	4

/* What to set; empty strings and false are what stays as it is. */
struct advice {
	bool		csv;		/* a TXT that has columns */
	char		delimiter;	/* or 0 */
	bool		no_header;
	const char	*encoding;	/* or NULL */
	char		column[3][ADVICE_NAME]; /* code, redeemed,
					   redeem_date; in UTF-8 */
	char		dates_too[3][ADVICE_NAME]; /* columns that may be
					   redeem_date as well; or "" */
	const char	*date_format;	/* or NULL */
	const char	*date_other;	/* fits all these dates as well */
	const char	*yes[ADVICE_WORDS]; /* redeemed_words; NULL-ended */
	const char	*no[ADVICE_WORDS];
	bool		redeemed;	/* say for all rows that they were */
	bool		redeem_date;	/* and when: the file says neither */
	uint64_t	rows, good;	/* of the rows it was tried on */
};

/*
 * advise(fd, name, opts, result, out, e): look at a file that was checked
 * with opts and gave result.  Returns 1 with *out filled in when there are
 * settings with which clearly more of its first rows are good, or which say
 * what a run asks for and the result lacks; 0 when not; -1 with ERR_IO,
 * ERR_INPUT, ERR_NOMEM and what else check_file has.  Reads the first 128 KiB
 * and no more.
 */
int	advise(int, const char *, const struct check_opts *,
	    const struct check_result *, struct advice *, struct err *);

#endif
