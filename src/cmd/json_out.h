/*
 * What several answers in JSON have in common, and runs as their members.
 */
#ifndef CMD_JSON_OUT_H
#define CMD_JSON_OUT_H

#include <stdint.h>

#include <jansson.h>

#include "../provider/provider.h"
#include "../report/json.h"

struct env;
struct run_report;

/*
 * json_run(r): one member of "runs" of coupondrop.run/1.
 */
json_t	*json_run(const struct run_report *);

/*
 * json_runs(v, schema, exit, runs): the head of an answer about runs: schema,
 * exit, version, host, config_sha256; runs stays the caller's.
 */
json_t	*json_runs(const struct env *, const char *, int, json_t *);

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
