/*
 * Moods of the stand-in: the same again for the same seed, and each of them
 * comes up.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "../../src/sandbox/moods.h"

#define SEEDS	2000
#define CODES	1000

static void
none_without_a_seed(void **state)
{
	struct apply_counts c = { 3, 1, 4 };
	struct moods m;

	(void)state;
	moods_init(&m, 0);
	assert_false(moods_lose(&m, "A1"));
	assert_false(moods_fail(&m, "2026-11-20"));
	assert_int_equal(moods_look(&m, "A1"), LOOK_TRUE);
	assert_true(moods_count(&m, &c));
	assert_int_equal(c.updated, 3);
}

static void
the_same_again(void **state)
{
	struct moods m, again;
	uint64_t seed;
	char text[16];

	(void)state;
	for (seed = 1; seed < SEEDS; seed++) {
		moods_init(&m, seed);
		moods_init(&again, seed);
		assert_memory_equal(&m, &again, sizeof(m));
		snprintf(text, sizeof(text), "A%u", (unsigned)seed);
		assert_int_equal(moods_lose(&m, text),
		    moods_lose(&again, text));
		assert_int_equal(moods_fail(&m, text),
		    moods_fail(&again, text));
		assert_int_equal(moods_look(&m, text),
		    moods_look(&again, text));
	}
}

/* Some seeds have it, others do not; of them a share of rows, or of tasks. */
static void
each_comes_up(void **state)
{
	int counts[COUNT_ODD + 1] = { 0 }, looks[LOOK__MAX] = { 0 };
	int lose = 0, fail = 0, lost, failed, i;
	struct moods m;
	uint64_t seed;
	char text[16];

	(void)state;
	for (seed = 1; seed < SEEDS; seed++) {
		moods_init(&m, seed);
		counts[m.count]++;
		lose += m.lose > 0;
		fail += m.fail > 0;
		snprintf(text, sizeof(text), "A%u", (unsigned)seed);
		looks[moods_look(&m, text)]++;
	}
	for (i = 0; i <= COUNT_ODD; i++)
		assert_in_range(counts[i], SEEDS / 10, SEEDS / 2);
	for (i = 1; i < LOOK__MAX; i++)
		assert_in_range(looks[i], 1, SEEDS / 10);
	assert_in_range(lose, SEEDS / 3, SEEDS - SEEDS / 10);
	assert_in_range(fail, SEEDS / 10, SEEDS / 2);

	m = (struct moods){ .seed = 7, .lose = 20, .fail = 30 };
	for (lost = failed = i = 0; i < CODES; i++) {
		snprintf(text, sizeof(text), "A%d", i);
		lost += moods_lose(&m, text);
		failed += moods_fail(&m, text);
	}
	assert_in_range(lost, CODES / 7, CODES / 4);
	assert_in_range(failed, CODES / 4, CODES / 3 + CODES / 20);
}

static void
totals(void **state)
{
	static const struct {
		enum mood_count	 count;
		bool		 told;
		uint64_t	 updated, failed;
	} t[] = {
		{ COUNT_TRUE, true, 3, 1 },
		{ COUNT_NONE, false, 3, 1 },
		{ COUNT_ALL, true, 4, 0 },
		{ COUNT_SWAPPED, true, 1, 3 },
		{ COUNT_ODD, true, 7, 1 },
	};
	struct apply_counts c;
	struct moods m;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		c = (struct apply_counts){ 3, 1, 4 };
		m = (struct moods){ .seed = 1, .count = t[i].count };
		assert_int_equal(moods_count(&m, &c), t[i].told);
		assert_int_equal(c.updated, t[i].updated);
		assert_int_equal(c.failed, t[i].failed);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(none_without_a_seed),
		cmocka_unit_test(the_same_again),
		cmocka_unit_test(each_comes_up),
		cmocka_unit_test(totals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
