/*
 * Which50: what is asked for an import, and what answers say of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "provider_fixture.h"

#define ABOUT	"{\"Id\":34,\"ContactListId\":12,"
#define DONE	"\"CurrentStatus\":\"x\",\"ProgressPercent\":100,"

static int
setup(void **state)
{
	struct pvf *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	pvf_open(f, "which50");
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	pvf_close(*state);
	free(*state);
	return 0;
}

static void
test_request(void **state)
{
	struct pvf *f = *state;
	char value[256];

	assert_int_equal(pvf_ask(f, PV_STATUS, "12/34", NULL), 0);
	assert_string_equal(f->step.request.method, "GET");
	assert_string_equal(f->step.request.url.data,
	    "https://host.example/base/contactLists/12/import/34");
	assert_string_equal(pvf_header(f, "Authorization", value),
	    "AUTH_VALUE");
	assert_string_equal(pvf_header(f, "Accept", value),
	    "application/json, application/xml;q=0.5");
	assert_false(f->step.request.submits);
	assert_int_equal(f->step.request.body.len, 0);
	pvf_set(f, "auth_header", "X-W50-Key");
	assert_int_equal(pvf_ask(f, PV_STATUS, "12/34", NULL), 0);
	assert_string_equal(pvf_header(f, "X-W50-Key", value), "AUTH_VALUE");
	assert_string_equal(pvf_header(f, "Authorization", value), "");
}

static void
test_ids(void **state)
{
	static const char *const bad[] = { "", "/", "12", "12/", "/34",
	    "12/34/", "12/34/56", "a/34", "12/b", "-1/34", "012/34", "12/ 34",
	    "12/34\n", "12/0", "12/1234567890123456789", "12/..", "12/3?x=4" };
	struct pvf *f = *state;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(pvf_ask(f, PV_STATUS, bad[i], NULL), -1);
		pvf_failed(f, "reference", "LIST/IMPORT");
	}
}

/*
 * The vendor's three examples: 1 inserted and 1 updated are no total of 1, so
 * it has ended, and nobody knows how.
 */
static void
test_vendors_examples(void **state)
{
	static const char *const names[] = { "import.json", "import-csp.json",
	    "import.xml" };
	struct pvf *f = *state;
	const struct pv_task *t;
	char *p;
	size_t i, n;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		p = pvf_golden(f, names[i], &n);
		assert_int_equal(pvf_ask(f, PV_STATUS, "1/1", NULL), 0);
		assert_int_equal(pvf_bytes(f, 200, p, n), 0);
		free(p);
		t = pvf_task(f, "1/1");
		assert_int_equal(t->state, TASK_DONE);
		assert_string_equal(t->word, "sample string 2");
		assert_int_equal(t->total, 1);
		assert_int_equal(t->updated, 2);
		assert_int_equal(t->failed, -1);
		assert_int_equal(outcome_of(t->total, t->updated, t->failed),
		    OUTCOME_UNCONFIRMED);
		assert_string_equal(t->text, "inserted 1, updated 1, "
		    "not updated 1, dropped 1, invalid email addresses 1, "
		    "invalid SMS numbers 1, total 1");
	}
}

/* Half an answer is none, wherever it is cut. */
static void
test_cut(void **state)
{
	static const char *const names[] = { "import.json", "import-csp.json",
	    "import.xml" };
	struct pvf *f = *state;
	char *p;
	size_t i, k, n;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		p = pvf_golden(f, names[i], &n);
		/* The last byte is the end of the line. */
		for (k = 0; k + 1 < n; k++) {
			assert_int_equal(pvf_ask(f, PV_STATUS, "1/1", NULL),
			    0);
			assert_int_equal(pvf_bytes(f, 200, p, k), -1);
			pvf_failed(f, "protocol", "the answer of Which50");
			assert_true(f->step.certain);
		}
		free(p);
	}
}

