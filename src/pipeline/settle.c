/*
 * Settling: bytes of a submission may have arrived, and no answer came.
 *
 * Two kinds of evidence, both positive: exactly one task that was not there
 * before and belongs to nobody else, or looked-up codes that changed to what
 * was sent.  Absence proves nothing: a task may show late, so a part without
 * evidence stays unknown until a person decides.
 *
 * A task adopted because it is the only new one is a guess: another program's
 * task may have come while ours never arrived.  When it has ended the codes
 * must bear the guess out, whatever the job says of verification; when none
 * of them carries what was sent, the part is unknown again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/fault.h"
#include "../base/stop.h"
#include "../config/settings.h"
#include "account.h"
#include "guess.h"
#include "journey.h"
#include "lock.h"
#include "samples.h"
#include "say.h"
#include "steps.h"
#include "tasks.h"

#define SETTLE_TRIES	4	/* a new task may not be listed at once */
#define SETTLE_SHOWN	5
#define GUESS_TRIES	3	/* a bank may lag behind its task */
#define RIVAL_MS	(24 * 60 * 60 * 1000LL) /* as far as tasks are listed */

/* Tasks that could be this part's. */
struct candidates {
	size_t	 n;
	char	 id[PV_ID_MAX];	/* of the last one */
	bool	 rival;		/* it could be another part's, too */
	bool	 ended, failed;	/* the last one has */
	bool	 refuted;	/* ... and the codes say it is not ours */
	char	 list[400];	/* for people */
};

/* Tasks that were not there before and belong to nobody else. */
static int
settle_tasks(struct journey *j, struct ledger_part *p, struct candidates *out,
    struct err *e)
{
	struct account *a = journey_account(j, e);
	struct pv_result res;
	size_t i, len = 0;
	int mine = 0;

	if (a == NULL)
		return -1;
	if (tasks_find(a, p->intent_ms, &res, e) == -1)
		return err_wrap(e, "list tasks");
	memset(out, 0, sizeof(*out));
	for (i = 0; i < res.ntasks && mine >= 0; i++) {
		mine = ledger_task_new(j->c->ledger, j->run.provider,
		    j->run.id, p->no, res.tasks[i].id, e);
		if (mine <= 0)
			continue;
		snprintf(out->id, sizeof(out->id), "%s", res.tasks[i].id);
		out->failed = res.tasks[i].state == TASK_FAILED;
		out->ended = out->failed || res.tasks[i].state == TASK_DONE;
		if (out->n++ < SETTLE_SHOWN && len < sizeof(out->list))
			len += (size_t)snprintf(out->list + len,
			    sizeof(out->list) - len, "%s%s:%s (%s)",
			    len > 0 ? ", " : "", j->run.provider,
			    res.tasks[i].id, res.tasks[i].word);
	}
	pv_result_free(&res);
	return mine < 0 ? -1 : 0;
}

/* Looked-up codes, compared with what they were before the call. */
struct evidence {
	size_t	changed;	/* to what was sent */
	size_t	open;		/* that could have changed */
	size_t	absent;		/* not in the bank before: can prove nothing */
	size_t	carried;	/* what was sent; not known since when */
	size_t	against;	/* in the bank, without what was sent */
};

/* Count what one looked-up code says. */
static void
evidence_add(struct evidence *v, const struct ledger_sample *s)
{
	bool applied = sample_applied(s);

	if (sample_already(s))
		return;
	v->against += s->asked_after && s->known_after && !applied;
	if (!s->asked_before) {
		v->carried += applied;
		return;
	}
	v->absent += !s->known_before;
	v->open += s->known_before;
	v->changed += s->known_before && applied;
}

/* Codes were looked up, and none of them carries what was sent. */
static bool
evidence_refutes(const struct evidence *v)
{
	return v->against > 0 && v->changed == 0 && v->carried == 0;
}

static int
settle_samples(struct journey *j, struct ledger_part *p, struct evidence *v,
    struct err *e)
{
	struct ledger_sample *s;
	size_t n, i;
	int rc;

	memset(v, 0, sizeof(*v));
	if (ledger_samples(j->c->ledger, j->run.id, p->no, &s, &n, e) == -1)
		return -1;
	rc = n > 0 ? lookup(j, s, n, true, e) : 0;
	for (i = 0; rc == 0 && i < n; i++)
		evidence_add(v, &s[i]);
	free(s);
	return rc;
}

static int
settle_adopt(struct journey *j, struct ledger_part *p, const char *task,
    struct err *e)
{
	if (str_set(&p->task, task, e) == -1)
		return -1;
	p->inferred = ADOPTED_GUESS;
	part_forgive(p);
	if (FAULT_POINT("settled"))
		return err_set(e, ERR_IO, "injected");
	say(j, "settle", "batch %d: the answer was lost; the only new task, "
	    "%s, is ours", p->no, task);
	return part_move(j, p, PART_FOLLOWING, "adopted: the only new task",
	    e);
}

static int
settle_open(struct journey *j, struct ledger_part *p,
    const struct candidates *c, const struct evidence *v, struct err *e)
{
	char rows[64], tasks[64], codes[120];
	struct err why;

	if (j->job->on_unknown == UNKNOWN_RESUBMIT) {
		say(j, "settle", "batch %d: nothing proves that it arrived; "
		    "sending again (on_unknown: resubmit)", p->no);
		return part_move(j, p, p->inlined ? PART_PREPARED :
		    PART_STAGED, "on_unknown: resubmit", e);
	}
	err_clear(&why);
	if (c->refuted)
		snprintf(codes, sizeof(codes), "but none of %zu looked-up "
		    "codes carries what was sent", v->against);
	else
		snprintf(codes, sizeof(codes), "%zu of %zu looked-up codes "
		    "changed", v->changed, v->open);
	err_set(&why, ERR_UNKNOWN, "batch %d (%s) was sent, but no answer "
	    "came; %s could be it%s%s%s%s", p->no,
	    str_count((uint64_t)p->rows, "row", rows),
	    str_count(c->n, "new task", tasks), c->n > 0 ? ": " : "",
	    c->list, c->refuted ? ", " : "; ", codes);
	if (part_fault(j, p, &why, e) == -1)
		return -1;
	return ledger_part_note(j->c->ledger, j->run.id, p, e);
}

