/*
 * What a platform's machine remembers of a submission, in the ledger.
 */
#include <string.h>

#include "ledger_fixture.h"

/* Bytes of a machine are given back as they were, and leave with the last. */
static void
what_a_machine_remembers(void **state)
{
	struct fixture *f = *state;
	unsigned char out[LEDGER_KEPT_MAX], in[LEDGER_KEPT_MAX + 1];
	struct ledger_part p;
	size_t i, n;

	for (i = 0; i < sizeof(in); i++)
		in[i] = (unsigned char)(i * 7);
	add_active(f, RUN_A, 2);
	check_ok(f, ledger_part_kept(f->l, RUN_A, 2, out, &n, &f->e));
	assert_int_equal(n, 0);
	check_ok(f, ledger_part_keep(f->l, RUN_A, 2, in, LEDGER_KEPT_MAX,
	    &f->e));
	/* Other changes of the part leave it alone. */
	check_ok(f, ledger_part_get(f->l, RUN_A, 2, &p, &f->e));
	check_ok(f, ledger_part_move(f->l, RUN_A, &p, PART_SUBMITTING, NULL,
	    &f->e));
	ledger_part_release(&p);
	reopen(f);
	check_ok(f, ledger_part_kept(f->l, RUN_A, 2, out, &n, &f->e));
	assert_int_equal(n, LEDGER_KEPT_MAX);
	assert_memory_equal(out, in, n);
	check_ok(f, ledger_part_kept(f->l, RUN_A, 1, out, &n, &f->e));
	assert_int_equal(n, 0);
	check_ok(f, ledger_part_keep(f->l, RUN_A, 2, in, 0, &f->e));
	check_ok(f, ledger_part_kept(f->l, RUN_A, 2, out, &n, &f->e));
	assert_int_equal(n, 0);
	check_refused(f, ledger_part_keep(f->l, RUN_A, 2, in, sizeof(in),
	    &f->e), ERR_INTERNAL);
	check_refused(f, ledger_part_keep(f->l, RUN_A, 3, in, 1, &f->e),
	    ERR_REF);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_a_machine_remembers,
		    ledger_set_up, ledger_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
