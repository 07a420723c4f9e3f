/*
 * Thin SQLite wrapper.
 *
 * What is hard: two processes may open a new database in the same instant,
 * switching to WAL ignores the busy handler when another connection is just
 * doing the same, and a stop must not be kept waiting by somebody else's lock.
 * SQLite also ends a transaction by itself after some failures (full disk,
 * lost memory); db_commit notices that nothing is left to commit.
 *
 * A connection must not be carried across fork(2): the child opens its own.
 */
#include "db.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/err.h"
#include "../base/stop.h"
#include "../base/str.h"
#include "db_internal.h"

/* After a stop was requested nobody waits longer for a lock than this. */
#define STOP_WAIT_MS	500
/* First and longest pause between two looks at a lock. */
#define PAUSE_MIN_MS	1
#define PAUSE_MAX_MS	50

struct db {
	sqlite3			*sq;
	sqlite3_stmt		**stmts;	/* nsql; NULL until used */
	const char *const	*sql;
	size_t			 nsql;
	char			*path;
	int			 busy_ms;
	int64_t			 busy_since;	/* monotonic ms */
};

/*
 * Called by SQLite for the n-th time about one lock: wait and return 1, or
 * return 0 to give up.  The pause does not end early at a stop, otherwise the
 * rest of the patience would be spent spinning.
 */
static int
db_wait(void *arg, int n)
{
	struct db *d = arg;
	int64_t limit, now;
	int pause;

	now = clock_mono(&clock_system);
	if (n == 0)
		d->busy_since = now;
	limit = d->busy_ms;
	if (stop_signal() != 0 && limit > STOP_WAIT_MS)
		limit = STOP_WAIT_MS;
	if (now - d->busy_since >= limit)
		return 0;
	pause = n < 6 ? PAUSE_MIN_MS << n : PAUSE_MAX_MS;
	sqlite3_sleep(pause);
	return 1;
}

static int
db_fail_io(struct db *d, struct err *e)
{
	int sys;

	sys = sqlite3_system_errno(d->sq);
	if (sys != 0)
		return err_sys(e, ERR_IO, sys,
		    "cannot read or write the ledger %s", d->path);
	return err_set(e, ERR_IO, "cannot read or write the ledger %s: %s",
	    d->path, sqlite3_errmsg(d->sq));
}

static int
db_fail_rest(struct db *d, int rc, struct err *e)
{
	switch (rc & 0xff) {
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return err_set(e, ERR_LEDGER, "the ledger %s is damaged: %s",
		    d->path, sqlite3_errmsg(d->sq));
	case SQLITE_CONSTRAINT:
		return err_set(e, ERR_LEDGER, "the ledger %s refused a"
		    " change: %s", d->path, sqlite3_errmsg(d->sq));
	case SQLITE_TOOBIG:
		return err_set(e, ERR_LIMIT, "a value is too big for the"
		    " ledger %s", d->path);
	default:
		return err_set(e, ERR_INTERNAL, "the ledger %s: %s", d->path,
		    sqlite3_errmsg(d->sq));
	}
}

/*
 * Turn SQLite's (extended) result code, of which sq still knows the sentence,
 * into an error.
 */
static int
db_fail(struct db *d, int rc, struct err *e)
{
	switch (rc & 0xff) {
	case SQLITE_NOMEM:
		return err_nomem(e);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		if (stop_check(e) == -1)
			return -1;
		return err_set(e, ERR_LEDGER, "the ledger %s is busy: another"
		    " process is writing and did not end within %d ms",
		    d->path, d->busy_ms);
	case SQLITE_FULL:
		return err_set(e, ERR_NOSPACE,
		    "no room left to write the ledger %s", d->path);
	case SQLITE_IOERR:
		return db_fail_io(d, e);
	case SQLITE_PERM:
	case SQLITE_AUTH:
	case SQLITE_CANTOPEN:
	case SQLITE_READONLY:
		if (sqlite3_system_errno(d->sq) == EMFILE ||
		    sqlite3_system_errno(d->sq) == ENFILE)
			return db_fail_io(d, e);
		return err_set(e, ERR_IO, "the ledger %s, or the folder it is"
		    " in, cannot be written by this user", d->path);
	default:
		return db_fail_rest(d, rc, e);
	}
}

/*
 * A new file gets its mode before anything is in it; SQLite gives the files
 * beside it (-wal, -shm) the same.  An existing one must not be opened here:
 * closing the descriptor would drop the locks of every other connection this
 * process has to it (fcntl(2), "the record locks are released").
 */
