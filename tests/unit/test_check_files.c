/*
 * Files that are judged together: what repeats or contradicts a row of another
 * file, whatever way the rows are read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/base/buf.h"
#include "../../src/base/err.h"
#include "../../src/base/tmpfile.h"
#include "../../src/coupon/check.h"
#include "../../src/coupon/others.h"

#define HEAD	"coupon_code,redeemed,redeem_date\n"
#define MANY	9000	/* rows, more than are read row by row */

static int
file_with(const char *p, size_t n)
{
	struct tmpfile t;
	struct err e;

	err_clear(&e);
	assert_int_equal(tmpfile_anon(&t, P_tmpdir, &e), 0);
	assert_int_equal(io_write_all(t.fd, p, n, &e), 0);
	free(t.path);
	free(t.final);
	return t.fd;
}

static void
defaults(struct check_opts *o)
{
	memset(o, 0, sizeof(*o));
	o->redeemed = REDEEMED_NONE;
	o->today = (struct date){ 2026, 11, 20 };
	o->max_findings = 100;
}

static void
input(struct check_input *in, const char *name, const char *text,
    const struct check_opts *o)
{
	memset(in, 0, sizeof(*in));
	in->fd = file_with(text, strlen(text));
	in->name = name;
	in->opts = o;
}

static void
judge(struct check_input *in, size_t n)
{
	struct err e;

	err_clear(&e);
	if (check_files(in, n, &e) == -1)
		fail_msg("%s", e.msg);
}

static void
done(struct check_input *in, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		close(in[i].fd);
		check_release(&in[i].res);
	}
}

static void
counts(const struct check_input *in, uint64_t valid, uint64_t invalid,
    uint64_t duplicates)
{
	assert_int_equal(in->rc, 0);
	assert_int_equal(in->res.valid, valid);
	assert_int_equal(in->res.invalid, invalid);
	assert_int_equal(in->res.duplicates, duplicates);
	assert_int_equal(in->res.content.rows, valid);
	assert_int_equal(in->res.rows, valid + invalid + duplicates);
}

static void
test_conflict(void **state)
{
	struct check_input in[2];
	struct check_opts o;

	(void)state;
	defaults(&o);
	input(&in[0], "a.csv", HEAD "A1,1,2026-11-17\nA2,1,2026-11-17\n", &o);
	input(&in[1], "b\033.csv", HEAD "B1,1,2026-11-17\n"
	    "A1,1,2026-11-18\n", &o);
	judge(in, 2);
	counts(&in[0], 1, 1, 0);
	counts(&in[1], 1, 1, 0);
	assert_int_equal(in[0].res.by_rule[RULE_DUPLICATE_CONFLICT], 1);
	assert_string_equal(in[0].res.findings[0].message, "same code, "
	    "2026-11-17 in line 2 here and 2026-11-18 in line 3 of "
	    "b\\x1b.csv");
	assert_false(in[0].res.findings[0].has_first);
	assert_string_equal(in[1].res.findings[0].message, "same code, "
	    "2026-11-17 in line 2 of a.csv and 2026-11-18 in line 3 here");
	assert_int_equal(in[1].res.findings[0].place.line, 3);
	assert_int_equal(in[1].res.findings[0].first.line, 2);
	assert_string_equal(in[1].res.findings[0].first_file, "a.csv");
	done(in, 2);
}

/* The first file's row counts; records of the same number are no matter. */
static void
test_repeated(void **state)
{
	struct check_input in[3];
	struct check_opts o;

	(void)state;
	defaults(&o);
	input(&in[0], "a.csv", HEAD "A1,1,2026-11-17\n", &o);
	input(&in[1], "b.csv", HEAD "A1,1,2026-11-17\nB1,1,2026-11-17\n"
	    "B1,1,2026-11-17\n", &o);
	input(&in[2], "c.csv", HEAD "a1,1,2026-11-17\nB1,1,2026-11-17\n", &o);
	judge(in, 3);
	counts(&in[0], 1, 0, 0);
	counts(&in[1], 1, 0, 2);
	counts(&in[2], 1, 0, 1);
	assert_string_equal(in[1].res.findings[0].message,
	    "same as in line 2 of a.csv, sent once");
	assert_string_equal(in[1].res.findings[1].message,
	    "same as in line 3, sent once");
	assert_null(in[1].res.findings[1].first_file);
	assert_string_equal(in[2].res.findings[0].message, "differs from the "
	    "code in line 2 of a.csv in upper and lower case only");
	assert_string_equal(in[2].res.findings[1].message,
	    "same as in line 3 of b.csv, sent once");
	done(in, 3);
}

/* Broken rows, broken files and files of another kind. */
static void
test_others(void **state)
{
	struct check_input in[4];
	struct check_opts o, txt;

	(void)state;
	defaults(&o);
	txt = o;
	txt.format = CHECK_TXT;
	txt.redeemed = 1;
	txt.redeem_date = (struct date){ 2026, 11, 17 };
	input(&in[0], "cut.csv", "\x1f\x8b\x08\0", &o);
	input(&in[1], "a.csv", HEAD "A1,1,2026-02-30\nA2,1,2026-11-16\n", &o);
	input(&in[2], "b.csv", HEAD "A1,1,2026-11-17\nA2,1,2026-11-17\n", &o);
	input(&in[3], "c.txt", "A1\nA2\n", &txt);
	judge(in, 4);
	assert_int_equal(in[0].rc, -1);
	assert_int_equal(in[0].err.code, ERR_INPUT);
	counts(&in[1], 0, 2, 0);
	counts(&in[2], 1, 1, 0);
	assert_string_equal(in[2].res.findings[0].message, "same code, "
	    "2026-11-16 in line 3 of a.csv and 2026-11-17 in line 3 here");
	counts(&in[3], 0, 1, 1);
	done(in, 4);
}

