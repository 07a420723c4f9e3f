/*
 * Secrets: each source, what is refused, and that messages keep quiet.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/base/err.h"
#include "../../src/base/secret.h"
#include "../../src/base/stop.h"
#include "../../src/base/tmpfile.h"

#define LIMIT	16384	/* bytes of a secret, as the contract says */

/* A folder with one file named "secret". */
struct room {
	char	dir[40];
	char	path[60];
};

static int
room_make(void **state)
{
	struct room *r;

	r = calloc(1, sizeof(*r));
	*state = r;
	if (r == NULL)
		return -1;
	snprintf(r->dir, sizeof(r->dir), "/tmp/test_secret.XXXXXX");
	if (mkdtemp(r->dir) == NULL)
		return -1;
	snprintf(r->path, sizeof(r->path), "%s/secret", r->dir);
	return 0;
}

static int
room_drop(void **state)
{
	struct room *r = *state;

	io_rmtree(r->dir);
	free(r);
	return 0;
}

static void
put(const struct room *r, const void *p, size_t n, mode_t mode)
{
	struct tmpfile t;
	struct err e;

	assert_int_equal(tmpfile_open(&t, r->path, mode, &e), 0);
	assert_int_equal(io_write_all(t.fd, p, n, &e), 0);
	assert_int_equal(tmpfile_commit(&t, &e), 0);
}

static void
assert_gives(const struct secret_source *src, const char *text)
{
	struct secret *s;
	struct err e;

	err_clear(&e);
	s = secret_read(src, "the key of mapp", &e);
	assert_string_equal(e.msg, "");
	assert_non_null(s);
	assert_string_equal(secret_bytes(s), text);
	assert_int_equal(secret_len(s), strlen(text));
	secret_free(s);
}

static void
assert_refused(const struct secret_source *src, const char *why)
{
	struct err e;

	err_clear(&e);
	assert_null(secret_read(src, "the key of mapp", &e));
	assert_int_equal(e.code, ERR_SECRET);
	assert_memory_equal(e.msg, "the key of mapp: ", 17);
	if (strstr(e.msg, why) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", why, e.msg);
	assert_null(strstr(e.msg, "hunter2"));
}

static void
test_file(void **state)
{
	static const struct {
		const char	*bytes, *secret;
	} rows[] = {
		{ "hunter2", "hunter2" }, { "hunter2\n", "hunter2" },
		{ "hunter2\r\n", "hunter2" }, { "hunter2\n\n", "hunter2\n" },
		{ " hunter2 \n", " hunter2 " }, { "hunter2\r", "hunter2\r" },
		{ "two\nlines\n", "two\nlines" },
	};
	struct room *r = *state;
	struct secret_source src = { .file = r->path };
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		put(r, rows[i].bytes, strlen(rows[i].bytes), 0600);
		assert_gives(&src, rows[i].secret);
	}
	put(r, "hunter2", 7, 0640);
	assert_gives(&src, "hunter2");
}

static void
test_open_files_are_refused(void **state)
{
	static const mode_t modes[] = { 0644, 0602, 0601, 0666 };
	struct room *r = *state;
	struct secret_source src = { .file = r->path };
	char advice[100];
	size_t i;

	snprintf(advice, sizeof(advice), "chmod o= %s", r->path);
	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		put(r, "hunter2", 7, modes[i]);
		assert_refused(&src, advice);
	}
}

static void
test_files_of_others_are_refused(void **state)
{
	struct room *r = *state;
	struct secret_source src = { .file = r->path };

	if (geteuid() != 0)
		skip();
	put(r, "hunter2", 7, 0600);
	assert_int_equal(chown(r->path, 65534, (gid_t)-1), 0);
	assert_refused(&src, "belongs to another user");
}

static void
test_links_are_refused(void **state)
{
	struct room *r = *state;
	struct secret_source src;
	char link[80];

	snprintf(link, sizeof(link), "%s/link", r->dir);
	src = (struct secret_source){ .file = link };
	assert_int_equal(symlink(r->path, link), 0);
	put(r, "hunter2", 7, 0600);
	assert_refused(&src, "symbolic link");
	src.file = r->path;
	assert_gives(&src, "hunter2");
}

static void
test_odd_files(void **state)
{
	struct room *r = *state;
	struct secret_source src = { .file = r->path };
	struct secret_source dir = { .file = r->dir };
	char big[LIMIT + 1];

	assert_refused(&src, "No such file");
	assert_refused(&dir, "not a regular file");
	put(r, "", 0, 0600);
	assert_refused(&src, "empty");
	put(r, "\n", 1, 0600);
	assert_refused(&src, "empty");
	put(r, "hunter2\0x", 9, 0600);
	assert_refused(&src, "zero byte");
	memset(big, 'x', sizeof(big));
	put(r, big, LIMIT + 1, 0600);
	assert_refused(&src, "16384");
	put(r, big, LIMIT, 0600);
	big[LIMIT] = '\0';
	assert_gives(&src, big);
	/* A pipe without a writer must not hang. */
	assert_int_equal(unlink(r->path), 0);
	assert_int_equal(mkfifo(r->path, 0600), 0);
	assert_refused(&src, "not a regular file");
}

static void
test_command(void **state)
{
	char *plain[] = { "printf", "hunter2\\n", NULL };
	char *shell[] = { "echo", "$HOME;`id`", NULL };
	char *cat[] = { "cat", NULL };
	struct secret_source src = { .command = plain };

	(void)state;
	assert_gives(&src, "hunter2");
	/* No shell looks at the arguments. */
	src.command = shell;
	assert_gives(&src, "$HOME;`id`");
	/* Its input is empty, so that it cannot wait for somebody. */
	src.command = cat;
	assert_refused(&src, "empty");
}

