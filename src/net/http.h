/*
 * HTTP client: one curl_multi loop through which every provider call goes.
 *
 * A request is started and its callback is called from http_run, in the same
 * thread, exactly once, whatever happens.  Certificates are always checked;
 * redirects are never followed; only http and https.
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/buf.h"
#include "http_request.h"

struct clock;
struct http_job;
struct http_loop;
struct log;
struct net_timer;

/* All borrowed for the life of the loop. */
struct http_opts {
	struct log	*log;
	const struct clock *clock;	/* NULL: the machine's */
	const char	*user_agent;
	struct net_tls	 tls;
	struct net_proxy proxy;
	size_t		 max_connections; /* per host; 0: 8 */
};

typedef void (*http_done)(void *, const struct http_answer *);

/*
 * http_loop_new(opts, e): ERR_NOMEM, or as net_check.  Free with
 * http_loop_free.  The process ignores SIGPIPE (stop_install), and does not
 * carry a loop across a fork.
 */
struct http_loop *http_loop_new(const struct http_opts *, struct err *);

/*
 * http_loop_free(l): running requests are dropped without a callback.
 */
void	http_loop_free(struct http_loop *);

/*
 * http_start(l, req, done, arg, e): start it.  What req points to is copied,
 * but for what the pieces of its body point to.  Does not block; more than
 * max_connections to one host wait their turn, in order, and their time limits
 * start with it.  The callback may start further requests, but not free the
 * loop.
 *
 * When a kept connection turns out to be dead, libcurl sends a request again
 * by itself.  What is not repeatable therefore gets a connection of its own
 * and leaves at most once.
 *
 * ERR_CONFIG for a URL that is no http or https address, holds a user name or
 * a password, or a header that is none or has a control byte; ERR_NOMEM.
 */
int	http_start(struct http_loop *, const struct http_request *, http_done,
	    void *, struct err *);

/*
 * http_begin(l, req, done, arg, e): http_start, for one that may be given up:
 * what it returns is valid until the callback is called.
 */
struct http_job *http_begin(struct http_loop *, const struct http_request *,
	    http_done, void *, struct err *);

/*
 * http_abort(j): give it up; its callback is not called.  Whether some request
 * byte may have arrived.
 */
bool	http_abort(struct http_job *);

/*
 * http_after(l, ms, f, arg, e): have http_run call f(arg) once ms have passed;
 * of several that are due the earliest first.  f may do what a callback of a
 * request may.  ERR_NOMEM.
 */
struct net_timer *http_after(struct http_loop *, int64_t, void (*)(void *),
	    void *, struct err *);

/*
 * http_cancel(l, timer): it is not called; only before it was.
 */
void	http_cancel(struct http_loop *, struct net_timer *);

/*
 * http_run(l, max_ms, e): let requests move until one callback was called,
 * max_ms passed, there is neither request nor timer, or a stop was requested
 * (then ERR_STOPPED, though an answer that is already there is delivered
 * first).  Returns the number of unfinished requests and timers, or -1.  What
 * one step costs depends on the requests that run, not on those that wait.
 */
int	http_run(struct http_loop *, int64_t, struct err *);

/*
 * http_call(l, req, body, answer, e): one request to its end; blocks.  The
 * answer's body is added to *body, which the caller has initialised; answer's
 * body points there; its headers are borrowed until the next http_call.
 * Other requests of the loop move meanwhile, their callbacks are called.
 * Returns 0 when there is an answer, whatever its status; -1 with
 * answer->maybe_sent set otherwise.
 */
int	http_call(struct http_loop *, const struct http_request *,
	    struct buf *, struct http_answer *, struct err *);

/*
 * http_answer_header(a, name): the value of a header of the answer, in any
 * case; NULL when there is none or no answer.  Borrowed like the body.  It may
 * be a secret (a token, an address with one): it is logged nowhere.
 */
const char *http_answer_header(const struct http_answer *, const char *);

#endif
