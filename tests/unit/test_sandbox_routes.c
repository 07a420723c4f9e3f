/*
 * The platforms of the sandbox that speak JSON: the file of their jobs, the
 * table of their calls, and what each call is answered with.
 */
#include "test_sandbox_lib.h"

#include "../../src/format/jsonx.h"
#include "../../src/sandbox/form.h"
#include "../../src/sandbox/jobs.h"
#include "../../src/sandbox/sb_routes.h"
#include "../../src/sandbox/tokens.h"
#include "fake_clock.h"

#define NOW_MS		INT64_C(1940621400123)
#define SERIES		"/capillary/coupon/api/v1/upload/getUploadStatus/5"
#define JOB(id, states)	"{\"platform\":\"capillary\",\"id\":\"" id "\"," \
	"\"states\":[" states "]}"

/* Start with these jobs, at a time that stands still. */
static struct sb *
with(void **state, const char *jobs)
{
	static struct fake_clock clock;
	struct sb *sb = *state;
	struct sandbox_opts o = { .clock = &clock.clock };
	char *path;

	fake_clock_init(&clock, NOW_MS);
	path = sb_write(sb, "jobs.json", jobs);
	o.jobs_file = path;
	sb_start(sb, &o);
	free(path);
	return sb;
}

/* The answer of the last call; the caller drops it. */
static json_t *
answer(struct sb *sb)
{
	json_t *o = jsonx_parse(sb->body.data, sb->body.len, &sb->e);

	if (o == NULL)
		fail_msg("%s: %s", sb->e.msg, sb->body.data);
	return o;
}

static void
test_bad_files(void **state)
{
	static const struct {
		const char	*text, *says;
	} cases[] = {
		{ "{}", "not a list" },
		{ "[1]", "job 1: \"platform\"" },
		{ "[{\"platform\":\"mapp\",\"id\":\"1/2\",\"states\":[]}]",
		    "\"platform\" must be" },
		{ "[" JOB("5/1", "") "]", "one at least" },
		{ "[" JOB("5", "{\"word\":\"A\"}") "]", "\"id\"" },
		{ "[" JOB("5/1", "{}") "]", "state 1: \"word\"" },
		{ "[" JOB("5/1", "1") "]", "not an object" },
		{ "[" JOB("5/1", "{\"word\":\"A\",\"poll\":1}") "]",
		    "\"poll\" is unknown" },
		{ "[" JOB("5/1", "{\"word\":\"A\",\"polls\":0}") "]",
		    "\"polls\" must be" },
		{ "[" JOB("5/1", "{\"word\":\"A\",\"rows\":\"1\"}") "]",
		    "\"rows\" must be" },
		{ "[" JOB("5/1", "{\"word\":\"A\",\"file\":1}") "]",
		    "\"file\" must be" },
		{ "[{\"platform\":\"capillary\",\"id\":\"5/1\",\"bulks\":[]}]",
		    "\"bulks\" is unknown" },
		{ "[{\"platform\":\"placewise\",\"id\":\"c/i\"}]",
		    "\"bulks\" must be a list" },
		{ "[{\"platform\":\"placewise\",\"id\":\"c/i\",\"bulks\":["
		    "[{\"word\":\"A\"}],[]]}]", "bulk 2: states must" },
	};
	struct sb *sb = *state;
	char *path;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		path = sb_write(sb, "jobs.json", cases[i].text);
		err_clear(&sb->e);
		assert_null(jobs_load(path, &sb->e));
		print_message("%s\n", sb->e.msg);
		assert_int_equal(sb->e.code, ERR_CONFIG);
		assert_non_null(strstr(sb->e.msg, cases[i].says));
		assert_non_null(strstr(sb->e.msg, path));
		free(path);
	}
}

/* Each call can be made to go wrong, and each help fits a terminal. */
static void
test_help(void **state)
{
	const char *help[] = { sandbox_faults_help(), sandbox_jobs_help() };
	const struct sb_route *r;
	const char *p, *end;
	size_t i;

	(void)state;
	for (i = 0; (r = sb_route_at(i)) != NULL; i++) {
		assert_non_null(strstr(help[0], r->name));
		assert_true(sb_route_known(r->name));
	}
	assert_false(sb_route_known("capillary.burn"));
	for (i = 0; i < 2; i++)
		for (p = help[i]; *p != '\0'; p = end + 1) {
			end = strchr(p, '\n');
			assert_non_null(end);
			assert_true(end - p <= 80);
		}
}

