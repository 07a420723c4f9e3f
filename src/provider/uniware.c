/*
 * Unicommerce Uniware: the machine.
 *
 * What is followed there is an export, which changes nothing and counts no
 * rows.  It has ended when there is a report to fetch, whatever its word: the
 * vendor's page says SUCCESSFUL, the world answers COMPLETE, and for a while
 * without a report.  Refusals come with HTTP status 200.
 */
#include "uniware.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../base/list.h"
#include "../base/str.h"
#include "http_fail.h"
#include "json_call.h"

#define CODE_CHARS	"ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"abcdefghijklmnopqrstuvwxyz0123456789._-"
#define CODE_MAX	70
#define TOKEN_MAX	4096
#define DEFAULT_LIFE_MS	(600 * 1000)

const struct pv_setting uniware_settings[] = {
	[UNIWARE_USER] = { "username", false, true, "User of the tenant.",
	    NULL, NULL },
	[UNIWARE_PASSWORD] = { "password", true, true,
	    "Password of that user.", NULL, NULL },
	[UNIWARE_FACILITY] = { "facility", false, false,
	    "Facility of tasks that name none.", NULL,
	    uniware_facility_check },
	{ .key = NULL },
};

const struct pv_word uniware_states[] = {
	{ "PROCESSING", TASK_RUNNING },
	{ "COMPLETE", TASK_DONE },
	{ "SUCCESS", TASK_DONE },
	{ "CANCELED", TASK_FAILED },
	{ .word = NULL },
};

const struct err_info uniware_errors[] = {
	{
		"uniware-facility", 78, RETRY_NEVER,
		"The platform does not take the facility of the call, or "
		    "there was none.",
		"Write the task as FACILITY/JOBCODE, or set the facility of "
		    "this provider, to one that the user may use.",
		ERR_MENDABLE,
	},
	{
		"uniware-grant", 77, RETRY_NEVER,
		"The platform did not accept the user and the password.",
		"Check the user and the password of this provider.",
		ERR_MENDABLE | ERR_CREDENTIALS | ERR_WRONG_LOGIN,
	},
	{ .word = NULL },
};

static bool
is_code(const char *s, size_t n)
{
	return n > 0 && n <= CODE_MAX && s[0] != '.' &&
	    strspn(s, CODE_CHARS) >= n;
}

int
uniware_facility_check(const char *text, struct err *e)
{
	return is_code(text, strlen(text)) ? 0 : err_set(e, ERR_CONFIG,
	    "\"%s\" cannot be the code of a facility", text);
}

int
uniware_task_check(const char *id, struct err *e)
{
	size_t n = strcspn(id, "/");
	const char *job = id[n] == '/' ? id + n + 1 : id;

	return is_code(id, n) && is_code(job, strlen(job)) ? 0 : err_set(e,
	    ERR_REF, "\"%s\" is no job of " UNIWARE_TITLE ": it is JOBCODE or "
	    "FACILITY/JOBCODE", id);
}

/* A value of a query, coded (RFC 3986, 2.1). */
static int
put_query(struct buf *b, const char *p, size_t n, struct err *e)
{
	size_t i, plain;

	for (i = 0; i < n; i += plain) {
		plain = strspn(p + i, CODE_CHARS "~");
		if (plain > 0 ? buf_add(b, p + i, plain, e) == -1 :
		    buf_addf(b, e, "%%%02X", (unsigned char)p[i]) == -1)
			return -1;
		if (plain == 0)
			plain = 1;
	}
	return 0;
}

/* The password stands in the address, which is shown nowhere. */
static int
login_request(const struct pv_ask *ask, struct pv_step *step, struct err *e)
{
	const struct pv_value *v = ask->account->values;
	const char *user = v[UNIWARE_USER].text;
	struct pv_request *rq = &step->request;

	if (user == NULL)
		return err_set(e, ERR_CONFIG, "username is missing");
	rq->method = "GET";
	rq->secret_query = true;
	pv_header_add(rq, "Accept", "application/json", NULL);
	step->what = PV_REQUEST;
	return buf_addf(&rq->url, e, "%s/oauth/token?grant_type=password&"
	    "client_id=my-trusted-client&username=", ask->account->url) == -1 ||
	    put_query(&rq->url, user, strlen(user), e) == -1 ||
	    buf_adds(&rq->url, "&password=", e) == -1 ||
	    put_query(&rq->url, secret_bytes(v[UNIWARE_PASSWORD].secret),
	    secret_len(v[UNIWARE_PASSWORD].secret), e) == -1 ? -1 : 0;
}

