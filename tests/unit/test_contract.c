/*
 * What holds for the machine of every platform, whatever it is answered: a step
 * is an answer or an error with a reason, half an answer is none, a question
 * changes nothing, and no secret is told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "provider_fixture.h"

#define STEPS_MAX	300	/* of one ask that is always told the same */

/* Of each platform the id of a task; one that is missing fails the tests. */
static const struct {
	const char	*type, *task;
} tasks[] = {
	{ "mapp", "92794" },
	{ "capillary", "57/8291" },
	{ "uniware", "F1/J-77" },
	{ "placewise", "mall/import-1" },
	{ "which50", "1/1" },
};

static const enum pv_verb verbs[] = { PV_LOGIN, PV_BANKS, PV_LOOKUP,
	PV_SUBMIT_FILE, PV_SUBMIT_ROWS, PV_STATUS, PV_FIND };

#define NVERBS	(sizeof(verbs) / sizeof(verbs[0]))

/* An account with all that can be asked about. */
struct room {
	struct pvf	 f;
	struct secret	*password;
	struct pv_pull	 pull;
	struct pv_row	 row;
	const char	*task;
};

static bool
submits(enum pv_verb verb)
{
	return verb == PV_SUBMIT_FILE || verb == PV_SUBMIT_ROWS;
}

static void
room_open(struct room *r, const struct provider *p)
{
	struct pvf *f = &r->f;
	size_t i;

	pvf_open(f, p->type);
	for (i = 0; p->settings[i].key != NULL; i++) {
		if (p->settings[i].needed && !p->settings[i].secret)
			pvf_set(f, p->settings[i].key, "x");
	}
	r->task = NULL;
	for (i = 0; i < sizeof(tasks) / sizeof(tasks[0]); i++) {
		if (strcmp(tasks[i].type, p->type) == 0)
			r->task = tasks[i].task;
	}
	if (r->task == NULL)
		fail_msg("tasks lacks %s", p->type);
	r->password = secret_new("PULL_PASSWORD", 13, &f->err);
	assert_non_null(r->password);
	r->pull = (struct pv_pull){ .scheme = "sftp",
	    .host = "files.example", .port = 22, .default_port = true,
	    .path = "/in/a.zip", .user = "mapp", .password = r->password,
	    .compression = PACK_ZIP };
	r->row = (struct pv_row){ .code = "A1", .len = 2, .redeemed = 1,
	    .date = { 2026, 11, 20 } };
	f->ask.bank = "600";
	f->ask.pull = &r->pull;
	f->ask.redeemed = 1;
	f->ask.date = f->ask.from = f->ask.to = r->row.date;
	f->ask.rows = &r->row;
	f->ask.nrows = 1;
}

static void
room_close(struct room *r)
{
	secret_free(r->password);
	pvf_close(&r->f);
}

static int
begin(struct room *r, enum pv_verb verb)
{
	return pvf_ask(&r->f, verb, r->task, NULL);
}

static void
tells_no_secret(const struct room *r, const char *text)
{
	size_t i;

	if (text == NULL)
		return;
	for (i = 0; i < PV_SETTINGS_MAX; i++)
		assert_true(r->f.secrets[i] == NULL || strstr(text,
		    secret_bytes(r->f.secrets[i])) == NULL);
	assert_null(strstr(text, secret_bytes(r->f.token)));
	if (r->f.ask.verb == PV_SUBMIT_FILE)
		assert_null(strstr(text, secret_bytes(r->password)));
}

/* What holds after each step, whose return value is given. */
static void
holds(struct room *r, int rc)
{
	const struct pv_step *s = &r->f.step;
	size_t i;

	assert_int_equal(rc == -1, s->what == PV_FAILED);
	assert_true(r->f.state.len <= PV_STATE_MAX);
	if (rc == -1) {
		assert_int_not_equal(r->f.err.code, ERR_NONE);
		assert_true(strlen(r->f.err.msg) > 10);
		tells_no_secret(r, r->f.err.msg);
		assert_true(s->certain || submits(r->f.ask.verb));
		assert_int_equal(s->result.ntasks, 0);
		assert_null(s->result.token);
		return;
	}
	if (s->what == PV_REQUEST) {
		assert_non_null(s->request.method);
		assert_int_equal(strncmp(s->request.url.data, r->f.account.url,
		    strlen(r->f.account.url)), 0);
		assert_true(!s->request.submits || submits(r->f.ask.verb));
		return;
	}
	tells_no_secret(r, s->result.text);
	for (i = 0; i < s->result.ntasks; i++) {
		tells_no_secret(r, s->result.tasks[i].text);
		tells_no_secret(r, s->result.tasks[i].word);
		tells_no_secret(r, s->result.tasks[i].when);
		tells_no_secret(r, s->result.tasks[i].error_file);
	}
	for (i = 0; i < s->result.nbanks; i++)
		tells_no_secret(r, s->result.banks[i].name);
}

