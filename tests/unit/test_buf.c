/*
 * Buffers: growth, ceiling, hand-over, and the escaping of foreign bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/base/buf.h"
#include "../../src/base/err.h"

static void
test_empty_is_a_string(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	assert_string_equal(b.data, "");
	buf_clear(&b);
	buf_release(&b);
	buf_release(&b);
	assert_string_equal(b.data, "");
}

static void
test_bytes_stay_through_growth(void **state)
{
	struct buf b;
	struct err e;
	int i;

	(void)state;
	buf_init(&b, 100000);
	for (i = 0; i < 5000; i++)
		assert_int_equal(buf_addf(&b, &e, "%04d,", i), 0);
	assert_int_equal(b.len, 25000);
	assert_memory_equal(b.data, "0000,0001,", 10);
	assert_string_equal(b.data + 24995, "4999,");
	buf_clear(&b);
	assert_int_equal(b.len, 0);
	assert_string_equal(b.data, "");
	assert_int_equal(buf_add(&b, "a\0b", 3, &e), 0);
	assert_int_equal(b.len, 3);
	assert_memory_equal(b.data, "a\0b", 4);
	buf_release(&b);
}

static void
test_ceiling_is_exact(void **state)
{
	struct buf b;
	struct err e;

	(void)state;
	buf_init(&b, 5);
	err_clear(&e);
	assert_int_equal(buf_adds(&b, "12345", &e), 0);
	assert_int_equal(e.code, ERR_NONE);
	assert_int_equal(buf_add(&b, "6", 1, &e), -1);
	assert_int_equal(e.code, ERR_LIMIT);
	assert_string_equal(b.data, "12345");
	assert_int_equal(buf_addf(&b, &e, "%s", "6"), -1);
	assert_int_equal(buf_addf(&b, &e, "%s", ""), 0);
	assert_int_equal(buf_reserve(&b, SIZE_MAX, &e), -1);
	buf_release(&b);
	buf_init(&b, SIZE_MAX);
	assert_int_equal(buf_reserve(&b, SIZE_MAX, &e), -1);
	assert_int_equal(buf_adds(&b, "fine", &e), 0);
	buf_release(&b);
	buf_init(&b, 0);
	assert_int_equal(buf_adds(&b, "", &e), 0);
	assert_int_equal(buf_adds(&b, "x", &e), -1);
	buf_release(&b);
}

static void
test_secrets_may_grow(void **state)
{
	struct buf b;
	struct err e;
	int i;

	(void)state;
	buf_init(&b, 1000);
	b.wipe = true;
	for (i = 0; i < 100; i++)
		assert_int_equal(buf_adds(&b, "secret", &e), 0);
	assert_int_equal(b.len, 600);
	assert_memory_equal(b.data + 594, "secret", 7);
	buf_clear(&b);
	/* Nothing of it is left behind the end. */
	for (i = 0; i < 600; i++)
		assert_int_equal(b.data[i], 0);
	buf_release(&b);
}

static void
test_take_hands_over(void **state)
{
	struct buf b;
	struct err e;
	size_t len;
	char *p;

	(void)state;
	buf_init(&b, 100);
	p = buf_take(&b, &len);
	assert_non_null(p);
	assert_int_equal(len, 0);
	assert_string_equal(p, "");
	free(p);
	assert_int_equal(buf_adds(&b, "mine", &e), 0);
	p = buf_take(&b, NULL);
	assert_string_equal(p, "mine");
	assert_int_equal(b.len, 0);
	assert_int_equal(buf_adds(&b, "next", &e), 0);
	assert_string_equal(p, "mine");
	free(p);
	buf_release(&b);
}

static void
test_escape(void **state)
{
	static const struct {
		const char	*in;
		size_t		 len, max;
		const char	*out;
	} rows[] = {
		{ "plain", 5, 100, "plain" },
		{ "", 0, 100, "" },
		{ "", 0, 0, "" },
		{ "a\0b", 3, 100, "a\\x00b" },
		{ "\x1b[31m\r\n\x7f", 8, 100, "\\x1b[31m\\x0d\\x0a\\x7f" },
		{ "\xc3\xbc", 2, 100, "\xc3\xbc" },
		/* Latin-1, an overlong slash, a surrogate. */
		{ "\xfc", 1, 100, "\\xfc" },
		{ "\xc0\xaf", 2, 100, "\\xc0\\xaf" },
		{ "\xed\xa0\x80", 3, 100, "\\xed\\xa0\\x80" },
		/* Zero-width space, right-to-left override, C1 control. */
		{ "\xe2\x80\x8b", 3, 100, "\\xe2\\x80\\x8b" },
		{ "\xe2\x80\xae", 3, 100, "\\xe2\\x80\\xae" },
		{ "\xc2\x85", 2, 100, "\\xc2\\x85" },
		{ "abcdef", 6, 6, "abcdef" },
		{ "abcdef", 6, 5, "abcde..." },
		{ "abcdef", 6, 0, "..." },
		/* The limit would cut a letter in two. */
		{ "a\xc3\xbc", 3, 2, "a..." },
		{ "a\xc3", 2, 2, "a\\xc3" },
	};
	struct buf b;
	struct err e;
	size_t i;

	(void)state;
	buf_init(&b, 1000);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_clear(&b);
		assert_int_equal(buf_escape(&b, rows[i].in, rows[i].len,
		    rows[i].max, &e), 0);
		assert_string_equal(b.data, rows[i].out);
	}
	buf_release(&b);
	buf_init(&b, 3);
	assert_int_equal(buf_escape(&b, "\x01", 1, 100, &e), -1);
	assert_int_equal(e.code, ERR_LIMIT);
	buf_release(&b);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty_is_a_string),
		cmocka_unit_test(test_bytes_stay_through_growth),
		cmocka_unit_test(test_ceiling_is_exact),
		cmocka_unit_test(test_secrets_may_grow),
		cmocka_unit_test(test_take_hands_over),
		cmocka_unit_test(test_escape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