static void
test_tokens(void **state)
{
	struct sb *sb = *state;
	char a[TOKEN_LEN + 1], b[TOKEN_LEN + 1];
	struct fake_clock clock;
	struct tokens *t;

	fake_clock_init(&clock, NOW_MS);
	t = tokens_new(&clock.clock, &sb->e);
	assert_non_null(t);
	assert_int_equal(tokens_look(t, NULL), TOKEN_UNKNOWN);
	assert_int_equal(tokens_look(t, ""), TOKEN_UNKNOWN);
	assert_int_equal(tokens_give(t, 100, a, &sb->e), 0);
	assert_int_equal(tokens_look(t, a), TOKEN_GOOD);
	clock.mono += 99;
	assert_int_equal(tokens_look(t, a), TOKEN_GOOD);
	assert_int_equal(tokens_give(t, 100, b, &sb->e), 0);
	clock.mono += 1;
	assert_int_equal(tokens_look(t, a), TOKEN_EXPIRED);
	assert_int_equal(tokens_look(t, b), TOKEN_GOOD);
	tokens_expire(t);
	assert_int_equal(tokens_look(t, b), TOKEN_EXPIRED);
	assert_int_equal(tokens_look(t, "b"), TOKEN_UNKNOWN);
	tokens_free(t);
}

/* The header with a new token of Capillary, malloc'd. */
static char *
capillary_login(struct sb *sb)
{
	static const char keys[] = "{\"key\":\"K\",\"secret\":\"S\"}";
	json_t *o;
	char *header;

	assert_int_equal(sb_http(sb, "POST",
	    "/capillary/v3/oauth/token/generate", NULL, keys, strlen(keys)),
	    200);
	o = answer(sb);
	assert_int_equal(json_integer_value(json_object_get(
	    json_object_get(o, "data"), "ttlSeconds")), 300);
	assert_true(asprintf(&header, "x-cap-api-oauth-token: %s",
	    json_string_value(json_object_get(json_object_get(o, "data"),
	    "accessToken"))) != -1);
	json_decref(o);
	return header;
}

static void
test_capillary_login(void **state)
{
	static const char *const unknown[] = {
		"X-CAP-API-OAUTH-TOKEN: 123", NULL,
	};
	static const char *const basic[] = {
		"Authorization: Basic Szpz", NULL,	/* K:s */
	};
	static const char wrong[] = "{\"key\":\"K\",\"secret\":\"s\"}";
	struct sb *sb = with(state, "[]");

	assert_int_equal(sb_http(sb, "POST",
	    "/capillary/v3/oauth/token/generate", NULL, wrong, strlen(wrong)),
	    200);
	assert_non_null(strstr(sb->body.data, "320001"));
	assert_int_equal(sb_http(sb, "GET", SERIES, unknown, NULL, 0), 401);
	assert_int_equal(sb_http(sb, "GET", SERIES, basic, NULL, 0), 401);
	assert_int_equal(sb_http(sb, "GET", SERIES, NULL, NULL, 0), 401);
	assert_non_null(strstr(sb->body.data, "\"success\":\"true\""));
	assert_int_equal(sb_http(sb, "POST", SERIES, NULL, "", 0), 405);
	assert_int_equal(sb_http(sb, "GET", "/capillary/upload", NULL, NULL,
	    0), 404);
	assert_non_null(strstr(sb->body.data, "<html>"));
}

/* The n-th job of the list that was answered. */
static const json_t *
listed(const json_t *o, size_t n)
{
	return json_array_get(json_object_get(json_object_get(o, "result"),
	    "uploadJobStatuses"), n);
}

static const char *
text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text != NULL ? text : "";
}

/*
 * Jobs of other series are not shown, the order changes, times are seconds,
 * counters are there when they are told.
 */
