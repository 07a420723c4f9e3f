/*
 * Session and pump against the in-memory server: every way of answering that
 * the protocol allows, and many that it does not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/base/clock.h"
#include "../../src/base/err.h"
#include "../../transfer/sftp_window.h"
#include "sftp_fixture.h"

#define LARGE	(5u << 20)

struct bench {
	struct fix	 f;
	struct sftp	 s;
	struct sftp_handle h;
	struct sftp_refusal refusal;
	struct err	 e;
	uint64_t	 told, total;
};

static void
tell(void *arg, uint64_t done, uint64_t total)
{
	struct bench *b = arg;

	assert_true(done >= b->told);
	b->told = done;
	b->total = total;
}

static int
setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	fix_init(&b->f);
	b->s.where = "host:22";
	b->s.times = (struct xfer_times){ 1000, 10000, 10000, 10000, 10000,
	    3000, 3000 };
	b->h.n = 1;	/* the first file */
	snprintf(b->f.files[0].name, sizeof(b->f.files[0].name), "f");
	err_clear(&b->e);
	*state = b;
	return 0;
}

static int
teardown(void **state)
{
	struct bench *b = *state;

	sftp_end(&b->s);
	fix_release(&b->f);
	free(b);
	return 0;
}

static int
start(struct bench *b)
{
	struct sftp_channel ch = fix_channel(&b->f);

	return sftp_start(&b->s, &ch, &b->e);
}

static int
upload(struct bench *b, size_t n)
{
	struct sftp_told told = { tell, b };
	struct xfer_source src;
	struct sftp_feed feed;
	struct buf data;
	int r;

	assert_int_equal(start(b), 0);
	fix_fill(&data, n);
	src = fix_source(&data);
	b->told = 0;
	sftp_feed_init(&feed, &src, 0, &told, &b->refusal);
	r = sftp_upload(&b->s, &b->h, &feed, &b->e);
	if (r == 0) {
		assert_int_equal(b->f.files[0].data.len, n);
		assert_memory_equal(b->f.files[0].data.data, data.data, n);
		assert_int_equal(b->told, n);
	}
	buf_release(&data);
	return r;
}

static int
download(struct bench *b, size_t n, uint64_t size, uint64_t max)
{
	struct sftp_told told = { tell, b };
	struct xfer_sink sink;
	struct buf got;
	int r;

	assert_int_equal(start(b), 0);
	buf_release(&b->f.files[0].data);
	fix_fill(&b->f.files[0].data, n);
	sink = fix_sink(&got, max);
	b->told = 0;
	r = sftp_download(&b->s, &b->h, size, &sink, &told, &b->e);
	assert_true(got.len <= max);
	if (r == 0) {
		assert_int_equal(got.len, n);
		assert_memory_equal(got.data, b->f.files[0].data.data, n);
	}
	buf_release(&got);
	return r;
}

/* The session still works: one more request gets its own answer. */
static void
still_usable(struct bench *b)
{
	struct sftp_request r = {
		.type = SFTP_STAT, .nstr = 1, .str = { sftp_str("f") },
	};
	struct sftp_reply reply;
	struct err e;

	err_clear(&e);
	assert_false(b->s.broken);
	assert_int_equal(sftp_call(&b->s, &r, 10000, &reply, &e), 0);
	assert_int_equal(reply.type, SFTP_ATTRS);
}

static void
hello_learns_limits(void **state)
{
	struct bench *b = *state;

	b->f.plan.offers = SFTP_EXT_LIMITS | SFTP_EXT_FSYNC;
	b->f.plan.max_read = 1000;
	b->f.plan.max_write = 261120;
	assert_int_equal(start(b), 0);
	assert_int_equal(b->s.ext, SFTP_EXT_LIMITS | SFTP_EXT_FSYNC);
	assert_int_equal(b->s.write_size, 32768);	/* not told yet */
	assert_int_equal(sftp_know_limits(&b->s, &b->e), 0);
	assert_int_equal(b->s.read_size, 1000);
	assert_int_equal(b->s.write_size, 65536);
}

