/*
 * A platform that does not do what it says: rows that are not applied though
 * the task ends well, rows that are though it ends in ERROR, totals that are
 * wrong, look-ups that cannot be read.
 * What it does is in the banks, so that a test can compare what a client
 * claims with what is so.
 *
 * Everything follows from a seed and the codes: the same again for the same
 * calls, in whatever order they come.
 */
#ifndef SANDBOX_MOODS_H
#define SANDBOX_MOODS_H

#include <stdbool.h>
#include <stdint.h>

#include "apply.h"

enum mood_count {
	COUNT_TRUE,	/* what was done */
	COUNT_NONE,	/* no totals */
	COUNT_ALL,	/* as if all had been done */
	COUNT_SWAPPED,	/* updated for failed */
	COUNT_ODD	/* more than there were */
};

enum mood_look {
	LOOK_TRUE, LOOK_ERROR, LOOK_FLAG, LOOK_DATE, LOOK_NO_DATE, LOOK_BANK,
	LOOK__MAX
};

/* All zero: none. */
struct moods {
	uint64_t	 seed;
	unsigned	 lose, blur;	/* rows of 100 */
	unsigned	 fail;		/* tasks of 100 */
	enum mood_count	 count;
};

/*
 * moods_init(m, seed): the moods that follow from a seed; none for 0.  Pure.
 */
void	moods_init(struct moods *, uint64_t);

/*
 * moods_lose(m, code): whether this row is not applied.  Pure.
 */
bool	moods_lose(const struct moods *, const char *);

/*
 * moods_fail(m, day): whether a task that sets this day ends in ERROR, when its
 * other rows have been applied.  Pure.
 */
bool	moods_fail(const struct moods *, const char *);

/*
 * moods_look(m, code): how a look-up shows this code.  Pure.
 */
enum mood_look moods_look(const struct moods *, const char *);

/*
 * moods_count(m, c): the totals that are told for those in *c.  False when
 * none are.  Pure.
 */
bool	moods_count(const struct moods *, struct apply_counts *);

#endif
