/*
 * Codes that are looked up on the platform: which of them, and what it says.
 */
#ifndef PIPELINE_SAMPLES_H
#define PIPELINE_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/err.h"

struct coupon;
struct journey;
struct ledger_part;
struct ledger_sample;
struct set_verify;

/*
 * lookup(j, samples, n, after, e): ask the platform for n codes and note what
 * it says as before or after.  A platform that cannot look codes up says
 * nothing.
 */
int	lookup(struct journey *, struct ledger_sample *, size_t, bool,
	    struct err *);

/*
 * sample_applied(s): the code now carries what was sent.
 */
bool	sample_applied(const struct ledger_sample *);

/*
 * sample_already(s): it carried that before the call, too.
 */
bool	sample_already(const struct ledger_sample *);

/*
 * sample_fill(c, s): s from a row; nothing is known of it yet.
 */
void	sample_fill(const struct coupon *, struct ledger_sample *);

/*
 * sample_widen(j, p, s, n, e): replace the samples drawn and looked up before
 * the call by sample_wider of the package, looked up too, unless it is gone.
 * Blocks.
 */
int	sample_widen(struct journey *, const struct ledger_part *,
	    struct ledger_sample **, size_t *, struct err *);

/* Which rows of a batch are looked up, drawn while its rows pass by. */
struct sample_plan {
	uint64_t	rows, want;	/* want of so many rows */
	uint64_t	picked, next;	/* so many; the next row, from 0 */
	uint64_t	seed;
};

/*
 * sample_want(verify, rows): how many rows of a batch of so many to look up;
 * with verify: off too, to find out about a call whose answer was lost.  Pure.
 */
int64_t	sample_want(const struct set_verify *, int64_t);

/*
 * sample_wider(rows, drawn, already): how many rows to draw instead where so
 * many of the drawn were so before: where that is most of them, as many as
 * should have the number first drawn of others, ten times as many at most.
 * Pure.
 */
int64_t	sample_wider(int64_t, int64_t, int64_t);

/*
 * sample_seed(run, part): packed again, the same rows are drawn.  Pure.
 */
uint64_t sample_seed(const char *, int);

/*
 * sample_plan_init(plan, rows, want, seed): the first and the last row, and of
 * each of want - 2 strata of equal size between them one at random.  The same
 * seed draws the same rows.  want is at most rows.
 */
void	sample_plan_init(struct sample_plan *, uint64_t, uint64_t, uint64_t);

/*
 * sample_pick(plan, row): whether this row, from 0, is drawn.  Each row is
 * asked about once, in order.
 */
bool	sample_pick(struct sample_plan *, uint64_t);

#endif
