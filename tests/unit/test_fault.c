/*
 * Fault points, compiled in whatever the build says.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#ifndef ENABLE_FAULTS
#define ENABLE_FAULTS
#endif
#include "../../src/base/fault.c"

/*
 * Pass "here" n times in a child with that plan.  Its exit code counts the
 * passes up to the one that had to fail; 100 when none had to, and 128 + the
 * signal that killed it.
 */
static int
passes(const char *plan, int n)
{
	int i, status;
	pid_t pid;

	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		setenv("COUPONDROP_FAULT", plan, 1);
		for (i = 1; i <= n; i++) {
			if (FAULT_POINT("elsewhere"))
				_exit(99);
			if (FAULT_POINT("here"))
				_exit(i);
		}
		_exit(100);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
	    WEXITSTATUS(status);
}

static void
test_fails_the_nth_time(void **state)
{
	(void)state;
	assert_int_equal(passes("here:1=fail", 5), 1);
	assert_int_equal(passes("here:3=fail", 5), 3);
	assert_int_equal(passes("here:6=fail", 5), 100);
}

static void
test_kills(void **state)
{
	(void)state;
	assert_int_equal(passes("here:2=kill", 5), 128 + SIGKILL);
	assert_int_equal(passes("here:6=kill", 5), 100);
}

static void
test_broken_plans_do_nothing(void **state)
{
	static const char *const plans[] = {
		"", "here", "here:1", "here=fail", "here:x=fail",
		"here:=fail", "here:1=explode", "her:1=fail", "heres:1=fail",
		"here:0=fail", ":1=fail",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(plans) / sizeof(plans[0]); i++)
		assert_int_equal(passes(plans[i], 3), 100);
	unsetenv("COUPONDROP_FAULT");
	assert_int_equal(FAULT_POINT("here"), 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fails_the_nth_time),
		cmocka_unit_test(test_kills),
		cmocka_unit_test(test_broken_plans_do_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
