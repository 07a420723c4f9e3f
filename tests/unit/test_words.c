/*
 * State words of the platforms, our own words, and outcomes from counters.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/provider/provider.h"

static void
test_states(void **unused)
{
	static const struct {
		const char *word, *state;
	} rows[] = {
		{ "PENDING", "queued" }, { "QUEUED", "queued" },
		{ "waiting", "queued" }, { "PROCESSING", "running" },
		{ "STARTED", "running" }, { "working", "running" },
		{ "waiting_for_retry", "running" }, { "COMPLETE", "done" },
		{ "COMPLETED", "done" }, { "FINISHED", "done" },
		{ "SUCCESSFUL", "done" }, { "finished", "done" },
		{ "ERROR", "failed" }, { "ERRORED", "failed" },
		{ "FAILED", "failed" }, { "CANCELLED", "failed" },
		{ "failed", "failed" }, { "pending", "queued" },
		{ "Complete", "done" }, { "WAITING_FOR_RETRY", "running" },
		{ "", "unknown" }, { "COMPLET", "unknown" },
		{ "COMPLETE ", "unknown" }, { "COMPLETES", "unknown" },
		{ "lost", "unknown" }, { "VALIDATED", "running" },
		{ "COMMITED", "running" }, { "COMMITTED", "running" },
		{ "3", "done" }, { "4", "failed" }, { "5", "unknown" },
	};
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(task_state_name(
		    words_state_any(rows[i].word)), rows[i].state);
	assert_int_equal(words_state_any(NULL), TASK_UNKNOWN);
}

static void
test_names(void **unused)
{
	(void)unused;
	assert_string_equal(task_state_name(TASK_LOST), "lost");
	assert_string_equal(outcome_name(OUTCOME_OK), "ok");
	assert_string_equal(outcome_name(OUTCOME_PARTIAL), "partial");
	assert_string_equal(outcome_name(OUTCOME_NONE), "none");
	assert_string_equal(outcome_name(OUTCOME_UNCONFIRMED), "unconfirmed");
	assert_string_equal(outcome_name(OUTCOME_NA), "na");
}

static void
test_outcomes(void **unused)
{
	static const struct {
		int64_t total, updated, failed;
		enum outcome outcome;
	} rows[] = {
		{ 3, 3, 0, OUTCOME_OK },
		{ 20000, 17842, 2158, OUTCOME_PARTIAL },
		{ 2, 0, 2, OUTCOME_NONE },
		{ 0, 0, 0, OUTCOME_NA },
		{ -1, 3, 0, OUTCOME_UNCONFIRMED },
		{ 3, -1, 0, OUTCOME_UNCONFIRMED },
		{ 3, 3, -1, OUTCOME_UNCONFIRMED },
		{ -1, -1, -1, OUTCOME_UNCONFIRMED },
		{ 3, 2, 0, OUTCOME_UNCONFIRMED },
		{ 1, 1, 1, OUTCOME_UNCONFIRMED },
		{ 1, 2, -1, OUTCOME_UNCONFIRMED },
		{ 3, INT64_MAX, INT64_MAX, OUTCOME_UNCONFIRMED },
		{ INT64_MAX, INT64_MAX, 0, OUTCOME_OK },
	};
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(outcome_of(rows[i].total, rows[i].updated,
		    rows[i].failed), rows[i].outcome);
}

static void
test_table(void **unused)
{
	const struct provider *p;
	size_t i;

	(void)unused;
	for (i = 0; (p = provider_at(i)) != NULL; i++) {
		assert_ptr_equal(provider_find(p->type), p);
		assert_non_null(p->next);
		assert_true(p->title[0] != '\0');
		assert_true(p->poll_floor_ms > 0);
		assert_true(p->poll_first_ms >= p->poll_floor_ms);
		assert_true(p->poll_cap_ms >= p->poll_first_ms);
		assert_int_equal(p->lookup_max > 0,
		    provider_can(p, PV_LOOKUP));
	}
	assert_true(i > 0);
	assert_null(provider_at(SIZE_MAX));
	assert_null(provider_find("mappe"));
	assert_null(provider_find(NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_outcomes),
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
