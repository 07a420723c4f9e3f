/*
 * Mapp Empower: what an announced file is answered with, what an HTTP status
 * means, and what every recorded answer does when it is cut or spoilt.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mapp_fixture.h"

#define TITLE	"Mapp Empower"

/* Answers that accept a file: task and counters as given, text verbatim. */
static void
test_file_accepted(void **state)
{
	static const struct {
		const char *name, *task, *text;
		int64_t total, updated, failed;
	} rows[] = {
		{ "file-task.xml", "92794", "Specified coupon bank updated",
		    -1, -1, -1 },
		{ "file-task-nested.xml", "92794",
		    "coupon code data successfully updated", -1, -1, -1 },
		{ "file-padded.xml", "92794",
		    "Specified coupon bank updated", -1, -1, -1 },
		{ "file-200-task.xml", "92795", "Queued", -1, -1, -1 },
		{ "file-silent-task.xml", "92796", NULL, -1, -1, -1 },
		{ "file-210.xml", "", "coupon code data successfully updated",
		    2, 1, 1 },
		{ "file-counters-data.xml", "",
		    "coupon code data successfully updated", 20000, 17842,
		    2158 },
		{ "file-counters-odd.xml", "", "20000 updated", -1, -1, -1 },
		{ "file-new-elements.xml", "A-17_x",
		    "d\xc3\xa9j\xc3\xa0 vu & more", -1, -1, -1 },
	};
	struct fix *f = *state;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(fix_ask(f, PV_SUBMIT_FILE, rows[i].name), 0);
		assert_int_equal(f->step.what, PV_DONE);
		assert_string_equal(f->step.result.task, rows[i].task);
		if (rows[i].text == NULL)
			assert_null(f->step.result.text);
		else
			assert_string_equal(f->step.result.text, rows[i].text);
		assert_int_equal(f->step.result.total, rows[i].total);
		assert_int_equal(f->step.result.updated, rows[i].updated);
		assert_int_equal(f->step.result.failed, rows[i].failed);
	}
}

struct refusal {
	const char	*name;
	const char	*word;
	bool		 certain;
	long		 remote;
	const char	*msg;	/* the end of the sentence */
};

static void
check_refusal(struct fix *f, const struct refusal *r)
{
	size_t n = strlen(f->err.msg), m = strlen(r->msg);

	assert_int_equal(f->step.what, PV_FAILED);
	if (strcmp(err_row(&f->err)->word, r->word) != 0 ||
	    f->step.certain != r->certain || f->err.remote != r->remote ||
	    m > n || strcmp(f->err.msg + n - m, r->msg) != 0)
		fail_msg("%s: %s, certain %d, remote %ld: %s", r->name,
		    err_row(&f->err)->word, f->step.certain, f->err.remote,
		    f->err.msg);
	assert_null(strstr(f->err.msg, FIX_SECRET));
}

