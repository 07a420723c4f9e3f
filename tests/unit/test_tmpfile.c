/*
 * Output files that appear whole or not at all, and the helpers around them.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/base/err.h"
#include "../../src/base/tmpfile.h"

/*
 * A folder for each test, and paths in it that live until the next call.
 */
static int
folder_make(void **state)
{
	char *dir;

	dir = strdup("/tmp/test_tmpfile.XXXXXX");
	*state = dir;
	return dir == NULL || mkdtemp(dir) == NULL ? -1 : 0;
}

static int
folder_drop(void **state)
{
	io_rmtree(*state);
	free(*state);
	return 0;
}

static const char *
in_folder(void **state, const char *name, char path[300])
{
	snprintf(path, 300, "%s/%s", (const char *)*state, name);
	return path;
}

static int
count_entries(const char *path)
{
	struct dirent *d;
	DIR *dir;
	int n;

	dir = opendir(path);
	assert_non_null(dir);
	for (n = 0; (d = readdir(dir)) != NULL; n++)
		continue;
	closedir(dir);
	/* Without "." and "..". */
	return n - 2;
}

static void
test_commit(void **state)
{
	char path[300], *text;
	struct tmpfile t;
	struct stat st;
	struct err e;
	size_t len;

	in_folder(state, "out.csv", path);
	assert_int_equal(tmpfile_open(&t, path, 0644, &e), 0);
	assert_int_equal(io_write_all(t.fd, "whole", 5, &e), 0);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(tmpfile_commit(&t, &e), 0);
	assert_int_equal(t.fd, -1);
	assert_null(t.path);
	assert_int_equal(count_entries(*state), 1);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	/* An older file stays until the new one is whole. */
	assert_int_equal(tmpfile_open(&t, path, 0600, &e), 0);
	assert_int_equal(io_write_all(t.fd, "new", 3, &e), 0);
	assert_int_equal(io_slurp(path, 100, &text, &len, &e), 0);
	assert_string_equal(text, "whole");
	free(text);
	assert_int_equal(tmpfile_commit(&t, &e), 0);
	assert_int_equal(io_slurp(path, 100, &text, &len, &e), 0);
	assert_string_equal(text, "new");
	assert_int_equal(len, 3);
	free(text);
	tmpfile_abort(&t);
	assert_int_equal(count_entries(*state), 1);
}

static void
test_abort(void **state)
{
	char path[300];
	struct tmpfile t;
	struct err e;

	in_folder(state, "out.csv", path);
	assert_int_equal(tmpfile_open(&t, path, 0600, &e), 0);
	assert_int_equal(count_entries(*state), t.path != NULL);
	tmpfile_abort(&t);
	assert_int_equal(count_entries(*state), 0);
	/* With a name, as SQLite needs one. */
	assert_int_equal(tmpfile_open(&t, path, 0600, &e), 0);
	assert_int_equal(tmpfile_name(&t, &e), 0);
	assert_int_equal(access(t.path, F_OK), 0);
	assert_int_equal(count_entries(*state), 1);
	tmpfile_abort(&t);
	assert_int_equal(count_entries(*state), 0);
	tmpfile_abort(&t);
}

