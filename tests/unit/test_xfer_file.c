/*
 * The file and null backends, the source over a descriptor, progress.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../transfer/files.h"

struct place {
	char		 dir[64];
	char		 url[80];
	struct xfer	*x;
};

static int
set_up(void **state)
{
	struct place	*p;
	struct xfer_target t = { 0 };
	struct err	 e;

	p = calloc(1, sizeof(*p));
	snprintf(p->dir, sizeof(p->dir), "/tmp/xfer.XXXXXX");
	if (mkdtemp(p->dir) == NULL)
		return -1;
	snprintf(p->url, sizeof(p->url), "file://%s", p->dir);
	t.url = p->url;
	err_clear(&e);
	p->x = xfer_open(&t, NULL, &e);
	*state = p;
	return p->x == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	static const char *const names[] = { "a", "b", "pipe", "\xc3\xa4 b" };
	struct place	*p = *state;
	char		 path[128];
	size_t		 i;

	xfer_close(p->x);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", p->dir, names[i]);
		unlink(path);
	}
	rmdir(p->dir);
	free(p);
	return 0;
}

struct bytes {
	const char	*p;
	size_t		 n;
	int		 fails;
};

static ssize_t
bytes_pread(void *arg, void *out, size_t n, uint64_t off, struct err *e)
{
	struct bytes *b = arg;

	if (b->fails)
		return err_set(e, ERR_IO, "the source fails");
	if (off >= b->n)
		return 0;
	if (n > 3)
		n = 3;
	if (n > b->n - off)
		n = b->n - (size_t)off;
	memcpy(out, b->p + off, n);
	return (ssize_t)n;
}

struct got {
	char	p[64];
	size_t	n;
};

static int
got_write(void *arg, const void *p, size_t n, struct err *e)
{
	struct got *g = arg;

	if (n > sizeof(g->p) - g->n)
		return err_set(e, ERR_LIMIT, "no room in the test");
	memcpy(g->p + g->n, p, n);
	g->n += n;
	return 0;
}

static int
put(struct xfer *x, const char *name, const char *text, struct err *e)
{
	struct bytes	b = { text, strlen(text), 0 };
	struct xfer_source src = { bytes_pread, &b, strlen(text) };

	err_clear(e);
	return xfer_put(x, name, &src, e);
}

static void
check_content(struct xfer *x, const char *name, const char *want)
{
	struct got	g = { .n = 0 };
	struct xfer_sink sink = { got_write, &g, sizeof(g.p) };
	struct err	e;

	err_clear(&e);
	if (xfer_get(x, name, &sink, &e) == -1)
		fail_msg("%s", e.msg);
	assert_int_equal(g.n, strlen(want));
	assert_memory_equal(g.p, want, g.n);
}

static void
test_round(void **state)
{
	struct place	*p = *state;
	struct xfer_stat st;
	struct err	 e;

	assert_int_equal(put(p->x, "a", "hello, world", &e), 0);
	assert_int_equal(xfer_stat(p->x, "a", &st, &e), 0);
	assert_int_equal(st.size, 12);
	assert_false(st.is_dir);
	check_content(p->x, "a", "hello, world");
	/* a shorter file leaves nothing of the longer one */
	assert_int_equal(put(p->x, "a", "hi", &e), 0);
	check_content(p->x, "a", "hi");
	assert_int_equal(put(p->x, "\xc3\xa4 b", "", &e), 0);
	check_content(p->x, "\xc3\xa4 b", "");
	assert_int_equal(put(p->x, "b", "old", &e), 0);
	assert_int_equal(xfer_replace(p->x, "a", "b", &e), 0);
	check_content(p->x, "b", "hi");
	assert_int_equal(xfer_remove(p->x, "b", &e), 0);
	assert_int_equal(e.code, ERR_NONE);
	assert_int_equal(xfer_stat(p->x, "", &st, &e), 0);
	assert_true(st.is_dir);
}

