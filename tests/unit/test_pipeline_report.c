/*
 * Reconciling: every row of a run is in exactly one of the sums, and nothing
 * is called good without evidence.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "../../src/config/settings.h"
#include "../../src/coupon/check.h"
#include "../../src/pipeline/ctx.h"
#include "../../src/pipeline/report.h"
#include "../../src/provider/provider.h"
#include "ledger_fixture.h"

/* What one batch of 3 rows came to. */
struct came {
	enum part_state	 state;
	const char	*basis;
	int64_t		 updated, failed;	/* counters */
	int64_t		 asked, applied, missing;
	const char	*task;
	int64_t		 intent_ms;
	const char	*word;			/* error */
};

/* And what the run must say of it. */
struct want {
	int64_t		 updated, failed, unaccounted;
	const char	*basis;
	enum outcome	 outcome;
	int		 exit;
};

#define COUNTED(u, f)	{ PART_DONE, "counters", u, f, -1, -1, -1, "7", 9, \
	NULL }
#define LOOKED(a, p, m)	{ PART_DONE, "verify", -1, -1, a, p, m, "7", 9, NULL }
#define NOTHING_SAID	{ PART_DONE, "none", -1, -1, -1, -1, -1, "7", 9, \
	NULL }
#define STANDS(s, t, i, w) { s, NULL, -1, -1, -1, -1, -1, t, i, w }

/* The way from prepared to each state, by the ledger's own table. */
static void
take(struct fixture *f, struct ledger_part *p, enum part_state to)
{
	static const enum part_state ways[PART__MAX][6] = {
		[PART_STAGING] = { PART_STAGING },
		[PART_STAGED] = { PART_STAGING, PART_STAGED },
		[PART_UNKNOWN] = { PART_SUBMITTING, PART_UNKNOWN },
		[PART_FOLLOWING] = { PART_SUBMITTING, PART_FOLLOWING },
		[PART_LOST] = { PART_SUBMITTING, PART_FOLLOWING, PART_LOST },
		[PART_VERIFYING] = { PART_SUBMITTING, PART_FOLLOWING,
		    PART_VERIFYING },
		[PART_DONE] = { PART_SUBMITTING, PART_DONE },
		[PART_FAILED] = { PART_SUBMITTING, PART_FAILED },
		[PART_CANCELLED] = { PART_CANCELLED },
	};
	int i;

	for (i = 0; i < 6 && ways[to][i] != PART_PREPARED; i++)
		check_ok(f, ledger_part_move(f->l, RUN_A, p, ways[to][i],
		    NULL, &f->e));
	assert_int_equal(p->state, to);
}

static void
store(struct fixture *f, int no, const struct came *c)
{
	struct ledger_part p;

	check_ok(f, ledger_part_get(f->l, RUN_A, no, &p, &f->e));
	p.updated = c->updated;
	p.failed = c->failed;
	p.asked = c->asked;
	p.applied = c->applied;
	p.missing = c->missing;
	p.intent_ms = c->intent_ms;
	p.basis = part_basis_find(c->basis);
	p.task = c->task != NULL ? strdup(c->task) : NULL;
	if (c->word != NULL) {
		p.err_word = strdup(c->word);
		p.err_msg = strdup("why");
	}
	check_ok(f, ledger_part_note(f->l, RUN_A, &p, &f->e));
	take(f, &p, c->state);
	ledger_part_release(&p);
}

static void
check_report(struct fixture *f, const struct want *w, size_t n)
{
	struct settings set = { .state_dir = f->dir };
	struct ctx c = { .set = &set, .ledger = f->l };
	struct run_report r;

	check_ok(f, report_make(&c, RUN_A, &r, &f->e));
	assert_int_equal(r.sent, 3 * (int64_t)n);
	assert_int_equal(r.updated, w->updated);
	assert_int_equal(r.failed, w->failed);
	assert_int_equal(r.unaccounted, w->unaccounted);
	assert_int_equal(r.updated + r.already + r.failed + r.unaccounted,
	    r.sent);
	assert_string_equal(part_basis_name(r.basis), w->basis);
	assert_int_equal(r.outcome, w->outcome);
	assert_int_equal(r.exit, w->exit);
	assert_int_equal(r.err.code == ERR_NONE, w->exit == 0);
	report_release(&r);
}

