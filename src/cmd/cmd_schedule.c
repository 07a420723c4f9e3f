/* schedule: when the jobs are due next. */
#include <stdio.h>
#include <string.h>

#include "../base/clock.h"
#include "../config/set.h"
#include "../format/jsonx.h"
#include "../report/json.h"
#include "../report/text.h"
#include "../schedule/schedule.h"
#include "cmd.h"

#define COUNT_MAX	1000
#define COUNT_ONE	5	/* lines where one job is named */

struct dues {
	struct env	*v;
	size_t		 count;		/* of each job */
	json_t		*jobs;
};

static void
due_print(const struct set_job *job, const struct sched_due *due,
    int64_t local)
{
	char when[32], asked[32];

	text_column(stdout, job->name, 12);
	printf(" %-20s  ", text_day_minute(local, when));
	text_name(stdout, job->check.timezone != NULL ?
	    job->check.timezone : "zone of this machine");
	text_day_minute(due->local, asked);
	if (due->moved)
		printf("; %s does not exist there", strncmp(asked, when,
		    sizeof("Sat 2026-11-21") - 1) == 0 ?
		    asked + sizeof("Sat 2026-11-21") : asked);
	putchar('\n');
}

static int
due_json(json_t *list, const struct sched_due *due, int64_t local,
    struct err *e)
{
	char at[21], when[21], asked[21];

	return json_array_append_new(list, json_pack("{s:s, s:s, s:o}", "at",
	    clock_iso(due->at * 1000, at), "local", text_minute(local * 1000,
	    when), "moved_from", due->moved ? json_string(text_minute(
	    due->local * 1000, asked)) : json_null())) == 0 ? 0 :
	    err_nomem(e);
}

static int
due_job(struct dues *d, const struct set_job *job)
{
	struct err *e = &d->v->err;
	json_t *list = json_array();
	struct tz *z = NULL;
	struct sched_due due = { .at = clock_wall(d->v->clock) / 1000 };
	struct sched s;
	size_t i;
	int rc = 0;

	if (job->schedule == NULL) {
		if (!d->v->json) {
			text_column(stdout, job->name, 12);
			puts(" no schedule");
		}
	} else if (sched_parse(job->schedule, &s, e) == -1 ||
	    (z = tz_open(d->v->clock, job->check.timezone, e)) == NULL)
		rc = err_wrap(e, "job \"%s\"", job->name);
	for (i = 0; rc == 0 && z != NULL && i < d->count &&
	    sched_next(&s, z, due.at, &due); i++) {
		int64_t local = due.at + tz_offset(z, due.at);

		if (d->v->json)
			rc = due_json(list, &due, local, e);
		else
			due_print(job, &due, local);
	}
	tz_free(z);
	if (json_array_append_new(d->jobs, json_pack("{s:s, s:o, s:o, s:O}",
	    "job", job->name, "schedule", jsonx_str(job->schedule), "zone",
	    jsonx_str(job->check.timezone), "due", list)) == -1 && rc == 0)
		rc = err_nomem(e);
	json_decref(list);
	return rc;
}

static int
due_all(struct dues *d)
{
	struct env *v = d->v;
	const struct settings *s = &v->config.set;
	const struct set_job *one = NULL;
	uint64_t n = v->line.nargs == 1 ? COUNT_ONE : 1;
	size_t i;

	if (v->line.nargs > 1)
		return err_set(&v->err, ERR_USAGE, "name one job at a time");
	if (env_config(v) == -1)
		return -1;
	if (v->line.nargs == 1) {
		one = set_job_find(s, v->line.args[0]);
		if (one == NULL)
			return err_set(&v->err, ERR_CONFIG, "there is no job "
			    "\"%s\" in the configuration", v->line.args[0]);
	} else if (s->njobs == 0)
		return err_set(&v->err, ERR_CONFIG, "no job is configured");
	if (env_number(v, F_COUNT, COUNT_MAX, &n) == -1)
		return -1;
	if (n == 0)
		return err_set(&v->err, ERR_USAGE, "--count 0 shows nothing");
	d->count = (size_t)n;
	if (!v->json)
		printf("%-12s %-20s  %s\n", "JOB", "DUE", "ZONE");
	if (one != NULL)
		return due_job(d, one);
	for (i = 0; i < s->njobs; i++)
		if (due_job(d, &s->jobs[i]) == -1)
			return -1;
	return 0;
}

static int
schedule_run(struct env *v)
{
	struct dues d = { .v = v, .jobs = json_array() };
	json_t *o;
	int code;

	code = due_all(&d) == 0 ? 0 : env_fail(v);
	if (v->json && code == 0) {
		o = json_schema("coupondrop.schedule/1", code);
		json_object_set(o, "jobs", d.jobs);
		code = env_answer(v, o, code);
	}
	json_decref(d.jobs);
	return code;
}

const struct command cmd_schedule = {
	"schedule", "[JOB]", "when the jobs are due next",
	"every day",
	FLAG(F_HELP) | FLAG(F_JSON) | FLAG(F_CONFIG) | FLAG(F_COUNT),
	SETTINGS_NONE,
	"Shows the next moments that the \"schedule\" of each job, or of JOB, "
	"names, as the\nclocks of its \"timezone\" show them.  A time that is "
	"left out when clocks are set\nforward is due when the gap ends; one "
	"that comes twice is due the first time\nonly, unless the hour field "
	"has * or a step.  Cron is what starts the runs.\n\n"
	"  coupondrop schedule nightly -n 30",
	schedule_run
};
