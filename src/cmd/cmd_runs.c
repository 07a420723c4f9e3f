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

struct listing {
	struct env	*v;
	struct ctx	 c;
	json_t		*list;
};

static void
run_line(struct listing *w, const struct run_report *r)
{
	char shown[ID_LEN + 1], when[21], rows[32];

	printf("%-10s %s  %-10s %-9s %4d  %10s  ",
	    ledger_short(w->c.ledger, r->run.id, shown),
	    text_minute(r->run.created_ms, when),
	    r->run.job != NULL ? r->run.job : "-",
	    run_state_name(r->run.state), r->exit,
	    str_group((uint64_t)r->sent, rows));
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

static int
list_finish(struct listing *w, const char *schema, int code)
{
	json_t *o;

	if (w->v->json && !w->v->answered) {
		o = json_runs(schema, code, w->v->config.set.sha256,
		    w->list);
		code = env_answer(w->v, o, code);
	}
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
	int code = 0;

	env_number(v, F_LIMIT, 1000000, &n);
	f.limit = line_has(&v->line, F_ALL) ? 0 : (int64_t)n;
	if (v->err.code != ERR_NONE || env_pipeline(v, &w.c) == -1) {
		json_decref(w.list);
		return env_fail(v);
	}
	if (!v->json)
		printf("%-10s %-16s  %-10s %-9s %4s  %10s  %s\n", "RUN",
		    "STARTED (UTC)", "JOB", "STATE", "EXIT", "SENT", "FILE");
	if (ledger_each_run(w.c.ledger, &f, list_run, &w, &v->err) == -1) {
		json_decref(w.list);
		env_pipeline_close(&w.c);
		return env_fail(v);
	}
	return list_finish(&w, "coupondrop.runs/1", code);
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

static int
show_one(struct listing *w, const char *ref)
{
	char id[ID_LEN + 1], shown[ID_LEN + 1];
	struct run_report r;
	int code = 0;

	if (ledger_find(w->c.ledger, ref, id, &w->v->err) == -1)
		return -1;
	if (report_make(&w->c, id, &r, &w->v->err) == -1) {
		report_release(&r);
		return -1;
	}
	if (w->v->json)
		code = json_array_append_new(w->list, json_run(&r)) == 0 ? 0 :
		    err_nomem(&w->v->err);
	else {
		text_run(stdout, &r, ledger_short(w->c.ledger, id, shown),
		    false);
		text_because(stdout, &r);
		puts("\n    what happened (UTC)");
		code = ledger_each_step(w->c.ledger, id, show_step, NULL,
		    &w->v->err);
	}
	report_release(&r);
	return code;
}

static int
show_run(struct env *v)
{
	struct listing w = { .v = v, .list = json_array() };
	const char *ref = v->line.nargs > 0 ? v->line.args[0] : "last";

	if (v->line.nargs > 1)
		err_set(&v->err, ERR_USAGE, "show one run at a time");
	if (v->err.code != ERR_NONE || env_pipeline(v, &w.c) == -1 ||
	    show_one(&w, ref) == -1) {
		json_decref(w.list);
		env_pipeline_close(&w.c);
		return env_fail(v);
	}
	return list_finish(&w, "coupondrop.run/1", 0);
}

#define COMMON	(FLAG(F_HELP) | FLAG(F_JSON) | FLAG(F_CONFIG) |	\
		    FLAG(F_VERBOSE) | FLAG(F_LOG_FORMAT))

const struct command cmd_runs = {
	"runs", "[-j JOB]", "the latest runs, newest first",
	"when something went wrong", COMMON | FLAG(F_JOB) | FLAG(F_ALL) |
	    FLAG(F_LIMIT), false,
	"Lists runs: id, time, job, state, exit code, rows sent, file.",
	runs_run
};

const struct command cmd_show = {
	"show", "[RUN]", "all about one run", "when something went wrong",
	COMMON, false,
	"Shows what was read, sent and confirmed, where the refused rows "
	"are, and each\nstep with its time.  RUN is an id or its beginning, "
	"\"last\" (the default),\nor \"last:JOB\".",
	show_run
};