static void
test_missing(void **state)
{
	struct got	 g = { .n = 0 };
	struct xfer_sink sink = { got_write, &g, 64 };
	struct place	*p = *state;
	struct xfer_stat st;
	struct err	 e;

	err_clear(&e);
	assert_int_equal(xfer_stat(p->x, "a", &st, &e), -1);
	assert_int_equal(e.code, ERR_NOTFOUND);
	assert_non_null(strstr(e.msg, p->dir));
	err_clear(&e);
	assert_int_equal(xfer_get(p->x, "a", &sink, &e), -1);
	assert_int_equal(e.code, ERR_NOTFOUND);
	err_clear(&e);
	assert_int_equal(xfer_replace(p->x, "a", "b", &e), -1);
	assert_int_equal(e.code, ERR_NOTFOUND);
	err_clear(&e);
	assert_int_equal(xfer_remove(p->x, "a", &e), -1);
	assert_int_equal(e.code, ERR_NOTFOUND);
	err_clear(&e);
	assert_int_equal(put(p->x, "no/folder", "x", &e), -1);
	assert_int_equal(e.code, ERR_NOTFOUND);
	err_clear(&e);
	assert_int_equal(put(p->x, "no/../x", "x", &e), -1);
	assert_int_equal(e.code, ERR_CONFIG);
}

/* The only file there. */
static int
count_entry(void *arg, const char *name, uint64_t size, struct err *e)
{
	struct xfer_stat *st = arg;

	(void)e;
	assert_string_equal(name, ".hidden");
	st->size = size;
	return 0;
}

static void
test_folders(void **state)
{
	struct place	*p = *state;
	struct xfer_stat st;
	struct err	 e;

	err_clear(&e);
	assert_int_equal(xfer_mkdirs(p->x, "one/two", &e), 0);
	assert_int_equal(xfer_mkdirs(p->x, "one/two", &e), 0);
	assert_int_equal(put(p->x, "one/two/f", "x", &e), 0);
	assert_int_equal(xfer_stat(p->x, "one/two", &st, &e), 0);
	assert_true(st.is_dir);
	assert_int_equal(put(p->x, "one/.hidden", "xyz", &e), 0);
	assert_int_equal(xfer_list(p->x, "one", count_entry, &st, &e), 0);
	assert_int_equal(st.size, 3);
	assert_int_equal(xfer_list(p->x, "none", count_entry, &st, &e), -1);
	assert_int_equal(e.code, ERR_NOTFOUND);
	err_clear(&e);
	assert_int_equal(xfer_replace(p->x, "one/two/f", "f", &e), 0);
	assert_int_equal(xfer_stat(p->x, "f", &st, &e), 0);
	assert_int_equal(st.size, 1);
}

static void
test_limit(void **state)
{
	struct got	 g = { .n = 0 };
	struct xfer_sink sink = { got_write, &g, 4 };
	struct place	*p = *state;
	struct err	 e;

	assert_int_equal(put(p->x, "a", "12345", &e), 0);
	assert_int_equal(xfer_get(p->x, "a", &sink, &e), -1);
	assert_int_equal(e.code, ERR_LIMIT);
	assert_int_equal(put(p->x, "a", "1234", &e), 0);
	g.n = 0;
	assert_int_equal(xfer_get(p->x, "a", &sink, &e), 0);
}

