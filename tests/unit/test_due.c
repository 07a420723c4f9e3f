/*
 * Whether a job was started when it was due, night after night by a clock of
 * its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/pipeline/ctx.h"
#include "../../src/pipeline/due.h"
#include "fake_clock.h"

#define MINUTE	INT64_C(60000)
#define HOUR	(60 * MINUTE)
#define DAY	(24 * HOUR)

/* Monday 2026-11-30 02:10 in Berlin. */
#define DUE	INT64_C(1796001000000)

static char nightly[] = "10 2 * * *", berlin[] = "Europe/Berlin";

/* What is said that long after it was due. */
static struct due
due_after(int64_t ms, int64_t last_run, char *schedule)
{
	struct fake_clock clock;
	struct ctx c = { .clock = &clock.clock };
	struct set_job job = { .name = berlin, .schedule = schedule };
	struct due d;
	struct err e;

	fake_clock_init(&clock, DUE + ms);
	job.check.timezone = berlin;
	err_clear(&e);
	assert_int_equal(due_find(&c, &job, last_run, &d, &e), 0);
	return d;
}

static void
test_missed(void **state)
{
	struct due d;

	(void)state;
	/* A run of that night, which starts a second after it was due. */
	d = due_after(HOUR, DUE + 1500, nightly);
	assert_false(d.is_missed);
	assert_true(d.has_next);
	assert_int_equal(d.next.at * 1000, DUE + DAY);
	assert_int_equal(d.next_local * 1000, DUE + DAY + HOUR);
	/* None yet: for half an hour it may still come. */
	d = due_after(29 * MINUTE, DUE - DAY + 1500, nightly);
	assert_false(d.is_missed);
	d = due_after(30 * MINUTE, DUE - DAY + 1500, nightly);
	assert_true(d.is_missed);
	assert_int_equal(d.missed.at * 1000, DUE);
	/* Not told anew by the next night's half hour. */
	d = due_after(DAY + 5 * MINUTE, DUE - DAY + 1500, nightly);
	assert_true(d.is_missed);
	assert_int_equal(d.missed.at * 1000, DUE);
	/* A run by hand in the morning mends it. */
	d = due_after(8 * HOUR, DUE + 7 * HOUR, nightly);
	assert_false(d.is_missed);
}

static void
test_nothing_to_miss(void **state)
{
	static char leap[] = "0 0 29 2 *";
	struct due d;

	(void)state;
	/* A job that never ran is not late. */
	d = due_after(10 * DAY, -1, nightly);
	assert_false(d.is_missed);
	d = due_after(10 * DAY, DUE - DAY, NULL);
	assert_false(d.is_missed || d.has_next);
	d = due_after(0, DUE - 300 * DAY, leap);
	assert_false(d.is_missed);
	assert_true(d.has_next);
}

static void
test_wrong(void **state)
{
	static char odd[] = "61 2 * * *", nowhere[] = "Europe/Atlantis";
	struct fake_clock clock;
	struct ctx c = { .clock = &clock.clock };
	struct set_job job = { .name = berlin, .schedule = odd };
	struct due d;
	struct err e;

	(void)state;
	fake_clock_init(&clock, DUE);
	err_clear(&e);
	assert_int_equal(due_find(&c, &job, 0, &d, &e), -1);
	assert_int_equal(e.code, ERR_CONFIG);
	assert_non_null(strstr(e.msg, "job \"Europe/Berlin\": schedule"));
	job.schedule = nightly;
	job.check.timezone = nowhere;
	err_clear(&e);
	assert_int_equal(due_find(&c, &job, 0, &d, &e), -1);
	assert_int_equal(e.code, ERR_CONFIG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_missed),
		cmocka_unit_test(test_nothing_to_miss),
		cmocka_unit_test(test_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
