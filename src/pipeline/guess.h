/*
 * A task that is only guessed to be ours, and what looked-up codes say of it.
 */
#ifndef PIPELINE_GUESS_H
#define PIPELINE_GUESS_H

#include "../base/err.h"

struct journey;
struct ledger_part;

/* What looked-up codes say of a task that is only guessed to be ours. */
enum guess { GUESS_PROVEN, GUESS_OPEN, GUESS_REFUTED };

/*
 * guess_weigh(j, p, g, e): look the part's sampled codes up, some times while
 * none carries what was sent, since a bank may lag behind its task.  Blocks.
 */
int	guess_weigh(struct journey *, struct ledger_part *, enum guess *,
	    struct err *);

/*
 * guess_drop(j, p, e): give the guessed task of a part that is followed or
 * verified up again: the part is unknown, or sent again where the job says so.
 */
int	guess_drop(struct journey *, struct ledger_part *, struct err *);

#endif
