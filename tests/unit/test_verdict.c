/*
 * One cause, one verdict: what each code of libcurl means, and that a platform
 * call and both kinds of file servers say the same of the same trouble; and
 * that what is given up does not arrive.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/net/http.h"
#include "../../src/net/setup.h"
#include "../../transfer/files.h"

/*
 * A listener that reads once from each connection, says its bytes and closes.
 */
struct server {
	int		 listener;
	uint16_t	 port;
	const char	*says;
	size_t		 n;
	bool		 resets;	/* before it was read what it says */
	pthread_t	 thread;
};

static void *
serve(void *arg)
{
	const struct linger reset = { .l_onoff = 1, .l_linger = 0 };
	struct server *s = arg;
	char heard[8192];
	int fd;

	while ((fd = accept(s->listener, NULL, NULL)) != -1) {
		if (read(fd, heard, sizeof(heard)) > 0 && s->n > 0 &&
		    write(fd, s->says, s->n) == -1)
			break;
		if (s->resets)
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset,
			    sizeof(reset));
		else {
			shutdown(fd, SHUT_WR);
			while (read(fd, heard, sizeof(heard)) > 0)
				;
		}
		close(fd);
	}
	return NULL;
}

static void
server_start(struct server *s, const char *says, size_t n, bool resets)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);

	s->says = says;
	s->n = n;
	s->resets = resets;
	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s->listener, (struct sockaddr *)&a, sizeof(a)),
	    0);
	assert_int_equal(listen(s->listener, 8), 0);
	assert_int_equal(getsockname(s->listener, (struct sockaddr *)&a,
	    &len), 0);
	s->port = ntohs(a.sin_port);
	assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void
server_stop(struct server *s)
{
	shutdown(s->listener, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->listener);
}

/* A platform's way to say it; the pause it asked for goes to e->wait_ms. */
static void
ask_platform(const char *url, const struct net_proxy *proxy, struct err *e)
{
	struct http_opts opts = { .proxy = *proxy };
	struct http_request r = { .method = "POST", .url = url };
	struct http_answer answer;
	struct http_loop *loop;
	struct buf body;

	err_clear(e);
	buf_init(&body, 1 << 16);
	loop = http_loop_new(&opts, e);
	assert_non_null(loop);
	if (http_call(loop, &r, &body, &answer, e) == 0) {
		assert_int_equal(answer.status, 503);
		err_set(e, ERR_UNAVAILABLE, "%ld", answer.status);
		e->wait_ms = (long)answer.retry_after_ms;
	} else
		assert_false(answer.maybe_sent);
	http_loop_free(loop);
	buf_release(&body);
}

/* A file server's. */
static void
ask_files(const char *url, const struct net_proxy *proxy, struct err *e)
{
	struct xfer_target t = { .url = url, .user = "pat",
	    .proxy = *proxy, .known_hosts = "/dev/null" };
	struct xfer_stat st;
	struct xfer *x;

	err_clear(e);
	x = xfer_open(&t, NULL, e);
	if (x != NULL)
		assert_int_equal(xfer_stat(x, "a", &st, e), -1);
	xfer_close(x);
}

static void
check(const struct err *e, const char *who, const char *word, int exit_code,
    enum err_retry retry)
{
	const struct err_info *i = err_info(e->code);

	if (strcmp(i->word, word) != 0 || err_exit(e) != exit_code ||
	    i->retry != retry)
		fail_msg("%s: %s, %d: %s", who, i->word, err_exit(e), e->msg);
}

struct trouble {
	const char	*says;		/* what the server does; NULL: it is
					   gone ... */
	size_t		 n;
	bool		 resets;
	const char	*proxy;		/* ... being one of this scheme; or
					   NULL */
	const char	*word;		/* what comes of it */
	int		 exit_code;
	enum err_retry	 retry;
	bool		 no_tls, cut_off;
};

/*
 * What a proxy did is one sentence for all who use it; only what was seen of
 * it, at the end, has as many words as there are libraries.
 */
static void
check_proxy(const struct err *e, const char *by, char *said, size_t max)
{
	const char *from = strstr(e->msg, "the proxy "), *to;
	char sentence[200];

	assert_non_null(from);
	assert_non_null(strstr(from, strstr(by, "://") + 3));
	to = strstr(from, ": ");
	assert_non_null(to);
	snprintf(sentence, sizeof(sentence), "%.*s", (int)(to - from), from);
	if (said[0] == '\0')
		snprintf(said, max, "%s", sentence);
	assert_string_equal(sentence, said);
	assert_true(net_by_proxy(e));
}

