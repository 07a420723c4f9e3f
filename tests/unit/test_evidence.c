/*
 * What may be claimed: every line of the tables in src/doc/evidence.md.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "../../src/config/settings.h"
#include "../../src/pipeline/evidence.h"
#include "../../src/pipeline/samples.h"

enum seen { UNREAD, SO, NOT_SO, ABSENT };

#define APPLIED		1
#define REFUSED		0
#define NO_ANSWER	-1

static void
look(enum seen seen, bool *asked, bool *known, int *redeemed,
    struct date *date)
{
	*asked = seen != UNREAD;
	*known = seen == SO || seen == NOT_SO;
	*redeemed = seen == SO ? 1 : 0;
	*date = (struct date){ 0 };
	if (seen == SO)
		*date = (struct date){ 2026, 11, 20 };
}

static struct ledger_sample
row(enum seen before, enum seen after, int answer)
{
	struct ledger_sample s = { .code = "A1", .want_redeemed = 1,
	    .want_date = { 2026, 11, 20 }, .answer = answer };

	look(before, &s.asked_before, &s.known_before, &s.redeemed_before,
	    &s.date_before);
	look(after, &s.asked_after, &s.known_after, &s.redeemed_after,
	    &s.date_after);
	return s;
}

static void
a_row(void **state)
{
	static const struct {
		enum seen	after, before;
		int		answer;
		enum verdict	verdict;
		bool		odd;
	} t[] = {
		{ SO, SO, APPLIED, ROW_ALREADY, false },
		{ SO, SO, REFUSED, ROW_ALREADY, false },
		{ SO, SO, NO_ANSWER, ROW_ALREADY, false },
		{ SO, NOT_SO, APPLIED, ROW_APPLIED, false },
		{ SO, NOT_SO, NO_ANSWER, ROW_APPLIED, false },
		{ SO, ABSENT, NO_ANSWER, ROW_APPLIED, false },
		{ SO, UNREAD, NO_ANSWER, ROW_APPLIED, false },
		{ SO, NOT_SO, REFUSED, ROW_APPLIED, true },
		{ NOT_SO, NOT_SO, REFUSED, ROW_REFUSED, false },
		{ ABSENT, ABSENT, REFUSED, ROW_REFUSED, false },
		{ NOT_SO, NOT_SO, NO_ANSWER, ROW_NOT_APPLIED, false },
		{ ABSENT, ABSENT, NO_ANSWER, ROW_NOT_APPLIED, false },
		{ NOT_SO, NOT_SO, APPLIED, ROW_NOT_APPLIED, true },
		{ UNREAD, SO, APPLIED, ROW_ALREADY, false },
		{ UNREAD, NOT_SO, APPLIED, ROW_APPLIED, false },
		{ UNREAD, UNREAD, APPLIED, ROW_APPLIED, false },
		{ UNREAD, NOT_SO, REFUSED, ROW_REFUSED, false },
		{ UNREAD, NOT_SO, NO_ANSWER, ROW_UNKNOWN, false },
		{ UNREAD, SO, NO_ANSWER, ROW_UNKNOWN, false },
	};
	struct ledger_sample s;
	size_t i;
	bool odd;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		s = row(t[i].before, t[i].after, t[i].answer);
		odd = false;
		print_message("row %zu\n", i);
		assert_int_equal(evidence_row(&s, &odd), t[i].verdict);
		assert_int_equal(odd, t[i].odd);
	}
}

static void
what_cannot_be_read(void **state)
{
	struct ledger_sample s;

	(void)state;
	/* An odd or empty flag, then an odd or empty day. */
	s = row(NOT_SO, SO, NO_ANSWER);
	s.redeemed_after = -1;
	assert_int_equal(evidence_carries(&s, true), CARRIES_UNKNOWN);
	s = row(NOT_SO, SO, NO_ANSWER);
	s.date_after = (struct date){ 0 };
	assert_int_equal(evidence_carries(&s, true), CARRIES_UNKNOWN);
	/* Another day was read, and another flag says no by itself. */
	s.date_after = (struct date){ 2026, 11, 19 };
	assert_int_equal(evidence_carries(&s, true), CARRIES_NO);
	s = row(NOT_SO, NOT_SO, NO_ANSWER);
	assert_int_equal(evidence_carries(&s, true), CARRIES_NO);
	/* No day was sent. */
	s.want_date = (struct date){ 0 };
	s.redeemed_after = 1;
	assert_int_equal(evidence_carries(&s, true), CARRIES_YES);
}

