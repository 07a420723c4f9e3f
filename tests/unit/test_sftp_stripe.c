/*
 * Uploads over several connections, to servers in memory that share their
 * files: who writes what, and what is left when one of them fails.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/base/err.h"
#include "../../transfer/sftp_more.h"
#include "../../transfer/xfer_internal.h"
#include "sftp_fixture.h"

#define SIZE	(9u << 20)

struct bench {
	struct fix	 first, second;
	struct sftp	 s;
	struct xfer	 x;
	struct sftp_handle h;
	struct sftp_refusal refusal;
	struct buf	 data;
	struct err	 e;
	bool		 refuse;	/* the second connection */
	atomic_uint	 dials;
};

static void
tell(void *arg, uint64_t done, uint64_t total)
{
	(void)arg;
	assert_true(done <= total);
}

/* Called by a thread of its own: no assertions here. */
static int
dial(struct xfer *x, struct sftp_channel *out, struct err *e)
{
	struct bench *b = x->progress_arg;

	if (atomic_fetch_add(&b->dials, 1) != 0 || b->refuse)
		return err_set(e, ERR_CONNECT, "too many connections");
	*out = fix_channel(&b->second);
	return 0;
}

static int
setup(void **state)
{
	static char host[] = "host";
	struct bench *b = calloc(1, sizeof(*b));
	struct sftp_channel ch;

	assert_non_null(b);
	fix_init(&b->first);
	fix_init(&b->second);
	b->second.disk = &b->first;
	b->s.times = (struct xfer_times){ 1000, 10000, 10000, 10000, 10000,
	    3000, 3000 };
	b->s.where = "host:22";
	b->x.times = b->s.times;
	b->x.progress_arg = b;
	b->x.scheme = xfer_scheme_find("sftp", 4);
	b->x.url.host = host;
	err_clear(&b->e);
	fix_fill(&b->data, SIZE);
	ch = fix_channel(&b->first);
	assert_int_equal(sftp_start(&b->s, &ch, &b->e), 0);
	assert_int_equal(sftp_open_file(&b->s, "f", SFTP_F_WRITE |
	    SFTP_F_CREAT | SFTP_F_TRUNC, &b->h, &b->e), 0);
	*state = b;
	return 0;
}

static int
teardown(void **state)
{
	struct bench *b = *state;

	sftp_end(&b->s);
	fix_release(&b->first);
	fix_release(&b->second);
	buf_release(&b->data);
	free(b);
	return 0;
}

static int
upload(struct bench *b, int streams)
{
	struct sftp_told told = { tell, b };
	struct xfer_source src = fix_source(&b->data);
	struct sftp_striped st = { &b->x, &b->s, "f", streams, dial };
	struct sftp_feed feed;

	sftp_feed_init(&feed, &src, 0, &told, &b->refusal);
	return sftp_upload_striped(&st, &b->h, &feed, &b->e);
}

static void
whole(struct bench *b)
{
	struct fix_file *f = fix_file(&b->first, "f", false);

	assert_int_equal(f->data.len, SIZE);
	assert_memory_equal(f->data.data, b->data.data, SIZE);
}

/* The session that was there first can go on. */
static void
usable(struct bench *b)
{
	struct err e;

	err_clear(&e);
	assert_false(b->s.broken);
	assert_int_equal(sftp_close_file(&b->s, &b->h, &e), 0);
}

static void
two_streams_share_the_work(void **state)
{
	struct bench *b = *state;

	b->first.after = &b->second;	/* or the first does it all */
	assert_int_equal(upload(b, 2), 0);
	whole(b);
	assert_true(b->first.writes > 0 && b->second.writes > 0);
	assert_int_equal(b->first.writes + b->second.writes,
	    SIZE / b->s.write_size);
	assert_int_equal(b->second.opens, 1);
	assert_int_equal(b->second.closes, 1);
	assert_true(b->second.closed);
	assert_false(b->x.one_stream);
	usable(b);
}

static void
one_stream_where_a_second_is_refused(void **state)
{
	struct bench *b = *state;

	b->refuse = true;
	assert_int_equal(upload(b, 4), 0);
	whole(b);
	assert_int_equal(b->second.writes, 0);
	assert_true(b->x.one_stream);
	usable(b);
}

/* As behind a balancer: the other machine does not have the file. */
static void
one_stream_where_the_file_is_not_there(void **state)
{
	struct bench *b = *state;

	b->second.disk = &b->second;
	assert_int_equal(upload(b, 2), 0);
	whole(b);
	assert_int_equal(b->second.writes, 0);
	usable(b);
}

