/*
 * The HTTP client against our own server, and, where the server must misbehave
 * in ways ours cannot, against a scripted one.  What matters most is whether
 * a request may have left when no answer came.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/base/buf.h"
#include "../../src/base/err.h"
#include "../../src/base/log.h"
#include "../../src/base/stop.h"
#include "../../src/base/tmpfile.h"
#include "../../src/http/client.h"
#include "../../src/http/server.h"

extern char **environ;

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

static struct http_server *
serve(struct fixture *f, const char *cert, const char *key)
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

/* Without a server, whose threads a fork would not take along. */
static int
set_up_alone(void **state)
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

static int
set_up(void **state)
{
	struct fixture *f;

	if (set_up_alone(state) == -1)
		return -1;
	f = *state;
	f->server = serve(f, NULL, NULL);
	return f->server == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	http_loop_free(f->loop);
	http_server_stop(f->server);
	buf_release(&f->body);
	free(f);
	return 0;
}

static struct http_request
request(struct fixture *f, const char *method, const char *path)
{
	struct http_request r;

	snprintf(f->url, sizeof(f->url), "http://127.0.0.1:%u%s",
	    http_server_port(f->server), path);
	memset(&r, 0, sizeof(r));
	r.method = method;
	r.url = f->url;
	return r;
}

static int
call(struct fixture *f, const struct http_request *r)
{
	buf_clear(&f->body);
	err_clear(&f->e);
	return http_call(f->loop, r, &f->body, &f->answer, &f->e);
}

static int
get(struct fixture *f, const char *path)
{
	struct http_request r;

	r = request(f, "GET", path);
	return call(f, &r);
}

static void
must(struct fixture *f, int rc)
{
	if (rc != 0)
		fail_msg("%s", f->e.msg);
}

/* A failure with this code; its sentence names the server and no secret. */
static void
refused(struct fixture *f, int rc, enum err_code code, bool maybe_sent)
{
	assert_int_equal(rc, -1);
	if (f->e.code != code)
		fail_msg("code %d: %s", (int)f->e.code, f->e.msg);
	assert_true(f->answer.failed);
	assert_int_equal(f->answer.err.code, code);
	assert_int_equal(f->answer.maybe_sent, maybe_sent);
	assert_null(strstr(f->e.msg, SECRET));
}

static void
test_answers(void **state)
{
	struct fixture *f = *state;

	must(f, get(f, "/a?b=c"));
	assert_int_equal(f->answer.status, 200);
	assert_true(f->answer.maybe_sent);
	assert_false(f->answer.failed);
	assert_string_equal(f->answer.body, "GET /a?b=c []  -");
	assert_int_equal(f->answer.body_len, strlen(f->answer.body));
	assert_string_equal(f->answer.content_type, "text/plain");
	assert_int_equal(f->answer.retry_after_ms, -1);
	must(f, get(f, "/404"));
	assert_int_equal(f->answer.status, 404);
	must(f, get(f, "/503"));
	assert_int_equal(f->answer.status, 503);
	assert_int_equal(f->answer.retry_after_ms, 7000);
	must(f, get(f, "/moved"));
	assert_int_equal(f->answer.status, 302);
}

static void
test_body_is_added(void **state)
{
	struct fixture *f = *state;
	struct http_request r;

	r = request(f, "GET", "/");
	must(f, buf_adds(&f->body, "before ", &f->e));
	must(f, http_call(f->loop, &r, &f->body, &f->answer, &f->e));
	assert_string_equal(f->body.data, "before GET /? []  -");
	assert_string_equal(f->answer.body, "GET /? []  -");
}

static void
test_methods(void **state)
{
	static const char *const headers[] = {
		"Content-Type: text/xml", "Authorization: Bearer " SECRET, NULL
	};
	struct fixture *f = *state;
	struct http_request r;

	r = request(f, "POST", "/p");
	r.headers = headers;
	r.body = "<xml/>";
	r.body_len = 6;
	must(f, call(f, &r));
	assert_string_equal(f->answer.body,
	    "POST /p? [<xml/>] text/xml Bearer " SECRET);
	r.method = "PUT";
	r.headers = NULL;
	r.body_len = 3;
	must(f, call(f, &r));
	assert_string_equal(f->answer.body, "PUT /p? [<xm]  -");
	r.method = "DELETE";
	r.body_len = 0;
	must(f, call(f, &r));
	assert_string_equal(f->answer.body, "DELETE /p? []  -");
	r.method = "POST";
	r.body = NULL;
	must(f, call(f, &r));
	assert_string_equal(f->answer.body, "POST /p? []  -");
	r.method = "HEAD";
	must(f, call(f, &r));
	assert_int_equal(f->answer.status, 200);
	assert_int_equal(f->answer.body_len, 0);
}