/* A batch of rows: so many of each, and the platform's totals. */
struct batch {
	int64_t		 rows;
	int		 so, so_before, not_so, unread, answered;
	int64_t		 updated, failed;
	int		 so_now;	/* not looked up before */
};

static void
a_batch(void **state)
{
	static const struct {
		struct batch	 b;
		const char	*basis;
		bool		 odd;
		struct evidence_sums is;
	} t[] = {
		/* All looked up: verdicts, whatever is counted. */
		{ { 4, 4, 0, 0, 0, 0, -1, -1, 0 }, "verify", false,
		    { .updated = 4 } },
		{ { 4, 2, 0, 2, 0, 0, 2, 2, 0 }, "verify", false,
		    { .updated = 2, .not_applied = 2 } },
		{ { 4, 2, 0, 2, 0, 0, 4, 0, 0 }, "verify", true,
		    { .updated = 2, .not_applied = 2 } },
		{ { 10, 2, 0, 8, 0, 0, 8, 2, 0 }, "verify", true,
		    { .updated = 2, .not_applied = 8 } },
		{ { 4, 1, 3, 0, 0, 0, 4, 0, 0 }, "verify", false,
		    { .updated = 1, .already = 3 } },
		{ { 4, 1, 3, 0, 0, 0, 1, 3, 0 }, "verify", false,
		    { .updated = 1, .already = 3 } },
		/* Some were so before, and of others nobody knows. */
		{ { 10, 0, 3, 1, 0, 0, -1, -1, 6 }, "verify", false,
		    { .updated = 9, .not_applied = 1, .mixed = true } },
		{ { 10, 3, 0, 1, 0, 0, -1, -1, 6 }, "verify", false,
		    { .updated = 9, .not_applied = 1 } },
		{ { 4, 3, 0, 0, 1, 0, -1, -1, 0 }, "verify", false,
		    { .updated = 3, .unaccounted = 1 } },
		{ { 4, 4, 0, 0, 0, 0, 0, 4, 0 }, "verify", true,
		    { .updated = 4 } },
		/* Answered one by one, and not looked up. */
		{ { 4, 0, 0, 0, 0, 4, 3, 1, 0 }, "counters", false,
		    { .updated = 4 } },
		/* A sample, with and without totals. */
		{ { 100, 5, 0, 0, 0, 0, 100, 0, 0 }, "counters", false,
		    { .updated = 100 } },
		{ { 100, 5, 0, 0, 0, 0, -1, -1, 0 }, "sample", false,
		    { .updated = 100, .sampled = true } },
		{ { 100, 3, 2, 0, 0, 0, -1, -1, 0 }, "sample", false,
		    { .updated = 98, .already = 2, .sampled = true } },
		/* Rows that were so before say nothing of the others. */
		{ { 100, 0, 5, 0, 0, 0, -1, -1, 0 }, "sample", false,
		    { .already = 5, .unaccounted = 95 } },
		{ { 100, 2, 3, 0, 0, 0, -1, -1, 0 }, "sample", false,
		    { .updated = 2, .already = 3, .unaccounted = 95 } },
		{ { 100, 0, 5, 0, 0, 0, 100, 0, 0 }, "counters", false,
		    { .updated = 95, .already = 5 } },
		{ { 100, 4, 0, 1, 0, 0, -1, -1, 0 }, "sample", false,
		    { .updated = 4, .not_applied = 1, .unaccounted = 95 } },
		{ { 100, 4, 0, 0, 1, 0, -1, -1, 0 }, "sample", false,
		    { .updated = 4, .unaccounted = 96 } },
		{ { 100, 4, 0, 1, 0, 0, 100, 0, 0 }, "sample", true,
		    { .updated = 4, .not_applied = 1, .unaccounted = 95 } },
		/* Nothing looked up. */
		{ { 4, 0, 0, 0, 0, 0, 3, 1, 0 }, "counters", false,
		    { .updated = 3, .refused = 1 } },
		{ { 4, 0, 0, 0, 0, 0, 4, 4, 0 }, "none", false,
		    { .unaccounted = 4 } },
		{ { 4, 0, 0, 0, 0, 0, -1, -1, 0 }, "none", false,
		    { .unaccounted = 4 } },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		const struct batch *b = &t[i].b;
		struct ledger_part p = { .rows = b->rows,
		    .updated = b->updated, .failed = b->failed };
		struct ledger_sample s[16];
		struct evidence_sums sums;
		int64_t n = 0;
		int k;
		bool odd;

		for (k = 0; k < b->so; k++)
			s[n++] = row(NOT_SO, SO, NO_ANSWER);
		for (k = 0; k < b->so_before; k++)
			s[n++] = row(SO, SO, NO_ANSWER);
		for (k = 0; k < b->not_so; k++)
			s[n++] = row(NOT_SO, NOT_SO, NO_ANSWER);
		for (k = 0; k < b->unread; k++)
			s[n++] = row(NOT_SO, UNREAD, NO_ANSWER);
		for (k = 0; k < b->so_now; k++)
			s[n++] = row(UNREAD, SO, NO_ANSWER);
		for (k = 0; k < b->answered; k++)
			s[n++] = row(UNREAD, UNREAD, APPLIED);
		print_message("batch %zu\n", i);
		p.basis = evidence_part(&p, s, n, &odd);
		assert_string_equal(part_basis_name(p.basis), t[i].basis);
		assert_int_equal(odd, t[i].odd);
		sums = evidence_sums(&p);
		assert_int_equal(sums.updated, t[i].is.updated);
		assert_int_equal(sums.already, t[i].is.already);
		assert_int_equal(sums.not_applied, t[i].is.not_applied);
		assert_int_equal(sums.refused, t[i].is.refused);
		assert_int_equal(sums.unaccounted, t[i].is.unaccounted);
		assert_int_equal(sums.sampled, t[i].is.sampled);
		assert_int_equal(sums.mixed, t[i].is.mixed);
		assert_int_equal(sums.updated + sums.already +
		    sums.not_applied + sums.refused + sums.unaccounted,
		    p.rows);
	}
}

