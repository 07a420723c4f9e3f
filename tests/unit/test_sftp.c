/*
 * The backend as xfer.h shows it, with the in-memory server in place of an
 * SSH connection: what is left over there after each kind of refusal.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/base/err.h"
#include "../../transfer/ssh_internal.h"
#include "../../transfer/files.h"
#include "../../transfer/xfer_internal.h"
#include "sftp_fixture.h"

#define ALL	(SFTP_EXT_POSIX_RENAME | SFTP_EXT_STATVFS | SFTP_EXT_FSYNC | \
		SFTP_EXT_LIMITS)

struct bench {
	struct fix	 f;
	struct xfer	*x;
	struct buf	 data;
	struct err	 e;
	enum xfer_ssh	 ssh;
	bool		 too_new;	/* for libssh2 */
	bool		 out;		/* nobody takes a connection */
	unsigned	 by_libssh2, by_ssh;
};

/*
 * Stands in for the function of sftp_ssh2.c.
 */
int
ssh2_channel_open(struct xfer *x, struct sftp_channel *out, struct err *e)
{
	struct bench *b = x->target.ask_arg;

	b->by_libssh2++;
	if (b->out)
		return err_set(e, ERR_CONNECT, "refused");
	x->ssh_beyond = b->too_new;
	if (b->too_new)
		return err_set(e, ERR_PROTOCOL, "nothing in common");
	*out = fix_channel(&b->f);
	return 0;
}

/*
 * Stands in for the function of sftp_openssh.c.
 */
int
openssh_channel_open(struct xfer *x, struct sftp_channel *out, struct err *e)
{
	struct bench *b = x->target.ask_arg;

	(void)e;
	b->by_ssh++;
	*out = fix_channel(&b->f);
	return 0;
}

static int
open_with(struct bench *b, unsigned offers)
{
	struct xfer_target t = {
		.url = "sftp://u@host/d/", .ask_arg = b, .ssh = b->ssh,
		.times = {
			.connect_ms = 1000, .reply_ms = 10000,
			.final_ms = 10000, .stall_ms = 10000,
			.total_ms = 10000,
		},
	};

	b->f.plan.offers = offers;
	b->f.plan.max_read = b->f.plan.max_write = 261120;
	b->x = xfer_open(&t, NULL, &b->e);
	return b->x == NULL ? -1 : 0;
}

static int
setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	fix_init(&b->f);
	fix_fill(&b->data, 200000);
	err_clear(&b->e);
	*state = b;
	return 0;
}

static int
teardown(void **state)
{
	struct bench *b = *state;

	xfer_close(b->x);
	assert_true(b->f.closed);
	buf_release(&b->data);
	fix_release(&b->f);
	free(b);
	return 0;
}

static int
put(struct bench *b, const char *name)
{
	struct xfer_source src = fix_source(&b->data);

	return xfer_put(b->x, name, &src, &b->e);
}

static void
has(struct bench *b, const char *name, size_t n)
{
	struct fix_file *f = fix_file(&b->f, name, false);

	assert_non_null(f);
	assert_int_equal(f->data.len, n);
	assert_memory_equal(f->data.data, b->data.data, n);
}

static void
put_and_get(void **state)
{
	struct bench *b = *state;
	struct xfer_sink sink;
	struct xfer_stat st;
	struct buf got;

	assert_int_equal(open_with(b, ALL), 0);
	assert_int_equal(put(b, "a"), 0);
	has(b, "/d/a", 200000);
	assert_int_equal(b->f.largest_write, 65536);
	assert_int_equal(b->f.syncs, 1);
	assert_int_equal(xfer_stat(b->x, "a", &st, &b->e), 0);
	assert_int_equal(st.size, 200000);
	assert_false(st.is_dir);
	sink = fix_sink(&got, 200000);
	assert_int_equal(xfer_get(b->x, "a", &sink, &b->e), 0);
	assert_int_equal(got.len, 200000);
	assert_memory_equal(got.data, b->data.data, got.len);
	buf_release(&got);
	assert_int_equal(b->f.opens, b->f.closes);
	assert_int_equal(xfer_remove(b->x, "a", &b->e), 0);
	assert_int_equal(xfer_remove(b->x, "a", &b->e), -1);
	assert_int_equal(b->e.code, ERR_NOTFOUND);
	err_clear(&b->e);
	assert_int_equal(xfer_stat(b->x, "a", &st, &b->e), -1);
	assert_int_equal(b->e.code, ERR_NOTFOUND);
}

