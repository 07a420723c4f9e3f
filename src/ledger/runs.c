/*
 * Runs: the rows of one file on their way.
 *
 * A change of state and its line in the journal are one transaction, and it
 * happens only if the run still is in the state it was thought to be in.
 */
#include "ledger_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/exit.h"

int
ledger_run_add(struct ledger *l, const struct ledger_run *r, struct err *e)
{
	const struct ledger_source *s = &r->source;

	if (db_begin(l->db, e) == -1)
		return -1;
	if (db_exec(l->db, Q_RUN_ADD, e, "ttttttttiiiiiiti", r->id, r->job,
	    r->provider, r->endpoint, r->bank, r->plan, s->path, s->name,
	    s->dev, s->ino, s->size, s->mtime_ns, s->ctime_ns, r->created_ms,
	    r->retry_of, r->max_failed) == -1 ||
	    step_add(l, r->id, 0, NULL, "received", s->name, e) == -1) {
		db_rollback(l->db);
		return -1;
	}
	return db_commit(l->db, e);
}

static int
run_texts(struct ledger *l, struct ledger_run *r, struct err *e)
{
	const struct {
		int	 col;
		char	**to;
	} texts[] = { { 1, &r->job }, { 2, &r->provider },
	    { 3, &r->endpoint }, { 4, &r->bank }, { 5, &r->bank_name },
	    { 6, &r->plan }, { 7, &r->source.path }, { 8, &r->source.name },
	    { 15, &r->outcome }, { 23, &r->content_id }, { 24, &r->hold },
	    { 25, &r->err_word }, { 26, &r->err_msg }, { 27, &r->retry_of },
	    { 28, &r->seconds }, { 32, &r->ack } };
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (copy_text(l, Q_RUN_GET, texts[i].col, texts[i].to,
		    e) == -1)
			return -1;
	return 0;
}

static void
run_numbers(struct ledger *l, struct ledger_run *r)
{
	struct db *d = l->db;

	r->source.dev = db_int(d, Q_RUN_GET, 9);
	r->source.ino = db_int(d, Q_RUN_GET, 10);
	r->source.size = db_int(d, Q_RUN_GET, 11);
	r->source.mtime_ns = db_int(d, Q_RUN_GET, 12);
	r->source.ctime_ns = db_int(d, Q_RUN_GET, 13);
	r->state = (enum run_state)db_int(d, Q_RUN_GET, 14);
	r->exit = (int)db_int(d, Q_RUN_GET, 16);
	r->created_ms = db_int(d, Q_RUN_GET, 17);
	r->finished_ms = db_int(d, Q_RUN_GET, 18);
	r->read = db_int(d, Q_RUN_GET, 19);
	r->repeated = db_int(d, Q_RUN_GET, 20);
	r->skipped = db_int(d, Q_RUN_GET, 21);
	r->rejected = db_int(d, Q_RUN_GET, 22);
	r->max_failed = db_int(d, Q_RUN_GET, 29);
	r->untidy = db_int(d, Q_RUN_GET, 30) != 0;
	r->left_out = db_int(d, Q_RUN_GET, 31);
	r->paused = db_int(d, Q_RUN_GET, 33) != 0;
	r->asked = db_int(d, Q_RUN_GET, 34) != 0;
	r->unsettled = db_int(d, Q_RUN_GET, 35) != 0;
}

int
ledger_run_get(struct ledger *l, const char *id, struct ledger_run *r,
    struct err *e)
{
	int rc;

	memset(r, 0, sizeof(*r));
	if (db_bind(l->db, Q_RUN_GET, e, "t", id) == -1)
		return -1;
	rc = db_step(l->db, Q_RUN_GET, e);
	if (rc < 0)
		return -1;
	if (rc == 0)
		return err_set(e, ERR_REF, "there is no run \"%s\" in this "
		    "ledger", id);
	snprintf(r->id, sizeof(r->id), "%s", id);
	run_numbers(l, r);
	rc = run_texts(l, r, e);
	db_done(l->db, Q_RUN_GET);
	if (rc == -1)
		ledger_run_release(r);
	return rc;
}

int
ledger_run_ended(struct ledger *l, const char *id, int64_t *ms,
    struct err *e)
{
	int rc;

	if (db_bind(l->db, Q_RUN_FINISHED, e, "t", id) == -1)
		return -1;
	rc = db_step(l->db, Q_RUN_FINISHED, e);
	if (rc > 0) {
		*ms = db_int(l->db, Q_RUN_FINISHED, 0);
		db_done(l->db, Q_RUN_FINISHED);
	}
	return rc;
}