/* All of them say the same. */
static void
check_all(const struct trouble *t)
{
	static const struct {
		const char *scheme;
		void (*ask)(const char *, const struct net_proxy *,
		    struct err *);
		bool tls;
	} users[] = { { "https", ask_platform, true },
	    { "https", ask_files, true }, { "ftps", ask_files, true },
	    { "http", ask_platform, false }, { "http", ask_files, false },
	    { "ftp", ask_files, false }, { "sftp", ask_files, false } };
	struct net_proxy proxy = { .url = NULL };
	struct server s;
	struct err e;
	char url[64], by[64], said[200] = "";
	size_t i;

	server_start(&s, t->says, t->n, t->resets);
	if (t->proxy != NULL) {
		snprintf(by, sizeof(by), "%s://127.0.0.1:%u", t->proxy,
		    s.port);
		proxy.url = by;
	}
	if (t->says == NULL)
		server_stop(&s);
	for (i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
		/* Without TLS only the proxies are the same. */
		if (t->proxy == NULL && !users[i].tls)
			continue;
		snprintf(url, sizeof(url), "%s://127.0.0.1:%u/",
		    users[i].scheme, s.port);
		users[i].ask(url, &proxy, &e);
		check(&e, url, t->word, t->exit_code, t->retry);
		assert_int_equal(net_no_tls(&e), t->no_tls);
		assert_int_equal(net_cut_off(&e), t->cut_off);
		if (t->proxy != NULL)
			check_proxy(&e, by, said, sizeof(said));
		else
			assert_false(net_by_proxy(&e));
	}
	if (t->says != NULL)
		server_stop(&s);
}

#define PAGE		"HTTP/1.1 400 Bad Request\r\n\r\nplain"
#define GREETING	"220 this is no TLS\r\n"
/* Alerts (RFC 8446, section 6): handshake_failure, protocol_version. */
#define ALERT		"\x15\x03\x03\x00\x02\x02"
#define REFUSES		ALERT "\x28"
#define OTHER_VERSION	ALERT "\x46"
#define PROXY_LOGIN	"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n"
#define PROXY_FORBIDS	"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"
/* RFC 1928, sections 3 and 6: no login will do; 2 and 4 as replies. */
#define SOCKS_NO	"\x05\xff"
#define SOCKS_FORBIDS	"\x05\x00" "\x05\x02\x00\x01\0\0\0\0\0\0"
#define SOCKS_NO_ROUTE	"\x05\x00" "\x05\x04\x00\x01\0\0\0\0\0\0"
#define PROXY_NO	"HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n"

