/*
 * Normalised output.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/base/buf.h"
#include "../../src/base/err.h"
#include "../../src/coupon/layout.h"
#include "../../src/coupon/spool.h"

static void
test_rows(void **state)
{
	static const struct {
		struct layout	 layout;
		struct coupon	 coupon;
		const char	*want;
	} cases[] = {
		{ { LAYOUT_CODES, false, false, false },
		  { "M1", 2, 1, { 2026, 11, 17 }, 1 }, "M1\n" },
		{ { LAYOUT_CODES, true, true, false },
		  { "M1", 2, 1, { 2026, 11, 17 }, 1 },
		  "coupon_code\r\nM1\r\n" },
		{ { LAYOUT_COLUMNS, true, false, false },
		  { "M1", 2, 1, { 2026, 11, 17 }, 1 },
		  "coupon_code,redeemed,redeem_date\nM1,1,2026-11-17\n" },
		{ { LAYOUT_COLUMNS, false, false, false },
		  { "M1", 2, 0, { 0, 0, 0 }, 1 }, "M1,0,\n" },
		{ { LAYOUT_COLUMNS, false, false, false },
		  { "M1", 2, REDEEMED_NONE, { 0, 0, 0 }, 1 }, "M1,,\n" },
		{ { LAYOUT_COLUMNS, false, false, false },
		  { "M1", 2, REDEEMED_NONE, { 2026, 1, 2 }, 1 },
		  "M1,,2026-01-02\n" },
		{ { LAYOUT_CODES, false, false, false },
		  { "a,\"b\n", 5, 1, { 0, 0, 0 }, 1 }, "\"a,\"\"b\n\"\n" },
	};
	struct buf b;
	struct err e;
	size_t i;

	(void)state;
	err_clear(&e);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_init(&b, 200);
		assert_int_equal(layout_head(&cases[i].layout, &b, &e), 0);
		assert_int_equal(layout_row(&cases[i].layout,
		    &cases[i].coupon, &b, &e), 0);
		assert_string_equal(b.data, cases[i].want);
		buf_release(&b);
	}
}

static void
test_full(void **state)
{
	struct layout l = { LAYOUT_COLUMNS, true, false, false };
	struct coupon c = { "M1", 2, 1, { 2026, 11, 17 }, 1 };
	struct buf b;
	struct err e;

	(void)state;
	err_clear(&e);
	buf_init(&b, 4);
	assert_int_equal(layout_head(&l, &b, &e), -1);
	assert_int_equal(e.code, ERR_LIMIT);
	assert_int_equal(layout_row(&l, &c, &b, &e), -1);
	buf_release(&b);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
