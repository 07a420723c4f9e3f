/*
 * Asking a platform about tasks, and the pauses between the questions.
 */
#ifndef PIPELINE_TASKS_H
#define PIPELINE_TASKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/err.h"
#include "../provider/provider.h"

struct account;
struct clock;
struct ledger_part;
struct log;

/* Pauses between questions. */
struct pace {
	const struct clock *clock;
	int64_t	wait_ms, cap_ms;
	struct log *log;	/* NULL: nothing is told */
	bool	told;		/* of a long pause, once */
};

/*
 * pace_start(p, a): the first pause, as configured or the provider's own.
 */
void	pace_start(struct pace *, const struct account *);

/*
 * pace_next(p, until, asked_ms): how long to pause, in milliseconds: at least
 * asked_ms (up to NET_PAUSE_MAX_MS, whatever a server says) but not past the
 * monotonic time until (0: no end); the next pause is half as long again, up
 * to the cap.
 */
int64_t	pace_next(struct pace *, int64_t, int64_t);

/*
 * pace_wait(p, until, asked_ms, e): sleep for pace_next, and tell of a pause
 * that is long.  ERR_STOPPED.
 */
int	pace_wait(struct pace *, int64_t, int64_t, struct err *);

/* A task that is asked for, time and again. */
struct asked {
	const char		*id;	/* NULL: not this time */
	const struct pv_task	*now;	/* the answer, or NULL */
	int64_t			 misses; /* answers in a row that it is not
					   known */
	bool			 lost;	/* these are lost_after or more */
};

/*
 * tasks_ask(a, tasks, n, res, e): a question about n tasks, or as many as the
 * platform needs for them, and what is said of each.  The caller ends *res,
 * which the answers are borrowed from, with pv_result_free after success.
 * Blocks.
 */
int	tasks_ask(struct account *, struct asked *, size_t,
	    struct pv_result *, struct err *);

/*
 * tasks_find(a, sent_ms, res, e): the tasks of the window in which a
 * submission is looked for: from the day before it was sent to the day after
 * today, by the calendar of the platform's tasks; none from a platform that
 * lists none.  The caller ends *res with
 * pv_result_free after success.  Blocks.
 */
int	tasks_find(struct account *, int64_t, struct pv_result *,
	    struct err *);

/*
 * follow_note(p, t, e): keep what the platform says of a batch's task with it.
 */
int	follow_note(struct ledger_part *, const struct pv_task *,
	    struct err *);

#endif
