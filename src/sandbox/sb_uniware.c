/*
 * Uniware: a login in the query of an address, and the status of an export.
 *
 * Business errors come with HTTP status 200, lists that are empty as null, and
 * whoever comes without a token gets the page of the login with 200.  Where the
 * vendor is silent: a refused login has status 400.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "../base/buf.h"
#include "../base/err.h"
#include "../base/secret.h"
#include "../format/jsonx.h"
#include "form.h"
#include "sandbox_internal.h"
#include "sb_routes.h"
#include "tokens.h"

#define FIELD_MAX	4096	/* bytes of a field of a login */

#define LOGIN_PAGE	"<!DOCTYPE html>\n<html><head><title>Login</title>" \
	"</head><body><form>User, password</form></body></html>\n"

/* 1 when the query has this field with this value, 0, or -1. */
static int
field_is(const char *query, const char *name, const char *want, struct err *e)
{
	struct buf b;
	int rc;

	buf_init(&b, FIELD_MAX);
	b.wipe = true;
	rc = form_field(query, strlen(query), name, &b, e);
	if (rc == 1)
		rc = strcmp(b.data, want) == 0;
	buf_release(&b);
	return rc;
}

int
sb_uniware_token(struct sandbox *s, const struct sb_request *rq,
    struct http_outgoing *out, struct err *e)
{
	const struct {
		const char *name, *value;
	} needed[] = {
		{ "grant_type", "password" },
		{ "client_id", "my-trusted-client" },
		{ "username", SB_UNIWARE_USER },
		{ "password", secret_bytes(s->shared_secret) },
	};
	int64_t life_ms = s->token_life_ms[JOB_UNIWARE];
	char token[TOKEN_LEN + 1], refresh[TOKEN_LEN + 1];
	size_t i;
	int rc = 1;

	for (i = 0; rc == 1 && i < sizeof(needed) / sizeof(needed[0]); i++)
		rc = field_is(rq->in->query, needed[i].name, needed[i].value,
		    e);
	if (rc == 0)
		return sb_json(out, 400, json_pack("{s:s,s:s}", "error",
		    "invalid_grant", "error_description", "Bad credentials"),
		    e);
	if (rc == -1 || tokens_give(s->tokens[JOB_UNIWARE], life_ms, token,
	    e) == -1 || tokens_give(s->tokens[JOB_UNIWARE], 0, refresh,
	    e) == -1)
		return -1;
	return sb_json(out, 200, json_pack("{s:s,s:s,s:s,s:I,s:s}",
	    "access_token", token, "token_type", "bearer", "refresh_token",
	    refresh, "expires_in", (json_int_t)life_ms / 1000, "scope",
	    "read trust write"), e);
}

static int
refuse(const char *symbol, const char *description,
    struct http_outgoing *out, struct err *e)
{
	return sb_json(out, 200, json_pack("{s:b,s:n,s:[{s:i,s:n,s:s,s:s,s:n}],"
	    "s:n}", "successful", 0, "message", "errors", "code", 10001,
	    "fieldName", "description", description, "message", symbol,
	    "errorParams", "warnings"), e);
}

/* Whether a job is of this facility; of any job's when code is NULL. */
static bool
job_fits(const struct job *job, const char *facility, const char *code)
{
	size_t n = strcspn(job->id, "/");

	return job->platform == JOB_UNIWARE && strlen(facility) == n &&
	    memcmp(job->id, facility, n) == 0 &&
	    (code == NULL || strcmp(job->id + n + 1, code) == 0);
}

/* NULL code: some job of that facility, which makes it one that exists. */
static struct job *
find_job(struct sandbox *s, const char *facility, const char *code)
{
	struct job *job = NULL;
	size_t i;

	for (i = 0; facility != NULL && (job = jobs_at(s->jobs, i)) != NULL;
	    i++)
		if (job_fits(job, facility, code))
			break;
	return job;
}

static json_t *
show_job(struct sandbox *s, const char *facility, const char *code)
{
	struct job *job;
	json_t *o = NULL;

	jobs_lock(s->jobs);
	job = find_job(s, facility, code);
	if (job != NULL) {
		const struct job_state *st;

		job_poll(job);
		st = job_now(job, 0);
		if (st->word != NULL)
			o = json_pack("{s:b,s:n,s:n,s:n,s:O,s:s?}",
			    "successful", 1, "message", "errors", "warnings",
			    "status", st->word, "filePath", st->file);
	}
	jobs_unlock(s->jobs);
	return o;
}

/* The job that the body asks for; a key that is not known is refused. */
static int
answer_job(struct sandbox *s, const struct sb_request *rq,
    struct http_outgoing *out, struct err *e)
{
	struct err ignored;
	const char *code;
	json_t *body, *o = NULL;

	err_clear(&ignored);
	body = jsonx_parse(rq->in->body != NULL ? rq->in->body : "",
	    rq->in->body_len, &ignored);
	code = json_string_value(json_object_get(body, "jobCode"));
	if (code != NULL && json_object_size(body) == 1)
		o = show_job(s, http_incoming_header(rq->in, "Facility"),
		    code);
	json_decref(body);
	return o != NULL ? sb_json(out, 200, o, e) :
	    refuse("INVALID_JOB_CODE", "Invalid job code", out, e);
}

int
sb_uniware_status(struct sandbox *s, const struct sb_request *rq,
    struct http_outgoing *out, struct err *e)
{
	const char *auth = http_incoming_header(rq->in, "Authorization");

	if (auth == NULL || strncasecmp(auth, "bearer ", 7) != 0)
		return sb_text(out, 200, "text/html", LOGIN_PAGE, e);
	if (tokens_look(s->tokens[JOB_UNIWARE], auth + 7) != TOKEN_GOOD)
		return sb_json(out, 401, json_pack("{s:s,s:s}", "error",
		    "invalid_token", "error_description",
		    "Access token expired"), e);
	if (find_job(s, http_incoming_header(rq->in, "Facility"),
	    NULL) == NULL)
		return sb_json(out, 403, json_pack("{s:s}", "message",
		    "Illegal Access, facility is required"), e);
	return answer_job(s, rq, out, e);
}
