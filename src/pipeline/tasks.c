/* Asking about tasks, and the pauses between the questions. */
#include "tasks.h"

#include <string.h>

#include "../base/clock.h"
#include "../base/stop.h"
#include "../config/settings.h"
#include "../net/net.h"
#include "account.h"

void
pace_start(struct pace *p, const struct account *a)
{
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
	int64_t left = until - clock_mono_ms(), ms;

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
	clock_sleep_ms(pace_next(p, until, asked_ms));
	return stop_check(e);
}

int
tasks_ask(struct account *a, const char **ids, size_t n,
    struct pv_result *res, struct err *e)
{
	struct pv_ask ask = { .verb = PV_STATUS, .tasks = ids, .ntasks = n };
	struct pv_state st;
	bool certain;

	return account_ask(a, &ask, &st, res, &certain, e);
}

const struct pv_task *
task_of(const struct pv_result *r, const char *id)
{
	size_t i;

	for (i = 0; i < r->ntasks; i++)
		if (strcmp(r->tasks[i].id, id) == 0)
			return &r->tasks[i];
	return NULL;
}

struct tz *
provider_zone(const struct provider *p, struct err *e)
{
	return tz_open(p->task_zone, e);
}
