/*
 * What the files of the ledger share.
 */
#ifndef LEDGER_LEDGER_INTERNAL_H
#define LEDGER_LEDGER_INTERNAL_H

#include "../db/db.h"
#include "ledger.h"

struct ledger {
	struct db	*db;
};

enum query {
	Q_RUN_ADD, Q_RUN_GET, Q_RUN_PREPARED, Q_RUN_STATE, Q_RUN_END,
	Q_RUN_NOTE, Q_FIND_LAST, Q_FIND_LAST_JOB, Q_FIND_PREFIX,
	Q_LIST_OLD, Q_LIST_NEW, Q_SOURCE_DONE, Q_CONTENT_DONE,
	Q_PART_ADD, Q_PART_COUNT, Q_PART_GET, Q_PART_SET, Q_PART_STATE,
	Q_PARTS_OPEN, Q_STEP_ADD, Q_STEP_LIST, Q_SAMPLE_CLEAR, Q_SAMPLE_ADD,
	Q_SAMPLE_LIST, Q_SAMPLE_FORGET, Q_BASE_CLEAR, Q_BASE_ADD,
	Q_TASK_KNOWN, Q__MAX
};

extern const char *const ledger_sql[Q__MAX];
extern const struct db_migration ledger_migrations[];
extern const size_t ledger_nmigrations;

/*
 * copy_text(l, q, col, out, e): a column's text into *out, malloc'd; NULL for
 * null.
 */
int	copy_text(struct ledger *, enum query, int, char **, struct err *);

/*
 * day_text(d, out): the day as text, or NULL for none.
 */
const char *day_text(const struct date *, char [11]);

/*
 * day_of(text): back again; none for NULL.
 */
struct date day_of(const char *);

/*
 * step_add(l, id, part, what, text, e): a line in the journal, inside the
 * caller's transaction.
 */
int	step_add(struct ledger *, const char *, int, const char *,
	    const char *, struct err *);

/*
 * set_run_state(l, id, from, to, hold, by_part, e): compare and set, inside
 * the caller's transaction; by_part says that a part is the reason for holding.
 */
int	set_run_state(struct ledger *, const char *, enum run_state,
	    enum run_state, const char *, bool, struct err *);

/*
 * part_insert(l, id, p, e): a new part as prepared.
 */
int	part_insert(struct ledger *, const char *,
	    const struct ledger_part *, struct err *);

#endif
