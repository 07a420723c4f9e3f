/*
 * What the tests of the HTTP client share: a server of ours that answers by
 * path, a loop, and one call with its outcome.  Failures end the test.
 */
#ifndef UNIT_HTTP_FIXTURE_H
#define UNIT_HTTP_FIXTURE_H

#include <stdbool.h>

#include "../../src/base/buf.h"
#include "../../src/base/err.h"
#include "../../src/net/http.h"
#include "../../src/net/server.h"

#define SECRET	"hunter2"

struct fixture {
	struct http_server	*server;
	struct http_loop	*loop;
	struct buf		 body;
	struct http_answer	 answer;
	struct err		 e;
	char			 url[128];
	int			 ended;	/* callbacks that were called */
	int			 good;	/* of these, with a whole answer */
};

/*
 * fx_set_up(state): a new fixture.
 */
int	fx_set_up(void **);

/*
 * fx_set_up_alone(state): likewise without a server, whose threads a fork
 * would not take along.
 */
int	fx_set_up_alone(void **);

/*
 * fx_tear_down(state): end it.
 */
int	fx_tear_down(void **);

/*
 * fx_serve(f, cert, key): another server, with TLS when files are given.
 */
struct http_server *fx_serve(struct fixture *, const char *, const char *);

/*
 * fx_request(f, method, path): a request to the server; its URL is in f.
 */
struct http_request fx_request(struct fixture *, const char *, const char *);

/*
 * fx_call(f, r): http_call into f->body and f->answer.
 */
int	fx_call(struct fixture *, const struct http_request *);

/*
 * fx_get(f, path): fx_call of a GET.
 */
int	fx_get(struct fixture *, const char *);

/*
 * fx_must(f, rc): rc has to be 0.
 */
void	fx_must(struct fixture *, int);

/*
 * fx_refused(f, rc, code, maybe_sent): the call failed like this, and its
 * sentence holds no secret.
 */
void	fx_refused(struct fixture *, int, enum err_code, bool);

#endif
