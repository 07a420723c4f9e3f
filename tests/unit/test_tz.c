/*
 * Time zones: known changes, years that no file lists, damaged files, and
 * the C library as a second opinion.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/base/buf.h"
#include "../../src/base/clock.h"
#include "../../src/base/date_internal.h"
#include "../../src/base/err.h"
#include "../../src/base/tz_internal.h"

static int64_t
utc(int year, int month, int day, int hour, int minute, int second)
{
	return date_to_days(year, month, day) * 86400 + hour * 3600 +
	    minute * 60 + second;
}

static struct tz *
zone(const char *name)
{
	struct err e;
	struct tz *z;

	err_clear(&e);
	z = tz_open(&clock_system, name, &e);
	assert_string_equal(e.msg, "");
	assert_non_null(z);
	return z;
}

/*
 * The offset is before up to the second before t, and after from t on.
 */
static void
assert_change(const struct tz *z, int64_t t, int before, int after)
{
	assert_int_equal(tz_offset(z, t - 1), before);
	assert_int_equal(tz_offset(z, t), after);
}

static void
test_berlin(void **state)
{
	struct tz *z;

	(void)state;
	z = zone("Europe/Berlin");
	assert_change(z, utc(2026, 3, 29, 1, 0, 0), 3600, 7200);
	assert_change(z, utc(2026, 10, 25, 1, 0, 0), 7200, 3600);
	/* Past what files of 32-bit times can list. */
	assert_change(z, utc(2040, 3, 25, 1, 0, 0), 3600, 7200);
	assert_change(z, utc(2040, 10, 28, 1, 0, 0), 7200, 3600);
	assert_change(z, utc(2399, 3, 28, 1, 0, 0), 3600, 7200);
	/* Double summer time. */
	assert_change(z, utc(1945, 5, 24, 0, 0, 0), 7200, 10800);
	/* Local mean time, before there were zones. */
	assert_int_equal(tz_offset(z, utc(1850, 1, 1, 0, 0, 0)), 3208);
	tz_free(z);
}

static void
test_pacific(void **state)
{
	struct tz *z;

	(void)state;
	z = zone("America/Los_Angeles");
	assert_change(z, utc(2026, 3, 8, 10, 0, 0), -28800, -25200);
	assert_change(z, utc(2026, 11, 1, 9, 0, 0), -25200, -28800);
	assert_change(z, utc(2050, 3, 13, 10, 0, 0), -28800, -25200);
	assert_change(z, utc(2050, 11, 6, 9, 0, 0), -25200, -28800);
	tz_free(z);
}

static void
test_other_shapes(void **state)
{
	struct tz *z;

	(void)state;
	z = zone("UTC");
	assert_int_equal(tz_offset(z, INT64_MIN), 0);
	assert_int_equal(tz_offset(z, INT64_MAX), 0);
	tz_free(z);
	/* Half an hour of summer time, in the south. */
	z = zone("Australia/Lord_Howe");
	assert_change(z, utc(2045, 4, 1, 15, 0, 0), 39600, 37800);
	assert_change(z, utc(2045, 9, 30, 15, 30, 0), 37800, 39600);
	tz_free(z);
	/* Winter time is the exception here. */
	z = zone("Europe/Dublin");
	assert_change(z, utc(2045, 3, 26, 1, 0, 0), 0, 3600);
	assert_change(z, utc(2045, 10, 29, 1, 0, 0), 3600, 0);
	tz_free(z);
	/* A rule without any change, and a name in <>. */
	z = zone("Asia/Kathmandu");
	assert_int_equal(tz_offset(z, utc(2099, 7, 1, 0, 0, 0)), 20700);
	tz_free(z);
	/* The machine's own, whatever it is. */
	z = zone(NULL);
	assert_true(tz_offset(z, 0) > -86400 && tz_offset(z, 0) < 93600);
	tz_free(z);
	tz_free(NULL);
}

