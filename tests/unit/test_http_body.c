/*
 * What goes out in pieces and what comes back: bodies from memory, files and
 * callbacks, sent again from their beginning; headers in and out; answers to a
 * file.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/base/log.h"
#include "http_script.h"

/* A file that holds a text. */
static int
file_of(const char *text)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	assert_true(fd != -1);
	assert_int_equal(pwrite(fd, text, strlen(text), 0), strlen(text));
	return fd;
}

/* Rows that are made when they are asked for: "row 00000\n" and so on. */
#define ROW	10

static ssize_t
rows_read(void *arg, void *p, size_t n, uint64_t off, struct err *e)
{
	size_t *fails_at = arg;
	char row[ROW + 1];
	size_t within = (size_t)(off % ROW);

	if (fails_at != NULL && off >= *fails_at)
		return err_set(e, ERR_RULES, "this row cannot be made");
	snprintf(row, sizeof(row), "row %05u\n", (unsigned)(off / ROW));
	if (n > ROW - within)
		n = ROW - within;
	memcpy(p, row + within, n);
	return (ssize_t)n;
}

static char *
rows_text(size_t rows)
{
	char *text = malloc(rows * ROW + 1);
	size_t i;

	assert_non_null(text);
	for (i = 0; i < rows; i++)
		snprintf(text + i * ROW, ROW + 1, "row %05u\n", (unsigned)i);
	return text;
}

/* All of b from where it stands, step bytes at a time. */
static void
check_read(struct net_body *b, size_t step, const char *want)
{
	char got[200];
	struct err e;
	size_t n = 0;
	ssize_t one;

	err_clear(&e);
	while ((one = net_body_read(b, got + n, step, &e)) > 0) {
		assert_true((size_t)one <= step);
		n += (size_t)one;
		assert_true(n + step < sizeof(got));
	}
	assert_int_equal(one, 0);
	got[n] = '\0';
	assert_string_equal(got, want);
	assert_int_equal(b->off, b->size);
}

static void
test_pieces(void **state)
{
	static const char want[] = "head-6789-row 00000\nrow 00-tail";
	int fd = file_of("0123456789");
	const struct net_piece pieces[] = { net_bytes_piece("head-", 5),
	    net_bytes_piece("", 0), net_file_piece(fd, 6, 4),
	    net_bytes_piece("-", 1), net_read_piece(rows_read, NULL, 16),
	    net_bytes_piece("-tail", 5) };
	struct net_body b;
	size_t i;

	(void)state;
	net_body_init(&b, pieces, sizeof(pieces) / sizeof(pieces[0]));
	assert_int_equal(b.size, sizeof(want) - 1);
	for (i = 1; i < 50; i++) {
		check_read(&b, i, want);
		assert_int_equal(net_body_seek(&b, 0), 0);
	}
	for (i = 0; i < sizeof(want); i++) {
		assert_int_equal(net_body_seek(&b, i), 0);
		assert_int_equal(b.off, i);
		check_read(&b, 7, want + i);
	}
	assert_int_equal(net_body_seek(&b, sizeof(want)), -1);
	net_body_init(&b, NULL, 0);
	check_read(&b, 1, "");
	close(fd);
}

static void
test_piece_fails(void **state)
{
	int fd = file_of("0123");
	size_t at = ROW;
	const struct net_piece shorter = net_file_piece(fd, 2, 3);
	const struct net_piece closed = net_file_piece(-1, 0, 1);
	const struct net_piece rows = net_read_piece(rows_read, &at, 2 * ROW);
	struct net_body b;
	struct err e;
	char p[100];

	(void)state;
	err_clear(&e);
	net_body_init(&b, &shorter, 1);
	assert_int_equal(net_body_read(&b, p, sizeof(p), &e), 2);
	assert_int_equal(net_body_read(&b, p, sizeof(p), &e), -1);
	assert_int_equal(e.code, ERR_IO);
	assert_non_null(strstr(e.msg, "shorter"));
	net_body_init(&b, &closed, 1);
	assert_int_equal(net_body_read(&b, p, sizeof(p), &e), -1);
	assert_int_equal(e.code, ERR_IO);
	net_body_init(&b, &rows, 1);
	assert_int_equal(net_body_read(&b, p, sizeof(p), &e), ROW);
	assert_int_equal(net_body_read(&b, p, sizeof(p), &e), -1);
	assert_int_equal(e.code, ERR_RULES);
	close(fd);
}

