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
struct http_loop;
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

/*
 * task_ask(a, id, res, t, e): what the platform says of a task, now; NULL in *t
 * when it does not know it.  The caller ends *res, which the answer is borrowed
 * from, with pv_result_free after success.  Blocks.
 */
int	task_ask(struct account *, const char *, struct pv_result *,
	    const struct pv_task **, struct err *);

/* A task that is followed; the caller's, zeroed but for these three. */
struct watch {
	struct account	*a;
	const char	*id;
	void		*arg;
	int64_t		 misses;	/* answers in a row that do not know
					   it */
	bool		 lost;		/* these are lost_after or more */
	bool		 over;		/* set by told and asked */
};

/* What came of a question. */
struct asked {
	struct account	*a;
	struct watch	**w;	/* all that it can be about */
	size_t		 n;
	const struct err *why;	/* it failed; or NULL */
	bool		 last;	/* before the deadline */
};

/* What is done with the answers. */
struct follower {
	int64_t	until;		/* monotonic; 0: no deadline */
	bool	at_once;	/* ask before the first pause */
	/*
	 * What the platform says of a task; NULL when it does not know it.
	 * -1 with the cause ends it all.
	 */
	int	(*told)(void *, struct watch *, const struct pv_task *,
		    struct err *);
	/*
	 * After each question.  Tasks that are not over are asked about again,
	 * whatever the trouble.
	 */
	int	(*asked)(void *, const struct asked *, struct err *);
	void	*arg;
};

/*
 * tasks_follow(f, http, w, n, e): ask for n tasks, of one account or many, all
 * of which call on the loop http, until each is over or f->until has passed:
 * those of an account together, each account at its own pace.  -1 with what a
 * callback said, or ERR_STOPPED.  Blocks.
 */
int	tasks_follow(const struct follower *, struct http_loop *,
	    struct watch *, size_t, struct err *);

/*
 * tasks_find(a, sent_ms, res, e): the tasks of the window in which a
 * submission is looked for: from the day before it was sent to the day after
 * today, by the calendar of the platform's tasks; none from a platform that
 * lists none.  The caller ends *res with pv_result_free after success.  Blocks.
 */
int	tasks_find(struct account *, int64_t, struct pv_result *,
	    struct err *);

/*
 * follow_note(p, t, e): keep what the platform says of a batch's task with it.
 */
int	follow_note(struct ledger_part *, const struct pv_task *,
	    struct err *);

#endif
