/*
 * Placewise: what is asked for an import, and what its bulks make of it.
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

#define ID	"infinity-mall/coupons-2026-03"
#define BASE	"https://host.example/base/v3/infinity-mall/members/imports/" \
	"coupons-2026-03"

static int
setup(void **state)
{
	struct pvf *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	pvf_open(f, "placewise");
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

/* An import of 10 members with bulks of these words. */
static int
import(struct pvf *f, int updated, int bad, ...)
{
	char body[4000];
	size_t n = (size_t)snprintf(body, sizeof(body),
	    "{\"members_in_payload_number\":10,\"members_created_number\":0,"
	    "\"members_updated_number\":%d,"
	    "\"members_with_validation_errors_number\":%d,\"bulks\":[",
	    updated, bad);
	const char *word;
	va_list ap;
	int id = 1;

	va_start(ap, bad);
	for (; (word = va_arg(ap, const char *)) != NULL; id++)
		n += (size_t)snprintf(body + n, sizeof(body) - n,
		    "%s{\"id\":%d,\"status\":\"%s\"}", id > 1 ? "," : "", id,
		    word);
	va_end(ap);
	snprintf(body + n, sizeof(body) - n, "]}");
	return pvf_text(f, 200, body);
}

static int
bulk(struct pvf *f, const char *word, int retries)
{
	char body[200];

	snprintf(body, sizeof(body), "{\"id\":1,\"status\":\"%s\","
	    "\"retries\":%d,\"members_errors\":{}}", word, retries);
	return pvf_text(f, 200, body);
}

/* The vendor's example: four bulks in four states; it runs. */
static void
test_vendors_example(void **state)
{
	struct pvf *f = *state;
	const struct pv_task *t;
	char value[256], *p;
	size_t n;

	assert_int_equal(pvf_ask(f, PV_STATUS, ID, NULL), 0);
	assert_string_equal(f->step.request.url.data, BASE);
	assert_string_equal(f->step.request.method, "GET");
	assert_string_equal(pvf_header(f, "X-Client-Authorization", value),
	    "TOKEN");
	assert_string_equal(pvf_header(f, "X-Loyalty-Club-Slug", value),
	    "infinity-mall");
	assert_string_equal(pvf_header(f, "X-Product-Name", value),
	    "coupondrop");
	p = pvf_golden(f, "import.json", &n);
	assert_int_equal(pvf_bytes(f, 200, p, n), 0);
	free(p);
	t = pvf_task(f, ID);
	assert_int_equal(t->state, TASK_RUNNING);
	assert_string_equal(t->word, "working");
	assert_int_equal(t->total, 4000);
	assert_int_equal(t->updated, 3551);
	assert_int_equal(t->failed, 449);
	/* And the empty object of the page is no import. */
	assert_int_equal(pvf_ask(f, PV_STATUS, ID, NULL), 0);
	assert_int_equal(pvf_text(f, 200, "{}"), -1);
	pvf_failed(f, "protocol", "no list of bulks");
	pvf_set(f, "product_name", "till-7");
	assert_int_equal(pvf_ask(f, PV_STATUS, ID, NULL), 0);
	assert_string_equal(pvf_header(f, "X-Product-Name", value), "till-7");
}

static void
is(struct pvf *f, enum task_state state, const char *word)
{
	const struct pv_task *t = pvf_task(f, ID);

	assert_int_equal(t->state, state);
	assert_string_equal(t->word, word);
}

static void
test_running(void **state)
{
	struct pvf *f = *state;

	pvf_ask(f, PV_STATUS, ID, NULL);
	assert_int_equal(import(f, 0, 0, NULL), 0);
	is(f, TASK_QUEUED, "waiting");
	pvf_ask(f, PV_STATUS, ID, NULL);
	assert_int_equal(import(f, 0, 0, "waiting", "finished", NULL), 0);
	is(f, TASK_QUEUED, "waiting");
	pvf_ask(f, PV_STATUS, ID, NULL);
	assert_int_equal(import(f, 0, 0, "waiting", "waiting_for_retry",
	    "failed", NULL), 0);
	is(f, TASK_RUNNING, "waiting_for_retry");
	pvf_ask(f, PV_STATUS, ID, NULL);
	assert_int_equal(import(f, 0, 0, "waiting", "working", "melting",
	    NULL), 0);
	is(f, TASK_RUNNING, "working");
	pvf_ask(f, PV_STATUS, ID, NULL);
	assert_int_equal(import(f, 0, 0, "finished", "melting", NULL), 0);
	is(f, TASK_UNKNOWN, "melting");
}

static void
test_ended(void **state)
{
	struct pvf *f = *state;
	const struct pv_task *t;

	pvf_ask(f, PV_STATUS, ID, NULL);
	assert_int_equal(import(f, 9, 1, "finished", "finished", NULL), 0);
	is(f, TASK_DONE, "finished");
	t = pvf_task(f, ID);
	assert_int_equal(outcome_of(t->total, t->updated, t->failed),
	    OUTCOME_PARTIAL);
	pvf_ask(f, PV_STATUS, ID, NULL);
	assert_int_equal(pvf_text(f, 200, "{\"bulks\":[{\"id\":\"5\","
	    "\"status\":\"finished\"}]}"), 0);
	is(f, TASK_DONE, "finished");
	t = pvf_task(f, ID);
	assert_int_equal(outcome_of(t->total, t->updated, t->failed),
	    OUTCOME_UNCONFIRMED);
}

