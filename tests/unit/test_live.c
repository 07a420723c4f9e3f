/*
 * The table that follow keeps on a terminal.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/cmd/live.h"

/* One of each: done, running, queued, failed, not known yet. */
static void
fill(struct followed t[5])
{
	static const enum task_state state[] = { TASK_DONE, TASK_RUNNING,
	    TASK_QUEUED, TASK_FAILED, TASK_UNKNOWN };
	static const char *const word[] = { "COMPLETE", "PROCESSING",
	    "PENDING", "\33[31mERROR", "" };
	int i;

	memset(t, 0, 5 * sizeof(*t));
	for (i = 0; i < 5; i++) {
		snprintf(t[i].ref, sizeof(t[i].ref), "mapp:%d", i);
		t[i].task.state = state[i];
		snprintf(t[i].task.word, sizeof(t[i].task.word), "%s",
		    word[i]);
		t[i].task.total = t[i].task.updated = t[i].task.failed = -1;
	}
	t[0].task.total = 5000;
	t[0].task.updated = 4999;
	err_set(&t[3].err, ERR_TASK_FAILED, "task mapp:3 ended");
}

static void
check(const struct followed *t, size_t columns, size_t rows, const char *want)
{
	char *out = NULL;
	struct err e;
	size_t size, lines = 0;
	FILE *f = open_memstream(&out, &size);
	const char *p;
	int n;

	err_clear(&e);
	assert_non_null(f);
	n = live_table(f, t, 5, columns, rows, &e);
	assert_int_equal(fclose(f), 0);
	assert_string_equal(out, want);
	for (p = out; *p != '\0'; p += strcspn(p, "\n") + 1, lines++)
		assert_true(strcspn(p, "\n") < columns);
	assert_int_equal(n, lines);
	assert_true(lines < rows);
	free(out);
}

static void
the_worst_first(void **state)
{
	struct followed t[5];

	(void)state;
	fill(t);
	check(t, 80, 24, "mapp:3                   failed   "
	    "\\x1b[31mERROR   task mapp:3 ended\n"
	    "mapp:4                   unknown\n"
	    "mapp:2                   queued   PENDING\n"
	    "mapp:1                   running  PROCESSING\n"
	    "mapp:0                   done     COMPLETE     4,999 of 5,000 "
	    "updated\n");
}

static void
fits(void **state)
{
	struct followed t[5];

	(void)state;
	fill(t);
	check(t, 12, 4, "mapp:3     \nmapp:4     \nand 3 more\n");
	check(t, 80, 6 - 1, "mapp:3                   failed   "
	    "\\x1b[31mERROR   task mapp:3 ended\n"
	    "mapp:4                   unknown\n"
	    "mapp:2                   queued   PENDING\n"
	    "and 2 more\n");
	/* A character of two bytes is whole or not there. */
	snprintf(t[3].ref, sizeof(t[3].ref), "m\xc3\xa4rz:3");
	check(t, 3, 3, "m\nan\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_worst_first),
		cmocka_unit_test(fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