static void
test_states(void **state)
{
	static const struct {
		const char	*members;
		enum task_state	 state;
		const char	*word;
	} rows[] = {
		{ "\"CurrentStatus\":\"Importing\",\"ProgressPercent\":40",
		    TASK_UNKNOWN, "Importing" },
		{ "\"CurrentStatus\":\"Queued\",\"ProgressPercent\":0",
		    TASK_QUEUED, "Queued" },
		{ "\"CurrentStatus\":\"Importing\",\"ProgressPercent\":100",
		    TASK_DONE, "Importing" },
		{ "\"CurrentStatus\":\"Importing\",\"ProgressPercent\":\"100"
		    "\"", TASK_DONE, "Importing" },
		{ "\"CurrentStatus\":\"Importing\",\"ProgressPercent\":99.9",
		    TASK_UNKNOWN, "Importing" },
		{ "\"CurrentStatus\":\"x\",\"ProgressPercent\":1e300",
		    TASK_UNKNOWN, "x" },
		{ "\"CurrentStatus\":\"x\",\"ProgressPercent\":-100",
		    TASK_UNKNOWN, "x" },
		{ "\"CurrentStatus\":\"x\",\"FinishDate\":"
		    "\"2024-12-27T17:54:38.7438716+00:00\"", TASK_DONE, "x" },
		{ "\"CurrentStatus\":\"x\",\"FinishDate\":"
		    "\"2024-12-27T17:54:38Z\"", TASK_DONE, "x" },
		{ "\"CurrentStatus\":\"x\",\"FinishDate\":null", TASK_UNKNOWN,
		    "x" },
		{ "\"CurrentStatus\":\"x\",\"FinishDate\":\"\"", TASK_UNKNOWN,
		    "x" },
		{ "\"CurrentStatus\":\"x\",\"FinishDate\":\"not yet\"",
		    TASK_UNKNOWN, "x" },
		{ "\"CurrentStatus\":\"x\",\"FinishDate\":"
		    "\"0001-01-01T00:00:00\"", TASK_UNKNOWN, "x" },
		/* A word alone is no end, unless it is a bad one. */
		{ "\"CurrentStatus\":\"Finished\",\"ProgressPercent\":40",
		    TASK_RUNNING, "Finished" },
		{ "\"CurrentStatus\":\"ImportFailed\"", TASK_FAILED,
		    "ImportFailed" },
		{ "\"CurrentStatus\":\"Errors\",\"ProgressPercent\":100",
		    TASK_FAILED, "Errors" },
		{ "\"CurrentStatus\":\"canceled\",\"ProgressPercent\":7",
		    TASK_FAILED, "canceled" },
		{ "\"CurrentStatus\":3,\"ProgressPercent\":7", TASK_UNKNOWN,
		    "3" },
		{ "\"CurrentStatus\":null,\"ProgressPercent\":0,"
		    "\"StartDate\":null", TASK_QUEUED, "" },
		{ "\"CurrentStatus\":\"\",\"ProgressPercent\":7,"
		    "\"StartDate\":\"2024-12-27T17:54:38.7\"", TASK_RUNNING,
		    "" },
		{ "\"CurrentStatus\":\"a word that is longer than any field "
		    "for one\"", TASK_UNKNOWN,
		    "a word that is longer than any " },
	};
	struct pvf *f = *state;
	const struct pv_task *t;
	char body[400];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(body, sizeof(body), ABOUT "%s}", rows[i].members);
		assert_int_equal(pvf_ask(f, PV_STATUS, "12/34", NULL), 0);
		assert_int_equal(pvf_text(f, 200, body), 0);
		t = pvf_task(f, "12/34");
		if (t->state != rows[i].state)
			fail_msg("%s: %s", body, task_state_name(t->state));
		assert_string_equal(t->word, rows[i].word);
	}
}

/* In what comes as XML, i:nil is null, and names have any prefix. */
static void
test_xml(void **state)
{
	static const char head[] = "\r\n <a:ImportJob xmlns:a='urn:x' "
	    "xmlns:i='http://www.w3.org/2001/XMLSchema-instance'>"
	    "<a:ContactListId>12</a:ContactListId><a:Id>34</a:Id>";
	static const struct {
		const char	*members;
		enum task_state	 state;
	} rows[] = {
		{ "<a:CurrentStatus>x</a:CurrentStatus>"
		    "<a:FinishDate i:nil='true'/>", TASK_UNKNOWN },
		{ "<a:CurrentStatus i:nil='true'/><a:FinishDate i:nil='true'/>"
		    "<a:ProgressPercent>0</a:ProgressPercent>"
		    "<a:StartDate i:nil='true'/>", TASK_QUEUED },
		{ "<a:CurrentStatus>x</a:CurrentStatus><a:New><a:Id>7</a:Id>"
		    "</a:New><a:ProgressPercent> 100 </a:ProgressPercent>",
		    TASK_DONE },
	};
	struct pvf *f = *state;
	char body[800];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(body, sizeof(body), "%s%s</a:ImportJob>", head,
		    rows[i].members);
		assert_int_equal(pvf_ask(f, PV_STATUS, "12/34", NULL), 0);
		assert_int_equal(pvf_text(f, 200, body), 0);
		assert_int_equal(pvf_task(f, "12/34")->state, rows[i].state);
	}
	snprintf(body, sizeof(body), "%s<a:Id>34</a:Id></a:ImportJob>", head);
	assert_int_equal(pvf_ask(f, PV_STATUS, "12/34", NULL), 0);
	assert_int_equal(pvf_text(f, 200, body), -1);
	pvf_failed(f, "protocol", "two elements Id");
}

