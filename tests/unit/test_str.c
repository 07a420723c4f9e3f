/*
 * Bounded parsing: what is taken, what is refused, and where the edges are.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/base/err.h"
#include "../../src/base/list.h"
#include "../../src/base/str.h"

static void
test_u64(void **state)
{
	static const char *const bad[] = {
		"", "-1", "+1", " 1", "1 ", "0x1", "1.0",
		"18446744073709551616", "99999999999999999999",
		"000000000000000000001",
	};
	uint64_t n;
	size_t i;

	(void)state;
	n = 7;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(str_u64(bad[i], strlen(bad[i]), UINT64_MAX,
		    &n), -1);
	assert_true(n == 7);
	assert_int_equal(str_u64("18446744073709551615", 20, UINT64_MAX, &n),
	    0);
	assert_true(n == UINT64_MAX);
	assert_int_equal(str_u64("00000000000000000012", 20, 12, &n), 0);
	assert_true(n == 12);
	assert_int_equal(str_u64("13", 2, 12, &n), -1);
	/* Only len bytes count. */
	assert_int_equal(str_u64("12345", 2, 99, &n), 0);
	assert_true(n == 12);
}

static void
test_duration(void **state)
{
	static const struct {
		const char	*text;
		int64_t		 ms;
	} good[] = {
		{ "250ms", 250 }, { "30s", 30000 }, { "5m", 300000 },
		{ "2h", 7200000 }, { "1d", 86400000 }, { "90", 90000 },
		{ "0", 0 }, { "9223372036854775807ms", INT64_MAX },
		{ "9223372036854775", INT64_C(9223372036854775000) },
	};
	static const char *const bad[] = {
		"", "s", "-1s", "1.5h", "1 h", "1hour", "1S", "1h30m", " 1s",
		"9223372036854776", "9223372036854775808ms", "106751991168d",
		"99999999999999999999d",
	};
	int64_t ms;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(str_duration(good[i].text, &ms), 0);
		assert_true(ms == good[i].ms);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(str_duration(bad[i], &ms), -1);
}

static void
test_size(void **state)
{
	static const struct {
		const char	*text;
		uint64_t	 bytes;
	} good[] = {
		{ "123", 123 }, { "123B", 123 }, { "64K", 65536 },
		{ "64KiB", 65536 }, { "64KB", 65536 }, { "512M", 512u << 20 },
		{ "2G", UINT64_C(2) << 30 }, { "1T", UINT64_C(1) << 40 },
		{ "0", 0 }, { "16777215T", UINT64_C(16777215) << 40 },
	};
	static const char *const bad[] = {
		"", "K", "1k", "1Ki", "1iB", "1.5M", "-1", "1 K", "1KK",
		"1KBB", "16777216T", "18446744073709551616",
		"18014398509481984K",
	};
	uint64_t bytes;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(str_size(good[i].text, &bytes), 0);
		assert_true(bytes == good[i].bytes);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(str_size(bad[i], &bytes), -1);
}

static void
test_date_parse(void **state)
{
	static const struct {
		const char	*text;
		enum date_fault	 fault;
	} rows[] = {
		{ "2026-11-21", DATE_OK }, { "2024-02-29", DATE_OK },
		{ "2000-02-29", DATE_OK }, { "0001-01-01", DATE_OK },
		{ "9999-12-31", DATE_OK },
		{ "2026-02-29", DATE_NOT_A_DAY },
		{ "1900-02-29", DATE_NOT_A_DAY },
		{ "2026-04-31", DATE_NOT_A_DAY },
		{ "2026-13-01", DATE_NOT_A_DAY },
		{ "2026-00-10", DATE_NOT_A_DAY },
		{ "2026-10-00", DATE_NOT_A_DAY },
		{ "0000-01-01", DATE_NOT_A_DAY },
		{ "", DATE_FORMAT }, { "2026-1-21", DATE_FORMAT },
		{ "21.11.2026", DATE_FORMAT }, { "2026/11/21", DATE_FORMAT },
		{ "2026-11-21 ", DATE_FORMAT }, { "2026-11-2a", DATE_FORMAT },
		{ "+026-11-21", DATE_FORMAT }, { "2026-11-211", DATE_FORMAT },
	};
	struct date d;
	char text[11];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(date_parse(rows[i].text,
		    strlen(rows[i].text), &d), rows[i].fault);
		if (rows[i].fault != DATE_OK)
			continue;
		date_format(&d, text);
		assert_string_equal(text, rows[i].text);
	}
}

