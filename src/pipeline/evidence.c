/*
 * The rule of what may be claimed; src/doc/evidence.md has it as a table.
 */
#include "evidence.h"

#include <string.h>

enum carries
evidence_carries(const struct ledger_sample *s, bool after)
{
	bool asked = after ? s->asked_after : s->asked_before;
	bool known = after ? s->known_after : s->known_before;
	int redeemed = after ? s->redeemed_after : s->redeemed_before;
	const struct date *date = after ? &s->date_after : &s->date_before;

	if (!asked)
		return CARRIES_UNKNOWN;
	if (!known)		/* not in the bank */
		return CARRIES_NO;
	if (redeemed == -1)
		return CARRIES_UNKNOWN;
	if (s->want_redeemed != -1 && redeemed != s->want_redeemed)
		return CARRIES_NO;
	if (date_is_none(&s->want_date))
		return CARRIES_YES;
	if (date_is_none(date))
		return CARRIES_UNKNOWN;
	return date_cmp(&s->want_date, date) == 0 ? CARRIES_YES : CARRIES_NO;
}

enum verdict
evidence_row(const struct ledger_sample *s, bool *odd)
{
	enum carries after = evidence_carries(s, true);
	bool before = evidence_carries(s, false) == CARRIES_YES;

	switch (after) {
	case CARRIES_YES:
		if (before)
			return ROW_ALREADY;
		*odd |= s->answer == 0;
		return ROW_APPLIED;
	case CARRIES_NO:
		*odd |= s->answer == 1;
		return s->answer == 0 ? ROW_REFUSED : ROW_NOT_APPLIED;
	default:
		break;
	}
	if (s->answer == 1)
		return before ? ROW_ALREADY : ROW_APPLIED;
	return s->answer == 0 ? ROW_REFUSED : ROW_UNKNOWN;
}

static int64_t
at_least_0(int64_t n)
{
	return n > 0 ? n : 0;
}

int64_t
evidence_good(const struct ledger_part *p)
{
	return at_least_0(p->applied) + at_least_0(p->already);
}

bool
evidence_errored(const struct ledger_part *p)
{
	return p->task != NULL && words_state_any(p->word) == TASK_FAILED;
}

/* Totals of the platform that account for every row. */
static bool
has_totals(const struct ledger_part *p)
{
	return p->updated >= 0 && p->failed >= 0 &&
	    p->updated + p->failed == p->rows;
}

/* Whether totals say something that the rows looked up cannot be. */
static bool
totals_contradict(const struct ledger_part *p, bool all)
{
	int64_t good = p->applied + p->already, bad = p->missing + p->refused;

	if (!has_totals(p))
		return false;
	/* What was so before may count as either over there. */
	if (all)
		return p->updated > good + p->unknown ||
		    p->failed > bad + p->already + p->unknown;
	return bad > p->failed || p->applied > p->updated;
}

enum part_basis
evidence_part(struct ledger_part *p, const struct ledger_sample *s, int64_t n,
    bool *odd)
{
	bool all = n > 0 && n == p->rows, row_odd = false;
	int64_t i, answered = 0;	/* and not looked up */
	int64_t since = 0;	/* applied; not looked up before */

	p->asked = p->applied = p->already = p->missing = p->refused =
	    p->unknown = 0;
	for (i = 0; i < n; i++) {
		p->asked += s[i].asked_after;
		answered += s[i].answer != -1 &&
		    evidence_carries(&s[i], true) == CARRIES_UNKNOWN;
		switch (evidence_row(&s[i], &row_odd)) {
		case ROW_APPLIED:
			p->applied++;
			since += evidence_carries(&s[i], false) ==
			    CARRIES_UNKNOWN;
			break;
		case ROW_ALREADY:
			p->already++;
			break;
		case ROW_NOT_APPLIED:
			p->missing++;
			break;
		case ROW_REFUSED:
			p->refused++;
			break;
		default:
			p->unknown++;
		}
	}
	if (p->asked == 0 && answered == 0) {
		p->asked = p->applied = p->already = p->missing =
		    p->refused = p->unknown = -1;
		*odd = evidence_errored(p) && has_totals(p) && p->failed == 0;
		return has_totals(p) ? BASIS_COUNTERS : BASIS_NONE;
	}
	*odd = row_odd || (p->asked > 0 && totals_contradict(p, all)) ||
	    (evidence_errored(p) && p->applied > 0 &&
	    p->missing + p->refused + p->unknown == 0);
	/* Some were so before, and of others nobody knows. */
	if (all && p->already > 0 && since > 0) {
		p->applied += p->already;
		p->already = -1;
	}
	if (all)
		return answered == 0 ? BASIS_VERIFY : BASIS_COUNTERS;
	if (has_totals(p) && !*odd)
		return BASIS_COUNTERS;
	return p->asked > 0 ? BASIS_SAMPLE : BASIS_NONE;
}

