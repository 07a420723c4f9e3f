/*
 * Every pair of states against the tables of the design, written out here a
 * second time: one letter per state, a row for each state a change starts
 * from.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/ledger/ledger.h"

/* The columns are the states in the order of the rows; x: allowed. */
static const struct {
	enum part_state	 from;
	const char	*name;
	const char	*to;
	bool		 final;
} part_rows[] = {
	/*                                  pgsSUFLvdfc */
	{ PART_PREPARED,   "prepared",	   ".x.x.....xx", false },
	{ PART_STAGING,	   "staging",	   "x.x......xx", false },
	{ PART_STAGED,	   "staged",	   "x..x.....xx", false },
	{ PART_SUBMITTING, "submitting",   "x.x.xx.xxx.", false },
	{ PART_UNKNOWN,	   "unknown",	   "x.x..x.xxxx", false },
	{ PART_FOLLOWING,  "following",	   "......xx.x.", false },
	{ PART_LOST,	   "lost",	   ".....x.x.xx", false },
	{ PART_VERIFYING,  "verifying",	   "....x...xx.", false },
	{ PART_DONE,	   "done",	   "...........", true },
	{ PART_FAILED,	   "failed",	   "...........", true },
	{ PART_CANCELLED,  "cancelled",	   "...........", true },
};

static const struct {
	enum run_state	 from;
	const char	*name;
	const char	*to;
} run_rows[] = {
	/*                               rjahfc */
	{ RUN_RECEIVED,  "received",	".xxxxx" },
	{ RUN_REJECTED,  "rejected",	"......" },
	{ RUN_ACTIVE,	 "active",	"...xxx" },
	{ RUN_HELD,	 "held",	"x.x.xx" },
	{ RUN_FINISHED,	 "finished",	"......" },
	{ RUN_CANCELLED, "cancelled",	"......" },
};

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static void
every_pair_of_parts(void **state)
{
	size_t i, j;
	bool want;

	(void)state;
	assert_int_equal(COUNT(part_rows), PART__MAX);
	for (i = 0; i < COUNT(part_rows); i++) {
		assert_int_equal(strlen(part_rows[i].to), PART__MAX);
		for (j = 0; j < COUNT(part_rows); j++) {
			want = part_rows[i].to[j] == 'x';
			if (part_may(part_rows[i].from,
			    part_rows[j].from) != want)
				fail_msg("%s to %s should be %s",
				    part_rows[i].name, part_rows[j].name,
				    want ? "allowed" : "forbidden");
		}
	}
}

static void
every_pair_of_runs(void **state)
{
	size_t i, j;
	bool want;

	(void)state;
	assert_int_equal(COUNT(run_rows), RUN__MAX);
	for (i = 0; i < COUNT(run_rows); i++) {
		assert_int_equal(strlen(run_rows[i].to), RUN__MAX);
		for (j = 0; j < COUNT(run_rows); j++) {
			want = run_rows[i].to[j] == 'x';
			if (run_may(run_rows[i].from,
			    run_rows[j].from) != want)
				fail_msg("%s to %s should be %s",
				    run_rows[i].name, run_rows[j].name,
				    want ? "allowed" : "forbidden");
		}
	}
}

static void
names_are_those_of_the_design(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(part_rows); i++)
		assert_string_equal(part_state_name(part_rows[i].from),
		    part_rows[i].name);
	for (i = 0; i < COUNT(run_rows); i++)
		assert_string_equal(run_state_name(run_rows[i].from),
		    run_rows[i].name);
}

static void
final_parts_change_no_more(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(part_rows); i++)
		assert_int_equal(part_is_final(part_rows[i].from),
		    part_rows[i].final);
}

static void
no_state_outside_the_tables(void **state)
{
	(void)state;
	assert_false(part_may(PART__MAX, PART_PREPARED));
	assert_false(part_may(PART_PREPARED, PART__MAX));
	assert_false(run_may(RUN__MAX, RUN_ACTIVE));
	assert_false(run_may(RUN_ACTIVE, RUN__MAX));
	assert_false(part_is_final(PART__MAX));
	assert_string_equal(part_state_name(PART__MAX), "?");
	assert_string_equal(run_state_name(RUN__MAX), "?");
}

static void
what_is_kept_has_words(void **state)
{
	static const char *const rehearsed[] = { NULL, "full", "sample",
	    "unreachable" }, *const basis[] = { NULL, "none", "sample",
	    "counters", "verify" };
	int i;

	(void)state;
	for (i = 1; i < 4; i++) {
		assert_string_equal(part_rehearsed_name(
		    (enum part_rehearsed)i), rehearsed[i]);
		assert_int_equal(part_rehearsed_find(rehearsed[i]), i);
	}
	for (i = 1; i < 5; i++) {
		assert_string_equal(part_basis_name((enum part_basis)i),
		    basis[i]);
		assert_int_equal(part_basis_find(basis[i]), i);
	}
	assert_null(part_rehearsed_name(REHEARSED_NOT));
	assert_null(part_basis_name(BASIS_UNSET));
	assert_int_equal(part_rehearsed_find("hope"), REHEARSED_NOT);
	assert_int_equal(part_basis_find(NULL), BASIS_UNSET);
}

static void
proofs_have_words(void **state)
{
	static const char *const words[] = {
		[PROOF_UNVERIFIED] = "unverified", [PROOF_SIZE] = "size",
		[PROOF_HASH] = "hash", [PROOF_READBACK] = "readback",
	};
	enum part_proof p;

	(void)state;
	assert_null(part_proof_name(PROOF_NONE));
	assert_int_equal(part_proof_find(NULL), PROOF_NONE);
	assert_int_equal(part_proof_find("hope"), PROOF_NONE);
	for (p = PROOF_UNVERIFIED; p <= PROOF_READBACK; p++) {
		assert_string_equal(part_proof_name(p), words[p]);
		assert_int_equal(part_proof_find(words[p]), p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_pair_of_parts),
		cmocka_unit_test(every_pair_of_runs),
		cmocka_unit_test(names_are_those_of_the_design),
		cmocka_unit_test(final_parts_change_no_more),
		cmocka_unit_test(no_state_outside_the_tables),
		cmocka_unit_test(proofs_have_words),
		cmocka_unit_test(what_is_kept_has_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
