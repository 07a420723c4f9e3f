/*
 * Mapp Empower: banks, tasks, coupons and rows out of recorded answers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mapp_fixture.h"

#define NO_CODES	"Action not taken, no valid/unique coupon codes to " \
	"update"

static void
check_failed(struct fix *f, enum pv_verb verb, const char *name,
    const char *word, const char *words)
{
	assert_int_equal(fix_ask(f, verb, name), -1);
	assert_int_equal(f->step.what, PV_FAILED);
	assert_string_equal(err_row(&f->err)->word, word);
	if (strstr(f->err.msg, words) == NULL)
		fail_msg("%s: %s", name, f->err.msg);
}

static void
test_banks(void **state)
{
	static const struct {
		const char *name;
		size_t n;
		const char *second;	/* the name of bank 19 */
	} rows[] = {
		{ "banks-nested.xml", 2, "Caf\xc3\xa9 & Co" },
		{ "banks-data.xml", 2, "" },
		{ "banks-siblings.xml", 2, "Spring" },
		{ "banks-flat.xml", 1, NULL },
		{ "banks-none.xml", 0, NULL },
	};
	struct fix *f = *state;
	struct pv_result *r = &f->step.result;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(fix_ask(f, PV_BANKS, rows[i].name), 0);
		assert_int_equal(f->step.what, PV_DONE);
		assert_int_equal(r->nbanks, rows[i].n);
		if (r->nbanks > 0) {
			assert_string_equal(r->banks[0].id, "600");
			assert_string_equal(r->banks[0].name, "Autumn");
		}
		if (r->nbanks > 1) {
			assert_string_equal(r->banks[1].id, "19");
			assert_string_equal(r->banks[1].name, rows[i].second);
		}
	}
}

static void
test_banks_refused(void **state)
{
	struct fix *f = *state;

	check_failed(f, PV_BANKS, "auth-445.xml", "mapp-445",
	    "Could not authenticate");
	check_failed(f, PV_BANKS, "unknown-action.xml", "malformed-call",
	    "Incorrect Action Specified");
	check_failed(f, PV_BANKS, "banks-unknown.xml", "refused",
	    "499 \"not for you\"");
	check_failed(f, PV_BANKS, "banks-bad-id.xml", "protocol", "6 00");
	check_failed(f, PV_BANKS, "error-only.xml", "refused",
	    "without a text");
	assert_true(f->step.certain);
}

/* The tasks asked for, in that order, with what the platform says of them. */
static void
test_status(void **state)
{
	static const struct {
		const char *name, *word0, *text0, *word1;
		enum task_state state0, state1;
	} rows[] = {
		{ "tasks-one.xml", "PROCESSING", NULL, "", TASK_RUNNING,
		    TASK_LOST },
		{ "tasks-several.xml", "COMPLETE", "3 of 3 updated",
		    "PENDING", TASK_DONE, TASK_QUEUED },
		{ "tasks-words.xml", "Resting", NULL, "", TASK_UNKNOWN,
		    TASK_UNKNOWN },
		{ "tasks-flat.xml", "COMPLETE", "fine", "PENDING", TASK_DONE,
		    TASK_QUEUED },
		{ "tasks-twice.xml", "COMPLETE", "first", "", TASK_DONE,
		    TASK_LOST },
		{ "tasks-empty.xml", "", NULL, "", TASK_LOST, TASK_LOST },
		{ "tasks-none.xml", "", NULL, "", TASK_LOST, TASK_LOST },
		{ "tasks-bare.xml", "", NULL, "", TASK_LOST, TASK_LOST },
	};
	struct fix *f = *state;
	const struct pv_task *t;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(fix_ask(f, PV_STATUS, rows[i].name), 0);
		assert_int_equal(f->step.result.ntasks, 2);
		t = f->step.result.tasks;
		assert_string_equal(t[0].id, "92794");
		assert_string_equal(t[0].word, rows[i].word0);
		assert_int_equal(t[0].state, rows[i].state0);
		assert_int_equal(t[0].total, -1);
		if (rows[i].text0 == NULL)
			assert_null(t[0].text);
		else
			assert_string_equal(t[0].text, rows[i].text0);
		assert_string_equal(t[1].id, "92795");
		assert_string_equal(t[1].word, rows[i].word1);
		assert_int_equal(t[1].state, rows[i].state1);
	}
}