static void
put_shortens_an_old_file(void **state)
{
	struct bench *b = *state;

	assert_int_equal(open_with(b, 0), 0);
	assert_int_equal(put(b, "a"), 0);
	b->data.len = 7;
	assert_int_equal(put(b, "a"), 0);
	has(b, "/d/a", 7);
	assert_int_equal(b->f.syncs, 0);	/* was not offered */
}

static void
put_falls_back_to_small_packets(void **state)
{
	struct bench *b = *state;

	b->f.plan.bad_size = 32768;
	b->f.plan.bad_code = SFTP_FAILURE;
	assert_int_equal(open_with(b, ALL), 0);
	assert_int_equal(put(b, "a"), 0);
	has(b, "/d/a", 200000);
	assert_int_equal(b->f.opens, 2);
	assert_int_equal(b->f.opens, b->f.closes);
	assert_int_equal(put(b, "b"), 0);	/* and it is remembered */
	assert_int_equal(b->f.opens, 3);
}

/* The flush and the close leave together, and are answered one by one. */
static void
put_where_the_flush_is_refused(void **state)
{
	struct bench *b = *state;

	b->f.plan.reverse = true;
	b->f.plan.refuse_type = SFTP_EXTENDED;
	b->f.plan.refuse_code = SFTP_UNSUPPORTED;
	assert_int_equal(open_with(b, ALL), 0);
	assert_int_equal(put(b, "a"), 0);
	has(b, "/d/a", 200000);
	assert_int_equal(b->f.opens, b->f.closes);
	b->f.plan.refuse_type = 0;
	assert_int_equal(put(b, "a"), 0);
	assert_int_equal(b->f.syncs, 0);	/* and it is remembered */
}

static void
put_where_the_flush_fails(void **state)
{
	struct bench *b = *state;

	assert_int_equal(open_with(b, ALL), 0);
	b->f.plan.refuse_type = SFTP_EXTENDED;
	b->f.plan.refuse_code = SFTP_NO_SPACE;
	assert_int_equal(put(b, "a"), -1);
	assert_int_equal(b->e.code, ERR_REMOTE_FULL);
	assert_non_null(strstr(b->e.msg, "flush the file to disk"));
	assert_int_equal(b->f.opens, b->f.closes);
}

/* What an early write could not be told comes out when it is closed. */
static void
put_where_the_close_fails(void **state)
{
	struct bench *b = *state;

	assert_int_equal(open_with(b, ALL), 0);
	b->f.plan.refuse_type = SFTP_CLOSE;
	b->f.plan.refuse_code = SFTP_QUOTA;
	assert_int_equal(put(b, "a"), -1);
	assert_int_equal(b->e.code, ERR_REMOTE_FULL);
	assert_non_null(strstr(b->e.msg, "close the file"));
	assert_int_equal(b->f.syncs, 1);
}

static void
put_to_a_full_disk(void **state)
{
	struct bench *b = *state;

	b->f.plan.bad_write = 2;
	b->f.plan.bad_code = SFTP_FAILURE;
	b->f.plan.free_at_first = (uint64_t)1 << 40;
	b->f.plan.free_bytes = 4096;
	assert_int_equal(open_with(b, ALL), 0);
	assert_int_equal(put(b, "a"), -1);
	assert_int_equal(b->e.code, ERR_REMOTE_FULL);
	assert_non_null(strstr(b->e.msg, "full (4,096 bytes free"));
	assert_int_equal(b->f.opens, b->f.closes);
}

static void
put_without_room(void **state)
{
	struct bench *b = *state;

	b->f.plan.free_bytes = 4096;
	assert_int_equal(open_with(b, ALL), 0);
	assert_int_equal(put(b, "a"), -1);
	assert_int_equal(b->e.code, ERR_REMOTE_FULL);
	assert_non_null(strstr(b->e.msg, "4,096 bytes are free"));
	assert_int_equal(b->f.opens, 0);
	err_clear(&b->e);
	b->data.len = 4096;	/* as much as there is */
	assert_int_equal(put(b, "a"), 0);
}

