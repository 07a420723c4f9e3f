/*
 * The journal of a run: what was done with it, line by line.
 */
#ifndef LEDGER_JOURNAL_H
#define LEDGER_JOURNAL_H

#include <stdint.h>

struct err;
struct ledger;

/* One line of a run's journal. */
struct ledger_step {
	int64_t		 at_ms;
	int		 part;	/* 0: the run */
	const char	*what;	/* "staging", "submitted" ...; borrowed */
	const char	*text;	/* or NULL; borrowed */
};

/*
 * ledger_step(l, id, part, what, text, e): a line in the journal.
 */
int	ledger_step(struct ledger *, const char *, int, const char *,
	    const char *, struct err *);

/*
 * ledger_each_step(l, id, f, arg, e): the journal, oldest first.
 */
int	ledger_each_step(struct ledger *, const char *,
	    int (*)(void *, const struct ledger_step *, struct err *), void *,
	    struct err *);

#endif