void
ledger_run_release(struct ledger_run *r)
{
	free(r->job);
	free(r->provider);
	free(r->endpoint);
	free(r->bank);
	free(r->bank_name);
	free(r->plan);
	free(r->source.path);
	free(r->source.name);
	free(r->outcome);
	free(r->content_id);
	free(r->hold);
	free(r->err_word);
	free(r->err_msg);
	free(r->retry_of);
	free(r->seconds);
	free(r->ack);
	memset(r, 0, sizeof(*r));
}

static int
run_step(struct ledger *l, const char *id, enum run_state from,
    enum run_state to, const char *why, struct err *e)
{
	return step_add(l, id, 0, run_state_name(from), run_state_name(to),
	    why, e);
}

static int
run_forbid(const char *id, enum run_state from, enum run_state to,
    struct err *e)
{
	return err_set(e, ERR_INTERNAL, "run %s is %s and cannot become %s",
	    id, run_state_name(from), run_state_name(to));
}

/* After a change that met another state than the one it started from. */
static int
run_refuse(struct ledger *l, const char *id, enum run_state from,
    enum run_state to, struct err *e)
{
	int now;

	if (state_now(l, Q_RUN_NOW, id, 0, &now, e) == -1)
		return -1;
	return err_set(e, ERR_INTERNAL, "run %s is %s, not %s, and was not "
	    "changed to %s", id, run_state_name((enum run_state)now),
	    run_state_name(from), run_state_name(to));
}

int
ledger_run_state(struct ledger *l, const char *id, enum run_state from,
    enum run_state to, const char *why, struct err *e)
{
	if (!run_may(from, to))
		return run_forbid(id, from, to, e);
	if (db_begin(l->db, e) == -1)
		return -1;
	if (db_exec(l->db, Q_RUN_STATE, e, "tiiti", id, (int64_t)from,
	    (int64_t)to, to == RUN_HELD ? why : NULL, (int64_t)0) == -1)
		goto undo;
	if (db_changes(l->db) != 1) {
		run_refuse(l, id, from, to, e);
		goto undo;
	}
	if (run_step(l, id, from, to, why, e) == -1)
		goto undo;
	return db_commit(l->db, e);
undo:
	db_rollback(l->db);
	return -1;
}

int
run_hold(struct ledger *l, const char *id, const char *why, struct err *e)
{
	if (db_exec(l->db, Q_RUN_STATE, e, "tiiti", id, (int64_t)RUN_ACTIVE,
	    (int64_t)RUN_HELD, why, (int64_t)1) == -1)
		return -1;
	if (db_changes(l->db) == 0)
		return 0;
	return run_step(l, id, RUN_ACTIVE, RUN_HELD, why, e);
}

int
run_release(struct ledger *l, const char *id, const char *why, struct err *e)
{
	if (db_exec(l->db, Q_RUN_RELEASE, e, "t", id) == -1)
		return -1;
	if (db_changes(l->db) == 0)
		return 0;
	return run_step(l, id, RUN_HELD, RUN_ACTIVE, why, e);
}

int
ledger_run_ask(struct ledger *l, const char *id, const char *why,
    struct err *e)
{
	int from;

	if (db_begin(l->db, e) == -1)
		return -1;
	if (state_now(l, Q_RUN_NOW, id, 0, &from, e) == -1 ||
	    db_exec(l->db, Q_RUN_ASK, e, "tt", id, why) == -1)
		goto undo;
	if (db_changes(l->db) != 1) {
		run_forbid(id, (enum run_state)from, RUN_HELD, e);
		goto undo;
	}
	if (run_step(l, id, (enum run_state)from, RUN_HELD, why, e) == -1)
		goto undo;
	return db_commit(l->db, e);
undo:
	db_rollback(l->db);
	return -1;
}

int
ledger_run_yes(struct ledger *l, const char *id, const char *why,
    struct err *e)
{
	if (db_begin(l->db, e) == -1)
		return -1;
	if (db_exec(l->db, Q_RUN_YES, e, "t", id) == -1 ||
	    (db_changes(l->db) == 1 && run_release(l, id, why, e) == -1)) {
		db_rollback(l->db);
		return -1;
	}
	return db_commit(l->db, e);
}

int
ledger_prepared(struct ledger *l, const struct ledger_run *r,
    const struct ledger_part *parts, size_t n, struct err *e)
{
	size_t i;
	int from;

	if (db_begin(l->db, e) == -1)
		return -1;
	if (state_now(l, Q_RUN_NOW, r->id, 0, &from, e) == -1)
		goto undo;
	if (db_exec(l->db, Q_RUN_PREPARED, e, "tiiiiti", r->id, r->read,
	    r->repeated, r->skipped, r->rejected, r->content_id,
	    r->left_out) == -1)
		goto undo;
	if (db_changes(l->db) != 1) {
		err_set(e, ERR_INTERNAL, "run %s is %s and was prepared "
		    "before", r->id, run_state_name((enum run_state)from));
		goto undo;
	}
	for (i = 0; i < n; i++)
		if (part_insert(l, r->id, &parts[i], e) == -1)
			goto undo;
	if (run_step(l, r->id, (enum run_state)from, RUN_ACTIVE, NULL,
	    e) == -1)
		goto undo;
	return db_commit(l->db, e);
undo:
	db_rollback(l->db);
	return -1;
}

