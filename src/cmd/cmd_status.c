/*
 * status: one line for each job, and whether somebody is needed.
 *
 * The last run alone does not tell: tonight's went well, and last night's
 * waits for a decision, or did not go through.  So each job is shown by the
 * oldest run that needs a person, and only else by its last.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/exit.h"
#include "../base/str.h"
#include "../config/set.h"
#include "../format/jsonx.h"
#include "../pipeline/ctx.h"
#include "../pipeline/due.h"
#include "../pipeline/lock.h"
#include "../pipeline/report.h"
#include "../report/json.h"
#include "../report/run.h"
#include "../report/text.h"
#include "cmd.h"
#include "logins.h"
#include "paste.h"
#include "zone.h"

#define STATUS_COLUMNS	100	/* of a line, at most */
#define STATUS_NAME	24	/* of them: a job's name, at most */
#define STATUS_OLD_MS	(300 * 24 * 3600 * 1000LL) /* then with its year */

/* What the runs of a job come to. */
struct waiting {
	const struct set_job *job;
	char		 last[ID_LEN + 1]; /* "": none */
	char		 id[ID_LEN + 1]; /* the oldest that needs a person */
	json_t		*open;		/* all that wait */
	json_t		*unsettled;	/* and that ended badly */
	bool		 running;
};

struct status {
	struct env	*v;
	struct ctx	 c;
	struct waiting	*of;		/* each job */
	const char	*zone;		/* of all jobs; NULL: they differ */
	bool		 due;		/* a job has a schedule */
	size_t		 width;		/* of the column of names */
	size_t		 rest;		/* columns of a result */
	json_t		*loose;		/* runs of no job, or of one that is
					   gone, that may need a person */
	json_t		*jobs, *others;
	json_t		*untidy;	/* runs that left something behind */
	json_t		*logins;	/* refused, and runs wait for them */
	size_t		 needed;	/* jobs, or runs without one */
	struct paste	 p;		/* the lines */
	char		 first[ID_LEN + 1]; /* run to look at first */
};

/*
 * When a run began, on the clocks of its job: "21 Nov 02:10", or "21 Nov 2025"
 * when that is long ago.
 */
static int
status_when(struct status *s, const struct set_job *job, int64_t ms,
    char out[32], struct err *e)
{
	struct tz *z = zone_open(s->v->clock, job, e);
	char stamp[20], day[16];
	struct date d;

	if (z == NULL)
		return -1;
	d = tz_date(z, ms);
	tz_stamp(z, ms, stamp);
	if (clock_wall(s->v->clock) - ms > STATUS_OLD_MS)
		snprintf(out, 32, "%s %d", text_date(&d, day), d.year);
	else
		snprintf(out, 32, "%s %.5s", text_date(&d, day), stamp +
		    sizeof("2026-11-21"));
	tz_free(z);
	return 0;
}

/* The next time due: by its weekday within a week, else by its date. */
static const char *
next_text(const struct status *s, const struct due *d, char out[16])
{
	char when[32];

	if (d == NULL || !d->has_next)
		return "-";
	text_day_minute(d->next_local, when);
	if (d->next.at - clock_wall(s->c.clock) / 1000 > 6 * 86400)
		snprintf(out, 16, "%.10s", when + sizeof("Sat"));
	else
		snprintf(out, 16, "%.3s %.5s", when, when +
		    sizeof("Sat 2026-11-21"));
	return out;
}

static void
status_columns(const struct status *s, const char *last, const char *run,
    const char *next)
{
	fprintf(s->p.f, " %-12s %-13s ", last, run);
	if (s->due)
		fprintf(s->p.f, "%-10s ", next);
}

static int
status_line(struct status *s, const struct set_job *job,
    const struct run_report *r, const struct due *d, const char *line)
{
	char shown[ID_LEN + 1], when[32], next[16];
	const char *name = job != NULL ? job->name : r->run.job != NULL ?
	    r->run.job : "(by hand)";

	if (s->v->json)
		return 0;
	if (status_when(s, job, r->run.created_ms, when, &s->v->err) == -1)
		return -1;
	text_column(s->p.f, name, s->width);
	status_columns(s, when, ledger_short(s->c.ledger, r->run.id, shown),
	    next_text(s, d, next));
	text_line(s->p.f, " ", line);
	return 0;
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
	return r->stands == STANDS_BROKEN_OFF ?
	    "broken off, waits to be resumed" : "waits to be resumed";
}