static void
test_large_body(void **state)
{
	struct fixture *f = *state;
	struct http_request r;
	char *big;

	big = malloc(500000);
	assert_non_null(big);
	memset(big, 'x', 500000);
	r = request(f, "POST", "/p");
	r.body = big;
	r.body_len = 500000;
	must(f, call(f, &r));
	assert_int_equal(f->answer.body_len, strlen("POST /p? []  -") +
	    500000);
	free(big);
}

static void
test_broken(void **state)
{
	struct fixture *f = *state;

	refused(f, get(f, "/cut?k=" SECRET), ERR_BROKEN, true);
	assert_non_null(strstr(f->e.msg, "127.0.0.1:"));
	refused(f, get(f, "/reset?k=" SECRET), ERR_BROKEN, true);
	assert_non_null(strstr(f->e.msg, "127.0.0.1:"));
}

static void
test_no_connection(void **state)
{
	struct fixture *f = *state;
	struct http_request r;

	r = request(f, "POST", "/?k=" SECRET);
	http_server_stop(f->server);
	f->server = NULL;
	refused(f, call(f, &r), ERR_CONNECT, false);
	assert_non_null(strstr(f->e.msg, "refused"));
	/* Too long for a name: no name server is asked. */
	r.url = "http://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example:81/";
	refused(f, call(f, &r), ERR_RESOLVE, false);
	assert_non_null(strstr(f->e.msg, ".example:81"));
}

static void
test_too_large(void **state)
{
	struct fixture *f = *state;
	struct http_request r;

	r = request(f, "GET", "/");
	r.max_answer = strlen("GET /? []  -");
	must(f, call(f, &r));
	r.max_answer--;
	refused(f, call(f, &r), ERR_LIMIT, true);
}

static void
test_time_out(void **state)
{
	struct fixture *f = *state;
	struct http_request r;

	r = request(f, "GET", "/slow");
	r.total_ms = 50;
	refused(f, call(f, &r), ERR_TIMEOUT, true);
	assert_non_null(strstr(f->e.msg, "0.05 s"));
}

static void
test_bad_requests(void **state)
{
	static const char *const urls[] = {
		"", "nonsense", "/path", "ftp://127.0.0.1/", "file:///etc",
		"http://", "http://u:" SECRET "@127.0.0.1/",
		"http://" SECRET "@127.0.0.1/", "http://127.0.0.1:99999/",
		"http://127.0.0.1/a b", "http://127.0.0.1/\r\nX: y",
	};
	static const char *const evil[] = { "X: a\r\nY: b", NULL };
	struct fixture *f = *state;
	struct http_request r;
	size_t i;

	r = request(f, "GET", "/");
	for (i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		r.url = urls[i];
		refused(f, call(f, &r), ERR_CONFIG, false);
	}
	r = request(f, "GET", "/");
	r.headers = evil;
	refused(f, call(f, &r), ERR_CONFIG, false);
}

static void
test_environment_is_ignored(void **state)
{
	struct fixture *f = *state;

	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
	must(f, get(f, "/"));
	unsetenv("http_proxy");
	unsetenv("ALL_PROXY");
}

static void
test_proxy(void **state)
{
	struct fixture *f = *state;
	struct http_opts o;
	struct http_request r;
	char proxy[64];

	memset(&o, 0, sizeof(o));
	snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%u",
	    http_server_port(f->server));
	o.proxy = proxy;
	http_loop_free(f->loop);
	f->loop = http_loop_new(&o, &f->e);
	assert_non_null(f->loop);
	r = request(f, "GET", "/");
	r.url = "http://nowhere.invalid/";
	/* Our server is no proxy and says so. */
	must(f, call(f, &r));
	assert_int_equal(f->answer.status, 400);
	/* Tunnelling is refused: the request itself never left. */
	r.url = "https://nowhere.invalid/";
	r.method = "POST";
	refused(f, call(f, &r), ERR_CONNECT, false);
	assert_non_null(strstr(f->e.msg, "proxy"));
}

static void
count(void *arg, const struct http_answer *a)
{
	struct fixture *f = arg;

	f->ended++;
	if (!a->failed && a->status == 200 && a->body_len > 0)
		f->good++;
}

