/*
 * status: one line for each job, and whether somebody is needed.
 *
 * The last run alone does not tell: tonight's went well, and last night's
 * waits for a decision.  So each job is shown by the oldest run that needs a
 * person, and only else by its last.
 */
#include <stdio.h>
#include <string.h>

#include "../base/str.h"
#include "../format/jsonx.h"
#include "../pipeline/pipeline.h"
#include "cmd.h"
#include "json_out.h"
#include "text_out.h"

struct status {
	struct env	*v;
	struct ctx	 c;
	json_t		*jobs, *others;
	size_t		 needed;	/* jobs, or runs without one */
	char		 first[ID_LEN + 1]; /* run to look at first */
};

/* What the unfinished runs of a job come to. */
struct waiting {
	struct status	*s;
	char		 id[ID_LEN + 1]; /* the oldest that needs a person */
	json_t		*open;		/* all of them */
	bool		 running;
};

static int
wait_one(void *arg, const char *id, struct err *e)
{
	struct waiting *w = arg;
	struct ledger_run run;
	bool busy;

	if (ledger_run_get(w->s->c.ledger, id, &run, e) != 0)
		return -1;
	busy = run.state != RUN_HELD && pipeline_busy(w->s->c.set, id);
	ledger_run_release(&run);
	if (busy)
		w->running = true;
	else if (json_array_append_new(w->open, json_string(id)) != 0)
		return err_nomem(e);
	else if (w->id[0] == '\0')
		snprintf(w->id, sizeof(w->id), "%s", id);
	return 0;
}

/* Whether a run that has ended needs nobody. */
static bool
ended_well(const struct set_job *job, int code)
{
	const int *p = job != NULL ? job->ok_exits : NULL;

	for (; p != NULL && *p >= 0; p++)
		if (*p == code)
			return true;
	return code == 0 || code == 5 || code == 6;
}

static void
status_line(struct status *s, const char *job, const struct run_report *r,
    const char *word)
{
	char shown[ID_LEN + 1], when[21];

	if (s->v->json)
		return;
	text_column(stdout, job, 12);
	printf(" %-16s %-10s ", text_minute(r->run.created_ms, when),
	    ledger_short(s->c.ledger, r->run.id, shown));
	text_name(stdout, word);
	putchar('\n');
}

static void
status_need(struct status *s, const char *id)
{
	s->needed++;
	if (s->first[0] == '\0')
		snprintf(s->first, sizeof(s->first), "%s", id);
}

static const char *
waits_because(const struct run_report *r)
{
	if (r->err.msg[0] != '\0')
		return r->err.msg;
	return r->run.state == RUN_HELD ? "waits to be resumed" :
	    "broken off, waits to be resumed";
}

/* The line of a job that has had a run. */
static int
job_shown(struct status *s, const struct set_job *job, const char *last,
    struct waiting *w)
{
	const char *id = w->id[0] != '\0' ? w->id : last, *word;
	struct run_report r;
	bool bad = false;

	if (report_make(&s->c, id, &r, &s->v->err) != 0) {
		report_release(&r);
		return -1;
	}
	if (w->id[0] != '\0') {
		word = waits_because(&r);
		bad = true;
	} else if (w->running)
		word = "running";
	else {
		bad = !ended_well(job, r.exit);
		word = r.exit != 0 && r.err.msg[0] != '\0' ? r.err.msg :
		    outcome_name(r.outcome);
	}
	if (bad)
		status_need(s, id);
	status_line(s, job->name, &r, word);
	json_array_append_new(s->jobs, json_pack("{s:s, s:s, s:s, s:s, s:i, "
	    "s:b, s:b, s:O, s:o}", "job", job->name, "last", last, "run", id,
	    "outcome", outcome_name(r.outcome), "exit", r.exit, "needed",
	    (int)bad, "running", (int)w->running, "open", w->open, "message",
	    jsonx_str(word)));
	report_release(&r);
	return 0;
}

