/* See sb_routes.h. */
#include "sb_routes.h"

#include <stdlib.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/err.h"
#include "../base/log.h"
#include "../base/str.h"
#include "sandbox_internal.h"
#include "tokens.h"

#define NO_SUCH_PAGE	"<!DOCTYPE html>\n<html><head><title>404 Not Found" \
	"</title></head><body><h1>Not Found</h1></body></html>\n"

#define CAPILLARY(n, m, p, f) \
	{ "capillary." n, m, SB_CAPILLARY_PATH p, JOB_CAPILLARY, f }

/* The pages of Capillary spell the path of redeemed coupons in four ways. */
#define UPLOAD		"/upload/getUploadStatus/*"
#define REDEEMED	"/upload/getUploadRedeemedCouponStatus/*"

static const struct sb_route routes[] = {
	CAPILLARY("token", "POST", "/v3/oauth/token/generate",
	    sb_capillary_token),
	CAPILLARY("status", "GET", "/coupon/api/v1" UPLOAD,
	    sb_capillary_status),
	CAPILLARY("status", "GET", "/api/v1" UPLOAD, sb_capillary_status),
	CAPILLARY("status", "GET", "/coupon/api/v1" REDEEMED,
	    sb_capillary_redeemed),
	CAPILLARY("status", "GET", "/api/v1" REDEEMED, sb_capillary_redeemed),
	CAPILLARY("status", "GET", "/v1" REDEEMED, sb_capillary_redeemed),
	CAPILLARY("status", "GET", "/v2" REDEEMED, sb_capillary_redeemed),
	{ "uniware.token", "GET", SB_UNIWARE_PATH "/oauth/token",
	    JOB_UNIWARE, sb_uniware_token },
	{ "uniware.status", "POST", SB_UNIWARE_PATH
	    "/services/rest/v1/export/job/status", JOB_UNIWARE,
	    sb_uniware_status },
	{ "placewise.import", "GET", SB_PLACEWISE_PATH
	    "/v3/*/members/imports/*", JOB_PLACEWISE, sb_placewise_import },
	{ "placewise.bulk", "GET", SB_PLACEWISE_PATH
	    "/v3/*/members/imports/*/bulks/*", JOB_PLACEWISE,
	    sb_placewise_bulk },
	{ "which50.import", "GET", SB_WHICH50_PATH
	    "/contactLists/*/import/*", JOB_WHICH50, sb_which50_import },
	{ .name = NULL },
};

const struct sb_route *
sb_route_at(size_t i)
{
	return routes[i].name != NULL ? &routes[i] : NULL;
}

bool
sb_route_known(const char *name)
{
	const struct sb_route *r;

	for (r = routes; r->name != NULL; r++)
		if (str_ieq(r->name, name))
			return true;
	return false;
}

/* Whether a path is of a route; what its stars stand for goes to rq. */
static bool
path_fits(const char *want, const char *path, struct sb_request *rq)
{
	size_t n, at = 0;

	for (; *want != '\0'; want++) {
		if (*want != '*') {
			if (*path++ != *want)
				return false;
			continue;
		}
		n = strcspn(path, "/");
		if (n == 0 || n >= SB_PART_MAX || at == SB_PARTS)
			return false;
		memcpy(rq->part[at], path, n);
		rq->part[at++][n] = '\0';
		path += n;
	}
	return *path == '\0';
}

static bool
is_under(const char *path, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(path, prefix, n) == 0 &&
	    (path[n] == '/' || path[n] == '\0');
}

/* The route of a call; out->status says why when there is none. */
static const struct sb_route *
route_find(struct sb_request *rq, struct http_outgoing *out)
{
	const struct sb_route *r;

	out->status = 404;
	for (r = routes; r->name != NULL; r++) {
		if (!path_fits(r->path, rq->in->path, rq))
			continue;
		if (strcmp(r->method, rq->in->method) == 0)
			return r;
		out->status = 405;
	}
	return NULL;
}

/* Everything that a fault puts in the place of the answer. */
static int
route_answer(struct sandbox *s, const struct sb_route *r,
    struct sb_request *rq, struct http_outgoing *out, struct err *e)
{
	const struct fault_plan *plan = &rq->plan;

	if (plan->expire)
		tokens_expire(s->tokens[r->platform]);
	if (plan->reset || plan->status != 0) {
		out->reset = plan->reset;
		out->status = plan->status;
		out->retry_after_s = plan->retry_after_s;
		return 0;
	}
	if (plan->body != NULL)
		return sb_text(out, plan->body_status, "application/json",
		    plan->body, e);
	return r->answer(s, rq, out, e);
}

bool
sb_routes_handle(struct sandbox *s, const struct http_incoming *in,
    struct http_outgoing *out)
{
	struct sb_request rq = { .in = in };
	const struct sb_route *r;
	struct err e;
	int rc;

	if (!is_under(in->path, SB_CAPILLARY_PATH) &&
	    !is_under(in->path, SB_UNIWARE_PATH) &&
	    !is_under(in->path, SB_PLACEWISE_PATH) &&
	    !is_under(in->path, SB_WHICH50_PATH))
		return false;
	err_clear(&e);
	fault_plan_init(&rq.plan);
	r = route_find(&rq, out);
	if (r == NULL) {
		rc = sb_text(out, out->status, "text/html", NO_SUCH_PAGE, &e);
	} else {
		faults_take(s->faults, r->name, &rq.plan);
		rc = route_answer(s, r, &rq, out, &e);
		log_say(s->log, LOG_INFO, "call", LFF("method", r->name),
		    LFI("status", out->status));
	}
	if (rc == -1) {
		log_say(s->log, LOG_ERROR, "a call could not be answered",
		    LFF("why", e.msg));
		out->status = 500;
	}
	out->delay_ms = rq.plan.delay_ms;
	out->truncate_at = rq.plan.truncate_at;
	return true;
}

int
sb_text(struct http_outgoing *out, int status, const char *type,
    const char *text, struct err *e)
{
	out->body = str_dup(text, e);
	if (out->body == NULL)
		return -1;
	out->body_len = strlen(text);
	out->content_type = type;
	out->status = status;
	return 0;
}

int
sb_json(struct http_outgoing *out, int status, json_t *o, struct err *e)
{
	out->body = o != NULL ? json_dumps(o, JSON_COMPACT) : NULL;
	json_decref(o);
	if (out->body == NULL)
		return err_nomem(e);
	out->body_len = strlen(out->body);
	out->content_type = "application/json";
	out->status = status;
	return 0;
}

void
sb_set(json_t *o, const char *key, json_t *value)
{
	if (value != NULL)
		json_object_set_new(o, key, value);
}

json_t *
sb_count(int64_t n)
{
	return n >= 0 ? json_integer((json_int_t)n) : NULL;
}