/* A run of no job, or of one that is gone, that needs a person. */
static int
other_needs(struct status *s, const char *id, struct err *e)
{
	char line[STATUS_COLUMNS + 1024];
	struct run_report r;
	int rc = report_make(&s->c, id, &r, e);

	if (rc == 0 && r.stands != STANDS_RUNNING) {
		headline(&r, s->rest, line, sizeof(line));
		status_need(s, id);
		rc = status_line(s, NULL, &r, NULL, line);
		json_array_append_new(s->others, json_pack("{s:o, s:s, s:i, "
		    "s:s, s:o}", "job", jsonx_str(r.run.job), "run", id,
		    "exit", r.exit, "message", waits_because(&r), "headline",
		    jsonx_str(line)));
	}
	report_release(&r);
	return rc;
}

/* The job of a run; NULL: none, or it is gone. */
static struct waiting *
waiting_of(struct status *s, const struct ledger_run *run)
{
	size_t i;

	for (i = 0; run->job != NULL && i < s->c.set->njobs; i++)
		if (strcmp(s->of[i].job->name, run->job) == 0)
			return &s->of[i];
	return NULL;
}

static int
list_id(json_t *list, const char *id, struct err *e)
{
	return json_array_append_new(list, json_string(id)) == 0 ? 0 :
	    err_nomem(e);
}

static int
wait_needs(struct waiting *w, json_t *list, const char *id, struct err *e)
{
	if (list_id(list, id, e) == -1)
		return -1;
	if (w->id[0] == '\0' || strcmp(id, w->id) < 0)
		snprintf(w->id, sizeof(w->id), "%s", id);
	return 0;
}

/* A run that has not ended, or has ended badly. */
static int
status_run_of(struct status *s, const char *id, bool open, struct err *e)
{
	struct ledger_run run;
	struct waiting *w;
	int rc = 0;

	if (ledger_run_get(s->c.ledger, id, &run, e) == -1)
		return -1;
	w = waiting_of(s, &run);
	if (w == NULL)
		rc = list_id(s->loose, id, e);
	else if (open && run.state != RUN_HELD &&
	    pipeline_busy(s->c.set, id))
		w->running = true;
	else if (open || !env_fine(w->job, run.exit))
		rc = wait_needs(w, open ? w->open : w->unsettled, id, e);
	ledger_run_release(&run);
	return rc;
}

static int
status_open(void *arg, const char *id, struct err *e)
{
	return status_run_of(arg, id, true, e);
}

static int
status_ended(void *arg, const char *id, struct err *e)
{
	return status_run_of(arg, id, false, e);
}

