/*
 * Reports for people: all of a report goes to the stream it is handed, and the
 * same result makes the same report.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/base/err.h"
#include "../../src/base/tmpfile.h"
#include "../../src/config/settings.h"
#include "../../src/coupon/advise.h"
#include "../../src/coupon/check.h"
#include "../../src/pipeline/pipeline.h"
#include "../../src/pipeline/report.h"
#include "../../src/report/advice.h"
#include "../../src/report/check.h"
#include "../../src/report/html.h"
#include "../../src/report/run.h"
#include "../../src/report/text.h"

/* A result, and what goes with it. */
struct told {
	struct check_result	 r;
	struct text_opts	 o;
};

static void
check(struct told *t, const char *text)
{
	struct check_opts o = { .redeemed = REDEEMED_NONE,
	    .today = { 2026, 11, 20 }, .max_findings = 100 };
	struct tmpfile file;
	struct err e;

	err_clear(&e);
	assert_int_equal(tmpfile_anon(&file, P_tmpdir, &e), 0);
	assert_int_equal(io_write_all(file.fd, text, strlen(text), &e), 0);
	if (check_file(file.fd, "codes.csv", &o, &t->r, &e) == -1)
		fail_msg("%s", e.msg);
	tmpfile_abort(&file);
}

static void
print_check(FILE *f, const void *arg)
{
	const struct told *t = arg;

	text_check(f, "codes.csv", &t->r, &t->o);
}

static void
print_page(FILE *f, const void *arg)
{
	const struct told *t = arg;

	html_file(f, 1, "codes.csv", &t->r, &t->o);
}

static void
print_run(FILE *f, const void *arg)
{
	text_run(f, arg, "01KQ8Z7", false);
	text_because(f, arg);
}

/* Printed twice, it is the same; the caller frees it. */
static char *
printed(void (*print)(FILE *, const void *), const void *arg)
{
	char *text[2] = { NULL, NULL };
	size_t i, n;
	FILE *f;

	for (i = 0; i < 2; i++) {
		f = open_memstream(&text[i], &n);
		assert_non_null(f);
		print(f, arg);
		assert_int_equal(fclose(f), 0);
	}
	assert_string_equal(text[0], text[1]);
	free(text[0]);
	return text[1];
}

static void
a_check(void **state)
{
	static const char rows[] = "coupon_code,redeemed,redeem_date\n"
	    "AB12CD34,1,2026-11-18\n"
	    "\n"
	    "AB12CD35,2,2026-11-19\n"
	    "AB12CD36,maybe,2026-11-19\n";
	static const struct set_job job = { .name = (char *)"nightly",
	    .max_reject_percent = -1, .check.date_format =
	    (char *)"%Y-%m-%d" };
	static const struct advice advice = { .delimiter = ';', .rows = 2,
	    .good = 2 };
	static const struct advice_call call = { .job = "nightly" };
	struct told t = { .o = { .job = &job, .fixed = "out.csv", .advice =
	    &advice, .call = &call } };
	char *text;

	(void)state;
	check(&t, rows);
	text = printed(print_check, &t);
	assert_string_equal(text,
	    "codes.csv: 3 rows (comma, UTF-8, dates yyyy-mm-dd)\n"
	    "  1 good    2 broken\n"
	    "\n"
	    "   2  redeemed-value         \"2\": neither 1 nor 0\n"
	    "      codes.csv:4:10, then line 5\n"
	    "      do: Use 1 and 0, or set redeemed_words, such as {yes: "
	    "[ja], no: [nein]}.\n"
	    "   1  row-blank              empty line\n"
	    "      codes.csv:3:1\n"
	    "      do: Nothing needs to be done.\n"
	    "\n"
	    "All dates 18 Nov 2026. Nothing has left this machine.\n"
	    "\"run -j nightly\" would stop: 2 broken rows, limit 0 "
	    "(max_reject).\n"
	    "\n"
	    "With these settings it fits: tried on the first 2 rows, all "
	    "good.\n"
	    "  coupondrop validate -j nightly --delimiter ';' codes.csv\n"
	    "or in the configuration, job nightly:\n"
	    "        delimiter: \";\"\n"
	    "\n"
	    "out.csv: no changes without loss, all else as it was\n"
	    "all places: --report F.html     the broken rows: --split DIR\n");
	free(text);
	text = printed(print_page, &t);
	assert_non_null(strstr(text, "<section id=\"f1\">"));
	assert_non_null(strstr(text, "coupondrop validate -j nightly "
	    "--delimiter"));
	assert_non_null(strstr(text, "</section>"));
	free(text);
	check_release(&t.r);
}