static void
test_trouble(void **state)
{
	static const struct trouble rows[] = {
		{ PAGE, sizeof(PAGE) - 1, false, NULL,
		    "connect", 69, RETRY_BACKOFF, true, false },
		{ GREETING, sizeof(GREETING) - 1, false, NULL,
		    "connect", 69, RETRY_BACKOFF, true, false },
		{ REFUSES, sizeof(REFUSES) - 1, false, NULL,
		    "connect", 69, RETRY_BACKOFF, true, false },
		{ OTHER_VERSION, sizeof(OTHER_VERSION) - 1, false, NULL,
		    "protocol", 76, RETRY_NEVER, false, false },
		{ "", 0, false, NULL,
		    "connect", 69, RETRY_BACKOFF, false, true },
		{ "", 0, true, NULL,
		    "connect", 69, RETRY_BACKOFF, false, true },
		{ PROXY_LOGIN, sizeof(PROXY_LOGIN) - 1, false, "http",
		    "login", 77, RETRY_NEVER, false, false },
		{ PROXY_NO, sizeof(PROXY_NO) - 1, false, "http",
		    "connect", 69, RETRY_BACKOFF, false, false },
		{ "", 0, false, "http",
		    "connect", 69, RETRY_BACKOFF, false, false },
		{ "", 0, true, "http",
		    "connect", 69, RETRY_BACKOFF, false, false },
		{ PROXY_FORBIDS, sizeof(PROXY_FORBIDS) - 1, false, "http",
		    "denied", 77, RETRY_NEVER, false, false },
		{ NULL, 0, false, "http",
		    "connect", 69, RETRY_BACKOFF, false, false },
		{ SOCKS_NO, sizeof(SOCKS_NO) - 1, false, "socks5h",
		    "login", 77, RETRY_NEVER, false, false },
		{ SOCKS_FORBIDS, sizeof(SOCKS_FORBIDS) - 1, false, "socks5h",
		    "denied", 77, RETRY_NEVER, false, false },
		{ SOCKS_NO_ROUTE, sizeof(SOCKS_NO_ROUTE) - 1, false,
		    "socks5h", "connect", 69, RETRY_BACKOFF, false, false },
		{ PAGE, sizeof(PAGE) - 1, false, "socks5h",
		    "connect", 69, RETRY_BACKOFF, false, false },
		{ "", 0, false, "socks5h",
		    "connect", 69, RETRY_BACKOFF, false, false },
		{ NULL, 0, false, "socks5h",
		    "connect", 69, RETRY_BACKOFF, false, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_all(&rows[i]);
}

/* Nobody listens: a port of our own, closed again. */
static void
test_nobody(void **state)
{
	static const char *const schemes[] = { "http", "https" };
	struct net_proxy none = { .url = NULL };
	struct server s;
	struct err e;
	char url[64];
	size_t i;

	(void)state;
	server_start(&s, "", 0, false);
	server_stop(&s);
	for (i = 0; i < 2; i++) {
		snprintf(url, sizeof(url), "%s://127.0.0.1:%u/", schemes[i],
		    s.port);
		ask_platform(url, &none, &e);
		check(&e, "platform", "connect", 69, RETRY_BACKOFF);
		assert_false(net_no_tls(&e));
		ask_files(url, &none, &e);
		check(&e, "files", "connect", 69, RETRY_BACKOFF);
		assert_non_null(strstr(e.msg, "refused"));
	}
}

/* A pause that is asked for, and its one cap. */
static void
test_pause(void **state)
{
	static const struct {
		const char *value;
		long	 ms;
	} rows[] = { { "3", 3000 }, { "899", 899000 }, { "901", 900000 },
	    { "86400", 900000 }, { "99999999999999999999999", 900000 },
	    { "Sat, 21 Nov 2026 01:10:30 GMT", 30000 },
	    { "Sun, 22 Nov 2026 01:10:30 GMT", 900000 } };
	struct net_proxy none = { .url = NULL };
	struct server s;
	struct err e;
	char url[64], says[300];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(says, sizeof(says), "HTTP/1.1 503 No\r\n"
		    "Date: Sat, 21 Nov 2026 01:10:00 GMT\r\n"
		    "Retry-After: %s\r\nContent-Length: 0\r\n\r\n",
		    rows[i].value);
		server_start(&s, says, strlen(says), false);
		snprintf(url, sizeof(url), "http://127.0.0.1:%u/", s.port);
		ask_platform(url, &none, &e);
		assert_int_equal(e.wait_ms, rows[i].ms);
		ask_files(url, &none, &e);
		check(&e, "files", "unavailable", 69, RETRY_BACKOFF);
		assert_int_equal(e.wait_ms, rows[i].ms);
		server_stop(&s);
	}
}

static ssize_t
zeros(void *arg, void *p, size_t n, uint64_t off, struct err *e)
{
	(void)arg;
	(void)off;
	(void)e;
	memset(p, 0, n);
	return (ssize_t)n;
}

/* An upload that libcurl gave up does not arrive later, nor its beginning. */
static void
test_given_up(void **state)
{
	const struct xfer_source src = { zeros, NULL, 16 << 20 };
	struct xfer_target t = { .times = { .total_ms = 1000 } };
	struct sockaddr_in a = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fd;
	char url[64], heard[1 << 16];
	struct xfer *x;
	struct err e;
	ssize_t n;

	(void)state;
	err_clear(&e);
	assert_int_equal(bind(listener, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(listener, 8), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&a, &len),
	    0);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/",
	    ntohs(a.sin_port));
	t.url = url;
	x = xfer_open(&t, NULL, &e);
	assert_non_null(x);
	assert_int_equal(xfer_put(x, "a", &src, &e), -1);
	check(&e, "files", "timeout", 75, RETRY_BACKOFF);
	xfer_close(x);
	fd = accept(listener, NULL, NULL);
	assert_true(fd != -1);
	while ((n = read(fd, heard, sizeof(heard))) > 0)
		;
	assert_int_equal(n, -1);
	assert_int_equal(errno, ECONNRESET);
	close(fd);
	close(listener);
}

