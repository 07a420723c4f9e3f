/*
 * Locks between processes: on a run, a job, a provider account, a content.
 */
#ifndef PIPELINE_LOCK_H
#define PIPELINE_LOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "../base/err.h"

struct clock;
struct ctx;
struct settings;

#define SUBMIT_LOCK_MS	(10 * 60 * 1000) /* for another run's submission */

/*
 * pipeline_lock(clock, path, wait_ms, what, e): an exclusive kernel lock on a
 * file, made if missing, holding our pid.  Returns the descriptor (closing it
 * unlocks) or -1 with ERR_LOCKED naming the holder and since when; what says
 * what is locked.  Blocks up to wait_ms.
 */
int	pipeline_lock(const struct clock *, const char *, int64_t, const char *,
	    struct err *);

/*
 * pipeline_lock_job(c, job, wait_ms, e): pipeline_lock for a job, of which
 * one run is at work at a time.
 */
int	pipeline_lock_job(const struct ctx *, const char *, int64_t,
	    struct err *);

/*
 * lock_named(c, kind, name, wait_ms, e): pipeline_lock below state_dir/locks.
 */
int	lock_named(const struct ctx *, const char *, const char *, int64_t,
	    struct err *);

/*
 * pipeline_busy(set, id): whether some process is at work on a run.
 */
bool	pipeline_busy(const struct settings *, const char *);

#endif
