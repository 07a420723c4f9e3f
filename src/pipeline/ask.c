/*
 * The way an ask is driven to its end: the I/O for the provider's machine, on
 * the loop of requests, so that many asks move at the same time.
 *
 * What may be repeated is decided here and nowhere else.  An ask that only
 * reads is repeated on any trouble that may pass.  A submission is repeated
 * only when it is certain that nothing arrived: no byte was sent, or the
 * platform itself said that it did nothing.
 */
#include "ask.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/stop.h"
#include "../base/tmpfile.h"
#include "../config/settings.h"
#include "../net/http.h"
#include "account.h"
#include "turn.h"

#define TOKEN_WORN	80	/* percent of its life; another is fetched */
#define SLOT_MS		100	/* between looks for a free one */
#define STATUS_TOO_MANY	429

struct asking {
	TAILQ_ENTRY(asking)	 link;	/* while it waits for the token */
	struct account		*a;
	struct pv_ask		 ask;
	struct pv_state		*st, fresh;
	struct pv_state		 before; /* the request under way */
	struct pv_step		 step;	/* the last one */
	struct tmpfile		 file;	/* of a large answer */
	int			 slot;	/* of the account's calls, or -1 */
	struct http_job		*job;	/* the request under way */
	struct net_timer	*timer;	/* or what it waits for */
	struct retry		 retry;
	bool			 waits;	/* for the token */
	bool			 held;	/* a stop waits until the answer to
					   a submission is read */
	unsigned		 token_no;	/* what it was made with */
	bool			 certain, expired, renewed;
	ask_done		 done;
	void			*arg;
};

static void asking_begin(void *);
static void asking_failed(struct asking *, const struct err *);

void
pv_result_free(struct pv_result *r)
{
	struct pv_step step = { .what = PV_DONE, .result = *r };

	pv_step_release(&step);
	memset(r, 0, sizeof(*r));
}

static void
asking_slot_free(struct asking *k)
{
	if (k->slot != -1)
		close(k->slot);
	k->slot = -1;
}

/* An attempt is over: what asks us to stop is heard again. */
static void
asking_let_go(struct asking *k)
{
	if (k->held)
		stop_let_go();
	k->held = false;
}

static void
asking_free(struct asking *k)
{
	asking_let_go(k);
	asking_slot_free(k);
	pv_step_release(&k->step);
	tmpfile_abort(&k->file);
	free(k);
}

/* Whoever asked may start further asks, and then this one is gone. */
static void
asking_end(struct asking *k, struct pv_result *res, const struct err *why)
{
	ask_done done = k->done;
	void *arg = k->arg;
	bool certain = k->certain;

	asking_free(k);
	done(arg, res, certain, why);
}

static void
asking_after(struct asking *k, int64_t ms, void (*f)(void *))
{
	struct err e;

	err_clear(&e);
	k->timer = http_after(k->a->http, ms, f, k, &e);
	if (k->timer == NULL)
		asking_end(k, NULL, &e);
}

static int
asking_keep(const struct asking *k, struct err *e)
{
	return k->ask.keep == NULL ? 0 : k->ask.keep(k->ask.keep_arg, k->st,
	    e);
}

/*
 * A request came to nothing.  What certainly did not leave is not remembered
 * as if it had.
 */
static void
asking_unsent(struct asking *k, bool maybe_sent)
{
	struct err ignored;

	k->certain = !k->step.request.submits || !maybe_sent;
	if (!k->certain)
		return;
	*k->st = k->before;
	err_clear(&ignored);
	if (k->step.request.submits && asking_keep(k, &ignored) == -1)
		k->certain = false;	/* kept as under way */
}

static void asking_next(struct asking *, const struct pv_event *);

static void
asking_answered(void *arg, const struct http_answer *ans)
{
	struct asking *k = arg;
	const struct pv_request *rq = &k->step.request;
	struct pv_event ev = { .kind = PV_ANSWER, .status = ans->status,
	    .body = ans->body, .len = ans->body_len, .fd = -1,
	    .retry_after_ms = ans->retry_after_ms };
	size_t i;

	k->job = NULL;
	asking_slot_free(k);
	if (ans->failed) {
		asking_unsent(k, ans->maybe_sent);
		asking_failed(k, &ans->err);
		return;
	}
	if (ans->status == STATUS_TOO_MANY)
		account_slow(k->a, ans->retry_after_ms);
	if (rq->to_file && ans->status >= 200 && ans->status <= 299) {
		ev.fd = k->file.fd;
		ev.file_len = ans->file_len;
	}
	for (i = 0; i < PV_WANTED_MAX && rq->wanted[i] != NULL; i++)
		ev.headers[i] = http_answer_header(ans, rq->wanted[i]);
	asking_next(k, &ev);
}