static void
test_capillary_list(void **state)
{
	struct sb *sb = with(state, "[" JOB("5/1", "{\"word\":\"STARTED\","
	    "\"polls\":2},{\"word\":\"FINISHED\",\"rows\":2,\"bad\":2,"
	    "\"file\":\"e\"}") "," JOB("5/2", "{\"word\":null},"
	    "{\"word\":3}") "," JOB("51/3", "{\"word\":\"STARTED\"}") "]");
	const char *headers[] = { capillary_login(sb), NULL };
	json_t *o;

	assert_int_equal(sb_http(sb, "GET", SERIES, headers, NULL, 0), 200);
	o = answer(sb);
	assert_string_equal(text_of(listed(o, 0), "jobId"), "1");
	assert_string_equal(text_of(listed(o, 0), "uploadStatus"), "STARTED");
	assert_string_equal(text_of(listed(o, 0), "updatedOn"),
	    "1940621400000");
	assert_null(json_object_get(listed(o, 0), "errorCount"));
	assert_null(listed(o, 1));
	json_decref(o);
	assert_int_equal(sb_http(sb, "GET", SERIES, headers, NULL, 0), 200);
	o = answer(sb);
	assert_string_equal(text_of(listed(o, 0), "jobId"), "2");
	assert_int_equal(json_integer_value(json_object_get(listed(o, 0),
	    "uploadStatus")), 3);
	assert_string_equal(text_of(listed(o, 1), "uploadStatus"), "STARTED");
	json_decref(o);
	assert_int_equal(sb_http(sb, "GET", SERIES, headers, NULL, 0), 200);
	o = answer(sb);
	assert_string_equal(text_of(listed(o, 0), "uploadStatus"),
	    "FINISHED");
	assert_string_equal(text_of(listed(o, 0), "errorFileUrl"), "e");
	assert_int_equal(json_integer_value(json_object_get(listed(o, 0),
	    "errorCount")), 2);
	json_decref(o);
	free((char *)headers[0]);
}

static void
test_capillary_rate(void **state)
{
	struct sb *sb = with(state, "[]");
	const char *headers[] = { capillary_login(sb), NULL };
	int i;

	for (i = 0; i < 100; i++)
		assert_int_equal(sb_http(sb, "GET", SERIES, headers, NULL, 0),
		    200);
	assert_int_equal(sb_http(sb, "GET", SERIES, headers, NULL, 0), 429);
	assert_int_equal(sb->answer.retry_after_ms, -1);
	free((char *)headers[0]);
}

#define IMPORT	"/placewise/v3/mall/members/imports/may"

/* Each header that is needed, and what is told without it. */
static void
test_placewise_headers(void **state)
{
	static const struct {
		const char	*headers[5];
		long		 status;
	} cases[] = {
		{ { "X-User-Agent: a", "X-Product-Name: coupondrop",
		    "X-Loyalty-Club-Slug: mall" }, 401 },
		{ { "X-Client-Authorization: k", "X-User-Agent: a",
		    "X-Product-Name: coupondrop",
		    "X-Loyalty-Club-Slug: mall" }, 401 },
		{ { "X-Client-Authorization: K", "X-Product-Name: coupondrop",
		    "X-Loyalty-Club-Slug: mall" }, 470 },
		{ { "X-Client-Authorization: K", "X-User-Agent: a",
		    "X-Loyalty-Club-Slug: mall" }, 470 },
		{ { "X-Client-Authorization: K", "X-User-Agent: a",
		    "X-Product-Name: coupondrop" }, 470 },
		{ { "X-Client-Authorization: K", "X-User-Agent: a",
		    "X-Product-Name: other", "X-Loyalty-Club-Slug: mall" },
		    471 },
		{ { "X-Client-Authorization: K", "X-User-Agent: a",
		    "X-Product-Name: coupondrop",
		    "X-Loyalty-Club-Slug: Mall" }, 471 },
		{ { "X-Client-Authorization: K", "X-User-Agent: a",
		    "X-Product-Name: coupondrop",
		    "X-Loyalty-Club-Slug: mall" }, 404 },
	};
	struct sb *sb = with(state, "[]");
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(sb_http(sb, "GET", IMPORT, cases[i].headers,
		    NULL, 0), cases[i].status);
		assert_int_equal(sb_http(sb, "GET", IMPORT "/bulks/1001",
		    cases[i].headers, NULL, 0), cases[i].status);
		assert_non_null(strstr(sb->body.data, "\"error\":"));
	}
}

