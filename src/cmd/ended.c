/*
 * Runs that one command brought to their end, and the one answer about all of
 * them: what each did goes to a person at once, and into the JSON.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/log.h"
#include "../base/stop.h"
#include "../format/jsonx.h"
#include "../pipeline/pipeline.h"
#include "cmd.h"
#include "ended.h"
#include "json_out.h"
#include "text_out.h"
#include "ui.h"

static int
ended_json(struct env *v, struct ctx *c, const struct run_report *r,
    struct ended *out)
{
	json_t *run = json_run(r);

	/* There is nothing to go on with after a dry run. */
	if (run != NULL && c->dry_run)
		json_object_set_new(run, "next", json_array());
	if (run == NULL || json_array_append_new(out->runs, run) != 0 ||
	    (out->tasks != NULL && json_tasks(r, out->tasks) != 0))
		return err_nomem(&v->err);
	return 0;
}

/*
 * The worst error is told at the end, of equal exit codes the first one.  Why
 * a file was not taken is said nowhere else, so it is told here unless it will
 * be told then.
 */
static void
ended_worse(struct env *v, struct ended *out, int code, const struct err *why,
    bool file)
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
	if (told.code != ERR_NONE && !v->json && out->several &&
	    !line_has(&v->line, F_QUIET))
		fprintf(stderr, "coupondrop: %s\n", told.msg);
}

int
ended_add(struct env *v, struct ctx *c, const struct set_job *job,
    const struct pipe_end *end, struct ended *out)
{
	char shown[ID_LEN + 1];
	struct run_report r;
	int code = env_exit(v, job, end->exit), rc = 0;

	if (out->runs == NULL && (out->runs = json_array()) == NULL)
		return err_nomem(&v->err);
	ui_clear(v);
	ended_worse(v, out, code, &end->err, false);
	if (report_make(c, end->run, &r, &v->err) != 0) {
		report_release(&r);
		return -1;
	}
	r.exit = code;
	r.err = end->err;
	if (v->json)
		rc = ended_json(v, c, &r, out);
	else if (!line_has(&v->line, F_QUIET) && (v->tty || code != 0 ||
	    c->dry_run || line_has(&v->line, F_WATCH))) {
		text_run(&r, ledger_short(c->ledger, end->run, shown),
		    c->dry_run);
		/* Of one run the program says it at its end. */
		if (out->several)
			text_because(&r);
	}
	report_release(&r);
	return rc;
}

int
ended_file(struct env *v, const struct set_job *job, const char *path,
    const struct err *why, struct ended *out)
{
	json_t *o;

	ui_clear(v);
	ended_worse(v, out, env_exit(v, job, err_exit(why)), why, true);
	if (out->not_started == NULL)
		out->not_started = json_array();
	o = json_pack("{s:o, s:o}", "file", jsonx_str(path), "error",
	    json_error(why));
	if (o == NULL || json_array_append_new(out->not_started, o) != 0)
		return err_nomem(&v->err);
	return 0;
}

static enum pipe_decision
decision(const struct line *l)
{
	if (line_has(l, F_ADOPT))
		return DECIDE_ADOPT;
	if (line_has(l, F_RESUBMIT))
		return DECIDE_RESUBMIT;
	return line_has(l, F_GIVE_UP) ? DECIDE_GIVE_UP : DECIDE_NONE;
}

/*
 * The settings of a run.  Its job may be gone from the configuration; to call
 * it off, or to tell of one that has ended, nothing of that is needed.
 */
static int
go_job(struct env *v, const struct ledger_run *run, bool needed,
    struct set_job *job, struct err *e)
{
	if (config_job_plan(&v->config, run->job, run->plan, job, e) == 0)
		return 0;
	config_job_release(job);
	if (needed && decision(&v->line) != DECIDE_GIVE_UP)
		return -1;
	err_clear(e);
	return config_job_plan(&v->config, NULL, "{}", job, e);
}

/* How a run ended that goes on no further, as the ledger has it. */
static void
go_ended(const struct ledger_run *run, struct pipe_end *end)
{
	end->exit = run->exit;
	if (run->exit != 0 && run->err_word != NULL)
		err_set(&end->err, err_find(run->err_word), "%s",
		    run->err_msg != NULL ? run->err_msg : run->err_word);
}

