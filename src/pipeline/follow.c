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
	char *word = str_dup(t->word, e), *text = NULL;

	if (word == NULL)
		return -1;
	if (t->text != NULL && (text = str_dup(t->text, e)) == NULL) {
		free(word);
		return -1;
	}
	free(p->word);
	free(p->text);
	p->word = word;
	p->text = text;
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
	if (guess_weigh(j, p, &g, e) != 0)
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
	if (part_fault(j, p, &why, e) != 0)
		return -1;
	/* It may have applied rows before it failed. */
	return part_move(j, p, PART_VERIFYING, why.msg, e);
}

static int
follow_missing(struct journey *j, struct ledger_part *p, int64_t *misses,
    struct err *e)
{
	char rows[64], times[64];
	struct err why;
	int dropped;

	if (++*misses < j->acct->set->lost_after)
		return 0;
	dropped = follow_guess(j, p, e);
	if (dropped != 0)
		return dropped > 0 ? 0 : -1;
	err_clear(&why);
	err_set(&why, ERR_LOST, "the platform does not know task %s (batch "
	    "%d, %s) any more, asked %s", p->task, p->no,
	    str_count((uint64_t)p->rows, "row", rows),
	    str_count((uint64_t)*misses, "time", times));
	if (part_fault(j, p, &why, e) != 0)
		return -1;
	return part_move(j, p, PART_LOST, why.msg, e);
}

/* What one answer says about one part. */
static int
follow_answer(struct journey *j, struct ledger_part *p,
    const struct pv_task *t, int64_t *misses, struct err *e)
{
	bool news;

	p->polls++;
	if (t == NULL || t->state == TASK_LOST)
		return follow_missing(j, p, misses, e);
	*misses = 0;
	news = p->word == NULL || strcmp(p->word, t->word) != 0;
	if (!news && (t->state == TASK_QUEUED || t->state == TASK_RUNNING ||
	    t->state == TASK_UNKNOWN))
		return 0;
	if (follow_note(p, t, e) != 0)
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

/* Whether an earlier batch has the same word, so that it is counted there. */
static bool
word_counted(const struct journey *j, size_t i)
{
	size_t k;

	for (k = 0; k < i; k++)
		if (j->parts[k].word != NULL &&
		    strcmp(j->parts[k].word, j->parts[i].word) == 0)
			return true;
	return false;
}

/* "2 PROCESSING, 1 COMPLETE", when it has changed. */
static void
follow_tell(struct journey *j)
{
	char text[sizeof(j->waited)] = "";
	size_t i, k, n, len = 0;

	for (i = 0; i < j->nparts && len < sizeof(text); i++) {
		if (j->parts[i].word == NULL || word_counted(j, i))
			continue;
		for (n = 0, k = i; k < j->nparts; k++)
			n += j->parts[k].word != NULL &&
			    strcmp(j->parts[k].word, j->parts[i].word) == 0;
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "%s%zu %s", len > 0 ? ", " : "", n, j->parts[i].word);
	}
	if (len == 0 || strcmp(text, j->waited) == 0)
		return;
	memcpy(j->waited, text, sizeof(text));
	say(j, "wait", "%s", text);
}

static int
follow_round(struct journey *j, int64_t *misses, struct err *e)
{
	const char **ids = calloc(j->nparts + 1, sizeof(*ids));
	struct pv_result res;
	size_t i, n = 0;
	int rc = 0;

	if (ids == NULL)
		return err_nomem(e);
	for (i = 0; i < j->nparts; i++)
		if (j->parts[i].state == PART_FOLLOWING)
			ids[n++] = j->parts[i].task;
	if (tasks_ask(j->acct, ids, n, &res, e) != 0) {
		free(ids);
		return -1;
	}
	free(ids);
	for (i = 0; rc == 0 && i < j->nparts; i++)
		if (j->parts[i].state == PART_FOLLOWING)
			rc = follow_answer(j, &j->parts[i],
			    task_of(&res, j->parts[i].task), &misses[i], e);
	pv_result_free(&res);
	follow_tell(j);
	return rc;
}

/* Trouble while asking: wait it out if it may pass. */
static int
follow_trouble(struct journey *j, const struct err *why, struct err *e)
{
	if (!err_is(why, ERR_PASSES)) {
		*e = *why;
		return err_wrap(e, "ask for tasks");
	}
	say(j, "wait", "cannot ask at the moment: %s", why->msg);
	return 0;
}

static int
follow_late(struct journey *j, struct err *e)
{
	size_t n = parts_in(j, PART_FOLLOWING);
	char of[64];

	return err_set(e, ERR_DEADLINE, "%zu of %s still run%s at the "
	    "deadline", n, str_count(j->nparts, "task", of),
	    n == 1 ? "s" : "");
}

static int
follow_loop(struct journey *j, int64_t *misses, struct err *e)
{
	int64_t until = j->job->deadline_ms > 0 ?
	    clock_mono_ms() + j->job->deadline_ms : 0;
	struct pace pace;
	struct err why;

	pace_start(&pace, j->acct);
	err_clear(&why);
	while (parts_in(j, PART_FOLLOWING) > 0) {
		if (until != 0 && clock_mono_ms() >= until)
			return follow_late(j, e);
		if (pace_wait(&pace, until, why.wait_ms, e) != 0)
			return -1;
		err_clear(&why);
		if (follow_round(j, misses, &why) != 0 &&
		    follow_trouble(j, &why, e) != 0)
			return -1;
	}
	return 0;
}

int
step_follow(struct journey *j, struct err *e)
{
	int64_t t = clock_mono_ms(), *misses;
	size_t n = parts_in(j, PART_FOLLOWING);
	char took[32], tasks[64];
	int rc;

	if (n == 0)
		return 0;
	if (journey_account(j, e) == NULL)
		return -1;
	misses = calloc(j->nparts + 1, sizeof(*misses));
	if (misses == NULL)
		return err_nomem(e);
	rc = follow_loop(j, misses, e);
	free(misses);
	spent(j, "follow", t);
	if (rc == 0)
		say(j, "wait", "%s ended after %s", str_count(n, "task",
		    tasks), duration_text(clock_mono_ms() - t, took));
	return rc;
}
