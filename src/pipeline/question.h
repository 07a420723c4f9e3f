/*
 * What a person is asked before rows are sent.
 */
#ifndef PIPELINE_QUESTION_H
#define PIPELINE_QUESTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/id.h"

struct ctx;
struct err;
struct ledger;
struct ledger_run;
struct set_endpoint;

/*
 * question_one(run, end, rows, out, size): so many rows of a run's file, to
 * which bank, by way of which file server (end; NULL: none), into out.
 */
void	question_one(const struct ledger_run *, const struct set_endpoint *,
	    uint64_t, char *, size_t);

/*
 * question_all(c, ids, n, e): show n runs in one table and ask once for all of
 * them.  1 for yes, 0 for no, -1 when the table cannot be made.  Blocks until
 * the person answers.
 */
int	question_all(struct ctx *, char (*)[ID_LEN + 1], size_t,
	    struct err *);

/*
 * question_no(l, id, open, e): nobody said yes, and the run waits; open: it has
 * batches that nothing settles.  Returns -1 with ERR_SAID_NO, or ERR_STOPPED
 * where a signal ended the question.
 */
int	question_no(struct ledger *, const char *, bool, struct err *);

#endif
