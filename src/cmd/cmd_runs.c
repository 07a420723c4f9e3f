/* runs, show: what the ledger knows. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/str.h"
#include "../format/jsonx.h"
#include "../pipeline/ctx.h"
#include "../pipeline/report.h"
#include "../report/run.h"
#include "../report/text.h"
#include "cmd.h"
#include "paste.h"

struct listing {
	struct env	*v;
	struct ctx	 c;
	json_t		*list;
};

static void
run_line(struct listing *w, const struct run_report *r)
{
	char shown[ID_LEN + 1], when[21], n[2][32], code[16] = "-";

	if (r->stands == STANDS_ENDED || r->stands == STANDS_WAITING)
		snprintf(code, sizeof(code), "%d", r->exit);
	printf("%-13s %s  %-10s %-10s %4s  %10s  %10s  ",
	    ledger_short(w->c.ledger, r->run.id, shown),
	    text_minute(r->run.created_ms, when),
	    r->run.job != NULL ? r->run.job : "-", report_word(r), code,
	    str_group((uint64_t)r->run.read, n[0]),
	    str_group((uint64_t)r->submitted, n[1]));
	text_line(stdout, "", r->run.source.name);
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
		run_line(w, &r);
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

static int
runs_run(struct env *v)
{
	struct listing w = { .v = v, .list = json_array() };
	struct ledger_filter f = { .newest_first = true,
	    .job = v->line.flag[F_JOB] };
	uint64_t n = 0;

	env_number(v, F_LIMIT, 1000000, &n);
	f.limit = line_has(&v->line, F_ALL) ? 0 : (int64_t)n;
	if (v->err.code == ERR_NONE && env_look(v, &w.c) == 0) {
		if (!v->json)
			printf("%-13s %-16s  %-10s %-10s %4s  %10s  %10s  "
			    "%s\n", "RUN", "STARTED (UTC)", "JOB", "STATE",
			    "EXIT", "READ", "SENT", "FILE");
		ledger_each_run(w.c.ledger, &f, list_run, &w, &v->err);
	}
	return list_finish(&w, "coupondrop.runs/1");
}

static int
show_step(void *arg, const struct ledger_step *s, struct err *e)
{
	char when[21];

	(void)arg;
	(void)e;
	printf("    %s  ", clock_iso(s->at_ms, when));
	if (s->part > 0)
		printf("batch %d ", s->part);
	fputs(s->what, stdout);
	text_line(stdout, s->text != NULL ? ": " : "", s->text);
	return 0;
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
		puts("\n    what happened (UTC)");
		ledger_each_step(w->c.ledger, id, show_step, NULL, e);
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
	"count as sent once they were announced to the platform.",
	runs_run
};

const struct command cmd_show = {
	"show", "[RUN]", "all about one run", "when something went wrong",
	FLAGS_COMMON, SETTINGS_NONE,
	"Shows what was read, sent and confirmed, where the refused rows "
	"are, and each\nstep with its time.  RUN is an id or its beginning, "
	"\"last\" (the default),\nor \"last:JOB\".",
	show_run
};
