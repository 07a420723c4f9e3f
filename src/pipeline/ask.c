/*
 * The way an ask is driven to its end: the I/O for the provider's machine.
 *
 * What may be repeated is decided here and nowhere else.  An ask that only
 * reads is repeated on any trouble that may pass.  A submission is repeated
 * only when it is certain that nothing arrived: no byte was sent, or the
 * platform itself said that it did nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/limits.h"
#include "../base/stop.h"
#include "../base/tmpfile.h"
#include "../config/settings.h"
#include "../net/http.h"
#include "account.h"

#define TOKEN_WORN	80	/* percent of its life; another is fetched */

void
pv_result_free(struct pv_result *r)
{
	struct pv_step step = { .what = PV_DONE, .result = *r };

	pv_step_release(&step);
	memset(r, 0, sizeof(*r));
}

/* An ask under way. */
struct drive {
	struct account		*a;
	const struct pv_ask	*ask;
	struct pv_state		*st;
	struct buf		 body;	/* of the last answer, */
	struct tmpfile		 file;	/* ... or the file with it */
	bool			 certain, expired;
	bool			 held;	/* a stop waits until the answer to
					   a submission is read */
};

/* Send what the machine wants sent. */
static int
drive_send(struct drive *d, const struct pv_request *rq,
    struct http_answer *ans, struct err *e)
{
	struct http_header headers[PV_HEADERS_MAX];
	struct net_piece pieces[PV_PIECES_MAX] = { net_bytes_piece(
	    rq->body.data, rq->body.len) };
	const struct http_request req = { .method = rq->method,
	    .url = rq->url.data, .headers = headers, .nheaders = rq->nheaders,
	    .body = pieces, .npieces = rq->npieces > 0 ? rq->npieces : 1,
	    .to_file = rq->to_file, .answer_fd = d->file.fd,
	    .max_answer = rq->max_answer, .total_ms = d->a->set->call_ms,
	    .secret_query = rq->secret_query, .repeatable = !rq->submits };
	size_t i;

	for (i = 0; i < rq->nheaders; i++)
		headers[i] = (struct http_header){
		    .name = rq->headers[i].name,
		    .value = rq->headers[i].value,
		    .secret = rq->headers[i].made != NULL ?
		    rq->headers[i].made : rq->headers[i].secret };
	for (i = 0; i < rq->npieces; i++)
		pieces[i] = rq->pieces[i].file ?
		    net_file_piece(d->ask->file->fd, rq->pieces[i].from,
		    rq->pieces[i].len) :
		    net_bytes_piece(rq->body.data + rq->pieces[i].from,
		    rq->pieces[i].len);
	if (rq->submits && !d->held) {
		stop_hold("coupondrop: waiting for the answer to what was "
		    "just sent; once more breaks off, and then nobody knows "
		    "whether it arrived\n");
		d->held = true;
	}
	return http_call(d->a->http, &req, &d->body, ans, e);
}

/* The answer as the machine sees it. */
static struct pv_event
drive_event(const struct drive *d, const struct pv_request *rq,
    const struct http_answer *ans)
{
	struct pv_event ev = { .kind = PV_ANSWER, .status = ans->status,
	    .body = d->body.data, .len = d->body.len, .fd = -1,
	    .retry_after_ms = ans->retry_after_ms };
	size_t i;

	if (rq->to_file && ans->status >= 200 && ans->status <= 299) {
		ev.fd = d->file.fd;
		ev.file_len = ans->file_len;
	}
	for (i = 0; i < PV_WANTED_MAX && rq->wanted[i] != NULL; i++)
		ev.headers[i] = http_answer_header(ans, rq->wanted[i]);
	return ev;
}

static int
drive_keep(const struct drive *d, struct err *e)
{
	return d->ask->keep == NULL ? 0 : d->ask->keep(d->ask->keep_arg,
	    d->st, e);
}

/*
 * One request and its answer.  The state of a request that may change
 * something is kept before it goes out; of one that certainly did not, the
 * state before it.
 */
static int
drive_request(struct drive *d, const struct pv_request *rq,
    const struct pv_state *before, struct pv_event *ev, struct err *e)
{
	struct http_answer ans = { .retry_after_ms = -1 };
	struct err ignored;

	buf_clear(&d->body);
	tmpfile_abort(&d->file);
	d->certain = true;
	if (rq->to_file && tmpfile_anon(&d->file, d->a->dir, e) == -1)
		return -1;
	if (rq->submits && drive_keep(d, e) == -1)
		return -1;
	if (drive_send(d, rq, &ans, e) == 0) {
		*ev = drive_event(d, rq, &ans);
		return 0;
	}
	d->certain = !rq->submits || !ans.maybe_sent;
	if (d->certain) {
		*d->st = *before;
		err_clear(&ignored);
		if (rq->submits && drive_keep(d, &ignored) == -1)
			d->certain = false;	/* kept as under way */
	}
	return -1;
}

