/*
 * Runs that one command brought to their end, and the one answer about all of
 * them: what each did goes to a person at once, and into the JSON.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/exit.h"
#include "../format/jsonx.h"
#include "../pipeline/job.h"
#include "../pipeline/pipeline.h"
#include "../pipeline/report.h"
#include "../report/json.h"
#include "../report/run.h"
#include "cmd.h"
#include "answer.h"
#include "paste.h"
#include "ui.h"

static int
answer_json(struct answer *out, const struct run_report *r, struct err *e)
{
	json_t *run = json_run(r);

	/* There is nothing to go on with after a dry run. */
	if (run != NULL && out->c->dry_run)
		json_object_set_new(run, "next", json_array());
	if (out->runs == NULL)
		out->runs = json_array();
	if (run == NULL || json_array_append_new(out->runs, run) == -1 ||
	    (out->tasks != NULL && json_tasks(r, out->tasks) == -1))
		return err_nomem(e);
	return 0;
}

/*
 * The worst error is told at the end, of equal exit codes the first one.  Why
 * a file was not taken is said nowhere else, so it is told here unless it will
 * be told then.
 */
static void
answer_worse(struct answer *out, int code, const struct err *why, bool file)
{
	struct err told = file ? *why :
	    (struct err){ .code = ERR_NONE };

	if (out->n == 0 || (code != out->exit &&
	    exit_worst(code, out->exit) == code)) {
		if (out->held)
			told = out->err;
		else if (code != 0)
			err_clear(&told);
		out->err = *why;
		out->exit = code;
		out->held = file && code != 0;
	}
	out->n++;
	if (told.code != ERR_NONE && !out->v->json && out->several &&
	    !line_has(&out->v->line, F_QUIET))
		ui_error(out->v, told.msg);
}

/* Files that are gone when the dry run ends. */
static void
answer_forget(struct run_report *r)
{
	free(r->set_aside_file);
	free(r->failed_file);
	free(r->unknown_file);
	r->set_aside_file = r->failed_file = r->unknown_file = NULL;
}

/* A run ended: tell the person, or gather its JSON. */
static int
answer_run(void *arg, const struct set_job *job, const struct pipe_end *end,
    bool older, struct err *e)
{
	struct answer *out = arg;
	struct env *v = out->v;
	char shown[ID_LEN + 1];
	struct run_report r;
	int code = env_exit(v, job, end->exit), rc = 0;

	out->several |= older;
	ui_clear(v);
	answer_worse(out, code, &end->err, false);
	if (report_make(out->c, end->run, &r, e) == -1) {
		report_release(&r);
		return -1;
	}
	r.exit = code;
	r.err = end->err;
	/* This attempt has ended, though that could not be noted. */
	if (r.stands == STANDS_BROKEN_OFF)
		r.stands = STANDS_WAITING;
	if (out->c->dry_run)
		answer_forget(&r);
	if (v->json)
		rc = answer_json(out, &r, e);
	else if (!line_has(&v->line, F_QUIET) && (v->tty || code != 0 ||
	    out->c->dry_run || line_has(&v->line, F_WATCH))) {
		struct paste p;

		paste_begin(&p);
		text_run(p.f, &r, ledger_short(out->c->ledger, end->run,
		    shown), out->c->dry_run);
		/* Of one run the program says it at its end. */
		if (out->several)
			text_because(p.f, &r);
		paste_end(&p, v);
	}
	report_release(&r);
	return rc;
}

/* No run came of a file. */
static int
answer_file(void *arg, const struct set_job *job, const char *path,
    const struct err *why, struct err *e)
{
	struct answer *out = arg;
	json_t *o;

	ui_clear(out->v);
	answer_worse(out, env_exit(out->v, job, err_exit(why)), why, true);
	if (out->not_started == NULL)
		out->not_started = json_array();
	o = json_pack("{s:o, s:o}", "file", jsonx_str(path), "error",
	    json_error(why));
	if (o == NULL || json_array_append_new(out->not_started, o) == -1)
		return err_nomem(e);
	return 0;
}

int
answer_way(struct answer *out, struct job_way *w, struct err *e)
{
	struct env *v = out->v;
	const struct line *l = &v->line;

	*w = (struct job_way){ .c = out->c, .config = &v->config,
	    .decision = { .ref = l->flag[F_ADOPT], .note = l->flag[F_NOTE] },
	    .told = { answer_run, answer_file, out } };
	if (line_has(l, F_ADOPT))
		w->decision.what = DECIDE_ADOPT;
	else if (line_has(l, F_RESUBMIT))
		w->decision.what = DECIDE_RESUBMIT;
	else if (line_has(l, F_GIVE_UP))
		w->decision.what = DECIDE_GIVE_UP;
	if (env_time(v, F_DEADLINE, &w->deadline_ms) == -1) {
		*e = v->err;
		return -1;
	}
	return 0;
}

int
answer_runs(struct answer *out, const char *schema)
{
	struct env *v = out->v;
	json_t *o;

	v->err = out->err;
	if (!v->json || v->answered)
		return out->exit;
	if (out->runs == NULL && (out->runs = json_array()) == NULL) {
		err_nomem(&v->err);
		return env_fail(v);
	}
	o = json_runs(schema, out->exit, v->config.set.sha256,
	    out->runs);
	if (o != NULL && out->not_started != NULL)
		json_object_set(o, "not_started", out->not_started);
	if (o != NULL && out->tasks != NULL)
		json_object_set(o, "tasks", out->tasks);
	if (o != NULL)
		json_object_set_new(o, "error", json_error(&out->err));
	return env_answer(v, o, out->exit);
}

int
answer_broken_off(struct answer *out, const char *schema, int code)
{
	if (out->n == 0)
		return code;
	out->err = out->v->err;
	out->exit = exit_worst(code, out->exit);
	return answer_runs(out, schema);
}

void
answer_release(struct answer *out)
{
	json_decref(out->runs);
	json_decref(out->not_started);
	json_decref(out->tasks);
	memset(out, 0, sizeof(*out));
}
