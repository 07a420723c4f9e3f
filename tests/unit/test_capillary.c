/*
 * Capillary: what is asked, and what recorded answers say of a job.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "provider_fixture.h"

static int
setup(void **state)
{
	struct pvf *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	pvf_open(f, "capillary");
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

static int
golden(struct pvf *f, const char *name)
{
	size_t n;
	char *p = pvf_golden(f, name, &n);
	int rc = pvf_bytes(f, 200, p, n);

	free(p);
	return rc;
}

/* The vendor's own example: it ran, and each row was refused. */
static void
test_vendors_example(void **state)
{
	struct pvf *f = *state;
	const struct pv_task *t;
	char value[256];

	assert_int_equal(pvf_ask(f, PV_STATUS, "535521/220605", NULL), 0);
	assert_int_equal(f->step.what, PV_REQUEST);
	assert_string_equal(f->step.request.method, "GET");
	assert_string_equal(f->step.request.url.data, "https://host.example/"
	    "base/coupon/api/v1/upload/getUploadStatus/535521");
	assert_string_equal(pvf_header(f, "X-CAP-API-OAUTH-TOKEN", value),
	    "t0k3n");
	assert_false(f->step.request.submits);
	assert_int_equal(golden(f, "finished.json"), 0);
	t = pvf_task(f, "535521/220605");
	assert_int_equal(t->state, TASK_DONE);
	assert_string_equal(t->word, "FINISHED");
	assert_int_equal(t->total, 2);
	assert_int_equal(t->updated, 0);
	assert_int_equal(t->failed, 2);
	assert_int_equal(outcome_of(t->total, t->updated, t->failed),
	    OUTCOME_NONE);
	assert_string_equal(t->when, "2024-05-27T12:06:14Z");
	assert_string_equal(t->error_file,
	    "error_100458_5355212024_05_27_12_06_14");
}

/* Jobs are picked by their number, and read whatever the types are. */
static void
test_several(void **state)
{
	static const struct {
		const char	*id, *word;
		enum task_state	 state;
		int64_t		 total, updated, failed;
		enum outcome	 outcome;
	} rows[] = {
		{ "7/11", "finished", TASK_DONE, 9, 7, 2, OUTCOME_PARTIAL },
		{ "7/12", "STARTED", TASK_RUNNING, 0, 0, 0,
		    OUTCOME_UNCONFIRMED },
		{ "7/13", "3", TASK_DONE, 5, 5, 0, OUTCOME_OK },
		{ "7/14", "4", TASK_FAILED, 5, -1, 6, OUTCOME_UNCONFIRMED },
		{ "7/15", "COMMITED", TASK_RUNNING, -1, -1, -1,
		    OUTCOME_UNCONFIRMED },
		{ "7/16", "FINISHED", TASK_DONE, -1, -1, -1,
		    OUTCOME_UNCONFIRMED },
		{ "7/17", "MELTED\\x07", TASK_UNKNOWN, -1, -1, -1,
		    OUTCOME_UNCONFIRMED },
	};
	struct pvf *f = *state;
	const struct pv_task *t;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(pvf_ask(f, PV_STATUS, "7/99", rows[i].id,
		    NULL), 0);
		assert_int_equal(golden(f, "several.json"), 0);
		assert_int_equal(f->step.result.ntasks, 1);
		t = pvf_task(f, rows[i].id);
		assert_int_equal(t->state, rows[i].state);
		assert_string_equal(t->word, rows[i].word);
		assert_int_equal(t->total, rows[i].total);
		assert_int_equal(t->updated, rows[i].updated);
		assert_int_equal(t->failed, rows[i].failed);
		if (t->total != 0)
			assert_int_equal(outcome_of(t->total, t->updated,
			    t->failed), rows[i].outcome);
	}
}

static void
test_redeem(void **state)
{
	struct pvf *f = *state;

	assert_int_equal(pvf_ask(f, PV_STATUS, "redeem/7/22", "redeem/7/21",
	    NULL), 0);
	assert_string_equal(f->step.request.url.data, "https://host.example/"
	    "base/coupon/api/v1/upload/getUploadRedeemedCouponStatus/7");
	assert_int_equal(golden(f, "redeem.json"), 0);
	assert_int_equal(pvf_task(f, "redeem/7/21")->state, TASK_QUEUED);
	assert_int_equal(pvf_task(f, "redeem/7/22")->state, TASK_DONE);
	assert_int_equal(pvf_task(f, "redeem/7/22")->updated, 4);
}

