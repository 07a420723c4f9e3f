/*
 * The SQLite wrapper: what it stores, what it refuses, and what is left after
 * each kind of failure.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/base/err.h"
#include "../../src/base/io.h"
#include "../../src/base/stop.h"
#include "../../src/db/db.h"
#include "../../src/db/db_internal.h"

enum {
	Q_ADD, Q_GET, Q_ALL, Q_SET, Q_CHILD, Q_MODE, Q_SYNC, Q_KEYS, Q_WRONG,
	Q_FEW_PAGES, Q_FILL, Q__MAX
};

static const char *const sql[Q__MAX] = {
	[Q_ADD] = "INSERT INTO things (id, name, bytes) VALUES (?1, ?2, ?3)",
	[Q_GET] = "SELECT id, name, bytes FROM things WHERE id = ?1",
	[Q_ALL] = "SELECT id FROM things ORDER BY id",
	[Q_SET] = "UPDATE things SET name = ?2 WHERE id = ?1",
	[Q_CHILD] = "INSERT INTO parts (thing) VALUES (?1)",
	[Q_MODE] = "PRAGMA journal_mode",
	[Q_SYNC] = "PRAGMA synchronous",
	[Q_KEYS] = "PRAGMA foreign_keys",
	[Q_WRONG] = "SELECT x FROM nowhere",
	[Q_FEW_PAGES] = "PRAGMA max_page_count = 12",
	[Q_FILL] = "INSERT INTO things (bytes) VALUES (zeroblob(200000))",
};

static const struct db_migration migrations[] = {
	{ "CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT,"
	    " bytes BLOB) STRICT;"
	    "CREATE TABLE parts (thing INTEGER NOT NULL"
	    " REFERENCES things (id)) STRICT;" },
	{ "CREATE TABLE later (x INTEGER) STRICT;" },
};

struct fixture {
	char		 dir[64];
	char		 path[96];
	struct db_opts	 opts;
	struct err	 e;
};

static int
set_up(void **state)
{
	struct fixture *f;

	f = calloc(1, sizeof(*f));
	if (f == NULL)
		return -1;
	snprintf(f->dir, sizeof(f->dir), "/tmp/test_db.XXXXXX");
	if (mkdtemp(f->dir) == NULL)
		return -1;
	snprintf(f->path, sizeof(f->path), "%s/ledger.db", f->dir);
	f->opts.sql = sql;
	f->opts.nsql = Q__MAX;
	f->opts.migrations = migrations;
	f->opts.nmigrations = 2;
	f->opts.busy_ms = 5;
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	io_rmtree(f->dir);
	free(f);
	return 0;
}

static struct db *
must_open(struct fixture *f)
{
	struct db *d;

	d = db_open(f->path, &f->opts, &f->e);
	if (d == NULL)
		fail_msg("%s", f->e.msg);
	return d;
}

static void
must_add(struct fixture *f, struct db *d, int64_t id, const char *name)
{
	if (db_exec(d, Q_ADD, &f->e, "itn", id, name) == -1)
		fail_msg("%s", f->e.msg);
}

static int64_t
ask_int(struct fixture *f, struct db *d, int q)
{
	int64_t n;

	assert_int_equal(db_bind(d, q, &f->e, ""), 0);
	assert_int_equal(db_step(d, q, &f->e), 1);
	n = db_int(d, q, 0);
	db_done(d, q);
	return n;
}

static void
test_values(void **state)
{
	static const unsigned char bytes[] = { 0, 1, 0, 255 };
	struct fixture *f = *state;
	struct db *d;
	const void *p;
	size_t len;

	d = must_open(f);
	assert_int_equal(db_exec(d, Q_ADD, &f->e, "itb", INT64_MIN,
	    "it's \xc3\xa9", bytes, sizeof(bytes)), 0);
	assert_int_equal(db_last_id(d), INT64_MIN);
	assert_int_equal(db_changes(d), 1);
	assert_int_equal(db_exec(d, Q_ADD, &f->e, "itb", INT64_C(2),
	    (const char *)NULL, bytes, (size_t)0), 0);

	assert_int_equal(db_bind(d, Q_GET, &f->e, "i", INT64_MIN), 0);
	assert_int_equal(db_step(d, Q_GET, &f->e), 1);
	assert_true(db_int(d, Q_GET, 0) == INT64_MIN);
	assert_string_equal(db_text(d, Q_GET, 1), "it's \xc3\xa9");
	p = db_blob(d, Q_GET, 2, &len);
	assert_int_equal(len, sizeof(bytes));
	assert_memory_equal(p, bytes, len);
	assert_false(db_null(d, Q_GET, 1));
	assert_int_equal(db_step(d, Q_GET, &f->e), 0);

	/* Binding again resets what was half-way. */
	assert_int_equal(db_bind(d, Q_GET, &f->e, "i", INT64_C(2)), 0);
	assert_int_equal(db_step(d, Q_GET, &f->e), 1);
	assert_true(db_null(d, Q_GET, 1));
	assert_null(db_text(d, Q_GET, 1));
	assert_int_equal(db_int(d, Q_GET, 1), 0);
	assert_false(db_null(d, Q_GET, 2));
	db_blob(d, Q_GET, 2, &len);
	assert_int_equal(len, 0);
	db_done(d, Q_GET);
	db_close(d);
}

