/*
 * status: one line for each job, and whether somebody is needed.
 *
 * The last run alone does not tell: tonight's went well, and last night's
 * waits for a decision, or did not go through.  So each job is shown by the
 * oldest run that needs a person, and only else by its last.
 */
#include <stdio.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/str.h"
#include "../config/set.h"
#include "../format/jsonx.h"
#include "../pipeline/ctx.h"
#include "../pipeline/due.h"
#include "../pipeline/lock.h"
#include "../pipeline/report.h"
#include "../report/json.h"
#include "../report/text.h"
#include "cmd.h"
#include "paste.h"

struct status {
	struct env	*v;
	struct ctx	 c;
	json_t		*jobs, *others;
	json_t		*untidy;	/* runs that left something behind */
	size_t		 needed;	/* jobs, or runs without one */
	struct paste	 p;		/* the lines */
	char		 first[ID_LEN + 1]; /* run to look at first */
};

/* What the runs of a job, or one without, come to. */
struct waiting {
	struct status	*s;
	const struct set_job *job;	/* NULL: none, or it is gone */
	char		 id[ID_LEN + 1]; /* the oldest that needs a person */
	json_t		*open;		/* all that wait */
	json_t		*unsettled;	/* and that ended badly */
	bool		 running;
};

static int
wait_needs(struct waiting *w, json_t *list, const char *id, struct err *e)
{
	if (json_array_append_new(list, json_string(id)) == -1)
		return err_nomem(e);
	if (w->id[0] == '\0' || strcmp(id, w->id) < 0)
		snprintf(w->id, sizeof(w->id), "%s", id);
	return 0;
}

static int
wait_open(void *arg, const char *id, struct err *e)
{
	struct waiting *w = arg;
	struct ledger_run run;
	bool busy;

	if (ledger_run_get(w->s->c.ledger, id, &run, e) == -1)
		return -1;
	busy = run.state != RUN_HELD && pipeline_busy(w->s->c.set, id);
	ledger_run_release(&run);
	if (!busy)
		return wait_needs(w, w->open, id, e);
	w->running = true;
	return 0;
}

static int
wait_ended(void *arg, const char *id, struct err *e)
{
	struct waiting *w = arg;
	struct ledger_run run;
	int code;

	if (ledger_run_get(w->s->c.ledger, id, &run, e) == -1)
		return -1;
	code = run.exit;
	ledger_run_release(&run);
	return env_fine(w->job, code) ? 0 :
	    wait_needs(w, w->unsettled, id, e);
}

static int
wait_begin(struct waiting *w, struct err *e)
{
	w->open = json_array();
	w->unsettled = json_array();
	return w->open == NULL || w->unsettled == NULL ? err_nomem(e) : 0;
}

static void
wait_release(struct waiting *w)
{
	json_decref(w->open);
	json_decref(w->unsettled);
}

/* The next time due: by its weekday within a week, else by its date. */
static const char *
next_text(const struct status *s, const struct due *d, char out[32])
{
	if (!d->has_next)
		return "-";
	text_day_minute(d->next_local, out);
	if (d->next.at - clock_wall(s->c.clock) / 1000 > 6 * 86400)
		out[14] = '\0';		/* "Sat 2026-11-21" */
	else
		memmove(out + 4, out + 15, 6);	/* "Sat 02:10" */
	return out;
}

