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
#include "net.h"

struct http_loop;
struct log;

/* All borrowed for the life of the loop. */
struct http_opts {
	struct log	*log;
	const char	*user_agent;
	struct net_tls	 tls;
	struct net_proxy proxy;
	size_t		 max_connections; /* per host; 0: 8 */
};

struct http_request {
	const char	*method;
	const char	*url;
	const char	*const *headers; /* "Name: value", NULL-ended; may hold
					   secrets: never logged */
	const char	*body;		/* borrowed until the callback */
	size_t		 body_len;
	size_t		 max_answer;	/* bytes; 0: LIM_XML_BYTES */
	int64_t		 connect_ms;	/* 0: 15 s */
	int64_t		 total_ms;	/* 0: 120 s */
	bool		 secret_query;	/* do not log the query */
	bool		 repeatable;	/* arriving twice does no harm; implied
					   by GET and HEAD.  Others never use a
					   kept connection, see http_start */
};

struct http_answer {
	int		 failed;	/* 1: err says why, no answer */
	struct err	 err;
	bool		 maybe_sent;	/* some request byte may have arrived */
	long		 status;
	const char	*body;		/* borrowed during the callback */
	size_t		 body_len;
	const char	*content_type;	/* or NULL; borrowed like body */
	int64_t		 retry_after_ms; /* from Retry-After; -1: none */
	int64_t		 elapsed_ms;
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
 * http_start(l, req, done, arg, e): start it.  Strings of req other than body
 * are copied.  Does not block; more than max_connections to one host wait
 * their turn, and their time limits start with it.  The callback may start
 * further requests, but not free the loop.
 *
 * When a kept connection turns out to be dead, libcurl sends a request again
 * by itself.  What is not repeatable therefore gets a connection of its own
 * and leaves at most once.
 *
 * ERR_CONFIG for a URL that is no http or https address, holds a user name or
 * a password, or a header with a control byte; ERR_NOMEM.
 */
int	http_start(struct http_loop *, const struct http_request *, http_done,
	    void *, struct err *);

/*
 * http_run(l, max_ms, e): let requests move until one callback was called,
 * max_ms passed, nothing runs, or a stop was requested (then ERR_STOPPED,
 * though an answer that is already there is delivered first).  Returns the
 * number of unfinished requests, or -1.
 */
int	http_run(struct http_loop *, int64_t, struct err *);

/*
 * http_call(l, req, body, answer, e): one request to its end; blocks.  The
 * answer's body is added to *body, which the caller has initialised; answer's
 * body points there; its content_type is borrowed until the next http_call.
 * Other requests of the loop move meanwhile, their callbacks are called.
 * Returns 0 when there is an answer, whatever its status; -1 with
 * answer->maybe_sent set otherwise.
 */
int	http_call(struct http_loop *, const struct http_request *,
	    struct buf *, struct http_answer *, struct err *);

/*
 * http_form(b, name, value, n, e): append "name=" and the n bytes of value,
 * percent-encoded for application/x-www-form-urlencoded (space is "+"), with
 * "&" before it unless b is empty or ends in "&" or "?".  name is taken as it
 * is.  Errors as buf_reserve.
 */
int	http_form(struct buf *, const char *, const char *, size_t,
	    struct err *);

#endif
