/*
 * Schedules: what is one, the moments it names in words of the manual, and each
 * minute around the changes of several zones by brute force.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/base/clock.h"
#include "../../src/base/date_internal.h"
#include "../../src/base/err.h"
#include "../../src/schedule/schedule.h"

#define DAY	86400

static int64_t
at(int year, int month, int day, int hour, int minute)
{
	return date_to_days(year, month, day) * DAY + hour * 3600 + minute * 60;
}

static struct tz *
zone(const char *name)
{
	struct err e;
	struct tz *z;

	err_clear(&e);
	z = tz_open(&clock_system, name, &e);
	assert_string_equal(e.msg, "");
	return z;
}

static struct sched
sched(const char *text)
{
	struct sched s;
	struct err e;

	err_clear(&e);
	if (sched_parse(text, &s, &e) == -1)
		fail_msg("%s", e.msg);
	return s;
}

static void
test_parse(void **state)
{
	static const char *const good[] = {
		"10 2 * * *", "*/5 0-6/2,22 1,15 jan-MAR mon-fri",
		"0 0 31 12 7", "\t59 23 * * Sun ", "0 0 29 2 *",
		"0 0 31 2 1", "0 0 30,31 1-3 *", "@daily", " @weekly ",
	};
	static const struct {
		const char	*text, *said;
	} bad[] = {
		{ "", "0 of 5" }, { "10 2 * *", "4 of 5" },
		{ "10 2 * * * *", "more than 5" },
		{ "60 2 * * *", "the minute is \"60\"" },
		{ "0 24 * * *", "the hour is" },
		{ "0 2 0 * *", "the day of month is" },
		{ "0 2 * 13 *", "the month is" },
		{ "0 2 * * 8", "the day of week is" },
		{ "0 2 * * mo", "the day of week is" },
		{ "5-1 2 * * *", "the minute is" }, { "1, 2 * * *", "minute" },
		{ "*/0 2 * * *", "minute" }, { "5/2 2 * * *", "minute" },
		{ "** 2 * * *", "minute" }, { "1- 2 * * *", "minute" },
		{ "-1 2 * * *", "minute" }, { "0 2 * * monday", "week" },
		{ "0 2 31 feb *", "never comes" },
		{ "0 2 31 4,6,9,11 *", "never comes" },
		{ "0 2 30-31 2 */2", "never comes" },
		{ "@reboot", "none of @hourly" }, { "@dail", "none of" },
		{ "@daily 5", "none of" },
	};
	struct sched s;
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		sched(good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err_clear(&e);
		assert_int_equal(sched_parse(bad[i].text, &s, &e), -1);
		assert_int_equal(e.code, ERR_CONFIG);
		if (strstr(e.msg, bad[i].said) == NULL)
			fail_msg("%s, should say %s", e.msg, bad[i].said);
	}
	s = sched("*/20 1-5/2 1,31 feb-Mar 5-7");
	assert_int_equal(s.minutes, 1ull << 0 | 1ull << 20 | 1ull << 40);
	assert_int_equal(s.hours, 1u << 1 | 1u << 3 | 1u << 5);
	assert_int_equal(s.mdays, 1u << 1 | 1u << 31);
	assert_int_equal(s.months, 1u << 2 | 1u << 3);
	assert_int_equal(s.wdays, 1u << 5 | 1u << 6 | 1u << 0);
	assert_true(s.both_passes);
	assert_false(s.any_mday || s.any_wday);
	s = sched("0 1,3-4 * * *");
	assert_false(s.both_passes);
	assert_true(s.any_mday && s.any_wday);
}

