/*
 * Repeated codes: exact over the whole input, spilled or not, in one round or
 * many, against a plain comparison of every row with every other.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/base/err.h"
#include "../../src/base/stop.h"
#include "../../src/coupon/dedup.h"

struct row {
	char	code[24];
	int	redeemed;
	int	day;
};

enum { NONE = -1 };

struct outcome {
	int		*kind;		/* per row */
	uint64_t	*first;		/* record of it; 0: none */
};

static int
note(void *arg, const struct dup_verdict *v, struct err *e)
{
	struct outcome *o = arg;
	size_t i = (size_t)v->coupon.record - 1;

	(void)e;
	assert_int_equal(o->kind[i], NONE);
	assert_int_equal(v->place.record, v->coupon.record);
	assert_int_equal(v->place.byte, v->coupon.record * 10);
	o->kind[i] = (int)v->kind;
	if (v->has_first) {
		assert_int_equal(v->first.byte, v->first.record * 10);
		o->first[i] = v->first.record;
	}
	if (v->kind == DUP_CONFLICT)
		assert_true(v->one_line < v->other_line);
	return 0;
}

static void
row_of(const struct row *rows, size_t i, struct check_row *row)
{
	memset(row, 0, sizeof(*row));
	row->coupon.code = rows[i].code;
	row->coupon.len = strlen(rows[i].code);
	row->coupon.redeemed = rows[i].redeemed;
	row->coupon.date = (struct date){ 2026, 11, (int8_t)rows[i].day };
	row->coupon.record = i + 1;
	row->place.line = i + 2;
	row->place.column = 1;
	row->place.record = i + 1;
	row->place.byte = (i + 1) * 10;
}

/* Returns how many rounds it took. */
static int
run(const struct row *rows, size_t n, uint64_t memory, struct outcome *o)
{
	struct dedup *d;
	struct check_row row;
	struct err e;
	bool any, again;
	size_t i;
	int rounds = 0;

	err_clear(&e);
	for (i = 0; i < n; i++) {
		o->kind[i] = NONE;
		o->first[i] = 0;
	}
	d = dedup_new(memory, P_tmpdir, &e);
	assert_non_null(d);
	for (i = 0; i < n; i++)
		assert_int_equal(dedup_add(d, rows[i].code,
		    strlen(rows[i].code), &e), 0);
	while (dedup_round(d, &any, &e) == 0 && any) {
		rounds++;
		for (i = 0; i < n; i++) {
			row_of(rows, i, &row);
			if (dedup_named(d, row.coupon.code, row.coupon.len))
				assert_int_equal(dedup_see(d, &row, &e), 0);
		}
		assert_int_equal(dedup_judge(d, note, o, &again, &e), 0);
		for (i = 0; again && i < n; i++) {
			row_of(rows, i, &row);
			if (dedup_named(d, row.coupon.code, row.coupon.len))
				assert_int_equal(dedup_judge_row(d, &row,
				    note, o, &e), 0);
		}
	}
	assert_int_equal(e.code, ERR_NONE);
	dedup_free(d);
	return rounds;
}

/* Looking through the rows of a huge file takes a while. */
static void
test_stop(void **state)
{
	struct dedup *d;
	struct err e;
	bool any;

	(void)state;
	err_clear(&e);
	d = dedup_new(1 << 20, P_tmpdir, &e);
	assert_non_null(d);
	assert_int_equal(dedup_add(d, "A1", 2, &e), 0);
	assert_int_equal(dedup_add(d, "A1", 2, &e), 0);
	stop_install();
	stop_put(SIGTERM);
	assert_int_equal(dedup_round(d, &any, &e), -1);
	assert_int_equal(e.code, ERR_STOPPED);
	assert_int_equal(stop_take(), SIGTERM);
	dedup_free(d);
}

/* Whether rows of this code contradict each other. */
static bool
contradicted(const struct row *rows, size_t n, size_t i)
{
	size_t k;

	for (k = 0; k < n; k++)
		if (strcmp(rows[i].code, rows[k].code) == 0 &&
		    (rows[i].redeemed != rows[k].redeemed ||
		    rows[i].day != rows[k].day))
			break;
	return k < n;
}

