/*
 * When a file of a source may be taken: by looks at real files, at times that
 * the test names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../src/base/io.h"
#include "../../src/config/settings.h"
#include "../../src/pipeline/ctx.h"
#include "../../src/pipeline/still.h"
#include "fake_clock.h"

struct folder {
	char			 dir[64];
	char			 path[2][96];
	struct set_job		 job;
	struct pipe_still	 file[2];
	struct pipe_still	*list[2];
	struct err		 e;
};

static int
set_up(void **state)
{
	struct folder *f = calloc(1, sizeof(*f));
	size_t i;

	assert_non_null(f);
	snprintf(f->dir, sizeof(f->dir), "/tmp/test-still-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	for (i = 0; i < 2; i++) {
		snprintf(f->path[i], sizeof(f->path[i]), "%s/%c.csv", f->dir,
		    (char)('a' + i));
		f->file[i].path = f->path[i];
		f->list[i] = &f->file[i];
	}
	f->job.settle_ms = 1000;
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct folder *f = *state;

	io_rmtree(f->dir);
	free(f);
	return 0;
}

/* Add a byte to a file, and give it a time of its own. */
static void
grow(const char *path, time_t when)
{
	struct timespec t[2] = { { .tv_sec = when }, { .tv_sec = when } };
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "x", 1), 1);
	assert_int_equal(futimens(fd, t), 0);
	close(fd);
}

static int
step(struct folder *f, size_t n, int64_t waited)
{
	int pending = still_step(&f->job, f->list, n, waited, 5000 + waited,
	    &f->e);

	assert_int_equal(f->e.code, ERR_NONE);
	return pending;
}

static void
what_stands_still_is_taken(void **state)
{
	struct folder *f = *state;
	struct err why;

	grow(f->path[0], 100);	/* however old it says it is */
	assert_int_equal(step(f, 1, 0), 1);
	assert_int_equal(step(f, 1, 999), 1);
	assert_false(f->file[0].ready);
	assert_int_equal(step(f, 1, 1000), 0);
	assert_true(f->file[0].ready);
	assert_int_equal(f->file[0].err.code, ERR_NONE);
	err_clear(&why);
	assert_true(pipeline_stands(&f->file[0], &why));
	grow(f->path[0], 100);	/* before its turn came */
	assert_false(pipeline_stands(&f->file[0], &why));
	assert_int_equal(why.code, ERR_CHANGING);
}

static void
what_changes_is_waited_for(void **state)
{
	struct folder *f = *state;

	grow(f->path[0], 100);
	grow(f->path[1], 100);
	assert_int_equal(step(f, 2, 0), 2);
	grow(f->path[0], 100);	/* the size only */
	assert_int_equal(step(f, 2, 900), 2);
	assert_int_equal(step(f, 2, 1000), 1);
	assert_true(f->file[1].ready);
	assert_int_equal(step(f, 2, 1800), 1);
	assert_int_equal(truncate(f->path[0], 1), 0);
	grow(f->path[0], 101);	/* the time only */
	assert_int_equal(step(f, 2, 1900), 1);
	assert_int_equal(step(f, 2, 2800), 1);
	assert_int_equal(step(f, 2, 2900), 0);
	assert_true(f->file[0].ready);
}

static void
ten_times_is_long_enough(void **state)
{
	struct folder *f = *state;
	int64_t waited;

	for (waited = 0; waited < 10000; waited += 500) {
		grow(f->path[0], 100);
		assert_int_equal(step(f, 1, waited), 1);
	}
	grow(f->path[0], 100);
	assert_int_equal(step(f, 1, 10000), 0);
	assert_false(f->file[0].ready);
	assert_int_equal(f->file[0].err.code, ERR_CHANGING);
	assert_int_equal(err_exit(&f->file[0].err), 75);
	assert_non_null(strstr(f->file[0].err.msg, f->path[0]));
}

static void
without_settling_one_look_is_enough(void **state)
{
	struct folder *f = *state;

	f->job.settle_ms = 0;
	grow(f->path[0], 100);
	assert_int_equal(step(f, 2, 0), 0);
	assert_true(f->file[0].ready);
	assert_true(f->file[1].ready);	/* not there: its run tells so */
}

static void
a_done_file_vouches(void **state)
{
	static char pattern[] = "{name}.ok";
	struct folder *f = *state;
	char marker[128];

	f->job.done_file = pattern;
	grow(f->path[0], 100);
	assert_int_equal(step(f, 1, 0), 1);
	assert_int_equal(step(f, 1, 5000), 1);	/* standing still is not it */
	snprintf(marker, sizeof(marker), "%s.ok", f->path[0]);
	grow(marker, 99);
	assert_int_equal(step(f, 1, 5100), 1);	/* yesterday's */
	grow(marker, 100);
	assert_int_equal(step(f, 1, 5200), 0);
	assert_true(f->file[0].ready);
	grow(f->path[1], 100);
	assert_int_equal(step(f, 2, 10000), 0);
	assert_false(f->file[1].ready);
	assert_non_null(strstr(f->file[1].err.msg, "b.csv.ok"));
	assert_true(pipeline_is_marker(&f->job, marker));
	assert_false(pipeline_is_marker(&f->job, f->path[0]));
	unlink(f->path[0]);	/* taken away, and the marker left */
	assert_true(pipeline_is_marker(&f->job, marker));
}

static void
markers_have_names(void **state)
{
	static const struct {
		const char	*path, *pattern, *want;
	} rows[] = { { "in/a.csv", "{name}.ok", "in/a.csv.ok" },
	    { "a.csv", ".{name}.done", ".a.csv.done" },
	    { "/x/%s.csv", "ok-{name}", "/x/ok-%s.csv" } };
	struct folder *f = *state;
	size_t i;
	char *got;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		got = still_marker(rows[i].path, rows[i].pattern, &f->e);
		assert_string_equal(got, rows[i].want);
		free(got);
	}
	assert_null(still_marker("a", "READY", &f->e));
	assert_int_equal(f->e.code, ERR_CONFIG);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, set_up, tear_down)

/* The pauses between looks, and how long a file may take in all. */
static void
looks_are_paced(void **state)
{
	struct folder *f = *state;
	struct fake_clock clock;
	struct ctx c = { .clock = &clock.clock };

	fake_clock_init(&clock, 0);
	grow(f->path[0], 100);
	assert_int_equal(pipeline_still(&c, &f->job, f->list, 1, &f->e), 0);
	assert_true(f->file[0].ready);
	assert_int_equal(clock.sleeps, 10);
	assert_int_equal(clock.slept[0], 100);
	assert_int_equal(clock.mono, 1000 + 1000);
	/* The file that would say so never comes. */
	f->job.done_file = strdup("{name}.done");
	f->file[0] = (struct pipe_still){ .path = f->path[0] };
	assert_int_equal(pipeline_still(&c, &f->job, f->list, 1, &f->e), 0);
	assert_false(f->file[0].ready);
	assert_int_equal(f->file[0].err.code, ERR_CHANGING);
	assert_int_equal(clock.mono, 2000 + 10000);
	free(f->job.done_file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_stands_still_is_taken),
		TEST(what_changes_is_waited_for),
		TEST(ten_times_is_long_enough),
		TEST(without_settling_one_look_is_enough),
		TEST(a_done_file_vouches),
		TEST(markers_have_names),
		TEST(looks_are_paced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
