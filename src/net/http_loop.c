/*
 * The loop of the HTTP client.
 *
 * Requests wait in a queue of their host until it has room.  libcurl could
 * queue them too, but would count the time in its queue against their limits,
 * and look at each of them whenever one moves; so it has only those that run.
 * An answer is taken out of libcurl before its callback is called, so callbacks
 * may start requests and even run the loop.
 */
#include "http.h"

#include "../base/clock.h"
#include "../base/log.h"
#include "../base/stop.h"
#include "../base/str.h"
#include "http_internal.h"

#define PER_HOST	8	/* max_connections when not given */

struct http_loop *
http_loop_new(const struct http_opts *o, struct err *e)
{
	struct http_loop *l;

	if (net_check(&o->tls, &o->proxy, e) == -1)
		return NULL;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		err_set(e, ERR_INTERNAL, "the HTTP library does not start");
		return NULL;
	}
	l = calloc(1, sizeof(*l));
	if (l != NULL)
		l->multi = curl_multi_init();
	if (l == NULL || l->multi == NULL) {
		free(l);
		curl_global_cleanup();
		err_nomem(e);
		return NULL;
	}
	TAILQ_INIT(&l->hosts);
	TAILQ_INIT(&l->running);
	TAILQ_INIT(&l->failed);
	l->log = o->log;
	l->clock = o->clock;
	l->net = (struct net_opts){ .protocols = "http,https",
	    .user_agent = o->user_agent, .tls = o->tls, .proxy = o->proxy };
	l->max_per_host = o->max_connections > 0 ? o->max_connections :
	    PER_HOST;
	curl_multi_setopt(l->multi, CURLMOPT_MAXCONNECTS, (long)HTTP_IDLE);
	return l;
}

static struct http_host *
http_host_of(struct http_loop *l, const char *name, struct err *e)
{
	struct http_host *h;

	TAILQ_FOREACH(h, &l->hosts, link)
		if (strcmp(h->name, name) == 0)
			return h;
	h = calloc(1, sizeof(*h));
	if (h == NULL || (h->name = str_dup(name, e)) == NULL) {
		free(h);
		err_nomem(e);
		return NULL;
	}
	TAILQ_INIT(&h->waiting);
	TAILQ_INSERT_TAIL(&l->hosts, h, link);
	return h;
}

static void
http_move(struct http_job *j, struct http_jobs *to)
{
	if (j->in != NULL)
		TAILQ_REMOVE(j->in, j, link);
	if (to != NULL)
		TAILQ_INSERT_TAIL(to, j, link);
	j->in = to;
}

/*
 * Hand waiting requests of a host to libcurl while it has room.  A host
 * without any is forgotten.
 */
static void
http_promote(struct http_loop *l, struct http_host *h)
{
	struct http_job *j;

	while (h->running < l->max_per_host && stop_signal() == 0 &&
	    (j = TAILQ_FIRST(&h->waiting)) != NULL) {
		if (http_job_begin(j, &j->err) == 0) {
			http_move(j, &l->running);
			h->running++;
		} else {
			http_move(j, &l->failed);
			j->host = NULL;
		}
	}
	if (h->running > 0 || !TAILQ_EMPTY(&h->waiting))
		return;
	TAILQ_REMOVE(&l->hosts, h, link);
	free(h->name);
	free(h);
}

/*
 * Take j out of its list and away from libcurl, which closes its connection if
 * that is still in use; the next of its host begins.
 */
static void
http_drop(struct http_job *j)
{
	struct http_loop *l = j->loop;

	if (j->in == &l->running) {
		net_leave(l->multi, j->easy);
		j->host->running--;
	}
	http_move(j, NULL);
	l->unfinished--;
	if (j->host != NULL)
		http_promote(l, j->host);
	j->host = NULL;
}

void
http_loop_free(struct http_loop *l)
{
	struct http_host *h;
	struct http_job *j;

	if (l == NULL)
		return;
	l->max_per_host = 0;	/* nothing begins any more */
	while ((j = TAILQ_FIRST(&l->running)) != NULL ||
	    (j = TAILQ_FIRST(&l->failed)) != NULL) {
		http_drop(j);
		http_job_free(j);
	}
	/* A host goes with the last that waits for it. */
	while ((h = TAILQ_FIRST(&l->hosts)) != NULL) {
		j = TAILQ_FIRST(&h->waiting);
		http_drop(j);
		http_job_free(j);
	}
	http_job_free(l->kept);
	net_timer_free_all(&l->timers);
	while (l->nidle > 0)
		curl_easy_cleanup(l->idle[--l->nidle]);
	curl_multi_cleanup(l->multi);
	free(l);
	curl_global_cleanup();
}

struct http_job *
http_begin(struct http_loop *l, const struct http_request *req,
    http_done done, void *arg, struct err *e)
{
	struct http_job *j;

	j = http_job_new(l, req, e);
	if (j == NULL)
		return NULL;
	j->host = http_host_of(l, j->where, e);
	if (j->host == NULL) {
		http_job_free(j);
		return NULL;
	}
	j->done = done;
	j->arg = arg;
	http_move(j, &j->host->waiting);
	l->unfinished++;
	http_promote(l, j->host);
	return j;
}