/*
 * The counter of the payload has its two spellings; a bulk is shown as its
 * import was, however often it is asked for.
 */
static void
test_placewise_bulks(void **state)
{
	static const char *const headers[] = {
		"X-Client-Authorization: K", "X-User-Agent: a",
		"X-Product-Name: coupondrop", "X-Loyalty-Club-Slug: mall",
		NULL,
	};
	struct sb *sb = with(state, "[{\"platform\":\"placewise\","
	    "\"id\":\"mall/may\",\"bulks\":["
	    "[{\"word\":\"failed\",\"rows\":4,\"retries\":2},"
	    "{\"word\":\"finished\",\"rows\":4,\"bad\":1}],"
	    "[{\"word\":\"finished\",\"rows\":3,\"bad\":0}]]}]");
	json_t *o;
	int i;

	assert_int_equal(sb_http(sb, "GET", IMPORT, headers, NULL, 0), 200);
	o = answer(sb);
	assert_int_equal(json_integer_value(json_object_get(o,
	    "members_in_payloads_number")), 7);
	assert_int_equal(json_integer_value(json_object_get(o,
	    "members_created_number")), 2);
	assert_int_equal(json_integer_value(json_object_get(o,
	    "members_updated_number")), 1);
	assert_int_equal(json_array_size(json_object_get(o, "bulks")), 2);
	json_decref(o);
	for (i = 0; i < 3; i++) {
		assert_int_equal(sb_http(sb, "GET", IMPORT "/bulks/1001",
		    headers, NULL, 0), 200);
		o = answer(sb);
		assert_string_equal(text_of(o, "status"), "failed");
		assert_int_equal(json_integer_value(json_object_get(o,
		    "retries")), 2);
		assert_int_equal(json_integer_value(json_object_get(o,
		    "members_in_payload_number")), 4);
		json_decref(o);
	}
	assert_int_equal(sb_http(sb, "GET", IMPORT "/bulks/1003", headers,
	    NULL, 0), 404);
	assert_int_equal(sb_http(sb, "GET", IMPORT "/bulks/x", headers, NULL,
	    0), 404);
}

#define LOGIN	"/uniware/oauth/token?grant_type=password&" \
		"client_id=my-trusted-client&username=sandbox&password="
#define EXPORT	"/uniware/services/rest/v1/export/job/status"

static void
test_form(void **state)
{
	static const char text[] = "ab=1&a=%41+%zz&b=&c=2";
	struct sb *sb = *state;
	struct buf b;

	buf_init(&b, 100);
	assert_int_equal(form_field(text, strlen(text), "a", &b, &sb->e), 1);
	assert_string_equal(b.data, "A %zz");
	assert_int_equal(form_field(text, strlen(text), "b", &b, &sb->e), 0);
	assert_int_equal(form_field(text, strlen(text), "d", &b, &sb->e), 0);
	buf_clear(&b);
	assert_int_equal(form_field(text, strlen(text), "c", &b, &sb->e), 1);
	assert_string_equal(b.data, "2");
	buf_release(&b);
}

