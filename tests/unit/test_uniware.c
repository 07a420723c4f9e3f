/*
 * Uniware: the login, and what answers say of an export.
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
	pvf_open(f, "uniware");
	pvf_set(f, "username", "robot+1@shop.example");
	pvf_set(f, "facility", "F1");
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
test_login(void **state)
{
	struct pvf *f = *state;

	assert_int_equal(pvf_ask(f, PV_LOGIN), 0);
	assert_string_equal(f->step.request.method, "GET");
	assert_true(f->step.request.secret_query);
	assert_string_equal(f->step.request.url.data, "https://host.example/"
	    "base/oauth/token?grant_type=password&client_id=my-trusted-client"
	    "&username=robot%2B1%40shop.example&password=PASSWORD");
	assert_int_equal(pvf_text(f, 200, "{\"access_token\":\"b30f-79\","
	    "\"token_type\":\"bearer\",\"refresh_token\":\"x\","
	    "\"expires_in\":41621,\"scope\":\"read trust write\"}"), 0);
	assert_string_equal(secret_bytes(f->step.result.token), "b30f-79");
	assert_int_equal(f->step.result.token_life_ms, 41621000);
	assert_int_equal(pvf_ask(f, PV_LOGIN), 0);
	assert_int_equal(pvf_text(f, 400, "{\"error\":\"invalid_grant\","
	    "\"error_description\":\"PASSWORD is bad\"}"), -1);
	pvf_failed(f, "uniware-grant", "\"invalid_grant\"");
	assert_true(err_is(&f->err, ERR_WRONG_LOGIN));
	assert_int_equal(pvf_ask(f, PV_LOGIN), 0);
	assert_int_equal(pvf_text(f, 400, "{\"error\":\"server_error\"}"),
	    -1);
	pvf_failed(f, "unavailable", "server_error");
	assert_int_equal(pvf_ask(f, PV_LOGIN), 0);
	assert_int_equal(pvf_text(f, 200, "{\"access_token\":\"a b\"}"), -1);
	pvf_failed(f, "protocol", "no token");
	assert_int_equal(pvf_ask(f, PV_LOGIN), 0);
	assert_int_equal(pvf_text(f, 503, ""), -1);
	pvf_failed(f, "unavailable", "503");
}

static void
test_request(void **state)
{
	struct pvf *f = *state;
	char value[256];

	assert_int_equal(pvf_ask(f, PV_STATUS, "J-77", NULL), 0);
	assert_string_equal(f->step.request.method, "POST");
	assert_string_equal(f->step.request.url.data, "https://host.example/"
	    "base/services/rest/v1/export/job/status");
	assert_string_equal(f->step.request.body.data,
	    "{\"jobCode\":\"J-77\"}");
	assert_string_equal(pvf_header(f, "Authorization", value),
	    "bearer t0k3n");
	assert_string_equal(pvf_header(f, "Facility", value), "F1");
	assert_false(f->step.request.submits);
	assert_int_equal(pvf_ask(f, PV_STATUS, "F_2/J-77", NULL), 0);
	assert_string_equal(pvf_header(f, "Facility", value), "F_2");
	assert_string_equal(f->step.request.body.data,
	    "{\"jobCode\":\"J-77\"}");
	pvf_set(f, "facility", NULL);
	assert_int_equal(pvf_ask(f, PV_STATUS, "J-77", NULL), -1);
	pvf_failed(f, "uniware-facility", "no facility");
}

static void
test_ids(void **state)
{
	static const char *const bad[] = { "", "/", "F1/", "/J", "a/b/c",
	    "J 7", "J\"7", "J\n", "../J", "F1/.." };
	struct pvf *f = *state;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(pvf_ask(f, PV_STATUS, bad[i], NULL), -1);
		pvf_failed(f, "reference", "FACILITY/JOBCODE");
	}
}

/* The page's template: "string" is no address, so nothing is believed. */
static void
test_vendors_template(void **state)
{
	struct pvf *f = *state;
	size_t n;
	char *p = pvf_golden(f, "template.json", &n);

	assert_int_equal(pvf_ask(f, PV_STATUS, "J-77", NULL), 0);
	assert_int_equal(pvf_bytes(f, 200, p, n), -1);
	pvf_failed(f, "protocol", "\"string\" for the address");
	free(p);
}