static void
test_file_refused(void **state)
{
	static const struct refusal rows[] = {
		{ "file-428.xml", "mapp-428", true, 428, TITLE " refused "
		    "the call with 428 \"Missing variables\", missing: "
		    "bank_id" },
		{ "missing-vars.xml", "mapp-428", true, 0, TITLE " refused "
		    "the call \"Missing variables\", missing: bank_id" },
		{ "missing-vars-list.xml", "mapp-428", true, 0,
		    "missing: bank_id; coupon_code" },
		{ "auth-445.xml", "mapp-445", true, 445,
		    "with 445 \"Could not authenticate\"" },
		{ "auth-text.xml", "mapp-445", true, 0,
		    "refused the call \"Could not authenticate\"" },
		{ "auth-address.xml", "mapp-address", true, 0, "(Account -> "
		    "Edit Account: API Tab)\", request_ip: 203.0.113.7" },
		{ "file-477.xml", "mapp-477", true, 477,
		    "with 477 \"redeem_date must be in YYYY-MM-DD format\"" },
		{ "file-646.xml", "mapp-646", true, 646, "ftp_server\"" },
		{ "file-647.xml", "mapp-647", true, 647, "required\"" },
		{ "file-648.xml", "mapp-648", true, 648, "required\"" },
		{ "file-649.xml", "mapp-649", true, 649, "file type\"" },
		{ "file-654.xml", "mapp-654", true, 654, TITLE " refused "
		    "the call with 654 \"Action not taken, data file was not "
		    "copied\"" },
		{ "file-text-items.xml", "mapp-654", true, 654,
		    "copied; host \"files\" <unreachable>\"" },
		{ "file-667.xml", "mapp-667", true, 667, "bank id\"" },
		{ "file-682.xml", "mapp-682", true, 682, "to update\"" },
		{ "file-683.xml", "mapp-683", true, 683, "is required\"" },
		{ "file-685.xml", "mapp-685", true, 685, "data_url\"" },
		{ "file-690.xml", "refused", true, 690, "moon is full\"" },
		{ "unknown-action.xml", "malformed-call", true, 0,
		    "refused the call \"Incorrect Action Specified\"" },
		/* Not documented: nobody knows what happened. */
		{ "file-500.xml", "refused", false, 500, "Internal error\"" },
		{ "error-only.xml", "refused", false, 0,
		    "refused the call, without a text" },
		{ "error-words.xml", "refused", false, 0, "is resting\"" },
		{ "file-error-210.xml", "refused", false, 210,
		    "with 210 \"coupon code data successfully updated\"" },
		{ "file-200.xml", "protocol", false, 200, TITLE " neither "
		    "accepted nor refused the call and answered it with 200 "
		    "\"OK\"" },
		{ "file-666.xml", "protocol", false, 666, "codes added\"" },
		{ "file-silent.xml", "protocol", false, 0,
		    "answered it \"thank you\"" },
		{ "file-code-word.xml", "refused", false, 0, "\"eh\"" },
		{ "file-task-long.xml", "protocol", false, 0,
		    "for the number of a task" },
		{ "file-other-method.xml", "protocol", false, 0,
		    "it answers the call legacy.send_campaign" },
		{ "no-item.xml", "protocol", false, 0,
		    "no call is answered in it" },
		/* Who stands in front of the platform did not pass it on. */
		{ "page.html", "protocol", true, 0, "this is an HTML page" },
		{ "page-xhtml.xml", "protocol", true, 0,
		    "it is a document of type html" },
	};
	struct fix *f = *state;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(fix_ask(f, PV_SUBMIT_FILE, rows[i].name), -1);
		check_refusal(f, &rows[i]);
	}
}

/* What is not an answer at all; for reads that is harmless. */
static void
test_no_answer(void **state)
{
	static const char *const names[] = { "page.html", "page-xhtml.xml",
	    "doctype.xml", "truncated.xml", "php.txt", "no-item.xml" };
	struct fix *f = *state;
	size_t i, v;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		for (v = 0; v < FIX_VERBS; v++) {
			assert_int_equal(fix_ask(f, fix_verbs[v], names[i]),
			    -1);
			assert_int_equal(f->err.code, ERR_PROTOCOL);
			assert_int_equal(f->step.certain,
			    strncmp(names[i], "page", 4) == 0 ||
			    !fix_submits(fix_verbs[v]));
			assert_non_null(strstr(f->err.msg, "makes no sense"));
		}
	}
	assert_int_equal(fix_begin(f, PV_SUBMIT_FILE), 0);
	assert_int_equal(fix_bytes(f, 200, "", 0), -1);
	assert_int_equal(f->err.code, ERR_PROTOCOL);
	assert_false(f->step.certain);
	assert_non_null(strstr(f->err.msg, "it is empty"));
}

/* A platform that repeats a password in its words does not spread it. */
static void
test_masked(void **state)
{
	static const char refused[] = "<methodResponse><item><responseCode>654"
	    "</responseCode><responseText>no login with mapp:p\"ss&amp;w%rd at "
	    "h, key k&amp;y-0815</responseText></item></methodResponse>";
	static const char taken[] = "<methodResponse><item><responseCode>202"
	    "</responseCode><responseText>s&lt;cret/+ 9 s&lt;cret/+ 9 ok"
	    "</responseText><task_id>1</task_id></item></methodResponse>";
	struct fix *f = *state;

	assert_int_equal(fix_begin(f, PV_SUBMIT_FILE), 0);
	assert_int_equal(fix_bytes(f, 200, refused, strlen(refused)), -1);
	assert_non_null(strstr(f->err.msg, "with mapp:********* at h, key "
	    "********\""));
	assert_int_equal(fix_begin(f, PV_SUBMIT_FILE), 0);
	assert_int_equal(fix_bytes(f, 200, taken, strlen(taken)), 0);
	assert_string_equal(f->step.result.text, "********** ********** ok");
}