/* The bytes that are there stay; only the others travel. */
static void
put_from_an_offset(void **state)
{
	struct bench *b = *state;
	struct xfer_source src = fix_source(&b->data);
	uint64_t from = b->data.len - 100;

	assert_int_equal(open_with(b, ALL), 0);
	assert_int_equal(put(b, "a"), 0);
	fix_file(&b->f, "/d/a", false)->data.len = from;
	b->f.writes = 0;
	assert_int_equal(xfer_put_from(b->x, "a", &src, from, &b->e), 0);
	assert_int_equal(b->f.writes, 1);
	has(b, "/d/a", b->data.len);
	assert_int_equal(b->f.opens, b->f.closes);
}

static void
make_folders(void **state)
{
	struct bench *b = *state;

	assert_int_equal(open_with(b, ALL), 0);
	assert_int_equal(xfer_mkdirs(b->x, "x/y", &b->e), 0);
	assert_int_equal(b->f.folders, 3);
	b->f.plan.refuse_type = SFTP_MKDIR;
	b->f.plan.refuse_code = SFTP_FAILURE;
	assert_int_equal(xfer_mkdirs(b->x, "x", &b->e), 0);
}

static void
ssh_where_libssh2_cannot(void **state)
{
	struct bench *b = *state;

	b->too_new = true;
	assert_int_equal(open_with(b, ALL), 0);
	assert_int_equal(b->by_ssh, 1);
	assert_int_equal(xfer_reopen(b->x, &b->e), 0);
	assert_int_equal(b->by_ssh, 2);
	assert_int_equal(b->by_libssh2, 1);	/* not tried again */
}

/* The server's words are shown whole, and decide where FAILURE does not. */
static void
words_of_a_refusal(void **state)
{
	static const struct {
		uint32_t	 code;
		const char	*text;
		enum err_code	 want;
	} rows[] = {
		{ SFTP_FAILURE, "Failure", ERR_UNAVAILABLE },
		{ SFTP_FAILURE, "write: No space left on device",
		    ERR_REMOTE_FULL },
		{ SFTP_FAILURE, "Quota exceeded", ERR_REMOTE_FULL },
		{ SFTP_FAILURE, "File exists", ERR_EXISTS },
		{ SFTP_FAILURE, "/in/a is a directory", ERR_EXISTS },
		{ SFTP_FAILURE, "Operation not permitted", ERR_DENIED },
		{ SFTP_DENIED, "the quota is of no matter here", ERR_DENIED },
	};
	char		 text[700];
	struct sftp_status st;
	struct err	 e;
	size_t		 i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		st = (struct sftp_status){ rows[i].code,
		    sftp_str(rows[i].text) };
		err_clear(&e);
		sftp_refused("write", &st, &e);
		assert_int_equal(e.code, rows[i].want);
		assert_non_null(strstr(e.msg, rows[i].text));
	}
	memset(text, 'w', sizeof(text));
	memcpy(text + 480, " end", 5);
	st = (struct sftp_status){ SFTP_FAILURE, sftp_str(text) };
	sftp_refused("write", &st, &e);
	assert_non_null(strstr(e.msg, "ww end"));
}

static void
foreign_words(void **state)
{
	char out[16];

	(void)state;
	sftp_escape(sftp_str("fifteen bytes.."), out, sizeof(out));
	assert_string_equal(out, "fifteen bytes..");
	sftp_escape(sftp_str("sixteen bytes..."), out, sizeof(out));
	assert_string_equal(out, "sixteen byte...");
	sftp_escape(sftp_str("\33\33\33\33\33\33"), out, sizeof(out));
	assert_string_equal(out, "\\x1b\\x1b\\x1b...");
	sftp_escape(sftp_str("a\33"), out, 5);
	assert_string_equal(out, "a...");
	sftp_escape(sftp_str("\33\33"), out, 3);
	assert_string_equal(out, "");
	sftp_escape(sftp_str(""), out, sizeof(out));
	assert_string_equal(out, "");
}

