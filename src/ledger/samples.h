/*
 * What a part's outcome is judged by beside the platform's word: codes looked
 * up before and after, and the tasks that were there before its own.
 */
#ifndef LEDGER_SAMPLES_H
#define LEDGER_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/str.h"

struct err;
struct ledger;

/* A code looked up before and after. */
struct ledger_sample {
	char		 code[128];
	int		 want_redeemed;	/* what was sent; -1: nothing */
	struct date	 want_date;	/* or none */
	bool		 known_before, known_after;
	int		 redeemed_before, redeemed_after; /* -1: not said */
	struct date	 date_before, date_after;
	bool		 asked_before, asked_after; /* and it could be read */
	int		 answer;	/* its own: 1 applied, 0 refused,
					   -1 none */
};

/*
 * ledger_samples_add(l, id, part, samples, n, e): remember the codes to look
 * up for a part, replacing earlier ones.
 */
int	ledger_samples_add(struct ledger *, const char *, int,
	    const struct ledger_sample *, size_t, struct err *);

/*
 * ledger_samples(l, id, part, out, n, e): the codes that ledger_samples_add
 * remembered, for the caller to free.
 */
int	ledger_samples(struct ledger *, const char *, int,
	    struct ledger_sample **, size_t *, struct err *);

/*
 * ledger_forget_samples(l, id, e): drop the codes of a run that has ended.
 */
int	ledger_forget_samples(struct ledger *, const char *, struct err *);

/*
 * ledger_baseline(l, id, part, ids, n, e): the tasks seen before submitting,
 * replacing earlier ones; written with the intent.
 */
int	ledger_baseline(struct ledger *, const char *, int,
	    const char *const *, size_t, struct err *);

/*
 * ledger_task_new(l, provider, id, part, task, e): 1 when the task was not in
 * that part's baseline and belongs to no other part of this provider, else 0;
 * -1 on failure.
 */
int	ledger_task_new(struct ledger *, const char *, const char *, int,
	    const char *, struct err *);

/*
 * ledger_task_rival(l, provider, id, part, task, since_ms, e): 1 when the task
 * could also be that of another part of this provider, sent since then, whose
 * answer is missing; else 0; -1 on failure.
 */
int	ledger_task_rival(struct ledger *, const char *, const char *, int,
	    const char *, int64_t, struct err *);

#endif
