/*
 * Bounded parsing of numbers, durations, sizes and dates; small text helpers.
 * Nothing here allocates unless it says so, nothing blocks.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

/*
 * str_u64(s, len, max, out): a decimal number of 1 to 20 digits, nothing
 * else, at most max.  Returns 0, or -1 with *out untouched.
 */
int	str_u64(const char *, size_t, uint64_t, uint64_t *);

/*
 * str_duration(s, out_ms): "250ms", "30s", "5m", "2h", "1d" or bare seconds.
 * Returns 0 with milliseconds in *out_ms, or -1.
 */
int	str_duration(const char *, int64_t *);

/*
 * str_size(s, out): bytes as "123", "64K", "512M", "2G" (powers of 1024, an
 * optional "iB" or "B" after the letter).  Returns 0 or -1.
 */
int	str_size(const char *, uint64_t *);

/*
 * A day of the proleptic Gregorian calendar; {0,0,0} stands for "none".
 */
struct date {
	int16_t	year;
	int8_t	month;	/* 1 to 12 */
	int8_t	day;	/* 1 to 31 */
};

enum date_fault { DATE_OK, DATE_FORMAT, DATE_NOT_A_DAY };

/*
 * date_parse(p, len, out): exactly YYYY-MM-DD.  DATE_FORMAT when the shape is
 * wrong, DATE_NOT_A_DAY when month or day do not exist (year 0000 too).
 */
enum date_fault date_parse(const char *, size_t, struct date *);

/*
 * date_format(d, out): "YYYY-MM-DD" and a NUL into out[11].
 */
void	date_format(const struct date *, char [11]);

/*
 * date_cmp(a, b): below, equal to or above 0 as a is before, on or after b.
 */
int	date_cmp(const struct date *, const struct date *);

/*
 * date_is_none(d): true for {0,0,0}.
 */
bool	date_is_none(const struct date *);

/*
 * date_add(d, days): d moved by a number of days, which may be negative.
 */
struct date date_add(const struct date *, int);

/*
 * date_month_days(year, month): how many days the month has, 28 to 31.
 */
int	date_month_days(int, int);

/*
 * str_group(n, out): n with thousands commas, "48,112", into out[32]; returns
 * out.
 */
const char *str_group(uint64_t, char [32]);

/*
 * str_count(n, noun, out): how many of what, "1 row", "48,112 rows", "2
 * batches", into out[64]; returns out.  The noun is an English one in the
 * singular whose plural has "s", or "es" after "ch", "s" and "x"; what does
 * not fit is cut off.
 */
const char *str_count(uint64_t, const char *, char [64]);

/*
 * str_ieq(a, b): equal without regard to ASCII case.
 */
bool	str_ieq(const char *, const char *);

/*
 * str_distance(a, b): Levenshtein distance of two words of at most 63 bytes
 * (longer ones count as 63 apart); for "did you mean".
 */
size_t	str_distance(const char *, const char *);

/*
 * str_dup(s, e): strdup that reports ERR_NOMEM; the caller frees.  NULL gives
 * NULL without an error.
 */
char	*str_dup(const char *, struct err *);

/*
 * str_set(field, s, e): put a copy of s in place of the string in *field, which
 * is freed; s may be NULL.  On ERR_NOMEM *field stays as it was.
 */
int	str_set(char **, const char *, struct err *);

/*
 * utf8_next(p, n, cp): length in bytes (1 to 4) of the well-formed UTF-8
 * sequence at p, of which n > 0 bytes may be read, with its code point in
 * *cp; 0 when ill-formed or cut off (RFC 3629).
 */
size_t	utf8_next(const unsigned char *, size_t, uint32_t *);

/*
 * utf8_valid(p, n): the n bytes at p are well-formed UTF-8 without NUL.
 */
bool	utf8_valid(const void *, size_t);

/*
 * utf8_hidden(cp): a terminal would not show this code point as itself:
 * controls, soft hyphen, zero-width and direction marks, line separators,
 * variation selectors, byte order mark, tags (Unicode 15).
 */
bool	utf8_hidden(uint32_t);

#endif
