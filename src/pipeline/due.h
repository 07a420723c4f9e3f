/*
 * When a job is due, and whether it was started when it was.
 */
#ifndef PIPELINE_DUE_H
#define PIPELINE_DUE_H

#include <stdbool.h>
#include <stdint.h>

#include "../schedule/schedule.h"

struct ctx;
struct err;
struct set_job;

/* Seconds since 1970, and the same on the clocks of the job's zone. */
struct due {
	bool		 has_next;	/* it has a schedule that goes on */
	struct sched_due next;
	int64_t		 next_local;
	bool		 is_missed;
	struct sched_due missed;	/* the last time due, without a run */
};

/*
 * due_find(c, job, last_ms, d, e): the job's next time due after now, by the
 * clock of c, and the last one before if no run of the job was made since.
 * last_ms is when its newest run was made (created_ms), -1 for none: a job that
 * never ran has missed nothing.  For half an hour after it was due a run may
 * still come.  Nothing is set for a job without a schedule.  ERR_CONFIG for a
 * schedule or a zone that cannot be read.
 */
int	due_find(const struct ctx *, const struct set_job *, int64_t,
	    struct due *, struct err *);

#endif
