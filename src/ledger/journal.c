/*
 * The journal of a run.
 */
#include "ledger_internal.h"

#include "../base/clock.h"

int
step_add(struct ledger *l, const char *id, int part, const char *was,
    const char *what, const char *text, struct err *e)
{
	return db_exec(l->db, Q_STEP_ADD, e, "tiittt", id, (int64_t)part,
	    clock_wall(l->clock), was, what, text);
}

int
ledger_step(struct ledger *l, const char *id, int part, const char *what,
    const char *text, struct err *e)
{
	return step_add(l, id, part, NULL, what, text, e);
}

int
ledger_each_step(struct ledger *l, const char *id,
    int (*f)(void *, const struct ledger_step *, struct err *), void *arg,
    struct err *e)
{
	struct ledger_step s;
	int rc;

	if (db_bind(l->db, Q_STEP_LIST, e, "t", id) == -1)
		return -1;
	while ((rc = db_step(l->db, Q_STEP_LIST, e)) > 0) {
		s.at_ms = db_int(l->db, Q_STEP_LIST, 0);
		s.part = (int)db_int(l->db, Q_STEP_LIST, 1);
		s.what = db_text(l->db, Q_STEP_LIST, 2);
		s.text = db_text(l->db, Q_STEP_LIST, 3);
		if (f(arg, &s, e) == -1) {
			db_done(l->db, Q_STEP_LIST);
			return -1;
		}
	}
	return rc;
}
