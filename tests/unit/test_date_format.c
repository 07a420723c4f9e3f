/* Dates as jobs say that they are written, and the zones of their times. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../../src/base/clock.h"
#include "../../src/base/err.h"
#include "../../src/coupon/date_format_internal.h"
#include "../../src/coupon/glyph_internal.h"

/* The day that a cell is, as YYYY-MM-DD; NULL: it is not of this form. */
static void
one_day(const char *format, const char *zone, const char *cell,
    const char *want)
{
	struct date_format f;
	struct text t = { cell, strlen(cell) };
	struct date d;
	struct err e;
	struct tz *tz = NULL;
	int ymd[3];
	char day[11];

	err_clear(&e);
	assert_int_equal(date_format_init(&f, format, &e), 0);
	if (zone != NULL) {
		assert_true(f.zoned);
		f.zone = tz = tz_open(&clock_system, zone, &e);
		assert_non_null(tz);
	} else
		assert_false(f.zoned);
	assert_int_equal(date_split(&f, t, ymd), want != NULL);
	tz_free(tz);
	if (want == NULL)
		return;
	assert_true(date_is_day(ymd));
	d.year = (int16_t)ymd[0];
	d.month = (int8_t)ymd[1];
	d.day = (int8_t)ymd[2];
	date_format(&d, day);
	assert_string_equal(day, want);
}

static void
test_digits(void **state)
{
	(void)state;
	one_day("%Y%m%d", NULL, "20261117", "2026-11-17");
	one_day("%Y%m%d", NULL, "2026117", NULL);
	one_day("%d%m%Y", NULL, "1712026", NULL);
	one_day("%d1%m2%Y", NULL, "11122026", NULL);
	one_day("%d.%m.%Y", NULL, "1.2.2026", "2026-02-01");
	one_day("%Y%m%d%H%M%S", NULL, "20261117101112", "2026-11-17");
	one_day("%Y%m%d%H%M%S", NULL, "2026111710111", NULL);
	one_day("%Y-%m-%d", NULL, "2026-1-2", NULL);
}

static void
test_zones(void **state)
{
	static const char z[] = "%Y-%m-%dT%H:%M:%S%z";
	static const char utc[] = "%m/%d/%Y %H:%M %p UTC";
	static const char berlin[] = "Europe/Berlin";
	static const char york[] = "America/New_York";

	(void)state;
	one_day(z, berlin, "2026-11-16T23:00:00Z", "2026-11-17");
	one_day(z, berlin, "2026-11-16T22:59:59Z", "2026-11-16");
	one_day(z, berlin, "2026-07-16T22:00:00.000Z", "2026-07-17");
	one_day(z, berlin, "2026-11-16T23:30:00+01:00", "2026-11-16");
	one_day(z, berlin, "2026-11-17T00:30:00+0200", "2026-11-16");
	one_day(z, berlin, "2026-11-16T20:00:00-05", "2026-11-17");
	one_day(z, berlin, "2026-11-16T20:00:00UTC-05:00", "2026-11-17");
	one_day(z, york, "2026-11-16T00:00:00Z", "2026-11-15");
	one_day(z, york, "2026-03-01T04:59:59Z", "2026-02-28");
	one_day(z, york, "2026-03-01T04:59:59", NULL);
	one_day(z, york, "2026-03-01T04:59:59Zulu", NULL);
	one_day(z, york, "2026-03-01T04:59:59+15:00", NULL);
	one_day(z, york, "2026-03-01T04:59:59+01:", NULL);
	one_day("%Y-%m-%dT%H:%M:%SZ", berlin, "2026-11-16T23:00:00Z",
	    "2026-11-17");
	one_day("%Y-%m-%dT%H:%M:%S.000Z", york, "2026-11-16T04:00:00.000Z",
	    "2026-11-15");
	one_day("%d.%m.%Y %H:%M -03:00", "UTC", "16.11.2026 21:00 -03:00",
	    "2026-11-17");
	one_day(utc, "Asia/Tokyo", "11/16/2026 11:30 PM UTC", "2026-11-17");
	one_day(utc, "Asia/Tokyo", "11/16/2026 12:30 AM UTC", "2026-11-16");
	one_day(utc, "Asia/Tokyo", "11/16/2026 12:30 PM UTC", "2026-11-16");
	/* No zone is written, and none is thought of. */
	one_day("%Y-%m-%d %H:%M", NULL, "2026-11-16 23:00", "2026-11-16");
	one_day("%H:%M-%d.%m.%Y", NULL, "23:00-16.11.2026", "2026-11-16");
	one_day("%d.%m.%Y %H:%M Uhr", NULL, "16.11.2026 23:00 Uhr",
	    "2026-11-16");
	one_day("%Y-%m-%dZ", NULL, "2026-11-16Z", "2026-11-16");
}

static void
test_refused(void **state)
{
	static const char *const formats[] = {
		"%Y-%m-%d%z", "%Y-%m-%dT00:00:00Z", "%Y-%m-%d 00:00:00+01:00",
		"%Y-%m-%dT%H:%M:%SZ%z",
	};
	struct date_format f;
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		err_clear(&e);
		assert_int_equal(date_format_init(&f, formats[i], &e), -1);
		assert_int_equal(e.code, ERR_CONFIG);
		assert_non_null(strstr(e.msg, formats[i]));
		assert_non_null(strstr(e.msg, "%H:%M:%S%z"));
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_digits),
		cmocka_unit_test(test_zones),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
