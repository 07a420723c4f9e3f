/*
 * The ledger: what every run has done, durable before anyone relies on it.
 *
 * All changes of state are compare-and-set and follow the tables in states.c;
 * any other change is refused with ERR_INTERNAL.  A part's change and the
 * resulting state of its run are one transaction, and each leaves a line in
 * the journal.  Intent is written before an outside effect, the result after.
 *
 * This header brings all others of the ledger, for those who carry a run
 * through.  Whoever needs one thing of it includes that header alone.
 */
#ifndef LEDGER_LEDGER_H
#define LEDGER_LEDGER_H

#include <stdint.h>

#include "../base/err.h"
#include "../base/id.h"
#include "find.h"
#include "journal.h"
#include "parts.h"
#include "places.h"
#include "runs.h"
#include "samples.h"
#include "states.h"

struct clock;
struct ledger;

/*
 * ledger_open(path, no_new, clock, e): open or create the ledger.  One of an
 * earlier version is upgraded, with a copy beside it (db_open).  With no_new it
 * has to be there: where it is missing or empty, ERR_LEDGER with that as the
 * end of the sentence.  The journal is dated by the clock (NULL: the
 * machine's).  ERR_LEDGER, ERR_NOSPACE, ERR_IO, ERR_CREATE.  Free with
 * ledger_close.
 */
struct ledger *ledger_open(const char *, const char *, const struct clock *,
	    struct err *);

/*
 * ledger_read(path, clock, e): the ledger as it is, where nothing can be
 * written; changing it fails.  ERR_LEDGER where it is missing or of another
 * version.  Free with ledger_close.
 */
struct ledger *ledger_read(const char *, const struct clock *, struct err *);

/* What a ledger holds. */
struct ledger_sum {
	int64_t		 runs, unfinished;
};

/*
 * ledger_sum(l, out, e): count the runs, each of them: this takes as long as
 * there are many.
 */
int	ledger_sum(struct ledger *, struct ledger_sum *, struct err *);

/*
 * ledger_newest(l, id, e): the greatest id of a run into id[ID_LEN + 1], ""
 * when there is none.
 */
int	ledger_newest(struct ledger *, char [ID_LEN + 1], struct err *);

/*
 * ledger_check(l, e): read all of it; ERR_LEDGER with the first damage found.
 */
int	ledger_check(struct ledger *, struct err *);

/*
 * ledger_close(l): NULL is harmless.
 */
void	ledger_close(struct ledger *);

#endif