static void
a_run(void **state)
{
	struct ledger_part part = { .no = 1, .state = PART_UNKNOWN,
	    .rows = 3, .err_msg = (char *)"no answer came",
	    .date = { 2026, 11, 18 } };
	struct run_report r = { .run = { .state = RUN_HELD, .job =
	    (char *)"nightly", .source.name = (char *)"codes.csv",
	    .content_id = (char *)"c", .read = 4, .rejected = 1 },
	    .parts = &part, .nparts = 1, .sent = 3, .exit = 7 };
	char *text;

	(void)state;
	err_set(&r.err, ERR_UNKNOWN, "batch 1: no answer came");
	text = printed(print_run, &r);
	assert_string_equal(text, "\nUNKNOWN  run 01KQ8Z7  nightly  codes.csv"
	    "\n    4 read = 3 to send + 0 repeated + 1 set aside\n"
	    "    18 Nov 3\n"
	    "    batch 1 of 1 (3 rows): unknown: no answer came\n"
	    "    you decide:\n"
	    "      coupondrop resume 01KQ8Z7                ask again\n"
	    "      coupondrop resume 01KQ8Z7 --adopt REF    that task is it\n"
	    "      coupondrop resume 01KQ8Z7 --resubmit     send it again\n"
	    "      coupondrop resume 01KQ8Z7 --give-up      close it as "
	    "unknown\n"
	    "    because:  batch 1: no answer came\n");
	free(text);
}

static void
a_cause_comes_first(void **state)
{
	static const struct {
		const char	*msg, *cause;
	} rows[] = {
		{ "upload a.zip: connect to files.example.com:2222: the host "
		    "key of files.example.com:2222 has changed",
		    "the host key of files.example.com:2222 has changed" },
		{ "upload a.zip: put /stage/.a.zip.part to 127.0.0.1:38593: "
		    "the server answered \"503 Service: Unavailable\"",
		    "127.0.0.1:38593 answered \"503 Service: Unavailable\"" },
		{ "list banks of provider empower: call to [::1]:8080: the "
		    "connection broke (reset: by peer)",
		    "[::1]:8080: the connection broke (reset: by peer)" },
		{ "upload a.zip: connect to no.example:22: the name "
		    "\"no.example\" was not found: Name or service not known",
		    "the name \"no.example\" was not found: Name or service "
		    "not known" },
		/* What is no way stays: it may be all there is. */
		{ "task 92794 ended with ERROR: disk full",
		    "task 92794 ended with ERROR: disk full" },
		{ "x.csv: 1 broken row, limit 0 (max_reject)",
		    "x.csv: 1 broken row, limit 0 (max_reject)" },
		{ "upload a.zip", "upload a.zip" },
		{ "", "" },
	};
	char out[400];
	size_t i, way;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		way = headline_cause(rows[i].msg, out, sizeof(out));
		assert_string_equal(out, rows[i].cause);
		/* Nothing is lost: the way is what stands before it. */
		assert_true(way == 0 || strncmp(rows[i].msg + way, ": ",
		    2) == 0);
		assert_int_equal(way > 0, strchr(rows[i].msg, ':') != NULL &&
		    strcmp(rows[i].msg, out) != 0);
	}
}

static void
check_line(const struct run_report *r, size_t columns, const char *want)
{
	char out[2000];

	headline(r, columns, out, sizeof(out));
	assert_string_equal(out, want);
	assert_true(strlen(out) <= columns);
}

static void
a_run_in_a_line(void **state)
{
	struct ledger_part part = { .no = 1, .state = PART_DONE, .rows = 300,
	    .asked = 50, .applied = 50 };
	struct run_report r = { .run = { .state = RUN_ACTIVE, .read = 300 },
	    .parts = &part, .nparts = 1, .sent = 300, .exit = 9,
	    .stands = STANDS_WAITING };

	(void)state;
	err_set(&r.err, ERR_HOSTKEY, "upload a.zip: connect to "
	    "files.example.com:2222: host key of files.example.com:2222 has "
	    "changed; nothing was sent");
	check_line(&r, 70, "FAILED  300 rows wait: host key of "
	    "files.example.com:2222 has changed");
	check_line(&r, 60, "FAILED  300 rows wait: host key of "
	    "files.example.com:2222...");
	check_line(&r, 20, "FAILED  300 rows...");
	/* A clause that fits is whole; what fits whole is not cut. */
	check_line(&r, 200, "FAILED  300 rows wait: host key of "
	    "files.example.com:2222 has changed; nothing was sent");
	r.run.state = RUN_FINISHED;
	r.stands = STANDS_ENDED;
	r.exit = 0;
	err_clear(&r.err);
	r.submitted = 300;
	check_line(&r, 70, "ok  300 rows, 50 of 50 confirmed");
	part.asked = part.applied = -1;
	check_line(&r, 70, "ok  300 rows, as the platform counts");
	r.run.state = RUN_HELD;
	r.run.hold = (char *)"stopped after packing, as asked";
	r.stands = STANDS_WAITING;
	r.submitted = 0;
	check_line(&r, 70, "WAITING  300 rows wait: stopped after packing, as "
	    "asked");
}