static void
finish(struct fixture *f)
{
	int left;

	do {
		left = http_run(f->loop, 60000, &f->e);
		assert_true(left >= 0);
	} while (left > 0);
}

static void
test_parallel(void **state)
{
	struct fixture *f = *state;
	struct http_request r;
	int i, left;

	assert_int_equal(http_run(f->loop, 60000, &f->e), 0);
	for (i = 0; i < 50; i++) {
		r = request(f, i % 2 ? "GET" : "POST", "/x");
		r.body = "body";
		r.body_len = i % 2 ? 0 : 4;
		must(f, http_start(f->loop, &r, count, f, &f->e));
	}
	/* No more than one callback at a time. */
	left = http_run(f->loop, 60000, &f->e);
	assert_int_equal(left, 49);
	assert_int_equal(f->ended, 1);
	finish(f);
	assert_int_equal(f->ended, 50);
	assert_int_equal(f->good, 50);
}

static void
chain(void *arg, const struct http_answer *a)
{
	struct fixture *f = arg;
	struct http_request r;

	count(arg, a);
	if (f->ended >= 5)
		return;
	r = request(f, "GET", "/next");
	must(f, http_start(f->loop, &r, chain, f, &f->e));
}

static void
test_chain(void **state)
{
	struct fixture *f = *state;
	struct http_request r;

	r = request(f, "GET", "/first");
	must(f, http_start(f->loop, &r, chain, f, &f->e));
	finish(f);
	assert_int_equal(f->ended, 5);
	assert_int_equal(f->good, 5);
}

static void
test_run_ends_in_time(void **state)
{
	struct fixture *f = *state;
	struct http_request r;

	r = request(f, "GET", "/slow");
	must(f, http_start(f->loop, &r, count, f, &f->e));
	assert_int_equal(http_run(f->loop, 0, &f->e), 1);
	assert_int_equal(http_run(f->loop, 20, &f->e), 1);
	/* A call moves beside it. */
	must(f, get(f, "/"));
	http_loop_free(f->loop);
	f->loop = NULL;
	assert_int_equal(f->ended, 0);
}

/* In a child, because a stop cannot be taken back. */
static int
stop_in_child(struct fixture *f)
{
	struct http_request r;

	stop_install();
	f->server = serve(f, NULL, NULL);
	r = request(f, "POST", "/slow");
	if (http_start(f->loop, &r, count, f, &f->e) == -1 ||
	    http_run(f->loop, 20, &f->e) != 1)
		return 1;
	raise(SIGTERM);
	if (http_run(f->loop, 3600 * 1000, &f->e) != -1 ||
	    f->e.code != ERR_STOPPED)
		return 2;
	if (call(f, &r) != -1 || f->e.code != ERR_STOPPED ||
	    f->answer.maybe_sent || !f->answer.failed)
		return 3;
	http_loop_free(f->loop);
	http_server_stop(f->server);
	return f->ended == 0 ? 0 : 4;
}

static void *
stop_soon(void *arg)
{
	(void)arg;
	kill(getpid(), SIGINT);
	return NULL;
}

/* The stop arrives while a call is being waited for. */
static int
stop_call_in_child(struct fixture *f)
{
	struct http_request r;
	pthread_t t;

	stop_install();
	f->server = serve(f, NULL, NULL);
	r = request(f, "POST", "/slow");
	if (pthread_create(&t, NULL, stop_soon, NULL) != 0)
		return 1;
	if (call(f, &r) != -1 || f->e.code != ERR_STOPPED)
		return 2;
	pthread_join(t, NULL);
	http_loop_free(f->loop);
	http_server_stop(f->server);
	return 0;
}