static void
test_sent_in_pieces(void **state)
{
	struct fixture *f = *state;
	int fd = file_of("0123456789");
	const struct net_piece pieces[] = { net_bytes_piece("<", 1),
	    net_file_piece(fd, 3, 5), net_bytes_piece("|", 1),
	    net_read_piece(rows_read, NULL, ROW), net_bytes_piece(">", 1) };
	struct http_request r = fx_request(f, "PUT", "/p");

	r.body = pieces;
	r.npieces = sizeof(pieces) / sizeof(pieces[0]);
	fx_must(f, fx_call(f, &r));
	assert_string_equal(f->answer.body,
	    "PUT /p? [<34567|row 00000\n>]  -");
	r.npieces = 0;
	fx_must(f, fx_call(f, &r));
	assert_string_equal(f->answer.body, "PUT /p? []  -");
	close(fd);
}

/* What the body says goes wrong is what the call says, and it is not sent. */
static void
test_body_fails(void **state)
{
	struct fixture *f = *state;
	size_t at = 5 * ROW;
	const struct net_piece rows = net_read_piece(rows_read, &at,
	    100 * ROW);
	struct http_request r = fx_request(f, "POST", "/p");

	r.body = &rows;
	r.npieces = 1;
	fx_refused(f, fx_call(f, &r), ERR_RULES, true);
}

/* A dead connection is found out after the body was sent: again from 0. */
static void
test_sent_again(void **state)
{
	static const char *const answers[] = { OK_KEPT, "", OK_KEPT, NULL };
	struct fixture *f = *state;
	char *text = rows_text(10000);
	int fd = file_of(text);
	const struct net_piece pieces[] = { net_bytes_piece("<", 1),
	    net_file_piece(fd, 0, 50000), net_read_piece(rows_read, NULL,
	    50000), net_bytes_piece(">", 1) };
	struct http_request r = { .method = "POST", .body = pieces,
	    .npieces = 4, .repeatable = true };
	struct script *s = calloc(1, sizeof(*s));
	const char *body;

	assert_non_null(s);
	script_start(s, answers);
	fx_must(f, script_ask(f, s, &r));
	fx_must(f, script_ask(f, s, &r));
	script_stop(s);
	assert_int_equal(s->requests, 3);
	body = strstr(s->last, "\r\n\r\n");
	assert_non_null(body);
	assert_int_equal(strlen(body + 4), 100002);
	assert_memory_equal(body + 5, text, 50000);
	assert_memory_equal(body + 50005, text, 50000);
	free(s);
	free(text);
	close(fd);
}

static struct http_request
to_file(struct fixture *f, const char *path, int fd)
{
	struct http_request r = fx_request(f, "GET", path);

	r.to_file = true;
	r.answer_fd = fd;
	return r;
}

static void
test_answer_to_file(void **state)
{
	static const char want[] = "GET /a? []  -";
	struct fixture *f = *state;
	int fd = file_of("");
	struct http_request r = to_file(f, "/a", fd);
	char got[100];

	fx_must(f, fx_call(f, &r));
	assert_int_equal(f->answer.body_len, 0);
	assert_string_equal(f->answer.body, "");
	assert_int_equal(f->answer.file_len, sizeof(want) - 1);
	assert_int_equal(pread(fd, got, sizeof(got), 0), sizeof(want) - 1);
	assert_memory_equal(got, want, sizeof(want) - 1);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
	/* A page about what went wrong is not the file. */
	assert_int_equal(ftruncate(fd, 0), 0);
	r = to_file(f, "/404", fd);
	fx_must(f, fx_call(f, &r));
	assert_int_equal(f->answer.status, 404);
	assert_int_equal(f->answer.file_len, 0);
	assert_string_equal(f->answer.body, "GET /404? []  -");
	assert_int_equal(lseek(fd, 0, SEEK_END), 0);
	close(fd);
}

