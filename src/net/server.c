/*
 * HTTP server on libmicrohttpd: the one place that includes microhttpd.h.
 *
 * Handlers may sleep and pull files for minutes, so every connection has a
 * thread of its own.  libmicrohttpd calls server_access several times for one
 * request: once with the headers, then with each piece of the body, then at
 * the end.  What is known about a request in between is a struct exchange,
 * born when its first line was read and freed when all is over, however it
 * ends.
 */
#include "server.h"

#include <errno.h>
#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/buf.h"
#include "../base/clock.h"
#include "../base/err.h"
#include "../base/io.h"
#include "../base/limits.h"
#include "../base/str.h"
#include "server_internal.h"

#define CONNECTIONS	256u	/* each is a thread */
#define IDLE_S		120u	/* seconds without a byte from the client */
#define PIECE_BYTES	(64u << 10) /* of a body in one call, about */
#define PEM_BYTES	(1u << 20) /* certificate chains are a few KiB */
/* Refused bodies are read up to here, so that the client sees the answer. */
#define SWALLOW_BYTES	(64u << 20)

struct http_server {
	struct MHD_Daemon	*daemon;
	struct http_handler	 handler;
	void			*arg;
	size_t			 max_body;
	uint16_t		 port;
	char			*cert, *key;	/* PEM, or NULL */
	pthread_mutex_t		 lock;
	pthread_cond_t		 wake;
	bool			 stopping;	/* under lock */
};

/* One request. */
struct exchange {
	char			*uri;	/* as it came */
	struct http_incoming	 in;
	char			*user, *password;
	struct buf		 body;
	int			 body_fd;
	size_t			 swallowed;
	int			 refuse; /* status to answer; 0: handle it */
	bool			 routed;
};

/* A body of which only the beginning is sent. */
struct cut_body {
	char	*data;
	int	 fd;	/* or -1 */
	uint64_t end;	/* bytes that are sent */
};

static void *
server_on_uri(void *arg, const char *uri, struct MHD_Connection *c)
{
	struct http_server *s = arg;
	struct exchange *x;

	(void)c;
	x = calloc(1, sizeof(*x));
	if (x == NULL)
		return NULL;
	x->body_fd = -1;
	buf_init(&x->body, s->max_body);
	x->uri = strdup(uri);
	if (x->uri == NULL) {
		free(x);
		return NULL;
	}
	return x;
}

static void
server_close_body(struct exchange *x)
{
	if (x->body_fd != -1)
		close(x->body_fd);
	x->body_fd = -1;
}

static void
server_on_end(void *arg, struct MHD_Connection *c, void **cls,
    enum MHD_RequestTerminationCode why)
{
	struct exchange *x = *cls;

	(void)arg;
	(void)c;
	(void)why;
	*cls = NULL;
	if (x == NULL)
		return;
	server_close_body(x);
	buf_release(&x->body);
	if (x->password != NULL)
		explicit_bzero(x->password, strlen(x->password));
	MHD_free(x->password);
	MHD_free(x->user);
	free(x->uri);
	free(x);
}

/*
 * A decoded "%00" would end the path early for us and not for others.
 */
static bool
server_path_ok(const struct exchange *x, const char *path)
{
	const char *end, *nul;

	if (path[0] != '/')
		return false;
	end = x->uri + strcspn(x->uri, "?");
	nul = strstr(x->uri, "%00");
	return nul == NULL || nul >= end;
}

/*
 * The body is announced to be larger than what may be kept.
 */
static bool
server_too_large(const struct http_server *s, struct MHD_Connection *c)
{
	const char *text;
	uint64_t n;

	text = MHD_lookup_connection_value(c, MHD_HEADER_KIND,
	    MHD_HTTP_HEADER_CONTENT_LENGTH);
	return text != NULL && str_u64(text, strlen(text), UINT64_MAX,
	    &n) == 0 && n > s->max_body;
}

static void
server_route(struct http_server *s, struct exchange *x,
    struct MHD_Connection *c, const char *path, const char *method)
{
	const char *type;

