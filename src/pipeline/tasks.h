/*
 * Asking a platform about tasks, and the pauses between the questions.
 */
#ifndef PIPELINE_TASKS_H
#define PIPELINE_TASKS_H

#include <stddef.h>
#include <stdint.h>

#include "../base/err.h"
#include "../provider/provider.h"

struct account;
struct ledger_part;
struct tz;

/* Pauses between questions. */
struct pace {
	int64_t	wait_ms, cap_ms;
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
 * pace_wait(p, until, asked_ms, e): sleep for pace_next.  ERR_STOPPED.
 */
int	pace_wait(struct pace *, int64_t, int64_t, struct err *);

/*
 * tasks_ask(a, ids, n, res, e): one question about n tasks.  The caller ends
 * *res with pv_result_free after success.
 */
int	tasks_ask(struct account *, const char **, size_t,
	    struct pv_result *, struct err *);

/*
 * task_of(r, id): what the answer says of a task, or NULL.
 */
const struct pv_task *task_of(const struct pv_result *, const char *);

/*
 * follow_note(p, t, e): keep what the platform says of a batch's task with it.
 */
int	follow_note(struct ledger_part *, const struct pv_task *,
	    struct err *);

/*
 * provider_zone(p, e): the zone of the provider's task dates; free with
 * tz_free.
 */
struct tz *provider_zone(const struct provider *, struct err *);

#endif
