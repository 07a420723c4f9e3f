/*
 * The ledger in the state folder, and what tells that it is gone.
 */
#ifndef PIPELINE_STATE_H
#define PIPELINE_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include "../base/err.h"
#include "../ledger/ledger.h"

struct ctx;

/*
 * pipeline_ledger_open(c, e): the ledger of the state folder, which is made if
 * missing.  With c->only_look, where nothing can be written there, it is opened
 * to be read.  ERR_LEDGER where folders of runs show that their ledger is gone,
 * empty or older than they are.  Free with ledger_close.
 */
struct ledger *pipeline_ledger_open(const struct ctx *, struct err *);

/* What beginning anew did. */
struct ledger_begun {
	bool		 made;	/* there was no ledger, or an empty one */
	size_t		 moved;	/* folders of runs that it does not know */
	char		*aside;	/* where these are now */
	struct ledger_sum sum;	/* what the ledger knows */
};

/*
 * pipeline_ledger_init(c, out, e): make a missing ledger on purpose, and
 * move the folders of runs that packed rows and are newer than its last run
 * aside, so that pipeline_ledger_open takes it.  ERR_NOTHING when there was
 * nothing to do, ERR_LOCKED while such a run is at work.  The caller ends *out
 * with pipeline_ledger_begun_release, after failure too.
 */
int	pipeline_ledger_init(const struct ctx *, struct ledger_begun *,
	    struct err *);

/*
 * pipeline_ledger_begun_release(b): free its string.
 */
void	pipeline_ledger_begun_release(struct ledger_begun *);

#endif