/* Apply what was decided, then go on; e: trouble that ends the command. */
static int
go_on(struct env *v, struct ctx *c, const struct ledger_run *run,
    const struct set_job *job, struct pipe_end *end, struct err *e)
{
	enum pipe_decision what = decision(&v->line);
	struct ledger_run now;

	if (what == DECIDE_NONE) {
		if (c->only_follow && run_is_final(run->state))
			go_ended(run, end);
		else
			pipeline_resume(c, job, run->id, end);
		return 0;
	}
	if (pipeline_decide(c, run->id, what, v->line.flag[F_ADOPT],
	    v->line.flag[F_NOTE], e) != 0 ||
	    ledger_run_get(c->ledger, run->id, &now, e) != 0)
		return -1;
	if (run_is_final(now.state))	/* nothing was ever made of it */
		go_ended(&now, end);
	else
		pipeline_resume(c, job, run->id, end);
	ledger_run_release(&now);
	return 0;
}

int
ended_go(struct env *v, struct ctx *c, const struct ledger_run *run,
    struct ended *out)
{
	struct pipe_end end = { 0 };
	struct set_job job = { 0 };
	int rc = 0;

	snprintf(end.run, sizeof(end.run), "%s", run->id);
	if (go_job(v, run, !run_is_final(run->state), &job, &end.err) != 0)
		end.exit = err_exit(&end.err);	/* others go on */
	else {
		rc = env_time(v, F_DEADLINE, &job.deadline_ms);
		if (rc == 0)
			rc = go_on(v, c, run, &job, &end, &v->err);
	}
	if (rc == 0)
		rc = ended_add(v, c, &job, &end, out);
	config_job_release(&job);
	return rc;
}

struct tidying {
	struct env	*v;
	struct ctx	*c;
	bool		 look;
	void		(*f)(void *, const char *, const struct err *);
	void		*arg;
};

static int
tidy_run(void *arg, const char *id, struct err *e)
{
	struct tidying *t = arg;
	struct set_job job = { 0 };
	struct ledger_run run;
	struct err why;

	if (stop_check(e) != 0 ||
	    ledger_run_get(t->c->ledger, id, &run, e) != 0)
		return -1;
	err_clear(&why);
	if (run.untidy && !t->look) {
		if (go_job(t->v, &run, true, &job, &why) != 0)
			log_say(t->v->log, LOG_WARN, "a run could not be "
			    "tidied up", LFS("run", id),
			    LFS("because", why.msg));
		else
			pipeline_tidy(t->c, &job, id, &why);
		config_job_release(&job);
	}
	/* Who is at work on it tidies up. */
	if (run.untidy && why.code != ERR_LOCKED)
		t->f(t->arg, id, &why);
	ledger_run_release(&run);
	return 0;
}

int
ended_tidy(struct env *v, struct ctx *c, const char *ref, const char *job,
    bool look, void (*f)(void *, const char *, const struct err *), void *arg)
{
	struct ledger_filter untidy = { .job = job, .untidy = true };
	struct tidying t = { v, c, look, f, arg };

	return ref != NULL ? tidy_run(&t, ref, &v->err) :
	    ledger_each_run(c->ledger, &untidy, tidy_run, &t, &v->err);
}

static const char *
host_name(char out[256])
{
	if (gethostname(out, 255) != 0)
		return NULL;
	out[255] = '\0';
	return out;
}

json_t *
json_runs(const struct env *v, const char *schema, int code, json_t *runs)
{
	json_t *o = json_schema(schema, code);
	char host[256];

	if (o == NULL)
		return NULL;
	json_object_set_new(o, "version", json_string(PACKAGE_VERSION));
	json_object_set_new(o, "host", jsonx_str(host_name(host)));
	json_object_set_new(o, "config_sha256",
	    json_string(v->config.set.sha256));
	json_object_set(o, "runs", runs);
	return o;
}

int
ended_answer(struct env *v, const char *schema, struct ended *out)
{
	json_t *o;

	v->err = out->err;
	if (!v->json || v->answered)
		return out->exit;
	if (out->runs == NULL && (out->runs = json_array()) == NULL) {
		err_nomem(&v->err);
		return env_fail(v);
	}
	o = json_runs(v, schema, out->exit, out->runs);
	if (o != NULL && out->not_started != NULL)
		json_object_set(o, "not_started", out->not_started);
	if (o != NULL && out->tasks != NULL)
		json_object_set(o, "tasks", out->tasks);
	if (o != NULL)
		json_object_set_new(o, "error", json_error(&out->err));
	if (env_answer(v, o) != 0)
		return env_fail(v);
	return out->exit;
}

void
ended_release(struct ended *out)
{
	json_decref(out->runs);
	json_decref(out->not_started);
	json_decref(out->tasks);
	memset(out, 0, sizeof(*out));
}