/* Every code that this libcurl has; the rest is of other protocols. */
static void
test_every_code(void **state)
{
	static const enum err_code want[CURL_LAST] = {
		[CURLE_COULDNT_RESOLVE_PROXY] = ERR_RESOLVE,
		[CURLE_COULDNT_RESOLVE_HOST] = ERR_RESOLVE,
		[CURLE_COULDNT_CONNECT] = ERR_CONNECT,
		[CURLE_INTERFACE_FAILED] = ERR_CONNECT,
		[CURLE_NO_CONNECTION_AVAILABLE] = ERR_CONNECT,
		[CURLE_QUIC_CONNECT_ERROR] = ERR_CONNECT,
		[CURLE_PROXY] = ERR_CONNECT,
		[CURLE_SSL_CONNECT_ERROR] = ERR_CONNECT,
		[CURLE_FTP_PORT_FAILED] = ERR_CONNECT,
		[CURLE_FTP_ACCEPT_FAILED] = ERR_CONNECT,
		[CURLE_OPERATION_TIMEDOUT] = ERR_TIMEOUT,
		[CURLE_FTP_ACCEPT_TIMEOUT] = ERR_TIMEOUT,
		[CURLE_PEER_FAILED_VERIFICATION] = ERR_CERT,
		[CURLE_SSL_ISSUER_ERROR] = ERR_CERT,
		[CURLE_SSL_INVALIDCERTSTATUS] = ERR_CERT,
		[CURLE_SSL_PINNEDPUBKEYNOTMATCH] = ERR_CERT,
		[CURLE_SSL_CACERT_BADFILE] = ERR_CONFIG,
		[CURLE_SSL_CRL_BADFILE] = ERR_CONFIG,
		[CURLE_SSL_CERTPROBLEM] = ERR_CONFIG,
		[CURLE_SSL_CIPHER] = ERR_CONFIG,
		[CURLE_URL_MALFORMAT] = ERR_CONFIG,
		[CURLE_LOGIN_DENIED] = ERR_LOGIN,
		[CURLE_AUTH_ERROR] = ERR_LOGIN,
		[CURLE_SSL_CLIENTCERT] = ERR_CLIENT_CERT,
		[CURLE_REMOTE_ACCESS_DENIED] = ERR_DENIED,
		[CURLE_REMOTE_DISK_FULL] = ERR_REMOTE_FULL,
		[CURLE_REMOTE_FILE_NOT_FOUND] = ERR_NOTFOUND,
		[CURLE_REMOTE_FILE_EXISTS] = ERR_EXISTS,
		[CURLE_USE_SSL_FAILED] = ERR_UNSUPPORTED,
		[CURLE_FTP_COULDNT_USE_REST] = ERR_UNSUPPORTED,
		[CURLE_RANGE_ERROR] = ERR_UNSUPPORTED,
		[CURLE_BAD_DOWNLOAD_RESUME] = ERR_UNSUPPORTED,
		[CURLE_NOT_BUILT_IN] = ERR_UNSUPPORTED,
		[CURLE_UNSUPPORTED_PROTOCOL] = ERR_PROTOCOL,
		[CURLE_WEIRD_SERVER_REPLY] = ERR_PROTOCOL,
		[CURLE_BAD_CONTENT_ENCODING] = ERR_PROTOCOL,
		[CURLE_HTTP_RETURNED_ERROR] = ERR_PROTOCOL,
		[CURLE_TOO_MANY_REDIRECTS] = ERR_PROTOCOL,
		[CURLE_FTP_WEIRD_PASS_REPLY] = ERR_PROTOCOL,
		[CURLE_FTP_WEIRD_PASV_REPLY] = ERR_PROTOCOL,
		[CURLE_FTP_WEIRD_227_FORMAT] = ERR_PROTOCOL,
		[CURLE_FTP_CANT_GET_HOST] = ERR_PROTOCOL,
		[CURLE_FTP_COULDNT_SET_TYPE] = ERR_PROTOCOL,
		[CURLE_FTP_COULDNT_RETR_FILE] = ERR_PROTOCOL,
		[CURLE_FTP_PRET_FAILED] = ERR_PROTOCOL,
		[CURLE_FTP_BAD_FILE_LIST] = ERR_PROTOCOL,
		[CURLE_QUOTE_ERROR] = ERR_PROTOCOL,
		[CURLE_UPLOAD_FAILED] = ERR_PROTOCOL,
		[CURLE_FILESIZE_EXCEEDED] = ERR_LIMIT,
		[CURLE_READ_ERROR] = ERR_IO,
		[CURLE_WRITE_ERROR] = ERR_IO,
		[CURLE_OUT_OF_MEMORY] = ERR_NOMEM,
		[CURLE_UNRECOVERABLE_POLL] = ERR_INTERNAL,
		[CURLE_FAILED_INIT] = ERR_INTERNAL,
		[CURLE_ABORTED_BY_CALLBACK] = ERR_INTERNAL,
		[CURLE_BAD_FUNCTION_ARGUMENT] = ERR_INTERNAL,
		[CURLE_UNKNOWN_OPTION] = ERR_INTERNAL,
		[CURLE_SETOPT_OPTION_SYNTAX] = ERR_INTERNAL,
		[CURLE_RECURSIVE_API_CALL] = ERR_INTERNAL,
	};
	const struct net_verdict *v;
	int rc;

	(void)state;
	for (rc = 1; rc < CURL_LAST + 10; rc++) {
		v = net_verdict((CURLcode)rc);
		assert_non_null(v->says);
		if (v->code != (rc < CURL_LAST && want[rc] != ERR_NONE ?
		    want[rc] : ERR_BROKEN))
			fail_msg("libcurl's %d is %s", rc,
			    err_info(v->code)->word);
	}
}

