/*
 * The loop of the HTTP client.
 *
 * Requests wait in a list until their host has room.  libcurl could queue
 * them too, but would count the time in its queue against their limits.  An
 * answer is taken out of libcurl before its callback is called, so callbacks
 * may start requests and even run the loop.
 */
#include "http.h"

#include <limits.h>

#include "../base/clock.h"
#include "../base/log.h"
#include "../base/stop.h"
#include "http_internal.h"

#define PER_HOST	8	/* max_connections when not given */
#define IDLE_KEPT	16L	/* idle connections kept for reuse */

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
	l->log = o->log;
	l->net = (struct net_opts){ .protocols = "http,https",
	    .user_agent = o->user_agent, .tls = o->tls, .proxy = o->proxy };
	l->max_per_host = o->max_connections;
	if (l->max_per_host == 0)
		l->max_per_host = PER_HOST;
	curl_multi_setopt(l->multi, CURLMOPT_MAXCONNECTS, IDLE_KEPT);
	return l;
}

static void
http_unlink(struct http_job *j)
{
	struct http_job **at;

	for (at = &j->loop->jobs; *at != NULL; at = &(*at)->next)
		if (*at == j) {
			*at = j->next;
			break;
		}
	j->next = NULL;
}

/*
 * Take j away from libcurl, closing its connection if it is still in use.
 */
static void
http_drop(struct http_job *j)
{
	http_unlink(j);
	if (j->began == 0)
		return;
	net_leave(j->loop->multi, j->easy);
}

void
http_loop_free(struct http_loop *l)
{
	struct http_job *j;

	if (l == NULL)
		return;
	while ((j = l->jobs) != NULL) {
		http_drop(j);
		http_job_free(j);
	}
	http_job_free(l->kept);
	curl_multi_cleanup(l->multi);
	free(l);
	curl_global_cleanup();
}

static struct http_job *
http_enqueue(struct http_loop *l, const struct http_request *req,
    http_done done, void *arg, struct err *e)
{
	struct http_job *j, **at;

	j = http_job_new(l, req, e);
	if (j == NULL)
		return NULL;
	j->done = done;
	j->arg = arg;
	for (at = &l->jobs; *at != NULL; at = &(*at)->next)
		;
	*at = j;
	return j;
}

int
http_start(struct http_loop *l, const struct http_request *req,
    http_done done, void *arg, struct err *e)
{
	return http_enqueue(l, req, done, arg, e) == NULL ? -1 : 0;
}

static bool
http_has_room(const struct http_loop *l, const char *where)
{
	const struct http_job *j;
	size_t n;

	n = 0;
	for (j = l->jobs; j != NULL; j = j->next)
		if (j->began != 0 && strcmp(j->where, where) == 0)
			n++;
	return n < l->max_per_host;
}

/*
 * Hand waiting requests to libcurl where their host has room.
 */
static void
http_promote(struct http_loop *l)
{
	struct http_job *j;

	if (stop_signal() != 0)
		return;
	for (j = l->jobs; j != NULL; j = j->next) {
		if (j->began != 0 || j->err.code != ERR_NONE ||
		    !http_has_room(l, j->where))
			continue;
		if (curl_multi_add_handle(l->multi, j->easy) == CURLM_OK)
			j->began = clock_mono_ms();
		else
			err_set(&j->err, ERR_INTERNAL, "the call to %s could"
			    " not be started", j->where);
	}
}

/*
 * A request that has ended, or NULL; libcurl's code goes to *rc.
 */
static struct http_job *
http_ended(struct http_loop *l, CURLcode *rc)
{
	struct http_job *j;
	struct CURLMsg *m;
	char *private;
	int left;

	while ((m = curl_multi_info_read(l->multi, &left)) != NULL) {
		if (m->msg != CURLMSG_DONE)
			continue;
		*rc = m->data.result;
		private = NULL;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &private);
		return (struct http_job *)(void *)private;
	}
	*rc = CURLE_FAILED_INIT;
	for (j = l->jobs; j != NULL; j = j->next)
		if (j->began == 0 && j->err.code != ERR_NONE)
			return j;
	return NULL;
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

static void
http_deliver(struct http_job *j, CURLcode rc)
{
	struct http_loop *l = j->loop;
	struct http_answer a;

	http_job_answer(j, rc, &a);
	http_drop(j);
	http_log_answer(j, &a);
	j->done(j->arg, &a);
	if (j->keep) {
		http_job_free(l->kept);
		l->kept = j;
	} else {
		http_job_free(j);
	}
}

static int
http_count(const struct http_loop *l)
{
	const struct http_job *j;
	int n;

	n = 0;
	for (j = l->jobs; j != NULL; j = j->next)
		n++;
	return n;
}

int
http_run(struct http_loop *l, int64_t max_ms, struct err *e)
{
	struct http_job *j;
	int64_t now, until;
	CURLMcode mc;
	CURLcode rc;
	int running;

	now = clock_mono_ms();
	until = max_ms > INT64_MAX - now ? INT64_MAX : now + max_ms;
	for (;;) {
		http_promote(l);
		mc = curl_multi_perform(l->multi, &running);
		if (mc != CURLM_OK)
			return err_set(e, ERR_INTERNAL, "moving HTTP calls"
			    " failed: %s", curl_multi_strerror(mc));
		j = http_ended(l, &rc);
		if (j != NULL) {
			http_deliver(j, rc);
			break;
		}
		if (stop_check(e) == -1)
			return -1;
		now = clock_mono_ms();
		if (l->jobs == NULL || now >= until)
			break;
		if (net_wait(l->multi, until - now, e) == -1)
			return -1;
	}
	return http_count(l);
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

/*
 * The loop itself failed, or a stop was requested: give j up.
 */
static void
http_call_abandon(struct http_job *j, struct http_answer *a,
    const struct err *e)
{
	a->failed = 1;
	a->err = *e;
	a->maybe_sent = j->left;
	if (j->began != 0)
		a->elapsed_ms = clock_mono_ms() - j->began;
	http_drop(j);
	http_job_free(j);
}

int
http_call(struct http_loop *l, const struct http_request *req,
    struct buf *body, struct http_answer *a, struct err *e)
{
	struct http_wait w = { a, body, false };
	struct http_job *j;

	memset(a, 0, sizeof(*a));
	a->retry_after_ms = -1;
	j = http_enqueue(l, req, http_call_done, &w, e);
	if (j == NULL) {
		a->failed = 1;
		a->err = *e;
		return -1;
	}
	j->keep = true;
	while (!w.done)
		if (http_run(l, INT64_MAX, e) == -1 && !w.done) {
			http_call_abandon(j, a, e);
			return -1;
		}
	if (a->failed) {
		*e = a->err;
		return -1;
	}
	return 0;
}
