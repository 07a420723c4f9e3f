/* Asking about tasks, and the pauses between the questions. */
#include "tasks.h"

#include <stdlib.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/log.h"
#include "../base/stop.h"
#include "../config/settings.h"
#include "../net/net.h"
#include "account.h"

void
pace_start(struct pace *p, const struct account *a)
{
	p->clock = a->clock;
	p->log = a->log;
	p->told = false;
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
	int64_t ms = pace_next(p, until, asked_ms);

	if (ms >= RETRY_LONG_MS && !p->told && p->log != NULL) {
		p->told = true;
		log_say(p->log, LOG_WARN, "asking again", LFF("because",
		    asked_ms >= ms ? "the platform wants to be left alone "
		    "so long" : "the job says so"), LFMS("after", ms));
	}
	clock_sleep(p->clock, ms);
	return stop_check(e);
}

/* One question, whose answer is added to res. */
static int
tasks_question(struct account *a, const char *const *ids, size_t n,
    struct pv_result *res, struct err *e)
{
	const struct pv_ask ask = { .verb = PV_STATUS, .tasks = ids,
	    .ntasks = n };
	struct pv_result some;
	struct pv_task *all;
	bool certain;

	if (account_ask(a, &ask, NULL, &some, &certain, e) == -1)
		return -1;
	all = reallocarray(res->tasks, res->ntasks + some.ntasks + 1,
	    sizeof(*all));
	if (all == NULL)
		err_nomem(e);
	else {
		res->tasks = all;
		if (some.ntasks > 0)
			memcpy(all + res->ntasks, some.tasks, some.ntasks *
			    sizeof(*all));
		res->ntasks += some.ntasks;
		some.ntasks = 0;	/* what they hold belongs to res now */
	}
	pv_result_free(&some);
	return all == NULL ? -1 : 0;
}

/* As many questions as it takes, each about tasks that go together. */
static int
tasks_questions(struct account *a, const char **ids, size_t n,
    struct pv_result *res, struct err *e)
{
	const char *other;
	size_t at, i, same;

	for (at = 0; at < n; at += same) {
		same = 1;
		for (i = at + 1; i < n; i++)
			if (a->prov->together == NULL ||
			    a->prov->together(ids[at], ids[i])) {
				other = ids[at + same];
				ids[at + same++] = ids[i];
				ids[i] = other;
			}
		if (tasks_question(a, ids + at, same, res, e) == -1)
			return -1;
	}
	return 0;
}

int
tasks_ask(struct account *a, struct asked *tasks, size_t n,
    struct pv_result *res, struct err *e)
{
	const char **ids = calloc(n + 1, sizeof(*ids));
	size_t i, k, open = 0;
	int rc;

	if (ids == NULL)
		return err_nomem(e);
	for (i = 0; i < n; i++)
		if (tasks[i].id != NULL)
			ids[open++] = tasks[i].id;
	memset(res, 0, sizeof(*res));
	rc = tasks_questions(a, ids, open, res, e);
	free(ids);
	if (rc == -1) {
		pv_result_free(res);
		return -1;
	}
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