static void
test_counters(void **state)
{
	static const struct {
		int64_t		 inserted, updated, kept, dropped, email, sms;
		int64_t		 total;
		int64_t		 rows, failed;
		enum outcome	 outcome;
	} rows[] = {
		{ 3, 4, 0, 0, 0, 0, 7, 7, 0, OUTCOME_OK },
		{ 3, 4, 0, 0, 2, 1, 7, 10, 3, OUTCOME_PARTIAL },
		{ 3, 4, 1, 0, 0, 0, 7, 8, 1, OUTCOME_PARTIAL },
		{ 0, 0, 0, 0, 5, 0, 0, 5, 5, OUTCOME_NONE },
		{ 0, 0, 0, 0, 0, 0, 0, 0, 0, OUTCOME_NA },
		{ 3, 4, 0, 2, 0, 0, 7, 7, -1, OUTCOME_UNCONFIRMED },
		{ 3, 4, 0, 0, 0, 0, 9, 9, 0, OUTCOME_UNCONFIRMED },
		/* A total with the bad ones in it adds up as well. */
		{ 3, 4, 0, 0, 2, 0, 9, 9, 2, OUTCOME_PARTIAL },
		{ 3, -4, 0, 0, 0, 0, 7, 7, 0, OUTCOME_UNCONFIRMED },
		{ 3, 4, 0, 0, -1, 0, 7, 7, -1, OUTCOME_UNCONFIRMED },
		{ INT64_MAX, INT64_MAX, 0, 0, 0, 0, INT64_MAX, -1, 0,
		    OUTCOME_UNCONFIRMED },
	};
	struct pvf *f = *state;
	const struct pv_task *t;
	char body[500];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(body, sizeof(body), ABOUT DONE "\"InsertedContacts\":"
		    "%lld,\"UpdatedContacts\":%lld,\"NotUpdatedContacts\":%lld,"
		    "\"DroppedContacts\":%lld,\"InvalidEmailCount\":%lld,"
		    "\"InvalidSmsCount\":%lld,\"TotalContacts\":\"%lld\"}",
		    (long long)rows[i].inserted, (long long)rows[i].updated,
		    (long long)rows[i].kept, (long long)rows[i].dropped,
		    (long long)rows[i].email, (long long)rows[i].sms,
		    (long long)rows[i].total);
		assert_int_equal(pvf_ask(f, PV_STATUS, "12/34", NULL), 0);
		assert_int_equal(pvf_text(f, 200, body), 0);
		t = pvf_task(f, "12/34");
		assert_int_equal(t->total, rows[i].rows);
		assert_int_equal(t->failed, rows[i].failed);
		if (outcome_of(t->total, t->updated, t->failed) !=
		    rows[i].outcome)
			fail_msg("%s", body);
	}
	/* Not said is not zero. */
	assert_int_equal(pvf_ask(f, PV_STATUS, "12/34", NULL), 0);
	assert_int_equal(pvf_text(f, 200, ABOUT DONE "\"TotalContacts\":7,"
	    "\"InsertedContacts\":7,\"UpdatedContacts\":null}"), 0);
	t = pvf_task(f, "12/34");
	assert_int_equal(t->updated, -1);
	assert_int_equal(t->failed, -1);
	assert_string_equal(t->text, "inserted 7, total 7");
}