/* Ask, and answer each request with the same; what the last step returned. */
static int
answered(struct room *r, enum pv_verb verb, long status, const char *p,
    size_t n)
{
	int i, rc = begin(r, verb);

	assert_int_equal(rc, 0);
	assert_int_equal(r->f.step.what, PV_REQUEST);
	for (i = 0; rc == 0 && r->f.step.what == PV_REQUEST; i++) {
		assert_true(i < STEPS_MAX);
		holds(r, rc);
		rc = pvf_bytes(&r->f, status, p, n);
	}
	holds(r, rc);
	return rc;
}

/* Call f for each verb of each platform. */
static void
for_all(void (*f)(struct room *, enum pv_verb))
{
	const struct provider *p;
	struct room r;
	size_t i, v;

	for (i = 0; (p = provider_at(i)) != NULL; i++) {
		room_open(&r, p);
		for (v = 0; v < NVERBS; v++) {
			if (provider_can(p, verbs[v]))
				f(&r, verbs[v]);
		}
		room_close(&r);
	}
}

/* A submission says so, since it is sent at most once; nothing else does. */
static void
begins(struct room *r, enum pv_verb verb)
{
	assert_int_equal(begin(r, verb), 0);
	holds(r, 0);
	assert_int_equal(r->f.step.what, PV_REQUEST);
	assert_int_equal(r->f.step.request.submits, submits(verb));
}

static void
test_begin(void **state)
{
	(void)state;
	for_all(begins);
}

/* Nothing is known of a task, a code or a token from an error status. */
static void
error_statuses(struct room *r, enum pv_verb verb)
{
	static const long statuses[] = { -1, 0, 100, 199, 300, 301, 303, 307,
		399, 400, 401, 403, 404, 408, 413, 421, 429, 451, 498, 499, 500,
		502, 503, 504, 599, 600, 999 };
	static const char *const bodies[] = { "", "{}", "[]", "null", "<a/>",
		"\1\377\376{", "{\"message\":\"API_KEY TOKEN PASSWORD "
		"AUTH_VALUE t0k3n PULL_PASSWORD SHARED_SECRET API_SECRET\","
		"\"Message\":\"AUTH_VALUE\",\"error\":\"TOKEN\"}",
		"<!DOCTYPE html><html>API_KEY TOKEN t0k3n</html>" };
	size_t i, k;
	long status;

	for (i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		for (k = 0; k < sizeof(bodies) / sizeof(bodies[0]); k++) {
			status = statuses[i];
			if (answered(r, verb, status, bodies[k],
			    strlen(bodies[k])) == 0) {
				/* Not known: the task, which may not show. */
				assert_int_equal(status, 404);
				assert_int_equal(verb, PV_STATUS);
				assert_int_equal(r->f.step.result.ntasks, 0);
			} else if (status >= 400 && status <= 499) {
				assert_true(r->f.step.certain);
			} else if (submits(verb) && (status < 300 ||
			    status > 399 || status == 303)) {
				assert_false(r->f.step.certain);
			}
		}
	}
}

static void
test_error_statuses(void **state)
{
	(void)state;
	for_all(error_statuses);
}

/* What is no answer at all comes to nothing, not to an empty answer. */
static void
no_answers(struct room *r, enum pv_verb verb)
{
	static const struct {
		const char	*p;
		size_t		 n;
	} rows[] = {
		{ "", 0 }, { " \r\n", 3 }, { "\0\0\0", 3 },
		{ "\357\273\277", 3 }, { "ok", 2 },
		{ "null", 4 }, { "[]", 2 }, { "7", 1 },
		{ "{}", 2 }, { "{\"a\":1,\"a\":2}", 13 }, { "<", 1 },
		{ "<a>", 3 }, { "<a/>", 4 }, { "<?xml version=\"1.0\"?>", 21 },
		{ "\377\376<\0a\0", 6 }, { "{\"status\":\"\\u0000\"}", 19 },
		{ "<!DOCTYPE html><html>PASSWORD TOKEN</html>", 42 },
		{ "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", 40 },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (answered(r, verb, 200, rows[i].p, rows[i].n) != -1)
			fail_msg("%s takes \"%s\" for verb %d",
			    r->f.prov->type, rows[i].p, (int)verb);
		assert_false(r->f.step.expired);
	}
}

static void
test_no_answers(void **state)
{
	(void)state;
	for_all(no_answers);
}

