/*
 * Whose database it is, and bringing ours to the newest number.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/err.h"
#include "../base/tmpfile.h"
#include "db.h"
#include "db_internal.h"

/*
 * Another process may be making the database just now: what is asked later is
 * never less than what was asked before.
 */
int
db_whose(struct db *d, const struct db_opts *o, struct err *e)
{
	int64_t mark = 0, tables = 0, one;
	bool found, ours = true;
	char sql[160];

	if (db_ask(d, "PRAGMA application_id", &mark, &found, e) == -1 ||
	    db_ask(d, "SELECT count(*) FROM sqlite_schema", &tables, &found,
	    e) == -1)
		return -1;
	if (tables == 0 && mark == 0 && o->no_new != NULL)
		return err_set(e, ERR_LEDGER, "the ledger %s is empty, %s",
		    db_path(d), o->no_new);
	if (o->mark == 0)
		return 0;
	/* Without a mark, its tables say whose it is. */
	snprintf(sql, sizeof(sql), "SELECT 1 FROM sqlite_schema WHERE "
	    "type='table' AND name='%s'", o->table);
	if (mark != 0)
		ours = mark == o->mark;
	else if (tables > 0 && db_ask(d, sql, &one, &ours, e) == -1)
		return -1;
	if (!ours)
		return err_set(e, ERR_LEDGER, "%s is a database of another "
		    "program; it was left as it is: set state_dir to a folder "
		    "of its own", db_path(d));
	return 0;
}

/*
 * A copy of what is committed, as "ledger.db.v3-20261130T071500Z"; its name
 * into *copy.
 */
static int
db_copy_beside(struct db *d, int64_t version, const struct clock *clock,
    char **copy, struct err *e)
{
	struct tmpfile t = { .fd = -1 };
	char when[17];
	int rc;

	if (asprintf(copy, "%s.v%" PRId64 "-%s", db_path(d), version,
	    clock_name(clock_wall(clock), when)) == -1) {
		*copy = NULL;
		return err_nomem(e);
	}
	rc = tmpfile_open(&t, *copy, 0600, e);
	if (rc == 0)
		rc = tmpfile_name(&t, e);
	if (rc == 0)
		rc = db_copy_into(d, t.path, e);
	if (rc == 0)
		rc = tmpfile_commit(&t, e);
	tmpfile_abort(&t);
	if (rc == 0)
		return 0;
	err_wrap(e, "nothing was changed: before an upgrade the ledger is "
	    "copied to %s", *copy);
	free(*copy);
	*copy = NULL;
	return -1;
}

/*
 * Bring the tables from number `from` to the newest, inside a transaction.
 */
static int
db_migrate_from(struct db *d, const struct db_opts *o, size_t from,
    struct err *e)
{
	char pragma[64];
	int64_t ignored;
	size_t i;
	bool found;

	for (i = from; i < o->nmigrations; i++)
		if (db_exec_plain(d, o->migrations[i].sql, e) == -1)
			return err_wrap(e, "migration %zu", i + 1);
	if (db_ask(d, "PRAGMA foreign_key_check", &ignored, &found, e) == -1)
		return -1;
	if (found)
		return err_set(e, ERR_LEDGER, "the ledger %s is damaged: after"
		    " its upgrade rows point to rows that are not there",
		    db_path(d));
	snprintf(pragma, sizeof(pragma), "PRAGMA user_version=%zu",
	    o->nmigrations);
	return db_exec_plain(d, pragma, e);
}

/*
 * The number is read again inside the transaction, because another process
 * may have been faster.
 */
int
db_migrate(struct db *d, const struct db_opts *o, struct err *e)
{
	char *copy = NULL;
	int64_t version;
	bool found;

	version = 0;
	if (db_ask(d, "PRAGMA user_version", &version, &found, e) == -1)
		return -1;
	if (version == (int64_t)o->nmigrations)
		return 0;
	if (o->only_read)
		return err_set(e, ERR_LEDGER, "the ledger %s has the tables "
		    "of another version (its number is %" PRId64 ", this "
		    "version has %zu), and cannot be upgraded where nothing "
		    "can be written", db_path(d), version, o->nmigrations);
	if (db_begin(d, e) == -1)
		return -1;
	if (db_ask(d, "PRAGMA user_version", &version, &found, e) == -1)
		goto undo;
	if (version < 0 || version > (int64_t)o->nmigrations) {
		err_set(e, ERR_LEDGER, "the ledger %s was written by a newer"
		    " version of this program (its number is %" PRId64 ", this"
		    " version knows up to %zu); install the newer version",
		    db_path(d), version, o->nmigrations);
		goto undo;
	}
	if (version > 0 && version < (int64_t)o->nmigrations && o->copy &&
	    db_copy_beside(d, version, o->clock, &copy, e) == -1)
		goto undo;
	if (version < (int64_t)o->nmigrations &&
	    db_migrate_from(d, o, (size_t)version, e) == -1)
		goto undo;
	if (db_commit(d, e) == -1)
		goto undo;
	free(copy);
	return 0;
undo:
	db_rollback(d);
	/* Nothing was changed, so the copy is only one more. */
	if (copy != NULL)
		unlink(copy);
	free(copy);
	return -1;
}