static void
in_child(struct fixture *f, int (*test)(struct fixture *))
{
	pid_t pid;
	int status;

	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(test(f));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
test_stop(void **state)
{
	in_child(*state, stop_in_child);
	in_child(*state, stop_call_in_child);
}

static void
test_log(void **state)
{
	static const char *const headers[] = {
		"Authorization: Bearer " SECRET, NULL
	};
	struct fixture *f = *state;
	struct http_opts o;
	struct http_request r;
	char text[4096];
	ssize_t n;
	int fd;

	fd = memfd_create("log", MFD_CLOEXEC);
	memset(&o, 0, sizeof(o));
	o.log = log_new(fd, LOG_TEXT, LOG_DEBUG);
	http_loop_free(f->loop);
	f->loop = http_loop_new(&o, &f->e);
	r = request(f, "POST", "/path?k=" SECRET);
	r.headers = headers;
	r.body = SECRET;
	r.body_len = strlen(SECRET);
	r.secret_query = true;
	must(f, call(f, &r));
	r = request(f, "GET", "/reset?page=2");
	assert_int_equal(call(f, &r), -1);
	n = pread(fd, text, sizeof(text) - 1, 0);
	assert_true(n > 0);
	text[n] = '\0';
	assert_null(strstr(text, SECRET));
	assert_non_null(strstr(text, "/path"));
	assert_non_null(strstr(text, "page=2"));
	log_free(o.log);
	close(fd);
}

static void
test_form(void **state)
{
	struct fixture *f = *state;
	struct buf *b = &f->body;

	must(f, http_form(b, "a", "x y&z=\xc3\xa9~", 9, &f->e));
	assert_string_equal(b->data, "a=x+y%26z%3D%C3%A9~");
	must(f, http_form(b, "b", "", 0, &f->e));
	must(f, http_form(b, "c", "\0-._", 4, &f->e));
	assert_string_equal(b->data, "a=x+y%26z%3D%C3%A9~&b=&c=%00-._");
	buf_clear(b);
	must(f, buf_adds(b, "/path?", &f->e));
	must(f, http_form(b, "q", "1", 1, &f->e));
	assert_string_equal(b->data, "/path?q=1");
	b->max = b->len + 3;
	assert_int_equal(http_form(b, "q", "12", 2, &f->e), -1);
	assert_int_equal(f->e.code, ERR_LIMIT);
}

/*
 * The scripted server: the n-th request, on whatever connection, gets the
 * n-th answer; "" closes the connection instead.
 */
struct script {
	int			 listener;
	uint16_t		 port;
	const char *const	*answers;	/* NULL-ended */
	int			 requests, connections;
	pthread_t		 thread;
};

#define SCRIPT_CONNS	8

/*
 * Read one request from fd; false when there is none.
 */
static bool
script_read(int fd)
{
	char head[8192];
	const char *end, *len;
	size_t n, body;
	ssize_t got;

	n = 0;
	do {
		got = read(fd, head + n, sizeof(head) - 1 - n);
		if (got <= 0)
			return false;
		n += (size_t)got;
		head[n] = '\0';
		end = strstr(head, "\r\n\r\n");
	} while (end == NULL);
	len = strstr(head, "Content-Length: ");
	body = len == NULL ? 0 : strtoul(len + 16, NULL, 10);
	while (n < (size_t)(end + 4 - head) + body) {
		got = read(fd, head, sizeof(head));
		if (got <= 0)
			return false;
		n += (size_t)got;
	}
	return true;
}

static bool
script_answer(struct script *s, int fd)
{
	const char *text;
	struct err e;

	if (!script_read(fd))
		return false;
	text = s->answers[s->requests];
	if (text == NULL)
		return false;
	s->requests++;
	if (text[0] == '\0' ||
	    io_write_all(fd, text, strlen(text), &e) == -1)
		return false;
	return strstr(text, "Connection: close") == NULL;
}

static void *
script_run(void *arg)
{
	struct script *s = arg;
	struct pollfd p[1 + SCRIPT_CONNS];
	int i, n;

	p[0].fd = s->listener;
	p[0].events = POLLIN;
	n = 1;
	while (poll(p, (nfds_t)n, -1) > 0) {
		if (p[0].revents & (POLLHUP | POLLERR | POLLNVAL))
			break;
		for (i = 1; i < n; i++)
			if (p[i].revents != 0 && !script_answer(s, p[i].fd)) {
				close(p[i].fd);
				p[i].fd = -1;
			}
		if (p[0].revents & POLLIN && n <= SCRIPT_CONNS) {
			p[n].fd = accept(s->listener, NULL, NULL);
			p[n].events = POLLIN;
			n++;
			s->connections++;
		}
	}
	for (i = 1; i < n; i++)
		if (p[i].fd != -1)
			close(p[i].fd);
	return NULL;
}

static void
script_start(struct script *s, const char *const *answers)
{
	struct sockaddr_in a;
	socklen_t len;

	memset(s, 0, sizeof(*s));
	s->answers = answers;
	memset(&a, 0, sizeof(a));
	a.sin_family = AF_INET;
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s->listener, (struct sockaddr *)&a, sizeof(a)),
	    0);
	assert_int_equal(listen(s->listener, 8), 0);
	len = sizeof(a);
	getsockname(s->listener, (struct sockaddr *)&a, &len);
	s->port = ntohs(a.sin_port);
	assert_int_equal(pthread_create(&s->thread, NULL, script_run, s), 0);
}