static int
db_create_file(const char *path, const char *no_new, struct err *e)
{
	struct stat st;
	int fd;

	if (stat(path, &st) == 0) {
		if (!S_ISREG(st.st_mode))
			return err_set(e, ERR_LEDGER,
			    "the ledger %s is not a file", path);
		return 0;
	}
	if (errno != ENOENT)
		return err_sys(e, ERR_IO, errno,
		    "cannot look at the ledger %s", path);
	if (no_new != NULL)
		return err_set(e, ERR_LEDGER, "the ledger %s is missing, %s",
		    path, no_new);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY,
	    0600);
	if (fd == -1 && errno == EEXIST)
		return 0;
	if (fd == -1)
		return err_sys(e, ERR_CREATE, errno,
		    "cannot create the ledger %s", path);
	close(fd);
	return 0;
}

int
db_exec_plain(struct db *d, const char *sql, struct err *e)
{
	int rc;

	rc = sqlite3_exec(d->sq, sql, NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		return db_fail(d, rc, e);
	return 0;
}

int
db_ask(struct db *d, const char *sql, int64_t *out, bool *found,
    struct err *e)
{
	sqlite3_stmt *st;
	int rc;

	*found = false;
	rc = sqlite3_prepare_v2(d->sq, sql, -1, &st, NULL);
	if (rc != SQLITE_OK)
		return db_fail(d, rc, e);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		*out = sqlite3_column_int64(st, 0);
		*found = true;
	} else if (rc != SQLITE_DONE) {
		db_fail(d, rc, e);
		sqlite3_finalize(st);
		return -1;
	}
	sqlite3_finalize(st);
	return 0;
}

/*
 * One attempt to switch to WAL.  Returns SQLite's code; SQLITE_OK with *wal
 * false means that this database cannot do WAL.
 */
static int
db_wal_once(struct db *d, bool *wal)
{
	sqlite3_stmt *st;
	const unsigned char *mode;
	int rc;

	*wal = false;
	rc = sqlite3_prepare_v2(d->sq, "PRAGMA journal_mode=WAL", -1, &st,
	    NULL);
	if (rc != SQLITE_OK)
		return rc;
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		mode = sqlite3_column_text(st, 0);
		*wal = mode != NULL && str_ieq((const char *)mode, "wal");
	}
	rc = sqlite3_finalize(st);
	return rc;
}

/*
 * SQLite answers busy at once, without asking the handler, when two new
 * connections switch at the same time, so wait here.
 */
static int
db_wal(struct db *d, struct err *e)
{
	bool wal;
	int n, rc;

	n = 0;
	do {
		rc = db_wal_once(d, &wal);
	} while ((rc & 0xff) == SQLITE_BUSY && db_wait(d, n++));
	if (rc != SQLITE_OK)
		return db_fail(d, rc, e);
	if (!wal)
		return err_set(e, ERR_LEDGER, "the ledger %s cannot use a"
		    " write-ahead log where it lies; set state_dir to a folder"
		    " on a local disk", d->path);
	return 0;
}

const char *
db_path(const struct db *d)
{
	return d->path;
}

/*
 * Through a connection of its own: in a transaction there is no VACUUM.  What
 * that one reads is what was committed, and who holds the lock for writing is
 * sure that nothing is added meanwhile.
 */
