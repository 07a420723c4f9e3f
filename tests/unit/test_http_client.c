/*
 * The HTTP client against our own server: answers, failures, limits, stops.
 * What matters most is whether a request may have left when no answer came.
 */
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/base/log.h"
#include "../../src/base/stop.h"
#include "http_fixture.h"

static void
test_answers(void **state)
{
	struct fixture *f = *state;

	fx_must(f, fx_get(f, "/a?b=c"));
	assert_int_equal(f->answer.status, 200);
	assert_true(f->answer.maybe_sent);
	assert_false(f->answer.failed);
	assert_string_equal(f->answer.body, "GET /a?b=c []  -");
	assert_int_equal(f->answer.body_len, strlen(f->answer.body));
	assert_string_equal(http_answer_header(&f->answer, "content-type"),
	    "text/plain");
	assert_int_equal(f->answer.retry_after_ms, -1);
	fx_must(f, fx_get(f, "/404"));
	assert_int_equal(f->answer.status, 404);
	fx_must(f, fx_get(f, "/503"));
	assert_int_equal(f->answer.status, 503);
	assert_int_equal(f->answer.retry_after_ms, 7000);
	fx_must(f, fx_get(f, "/moved"));
	assert_int_equal(f->answer.status, 302);
}

static void
test_body_is_added(void **state)
{
	struct fixture *f = *state;
	struct http_request r;

	r = fx_request(f, "GET", "/");
	fx_must(f, buf_adds(&f->body, "before ", &f->e));
	fx_must(f, http_call(f->loop, &r, &f->body, &f->answer, &f->e));
	assert_string_equal(f->body.data, "before GET /? []  -");
	assert_string_equal(f->answer.body, "GET /? []  -");
}

static void
test_methods(void **state)
{
	static const struct http_header headers[] = {
		{ "Content-Type", "text/xml", NULL },
		{ "Authorization", "Bearer " SECRET, NULL },
	};
	struct net_piece body = net_bytes_piece("<xml/>", 6);
	struct fixture *f = *state;
	struct http_request r;

	r = fx_request(f, "POST", "/p");
	r.headers = headers;
	r.nheaders = 2;
	r.body = &body;
	r.npieces = 1;
	fx_must(f, fx_call(f, &r));
	assert_string_equal(f->answer.body,
	    "POST /p? [<xml/>] text/xml Bearer " SECRET);
	r.method = "PUT";
	r.nheaders = 0;
	body.len = 3;
	fx_must(f, fx_call(f, &r));
	assert_string_equal(f->answer.body, "PUT /p? [<xm]  -");
	r.method = "DELETE";
	body.len = 0;
	fx_must(f, fx_call(f, &r));
	assert_string_equal(f->answer.body, "DELETE /p? []  -");
	r.method = "POST";
	r.npieces = 0;
	fx_must(f, fx_call(f, &r));
	assert_string_equal(f->answer.body, "POST /p? []  -");
	r.method = "HEAD";
	fx_must(f, fx_call(f, &r));
	assert_int_equal(f->answer.status, 200);
	assert_int_equal(f->answer.body_len, 0);
}

static void
test_large_body(void **state)
{
	struct fixture *f = *state;
	struct net_piece body;
	struct http_request r;
	char *big;

	big = malloc(500000);
	assert_non_null(big);
	memset(big, 'x', 500000);
	r = fx_request(f, "POST", "/p");
	body = net_bytes_piece(big, 500000);
	r.body = &body;
	r.npieces = 1;
	fx_must(f, fx_call(f, &r));
	assert_int_equal(f->answer.body_len, strlen("POST /p? []  -") +
	    500000);
	free(big);
}

static void
test_broken(void **state)
{
	struct fixture *f = *state;

	fx_refused(f, fx_get(f, "/cut?k=" SECRET), ERR_BROKEN, true);
	assert_non_null(strstr(f->e.msg, "127.0.0.1:"));
	fx_refused(f, fx_get(f, "/reset?k=" SECRET), ERR_BROKEN, true);
	assert_non_null(strstr(f->e.msg, "127.0.0.1:"));
}