static struct date
day(const char *text)
{
	struct date d;

	assert_int_equal(date_parse(text, strlen(text), &d), DATE_OK);
	return d;
}

static void
test_date_add(void **state)
{
	static const struct {
		const char	*from;
		int		 days;
		const char	*to;
	} rows[] = {
		{ "2024-02-28", 1, "2024-02-29" },
		{ "2024-02-28", 2, "2024-03-01" },
		{ "2026-02-28", 1, "2026-03-01" },
		{ "2026-12-31", 1, "2027-01-01" },
		{ "2026-01-01", -1, "2025-12-31" },
		{ "2000-03-01", -366, "1999-03-01" },
		{ "1970-01-01", -1, "1969-12-31" },
		{ "0001-01-01", 146097, "0401-01-01" },
		{ "2026-06-15", 0, "2026-06-15" },
	};
	struct date d, e;
	char text[11];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		d = day(rows[i].from);
		d = date_add(&d, rows[i].days);
		date_format(&d, text);
		assert_string_equal(text, rows[i].to);
	}
	/* Day by day through 801 years: never a gap, never twice. */
	for (d = day("1599-12-31"), i = 0; i < 292560; i++, d = e) {
		e = date_add(&d, 1);
		assert_true(date_cmp(&d, &e) < 0);
		assert_true(e.day == d.day + 1 || e.day == 1);
		assert_true(e.day <= date_month_days(e.year, e.month));
	}
	assert_int_equal(d.year, 2400);
	d = day("9999-12-31");
	d = date_add(&d, 1);
	assert_true(date_is_none(&d));
	d = date_add(&d, 1);
	assert_true(date_is_none(&d));
}

static void
test_date_cmp(void **state)
{
	struct date a, b;

	(void)state;
	a = day("2026-11-21");
	b = day("2026-11-21");
	assert_int_equal(date_cmp(&a, &b), 0);
	b = day("2026-10-31");
	assert_true(date_cmp(&a, &b) > 0);
	assert_true(date_cmp(&b, &a) < 0);
	b = day("2025-12-31");
	assert_true(date_cmp(&a, &b) > 0);
	b = day("2026-11-22");
	assert_true(date_cmp(&a, &b) < 0);
	assert_false(date_is_none(&a));
}

static void
test_group(void **state)
{
	char out[32];

	(void)state;
	assert_string_equal(str_group(0, out), "0");
	assert_string_equal(str_group(999, out), "999");
	assert_string_equal(str_group(1000, out), "1,000");
	assert_string_equal(str_group(48112, out), "48,112");
	assert_string_equal(str_group(UINT64_MAX, out),
	    "18,446,744,073,709,551,615");
}

static void
test_words(void **state)
{
	char longer[65];
	struct err e;
	char *copy;

	(void)state;
	assert_true(str_ieq("Redeem_Date", "redeem_DATE"));
	assert_true(str_ieq("", ""));
	assert_false(str_ieq("a", "ab"));
	assert_false(str_ieq("ab", "a"));
	assert_false(str_ieq("[", "{"));
	assert_int_equal(str_distance("endpoint", "endpoint"), 0);
	assert_int_equal(str_distance("endpont", "endpoint"), 1);
	assert_int_equal(str_distance("kitten", "sitting"), 3);
	assert_int_equal(str_distance("", "abc"), 3);
	assert_int_equal(str_distance("abc", ""), 3);
	memset(longer, 'a', 64);
	longer[64] = '\0';
	assert_int_equal(str_distance(longer, longer), 63);
	assert_int_equal(str_distance(longer + 1, longer + 1), 0);
	assert_null(str_dup(NULL, &e));
	copy = str_dup("x", &e);
	assert_string_equal(copy, "x");
	free(copy);
}

