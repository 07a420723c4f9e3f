/*
 * The words of five platforms for the state of a task, and our own words for
 * states and outcomes.
 *
 * A word that is not listed is not an ending: the task is asked about again
 * until its deadline.  So a platform that invents a word costs time, never a
 * wrong verdict.
 */
#include "words.h"

#include "../base/str.h"

struct word {
	const char	*word;	/* compared without regard to case */
	enum task_state	 state;
};

/* From the vendors' pages; the platforms that say so in the margin. */
static const struct word words[] = {
	{ "PENDING", TASK_QUEUED },		/* Mapp */
	{ "QUEUED", TASK_QUEUED },		/* Capillary */
	{ "waiting", TASK_QUEUED },		/* Placewise */
	{ "PROCESSING", TASK_RUNNING },		/* Mapp */
	{ "STARTED", TASK_RUNNING },		/* Capillary */
	{ "working", TASK_RUNNING },		/* Placewise */
	{ "waiting_for_retry", TASK_RUNNING },	/* Placewise */
	{ "COMPLETE", TASK_DONE },		/* Mapp, Uniware */
	{ "COMPLETED", TASK_DONE },		/* Capillary, Which50 */
	{ "FINISHED", TASK_DONE },		/* Capillary, Placewise */
	{ "SUCCESSFUL", TASK_DONE },		/* Uniware, its page */
	{ "ERROR", TASK_FAILED },		/* Mapp */
	{ "ERRORED", TASK_FAILED },		/* Capillary */
	{ "FAILED", TASK_FAILED },		/* Uniware, Placewise */
	{ "CANCELLED", TASK_FAILED },		/* Uniware */
};

#define NWORDS	(sizeof(words) / sizeof(words[0]))

enum task_state
words_state(const char *word)
{
	size_t i;

	for (i = 0; word != NULL && i < NWORDS; i++) {
		if (str_ieq(words[i].word, word))
			return words[i].state;
	}
	return TASK_UNKNOWN;
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