/* The platform's last word is that the task failed. */
static void
a_task_that_failed(void **state)
{
	static const struct {
		int		 so, so_before, not_so;
		int64_t		 updated, failed;
		const char	*basis;
		bool		 odd;
	} t[] = {
		{ 4, 0, 0, -1, -1, "verify", true },
		{ 1, 3, 0, -1, -1, "verify", true },
		{ 0, 4, 0, -1, -1, "verify", false },
		{ 2, 0, 2, -1, -1, "verify", false },
		{ 0, 0, 4, -1, -1, "verify", false },
		{ 2, 0, 0, -1, -1, "sample", true },
		{ 0, 0, 0, 4, 0, "counters", true },
		{ 0, 0, 0, 3, 1, "counters", false },
		{ 0, 0, 0, -1, -1, "none", false },
	};
	struct ledger_sample s[4];
	size_t i;
	int64_t n;
	bool odd;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct ledger_part p = { .rows = 4, .task = (char[]){ "7" },
		    .word = (char[]){ "ERROR" }, .updated = t[i].updated,
		    .failed = t[i].failed };

		print_message("task %zu\n", i);
		assert_true(evidence_errored(&p));
		for (n = 0; n < t[i].so; n++)
			s[n] = row(NOT_SO, SO, NO_ANSWER);
		for (; n < t[i].so + t[i].so_before; n++)
			s[n] = row(SO, SO, NO_ANSWER);
		for (; n < t[i].so + t[i].so_before + t[i].not_so; n++)
			s[n] = row(NOT_SO, NOT_SO, NO_ANSWER);
		assert_string_equal(part_basis_name(evidence_part(&p, s, n,
		    &odd)), t[i].basis);
		assert_int_equal(odd, t[i].odd);
	}
	assert_false(evidence_errored(&(struct ledger_part){ .word =
	    (char[]){ "ERROR" } }));
	assert_false(evidence_errored(&(struct ledger_part){ .task =
	    (char[]){ "7" }, .word = (char[]){ "COMPLETE" } }));
}