/* A 644 is answered with the other spelling, once. */
static void
test_respelled(void **state)
{
	struct fix *f = *state;

	assert_int_equal(fix_ask(f, PV_SUBMIT_FILE, "file-644.xml"), 0);
	fix_request(f, "file-respelled.xml");
	assert_true(f->step.request.submits);
	assert_int_equal(fix_answer(f, 200, "file-644.xml"), -1);
	assert_string_equal(err_row(&f->err)->word, "mapp-644");
	assert_true(f->step.certain);

	/* The second call has the last word, and a new ask starts afresh. */
	assert_int_equal(fix_ask(f, PV_SUBMIT_FILE, "file-644.xml"), 0);
	assert_int_equal(fix_answer(f, 200, "file-task.xml"), 0);
	assert_string_equal(f->step.result.task, "92794");
	assert_int_equal(fix_begin(f, PV_SUBMIT_FILE), 0);
	fix_request(f, "file-sftp.xml");
}

static void
test_not_respelled(void **state)
{
	struct fix *f = *state;

	f->pull.compression = PACK_NONE;
	assert_int_equal(fix_ask(f, PV_SUBMIT_FILE, "file-644.xml"), -1);
	assert_string_equal(err_row(&f->err)->word, "mapp-644");
	assert_true(f->step.certain);
	f->pull.compression = PACK_ZIP;
	assert_int_equal(fix_ask(f, PV_SUBMIT_ROWS, "file-644.xml"), -1);
	assert_string_equal(err_row(&f->err)->word, "mapp-644");
}

static void
test_http_status(void **state)
{
	static const struct {
		long status;
		enum err_code code;
		bool certain;	/* for a submission */
		long wait_ms;
	} rows[] = {
		{ 301, ERR_PROTOCOL, true, 0 },
		{ 302, ERR_PROTOCOL, true, 0 },
		{ 303, ERR_PROTOCOL, false, 0 },
		{ 307, ERR_PROTOCOL, true, 0 },
		{ 400, ERR_PROTOCOL, true, 0 },
		{ 401, ERR_LOGIN, true, 0 },
		{ 403, ERR_DENIED, true, 0 },
		{ 404, ERR_PROTOCOL, true, 0 },
		{ 408, ERR_UNAVAILABLE, true, 7000 },
		{ 421, ERR_UNAVAILABLE, true, 7000 },
		{ 429, ERR_UNAVAILABLE, true, 7000 },
		{ 500, ERR_UNAVAILABLE, false, 7000 },
		{ 502, ERR_UNAVAILABLE, false, 7000 },
		{ 503, ERR_UNAVAILABLE, false, 7000 },
		{ 504, ERR_UNAVAILABLE, false, 7000 },
		{ 199, ERR_PROTOCOL, false, 0 },
		{ 0, ERR_PROTOCOL, false, 0 },
	};
	struct fix *f = *state;
	char status[16];
	size_t i, v;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(status, sizeof(status), "status %ld",
		    rows[i].status);
		for (v = 0; v < FIX_VERBS; v++) {
			assert_int_equal(fix_begin(f, fix_verbs[v]), 0);
			assert_int_equal(fix_answer(f, rows[i].status,
			    "page.html"), -1);
			assert_int_equal(f->step.what, PV_FAILED);
			assert_int_equal(f->err.code, rows[i].code);
			assert_int_equal(f->err.remote, rows[i].status);
			assert_int_equal(f->err.wait_ms, rows[i].wait_ms);
			assert_int_equal(f->step.certain,
			    rows[i].certain || !fix_submits(fix_verbs[v]));
			assert_non_null(strstr(f->err.msg, status));
		}
	}
}