int64_t
evidence_reach(int64_t rows, int64_t drawn, int64_t already)
{
	double none = 1.0;	/* chance that the sample has none of them */
	int64_t most = rows - drawn, missing, left, strata, largest;

	/* The first and the last row are no chance. */
	strata = drawn - 2 - already;
	left = rows - 2 - already;
	if (strata <= 0)
		return most;
	for (missing = 0; missing < most; missing++, left--) {
		/* Where one more of them is overlooked most easily. */
		largest = (left + strata - 1) / strata;
		none *= (double)(largest - 1) / (double)largest;
		if (none < 0.05)
			break;
	}
	return missing;
}

/* Of a sample, each row of which is applied or already so; or -1. */
static int64_t
clean_reach(const struct ledger_part *p)
{
	int64_t good = evidence_good(p);

	if (good == 0 || p->missing > 0 || p->refused > 0 || p->unknown > 0 ||
	    good >= p->rows)
		return -1;
	return evidence_reach(p->rows, good, at_least_0(p->already));
}

double
evidence_bound(const struct ledger_part *p)
{
	int64_t open = clean_reach(p);

	if (open == -1)
		open = p->rows - evidence_good(p) - at_least_0(p->missing) -
		    at_least_0(p->refused);
	return p->rows > 0 ? (double)at_least_0(open) / (double)p->rows : 0.0;
}

struct evidence_sums
evidence_sums(const struct ledger_part *p)
{
	struct evidence_sums s = { .odd = p->doubt != NULL };
	int64_t applied = at_least_0(p->applied);
	int64_t already = at_least_0(p->already);
	int64_t missing = at_least_0(p->missing);
	int64_t refused = at_least_0(p->refused);
	int64_t unknown = at_least_0(p->unknown), left;
	int64_t known = applied + already + missing + refused + unknown;
	int64_t reach = clean_reach(p);

	/* Refused as a whole, for certain: no task was made of it. */
	if (p->state == PART_FAILED && p->task == NULL)
		return (struct evidence_sums){ .refused = p->rows,
		    .basis = BASIS_COUNTERS };
	/* Row by row, be it by looking up or by the answer to each. */
	if (p->basis == BASIS_VERIFY || p->basis == BASIS_SAMPLE ||
	    (p->basis == BASIS_COUNTERS && known == p->rows)) {
		s.updated = applied;
		s.already = already;
		s.mixed = applied > 0 && p->already == -1;
		s.not_applied = missing;
		s.refused = refused;
		s.sampled = reach >= 0 && reach < p->rows - known;
		if (s.sampled)
			s.updated = p->rows - s.already;
	} else if (p->basis == BASIS_COUNTERS &&
	    at_least_0(p->updated) + at_least_0(p->failed) <= p->rows) {
		s.updated = at_least_0(p->updated);
		s.refused = at_least_0(p->failed);
		/* With none failed they are counted as updated there. */
		if (s.refused == 0 && already <= s.updated) {
			s.already = already;
			s.updated -= already;
		}
	}
	left = p->rows - s.updated - s.already - s.not_applied - s.refused;
	if (left < 0) {
		/* More than were sent: nothing of it can be believed. */
		s = (struct evidence_sums){ .odd = true };
		left = p->rows;
	}
	s.unaccounted = left;
	/* Earlier versions called a sample "verify". */
	s.basis = left == p->rows ? BASIS_NONE : p->basis == BASIS_VERIFY &&
	    known < p->rows ? BASIS_SAMPLE : p->basis;
	return s;
}