static void
script_stop(struct script *s)
{
	shutdown(s->listener, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->listener);
}

static int
ask_script(struct fixture *f, struct script *s, struct http_request *r)
{
	snprintf(f->url, sizeof(f->url), "http://127.0.0.1:%u/", s->port);
	r->url = f->url;
	return call(f, r);
}

#define OK_KEPT		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define OK_CLOSED	"HTTP/1.1 200 OK\r\nConnection: close\r\n"

static const char *const dies_when_kept[] = { OK_KEPT, "", OK_KEPT, NULL };

/* libcurl repeats a GET by itself, and that is all right. */
static void
test_kept_connection_get(void **state)
{
	struct fixture *f = *state;
	struct http_request r = { .method = "GET" };
	struct script s;

	script_start(&s, dies_when_kept);
	must(f, ask_script(f, &s, &r));
	must(f, ask_script(f, &s, &r));
	script_stop(&s);
	assert_int_equal(s.requests, 3);
	assert_int_equal(s.connections, 2);
}

/* A submission leaves once, whatever happens. */
static void
test_kept_connection_post(void **state)
{
	struct fixture *f = *state;
	struct http_request r = { .method = "POST", .body = "b",
	    .body_len = 1 };
	struct script s;

	script_start(&s, dies_when_kept);
	must(f, ask_script(f, &s, &r));
	refused(f, ask_script(f, &s, &r), ERR_BROKEN, true);
	script_stop(&s);
	assert_int_equal(s.requests, 2);
	assert_int_equal(s.connections, 2);
}

static void
test_kept_connection_repeatable(void **state)
{
	struct fixture *f = *state;
	struct http_request r = { .method = "POST", .body = "b",
	    .body_len = 1, .repeatable = true };
	struct script s;

	script_start(&s, dies_when_kept);
	must(f, ask_script(f, &s, &r));
	must(f, ask_script(f, &s, &r));
	script_stop(&s);
	assert_int_equal(s.requests, 3);
}

static void
test_retry_after(void **state)
{
	static const char *const answers[] = {
		OK_CLOSED "Retry-After: 0\r\n\r\n",
		OK_CLOSED "Retry-After: Sat, 21 Nov 2026 01:10:30 GMT\r\n"
		    "Date: Sat, 21 Nov 2026 01:10:00 GMT\r\n\r\n",
		OK_CLOSED "Retry-After: Sat, 21 Nov 2020 01:10:30 GMT\r\n\r\n",
		OK_CLOSED "Retry-After: soon\r\n\r\n",
		OK_CLOSED "Retry-After: 99999999999999999999\r\n\r\n",
		OK_CLOSED "Retry-After: Sat, 21 Nov 2099 01:10:30 GMT\r\n\r\n",
		NULL
	};
	static const int64_t want[] = { 0, 30000, 0, -1, -1, -1 };
	struct fixture *f = *state;
	struct http_request r = { .method = "GET" };
	struct script s;
	size_t i;

	script_start(&s, answers);
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		must(f, ask_script(f, &s, &r));
		assert_int_equal(f->answer.retry_after_ms, want[i]);
	}
	script_stop(&s);
}

static void
test_odd_answers(void **state)
{
	static const char *const answers[] = {
		"SSH-2.0-OpenSSH_9.2\r\n" OK_CLOSED,
		OK_CLOSED "\r\n0123456789",	/* its end is its length */
		OK_CLOSED "Transfer-Encoding: chunked\r\n\r\n5\r\nabc",
		"",
		NULL
	};
	struct fixture *f = *state;
	struct http_request r = { .method = "POST", .max_answer = 9 };
	struct script s;

	script_start(&s, answers);
	refused(f, ask_script(f, &s, &r), ERR_PROTOCOL, true);
	refused(f, ask_script(f, &s, &r), ERR_LIMIT, true);
	refused(f, ask_script(f, &s, &r), ERR_BROKEN, true);
	refused(f, ask_script(f, &s, &r), ERR_BROKEN, true);
	script_stop(&s);
}