int
http_start(struct http_loop *l, const struct http_request *req,
    http_done done, void *arg, struct err *e)
{
	return http_begin(l, req, done, arg, e) == NULL ? -1 : 0;
}

bool
http_abort(struct http_job *j)
{
	bool left = j->left;

	http_drop(j);
	http_job_free(j);
	return left;
}

struct net_timer *
http_after(struct http_loop *l, int64_t ms, void (*f)(void *), void *arg,
    struct err *e)
{
	int64_t now = clock_mono(l->clock);

	return net_timer_set(&l->timers, ms > INT64_MAX - now ? INT64_MAX :
	    now + ms, f, arg, e);
}

void
http_cancel(struct http_loop *l, struct net_timer *timer)
{
	net_timer_cancel(&l->timers, timer);
}

static void
http_log_answer(const struct http_job *j, const struct http_answer *a)
{
	if (a->failed)
		log_say(j->loop->log, LOG_DEBUG, "http call failed",
		    LFS("server", j->where), LFF("why", a->err.msg),
		    LFI("maybe_sent", a->maybe_sent),
		    LFMS("elapsed", a->elapsed_ms));
	else
		log_say(j->loop->log, LOG_DEBUG, "http answer",
		    LFS("server", j->where), LFI("status", a->status),
		    LFI("bytes", (int64_t)(a->body_len + a->file_len)),
		    LFMS("elapsed", a->elapsed_ms));
}

/*
 * Call the callback of one request that has ended; false when none has.
 */
static bool
http_deliver(struct http_loop *l)
{
	struct http_job *j = TAILQ_FIRST(&l->failed);
	CURLcode rc = CURLE_FAILED_INIT;
	struct http_answer a;
	struct CURLMsg *m;
	char *private;
	int left;

	while ((m = curl_multi_info_read(l->multi, &left)) != NULL) {
		if (m->msg != CURLMSG_DONE)
			continue;
		rc = m->data.result;
		private = NULL;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &private);
		j = (struct http_job *)(void *)private;
		break;
	}
	if (j == NULL)
		return false;
	http_job_answer(j, rc, &a);
	http_drop(j);
	http_log_answer(j, &a);
	j->done(j->arg, &a);
	if (j->keep) {
		http_job_free(l->kept);
		l->kept = j;
	} else
		http_job_free(j);
	return true;
}

int
http_run(struct http_loop *l, int64_t max_ms, struct err *e)
{
	int64_t now, until, next;
	CURLMcode mc;
	int running;

	now = clock_mono(l->clock);
	until = max_ms > INT64_MAX - now ? INT64_MAX : now + max_ms;
	for (;;) {
		mc = curl_multi_perform(l->multi, &running);
		if (mc != CURLM_OK)
			return err_set(e, ERR_INTERNAL, "moving HTTP calls"
			    " failed: %s", curl_multi_strerror(mc));
		if (http_deliver(l))
			break;
		if (stop_check(e) == -1)
			return -1;
		now = clock_mono(l->clock);
		if (net_timer_fire(&l->timers, now) > 0 || now >= until ||
		    (l->unfinished == 0 && l->timers.n == 0))
			break;
		next = net_timer_next(&l->timers);
		if (net_wait(l->multi, (next < until ? next : until) - now,
		    e) == -1)
			return -1;
	}
	return (int)(l->unfinished + l->timers.n);
}

/* Where http_call waits. */
struct http_wait {
	struct http_answer	*answer;
	struct buf		*body;
	bool			 done;
};

static void
http_call_done(void *arg, const struct http_answer *a)
{
	struct http_wait *w = arg;
	struct http_answer *out = w->answer;
	size_t from;

	*out = *a;
	w->done = true;
	if (a->failed)
		return;
	from = w->body->len;
	if (buf_add(w->body, a->body, a->body_len, &out->err) == -1)
		out->failed = 1;
	else
		out->body = w->body->data + from;
}

int
http_call(struct http_loop *l, const struct http_request *req,
    struct buf *body, struct http_answer *a, struct err *e)
{
	struct http_wait w = { a, body, false };
	struct http_job *j;

	memset(a, 0, sizeof(*a));
	a->retry_after_ms = -1;
	j = http_begin(l, req, http_call_done, &w, e);
	if (j == NULL) {
		a->failed = 1;
		a->err = *e;
		return -1;
	}
	j->keep = true;
	while (!w.done && http_run(l, INT64_MAX, e) != -1)
		;
	if (!w.done) {
		/* The loop itself failed, or a stop was requested. */
		a->failed = 1;
		a->err = *e;
		a->maybe_sent = j->left;
		if (j->began != 0)
			a->elapsed_ms = clock_mono(l->clock) - j->began;
		http_drop(j);
		http_job_free(j);
		return -1;
	}
	if (a->failed) {
		*e = a->err;
		return -1;
	}
	return 0;
}
