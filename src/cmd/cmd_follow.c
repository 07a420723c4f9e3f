/* follow: wait for tasks sent from here or elsewhere. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../format/jsonx.h"
#include "../pipeline/follow_refs.h"
#include "../pipeline/job.h"
#include "../report/json.h"
#include "../report/run.h"
#include "../report/text.h"
#include "cmd.h"
#include "answer.h"

struct following {
	struct env	*v;
	struct ctx	 c;
	int64_t		 deadline_ms;	/* for tasks; 0: none */
	struct answer	 out;
	struct followed	*refs;
	size_t		 n;
};

static void
follow_told(void *arg, const struct followed *f)
{
	struct following *w = arg;

	if (!w->v->tty || line_has(&w->v->line, F_QUIET))
		return;
	fputs("wait       ", stderr);
	text_name(stderr, f->ref);
	text_line(stderr, ": ", f->task.word);
}

static int
follow_answer(struct following *w)
{
	json_t *list = json_array(), *o;
	int code;
	size_t i;

	for (i = 0; i < w->n; i++) {
		struct followed *f = &w->refs[i];

		err_worse(&w->v->err, &f->err);
		json_array_append_new(list, json_followed(f->ref,
		    &f->task, f->outcome, &f->err));
		if (!w->v->json) {
			text_column(stdout, f->ref, 24);
			printf(" %-8s ", task_state_name(f->task.state));
			text_column(stdout, f->task.word, 12);
			printf(" %s\n", outcome_name(f->outcome));
		}
		/* Of one task the program says it at its end. */
		if (!w->v->json && w->n > 1 && f->err.code != ERR_NONE)
			text_line(stdout, "    because: ", f->err.msg);
	}
	code = err_exit(&w->v->err);
	o = json_schema("coupondrop.follow/1", code);
	json_object_set_new(o, "tasks", list);
	if (w->v->json)
		return env_answer(w->v, o, code);
	json_decref(o);
	return code;
}

/* A REF with a colon is a task, any other a run of this ledger. */
static int
follow_runs(struct following *w)
{
	const struct line *l = &w->v->line;
	struct err *e = &w->v->err;
	char id[ID_LEN + 1];
	struct ledger_run run;
	struct job_way way;
	size_t i;
	int rc = 0;

	if (answer_way(&w->out, &way, e) == -1)
		return -1;
	w->c.only_follow = true;
	w->out.several = l->nargs != 1;
	w->out.tasks = json_array();
	if (w->out.tasks == NULL)
		return err_nomem(e);
	for (i = 0; rc == 0 && i < l->nargs; i++) {
		if (ledger_find(w->c.ledger, l->args[i], id, e) == -1 ||
		    ledger_run_get(w->c.ledger, id, &run, e) == -1)
			return -1;
		rc = job_go_on(&way, &run, e);
		ledger_run_release(&run);
	}
	return rc;
}

static int
follow_tasks(struct following *w)
{
	const struct line *l = &w->v->line;
	size_t i;

	w->refs = calloc(l->nargs, sizeof(*w->refs));
	if (w->refs == NULL)
		return err_nomem(&w->v->err);
	w->n = l->nargs;
	for (i = 0; i < w->n; i++)
		if ((size_t)snprintf(w->refs[i].ref, sizeof(w->refs[i].ref),
		    "%s", l->args[i]) >= sizeof(w->refs[i].ref))
			return err_set(&w->v->err, ERR_REF, "\"%.40s...\" is "
			    "too long for a task", l->args[i]);
	return pipeline_follow(&w->c, w->refs, w->n, w->deadline_ms,
	    follow_told, w, &w->v->err);
}

static int
follow_all(struct following *w, bool *runs)
{
	const struct line *l = &w->v->line;
	size_t i, tasks = 0;

	for (i = 0; i < l->nargs; i++)
		tasks += strchr(l->args[i], ':') != NULL &&
		    strncmp(l->args[i], "last:", 5) != 0;
	if (l->nargs == 0 || (tasks != 0 && tasks != l->nargs))
		return err_set(&w->v->err, ERR_USAGE, "name tasks "
		    "(PROVIDER:ID) or runs, not both; such as "
		    "\"coupondrop follow mapp:92794\"");
	/* As a job has it that says nothing. */
	str_duration(option_find(SECT_JOB, "deadline")->dflt, &w->deadline_ms);
	if (env_time(w->v, F_DEADLINE, &w->deadline_ms) == -1 ||
	    env_pipeline(w->v, &w->c) == -1)
		return -1;
	*runs = tasks == 0;
	return *runs ? follow_runs(w) : follow_tasks(w);
}

static int
follow_run(struct env *v)
{
	struct following w = { .v = v, .out = { .v = v } };
	bool runs = false;
	size_t i;
	int code;

	w.out.c = &w.c;
	if (follow_all(&w, &runs) == -1)
		code = env_fail(v);
	else
		code = runs ? answer_runs(&w.out, "coupondrop.follow/1") :
		    follow_answer(&w);
	for (i = 0; i < w.n; i++)
		pv_task_release(&w.refs[i].task);
	free(w.refs);
	env_pipeline_close(&w.c);
	answer_release(&w.out);
	return code;
}

const struct command cmd_follow = {
	"follow", "REF...", "wait for tasks sent here or elsewhere",
	"every day",
	FLAGS_COMMON | FLAG(F_QUIET) | FLAG(F_DEADLINE) | FLAG(F_WAIT_LOCK),
	SETTINGS_NONE,
	"Asks the platform until each task has ended, and says what it did "
	"in the end.\nREF is PROVIDER:ID, with the provider's name in the "
	"configuration or its type,\n"
	"or a run of this ledger; nothing more of it is sent.\n\n"
	"  coupondrop follow mapp:92794\n"
	"  coupondrop follow empower:92809 empower:92810 --deadline 30m\n"
	"  coupondrop follow last:nightly",
	follow_run
};