/* Numbers of a ledger that cannot be true prove nothing. */
static void
impossible_numbers(void **state)
{
	struct ledger_part p = { .rows = 3, .basis = BASIS_VERIFY,
	    .asked = 3, .applied = 9, .updated = -1, .failed = -1 };
	struct evidence_sums s = evidence_sums(&p);

	(void)state;
	assert_int_equal(s.unaccounted, 3);
	assert_true(s.odd);
	/* Of an earlier version: a sample was called "verify". */
	p.rows = 100;
	p.applied = 3;
	s = evidence_sums(&p);
	assert_true(s.sampled);
	assert_int_equal(s.basis, BASIS_SAMPLE);
}

static void
reach_of_a_sample(void **state)
{
	(void)state;
	/* Nothing is left to be missing; nothing is known. */
	assert_int_equal(evidence_reach(50, 50, 0), 0);
	assert_int_equal(evidence_reach(50, 0, 0), 50);
	/* The one that is left of 51 shares its stratum with one row. */
	assert_int_equal(evidence_reach(51, 50, 0), 1);
	/* 998 rows in 298 strata of up to 4: 0.75^10 = 0.056. */
	assert_int_equal(evidence_reach(1000, 300, 0), 10);
	/* Large batches: 1 - 0.05^(1/298) = 0.0100. */
	assert_true(abs((int)evidence_reach(1000000, 300, 0) - 10002) < 3);
	/* The first and the last row are no chance. */
	assert_int_equal(evidence_reach(1000, 2, 0), 998);
	/* Rows that were so before prove nothing of the others. */
	assert_int_equal(evidence_reach(1000, 300, 300), 700);
	assert_int_equal(evidence_reach(1000, 300, 298), 700);
	assert_true(evidence_reach(100000, 300, 150) >
	    2 * evidence_reach(100000, 300, 0) - 100);
}

static void
reach_of_a_batch(void **state)
{
	struct ledger_part p = { .rows = 1000, .asked = 300, .applied = 300,
	    .already = 0, .missing = 0, .refused = 0, .unknown = 0 };

	(void)state;
	assert_true(fabs(evidence_bound(&p) - 0.010) < 1e-9);
	/* What is known to be missing is no bound, what is unknown is. */
	p.missing = 1;
	p.applied = 299;
	assert_true(fabs(evidence_bound(&p) - 0.7) < 1e-9);
	p.asked = p.applied = 1000;
	p.missing = 0;
	assert_true(evidence_bound(&p) == 0.0);
	p.applied = 990;
	p.missing = 6;
	p.unknown = 4;
	assert_true(fabs(evidence_bound(&p) - 0.004) < 1e-9);
}

/*
 * A batch of rows of which some were so before and some of the others are
 * lost, as the draw sees it.
 */
#define SIM_ROWS	3000
#define SIM_DRAWS	1000

enum spread { ANYWHERE, EVENLY, TOGETHER, AT_WEAK_PLACES, SPREAD__MAX };

struct sim {
	int	rows, want;
	int	before;		/* of 100 rows */
	enum spread before_is, lost_is;
};

/* Mark so many of the rows that are not marked, never the first or last. */
static void
mark(char *mark, const char *not, const struct sim *s, int n, enum spread how,
    uint64_t *seed)
{
	int inner = s->rows - 2, size = inner / (s->want - 2) + 1, at, i, k;

	for (i = 0; i < n; i++) {
		if (how == ANYWHERE)
			at = 1 + (int)(*seed = *seed * 6364136223846793005u +
			    1442695040888963407u, *seed >> 33) % inner;
		else if (how == EVENLY)
			at = 1 + (int)((int64_t)i * inner / n);
		else if (how == TOGETHER)
			at = 1 + (inner / 3 + i) % inner;
		else	/* where a stratum has one row more than others */
			for (at = 1, k = 0; k < s->want - 2; k++) {
				at = 1 + (int)((int64_t)k * inner /
				    (s->want - 2));
				if ((k + 1) * inner / (s->want - 2) -
				    k * inner / (s->want - 2) == size &&
				    !mark[at] && !not[at])
					break;
			}
		for (k = 0; k < inner && (mark[at] || not[at]); k++)
			at = at % inner + 1;
		if (k < inner)
			mark[at] = 1;
	}
}

