/*
 * Thin SQLite wrapper: the one place that includes sqlite3.h.
 *
 * Statements are prepared once per connection from a caller's table of SQL,
 * bound by a small format string, and reset by the caller.  A connection
 * belongs to one thread at a time.
 */
#ifndef DB_DB_H
#define DB_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct clock;
struct db;
struct err;

/* One numbered, append-only migration; several statements allowed. */
struct db_migration {
	const char	*sql;
};

/* The table of statements is borrowed for the life of the connection. */
struct db_opts {
	const char *const		*sql;	/* statements by number */
	size_t				 nsql;
	const struct db_migration	*migrations;
	size_t				 nmigrations;
	int				 busy_ms; /* wait for a writer */
	int64_t				 mark;	/* application_id that the
						   migrations set; 0: any */
	const char			*table;	/* made by the first one: ours
						   from before the mark */
	const char			*no_new; /* why none may begin here, as
						   the end of a sentence; or
						   NULL: it may */
	const struct clock		*clock;	/* NULL: the machine's */
	bool				 copy;	/* beside it, before a change
						   of its tables */
	bool				 only_read; /* it is there and of our
						   number, and lies where
						   nothing can be written */
};

/*
 * db_open(path, opts, e): open or create, WAL, synchronous=FULL, foreign keys
 * on, mode 0600, migrated to the newest number (PRAGMA user_version) in one
 * transaction.  A newer number than ours, a database of another program, one
 * that is missing or empty although no_new is given, a network file system
 * (NFS, SMB, FUSE by statfs) or damage is ERR_LEDGER, and nothing in it was
 * changed; a file that cannot be made is ERR_CREATE.  Before an older one is
 * migrated a copy is put beside it, named after its number and the time, and
 * flushed to disk; it goes away when the migration fails.  With only_read
 * nothing is made or changed: one that is missing or of another number is
 * ERR_LEDGER.  Free with db_close.
 * Not to be carried across a fork.  A lock is waited for by the machine's
 * clock, whatever is in opts: other processes hold it.
 *
 * In every function here a full disk is ERR_NOSPACE, a failing one ERR_IO,
 * and a lock that is still held when a stop was requested ERR_STOPPED.
 */
struct db *db_open(const char *, const struct db_opts *, struct err *);

/*
 * db_close(d): NULL is harmless.
 */
void	db_close(struct db *);

/*
 * db_begin(d, e): BEGIN IMMEDIATE.  ERR_LEDGER when busy past busy_ms.
 */
int	db_begin(struct db *, struct err *);

/*
 * db_commit(d, e): COMMIT; on failure the transaction is rolled back.
 */
int	db_commit(struct db *, struct err *);

/*
 * db_rollback(d): harmless outside a transaction.
 */
void	db_rollback(struct db *);

/*
 * db_bind(d, q, e, types, ...): reset statement q and bind its parameters in
 * order: 'i' int64_t, 't' const char * (NULL is null), 'b' const void * and
 * size_t, 'n' null (no argument).  ERR_LEDGER.
 */
int	db_bind(struct db *, int, struct err *, const char *, ...);

/*
 * db_step(d, q, e): 1 with a row, 0 at the end (q is reset then), -1.
 */
int	db_step(struct db *, int, struct err *);

/*
 * db_done(d, q): end statement q before its last row.
 */
void	db_done(struct db *, int);

/*
 * db_exec(d, q, e, types, ...): bind and step to the end, rows ignored.
 */
int	db_exec(struct db *, int, struct err *, const char *, ...);

/*
 * db_changes(d): rows changed by the last statement.
 */
int64_t	db_changes(struct db *);

/*
 * db_last_id(d): rowid of the last insert.
 */
int64_t	db_last_id(struct db *);

/*
 * db_int(d, q, col): integer of a column of the current row; 0 for null.
 */
int64_t	db_int(struct db *, int, int);

/*
 * db_text(d, q, col): text, borrowed until the next step; NULL for null.
 */
const char *db_text(struct db *, int, int);

/*
 * db_blob(d, q, col, len): bytes, borrowed until the next step.
 */
const void *db_blob(struct db *, int, int, size_t *);

/*
 * db_null(d, q, col): whether the column is null.
 */
bool	db_null(struct db *, int, int);

#endif