/* Who has no token, a wrong one, no facility, a foreign one, no such job. */
static void
test_uniware_refusals(void **state)
{
	static const char job[] = "{\"jobCode\":\"J1\"}";
	struct sb *sb = with(state, "[{\"platform\":\"uniware\","
	    "\"id\":\"NORTH/J1\",\"states\":[{\"word\":\"COMPLETE\"},"
	    "{\"word\":\"COMPLETE\",\"file\":\"/r\"}]}]");
	const char *headers[3] = { NULL };
	char *bearer;
	json_t *o;

	assert_int_equal(sb_http(sb, "GET", LOGIN "s", NULL, NULL, 0), 400);
	assert_non_null(strstr(sb->body.data, "\"invalid_grant\""));
	assert_int_equal(sb_http(sb, "GET", LOGIN "%53", NULL, NULL, 0), 200);
	o = answer(sb);
	assert_int_equal(json_integer_value(json_object_get(o,
	    "expires_in")), 41621);
	assert_true(asprintf(&bearer, "Authorization: bearer %s",
	    text_of(o, "access_token")) != -1);
	json_decref(o);
	assert_int_equal(sb_http(sb, "POST", EXPORT, headers, job,
	    strlen(job)), 200);
	assert_non_null(strstr(sb->body.data, "<html>"));
	headers[0] = "Authorization: bearer 1";
	headers[1] = "Facility: NORTH";
	assert_int_equal(sb_http(sb, "POST", EXPORT, headers, job,
	    strlen(job)), 401);
	headers[0] = bearer;
	assert_int_equal(sb_http(sb, "POST", EXPORT, headers, "{}", 2), 200);
	o = answer(sb);
	assert_true(json_is_false(json_object_get(o, "successful")));
	assert_true(json_is_null(json_object_get(o, "warnings")));
	json_decref(o);
	assert_int_equal(sb_http(sb, "POST", EXPORT, headers, job,
	    strlen(job)), 200);
	o = answer(sb);
	assert_string_equal(text_of(o, "status"), "COMPLETE");
	assert_true(json_is_null(json_object_get(o, "filePath")));
	assert_true(json_is_null(json_object_get(o, "errors")));
	json_decref(o);
	headers[1] = "Facility: NORT";
	assert_int_equal(sb_http(sb, "POST", EXPORT, headers, job,
	    strlen(job)), 403);
	headers[1] = NULL;
	assert_int_equal(sb_http(sb, "POST", EXPORT, headers, job,
	    strlen(job)), 403);
	assert_non_null(strstr(sb->body.data,
	    "Illegal Access, facility is required"));
	free(bearer);
}

#define LIST_IMPORT	"/which50/contactLists/12/import/3456"

/* The same import as JSON and as XML, by what is accepted. */
static void
test_which50(void **state)
{
	struct sb *sb = with(state, "[{\"platform\":\"which50\","
	    "\"id\":\"12/3456\",\"states\":[{\"word\":\"<new>\"},"
	    "{\"word\":\"<end>\",\"percent\":100,\"rows\":3,"
	    "\"bad\":1}]}]");
	const char *headers[] = { "Authorization: K",
	    "Accept: application/json, application/xml;q=0.5", NULL };
	struct xml_node *x;
	json_t *o;

	assert_int_equal(sb_http(sb, "GET", LIST_IMPORT, NULL, NULL, 0), 401);
	assert_int_equal(sb_http(sb, "GET", LIST_IMPORT, headers, NULL, 0),
	    200);
	o = answer(sb);
	assert_string_equal(text_of(o, "CurrentStatus"), "<new>");
	assert_string_equal(text_of(o, "FinishDate"), "0001-01-01T00:00:00");
	assert_true(json_is_null(json_object_get(o, "TotalContacts")));
	json_decref(o);
	headers[1] = "Accept: text/xml";
	assert_int_equal(sb_http(sb, "GET", LIST_IMPORT, headers, NULL, 0),
	    200);
	x = xml_parse(sb->body.data, sb->body.len, &sb->e);
	assert_non_null(x);
	assert_string_equal(xml_text(x, "CurrentStatus"), "<end>");
	assert_string_equal(xml_text(x, "FinishDate"),
	    "2031-06-30T21:30:00.1230000+00:00");
	assert_string_equal(xml_text(x, "TotalContacts"), "2");
	assert_string_equal(xml_text(x, "InvalidEmailCount"), "1");
	xml_free(x);
	assert_int_equal(sb_http(sb, "GET", LIST_IMPORT "7", headers, NULL,
	    0), 404);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f)	cmocka_unit_test_setup_teardown(f, sb_setup, sb_teardown)
		T(test_bad_files), T(test_tokens), T(test_capillary_login),
		T(test_capillary_list), T(test_capillary_rate),
		T(test_form), T(test_which50), T(test_uniware_refusals),
		T(test_placewise_headers), T(test_placewise_bulks),
#undef T
		cmocka_unit_test(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