/* Rows in common, kept; those of one file are not among the others. */
struct kept {
	struct check_row	 row[64];
	char			 code[64][16];
	size_t			 n;
	unsigned		 own;
};

static int
keep(void *arg, const struct check_row *row, struct err *e)
{
	struct kept *k = arg;

	(void)e;
	assert_in_range(k->n, 0, 63);
	assert_in_range(row->coupon.len, 1, 15);
	k->row[k->n] = *row;
	memcpy(k->code[k->n], row->coupon.code, row->coupon.len);
	k->row[k->n].coupon.code = k->code[k->n];
	k->n++;
	return 0;
}

static int
kept_each(void *arg, bool before, check_row_f *f, void *farg, struct err *e)
{
	const struct kept *k = arg;
	size_t i;

	for (i = 0; i < k->n; i++)
		if (k->row[i].file != k->own && (k->row[i].file < k->own) ==
		    before && f(farg, &k->row[i], e) == -1)
			return -1;
	return 0;
}

/* Held against the rows that were kept, a file gets the same verdict. */
static void
common_by(enum check_path path)
{
	static const char *const text[] = {
		HEAD "A1,1,2026-11-17\nA2,1,2026-11-17\nA3,1,2026-11-17\n"
		    "A4,1,2026-02-30\n",
		"\x1f\x8b\x08",
		HEAD "A3,1,2026-11-17\nB1,1,2026-11-17\nB1,1,2026-11-17\n"
		    "a2,1,2026-11-17\n",
		HEAD "A1,1,2026-11-18\nA4,1,2026-11-17\nB1,1,2026-11-17\n",
	};
	static const char *const names[] = { "0", "1", "2", "3" };
	struct check_others others = { .names = names, .each = kept_each };
	struct check_input in[4], all[4];
	struct check_opts o, own;
	struct kept kept = { .n = 0 };
	struct err e;
	size_t i, k;

	err_clear(&e);
	defaults(&o);
	o.path = path;
	for (i = 0; i < 4; i++) {
		input(&in[i], names[i], text[i], &o);
		input(&all[i], names[i], text[i], &o);
	}
	assert_int_equal(check_common(in, 4, keep, &kept, &e), 0);
	assert_int_equal(in[1].rc, -1);
	assert_int_equal(kept.n, 9);
	done(in, 4);
	judge(all, 4);
	others.arg = &kept;
	for (i = 0; i < 4; i++) {
		own = o;
		own.others = &others;
		kept.own = (unsigned)i;
		input(&in[0], names[i], text[i], &own);
		judge(in, 1);
		assert_int_equal(in[0].rc, all[i].rc);
		assert_int_equal(in[0].res.valid, all[i].res.valid);
		assert_int_equal(in[0].res.invalid, all[i].res.invalid);
		assert_int_equal(in[0].res.duplicates, all[i].res.duplicates);
		assert_int_equal(in[0].res.content.lo, all[i].res.content.lo);
		assert_int_equal(in[0].res.nfindings, all[i].res.nfindings);
		for (k = 0; k < in[0].res.nfindings; k++) {
			assert_string_equal(in[0].res.findings[k].message,
			    all[i].res.findings[k].message);
			assert_int_equal(in[0].res.findings[k].first.byte,
			    all[i].res.findings[k].first.byte);
		}
		done(in, 1);
	}
	done(all, 4);
}

/* By the short way for plain rows as well as row by row. */
static void
test_common(void **state)
{
	(void)state;
	common_by(CHECK_SLOW);
	common_by(CHECK_SCALAR);
	common_by(CHECK_AVX2);
}

static void
rows_add(struct buf *b, unsigned from, const char *day)
{
	unsigned i;
	struct err e;

	err_clear(&e);
	assert_int_equal(buf_adds(b, HEAD, &e), 0);
	for (i = from; i < from + MANY; i++)
		assert_int_equal(buf_addf(b, &e, "M%08u,1,%s\n", i, day), 0);
}

/* Long files, with threads or row by row: the same. */
static void
test_long(void **state)
{
	static const enum check_path paths[] = { CHECK_BEST, CHECK_SCALAR,
	    CHECK_SLOW };
	struct check_input in[3];
	struct check_opts o;
	struct buf b[3];
	size_t i, k;

	(void)state;
	for (i = 0; i < 3; i++)
		buf_init(&b[i], 1 << 20);
	rows_add(&b[0], 0, "2026-11-17");
	rows_add(&b[1], MANY - 100, "2026-11-17");
	rows_add(&b[2], 2 * MANY - 110, "2026-11-18");
	for (k = 0; k < sizeof(paths) / sizeof(paths[0]); k++) {
		defaults(&o);
		o.path = paths[k];
		o.block_bytes = 4096;
		for (i = 0; i < 3; i++)
			input(&in[i], "x.csv", b[i].data, &o);
		o.threads = 3;
		judge(in, 3);
		counts(&in[0], MANY, 0, 0);
		counts(&in[1], MANY - 110, 10, 100);
		counts(&in[2], MANY - 10, 10, 0);
		done(in, 3);
	}
	for (i = 0; i < 3; i++)
		buf_release(&b[i]);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conflict),
		cmocka_unit_test(test_repeated),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_common),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