/* A connection that could not be made again is one that broke. */
static void
short_outage(void **state)
{
	struct bench *b = *state;
	struct xfer_stat st;

	assert_int_equal(open_with(b, ALL), 0);
	b->out = true;
	assert_int_equal(xfer_reopen(b->x, &b->e), -1);
	assert_int_equal(b->e.code, ERR_CONNECT);
	assert_int_equal(put(b, "a"), -1);
	assert_int_equal(b->e.code, ERR_BROKEN);
	assert_int_equal(err_exit(&b->e), 75);
	assert_non_null(strstr(b->e.msg, "could not be made again (connect to "
	    "host:22: refused)"));
	assert_int_equal(xfer_stat(b->x, "a", &st, &b->e), -1);
	assert_int_equal(b->e.code, ERR_BROKEN);
	xfer_learn(b->x);
	b->out = false;
	err_clear(&b->e);
	assert_int_equal(xfer_reopen(b->x, &b->e), 0);
	assert_int_equal(put(b, "a"), 0);
}

static void
ssh_as_it_is_set(void **state)
{
	struct bench *b = *state;

	b->ssh = XFER_SSH_OPENSSH;
	assert_int_equal(open_with(b, ALL), 0);
	assert_int_equal(b->by_libssh2, 0);
	xfer_close(b->x);
	b->ssh = XFER_SSH_LIBSSH2;
	b->too_new = true;
	assert_int_equal(open_with(b, ALL), -1);
	assert_int_equal(b->e.code, ERR_PROTOCOL);
	assert_int_equal(b->by_ssh, 1);
}

/* Settings of which one would leave the other out, in silence. */
static void
settings_apart(void **state)
{
	struct xfer_target t = { .url = "sftp://u@h/",
	    .ssh_config = "/dev/null" };
	struct err e;

	(void)state;
	err_clear(&e);
	assert_int_equal(xfer_target_check(&t, &e), 0);
	t.ssh = XFER_SSH_LIBSSH2;
	assert_int_equal(xfer_target_check(&t, &e), -1);
	assert_int_equal(e.code, ERR_CONFIG);
	assert_string_equal(e.key, "ssh");
	assert_non_null(strstr(e.msg, "jump host"));
	t.ssh = XFER_SSH_AUTO;
	t.proxy.url = "http://p:3128";
	assert_int_equal(xfer_target_check(&t, &e), -1);
	assert_string_equal(e.key, "proxy");
	t.ssh_config = NULL;
	assert_int_equal(xfer_target_check(&t, &e), 0);
}

static void
put_to_a_quota(void **state)
{
	struct bench *b = *state;

	b->f.plan.bad_write = 2;
	b->f.plan.bad_code = SFTP_FAILURE;
	b->f.plan.free_bytes = (uint64_t)1 << 40;
	assert_int_equal(open_with(b, ALL), 0);
	assert_int_equal(put(b, "a"), -1);
	assert_int_equal(b->e.code, ERR_REMOTE_FULL);
	assert_non_null(strstr(b->e.msg, "quota"));
}

static void
put_denied(void **state)
{
	struct bench *b = *state;

	b->f.plan.refuse_type = SFTP_OPEN;
	b->f.plan.refuse_code = SFTP_DENIED;
	assert_int_equal(open_with(b, ALL), 0);
	assert_int_equal(put(b, "a"), -1);
	assert_int_equal(b->e.code, ERR_DENIED);
	assert_int_equal(b->e.remote, SFTP_DENIED);
}

static void
replace_in_one_step(void **state)
{
	struct bench *b = *state;

	assert_int_equal(open_with(b, ALL), 0);
	assert_int_equal(put(b, "old"), 0);
	b->data.len = 9;
	assert_int_equal(put(b, "new"), 0);
	b->f.plan.refuse_type = SFTP_RENAME;	/* only posix-rename will do */
	b->f.plan.refuse_code = SFTP_FAILURE;
	assert_int_equal(xfer_replace(b->x, "new", "old", &b->e), 0);
	has(b, "/d/old", 9);
	assert_null(fix_file(&b->f, "/d/new", false));
}

