/*
 * A provider account: secrets in memory, one client loop, and the way an ask
 * is driven to its end.
 *
 * What may be repeated is decided here and nowhere else.  An ask that only
 * reads is repeated on any trouble that may pass.  A submission is repeated
 * only when it is certain that nothing arrived: no byte was sent, or the
 * platform itself said that it did nothing.
 */
#include "account.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/limits.h"
#include "../base/stop.h"
#include "../config/set.h"
#include "../net/http.h"
#include "ctx.h"
#include "journey.h"
#include "retry.h"

/*
 * What only this type of provider has, the secrets read anew; on failure the
 * old ones stay in use.
 */
static int
account_values(struct account *a, struct err *e)
{
	const struct pv_setting *row = a->prov->settings;
	static const struct secret_source none;
	struct secret *fresh[PV_SETTINGS_MAX] = { NULL };
	const struct set_extra *x;
	char what[200];
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && row[i].key != NULL; i++) {
		x = set_extra_find(a->set, row[i].key);
		if (!row[i].secret || (x == NULL && !row[i].needed))
			continue;
		snprintf(what, sizeof(what), "%s of provider %s", row[i].key,
		    a->set->name);
		fresh[i] = secret_read(x != NULL ? &x->secret : &none, what,
		    e);
		rc = fresh[i] == NULL ? -1 : 0;
	}
	for (i = 0; row[i].key != NULL; i++) {
		if (rc == -1) {
			secret_free(fresh[i]);
			continue;
		}
		x = set_extra_find(a->set, row[i].key);
		secret_free(a->secrets[i]);
		a->secrets[i] = fresh[i];
		a->pv.values[i] = (struct pv_value){
		    .text = x != NULL ? x->text : NULL, .secret = fresh[i] };
	}
	a->pv.url = a->set->url;
	return rc;
}

/* What the address and the proxy ask for. */
static int
account_way(struct account *a, struct http_opts *opts, struct err *e)
{
	const struct secret_source *src = &a->set->proxy_password;
	char what[200];

	if (set_address_check(a->set, e) == -1)
		return -1;
	opts->tls = a->set->tls;
	opts->proxy = a->set->proxy;
	if (opts->proxy.url == NULL)
		return 0;
	if (xfer_proxy_check(opts->proxy.url, e) == -1)
		return -1;
	if (!secret_given(src))
		return 0;
	snprintf(what, sizeof(what), "proxy_password of provider %s",
	    a->set->name);
	a->proxy_password = secret_read(src, what, e);
	opts->proxy.password = a->proxy_password;
	return a->proxy_password == NULL ? -1 : 0;
}

struct account *
account_open(struct ctx *c, const char *name, struct err *e)
{
	struct http_opts opts = { .log = c->log, .clock = c->clock,
	    .user_agent = "coupondrop/" PACKAGE_VERSION };
	const struct set_provider *set = set_provider_find(c->set, name);
	struct account *a;

	if (set == NULL) {
		err_set(e, ERR_CONFIG, "there is no provider \"%s\" in the "
		    "configuration", name);
		return NULL;
	}
	a = calloc(1, sizeof(*a));
	if (a == NULL) {
		err_nomem(e);
		return NULL;
	}
	a->set = set;
	a->log = c->log;
	a->clock = c->clock;
	a->retry = (struct retry){ .log = c->log, .clock = c->clock };
	a->prov = provider_find(set->type);
	if (a->prov == NULL) {
		err_set(e, ERR_CONFIG, "provider %s: type \"%s\" is not known",
		    name, set->type);
		goto fail;
	}
	if (account_way(a, &opts, e) == -1) {
		err_wrap(e, "provider %s", name);
		goto fail;
	}
	if (account_values(a, e) == -1)
		goto fail;
	a->http = http_loop_new(&opts, e);
	if (a->http == NULL)
		goto fail;
	return a;
fail:
	account_close(a);
	return NULL;
}

void
account_close(struct account *a)
{
	size_t i;

	if (a == NULL)
		return;
	http_loop_free(a->http);
	for (i = 0; i < PV_SETTINGS_MAX; i++)
		secret_free(a->secrets[i]);
	secret_free(a->proxy_password);
	free(a);
}

