/*
 * Following the tasks of a run: what each answer means for its batch.  Trouble
 * on the way is waited out, because the platform works on meanwhile.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/fault.h"
#include "../base/log.h"
#include "account.h"
#include "follow_refs.h"
#include "guess.h"
#include "journey.h"
#include "say.h"
#include "steps.h"
#include "tasks.h"

int
follow_note(struct ledger_part *p, const struct pv_task *t, struct err *e)
{
	if (str_set(&p->word, t->word, e) == -1 ||
	    str_set(&p->text, t->text, e) == -1)
		return -1;
	p->total = t->total;
	p->updated = t->updated;
	p->failed = t->failed;
	return 0;
}

/*
 * What became of a guessed task says nothing of ours unless codes bear the
 * guess out.  1 when they do not and the part is unknown again.
 */
static int
follow_guess(struct journey *j, struct ledger_part *p, struct err *e)
{
	enum guess g;

	if (p->inferred != ADOPTED_GUESS)
		return 0;
	if (guess_weigh(j, p, &g, e) == -1)
		return -1;
	if (g == GUESS_PROVEN)
		return 0;
	return guess_drop(j, p, e) == 0 ? 1 : -1;
}

static int
follow_failed(struct journey *j, struct ledger_part *p,
    const struct pv_task *t, struct err *e)
{
	struct err why;
	int dropped = follow_guess(j, p, e);

	if (dropped != 0)
		return dropped > 0 ? 0 : -1;
	err_clear(&why);
	err_set(&why, ERR_TASK_FAILED, "task %s ended with %s%s%.300s", p->task,
	    t->word, t->text != NULL && t->text[0] != '\0' ? ": " : "",
	    t->text != NULL ? t->text : "");
	if (part_fault(j, p, &why, e) == -1)
		return -1;
	/* It may have applied rows before it failed. */
	return part_move(j, p, PART_VERIFYING, why.msg, e);
}

/* The platform does not know the task any more, asked so many times. */
static int
follow_lost(struct journey *j, struct ledger_part *p, int64_t misses,
    struct err *e)
{
	char rows[64], times[64];
	struct err why;
	int dropped = follow_guess(j, p, e);

	if (dropped != 0)
		return dropped > 0 ? 0 : -1;
	err_clear(&why);
	err_set(&why, ERR_LOST, "the platform does not know task %s (batch "
	    "%d, %s) any more, asked %s", p->task, p->no,
	    str_count((uint64_t)p->rows, "row", rows),
	    str_count((uint64_t)misses, "time", times));
	if (part_fault(j, p, &why, e) == -1)
		return -1;
	return part_move(j, p, PART_LOST, why.msg, e);
}

/* What one answer says about one part. */
static int
follow_answer(struct journey *j, struct ledger_part *p,
    const struct watch *w, const struct pv_task *t, struct err *e)
{
	bool news;

	p->polls++;
	if (w->misses > 0)
		return w->lost ? follow_lost(j, p, w->misses, e) : 0;
	news = p->word == NULL || strcmp(p->word, t->word) != 0;
	if (!news && (t->state == TASK_QUEUED || t->state == TASK_RUNNING ||
	    t->state == TASK_UNKNOWN))
		return 0;
	if (follow_note(p, t, e) == -1)
		return -1;
	if (FAULT_POINT("followed"))
		return err_set(e, ERR_IO, "injected");
	if (t->state == TASK_FAILED)
		return follow_failed(j, p, t, e);
	if (t->state == TASK_DONE)
		return part_move(j, p, PART_VERIFYING, t->word, e);
	if (t->state == TASK_UNKNOWN)
		log_say(j->c->log, LOG_WARN, "the platform uses a word for a "
		    "task that is not known; asking on",
		    LFF("word", t->word), LFS("task", p->task));
	return ledger_part_note(j->c->ledger, j->run.id, p, e);
}