/*
 * A lone new task is adopted unless it could be another part's, too.  One that
 * has ended is measured by the codes before: one that failed without changing
 * any need not be ours.
 */
static int
settle_lone(struct journey *j, struct ledger_part *p, struct candidates *c,
    struct err *e)
{
	struct evidence v;
	int rival;

	rival = ledger_task_rival(j->c->ledger, j->run.provider, j->run.id,
	    p->no, c->id, p->intent_ms - RIVAL_MS, e);
	if (rival < 0)
		return -1;
	c->rival = rival > 0;
	if (c->rival)
		return 0;
	if (c->ended) {
		if (settle_samples(j, p, &v, e) == -1)
			return -1;
		c->refuted = evidence_refutes(&v) ||
		    (c->failed && v.changed == 0);
	}
	return c->refuted ? 0 : settle_adopt(j, p, c->id, e);
}

/*
 * The tasks as they are while nobody submits: another run's new task must not
 * be seen before it is in the ledger.
 */
static int
settle_by_task(struct journey *j, struct ledger_part *p,
    struct candidates *c, struct err *e)
{
	int lock, rc;

	lock = lock_named(j->c, "provider", j->run.provider,
	    SUBMIT_LOCK_MS, e);
	if (lock == -1)
		return -1;
	rc = settle_tasks(j, p, c, e);
	if (rc == 0 && c->n == 1)
		rc = settle_lone(j, p, c, e);
	close(lock);
	return rc;
}

static int
settle_part(struct journey *j, struct ledger_part *p, struct err *e)
{
	struct candidates c = { 0 };
	struct evidence v = { 0 };
	int i;

	for (i = 0; i < SETTLE_TRIES; i++) {
		if (i > 0)
			clock_sleep(j->c->clock,
			    j->acct->set->poll_first_ms > 0 ?
			    j->acct->set->poll_first_ms :
			    j->acct->prov->poll_first_ms);
		if (stop_check(e) == -1)
			return -1;
		if (!p->inlined && settle_by_task(j, p, &c, e) == -1)
			return -1;
		if (p->state != PART_UNKNOWN)
			return 0;
		if (settle_samples(j, p, &v, e) == -1)
			return -1;
		if (v.open == 0 || v.changed < v.open)
			continue;
		if (c.n == 0) {
			/*
			 * No task is needed to follow: rows in the call are
			 * applied at once, so that each can be looked up.
			 */
			part_forgive(p);
			say(j, "settle", "batch %d: the answer was lost; all "
			    "%zu looked-up codes changed to what was sent",
			    p->no, v.changed);
			return part_move(j, p, PART_VERIFYING,
			    "settled: looked-up codes changed", e);
		}
		if (c.n == 1)	/* only ours can have changed these codes */
			return settle_adopt(j, p, c.id, e);
	}
	return settle_open(j, p, &c, &v, e);
}

int
guess_weigh(struct journey *j, struct ledger_part *p, enum guess *g,
    struct err *e)
{
	struct evidence v;
	struct pace pace;
	int i;

	if (journey_account(j, e) == NULL)
		return -1;
	pace_start(&pace, j->acct);
	for (i = 0;; i++) {
		if (settle_samples(j, p, &v, e) == -1)
			return -1;
		*g = v.changed > 0 ? GUESS_PROVEN : evidence_refutes(&v) ?
		    GUESS_REFUTED : GUESS_OPEN;
		if (*g != GUESS_REFUTED || i + 1 == GUESS_TRIES)
			return 0;
		if (pace_wait(&pace, 0, 0, e) == -1)
			return -1;
	}
}

int
guess_drop(struct journey *j, struct ledger_part *p, struct err *e)
{
	struct candidates c = { .n = 1 };
	struct evidence v;

	snprintf(c.list, sizeof(c.list), "%s:%s (%s)", j->run.provider,
	    p->task, p->word != NULL ? p->word : "not listed any more");
	if (p->state == PART_FOLLOWING && part_move(j, p, PART_VERIFYING,
	    p->word, e) == -1)
		return -1;
	if (settle_samples(j, p, &v, e) == -1)
		return -1;
	c.refuted = evidence_refutes(&v);
	say(j, "settle", "batch %d: task %s is not taken for ours any more",
	    p->no, p->task);
	free(p->task);
	free(p->word);
	free(p->text);
	p->task = p->word = p->text = NULL;
	p->inferred = ADOPTED_NOT;
	p->total = p->updated = p->failed = -1;
	if (part_move(j, p, PART_UNKNOWN, "a guess that the codes do not "
	    "bear out", e) == -1)
		return -1;
	return settle_open(j, p, &c, &v, e);
}

int
step_settle(struct journey *j, struct err *e)
{
	size_t i;

	/* The process died before it knew. */
	for (i = 0; i < j->nparts; i++)
		if (j->parts[i].state == PART_SUBMITTING &&
		    part_move(j, &j->parts[i], PART_UNKNOWN,
		    "interrupted while sending", e) == -1)
			return -1;
	for (i = 0; i < j->nparts; i++) {
		if (j->parts[i].state != PART_UNKNOWN)
			continue;
		if (journey_account(j, e) == NULL ||
		    settle_part(j, &j->parts[i], e) == -1)
			return -1;
	}
	return 0;
}