/* What comes after a moment, and after that, as local times and UTC. */
static void
test_told(void **state)
{
	static const struct {
		const char	*zone, *text;
		int		 from[5], utc[5], local[5];
		bool		 moved;
	} told[] = {
		{ "Europe/Berlin", "10 2 * * *", { 2026, 11, 30, 0, 0 },
		    { 2026, 11, 30, 1, 10 }, { 2026, 11, 30, 2, 10 }, false },
		/* Never the moment itself. */
		{ "Europe/Berlin", "10 2 * * *", { 2026, 11, 30, 1, 10 },
		    { 2026, 12, 1, 1, 10 }, { 2026, 12, 1, 2, 10 }, false },
		/* 02:30 does not exist: 03:00. */
		{ "Europe/Berlin", "30 2 * * *", { 2027, 3, 28, 0, 0 },
		    { 2027, 3, 28, 1, 0 }, { 2027, 3, 28, 2, 30 }, true },
		/* The end of the gap itself is a time like any other. */
		{ "Europe/Berlin", "0 3 * * *", { 2027, 3, 28, 0, 0 },
		    { 2027, 3, 28, 1, 0 }, { 2027, 3, 28, 3, 0 }, false },
		/* 02:30 comes twice: the first time only. */
		{ "Europe/Berlin", "30 2 * * *", { 2026, 10, 25, 0, 0 },
		    { 2026, 10, 25, 0, 30 }, { 2026, 10, 25, 2, 30 }, false },
		{ "Europe/Berlin", "30 2 * * *", { 2026, 10, 25, 0, 30 },
		    { 2026, 10, 26, 1, 30 }, { 2026, 10, 26, 2, 30 }, false },
		/* Each hour: both times. */
		{ "Europe/Berlin", "30 * * * *", { 2026, 10, 25, 0, 30 },
		    { 2026, 10, 25, 1, 30 }, { 2026, 10, 25, 2, 30 }, false },
		/* Nothing is made up for: an hour after 01:30 is 03:30. */
		{ "Europe/Berlin", "30 * * * *", { 2027, 3, 28, 0, 30 },
		    { 2027, 3, 28, 1, 30 }, { 2027, 3, 28, 3, 30 }, false },
		/* A night job at midnight where midnight is left out. */
		{ "Asia/Beirut", "0 0 * * *", { 2026, 3, 28, 10, 0 },
		    { 2026, 3, 28, 22, 0 }, { 2026, 3, 29, 0, 0 }, true },
		/* A whole day was left out. */
		{ "Pacific/Apia", "30 2 * * *", { 2011, 12, 29, 20, 0 },
		    { 2011, 12, 30, 10, 0 }, { 2011, 12, 30, 2, 30 }, true },
		/* Half an hour. */
		{ "Australia/Lord_Howe", "15 2 * * *", { 2026, 10, 3, 0, 0 },
		    { 2026, 10, 3, 15, 30 }, { 2026, 10, 4, 2, 15 }, true },
		/* Day of month or day of week: one suffices. */
		{ "UTC", "0 8 13 * 5", { 2026, 11, 13, 9, 0 },
		    { 2026, 11, 20, 8, 0 }, { 2026, 11, 20, 8, 0 }, false },
		/* Where one begins with *, both: Mondays of odd days. */
		{ "UTC", "0 8 */2 * 1", { 2026, 11, 30, 9, 0 },
		    { 2026, 12, 7, 8, 0 }, { 2026, 12, 7, 8, 0 }, false },
		{ "UTC", "0 0 29 2 *", { 2096, 3, 1, 0, 0 },
		    { 2104, 2, 29, 0, 0 }, { 2104, 2, 29, 0, 0 }, false },
	};
	struct sched_due due;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		struct sched s = sched(told[i].text);
		struct tz *z = zone(told[i].zone);
		const int *f = told[i].from, *u = told[i].utc,
		    *l = told[i].local;

		assert_true(sched_next(&s, z, at(f[0], f[1], f[2], f[3], f[4]),
		    &due));
		if (due.at != at(u[0], u[1], u[2], u[3], u[4]) ||
		    due.local != at(l[0], l[1], l[2], l[3], l[4]) ||
		    due.moved != told[i].moved)
			fail_msg("row %zu: at %lld, local %lld", i,
			    (long long)due.at, (long long)due.local);
		tz_free(z);
	}
}

static void
test_last(void **state)
{
	struct sched s = sched("0 8 * * mon");
	struct tz *z = zone("Europe/Berlin");
	struct sched_due due;

	(void)state;
	assert_true(sched_last(&s, z, at(2026, 11, 29, 12, 0), &due));
	assert_int_equal(due.at, at(2026, 11, 23, 7, 0));
	assert_true(sched_last(&s, z, at(2026, 11, 30, 7, 0), &due));
	assert_int_equal(due.at, at(2026, 11, 30, 7, 0));
	s = sched("0 0 29 2 *");
	assert_true(sched_last(&s, z, at(2027, 1, 1, 0, 0), &due));
	assert_int_equal(due.local, at(2024, 2, 29, 0, 0));
	tz_free(z);
}

static void
test_instants(void **state)
{
	struct tz *z = zone("Europe/Berlin");
	int64_t out[2];

	(void)state;
	assert_int_equal(tz_instants(z, at(2026, 11, 30, 2, 10), out), 1);
	assert_int_equal(out[0], at(2026, 11, 30, 1, 10));
	assert_int_equal(tz_instants(z, at(2026, 10, 25, 2, 30), out), 2);
	assert_int_equal(out[0], at(2026, 10, 25, 0, 30));
	assert_int_equal(out[1], at(2026, 10, 25, 1, 30));
	assert_int_equal(tz_instants(z, at(2026, 10, 25, 3, 0), out), 1);
	assert_int_equal(tz_instants(z, at(2045, 3, 26, 2, 30), out), 0);
	assert_int_equal(out[0], at(2045, 3, 26, 1, 0));
	tz_free(z);
	z = zone("Pacific/Apia");
	assert_int_equal(tz_instants(z, at(2011, 12, 30, 12, 0), out), 0);
	assert_int_equal(out[0], at(2011, 12, 30, 10, 0));
	tz_free(z);
	z = zone("UTC");
	assert_int_equal(tz_instants(z, 12345, out), 1);
	assert_int_equal(out[0], 12345);
	tz_free(z);
}

