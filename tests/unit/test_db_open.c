/*
 * Opening a database: whose it is, whether one may begin there, and what an
 * upgrade leaves, done and failed.
 */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/base/err.h"
#include "../../src/base/io.h"
#include "../../src/db/db.h"

enum { Q_ADD, Q_ALL, Q_FILL, Q_TABLES, Q__MAX };

static const char *const sql[Q__MAX] = {
	[Q_ADD] = "INSERT INTO things (id, name, bytes) VALUES (?1, ?2, ?3)",
	[Q_ALL] = "SELECT id FROM things ORDER BY id",
	[Q_FILL] = "INSERT INTO things (bytes) VALUES (zeroblob(200000))",
	[Q_TABLES] = "SELECT count(*) FROM sqlite_schema WHERE name = ?1",
};

static const struct db_migration migrations[] = {
	{ "CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT,"
	    " bytes BLOB) STRICT;"
	    "CREATE TABLE parts (thing INTEGER NOT NULL"
	    " REFERENCES things (id)) STRICT;" },
	{ "CREATE TABLE later (x INTEGER) STRICT;" },
};

/* The third is wrong in its second statement. */
static const struct db_migration broken[] = {
	{ "SELECT 1" },
	{ "SELECT 1" },
	{ "CREATE TABLE third (x INTEGER); CREATE TABLE third (x INTEGER);" },
};

/* The third leaves a row that points nowhere. */
static const struct db_migration orphan[] = {
	{ "SELECT 1" },
	{ "SELECT 1" },
	{ "INSERT INTO parts (thing) VALUES (404)" },
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
test_upgrade(void **state)
{
	struct fixture *f = *state;
	struct db *d;

	f->opts.nmigrations = 1;
	d = must_open(f);
	must_add(f, d, 5, "kept");
	db_close(d);
	f->opts.nmigrations = 2;
	d = must_open(f);
	assert_int_equal(ask_int(f, d, Q_ALL), 5);
	assert_int_equal(db_bind(d, Q_TABLES, &f->e, "t", "later"), 0);
	assert_int_equal(db_step(d, Q_TABLES, &f->e), 1);
	assert_int_equal(db_int(d, Q_TABLES, 0), 1);
	db_done(d, Q_TABLES);
	db_close(d);
}

static void
test_newer(void **state)
{
	struct fixture *f = *state;

	db_close(must_open(f));
	f->opts.nmigrations = 1;
	assert_null(db_open(f->path, &f->opts, &f->e));
	assert_int_equal(f->e.code, ERR_LEDGER);
	assert_non_null(strstr(f->e.msg, "newer"));
	f->opts.nmigrations = 2;
	db_close(must_open(f));
}

/* The file of that name in the folder which begins so; false: there is none. */
static bool
find_copy(struct fixture *f, char path[400])
{
	struct dirent *d;
	DIR *dir = opendir(f->dir);
	bool found = false;

	assert_non_null(dir);
	while (!found && (d = readdir(dir)) != NULL) {
		found = strncmp(d->d_name, "ledger.db.v", 11) == 0;
		snprintf(path, 400, "%s/%s", f->dir, d->d_name);
	}
	closedir(dir);
	return found;
}

static void
test_copy_before_upgrade(void **state)
{
	struct fixture *f = *state;
	char path[400];
	struct stat st;
	struct db *d;

	f->opts.copy = true;
	f->opts.nmigrations = 1;
	d = must_open(f);
	must_add(f, d, 5, "kept");
	db_close(d);
	assert_false(find_copy(f, path));
	f->opts.nmigrations = 2;
	db_close(must_open(f));
	assert_true(find_copy(f, path));
	assert_non_null(strstr(path, "/ledger.db.v1-2"));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);

	/* It is the ledger as it was, usable by the older version. */
	snprintf(f->path, sizeof(f->path), "%.95s", path);
	f->opts.nmigrations = 1;
	d = must_open(f);
	assert_int_equal(ask_int(f, d, Q_ALL), 5);
	db_close(d);
}

/* A copy that cannot be made whole: the upgrade does not begin. */
static void
test_no_room_for_a_copy(void **state)
{
	struct fixture *f = *state;
	struct rlimit before, small;
	char path[400];
	struct db *d;

	f->opts.copy = true;
	f->opts.nmigrations = 1;
	d = must_open(f);
	assert_int_equal(db_exec(d, Q_FILL, &f->e, ""), 0);
	db_close(d);
	f->opts.nmigrations = 2;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = 100000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	d = db_open(f->path, &f->opts, &f->e);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_null(d);
	assert_int_equal(f->e.code, ERR_NOSPACE);
	assert_non_null(strstr(f->e.msg, "nothing was changed"));
	assert_false(find_copy(f, path));
	f->opts.nmigrations = 1;
	db_close(must_open(f));
}