static void
test_ids(void **state)
{
	static const char *const bad[] = { "", "7", "7/", "/7", "x/7", "7/x",
	    "redeem/7", "Redeem/7/8", "7/8/9", "7/8\n", "-7/8",
	    "12345678901234567890/1" };
	struct pvf *f = *state;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(pvf_ask(f, PV_STATUS, bad[i], NULL), -1);
		pvf_failed(f, "reference", "SERIES/JOB");
	}
	assert_true(f->prov->together("7/8", "7/9"));
	assert_false(f->prov->together("7/8", "77/8"));
	assert_false(f->prov->together("7/8", "redeem/7/8"));
}

static void
test_login(void **state)
{
	struct pvf *f = *state;
	char value[256];

	assert_int_equal(pvf_ask(f, PV_LOGIN), 0);
	assert_string_equal(f->step.request.method, "POST");
	assert_string_equal(f->step.request.url.data,
	    "https://host.example/base/v3/oauth/token/generate");
	assert_string_equal(pvf_header(f, "Content-Type", value),
	    "application/json");
	assert_string_equal(pvf_header(f, "X-CAP-API-OAUTH-TOKEN", value), "");
	assert_string_equal(f->step.request.body.data,
	    "{\"key\":\"API_KEY\",\"secret\":\"API_SECRET\"}");
	assert_int_equal(pvf_text(f, 200, "{\"data\":{\"accessToken\":"
	    "\"eyJ.a-b_c\",\"ttlSeconds\":300},\"errors\":null}"), 0);
	assert_int_equal(f->step.what, PV_DONE);
	assert_string_equal(secret_bytes(f->step.result.token), "eyJ.a-b_c");
	assert_int_equal(f->step.result.token_life_ms, 300000);
	/* Not in a header as it stands. */
	assert_int_equal(pvf_ask(f, PV_LOGIN), 0);
	assert_int_equal(pvf_text(f, 200, "{\"data\":{\"accessToken\":"
	    "\"a\\nb\",\"ttlSeconds\":300}}"), -1);
	pvf_failed(f, "protocol", "no token that can be used");
	assert_int_equal(pvf_ask(f, PV_LOGIN), 0);
	assert_int_equal(pvf_text(f, 200, "{\"data\":null,\"errors\":[{"
	    "\"code\":320001,\"message\":\"Invalid client key and secret\"}]"
	    "}"), -1);
	pvf_failed(f, "capillary-320001", "Invalid client key and secret");
	assert_false(f->step.expired);
	assert_true(err_is(&f->err, ERR_WRONG_LOGIN));
	/* Where no token is at work, none is to be fetched again. */
	assert_int_equal(pvf_ask(f, PV_LOGIN), 0);
	assert_int_equal(pvf_text(f, 401, "{\"errors\":[{\"code\":401,"
	    "\"message\":\"who?\"}]}"), -1);
	pvf_failed(f, "login", "refused the login: 401 \"who?\"");
	assert_false(f->step.expired);
}

static void
test_ways_to_sign(void **state)
{
	struct pvf *f = *state;
	char value[256];

	pvf_set(f, "auth", "bearer");
	assert_int_equal(pvf_ask(f, PV_STATUS, "7/8", NULL), 0);
	assert_string_equal(pvf_header(f, "Authorization", value),
	    "Bearer t0k3n");
	assert_string_equal(pvf_header(f, "X-CAP-API-OAUTH-TOKEN", value), "");
	pvf_set(f, "auth", "basic");
	assert_int_equal(pvf_ask(f, PV_LOGIN), 0);
	assert_int_equal(f->step.what, PV_DONE);
	assert_string_equal(secret_bytes(f->step.result.token),
	    "QVBJX0tFWTpBUElfU0VDUkVU");
	assert_int_equal(pvf_ask(f, PV_STATUS, "7/8", NULL), 0);
	assert_string_equal(pvf_header(f, "Authorization", value),
	    "Basic t0k3n");
	assert_int_equal(pvf_text(f, 401, ""), -1);
	pvf_failed(f, "login", "refused the login");
	assert_false(f->step.expired);
	pvf_set(f, "auth", "magic");
	assert_int_equal(pvf_ask(f, PV_STATUS, "7/8", NULL), -1);
	pvf_failed(f, "config", "oauth, bearer or basic");
}

