/*
 * The HTTP client against a scripted server that misbehaves in ways ours
 * cannot, and over TLS.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "http_script.h"

extern char **environ;

static const char *const dies_when_kept[] = { OK_KEPT, "", OK_KEPT, NULL };

/* libcurl repeats a GET by itself, and that is all right. */
static void
test_kept_connection_get(void **state)
{
	struct fixture *f = *state;
	struct http_request r = { .method = "GET" };
	struct script s;

	script_start(&s, dies_when_kept);
	fx_must(f, script_ask(f, &s, &r));
	fx_must(f, script_ask(f, &s, &r));
	script_stop(&s);
	assert_int_equal(s.requests, 3);
	assert_int_equal(s.connections, 2);
}

/* A submission leaves once, whatever happens. */
static void
test_kept_connection_post(void **state)
{
	struct fixture *f = *state;
	const struct net_piece b = net_bytes_piece("b", 1);
	struct http_request r = { .method = "POST", .body = &b,
	    .npieces = 1 };
	struct script s;

	script_start(&s, dies_when_kept);
	fx_must(f, script_ask(f, &s, &r));
	fx_refused(f, script_ask(f, &s, &r), ERR_BROKEN, true);
	script_stop(&s);
	assert_int_equal(s.requests, 2);
	assert_int_equal(s.connections, 2);
}

static void
test_kept_connection_repeatable(void **state)
{
	struct fixture *f = *state;
	const struct net_piece b = net_bytes_piece("b", 1);
	struct http_request r = { .method = "POST", .body = &b,
	    .npieces = 1, .repeatable = true };
	struct script s;

	script_start(&s, dies_when_kept);
	fx_must(f, script_ask(f, &s, &r));
	fx_must(f, script_ask(f, &s, &r));
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
	static const int64_t want[] = { 0, 30000, 0, -1, NET_PAUSE_MAX_MS,
	    NET_PAUSE_MAX_MS };
	struct fixture *f = *state;
	struct http_request r = { .method = "GET" };
	struct script s;
	size_t i;

	script_start(&s, answers);
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		fx_must(f, script_ask(f, &s, &r));
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
	fx_refused(f, script_ask(f, &s, &r), ERR_PROTOCOL, true);
	fx_refused(f, script_ask(f, &s, &r), ERR_LIMIT, true);
	fx_refused(f, script_ask(f, &s, &r), ERR_BROKEN, true);
	fx_refused(f, script_ask(f, &s, &r), ERR_BROKEN, true);
	script_stop(&s);
}

/* A proxy whose answer to CONNECT has no end, in its headers or its page. */
static void
test_proxy_flood(void **state)
{
	static const char *const heads[] = {
		"HTTP/1.1 200 OK\r\n",
		"HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=\"p\"\r\n"
		    "Content-Length: 99999999999999\r\n\r\n",
	};
	const char *answers[] = { NULL, NULL };
	struct fixture *f = *state;
	struct http_request r = { .method = "POST",
	    .url = "https://a.invalid/" };
	struct http_opts o;
	struct script s;
	char proxy[64];
	size_t i;

	for (i = 0; i < 2; i++) {
		answers[0] = heads[i];
		script_start(&s, answers);
		s.flood = "X-More: and more and more and more of it\r\n";
		snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%u", s.port);
		memset(&o, 0, sizeof(o));
		o.proxy.url = proxy;
		o.proxy.user = "pat";
		/*
		 * Headers are bounded by libcurl, too, but so little time is
		 * not enough to read so many; of a page nothing is read.
		 */
		r.connect_ms = i == 0 ? 20 : 60000;
		http_loop_free(f->loop);
		f->loop = http_loop_new(&o, &f->e);
		assert_non_null(f->loop);
		fx_refused(f, fx_call(f, &r), i == 1 ? ERR_LOGIN :
		    ERR_TIMEOUT, false);
		assert_non_null(strstr(f->e.msg, "proxy"));
		script_stop(&s);
	}
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
	fx_must(f, buf_adds(&b, OK_CLOSED, &f->e));
	for (i = 0; i < 2000; i++)
		fx_must(f, buf_addf(&b, &f->e, "X-%d: %040d\r\n", i, i));
	fx_must(f, buf_adds(&b, "\r\n", &f->e));
	answers[0] = b.data;
	script_start(&s, answers);
	fx_refused(f, script_ask(f, &s, &r), ERR_LIMIT, true);
	script_stop(&s);
	buf_release(&b);
}