static void
test_days_and_stamps(void **state)
{
	struct tz *berlin, *pacific;
	struct date d;
	char out[20];
	int64_t t;

	(void)state;
	berlin = zone("Europe/Berlin");
	pacific = zone("America/Los_Angeles");
	t = utc(2026, 11, 21, 1, 10, 7) * 1000;
	assert_string_equal(tz_stamp(berlin, t, out), "2026-11-21 02:10:07");
	assert_string_equal(tz_stamp(pacific, t, out), "2026-11-20 17:10:07");
	d = tz_date(pacific, t);
	assert_int_equal(d.year, 2026);
	assert_int_equal(d.month, 11);
	assert_int_equal(d.day, 20);
	d = (struct date){ 2026, 11, 16 };
	d = tz_date_at(berlin, &d, 23 * 3600);
	assert_int_equal(d.day, 17);
	d = tz_date_at(pacific, &d, -1);
	assert_int_equal(d.day, 16);
	d = tz_date_at(pacific, &d, 8 * 3600 - 1);
	assert_int_equal(d.day, 15);
	/* The gap of spring, and the hour that autumn has twice. */
	t = utc(2026, 3, 29, 0, 59, 59) * 1000;
	assert_string_equal(tz_stamp(berlin, t, out), "2026-03-29 01:59:59");
	assert_string_equal(tz_stamp(berlin, t + 1000, out),
	    "2026-03-29 03:00:00");
	t = utc(2026, 10, 25, 0, 59, 59) * 1000;
	assert_string_equal(tz_stamp(berlin, t, out), "2026-10-25 02:59:59");
	assert_string_equal(tz_stamp(berlin, t + 1000, out),
	    "2026-10-25 02:00:00");
	/* Milliseconds before 1970 belong to the second before. */
	assert_string_equal(tz_stamp(berlin, -1, out), "1970-01-01 00:59:59");
	/* Days that the calendar of four digits does not have. */
	d = tz_date(berlin, INT64_MAX);
	assert_true(date_is_none(&d));
	assert_int_equal(strlen(tz_stamp(berlin, INT64_MIN, out)), 19);
	tz_free(berlin);
	tz_free(pacific);
}

/*
 * The C library reads the same files with code that is not ours.
 */
static void
test_agrees_with_libc(void **state)
{
	static const char *const names[] = {
		"Europe/Berlin", "America/Los_Angeles", "Europe/Dublin",
		"Australia/Sydney", "America/Sao_Paulo", "Asia/Tehran",
		"Asia/Jerusalem", "Africa/Casablanca", "Pacific/Apia",
		"America/Nuuk", "Antarctica/Troll", "America/Santiago",
		"Asia/Kolkata", "Etc/GMT+12",
	};
	struct tz *z;
	struct tm tm;
	time_t t;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		z = zone(names[i]);
		setenv("TZ", names[i], 1);
		tzset();
		/* Steps of a week and a bit more than 7 hours. */
		for (t = utc(1890, 1, 1, 0, 0, 0);
		    t < utc(2110, 1, 1, 0, 0, 0); t += 630011) {
			assert_non_null(localtime_r(&t, &tm));
			assert_int_equal(tz_offset(z, t), tm.tm_gmtoff);
		}
		tz_free(z);
	}
	unsetenv("TZ");
	tzset();
}

static void
test_bad_names(void **state)
{
	static const char *const names[] = {
		"Europe/Atlantis", "", "/etc/passwd", "../zoneinfo/UTC",
		"Europe/../UTC", "Europe", "zone.tab", "Europe/Berlin ",
		"Europe/Berlin\n", "utc\x1b[2J",
	};
	char longer[101];
	struct err e;
	size_t i;

	(void)state;
	memset(longer, 'a', 100);
	longer[100] = '\0';
	err_clear(&e);
	assert_null(tz_open(&clock_system, longer, &e));
	assert_int_equal(e.code, ERR_CONFIG);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		err_clear(&e);
		assert_null(tz_open(&clock_system, names[i], &e));
		assert_int_equal(e.code, ERR_CONFIG);
		assert_string_not_equal(e.msg, "");
	}
	tz_open(&clock_system, "Europe/Atlantis", &e);
	assert_non_null(strstr(e.msg, "Europe/Atlantis"));
}

static void
assert_rule(const char *text, int64_t t, int before, int after)
{
	struct tz_rule r;

	assert_int_equal(tz_rule_parse(text, strlen(text), &r), 0);
	assert_int_equal(tz_rule_offset(&r, t - 1), before);
	assert_int_equal(tz_rule_offset(&r, t), after);
}

