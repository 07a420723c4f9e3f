/*
 * Clocks: how time is written, and that a stop ends a sleep.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/base/clock.h"
#include "../../src/base/stop.h"

static void
test_iso(void **state)
{
	static const struct {
		int64_t		 ms;
		const char	*text;
	} rows[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ 999, "1970-01-01T00:00:00Z" },
		{ -1, "1969-12-31T23:59:59Z" },
		{ INT64_C(951782399999), "2000-02-28T23:59:59Z" },
		{ INT64_C(951782400000), "2000-02-29T00:00:00Z" },
		{ INT64_C(1795223400000), "2026-11-21T01:10:00Z" },
		{ INT64_C(4102444800000), "2100-01-01T00:00:00Z" },
		{ INT64_C(253402300799000), "9999-12-31T23:59:59Z" },
	};
	char out[21];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(clock_iso(rows[i].ms, out), rows[i].text);
	/* Whatever comes, it stays within its room. */
	assert_int_equal(strlen(clock_iso(INT64_MAX, out)), 20);
	assert_int_equal(strlen(clock_iso(INT64_MIN, out)), 20);
}

static void
test_clocks_run(void **state)
{
	int64_t from;

	(void)state;
	/* 2020 to 2200: the wall clock counts milliseconds since 1970. */
	assert_true(clock_wall_ms() > INT64_C(1577836800000));
	assert_true(clock_wall_ms() < INT64_C(7258118400000));
	from = clock_mono_ms();
	clock_sleep_ms(2);
	assert_true(clock_mono_ms() - from >= 2);
	clock_sleep_ms(0);
	clock_sleep_ms(-5);
}

/*
 * The last test of this program: the stop stays.
 */
static void
test_stop_ends_a_sleep(void **state)
{
	(void)state;
	stop_install();
	raise(SIGTERM);
	clock_sleep_ms(INT64_MAX);
	assert_int_equal(stop_signal(), SIGTERM);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_iso),
		cmocka_unit_test(test_clocks_run),
		cmocka_unit_test(test_stop_ends_a_sleep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
