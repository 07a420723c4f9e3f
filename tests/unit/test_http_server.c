/*
 * The HTTP server, asked over plain sockets so that nothing stands between the
 * bytes on the wire and what the handler sees.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/base/buf.h"
#include "../../src/base/err.h"
#include "../../src/base/io.h"
#include "../../src/net/server.h"

#define MAX_BODY	1000

struct fixture {
	struct http_server	*server;
	struct buf		 got;	/* the answer as it came */
	int			 end;	/* 0, or errno of the last read */
	struct err		 e;
	atomic_int		 handled; /* times the handler was called */
	int			 fds;	/* open before the server was */
};

static int
memory_file(const char *text)
{
	int fd;

	fd = memfd_create("test", MFD_CLOEXEC);
	if (fd != -1 && write(fd, text, strlen(text)) == -1)
		abort();
	return fd;
}

static int
route(void *arg, const struct http_incoming *in)
{
	(void)arg;
	if (strcmp(in->path, "/upload") == 0)
		return memory_file("");
	if (strcmp(in->path, "/full") == 0)
		return open("/dev/full", O_WRONLY | O_CLOEXEC);
	return -1;
}

/* Say in the body what was seen. */
static void
echo(const struct http_incoming *in, struct http_outgoing *out)
{
	const char *header;
	char bytes[64] = "";
	ssize_t n;

	if (in->body_fd != -1) {
		n = pread(in->body_fd, bytes, sizeof(bytes) - 1, 0);
		bytes[n < 0 ? 0 : n] = '\0';
	}
	header = http_incoming_header(in, "x-test");
	out->status = 200;
	out->content_type = "text/plain";
	out->body_len = (size_t)asprintf(&out->body,
	    "method=%s path=%s query=%s type=%s user=%s password=%s body=%.*s"
	    " len=%zu file=%s header=%s.", in->method, in->path, in->query,
	    in->content_type, in->user == NULL ? "-" : in->user,
	    in->password == NULL ? "-" : in->password, (int)in->body_len,
	    in->body == NULL ? "" : in->body, in->body_len, bytes,
	    header == NULL ? "-" : header);
}

static void
handle(void *arg, const struct http_incoming *in, struct http_outgoing *out)
{
	struct fixture *f = arg;

	f->handled++;
	echo(in, out);
	if (strcmp(in->path, "/reset") == 0)
		out->reset = true;
	else if (strcmp(in->path, "/cut") == 0)
		out->truncate_at = 6;
	else if (strcmp(in->path, "/cut-at-once") == 0)
		out->truncate_at = 0;
	else if (strcmp(in->path, "/cut-late") == 0)
		out->truncate_at = 100000;
	else if (strcmp(in->path, "/file") == 0)
		out->file_fd = memory_file("from a file");
	else if (strcmp(in->path, "/cut-file") == 0) {
		out->file_fd = memory_file("from a file");
		out->truncate_at = 4;
	} else if (strcmp(in->path, "/empty-file") == 0)
		out->file_fd = memory_file("");
	else if (strcmp(in->path, "/empty") == 0)
		out->body_len = 0;
	else if (strcmp(in->path, "/secret") == 0)
		out->status = 401;
	else if (strcmp(in->path, "/busy") == 0) {
		out->status = 503;
		out->retry_after_s = 7;
	} else if (strcmp(in->path, "/moved") == 0) {
		out->status = 301;
		out->location = "/elsewhere";
	} else if (strcmp(in->path, "/forgot") == 0)
		out->status = 0;
	else if (strcmp(in->path, "/slow") == 0)
		out->delay_ms = 3600 * 1000;
}

static int
count_fds(void)
{
	DIR *d;
	int n;

	d = opendir("/proc/self/fd");
	assert_non_null(d);
	for (n = 0; readdir(d) != NULL; n++)
		;
	closedir(d);
	return n;
}