static void
test_changes(void **state)
{
	struct fixture *f = *state;
	struct db *d;

	d = must_open(f);
	must_add(f, d, 1, "a");
	assert_int_equal(db_exec(d, Q_SET, &f->e, "it", INT64_C(1), "b"), 0);
	assert_int_equal(db_changes(d), 1);
	assert_int_equal(db_exec(d, Q_SET, &f->e, "it", INT64_C(9), "b"), 0);
	assert_int_equal(db_changes(d), 0);
	db_close(d);
}

static void
test_settings(void **state)
{
	struct fixture *f = *state;
	struct stat st;
	struct db *d;
	char wal[128];

	umask(0);
	d = must_open(f);
	must_add(f, d, 1, "a");
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	snprintf(wal, sizeof(wal), "%s-wal", f->path);
	assert_int_equal(stat(wal, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(db_bind(d, Q_MODE, &f->e, ""), 0);
	assert_int_equal(db_step(d, Q_MODE, &f->e), 1);
	assert_string_equal(db_text(d, Q_MODE, 0), "wal");
	db_done(d, Q_MODE);
	assert_int_equal(ask_int(f, d, Q_SYNC), 2);
	assert_int_equal(ask_int(f, d, Q_KEYS), 1);
	db_close(d);
	db_close(NULL);
}

static void
test_wrong_calls(void **state)
{
	struct fixture *f = *state;
	struct db *d;

	d = must_open(f);
	assert_int_equal(db_bind(d, Q__MAX, &f->e, ""), -1);
	assert_int_equal(f->e.code, ERR_INTERNAL);
	assert_int_equal(db_bind(d, -1, &f->e, ""), -1);
	assert_int_equal(db_bind(d, Q_GET, &f->e, ""), -1);
	assert_int_equal(f->e.code, ERR_INTERNAL);
	assert_int_equal(db_bind(d, Q_GET, &f->e, "ii", INT64_C(1),
	    INT64_C(1)), -1);
	assert_int_equal(db_bind(d, Q_GET, &f->e, "?", 1), -1);
	assert_int_equal(db_exec(d, Q_WRONG, &f->e, ""), -1);
	assert_int_equal(f->e.code, ERR_INTERNAL);
	assert_non_null(strstr(f->e.msg, "nowhere"));
	db_close(d);
}

static void
test_constraints(void **state)
{
	struct fixture *f = *state;
	struct db *d;

	d = must_open(f);
	must_add(f, d, 1, "a");
	assert_int_equal(db_exec(d, Q_ADD, &f->e, "itn", INT64_C(1), "b"),
	    -1);
	assert_int_equal(f->e.code, ERR_LEDGER);
	assert_non_null(strstr(f->e.msg, f->path));
	assert_int_equal(db_exec(d, Q_CHILD, &f->e, "i", INT64_C(7)), -1);
	assert_int_equal(f->e.code, ERR_LEDGER);
	assert_int_equal(db_exec(d, Q_CHILD, &f->e, "i", INT64_C(1)), 0);
	db_close(d);
}

static void
test_transactions(void **state)
{
	struct fixture *f = *state;
	struct db *d;

	d = must_open(f);
	db_rollback(d);
	assert_int_equal(db_begin(d, &f->e), 0);
	must_add(f, d, 1, "a");
	db_rollback(d);
	assert_int_equal(db_bind(d, Q_ALL, &f->e, ""), 0);
	assert_int_equal(db_step(d, Q_ALL, &f->e), 0);
	assert_int_equal(db_begin(d, &f->e), 0);
	assert_int_equal(db_begin(d, &f->e), -1);
	must_add(f, d, 2, "b");
	assert_int_equal(db_commit(d, &f->e), 0);
	assert_int_equal(db_commit(d, &f->e), -1);
	assert_int_equal(f->e.code, ERR_LEDGER);
	db_close(d);

	d = must_open(f);
	assert_int_equal(ask_int(f, d, Q_ALL), 2);
	db_close(d);
}

static void
test_busy(void **state)
{
	struct fixture *f = *state;
	struct db *one, *two;

	one = must_open(f);
	two = must_open(f);
	assert_int_equal(db_begin(one, &f->e), 0);
	assert_int_equal(db_begin(two, &f->e), -1);
	assert_int_equal(f->e.code, ERR_LEDGER);
	assert_non_null(strstr(f->e.msg, "busy"));
	assert_int_equal(db_exec(two, Q_ADD, &f->e, "itn", INT64_C(1), "x"),
	    -1);
	assert_non_null(strstr(f->e.msg, "busy"));
	must_add(f, one, 1, "one");
	assert_int_equal(db_commit(one, &f->e), 0);
	assert_int_equal(db_begin(two, &f->e), 0);
	must_add(f, two, 2, "two");
	assert_int_equal(db_commit(two, &f->e), 0);
	db_close(one);
	db_close(two);
}

/* A stop ends a wait that would otherwise last an hour. */
static void
test_stop_while_busy(void **state)
{
	struct fixture *f = *state;
	struct db *one, *two;
	pid_t pid;
	int status;

	must_add(f, one = must_open(f), 1, "a");
	assert_int_equal(db_begin(one, &f->e), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		stop_install();
		f->opts.busy_ms = 3600 * 1000;
		two = db_open(f->path, &f->opts, &f->e);
		raise(SIGTERM);
		if (two == NULL || db_begin(two, &f->e) != -1 ||
		    f->e.code != ERR_STOPPED)
			_exit(1);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	db_rollback(one);
	db_close(one);
}

static void
test_full(void **state)
{
	struct fixture *f = *state;
	struct db *d;

	d = must_open(f);
	must_add(f, d, 1, "a");
	ask_int(f, d, Q_FEW_PAGES);
	assert_int_equal(db_begin(d, &f->e), 0);
	must_add(f, d, 2, "b");
	assert_int_equal(db_exec(d, Q_FILL, &f->e, ""), -1);
	assert_int_equal(f->e.code, ERR_NOSPACE);
	assert_non_null(strstr(f->e.msg, f->path));
	db_rollback(d);
	assert_int_equal(ask_int(f, d, Q_ALL), 1);
	db_close(d);
}

static void
scribble(const char *path, off_t from, size_t n)
{
	char noise[4096];
	int fd;

	memset(noise, 0x5a, sizeof(noise));
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	while (n > 0) {
		assert_int_equal(pwrite(fd, noise, sizeof(noise), from),
		    sizeof(noise));
		from += (off_t)sizeof(noise);
		n--;
	}
	close(fd);
}

static void
test_not_a_database(void **state)
{
	struct fixture *f = *state;

	scribble(f->path, 0, 4);
	assert_null(db_open(f->path, &f->opts, &f->e));
	assert_int_equal(f->e.code, ERR_LEDGER);
	assert_non_null(strstr(f->e.msg, "damaged"));
	assert_non_null(strstr(f->e.msg, f->path));
}

static void
test_damaged_page(void **state)
{
	struct fixture *f = *state;
	struct db *d;
	int64_t i;

	d = must_open(f);
	for (i = 1; i < 50; i++)
		must_add(f, d, i, "row");
	db_close(d);
	scribble(f->path, 4096, 1);
	d = must_open(f);
	assert_int_equal(db_exec(d, Q_ALL, &f->e, ""), -1);
	assert_int_equal(f->e.code, ERR_LEDGER);
	assert_non_null(strstr(f->e.msg, "damaged"));
	db_close(d);
}

static void
test_places(void **state)
{
	struct fixture *f = *state;

	assert_null(db_open(f->dir, &f->opts, &f->e));
	assert_int_equal(f->e.code, ERR_LEDGER);
	assert_null(db_open("/nonexistent/ledger.db", &f->opts, &f->e));
	assert_int_equal(f->e.code, ERR_CREATE);
	assert_null(db_open("/proc/self/status", &f->opts, &f->e));
}

/* Without a descriptor left nobody is told to look at access rights. */
static void
test_descriptors(void **state)
{
	struct fixture *f = *state;
	struct rlimit before, none;
	struct db *d;

	db_close(must_open(f));
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	d = db_open(f->path, &f->opts, &f->e);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_null(d);
	assert_int_equal(f->e.code, ERR_OPEN_FILES);
	assert_non_null(strstr(f->e.msg, strerror(EMFILE)));
}

static void
test_network(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(db_fs_network(0x6969), "NFS");
	assert_string_equal(db_fs_network(0xff534d42), "CIFS");
	assert_string_equal(db_fs_network(0x65735546), "FUSE");
	assert_null(db_fs_network(0xef53));	/* ext4 */
	assert_null(db_fs_network(0x9123683e));	/* btrfs */
	assert_int_equal(db_fs_check("/proc", &f->e), 0);
	assert_int_equal(db_fs_check("/nonexistent", &f->e), -1);
	assert_int_equal(f->e.code, ERR_IO);
}

/* Many processes create, migrate and write the same new file at once. */
static void
test_many_at_once(void **state)
{
	struct fixture *f = *state;
	struct db *d;
	pid_t pid[8];
	int i, status;

	f->opts.busy_ms = 60 * 1000;
	for (i = 0; i < 8; i++) {
		pid[i] = fork();
		assert_true(pid[i] >= 0);
		if (pid[i] != 0)
			continue;
		d = db_open(f->path, &f->opts, &f->e);
		if (d == NULL || db_exec(d, Q_ADD, &f->e, "itn",
		    (int64_t)i + 1, "x") == -1) {
			fprintf(stderr, "%s\n", f->e.msg);
			_exit(1);
		}
		db_close(d);
		_exit(0);
	}
	for (i = 0; i < 8; i++) {
		assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
		assert_int_equal(status, 0);
	}
	d = must_open(f);
	assert_int_equal(db_bind(d, Q_ALL, &f->e, ""), 0);
	for (i = 0; i < 8; i++)
		assert_int_equal(db_step(d, Q_ALL, &f->e), 1);
	assert_int_equal(db_step(d, Q_ALL, &f->e), 0);
	db_close(d);
}

#define WITH_FOLDER(t)	cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH_FOLDER(test_values),
		WITH_FOLDER(test_changes),
		WITH_FOLDER(test_settings),
		WITH_FOLDER(test_wrong_calls),
		WITH_FOLDER(test_constraints),
		WITH_FOLDER(test_transactions),
		WITH_FOLDER(test_busy),
		WITH_FOLDER(test_stop_while_busy),
		WITH_FOLDER(test_full),
		WITH_FOLDER(test_not_a_database),
		WITH_FOLDER(test_damaged_page),
		WITH_FOLDER(test_places),
		WITH_FOLDER(test_descriptors),
		WITH_FOLDER(test_network),
		WITH_FOLDER(test_many_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
