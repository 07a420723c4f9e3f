/* Asking about tasks, and the pauses between the questions. */
#include "tasks.h"

#include <stdlib.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/log.h"
#include "../base/stop.h"
#include "../config/settings.h"
#include "../net/http.h"
#include "account.h"
#include "ask.h"

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

/* What an answer says of a task, or NULL. */
static const struct pv_task *
task_in(const struct pv_result *res, const char *id)
{
	size_t i;

	for (i = 0; i < res->ntasks; i++)
		if (strcmp(res->tasks[i].id, id) == 0)
			return &res->tasks[i];
	return NULL;
}

/* Count the answers in a row that do not know a task. */
static bool
task_missed(const struct account *a, const struct pv_task *t, int64_t *misses)
{
	*misses = t == NULL || t->state == TASK_LOST ? *misses + 1 : 0;
	return *misses >= a->set->lost_after;
}

int
task_ask(struct account *a, const char *id, struct pv_result *res,
    const struct pv_task **t, struct err *e)
{
	const struct pv_ask ask = { .verb = PV_STATUS, .tasks = &id,
	    .ntasks = 1 };
	bool certain;

	if (account_ask(a, &ask, NULL, res, &certain, e) == -1)
		return -1;
	*t = task_in(res, id);
	return 0;
}

/* Tasks of one account that one question can be about. */
struct question {
	struct following	*in;
	struct account		*a;
	struct watch		**w;
	size_t			 n, cap;
	const char		**ids;	/* of the question under way */
	struct pace		 pace;
	struct asking		*asking;
	struct net_timer	*timer;	/* until the next */
};

struct following {
	const struct follower	*f;
	struct http_loop	*http;
	struct question		*q;
	size_t			 n;
	size_t			 open;	/* questions that are not done */
	int			 rc;
	struct err		*e;
};

static void question_ask(void *);

static void
question_after(struct question *q, int64_t ms)
{
	q->timer = http_after(q->in->http, ms, question_ask, q, q->in->e);
	if (q->timer == NULL)
		q->in->rc = -1;
}

static void
question_told(struct question *q, const struct pv_result *res)
{
	struct following *in = q->in;
	const struct pv_task *t;
	size_t i;

	for (i = 0; i < q->n && in->rc == 0; i++) {
		if (q->w[i]->over)
			continue;
		t = task_in(res, q->w[i]->id);
		q->w[i]->lost = task_missed(q->a, t, &q->w[i]->misses);
		in->rc = in->f->told(in->f->arg, q->w[i], t, in->e);
	}
}

static void
question_answered(void *arg, struct pv_result *res, bool certain,
    const struct err *why)
{
	struct question *q = arg;
	struct following *in = q->in;
	const struct asked asked = { .a = q->a, .w = q->w, .n = q->n,
	    .why = why, .last = in->f->until != 0 &&
	    clock_mono(q->a->clock) >= in->f->until };
	size_t i, left = 0;

	(void)certain;
	q->asking = NULL;
	if (res != NULL) {
		question_told(q, res);
		pv_result_free(res);
	}
	if (in->rc == 0)
		in->rc = in->f->asked(in->f->arg, &asked, in->e);
	for (i = 0; i < q->n; i++)
		left += !q->w[i]->over;
	if (in->rc == 0 && left > 0 && !asked.last)
		question_after(q, pace_next(&q->pace, in->f->until,
		    why != NULL ? why->wait_ms : 0));
	else
		in->open--;
}

static void
question_ask(void *arg)
{
	struct question *q = arg;
	struct pv_ask ask = { .verb = PV_STATUS, .tasks = q->ids };
	size_t i;

	q->timer = NULL;
	for (i = 0; i < q->n; i++)
		if (!q->w[i]->over)
			q->ids[ask.ntasks++] = q->w[i]->id;
	if (ask.ntasks == 0) {	/* over since, by another question */
		q->in->open--;
		return;
	}
	q->asking = account_start(q->a, &ask, NULL, question_answered, q,
	    q->in->e);
	if (q->asking == NULL)
		q->in->rc = -1;
}

/* The question with room, about tasks that go together with this one. */
static struct question *
question_for(struct following *in, const struct watch *w, size_t nwatches,
    struct err *e)
{
	const struct provider *p = w->a->prov;
	struct question *q = in->q;
	size_t i;

	for (i = in->n; i > 0; i--)
		if (q[i - 1].a == w->a && q[i - 1].n < q[i - 1].cap &&
		    (p->together == NULL ||
		    p->together(q[i - 1].w[0]->id, w->id)))
			return &q[i - 1];
	q = &in->q[in->n];
	q->in = in;
	q->a = w->a;
	q->cap = p->status_max == 0 || nwatches < p->status_max ? nwatches :
	    p->status_max;
	q->w = calloc(q->cap, sizeof(*q->w));
	q->ids = calloc(q->cap, sizeof(*q->ids));
	in->n++;
	if (q->w == NULL || q->ids == NULL) {
		err_nomem(e);
		return NULL;
	}
	pace_start(&q->pace, w->a);
	return q;
}

static int
questions_make(struct following *in, struct watch *w, size_t n,
    struct err *e)
{
	struct question *q;
	size_t i;

	/* No more than tasks: each has at least one. */
	in->q = calloc(n + 1, sizeof(*in->q));
	if (in->q == NULL)
		return err_nomem(e);
	for (i = 0; i < n; i++) {
		if (w[i].over)
			continue;
		q = question_for(in, &w[i], n, e);
		if (q == NULL)
			return -1;
		q->w[q->n++] = &w[i];
	}
	return 0;
}

static void
questions_free(struct following *in)
{
	size_t i;

	for (i = 0; i < in->n; i++) {
		if (in->q[i].asking != NULL)
			asking_drop(in->q[i].asking);
		http_cancel(in->http, in->q[i].timer);
		free(in->q[i].w);
		free(in->q[i].ids);
	}
	free(in->q);
}

int
tasks_follow(const struct follower *f, struct http_loop *http,
    struct watch *w, size_t n, struct err *e)
{
	struct following in = { .f = f, .http = http, .e = e };
	size_t i;

	in.rc = questions_make(&in, w, n, e);
	for (i = 0; in.rc == 0 && i < in.n; i++) {
		in.open++;
		question_after(&in.q[i], f->at_once ? 0 :
		    pace_next(&in.q[i].pace, f->until, 0));
	}
	while (in.rc == 0 && in.open > 0)
		if (http_run(http, INT64_MAX, e) == -1)
			in.rc = -1;
	questions_free(&in);
	return in.rc;
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