static void
hello_without_limits(void **state)
{
	struct bench *b = *state;

	assert_int_equal(start(b), 0);
	assert_int_equal(b->s.write_size, 32768);
	assert_int_equal(b->s.read_size, 32768);
}

static void
hello_meets_a_login_script(void **state)
{
	struct bench *b = *state;

	b->f.plan.greeting = "Welcome to \033[1mACME\n";
	assert_int_equal(start(b), -1);
	assert_int_equal(b->e.code, ERR_PROTOCOL);
	assert_non_null(strstr(b->e.msg, "Welcome to"));
	assert_non_null(strstr(b->e.msg, "login script"));
	assert_null(strchr(b->e.msg, '\033'));
}

static void
hello_of_another_version(void **state)
{
	struct bench *b = *state;

	b->f.plan.version = 2;
	assert_int_equal(start(b), -1);
	assert_int_equal(b->e.code, ERR_UNSUPPORTED);
}

static void
upload_sizes(void **state)
{
	static const size_t sizes[] = {
		0, 1, 32767, 32768, 32769, 65537, LARGE,
	};
	struct bench *b = *state;
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		assert_int_equal(upload(b, sizes[i]), 0);
		still_usable(b);
		sftp_end(&b->s);
		buf_release(&b->f.files[0].data);
	}
	assert_true(b->f.most_waiting > 4);	/* it was pipelined */
}

static void
upload_through_a_straw(void **state)
{
	struct bench *b = *state;

	b->f.plan.chunk = 700;
	b->f.plan.reverse = true;
	assert_int_equal(upload(b, 300000), 0);
	still_usable(b);
}

static void
upload_answered_backwards(void **state)
{
	struct bench *b = *state;

	b->f.plan.reverse = true;
	b->f.plan.bare = true;
	assert_int_equal(upload(b, LARGE), 0);
	still_usable(b);
}

static void
upload_in_tiny_packets(void **state)
{
	struct bench *b = *state;

	b->f.plan.offers = SFTP_EXT_LIMITS;
	b->f.plan.max_write = 100;
	b->f.plan.max_read = 100;
	b->f.plan.reverse = true;
	assert_int_equal(upload(b, 250001), 0);
	assert_int_equal(b->f.largest_write, 100);
}

static void
upload_refused_midway(void **state)
{
	struct bench *b = *state;

	b->f.plan.bad_write = 3;
	b->f.plan.bad_code = SFTP_FAILURE;
	assert_int_equal(upload(b, LARGE), -1);
	assert_int_equal(b->refusal.code, SFTP_FAILURE);
	assert_int_equal(b->refusal.off, 2 * 32768);
	assert_int_equal(b->e.remote, SFTP_FAILURE);
	assert_non_null(strstr(b->e.msg, "65536"));
	assert_true(b->f.writes < 80);	/* of 160: it stopped asking */
	still_usable(b);
}

static void
upload_refused_and_backwards(void **state)
{
	struct bench *b = *state;

	b->f.plan.bad_size = 1;
	b->f.plan.bad_code = SFTP_QUOTA;
	b->f.plan.reverse = true;
	assert_int_equal(upload(b, 1000000), -1);
	assert_int_equal(b->refusal.off, 0);	/* the lowest, seen last */
	assert_int_equal(b->e.code, ERR_REMOTE_FULL);
	still_usable(b);
}

static ssize_t
failing_pread(void *arg, void *p, size_t n, uint64_t off, struct err *e)
{
	(void)arg;
	if (off >= 100000)
		return err_set(e, ERR_IO, "the disk is bad");
	memset(p, 'x', n);
	return (ssize_t)n;
}