/* A pipe of that name must neither hang nor be written. */
static void
test_irregular(void **state)
{
	struct got	 g = { .n = 0 };
	struct xfer_sink sink = { got_write, &g, 64 };
	struct place	*p = *state;
	struct err	 e;
	char		 path[128];

	snprintf(path, sizeof(path), "%s/pipe", p->dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(put(p->x, "pipe", "x", &e), -1);
	err_clear(&e);
	assert_int_equal(xfer_get(p->x, "pipe", &sink, &e), -1);
	assert_int_equal(e.code, ERR_UNSUPPORTED);
}

static void
test_bad_source(void **state)
{
	struct bytes	 b = { "12345", 5, 0 };
	struct xfer_source src = { bytes_pread, &b, 9 };
	struct place	*p = *state;
	struct err	 e;

	err_clear(&e);
	assert_int_equal(xfer_put(p->x, "a", &src, &e), -1);
	assert_int_equal(e.code, ERR_IO);
	assert_non_null(strstr(e.msg, "shorter"));
	b.fails = 1;
	err_clear(&e);
	assert_int_equal(xfer_put(p->x, "a", &src, &e), -1);
	assert_non_null(strstr(e.msg, "the source fails"));
}

static void
test_null(void **state)
{
	struct got	 g = { .n = 0 };
	struct xfer_sink sink = { got_write, &g, 64 };
	struct xfer_target t = { .url = "null:" };
	struct xfer_stat st;
	struct xfer	*x;
	struct err	 e;

	(void)state;
	err_clear(&e);
	x = xfer_open(&t, NULL, &e);
	assert_non_null(x);
	assert_int_equal(put(x, "a", "hello", &e), 0);
	assert_int_equal(put(x, "b", "", &e), 0);
	assert_int_equal(xfer_stat(x, "a", &st, &e), 0);
	assert_int_equal(st.size, 5);
	assert_int_equal(xfer_replace(x, "a", "b", &e), 0);
	assert_int_equal(xfer_stat(x, "b", &st, &e), 0);
	assert_int_equal(st.size, 5);
	assert_int_equal(xfer_replace(x, "b", "b", &e), 0);
	assert_int_equal(xfer_stat(x, "b", &st, &e), 0);
	assert_int_equal(xfer_stat(x, "a", &st, &e), -1);
	assert_int_equal(e.code, ERR_NOTFOUND);
	err_clear(&e);
	assert_int_equal(xfer_get(x, "b", &sink, &e), -1);
	assert_int_equal(e.code, ERR_UNSUPPORTED);
	assert_int_equal(xfer_remove(x, "b", &e), 0);
	err_clear(&e);
	assert_int_equal(xfer_remove(x, "b", &e), -1);
	assert_int_equal(e.code, ERR_NOTFOUND);
	xfer_close(x);
}

static void
test_source_fd(void **state)
{
	struct place	*p = *state;
	struct xfer_source src;
	struct err	 e;
	char		 path[128], buf[8];
	int		 fd, ends[2];

	assert_int_equal(put(p->x, "a", "12345", &e), 0);
	snprintf(path, sizeof(path), "%s/a", p->dir);
	fd = open(path, O_RDONLY);
	assert_int_equal(xfer_source_fd(fd, &src, &e), 0);
	assert_int_equal(src.size, 5);
	assert_int_equal(src.pread(src.arg, buf, 8, 3, &e), 2);
	assert_memory_equal(buf, "45", 2);
	assert_int_equal(src.pread(src.arg, buf, 8, 0, &e), 5);
	assert_int_equal(src.pread(src.arg, buf, 8, 5, &e), 0);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
	close(fd);
	assert_int_equal(src.pread(src.arg, buf, 8, 0, &e), -1);
	assert_int_equal(e.code, ERR_IO);
	assert_int_equal(pipe(ends), 0);
	err_clear(&e);
	assert_int_equal(xfer_source_fd(ends[0], &src, &e), -1);
	assert_int_equal(e.code, ERR_IO);
	close(ends[0]);
	close(ends[1]);
}

static void
on_progress(void *arg, uint64_t done, uint64_t total)
{
	uint64_t *seen = arg;

	assert_true(done >= seen[0] && done <= total);
	seen[0] = done;
	seen[1] = total;
	seen[2]++;
}

/* The end is always told, however fast it came. */
static void
test_progress(void **state)
{
	struct place	*p = *state;
	uint64_t	 seen[3] = { 0, 0, 0 };
	struct err	 e;

	xfer_on_progress(p->x, on_progress, seen);
	assert_int_equal(put(p->x, "a", "123456789", &e), 0);
	assert_int_equal(seen[0], 9);
	assert_int_equal(seen[1], 9);
	assert_true(seen[2] >= 1);
	xfer_on_progress(p->x, NULL, NULL);
	assert_int_equal(put(p->x, "a", "123456789", &e), 0);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(test_round),
		WITH(test_missing),
		WITH(test_folders),
		WITH(test_limit),
		WITH(test_irregular),
		WITH(test_bad_source),
		WITH(test_source_fd),
		WITH(test_progress),
		cmocka_unit_test(test_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