/* Each in a ledger of its own. */
static void
check_one(const struct came *c, size_t n, const struct want *w)
{
	void *state = NULL;
	struct fixture *f;
	size_t i;

	assert_int_equal(ledger_set_up(&state), 0);
	f = state;
	add_active(f, RUN_A, n);
	for (i = 0; i < n; i++)
		store(f, (int)i + 1, &c[i]);
	check_report(f, w, n);
	ledger_tear_down(&state);
}

static void
one_batch(void **state)
{
	static const struct {
		struct came	c;
		struct want	w;
	} t[] = {
		{ COUNTED(3, 0), { 3, 0, 0, "counters", OUTCOME_OK, 0 } },
		{ COUNTED(2, 1), { 2, 1, 0, "counters", OUTCOME_PARTIAL,
		    3 } },
		{ COUNTED(1, 2), { 1, 2, 0, "counters", OUTCOME_PARTIAL,
		    11 } },
		{ COUNTED(0, 3), { 0, 3, 0, "counters", OUTCOME_NONE, 11 } },
		{ COUNTED(1, 0), { 1, 0, 2, "counters", OUTCOME_UNCONFIRMED,
		    12 } },
		/* Counters of more rows than were sent prove nothing. */
		{ COUNTED(1000, 1000), { 0, 0, 3, "none",
		    OUTCOME_UNCONFIRMED, 12 } },
		{ COUNTED(-1, 1000), { 0, 0, 3, "none", OUTCOME_UNCONFIRMED,
		    12 } },
		/* The first and the last row say nothing of one between. */
		{ LOOKED(2, 2, 0), { 2, 0, 1, "sample", OUTCOME_UNCONFIRMED,
		    12 } },
		{ LOOKED(2, 1, 1), { 1, 1, 1, "sample", OUTCOME_PARTIAL,
		    12 } },
		{ LOOKED(3, 2, 1), { 2, 1, 0, "verify", OUTCOME_PARTIAL,
		    3 } },
		{ LOOKED(3, 0, 3), { 0, 3, 0, "verify", OUTCOME_NONE, 11 } },
		{ NOTHING_SAID, { 0, 0, 3, "none", OUTCOME_UNCONFIRMED,
		    12 } },
		{ STANDS(PART_FAILED, "7", 9, "task-failed"),
		    { 0, 0, 3, "none", OUTCOME_UNCONFIRMED, 11 } },
		{ STANDS(PART_FAILED, NULL, 9, "mapp-682"),
		    { 0, 3, 0, "counters", OUTCOME_NONE, 11 } },
		{ STANDS(PART_UNKNOWN, NULL, 9, "unknown-outcome"),
		    { 0, 0, 3, "none", OUTCOME_UNCONFIRMED, 7 } },
		{ STANDS(PART_LOST, "7", 9, "task-lost"),
		    { 0, 0, 3, "none", OUTCOME_UNCONFIRMED, 7 } },
		{ STANDS(PART_CANCELLED, NULL, 0, NULL),
		    { 0, 3, 0, "none", OUTCOME_NONE, 5 } },
		{ STANDS(PART_CANCELLED, NULL, 9, NULL),
		    { 0, 0, 3, "none", OUTCOME_UNCONFIRMED, 12 } },
		{ STANDS(PART_FOLLOWING, "7", 9, NULL),
		    { 0, 0, 3, "none", OUTCOME_NA, 0 } },
		{ STANDS(PART_STAGED, NULL, 0, "login"),
		    { 0, 0, 3, "none", OUTCOME_NA, 77 } },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		print_message("row %zu\n", i);
		check_one(&t[i].c, 1, &t[i].w);
	}
}