static void
upload_from_a_failing_source(void **state)
{
	struct bench *b = *state;
	struct sftp_told told = { tell, b };
	struct xfer_source src = { failing_pread, NULL, LARGE };
	struct sftp_feed feed;

	assert_int_equal(start(b), 0);
	sftp_feed_init(&feed, &src, 0, &told, &b->refusal);
	assert_int_equal(sftp_upload(&b->s, &b->h, &feed, &b->e), -1);
	assert_int_equal(b->e.code, ERR_IO);
	assert_int_equal(b->refusal.code, SFTP_OK);
	still_usable(b);
}

static void
upload_from_a_shrinking_source(void **state)
{
	struct bench *b = *state;
	struct sftp_told told = { tell, b };
	struct xfer_source src;
	struct sftp_feed feed;
	struct buf data;

	assert_int_equal(start(b), 0);
	fix_fill(&data, 40000);
	src = fix_source(&data);
	src.size = 50000;
	sftp_feed_init(&feed, &src, 0, &told, &b->refusal);
	assert_int_equal(sftp_upload(&b->s, &b->h, &feed, &b->e), -1);
	assert_int_equal(b->e.code, ERR_IO);
	assert_non_null(strstr(b->e.msg, "byte 40000 of 50000"));
	buf_release(&data);
	still_usable(b);
}

/* All that makes the stream useless, for both directions. */
static void
broken_streams(void **state)
{
	static const struct {
		struct fix_plan	plan;
		enum err_code	code;
	} cases[] = {
		{ { .wrong_id_at = 9 }, ERR_PROTOCOL },
		{ { .odd_at = 9 }, ERR_PROTOCOL },
		{ { .huge_at = 9 }, ERR_PROTOCOL },
		{ { .cut_at = 9 }, ERR_PROTOCOL },
		{ { .die_at = 9 }, ERR_BROKEN },
		{ { .die_at = 2 }, ERR_BROKEN },
		{ { .stall_at = 9 }, ERR_TIMEOUT },
	};
	struct bench *b = *state;
	size_t i;
	int way;

	for (i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		way = (int)(i % 2);
		teardown(state);
		setup(state);
		b = *state;
		b->f.plan = cases[i / 2].plan;
		b->s.times.stall_ms = b->s.times.final_ms = 30;
		assert_int_equal(way ? upload(b, LARGE) :
		    download(b, LARGE, LARGE, LARGE), -1);
		assert_int_equal(b->e.code, cases[i / 2].code);
		assert_true(b->s.broken);
		err_clear(&b->e);
		assert_int_equal(sftp_call_status(&b->s,
		    &(struct sftp_request){ .type = SFTP_REMOVE }, 1000,
		    "remove it", &b->e), -1);
		assert_int_equal(b->e.code, ERR_BROKEN);
	}
}

static void
total_deadline(void **state)
{
	struct bench *b = *state;

	assert_int_equal(start(b), 0);
	b->s.total_at = clock_mono(&clock_system) - 1;
	b->f.plan.stall_at = 1;
	assert_int_equal(sftp_call_status(&b->s,
	    &(struct sftp_request){ .type = SFTP_REMOVE, .nstr = 1,
	    .str = { sftp_str("f") } }, 1000, "remove it", &b->e), -1);
	assert_int_equal(b->e.code, ERR_TIMEOUT);
}

static void
download_sizes(void **state)
{
	static const size_t sizes[] = {
		0, 1, 32767, 32768, 32769, 65536, LARGE + 17,
	};
	struct bench *b = *state;
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		assert_int_equal(download(b, sizes[i], sizes[i],
		    UINT64_MAX), 0);
		still_usable(b);
		sftp_end(&b->s);
		assert_int_equal(download(b, sizes[i], UINT64_MAX,
		    UINT64_MAX), 0);
		still_usable(b);
		sftp_end(&b->s);
	}
	assert_true(b->f.most_waiting > 4);
}

