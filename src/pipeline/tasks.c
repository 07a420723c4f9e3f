/* Asking about tasks, and the pauses between the questions. */
#include "tasks.h"

#include <stdlib.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/stop.h"
#include "../config/settings.h"
#include "../net/net.h"
#include "account.h"

void
pace_start(struct pace *p, const struct account *a)
{
	p->clock = a->clock;
	p->wait_ms = a->set->poll_first_ms > 0 ? a->set->poll_first_ms :
	    a->prov->poll_first_ms;
	p->cap_ms = a->set->poll_cap_ms > 0 ? a->set->poll_cap_ms :
	    a->prov->poll_cap_ms;
	if (a->set->poll_first_ms == 0 &&
	    p->wait_ms < a->prov->poll_floor_ms)
		p->wait_ms = a->prov->poll_floor_ms;
}

int64_t
pace_next(struct pace *p, int64_t until, int64_t asked_ms)
{
	int64_t left = until - clock_mono(p->clock), ms;

	if (asked_ms > NET_PAUSE_MAX_MS)
		asked_ms = NET_PAUSE_MAX_MS;
	ms = p->wait_ms > asked_ms ? p->wait_ms : asked_ms;
	if (until != 0 && left < ms)
		ms = left > 0 ? left : 0;
	p->wait_ms += p->wait_ms / 2 + 1;
	if (p->wait_ms > p->cap_ms)
		p->wait_ms = p->cap_ms;
	return ms;
}

int
pace_wait(struct pace *p, int64_t until, int64_t asked_ms, struct err *e)
{
	clock_sleep(p->clock, pace_next(p, until, asked_ms));
	return stop_check(e);
}

int
tasks_ask(struct account *a, struct asked *tasks, size_t n,
    struct pv_result *res, struct err *e)
{
	struct pv_ask ask = { .verb = PV_STATUS };
	const char **ids = calloc(n + 1, sizeof(*ids));
	bool certain;
	size_t i, k;
	int rc;

	if (ids == NULL)
		return err_nomem(e);
	for (i = 0; i < n; i++)
		if (tasks[i].id != NULL)
			ids[ask.ntasks++] = tasks[i].id;
	ask.tasks = ids;
	rc = account_ask(a, &ask, NULL, res, &certain, e);
	free(ids);
	if (rc == -1)
		return -1;
	for (i = 0; i < n; i++) {
		if (tasks[i].id == NULL)
			continue;
		tasks[i].now = NULL;
		for (k = 0; tasks[i].now == NULL && k < res->ntasks; k++)
			if (strcmp(res->tasks[k].id, tasks[i].id) == 0)
				tasks[i].now = &res->tasks[k];
		if (tasks[i].now == NULL || tasks[i].now->state == TASK_LOST)
			tasks[i].misses++;
		else
			tasks[i].misses = 0;
		tasks[i].lost = tasks[i].misses >= a->set->lost_after;
	}
	return 0;
}

int
tasks_find(struct account *a, int64_t sent_ms, struct pv_result *res,
    struct err *e)
{
	struct pv_ask ask = { .verb = PV_FIND };
	struct tz *zone;
	int64_t now = clock_wall(a->clock);
	struct date day;
	bool certain;

	memset(res, 0, sizeof(*res));
	if (!provider_can(a->prov, PV_FIND))
		return 0;
	zone = tz_open(a->clock, a->prov->task_zone, e);
	if (zone == NULL)
		return -1;
	day = tz_date(zone, sent_ms);
	ask.from = date_add(&day, -1);
	/* The clock may have been set back since. */
	day = tz_date(zone, now > sent_ms ? now : sent_ms);
	ask.to = date_add(&day, 1);
	tz_free(zone);
	return account_ask(a, &ask, NULL, res, &certain, e);
}