/* The facility of the ask's job, its length in n; NULL when there is none. */
static const char *
facility_of(const struct pv_ask *ask, size_t *n)
{
	const char *id = ask->tasks[0];
	const char *own = ask->account->values[UNIWARE_FACILITY].text;

	*n = strcspn(id, "/");
	if (id[*n] == '/')
		return id;
	*n = own == NULL ? 0 : strlen(own);
	return own;
}

static int
status_request(const struct pv_ask *ask, struct pv_step *step, struct err *e)
{
	struct pv_request *rq = &step->request;
	const char *slash, *facility;
	size_t n;

	if (ask->ntasks != 1)
		return err_set(e, ERR_INTERNAL, "one job is asked for at a "
		    "time");
	if (uniware_task_check(ask->tasks[0], e) == -1)
		return -1;
	facility = facility_of(ask, &n);
	if (facility == NULL) {
		err_set(e, ERR_REFUSED, "job %s has no facility, and the "
		    "provider has none", ask->tasks[0]);
		return err_own(e, &uniware_errors[0]);
	}
	if (!is_code(facility, n))
		return uniware_facility_check(facility, e);
	slash = strchr(ask->tasks[0], '/');
	rq->method = "POST";
	pv_header_add(rq, "Content-Type", "application/json", NULL);
	pv_header_add(rq, "Accept", "application/json", NULL);
	pv_header_add(rq, "Authorization", "bearer ", ask->account->token);
	pv_header_add(rq, "Facility", NULL, NULL);
	rq->headers[rq->nheaders - 1].made = secret_new(facility, n, e);
	step->what = PV_REQUEST;
	return rq->headers[rq->nheaders - 1].made == NULL ||
	    buf_addf(&rq->url, e, "%s/services/rest/v1/export/job/status",
	    ask->account->url) == -1 || buf_addf(&rq->body, e,
	    "{\"jobCode\":\"%s\"}", slash != NULL ? slash + 1 :
	    ask->tasks[0]) == -1 ? -1 : 0;
}

static int
read_token(const struct pv_event *ev, struct pv_step *step, struct err *e)
{
	json_t *root = pv_json_answer(UNIWARE_TITLE, ev, e);
	const char *token = pv_json_text(root, "access_token");
	const char *refused = pv_json_text(root, "error");
	int64_t life = pv_json_count(root, "expires_in");
	int rc = -1;

	if (root == NULL)
		return -1;
	if (refused != NULL && (strcmp(refused, "server_error") == 0 ||
	    strcmp(refused, "temporarily_unavailable") == 0))
		err_set(e, ERR_UNAVAILABLE, UNIWARE_TITLE " could not judge "
		    "the login: \"%s\"", refused);
	else if (refused != NULL) {
		err_set(e, ERR_REFUSED, UNIWARE_TITLE " refused the login with "
		    "\"%s\"", refused);
		err_own(e, &uniware_errors[1]);
	} else if (token == NULL || token[0] == '\0' || strlen(token) >
	    TOKEN_MAX || token[strspn(token, CODE_CHARS "~+/=")] != '\0')
		err_set(e, ERR_PROTOCOL, UNIWARE_TITLE " gave no token that "
		    "can be used");
	else {
		step->result.token = secret_new(token, strlen(token), e);
		step->result.token_life_ms = life > 0 && life < 10000000 ?
		    life * 1000 : DEFAULT_LIFE_MS;
		rc = step->result.token == NULL ? -1 : 0;
	}
	json_decref(root);
	step->what = PV_DONE;
	return rc;
}

static int
refuse_facility(const struct pv_ask *ask, const char *said, struct err *e)
{
	size_t n;
	const char *facility = facility_of(ask, &n);

	err_set(e, ERR_REFUSED, UNIWARE_TITLE " does not take facility "
	    "\"%.*s\": \"%s\"", (int)n, facility != NULL ? facility : "", said);
	return err_own(e, &uniware_errors[0]);
}

