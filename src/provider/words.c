/*
 * The words of platforms for the state of a task, and our own words for states
 * and outcomes.
 *
 * A word that is not listed is not an ending: the task is asked about again
 * until its deadline.  So a platform that invents a word costs time, never a
 * wrong verdict.
 */
#include "words.h"

#include <string.h>

#include "../base/str.h"
#include "provider.h"

/* Words that mean the same at every platform that has them. */
static const struct pv_word common[] = {
	{ "QUEUED", TASK_QUEUED },
	{ "waiting", TASK_QUEUED },
	{ "STARTED", TASK_RUNNING },
	{ "working", TASK_RUNNING },
	{ "waiting_for_retry", TASK_RUNNING },
	{ "COMPLETED", TASK_DONE },
	{ "FINISHED", TASK_DONE },
	{ "SUCCESSFUL", TASK_DONE },
	{ "ERRORED", TASK_FAILED },
	{ "FAILED", TASK_FAILED },
	{ "CANCELLED", TASK_FAILED },
	{ .word = NULL },
};

static enum task_state
list_state(const struct pv_word *list, const char *word)
{
	for (; list->word != NULL; list++) {
		if (str_ieq(list->word, word))
			return list->state;
	}
	return TASK_UNKNOWN;
}

enum task_state
words_state(const struct pv_word *list, const char *word)
{
	enum task_state state;

	if (word == NULL)
		return TASK_UNKNOWN;
	state = list_state(list, word);
	return state != TASK_UNKNOWN ? state : list_state(common, word);
}

enum task_state
words_state_any(const char *word)
{
	enum task_state state = TASK_UNKNOWN;
	const struct provider *p;
	size_t i;

	for (i = 0; state == TASK_UNKNOWN && (p = provider_at(i)) != NULL; i++)
		state = words_state(p->words, word);
	return state;
}

bool
words_bad_end(const char *word)
{
	return strcasestr(word, "fail") != NULL ||
	    strcasestr(word, "error") != NULL ||
	    strcasestr(word, "cancel") != NULL;
}

const char *
task_state_name(enum task_state state)
{
	switch (state) {
	case TASK_QUEUED:
		return "queued";
	case TASK_RUNNING:
		return "running";
	case TASK_DONE:
		return "done";
	case TASK_FAILED:
		return "failed";
	case TASK_LOST:
		return "lost";
	case TASK_UNKNOWN:
		break;
	}
	return "unknown";
}

const char *
outcome_name(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_OK:
		return "ok";
	case OUTCOME_PARTIAL:
		return "partial";
	case OUTCOME_NONE:
		return "none";
	case OUTCOME_NA:
		return "na";
	case OUTCOME_UNCONFIRMED:
		break;
	}
	return "unconfirmed";
}

enum outcome
outcome_of(int64_t total, int64_t updated, int64_t failed)
{
	if (total < 0 || updated < 0 || failed < 0)
		return OUTCOME_UNCONFIRMED;
	/* The difference cannot overflow, a sum of foreign numbers could. */
	if (updated > total || total - updated != failed)
		return OUTCOME_UNCONFIRMED;
	if (total == 0)
		return OUTCOME_NA;
	if (failed == 0)
		return OUTCOME_OK;
	return updated == 0 ? OUTCOME_NONE : OUTCOME_PARTIAL;
}