/* A listener that takes connections and reads nothing. */
static int
deaf_listener(struct fixture *f)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	snprintf(f->url, sizeof(f->url), "http://127.0.0.1:%u/",
	    ntohs(a.sin_port));
	return fd;
}

/* A submission that was given up does not arrive when nobody waits for it. */
static void
test_given_up(void **state)
{
	static char big[16 << 20], got[1 << 16];
	const struct net_piece piece = net_bytes_piece(big, sizeof(big));
	struct fixture *f = *state;
	struct http_request r = { .method = "POST", .body = &piece,
	    .npieces = 1, .total_ms = 1000 };
	int listener = deaf_listener(f), fd;
	ssize_t n;

	r.url = f->url;
	fx_refused(f, fx_call(f, &r), ERR_TIMEOUT, true);
	fd = accept(listener, NULL, NULL);
	assert_true(fd != -1);
	while ((n = read(fd, got, sizeof(got))) > 0)
		;
	assert_int_equal(n, -1);
	assert_int_equal(errno, ECONNRESET);
	close(fd);
	close(listener);
}

/* TLS to a server that does not speak it: nothing of the request leaves. */
static void
test_not_tls(void **state)
{
	struct fixture *f = *state;
	struct http_request r;
	char url[64];

	r = fx_request(f, "POST", "/");
	snprintf(url, sizeof(url), "https://127.0.0.1:%u/",
	    http_server_port(f->server));
	r.url = url;
	fx_refused(f, fx_call(f, &r), ERR_CONNECT, false);
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
	o.tls.ca_file = ca;
	http_loop_free(f->loop);
	f->loop = http_loop_new(&o, &f->e);
	assert_non_null(f->loop);
	r = fx_request(f, "POST", "/tls");
	snprintf(url, sizeof(url), "https://%s:%u/tls", host,
	    http_server_port(f->server));
	r.url = url;
	return fx_call(f, &r);
}

static void
test_certificates(void **state)
{
	struct fixture *f = *state;
	struct certificate c;
	struct http_opts o;

	certificate_make(&c);
	http_server_stop(f->server);
	f->server = fx_serve(f, c.cert, c.key);
	assert_non_null(f->server);
	fx_refused(f, call_with_ca(f, NULL, "127.0.0.1"), ERR_CERT, false);
	fx_refused(f, call_with_ca(f, c.cert, "localhost"), ERR_CERT, false);
	/* A file that is not there is told before anybody is called. */
	memset(&o, 0, sizeof(o));
	o.tls.ca_file = "/nonexistent";
	err_clear(&f->e);
	assert_null(http_loop_new(&o, &f->e));
	assert_int_equal(f->e.code, ERR_CONFIG);
	assert_non_null(strstr(f->e.msg, "/nonexistent"));
	fx_must(f, call_with_ca(f, c.cert, "127.0.0.1"));
	assert_string_equal(f->answer.body, "POST /tls? []  -");
	certificate_remove(&c);
}

#define WITH_SERVER(t)	\
	cmocka_unit_test_setup_teardown(t, fx_set_up, fx_tear_down)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH_SERVER(test_kept_connection_get),
		WITH_SERVER(test_kept_connection_post),
		WITH_SERVER(test_kept_connection_repeatable),
		WITH_SERVER(test_retry_after),
		WITH_SERVER(test_odd_answers),
		WITH_SERVER(test_header_flood),
		WITH_SERVER(test_proxy_flood),
		WITH_SERVER(test_given_up),
		WITH_SERVER(test_not_tls),
		WITH_SERVER(test_certificates),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