/* The size is the proof of wholeness after a lost connection. */
static void
a_dying_stream_leaves_a_short_file(void **state)
{
	struct bench *b = *state;

	b->first.after = &b->second;
	b->second.plan.die_at = 20;
	assert_int_equal(upload(b, 2), -1);
	assert_int_equal(b->e.code, ERR_BROKEN);
	assert_non_null(strstr(b->e.msg, "over 2 connections"));
	assert_true(fix_file(&b->first, "f", false)->data.len < SIZE);
	assert_true(b->x.one_stream);
	usable(b);
}

static void
a_refused_write_is_told(void **state)
{
	struct bench *b = *state;

	b->first.after = &b->second;
	b->second.plan.bad_write = 3;
	b->second.plan.bad_code = SFTP_NO_SPACE;
	assert_int_equal(upload(b, 2), -1);
	assert_int_equal(b->e.code, ERR_REMOTE_FULL);
	assert_int_equal(b->refusal.code, SFTP_NO_SPACE);
	assert_true(fix_file(&b->first, "f", false)->data.len < SIZE);
	usable(b);
}

static void
a_dying_first_stream_ends_all(void **state)
{
	struct bench *b = *state;

	b->first.plan.die_at = 10;
	assert_int_equal(upload(b, 2), -1);
	assert_int_equal(b->e.code, ERR_BROKEN);
	assert_true(b->s.broken);
}

static void
smaller_than_a_packet(void **state)
{
	struct bench *b = *state;

	b->data.len = 10;
	assert_int_equal(upload(b, 2), 0);
	assert_int_equal(fix_file(&b->first, "f", false)->data.len, 10);
	usable(b);
}

/* Called by a thread of its own: it counts who may log in. */
static int
dial_in_turn(struct xfer *x, struct sftp_channel *out, struct err *e)
{
	if (sftp_turn_await(x->turn, e) == -1)
		return -1;
	return dial(x, out, e);
}

/* The first login fails: nobody else has tried. */
static void
none_logs_in_before_the_first(void **state)
{
	struct bench *b = *state;

	sftp_more_start(&b->x, 3, dial_in_turn, false);
	assert_non_null(b->x.more);
	assert_int_equal(b->x.more->n, 3);
	sftp_more_end(&b->x);
	assert_null(b->x.more);
	assert_int_equal(atomic_load(&b->dials), 0);
	assert_false(b->x.one_stream);
}

/* Connections that were begun before there was an upload take part in it. */
static void
those_begun_early_join(void **state)
{
	struct bench *b = *state;

	b->first.after = &b->second;
	sftp_more_start(&b->x, 1, dial_in_turn, false);
	assert_non_null(b->x.more);
	sftp_more_let_in(&b->x);
	assert_int_equal(upload(b, 2), 0);
	whole(b);
	assert_int_equal(atomic_load(&b->dials), 1);
	assert_true(b->second.writes > 0);
	assert_null(b->x.more);
	usable(b);
}

/* No word of bytes to come, or one connection asked for: none is begun. */
static void
none_is_begun_for_nothing(void **state)
{
	struct bench *b = *state;

	sftp_more_early(&b->x, 50);
	assert_null(b->x.more);
	b->x.target.coming = 1u << 30;
	sftp_more_early(&b->x, 0);
	assert_null(b->x.more);
	b->x.one_stream = true;
	sftp_more_early(&b->x, 50);
	assert_null(b->x.more);
}

static void
how_many_streams(void **state)
{
	static const struct {
		int		asked;
		int64_t		rtt;
		uint64_t	size;
		int		want;
	} rows[] = {
		{ 0, 0, UINT64_MAX, 1 }, { 0, -1, UINT64_MAX, 1 },
		{ 0, 14, 1u << 30, 1 }, { 0, 50, 1u << 20, 1 },
		{ 0, 50, 32u << 20, 2 }, { 0, 50, 100u << 20, 4 },
		{ 0, 50, 256u << 20, 6 },
		{ 1, 50, 256u << 20, 1 }, { 3, 0, 1, 3 }, { 99, 0, 1, 16 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(sftp_streams(rows[i].asked, rows[i].rtt,
		    rows[i].size), rows[i].want);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(two_streams_share_the_work),
		TEST(one_stream_where_a_second_is_refused),
		TEST(one_stream_where_the_file_is_not_there),
		TEST(a_dying_stream_leaves_a_short_file),
		TEST(a_refused_write_is_told),
		TEST(a_dying_first_stream_ends_all),
		TEST(smaller_than_a_packet),
		TEST(none_logs_in_before_the_first),
		TEST(those_begun_early_join),
		TEST(none_is_begun_for_nothing),
		cmocka_unit_test(how_many_streams),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
