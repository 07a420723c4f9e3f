/*
 * Stopping: each case in a child of its own, since a stop cannot be undone.
 */
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/base/err.h"
#include "../../src/base/stop.h"

/*
 * Run body(arg) in a child; its result, or 128 + the signal that ended it.
 */
static int
in_child(int (*body)(int), int arg)
{
	int status;
	pid_t pid;

	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		/* The tests may run under nohup. */
		signal(SIGHUP, SIG_DFL);
		_exit(body(arg));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
	    WEXITSTATUS(status);
}

static int
is_readable(int fd)
{
	struct pollfd pfd = { fd, POLLIN, 0 };

	return poll(&pfd, 1, 0) == 1 && (pfd.revents & POLLIN) != 0;
}

static int
before_any_signal(int unused)
{
	struct err e;

	(void)unused;
	if (stop_fd() != -1 || stop_signal() != 0 || stop_check(&e) != 0)
		return 1;
	stop_install();
	if (stop_fd() == -1 || is_readable(stop_fd()))
		return 2;
	return stop_signal() == 0 && stop_check(&e) == 0 ? 0 : 3;
}

static int
after_one_signal(int sig)
{
	struct err e;

	stop_install();
	raise(sig);
	if (stop_signal() != sig || !is_readable(stop_fd()))
		return 1;
	/* It stays readable however often one looks. */
	if (!is_readable(stop_fd()))
		return 2;
	if (stop_check(&e) != -1 || e.code != ERR_STOPPED || e.sys != sig)
		return 3;
	return err_exit(&e) == 128 + sig ? 0 : 4;
}

static int
same_signal_twice(int sig)
{
	stop_install();
	raise(sig);
	raise(sig);
	return 1;
}

static int
two_different_signals(int sig)
{
	stop_install();
	raise(sig);
	raise(sig == SIGINT ? SIGTERM : SIGINT);
	/* The first one counts. */
	return stop_signal() == sig ? 0 : 1;
}

static int
closed_pipe(int unused)
{
	int fd[2];

	(void)unused;
	stop_install();
	if (pipe(fd) == -1)
		return 1;
	close(fd[0]);
	return write(fd[1], "x", 1) == -1 && stop_signal() == 0 ? 0 : 2;
}

static int
under_nohup(int unused)
{
	(void)unused;
	signal(SIGHUP, SIG_IGN);
	stop_install();
	raise(SIGHUP);
	return stop_signal() == 0 ? 0 : 1;
}

/* A shell without jobs starts what ends in "&" so. */
static int
in_background(int unused)
{
	(void)unused;
	signal(SIGINT, SIG_IGN);
	stop_install();
	raise(SIGINT);
	if (stop_signal() != 0)
		return 1;
	raise(SIGTERM);
	return stop_signal() == SIGTERM ? 0 : 2;
}

/* What is under way is waited for; the second breaks off, the third ends us. */
static int
while_held(int times)
{
	struct err e;
	int fd[2];
	char said[8] = "";

	if (pipe(fd) == -1 || dup2(fd[1], STDERR_FILENO) == -1)
		return 1;
	stop_install();
	stop_hold("wait");
	raise(SIGINT);
	if (stop_signal() != 0 || is_readable(stop_fd()) ||
	    stop_check(&e) != 0)
		return 2;
	if (read(fd[0], said, sizeof(said)) != 4 || memcmp(said, "wait", 4))
		return 3;
	while (--times > 0)
		raise(SIGINT);
	if (times == 0 && stop_signal() != 0 && !is_readable(stop_fd()))
		return 4;
	stop_let_go();
	return stop_signal() == SIGINT && is_readable(stop_fd()) ? 0 : 5;
}

static int
held_in_vain(int unused)
{
	(void)unused;
	stop_install();
	stop_hold(NULL);
	stop_let_go();
	return stop_signal() == 0 && !is_readable(stop_fd()) ? 0 : 1;
}

static void
test_held(void **state)
{
	(void)state;
	assert_int_equal(in_child(while_held, 1), 0);
	assert_int_equal(in_child(while_held, 2), 0);
	assert_int_equal(in_child(while_held, 3), 128 + SIGINT);
	assert_int_equal(in_child(held_in_vain, 0), 0);
}

/*
 * Stopping a child leaves the parent alone, with and without an installation
 * of the child's own.
 */
static int
child_of_its_own(int installs)
{
	int status;
	pid_t pid;

	stop_install();
	pid = fork();
	if (pid == 0) {
		if (installs)
			stop_install();
		raise(SIGTERM);
		if (stop_signal() != SIGTERM)
			_exit(1);
		stop_install();
		_exit(is_readable(stop_fd()) ? 0 : 2);
	}
	if (waitpid(pid, &status, 0) != pid || status != 0)
		return 1;
	return stop_signal() == 0 && !is_readable(stop_fd()) ? 0 : 2;
}

static void
test_children(void **state)
{
	(void)state;
	assert_int_equal(in_child(under_nohup, 0), 0);
	assert_int_equal(in_child(in_background, 0), 0);
	assert_int_equal(in_child(child_of_its_own, 0), 0);
	assert_int_equal(in_child(child_of_its_own, 1), 0);
}

/* Taken back it can be asked for again; the next of its kind still ends us. */
static int
take_and_put(int sig)
{
	struct err e;

	stop_install();
	if (stop_take() != 0)
		return 1;
	raise(sig);
	if (stop_take() != sig)
		return 2;
	err_clear(&e);
	if (stop_check(&e) != 0 || is_readable(stop_fd()))
		return 3;
	stop_put(0);
	if (stop_signal() != 0)
		return 4;
	stop_put(sig);
	if (stop_signal() != sig || !is_readable(stop_fd()))
		return 5;
	(void)stop_take();
	raise(sig);
	return 6;
}

static void
test_taken_back(void **state)
{
	(void)state;
	assert_int_equal(in_child(take_and_put, SIGTERM), 128 + SIGTERM);
}

static void
test_quiet(void **state)
{
	(void)state;
	assert_int_equal(in_child(before_any_signal, 0), 0);
}

static void
test_each_signal(void **state)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		assert_int_equal(in_child(after_one_signal, signals[i]), 0);
		assert_int_equal(in_child(two_different_signals, signals[i]),
		    0);
		assert_int_equal(in_child(same_signal_twice, signals[i]),
		    128 + signals[i]);
	}
}

static void
test_closed_pipe_is_an_error_only(void **state)
{
	(void)state;
	assert_int_equal(in_child(closed_pipe, 0), 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quiet),
		cmocka_unit_test(test_each_signal),
		cmocka_unit_test(test_children),
		cmocka_unit_test(test_taken_back),
		cmocka_unit_test(test_held),
		cmocka_unit_test(test_closed_pipe_is_an_error_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