static void
test_status_details(void **state)
{
	struct fix *f = *state;
	const struct pv_task *t;

	assert_int_equal(fix_ask(f, PV_STATUS, "tasks-counted.xml"), 0);
	t = f->step.result.tasks;
	assert_string_equal(t[0].when, "2026-03-01 04:05:06");
	assert_int_equal(t[0].total, 9);
	assert_int_equal(t[0].updated, 7);
	assert_int_equal(t[0].failed, 2);
	assert_string_equal(t[0].text, "all 9 rows");
	assert_string_equal(t[1].when, "");
	assert_int_equal(t[1].updated, -1);
	assert_string_equal(f->step.result.text, "1 tasks retrieved");
}

/* Long and hidden characters of a foreign word are shortened and shown. */
static void
test_status_escaped(void **state)
{
	struct fix *f = *state;

	f->tasks[0] = "92796";
	assert_int_equal(fix_ask(f, PV_STATUS, "tasks-words.xml"), 0);
	assert_int_equal(f->step.result.tasks[0].state, TASK_UNKNOWN);
	assert_string_equal(f->step.result.tasks[0].word,
	    "complete\\xe2\\x80\\xae and a rath");
}

static void
test_status_refused(void **state)
{
	struct fix *f = *state;

	check_failed(f, PV_STATUS, "tasks-lie.xml", "protocol",
	    "\"3 tasks retrieved\", but none");
	check_failed(f, PV_STATUS, "tasks-refused.xml", "refused",
	    "Method not allowed");
	check_failed(f, PV_STATUS, "auth-445.xml", "mapp-445", "445");
	check_failed(f, PV_FIND, "tasks-refused.xml", "refused", "499");
	check_failed(f, PV_FIND, "missing-vars.xml", "mapp-428", "bank_id");
}

static void
test_find(void **state)
{
	struct fix *f = *state;
	const struct pv_task *t;

	assert_int_equal(fix_ask(f, PV_FIND, "tasks-several.xml"), 0);
	assert_int_equal(f->step.result.ntasks, 3);
	t = f->step.result.tasks;
	assert_string_equal(t[0].id, "92793");
	assert_int_equal(t[0].state, TASK_FAILED);
	assert_string_equal(t[0].text, "654 could not reach host");
	assert_string_equal(t[2].id, "92795");
	assert_int_equal(fix_ask(f, PV_FIND, "tasks-twice.xml"), 0);
	assert_int_equal(f->step.result.ntasks, 1);
	assert_int_equal(fix_ask(f, PV_FIND, "tasks-empty.xml"), 0);
	assert_int_equal(f->step.result.ntasks, 0);
}

/* An answer with n tasks, as long as it takes. */
static int
find_many(struct fix *f, size_t n)
{
	struct buf b;
	size_t i;
	int rc;

	buf_init(&b, 8 << 20);
	assert_int_equal(buf_adds(&b, "<methodResponse><item>", &f->err), 0);
	for (i = 0; i < n; i++)
		assert_int_equal(buf_addf(&b, &f->err, "<task><task_id>%zu"
		    "</task_id><status>COMPLETE</status></task>", i), 0);
	assert_int_equal(buf_adds(&b, "</item></methodResponse>", &f->err),
	    0);
	rc = fix_begin(f, f->ask.verb);
	assert_int_equal(rc, 0);
	rc = fix_bytes(f, 200, b.data, b.len);
	buf_release(&b);
	return rc;
}

/* A list that reaches the platform's limit may be cut: it settles nothing. */
static void
test_find_limits(void **state)
{
	struct fix *f = *state;

	f->ask.verb = PV_FIND;
	assert_int_equal(find_many(f, 999), 0);
	assert_int_equal(f->step.result.ntasks, 999);
	assert_int_equal(find_many(f, 1000), -1);
	assert_int_equal(f->err.code, ERR_LIMIT);
	f->ask.verb = PV_STATUS;
	assert_int_equal(find_many(f, 4000), 0);
	assert_int_equal(find_many(f, 4001), -1);
	assert_int_equal(f->err.code, ERR_LIMIT);
}

struct coupon {
	bool	found;
	int	redeemed;
	int16_t	year;	/* 0: no date */
};

