/*
 * Pauses before something is tried again.
 */
#ifndef PIPELINE_RETRY_H
#define PIPELINE_RETRY_H

#include <stdint.h>

#include "../base/err.h"

struct log;

/*
 * retry_wait(attempt, first_ms, asked_ms, rnd): pause before try attempt + 1
 * (attempt from 1): full jitter below first_ms doubled each time, capped at
 * 5 min, at least asked_ms.  Pure.
 */
int64_t	retry_wait(int, int64_t, int64_t, uint32_t);

/*
 * retry_pause(l, attempt, first_ms, err, e): log and sleep that pause.  Returns
 * -1 with ERR_STOPPED when asked to stop.
 */
int	retry_pause(struct log *, int, int64_t, const struct err *,
	    struct err *);

#endif
