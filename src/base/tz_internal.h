/*
 * A time zone in memory: what tz_file.c reads and tz.c asks.
 */
#ifndef BASE_TZ_INTERNAL_H
#define BASE_TZ_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

enum tz_day {
	TZ_DAY_JULIAN,		/* Jn: 1 to 365, 29 February never counts */
	TZ_DAY_ZERO,		/* n: 0 to 365, 29 February counts */
	TZ_DAY_WEEK		/* Mm.w.d: weekday d of week w of month m */
};

/* When a year's change happens, in the local time before it. */
struct tz_change {
	enum tz_day	 form;
	int		 month, week;	/* TZ_DAY_WEEK; week 5 is the last */
	int		 day;		/* day of year, or 0 (Sunday) to 6 */
	int32_t		 seconds;	/* after midnight; may be negative */
};

/* The rule for the years after the last listed change. */
struct tz_rule {
	int32_t		 std, dst;	/* seconds east of UTC */
	bool		 has_dst;	/* else the rest is unused */
	struct tz_change start, end;	/* of daylight saving time */
};

struct tz {
	size_t		 count;		/* listed changes */
	int64_t		*at;		/* count ascending times, UTC */
	int32_t		*offset;	/* count offsets, each from at[i] on */
	int32_t		 first;		/* offset before at[0] */
	bool		 has_rule;
	struct tz_rule	 rule;
};

/*
 * tz_parse(z, p, n, e): fill the zeroed z from the n bytes of a TZif file
 * (RFC 8536, and the version 4 of RFC 9636).  ERR_CONFIG, with z to be freed
 * all the same, when they are none.
 */
int	tz_parse(struct tz *, const char *, size_t, struct err *);

/*
 * tz_rule_parse(s, n, out): the n bytes at s as a POSIX TZ string, such as
 * "CET-1CEST,M3.5.0,M10.5.0/3" or "<-03>3".  Returns 0 or -1.
 */
int	tz_rule_parse(const char *, size_t, struct tz_rule *);

/*
 * tz_rule_offset(rule, t): seconds east of UTC at t, seconds since 1970.
 */
int32_t	tz_rule_offset(const struct tz_rule *, int64_t);

/*
 * tz_rule_change(rule, t, at): the rule's first change after t, seconds since
 * 1970.  False when it has none.
 */
bool	tz_rule_change(const struct tz_rule *, int64_t, int64_t *);

#endif
