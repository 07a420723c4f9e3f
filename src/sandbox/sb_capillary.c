/*
 * Capillary: a login, and the list of the jobs of a series.
 *
 * Where the vendor is silent: wrong keys come with HTTP status 200, a token
 * that is not taken with 401 or 498, beside a body whose success is the text
 * "true" all the same.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/err.h"
#include "../base/secret.h"
#include "../base/str.h"
#include "../format/jsonx.h"
#include "sandbox_internal.h"
#include "sb_routes.h"
#include "tokens.h"

#define RATE_MAX	100		/* calls in a window */
#define RATE_MS		60000

#define LOGIN_REFUSED	"{\"data\":null,\"errors\":[{\"code\":320001," \
	"\"message\":\"Invalid client key and secret\"}]}"
#define TOO_MANY	"{\"success\":false,\"status\":429," \
	"\"message\":\"Too many requests\"}"

int
sb_capillary_token(struct sandbox *s, const struct sb_request *rq,
    struct http_outgoing *out, struct err *e)
{
	char token[TOKEN_LEN + 1];
	struct err ignored;
	const char *key, *secret;
	json_t *login;
	bool good;

	err_clear(&ignored);
	login = jsonx_parse(rq->in->body != NULL ? rq->in->body : "",
	    rq->in->body_len, &ignored);
	key = json_string_value(json_object_get(login, "key"));
	secret = json_string_value(json_object_get(login, "secret"));
	good = key != NULL && secret != NULL &&
	    strcmp(key, secret_bytes(s->api_key)) == 0 &&
	    strcmp(secret, secret_bytes(s->shared_secret)) == 0;
	json_decref(login);
	if (!good)
		return sb_text(out, 200, "application/json", LOGIN_REFUSED, e);
	if (tokens_give(s->tokens[JOB_CAPILLARY],
	    s->token_life_ms[JOB_CAPILLARY], token, e) == -1)
		return -1;
	return sb_json(out, 200, json_pack("{s:{s:s,s:I},s:n}", "data",
	    "accessToken", token, "ttlSeconds",
	    (json_int_t)s->token_life_ms[JOB_CAPILLARY] / 1000, "errors"), e);
}

/* Basic, or a token in one of two headers. */
static enum token_state
look_login(struct sandbox *s, const struct http_incoming *in)
{
	const char *token = http_incoming_header(in, "X-CAP-API-OAUTH-TOKEN");
	const char *auth = http_incoming_header(in, "Authorization");

	if (in->user != NULL)
		return strcmp(in->user, secret_bytes(s->api_key)) == 0 &&
		    strcmp(in->password, secret_bytes(s->shared_secret)) ==
		    0 ? TOKEN_GOOD : TOKEN_UNKNOWN;
	if (token == NULL && auth != NULL && strncmp(auth, "Bearer ", 7) == 0)
		token = auth + 7;
	return tokens_look(s->tokens[JOB_CAPILLARY], token);
}

/* A window of a minute begins with the first call that is in none. */
static bool
is_too_many(struct sandbox *s)
{
	int64_t now = clock_mono(s->clock);
	bool many;

	jobs_lock(s->jobs);
	if (s->rate_calls == 0 || now - s->rate_from_ms >= RATE_MS) {
		s->rate_from_ms = now;
		s->rate_calls = 0;
	}
	many = ++s->rate_calls > RATE_MAX;
	jobs_unlock(s->jobs);
	return many;
}

/* Times are milliseconds in a text, cut to seconds in a list. */
static json_t *
time_text(int64_t ms)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRId64 "000", ms / 1000);
	return json_string(text);
}

static json_t *
show_job(const struct sandbox *s, const struct job *job, bool redeem)
{
	const struct job_state *st = job_now(job, 0);
	json_t *o = json_object();

	sb_set(o, "jobId", json_string(strrchr(job->id, '/') + 1));
	sb_set(o, redeem ? "uploadRedeemedCouponStatus" : "uploadStatus",
	    json_incref(st->word));
	sb_set(o, "createdOn", time_text(s->started_ms));
	sb_set(o, "updatedOn", time_text(clock_wall(s->clock)));
	sb_set(o, "errorFileUrl", st->file != NULL ? json_string(st->file) :
	    json_null());
	sb_set(o, "successFileUrl", json_null());
	/* Counters are optional; bad rows count as uploaded. */
	sb_set(o, "totalUploadedCount", sb_count(st->rows));
	sb_set(o, "actualRowCount", sb_count(st->rows));
	sb_set(o, "errorCount", sb_count(st->bad));
	return o;
}

/* The jobs of a series, in another order each time. */
static json_t *
list_jobs(struct sandbox *s, const char *series, bool redeem)
{
	char prefix[SB_PART_MAX + 16];
	json_t *list = json_array();
	struct job *job;
	size_t i;

	snprintf(prefix, sizeof(prefix), "%s%s/", redeem ? "redeem/" : "",
	    series);
	jobs_lock(s->jobs);
	for (i = 0; (job = jobs_at(s->jobs, i)) != NULL; i++) {
		if (job->platform != JOB_CAPILLARY ||
		    strncmp(job->id, prefix, strlen(prefix)) != 0)
			continue;
		job_poll(job);
		if (job_now(job, 0)->word != NULL)
			json_array_insert_new(list, s->turn % 2 == 0 ?
			    json_array_size(list) : 0,
			    show_job(s, job, redeem));
	}
	s->turn++;
	jobs_unlock(s->jobs);
	return list;
}

static int
answer_list(struct sandbox *s, const struct sb_request *rq, bool redeem,
    struct http_outgoing *out, struct err *e)
{
	static const char refused[] = "{\"response\":{\"status\":{"
	    "\"success\":\"true\",\"code\":\"401\",\"message\":"
	    "\"Invalid access token\"}}}";
	static const char expired[] = "{\"response\":{\"status\":{"
	    "\"success\":\"true\",\"code\":\"498\",\"message\":"
	    "\"Token expired\"}}}";
	enum token_state login = look_login(s, rq->in);

	if (is_too_many(s))
		return sb_text(out, 429, "application/json", TOO_MANY, e);
	if (login == TOKEN_UNKNOWN)
		return sb_text(out, 401, "application/json", refused, e);
	if (login == TOKEN_EXPIRED)
		return sb_text(out, 498, "application/json", expired, e);
	return sb_json(out, 200, json_pack("{s:{s:o},s:[],s:[]}", "result",
	    redeem ? "redeemUploadJobStatuses" : "uploadJobStatuses",
	    list_jobs(s, rq->part[0], redeem), "errors", "warnings"), e);
}

int
sb_capillary_status(struct sandbox *s, const struct sb_request *rq,
    struct http_outgoing *out, struct err *e)
{
	return answer_list(s, rq, false, out, e);
}

int
sb_capillary_redeemed(struct sandbox *s, const struct sb_request *rq,
    struct http_outgoing *out, struct err *e)
{
	return answer_list(s, rq, true, out, e);
}
