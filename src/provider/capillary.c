/*
 * Capillary: the machine.
 *
 * A job is asked for by the list of its series, from which it is picked by its
 * number; the order of a list changes.  That a job is FINISHED says only that
 * it ran: what became of its rows is in the counters, which are optional.
 */
#include "capillary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/base64.h"
#include "../base/clock.h"
#include "../base/list.h"
#include "../base/str.h"
#include "http_fail.h"
#include "json_call.h"

#define REDEEM		"redeem/"
#define LOGIN_MAX	2048		/* bytes of key and secret */
#define TOKEN_MAX	8192		/* bytes; samples have about 1,000 */
#define ANSWER_MAX	(16u << 20)	/* bytes: lists of a series grow */
#define BASIC_LIFE_MS	(24 * 3600 * 1000)
#define DEFAULT_LIFE_MS	(300 * 1000)	/* the vendor's sample */

const struct pv_setting capillary_settings[] = {
	[CAPILLARY_KEY] = { "api_key", true, true, "Key of the API client.",
	    NULL, NULL },
	[CAPILLARY_SECRET] = { "api_secret", true, true,
	    "Secret of the API client.", NULL, NULL },
	[CAPILLARY_AUTH] = { "auth", false, false,
	    "How calls are signed: oauth (a token in X-CAP-API-OAUTH-TOKEN), "
	    "bearer (the same token in Authorization), or basic (oauth).",
	    "oauth bearer basic", NULL },
	{ .key = NULL },
};

/* COMMITED is how the service itself spells it; 3 and 4 are its numbers. */
const struct pv_word capillary_states[] = {
	{ "VALIDATED", TASK_RUNNING },
	{ "COMMITED", TASK_RUNNING },
	{ "COMMITTED", TASK_RUNNING },
	{ "3", TASK_DONE },
	{ "4", TASK_FAILED },
	{ .word = NULL },
};

const struct err_info capillary_errors[] = {
	{
		"capillary-320001", 77, RETRY_NEVER,
		"The platform did not accept the key and the secret of the "
		    "API client.",
		"Check the key and the secret of this provider.",
		ERR_MENDABLE | ERR_CREDENTIALS | ERR_WRONG_LOGIN,
	},
	{
		"capillary-4000", 77, RETRY_NEVER,
		"The API client is not permitted to use this resource.",
		"Have read access to coupons granted to the client's access "
		    "group.",
		ERR_MENDABLE | ERR_CREDENTIALS,
	},
	{ .word = NULL },
};

enum auth { AUTH_OAUTH, AUTH_BEARER, AUTH_BASIC };

static int
auth_kind(const struct pv_ask *ask, enum auth *kind, struct err *e)
{
	static const char *const words[] = { "oauth", "bearer", "basic" };
	const char *given = ask->account->values[CAPILLARY_AUTH].text;
	size_t i;

	*kind = AUTH_OAUTH;
	for (i = 0; given != NULL && i < sizeof(words) / sizeof(words[0]);
	    i++) {
		if (strcmp(given, words[i]) == 0) {
			*kind = (enum auth)i;
			return 0;
		}
	}
	return given == NULL ? 0 : err_set(e, ERR_CONFIG, "auth is \"%s\"; it "
	    "can be oauth, bearer or basic", given);
}

int
capillary_series_check(const char *text, struct err *e)
{
	size_t n = strspn(text, "0123456789");

	return n > 0 && n <= 19 && text[n] == '\0' ? 0 : err_set(e,
	    ERR_CONFIG, "\"%s\" cannot be the number of a series of coupons",
	    text);
}

/* The kind, the series and the job in an id; false when it is no such id. */
static bool
task_split(const char *id, bool *redeem, const char **series, size_t *len,
    const char **job)
{
	const char *slash;

	*redeem = strncmp(id, REDEEM, strlen(REDEEM)) == 0;
	*series = *redeem ? id + strlen(REDEEM) : id;
	*len = strspn(*series, "0123456789");
	slash = *series + *len;
	*job = *slash == '/' ? slash + 1 : slash;
	return *len > 0 && *len <= 19 && *slash == '/' && **job != '\0' &&
	    (*job)[strspn(*job, "0123456789")] == '\0' && strlen(*job) <= 19;
}