static int
status_untidy(void *arg, const char *id, struct err *e)
{
	struct status *s = arg;

	return list_id(s->untidy, id, e);
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

/* What there is to say of a job: of the run it is shown by, or of none. */
static const char *
job_message(const struct waiting *w, const struct run_report *r,
    const struct due *d, char out[80])
{
	char when[32];

	if (w->id[0] != '\0')
		return waits_because(r);
	if (d->is_missed) {
		snprintf(out, 80, "MISSED %s: no run since",
		    text_day_minute(d->missed.local, when));
		return out;
	}
	if (w->running)
		return "running";
	return r->exit != 0 && r->err.msg[0] != '\0' ? r->err.msg :
	    outcome_name(r->outcome);
}

static void
job_json(struct status *s, const struct waiting *w, const struct run_report *r,
    const struct due *d, const char *line)
{
	char missed[80];

	json_array_append_new(s->jobs, json_pack("{s:s, s:s, s:s, s:s, s:i, "
	    "s:b, s:b, s:O, s:O, s:o, s:o, s:o, s:o}", "job", w->job->name,
	    "last", w->last, "run", r->run.id, "outcome",
	    outcome_name(r->outcome), "exit", r->exit, "needed",
	    w->id[0] != '\0' || d->is_missed, "running", (int)w->running,
	    "open", w->open, "unsettled", w->unsettled, "message",
	    jsonx_str(job_message(w, r, d, missed)), "headline",
	    jsonx_str(line), "next", moment_json(d->has_next, &d->next),
	    "missed", moment_json(d->is_missed, &d->missed)));
}

/* The line of a job that has had a run. */
static int
job_shown(struct status *s, struct waiting *w)
{
	bool bad = w->id[0] != '\0';
	char line[STATUS_COLUMNS + 1024], missed[80];
	struct err *e = &s->v->err;
	struct run_report r;
	struct due d;
	int64_t made = made_ms(s, w->last, e);
	int rc;

	if (made == -1 || due_find(&s->c, w->job, made, &d, e) == -1)
		return -1;
	rc = report_make(&s->c, bad ? w->id : w->last, &r, e);
	if (rc == 0) {
		if (!bad && d.is_missed)
			snprintf(line, sizeof(line), "%s", job_message(w, &r,
			    &d, missed));
		else
			headline(&r, s->rest, line, sizeof(line));
		if (bad || d.is_missed)
			status_need(s, w->id);
		rc = status_line(s, w->job, &r, &d, line);
		job_json(s, w, &r, &d, line);
	}
	report_release(&r);
	return rc;
}

/* A job without a run. */
static int
job_new(struct status *s, struct waiting *w)
{
	char next[16];
	struct due d;

	if (due_find(&s->c, w->job, -1, &d, &s->v->err) == -1)
		return -1;
	if (!s->v->json) {
		text_column(s->p.f, w->job->name, s->width);
		status_columns(s, "", "", next_text(s, &d, next));
		fputs(" none yet\n", s->p.f);
	}
	json_array_append_new(s->jobs, json_pack("{s:s, s:n, s:n, s:n, "
	    "s:i, s:b, s:b, s:O, s:O, s:n, s:n, s:o, s:n}", "job",
	    w->job->name, "last", "run", "outcome", "exit", 0, "needed", 0,
	    "running", 0, "open", w->open, "unsettled", w->unsettled,
	    "message", "headline", "next", moment_json(d.has_next, &d.next),
	    "missed"));
	return 0;
}

static int
status_job(struct status *s, struct waiting *w)
{
	char ref[200];
	struct err none;

	err_clear(&none);
	snprintf(ref, sizeof(ref), "last:%s", w->job->name);
	if (ledger_find(s->c.ledger, ref, w->last, &none) == 0)
		return job_shown(s, w);
	if (none.code == ERR_REF)
		return job_new(s, w);
	s->v->err = none;
	return -1;
}

static int
status_begin(struct status *s, struct err *e)
{
	const struct settings *set = s->c.set;
	size_t i, n;

	s->width = sizeof("job") - 1;
	s->of = calloc(set->njobs + 1, sizeof(*s->of));
	if (s->of == NULL)
		return err_nomem(e);
	s->zone = set->njobs > 0 ? zone_of(&set->jobs[0]) : "";
	for (i = 0; i < set->njobs; i++) {
		s->of[i].job = &set->jobs[i];
		s->of[i].open = json_array();
		s->of[i].unsettled = json_array();
		if (s->of[i].open == NULL || s->of[i].unsettled == NULL)
			return err_nomem(e);
		if (s->zone != NULL &&
		    strcmp(s->zone, zone_of(&set->jobs[i])) != 0)
			s->zone = NULL;
		s->due |= set->jobs[i].schedule != NULL;
		n = strlen(set->jobs[i].name);
		if (n > s->width)
			s->width = n < STATUS_NAME ? n : STATUS_NAME;
	}
	return 0;
}

static void
status_release(struct status *s)
{
	size_t i;

	for (i = 0; s->of != NULL && i < s->c.set->njobs; i++) {
		json_decref(s->of[i].open);
		json_decref(s->of[i].unsettled);
	}
	free(s->of);
	json_decref(s->loose);
	json_decref(s->jobs);
	json_decref(s->others);
	json_decref(s->untidy);
	json_decref(s->logins);
}

static void
status_head(struct status *s)
{
	if (json_array_size(s->loose) > 0) {
		if (s->width < sizeof("(by hand)") - 1)
			s->width = sizeof("(by hand)") - 1;
		/* These are told on the clocks of this machine. */
		if (s->zone != NULL && s->zone[0] != '\0')
			s->zone = NULL;
	}
	s->rest = STATUS_COLUMNS - s->width - sizeof(" 21 Nov 02:10 "
	    "2n9q75yj0hxyz  ") + 1 - (s->due ? sizeof("Sat 02:10  ") - 1 : 0);
	if (s->v->json)
		return;
	fprintf(s->p.f, "%-*s", (int)s->width, "JOB");
	status_columns(s, "LAST", "RUN", "NEXT");
	fprintf(s->p.f, " RESULT (times: %s)\n", zone_words(s->zone));
}

static int
status_all(struct status *s)
{
	const struct ledger_filter open = { .unfinished = true };
	const struct ledger_filter ended = { .unsettled = true };
	const struct ledger_filter untidy = { .untidy = true };
	struct err *e = &s->v->err;
	json_t *id;
	size_t i;

	if (env_look(s->v, &s->c) == -1 || status_begin(s, e) == -1)
		return -1;
	if (ledger_each_run(s->c.ledger, &open, status_open, s, e) == -1 ||
	    ledger_each_run(s->c.ledger, &ended, status_ended, s, e) == -1)
		return -1;
	status_head(s);
	for (i = 0; i < s->c.set->njobs; i++)
		if (status_job(s, &s->of[i]) == -1)
			return -1;
	json_array_foreach(s->loose, i, id)
		if (other_needs(s, json_string_value(id), e) == -1)
			return -1;
	if (s->c.set->njobs == 0)
		err_set(e, ERR_CONFIG, "no job is configured, so nothing is "
		    "sent; \"coupondrop config show\" tells where jobs were "
		    "looked for");
	if (ledger_each_run(s->c.ledger, &untidy, status_untidy, s, e) == -1)
		return -1;
	s->logins = logins_waited_for(&s->c, e);
	return s->logins != NULL ? 0 : -1;
}

/* Who is to look where. */
static void
status_end(struct status *s)
{
	char shown[ID_LEN + 1], runs[64];
	size_t n;

	if (s->v->json)
		return;
	n = json_array_size(s->untidy);
	if (n > 0)
		fprintf(s->p.f, "%s left files behind: coupondrop cleanup\n",
		    str_count(n, "run", runs));
	logins_print(s->p.f, s->logins);
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
	struct status s = { .v = v, .loose = json_array(),
	    .jobs = json_array(), .others = json_array(),
	    .untidy = json_array() };
	int code;
	bool whole;
	json_t *o;

	paste_begin(&s.p);
	whole = status_all(&s) == 0;
	code = env_fail(v);
	if (whole) {
		code = exit_worst(s.needed > 0 ? 3 : 0, code);
		status_end(&s);
	}
	paste_end(&s.p, v);
	if (v->json && whole) {
		o = json_schema("coupondrop.status/1", code);
		json_object_set(o, "jobs", s.jobs);
		json_object_set(o, "others", s.others);
		json_object_set(o, "untidy", s.untidy);
		json_object_set(o, "logins", s.logins);
		json_object_set_new(o, "error", json_error(&v->err));
		code = env_answer(v, o, code);
	}
	status_release(&s);
	env_pipeline_close(&s.c);
	return code;
}

const struct command cmd_status = {
	"status", "", "one line per job; exit 0 only if nobody is needed",
	"every day", FLAGS_COMMON, SETTINGS_NONE,
	"Shows each job by the oldest of its runs that needs a person, or by "
	"its last run\nand what came of it, and runs by hand that need one.  "
	"A run that did not go\nthrough needs a person until its content was "
	"sent again with success, its\ncorrected file went through (\"run "
	"--settles\"), or until \"coupondrop ack\" closes\nit.  A job with a "
	"\"schedule\" that was not run since it was last due, half an hour\n"
	"ago or longer, is MISSED until it runs.  Times are on the clocks of "
	"the job.  The\nexit code is 0 only when nobody is needed, so it can "
	"feed a monitor; without any\njob configured it is 78.",
	status_run
};