/* "failed" is an end only without retries left, which the bulk tells. */
static void
test_failed(void **state)
{
	struct pvf *f = *state;

	pvf_ask(f, PV_STATUS, ID, NULL);
	assert_int_equal(import(f, 5, 0, "failed", "finished", "failed",
	    NULL), 0);
	assert_int_equal(f->step.what, PV_REQUEST);
	assert_string_equal(f->step.request.url.data, BASE "/bulks/1");
	assert_int_equal(bulk(f, "failed", 5), 0);
	assert_string_equal(f->step.request.url.data, BASE "/bulks/3");
	assert_int_equal(bulk(f, "failed", 4), 0);
	is(f, TASK_RUNNING, "waiting_for_retry");

	pvf_ask(f, PV_STATUS, ID, NULL);
	assert_int_equal(import(f, 5, 0, "failed", "finished", NULL), 0);
	assert_int_equal(bulk(f, "working", 5), 0);
	is(f, TASK_RUNNING, "waiting_for_retry");

	pvf_ask(f, PV_STATUS, ID, NULL);
	assert_int_equal(import(f, 5, 0, "failed", "finished", NULL), 0);
	assert_int_equal(bulk(f, "failed", 5), 0);
	is(f, TASK_FAILED, "failed");
	assert_string_equal(pvf_task(f, ID)->text,
	    "1 of 2 bulks failed for good");
}

/* More failed bulks than are remembered at a time. */
static void
test_many_failed(void **state)
{
	struct pvf *f = *state;
	char body[8000], *end = body;
	int i, asked = 0, lists = 0;

	end += snprintf(end, 100, "{\"bulks\":[{\"id\":900,\"status\":"
	    "\"finished\"}");
	for (i = 1; i <= 150; i++)
		end += snprintf(end, 60, ",{\"id\":%d,\"status\":"
		    "\"failed\"}", i);
	snprintf(end, 3, "]}");
	pvf_ask(f, PV_STATUS, ID, NULL);
	while (f->step.what == PV_REQUEST) {
		if (strcmp(f->step.request.url.data, BASE) == 0) {
			lists++;
			assert_int_equal(pvf_text(f, 200, body), 0);
			continue;
		}
		assert_int_equal(strtol(strrchr(f->step.request.url.data,
		    '/') + 1, NULL, 10), ++asked);
		assert_int_equal(bulk(f, "failed", 5), 0);
	}
	assert_int_equal(asked, 150);
	assert_int_equal(lists, 3);
	is(f, TASK_FAILED, "failed");
	assert_string_equal(pvf_task(f, ID)->text,
	    "150 of 151 bulks failed for good");
}

static void
test_ids(void **state)
{
	static const char *const bad[] = { "", "mall", "mall/", "/x", "a/b/c",
	    "a/b c", "a/..", "a/b\n", "m?l/1", "a/b%2f" };
	struct pvf *f = *state;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(pvf_ask(f, PV_STATUS, bad[i], NULL), -1);
		pvf_failed(f, "reference", "CLUB/IMPORT");
	}
	assert_int_equal(pvf_ask(f, PV_STATUS, "a_b-C1/6f1c-4c.d_5", NULL), 0);
}

static void
test_refusals(void **state)
{
	static const struct {
		long		 status;
		const char	*body, *word, *said;
	} rows[] = {
		{ 401, "{\"error\":\"no\"}", "login", "401" },
		{ 402, "", "placewise-402", "402" },
		{ 403, "{\"error\":\"permit missing\"}", "placewise-403",
		    "\"permit missing\"" },
		{ 460, "", "placewise-460", "460" },
		{ 470, "{\"error\":\"header\"}", "placewise-470", "header" },
		{ 471, "<html></html>", "placewise-471", "471" },
		{ 444, "", "protocol", "444" },
		{ 429, "", "unavailable", "429" },
		{ 503, "", "unavailable", "503" },
		{ 404, "<html>\n</html>", "protocol", "404" },
		{ 200, "<html>\n</html>", "protocol", "web page" },
		{ 200, "{\"bulks\":[7]}", "protocol", "without a status" },
		{ 200, "{\"bulks\":[{\"id\":1}]}", "protocol", "status" },
		{ 200, "{\"bulks\":null}", "protocol", "no list" },
	};
	struct pvf *f = *state;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(pvf_ask(f, PV_STATUS, ID, NULL), 0);
		assert_int_equal(pvf_text(f, rows[i].status, rows[i].body),
		    -1);
		pvf_failed(f, rows[i].word, rows[i].said);
		assert_true(f->step.certain);
	}
	/* Not there, or not yet: no task is told, and none is made up. */
	assert_int_equal(pvf_ask(f, PV_STATUS, ID, NULL), 0);
	assert_int_equal(pvf_text(f, 404, "{\"error\":\"not found\"}"), 0);
	assert_int_equal(f->step.what, PV_DONE);
	assert_int_equal(f->step.result.ntasks, 0);
}

static void
test_truncated(void **state)
{
	struct pvf *f = *state;
	size_t i, n;
	char *p = pvf_golden(f, "import.json", &n);

	while (n > 0 && p[n - 1] == '\n')
		n--;
	for (i = 0; i < n; i++) {
		assert_int_equal(pvf_ask(f, PV_STATUS, ID, NULL), 0);
		assert_int_equal(pvf_bytes(f, 200, p, i), -1);
		pvf_failed(f, "protocol", "Placewise");
	}
	free(p);
}

#define TEST(t)	cmocka_unit_test_setup_teardown(t, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_vendors_example),
		TEST(test_running),
		TEST(test_ended),
		TEST(test_failed),
		TEST(test_many_failed),
		TEST(test_ids),
		TEST(test_refusals),
		TEST(test_truncated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