/* One sample: how many were so before; -1 when it has a lost row. */
static int
draw(const char *before, const char *lost, int rows, int want, uint64_t seed)
{
	struct sample_plan p;
	uint64_t row;
	int already = 0, missing = 0;

	sample_plan_init(&p, (uint64_t)rows, (uint64_t)want, seed);
	while (p.picked < p.want) {
		row = p.next;
		assert_true(sample_pick(&p, row));
		already += before[row];
		missing += lost[row];
	}
	return missing > 0 ? -1 - already : already;
}

/* Of SIM_DRAWS runs, how many claim less than is lost. */
static int
wrong_claims(const struct sim *s, const char *before, const char *lost,
    int nlost)
{
	int i, already, want, wrong = 0;
	uint64_t seed;

	for (i = 0; i < SIM_DRAWS; i++) {
		seed = (uint64_t)i * 1000003 + (uint64_t)s->rows;
		already = draw(before, lost, s->rows, s->want, seed);
		want = (int)sample_wider(s->rows, s->want, already < 0 ?
		    -1 - already : already);
		if (want != s->want)
			already = draw(before, lost, s->rows, want, ~seed);
		wrong += already >= 0 && nlost > evidence_reach(s->rows, want,
		    already);
	}
	return wrong;
}

/*
 * The reach holds at 95 %, however the rows lie and however many were so
 * before: of samples without a miss, at most 5 in 100 of all that are drawn
 * speak of fewer rows than are lost.
 */
static void
reach_is_kept(void **state)
{
	static const int sizes[][2] = { { 51, 50 }, { 52, 50 }, { 200, 20 },
	    { 1001, 300 }, { 1500, 300 }, { 3000, 300 }, { 3000, 50 } };
	static const int before[] = { 0, 30, 60, 90 };
	static char so[SIM_ROWS], lost[SIM_ROWS];
	struct sim s;
	uint64_t seed = 1;
	size_t i, b;
	int most, n, how, wrong, worst = 0;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]) * 4 * 4; i++) {
		s.rows = sizes[i / 16][0];
		s.want = sizes[i / 16][1];
		s.before = before[i % 4];
		s.before_is = s.lost_is = (enum spread)(i / 4 % SPREAD__MAX);
		for (how = 0; how < 2; how++) {
			memset(so, 0, sizeof(so));
			memset(lost, 0, sizeof(lost));
			if (how == 1)
				s.before_is = ANYWHERE;
			mark(so, lost, &s, (s.rows - 2) * s.before / 100,
			    s.before_is, &seed);
			/* As few as a claim can leave out. */
			most = (int)evidence_reach(s.rows, s.want, 0) + 1;
			for (b = 1; b <= 2; b++) {
				memset(lost, 0, sizeof(lost));
				mark(lost, so, &s, most * (int)b, s.lost_is,
				    &seed);
				for (n = 0, wrong = 0; wrong < s.rows; wrong++)
					n += lost[wrong];
				wrong = wrong_claims(&s, so, lost, n);
				if (wrong > worst)
					worst = wrong;
			}
		}
	}
	print_message("at worst %d of %d\n", worst, SIM_DRAWS);
	assert_in_range(worst, 1, SIM_DRAWS * 65 / 1000);
}