static int
status_job(struct status *s, const struct set_job *job)
{
	const struct ledger_filter f = { .job = job->name,
	    .unfinished = true };
	struct waiting w = { .s = s, .open = json_array() };
	char ref[200], last[ID_LEN + 1];
	struct err none;
	int rc;

	err_clear(&none);
	snprintf(ref, sizeof(ref), "last:%s", job->name);
	if (ledger_find(s->c.ledger, ref, last, &none) != 0) {
		if (!s->v->json) {
			text_column(stdout, job->name, 12);
			printf(" %-16s %-10s none yet\n", "", "");
		}
		json_array_append_new(s->jobs, json_pack("{s:s, s:n, s:n, "
		    "s:n, s:i, s:b, s:b, s:o, s:n}", "job", job->name, "last",
		    "run", "outcome", "exit", 0, "needed", 0, "running", 0,
		    "open", w.open, "message"));
		s->v->err = none.code == ERR_REF ? s->v->err : none;
		return none.code == ERR_REF ? 0 : -1;
	}
	rc = ledger_each_run(s->c.ledger, &f, wait_one, &w, &s->v->err);
	if (rc == 0)
		rc = job_shown(s, job, last, &w);
	json_decref(w.open);
	return rc;
}

/* Runs that wait and are of no job, or of one that is gone. */
static int
status_other(void *arg, const char *id, struct err *e)
{
	struct status *s = arg;
	struct waiting w = { .s = s, .open = json_array() };
	struct run_report r;
	size_t i;
	int rc = report_make(&s->c, id, &r, &s->v->err);

	for (i = 0; rc == 0 && r.run.job != NULL && i <
	    s->c.set->njobs; i++)
		if (strcmp(s->c.set->jobs[i].name, r.run.job) == 0)
			goto out;
	if (rc == 0)
		rc = wait_one(&w, id, e);
	if (rc == 0 && w.id[0] != '\0') {
		status_need(s, id);
		status_line(s, r.run.job != NULL ? r.run.job : "(by hand)",
		    &r, waits_because(&r));
		json_array_append_new(s->others, json_pack("{s:o, s:s, s:i, "
		    "s:s}", "job", jsonx_str(r.run.job), "run", id, "exit",
		    r.exit, "message", waits_because(&r)));
	}
out:
	json_decref(w.open);
	report_release(&r);
	return rc;
}

static int
status_all(struct status *s)
{
	const struct ledger_filter all = { .unfinished = true };
	size_t i;

	if (env_pipeline(s->v, &s->c) != 0)
		return -1;
	if (!s->v->json)
		printf("%-12s %-16s %-10s %s\n", "JOB", "LAST (UTC)", "RUN",
		    "RESULT");
	for (i = 0; i < s->c.set->njobs; i++)
		if (status_job(s, &s->c.set->jobs[i]) != 0)
			return -1;
	return ledger_each_run(s->c.ledger, &all, status_other, s,
	    &s->v->err);
}

/* Who is to look where. */
static void
status_end(struct status *s)
{
	char shown[ID_LEN + 1];

	if (s->v->json)
		return;
	if (s->c.set->njobs == 0)
		puts("no job is configured; \"coupondrop config show\" tells "
		    "where that was looked for");
	if (s->needed == 0)
		return;
	printf("%zu need%s a person: coupondrop show %s\n", s->needed,
	    s->needed == 1 ? "s" : "", ledger_short(s->c.ledger, s->first,
	    shown));
}

static int
status_run(struct env *v)
{
	struct status s = { .v = v, .jobs = json_array(),
	    .others = json_array() };
	int code = 0;
	json_t *o;

	if (status_all(&s) != 0)
		code = env_fail(v);
	else {
		code = s.needed > 0 ? 3 : 0;
		status_end(&s);
	}
	env_pipeline_close(&s.c);
	if (v->json && v->err.code == ERR_NONE) {
		o = json_schema("coupondrop.status/1", code);
		json_object_set(o, "jobs", s.jobs);
		json_object_set(o, "others", s.others);
		if (env_answer(v, o) != 0)
			code = env_fail(v);
	}
	json_decref(s.jobs);
	json_decref(s.others);
	return code;
}

const struct command cmd_status = {
	"status", "", "one line per job; exit 0 only if nobody is needed",
	"every day", FLAG(F_HELP) | FLAG(F_JSON) | FLAG(F_CONFIG) |
	    FLAG(F_VERBOSE) | FLAG(F_LOG_FORMAT), false,
	"Shows each job by the oldest of its runs that needs a person, or by "
	"its last run\nand what came of it, and runs by hand that wait.  The "
	"exit code is 0 only when\nnobody is needed, so it can feed a "
	"monitor.",
	status_run
};
