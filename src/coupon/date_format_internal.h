/*
 * Dates as files write them, by a format like that of strptime.
 */
#ifndef COUPON_DATE_FORMAT_INTERNAL_H
#define COUPON_DATE_FORMAT_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "glyph_internal.h"

struct err;
struct tz;

#define DATE_PARTS	8	/* a date, a time, AM or PM, and a zone */

/* A date format: the order of its parts and the text between them. */
struct date_format {
	int		 parts;
	char		 part[DATE_PARTS];	/* after the % */
	const char	*text[DATE_PARTS + 1];	/* before, between, after */
	size_t		 len[DATE_PARTS + 1];
	size_t		 least[DATE_PARTS];	/* digits, but for years */
	bool		 iso;		/* the default */
	bool		 zoned;		/* a time with a zone: */
	int		 offset;	/* where it has no %z, seconds east */
	const struct tz	*zone;		/* that days are moved to; or NULL */
};

/*
 * date_format_init(f, format, e): format as in check_opts.  ERR_CONFIG.  The
 * string is borrowed.  Days are not moved until f->zone is set (borrowed).
 */
int	date_format_init(struct date_format *, const char *, struct err *);

/*
 * date_split(f, t, ymd): the numbers of a date of this shape into ymd[3],
 * moved to f->zone where there is a time with a zone; false when the shape is
 * another.  They need not be a day.
 */
bool	date_split(const struct date_format *, struct text, int [3]);

/*
 * date_is_day(ymd): year, month and day are a day of the calendar.
 */
bool	date_is_day(const int [3]);

/*
 * date_read_as(format, t, ymd): t is a day of the calendar, written in this
 * format, where one digit is enough for a day or month; its numbers into ymd.
 * False also for a format that is none.
 */
bool	date_read_as(const char *, struct text, int [3]);

#endif