	x->routed = true;
	type = MHD_lookup_connection_value(c, MHD_HEADER_KIND,
	    MHD_HTTP_HEADER_CONTENT_TYPE);
	x->user = MHD_basic_auth_get_username_password(c, &x->password);
	x->in.method = strcmp(method, "HEAD") == 0 ? "GET" : method;
	x->in.path = path;
	x->in.query = x->uri + strcspn(x->uri, "?");
	if (x->in.query[0] == '?')
		x->in.query++;
	x->in.content_type = type == NULL ? "" : type;
	if (x->password != NULL) {
		x->in.user = x->user;
		x->in.password = x->password;
	}
	x->in.body_fd = -1;
	x->in.conn = c;
	if (!server_path_ok(x, path)) {
		x->refuse = MHD_HTTP_BAD_REQUEST;
		return;
	}
	if (s->handler.route != NULL)
		x->body_fd = s->handler.route(s->arg, &x->in);
	if (x->body_fd == -1 && server_too_large(s, c))
		x->refuse = MHD_HTTP_CONTENT_TOO_LARGE;
}

/*
 * A piece of the body.  Once the request is refused the rest is read and
 * forgotten; MHD_NO, which cuts the connection, when that takes too long.
 */
static enum MHD_Result
server_take(struct exchange *x, const char *p, size_t n)
{
	struct err e;

	err_clear(&e);
	if (x->refuse == 0 && x->body_fd != -1) {
		if (io_write_all(x->body_fd, p, n, &e) == -1)
			x->refuse = MHD_HTTP_INSUFFICIENT_STORAGE;
	} else if (x->refuse == 0) {
		if (buf_add(&x->body, p, n, &e) == -1)
			x->refuse = e.code == ERR_LIMIT ?
			    MHD_HTTP_CONTENT_TOO_LARGE :
			    MHD_HTTP_INTERNAL_SERVER_ERROR;
	}
	if (x->refuse == 0)
		return MHD_YES;
	x->swallowed += n;
	return x->swallowed <= SWALLOW_BYTES ? MHD_YES : MHD_NO;
}

/*
 * Sleep for ms milliseconds; false when the server is to stop.
 */
static bool
server_delay(struct http_server *s, int64_t ms)
{
	struct timespec until;
	bool stopping;

	clock_deadline(ms, &until);
	pthread_mutex_lock(&s->lock);
	while (!s->stopping && pthread_cond_timedwait(&s->wake, &s->lock,
	    &until) == 0)
		;
	stopping = s->stopping;
	pthread_mutex_unlock(&s->lock);
	return !stopping;
}

/*
 * Send a RST now: on Linux, connecting a TCP socket to AF_UNSPEC ends its
 * connection that way (connect(2), "dissolve the association").  Closing with
 * SO_LINGER would come too late, after libmicrohttpd has sent a FIN.
 */
static void
server_reset(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info;
	struct sockaddr none;

	info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
	if (info == NULL)
		return;
	memset(&none, 0, sizeof(none));
	none.sa_family = AF_UNSPEC;
	(void)connect(info->connect_fd, &none, sizeof(none));
}

static ssize_t
server_cut_read(void *arg, uint64_t pos, char *p, size_t max)
{
	struct cut_body *b = arg;
	ssize_t got;

	if (pos >= b->end)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (max > b->end - pos)
		max = (size_t)(b->end - pos);
	if (b->fd == -1) {
		memcpy(p, b->data + pos, max);
		return (ssize_t)max;
	}
	do {
		got = pread(b->fd, p, max, (off_t)pos);
	} while (got == -1 && errno == EINTR);
	return got <= 0 ? MHD_CONTENT_READER_END_WITH_ERROR : got;
}

static void
server_cut_free(void *arg)
{
	struct cut_body *b = arg;

	if (b->fd != -1)
		close(b->fd);
	free(b->data);
	free(b);
}

/*
 * A response that promises size bytes and sends only the first truncate_at.
 * Takes body and descriptor over, unless it returns NULL.
 */
static struct MHD_Response *
server_cut_response(struct http_outgoing *out, uint64_t size)
{
	struct MHD_Response *r;
	struct cut_body *b;

	b = malloc(sizeof(*b));
	if (b == NULL)
		return NULL;
	b->data = out->body;
	b->fd = out->file_fd;
	b->end = (uint64_t)out->truncate_at;
	r = MHD_create_response_from_callback(size, PIECE_BYTES,
	    server_cut_read, b, server_cut_free);
	if (r == NULL)
		free(b);
	return r;
}