static void
status_line(struct status *s, const char *job, const struct run_report *r,
    const struct due *d, const char *word)
{
	char shown[ID_LEN + 1], when[21], next[32];

	if (s->v->json)
		return;
	text_column(s->p.f, job, 12);
	fprintf(s->p.f, " %-16s %-13s %-14s ",
	    text_minute(r->run.created_ms, when),
	    ledger_short(s->c.ledger, r->run.id, shown),
	    next_text(s, d, next));
	text_line(s->p.f, "", word);
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

/* Milliseconds since 1970 at which a run was made; -1 with e. */
static int64_t
made_ms(struct status *s, const char *id, struct err *e)
{
	struct ledger_run run;
	int64_t ms;

	if (ledger_run_get(s->c.ledger, id, &run, e) == -1)
		return -1;
	ms = run.created_ms;
	ledger_run_release(&run);
	return ms;
}

/* A moment of a job in JSON, or null. */
static json_t *
moment_json(bool is, const struct sched_due *due)
{
	char at[21];

	return is ? json_string(clock_iso(due->at * 1000, at)) : json_null();
}

/* The line of a job that has had a run. */
static int
job_shown(struct waiting *w, const char *last)
{
	bool bad = w->id[0] != '\0';
	const char *id = bad ? w->id : last, *word;
	char missed[80], when[32];
	struct status *s = w->s;
	struct err *e = &s->v->err;
	struct run_report r;
	struct due d;
	int64_t made = made_ms(s, last, e);

	if (made == -1 || due_find(&s->c, w->job, made, &d, e) == -1)
		return -1;
	if (report_make(&s->c, id, &r, e) == -1) {
		report_release(&r);
		return -1;
	}
	if (bad)
		word = waits_because(&r);
	else if (d.is_missed) {
		snprintf(missed, sizeof(missed), "MISSED %s: no run since",
		    text_day_minute(d.missed.local, when));
		word = missed;
	} else if (w->running)
		word = "running";
	else
		word = r.exit != 0 && r.err.msg[0] != '\0' ? r.err.msg :
		    outcome_name(r.outcome);
	if (bad || d.is_missed)
		status_need(s, bad ? id : "");
	status_line(s, w->job->name, &r, &d, word);
	json_array_append_new(s->jobs, json_pack("{s:s, s:s, s:s, s:s, s:i, "
	    "s:b, s:b, s:O, s:O, s:o, s:o, s:o}", "job", w->job->name, "last",
	    last, "run", id, "outcome", outcome_name(r.outcome), "exit",
	    r.exit, "needed", bad || d.is_missed, "running",
	    (int)w->running, "open", w->open, "unsettled", w->unsettled,
	    "message", jsonx_str(word), "next", moment_json(d.has_next,
	    &d.next), "missed", moment_json(d.is_missed, &d.missed)));
	report_release(&r);
	return 0;
}

/* A job without a run. */
static int
job_new(struct waiting *w)
{
	char next[32];
	struct due d;

	if (due_find(&w->s->c, w->job, -1, &d, &w->s->v->err) == -1)
		return -1;
	if (!w->s->v->json) {
		text_column(w->s->p.f, w->job->name, 12);
		fprintf(w->s->p.f, " %-16s %-13s %-14s none yet\n", "", "",
		    next_text(w->s, &d, next));
	}
	json_array_append_new(w->s->jobs, json_pack("{s:s, s:n, s:n, s:n, "
	    "s:i, s:b, s:b, s:O, s:O, s:n, s:o, s:n}", "job", w->job->name,
	    "last", "run", "outcome", "exit", 0, "needed", 0, "running", 0,
	    "open", w->open, "unsettled", w->unsettled, "message", "next",
	    moment_json(d.has_next, &d.next), "missed"));
	return 0;
}

static int
status_job(struct status *s, const struct set_job *job)
{
	struct ledger_filter open = { .job = job->name, .unfinished = true };
	struct ledger_filter ended = { .job = job->name, .unsettled = true };
	struct waiting w = { .s = s, .job = job };
	char ref[200], last[ID_LEN + 1];
	struct err none, *e = &s->v->err;
	int rc = wait_begin(&w, e);

	err_clear(&none);
	snprintf(ref, sizeof(ref), "last:%s", job->name);
	if (rc == 0 && ledger_find(s->c.ledger, ref, last, &none) == 0) {
		if (ledger_each_run(s->c.ledger, &open, wait_open, &w,
		    e) == -1 || ledger_each_run(s->c.ledger, &ended,
		    wait_ended, &w, e) == -1)
			rc = -1;
		else
			rc = job_shown(&w, last);
	} else if (rc == 0 && none.code == ERR_REF)
		rc = job_new(&w);
	else if (rc == 0) {
		*e = none;
		rc = -1;
	}
	wait_release(&w);
	return rc;
}

/* A run of no job, or of one that is gone. */
static int
status_other(struct status *s, const char *id,
    int (*look)(void *, const char *, struct err *), struct err *e)
{
	struct waiting w = { .s = s };
	const struct due none = { .has_next = false };
	struct run_report r;
	int rc = report_make(&s->c, id, &r, e);

	if (rc == 0 && (r.run.job == NULL ||
	    set_job_find(s->c.set, r.run.job) == NULL))
		rc = wait_begin(&w, e) == -1 ? -1 : look(&w, id, e);
	if (rc == 0 && w.id[0] != '\0') {
		status_need(s, id);
		status_line(s, r.run.job != NULL ? r.run.job : "(by hand)",
		    &r, &none, waits_because(&r));
		json_array_append_new(s->others, json_pack("{s:o, s:s, s:i, "
		    "s:s}", "job", jsonx_str(r.run.job), "run", id, "exit",
		    r.exit, "message", waits_because(&r)));
	}
	wait_release(&w);
	report_release(&r);
	return rc;
}

static int
other_open(void *arg, const char *id, struct err *e)
{
	return status_other(arg, id, wait_open, e);
}

static int
other_ended(void *arg, const char *id, struct err *e)
{
	return status_other(arg, id, wait_ended, e);
}

static int
status_untidy(void *arg, const char *id, struct err *e)
{
	struct status *s = arg;

	return json_array_append_new(s->untidy, json_string(id)) == 0 ? 0 :
	    err_nomem(e);
}

static int
status_all(struct status *s)
{
	const struct ledger_filter open = { .unfinished = true };
	const struct ledger_filter ended = { .unsettled = true };
	const struct ledger_filter untidy = { .untidy = true };
	struct err *e = &s->v->err;
	size_t i;

	if (env_pipeline(s->v, &s->c) == -1)
		return -1;
	if (!s->v->json)
		fprintf(s->p.f, "%-12s %-16s %-13s %-14s %s\n", "JOB",
		    "LAST (UTC)", "RUN", "NEXT", "RESULT");
	for (i = 0; i < s->c.set->njobs; i++)
		if (status_job(s, &s->c.set->jobs[i]) == -1)
			return -1;
	if (ledger_each_run(s->c.ledger, &open, other_open, s, e) == -1 ||
	    ledger_each_run(s->c.ledger, &ended, other_ended, s, e) == -1)
		return -1;
	return ledger_each_run(s->c.ledger, &untidy, status_untidy, s, e);
}

/* Who is to look where. */
static void
status_end(struct status *s)
{
	char shown[ID_LEN + 1], runs[64];
	size_t n;

	if (s->v->json)
		return;
	if (s->c.set->njobs == 0)
		fputs("no job is configured; \"coupondrop config show\" "
		    "tells where that was looked for\n", s->p.f);
	n = json_array_size(s->untidy);
	if (n > 0)
		fprintf(s->p.f, "%s left files behind: coupondrop cleanup\n",
		    str_count(n, "run", runs));
	if (s->needed == 0)
		return;
	fprintf(s->p.f, "%zu need%s a person", s->needed, s->needed == 1 ?
	    "s" : "");
	if (s->first[0] != '\0')
		fprintf(s->p.f, ": coupondrop show %s",
		    ledger_short(s->c.ledger, s->first, shown));
	putc('\n', s->p.f);
}

static int
status_run(struct env *v)
{
	struct status s = { .v = v, .jobs = json_array(),
	    .others = json_array(), .untidy = json_array() };
	int code = 0;
	json_t *o;

	paste_begin(&s.p);
	if (status_all(&s) == -1)
		code = env_fail(v);
	else {
		code = s.needed > 0 ? 3 : 0;
		status_end(&s);
	}
	paste_end(&s.p, v);
	env_pipeline_close(&s.c);
	if (v->json && v->err.code == ERR_NONE) {
		o = json_schema("coupondrop.status/1", code);
		json_object_set(o, "jobs", s.jobs);
		json_object_set(o, "others", s.others);
		json_object_set(o, "untidy", s.untidy);
		code = env_answer(v, o, code);
	}
	json_decref(s.jobs);
	json_decref(s.others);
	json_decref(s.untidy);
	return code;
}

const struct command cmd_status = {
	"status", "", "one line per job; exit 0 only if nobody is needed",
	"every day", FLAGS_COMMON, false,
	"Shows each job by the oldest of its runs that needs a person, or by "
	"its last run\nand what came of it, and runs by hand that need one.  "
	"A run that did not go\nthrough needs a person until its content was "
	"sent again with success, or until\n\"coupondrop ack\" closes it.  A "
	"job with a \"schedule\" that was not run since it\nwas last due, half "
	"an hour ago or longer, is MISSED until it runs.  The exit\ncode is 0 "
	"only when nobody is needed, so it can feed a monitor.",
	status_run
};
