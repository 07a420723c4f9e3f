/*
 * The thread that turns PENDING tasks into PROCESSING ones and those into
 * COMPLETE or ERROR.
 */
#ifndef SANDBOX_TASKS_H
#define SANDBOX_TASKS_H

#include <stdbool.h>
#include <stdint.h>

#include "moods.h"

struct bank_task;
struct banks;
struct clock;
struct err;
struct log;
struct tasks;

struct tasks_opts {
	const char	*db;		/* path of the banks file */
	const char	*folder;	/* of fetched files */
	int64_t		 queued_ms, running_ms;
	bool		 output;	/* counters into the task's text */
	struct moods	 moods;
	struct log	*log;
	const struct clock *clock;
};

/*
 * tasks_start(opts, e): open a connection of its own and begin.  Strings are
 * borrowed until tasks_stop.
 */
struct tasks *tasks_start(const struct tasks_opts *, struct err *);

/*
 * tasks_stop(t): end after the step at work; NULL is harmless.
 */
void	tasks_stop(struct tasks *);

/*
 * tasks_add(t, b, task, e): store a new task through b (times and status are
 * filled in, its id goes to task->id) and wake the thread.
 */
int	tasks_add(struct tasks *, struct banks *, struct bank_task *,
	    struct err *);

#endif
