/*
 * What came of a run and its tasks, for a person and for a program.
 */
#ifndef REPORT_RUN_H
#define REPORT_RUN_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

#include "../provider/provider.h"

struct run_report;

/*
 * text_run(f, r, shown, dry): the account of a run; shown is its short id; dry
 * tells that it was a dry run, of which nothing is named that will be gone.
 */
void	text_run(FILE *, const struct run_report *, const char *, bool);

/*
 * headline_word(r, dry): what came of a run, in capitals: "OK", "FAILED".
 */
const char *headline_word(const struct run_report *, bool);

/*
 * headline_cause(msg, out, size): of a message that begins with the way ("put a
 * to HOST: no connection") the cause, after the last server that it names
 * ("HOST: no connection"), into out.  How many bytes of msg are the way; 0: it
 * has none.
 */
size_t	headline_cause(const char *, char *, size_t);

/*
 * headline(r, columns, out, size): a run in one line of so many columns, at
 * least 20, into out: the word, how many rows wait, the cause; or, where it
 * went well, its numbers.
 */
void	headline(const struct run_report *, size_t, char *, size_t);

/*
 * text_because(f, r): the line with the reason of a run that did not end well.
 */
void	text_because(FILE *, const struct run_report *);

/*
 * json_run(r): one member of "runs" of coupondrop.run/1.
 */
json_t	*json_run(const struct run_report *);

/*
 * json_runs(schema, exit, sha256, runs): an answer about runs: schema, exit,
 * version, host, the sum of the configuration, and the list runs, which stays
 * the caller's.  NULL when out of memory.
 */
json_t	*json_runs(const char *, int, const char *, json_t *);

/*
 * json_tasks(r, list): the tasks of a run as members of "tasks" of
 * coupondrop.follow/1, added to list.  0, or -1 out of memory.
 */
int	json_tasks(const struct run_report *, json_t *);

/*
 * json_followed(ref, task, outcome, why): one member of "tasks" of
 * coupondrop.follow/1; why is ERR_NONE when nothing is wrong with it.
 */
json_t	*json_followed(const char *, const struct pv_task *, enum outcome,
	    const struct err *);

#endif
