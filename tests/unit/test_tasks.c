/*
 * Following many tasks of several accounts, and the limits of an account,
 * without a server: the machine knows its answers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/base/clock.h"
#include "../../src/config/options.h"
#include "../../src/config/settings.h"
#include "../../src/net/http.h"
#include "../../src/net/net.h"
#include "../../src/pipeline/account.h"
#include "../../src/pipeline/tasks.h"
#include "../../src/pipeline/turn.h"
#include "fake_clock.h"

#define TASKS	5

/* What the machine is asked is told to the account's first value. */
struct book {
	int	questions, most;	/* ids in one of them */
	int	busy;			/* questions to turn away first */
	bool	refuses;
};

/* Task "2" is not known; others are done when asked for a second time. */
static int
status_next(const struct pv_ask *ask, struct pv_state *st,
    const struct pv_event *ev, struct pv_step *step, struct err *e)
{
	struct book *b = (struct book *)(uintptr_t)
	    ask->account->values[0].text;
	struct pv_task *t;
	size_t i;

	(void)st;
	assert_int_equal(ev->kind, PV_BEGIN);
	step->certain = true;
	b->questions++;
	if ((int)ask->ntasks > b->most)
		b->most = (int)ask->ntasks;
	if (b->refuses)
		return err_set(e, ERR_DENIED, "no");
	if (b->busy-- > 0)
		return err_set(e, ERR_UNAVAILABLE, "later");
	step->result.tasks = calloc(ask->ntasks + 1, sizeof(*t));
	assert_non_null(step->result.tasks);
	for (i = 0; i < ask->ntasks; i++) {
		if (strcmp(ask->tasks[i], "2") == 0)
			continue;
		t = &step->result.tasks[step->result.ntasks++];
		snprintf(t->id, sizeof(t->id), "%s", ask->tasks[i]);
		t->state = b->questions > 3 ? TASK_DONE : TASK_RUNNING;
	}
	step->what = PV_DONE;
	return 0;
}

static const struct pv_setting none[] = { { .key = NULL } };
static const struct provider teller = { .type = "fake", .title = "Fake",
    .verbs = 1u << PV_STATUS, .status_max = 2, .settings = none,
    .next = status_next };

struct fix {
	char			 dir[32];
	struct http_loop	*http;
	struct set_provider	 set[2];
	struct account		 a[2];
	struct book		 book[2];
	struct watch		 w[2 * TASKS];
	int			 done, lost, said, failed, late;
	struct err		 e;
};

static const char *const ids[TASKS] = { "1", "2", "3", "4", "5" };

static int
set_up(void **state)
{
	const struct http_opts opts = { .user_agent = "test" };
	struct fix *f = calloc(1, sizeof(*f));
	size_t i;

	if (f == NULL)
		return -1;
	*state = f;
	snprintf(f->dir, sizeof(f->dir), "/tmp/test_tasks.XXXXXX");
	f->http = http_loop_new(&opts, &f->e);
	if (mkdtemp(f->dir) == NULL || f->http == NULL)
		return -1;
	for (i = 0; i < 2; i++) {
		f->set[i] = (struct set_provider){ .poll_first_ms = 1,
		    .poll_cap_ms = 1, .lost_after = 2,
		    .name = (char *)(uintptr_t)(i == 0 ? "a" : "b") };
		f->a[i] = (struct account){ .set = &f->set[i],
		    .prov = &teller, .http = f->http, .dir = f->dir,
		    .tried = true, .let_in = true };
		TAILQ_INIT(&f->a[i].waiting);
		f->a[i].pv.values[0].text = (const char *)&f->book[i];
	}
	for (i = 0; i < 2 * TASKS; i++)
		f->w[i] = (struct watch){ .a = &f->a[i / TASKS],
		    .id = ids[i % TASKS] };
	return 0;
}

static int
tear_down(void **state)
{
	static const char *const names[] = { "locks/turn-a", "locks/turn-b",
	    "locks/slot0-a", "locks", "." };
	struct fix *f = *state;
	char path[64];
	size_t i;

	http_loop_free(f->http);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", f->dir, names[i]);
		(void)remove(i < 4 ? path : f->dir);
	}
	assert_int_equal(access(f->dir, F_OK), -1);
	free(f);
	return 0;
}

static int
told(void *arg, struct watch *w, const struct pv_task *t, struct err *e)
{
	struct fix *f = arg;

	(void)e;
	f->lost += w->lost;
	f->done += t != NULL && t->state == TASK_DONE;
	w->over = w->lost || (t != NULL && t->state == TASK_DONE);
	return 0;
}

static int
asked(void *arg, const struct asked *asked, struct err *e)
{
	const struct err *why = asked->why;
	struct fix *f = arg;
	size_t i;

	(void)e;
	f->said++;
	f->late += asked->last;
	if (why == NULL || err_is(why, ERR_PASSES))
		return 0;
	f->failed++;
	for (i = 0; i < 2 * TASKS; i++)
		f->w[i].over |= f->w[i].a == asked->a;
	return 0;
}

