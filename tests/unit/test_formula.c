/*
 * Cells that a spreadsheet would run: they are guarded in every CSV that
 * people open, and come back as they were when it is read again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <unistd.h>

#include "../../src/base/buf.h"
#include "../../src/base/err.h"
#include "../../src/base/io.h"
#include "../../src/base/limits.h"
#include "../../src/coupon/check.h"
#include "../../src/coupon/layout.h"
#include "../../src/format/formula.h"

static const char rows[] =
    "coupon_code,redeemed,redeem_date,note\n"
    "=1+1,1,2026-11-17,plain\n"
    "@SUM(A1),1,2026-11-17,\"=HYPERLINK(\"\"x\"\")\"\n"
    "+4912345,1,2026-11-17,+1\n"
    "-5,1,2026-11-17,\n"
    "\"=a;'b\",1,2026-11-17,\"\t=2\"\n"
    "M1,1,2026-11-17,\"\r-3\"\n"
    "'-77,1,2026-11-17,''=4\n"
    "-5,1,2026-11-17,again\n";

static const char good_rows[] =
    "coupon_code,redeemed,redeem_date,note\n"
    "'=1+1,1,2026-11-17,plain\n"
    "'@SUM(A1),1,2026-11-17,\"'=HYPERLINK(\"\"x\"\")\"\n"
    "'+4912345,1,2026-11-17,'+1\n"
    "'-5,1,2026-11-17,\n"
    "\"'=a;'b\",1,2026-11-17,\"'\t=2\"\n"
    "M1,1,2026-11-17,\"'\r-3\"\n"
    "'-77,1,2026-11-17,''=4\n";

static void
defaults(struct check_opts *o)
{
	memset(o, 0, sizeof(*o));
	o->redeemed = REDEEMED_NONE;
	o->today = (struct date){ 2026, 11, 20 };
	o->max_findings = 1000;
}

static FILE *
file_of(const char *p, size_t n)
{
	FILE *f = tmpfile();

	assert_non_null(f);
	assert_int_equal(fwrite(p, 1, n, f), n);
	assert_int_equal(fflush(f), 0);
	return f;
}

static char *
text_of(FILE *f)
{
	struct err e;
	char *p;
	long n = ftell(f);

	err_clear(&e);
	p = calloc(1, (size_t)n + 1);
	assert_non_null(p);
	assert_int_equal(io_pread_all(fileno(f), p, (size_t)n, 0, &e), 0);
	return p;
}

static void
check(FILE *f, const struct check_opts *o, struct check_result *r)
{
	struct err e;

	err_clear(&e);
	if (check_file(fileno(f), "rows.csv", o, r, &e) == -1)
		fail_msg("%s", e.msg);
}

static void
same_rows(const struct check_result *a, const struct check_result *b)
{
	assert_int_equal(b->invalid, 0);
	assert_int_equal(a->content.rows, b->content.rows);
	assert_int_equal(a->content.hi, b->content.hi);
	assert_int_equal(a->content.lo, b->content.lo);
}

static void
test_cells(void **state)
{
	static const struct {
		const char *p;
		bool like, guarded;
	} cases[] = {
		{ "", false, false }, { "M1", false, false },
		{ "'M1", false, false }, { "'", false, false },
		{ "''", false, false }, { "''A''", false, false },
		{ "=1", true, false }, { "+1", true, false },
		{ "-1", true, false }, { "@A", true, false },
		{ "\t1", true, false }, { "\r1", true, false },
		{ "'=1", true, true }, { "''-", true, true },
		{ "M=1", false, false },
	};
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		n = strlen(cases[i].p);
		assert_int_equal(formula_like(cases[i].p, n), cases[i].like);
		assert_int_equal(formula_guarded(cases[i].p, n),
		    cases[i].guarded);
	}
	assert_true(formula_guards(NULL));
	assert_true(formula_guards("ABC=-"));
	assert_false(formula_guards("ABC'"));
}

/* Rows that are good, written out and read again. */
static void
test_good_rows_come_back(void **state)
{
	struct check_result was, is;
	struct check_opts o;
	FILE *f, *good;
	char *text;

	(void)state;
	defaults(&o);
	f = file_of(rows, sizeof(rows) - 1);
	o.good = good = tmpfile();
	assert_non_null(good);
	check(f, &o, &was);
	assert_int_equal(was.invalid, 0);
	text = text_of(good);
	assert_string_equal(text, good_rows);
	free(text);
	o.good = NULL;
	check(good, &o, &is);
	same_rows(&was, &is);
	check_release(&was);
	check_release(&is);
	fclose(f);
	fclose(good);
}