static void
check_fold(const char *before, const char *s, const char *want)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	assert_non_null(f);
	text_fold(f, before, s);
	assert_int_equal(fclose(f), 0);
	assert_string_equal(text, want);
	free(text);
}

/* 71 characters of a sentence. */
#define LONG	"Lorem ipsum dolor sit amet consetetur sadipscing elitr sed " \
		"diam nonumy"

static void
a_long_line_is_folded(void **state)
{
	(void)state;
	check_fold("coupondrop: ", "short", "coupondrop: short\n");
	check_fold("", "", "\n");
	/* Exactly 100, then one more. */
	check_fold("coupondrop: ", LONG " 123456789 1234567",
	    "coupondrop: " LONG " 123456789 1234567\n");
	check_fold("coupondrop: ", LONG " 123456789 12345678",
	    "coupondrop: " LONG " 123456789\n    12345678\n");
	/* Two blanks between sentences stay, but not where a line ends. */
	check_fold("  ", "One.  " LONG " 123456789012. 12345678",
	    "  One.  " LONG
	    " 123456789012.\n  12345678\n");
	/* Characters are counted, not bytes. */
	check_fold("coupondrop: ", LONG " \u00e4\u00f6\u00fc\u00df\u20ac"
	    "6789 1234567", "coupondrop: " LONG " \u00e4\u00f6\u00fc\u00df"
	    "\u20ac6789 1234567\n");
	/* A command is whole, with what is quoted for a shell in it. */
	check_fold("  ", LONG " then \"coupondrop resume 01KQ --config 'a b'\" "
	    "goes on", "  " LONG " then\n  \"coupondrop resume 01KQ "
	    "--config 'a b'\" goes on\n");
	check_fold("  ", LONG " all: coupondrop runs --config a --all; then "
	    "look", "  " LONG " all:\n  coupondrop runs --config a --all; then "
	    "look\n");
	check_fold("  ", LONG " set columns: {code: \"A B C\"}; once",
	    "  " LONG " set\n  columns: {code: \"A B C\"}; once\n");
	check_fold("  ", LONG " then set date_format: \"%d.%m.%Y\"",
	    "  " LONG " then set\n  date_format: \"%d.%m.%Y\"\n");
	/* What is foreign is shown, not obeyed. */
	check_fold("", "a\033[2Jb", "a\\x1b[2Jb\n");
}

/* What the table of errors says, and the longest message that there can be. */
static void
no_error_is_too_wide(void **state)
{
	struct err e;
	char *text = NULL, *line, *rest;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	int i;

	(void)state;
	assert_non_null(f);
	err_clear(&e);
	for (i = ERR_NONE + 1; i < ERR__MAX; i++) {
		text_fold(f, "  ", err_info(i)->meaning);
		text_fold(f, "  ", err_info(i)->advice);
	}
	err_set(&e, ERR_CONFIG, "%s", "m");
	for (i = 0; i < 200; i++)
		err_wrap(&e, "step %d of a way", i);
	assert_int_equal(strlen(e.msg), sizeof(e.msg) - 1);
	text_fold(f, "coupondrop: ", e.msg);
	assert_int_equal(fclose(f), 0);
	for (line = strtok_r(text, "\n", &rest); line != NULL;
	    line = strtok_r(NULL, "\n", &rest))
		if (text_columns(line, strlen(line)) > TEXT_COLUMNS)
			fail_msg("over %d columns: %s", TEXT_COLUMNS, line);
	free(text);
}

static void
a_headline_is_cut_between_characters(void **state)
{
	struct run_report r = { .run = { .state = RUN_HELD },
	    .stands = STANDS_WAITING, .exit = 9 };
	char out[2000];

	(void)state;
	r.run.hold = (char *)"\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4"
	    "\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4";
	headline(&r, 24, out, sizeof(out));
	assert_string_equal(out, "FAILED  \u00e4\u00e4\u00e4\u00e4\u00e4"
	    "\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4"
	    "\u00e4");
	headline(&r, 20, out, sizeof(out));
	assert_string_equal(out, "FAILED ...");
	r.run.hold = (char *)"held; use \"coupondrop resume 01KQ8Z7\" for it";
	headline(&r, 40, out, sizeof(out));
	assert_string_equal(out, "FAILED  held; use...");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_check),
		cmocka_unit_test(a_run),
		cmocka_unit_test(a_cause_comes_first),
		cmocka_unit_test(a_run_in_a_line),
		cmocka_unit_test(a_long_line_is_folded),
		cmocka_unit_test(no_error_is_too_wide),
		cmocka_unit_test(a_headline_is_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
