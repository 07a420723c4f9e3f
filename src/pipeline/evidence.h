/*
 * What may be claimed of a row, of a batch and of a run: one rule, without
 * I/O.  src/doc/evidence.md has it as a table.
 *
 * What is known of a row is its own answer, if the call gave one for each row,
 * and what looking its code up said before and afterwards.  What is known of a
 * batch besides are the platform's totals.  Look-ups weigh more than a row's
 * own answer, that more than totals; what could not be read is unknown, never
 * a no; what contradicts itself is never ok.
 */
#ifndef PIPELINE_EVIDENCE_H
#define PIPELINE_EVIDENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "../ledger/ledger.h"
#include "../provider/provider.h"

enum verdict {
	ROW_APPLIED,	/* carries what was sent, and did not before */
	ROW_ALREADY,	/* carried it before the call */
	ROW_NOT_APPLIED, /* looked up: it does not carry what was sent */
	ROW_REFUSED,	/* that, or not looked up; the platform refused it */
	ROW_UNKNOWN
};

/* Of a code as the platform shows it: does it carry what was sent? */
enum carries { CARRIES_NO, CARRIES_YES, CARRIES_UNKNOWN };

/*
 * evidence_carries(s, after): the same of a code that was looked up before or
 * afterwards.  CARRIES_UNKNOWN where nobody asked, and where the flag or the
 * day that was sent for it is not there or cannot be read.
 */
enum carries evidence_carries(const struct ledger_sample *, bool after);

/*
 * evidence_row(s, odd): the verdict on a row.  *odd is set when its own answer
 * contradicts what looking it up said, and left alone otherwise.
 */
enum verdict evidence_row(const struct ledger_sample *, bool *odd);

/*
 * evidence_errored(p): whether the platform's last word on the task of a batch
 * is that it failed.  Some of its rows may be applied all the same.
 */
bool	evidence_errored(const struct ledger_part *);

/*
 * evidence_part(p, s, n): weigh the n looked-up or answered rows of a batch
 * (all of them when n is its number of rows, else a sample) and its totals:
 * fills asked, applied, already, missing, refused, unknown of *p and returns
 * the basis.  *odd is set when the evidence contradicts itself.  already is -1,
 * and applied has these rows, too, where some were so before and others were
 * not looked up before.
 */
enum part_basis evidence_part(struct ledger_part *,
	    const struct ledger_sample *, int64_t n, bool *odd);

/*
 * evidence_good(p): how many rows of a batch are known to carry what was sent,
 * by looking up or by their own answer, be it since the call or before.
 */
int64_t	evidence_good(const struct ledger_part *);

/*
 * evidence_reach(rows, drawn, already): how many rows of a batch can lack what
 * was sent, at 95 % confidence, when each of those drawn by a sample_plan
 * carries it, and so many of these did so before: they say nothing of a call.
 * All that were not drawn where nothing follows.  Wherever the rows lie.
 */
int64_t	evidence_reach(int64_t, int64_t, int64_t);

/*
 * evidence_bound(p): the share of a batch's rows, 0.0 to 1.0, that can lack
 * what was sent, besides those that are known to: evidence_reach of a sample
 * in which none does, else all of which nothing is known.
 */
double	evidence_bound(const struct ledger_part *);

/* The rows of a batch that has ended, each counted once. */
struct evidence_sums {
	int64_t	updated, already;
	int64_t	not_applied, refused;
	int64_t	unaccounted;
	bool	sampled;	/* a clean sample stands for the rest: the
				   sums are not totals */
	bool	mixed;		/* updated may have rows already so: some
				   were, and not all were looked up before */
	bool	odd;		/* contradicts itself */
	enum part_basis basis;
};

/*
 * evidence_sums(p): of a batch as the ledger has it.  Their sum is p->rows.
 * With sampled, updated has all rows that are not known to be already so.
 */
struct evidence_sums evidence_sums(const struct ledger_part *);

#endif
