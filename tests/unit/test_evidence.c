/*
 * What may be claimed: every line of the tables in src/doc/evidence.md.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "../../src/pipeline/evidence.h"
#include "../../src/pipeline/pipeline_internal.h"

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
		{ { 4, 4, 0, 0, 0, 0, -1, -1 }, "verify", false,
		    { .updated = 4 } },
		{ { 4, 2, 0, 2, 0, 0, 2, 2 }, "verify", false,
		    { .updated = 2, .not_applied = 2 } },
		{ { 4, 2, 0, 2, 0, 0, 4, 0 }, "verify", true,
		    { .updated = 2, .not_applied = 2 } },
		{ { 10, 2, 0, 8, 0, 0, 8, 2 }, "verify", true,
		    { .updated = 2, .not_applied = 8 } },
		{ { 4, 1, 3, 0, 0, 0, 4, 0 }, "verify", false,
		    { .updated = 1, .already = 3 } },
		{ { 4, 1, 3, 0, 0, 0, 1, 3 }, "verify", false,
		    { .updated = 1, .already = 3 } },
		{ { 4, 3, 0, 0, 1, 0, -1, -1 }, "verify", false,
		    { .updated = 3, .unaccounted = 1 } },
		{ { 4, 4, 0, 0, 0, 0, 0, 4 }, "verify", true,
		    { .updated = 4 } },
		/* Answered one by one, and not looked up. */
		{ { 4, 0, 0, 0, 0, 4, 3, 1 }, "counters", false,
		    { .updated = 4 } },
		/* A sample, with and without totals. */
		{ { 100, 5, 0, 0, 0, 0, 100, 0 }, "counters", false,
		    { .updated = 100 } },
		{ { 100, 5, 0, 0, 0, 0, -1, -1 }, "sample", false,
		    { .updated = 100, .sampled = true } },
		{ { 100, 3, 2, 0, 0, 0, -1, -1 }, "sample", false,
		    { .updated = 98, .already = 2, .sampled = true } },
		{ { 100, 4, 0, 1, 0, 0, -1, -1 }, "sample", false,
		    { .updated = 4, .not_applied = 1, .unaccounted = 95 } },
		{ { 100, 4, 0, 0, 1, 0, -1, -1 }, "sample", false,
		    { .updated = 4, .unaccounted = 96 } },
		{ { 100, 4, 0, 1, 0, 0, 100, 0 }, "sample", true,
		    { .updated = 4, .not_applied = 1, .unaccounted = 95 } },
		/* Nothing looked up. */
		{ { 4, 0, 0, 0, 0, 0, 3, 1 }, "counters", false,
		    { .updated = 3, .refused = 1 } },
		{ { 4, 0, 0, 0, 0, 0, 4, 4 }, "none", false,
		    { .unaccounted = 4 } },
		{ { 4, 0, 0, 0, 0, 0, -1, -1 }, "none", false,
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
		for (k = 0; k < b->answered; k++)
			s[n++] = row(UNREAD, UNREAD, APPLIED);
		print_message("batch %zu\n", i);
		p.basis = strdup(evidence_part(&p, s, n, &odd));
		assert_string_equal(p.basis, t[i].basis);
		assert_int_equal(odd, t[i].odd);
		sums = evidence_sums(&p);
		assert_int_equal(sums.updated, t[i].is.updated);
		assert_int_equal(sums.already, t[i].is.already);
		assert_int_equal(sums.not_applied, t[i].is.not_applied);
		assert_int_equal(sums.refused, t[i].is.refused);
		assert_int_equal(sums.unaccounted, t[i].is.unaccounted);
		assert_int_equal(sums.sampled, t[i].is.sampled);
		assert_int_equal(sums.updated + sums.already +
		    sums.not_applied + sums.refused + sums.unaccounted,
		    p.rows);
		free(p.basis);
	}
}

/* Numbers of a ledger that cannot be true prove nothing. */
static void
impossible_numbers(void **state)
{
	struct ledger_part p = { .rows = 3, .basis = (char[]){ "verify" },
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
	assert_string_equal(s.basis, "sample");
}

static void
reach_of_a_sample(void **state)
{
	(void)state;
	/* Nothing is left to be missing; nothing is known. */
	assert_true(evidence_bound(50, 50) == 0.0);
	assert_true(evidence_bound(50, 0) == 1.0);
	/*
	 * 50 of 51: one row is left, and misses it with a chance of 1 in 51,
	 * below 5 %.
	 */
	assert_true(evidence_bound(51, 50) == 0.0);
	/* Large batches: 1 - 0.05^(1/300) = 0.00994. */
	assert_true(fabs(evidence_bound(1000000, 300) - 0.00994) < 0.0001);
	assert_true(evidence_bound(1000, 300) < 0.00994);
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
		{ { VERIFY_SAMPLE, 0, 1 }, 10, 2 },
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
		cmocka_unit_test(impossible_numbers),
		cmocka_unit_test(reach_of_a_sample),
		cmocka_unit_test(rows_are_drawn_from_strata),
		cmocka_unit_test(how_many_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