int
capillary_task_check(const char *id, struct err *e)
{
	const char *series, *job;
	size_t len;
	bool redeem;

	return task_split(id, &redeem, &series, &len, &job) ? 0 :
	    err_set(e, ERR_REF, "\"%s\" is no job of " CAPILLARY_TITLE ": it "
	    "is SERIES/JOB, such as 535521/220605, or redeem/SERIES/JOB", id);
}

bool
capillary_together(const char *a, const char *b)
{
	const char *series[2], *job;
	size_t len[2];
	bool redeem[2];

	return task_split(a, &redeem[0], &series[0], &len[0], &job) &&
	    task_split(b, &redeem[1], &series[1], &len[1], &job) &&
	    redeem[0] == redeem[1] && len[0] == len[1] &&
	    memcmp(series[0], series[1], len[0]) == 0;
}

/* "key:secret" in base64, which is all that a basic login is. */
static int
basic_token(const struct pv_ask *ask, struct pv_step *step, struct err *e)
{
	const struct pv_value *v = ask->account->values;
	char plain[LOGIN_MAX], coded[LOGIN_MAX / 3 * 4 + 8];
	size_t n = secret_len(v[CAPILLARY_KEY].secret) + 1 +
	    secret_len(v[CAPILLARY_SECRET].secret);

	if (n >= sizeof(plain))
		return err_set(e, ERR_SECRET, "api_key and api_secret have "
		    "more than %d bytes", LOGIN_MAX - 1);
	snprintf(plain, sizeof(plain), "%s:%s",
	    secret_bytes(v[CAPILLARY_KEY].secret),
	    secret_bytes(v[CAPILLARY_SECRET].secret));
	base64_encode(plain, n, coded);
	/* base64_encode leaves the padding to whom it is for. */
	memcpy(coded + strlen(coded), &"=="[2 - (3 - n % 3) % 3], 3 -
	    (2 - (3 - n % 3) % 3));
	step->result.token = secret_new(coded, strlen(coded), e);
	explicit_bzero(plain, sizeof(plain));
	explicit_bzero(coded, sizeof(coded));
	step->result.token_life_ms = BASIC_LIFE_MS;
	step->what = PV_DONE;
	return step->result.token == NULL ? -1 : 0;
}

static int
login_request(const struct pv_ask *ask, struct pv_step *step, struct err *e)
{
	const struct pv_value *v = ask->account->values;
	struct pv_request *rq = &step->request;

	rq->method = "POST";
	pv_header_add(rq, "Content-Type", "application/json", NULL);
	pv_header_add(rq, "Accept", "application/json", NULL);
	step->what = PV_REQUEST;
	return buf_addf(&rq->url, e, "%s/v3/oauth/token/generate",
	    ask->account->url) == -1 || buf_adds(&rq->body, "{", e) == -1 ||
	    pv_json_put(&rq->body, "key", v[CAPILLARY_KEY].secret, e) == -1 ||
	    buf_adds(&rq->body, ",", e) == -1 ||
	    pv_json_put(&rq->body, "secret", v[CAPILLARY_SECRET].secret,
	    e) == -1 || buf_adds(&rq->body, "}", e) == -1 ? -1 : 0;
}

/* The list of the series that the ask's tasks are of. */
static int
status_request(const struct pv_ask *ask, struct pv_step *step, struct err *e)
{
	struct pv_request *rq = &step->request;
	const struct secret *token = ask->account->token;
	const char *series, *job;
	enum auth kind;
	bool redeem;
	size_t len;

	if (ask->ntasks == 0)
		return err_set(e, ERR_INTERNAL, "no task to ask for");
	if (capillary_task_check(ask->tasks[0], e) == -1 ||
	    auth_kind(ask, &kind, e) == -1)
		return -1;
	task_split(ask->tasks[0], &redeem, &series, &len, &job);
	rq->method = "GET";
	rq->max_answer = ANSWER_MAX;
	if (kind == AUTH_OAUTH)
		pv_header_add(rq, "X-CAP-API-OAUTH-TOKEN", NULL, token);
	else
		pv_header_add(rq, "Authorization", kind == AUTH_BEARER ?
		    "Bearer " : "Basic ", token);
	pv_header_add(rq, "Accept", "application/json", NULL);
	step->what = PV_REQUEST;
	return buf_addf(&rq->url, e, "%s/coupon/api/v1/upload/%s/%.*s",
	    ask->account->url, redeem ? "getUploadRedeemedCouponStatus" :
	    "getUploadStatus", (int)len, series);
}

