/*
 * Parts: the share of a run with one remote task.
 *
 * A part's change and what follows from it for its run are one transaction: a
 * run must not look active while a part waits for a decision, nor the other
 * way round, wherever the process dies.
 */
#include "ledger_internal.h"

#include <stdlib.h>
#include <string.h>

/* Everything in a part; state is what add stores and what set demands. */
static int
part_store(struct ledger *l, enum query q, const char *id,
    const struct ledger_part *p, enum part_state state, struct err *e)
{
	char day[11];

	return db_exec(l->db, (int)q, e,
	    "tiitiittibitttititti" "iiiiiittti" "iiit",
	    id, (int64_t)p->no, (int64_t)p->redeemed,
	    day_text(&p->date, day), p->rows, (int64_t)p->inlined,
	    p->artifact, p->local, p->bytes, p->sha256, sizeof(p->sha256),
	    (int64_t)p->attempts, p->stage_url,
	    part_proof_name(p->proof), part_rehearsed_name(p->rehearsed),
	    p->intent_ms, p->task, (int64_t)p->inferred, p->word, p->text,
	    p->polls, p->total, p->updated, p->failed, p->asked, p->applied,
	    p->missing, part_basis_name(p->basis), p->err_word, p->err_msg,
	    (int64_t)state,
	    p->already, p->refused, p->unknown, p->doubt);
}

int
part_insert(struct ledger *l, const char *id, const struct ledger_part *p,
    struct err *e)
{
	return part_store(l, Q_PART_ADD, id, p, PART_PREPARED, e);
}

int
ledger_part_count(struct ledger *l, const char *id, struct err *e)
{
	int n;

	if (db_bind(l->db, Q_PART_COUNT, e, "t", id) == -1 ||
	    db_step(l->db, Q_PART_COUNT, e) != 1)
		return -1;
	n = (int)db_int(l->db, Q_PART_COUNT, 0);
	db_done(l->db, Q_PART_COUNT);
	return n;
}

static void
part_numbers(struct ledger *l, struct ledger_part *p)
{
	struct db *d = l->db;
	const void *blob;
	size_t n;

	p->no = (int)db_int(d, Q_PART_GET, 0);
	p->state = (enum part_state)db_int(d, Q_PART_GET, 1);
	p->redeemed = (int)db_int(d, Q_PART_GET, 2);
	p->date = day_of(db_text(d, Q_PART_GET, 3));
	p->rows = db_int(d, Q_PART_GET, 4);
	p->inlined = db_int(d, Q_PART_GET, 5) != 0;
	p->bytes = db_int(d, Q_PART_GET, 8);
	blob = db_blob(d, Q_PART_GET, 9, &n);
	if (n == sizeof(p->sha256))
		memcpy(p->sha256, blob, n);
	p->attempts = (int)db_int(d, Q_PART_GET, 10);
	p->intent_ms = db_int(d, Q_PART_GET, 14);
	p->inferred = (enum adopted)db_int(d, Q_PART_GET, 16);
	p->polls = db_int(d, Q_PART_GET, 19);
	p->total = db_int(d, Q_PART_GET, 20);
	p->updated = db_int(d, Q_PART_GET, 21);
	p->failed = db_int(d, Q_PART_GET, 22);
	p->asked = db_int(d, Q_PART_GET, 23);
	p->applied = db_int(d, Q_PART_GET, 24);
	p->missing = db_int(d, Q_PART_GET, 25);
	p->already = db_int(d, Q_PART_GET, 29);
	p->refused = db_int(d, Q_PART_GET, 30);
	p->unknown = db_int(d, Q_PART_GET, 31);
	p->proof = part_proof_find(db_text(d, Q_PART_GET, 12));
	p->rehearsed = part_rehearsed_find(db_text(d, Q_PART_GET, 13));
	p->basis = part_basis_find(db_text(d, Q_PART_GET, 26));
}

static int
part_texts(struct ledger *l, struct ledger_part *p, struct err *e)
{
	const struct {
		int	 col;
		char	**to;
	} texts[] = { { 6, &p->artifact }, { 7, &p->local },
	    { 11, &p->stage_url },
	    { 15, &p->task }, { 17, &p->word }, { 18, &p->text },
	    { 27, &p->err_word }, { 28, &p->err_msg },
	    { 32, &p->doubt } };
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (copy_text(l, Q_PART_GET, texts[i].col, texts[i].to,
		    e) == -1)
			return -1;
	return 0;
}

int
ledger_part_get(struct ledger *l, const char *id, int no,
    struct ledger_part *p, struct err *e)
{
	int rc;

