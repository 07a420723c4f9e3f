/*
 * What a run keeps in its folder: the lock, packages and their rows, refused
 * rows.  Each is looked at again after what an interrupted run leaves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../src/base/stop.h"
#include "../../src/config/settings.h"
#include "../../src/coupon/layout.h"
#include "../../src/coupon/spool.h"
#include "../../src/pipeline/artifact.h"
#include "../../src/pipeline/away.h"
#include "../../src/pipeline/common.h"
#include "../../src/pipeline/ctx.h"
#include "../../src/pipeline/failed.h"
#include "../../src/pipeline/journey.h"
#include "../../src/pipeline/lock.h"
#include "../../src/pipeline/parts.h"
#include "../../src/pipeline/rundir.h"
#include "ledger_fixture.h"

#define RUN	"0aaaaaaaabbbbbbbbbbbb"

/* A run's folder, and all that pack_parts wants of a journey. */
struct folder {
	char		 dir[64];
	struct settings	 set;
	struct set_job	 job;
	struct set_endpoint end;
	struct ctx	 c;
	struct journey	 j;
	struct err	 e;
};

static int
set_up(void **state)
{
	static char pull[] = "https://files.example.com/drop";
	struct folder *f = calloc(1, sizeof(*f));
	char path[96];

	if (f == NULL)
		return -1;
	*state = f;
	snprintf(f->dir, sizeof(f->dir), "/tmp/test_pipeline.XXXXXX");
	if (mkdtemp(f->dir) == NULL)
		return -1;
	f->set.state_dir = f->dir;
	f->end.pull.url = pull;
	f->job = (struct set_job){ .max_parts = 3, .inline_max = 100,
	    .batch = 4, .verify = { .rows = 3 }, .packing = PACK_ZIP };
	f->c.set = &f->set;
	f->j = (struct journey){ .c = &f->c, .job = &f->job, .dir = f->dir,
	    .end = &f->end, .lock = -1 };
	snprintf(f->j.run.id, sizeof(f->j.run.id), RUN);
	err_clear(&f->e);
	snprintf(path, sizeof(path), "%s/ledger.db", f->dir);
	f->c.ledger = ledger_open(path, NULL, NULL, &f->e);
	return f->c.ledger == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	struct folder *f = *state;

	ledger_close(f->c.ledger);
	io_rmtree(f->dir);
	free(f);
	return 0;
}

static void
ok(struct folder *f, int rc)
{
	if (rc != 0)
		fail_msg("%s", f->e.msg);
}

static const char *
path_in(struct folder *f, const char *name)
{
	static char path[200];

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	return path;
}