int
db_copy_into(struct db *d, const char *to, struct err *e)
{
	struct db from = { .path = d->path, .busy_ms = d->busy_ms };
	char *sql = NULL;
	int rc;

	rc = sqlite3_open_v2(d->path, &from.sq, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_NOMUTEX, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_extended_result_codes(from.sq, 1);
	if (rc == SQLITE_OK)
		rc = sqlite3_busy_handler(from.sq, db_wait, &from);
	if (rc == SQLITE_OK) {
		sql = sqlite3_mprintf("VACUUM INTO %Q", to);
		rc = sql == NULL ? SQLITE_NOMEM :
		    sqlite3_exec(from.sq, sql, NULL, NULL, NULL);
	}
	if (rc != SQLITE_OK)
		db_fail(&from, rc, e);
	sqlite3_free(sql);
	sqlite3_close(from.sq);
	return rc == SQLITE_OK ? 0 : -1;
}

static int
db_set_up(struct db *d, const struct db_opts *o, struct err *e)
{
	int rc;

	sqlite3_extended_result_codes(d->sq, 1);
	rc = sqlite3_busy_handler(d->sq, db_wait, d);
	if (rc == SQLITE_OK)
		rc = sqlite3_db_config(d->sq, SQLITE_DBCONFIG_DEFENSIVE, 1,
		    NULL);
	/* "x" is a name and never, when no such name exists, a text. */
	if (rc == SQLITE_OK)
		rc = sqlite3_db_config(d->sq, SQLITE_DBCONFIG_DQS_DML, 0,
		    NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_db_config(d->sq, SQLITE_DBCONFIG_DQS_DDL, 0,
		    NULL);
	/* The log of another program's database is that program's. */
	if (rc == SQLITE_OK)
		rc = sqlite3_db_config(d->sq,
		    SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	if (rc != SQLITE_OK)
		return db_fail(d, rc, e);
	if (db_whose(d, o, e) == -1)
		return -1;
	rc = sqlite3_db_config(d->sq, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0,
	    NULL);
	if (rc != SQLITE_OK)
		return db_fail(d, rc, e);
	if (o->only_read)
		return db_exec_plain(d, "PRAGMA trusted_schema=OFF;", e);
	if (db_wal(d, e) == -1)
		return -1;
	return db_exec_plain(d, "PRAGMA synchronous=FULL;"
	    "PRAGMA trusted_schema=OFF;", e);
}

static struct db *
db_new(const char *path, const struct db_opts *o, struct err *e)
{
	struct db *d;

	d = calloc(1, sizeof(*d));
	if (d == NULL)
		goto nomem;
	d->sql = o->sql;
	d->nsql = o->nsql;
	d->busy_ms = o->busy_ms;
	d->stmts = calloc(o->nsql + 1, sizeof(sqlite3_stmt *));
	d->path = strdup(path);
	if (d->stmts == NULL || d->path == NULL)
		goto nomem;
	return d;
nomem:
	db_close(d);
	err_nomem(e);
	return NULL;
}

/* A path as a URI for SQLite, for the caller to free; NULL: no memory. */
static char *
db_uri(const char *path, const char *query)
{
	char *uri = malloc(3 * strlen(path) + strlen(query) +
	    sizeof("file:")), *p = uri;

	if (uri == NULL)
		return NULL;
	p = stpcpy(p, "file:");
	for (; *path != '\0'; path++)
		if (*path == '%' || *path == '?' || *path == '#')
			p = stpcpy(p, *path == '%' ? "%25" : *path == '?' ?
			    "%3F" : "%23");
		else
			*p++ = *path;
	stpcpy(p, query);
	return uri;
}

/*
 * Open it where nothing can be written.  The log of a process that ended badly
 * is read with it.  Where there is none, SQLite would want to make one, unless
 * it is told that the file does not change.
 */
static int
db_open_read(struct db *d, struct err *e)
{
	struct stat log;
	char *name, *uri;
	bool logged;
	int rc;

	if (access(d->path, R_OK) == -1)
		return err_sys(e, ERR_LEDGER, errno, "cannot read the ledger "
		    "%s", d->path);
	if (asprintf(&name, "%s-wal", d->path) == -1)
		return err_nomem(e);
	logged = stat(name, &log) == 0 && log.st_size > 0;
	free(name);
	uri = db_uri(d->path, logged ? "" : "?immutable=1");
	if (uri == NULL)
		return err_nomem(e);
	rc = sqlite3_open_v2(uri, &d->sq, SQLITE_OPEN_READONLY |
	    SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL);
	free(uri);
	return rc == SQLITE_OK ? 0 : db_fail(d, rc, e);
}

static int
db_open_write(struct db *d, struct err *e)
{
	int rc = sqlite3_open_v2(d->path, &d->sq, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_NOMUTEX, NULL);

	return rc == SQLITE_OK ? 0 : db_fail(d, rc, e);
}

struct db *
db_open(const char *path, const struct db_opts *o, struct err *e)
{
	struct db *d;

	if ((!o->only_read && db_create_file(path, o->no_new, e) == -1) ||
	    db_fs_check(path, e) == -1)
		return NULL;
	d = db_new(path, o, e);
	if (d == NULL)
		return NULL;
	if ((o->only_read ? db_open_read(d, e) : db_open_write(d, e)) == -1)
		goto undo;
	/*
	 * Foreign keys come last: a migration that rebuilds a table needs
	 * them off, and inside its transaction they cannot be switched.
	 */
	if (db_set_up(d, o, e) == -1 || db_migrate(d, o, e) == -1 ||
	    db_exec_plain(d, "PRAGMA foreign_keys=ON", e) == -1)
		goto undo;
	return d;
undo:
	db_close(d);
	return NULL;
}

void
db_close(struct db *d)
{
	size_t i;

	if (d == NULL)
		return;
	if (d->stmts != NULL)
		for (i = 0; i < d->nsql; i++)
			sqlite3_finalize(d->stmts[i]);
	sqlite3_close(d->sq);
	free(d->stmts);
	free(d->path);
	free(d);
}

int
db_begin(struct db *d, struct err *e)
{
	return db_exec_plain(d, "BEGIN IMMEDIATE", e);
}

int
db_commit(struct db *d, struct err *e)
{
	if (sqlite3_get_autocommit(d->sq))
		return err_set(e, ERR_LEDGER, "nothing was written to the"
		    " ledger %s: a failure before had undone the change",
		    d->path);
	if (db_exec_plain(d, "COMMIT", e) == -1) {
		db_rollback(d);
		return -1;
	}
	return 0;
}

void
db_rollback(struct db *d)
{
	if (!sqlite3_get_autocommit(d->sq))
		sqlite3_exec(d->sq, "ROLLBACK", NULL, NULL, NULL);
}

/*
 * Statement q, prepared the first time it is asked for.
 */
static sqlite3_stmt *
db_statement(struct db *d, int q, struct err *e)
{
	int rc;

	if (q < 0 || (size_t)q >= d->nsql || d->sql[q] == NULL) {
		err_set(e, ERR_INTERNAL, "there is no statement %d for the"
		    " ledger", q);
		return NULL;
	}
	if (d->stmts[q] == NULL) {
		rc = sqlite3_prepare_v3(d->sq, d->sql[q], -1,
		    SQLITE_PREPARE_PERSISTENT, &d->stmts[q], NULL);
		if (rc != SQLITE_OK) {
			db_fail(d, rc, e);
			err_wrap(e, "statement %d", q);
			return NULL;
		}
	}
	return d->stmts[q];
}

static int
db_bind_one(sqlite3_stmt *st, int n, char type, va_list *ap)
{
	const void *p;
	size_t len;

	switch (type) {
	case 'i':
		return sqlite3_bind_int64(st, n, va_arg(*ap, int64_t));
	case 't':
		return sqlite3_bind_text(st, n, va_arg(*ap, const char *), -1,
		    SQLITE_TRANSIENT);
	case 'b':
		p = va_arg(*ap, const void *);
		len = va_arg(*ap, size_t);
		return sqlite3_bind_blob64(st, n, p, len, SQLITE_TRANSIENT);
	case 'n':
		return sqlite3_bind_null(st, n);
	default:
		return SQLITE_MISUSE;
	}
}

static int
db_vbind(struct db *d, int q, struct err *e, const char *types, va_list *ap)
{
	sqlite3_stmt *st;
	size_t i, n;
	int rc;

	st = db_statement(d, q, e);
	if (st == NULL)
		return -1;
	sqlite3_reset(st);
	n = strlen(types);
	if (n != (size_t)sqlite3_bind_parameter_count(st))
		return err_set(e, ERR_INTERNAL, "statement %d takes %d values,"
		    " not %zu", q, sqlite3_bind_parameter_count(st), n);
	for (i = 0; i < n; i++) {
		rc = db_bind_one(st, (int)i + 1, types[i], ap);
		if (rc != SQLITE_OK) {
			db_fail(d, rc, e);
			return err_wrap(e, "value %zu of statement %d", i + 1,
			    q);
		}
	}
	return 0;
}

int
db_bind(struct db *d, int q, struct err *e, const char *types, ...)
{
	va_list ap;
	int rc;

	va_start(ap, types);
	rc = db_vbind(d, q, e, types, &ap);
	va_end(ap);
	return rc;
}

int
db_step(struct db *d, int q, struct err *e)
{
	sqlite3_stmt *st;
	int rc;

	st = db_statement(d, q, e);
	if (st == NULL)
		return -1;
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		return 1;
	if (rc != SQLITE_DONE) {
		db_fail(d, rc, e);
		sqlite3_reset(st);
		return -1;
	}
	sqlite3_reset(st);
	return 0;
}

void
db_done(struct db *d, int q)
{
	if (q >= 0 && (size_t)q < d->nsql)
		sqlite3_reset(d->stmts[q]);
}

int
db_exec(struct db *d, int q, struct err *e, const char *types, ...)
{
	va_list ap;
	int rc;

	va_start(ap, types);
	rc = db_vbind(d, q, e, types, &ap);
	va_end(ap);
	if (rc == -1)
		return -1;
	do {
		rc = db_step(d, q, e);
	} while (rc == 1);
	return rc;
}

int64_t
db_changes(struct db *d)
{
	return sqlite3_changes64(d->sq);
}

int64_t
db_last_id(struct db *d)
{
	return sqlite3_last_insert_rowid(d->sq);
}

int64_t
db_int(struct db *d, int q, int col)
{
	return sqlite3_column_int64(d->stmts[q], col);
}

const char *
db_text(struct db *d, int q, int col)
{
	return (const char *)sqlite3_column_text(d->stmts[q], col);
}

const void *
db_blob(struct db *d, int q, int col, size_t *len)
{
	const void *p;

	p = sqlite3_column_blob(d->stmts[q], col);
	*len = (size_t)sqlite3_column_bytes(d->stmts[q], col);
	return p;
}

bool
db_null(struct db *d, int q, int col)
{
	return sqlite3_column_type(d->stmts[q], col) == SQLITE_NULL;
}