	memset(p, 0, sizeof(*p));
	if (db_bind(l->db, Q_PART_GET, e, "ti", id, (int64_t)no) == -1)
		return -1;
	rc = db_step(l->db, Q_PART_GET, e);
	if (rc < 0)
		return -1;
	if (rc == 0)
		return err_set(e, ERR_REF, "run %s has no part %d", id, no);
	part_numbers(l, p);
	rc = part_texts(l, p, e);
	db_done(l->db, Q_PART_GET);
	if (rc == -1)
		ledger_part_release(p);
	return rc;
}

void
ledger_part_release(struct ledger_part *p)
{
	free(p->artifact);
	free(p->local);
	free(p->stage_url);
	free(p->task);
	free(p->word);
	free(p->text);
	free(p->doubt);
	free(p->err_word);
	free(p->err_msg);
	memset(p, 0, sizeof(*p));
}

static bool
is_open(enum part_state s)
{
	return s == PART_UNKNOWN || s == PART_LOST;
}

/* After a change that met another state than p->state. */
static int
part_refuse(struct ledger *l, const char *id, const struct ledger_part *p,
    struct err *e)
{
	int now;

	if (state_now(l, Q_PART_NOW, id, p->no, &now, e) == -1)
		return -1;
	return err_set(e, ERR_INTERNAL, "batch %d of run %s is %s, not %s, "
	    "and was not changed", p->no, id,
	    part_state_name((enum part_state)now), part_state_name(p->state));
}

int
ledger_part_move(struct ledger *l, const char *id, struct ledger_part *p,
    enum part_state to, const char *why, struct err *e)
{
	if (!part_may(p->state, to))
		return err_set(e, ERR_INTERNAL, "batch %d of run %s is %s and "
		    "cannot become %s", p->no, id, part_state_name(p->state),
		    part_state_name(to));
	if (db_begin(l->db, e) == -1)
		return -1;
	if (db_exec(l->db, Q_PART_STATE, e, "tiii", id, (int64_t)p->no,
	    (int64_t)p->state, (int64_t)to) == -1)
		goto undo;
	if (db_changes(l->db) != 1) {
		part_refuse(l, id, p, e);
		goto undo;
	}
	if (part_store(l, Q_PART_SET, id, p, to, e) == -1 ||
	    step_add(l, id, p->no, part_state_name(p->state),
	    part_state_name(to), why, e) == -1)
		goto undo;
	if (is_open(to)) {
		if (run_hold(l, id, why, e) == -1)
			goto undo;
	} else if (is_open(p->state) && run_release(l, id, "every batch is "
	    "settled", e) == -1) {
		goto undo;
	}
	if (db_commit(l->db, e) == -1)
		return -1;
	p->state = to;
	return 0;
undo:
	db_rollback(l->db);
	return -1;
}

int
ledger_part_note(struct ledger *l, const char *id,
    const struct ledger_part *p, struct err *e)
{
	if (part_store(l, Q_PART_SET, id, p, p->state, e) == -1)
		return -1;
	return db_changes(l->db) == 1 ? 0 : part_refuse(l, id, p, e);
}

int
ledger_part_keep(struct ledger *l, const char *id, int no, const void *p,
    size_t n, struct err *e)
{
	if (n > LEDGER_KEPT_MAX)
		return err_set(e, ERR_INTERNAL, "%zu bytes to remember of "
		    "batch %d of run %s, where %d are the limit", n, no, id,
		    LEDGER_KEPT_MAX);
	if (db_exec(l->db, Q_PART_KEEP, e, "tib", id, (int64_t)no, p, n) == -1)
		return -1;
	return db_changes(l->db) == 1 ? 0 : err_set(e, ERR_REF, "run %s has "
	    "no part %d", id, no);
}

int
ledger_part_kept(struct ledger *l, const char *id, int no, void *out,
    size_t *n, struct err *e)
{
	const void *blob;
	int rc;

	*n = 0;
	if (db_bind(l->db, Q_PART_KEPT, e, "ti", id, (int64_t)no) == -1)
		return -1;
	rc = db_step(l->db, Q_PART_KEPT, e);
	if (rc < 0)
		return -1;
	if (rc == 0)
		return err_set(e, ERR_REF, "run %s has no part %d", id, no);
	blob = db_blob(l->db, Q_PART_KEPT, 0, n);
	rc = *n <= LEDGER_KEPT_MAX ? 0 : err_set(e, ERR_LEDGER, "batch %d of "
	    "run %s remembers %zu bytes, where %d are the limit", no, id, *n,
	    LEDGER_KEPT_MAX);
	if (rc == 0 && *n > 0)
		memcpy(out, blob, *n);
	db_done(l->db, Q_PART_KEPT);
	return rc;
}