static int
follow(struct fix *f, int64_t until)
{
	const struct follower by = { .told = told, .asked = asked, .arg = f,
	    .at_once = true, .until = until };

	return tasks_follow(&by, f->http, f->w, 2 * TASKS, &f->e);
}

static void
test_all_end(void **state)
{
	struct fix *f = *state;

	f->book[1].busy = 3;
	if (follow(f, 0) == -1)
		fail_msg("%s", f->e.msg);
	assert_int_equal(f->done, 8);
	assert_int_equal(f->lost, 2);
	/* No question has more than the platform takes. */
	assert_int_equal(f->book[0].most, 2);
	assert_int_equal(f->said, f->book[0].questions +
	    f->book[1].questions);
}

/* Trouble with one account leaves the tasks of another alone. */
static void
test_one_refuses(void **state)
{
	struct fix *f = *state;

	f->book[0].refuses = true;
	f->a[0].reread = true;
	assert_int_equal(follow(f, 0), 0);
	assert_int_equal(f->done, 4);
	assert_int_equal(f->lost, 1);
	assert_true(f->failed > 0);
}

/* Whoever still runs at the deadline is left as it is. */
static void
test_deadline(void **state)
{
	struct fix *f = *state;
	size_t i, open = 0;

	f->book[0].busy = f->book[1].busy = INT32_MAX;
	assert_int_equal(follow(f, clock_mono(NULL)), 0);
	for (i = 0; i < 2 * TASKS; i++)
		open += !f->w[i].over;
	assert_int_equal(open, 2 * TASKS);
	assert_int_equal(f->late, 6);
}

static void
test_turns(void **state)
{
	int64_t next = 0, wait;

	(void)state;
	turn_next(&next, 1000, 600, &wait);
	assert_int_equal(wait, 0);
	turn_next(&next, 1000, 600, &wait);
	assert_int_equal(wait, 600);
	turn_next(&next, 1700, 600, &wait);
	assert_int_equal(wait, 500);
	turn_next(&next, 9000, 600, &wait);
	assert_int_equal(wait, 0);
	assert_int_equal(next, 9600);
	/* Left by an earlier boot. */
	next = INT64_MAX / 2;
	turn_next(&next, 5000, 600, &wait);
	assert_int_equal(wait, 0);
}

/* A rate, and a pause that was asked for, count for all who call. */
static void
test_limits(void **state)
{
	struct fix *f = *state;
	int one, two;

	assert_int_equal(account_turn(&f->a[0]), 0);
	assert_int_equal(account_turn(&f->a[0]), 0);
	account_slow(&f->a[0], 600000);
	assert_true(account_turn(&f->a[0]) > 500000);
	assert_int_equal(account_turn(&f->a[1]), 0);
	f->set[1].rate = 1;
	assert_int_equal(account_turn(&f->a[1]), 0);
	assert_true(account_turn(&f->a[1]) > 50000);

	assert_int_equal(account_slot(&f->a[0], &one), 0);
	assert_int_equal(one, -1);
	f->set[0].max_parallel = 1;
	assert_int_equal(account_slot(&f->a[0], &one), 0);
	assert_int_not_equal(one, -1);
	assert_int_equal(account_slot(&f->a[0], &two), -1);
	close(one);
	assert_int_equal(account_slot(&f->a[0], &two), 0);
	close(two);
}

/* The clock began anew, not long after what is in the file was written. */
static void
test_limits_of_earlier_boot(void **state)
{
	struct fix *f = *state;
	struct fake_clock clock;

	fake_clock_init(&clock, 1);
	f->a[0].clock = &clock.clock;
	clock.mono = 3600000;
	account_slow(&f->a[0], 60000);
	clock.mono += 20000;
	assert_int_equal(account_turn(&f->a[0]), 40000);
	clock.mono = 5000;
	assert_int_equal(account_turn(&f->a[0]), 0);
	account_slow(&f->a[0], 60000);
	assert_int_equal(account_turn(&f->a[0]), 60000);
}

static void
test_rate_is_written(void **state)
{
	const struct option *o = option_find(SECT_PROVIDER, "rate");
	static const char *const bad[] = { "100", "0/min", "/min", "x/min",
	    "60001/min", "1/minute" };
	struct set_provider p = { .rate = 7 };
	struct err e;
	size_t i;

	(void)state;
	assert_int_equal(option_set_text(o, &p, "100/min", &e), 0);
	assert_int_equal(p.rate, 100);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(option_set_text(o, &p, bad[i], &e), -1);
		assert_non_null(strstr(e.msg, "such as 100/min"));
	}
	assert_int_equal(p.rate, 100);
}

int
main(void)
{
#define TEST(t)	cmocka_unit_test_setup_teardown(t, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_all_end),
		TEST(test_one_refuses),
		TEST(test_deadline),
		TEST(test_turns),
		TEST(test_limits),
		TEST(test_limits_of_earlier_boot),
		cmocka_unit_test(test_rate_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