static void
test_no_connection(void **state)
{
	struct fixture *f = *state;
	struct http_request r;

	r = fx_request(f, "POST", "/?k=" SECRET);
	http_server_stop(f->server);
	f->server = NULL;
	fx_refused(f, fx_call(f, &r), ERR_CONNECT, false);
	assert_non_null(strstr(f->e.msg, "refused"));
	/* Too long for a name: no name server is asked. */
	r.url = "http://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example:81/";
	fx_refused(f, fx_call(f, &r), ERR_RESOLVE, false);
	assert_non_null(strstr(f->e.msg, ".example:81"));
}

static void
test_too_large(void **state)
{
	struct fixture *f = *state;
	struct http_request r;

	r = fx_request(f, "GET", "/");
	r.max_answer = strlen("GET /? []  -");
	fx_must(f, fx_call(f, &r));
	r.max_answer--;
	fx_refused(f, fx_call(f, &r), ERR_LIMIT, true);
}

static void
test_time_out(void **state)
{
	struct fixture *f = *state;
	struct http_request r;

	r = fx_request(f, "GET", "/slow");
	r.total_ms = 300;
	fx_refused(f, fx_call(f, &r), ERR_TIMEOUT, true);
	assert_non_null(strstr(f->e.msg, "0.3 s"));
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
	static const struct http_header evil = { "X", "a\r\nY: b", NULL };
	struct fixture *f = *state;
	struct http_request r;
	size_t i;

	r = fx_request(f, "GET", "/");
	for (i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		r.url = urls[i];
		fx_refused(f, fx_call(f, &r), ERR_CONFIG, false);
	}
	r = fx_request(f, "GET", "/");
	r.headers = &evil;
	r.nheaders = 1;
	fx_refused(f, fx_call(f, &r), ERR_CONFIG, false);
}

static void
test_environment_is_ignored(void **state)
{
	struct fixture *f = *state;

	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
	fx_must(f, fx_get(f, "/"));
	unsetenv("http_proxy");
	unsetenv("ALL_PROXY");
}

/* A program that is started meanwhile could hold a connection open. */
static void
test_sockets_stay_here(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_in peer;
	socklen_t len;
	int fd, found = 0;

	fx_must(f, fx_get(f, "/"));
	for (fd = 3; fd < 1024; fd++) {
		len = sizeof(peer);
		if (getpeername(fd, (struct sockaddr *)&peer, &len) == -1 ||
		    peer.sin_family != AF_INET ||
		    ntohs(peer.sin_port) != http_server_port(f->server))
			continue;
		found++;
		assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	}
	assert_int_equal(found, 1);
}