static void
several_batches(void **state)
{
	static const struct came good_bad[] = { COUNTED(3, 0),
	    STANDS(PART_FAILED, NULL, 9, "mapp-667") };
	static const struct want good_bad_is = { 3, 3, 0, "counters",
	    OUTCOME_PARTIAL, 78 };
	static const struct came lost_too[] = { LOOKED(3, 3, 0),
	    STANDS(PART_UNKNOWN, NULL, 9, "unknown-outcome"),
	    STANDS(PART_FAILED, NULL, 9, "mapp-445") };
	static const struct want lost_too_is = { 3, 3, 3, "counters",
	    OUTCOME_UNCONFIRMED, 7 };
	static const struct came half[] = { COUNTED(3, 0), LOOKED(3, 3, 0),
	    STANDS(PART_CANCELLED, NULL, 0, NULL) };
	static const struct want half_is = { 6, 3, 0, "counters",
	    OUTCOME_PARTIAL, 3 };
	static const struct came open[] = { COUNTED(3, 0),
	    STANDS(PART_VERIFYING, "7", 9, NULL) };
	static const struct want open_is = { 3, 0, 3, "counters", OUTCOME_NA,
	    0 };

	(void)state;
	check_one(good_bad, 2, &good_bad_is);
	check_one(lost_too, 3, &lost_too_is);
	check_one(half, 3, &half_is);
	check_one(open, 2, &open_is);
}

/* Rows set aside are a remark as long as nothing worse is to say. */
static void
set_aside_counts(void **state)
{
	static const struct came good = COUNTED(3, 0);
	static const struct want remark = { 3, 0, 0, "counters", OUTCOME_OK,
	    3 };
	struct fixture *f = *state;
	struct ledger_run run = new_run(RUN_A, "nightly");
	struct ledger_part p = new_part(1);

	run.content_id = text("c1");
	run.read = 5;
	run.rejected = 2;
	check_ok(f, ledger_run_add(f->l, &run, &f->e));
	check_ok(f, ledger_prepared(f->l, &run, &p, 1, &f->e));
	store(f, 1, &good);
	check_report(f, &remark, 1);
}

/* A run that ended before it had batches tells why. */
static void
its_own_error_counts(void **state)
{
	static const struct want why = { 0, 0, 0, "none", OUTCOME_NA, 65 };
	struct fixture *f = *state;
	struct ledger_run run = new_run(RUN_A, "nightly");

	check_ok(f, ledger_run_add(f->l, &run, &f->e));
	run.state = RUN_REJECTED;
	run.exit = 65;
	run.err_word = text("rules");
	run.err_msg = text("broken rows");
	check_ok(f, ledger_run_end(f->l, &run, &f->e));
	check_report(f, &why, 0);
}

/* A batch failed for good, and something else keeps the rest back. */
static void
what_it_waits_for_is_told(void **state)
{
	static const struct came failed = STANDS(PART_FAILED, "7", 9,
	    "task-failed"), left = STANDS(PART_STAGED, NULL, 0, NULL);
	struct fixture *f = *state;
	struct settings set = { .state_dir = f->dir };
	struct ctx c = { .set = &set, .ledger = f->l };
	struct ledger_run run;
	struct run_report r;

	add_active(f, RUN_A, 2);
	store(f, 1, &failed);
	store(f, 2, &left);
	check_ok(f, ledger_run_get(f->l, RUN_A, &run, &f->e));
	run.err_word = strdup("bank");
	run.err_msg = strdup("there is no bank 600");
	check_ok(f, ledger_run_note(f->l, &run, &f->e));
	ledger_run_release(&run);
	check_ok(f, report_make(&c, RUN_A, &r, &f->e));
	assert_int_equal(r.exit, 11);
	assert_string_equal(r.err.msg, "why; the rest waits: there is no bank "
	    "600");
	report_release(&r);
}

#define TEST(t) \
	cmocka_unit_test_setup_teardown(t, ledger_set_up, ledger_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_batch),
		cmocka_unit_test(several_batches),
		TEST(set_aside_counts),
		TEST(its_own_error_counts),
		TEST(what_it_waits_for_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