static void
test_rules(void **state)
{
	(void)state;
	assert_rule("UTC0", 0, 0, 0);
	assert_rule("<-03>3", 0, -10800, -10800);
	assert_rule("<+0545>-5:45", 0, 20700, 20700);
	assert_rule("LMT0:53:28", 0, -3208, -3208);
	/* Two in the morning where no time is given. */
	assert_rule("EST5EDT,M3.2.0,M11.1.0", utc(2027, 3, 14, 7, 0, 0),
	    -18000, -14400);
	/* J60 is 1 March in every year, 59 only in some. */
	assert_rule("AAA0BBB,J60/0,J300", utc(2028, 3, 1, 0, 0, 0), 0, 3600);
	assert_rule("AAA0BBB,J60/0,J300", utc(2027, 3, 1, 0, 0, 0), 0, 3600);
	assert_rule("AAA0BBB,59/0,300", utc(2028, 2, 29, 0, 0, 0), 0, 3600);
	assert_rule("AAA0BBB,59/0,300", utc(2027, 3, 1, 0, 0, 0), 0, 3600);
	/* The fourth week and the last one. */
	assert_rule("AAA0BBB,M2.4.0/0,M9.1.0", utc(2026, 2, 22, 0, 0, 0),
	    0, 3600);
	assert_rule("AAA0BBB,M2.5.0/0,M9.1.0", utc(2032, 2, 29, 0, 0, 0),
	    0, 3600);
	/* Times before midnight and days later (Greenland, Gaza). */
	assert_rule("<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
	    utc(2027, 3, 28, 1, 0, 0), -7200, -3600);
	assert_rule("EET-2EEST,M3.4.4/50,M10.4.4/50",
	    utc(2027, 3, 27, 0, 0, 0), 7200, 10800);
	/* A change that 167 hours push into the next year. */
	assert_rule("AAA0BBB,M12.5.5/167,M6.1.0/0", utc(2028, 1, 6, 23, 0, 0),
	    0, 3600);
	/* Summer time all the year: the changes cancel out. */
	assert_rule("XXX3EDT4,0/0,J365/23", utc(2027, 1, 1, 4, 0, 0),
	    -14400, -14400);
}

static void
test_broken_rules(void **state)
{
	static const char *const texts[] = {
		"", "UTC", "AB0", "0", "<AB>0", "<+03-3", "CET-1CEST",
		"CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0",
		"CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.0.0,M10.5.0",
		"CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,J0,J365",
		"CET-1CEST,J366,J1", "CET-1CEST,366,1", "CET25",
		"CET-1CEST,M3.5.0/168,M10.5.0", "CET-1:60", "CET-1x",
		"CET-1CEST,M3.5.0,M10.5.0/3x", "CET--1", "CET-1CEST,,",
	};
	struct tz_rule r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(tz_rule_parse(texts[i], strlen(texts[i]),
		    &r), -1);
}

/*
 * A TZif file by hand: counts in the order of the format, then the rest.
 */
static void
add_header(struct buf *b, char version, const unsigned char counts[6])
{
	unsigned char head[44] = { 'T', 'Z', 'i', 'f' };
	struct err e;
	int i;

	head[4] = (unsigned char)version;
	for (i = 0; i < 6; i++)
		head[20 + 4 * i + 3] = counts[i];
	assert_int_equal(buf_add(b, head, sizeof(head), &e), 0);
}

#define TYPE_UTC	"\0\0\0\0\0\0"
#define TYPE_HOUR	"\0\0\x0e\x10\0\0"

static int
parse(struct tz *z, const struct buf *b, size_t len)
{
	struct err e;

	memset(z, 0, sizeof(*z));
	return tz_parse(z, b->data, len, &e);
}

static void
forget(struct tz *z)
{
	free(z->at);
	free(z->offset);
}