static void
test_refusals(void **state)
{
	static const struct {
		long		 status;
		const char	*body, *word, *said;
		bool		 expired;
	} rows[] = {
		{ 200, "{\"response\":{\"status\":{\"success\":\"true\","
		    "\"code\":\"498\",\"message\":\"Token expired at 5\"}}}",
		    "login", "Token expired at 5", true },
		{ 401, "{\"response\":{\"status\":{\"success\":false,"
		    "\"code\":401,\"message\":\"bad t0k3n\"}}}", "login",
		    "bad *****", true },
		{ 498, "", "login", "498", true },
		{ 401, "{}", "login", "401", true },
		{ 403, "{\"errorCode\":4000,\"message\":\"no access\"}",
		    "capillary-4000", "no access", false },
		{ 403, "no", "denied", "403", false },
		{ 503, "{\"errorCode\":4001,\"message\":\"later\"}",
		    "unavailable", "later", false },
		{ 429, "{}", "unavailable", "429", false },
		{ 500, "<html></html>", "unavailable", "500", false },
		{ 400, "{}", "protocol", "400", false },
		{ 404, "<!DOCTYPE html><html></html>", "protocol", "404",
		    false },
		{ 302, "", "protocol", "redirect", false },
		{ 200, "{\"success\":false,\"status\":777,\"message\":\"eh\"}",
		    "refused", "777 \"eh\"", false },
		{ 200, "<!DOCTYPE html>\n<html>login</html>\n", "protocol",
		    "web page", false },
		{ 200, "", "protocol", "the answer of Capillary", false },
		{ 200, "[]", "protocol", "no object", false },
		{ 200, "{}", "protocol", "no list of jobs", false },
		{ 200, "{\"result\":{\"uploadJobStatuses\":7}}", "protocol",
		    "no list of jobs", false },
		{ 200, "{\"result\":{},\"result\":{}}", "protocol",
		    "the answer of Capillary", false },
	};
	struct pvf *f = *state;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(pvf_ask(f, PV_STATUS, "7/8", NULL), 0);
		assert_int_equal(pvf_text(f, rows[i].status, rows[i].body),
		    -1);
		pvf_failed(f, rows[i].word, rows[i].said);
		assert_int_equal(f->step.expired, rows[i].expired);
		assert_true(f->step.certain);
	}
	/* A series that has no jobs, in both spellings. */
	assert_int_equal(pvf_ask(f, PV_STATUS, "7/8", NULL), 0);
	assert_int_equal(pvf_text(f, 200, "{\"success\":true,\"result\":{"
	    "\"uploadJobStatuses\":null}}"), 0);
	assert_int_equal(f->step.result.ntasks, 0);
	assert_int_equal(pvf_ask(f, PV_STATUS, "7/8", NULL), 0);
	assert_int_equal(pvf_text(f, 200, "{\"success\":\"true\",\"result\":{"
	    "\"uploadJobStatuses\":[]}}"), 0);
	assert_int_equal(f->step.result.ntasks, 0);
}

/* Cut off at each byte: never a task, never a wrong word. */
static void
test_truncated(void **state)
{
	struct pvf *f = *state;
	size_t i, n;
	char *p = pvf_golden(f, "several.json", &n);

	while (n > 0 && p[n - 1] == '\n')
		n--;
	for (i = 0; i < n; i++) {
		assert_int_equal(pvf_ask(f, PV_STATUS, "7/11", NULL), 0);
		assert_int_equal(pvf_bytes(f, 200, p, i), -1);
		pvf_failed(f, "protocol", "Capillary");
	}
	free(p);
}

#define TEST(t)	cmocka_unit_test_setup_teardown(t, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_vendors_example),
		TEST(test_several),
		TEST(test_redeem),
		TEST(test_ids),
		TEST(test_login),
		TEST(test_ways_to_sign),
		TEST(test_refusals),
		TEST(test_truncated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