/* {"successful":false,...}, which comes with status 200. */
static int
refuse(const struct pv_ask *ask, const json_t *root, struct err *e)
{
	const json_t *first = json_array_get(json_object_get(root, "errors"),
	    0);
	const char *said = pv_json_text(first, "description");
	char code[24];

	pv_json_word(first, "code", code, sizeof(code));
	if (said == NULL)
		said = pv_json_text(first, "message");
	if (said == NULL)
		said = pv_json_text(root, "message");
	if (said == NULL)
		said = "without a word";
	if (strcmp(code, "200001") == 0)
		return refuse_facility(ask, said, e);
	return err_set(e, ERR_REFUSED, UNIWARE_TITLE " refused the call with "
	    "%s \"%s\"", code[0] != '\0' ? code : "no code", said);
}

static bool
is_address(const char *path)
{
	return path[0] == '/' || strncasecmp(path, "https://", 8) == 0 ||
	    strncasecmp(path, "http://", 7) == 0;
}

static int
read_job(const struct pv_ask *ask, const json_t *root, struct pv_result *out,
    struct err *e)
{
	const char *path = pv_json_text(root, "filePath");
	char word[32];
	struct pv_task *t;
	size_t cap = 0;

	if (!pv_json_word(root, "status", word, sizeof(word)))
		return err_set(e, ERR_PROTOCOL, UNIWARE_TITLE " answered "
		    "without the status of the job");
	if (path != NULL && path[0] == '\0')
		path = NULL;
	if (path != NULL && !words_bad_end(word) && !is_address(path))
		return err_set(e, ERR_PROTOCOL, UNIWARE_TITLE " answered with "
		    "\"%.80s\" for the address of the report", path);
	if (list_grow(&out->tasks, 0, &cap, sizeof(*t), e) == -1)
		return -1;
	t = &out->tasks[0];
	*t = (struct pv_task){ .state = words_state(uniware_states, word),
	    .total = -1, .updated = -1, .failed = -1, .uncounted = true };
	out->ntasks = 1;
	if (words_bad_end(word))
		t->state = TASK_FAILED;
	else if (path != NULL)
		t->state = TASK_DONE;
	else if (t->state == TASK_DONE)
		t->state = TASK_RUNNING;
	if (pv_short_text(t->word, sizeof(t->word), word, e) == -1 ||
	    pv_copy_id(t->id, sizeof(t->id), ask->tasks[0], "job", e) == -1)
		return -1;
	if (t->state != TASK_DONE)
		return 0;
	/* The query of an address may be what opens it. */
	t->text = strndup(path, strcspn(path, "?"));
	return t->text == NULL ? err_nomem(e) : 0;
}

static int
read_answer(const struct pv_ask *ask, const struct pv_event *ev,
    struct pv_step *step, struct err *e)
{
	json_t *root = pv_json_answer(UNIWARE_TITLE, ev, e);
	int rc;

	if (root == NULL)
		return -1;
	rc = json_is_false(json_object_get(root, "successful")) ?
	    refuse(ask, root, e) : read_job(ask, root, &step->result, e);
	json_decref(root);
	step->what = PV_DONE;
	return rc;
}

static int
read_failure(const struct pv_ask *ask, const struct pv_event *ev,
    struct pv_step *step, struct err *e)
{
	if (ask->verb == PV_LOGIN && ev->status >= 400 && ev->status <= 499 &&
	    ev->status != 408 && ev->status != 429 && ev->len > 0 &&
	    ev->body[0] == '{')
		return read_token(ev, step, e);
	if (ask->verb == PV_STATUS && ev->status == 401) {
		step->expired = true;
		return err_set(e, ERR_LOGIN, UNIWARE_TITLE " answered with "
		    "HTTP status 401, the token is not taken any more");
	}
	if (ask->verb == PV_STATUS && ev->status == 403)
		return refuse_facility(ask, "HTTP status 403", e);
	return pv_http_fail(UNIWARE_TITLE, ev, false, &step->certain, e);
}

/* Nothing that is asked here changes anything over there. */
int
uniware_next(const struct pv_ask *ask, struct pv_state *st,
    const struct pv_event *ev, struct pv_step *step, struct err *e)
{
	st->len = 0;
	step->certain = true;
	if (ev->kind != PV_ANSWER)
		return ask->verb == PV_LOGIN ? login_request(ask, step, e) :
		    status_request(ask, step, e);
	if (ev->status < 200 || ev->status > 299)
		return read_failure(ask, ev, step, e);
	return ask->verb == PV_LOGIN ? read_token(ev, step, e) :
	    read_answer(ask, ev, step, e);
}