static void
test_files_of_version_1(void **state)
{
	static const unsigned char counts[6] = { 0, 0, 0, 2, 2, 4 };
	struct buf b;
	struct err e;
	struct tz z;

	(void)state;
	buf_init(&b, 1000);
	add_header(&b, 0, counts);
	assert_int_equal(buf_add(&b, "\xff\xff\xff\xf6\0\0\0\x64\1\0"
	    TYPE_UTC TYPE_HOUR "UTC", 26, &e), 0);
	assert_int_equal(parse(&z, &b, b.len), 0);
	assert_int_equal(tz_offset(&z, -11), 0);
	assert_int_equal(tz_offset(&z, -10), 3600);
	assert_int_equal(tz_offset(&z, 99), 3600);
	assert_int_equal(tz_offset(&z, 100), 0);
	forget(&z);
	/* Times out of order, and a type that is not there. */
	b.data[44 + 7] = '\0';
	b.data[44 + 4] = (char)0x80;
	assert_int_equal(parse(&z, &b, b.len), -1);
	forget(&z);
	b.data[44 + 4] = '\0';
	b.data[44 + 9] = 2;
	assert_int_equal(parse(&z, &b, b.len), -1);
	forget(&z);
	buf_release(&b);
}

static void
test_files_cut_anywhere(void **state)
{
	static const unsigned char none[6] = { 0, 0, 0, 0, 1, 4 };
	static const unsigned char one[6] = { 1, 1, 0, 1, 2, 4 };
	struct buf b;
	struct err e;
	struct tz z;
	size_t n;

	(void)state;
	buf_init(&b, 1000);
	add_header(&b, '4', none);
	assert_int_equal(buf_add(&b, TYPE_UTC "UTC", 10, &e), 0);
	add_header(&b, '4', one);
	assert_int_equal(buf_add(&b, "\0\0\0\0\0\0\0\x0a\1"
	    TYPE_UTC TYPE_HOUR "UTC\0\0\0\nAAA-1\n", 34, &e), 0);
	assert_int_equal(parse(&z, &b, b.len), 0);
	assert_int_equal(tz_offset(&z, 9), 0);
	assert_int_equal(tz_offset(&z, 10), 3600);
	forget(&z);
	for (n = 0; n < b.len; n++) {
		assert_int_equal(parse(&z, &b, n), -1);
		forget(&z);
	}
	/* A rule that is none. */
	b.data[b.len - 2] = 'x';
	assert_int_equal(parse(&z, &b, b.len), -1);
	forget(&z);
	buf_release(&b);
}

static void
test_files_with_absurd_counts(void **state)
{
	static const unsigned char none[6] = { 0, 0, 0, 0, 1, 4 };
	static const unsigned char leap[6] = { 0, 0, 1, 0, 1, 4 };
	static const unsigned char untyped[6] = { 0, 0, 0, 0, 0, 4 };
	struct buf b;
	struct err e;
	struct tz z;
	int i;

	(void)state;
	buf_init(&b, 1000);
	for (i = 0; i < 6; i++) {
		buf_clear(&b);
		add_header(&b, '2', none);
		memset(b.data + 20 + 4 * i, 0xff, 4);
		assert_int_equal(buf_add(&b, TYPE_UTC "UTC", 10, &e), 0);
		assert_int_equal(parse(&z, &b, b.len), -1);
		forget(&z);
	}
	buf_clear(&b);
	add_header(&b, 0, leap);
	assert_int_equal(buf_add(&b, TYPE_UTC "UTC\0\0\0\0\0\0\0\0\0", 18,
	    &e), 0);
	assert_int_equal(parse(&z, &b, b.len), -1);
	forget(&z);
	buf_clear(&b);
	add_header(&b, 0, untyped);
	assert_int_equal(buf_add(&b, "UTC", 4, &e), 0);
	assert_int_equal(parse(&z, &b, b.len), -1);
	forget(&z);
	buf_release(&b);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_berlin),
		cmocka_unit_test(test_pacific),
		cmocka_unit_test(test_other_shapes),
		cmocka_unit_test(test_days_and_stamps),
		cmocka_unit_test(test_agrees_with_libc),
		cmocka_unit_test(test_bad_names),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_broken_rules),
		cmocka_unit_test(test_files_of_version_1),
		cmocka_unit_test(test_files_cut_anywhere),
		cmocka_unit_test(test_files_with_absurd_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