static void
download_backwards_and_short(void **state)
{
	struct bench *b = *state;

	b->f.plan.reverse = true;
	b->f.plan.short_read = 20001;
	assert_int_equal(download(b, LARGE + 3, LARGE + 3, UINT64_MAX), 0);
	still_usable(b);
	sftp_end(&b->s);
	b->f.plan.chunk = 999;
	assert_int_equal(download(b, 300000, UINT64_MAX, UINT64_MAX), 0);
	still_usable(b);
}

static void
download_of_a_grown_file(void **state)
{
	struct bench *b = *state;

	assert_int_equal(download(b, 400000, 100, UINT64_MAX), 0);
	still_usable(b);
}

static void
download_of_a_shrunk_file(void **state)
{
	struct bench *b = *state;

	b->f.plan.reverse = true;
	assert_int_equal(download(b, 400000, 900000, UINT64_MAX), -1);
	assert_int_equal(b->e.code, ERR_PROTOCOL);
	assert_non_null(strstr(b->e.msg, "400000"));
	still_usable(b);
}

static void
download_past_the_limit(void **state)
{
	struct bench *b = *state;

	assert_int_equal(download(b, 400000, 400000, 399999), -1);
	assert_int_equal(b->e.code, ERR_LIMIT);
	still_usable(b);
	sftp_end(&b->s);
	err_clear(&b->e);
	assert_int_equal(download(b, 400000, UINT64_MAX, 399999), -1);
	assert_int_equal(b->e.code, ERR_LIMIT);
	still_usable(b);
}

static void
download_refused(void **state)
{
	struct bench *b = *state;

	b->f.plan.refuse_type = SFTP_READ;
	b->f.plan.refuse_code = SFTP_DENIED;
	assert_int_equal(download(b, 400000, 400000, UINT64_MAX), -1);
	assert_int_equal(b->e.code, ERR_DENIED);
	still_usable(b);
}

/* One round trip of requests of n bytes that fill the window. */
static void
round_trip(struct sftp_window *w, uint32_t *id, bool blocked)
{
	uint32_t first = *id, n = 64u << 10;

	while (sftp_window_room(w, n))
		sftp_window_sent(w, (*id)++, n);
	if (blocked)
		w->blocked = true;
	while (first != *id)
		sftp_window_done(w, first++, n);
	assert_int_equal(w->flight, 0);
}

static void
window_grows_only_when_it_is_the_limit(void **state)
{
	struct sftp_window w;
	uint32_t id = UINT32_MAX - 40;	/* ids may wrap */
	int i;

	(void)state;
	sftp_window_init(&w);
	assert_int_equal(w.size, SFTP_WINDOW_MIN);
	assert_true(sftp_window_room(&w, UINT32_MAX));	/* one always may */
	round_trip(&w, &id, true);
	assert_int_equal(w.size, SFTP_WINDOW_MIN);
	round_trip(&w, &id, false);
	assert_int_equal(w.size, 2 * SFTP_WINDOW_MIN);
	sftp_window_sent(&w, id, 1);
	sftp_window_done(&w, id++, 1);	/* it was not full */
	assert_int_equal(w.size, 2 * SFTP_WINDOW_MIN);
	for (i = 0; i < 10; i++)
		round_trip(&w, &id, false);
	assert_int_equal(w.size, SFTP_WINDOW_MAX);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(hello_learns_limits), TEST(hello_without_limits),
		TEST(hello_meets_a_login_script),
		TEST(hello_of_another_version), TEST(upload_sizes),
		TEST(upload_through_a_straw),
		TEST(upload_answered_backwards),
		TEST(upload_in_tiny_packets), TEST(upload_refused_midway),
		TEST(upload_refused_and_backwards),
		TEST(upload_from_a_failing_source),
		TEST(upload_from_a_shrinking_source),
		TEST(broken_streams), TEST(total_deadline),
		TEST(download_sizes), TEST(download_backwards_and_short),
		TEST(download_of_a_grown_file),
		TEST(download_of_a_shrunk_file),
		TEST(download_past_the_limit), TEST(download_refused),
		cmocka_unit_test(window_grows_only_when_it_is_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