static void
test_utf8(void **state)
{
	static const struct {
		const char	*bytes;
		size_t		 len;	/* 0: ill-formed */
		uint32_t	 cp;
	} rows[] = {
		{ "A", 1, 'A' }, { "\x7f", 1, 0x7f },
		{ "\xc2\x80", 2, 0x80 }, { "\xdf\xbf", 2, 0x7ff },
		{ "\xe0\xa0\x80", 3, 0x800 }, { "\xed\x9f\xbf", 3, 0xd7ff },
		{ "\xee\x80\x80", 3, 0xe000 }, { "\xef\xbf\xbf", 3, 0xffff },
		{ "\xf0\x90\x80\x80", 4, 0x10000 },
		{ "\xf4\x8f\xbf\xbf", 4, 0x10ffff },
		{ "\x80", 0, 0 }, { "\xc0\x80", 0, 0 }, { "\xc1\xbf", 0, 0 },
		{ "\xe0\x9f\xbf", 0, 0 }, { "\xed\xa0\x80", 0, 0 },
		{ "\xed\xbf\xbf", 0, 0 }, { "\xf0\x8f\xbf\xbf", 0, 0 },
		{ "\xf4\x90\x80\x80", 0, 0 }, { "\xf5\x80\x80\x80", 0, 0 },
		{ "\xff", 0, 0 }, { "\xc3", 0, 0 }, { "\xe2\x82", 0, 0 },
		{ "\xf0\x9f\x98", 0, 0 }, { "\xc3(", 0, 0 },
		{ "\xe2\x82(", 0, 0 },
	};
	uint32_t cp;
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		n = strlen(rows[i].bytes);
		cp = 0;
		assert_int_equal(utf8_next(
		    (const unsigned char *)rows[i].bytes, n, &cp),
		    rows[i].len);
		assert_int_equal(cp, rows[i].cp);
		assert_int_equal(utf8_valid(rows[i].bytes, n),
		    rows[i].len != 0);
	}
	assert_true(utf8_valid("", 0));
	assert_false(utf8_valid("a\0b", 3));
	assert_true(utf8_hidden(0x200b));
	assert_true(utf8_hidden(0x202e));
	assert_true(utf8_hidden(0xfeff));
	assert_false(utf8_hidden(' '));
	assert_false(utf8_hidden(0xfc));
}

static void
test_count(void **state)
{
	static const struct {
		uint64_t	 n;
		const char	*noun, *text;
	} rows[] = {
		{ 0, "row", "0 rows" }, { 1, "row", "1 row" },
		{ 2, "row", "2 rows" }, { 48112, "coupon", "48,112 coupons" },
		{ 1, "batch", "1 batch" }, { 3, "batch", "3 batches" },
		{ 2, "address", "2 addresses" }, { 2, "box", "2 boxes" },
		{ 2, "", "2 s" },
	};
	char out[64], word[80];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(str_count(rows[i].n, rows[i].noun, out),
		    rows[i].text);
	memset(word, 'w', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	assert_int_equal(strlen(str_count(UINT64_MAX, word, out)), 63);
}

static void
test_set(void **state)
{
	char *field = NULL;
	struct err e;

	(void)state;
	err_clear(&e);
	assert_int_equal(str_set(&field, "one", &e), 0);
	assert_string_equal(field, "one");
	/* Its own text, too: the copy is made before the old one goes. */
	assert_int_equal(str_set(&field, field + 1, &e), 0);
	assert_string_equal(field, "ne");
	assert_int_equal(str_set(&field, NULL, &e), 0);
	assert_null(field);
	assert_int_equal(e.code, ERR_NONE);
}

static void
test_list(void **state)
{
	int *list = NULL, *before;
	size_t cap = 0;
	struct err e;
	int i;

	(void)state;
	err_clear(&e);
	for (i = 0; i < 1000; i++) {
		assert_int_equal(list_grow(&list, (size_t)i, &cap,
		    sizeof(*list), &e), 0);
		assert_true(cap > (size_t)i);
		list[i] = i;
	}
	for (i = 0; i < 1000; i++)
		assert_int_equal(list[i], i);
	before = list;
	i = (int)cap;
	assert_int_equal(list_grow(&list, cap - 1, &cap, sizeof(*list), &e),
	    0);
	assert_ptr_equal(list, before);
	assert_int_equal(cap, i);
	/* More bytes than can be counted: nothing has changed. */
	assert_int_equal(list_grow(&list, cap, &cap, SIZE_MAX / 4, &e), -1);
	assert_int_equal(e.code, ERR_NOMEM);
	assert_ptr_equal(list, before);
	assert_int_equal(cap, i);
	free(list);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_u64),
		cmocka_unit_test(test_duration),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_date_parse),
		cmocka_unit_test(test_date_add),
		cmocka_unit_test(test_date_cmp),
		cmocka_unit_test(test_group),
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