/* What libcurl says of a call with OpenSSL, and what is made of it. */
static void
test_our_certificate(void **state)
{
	static const char asked[] =
	    "TLSv1.3 (IN), TLS handshake, Request CERT (13):\n";
	static const struct {
		const char	*heard[2];
		CURLcode	 rc;
		bool		 given, goes_on;
		enum err_code	 want;
		const char	*says;
	} cases[] = {
		/* Its word counts, whatever libcurl makes of it. */
		{ { asked, "TLSv1.3 (IN), TLS alert, unknown (628):\n" },
		    CURLE_RECV_ERROR, false, false, ERR_CLIENT_CERT,
		    "none is set" },
		{ { asked, "TLSv1.2 (IN), TLS alert, handshake failure (552):"
		    "\n" }, CURLE_SSL_CONNECT_ERROR, false, false,
		    ERR_CLIENT_CERT, "none is set" },
		{ { asked, "TLSv1.2 (IN), TLS alert, certificate expired (557)"
		    ":\n" }, CURLE_PEER_FAILED_VERIFICATION, true, false,
		    ERR_CLIENT_CERT, "does not take our certificate" },
		{ { asked, "TLSv1.3 (IN), TLS alert, unknown CA (560):\n" },
		    CURLE_SEND_ERROR, true, true, ERR_CLIENT_CERT,
		    "does not take our certificate" },
		/* Ours, a warning, another matter, not asked. */
		{ { asked, "TLSv1.3 (OUT), TLS alert, unknown CA (560):\n" },
		    CURLE_PEER_FAILED_VERIFICATION, true, false, ERR_CERT,
		    "of the server" },
		{ { asked, "TLSv1.2 (IN), TLS alert, close notify (256):\n" },
		    CURLE_RECV_ERROR, true, false, ERR_BROKEN, "client_cert" },
		{ { asked, "TLSv1.3 (IN), TLS alert, internal error (592):\n" },
		    CURLE_SSL_CONNECT_ERROR, false, false, ERR_CONNECT, "" },
		{ { "TLSv1.2 (IN), TLS alert, handshake failure (552):\n",
		    "" }, CURLE_SSL_CONNECT_ERROR, false, false, ERR_CONNECT,
		    "" },
		/* A line that broke after the question. */
		{ { asked, "" }, CURLE_SEND_ERROR, false, false,
		    ERR_CLIENT_CERT, "none is set" },
		{ { asked, "" }, CURLE_SEND_ERROR, false, true, ERR_BROKEN,
		    "" },
		{ { asked, "" }, CURLE_SEND_ERROR, true, false, ERR_BROKEN,
		    "client_cert" },
		{ { asked, "" }, CURLE_COULDNT_CONNECT, false, false,
		    ERR_CONNECT, "" },
		{ { "", "" }, CURLE_SEND_ERROR, false, false, ERR_BROKEN, "" },
	};
	CURL *easy = curl_easy_init();
	size_t i, j;

	(void)state;
	assert_non_null(easy);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct net_opts opts = { .tls.cert = cases[i].given ?
		    "ours.pem" : NULL };
		struct net_call call = { .easy = easy, .rc = cases[i].rc,
		    .detail = "getpeername() failed", .opts = &opts,
		    .ours.goes_on = cases[i].goes_on };
		struct err e;

		err_clear(&e);
		for (j = 0; j < 2; j++)
			net_heard(&call.ours, cases[i].heard[j],
			    strlen(cases[i].heard[j]));
		assert_int_equal(net_explain(&call, &e), -1);
		if (e.code != cases[i].want ||
		    strstr(e.msg, cases[i].says) == NULL)
			fail_msg("case %zu: %s: %s", i, err_info(e.code)->word,
			    e.msg);
	}
	curl_easy_cleanup(easy);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_code),
		cmocka_unit_test(test_our_certificate),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_trouble),
		cmocka_unit_test(test_pause),
		cmocka_unit_test(test_given_up),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