static void
test_answer_file_limits(void **state)
{
	struct fixture *f = *state;
	int fd = file_of("");
	struct http_request r = to_file(f, "/a", fd);

	r.max_answer = strlen("GET /a? []  -");
	fx_must(f, fx_call(f, &r));
	r.max_answer--;
	fx_refused(f, fx_call(f, &r), ERR_LIMIT, true);
	close(fd);
	r = to_file(f, "/a", -1);
	fx_refused(f, fx_call(f, &r), ERR_IO, true);
}

static void
test_headers(void **state)
{
	static const char *const answers[] = {
		"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n"
		    "LOCATION: /task/7\r\nX-Token:  t 1 \r\n\r\n", NULL
	};
	struct fixture *f = *state;
	struct secret *token = secret_new(SECRET, strlen(SECRET), &f->e);
	const struct http_header headers[] = {
		{ "Authorization", "Bearer ", token },
		{ "X-Key", NULL, token }, { "X-Empty", "", NULL },
		{ "Content-Type", "text/plain", NULL },
	};
	struct http_request r = { .method = "GET", .headers = headers,
	    .nheaders = 4 };
	struct script *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	script_start(s, answers);
	fx_must(f, script_ask(f, s, &r));
	script_stop(s);
	assert_non_null(strstr(s->last, "\r\nAuthorization: Bearer " SECRET
	    "\r\n"));
	assert_non_null(strstr(s->last, "\r\nX-Key: " SECRET "\r\n"));
	assert_non_null(strstr(s->last, "\r\nX-Empty:\r\n"));
	assert_non_null(strstr(s->last, "\r\nContent-Type: text/plain\r\n"));
	assert_null(strstr(s->last, "Expect"));
	assert_string_equal(http_answer_header(&f->answer, "Location"),
	    "/task/7");
	assert_string_equal(http_answer_header(&f->answer, "x-token"), "t 1");
	assert_null(http_answer_header(&f->answer, "X-Other"));
	free(s);
	secret_free(token);
}

static void
test_bad_headers(void **state)
{
	static const struct http_header bad[] = {
		{ "", "x", NULL }, { "A B", "x", NULL }, { "A:", "x", NULL },
		{ "A", "x\r\nB: y", NULL }, { "A\n", "x", NULL },
		{ "A", "\x7f", NULL },
	};
	struct fixture *f = *state;
	struct secret *two = secret_new(SECRET "\n", strlen(SECRET) + 1,
	    &f->e);
	const struct http_header torn = { "A", NULL, two };
	struct http_request r = fx_request(f, "GET", "/");
	size_t i;

	r.nheaders = 1;
	for (i = 0; i <= sizeof(bad) / sizeof(bad[0]); i++) {
		r.headers = i < sizeof(bad) / sizeof(bad[0]) ? &bad[i] :
		    &torn;
		fx_refused(f, fx_call(f, &r), ERR_CONFIG, false);
		assert_null(http_answer_header(&f->answer, "Date"));
	}
	secret_free(two);
}

#define WITH_SERVER(t)	\
	cmocka_unit_test_setup_teardown(t, fx_set_up, fx_tear_down)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_piece_fails),
		WITH_SERVER(test_sent_in_pieces),
		WITH_SERVER(test_body_fails),
		WITH_SERVER(test_sent_again),
		WITH_SERVER(test_answer_to_file),
		WITH_SERVER(test_answer_file_limits),
		WITH_SERVER(test_headers),
		WITH_SERVER(test_bad_headers),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