void
pv_result_free(struct pv_result *r)
{
	struct pv_step step = { .what = PV_DONE, .result = *r };

	pv_step_release(&step);
	memset(r, 0, sizeof(*r));
}

/* Send what the machine wants sent; the answer's body goes to *body. */
static int
account_send(struct account *a, const struct pv_request *rq, struct buf *body,
    struct http_answer *ans, struct err *e)
{
	const struct http_header type = { .name = "Content-Type",
	    .value = rq->content_type };
	const struct net_piece piece = net_bytes_piece(rq->body.data,
	    rq->body.len);
	const struct http_request req = { .method = rq->method,
	    .url = rq->url.data, .headers = &type,
	    .nheaders = rq->content_type != NULL ? 1 : 0, .body = &piece,
	    .npieces = 1, .total_ms = a->set->call_ms,
	    .repeatable = !rq->submits };

	return http_call(a->http, &req, body, ans, e);
}

/* One ask, no repetition. */
static int
account_drive(struct account *a, const struct pv_ask *ask,
    struct pv_state *st, struct pv_result *out, bool *certain, struct err *e)
{
	struct pv_event ev = { .kind = PV_BEGIN, .retry_after_ms = -1 };
	struct http_answer ans;
	struct pv_step step;
	struct buf body;
	int rc = -1;

	buf_init(&body, LIM_XML_BYTES);
	for (;;) {
		memset(&step, 0, sizeof(step));
		if (provider_next(a->prov, ask, st, &ev, &step, e) == -1) {
			*certain = step.certain;
			break;
		}
		if (step.what == PV_DONE) {
			*out = step.result;
			memset(&step.result, 0, sizeof(step.result));
			rc = 0;
			break;
		}
		if (step.what == PV_WAIT) {
			clock_sleep(a->clock, step.wait_ms);
			ev = (struct pv_event){ .kind = PV_TIMER,
			    .retry_after_ms = -1 };
			pv_step_release(&step);
			continue;
		}
		buf_clear(&body);
		memset(&ans, 0, sizeof(ans));
		if (account_send(a, &step.request, &body, &ans, e) == -1) {
			*certain = !step.request.submits || !ans.maybe_sent;
			break;
		}
		ev = (struct pv_event){ .kind = PV_ANSWER,
		    .status = ans.status, .body = body.data,
		    .len = body.len, .retry_after_ms = ans.retry_after_ms };
		pv_step_release(&step);
	}
	pv_step_release(&step);
	buf_release(&body);
	return rc;
}

/*
 * Whether a failed ask may be repeated: as often as set, and once, whatever is
 * set, after the secrets were read anew.
 */
static bool
account_again(struct account *a, const struct retry *r, bool certain,
    const struct err *why)
{
	struct err ignored;

	if (!certain || stop_signal() != 0)
		return false;
	if (err_is(why, ERR_PASSES))
		return r->failed < r->most;
	if (!err_is(why, ERR_CREDENTIALS) || a->reread)
		return false;
	a->reread = true;
	err_clear(&ignored);
	return account_values(a, &ignored) == 0;
}

int
account_ask(struct account *a, const struct pv_ask *ask, struct pv_state *st,
    struct pv_result *out, bool *certain, struct err *e)
{
	struct retry r = a->retry;
	struct pv_ask mine = *ask;
	struct err why;

	mine.account = &a->pv;
	for (;;) {
		memset(st, 0, sizeof(*st));
		memset(out, 0, sizeof(*out));
		*certain = true;
		err_clear(&why);
		if (account_drive(a, &mine, st, out, certain, &why) == 0)
			return 0;
		if (!account_again(a, &r, *certain, &why)) {
			*e = why;
			return -1;
		}
		if (retry_pause(&r, &why, e) == -1)
			return -1;
	}
}

bool
journey_can(const struct journey *j, enum pv_verb verb)
{
	const struct set_provider *set = set_provider_find(j->c->set,
	    j->run.provider);
	const struct provider *p = set == NULL ? NULL :
	    provider_find(set->type);

	return p == NULL || provider_can(p, verb);
}

struct account *
journey_account(struct journey *j, struct err *e)
{
	if (j->acct != NULL)
		return j->acct;
	j->acct = account_open(j->c, j->run.provider, e);
	if (j->acct != NULL)
		j->acct->retry = journey_retry(j);
	return j->acct;
}