static void
test_refusals(void **state)
{
	static const struct {
		long		 status;
		const char	*body, *word, *said;
	} rows[] = {
		{ 401, "{\"Message\":\"AUTH_VALUE?\"}", "login", "401" },
		{ 403, "{\"Message\":\"not AUTH_VALUE's list\"}",
		    "which50-403", "403 \"not **********'s list\"" },
		{ 403, "<Error><Message>no</Message></Error>", "which50-403",
		    "403 \"no\"" },
		{ 403, "", "which50-403", "403 \"\"" },
		{ 403, "<html>portal</html>", "denied", "403" },
		{ 404, "<!DOCTYPE html><html>IIS</html>", "protocol",
		    "its url may be wrong" },
		{ 404, "{\"Message\":\"No HTTP resource was found that matches "
		    "the request URI 'x'.\"}", "protocol",
		    "its url may be wrong" },
		{ 404, "<Error><Message>No HTTP resource was found that "
		    "matches</Message></Error>", "protocol",
		    "its url may be wrong" },
		{ 429, "", "unavailable", "429" },
		{ 500, "{\"Message\":\"An error has occurred.\"}",
		    "unavailable", "500" },
		{ 302, "", "protocol", "redirect" },
		{ 200, "<!DOCTYPE html><html>login</html>", "protocol",
		    "web page" },
		{ 200, "", "protocol", "the answer of Which50" },
		{ 200, "[]", "protocol", "no object" },
		{ 200, "{}", "protocol", "something else than import 12/34" },
		{ 200, "{\"Id\":34}", "protocol", "something else" },
		{ 200, ABOUT "\"Id\":34}", "protocol", "the answer" },
		{ 200, "{\"Id\":35,\"ContactListId\":12}", "protocol",
		    "something else" },
		{ 200, "{\"Id\":34,\"ContactListId\":13}", "protocol",
		    "something else" },
		{ 200, ABOUT "\"CurrentStatus\":null}", "protocol",
		    "without the state" },
		{ 200, "<Error><Message>no</Message></Error>", "protocol",
		    "something else" },
		{ 200, "<!DOCTYPE a [<!ENTITY b 'c'>]><ImportJob><Id>&b;</Id>"
		    "</ImportJob>", "protocol", "the answer of Which50" },
	};
	struct pvf *f = *state;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(pvf_ask(f, PV_STATUS, "12/34", NULL), 0);
		if (pvf_text(f, rows[i].status, rows[i].body) != -1)
			fail_msg("%ld %s", rows[i].status, rows[i].body);
		pvf_failed(f, rows[i].word, rows[i].said);
		assert_true(f->step.certain);
	}
}

/* A field that is too short for a secret does not show the half of it. */
static void
test_secret_is_cut(void **state)
{
	static const char body[] = ABOUT "\"CurrentStatus\":"
	    "\"Bearer 0123456789abcdef0123456789\",\"ProgressPercent\":7}";
	struct pvf *f = *state;
	int place = provider_setting(f->prov, "auth_value");

	secret_free(f->secrets[place]);
	f->secrets[place] = secret_new(
	    "Bearer 0123456789abcdef0123456789", 33, &f->err);
	assert_non_null(f->secrets[place]);
	f->account.values[place].secret = f->secrets[place];
	assert_int_equal(pvf_ask(f, PV_STATUS, "12/34", NULL), 0);
	assert_int_equal(pvf_text(f, 200, body), 0);
	assert_string_equal(pvf_task(f, "12/34")->word,
	    "*******************************");
}

/* What is not found is told of no task: it may show later. */
static void
test_not_found(void **state)
{
	static const char *const bodies[] = { "",
	    "{\"Message\":\"ImportJob was not found\"}",
	    "<Error><Message>no</Message></Error>" };
	struct pvf *f = *state;
	size_t i;

	for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		assert_int_equal(pvf_ask(f, PV_STATUS, "12/34", NULL), 0);
		assert_int_equal(pvf_text(f, 404, bodies[i]), 0);
		assert_int_equal(f->step.what, PV_DONE);
		assert_int_equal(f->step.result.ntasks, 0);
	}
}

/* An answer without a question, or to one of a program to come. */
static void
test_wrong_state(void **state)
{
	struct pvf *f = *state;

	assert_int_equal(pvf_ask(f, PV_STATUS, "12/34", NULL), 0);
	f->state.data[0]++;
	assert_int_equal(pvf_text(f, 200, ABOUT DONE "\"x\":1}"), -1);
	pvf_failed(f, "internal", "was asked nothing");
	f->state.len = 0;
	assert_int_equal(pvf_text(f, 200, ABOUT DONE "\"x\":1}"), -1);
	pvf_failed(f, "internal", "was asked nothing");
}

#define TEST(t)	cmocka_unit_test_setup_teardown(t, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_request),
		TEST(test_ids),
		TEST(test_vendors_examples),
		TEST(test_cut),
		TEST(test_states),
		TEST(test_xml),
		TEST(test_counters),
		TEST(test_refusals),
		TEST(test_secret_is_cut),
		TEST(test_not_found),
		TEST(test_wrong_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