static void
test_states(void **state)
{
	static const struct {
		const char	*body;
		enum task_state	 state;
		const char	*text;
	} rows[] = {
		{ "\"QUEUED\",\"filePath\":null", TASK_QUEUED, NULL },
		{ "\"PROCESSING\"", TASK_RUNNING, NULL },
		{ "\"COMPLETE\",\"filePath\":null", TASK_RUNNING, NULL },
		{ "\"SUCCESSFUL\",\"filePath\":\"\"", TASK_RUNNING, NULL },
		{ "\"COMPLETE\",\"filePath\":\"https://c.example/r.csv?sig=1"
		    "\"", TASK_DONE, "https://c.example/r.csv" },
		{ "\"SUCCESS\",\"filePath\":\"/files/r.csv\"", TASK_DONE,
		    "/files/r.csv" },
		{ "\"READY\",\"filePath\":\"/files/r.csv\"", TASK_DONE,
		    "/files/r.csv" },
		{ "\"FAILED\",\"filePath\":\"/files/r.csv\"", TASK_FAILED,
		    NULL },
		{ "\"CANCELED\"", TASK_FAILED, NULL },
		{ "\"EXPORT_ERROR\",\"filePath\":\"x\"", TASK_FAILED, NULL },
		{ "\"MELTING\"", TASK_UNKNOWN, NULL },
	};
	struct pvf *f = *state;
	const struct pv_task *t;
	char body[300];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(body, sizeof(body), "{\"successful\":true,"
		    "\"message\":null,\"errors\":null,\"warnings\":null,"
		    "\"status\":%s}", rows[i].body);
		assert_int_equal(pvf_ask(f, PV_STATUS, "F1/J-77", NULL), 0);
		assert_int_equal(pvf_text(f, 200, body), 0);
		t = pvf_task(f, "F1/J-77");
		assert_int_equal(t->state, rows[i].state);
		assert_true(t->uncounted);
		if (rows[i].text == NULL)
			assert_null(t->text);
		else
			assert_string_equal(t->text, rows[i].text);
	}
}

static void
test_refusals(void **state)
{
	static const struct {
		long		 status;
		const char	*body, *word, *said;
		bool		 expired;
	} rows[] = {
		{ 200, "{\"successful\":false,\"errors\":[{\"code\":10001,"
		    "\"fieldName\":null,\"description\":\"Invalid job J\","
		    "\"message\":\"INVALID_JOB\"}]}", "refused",
		    "10001 \"Invalid job J\"", false },
		{ 200, "{\"successful\":false,\"errors\":null,"
		    "\"message\":\"eh\"}", "refused", "no code \"eh\"",
		    false },
		{ 200, "{\"successful\":false,\"errors\":[{\"code\":200001,"
		    "\"message\":\"INVALID_FACILITY_CODE\"}]}",
		    "uniware-facility", "facility \"F1\"", false },
		{ 403, "{\"message\":\"Illegal Access, facility is required\"}",
		    "uniware-facility", "facility \"F1\"", false },
		{ 401, "", "login", "not taken any more", true },
		{ 500, "t0k3n", "unavailable", "500", false },
		{ 200, "<!DOCTYPE html><html>login</html>", "protocol",
		    "web page", false },
		{ 200, "", "protocol", "the answer of Uniware", false },
		{ 200, "{}", "protocol", "without the status", false },
		{ 200, "<soap:Fault/>", "protocol", "the answer of Uniware",
		    false },
	};
	struct pvf *f = *state;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(pvf_ask(f, PV_STATUS, "J-77", NULL), 0);
		assert_int_equal(pvf_text(f, rows[i].status, rows[i].body),
		    -1);
		pvf_failed(f, rows[i].word, rows[i].said);
		assert_int_equal(f->step.expired, rows[i].expired);
	}
}

#define TEST(t)	cmocka_unit_test_setup_teardown(t, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_login),
		TEST(test_request),
		TEST(test_ids),
		TEST(test_vendors_template),
		TEST(test_states),
		TEST(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
