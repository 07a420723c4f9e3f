/*
 * The ledger's tables, built by numbered migrations.
 *
 * In columns as in ledger.h -1 stands for a number nobody has said and 0 for
 * a time that has not come; days are YYYY-MM-DD or NULL.  Samples and
 * baselines do not refer to parts: samples are drawn while the parts are
 * still being packed.
 */
#include "ledger_internal.h"

#define TEXT(x)	#x
#define VALUE(x) TEXT(x)

/* Append only: what has been released is never changed. */
const struct db_migration ledger_migrations[] = {
	{ "CREATE TABLE runs(id TEXT PRIMARY KEY, job TEXT,"
	    " provider TEXT NOT NULL, endpoint TEXT, bank TEXT NOT NULL,"
	    " bank_name TEXT, plan TEXT NOT NULL, src_path TEXT NOT NULL,"
	    " src_name TEXT NOT NULL, src_dev INTEGER NOT NULL,"
	    " src_ino INTEGER NOT NULL, src_size INTEGER NOT NULL,"
	    " src_mtime INTEGER NOT NULL, src_ctime INTEGER NOT NULL,"
	    " state INTEGER NOT NULL CHECK(state BETWEEN 0 AND 5),"
	    " outcome TEXT, exit INTEGER NOT NULL,"
	    " created INTEGER NOT NULL, finished INTEGER NOT NULL,"
	    " read INTEGER NOT NULL, repeated INTEGER NOT NULL,"
	    " skipped INTEGER NOT NULL, rejected INTEGER NOT NULL,"
	    " content_id TEXT, hold TEXT,"
	    " hold_part INTEGER NOT NULL DEFAULT 0, err_word TEXT,"
	    " err_msg TEXT, retry_of TEXT, seconds TEXT) STRICT;"
	    "CREATE INDEX runs_job ON runs(job, id);"
	    "CREATE INDEX runs_content ON runs(content_id);"
	    "CREATE INDEX runs_source ON runs(src_ino, src_size);"
	    "CREATE TABLE parts(run TEXT NOT NULL REFERENCES runs(id),"
	    " no INTEGER NOT NULL,"
	    " state INTEGER NOT NULL CHECK(state BETWEEN 0 AND 10),"
	    " redeemed INTEGER NOT NULL, date TEXT, rows INTEGER NOT NULL,"
	    " inlined INTEGER NOT NULL, artifact TEXT, local TEXT,"
	    " bytes INTEGER NOT NULL, sha256 BLOB, attempts INTEGER NOT NULL,"
	    " stage_url TEXT, proof TEXT, rehearsed TEXT,"
	    " intent INTEGER NOT NULL, task TEXT, inferred INTEGER NOT NULL,"
	    " word TEXT, text TEXT, polls INTEGER NOT NULL,"
	    " total INTEGER NOT NULL, updated INTEGER NOT NULL,"
	    " failed INTEGER NOT NULL, asked INTEGER NOT NULL,"
	    " applied INTEGER NOT NULL, missing INTEGER NOT NULL,"
	    " basis TEXT, pv_state BLOB, err_word TEXT, err_msg TEXT,"
	    " PRIMARY KEY(run, no)) STRICT;"
	    "CREATE INDEX parts_task ON parts(task);"
	    "CREATE TABLE steps(id INTEGER PRIMARY KEY,"
	    " run TEXT NOT NULL REFERENCES runs(id), part INTEGER NOT NULL,"
	    " at INTEGER NOT NULL, what TEXT NOT NULL, text TEXT) STRICT;"
	    "CREATE INDEX steps_run ON steps(run, id);"
	    "CREATE TABLE samples(id INTEGER PRIMARY KEY, run TEXT NOT NULL,"
	    " part INTEGER NOT NULL, code TEXT NOT NULL,"
	    " want_redeemed INTEGER NOT NULL, want_date TEXT,"
	    " asked_before INTEGER NOT NULL, known_before INTEGER NOT NULL,"
	    " redeemed_before INTEGER NOT NULL, date_before TEXT,"
	    " asked_after INTEGER NOT NULL, known_after INTEGER NOT NULL,"
	    " redeemed_after INTEGER NOT NULL, date_after TEXT) STRICT;"
	    "CREATE INDEX samples_part ON samples(run, part, id);"
	    "CREATE TABLE baselines(run TEXT NOT NULL, part INTEGER NOT NULL,"
	    " task TEXT NOT NULL, PRIMARY KEY(run, part, task)) STRICT;" },
	/* The state a change started from. */
	{ "ALTER TABLE steps ADD COLUMN was TEXT;" },
	/* Nothing was ever kept there. */
	{ "ALTER TABLE parts DROP COLUMN pv_state;" },
	/* Ended, and something of it is still to be taken away. */
	{ "ALTER TABLE runs ADD COLUMN untidy INTEGER NOT NULL DEFAULT 0;" },
	/* Whose database it is. */
	{ "PRAGMA application_id=" VALUE(LEDGER_MARK) ";" },
	/*
	 * Where files lie.  Of runs under way the last address is known; the
	 * end of stage_url is the name.
	 */
	{ "CREATE TABLE places(id INTEGER PRIMARY KEY,"
	    " run TEXT NOT NULL REFERENCES runs(id), part INTEGER NOT NULL,"
	    " endpoint TEXT NOT NULL, url TEXT NOT NULL, user TEXT NOT NULL,"
	    " temp_dir TEXT NOT NULL, marker TEXT NOT NULL,"
	    " name TEXT NOT NULL, UNIQUE(run, part, url, user, temp_dir,"
	    " marker, name)) STRICT;"
	    "INSERT INTO places(run, part, endpoint, url, user, temp_dir,"
	    " marker, name) SELECT p.run, p.no, r.endpoint, substr("
	    "p.stage_url, 1, length(p.stage_url) - length(p.artifact)), '',"
	    " '', '', p.artifact FROM parts AS p JOIN runs AS r ON"
	    " r.id = p.run WHERE r.state IN (0, 2, 3) AND r.endpoint IS NOT"
	    " NULL AND substr(p.stage_url, -length(p.artifact) - 1) ="
	    " '/' || p.artifact;" },
	/* One verdict for each row, and what contradicts it. */
	{ "ALTER TABLE parts ADD COLUMN already INTEGER NOT NULL DEFAULT -1;"
	    "ALTER TABLE parts ADD COLUMN refused INTEGER NOT NULL DEFAULT -1;"
	    "ALTER TABLE parts ADD COLUMN unknown INTEGER NOT NULL DEFAULT -1;"
	    "ALTER TABLE parts ADD COLUMN doubt TEXT;"
	    "ALTER TABLE samples ADD COLUMN answer INTEGER NOT NULL"
	    " DEFAULT -1;" },
	/* Lines above the header. */
	{ "ALTER TABLE runs ADD COLUMN left_out INTEGER NOT NULL DEFAULT 0;" },
	/*
	 * By what a run is judged, and what a person said of how it ended.  Of
	 * earlier runs only the last of each job was shown as one that needs
	 * somebody, so that the others need nobody.
	 */
	{ "ALTER TABLE runs ADD COLUMN max_failed INTEGER NOT NULL DEFAULT 2;"
	    "ALTER TABLE runs ADD COLUMN ack TEXT;"
	    "UPDATE runs SET ack='ended before this was kept' WHERE state IN"
	    " (1, 4, 5) AND (job IS NULL OR EXISTS (SELECT 1 FROM runs AS r"
	    " WHERE r.job = runs.job AND r.rowid > runs.rowid));" },
	/*
	 * Whether a person is needed is written down when a run ends, and
	 * struck off by what settles it.  Until now a rejected file counted as
	 * settled by the next one of its name; those that were not shown any
	 * more stay so.  And whether the last attempt at a run came to an
	 * orderly end, or was broken off.
	 */
	{ "ALTER TABLE runs ADD COLUMN unsettled INTEGER NOT NULL DEFAULT 0;"
	    "ALTER TABLE runs ADD COLUMN paused INTEGER NOT NULL DEFAULT 0;"
	    "UPDATE runs SET unsettled=1 WHERE state IN (1,4,5) AND"
	    " ack IS NULL AND exit NOT IN (0,5,6) AND (err_word IS NULL OR"
	    " err_word NOT LIKE 'repeat-%') AND NOT EXISTS (SELECT 1 FROM"
	    " runs AS o WHERE o.rowid>runs.rowid AND o.state=4 AND"
	    " ((o.content_id=runs.content_id AND (o.outcome='ok' OR"
	    " (o.ack IS NOT NULL AND o.outcome IN"
	    " ('partial','unconfirmed')))) OR (runs.state<>4 AND"
	    " o.outcome='ok' AND o.job IS runs.job AND"
	    " o.src_path=runs.src_path)));"
	    "UPDATE runs SET paused=1 WHERE state=3 OR"
	    " (state IN (0,2) AND err_word IS NOT NULL);"
	    "DROP INDEX runs_job;"
	    "CREATE INDEX runs_of_job ON runs(job);"
	    "CREATE INDEX runs_open ON runs(job) WHERE state IN (0,2,3);"
	    "CREATE INDEX runs_untidy ON runs(job) WHERE untidy=1;"
	    "CREATE INDEX runs_unsettled ON runs(job) WHERE unsettled=1;" },
	/* What the platform's machine remembers of a submission in blocks. */
	{ "ALTER TABLE parts ADD COLUMN pv_state BLOB;" },
};

const size_t ledger_nmigrations =
    sizeof(ledger_migrations) / sizeof(ledger_migrations[0]);