static void
check_unchanged(struct fixture *f, const char *before, size_t len)
{
	char *now;
	size_t n;

	assert_int_equal(io_slurp(f->path, 1u << 20, &now, &n, &f->e), 0);
	assert_int_equal(n, len);
	assert_memory_equal(now, before, len);
	free(now);
}

static void
refuse_whole(struct fixture *f, const char *why)
{
	char *before;
	size_t len;

	assert_int_equal(io_slurp(f->path, 1u << 20, &before, &len, &f->e), 0);
	assert_null(db_open(f->path, &f->opts, &f->e));
	assert_int_equal(f->e.code, ERR_LEDGER);
	assert_non_null(strstr(f->e.msg, why));
	check_unchanged(f, before, len);
	free(before);
}

/*
 * Another program's: known by its mark, or by tables that are not ours.  Ours
 * from before the mark are known by their first table.
 */
static void
test_whose(void **state)
{
	static const struct db_migration marked[] = {
		{ "CREATE TABLE things (id INTEGER);"
		    "PRAGMA application_id=77" },
	};
	struct fixture *f = *state;

	f->opts.nmigrations = 1;
	db_close(must_open(f));
	f->opts.mark = 99;
	f->opts.table = "things";
	db_close(must_open(f));
	f->opts.table = "others";
	refuse_whole(f, "another program");
	assert_int_equal(unlink(f->path), 0);
	f->opts.table = "things";
	f->opts.mark = 77;
	f->opts.migrations = marked;
	db_close(must_open(f));
	db_close(must_open(f));
	f->opts.mark = 78;
	refuse_whole(f, "another program");
}

/* A database in rollback mode, as most programs have theirs, stays in it. */
static void
test_whose_mode(void **state)
{
	static const char head[] = "SQLite format 3";
	unsigned char page[512] = { 0 };
	struct fixture *f = *state;
	int fd;

	memcpy(page, head, sizeof(head));
	page[16] = 2;				/* 512 bytes a page */
	page[18] = page[19] = 1;		/* no write-ahead log */
	page[21] = 64;
	page[22] = page[23] = 32;
	page[27] = page[31] = page[95] = 1;	/* changed once, one page */
	page[47] = 4;
	page[59] = 1;				/* UTF-8 */
	page[71] = 77;				/* application_id */
	page[100] = 13;				/* a leaf without rows */
	page[105] = 2;
	fd = open(f->path, O_WRONLY | O_CREAT, 0600);
	assert_int_equal(write(fd, page, sizeof(page)), sizeof(page));
	close(fd);
	f->opts.mark = 78;
	f->opts.table = "things";
	refuse_whole(f, "another program");
}

static void
test_none_may_begin(void **state)
{
	struct fixture *f = *state;
	int fd;

	f->opts.no_new = "but it should not be";
	assert_null(db_open(f->path, &f->opts, &f->e));
	assert_int_equal(f->e.code, ERR_LEDGER);
	assert_non_null(strstr(f->e.msg, "missing, but it should not be"));
	assert_int_equal(access(f->path, F_OK), -1);
	fd = open(f->path, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	close(fd);
	refuse_whole(f, "empty, but it should not be");
	f->opts.no_new = NULL;
	db_close(must_open(f));
	f->opts.no_new = "but it should not be";
	db_close(must_open(f));
}

static void
refuse_upgrade(struct fixture *f, const struct db_migration *bad,
    const char *reason)
{
	char path[400];
	struct db *d;

	db_close(must_open(f));
	f->opts.copy = true;
	f->opts.migrations = bad;
	f->opts.nmigrations = 3;
	assert_null(db_open(f->path, &f->opts, &f->e));
	assert_non_null(strstr(f->e.msg, reason));

	assert_false(find_copy(f, path));
	/* Nothing of it stayed: the number is the old one. */
	f->opts.migrations = migrations;
	f->opts.nmigrations = 2;
	d = must_open(f);
	assert_int_equal(db_bind(d, Q_TABLES, &f->e, "t", "third"), 0);
	assert_int_equal(db_step(d, Q_TABLES, &f->e), 1);
	assert_int_equal(db_int(d, Q_TABLES, 0), 0);
	db_done(d, Q_TABLES);
	db_close(d);
}

static void
test_broken_upgrade(void **state)
{
	refuse_upgrade(*state, broken, "migration 3");
}

static void
test_orphan_upgrade(void **state)
{
	refuse_upgrade(*state, orphan, "point to rows");
}

#define WITH_FOLDER(t)	cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH_FOLDER(test_upgrade),
		WITH_FOLDER(test_copy_before_upgrade),
		WITH_FOLDER(test_no_room_for_a_copy),
		WITH_FOLDER(test_whose),
		WITH_FOLDER(test_whose_mode),
		WITH_FOLDER(test_none_may_begin),
		WITH_FOLDER(test_newer),
		WITH_FOLDER(test_broken_upgrade),
		WITH_FOLDER(test_orphan_upgrade),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