/* The platform's own refusal says more than the status around it. */
static void
test_http_body(void **state)
{
	struct fix *f = *state;

	assert_int_equal(fix_begin(f, PV_SUBMIT_FILE), 0);
	assert_int_equal(fix_answer(f, 503, "file-654.xml"), -1);
	assert_string_equal(err_row(&f->err)->word, "mapp-654");
	assert_true(f->step.certain);
	assert_int_equal(fix_begin(f, PV_SUBMIT_FILE), 0);
	assert_int_equal(fix_answer(f, 403, "auth-445.xml"), -1);
	assert_string_equal(err_row(&f->err)->word, "mapp-445");
	/* But good words under a bad status prove nothing. */
	assert_int_equal(fix_begin(f, PV_SUBMIT_FILE), 0);
	assert_int_equal(fix_answer(f, 500, "file-task.xml"), -1);
	assert_int_equal(f->err.code, ERR_UNAVAILABLE);
	assert_false(f->step.certain);
	assert_int_equal(fix_begin(f, PV_SUBMIT_FILE), 0);
	assert_int_equal(fix_answer(f, 500, "error-words.xml"), -1);
	assert_int_equal(f->err.code, ERR_UNAVAILABLE);
	assert_false(f->step.certain);
}

/* Events that the machine cannot have been waiting for. */
static void
test_misuse(void **state)
{
	struct pv_event timer = { .kind = PV_TIMER, .retry_after_ms = -1 };
	struct fix *f = *state;

	f->ask.verb = PV_SUBMIT_FILE;
	assert_int_equal(fix_answer(f, 200, "file-task.xml"), -1);
	assert_int_equal(f->err.code, ERR_INTERNAL);
	assert_false(f->step.certain);
	assert_int_equal(fix_begin(f, PV_BANKS), 0);
	pv_step_release(&f->step);
	assert_int_equal(provider_next(f->prov, &f->ask, &f->state, &timer,
	    &f->step, &f->err), -1);
	assert_int_equal(f->err.code, ERR_INTERNAL);
	assert_true(f->step.certain);
	assert_int_equal(fix_begin(f, PV_SUBMIT_FILE), 0);
	f->state.data[0]++;
	assert_int_equal(fix_answer(f, 200, "file-task.xml"), -1);
	assert_int_equal(f->err.code, ERR_INTERNAL);
	assert_false(f->step.certain);
}

/* Whatever comes, the step is one of those allowed and an error has words. */
static void
check_sane(const struct fix *f, int rc)
{
	if (rc == 0) {
		assert_true(f->step.what == PV_DONE ||
		    f->step.what == PV_REQUEST);
		return;
	}
	assert_int_equal(rc, -1);
	assert_int_equal(f->step.what, PV_FAILED);
	assert_int_not_equal(f->err.code, ERR_NONE);
	assert_int_not_equal(f->err.code, ERR_INTERNAL);
	assert_true(f->err.msg[0] != '\0');
}

/* A cut-off answer is never taken for a whole one. */
static void
cut_everywhere(struct fix *f, const char *p, size_t n)
{
	size_t i, v, end = n;

	while (end > 0 && strchr(" \n", p[end - 1]) != NULL)
		end--;
	for (i = 0; i < n; i++) {
		v = i % FIX_VERBS;
		assert_int_equal(fix_begin(f, fix_verbs[v]), 0);
		check_sane(f, fix_bytes(f, 200, p, i));
		if (i >= end)
			continue;
		assert_int_equal(f->step.what, PV_FAILED);
		assert_int_equal(f->step.certain, !fix_submits(fix_verbs[v]));
	}
}

/* One byte at a time becomes another one. */
static void
spoil_everywhere(struct fix *f, char *p, size_t n)
{
	static const char spoilers[] = "<>&/x0 \xff";
	size_t i;
	char kept;

	for (i = 0; i < n; i++) {
		kept = p[i];
		p[i] = spoilers[i % (sizeof(spoilers) - 1)];
		assert_int_equal(fix_begin(f, fix_verbs[i / 2 % FIX_VERBS]), 0);
		check_sane(f, fix_bytes(f, 200, p, n));
		p[i] = kept;
	}
}

static void
test_mutations(void **state)
{
	struct fix *f = *state;
	char **names, *p;
	size_t i, n, count;

	names = fix_names(&count);
	for (i = 0; i < count; i++) {
		p = fix_golden(names[i], &n);
		cut_everywhere(f, p, n);
		spoil_everywhere(f, p, n);
		free(p);
		free(names[i]);
	}
	free(names);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FIX_TEST(test_file_accepted),
		FIX_TEST(test_file_refused),
		FIX_TEST(test_no_answer),
		FIX_TEST(test_masked),
		FIX_TEST(test_respelled),
		FIX_TEST(test_not_respelled),
		FIX_TEST(test_http_status),
		FIX_TEST(test_http_body),
		FIX_TEST(test_misuse),
		FIX_TEST(test_mutations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
