/* A person is asked about a run: what holds it until there is a yes. */
#include "ledger_fixture.h"

static void
check_asked(struct fixture *f, const char *id, bool want)
{
	struct ledger_run r;

	check_ok(f, ledger_run_get(f->l, id, &r, &f->e));
	assert_int_equal(r.asked, want);
	ledger_run_release(&r);
}

/* Killed at the question, or answered with no: only a yes lets go. */
static void
only_a_yes_ends_a_question(void **state)
{
	struct fixture *f = *state;

	add_active(f, RUN_A, 2);
	check_asked(f, RUN_A, false);
	check_ok(f, ledger_run_ask(f->l, RUN_A, "asked", &f->e));
	check_hold(f, RUN_A, "asked");
	check_asked(f, RUN_A, true);
	check_ok(f, ledger_run_yes(f->l, RUN_A, "yes", &f->e));
	assert_int_equal(state_of(f, RUN_A), RUN_ACTIVE);
	check_asked(f, RUN_A, false);

	/* A batch that is settled does not lift a no, nor the other way. */
	lose_answer(f, RUN_A, 1, "no answer");
	check_ok(f, ledger_run_ask(f->l, RUN_A, "asked", &f->e));
	move_part(f, RUN_A, 1, PART_DONE, NULL);
	assert_int_equal(state_of(f, RUN_A), RUN_HELD);
	check_asked(f, RUN_A, true);
	lose_answer(f, RUN_A, 2, "no answer");
	check_ok(f, ledger_run_yes(f->l, RUN_A, "yes", &f->e));
	assert_int_equal(state_of(f, RUN_A), RUN_HELD);
	check_asked(f, RUN_A, false);
	move_part(f, RUN_A, 2, PART_DONE, NULL);
	assert_int_equal(state_of(f, RUN_A), RUN_ACTIVE);

	end_run(f, RUN_A, RUN_FINISHED, 0);
	check_refused(f, ledger_run_ask(f->l, RUN_A, "asked", &f->e),
	    ERR_INTERNAL);
	check_ok(f, ledger_run_yes(f->l, RUN_A, "yes", &f->e));
	assert_int_equal(state_of(f, RUN_A), RUN_FINISHED);
}

#define TEST(t) \
	cmocka_unit_test_setup_teardown(t, ledger_set_up, ledger_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_a_yes_ends_a_question),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
