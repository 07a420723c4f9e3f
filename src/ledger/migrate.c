/*
 * The ledger's tables, built by numbered migrations.
 *
 * Append only: a migration that has been released is never edited, a change
 * of the tables is a new one at the end.
 *
 * In columns as in ledger.h -1 stands for a number nobody has said and 0 for
 * a time that has not come.  Days are 'YYYY-MM-DD' or NULL.
 */
#include "ledger_internal.h"

/*
 * `seq` is the order of arrival, which the ids alone do not give for runs of
 * the same millisecond.  `held_by_part` tells a run that waits for an unknown
 * or lost part from one that a person stopped.  `samples` and `baselines` do
 * not refer to `parts`: samples are drawn while the parts are being packed.
 */
static const char tables[] =
    "CREATE TABLE runs ("
    " seq INTEGER PRIMARY KEY,"
    " id TEXT NOT NULL UNIQUE,"
    " job TEXT,"
    " provider TEXT NOT NULL,"
    " endpoint TEXT,"
    " bank TEXT NOT NULL,"
    " bank_name TEXT,"
    " plan TEXT NOT NULL,"
    " path TEXT NOT NULL,"
    " name TEXT NOT NULL,"
    " dev INTEGER NOT NULL,"
    " ino INTEGER NOT NULL,"
    " size INTEGER NOT NULL,"
    " mtime_ns INTEGER NOT NULL,"
    " ctime_ns INTEGER NOT NULL,"
    " state TEXT NOT NULL,"
    " outcome TEXT,"
    " exit INTEGER NOT NULL DEFAULT -1,"
    " created_ms INTEGER NOT NULL,"
    " finished_ms INTEGER NOT NULL DEFAULT 0,"
    " rows_read INTEGER NOT NULL DEFAULT 0,"
    " rows_repeated INTEGER NOT NULL DEFAULT 0,"
    " rows_skipped INTEGER NOT NULL DEFAULT 0,"
    " rows_rejected INTEGER NOT NULL DEFAULT 0,"
    " content_id TEXT,"
    " hold TEXT,"
    " held_by_part INTEGER NOT NULL DEFAULT 0,"
    " err_word TEXT,"
    " err_msg TEXT,"
    " retry_of TEXT,"
    " seconds TEXT"
    ") STRICT;"
    "CREATE INDEX runs_job ON runs (job, seq);"
    "CREATE INDEX runs_source ON runs (ino, dev);"
    "CREATE INDEX runs_content ON runs (content_id);"

    "CREATE TABLE parts ("
    " run TEXT NOT NULL REFERENCES runs (id),"
    " part INTEGER NOT NULL CHECK (part > 0),"
    " state TEXT NOT NULL,"
    " redeemed INTEGER NOT NULL,"
    " redeem_date TEXT,"
    " row_count INTEGER NOT NULL,"
    " inlined INTEGER NOT NULL,"
    " artifact TEXT,"
    " local TEXT,"
    " bytes INTEGER NOT NULL,"
    " sha256 BLOB NOT NULL,"
    " attempts INTEGER NOT NULL,"
    " stage_url TEXT,"
    " proof TEXT,"
    " rehearsed TEXT,"
    " intent_ms INTEGER NOT NULL,"
    " task TEXT,"
    " inferred INTEGER NOT NULL,"
    " word TEXT,"
    " text TEXT,"
    " polls INTEGER NOT NULL,"
    " total INTEGER NOT NULL,"
    " updated INTEGER NOT NULL,"
    " failed INTEGER NOT NULL,"
    " asked INTEGER NOT NULL,"
    " applied INTEGER NOT NULL,"
    " missing INTEGER NOT NULL,"
    " basis TEXT,"
    " pv_state BLOB NOT NULL,"
    " err_word TEXT,"
    " err_msg TEXT,"
    " PRIMARY KEY (run, part)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX parts_task ON parts (task);"

    "CREATE TABLE steps ("
    " seq INTEGER PRIMARY KEY,"
    " run TEXT NOT NULL REFERENCES runs (id),"
    " part INTEGER NOT NULL,"
    " was TEXT,"
    " what TEXT NOT NULL,"
    " text TEXT,"
    " at_ms INTEGER NOT NULL"
    ") STRICT;"
    "CREATE INDEX steps_run ON steps (run, seq);"

    "CREATE TABLE samples ("
    " run TEXT NOT NULL REFERENCES runs (id),"
    " part INTEGER NOT NULL,"
    " place INTEGER NOT NULL,"
    " code TEXT NOT NULL,"
    " want_redeemed INTEGER NOT NULL,"
    " want_date TEXT,"
    " known_before INTEGER NOT NULL,"
    " known_after INTEGER NOT NULL,"
    " redeemed_before INTEGER NOT NULL,"
    " redeemed_after INTEGER NOT NULL,"
    " date_before TEXT,"
    " date_after TEXT,"
    " asked_before INTEGER NOT NULL,"
    " asked_after INTEGER NOT NULL,"
    " PRIMARY KEY (run, part, place)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE baselines ("
    " run TEXT NOT NULL REFERENCES runs (id),"
    " part INTEGER NOT NULL,"
    " task TEXT NOT NULL,"
    " PRIMARY KEY (run, part, task)"
    ") STRICT, WITHOUT ROWID;";

const struct db_migration ledger_migrations[LEDGER_VERSION] = {
	{ tables },
};
