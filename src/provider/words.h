/*
 * The words for the state of a task and for an outcome: those of the platforms,
 * and our own.
 */
#ifndef PROVIDER_WORDS_H
#define PROVIDER_WORDS_H

#include <stdbool.h>
#include <stdint.h>

enum task_state { TASK_QUEUED, TASK_RUNNING, TASK_DONE, TASK_FAILED,
	TASK_LOST, TASK_UNKNOWN };
enum outcome { OUTCOME_OK, OUTCOME_PARTIAL, OUTCOME_NONE,
	OUTCOME_UNCONFIRMED, OUTCOME_NA };

/* A word of a platform; compared without regard to case. */
struct pv_word {
	const char	*word;
	enum task_state	 state;
};

/*
 * words_state(list, word): the state for a word of the platform whose list this
 * is, ended by NULL; words that mean the same at every platform that has them
 * need not be in it.  TASK_UNKNOWN for words that no vendor lists.
 */
enum task_state words_state(const struct pv_word *, const char *);

/*
 * words_state_any(word): likewise for a word of which only the text was kept;
 * no two platforms use one differently.
 */
enum task_state words_state_any(const char *);

/*
 * words_bad_end(word): whether a word that no vendor lists is taken for a bad
 * end: platforms.md "All platforms".
 */
bool	words_bad_end(const char *);

/*
 * task_state_name(s): the word for a state of a task in the JSON.
 */
const char *task_state_name(enum task_state);

/*
 * outcome_name(o): the word for an outcome in the JSON.
 */
const char *outcome_name(enum outcome);

/*
 * outcome_of(total, updated, failed): from counters; OUTCOME_UNCONFIRMED
 * when they are not said or do not add up.
 */
enum outcome outcome_of(int64_t, int64_t, int64_t);

#endif
