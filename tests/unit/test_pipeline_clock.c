/*
 * A run at another time, in a zone that only the test knows: every date it
 * judges by and writes down is that of the clock in its ctx.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../src/base/io.h"
#include "../../src/config/config.h"
#include "../../src/pipeline/lock.h"
#include "../../src/pipeline/pipeline.h"
#include "../../src/pipeline/state.h"
#include "fake_clock.h"

#define NOW	INT64_C(1940625000000)	/* 2031-06-30T22:30:00Z */

struct world {
	char		 dir[64];
	struct fake_clock clock;
	struct config	 config;
	struct set_job	 job;
	struct ctx	 c;
	struct err	 e;
	uint64_t	 valid, future;
};

static const char *
put(const struct world *w, const char *name, const char *text, char out[128])
{
	FILE *f;

	snprintf(out, 128, "%s/%s", w->dir, name);
	f = fopen(out, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	return out;
}

static void
on_checked(void *arg, const char *run, const struct check_result *r)
{
	struct world *w = arg;

	(void)run;
	w->valid = r->valid;
	w->future = r->by_rule[RULE_DATE_FUTURE];
}

static int
set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	char path[128], text[400];

	assert_non_null(w);
	*state = w;
	snprintf(w->dir, sizeof(w->dir), "/tmp/test_pipeline_clock.XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	fake_clock_init(&w->clock, NOW);
	w->clock.clock.zones = w->dir;
	snprintf(path, sizeof(path), "%s/Mars", w->dir);
	fake_clock_zone(path, 3);
	snprintf(text, sizeof(text), "state_dir: %s/state\n"
	    "providers: {p: {type: mapp, url: \"https://p.invalid/\"}}\n"
	    "jobs: {j: {provider: p, bank: 7, timezone: Mars}}\n", w->dir);
	err_clear(&w->e);
	assert_int_equal(config_load(&w->config, put(w, "c.yaml", text, path),
	    &w->e), 0);
	w->config.clock = w->c.clock = &w->clock.clock;
	assert_int_equal(config_job(&w->config, "j", NULL, 0, &w->job, &w->e),
	    0);
	w->c.set = &w->config.set;
	w->c.ui.checked = on_checked;
	w->c.ui.arg = w;
	w->c.ledger = pipeline_ledger_open(&w->c, &w->e);
	return w->c.ledger == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;

	ledger_close(w->c.ledger);
	config_job_release(&w->job);
	config_release(&w->config);
	io_rmtree(w->dir);
	free(w);
	return 0;
}

static int
on_step(void *arg, const struct ledger_step *step, struct err *e)
{
	size_t *n = arg;

	(void)e;
	assert_int_equal(step->at_ms, NOW);
	++*n;
	return 0;
}

static void
a_run_of_another_year(void **state)
{
	struct world *w = *state;
	struct pipe_end end;
	struct ledger_run run;
	char path[128], id[ID_LEN + 1];
	size_t steps = 0;

	/* There it is the first of July already. */
	put(w, "drop.csv", "coupon_code,redeemed,redeem_date\n"
	    "AB12CD34,1,2031-07-01\nAB12CD35,1,2031-07-02\n", path);
	w->c.until = UNTIL_VALIDATED;
	pipeline_start(&w->c, &w->job, path, NULL, 0, &end);
	assert_int_equal(w->valid, 1);
	assert_int_equal(w->future, 1);
	assert_int_equal(ledger_run_get(w->c.ledger, end.run, &run, &w->e), 0);
	assert_int_equal(run.created_ms, NOW);
	assert_int_equal(run.finished_ms, NOW);
	ledger_run_release(&run);
	assert_int_equal(id_new(NOW, id, &w->e), 0);
	assert_memory_equal(end.run, id, 9);
	assert_int_equal(ledger_each_step(w->c.ledger, end.run, on_step,
	    &steps, &w->e), 0);
	assert_true(steps > 0);
}

/* What is at work elsewhere is waited for by that clock, too. */
static void
a_lock_is_waited_for(void **state)
{
	struct world *w = *state;
	int lock = pipeline_lock_job(&w->c, "j", 0, &w->e);

	assert_true(lock >= 0);
	assert_int_equal(w->clock.sleeps, 0);
	assert_int_equal(pipeline_lock_job(&w->c, "j", 600000, &w->e), -1);
	assert_int_equal(w->e.code, ERR_LOCKED);
	assert_non_null(strstr(w->e.msg, "since 2031-06-30T22:30:00Z"));
	assert_int_equal(w->clock.wall, NOW + 600000);
	close(lock);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_run_of_another_year,
		    set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_lock_is_waited_for,
		    set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