/*
 * Who we are is not believed, in words.  A token is fetched anew; a basic login
 * is what is configured.
 */
static const char *
refused_login(const struct pv_ask *ask, struct pv_step *step)
{
	struct err ignored;
	enum auth kind;

	err_clear(&ignored);
	step->expired = ask->verb != PV_LOGIN &&
	    auth_kind(ask, &kind, &ignored) == 0 && kind != AUTH_BASIC;
	return step->expired ? "does not take the token any more" :
	    "refused the login";
}

/* An error that the platform tells by a number of its own. */
static int
refuse(const struct pv_ask *ask, const char *code, const char *message,
    struct pv_step *step, struct err *e)
{
	const struct err_info *own = NULL;
	size_t i;

	if (strcmp(code, "498") == 0 || strcmp(code, "401") == 0)
		return err_set(e, ERR_LOGIN, CAPILLARY_TITLE " %s: %s \"%s\"",
		    refused_login(ask, step), code, message);
	if (strcmp(code, "4001") == 0)
		return err_set(e, ERR_UNAVAILABLE, CAPILLARY_TITLE " cannot "
		    "tell now what the client may do: %s \"%s\"", code,
		    message);
	if (strcmp(code, "403") == 0)
		own = &capillary_errors[1];
	for (i = 0; own == NULL && capillary_errors[i].word != NULL; i++)
		if (strcmp(capillary_errors[i].word + strlen("capillary-"),
		    code) == 0)
			own = &capillary_errors[i];
	err_set(e, ERR_REFUSED, CAPILLARY_TITLE " refused the call with %s "
	    "\"%s\"", code, message);
	return err_own(e, own);
}

/*
 * The platform has several forms of an error: {"errors":[{code,message}]},
 * {"response":{"status":{code,message}}} in which success may be "true", and
 * {"success":false,"status":..}.  0 when the answer is none.
 */
static int
told_error(const struct pv_ask *ask, const json_t *root, struct pv_step *step,
    struct err *e)
{
	const json_t *o = json_array_get(json_object_get(root, "errors"), 0);
	const json_t *success = json_object_get(root, "success");
	char code[24];
	const char *message;

	if (o == NULL)
		o = json_object_get(json_object_get(root, "response"),
		    "status");
	if (o == NULL && (json_is_false(success) ||
	    json_object_get(root, "errorCode") != NULL ||
	    (json_is_string(success) &&
	    str_ieq(json_string_value(success), "false"))))
		o = root;
	if (o == NULL)
		return 0;
	if (!pv_json_word(o, "code", code, sizeof(code)) &&
	    !pv_json_word(o, "errorCode", code, sizeof(code)))
		pv_json_word(o, "status", code, sizeof(code));
	message = pv_json_text(o, "message");
	if (strcmp(code, "200") == 0)
		return 0;
	return refuse(ask, code, message != NULL ? message : "", step, e);
}

static int
read_token(const json_t *root, struct pv_result *out, struct err *e)
{
	const json_t *data = json_object_get(root, "data");
	const char *token = pv_json_text(data, "accessToken");
	int64_t life = pv_json_count(data, "ttlSeconds");

	if (token == NULL || token[0] == '\0' || strlen(token) > TOKEN_MAX ||
	    token[strspn(token, "!#$%&'*+-./0123456789=ABCDEFGHIJKLMNOPQRSTUVW"
	    "XYZ^_`abcdefghijklmnopqrstuvwxyz|~")] != '\0')
		return err_set(e, ERR_PROTOCOL, CAPILLARY_TITLE " gave no "
		    "token that can be used");
	out->token = secret_new(token, strlen(token), e);
	out->token_life_ms = life > 0 && life < 1000000 ? life * 1000 :
	    DEFAULT_LIFE_MS;
	return out->token == NULL ? -1 : 0;
}

static int
read_job(const json_t *job, bool redeem, struct pv_task *t, struct err *e)
{
	const char *file = pv_json_text(job, "errorFileUrl");
	int64_t at = pv_json_count(job, "updatedOn");
	int64_t rows = pv_json_count(job, "actualRowCount");
	int64_t bad = pv_json_count(job, "errorCount");
	char word[sizeof(t->word)];

	pv_json_word(job, redeem ? "uploadRedeemedCouponStatus" :
	    "uploadStatus", word, sizeof(word));
	t->state = words_state(capillary_states, word);
	t->total = rows;
	t->failed = bad;
	/* Rows that were uploaded include the bad ones. */
	t->updated = rows >= 0 && bad >= 0 && bad <= rows ? rows - bad : -1;
	if (at >= 0)
		clock_iso(at, t->when);
	if (pv_short_text(t->word, sizeof(t->word), word, e) == -1)
		return -1;
	return file == NULL || file[0] == '\0' ? 0 :
	    str_set(&t->error_file, file, e);
}