/* "2 PROCESSING, 1 COMPLETE", when it has changed. */
static void
follow_tell(struct journey *j)
{
	char text[sizeof(j->tasks_said)] = "";
	size_t i, k, n, len = 0;
	const char *word;

	for (i = 0; i < j->nparts && len < sizeof(text); i++) {
		word = j->parts[i].word;
		if (word == NULL)
			continue;
		/* Each word once: with the first batch that has it. */
		for (n = 0, k = 0; k < j->nparts; k++) {
			if (j->parts[k].word == NULL ||
			    strcmp(j->parts[k].word, word) != 0)
				continue;
			if (k < i)
				break;
			n++;
		}
		if (n > 0)
			len += (size_t)snprintf(text + len, sizeof(text) -
			    len, "%s%zu %s", len > 0 ? ", " : "", n, word);
	}
	if (len == 0 || strcmp(text, j->tasks_said) == 0)
		return;
	memcpy(j->tasks_said, text, sizeof(text));
	say(j, "wait", "%s", text);
}

static int
follow_told(void *arg, struct watch *w, const struct pv_task *t,
    struct err *e)
{
	struct ledger_part *p = w->arg;
	struct journey *j = arg;
	const struct pipe_ui *ui = &j->c->ui;
	char ref[REF_MAX];

	if (ui->task != NULL && t != NULL && w->misses == 0) {
		snprintf(ref, sizeof(ref), "%s:%s", j->run.provider, p->task);
		ui->task(ui->task_arg, j->run.id, ref, (size_t)p->no, t);
	}
	if (follow_answer(j, p, w, t, e) == -1)
		return -1;
	w->over = p->state != PART_FOLLOWING;
	return 0;
}

/* Trouble that may pass is waited out, unless nothing is to be waited for. */
static int
follow_asked(void *arg, const struct asked *asked, struct err *e)
{
	const struct err *why = asked->why;
	struct journey *j = arg;

	if (why == NULL) {
		follow_tell(j);
		return 0;
	}
	if (j->c->once || !err_is(why, ERR_PASSES)) {
		*e = *why;
		return err_wrap(e, "ask for tasks");
	}
	say(j, "wait", "cannot ask at the moment: %s", why->msg);
	return 0;
}

static int
follow_all(struct journey *j, struct watch *w, struct err *e)
{
	struct follower f = { .told = follow_told, .asked = follow_asked,
	    .arg = j, .at_once = j->c->once };
	char of[64];
	size_t i, n = 0;

	if (j->c->once || j->job->deadline_ms > 0)
		f.until = clock_mono(j->c->clock) + (j->c->once ? 0 :
		    j->job->deadline_ms);
	for (i = 0; i < j->nparts; i++)
		if (j->parts[i].state == PART_FOLLOWING)
			w[n++] = (struct watch){ .a = j->acct,
			    .id = j->parts[i].task, .arg = &j->parts[i] };
	if (tasks_follow(&f, j->acct->http, w, n, e) == -1)
		return -1;
	n = parts_in(j, PART_FOLLOWING);
	return n == 0 ? 0 : err_set(e, ERR_DEADLINE, "%zu of %s still run%s"
	    "%s", n, str_count(j->nparts, "task", of), n == 1 ? "s" : "",
	    j->c->once ? "" : " at the deadline");
}

int
step_follow(struct journey *j, struct err *e)
{
	int64_t t = clock_mono(j->c->clock);
	struct watch *w;
	size_t n = parts_in(j, PART_FOLLOWING);
	char took[32], tasks[64];
	int rc;

	if (n == 0)
		return 0;
	if (journey_account(j, e) == NULL)
		return -1;
	w = calloc(n, sizeof(*w));
	if (w == NULL)
		return err_nomem(e);
	rc = follow_all(j, w, e);
	free(w);
	t = spent(j, "follow", t);
	if (rc == 0)
		say(j, "wait", "%s ended after %s", str_count(n, "task",
		    tasks), duration_text(t, took));
	return rc;
}
