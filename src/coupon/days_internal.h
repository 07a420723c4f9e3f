/*
 * How many good rows each day has.
 */
#ifndef COUPON_DAYS_INTERNAL_H
#define COUPON_DAYS_INTERNAL_H

#include <stddef.h>
#include <stdint.h>

struct date;
struct day_rows;
struct err;

/* Rows per day, for the first and last date of the good rows. */
struct days {
	uint64_t	*year[10000];	/* 12 * 31 counters, or NULL */
	int		 from, to;	/* years that have some, to excluded */
};

/*
 * days_count(d, date, n, e): n more rows (or fewer) of this day; a date of
 * {0,0,0} is not counted.
 */
int	days_count(struct days *, const struct date *, int, struct err *);

/*
 * days_range(d, first, last): the first and last day with rows, or none.
 */
void	days_range(const struct days *, struct date *, struct date *);

/*
 * days_list(d, list, n, e): the days with rows, in order, into *list, which
 * the caller frees.  ERR_NOMEM.
 */
int	days_list(const struct days *, struct day_rows **, size_t *,
	    struct err *);

/*
 * days_free(d): NULL is harmless.
 */
void	days_free(struct days *);

#endif