static void
test_coupons(void **state)
{
	static const struct {
		const char *name;
		struct coupon want[3];
		const char *text;
	} rows[] = {
		{ "coupons-several.xml", { { true, 1, 2026 },
		    { false, -1, 0 }, { true, 0, 0 } }, "no coupon found" },
		{ "coupons-spellings.xml", { { true, 1, 2026 },
		    { true, -1, 0 }, { false, -1, 0 } }, NULL },
		{ "coupons-echo.xml", { { false, -1, 0 }, { false, -1, 0 },
		    { true, -1, 0 } }, "unknown coupon" },
		{ "coupons-case.xml", { { true, 0, 0 }, { false, -1, 0 },
		    { false, -1, 0 } }, "no coupon found" },
	};
	struct fix *f = *state;
	const struct pv_coupon *c;
	size_t i, k;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(fix_ask(f, PV_LOOKUP, rows[i].name), 0);
		assert_int_equal(f->step.result.ncoupons, 3);
		c = f->step.result.coupons;
		for (k = 0; k < 3; k++) {
			assert_int_equal(c[k].row, k);
			assert_int_equal(c[k].found, rows[i].want[k].found);
			assert_int_equal(c[k].redeemed,
			    rows[i].want[k].redeemed);
			assert_int_equal(c[k].date.year,
			    rows[i].want[k].year);
		}
		if (rows[i].text == NULL)
			assert_null(f->step.result.text);
		else
			assert_string_equal(f->step.result.text, rows[i].text);
	}
}

/* A failed look-up never says that a code is not there. */
static void
test_coupons_refused(void **state)
{
	struct fix *f = *state;

	check_failed(f, PV_LOOKUP, "coupons-667.xml", "mapp-667",
	    "invalid bank id");
	check_failed(f, PV_LOOKUP, "auth-445.xml", "mapp-445", "445");
	check_failed(f, PV_LOOKUP, "auth-address.xml", "mapp-address",
	    "203.0.113.7");
	check_failed(f, PV_LOOKUP, "error-only.xml", "refused", "refused");
}

/* What cannot be read is nobody's no: an error, a gap, another bank. */
static void
test_coupons_unread(void **state)
{
	struct fix *f = *state;
	const struct pv_coupon *c;

	assert_int_equal(fix_ask(f, PV_LOOKUP, "coupons-short.xml"), 0);
	c = f->step.result.coupons;
	assert_true(c[0].found);
	assert_true(c[1].unread);
	assert_true(c[2].unread);
	assert_int_equal(fix_ask(f, PV_LOOKUP, "coupons-unread.xml"), 0);
	c = f->step.result.coupons;
	assert_true(c[0].unread);
	assert_true(c[1].unread);
	assert_false(c[1].found);
	/* An odd flag and an odd day are not said; the code is there. */
	assert_false(c[2].unread);
	assert_true(c[2].found);
	assert_int_equal(c[2].redeemed, -1);
	assert_int_equal(c[2].date.year, 0);
	/* A good answer without it says that it is not in the bank. */
	assert_int_equal(fix_ask(f, PV_LOOKUP, "coupons-several.xml"), 0);
	c = f->step.result.coupons;
	assert_false(c[1].found);
	assert_false(c[1].unread);
}