/* Whether a job of the list was asked for; its id is then in out. */
static bool
job_asked(const struct pv_ask *ask, const char *number, char out[PV_ID_MAX])
{
	const char *series, *job;
	size_t i, len;
	bool redeem;

	for (i = 0; i < ask->ntasks; i++) {
		if (!capillary_together(ask->tasks[0], ask->tasks[i]))
			continue;
		task_split(ask->tasks[i], &redeem, &series, &len, &job);
		if (strcmp(job, number) == 0) {
			snprintf(out, PV_ID_MAX, "%s", ask->tasks[i]);
			return true;
		}
	}
	return false;
}

static int
read_jobs(const struct pv_ask *ask, const json_t *root, struct pv_result *out,
    struct err *e)
{
	const json_t *list, *job, *result = json_object_get(root, "result");
	const char *series, *unused;
	char number[24];
	size_t i, len, cap = 0;
	bool redeem;

	task_split(ask->tasks[0], &redeem, &series, &len, &unused);
	list = json_object_get(result, redeem ? "redeemUploadJobStatuses" :
	    "uploadJobStatuses");
	if (!json_is_object(result) || (list != NULL && !json_is_array(list) &&
	    !json_is_null(list)))
		return err_set(e, ERR_PROTOCOL, CAPILLARY_TITLE " answered "
		    "with no list of jobs");
	json_array_foreach(list, i, job) {
		struct pv_task *t;

		if (list_grow(&out->tasks, out->ntasks, &cap,
		    sizeof(*out->tasks), e) == -1)
			return -1;
		t = &out->tasks[out->ntasks];
		*t = (struct pv_task){ .total = -1 };
		if (!pv_json_word(job, "jobId", number, sizeof(number)) ||
		    !job_asked(ask, number, t->id))
			continue;
		out->ntasks++;
		if (read_job(job, redeem, t, e) == -1)
			return -1;
	}
	return 0;
}

static int
read_answer(const struct pv_ask *ask, const struct pv_event *ev,
    struct pv_step *step, struct err *e)
{
	json_t *root = pv_json_answer(CAPILLARY_TITLE, ev, e);
	int rc;

	if (root == NULL)
		return -1;
	rc = told_error(ask, root, step, e);
	if (rc == 0)
		rc = ask->verb == PV_LOGIN ? read_token(root, &step->result,
		    e) : read_jobs(ask, root, &step->result, e);
	json_decref(root);
	step->what = PV_DONE;
	return rc;
}

/* A status that is not 2xx; what the platform itself says with it is better. */
static int
read_failure(const struct pv_ask *ask, const struct pv_event *ev,
    struct pv_step *step, struct err *e)
{
	struct err ignored;
	json_t *root;
	int rc = 0;

	err_clear(&ignored);
	root = pv_json_answer(CAPILLARY_TITLE, ev, &ignored);
	if (root != NULL)
		rc = told_error(ask, root, step, e);
	json_decref(root);
	if (rc == -1)
		return -1;
	if (ev->status == 401 || ev->status == 498)
		return err_set(e, ERR_LOGIN, CAPILLARY_TITLE " %s: HTTP status "
		    "%ld", refused_login(ask, step), ev->status);
	return pv_http_fail(CAPILLARY_TITLE, ev, false, &step->certain, e);
}

/* Nothing that is asked here changes anything over there. */
int
capillary_next(const struct pv_ask *ask, struct pv_state *st,
    const struct pv_event *ev, struct pv_step *step, struct err *e)
{
	enum auth kind;

	st->len = 0;
	step->certain = true;
	if (ev->kind == PV_ANSWER)
		return ev->status >= 200 && ev->status <= 299 ?
		    read_answer(ask, ev, step, e) :
		    read_failure(ask, ev, step, e);
	if (ask->verb == PV_STATUS)
		return status_request(ask, step, e);
	if (auth_kind(ask, &kind, e) == -1)
		return -1;
	return kind == AUTH_BASIC ? basic_token(ask, step, e) :
	    login_request(ask, step, e);
}