/* The same by comparing each with each. */
static void
oracle(const struct row *rows, size_t n, struct outcome *o)
{
	size_t i, k, first, spelled;

	for (i = 0; i < n; i++) {
		o->kind[i] = contradicted(rows, n, i) ? DUP_CONFLICT : NONE;
		o->first[i] = 0;
	}
	for (i = 0; i < n; i++) {
		first = spelled = n;
		for (k = i; k-- > 0;) {
			if (strcmp(rows[i].code, rows[k].code) == 0)
				first = k;
			else if (strcasecmp(rows[i].code, rows[k].code) == 0 &&
			    o->kind[k] != DUP_CONFLICT)
				spelled = k;
		}
		if (first < n)
			o->first[i] = first + 1;
		if (o->kind[i] == DUP_CONFLICT)
			continue;
		if (first < n)
			o->kind[i] = DUP_REPEATED;
		else if (spelled < n) {
			o->kind[i] = DUP_CASE;
			o->first[i] = spelled + 1;
		}
	}
}

static uint64_t
next(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

static void
outcome_new(struct outcome *o, size_t n)
{
	o->kind = calloc(n, sizeof(*o->kind));
	o->first = calloc(n, sizeof(*o->first));
	assert_non_null(o->kind);
	assert_non_null(o->first);
}

static void
outcome_free(struct outcome *o)
{
	free(o->kind);
	free(o->first);
}

static void
compare(const struct row *rows, size_t n, uint64_t memory, int least_rounds)
{
	struct outcome got, want;

	outcome_new(&got, n);
	outcome_new(&want, n);
	oracle(rows, n, &want);
	assert_in_range(run(rows, n, memory, &got), least_rounds, 1024);
	assert_memory_equal(got.kind, want.kind, n * sizeof(*got.kind));
	assert_memory_equal(got.first, want.first, n * sizeof(*got.first));
	outcome_free(&got);
	outcome_free(&want);
}

static void
test_random(void **state)
{
	enum { N = 1500 };
	struct row *rows;
	uint64_t x = 2463534242u;
	size_t i;

	(void)state;
	rows = calloc(N, sizeof(*rows));
	assert_non_null(rows);
	for (i = 0; i < N; i++) {
		snprintf(rows[i].code, sizeof(rows[i].code), "%s%d",
		    next(&x) % 8 == 0 ? "c" : "C", (int)(next(&x) % 700));
		rows[i].redeemed = next(&x) % 50 != 0;
		rows[i].day = 17 + (next(&x) % 40 == 0);
	}
	compare(rows, N, 64u << 20, 1);
	/* Everything spilled, one partition a round, rows judged again. */
	compare(rows, N, 0, 2);
	compare(rows, N, 20000, 2);
	free(rows);
}

static void
test_long_codes(void **state)
{
	struct row rows[2] = { { .code = "SHORT" }, { .code = "SHORT" } };
	struct dedup *d;
	struct err e;
	char code[200];
	bool any;
	int i;

	(void)state;
	compare(rows, 2, 1 << 20, 1);
	err_clear(&e);
	d = dedup_new(1 << 20, NULL, &e);
	assert_non_null(d);
	memset(code, 'A', sizeof(code));
	for (i = 0; i < 2; i++) {
		assert_int_equal(dedup_add(d, code, sizeof(code), &e), 0);
		memset(code, 'a', sizeof(code));
	}
	assert_int_equal(dedup_round(d, &any, &e), 0);
	assert_true(any);
	assert_true(dedup_named(d, code, sizeof(code)));
	code[150] = 'b';
	assert_false(dedup_named(d, code, sizeof(code)));
	dedup_free(d);
	dedup_free(NULL);
}

/* One code, very often: memory must not follow. */
static void
test_one_code(void **state)
{
	enum { N = 20000 };
	struct outcome o;
	struct row *rows;
	size_t i, n = 0;

	(void)state;
	rows = calloc(N, sizeof(*rows));
	assert_non_null(rows);
	for (i = 0; i < N; i++)
		snprintf(rows[i].code, sizeof(rows[i].code), "SAME");
	outcome_new(&o, N);
	assert_int_equal(run(rows, N, 1 << 16, &o), 1);
	for (i = 0; i < N; i++)
		n += o.kind[i] == DUP_REPEATED && o.first[i] == 1;
	assert_int_equal(n, N - 1);
	outcome_free(&o);
	free(rows);
}

static void
test_bad_folder(void **state)
{
	struct dedup *d;
	struct err e;
	int rc = 0, i;

	(void)state;
	err_clear(&e);
	d = dedup_new(0, "/no/such/folder", &e);
	assert_non_null(d);
	for (i = 0; i < 4000 && rc == 0; i++)
		rc = dedup_add(d, (const char *)&i, sizeof(i), &e);
	assert_int_equal(rc, -1);
	assert_int_equal(e.code, ERR_CREATE);
	dedup_free(d);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_long_codes),
		cmocka_unit_test(test_one_code),
		cmocka_unit_test(test_bad_folder),
		cmocka_unit_test(test_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