/*
 * The body of *out as a response, which owns then what it sends; *out owns the
 * rest, everything when NULL is returned.
 */
static struct MHD_Response *
server_body(struct http_outgoing *out)
{
	struct MHD_Response *r;
	struct stat st;
	uint64_t size;

	size = out->body_len;
	if (out->file_fd != -1) {
		if (fstat(out->file_fd, &st) == -1)
			return NULL;
		size = (uint64_t)st.st_size;
	}
	if (out->truncate_at >= 0 && (uint64_t)out->truncate_at < size) {
		r = server_cut_response(out, size);
		if (r != NULL) {
			out->body = NULL;
			out->file_fd = -1;
		}
	} else if (out->file_fd != -1) {
		r = MHD_create_response_from_fd64(size, out->file_fd);
		if (r != NULL)
			out->file_fd = -1;
	} else if (size == 0) {
		r = MHD_create_response_from_buffer(0, NULL,
		    MHD_RESPMEM_PERSISTENT);
	} else {
		r = MHD_create_response_from_buffer((size_t)size, out->body,
		    MHD_RESPMEM_MUST_FREE);
		if (r != NULL)
			out->body = NULL;
	}
	return r;
}

static bool
server_headers(struct MHD_Response *r, const struct http_outgoing *out)
{
	char seconds[24];
	bool ok;

	ok = true;
	if (out->content_type != NULL)
		ok &= MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE,
		    out->content_type) == MHD_YES;
	if (out->location != NULL)
		ok &= MHD_add_response_header(r, MHD_HTTP_HEADER_LOCATION,
		    out->location) == MHD_YES;
	if (out->status == MHD_HTTP_UNAUTHORIZED)
		ok &= MHD_add_response_header(r,
		    MHD_HTTP_HEADER_WWW_AUTHENTICATE,
		    "Basic realm=\"coupondrop\"") == MHD_YES;
	if (out->retry_after_s >= 0) {
		snprintf(seconds, sizeof(seconds), "%lld",
		    (long long)out->retry_after_s);
		ok &= MHD_add_response_header(r, MHD_HTTP_HEADER_RETRY_AFTER,
		    seconds) == MHD_YES;
	}
	return ok;
}

static enum MHD_Result
server_send(struct MHD_Connection *c, struct http_outgoing *out)
{
	struct MHD_Response *r;
	enum MHD_Result ret;

	if (out->status < 200 || out->status > 599)
		out->status = MHD_HTTP_INTERNAL_SERVER_ERROR;
	r = server_body(out);
	if (r == NULL)
		return MHD_NO;
	ret = MHD_NO;
	if (server_headers(r, out))
		ret = MHD_queue_response(c, (unsigned int)out->status, r);
	MHD_destroy_response(r);
	return ret;
}

static void
server_handle(struct http_server *s, struct exchange *x,
    struct http_outgoing *out)
{
	memset(out, 0, sizeof(*out));
	out->file_fd = -1;
	out->truncate_at = -1;
	out->retry_after_s = -1;
	if (x->refuse != 0) {
		out->status = x->refuse;
		return;
	}
	x->in.body_fd = x->body_fd;
	if (x->body_fd == -1) {
		x->in.body = x->body.data;
		x->in.body_len = x->body.len;
	}
	s->handler.handle(s->arg, &x->in, out);
}

/*
 * The request is complete.  While the handler works, the client's silence
 * does not count: setting the limit anew afterwards starts it from zero.
 */
static enum MHD_Result
server_answer(struct http_server *s, struct exchange *x,
    struct MHD_Connection *c)
{
	struct http_outgoing out;
	enum MHD_Result ret;

	ret = MHD_NO;
	MHD_set_connection_option(c, MHD_CONNECTION_OPTION_TIMEOUT, 0u);
	server_handle(s, x, &out);
	server_close_body(x);
	if (out.delay_ms > 0 && !server_delay(s, out.delay_ms))
		goto done;
	MHD_set_connection_option(c, MHD_CONNECTION_OPTION_TIMEOUT, IDLE_S);
	if (out.reset)
		server_reset(c);
	else
		ret = server_send(c, &out);
done:
	free(out.body);
	if (out.file_fd != -1)
		close(out.file_fd);
	return ret;
}