/* Hand the machine's request to the loop. */
static int
asking_request(struct asking *k, struct err *e)
{
	const struct pv_request *rq = &k->step.request;
	struct http_header headers[PV_HEADERS_MAX];
	struct net_piece pieces[PV_PIECES_MAX] = { net_bytes_piece(
	    rq->body.data, rq->body.len) };
	const struct http_request req = { .method = rq->method,
	    .url = rq->url.data, .headers = headers, .nheaders = rq->nheaders,
	    .body = pieces, .npieces = rq->npieces > 0 ? rq->npieces : 1,
	    .to_file = rq->to_file, .answer_fd = k->file.fd,
	    .max_answer = rq->max_answer, .total_ms = k->a->set->call_ms,
	    .tls = &k->a->tls, .proxy = &k->a->proxy,
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
		    net_file_piece(k->ask.file->fd, rq->pieces[i].from,
		    rq->pieces[i].len) :
		    net_bytes_piece(rq->body.data + rq->pieces[i].from,
		    rq->pieces[i].len);
	if (rq->submits && !k->held) {
		stop_hold("coupondrop: waiting for the answer to what was "
		    "just sent; once more breaks off, and then nobody knows "
		    "whether it arrived\n");
		k->held = true;
	}
	k->job = http_begin(k->a->http, &req, asking_answered, k, e);
	return k->job == NULL ? -1 : 0;
}

/*
 * The account's turn has come.  The state of a request that may change
 * something is kept before it goes out.
 */
static void
asking_send(void *arg)
{
	struct asking *k = arg;
	struct err why;

	k->timer = NULL;
	if (account_slot(k->a, &k->slot) == -1) {
		asking_after(k, SLOT_MS, asking_send);
		return;
	}
	err_clear(&why);
	if ((k->step.request.to_file && tmpfile_anon(&k->file, k->a->dir,
	    &why) == -1) ||
	    (k->step.request.submits && asking_keep(k, &why) == -1) ||
	    asking_request(k, &why) == -1) {
		asking_slot_free(k);
		asking_unsent(k, false);
		asking_failed(k, &why);
	}
}

static void
asking_timer(void *arg)
{
	const struct pv_event ev = { .kind = PV_TIMER, .fd = -1,
	    .retry_after_ms = -1 };
	struct asking *k = arg;

	k->timer = NULL;
	asking_next(k, &ev);
}

/* The machine's next step. */
static void
asking_next(struct asking *k, const struct pv_event *ev)
{
	struct pv_result res;
	struct err why;
	int rc;

	k->before = *k->st;
	k->certain = true;
	pv_step_release(&k->step);
	err_clear(&why);
	rc = provider_next(k->a->prov, &k->ask, k->st, ev, &k->step, &why);
	tmpfile_abort(&k->file);
	if (rc == -1) {
		k->certain = k->step.certain;
		k->expired = k->step.expired;
		asking_failed(k, &why);
	} else if (k->step.what == PV_DONE) {
		if (ev->kind == PV_ANSWER && !k->a->let_in) {
			login_worked(k->a->c, &k->a->login);
			k->a->let_in = true;
		}
		res = k->step.result;
		memset(&k->step.result, 0, sizeof(k->step.result));
		asking_end(k, &res, NULL);
	} else if (k->step.what == PV_WAIT) {
		asking_after(k, k->step.wait_ms, asking_timer);
	} else if (pv_request_own(&k->step.request, &why) == -1) {
		asking_unsent(k, false);
		asking_failed(k, &why);
	} else {
		k->token_no = k->a->token_no;
		asking_after(k, account_turn(k->a), asking_send);
	}
}

/* All that waited for the token go on, or fail as it did. */
static void
token_done(void *arg, struct pv_result *res, bool certain,
    const struct err *why)
{
	struct account *a = arg;
	struct asking *k;
	struct err e;

	(void)certain;
	a->token_ask = NULL;
	if (why == NULL) {
		a->pv.token = a->token = res->token;
		a->token_no++;
		a->token_ms = clock_mono(a->clock);
		a->token_life_ms = res->token_life_ms;
		res->token = NULL;
		pv_result_free(res);
	} else {
		e = *why;
		err_wrap(&e, "get a token of provider %s", a->set->name);
	}
	while ((k = TAILQ_FIRST(&a->waiting)) != NULL) {
		TAILQ_REMOVE(&a->waiting, k, link);
		k->waits = false;
		if (why == NULL)
			asking_after(k, 0, asking_begin);
		else
			asking_failed(k, &e);
	}
}

/* A token that will last for an ask is there, or need not be. */
static bool
token_good(const struct account *a, const struct asking *k)
{
	return k->ask.verb == PV_LOGIN || !provider_can(a->prov, PV_LOGIN) ||
	    (a->token != NULL && clock_mono(a->clock) - a->token_ms <
	    a->token_life_ms / 100 * TOKEN_WORN);
}

/* One login for all that wait. */
static void
token_await(struct account *a, struct asking *k)
{
	const struct pv_ask login = { .verb = PV_LOGIN };
	struct err why;

	err_clear(&why);
	if (a->token_ask == NULL) {
		account_forget_token(a);
		a->token_ask = account_start(a, &login, NULL, token_done, a,
		    &why);
		if (a->token_ask == NULL) {
			asking_failed(k, &why);
			return;
		}
	}
	k->waits = true;
	TAILQ_INSERT_TAIL(&a->waiting, k, link);
}

/* One attempt, unless the login is known to be refused. */
static void
asking_begin(void *arg)
{
	const struct pv_event ev = { .kind = PV_BEGIN, .fd = -1,
	    .retry_after_ms = -1 };
	struct asking *k = arg;
	struct err why;

	k->timer = NULL;
	k->certain = true;
	k->expired = false;
	err_clear(&why);
	if (!k->a->tried && login_try(k->a->c, &k->a->login, &why) == -1) {
		asking_failed(k, &why);
		return;
	}
	k->a->tried = true;
	if (token_good(k->a, k))
		asking_next(k, &ev);
	else
		token_await(k->a, k);
}

/*
 * Whether a failed ask may be repeated: as often as set, and once, whatever is
 * set, after the secrets were read anew and are others now.
 */
static bool
asking_again(struct asking *k, const struct err *why)
{
	struct account *a = k->a;
	struct err ignored;

	if (!k->certain || stop_signal() != 0)
		return false;
	if (err_is(why, ERR_PASSES))
		return retry_may(&k->retry, why);
	if (!err_is(why, ERR_CREDENTIALS) || a->reread)
		return false;
	a->reread = true;
	a->changed = false;
	err_clear(&ignored);
	account_forget_token(a);
	return account_read(a, &ignored) == 0 && a->changed;
}

static void
asking_failed(struct asking *k, const struct err *why)
{
	asking_let_go(k);
	if (k->expired && k->certain && !k->renewed) {
		/*
		 * Once: a new token that is not taken either is no token.
		 * Another ask may have fetched one since.
		 */
		k->renewed = true;
		if (k->token_no == k->a->token_no)
			account_forget_token(k->a);
		asking_after(k, 0, asking_begin);
	} else if (asking_again(k, why)) {
		asking_after(k, retry_after(&k->retry, why), asking_begin);
	} else {
		/* A token that is not taken says nothing of the login. */
		if (k->a->tried && !k->expired &&
		    err_is(why, ERR_WRONG_LOGIN)) {
			login_refused(k->a->c, &k->a->login, why);
			k->a->tried = k->a->let_in = false;
		}
		asking_end(k, NULL, why);
	}
}

struct asking *
account_start(struct account *a, const struct pv_ask *ask,
    struct pv_state *st, ask_done done, void *arg, struct err *e)
{
	struct asking *k = calloc(1, sizeof(*k));

	if (k == NULL) {
		err_nomem(e);
		return NULL;
	}
	k->a = a;
	k->ask = *ask;
	k->ask.account = &a->pv;
	k->st = st != NULL ? st : &k->fresh;
	k->file.fd = k->slot = -1;
	k->retry = a->retry;
	k->certain = true;
	k->done = done;
	k->arg = arg;
	k->timer = http_after(a->http, 0, asking_begin, k, e);
	if (k->timer != NULL)
		return k;
	free(k);
	return NULL;
}

bool
asking_drop(struct asking *k)
{
	bool certain;

	if (k->job != NULL)
		asking_unsent(k, http_abort(k->job));
	http_cancel(k->a->http, k->timer);
	if (k->waits)
		TAILQ_REMOVE(&k->a->waiting, k, link);
	certain = k->certain;
	asking_free(k);
	return certain;
}

/* Where account_ask waits. */
struct ask_wait {
	struct pv_result	*out;
	bool			*certain;
	struct err		*e;
	int			 rc;
	bool			 done;
};

static void
ask_over(void *arg, struct pv_result *res, bool certain,
    const struct err *why)
{
	struct ask_wait *w = arg;

	w->done = true;
	*w->certain = certain;
	w->rc = why == NULL ? 0 : -1;
	if (why == NULL)
		*w->out = *res;
	else
		*w->e = *why;
}

int
account_ask(struct account *a, const struct pv_ask *ask, struct pv_state *st,
    struct pv_result *out, bool *certain, struct err *e)
{
	struct ask_wait w = { out, certain, e, -1, false };
	struct asking *k;
	struct err why;

	memset(out, 0, sizeof(*out));
	*certain = true;
	k = account_start(a, ask, st, ask_over, &w, e);
	if (k == NULL)
		return -1;
	err_clear(&why);
	while (!w.done && http_run(a->http, INT64_MAX, &why) != -1)
		;
	if (w.done)
		return w.rc;
	/* The loop itself failed, or a stop was requested. */
	*certain = asking_drop(k);
	*e = why;
	return -1;
}