static void
test_header_flood(void **state)
{
	struct fixture *f = *state;
	struct http_request r = { .method = "GET" };
	const char *answers[2] = { NULL, NULL };
	struct script s;
	struct buf b;
	int i;

	buf_init(&b, 1 << 20);
	must(f, buf_adds(&b, OK_CLOSED, &f->e));
	for (i = 0; i < 2000; i++)
		must(f, buf_addf(&b, &f->e, "X-%d: %040d\r\n", i, i));
	must(f, buf_adds(&b, "\r\n", &f->e));
	answers[0] = b.data;
	script_start(&s, answers);
	refused(f, ask_script(f, &s, &r), ERR_LIMIT, true);
	script_stop(&s);
	buf_release(&b);
}

/* TLS to a server that does not speak it: nothing of the request leaves. */
static void
test_not_tls(void **state)
{
	struct fixture *f = *state;
	struct http_request r;
	char url[64];

	r = request(f, "POST", "/");
	snprintf(url, sizeof(url), "https://127.0.0.1:%u/",
	    http_server_port(f->server));
	r.url = url;
	refused(f, call(f, &r), ERR_CONNECT, false);
}

struct certificate {
	char	dir[64], cert[96], key[96];
};

static void
certificate_make(struct certificate *c)
{
	char *argv[] = {
		"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
		"ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
		"-subj", "/CN=127.0.0.1", "-addext",
		"subjectAltName=IP:127.0.0.1", "-keyout", c->key, "-out",
		c->cert, NULL
	};
	posix_spawn_file_actions_t quiet;
	pid_t pid;
	int status;

	snprintf(c->dir, sizeof(c->dir), "/tmp/test_http.XXXXXX");
	assert_non_null(mkdtemp(c->dir));
	snprintf(c->cert, sizeof(c->cert), "%s/cert", c->dir);
	snprintf(c->key, sizeof(c->key), "%s/key", c->dir);
	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addclose(&quiet, 2);
	assert_int_equal(posix_spawnp(&pid, argv[0], &quiet, NULL, argv,
	    environ), 0);
	posix_spawn_file_actions_destroy(&quiet);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
certificate_remove(const struct certificate *c)
{
	unlink(c->cert);
	unlink(c->key);
	rmdir(c->dir);
}

static int
call_with_ca(struct fixture *f, const char *ca, const char *host)
{
	struct http_opts o;
	struct http_request r;
	char url[64];

	memset(&o, 0, sizeof(o));
	o.ca_file = ca;
	http_loop_free(f->loop);
	f->loop = http_loop_new(&o, &f->e);
	assert_non_null(f->loop);
	r = request(f, "POST", "/tls");
	snprintf(url, sizeof(url), "https://%s:%u/tls", host,
	    http_server_port(f->server));
	r.url = url;
	return call(f, &r);
}

static void
test_certificates(void **state)
{
	struct fixture *f = *state;
	struct certificate c;

	certificate_make(&c);
	http_server_stop(f->server);
	f->server = serve(f, c.cert, c.key);
	assert_non_null(f->server);
	refused(f, call_with_ca(f, NULL, "127.0.0.1"), ERR_CERT, false);
	refused(f, call_with_ca(f, c.cert, "localhost"), ERR_CERT, false);
	refused(f, call_with_ca(f, "/nonexistent", "127.0.0.1"), ERR_CONFIG,
	    false);
	assert_non_null(strstr(f->e.msg, "/nonexistent"));
	must(f, call_with_ca(f, c.cert, "127.0.0.1"));
	assert_string_equal(f->answer.body, "POST /tls? []  -");
	certificate_remove(&c);
}

#define WITH_SERVER(t)	cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH_SERVER(test_answers),
		WITH_SERVER(test_body_is_added),
		WITH_SERVER(test_methods),
		WITH_SERVER(test_large_body),
		WITH_SERVER(test_broken),
		WITH_SERVER(test_no_connection),
		WITH_SERVER(test_too_large),
		WITH_SERVER(test_time_out),
		WITH_SERVER(test_bad_requests),
		WITH_SERVER(test_environment_is_ignored),
		WITH_SERVER(test_proxy),
		WITH_SERVER(test_parallel),
		WITH_SERVER(test_chain),
		WITH_SERVER(test_run_ends_in_time),
		cmocka_unit_test_setup_teardown(test_stop, set_up_alone,
		    tear_down),
		WITH_SERVER(test_log),
		WITH_SERVER(test_form),
		WITH_SERVER(test_kept_connection_get),
		WITH_SERVER(test_kept_connection_post),
		WITH_SERVER(test_kept_connection_repeatable),
		WITH_SERVER(test_retry_after),
		WITH_SERVER(test_odd_answers),
		WITH_SERVER(test_header_flood),
		WITH_SERVER(test_not_tls),
		WITH_SERVER(test_certificates),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