static enum MHD_Result
server_access(void *arg, struct MHD_Connection *c, const char *path,
    const char *method, const char *version, const char *data, size_t *n,
    void **cls)
{
	struct http_server *s = arg;
	struct exchange *x = *cls;
	enum MHD_Result ret;

	(void)version;
	if (x == NULL)
		return MHD_NO;
	if (!x->routed) {
		server_route(s, x, c, path, method);
		/* Who asks before sending the body is answered at once. */
		if (x->refuse != 0 && MHD_lookup_connection_value(c,
		    MHD_HEADER_KIND, MHD_HTTP_HEADER_EXPECT) != NULL)
			return server_answer(s, x, c);
		return MHD_YES;
	}
	if (*n > 0) {
		ret = server_take(x, data, *n);
		*n = 0;
		return ret;
	}
	return server_answer(s, x, c);
}

static struct http_server *
server_new(const struct http_server_opts *o,
    const struct http_handler *handler, void *arg, struct err *e)
{
	pthread_condattr_t attr;
	struct http_server *s;

	s = calloc(1, sizeof(*s));
	if (s == NULL) {
		err_nomem(e);
		return NULL;
	}
	s->handler = *handler;
	s->arg = arg;
	s->max_body = o->max_body;
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&s->wake, &attr);
	pthread_condattr_destroy(&attr);
	return s;
}

static void
server_free(struct http_server *s)
{
	if (s->key != NULL)
		explicit_bzero(s->key, strlen(s->key));
	free(s->key);
	free(s->cert);
	pthread_cond_destroy(&s->wake);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

/*
 * Start libmicrohttpd on the listening socket fd, which it owns from then on
 * and closes even when it fails to start (tried with 0.9.75).
 */
static int
server_run(struct http_server *s, int fd)
{
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, s->cert },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, s->key },
		{ MHD_OPTION_END, 0, NULL },
	};
	struct MHD_OptionItem none[] = { { MHD_OPTION_END, 0, NULL } };
	unsigned int flags;
	sigset_t all, old;

	flags = MHD_USE_INTERNAL_POLLING_THREAD |
	    MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL;
	if (s->cert != NULL)
		flags |= MHD_USE_TLS;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	s->daemon = MHD_start_daemon(flags, s->port, NULL, NULL,
	    server_access, s,
	    MHD_OPTION_LISTEN_SOCKET, fd,
	    MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS,
	    MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT,
	    (size_t)(LIM_HTTP_HEADER + PIECE_BYTES),
	    MHD_OPTION_URI_LOG_CALLBACK, server_on_uri, s,
	    MHD_OPTION_NOTIFY_COMPLETED, server_on_end, s,
	    MHD_OPTION_ARRAY, s->cert != NULL ? tls : none,
	    MHD_OPTION_END);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return s->daemon == NULL ? -1 : 0;
}

struct http_server *
http_server_start(const struct http_server_opts *o,
    const struct http_handler *handler, void *arg, struct err *e)
{
	struct http_server *s;
	int fd;

	s = server_new(o, handler, arg, e);
	if (s == NULL)
		return NULL;
	if (o->cert_file != NULL && (io_slurp(o->cert_file, PEM_BYTES,
	    &s->cert, NULL, e) == -1 || io_slurp(o->key_file, PEM_BYTES,
	    &s->key, NULL, e) == -1))
		goto undo;
	fd = http_listen(o->address, o->port, &s->port, e);
	if (fd == -1)
		goto undo;
	if (server_run(s, fd) == -1) {
		err_set(e, s->cert != NULL ? ERR_CONFIG : ERR_UNAVAILABLE,
		    "the server on %s port %u does not start%s", o->address,
		    s->port, s->cert != NULL ?
		    "; do certificate and key belong together?" : "");
		goto undo;
	}
	return s;
undo:
	server_free(s);
	return NULL;
}

uint16_t
http_server_port(const struct http_server *s)
{
	return s->port;
}

void
http_server_stop(struct http_server *s)
{
	if (s == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	s->stopping = true;
	pthread_cond_broadcast(&s->wake);
	pthread_mutex_unlock(&s->lock);
	MHD_stop_daemon(s->daemon);
	server_free(s);
}

const char *
http_incoming_header(const struct http_incoming *in, const char *name)
{
	return MHD_lookup_connection_value(in->conn, MHD_HEADER_KIND, name);
}