/* No part of a finished run may still wait for a person. */
static int
run_may_end(struct ledger *l, const struct ledger_run *r,
    enum run_state from, struct err *e)
{
	int64_t open;

	if (!run_may(from, r->state))
		return run_forbid(r->id, from, r->state, e);
	if (r->state != RUN_FINISHED)
		return 0;
	if (db_bind(l->db, Q_PARTS_OPEN, e, "t", r->id) == -1 ||
	    db_step(l->db, Q_PARTS_OPEN, e) != 1)
		return -1;
	open = db_int(l->db, Q_PARTS_OPEN, 0);
	db_done(l->db, Q_PARTS_OPEN);
	return open == 0 ? 0 : err_set(e, ERR_INTERNAL, "run %s has batches "
	    "that are not settled", r->id);
}

/*
 * Whether a run that ended so needs a person.  One that only says that another
 * has its content does not: that other does.
 */
static bool
run_needs_somebody(const struct ledger_run *r)
{
	return exit_info(r->exit)->severity != EXIT_FINE &&
	    (r->err_word == NULL || strncmp(r->err_word, "repeat-", 7) != 0);
}

/* Inside a transaction. */
static int
run_end(struct ledger *l, const struct ledger_run *r, struct err *e)
{
	enum run_state from;
	int now;

	if (state_now(l, Q_RUN_NOW, r->id, 0, &now, e) == -1)
		return -1;
	from = (enum run_state)now;
	if (run_may_end(l, r, from, e) == -1)
		return -1;
	if (db_exec(l->db, Q_RUN_END, e, "titiiiiiitttiiii", r->id,
	    (int64_t)r->state, r->outcome, (int64_t)r->exit, r->finished_ms,
	    r->read, r->repeated, r->skipped, r->rejected, r->content_id,
	    r->err_word, r->err_msg, (int64_t)from,
	    (int64_t)r->untidy, r->left_out,
	    (int64_t)run_needs_somebody(r)) == -1)
		return -1;
	if (db_changes(l->db) != 1)
		return run_refuse(l, r->id, from, r->state, e);
	if (db_exec(l->db, Q_RUN_SETTLES, e, "t", r->id) == -1)
		return -1;
	return run_step(l, r->id, from, r->state, r->err_msg, e);
}

int
ledger_run_end(struct ledger *l, const struct ledger_run *r, struct err *e)
{
	if (r->state != RUN_FINISHED && r->state != RUN_REJECTED &&
	    r->state != RUN_CANCELLED)
		return err_set(e, ERR_INTERNAL, "a run cannot end as %s",
		    run_state_name(r->state));
	if (db_begin(l->db, e) == -1)
		return -1;
	if (run_end(l, r, e) == -1) {
		db_rollback(l->db);
		return -1;
	}
	return db_commit(l->db, e);
}

int
ledger_run_tidied(struct ledger *l, const char *id, struct err *e)
{
	return db_exec(l->db, Q_RUN_TIDIED, e, "t", id);
}

int
ledger_run_ack(struct ledger *l, const char *id, const char *note,
    struct err *e)
{
	if (db_begin(l->db, e) == -1)
		return -1;
	if (db_exec(l->db, Q_RUN_ACK, e, "tt", id, note) == -1)
		goto undo;
	if (db_changes(l->db) != 1) {
		err_set(e, ERR_USAGE, "run %s has not ended", id);
		goto undo;
	}
	if (db_exec(l->db, Q_RUN_SETTLES, e, "t", id) == -1 ||
	    db_exec(l->db, Q_RUN_SAME_FILE, e, "t", id) == -1 ||
	    step_add(l, id, 0, NULL, "closed", note, e) == -1)
		goto undo;
	return db_commit(l->db, e);
undo:
	db_rollback(l->db);
	return -1;
}

int
ledger_run_note(struct ledger *l, const struct ledger_run *r, struct err *e)
{
	int now;

	if (db_exec(l->db, Q_RUN_NOTE, e, "ttttti", r->id, r->bank_name,
	    r->seconds, r->err_word, r->err_msg, (int64_t)r->paused) == -1)
		return -1;
	return db_changes(l->db) == 1 ? 0 :
	    state_now(l, Q_RUN_NOW, r->id, 0, &now, e);
}
