/* runs, show: what the ledger knows. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/str.h"
#include "../config/set.h"
#include "../format/jsonx.h"
#include "../pipeline/ctx.h"
#include "../pipeline/report.h"
#include "../report/run.h"
#include "../report/text.h"
#include "cmd.h"
#include "paste.h"
#include "zone.h"

struct listing {
	struct env	*v;
	struct ctx	 c;
	json_t		*list;
	const char	*zone;		/* of all of them; NULL: they differ */
	size_t		 n;		/* lines */
};

static int
run_line(struct listing *w, const struct run_report *r, struct err *e)
{
	char shown[ID_LEN + 1], when[20], n[2][32], code[16] = "-";
	const struct set_job *job = zone_job(w->c.set, r->run.job);
	struct tz *z = zone_open(w->v->clock, job, e);

	if (z == NULL)
		return -1;
	tz_stamp(z, r->run.created_ms, when);
	tz_free(z);
	if (w->n++ == 0)
		w->zone = zone_of(job);
	else if (w->zone != NULL && strcmp(w->zone, zone_of(job)) != 0)
		w->zone = NULL;
	if (r->stands == STANDS_ENDED || r->stands == STANDS_WAITING)
		snprintf(code, sizeof(code), "%d", r->exit);
	printf("%-13s %.16s  %-10s %-10s %4s  %10s  %10s  ",
	    ledger_short(w->c.ledger, r->run.id, shown), when,
	    r->run.job != NULL ? r->run.job : "-", report_word(r), code,
	    str_group((uint64_t)r->run.read, n[0]),
	    str_group((uint64_t)r->submitted, n[1]));
	text_line(stdout, "", r->run.source.name);
	return 0;
}

static int
list_run(void *arg, const char *id, struct err *e)
{
	struct listing *w = arg;
	struct run_report r;
	int rc = 0;

	if (report_make(&w->c, id, &r, e) == -1) {
		report_release(&r);
		return -1;
	}
	if (!w->v->json)
		rc = run_line(w, &r, e);
	else if (json_array_append_new(w->list, json_run(&r)) == -1)
		rc = err_nomem(e);
	report_release(&r);
	return rc;
}

/* The answer, unless v->err says why there is none. */
static int
list_finish(struct listing *w, const char *schema)
{
	struct env *v = w->v;
	int code = v->err.code != ERR_NONE ? env_fail(v) : 0;

	if (v->json && code == 0)
		code = env_answer(v, json_runs(schema, 0,
		    v->config.set.sha256, w->list), 0);
	json_decref(w->list);
	env_pipeline_close(&w->c);
	return code;
}

/* A job that neither the configuration nor the ledger knows is a mistake. */
static int
known_job(struct listing *w, const char *job)
{
	char ref[300], id[ID_LEN + 1];
	struct err none;

	err_clear(&none);
	snprintf(ref, sizeof(ref), "last:%s", job);
	if (set_job_find(w->c.set, job) != NULL ||
	    ledger_find(w->c.ledger, ref, id, &none) == 0)
		return 0;
	if (none.code != ERR_REF) {
		w->v->err = none;
		return -1;
	}
	return err_set(&w->v->err, ERR_CONFIG, "there is no job \"%s\" in "
	    "the configuration, and no run of one", job);
}

static int
runs_run(struct env *v)
{
	struct listing w = { .v = v, .list = json_array() };
	struct ledger_filter f = { .newest_first = true,
	    .job = v->line.flag[F_JOB] };
	uint64_t n = 0;

	env_number(v, F_LIMIT, 1000000, &n);
	f.limit = line_has(&v->line, F_ALL) ? 0 : (int64_t)n;
	if (v->err.code == ERR_NONE && env_look(v, &w.c) == 0 &&
	    (f.job == NULL || known_job(&w, f.job) == 0)) {
		if (!v->json)
			printf("%-13s %-16s  %-10s %-10s %4s  %10s  %10s  "
			    "%s\n", "RUN", "STARTED", "JOB", "STATE",
			    "EXIT", "READ", "SENT", "FILE");
		ledger_each_run(w.c.ledger, &f, list_run, &w, &v->err);
		if (w.n > 0)
			printf("(times: %s)\n", zone_words(w.zone));
	}
	return list_finish(&w, "coupondrop.runs/1");
}

static int
show_step(void *arg, const struct ledger_step *s, struct err *e)
{
	char when[20], batch[32] = "", before[160];

	(void)e;
	if (s->part > 0)
		snprintf(batch, sizeof(batch), "batch %d ", s->part);
	snprintf(before, sizeof(before), "    %s  %s%s%s",
	    tz_stamp(arg, s->at_ms, when), batch, s->what,
	    s->text != NULL ? ": " : "");
	text_fold(stdout, before, s->text != NULL ? s->text : "");
	return 0;
}

/* Each step of a run with its time, on the clocks of its job. */
static int
show_steps(struct listing *w, const struct run_report *r, struct err *e)
{
	const struct set_job *job = zone_job(w->c.set, r->run.job);
	struct tz *z = zone_open(w->v->clock, job, e);
	int rc;

	if (z == NULL)
		return -1;
	printf("\n    what happened (times: %s)\n", zone_words(zone_of(job)));
	rc = ledger_each_step(w->c.ledger, r->run.id, show_step, z, e);
	tz_free(z);
	return rc;
}

/* All about one run; v->err says why not. */
static void
show_one(struct listing *w, const char *ref)
{
	char id[ID_LEN + 1], shown[ID_LEN + 1];
	struct err *e = &w->v->err;
	struct run_report r;
	struct paste p;

	if (ledger_find(w->c.ledger, ref, id, e) == -1)
		return;
	if (report_make(&w->c, id, &r, e) == 0 && w->v->json) {
		if (json_array_append_new(w->list, json_run(&r)) == -1)
			err_nomem(e);
	} else if (e->code == ERR_NONE) {
		paste_begin(&p);
		text_run(p.f, &r, ledger_short(w->c.ledger, id, shown), false);
		text_because(p.f, &r);
		paste_end(&p, w->v);
		show_steps(w, &r, e);
	}
	report_release(&r);
}

static int
show_run(struct env *v)
{
	struct listing w = { .v = v, .list = json_array() };

	if (v->line.nargs > 1)
		err_set(&v->err, ERR_USAGE, "show one run at a time");
	else if (env_look(v, &w.c) == 0)
		show_one(&w, v->line.nargs > 0 ? v->line.args[0] : "last");
	return list_finish(&w, "coupondrop.run/1");
}

const struct command cmd_runs = {
	"runs", "[-j JOB]", "the latest runs, newest first",
	"when something went wrong", FLAGS_COMMON | FLAG(F_JOB) | FLAG(F_ALL) |
	    FLAG(F_LIMIT), SETTINGS_NONE,
	"Lists runs: id, time, job, state, exit code, rows read and sent, "
	"file.  A run\nthat has not ended is running; waiting, to be "
	"resumed; or broken off, when it was\nkilled, to be resumed, too.  It "
	"has an exit code only where an attempt came to an\nend, and rows "
	"count as sent once they were announced to the platform.\n\n"
	"Times are those of the job of a run, as in status; a run without a "
	"job has\nthose of this machine.",
	runs_run
};

const struct command cmd_show = {
	"show", "[RUN]", "all about one run", "when something went wrong",
	FLAGS_COMMON, SETTINGS_NONE,
	"Shows what was read, sent and confirmed, where the refused rows "
	"are, and each\nstep with its time on the clocks of the job.  RUN is "
	"an id or its beginning, \"last\"\n(the default), or "
	"\"last:JOB\".",
	show_run
};