/* Likewise rows that are set aside, here since they are too old. */
static void
test_broken_rows_come_back(void **state)
{
	struct check_result was, broken, is;
	struct check_opts o;
	FILE *f, *aside;
	char *text;

	(void)state;
	defaults(&o);
	f = file_of(rows, sizeof(rows) - 1);
	check(f, &o, &was);
	o.not_before = (struct date){ 2026, 11, 18 };
	o.set_aside = aside = tmpfile();
	assert_non_null(aside);
	check(f, &o, &broken);
	assert_int_equal(broken.invalid, 8);
	text = text_of(aside);
	assert_non_null(strstr(text, ",'=1+1,"));
	assert_null(strstr(text, ",="));
	assert_null(strstr(text, ",\"="));
	assert_null(strstr(text, ",+"));
	assert_null(strstr(text, ",-"));
	assert_null(strstr(text, ",@"));
	free(text);
	defaults(&o);
	check(aside, &o, &is);
	same_rows(&was, &is);
	check_release(&was);
	check_release(&broken);
	check_release(&is);
	fclose(f);
	fclose(aside);
}

static bool
always(const void *arg, const struct check_result *r)
{
	(void)arg;
	return r->invalid > 0;
}

/* Of a file that is refused the first broken rows are enough. */
static void
test_refused_is_bounded(void **state)
{
	enum { ROWS = 60000, NOTE = 400 };	/* more than LIM_ASIDE */
	struct check_result r;
	struct check_opts o;
	FILE *f, *aside;
	int i;

	(void)state;
	f = file_of(rows, strcspn(rows, "\n") + 1);
	for (i = 0; i < ROWS; i++)
		assert_true(fprintf(f, "A B,1,2026-11-17,%0*d\n", NOTE, i) >
		    NOTE);
	assert_int_equal(fflush(f), 0);
	defaults(&o);
	for (i = 0; i < 2; i++) {
		o.refused = i == 0 ? always : NULL;
		o.set_aside = aside = tmpfile();
		assert_non_null(aside);
		check(f, &o, &r);
		assert_int_equal(r.invalid, ROWS);
		if (i == 0) {
			assert_true(ftell(aside) < LIM_ASIDE + 2 * NOTE);
			assert_true(r.aside > 0 && r.aside < ROWS);
		} else
			assert_int_equal(r.aside, ROWS);
		check_release(&r);
		fclose(aside);
	}
	fclose(f);
}

/* Where codes may begin with an apostrophe, none is taken away. */
static void
test_apostrophe_of_a_code(void **state)
{
	static const char two[] = "coupon_code,redeemed,redeem_date\n"
	    "'-5,1,2026-11-17\n-5,1,2026-11-17\n";
	struct check_result r;
	struct check_opts o;
	FILE *f, *good;
	char *text;

	(void)state;
	defaults(&o);
	o.alphabet = "'-0123456789";
	o.good = good = tmpfile();
	assert_non_null(good);
	f = file_of(two, sizeof(two) - 1);
	check(f, &o, &r);
	assert_int_equal(r.valid, 2);
	assert_int_equal(r.duplicates, 0);
	text = text_of(good);
	assert_string_equal(text, two);
	free(text);
	check_release(&r);
	fclose(f);
	fclose(good);
}

/* What a person opens is guarded, what the platform gets is not. */
static void
test_layout(void **state)
{
	struct coupon c = { .code = "=\"A\"", .len = 4, .redeemed = 1,
	    .date = { 2026, 11, 17 } };
	struct layout l = { .kind = LAYOUT_COLUMNS };
	struct buf b;
	struct err e;

	(void)state;
	buf_init(&b, 1000);
	assert_int_equal(layout_row(&l, &c, &b, &e), 0);
	assert_string_equal(b.data, "\"=\"\"A\"\"\",1,2026-11-17\n");
	buf_clear(&b);
	l.guard = true;
	assert_int_equal(layout_row(&l, &c, &b, &e), 0);
	assert_string_equal(b.data, "\"'=\"\"A\"\"\",1,2026-11-17\n");
	buf_clear(&b);
	c.code = "-5";
	c.len = 2;
	assert_int_equal(layout_row(&l, &c, &b, &e), 0);
	assert_string_equal(b.data, "'-5,1,2026-11-17\n");
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cells),
		cmocka_unit_test(test_good_rows_come_back),
		cmocka_unit_test(test_broken_rows_come_back),
		cmocka_unit_test(test_refused_is_bounded),
		cmocka_unit_test(test_apostrophe_of_a_code),
		cmocka_unit_test(test_layout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
