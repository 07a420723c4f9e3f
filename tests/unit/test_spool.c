/*
 * The spool: groups, order, drops, limits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/base/buf.h"
#include "../../src/base/err.h"
#include "../../src/coupon/spool.h"

static void
row(struct spool *s, uint64_t record, const char *code, int redeemed, int day,
    bool drop)
{
	struct coupon c = { code, strlen(code), redeemed,
	    { 2026, 11, (int8_t)day }, record };
	struct err e;

	err_clear(&e);
	if (day == 0)
		c.date = (struct date){ 0, 0, 0 };
	assert_int_equal(drop ? spool_drop(s, &c, &e) : spool_add(s, &c, &e),
	    0);
}

static int
show_row(void *arg, const struct coupon *c, struct err *e)
{
	return buf_addf(arg, e, "%d %.*s %d %d\n", (int)c->record, (int)c->len,
	    c->code, c->redeemed, c->date.day);
}

static struct spool *
open_spool(bool single, size_t max_groups)
{
	struct spool_opts o = { P_tmpdir, single, max_groups };
	struct spool *s;
	struct err e;

	err_clear(&e);
	s = spool_new(&o, &e);
	assert_non_null(s);
	return s;
}

static void
expect(struct spool *s, size_t group, const char *want)
{
	struct buf b;
	struct err e;

	err_clear(&e);
	buf_init(&b, 1 << 20);
	assert_int_equal(spool_each(s, group, show_row, &b, &e), 0);
	assert_string_equal(b.data, want);
	buf_release(&b);
}

static void
test_groups(void **state)
{
	const struct spool_group *g;
	struct spool *s = open_spool(false, 64);
	struct err e;
	size_t n;

	(void)state;
	err_clear(&e);
	row(s, 1, "A", 1, 19, false);
	row(s, 2, "B", 1, 17, false);
	row(s, 3, "C", 0, 0, false);
	row(s, 4, "D", REDEEMED_NONE, 17, false);
	row(s, 900, "E", 1, 19, false);
	row(s, 901, "F", 1, 18, false);
	row(s, 1, "A", 1, 19, true);
	row(s, 901, "F", 1, 18, true);
	assert_int_equal(spool_each(s, 0, show_row, NULL, &e), -1);
	assert_int_equal(e.code, ERR_INTERNAL);
	assert_int_equal(spool_seal(s, &e), 0);
	g = spool_groups(s, &n);
	assert_int_equal(n, 4);
	assert_int_equal(g[3].rows, 1);
	expect(s, 0, "3 C 0 0\n");
	expect(s, 1, "4 D -1 17\n");
	expect(s, 2, "2 B 1 17\n");
	expect(s, 3, "900 E 1 19\n");
	expect(s, 3, "900 E 1 19\n");
	spool_free(s);
}

static void
test_single(void **state)
{
	struct spool *s = open_spool(true, 1);
	struct err e;
	size_t n;

	(void)state;
	err_clear(&e);
	row(s, 5, "A", 1, 19, false);
	row(s, 7, "B", 0, 0, false);
	row(s, 200000, "C", REDEEMED_NONE, 1, false);
	row(s, 7, "B", 0, 0, true);
	assert_int_equal(spool_seal(s, &e), 0);
	assert_int_equal(spool_groups(s, &n)->rows, 2);
	assert_int_equal(n, 1);
	expect(s, 0, "5 A 1 19\n200000 C -1 1\n");
	spool_free(s);
}

/* Too many groups are counted, never lost in silence. */
static void
test_too_many(void **state)
{
	struct spool *s = open_spool(false, 2);
	const struct spool_group *g;
	struct err e;
	size_t n;

	(void)state;
	err_clear(&e);
	row(s, 1, "A", 1, 1, false);
	row(s, 2, "B", 1, 2, false);
	row(s, 3, "C", 1, 3, false);
	row(s, 4, "D", 1, 4, false);
	row(s, 2, "B", 1, 2, true);
	row(s, 4, "D", 1, 4, true);
	assert_int_equal(spool_seal(s, &e), 0);
	g = spool_groups(s, &n);
	assert_int_equal(n, 3);
	assert_int_equal(g[0].date.day, 1);
	expect(s, 0, "1 A 1 1\n");
	spool_free(s);
}

static int
in_order(void *arg, const struct coupon *c, struct err *e)
{
	uint64_t *last = arg;
	char want[32];

	(void)e;
	assert_true(c->record > *last);
	*last = c->record;
	assert_int_equal(c->record % 3 == 0 && c->record > 100000, false);
	snprintf(want, sizeof(want), "CODE%llu",
	    (unsigned long long)c->record);
	assert_int_equal(c->len, strlen(want));
	assert_memory_equal(c->code, want, c->len);
	return 0;
}

static int
give_up(void *arg, const struct coupon *c, struct err *e)
{
	(void)arg;
	(void)c;
	return err_set(e, ERR_STOPPED, "enough");
}

static void
test_many_rows(void **state)
{
	enum { N = 300000, DAYS = 60 };
	struct spool *s = open_spool(false, 64);
	const struct spool_group *g;
	uint64_t last, rows = 0;
	struct err e;
	char code[32];
	size_t i, n;

	(void)state;
	err_clear(&e);
	for (i = 1; i <= N; i++) {
		snprintf(code, sizeof(code), "CODE%zu", i);
		row(s, i, code, i % DAYS < 30, 1 + (int)(i % 30), false);
	}
	for (i = 100001; i <= N; i++)
		if (i % 3 == 0)
			row(s, i, "", i % DAYS < 30, 1 + (int)(i % 30), true);
	assert_int_equal(spool_seal(s, &e), 0);
	g = spool_groups(s, &n);
	assert_int_equal(n, DAYS);
	for (i = 0; i < n; i++) {
		last = 0;
		assert_int_equal(spool_each(s, i, in_order, &last, &e), 0);
		rows += g[i].rows;
	}
	assert_int_equal(rows, N - (N / 3 - 100000 / 3));
	assert_int_equal(spool_each(s, 0, give_up, NULL, &e), -1);
	assert_int_equal(e.code, ERR_STOPPED);
	spool_free(s);
}

static void
test_long_code(void **state)
{
	struct spool *s = open_spool(true, 1);
	struct buf b;
	struct err e;
	char *code;
	size_t n = 100000;

	(void)state;
	err_clear(&e);
	code = malloc(n + 1);
	assert_non_null(code);
	memset(code, 'x', n);
	code[n] = '\0';
	row(s, 1, "A", 1, 1, false);
	row(s, 2, code, 1, 1, false);
	row(s, 3, "B", 1, 1, false);
	assert_int_equal(spool_seal(s, &e), 0);
	buf_init(&b, 1 << 20);
	assert_int_equal(spool_each(s, 0, show_row, &b, &e), 0);
	assert_int_equal(b.len, strlen("1 A 1 1\n2  1 1\n3 B 1 1\n") + n);
	buf_release(&b);
	free(code);
	spool_free(s);
}

static void
test_bad_folder(void **state)
{
	struct spool_opts o = { "/no/such/folder", false, 1 };
	struct err e;

	(void)state;
	err_clear(&e);
	assert_null(spool_new(&o, &e));
	assert_int_equal(e.code, ERR_CREATE);
	spool_free(NULL);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_single),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_many_rows),
		cmocka_unit_test(test_long_code),
		cmocka_unit_test(test_bad_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
