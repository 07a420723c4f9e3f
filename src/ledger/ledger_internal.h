/*
 * What the files of the ledger share.
 */
#ifndef LEDGER_LEDGER_INTERNAL_H
#define LEDGER_LEDGER_INTERNAL_H

#include "../db/db.h"
#include "ledger.h"

#define LEDGER_MARK	1668310130	/* "cpdr", in the file's header */

struct ledger {
	struct db	*db;
	const struct clock *clock;
};

enum query {
	Q_RUN_ADD, Q_RUN_GET, Q_RUN_NOW, Q_RUN_PREPARED, Q_RUN_STATE,
	Q_RUN_RELEASE, Q_RUN_ASK, Q_RUN_YES, Q_RUN_END, Q_RUN_TIDIED,
	Q_RUN_ACK, Q_RUN_SETTLES, Q_RUN_SAME_FILE, Q_RUN_NOTE,
	Q_RUN_FINISHED, Q_FIND_LAST,
	Q_FIND_LAST_JOB, Q_FIND_PREFIX, Q_LIST, Q_LIST_JOB, Q_LIST_CONTENT,
	Q_LIST_OPEN, Q_LIST_UNTIDY, Q_LIST_UNSETTLED,
	Q_SOURCE_DONE, Q_PART_ADD, Q_PART_COUNT, Q_PART_GET, Q_PART_SET,
	Q_PART_STATE, Q_PART_KEEP, Q_PART_KEPT, Q_PART_NOW, Q_PARTS_OPEN,
	Q_STEP_ADD, Q_STEP_LIST,
	Q_SAMPLE_CLEAR, Q_SAMPLE_ADD, Q_SAMPLE_LIST, Q_SAMPLE_FORGET,
	Q_BASE_CLEAR, Q_BASE_ADD, Q_TASK_KNOWN, Q_TASK_RIVAL, Q_SUM, Q_NEWEST,
	Q_DAMAGE, Q_ORPHAN, Q_PLACE_ADD, Q_PLACE_GONE, Q_PLACE_LIST, Q__MAX
};

extern const char *const ledger_sql[Q__MAX];
extern const struct db_migration ledger_migrations[];
extern const size_t ledger_nmigrations;

/*
 * copy_text(l, q, col, out, e): a column's text in place of the string in
 * *out, malloc'd; NULL for null.
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
 * step_add(l, id, part, was, what, text, e): a line in the journal, inside
 * the caller's transaction; was is the state before, or NULL.
 */
int	step_add(struct ledger *, const char *, int, const char *,
	    const char *, const char *, struct err *);

/*
 * state_now(l, q, id, no, out, e): the number of the state a run (Q_RUN_NOW,
 * no 0) or a part (Q_PART_NOW) is in.  ERR_REF when there is none.
 */
int	state_now(struct ledger *, enum query, const char *, int, int *,
	    struct err *);

/*
 * run_hold(l, id, why, e): inside the caller's transaction, after a part
 * became unknown or lost: hold the run if it is active.
 */
int	run_hold(struct ledger *, const char *, const char *, struct err *);

/*
 * run_release(l, id, why, e): inside the caller's transaction, after a part
 * left unknown or lost: make the run active if such parts held it and none is
 * left.
 */
int	run_release(struct ledger *, const char *, const char *, struct err *);

/*
 * part_insert(l, id, p, e): a new part as prepared.
 */
int	part_insert(struct ledger *, const char *,
	    const struct ledger_part *, struct err *);

#endif
