/* When a job is due, and whether it was started when it was. */
#include "due.h"

#include <string.h>

#include "../base/clock.h"
#include "../base/err.h"
#include "ctx.h"

/*
 * Seconds after which a run that was due does not come any more: cron starts
 * within a minute, but what starts it may spread its starts, and a run is made
 * only when its file stands still.
 */
#define DUE_GRACE	(30 * 60)

int
due_find(const struct ctx *c, const struct set_job *job, int64_t last_ms,
    struct due *d, struct err *e)
{
	int64_t now = clock_wall(c->clock) / 1000;
	struct sched_due past;
	struct sched s;
	struct tz *z;

	memset(d, 0, sizeof(*d));
	if (job->schedule == NULL)
		return 0;
	if (sched_parse(job->schedule, &s, e) == -1)
		return err_wrap(e, "job \"%s\"", job->name);
	z = tz_open(c->clock, job->check.timezone, e);
	if (z == NULL)
		return err_wrap(e, "job \"%s\"", job->name);
	d->has_next = sched_next(&s, z, now, &d->next);
	if (d->has_next)
		d->next_local = d->next.at + tz_offset(z, d->next.at);
	if (last_ms >= 0 && sched_last(&s, z, now - DUE_GRACE, &past) &&
	    last_ms / 1000 < past.at) {
		d->is_missed = true;
		d->missed = past;
	}
	tz_free(z);
	return 0;
}
