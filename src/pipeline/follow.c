/*
 * Following: ask until each task has ended.  All tasks of a run are asked for
 * in one call; pauses grow to a cap; trouble on the way is waited out, because
 * the platform works on meanwhile.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/fault.h"
#include "../base/log.h"
#include "account.h"
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
    const struct asked *asked, struct err *e)
{
	const struct pv_task *t = asked->now;
	bool news;

	p->polls++;
	if (asked->misses > 0)
		return asked->lost ? follow_lost(j, p, asked->misses, e) : 0;
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
follow_round(struct journey *j, struct asked *asked, struct err *e)
{
	struct pv_result res;
	size_t i;
	int rc = 0;

	for (i = 0; i < j->nparts; i++)
		asked[i].id = j->parts[i].state == PART_FOLLOWING ?
		    j->parts[i].task : NULL;
	if (tasks_ask(j->acct, asked, j->nparts, &res, e) == -1)
		return -1;
	for (i = 0; rc == 0 && i < j->nparts; i++)
		if (j->parts[i].state == PART_FOLLOWING)
			rc = follow_answer(j, &j->parts[i], &asked[i], e);
	pv_result_free(&res);
	follow_tell(j);
	return rc;
}

static int
follow_loop(struct journey *j, struct asked *asked, struct err *e)
{
	int64_t until = j->job->deadline_ms > 0 ?
	    clock_mono(j->c->clock) + j->job->deadline_ms : 0;
	struct pace pace;
	struct err why;
	char of[64];
	size_t n;

	pace_start(&pace, j->acct);
	err_clear(&why);
	while ((n = parts_in(j, PART_FOLLOWING)) > 0) {
		if (until != 0 && clock_mono(j->c->clock) >= until)
			return err_set(e, ERR_DEADLINE, "%zu of %s still "
			    "run%s at the deadline", n, str_count(j->nparts,
			    "task", of), n == 1 ? "s" : "");
		if (pace_wait(&pace, until, why.wait_ms, e) == -1)
			return -1;
		err_clear(&why);
		if (follow_round(j, asked, &why) == 0)
			continue;
		/* Trouble that may pass is waited out. */
		if (!err_is(&why, ERR_PASSES)) {
			*e = why;
			return err_wrap(e, "ask for tasks");
		}
		say(j, "wait", "cannot ask at the moment: %s", why.msg);
	}
	return 0;
}

int
step_follow(struct journey *j, struct err *e)
{
	int64_t t = clock_mono(j->c->clock);
	struct asked *asked;
	size_t n = parts_in(j, PART_FOLLOWING);
	char took[32], tasks[64];
	int rc;

	if (n == 0)
		return 0;
	if (journey_account(j, e) == NULL)
		return -1;
	asked = calloc(j->nparts + 1, sizeof(*asked));
	if (asked == NULL)
		return err_nomem(e);
	rc = follow_loop(j, asked, e);
	free(asked);
	t = spent(j, "follow", t);
	if (rc == 0)
		say(j, "wait", "%s ended after %s", str_count(n, "task",
		    tasks), duration_text(t, took));
	return rc;
}