/* Where most were so before, others are drawn, and more of them. */
static void
drawn_more_widely(void **state)
{
	static const struct {
		int64_t rows, drawn, already, want;
	} t[] = {
		{ 100000, 300, 0, 300 },
		{ 100000, 300, 150, 300 },
		{ 100000, 300, 151, 604 },	/* 149 of 300 could change */
		{ 100000, 300, 270, 3000 },
		{ 100000, 300, 299, 3000 },
		{ 100000, 300, 300, 3000 },
		{ 1200, 300, 290, 1200 },
		{ 300, 300, 300, 300 },
		{ 1000000, 100000, 90000, 200000 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		assert_int_equal(sample_wider(t[i].rows, t[i].drawn,
		    t[i].already), t[i].want);
}

static void
rows_are_drawn_from_strata(void **state)
{
	static const struct {
		uint64_t rows, want;
	} t[] = { { 1, 1 }, { 2, 2 }, { 3, 3 }, { 51, 50 }, { 1000, 2 },
	    { 1000, 3 }, { 1001, 300 }, { 300, 300 }, { 123457, 300 } };
	struct sample_plan p;
	uint64_t seed, r, n, stratum, last;
	bool hit, again[1024], differs = false;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		for (seed = 1; seed < 20; seed++) {
			sample_plan_init(&p, t[i].rows, t[i].want, seed);
			n = last = 0;
			for (r = 0; r < t[i].rows; r++) {
				hit = sample_pick(&p, r);
				n += hit;
				if (hit)
					last = r;
				if (r == 0)
					assert_true(hit);
				/* One of each stratum. */
				if (!hit || r == 0 || r + 1 == t[i].rows)
					continue;
				stratum = n - 2;
				assert_true(r >= 1 + stratum * (t[i].rows -
				    2) / (t[i].want - 2));
				assert_true(r < 1 + (stratum + 1) *
				    (t[i].rows - 2) / (t[i].want - 2));
			}
			assert_int_equal(n, t[i].want);
			if (t[i].want > 1)
				assert_int_equal(last, t[i].rows - 1);
		}
	/* The same seed, the same rows; another seed, others. */
	sample_plan_init(&p, 1000, 10, 7);
	for (r = 0; r < 1000; r++)
		again[r] = sample_pick(&p, r);
	sample_plan_init(&p, 1000, 10, 7);
	for (r = 0; r < 1000; r++)
		assert_int_equal(sample_pick(&p, r), again[r]);
	sample_plan_init(&p, 1000, 10, 8);
	for (r = 0; r < 1000; r++)
		differs |= sample_pick(&p, r) != again[r];
	assert_true(differs);
}

static void
how_many_rows(void **state)
{
	static const struct {
		struct set_verify v;
		int64_t		 rows, want;
	} t[] = {
		{ { VERIFY_SAMPLE, 0, 0 }, 1000, 1000 },
		{ { VERIFY_SAMPLE, 0, 0 }, 1001, 300 },
		{ { VERIFY_SAMPLE, 0, 0 }, 1, 1 },
		{ { VERIFY_SAMPLE, 50, 0 }, 1000, 50 },
		{ { VERIFY_SAMPLE, 50, 0 }, 20, 20 },
		{ { VERIFY_SAMPLE, 0, 5 }, 10000, 500 },
		{ { VERIFY_SAMPLE, 0, 1 }, 10, 3 },
		{ { VERIFY_SAMPLE, 1, 0 }, 10, 3 },
		{ { VERIFY_SAMPLE, 1, 0 }, 2, 2 },
		{ { VERIFY_SAMPLE, 0, 100 }, 777, 777 },
		{ { VERIFY_ALL, 0, 0 }, 200000, 200000 },
		{ { VERIFY_ALL, 0, 0 }, 200001, 300 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		assert_int_equal(sample_want(&t[i].v, t[i].rows), t[i].want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row),
		cmocka_unit_test(what_cannot_be_read),
		cmocka_unit_test(a_batch),
		cmocka_unit_test(a_task_that_failed),
		cmocka_unit_test(impossible_numbers),
		cmocka_unit_test(reach_of_a_sample),
		cmocka_unit_test(reach_of_a_batch),
		cmocka_unit_test(reach_is_kept),
		cmocka_unit_test(drawn_more_widely),
		cmocka_unit_test(rows_are_drawn_from_strata),
		cmocka_unit_test(how_many_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