static int
set_up(void **state)
{
	static const struct http_handler handler = { route, handle };
	static const struct http_server_opts opts = {
		.address = "127.0.0.1", .max_body = MAX_BODY
	};
	struct fixture *f;

	f = calloc(1, sizeof(*f));
	if (f == NULL)
		return -1;
	buf_init(&f->got, 1 << 20);
	f->fds = count_fds();
	f->server = http_server_start(&opts, &handler, f, &f->e);
	*state = f;
	return f->server == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	http_server_stop(f->server);
	assert_int_equal(count_fds(), f->fds);
	buf_release(&f->got);
	free(f);
	return 0;
}

static int
dial(const struct fixture *f)
{
	struct sockaddr_in a;
	int fd;

	memset(&a, 0, sizeof(a));
	a.sin_family = AF_INET;
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	a.sin_port = htons(http_server_port(f->server));
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

static void
say(int fd, const char *bytes)
{
	struct err e;

	assert_int_equal(io_write_all(fd, bytes, strlen(bytes), &e), 0);
}

/* Read until the server closes, into f->got. */
static void
listen_to(struct fixture *f, int fd)
{
	char piece[4096];
	ssize_t n;

	buf_clear(&f->got);
	while ((n = read(fd, piece, sizeof(piece))) > 0)
		assert_int_equal(buf_add(&f->got, piece, (size_t)n, &f->e),
		    0);
	f->end = n == 0 ? 0 : errno;
	close(fd);
}

/* One request, given without its last empty line, and what came back. */
static void
ask(struct fixture *f, const char *head, const char *body)
{
	int fd;

	fd = dial(f);
	say(fd, head);
	say(fd, "Host: x\r\nConnection: close\r\n\r\n");
	say(fd, body);
	listen_to(f, fd);
}

static void
expect(const struct fixture *f, const char *text)
{
	if (strstr(f->got.data, text) == NULL)
		fail_msg("no \"%s\" in \"%s\"", text, f->got.data);
}

static void
expect_not(const struct fixture *f, const char *text)
{
	if (strstr(f->got.data, text) != NULL)
		fail_msg("\"%s\" in \"%s\"", text, f->got.data);
}

static void
test_get(void **state)
{
	struct fixture *f = *state;

	ask(f, "GET /a%20b/c?x=%41&y=+%20 HTTP/1.1\r\nX-TEST: v\r\n", "");
	expect(f, "HTTP/1.1 200 ");
	expect(f, "Content-Type: text/plain\r\n");
	expect(f, "method=GET path=/a b/c query=x=%41&y=+%20 type= user=-"
	    " password=- body= len=0 file= header=v.");
	ask(f, "GET /? HTTP/1.1\r\n", "");
	expect(f, "path=/ query= type");
}

static void
test_head(void **state)
{
	struct fixture *f = *state;

	ask(f, "HEAD /file HTTP/1.1\r\n", "");
	expect(f, "HTTP/1.1 200 ");
	expect(f, "Content-Length: 11\r\n");
	expect_not(f, "from a file");
}

static void
test_bad_paths(void **state)
{
	struct fixture *f = *state;

	ask(f, "GET /a%00b HTTP/1.1\r\n", "");
	expect(f, "HTTP/1.1 400 ");
	ask(f, "GET http://elsewhere/a HTTP/1.1\r\n", "");
	expect(f, "HTTP/1.1 400 ");
	assert_int_equal(f->handled, 0);
	ask(f, "GET /a?b=%00 HTTP/1.1\r\n", "");
	expect(f, "HTTP/1.1 200 ");
}

static void
test_basic(void **state)
{
	struct fixture *f = *state;

	/* "pos:s:cret" */
	ask(f, "GET / HTTP/1.1\r\nAuthorization: Basic cG9zOnM6Y3JldA==\r\n",
	    "");
	expect(f, "user=pos password=s:cret ");
	ask(f, "GET / HTTP/1.1\r\nAuthorization: Bearer cG9zOnM6Y3JldA==\r\n",
	    "");
	expect(f, "user=- ");
	/* "pos", without a colon */
	ask(f, "GET / HTTP/1.1\r\nAuthorization: Basic cG9z\r\n", "");
	expect(f, "user=- password=- ");
	ask(f, "GET /secret HTTP/1.1\r\n", "");
	expect(f, "HTTP/1.1 401 ");
	expect(f, "WWW-Authenticate: Basic realm=");
}

static void
test_body(void **state)
{
	struct fixture *f = *state;

	ask(f, "POST / HTTP/1.1\r\nContent-Length: 5\r\n"
	    "Content-Type: text/xml\r\n", "hello");
	expect(f, "method=POST path=/ query= type=text/xml ");
	expect(f, "body=hello len=5 ");
	ask(f, "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n",
	    "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
	expect(f, "body=abcde len=5 ");
}

static void
test_body_file(void **state)
{
	struct fixture *f = *state;

	ask(f, "PUT /upload HTTP/1.1\r\nContent-Length: 5\r\n", "hello");
	expect(f, "body= len=0 file=hello ");
	ask(f, "PUT /upload HTTP/1.1\r\nTransfer-Encoding: chunked\r\n",
	    "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
	expect(f, "file=abcde ");
	assert_int_equal(f->handled, 2);
	ask(f, "PUT /full HTTP/1.1\r\nContent-Length: 5\r\n", "hello");
	expect(f, "HTTP/1.1 507 ");
	assert_int_equal(f->handled, 2);
}

static void
test_body_too_large(void **state)
{
	struct fixture *f = *state;
	char body[MAX_BODY + 2], chunk[MAX_BODY + 32];

	memset(body, 'x', sizeof(body));
	body[MAX_BODY] = '\0';
	ask(f, "POST / HTTP/1.1\r\nContent-Length: 1000\r\n", body);
	expect(f, "len=1000 ");
	body[MAX_BODY] = 'x';
	body[MAX_BODY + 1] = '\0';
	ask(f, "POST / HTTP/1.1\r\nContent-Length: 1001\r\n", body);
	expect(f, "HTTP/1.1 413 ");
	assert_int_equal(f->handled, 1);
	snprintf(chunk, sizeof(chunk), "3E9\r\n%s\r\n0\r\n\r\n", body);
	ask(f, "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n", chunk);
	expect(f, "HTTP/1.1 413 ");
	ask(f, "PUT /upload HTTP/1.1\r\nTransfer-Encoding: chunked\r\n",
	    chunk);
	expect(f, "file=xxxxxx");
	assert_int_equal(f->handled, 2);
}

/* Asked first, the server says no before the body is sent. */
static void
test_expect(void **state)
{
	struct fixture *f = *state;

	ask(f, "POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n"
	    "Expect: 100-continue\r\n", "");
	expect(f, "HTTP/1.1 413 ");
	expect_not(f, "100 Continue");
	assert_int_equal(f->handled, 0);
	ask(f, "POST / HTTP/1.1\r\nContent-Length: 5\r\n"
	    "Expect: 100-continue\r\n", "hello");
	expect(f, "HTTP/1.1 100 Continue\r\n");
	expect(f, "body=hello ");
}

/* A broken-off upload does not reach the handler. */
static void
test_body_broken_off(void **state)
{
	struct fixture *f = *state;
	int fd;

	fd = dial(f);
	say(fd, "PUT /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"
	    "half");
	shutdown(fd, SHUT_WR);
	listen_to(f, fd);
	http_server_stop(f->server);
	f->server = NULL;
	assert_int_equal(f->handled, 0);
}

static void
test_files(void **state)
{
	struct fixture *f = *state;

	ask(f, "GET /file HTTP/1.1\r\n", "");
	expect(f, "Content-Length: 11\r\n");
	expect(f, "\r\n\r\nfrom a file");
	ask(f, "GET /empty-file HTTP/1.1\r\n", "");
	expect(f, "HTTP/1.1 200 ");
	expect(f, "Content-Length: 0\r\n");
	ask(f, "GET /empty HTTP/1.1\r\n", "");
	expect(f, "Content-Length: 0\r\n");
	expect_not(f, "method=");
}

static void
test_headers(void **state)
{
	struct fixture *f = *state;

	ask(f, "GET /busy HTTP/1.1\r\n", "");
	expect(f, "HTTP/1.1 503 ");
	expect(f, "Retry-After: 7\r\n");
	ask(f, "GET /moved HTTP/1.1\r\n", "");
	expect(f, "HTTP/1.1 301 ");
	expect(f, "Location: /elsewhere\r\n");
	expect_not(f, "Retry-After");
	ask(f, "GET /forgot HTTP/1.1\r\n", "");
	expect(f, "HTTP/1.1 500 ");
}

static void
test_faults(void **state)
{
	struct fixture *f = *state;

	ask(f, "GET /reset HTTP/1.1\r\n", "");
	assert_int_equal(f->end, ECONNRESET);
	assert_int_equal(f->got.len, 0);
	ask(f, "GET /cut HTTP/1.1\r\n", "");
	expect(f, "HTTP/1.1 200 ");
	expect_not(f, "Content-Length: 6\r\n");
	assert_string_equal(f->got.data + f->got.len - 10, "\r\n\r\nmethod");
	ask(f, "GET /cut-at-once HTTP/1.1\r\n", "");
	expect(f, "Content-Length: ");
	assert_string_equal(f->got.data + f->got.len - 4, "\r\n\r\n");
	ask(f, "GET /cut-late HTTP/1.1\r\n", "");
	expect(f, "header=-.");
	ask(f, "GET /cut-file HTTP/1.1\r\n", "");
	expect(f, "Content-Length: 11\r\n");
	assert_string_equal(f->got.data + f->got.len - 8, "\r\n\r\nfrom");
}

/* A slow answer neither blocks others nor the end of the server. */
static void
test_slow(void **state)
{
	struct fixture *f = *state;
	int fd;

	fd = dial(f);
	say(fd, "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
	ask(f, "GET / HTTP/1.1\r\n", "");
	expect(f, "HTTP/1.1 200 ");
	http_server_stop(f->server);
	f->server = NULL;
	listen_to(f, fd);
	assert_int_equal(f->got.len, 0);
}

static void
test_start_refused(void **state)
{
	static const struct http_handler handler = { NULL, handle };
	struct fixture *f = *state;
	struct http_server_opts o = { .address = "127.0.0.1" };

	o.port = http_server_port(f->server);
	assert_null(http_server_start(&o, &handler, f, &f->e));
	assert_int_equal(f->e.code, ERR_UNAVAILABLE);
	o.port = 0;
	o.address = "localhost";
	assert_null(http_server_start(&o, &handler, f, &f->e));
	assert_int_equal(f->e.code, ERR_CONFIG);
	o.address = "127.0.0.1";
	o.cert_file = o.key_file = "/nonexistent";
	assert_null(http_server_start(&o, &handler, f, &f->e));
	assert_int_equal(f->e.code, ERR_INPUT);
	o.cert_file = o.key_file = "/proc/self/status";
	assert_null(http_server_start(&o, &handler, f, &f->e));
	assert_int_equal(f->e.code, ERR_CONFIG);
	http_server_stop(NULL);
}

static void
test_ipv6_text(void **state)
{
	static const struct http_handler handler = { NULL, handle };
	struct fixture *f = *state;
	struct http_server_opts o = { .address = "::1" };
	struct http_server *s;

	/* A machine without IPv6 says so in a sentence. */
	s = http_server_start(&o, &handler, f, &f->e);
	if (s == NULL)
		assert_int_equal(f->e.code, ERR_UNAVAILABLE);
	else
		assert_true(http_server_port(s) != 0);
	http_server_stop(s);
}

#define WITH_SERVER(t)	cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH_SERVER(test_get),
		WITH_SERVER(test_head),
		WITH_SERVER(test_bad_paths),
		WITH_SERVER(test_basic),
		WITH_SERVER(test_body),
		WITH_SERVER(test_body_file),
		WITH_SERVER(test_body_too_large),
		WITH_SERVER(test_expect),
		WITH_SERVER(test_body_broken_off),
		WITH_SERVER(test_files),
		WITH_SERVER(test_headers),
		WITH_SERVER(test_faults),
		WITH_SERVER(test_slow),
		WITH_SERVER(test_start_refused),
		WITH_SERVER(test_ipv6_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
