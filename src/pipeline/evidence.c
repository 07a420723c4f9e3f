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

const char *
evidence_part(struct ledger_part *p, const struct ledger_sample *s, int64_t n,
    bool *odd)
{
	bool all = n > 0 && n == p->rows, row_odd = false;
	int64_t i, answered = 0;	/* and not looked up */

	p->asked = p->applied = p->already = p->missing = p->refused =
	    p->unknown = 0;
	for (i = 0; i < n; i++) {
		p->asked += s[i].asked_after;
		answered += s[i].answer != -1 &&
		    evidence_carries(&s[i], true) == CARRIES_UNKNOWN;
		switch (evidence_row(&s[i], &row_odd)) {
		case ROW_APPLIED:
			p->applied++;
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
		*odd = false;
		return has_totals(p) ? "counters" : "none";
	}
	*odd = row_odd || (p->asked > 0 && totals_contradict(p, all));
	if (all)
		return answered == 0 ? "verify" : "counters";
	if (has_totals(p) && !*odd)
		return "counters";
	return p->asked > 0 ? "sample" : "none";
}

double
evidence_bound(int64_t rows, int64_t sample)
{
	double none = 1.0;	/* chance that the sample has none of them */
	int64_t missing = 0;

	if (sample <= 0)
		return 1.0;
	while (missing < rows - sample) {
		none *= (double)(rows - sample - missing) /
		    (double)(rows - missing);
		if (none < 0.05)
			break;
		missing++;
	}
	return (double)missing / (double)rows;
}

static int64_t
at_least_0(int64_t n)
{
	return n > 0 ? n : 0;
}

struct evidence_sums
evidence_sums(const struct ledger_part *p)
{
	struct evidence_sums s = { .odd = p->doubt != NULL };
	const char *basis = p->basis != NULL ? p->basis : "none";
	int64_t applied = at_least_0(p->applied);
	int64_t already = at_least_0(p->already);
	int64_t missing = at_least_0(p->missing);
	int64_t refused = at_least_0(p->refused);
	int64_t unknown = at_least_0(p->unknown), left;
	int64_t known = applied + already + missing + refused + unknown;

	/* Row by row, be it by looking up or by the answer to each. */
	if (strcmp(basis, "verify") == 0 || strcmp(basis, "sample") == 0 ||
	    (strcmp(basis, "counters") == 0 && known == p->rows)) {
		s.updated = applied;
		s.already = already;
		s.not_applied = missing;
		s.refused = refused;
		s.sampled = known > 0 && known < p->rows &&
		    missing + refused + unknown == 0;
		if (s.sampled)
			s.updated = p->rows - s.already;
	} else if (strcmp(basis, "counters") == 0 &&
	    at_least_0(p->updated) + at_least_0(p->failed) <= p->rows) {
		s.updated = at_least_0(p->updated);
		s.refused = at_least_0(p->failed);
	}
	left = p->rows - s.updated - s.already - s.not_applied - s.refused;
	if (left < 0) {
		/* More than were sent: nothing of it can be believed. */
		s = (struct evidence_sums){ .odd = true };
		left = p->rows;
	}
	s.unaccounted = left;
	/* Earlier versions called a sample "verify". */
	s.basis = left == p->rows ? "none" : strcmp(basis, "verify") == 0 &&
	    known < p->rows ? "sample" : basis;
	return s;
}