static void
replace_in_steps(void **state)
{
	struct bench *b = *state;

	assert_int_equal(open_with(b, 0), 0);
	assert_int_equal(put(b, "old"), 0);
	b->data.len = 9;
	assert_int_equal(put(b, "new"), 0);
	assert_int_equal(xfer_replace(b->x, "new", "old", &b->e), 0);
	has(b, "/d/old", 9);
	assert_null(fix_file(&b->f, "/d/new", false));
	assert_null(fix_file(&b->f, "/d/new.old", false));
	assert_int_equal(xfer_replace(b->x, "old", "free", &b->e), 0);
	has(b, "/d/free", 9);
}

/* No rename at all: nothing is lost, nothing is moved. */
static void
replace_refused(void **state)
{
	static const struct {
		uint32_t	refuse;
		enum err_code	code;
	} cases[] = {
		{ SFTP_DENIED, ERR_DENIED },
		{ SFTP_FAILURE, ERR_UNAVAILABLE },
		{ SFTP_UNSUPPORTED, ERR_UNSUPPORTED },
	};
	struct bench *b = *state;
	size_t i;

	assert_int_equal(open_with(b, 0), 0);
	assert_int_equal(put(b, "old"), 0);
	assert_int_equal(put(b, "new"), 0);
	for (i = 0; i < 3; i++) {
		b->f.plan.refuse_type = SFTP_RENAME;
		b->f.plan.refuse_code = cases[i].refuse;
		err_clear(&b->e);
		assert_int_equal(xfer_replace(b->x, "new", "old", &b->e), -1);
		assert_int_equal(b->e.code, cases[i].code);
		has(b, "/d/old", 200000);
		has(b, "/d/new", 200000);
	}
	/* Not even to a free name: it never will. */
	b->f.plan.refuse_type = SFTP_RENAME;
	b->f.plan.refuse_code = SFTP_FAILURE;
	err_clear(&b->e);
	assert_int_equal(xfer_replace(b->x, "new", "free", &b->e), -1);
	assert_int_equal(b->e.code, ERR_DENIED);
	err_clear(&b->e);
	assert_int_equal(xfer_rename(b->x, "new", "old", &b->e), -1);
	assert_int_equal(b->e.code, ERR_EXISTS);
	has(b, "/d/old", 200000);
}

static void
replace_without_a_source(void **state)
{
	struct bench *b = *state;

	assert_int_equal(open_with(b, 0), 0);
	assert_int_equal(put(b, "old"), 0);
	assert_int_equal(xfer_replace(b->x, "new", "old", &b->e), -1);
	assert_int_equal(b->e.code, ERR_NOTFOUND);
	has(b, "/d/old", 200000);
}

static void
lost_connection(void **state)
{
	struct bench *b = *state;
	struct xfer_stat st;

	b->f.plan.die_at = 6;
	assert_int_equal(open_with(b, ALL), 0);
	assert_int_equal(put(b, "a"), -1);
	assert_int_equal(b->e.code, ERR_BROKEN);
	err_clear(&b->e);
	assert_int_equal(xfer_stat(b->x, "a", &st, &b->e), -1);
	assert_int_equal(b->e.code, ERR_BROKEN);
}

static void
failed_hello(void **state)
{
	struct bench *b = *state;

	b->f.plan.greeting = "Hello, this is not SFTP";
	assert_int_equal(open_with(b, ALL), -1);
	assert_int_equal(b->e.code, ERR_PROTOCOL);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(put_and_get), TEST(put_shortens_an_old_file),
		TEST(put_falls_back_to_small_packets),
		TEST(put_where_the_flush_is_refused),
		TEST(put_where_the_flush_fails),
		TEST(put_where_the_close_fails),
		TEST(put_to_a_full_disk), TEST(put_without_room),
		TEST(put_from_an_offset), TEST(make_folders),
		TEST(short_outage),
		cmocka_unit_test(words_of_a_refusal),
		cmocka_unit_test(foreign_words),
		cmocka_unit_test(settings_apart),
		TEST(ssh_where_libssh2_cannot), TEST(ssh_as_it_is_set),
		TEST(put_to_a_quota),
		TEST(put_denied), TEST(replace_in_one_step),
		TEST(replace_in_steps), TEST(replace_refused),
		TEST(replace_without_a_source), TEST(lost_connection),
		TEST(failed_hello),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