/* Step after step; no repetition. */
static int
drive_on(struct drive *d, struct pv_result *out, struct err *e)
{
	struct pv_event ev = { .kind = PV_BEGIN, .fd = -1,
	    .retry_after_ms = -1 };
	struct pv_state before;
	struct pv_step step;
	int rc = 1;

	while (rc == 1) {
		before = *d->st;
		memset(&step, 0, sizeof(step));
		if (provider_next(d->a->prov, d->ask, d->st, &ev, &step,
		    e) == -1) {
			d->certain = step.certain;
			d->expired = step.expired;
			rc = -1;
		} else if (step.what == PV_DONE) {
			*out = step.result;
			memset(&step.result, 0, sizeof(step.result));
			rc = 0;
		} else if (step.what == PV_WAIT) {
			clock_sleep(d->a->clock, step.wait_ms);
			ev = (struct pv_event){ .kind = PV_TIMER, .fd = -1,
			    .retry_after_ms = -1 };
		} else if (drive_request(d, &step.request, &before, &ev,
		    e) == -1) {
			rc = -1;
		}
		pv_step_release(&step);
	}
	return rc;
}

/* One attempt at an ask; what it left is in d. */
static int
drive(struct drive *d, struct pv_result *out, struct err *e)
{
	int rc;

	memset(out, 0, sizeof(*out));
	buf_init(&d->body, LIM_XML_BYTES);
	d->body.wipe = true;
	d->file = (struct tmpfile){ .fd = -1 };
	d->certain = true;
	d->expired = false;
	rc = drive_on(d, out, e);
	if (d->held)
		stop_let_go();
	d->held = false;
	tmpfile_abort(&d->file);
	buf_release(&d->body);
	return rc;
}

/* See to it that there is a token that will last for an ask. */
static int
token_fetch(struct account *a, struct err *e)
{
	struct pv_ask ask = { .verb = PV_LOGIN, .account = &a->pv };
	struct pv_state st = { .len = 0 };
	struct drive d = { .a = a, .ask = &ask, .st = &st };
	struct pv_result res;

	if (!provider_can(a->prov, PV_LOGIN) || (a->token != NULL &&
	    clock_mono(a->clock) - a->token_ms <
	    a->token_life_ms / 100 * TOKEN_WORN))
		return 0;
	account_forget_token(a);
	if (drive(&d, &res, e) == -1)
		return err_wrap(e, "get a token of provider %s",
		    a->set->name);
	a->pv.token = a->token = res.token;
	a->token_ms = clock_mono(a->clock);
	a->token_life_ms = res.token_life_ms;
	res.token = NULL;
	pv_result_free(&res);
	return 0;
}

/*
 * Whether a failed ask may be repeated: as often as set, and once, whatever is
 * set, after the secrets were read anew and are others now.
 */
static bool
ask_again(struct account *a, const struct retry *r, bool certain,
    const struct err *why)
{
	struct err ignored;

	if (!certain || stop_signal() != 0)
		return false;
	if (err_is(why, ERR_PASSES))
		return retry_may(r, why);
	if (!err_is(why, ERR_CREDENTIALS) || a->reread)
		return false;
	a->reread = true;
	a->changed = false;
	err_clear(&ignored);
	account_forget_token(a);
	return account_read(a, &ignored) == 0 && a->changed;
}

/* One try of an ask, unless its login is known to be refused. */
static int
ask_once(struct drive *d, struct pv_result *out, struct err *e)
{
	struct account *a = d->a;

	if (!a->tried && login_try(a->c, &a->login, e) == -1)
		return -1;
	a->tried = true;
	if (token_fetch(a, e) == -1 || drive(d, out, e) == -1)
		return -1;
	if (!a->let_in)
		login_worked(a->c, &a->login);
	a->let_in = true;
	return 0;
}

int
account_ask(struct account *a, const struct pv_ask *ask, struct pv_state *st,
    struct pv_result *out, bool *certain, struct err *e)
{
	struct pv_ask mine = *ask;
	struct pv_state fresh = { .len = 0 };
	struct drive d = { .a = a, .ask = &mine,
	    .st = st != NULL ? st : &fresh };
	struct retry r = a->retry;
	bool renewed = false;
	struct err why;

	mine.account = &a->pv;
	for (;;) {
		err_clear(&why);
		memset(out, 0, sizeof(*out));
		d.certain = true;
		d.expired = false;
		if (ask_once(&d, out, &why) == 0)
			return 0;
		*certain = d.certain;
		/* Once: a new token that is not taken either is no token. */
		if (d.expired && d.certain && !renewed) {
			renewed = true;
			account_forget_token(a);
			continue;
		}
		if (!ask_again(a, &r, d.certain, &why)) {
			if (a->tried && err_is(&why, ERR_WRONG_LOGIN)) {
				login_refused(a->c, &a->login, &why);
				a->tried = false;
			}
			*e = why;
			return -1;
		}
		if (retry_pause(&r, &why, e) == -1)
			return -1;
	}
}
