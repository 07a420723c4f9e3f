/*
 * Clocks: how time is written, and that a stop ends a sleep.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "../../src/base/clock.h"
#include "../../src/base/err.h"
#include "../../src/base/io.h"
#include "../../src/base/stop.h"
#include "fake_clock.h"

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
	assert_string_equal(clock_name(rows[5].ms, out), "20261121T011000Z");
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
	assert_true(clock_wall(&clock_system) > INT64_C(1577836800000));
	assert_true(clock_wall(&clock_system) < INT64_C(7258118400000));
	from = clock_mono(&clock_system);
	clock_sleep(&clock_system, 2);
	assert_true(clock_mono(&clock_system) - from >= 2);
	clock_sleep(&clock_system, 0);
	clock_sleep(&clock_system, -5);
}

/* Whoever is handed another clock goes by it. */
static void
test_another_clock(void **state)
{
	struct fake_clock f;

	(void)state;
	fake_clock_init(&f, INT64_C(4102444800000));
	clock_sleep(&f.clock, INT64_C(86400000));
	clock_sleep(&f.clock, 5);
	assert_int_equal(clock_wall(&f.clock), INT64_C(4102531200005));
	assert_int_equal(clock_mono(&f.clock), 86401005);
	assert_int_equal(f.sleeps, 2);
	assert_int_equal(f.slept[0], 86400000);
	/* None is the machine's. */
	assert_true(clock_wall(NULL) >= clock_wall(&clock_system) - 86400000);
	assert_true(clock_mono(NULL) <= clock_mono(&clock_system));
}

static int32_t
zone_offset(const struct clock *c, const char *name)
{
	struct err e;
	struct tz *z;
	int32_t offset;

	err_clear(&e);
	z = tz_open(c, name, &e);
	assert_string_equal(e.msg, "");
	offset = tz_offset(z, 0);
	tz_free(z);
	return offset;
}

/* Zones are those of the clock, and no others. */
static void
test_zones_of_a_clock(void **state)
{
	char dir[] = "/tmp/test_clock.XXXXXX", here[64], mars[64];
	struct fake_clock f;
	struct err e;

	(void)state;
	fake_clock_init(&f, 0);
	assert_non_null(mkdtemp(dir));
	snprintf(mars, sizeof(mars), "%s/Mars", dir);
	snprintf(here, sizeof(here), "%s/here", dir);
	f.clock.zones = dir;
	f.clock.local = here;
	fake_clock_zone(mars, 7);
	assert_int_equal(zone_offset(&f.clock, "Mars"), 7 * 3600);
	assert_int_equal(zone_offset(&f.clock, NULL), 0);
	fake_clock_zone(here, 3);
	assert_int_equal(zone_offset(&f.clock, NULL), 3 * 3600);
	assert_int_equal(zone_offset(&f.clock, "UTC"), 0);
	err_clear(&e);
	assert_null(tz_open(&f.clock, "Europe/Berlin", &e));
	assert_int_equal(e.code, ERR_CONFIG);
	io_rmtree(dir);
}

/* For a condition to wait for: on the clock that never jumps. */
static void
test_deadline(void **state)
{
	int64_t from = clock_mono(&clock_system);
	struct timespec t;

	(void)state;
	clock_deadline(1999, &t);
	assert_in_range(t.tv_nsec, 0, 999999999);
	assert_true(t.tv_sec * 1000 + t.tv_nsec / 1000000 >= from + 1999);
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
	clock_sleep(&clock_system, INT64_MAX);
	assert_int_equal(stop_signal(), SIGTERM);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_iso),
		cmocka_unit_test(test_clocks_run),
		cmocka_unit_test(test_another_clock),
		cmocka_unit_test(test_zones_of_a_clock),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_stop_ends_a_sleep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