/* Some libraries leave their sockets to the children. */
static void
test_command_inherits_nothing(void **state)
{
	char *look[] = { "sh", "-c", "test -e /proc/self/fd/$0 && echo open "
	    "|| echo shut", NULL, NULL };
	struct secret_source src = { .command = look };
	char number[16];
	int fd;

	(void)state;
	fd = open("/dev/null", O_RDONLY);
	assert_true(fd > STDERR_FILENO);
	fd = fcntl(fd, F_DUPFD, 50);
	assert_true(fd >= 50);
	snprintf(number, sizeof(number), "%d", fd);
	look[3] = number;
	assert_gives(&src, "shut");
	close(fd);
}

static void
test_commands_that_fail(void **state)
{
	char *exits[] = { "sh", "-c", "echo hunter2; exit 3", NULL };
	char *dies[] = { "sh", "-c", "echo hunter2; kill -9 $$", NULL };
	char *missing[] = { "/nonexistent/command", "hunter2", NULL };
	char *endless[] = { "cat", "/dev/zero", NULL };
	char *none[] = { NULL };
	struct secret_source src = { .command = exits };

	(void)state;
	assert_refused(&src, "the command sh: ended with exit code 3");
	src.command = dies;
	assert_refused(&src, "ended by signal 9");
	src.command = missing;
	assert_refused(&src, "cannot run /nonexistent/command");
	src.command = endless;
	assert_refused(&src, "more than 16384 bytes");
	src.command = none;
	assert_refused(&src, "empty");
}

static void
test_scripts_need_an_interpreter(void **state)
{
	struct room *r = *state;
	char *argv[] = { r->path, NULL };
	struct secret_source src = { .command = argv };

	put(r, "echo hunter2\n", 13, 0700);
	assert_refused(&src, "cannot run");
	put(r, "#!/bin/sh\necho hunter2\n", 23, 0700);
	assert_gives(&src, "hunter2");
}

/*
 * In a child, since a stop cannot be undone: the command that would take a
 * minute is given up at once.
 */
static void
test_stop_ends_the_command(void **state)
{
	char *slow[] = { "sleep", "60", NULL };
	struct secret_source src = { .command = slow };
	struct err e;
	int status;
	pid_t pid;

	(void)state;
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		stop_install();
		raise(SIGTERM);
		if (secret_read(&src, "the key", &e) != NULL)
			_exit(1);
		/* Nothing of it is left running. */
		if (waitpid(-1, &status, WNOHANG) != -1)
			_exit(2);
		_exit(e.code == ERR_STOPPED && e.sys == SIGTERM ? 0 : 3);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
test_environment(void **state)
{
	struct secret_source src = { .env = "COUPONDROP_TEST_SECRET" };

	(void)state;
	unsetenv("COUPONDROP_TEST_SECRET");
	assert_refused(&src, "COUPONDROP_TEST_SECRET is not set");
	setenv("COUPONDROP_TEST_SECRET", "", 1);
	assert_refused(&src, "empty");
	setenv("COUPONDROP_TEST_SECRET", "hunter2", 1);
	assert_gives(&src, "hunter2");
	unsetenv("COUPONDROP_TEST_SECRET");
}

static void
test_credential(void **state)
{
	struct room *r = *state;
	struct secret_source src = { .credential = "secret" };

	put(r, "hunter2\n", 8, 0400);
	unsetenv("CREDENTIALS_DIRECTORY");
	assert_refused(&src, "LoadCredential=secret");
	setenv("CREDENTIALS_DIRECTORY", r->dir, 1);
	assert_gives(&src, "hunter2");
	src.credential = "../secret";
	assert_refused(&src, "not the name of a credential");
	src.credential = "..";
	assert_refused(&src, "not the name of a credential");
	src.credential = "";
	assert_refused(&src, "not the name of a credential");
	unsetenv("CREDENTIALS_DIRECTORY");
}

static void
test_memory(void **state)
{
	struct secret_source none = { 0 };
	char big[LIMIT + 1];
	struct secret *s;
	struct err e;

	(void)state;
	assert_refused(&none, "does not say where");
	assert_string_equal(secret_bytes(NULL), "");
	assert_int_equal(secret_len(NULL), 0);
	secret_free(NULL);
	s = secret_new("", 0, &e);
	assert_string_equal(secret_bytes(s), "");
	secret_free(s);
	/* A whole page: the zero at its end needs another one. */
	memset(big, 'x', sizeof(big));
	s = secret_new(big, 4096, &e);
	assert_int_equal(strlen(secret_bytes(s)), 4096);
	secret_free(s);
	assert_null(secret_new(big, sizeof(big), &e));
	assert_int_equal(e.code, ERR_SECRET);
}

static void
test_harden(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		secret_harden();
		_exit(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

#define IN_ROOM(t)	\
	cmocka_unit_test_setup_teardown((t), room_make, room_drop)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_ROOM(test_file),
		IN_ROOM(test_open_files_are_refused),
		IN_ROOM(test_files_of_others_are_refused),
		IN_ROOM(test_links_are_refused),
		IN_ROOM(test_odd_files),
		cmocka_unit_test(test_command),
		cmocka_unit_test(test_command_inherits_nothing),
		cmocka_unit_test(test_commands_that_fail),
		IN_ROOM(test_scripts_need_an_interpreter),
		cmocka_unit_test(test_stop_ends_the_command),
		cmocka_unit_test(test_environment),
		IN_ROOM(test_credential),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_harden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
