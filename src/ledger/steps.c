/*
 * The journal: one line for each change of state, and whatever else a run
 * wants remembered.
 */
#include "ledger_internal.h"

#include "../base/clock.h"

int
ledger_journal(struct ledger *l, const char *id, int part, const char *was,
    const char *what, const char *text, struct err *e)
{
	return db_exec(l->db, SQL_STEP_ADD, e, "tittti", id, (int64_t)part,
	    was, what, text, clock_wall_ms());
}

int
ledger_step(struct ledger *l, const char *id, int part, const char *what,
    const char *text, struct err *e)
{
	if (ledger_journal(l, id, part, NULL, what, text, e) == -1)
		return err_wrap(e, "journal of run %s", id);
	return 0;
}

/*
 * The first line after *seq: 1 with its strings owned by the caller, 0 at the
 * end, -1.
 */
static int
step_next(struct ledger *l, const char *id, int64_t *seq,
    struct ledger_step *out, struct err *e)
{
	struct row r = { .db = l->db, .q = SQL_STEP_NEXT, .e = e };
	int rc;

	if (db_bind(l->db, SQL_STEP_NEXT, e, "ti", id, *seq) == -1)
		return -1;
	rc = db_step(l->db, SQL_STEP_NEXT, e);
	if (rc != 1)
		return rc;
	*seq = row_int(&r);
	out->at_ms = row_int(&r);
	out->part = (int)row_int(&r);
	out->what = row_text(&r);
	out->text = row_text(&r);
	db_done(l->db, SQL_STEP_NEXT);
	if (r.rc == 0)
		return 1;
	free((char *)out->what);
	free((char *)out->text);
	return -1;
}

/*
 * No statement is left open during f, which may therefore use the ledger,
 * this function included.
 */
int
ledger_each_step(struct ledger *l, const char *id,
    int (*f)(void *, const struct ledger_step *, struct err *), void *arg,
    struct err *e)
{
	struct ledger_step s;
	int64_t seq = 0;
	int rc;

	while ((rc = step_next(l, id, &seq, &s, e)) == 1) {
		rc = f(arg, &s, e);
		free((char *)s.what);
		free((char *)s.text);
		if (rc == -1)
			return -1;
	}
	return rc;
}