static void
test_rows(void **state)
{
	static const struct {
		const char *name;
		signed char ok[3];
		int64_t total, updated, failed;
		const char *text;
	} rows[] = {
		{ "rows-mixed.xml", { 1, 0, 0 }, 3, 1, 2, "Action not taken, "
		    "no valid/unique coupon codes to update" },
		{ "rows-shuffled.xml", { 1, 0, 0 }, 3, 1, 2,
		    "coupon code data successfully updated" },
		{ "rows-unnumbered.xml", { 1, 0, 1 }, 2, 2, 0, "Action not "
		    "taken, no valid/unique coupon codes to update" },
		{ "rows-all-one.xml", { 1, 0, 1 }, 3, 2, 1, "Action not "
		    "taken, no valid/unique coupon codes to update" },
		{ "rows-missing.xml", { 1, -1, 1 }, 2, 2, 0,
		    "coupon code data successfully updated" },
		{ "rows-missing-unnumbered.xml", { -1, -1, -1 }, 2, 2, 0,
		    "coupon code data successfully updated" },
		{ "rows-no-counters.xml", { 1, 1, -1 }, 1, 0, 0, NULL },
		{ "rows-unknown.xml", { 1, -1, -1 }, 1, 1, 0,
		    "Internal error" },
		{ "rows-silent-counted.xml", { 1, 0, -1 }, 2, 1, 1, NULL },
		/* One call answered twice, another not at all. */
		{ "rows-repeated.xml", { 1, -1, -1 }, 3, 2, 1, NO_CODES },
		/* Refused and updated; more rows than one. */
		{ "rows-contradict.xml", { -1, -1, 1 }, 3, 4, 0, NO_CODES },
		{ "rows-all-682.xml", { 0, 0, 0 }, 3, 0, 3, "Action not "
		    "taken, no valid/unique coupon codes to update" },
		{ "rows-two-refusals.xml", { 0, 0, 0 }, -1, -1, -1,
		    "Action not taken, invalid bank id" },
	};
	struct fix *f = *state;
	const struct pv_result *r = &f->step.result;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(fix_ask(f, PV_SUBMIT_ROWS, rows[i].name), 0);
		assert_int_equal(r->nrow_ok, 3);
		if (memcmp(r->row_ok, rows[i].ok, 3) != 0)
			fail_msg("%s: %d %d %d", rows[i].name, r->row_ok[0],
			    r->row_ok[1], r->row_ok[2]);
		assert_int_equal(r->total, rows[i].total);
		assert_int_equal(r->updated, rows[i].updated);
		assert_int_equal(r->failed, rows[i].failed);
		assert_string_equal(r->task, "");
		if (rows[i].text == NULL)
			assert_null(r->text);
		else
			assert_string_equal(r->text, rows[i].text);
	}
	assert_int_equal(fix_ask(f, PV_SUBMIT_ROWS, "rows-task.xml"), 0);
	assert_string_equal(r->task, "5");
}

static void
test_rows_refused(void **state)
{
	struct fix *f = *state;

	check_failed(f, PV_SUBMIT_ROWS, "rows-all-667.xml", "mapp-667",
	    "with 667");
	assert_true(f->step.certain);
	/* Asked not to halt, so silence about two calls is unexplained. */
	check_failed(f, PV_SUBMIT_ROWS, "rows-halted-667.xml", "mapp-667",
	    "with 667");
	assert_false(f->step.certain);
	/* A login is refused once for all. */
	check_failed(f, PV_SUBMIT_ROWS, "auth-445.xml", "mapp-445", "445");
	assert_true(f->step.certain);
	check_failed(f, PV_SUBMIT_ROWS, "auth-address.xml", "mapp-address",
	    "203.0.113.7");
	assert_true(f->step.certain);
	/* Counters of several codes speak of all calls, as of a file. */
	check_failed(f, PV_SUBMIT_ROWS, "file-682.xml", "mapp-682", "682");
	assert_true(f->step.certain);
	check_failed(f, PV_SUBMIT_ROWS, "error-words.xml", "refused",
	    "resting");
	assert_false(f->step.certain);
}

/* One code that the platform cannot use is a refused row, not a failure. */
static void
test_rows_single(void **state)
{
	struct fix *f = *state;

	f->ask.nrows = 1;
	assert_int_equal(fix_ask(f, PV_SUBMIT_ROWS, "file-682.xml"), 0);
	assert_int_equal(f->step.result.row_ok[0], 0);
	assert_int_equal(f->step.result.failed, 2);
	/*
	 * The vendor's own example says updated 1 and failed 1 for one code:
	 * nobody can tell which of it is so.
	 */
	assert_int_equal(fix_ask(f, PV_SUBMIT_ROWS, "file-210.xml"), 0);
	assert_int_equal(f->step.result.row_ok[0], -1);
	assert_int_equal(f->step.result.total, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FIX_TEST(test_banks),
		FIX_TEST(test_banks_refused),
		FIX_TEST(test_status),
		FIX_TEST(test_status_details),
		FIX_TEST(test_status_escaped),
		FIX_TEST(test_status_refused),
		FIX_TEST(test_find),
		FIX_TEST(test_find_limits),
		FIX_TEST(test_coupons),
		FIX_TEST(test_coupons_refused),
		FIX_TEST(test_coupons_unread),
		FIX_TEST(test_rows),
		FIX_TEST(test_rows_refused),
		FIX_TEST(test_rows_single),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