/* Who is killed while it writes leaves nothing behind. */
static void
test_killed(void **state)
{
	char path[300];
	struct tmpfile t;
	struct err e;
	int status;
	pid_t pid;

	in_folder(state, "out.csv", path);
	pid = fork();
	if (pid == 0) {
		if (tmpfile_open(&t, path, 0600, &e) == 0 &&
		    io_write_all(t.fd, "half", 4, &e) == 0)
			kill(getpid(), t.path == NULL ? SIGKILL : SIGTERM);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	if (WTERMSIG(status) == SIGTERM)
		skip();		/* no files without names here */
	assert_int_equal(count_entries(*state), 0);
}

/* Under a new name only: what is there stays, the temporary file goes. */
static void
test_commit_new(void **state)
{
	struct tmpfile t;
	struct err e;
	char path[300], other[300], *text;
	size_t len;
	int i;

	in_folder(state, "conf", path);
	err_clear(&e);
	for (i = 0; i < 2; i++) {
		assert_int_equal(tmpfile_open(&t, path, 0600, &e), 0);
		assert_int_equal(io_write_all(t.fd, i == 0 ? "mine" : "other",
		    i == 0 ? 4 : 5, &e), 0);
		assert_int_equal(tmpfile_commit_new(&t, &e), i == 0 ? 0 : -1);
		assert_int_equal(t.fd, -1);
		assert_null(t.path);
	}
	assert_int_equal(e.code, ERR_CREATE);
	assert_non_null(strstr(e.msg, "File exists"));
	assert_int_equal(io_slurp(path, 100, &text, &len, &e), 0);
	assert_string_equal(text, "mine");
	free(text);
	assert_int_equal(count_entries(*state), 1);
	in_folder(state, "conf2", other);
	assert_int_equal(io_rename_new(path, other), 0);
	assert_int_equal(io_rename_new(other, other), 1);
	assert_int_equal(io_rename_new(path, other), -1);
	assert_int_equal(errno, ENOENT);
}

static void
test_stream(void **state)
{
	struct tmpfile t;
	struct err e;
	char path[300], *text;
	size_t len;
	FILE *f;

	in_folder(state, "rows.csv", path);
	err_clear(&e);
	assert_int_equal(tmpfile_open(&t, path, 0600, &e), 0);
	assert_int_equal(tmpfile_name(&t, &e), 0);
	assert_true(tmpfile_is_leftover(strrchr(t.path, '/') + 1));
	assert_false(tmpfile_is_leftover("rows.csv"));
	f = tmpfile_stream(&t, &e);
	assert_non_null(f);
	assert_true(fputs("A1\n", f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(tmpfile_commit(&t, &e), 0);
	assert_int_equal(io_slurp(path, 100, &text, &len, &e), 0);
	assert_string_equal(text, "A1\n");
	free(text);
}

static void
test_commit_that_fails(void **state)
{
	char path[300];
	struct tmpfile t;
	struct err e;

	in_folder(state, "out", path);
	assert_int_equal(tmpfile_open(&t, path, 0600, &e), 0);
	/* A folder took the name meanwhile. */
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(tmpfile_commit(&t, &e), -1);
	assert_int_equal(e.code, ERR_IO);
	assert_non_null(strstr(e.msg, path));
	assert_int_equal(t.fd, -1);
	assert_int_equal(count_entries(*state), 1);
}

static void
test_open_that_fails(void **state)
{
	char name[260], path[600];
	struct tmpfile t;
	struct err e;

	in_folder(state, "nowhere/out", path);
	assert_int_equal(tmpfile_open(&t, path, 0600, &e), -1);
	assert_int_equal(e.code, ERR_CREATE);
	assert_non_null(strstr(e.msg, path));
	tmpfile_abort(&t);
	assert_int_equal(tmpfile_anon(&t, path, &e), -1);
	assert_int_equal(e.code, ERR_CREATE);
	/* The longest name that a folder takes works. */
	memset(name, 'n', 255);
	name[255] = '\0';
	in_folder(state, name, path);
	assert_int_equal(tmpfile_open(&t, path, 0600, &e), 0);
	assert_int_equal(tmpfile_commit(&t, &e), 0);
	assert_int_equal(access(path, F_OK), 0);
}

static void
test_anon_leaves_nothing(void **state)
{
	struct tmpfile t;
	struct err e;
	char text[8];

	assert_int_equal(tmpfile_anon(&t, *state, &e), 0);
	assert_int_equal(count_entries(*state), 0);
	assert_int_equal(io_pwrite_all(t.fd, "spool", 5, 3, &e), 0);
	assert_int_equal(io_pread_all(t.fd, text, 8, 0, &e), 0);
	assert_memory_equal(text, "\0\0\0spool", 8);
	/* It has no name to be given. */
	assert_int_equal(tmpfile_commit(&t, &e), -1);
	assert_int_equal(e.code, ERR_INTERNAL);
	assert_int_equal(t.fd, -1);
}

static void
test_read_and_write_errors(void **state)
{
	char text[8];
	struct tmpfile t;
	struct err e;
	int fd;

	assert_int_equal(tmpfile_anon(&t, *state, &e), 0);
	assert_int_equal(io_write_all(t.fd, "12345", 5, &e), 0);
	assert_int_equal(io_pread_all(t.fd, text, 6, 0, &e), -1);
	assert_int_equal(e.code, ERR_IO);
	assert_int_equal(io_read(t.fd, text, 8, &e), 0);
	tmpfile_abort(&t);
	assert_int_equal(io_write_all(-1, "x", 1, &e), -1);
	assert_int_equal(e.sys, EBADF);
	assert_int_equal(io_pwrite_all(-1, "x", 1, 0, &e), -1);
	assert_int_equal(io_pread_all(-1, text, 1, 0, &e), -1);
	assert_int_equal(io_read(-1, text, 1, &e), -1);
	assert_int_equal(e.code, ERR_IO);
	fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	assert_int_not_equal(fd, -1);
	assert_int_equal(io_write_all(fd, "x", 1, &e), -1);
	assert_int_equal(e.code, ERR_NOSPACE);
	close(fd);
}

static void
test_slurp(void **state)
{
	char big[40000], path[300], *text;
	struct tmpfile t;
	struct err e;
	size_t len;

	in_folder(state, "file", path);
	memset(big, 'b', sizeof(big));
	assert_int_equal(tmpfile_open(&t, path, 0600, &e), 0);
	assert_int_equal(io_write_all(t.fd, big, sizeof(big), &e), 0);
	assert_int_equal(tmpfile_commit(&t, &e), 0);
	assert_int_equal(io_slurp(path, sizeof(big), &text, &len, &e), 0);
	assert_int_equal(len, sizeof(big));
	assert_memory_equal(text, big, sizeof(big));
	assert_int_equal(text[len], '\0');
	free(text);
	assert_int_equal(io_slurp(path, SIZE_MAX, &text, &len, &e), 0);
	assert_int_equal(len, sizeof(big));
	free(text);
	assert_int_equal(io_slurp(path, sizeof(big) - 1, &text, &len, &e), -1);
	assert_int_equal(e.code, ERR_LIMIT);
	assert_int_equal(io_slurp(*state, 100, &text, &len, &e), -1);
	assert_int_equal(e.code, ERR_INPUT);
	in_folder(state, "nothing", path);
	assert_int_equal(io_slurp(path, 100, &text, &len, &e), -1);
	assert_int_equal(e.code, ERR_INPUT);
	assert_non_null(strstr(e.msg, path));
	assert_int_equal(io_slurp("/dev/null", 0, &text, &len, &e), 0);
	assert_int_equal(len, 0);
	assert_string_equal(text, "");
	free(text);
}

static void
test_mkdirs(void **state)
{
	char path[300];
	struct err e;
	int fd;

	assert_int_equal(io_mkdirs(in_folder(state, "a/b//c/", path), 0700,
	    &e), 0);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(io_mkdirs(path, 0700, &e), 0);
	assert_int_equal(io_mkdirs("/", 0700, &e), 0);
	fd = open(in_folder(state, "file", path), O_CREAT | O_WRONLY, 0600);
	assert_int_not_equal(fd, -1);
	close(fd);
	assert_int_equal(io_mkdirs(path, 0700, &e), -1);
	assert_int_equal(e.code, ERR_CREATE);
	assert_int_equal(io_mkdirs(in_folder(state, "file/sub", path), 0700,
	    &e), -1);
	assert_int_equal(e.code, ERR_CREATE);
	assert_int_equal(io_mkdirs("", 0700, &e), -1);
}

static void
test_rmtree(void **state)
{
	char path[300], target[300];
	struct err e;
	int fd;

	assert_int_equal(io_mkdirs(in_folder(state, "t/sub/deep", path), 0700,
	    &e), 0);
	fd = open(in_folder(state, "t/sub/x", path), O_CREAT | O_WRONLY, 0600);
	assert_int_not_equal(fd, -1);
	close(fd);
	fd = open(in_folder(state, "t/sub/deep/x", path), O_CREAT | O_WRONLY,
	    0600);
	assert_int_not_equal(fd, -1);
	close(fd);
	fd = open(in_folder(state, "keep", target), O_CREAT | O_WRONLY, 0600);
	assert_int_not_equal(fd, -1);
	close(fd);
	/* Links are removed, what they point at stays. */
	assert_int_equal(symlink(target, in_folder(state, "t/link", path)), 0);
	assert_int_equal(symlink(*state, in_folder(state, "t/up", path)), 0);
	io_rmtree(in_folder(state, "t", path));
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(access(target, F_OK), 0);
	io_rmtree(path);
	/* A link in place of the folder is not followed either. */
	assert_int_equal(symlink(*state, path), 0);
	io_rmtree(path);
	assert_int_equal(access(target, F_OK), 0);
	assert_int_equal(unlink(path), 0);
}

/* What is closed stays of no use, and is never a file of ours. */
static void
test_hold_standard(void **state)
{
	char path[300];
	struct err e;
	int to, fd, status = -1;
	pid_t pid;

	to = open(in_folder(state, "copy", path), O_CREAT | O_WRONLY, 0600);
	assert_int_not_equal(to, -1);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		for (fd = 0; fd <= 2; fd++)
			close(fd);
		if (io_hold_standard() == -1)
			_exit(1);
		if (open("/dev/null", O_RDONLY) <= 2)
			_exit(2);
		err_clear(&e);
		if (io_copy_all(0, to, &e) != -1 || e.code != ERR_INPUT)
			_exit(3);
		if (write(1, "x", 1) != -1 || write(2, "x", 1) != 1)
			_exit(4);
		_exit(io_hold_standard() == 0 ? 0 : 5);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	close(to);
	assert_int_equal(unlink(path), 0);
}

#define IN_FOLDER(t)	\
	cmocka_unit_test_setup_teardown((t), folder_make, folder_drop)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_FOLDER(test_commit),
		IN_FOLDER(test_abort),
		IN_FOLDER(test_killed),
		IN_FOLDER(test_commit_new),
		IN_FOLDER(test_stream),
		IN_FOLDER(test_commit_that_fails),
		IN_FOLDER(test_open_that_fails),
		IN_FOLDER(test_anon_leaves_nothing),
		IN_FOLDER(test_read_and_write_errors),
		IN_FOLDER(test_hold_standard),
		IN_FOLDER(test_slurp),
		IN_FOLDER(test_mkdirs),
		IN_FOLDER(test_rmtree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
