/*
 * Good rows of one file on their way to packing: grouped by (redeemed, date)
 * in blocks of one unnamed spool file, in file order within a group, so that
 * memory stays bounded whatever the number of rows.
 */
#ifndef COUPON_SPOOL_H
#define COUPON_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/str.h"

struct err;
struct spool;

#define REDEEMED_NONE	(-1)	/* the file does not say */

/* A row after all checks, normalised. */
struct coupon {
	const char	*code;	/* not NUL-terminated */
	size_t		 len;
	int		 redeemed; /* 0, 1 or REDEEMED_NONE */
	struct date	 date;	/* {0,0,0}: none */
	uint64_t	 record; /* data record in the file, from 1 */
};

struct spool_group {
	int		 redeemed;
	struct date	 date;
	uint64_t	 rows;	/* after dropping */
};

struct spool_opts {
	const char	*dir;	 /* for the spool file */
	bool		 single; /* one group whatever the values */
	size_t		 max_groups; /* more: counting goes on, rows of the
				    further groups are not kept */
};

/*
 * spool_new(opts, e): an empty spool.  ERR_CREATE, ERR_NOMEM.  Free with
 * spool_free.
 */
struct spool *spool_new(const struct spool_opts *, struct err *);

/*
 * spool_add(s, c, e): one more row, records ascending.  ERR_IO, ERR_NOSPACE.
 */
int	spool_add(struct spool *, const struct coupon *, struct err *);

/*
 * spool_drop(s, c, e): the row with c->record and c's values, added before,
 * shall not count (it turned out to repeat or contradict another).  Records
 * ascending.
 */
int	spool_drop(struct spool *, const struct coupon *, struct err *);

/*
 * spool_seal(s, e): no more rows or drops; groups are then sorted by date,
 * then redeemed, empty ones gone.
 */
int	spool_seal(struct spool *, struct err *);

/*
 * spool_groups(s, n): the groups, borrowed; how many to *n (also past
 * max_groups: then *n is the true number and only max_groups are listed).
 */
const struct spool_group *spool_groups(const struct spool *, size_t *);

/*
 * spool_each(s, group, f, arg, e): call f for each kept row of a group in
 * file order; f returns 0 or -1 with e set to end.  Repeatable.
 */
int	spool_each(struct spool *, size_t,
	    int (*)(void *, const struct coupon *, struct err *), void *,
	    struct err *);

/*
 * spool_free(s): NULL is harmless.
 */
void	spool_free(struct spool *);

#endif