static bool
fits(const struct sched *s, int64_t local)
{
	int64_t day = local / DAY;
	int month, mday, weekday = (int)((day + 4) % 7);
	int minute = (int)(local % DAY / 60);
	bool by_mday, by_wday;

	date_from_days(day, &month, &mday);
	by_mday = (s->mdays >> mday & 1) != 0;
	by_wday = (s->wdays >> weekday & 1) != 0;
	return (s->minutes >> minute % 60 & 1) != 0 &&
	    (s->hours >> minute / 60 & 1) != 0 &&
	    (s->months >> month & 1) != 0 &&
	    (s->any_mday || s->any_wday ? by_mday && by_wday :
	    by_mday || by_wday);
}

/*
 * Every minute from from to to is looked at: what its local time is, whether it
 * came before, and which ones were left out just before it.  The schedule must
 * name the same moments.
 */
static void
by_minutes(const struct sched *s, const struct tz *z, int64_t from, int64_t to)
{
	int64_t t, left_out, first = from - 2 * DAY;
	size_t size = (size_t)(to - first) / 60 + 4 * 1440;
	unsigned char *seen = calloc(size, 1);
	struct sched_due due;

	assert_non_null(seen);
	assert_true(sched_next(s, z, from, &due));
	for (t = first; t < to; t += 60) {
		int32_t before = tz_offset(z, t - 60), now = tz_offset(z, t);
		size_t slot = (size_t)(t + now - first + 2 * DAY) / 60;
		bool is = fits(s, t + now) && (s->both_passes || !seen[slot]);

		seen[slot] = 1;
		for (left_out = t + before; left_out < t + now; left_out += 60)
			is |= s->hours != 0xffffff && fits(s, left_out);
		if (t <= from || !is)
			continue;
		if (due.at != t)
			fail_msg("due at %lld, should be %lld",
			    (long long)due.at, (long long)t);
		assert_true(sched_next(s, z, t, &due));
		assert_true(due.at > t);
	}
	assert_true(due.at >= to);
	free(seen);
}

static void
test_brute_force(void **state)
{
	static const char *const texts[] = {
		"30 2 * * *", "0 0 * * *", "*/7 * * * *", "15 */2 * * *",
		"0,30 1-3 * * *", "59 23 * * 6", "5 1,2 */3 * *",
		"0 2 1-7 * sun", "* 2 * * *", "45 0-23/3 * * *",
	};
	static const char *const zones[] = {
		"UTC", "Europe/Berlin", "America/New_York", "Asia/Beirut",
		"Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia",
		"America/Havana",
	};
	size_t i, k;
	int64_t t, end;

	(void)state;
	for (i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		struct tz *z = zone(zones[i]);

		for (t = at(2011, 6, 1, 0, 0), end = at(2012, 6, 1, 0, 0);
		    tz_change(z, t, &t) && t < end;)
			for (k = 0; k < sizeof(texts) / sizeof(texts[0]); k++) {
				struct sched s = sched(texts[k]);

				by_minutes(&s, z, t - 3 * DAY, t + 4 * DAY);
			}
		for (t = at(2039, 6, 1, 0, 0), end = at(2040, 6, 1, 0, 0);
		    tz_change(z, t, &t) && t < end;)
			for (k = 0; k < sizeof(texts) / sizeof(texts[0]); k++) {
				struct sched s = sched(texts[k]);

				by_minutes(&s, z, t - 3 * DAY, t + 4 * DAY);
			}
		tz_free(z);
	}
}

/* Each change of a zone's offset is found, and only those. */
static void
test_changes(void **state)
{
	struct tz *z = zone("Europe/Berlin");
	int64_t t = at(2026, 1, 1, 0, 0), next;
	int year;

	(void)state;
	for (year = 2026; year < 2060; year++) {
		assert_true(tz_change(z, t, &next));
		assert_int_equal(tz_offset(z, next - 1), 3600);
		assert_int_equal(tz_offset(z, next), 7200);
		assert_true(tz_change(z, next, &t));
		assert_int_equal(tz_offset(z, t - 1), 7200);
		assert_int_equal(tz_offset(z, t), 3600);
		assert_true(t > at(year, 10, 24, 0, 0) &&
		    t < at(year, 11, 1, 0, 0));
	}
	tz_free(z);
	z = zone("UTC");
	assert_false(tz_change(z, t, &next));
	tz_free(z);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_told),
		cmocka_unit_test(test_last),
		cmocka_unit_test(test_instants),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_brute_force),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