/* Nor does it switch off a proxy that is set. */
static void
test_proxy_holds(void **state)
{
	static const char *const names[] = { "no_proxy", "NO_PROXY" };
	struct fixture *f = *state;
	struct http_opts o;
	struct http_request r;
	size_t i;

	memset(&o, 0, sizeof(o));
	o.proxy.url = "http://127.0.0.1:1";
	http_loop_free(f->loop);
	f->loop = http_loop_new(&o, &f->e);
	assert_non_null(f->loop);
	for (i = 0; i < 2; i++) {
		setenv(names[i], "*", 1);
		r = fx_request(f, "GET", "/");
		fx_refused(f, fx_call(f, &r), ERR_CONNECT, false);
		unsetenv(names[i]);
	}
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
	o.proxy.url = proxy;
	http_loop_free(f->loop);
	f->loop = http_loop_new(&o, &f->e);
	assert_non_null(f->loop);
	r = fx_request(f, "GET", "/");
	r.url = "http://nowhere.invalid/";
	/* Our server is no proxy and says so, which is not the word of
	   nowhere.invalid: the request itself never left. */
	fx_refused(f, fx_call(f, &r), ERR_CONNECT, false);
	assert_non_null(strstr(f->e.msg, "proxy 127.0.0.1:"));
	r.url = "https://nowhere.invalid/";
	r.method = "POST";
	fx_refused(f, fx_call(f, &r), ERR_CONNECT, false);
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
	const struct net_piece body = net_bytes_piece("body", 4);
	struct fixture *f = *state;
	struct http_request r;
	int i, left;

	assert_int_equal(http_run(f->loop, 60000, &f->e), 0);
	for (i = 0; i < 50; i++) {
		r = fx_request(f, i % 2 ? "GET" : "POST", "/x");
		r.body = &body;
		r.npieces = i % 2 ? 0 : 1;
		fx_must(f, http_start(f->loop, &r, count, f, &f->e));
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
	r = fx_request(f, "GET", "/next");
	fx_must(f, http_start(f->loop, &r, chain, f, &f->e));
}

static void
test_chain(void **state)
{
	struct fixture *f = *state;
	struct http_request r;

	r = fx_request(f, "GET", "/first");
	fx_must(f, http_start(f->loop, &r, chain, f, &f->e));
	finish(f);
	assert_int_equal(f->ended, 5);
	assert_int_equal(f->good, 5);
}

static void
test_run_ends_in_time(void **state)
{
	struct fixture *f = *state;
	struct http_request r;

	r = fx_request(f, "GET", "/slow");
	fx_must(f, http_start(f->loop, &r, count, f, &f->e));
	assert_int_equal(http_run(f->loop, 0, &f->e), 1);
	assert_int_equal(http_run(f->loop, 20, &f->e), 1);
	/* A call moves beside it. */
	fx_must(f, fx_get(f, "/"));
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
	f->server = fx_serve(f, NULL, NULL);
	r = fx_request(f, "POST", "/slow");
	if (http_start(f->loop, &r, count, f, &f->e) == -1 ||
	    http_run(f->loop, 20, &f->e) != 1)
		return 1;
	raise(SIGTERM);
	if (http_run(f->loop, 3600 * 1000, &f->e) != -1 ||
	    f->e.code != ERR_STOPPED)
		return 2;
	if (fx_call(f, &r) != -1 || f->e.code != ERR_STOPPED ||
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
	f->server = fx_serve(f, NULL, NULL);
	r = fx_request(f, "POST", "/slow");
	if (pthread_create(&t, NULL, stop_soon, NULL) != 0)
		return 1;
	if (fx_call(f, &r) != -1 || f->e.code != ERR_STOPPED)
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
	static const struct http_header headers[] = {
		{ "Authorization", "Bearer " SECRET, NULL },
	};
	const struct net_piece body = net_bytes_piece(SECRET, strlen(SECRET));
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
	r = fx_request(f, "POST", "/path?k=" SECRET);
	r.headers = headers;
	r.nheaders = 1;
	r.body = &body;
	r.npieces = 1;
	r.secret_query = true;
	fx_must(f, fx_call(f, &r));
	r = fx_request(f, "GET", "/reset?page=2");
	assert_int_equal(fx_call(f, &r), -1);
	n = pread(fd, text, sizeof(text) - 1, 0);
	assert_true(n > 0);
	text[n] = '\0';
	assert_null(strstr(text, SECRET));
	assert_non_null(strstr(text, "/path"));
	assert_non_null(strstr(text, "page=2"));
	log_free(o.log);
	close(fd);
}

#define WITH_SERVER(t)	\
	cmocka_unit_test_setup_teardown(t, fx_set_up, fx_tear_down)

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
		WITH_SERVER(test_sockets_stay_here),
		WITH_SERVER(test_proxy),
		WITH_SERVER(test_proxy_holds),
		WITH_SERVER(test_parallel),
		WITH_SERVER(test_chain),
		WITH_SERVER(test_run_ends_in_time),
		cmocka_unit_test_setup_teardown(test_stop,
		    fx_set_up_alone, fx_tear_down),
		WITH_SERVER(test_log),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