static void
put(struct folder *f, const char *name, const char *what)
{
	FILE *file = fopen(path_in(f, name), "w");

	assert_non_null(file);
	assert_true(fputs(what, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void
check_text(struct folder *f, const char *name, const char *want)
{
	char *got = NULL;
	size_t n;

	if (want == NULL) {
		assert_int_equal(access(path_in(f, name), F_OK), -1);
		return;
	}
	ok(f, io_slurp(path_in(f, name), 1 << 20, &got, &n, &f->e));
	assert_string_equal(got, want);
	free(got);
}

static void
a_lock_is_for_one(void **state)
{
	struct folder *f = *state;
	char path[200];
	int fd;

	snprintf(path, sizeof(path), "%s", path_in(f, "lock"));
	fd = pipeline_lock(NULL, path, 0, "job nightly", &f->e);
	assert_true(fd >= 0);
	assert_int_equal(pipeline_lock(NULL, path, 0, "job nightly", &f->e),
	    -1);
	assert_int_equal(f->e.code, ERR_LOCKED);
	assert_non_null(strstr(f->e.msg, "job nightly"));
	snprintf(path + 100, 20, "process %ld", (long)getpid());
	assert_non_null(strstr(f->e.msg, path + 100));
	close(fd);
	fd = pipeline_lock(NULL, path, 0, "job nightly", &f->e);
	assert_true(fd >= 0);
	close(fd);
}

static void
a_lock_ends_with_its_process(void **state)
{
	struct folder *f = *state;
	int status, fd;
	pid_t pid;

	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		fd = pipeline_lock(NULL, path_in(f, "lock"), 0, "x", &f->e);
		_exit(fd >= 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	fd = pipeline_lock(NULL, path_in(f, "lock"), 0, "x", &f->e);
	assert_true(fd >= 0);
	close(fd);
}

static void
locks_have_plain_names(void **state)
{
	struct folder *f = *state;
	int fd;

	fd = lock_named(&f->c, "provider", "empower", 0, &f->e);
	assert_true(fd >= 0);
	assert_int_equal(access(path_in(f, "locks/provider-empower.lock"),
	    F_OK), 0);
	assert_int_equal(lock_named(&f->c, "provider", "empower", 0,
	    &f->e), -1);
	assert_int_equal(f->e.code, ERR_LOCKED);
	close(fd);
	assert_int_equal(lock_named(&f->c, "provider", "../x", 0, &f->e),
	    -1);
	assert_int_equal(f->e.code, ERR_CONFIG);
}

static const struct coupon one = { "A1", 2, 1, { 2026, 11, 20 }, 1 };
static const struct coupon two = { "B2", 2, -1, { 0, 0, 0 }, 2 };

static void
add_failed(struct folder *f, int part, const struct coupon *c)
{
	struct failed_rows r;

	ok(f, failed_open(&r, failed_path(f->dir, FAILED_ROWS, part, &f->e),
	    NULL));
	if (c != NULL)
		ok(f, failed_add(&r, c, &f->e));
	ok(f, failed_close(&r, &f->e));
}

static void
refused_rows_are_joined_once(void **state)
{
	static const char both[] = "coupon_code,redeemed,redeem_date\n"
	    "A1,1,2026-11-20\nB2,,\n";
	struct folder *f = *state;
	struct ledger_part parts[3] = { new_part(1), new_part(2),
	    new_part(3) };

	f->j.parts = parts;
	f->j.nparts = 3;
	ok(f, failed_join(&f->j, &f->e));
	check_text(f, "failed.csv", NULL);
	add_failed(f, 1, &one);
	add_failed(f, 3, &two);
	ok(f, failed_join(&f->j, &f->e));
	check_text(f, "failed.csv", both);
	/* Killed while the files of the parts were being removed. */
	assert_int_equal(unlink(path_in(f, "failed-1.csv")), 0);
	ok(f, failed_join(&f->j, &f->e));
	check_text(f, "failed.csv", both);
}

static void
refused_rows_are_those_of_the_last_look(void **state)
{
	struct folder *f = *state;
	struct failed_rows r;

	add_failed(f, 1, &one);
	check_text(f, "failed-1.csv", "A1,1,2026-11-20\n");
	add_failed(f, 1, NULL);
	check_text(f, "failed-1.csv", NULL);
	/* Given up half-way: the older ones stay. */
	add_failed(f, 1, &one);
	ok(f, failed_open(&r, failed_path(f->dir, FAILED_ROWS, 1, &f->e),
	    NULL));
	ok(f, failed_add(&r, &two, &f->e));
	failed_abort(&r);
	check_text(f, "failed-1.csv", "A1,1,2026-11-20\n");
}

static struct spool *
spool_of(struct folder *f, int n, int days)
{
	struct spool_opts so = { .dir = f->dir, .max_groups = 10 };
	struct spool *s = spool_new(&so, &f->e);
	struct coupon c = { .redeemed = 1, .date = { 2026, 11, 1 } };
	char code[16];
	int i;

	assert_non_null(s);
	for (i = 0; i < n; i++) {
		c.code = code;
		c.len = (size_t)snprintf(code, sizeof(code), "C%03d", i);
		c.date.day = (int8_t)(1 + i % days);
		c.record = (uint64_t)i + 1;
		ok(f, spool_add(s, &c, &f->e));
	}
	ok(f, spool_seal(s, &f->e));
	return s;
}

static int
show_row(void *arg, const struct coupon *c, struct err *e)
{
	return buf_addf(arg, e, "%llu %.*s %d %d\n",
	    (unsigned long long)c->record, (int)c->len, c->code, c->redeemed,
	    c->date.day);
}

static void
check_rows(struct folder *f, const struct ledger_part *p, const char *want)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	ok(f, artifact_each(p, show_row, &b, &f->e));
	assert_string_equal(b.data, want);
	buf_release(&b);
}

static void
groups_become_packages(void **state)
{
	struct folder *f = *state;
	struct ledger_part *p;
	struct spool *s = spool_of(f, 5, 2);
	size_t n;

	ok(f, pack_parts(&f->j, s, &p, &n, &f->e));
	assert_int_equal(n, 2);
	assert_int_equal(p[0].rows, 3);
	assert_int_equal(p[1].rows, 2);
	assert_false(p[0].inlined);
	assert_int_equal(artifact_kind(&p[0], PACK_NONE), PACK_ZIP);
	check_rows(f, &p[0], "1 C000 1 1\n2 C002 1 1\n3 C004 1 1\n");
	check_rows(f, &p[1], "1 C001 1 2\n2 C003 1 2\n");
	parts_free(p, n);
	spool_free(s);
}

/* Big packages take longer than somebody who stops a run waits. */
static void
packing_and_reading_back_see_a_stop(void **state)
{
	struct folder *f = *state;
	struct ledger_part *p, *none;
	struct spool *s = spool_of(f, 60000, 1);
	struct buf b;
	size_t n;

	ok(f, pack_parts(&f->j, s, &p, &n, &f->e));
	buf_init(&b, 4 << 20);
	stop_install();
	stop_put(SIGTERM);
	assert_int_equal(artifact_each(p, show_row, &b, &f->e), -1);
	assert_int_equal(f->e.code, ERR_STOPPED);
	err_clear(&f->e);
	assert_int_equal(pack_parts(&f->j, s, &none, &n, &f->e), -1);
	assert_int_equal(f->e.code, ERR_STOPPED);
	assert_int_equal(stop_take(), SIGTERM);
	err_clear(&f->e);
	ok(f, artifact_each(p, show_row, &b, &f->e));
	buf_release(&b);
	parts_free(p, 1);
	spool_free(s);
}

/* The same rows give the same bytes. */
static void
packing_repeats_itself(void **state)
{
	static const enum pack_kind kinds[] = { PACK_ZIP, PACK_GZIP,
	    PACK_NONE };
	struct folder *f = *state;
	struct ledger_part *p, *again;
	struct spool *s = spool_of(f, 30, 1);
	size_t n, i;

	for (i = 0; i < 3; i++) {
		f->job.packing = kinds[i];
		ok(f, pack_parts(&f->j, s, &p, &n, &f->e));
		ok(f, pack_parts(&f->j, s, &again, &n, &f->e));
		assert_int_equal(p[0].bytes, again[0].bytes);
		assert_memory_equal(p[0].sha256, again[0].sha256, 32);
		assert_int_equal(artifact_kind(&p[0], PACK_ZIP), kinds[i]);
		parts_free(p, n);
		parts_free(again, n);
	}
	spool_free(s);
}

static void
rows_for_the_call_come_in_batches(void **state)
{
	static const int64_t rows[] = { 4, 1, 4, 1 };
	struct ledger_sample *samples;
	struct folder *f = *state;
	struct ledger_part *p;
	struct spool *s = spool_of(f, 10, 2);
	size_t n, i;

	f->j.end = NULL;
	ok(f, pack_parts(&f->j, s, &p, &n, &f->e));
	assert_int_equal(n, 4);
	for (i = 0; i < n; i++) {
		assert_int_equal(p[i].no, (int)i + 1);
		assert_int_equal(p[i].rows, rows[i]);
		assert_true(p[i].inlined);
	}
	check_rows(f, &p[1], "1 C008 1 1\n");
	check_rows(f, &p[3], "1 C009 1 2\n");
	/* Each row, since each will have an answer of its own. */
	ok(f, ledger_samples(f->c.ledger, RUN, 1, &samples, &n, &f->e));
	assert_int_equal(n, 4);
	assert_string_equal(samples[0].code, "C000");
	assert_string_equal(samples[3].code, "C006");
	assert_int_equal(samples[3].answer, -1);
	free(samples);
	parts_free(p, 4);
	spool_free(s);
}

static void
batches_that_fit_are_full(void **state)
{
	struct folder *f = *state;
	struct ledger_part *p;
	struct spool *s = spool_of(f, 8, 1);
	size_t n;

	f->j.end = NULL;
	ok(f, pack_parts(&f->j, s, &p, &n, &f->e));
	assert_int_equal(n, 2);
	assert_int_equal(p[1].rows, 4);
	parts_free(p, n);
	spool_free(s);
}

static void
columns_come_back(void **state)
{
	struct folder *f = *state;
	struct ledger_part *p;
	struct spool *s = spool_of(f, 2, 1);
	size_t n;

	f->job.layout = (struct layout){ .kind = LAYOUT_COLUMNS,
	    .header = true, .crlf = true };
	ok(f, pack_parts(&f->j, s, &p, &n, &f->e));
	assert_int_equal(n, 1);
	assert_int_equal(p[0].redeemed, -1);
	assert_true(date_is_none(&p[0].date));
	check_rows(f, &p[0], "1 C000 1 1\n2 C001 1 1\n");
	parts_free(p, n);
	spool_free(s);
}

static void
too_much_is_not_packed(void **state)
{
	struct folder *f = *state;
	struct ledger_part *p;
	struct spool *s = spool_of(f, 8, 4);
	size_t n;

	assert_int_equal(pack_parts(&f->j, s, &p, &n, &f->e), -1);
	assert_int_equal(f->e.code, ERR_SANITY);
	assert_non_null(strstr(f->e.msg, "max_parts"));
	f->job.max_parts = 4;
	f->job.inline_max = 7;
	f->j.end = NULL;
	assert_int_equal(pack_parts(&f->j, s, &p, &n, &f->e), -1);
	assert_int_equal(f->e.code, ERR_SANITY);
	assert_non_null(strstr(f->e.msg, "inline_max"));
	spool_free(s);
}

static void
check_damaged(struct folder *f, const struct ledger_part *p)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	err_clear(&f->e);
	assert_int_equal(artifact_each(p, show_row, &b, &f->e), -1);
	assert_int_equal(f->e.code, ERR_IO);
	buf_release(&b);
}

static void
damage_is_not_read_over(void **state)
{
	struct folder *f = *state;
	char local[200];
	struct ledger_part p = { .no = 1, .rows = 2, .redeemed = 1,
	    .artifact = text("p.csv"), .local = local, .bytes = 6 };

	snprintf(local, sizeof(local), "%s/p.csv", f->dir);
	check_damaged(f, &p);
	assert_non_null(strstr(f->e.msg, "--give-up"));
	put(f, "p.csv", "A1\nB2\n");
	check_rows(f, &p, "1 A1 1 0\n2 B2 1 0\n");
	put(f, "p.csv", "A1\n");		/* cut */
	check_damaged(f, &p);
	p.bytes = 3;				/* a row is missing */
	check_damaged(f, &p);
	put(f, "p.csv", "A1,1,2026-02-30\nB2,1,2026-02-01\n");
	p.bytes = 32;
	check_damaged(f, &p);
	/* A code that looks like a header is one only in the first line. */
	put(f, "p.csv", "A1\ncoupon_code\n");
	p.bytes = 15;
	check_rows(f, &p, "1 A1 1 0\n2 coupon_code 1 0\n");
}

static void
check_away(struct folder *f, const char *base, const char *want)
{
	char *name = away_name(base, "ID", &f->e);

	assert_string_equal(name, want);
	free(name);
}

static void
a_taken_name_gets_the_id(void **state)
{
	struct folder *f = *state;

	check_away(f, "drop.csv", "drop-ID.csv");
	check_away(f, "drop", "drop-ID");
	check_away(f, "a.b.csv", "a.b-ID.csv");
	check_away(f, "a.csv.gz", "a-ID.csv.gz");
	check_away(f, "a.b.csv.gzip", "a.b-ID.csv.gzip");
	check_away(f, "a.gz", "a-ID.gz");
	check_away(f, ".csv", ".csv-ID");
	check_away(f, ".gz", ".gz-ID");
	check_away(f, ".a.gz", ".a-ID.gz");
	check_away(f, "drop.", "drop-ID.");
}

static void
files_are_told_by_their_names(void **state)
{
	static const struct {
		const char		*name;
		enum rundir_kind	 kind;
	} files[] = {
		{ "lock", RUNDIR_OTHER }, { "stdin", RUNDIR_OTHER },
		{ ".stdin.aB3xYz", RUNDIR_TEMP },
		{ ".spool.000000", RUNDIR_TEMP },
		{ ".coupons-h-x-1.zip.AAAAAA", RUNDIR_TEMP },
		{ "coupons-h-x-1.zip", RUNDIR_PACKAGE },
		{ "set-aside.csv", RUNDIR_ROWS }, { "failed.csv", RUNDIR_ROWS },
		{ "failed-12.csv", RUNDIR_ROWS },
		{ "unknown.csv", RUNDIR_ROWS },
		{ "unknown-2.csv", RUNDIR_ROWS },
		{ "packed", RUNDIR_MARK }, { ".a.12345", RUNDIR_OTHER },
		{ ".abcdef", RUNDIR_OTHER }, { "a.abcdef", RUNDIR_OTHER },
		{ ".a.bcde-f", RUNDIR_OTHER },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (rundir_kind(files[i].name) != files[i].kind)
			fail_msg("%s", files[i].name);
}

static void
a_sweep_takes_only_its_kinds(void **state)
{
	struct folder *f = *state;
	unsigned kinds;

	put(f, ".failed.csv.aaaaaa", "x");
	put(f, "failed.csv", "x");
	put(f, "coupons-1.csv", "x");
	ok(f, rundir_sweep(f->dir, RUNDIR_TEMP | RUNDIR_PACKAGE, &f->e));
	check_text(f, "failed.csv", "x");
	ok(f, rundir_holds(f->dir, &kinds, &f->e));
	assert_int_equal(kinds, RUNDIR_OTHER | RUNDIR_ROWS);
	ok(f, rundir_mark(f->dir, &f->e));
	ok(f, rundir_mark(f->dir, &f->e));	/* of an earlier attempt */
	ok(f, rundir_sweep(f->dir, RUNDIR_ROWS, &f->e));
	check_text(f, "failed.csv", NULL);
	ok(f, rundir_holds(f->dir, &kinds, &f->e));
	assert_int_equal(kinds, RUNDIR_OTHER | RUNDIR_MARK);
	ok(f, rundir_sweep("/nonexistent", RUNDIR_TEMP, &f->e));
}

static void
rows_below_a_header_are_counted(void **state)
{
	static const struct {
		const char	*text;
		int64_t		 rows;
	} files[] = {
		{ "", 0 }, { "line,problems\n", 0 }, { "h\n1,a\n2,b\n", 2 },
		{ "h\n1,\"a\nb\"\n", 1 }, { "h\n1,\"a\"\"\n\"\n2\n", 2 },
		{ "h\n1,cut", 0 }, { "h\n1\n2,\"cut\n", 1 },
	};
	struct folder *f = *state;
	int64_t rows;
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		put(f, "failed.csv", files[i].text);
		ok(f, rundir_rows(f->dir, "failed.csv", &rows, &f->e));
		if (rows != files[i].rows)
			fail_msg("%s: %lld", files[i].text, (long long)rows);
	}
	ok(f, rundir_rows(f->dir, "set-aside.csv", &rows, &f->e));
	assert_int_equal(rows, 0);
}

/*
 * A file that cannot be read through is not left out of the comparison: the
 * other one would be sent as if they had nothing in common.
 */
static void
rows_in_common_are_all_or_none(void **state)
{
	static const struct check_opts opts = { .format = CHECK_CSV };
	struct folder *f = *state;
	char a[96], b[96], to[96];
	struct common_input in[2];
	int fd;

	put(f, "a.csv", "coupon_code\nA1\n");
	put(f, "b.csv", "coupon_code\nA1\n");
	snprintf(a, sizeof(a), "%s/a.csv", f->dir);
	snprintf(b, sizeof(b), "%s/b.csv", f->dir);
	snprintf(to, sizeof(to), "%s/common", f->dir);
	in[0] = (struct common_input){ a, -1, &opts };
	in[1] = (struct common_input){ b, -1, &opts };
	ok(f, common_make(to, in, 2, &f->e));
	assert_int_equal(unlink(to), 0);
	/* A disk that fails; the descriptor does not read. */
	fd = open(b, O_WRONLY | O_CLOEXEC);
	assert_true(fd != -1);
	in[1].fd = fd;
	assert_int_equal(common_make(to, in, 2, &f->e), -1);
	assert_int_equal(f->e.code, ERR_IO);
	assert_non_null(strstr(f->e.msg, "b.csv cannot be compared with the "
	    "others"));
	assert_int_equal(access(to, F_OK), -1);
	close(fd);
	/* One that is itself at fault stops at its own check. */
	put(f, "b.csv", "\x1f\x8b\x08no gzip");
	in[1].fd = -1;
	err_clear(&f->e);
	ok(f, common_make(to, in, 2, &f->e));
}

#define TEST(t)	cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_lock_is_for_one),
		TEST(a_lock_ends_with_its_process),
		TEST(locks_have_plain_names),
		TEST(refused_rows_are_joined_once),
		TEST(refused_rows_are_those_of_the_last_look),
		TEST(groups_become_packages),
		TEST(packing_and_reading_back_see_a_stop),
		TEST(packing_repeats_itself),
		TEST(rows_for_the_call_come_in_batches),
		TEST(batches_that_fit_are_full),
		TEST(columns_come_back),
		TEST(too_much_is_not_packed),
		TEST(damage_is_not_read_over),
		TEST(a_taken_name_gets_the_id),
		TEST(files_are_told_by_their_names),
		TEST(a_sweep_takes_only_its_kinds),
		TEST(rows_below_a_header_are_counted),
		TEST(rows_in_common_are_all_or_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
