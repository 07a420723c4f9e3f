/*
 * Pauses before something is tried again.
 */
#ifndef PIPELINE_RETRY_H
#define PIPELINE_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "../base/err.h"

struct clock;
struct log;

/*
 * retry_wait(attempt, first_ms, asked_ms, rnd): pause before try attempt + 1
 * (attempt from 1): full jitter below first_ms doubled each time, capped at
 * 5 min, at least asked_ms.  Pure.
 */
int64_t	retry_wait(int, int64_t, int64_t, uint32_t);

/* A pause that a person is told of: what goes on looks like hanging. */
#define RETRY_LONG_MS	60000

/* Tries of one thing. */
struct retry {
	struct log	*log;
	const struct clock *clock;
	int64_t		 most;		/* tries after the first, */
	int64_t		 for_ms;	/* ... and on until so long after its
					   failure */
	int64_t		 until;		/* monotonic; no server has us wait
					   past it; 0: no end */
	int64_t		 first_ms;
	int		 failed;	/* tries so far */
	int64_t		 since;		/* monotonic time of the first */
	bool		*told;		/* of a long pause, once; NULL: of
					   each */
};

/*
 * retry_may(r, why): whether there is one more try after one that failed
 * because of why, which may pass.
 */
bool	retry_may(const struct retry *, const struct err *);

/*
 * retry_after(r, why): a try failed: count it, and log and return the pause
 * before the next, in milliseconds.
 */
int64_t	retry_after(struct retry *, const struct err *);

/*
 * retry_pause(r, why, e): a try failed: count it, and log and sleep the pause
 * before the next.  Returns -1 with ERR_STOPPED when asked to stop.
 */
int	retry_pause(struct retry *, const struct err *, struct err *);

/*
 * retry_next(r, passes, why, e): a try failed because of why, which may pass or
 * not: 0 after the pause before the next.  -1 when there is none, with why in
 * *e, or ERR_STOPPED.
 */
int	retry_next(struct retry *, bool, const struct err *, struct err *);

#endif