/* Nested as deep as nobody would. */
static void
deep_answers(struct room *r, enum pv_verb verb)
{
	enum { DEEP = 60000 };
	static const struct {
		const char	*unit;
	} rows[] = { { "[" }, { "{\"a\":" }, { "<a>" } };
	char *p = malloc(8 * DEEP);
	size_t i, k, n;

	assert_non_null(p);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		n = strlen(rows[i].unit);
		for (k = 0; k < DEEP; k++)
			memcpy(p + k * n, rows[i].unit, n);
		assert_int_equal(answered(r, verb, 200, p, DEEP * n), -1);
	}
	free(p);
}

static void
test_deep_answers(void **state)
{
	(void)state;
	for_all(deep_answers);
}

/* One recorded answer, cut behind each of its bytes. */
static void
cut(struct room *r, enum pv_verb verb, const char *name)
{
	size_t k, n;
	char *p = pvf_golden(&r->f, name, &n);

	answered(r, verb, 200, p, n);
	while (n > 0 && strchr(" \r\n", p[n - 1]) != NULL)
		n--;
	for (k = 0; k < n; k++) {
		if (answered(r, verb, 200, p, k) == -1)
			continue;
		fail_msg("%s takes %zu bytes of %s for verb %d",
		    r->f.prov->type, k, name, (int)verb);
	}
	free(p);
}

/* One recorded answer that repeats the secrets, at each of its bytes. */
static void
echo(struct room *r, enum pv_verb verb, const char *name)
{
	char words[300], *p, *body;
	size_t i, k, n, len = 0;

	for (i = 0; i < PV_SETTINGS_MAX; i++) {
		if (r->f.secrets[i] != NULL)
			len += (size_t)snprintf(words + len, sizeof(words) -
			    len, "%s ", secret_bytes(r->f.secrets[i]));
	}
	len += (size_t)snprintf(words + len, sizeof(words) - len, "%s ",
	    secret_bytes(r->f.token));
	p = pvf_golden(&r->f, name, &n);
	body = malloc(n + len);
	assert_non_null(body);
	for (k = 0; k <= n; k++) {
		memcpy(body, p, k);
		memcpy(body + k, words, len);
		memcpy(body + k + len, p + k, n - k);
		answered(r, verb, 200, body, n + len);
	}
	free(body);
	free(p);
}

static void
recorded(struct room *r, enum pv_verb verb,
    void (*f)(struct room *, enum pv_verb, const char *))
{
	const char *src = getenv("srcdir");
	const struct dirent *d;
	char path[4096];
	int n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/tests/golden/provider/%s",
	    src == NULL ? "." : src, r->f.prov->type);
	dir = opendir(path);
	if (dir == NULL)
		fail_msg("%s: no recorded answers", path);
	while ((d = readdir(dir)) != NULL) {
		if (d->d_name[0] == '.')
			continue;
		f(r, verb, d->d_name);
		n++;
	}
	closedir(dir);
	assert_true(n > 0);
}

static void
cut_answers(struct room *r, enum pv_verb verb)
{
	recorded(r, verb, cut);
}

static void
echoes(struct room *r, enum pv_verb verb)
{
	recorded(r, verb, echo);
}

static void
test_cut_answers(void **state)
{
	(void)state;
	for_all(cut_answers);
}

static void
test_echoes(void **state)
{
	(void)state;
	for_all(echoes);
}

/*
 * Answers to nothing, a pause that nobody wanted, and what another program has
 * stored: no such step tells of a task, and none of a submission is certain.
 */
static void
wrong_states(struct room *r, enum pv_verb verb)
{
	static const size_t lens[] = { 0, 1, 2, 700, PV_STATE_MAX };
	const struct pv_event wrong = { .kind = PV_TIMER, .fd = -1,
	    .retry_after_ms = -1 };
	struct pvf *f = &r->f;
	size_t i;
	int rc;

	for (i = 0; i < 2 * sizeof(lens) / sizeof(lens[0]); i++) {
		assert_int_equal(begin(r, verb), 0);
		f->state.len = lens[i / 2];
		memset(f->state.data, 0xee, sizeof(f->state.data));
		pv_step_release(&f->step);
		err_clear(&f->err);
		rc = i % 2 == 0 ? pvf_text(f, 200, "{}") :
		    provider_next(f->prov, &f->ask, &f->state, &wrong,
		    &f->step, &f->err);
		holds(r, rc);
		assert_int_not_equal(f->step.what, PV_DONE);
		assert_false(submits(verb) && rc == -1 && f->step.certain);
		assert_false(submits(verb) && rc == 0);
	}
}

static void
test_wrong_states(void **state)
{
	(void)state;
	for_all(wrong_states);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_begin),
		cmocka_unit_test(test_error_statuses),
		cmocka_unit_test(test_no_answers),
		cmocka_unit_test(test_deep_answers),
		cmocka_unit_test(test_cut_answers),
		cmocka_unit_test(test_echoes),
		cmocka_unit_test(test_wrong_states),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
