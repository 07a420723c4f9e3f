/*
 * A server that answers by path, and calls to it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http_fixture.h"

static void
handle(void *arg, const struct http_incoming *in, struct http_outgoing *out)
{
	const char *path = in->path;
	const char *auth;

	(void)arg;
	auth = http_incoming_header(in, "Authorization");
	out->status = 200;
	out->content_type = "text/plain";
	out->body_len = (size_t)asprintf(&out->body, "%s %s?%s [%.*s] %s %s",
	    in->method, path, in->query, (int)in->body_len, in->body,
	    in->content_type, auth == NULL ? "-" : auth);
	if (strcmp(path, "/404") == 0)
		out->status = 404;
	else if (strcmp(path, "/503") == 0) {
		out->status = 503;
		out->retry_after_s = 7;
	} else if (strcmp(path, "/moved") == 0) {
		out->status = 302;
		out->location = "/elsewhere";
	} else if (strcmp(path, "/cut") == 0)
		out->truncate_at = 3;
	else if (strcmp(path, "/reset") == 0)
		out->reset = true;
	else if (strcmp(path, "/slow") == 0)
		out->delay_ms = 3600 * 1000;
}

struct http_server *
fx_serve(struct fixture *f, const char *cert, const char *key)
{
	static const struct http_handler handler = { NULL, handle };
	struct http_server_opts o;

	memset(&o, 0, sizeof(o));
	o.address = "127.0.0.1";
	o.max_body = 1 << 20;
	o.cert_file = cert;
	o.key_file = key;
	return http_server_start(&o, &handler, f, &f->e);
}

int
fx_set_up_alone(void **state)
{
	static const struct http_opts opts = { .user_agent = "test" };
	struct fixture *f;

	f = calloc(1, sizeof(*f));
	if (f == NULL)
		return -1;
	buf_init(&f->body, 1 << 24);
	f->loop = http_loop_new(&opts, &f->e);
	*state = f;
	return f->loop == NULL ? -1 : 0;
}

int
fx_set_up(void **state)
{
	struct fixture *f;

	if (fx_set_up_alone(state) == -1)
		return -1;
	f = *state;
	f->server = fx_serve(f, NULL, NULL);
	return f->server == NULL ? -1 : 0;
}

int
fx_tear_down(void **state)
{
	struct fixture *f = *state;

	http_loop_free(f->loop);
	http_server_stop(f->server);
	buf_release(&f->body);
	free(f);
	return 0;
}

struct http_request
fx_request(struct fixture *f, const char *method, const char *path)
{
	struct http_request r;

	snprintf(f->url, sizeof(f->url), "http://127.0.0.1:%u%s",
	    http_server_port(f->server), path);
	memset(&r, 0, sizeof(r));
	r.method = method;
	r.url = f->url;
	return r;
}

int
fx_call(struct fixture *f, const struct http_request *r)
{
	buf_clear(&f->body);
	err_clear(&f->e);
	return http_call(f->loop, r, &f->body, &f->answer, &f->e);
}

int
fx_get(struct fixture *f, const char *path)
{
	struct http_request r;

	r = fx_request(f, "GET", path);
	return fx_call(f, &r);
}

void
fx_must(struct fixture *f, int rc)
{
	if (rc != 0)
		fail_msg("%s", f->e.msg);
}

void
fx_refused(struct fixture *f, int rc, enum err_code code, bool maybe_sent)
{
	assert_int_equal(rc, -1);
	if (f->e.code != code)
		fail_msg("code %d: %s", (int)f->e.code, f->e.msg);
	assert_true(f->answer.failed);
	assert_int_equal(f->answer.err.code, code);
	assert_int_equal(f->answer.maybe_sent, maybe_sent);
	assert_null(strstr(f->e.msg, SECRET));
}
