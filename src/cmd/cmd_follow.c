/* follow: wait for tasks sent from here or elsewhere. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/exit.h"
#include "../base/list.h"
#include "../base/stop.h"
#include "../base/str.h"
#include "../format/jsonx.h"
#include "../pipeline/follow_refs.h"
#include "../pipeline/job.h"
#include "../report/json.h"
#include "../report/run.h"
#include "../report/text.h"
#include "cmd.h"
#include "answer.h"
#include "showing.h"

#define FOLLOW_SCHEMA	"coupondrop.follow/1"
#define REFS_MAX	100000	/* in one call */

struct following {
	struct env	*v;
	struct ctx	 c;
	struct refs_how	 how;
	char		**names;	/* as given, standard input's too */
	size_t		 nnames, names_cap;
	char		(*runs)[ID_LEN + 1];	/* ids of the runs among them */
	size_t		 nruns, runs_cap;
	struct followed	*refs;		/* the tasks */
	size_t		 n, cap;
	struct showing	 show;
	struct err	 lost;		/* a change of a run was not shown */
	struct answer	 out;		/* about runs */
};

static int
follow_told(void *arg, const struct followed *f, struct err *e)
{
	struct following *w = arg;

	return showing_task(&w->show, (size_t)(f - w->refs), NULL, f, e);
}

static int
follow_answered(void *arg, struct err *e)
{
	struct following *w = arg;

	return showing_table(&w->show, w->refs, w->n, e);
}

/* A task of a run, the end of which is told with the run's. */
static void
follow_run_told(void *arg, const char *run, const char *ref, size_t nth,
    const struct pv_task *t)
{
	struct following *w = arg;
	struct followed f = { .task = *t, .outcome = OUTCOME_NA };

	snprintf(f.ref, sizeof(f.ref), "%s", ref);
	if (w->lost.code == ERR_NONE)
		showing_task(&w->show, nth, run, &f, &w->lost);
}

/* What came of the tasks: to the person, or into the list. */
static int
follow_ends(struct following *w, json_t *list)
{
	json_t *o;
	size_t i;

	for (i = 0; i < w->n; i++) {
		struct followed *f = &w->refs[i];

		err_worse(&w->v->err, &f->err);
		o = json_followed(f->ref, &f->task, f->outcome, &f->err);
		if (o == NULL || json_array_append_new(list, o) == -1)
			return err_nomem(&w->v->err);
		if (w->v->json)
			continue;
		text_column(stdout, f->ref, 24);
		printf(" %-8s ", task_state_name(f->task.state));
		text_column(stdout, f->task.word, 12);
		printf(" %s\n", outcome_name(f->outcome));
		/* Of one task the program says it at its end. */
		if (w->n + w->nruns > 1 && f->err.code != ERR_NONE)
			text_line(stdout, "    because: ", f->err.msg);
	}
	return 0;
}

/* One answer about all; with runs, it is theirs with the tasks added. */
static int
follow_answer(struct following *w)
{
	json_t *o;
	int code;

	if (follow_ends(w, w->out.tasks) == -1)
		return env_fail(w->v);
	code = err_exit(&w->v->err);
	if (w->nruns > 0) {
		if (w->n > 0 && exit_worst(code, w->out.exit) != w->out.exit) {
			w->out.exit = code;
			w->out.err = w->v->err;
		}
		return answer_runs(&w->out, FOLLOW_SCHEMA);
	}
	if (!w->v->json)
		return code;
	o = json_schema(FOLLOW_SCHEMA, code);
	if (o != NULL)
		json_object_set(o, "tasks", w->out.tasks);
	return env_answer(w->v, o, code);
}

static int
name_add(struct following *w, const char *name)
{
	struct err *e = &w->v->err;

	if (w->nnames == REFS_MAX)
		return err_set(e, ERR_USAGE, "more than %d tasks and runs; "
		    "follow them in several calls", REFS_MAX);
	if (list_grow(&w->names, w->nnames, &w->names_cap,
	    sizeof(*w->names), e) == -1)
		return -1;
	w->names[w->nnames] = str_dup(name, e);
	if (w->names[w->nnames] == NULL)
		return -1;
	w->nnames++;
	return 0;
}

/* Standard input: one a line; blank lines and those with a # are nothing. */
static int
names_read(struct following *w)
{
	struct err *e = &w->v->err;
	char *line = NULL, *at, *end;
	size_t size = 0, no = 0;
	ssize_t n;
	int rc = 0;

	while (rc == 0 && (n = getline(&line, &size, stdin)) != -1) {
		no++;
		at = line + strspn(line, " \t");
		for (end = line + n; end > at && strchr(" \t\r\n",
		    end[-1]) != NULL; end--)
			;
		if (memchr(line, '\0', (size_t)n) != NULL)
			rc = err_set(e, ERR_REF, "line %zu of standard input "
			    "has a NUL byte; write one task or run a line",
			    no);
		else if (end > at && *at != '#') {
			*end = '\0';
			rc = name_add(w, at);
		}
	}
	free(line);
	if (rc == 0 && stop_check(e) == -1)
		return -1;
	if (rc == 0 && ferror(stdin))
		return err_set(e, ERR_INPUT, "standard input cannot be read");
	return rc;
}

static int
names_gather(struct following *w)
{
	const struct line *l = &w->v->line;
	struct err *e = &w->v->err;
	size_t i, dashes = 0;

	if (l->nargs == 0)
		return err_set(e, ERR_USAGE, "name tasks (PROVIDER:ID) or "
		    "runs, such as \"coupondrop follow mapp:92794\"; with "
		    "\"-\" they are read from standard input");
	for (i = 0; i < l->nargs; i++)
		if (strcmp(l->args[i], "-") != 0) {
			if (name_add(w, l->args[i]) == -1)
				return -1;
		} else if (dashes++ > 0)
			return err_set(e, ERR_USAGE, "\"-\" is standard "
			    "input, which can be read once only");
		else if (names_read(w) == -1)
			return -1;
	return w->nnames > 0 ? 0 : err_set(e, ERR_NOTHING, "standard input "
	    "names no task and no run");
}

static int
task_add(struct following *w, const char *ref)
{
	struct err *e = &w->v->err;
	struct followed *f;

	if (list_grow(&w->refs, w->n, &w->cap, sizeof(*f), e) == -1)
		return -1;
	f = &w->refs[w->n];
	memset(f, 0, sizeof(*f));
	if ((size_t)snprintf(f->ref, sizeof(f->ref), "%s", ref) >=
	    sizeof(f->ref))
		return err_set(e, ERR_REF, "\"%.40s...\" is too long for a "
		    "task", ref);
	w->n++;
	return 0;
}

/* The tasks of a run that are under way; how many, or -1. */
static int
tasks_of_run(struct following *w, const char *id)
{
	struct err *e = &w->v->err;
	char ref[sizeof(w->refs->ref)];
	struct ledger_part p;
	struct ledger_run run;
	int i, found = 0, n = ledger_part_count(w->c.ledger, id, e);

	if (n == -1 || ledger_run_get(w->c.ledger, id, &run, e) == -1)
		return -1;
	for (i = 1; found != -1 && i <= n; i++) {
		if (ledger_part_get(w->c.ledger, id, i, &p, e) == -1) {
			found = -1;
			break;
		}
		if (p.state == PART_FOLLOWING && p.task != NULL) {
			snprintf(ref, sizeof(ref), "%s:%s", run.provider,
			    p.task);
			found = task_add(w, ref) == -1 ? -1 : found + 1;
		}
		ledger_part_release(&p);
	}
	ledger_run_release(&run);
	return found;
}

/*
 * Short of its end a run is no more than its tasks that are under way: nothing
 * of them is to be noted.
 */
static int
run_add(struct following *w, const char *name)
{
	struct err *e = &w->v->err;
	char id[ID_LEN + 1];
	int n = 0;

	if (ledger_find(w->c.ledger, name, id, e) == -1)
		return -1;
	if (w->how.until == TASK_QUEUED || w->how.until == TASK_RUNNING)
		n = tasks_of_run(w, id);
	if (n != 0)
		return n > 0 ? 0 : -1;
	if (list_grow(&w->runs, w->nruns, &w->runs_cap, sizeof(*w->runs),
	    e) == -1)
		return -1;
	memcpy(w->runs[w->nruns++], id, sizeof(id));
	return 0;
}

/*
 * A name with a colon is a task, any other a run of this ledger.  What is
 * neither is found before anybody is asked.
 */
static int
names_sort(struct following *w)
{
	const char *name;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < w->nnames; i++) {
		name = w->names[i];
		rc = strchr(name, ':') == NULL ||
		    strncmp(name, "last:", 5) == 0 ? run_add(w, name) :
		    task_add(w, name);
	}
	return rc == 0 ? pipeline_refs_check(&w->c, w->refs, w->n,
	    &w->v->err) : -1;
}

static int
follow_runs(struct following *w)
{
	struct err *e = &w->v->err;
	struct ledger_run run;
	struct job_way way;
	size_t i, t;
	int rc = 0;

	if (answer_way(&w->out, &way, e) == -1)
		return -1;
	w->c.only_follow = true;
	w->out.several = w->n + w->nruns > 1;
	for (i = 0; rc == 0 && i < w->nruns; i++) {
		if (ledger_run_get(w->c.ledger, w->runs[i], &run, e) == -1)
			return -1;
		t = json_array_size(w->out.tasks);
		rc = job_go_on(&way, &run, e);
		ledger_run_release(&run);
		if (rc == 0 && w->lost.code != ERR_NONE) {
			*e = w->lost;
			rc = -1;
		}
		for (; rc == 0 && t < json_array_size(w->out.tasks); t++)
			rc = showing_event(&w->show, w->runs[i],
			    json_array_get(w->out.tasks, t), e);
		showing_forget(&w->show);
	}
	return rc;
}

/* What the flags say. */
static int
follow_flags(struct following *w)
{
	const char *word = w->v->line.flag[F_REACHED];
	int s;

	w->how = (struct refs_how){ .until = TASK_DONE, .told = follow_told,
	    .answered = follow_answered, .arg = w };
	if (word != NULL) {
		for (s = TASK_QUEUED; s < TASK_UNKNOWN &&
		    strcmp(task_state_name((enum task_state)s), word) != 0; s++)
			;
		if (s == TASK_UNKNOWN)
			return err_set(&w->v->err, ERR_USAGE, "--until %s: use "
			    "queued, running, done, failed or lost", word);
		w->how.until = (enum task_state)s;
	}
	/* As a job has it that says nothing. */
	str_duration(option_find(SECT_JOB, "deadline")->dflt,
	    &w->how.deadline_ms);
	return env_time(w->v, F_DEADLINE, &w->how.deadline_ms);
}

/* Runs come first: what they learn is noted. */
static int
follow_all(struct following *w)
{
	struct err *e = &w->v->err;

	w->out.tasks = json_array();
	if (w->out.tasks == NULL)
		return err_nomem(e);
	if (follow_flags(w) == -1 || names_gather(w) == -1 ||
	    env_pipeline(w->v, &w->c) == -1)
		return -1;
	showing_begin(&w->show, w->v);
	/* On a terminal the step says it. */
	if (w->c.ui.event == NULL) {
		w->c.ui.task = follow_run_told;
		w->c.ui.task_arg = w;
	}
	w->c.once = line_has(&w->v->line, F_ONCE);
	if (names_sort(w) == -1 || (w->nruns > 0 && follow_runs(w) == -1))
		return -1;
	if (w->n > 0 && pipeline_follow(&w->c, w->refs, w->n, &w->how,
	    e) == -1)
		return -1;
	showing_forget(&w->show);
	return 0;
}

static int
follow_run(struct env *v)
{
	struct following w = { .v = v, .out = { .v = v } };
	size_t i;
	int code;

	w.out.c = &w.c;
	if (follow_all(&w) == 0)
		code = follow_answer(&w);
	else
		code = answer_broken_off(&w.out, FOLLOW_SCHEMA, env_fail(v));
	for (i = 0; i < w.n; i++)
		pv_task_release(&w.refs[i].task);
	showing_forget(&w.show);
	free(w.refs);
	free(w.runs);
	for (i = 0; i < w.nnames; i++)
		free(w.names[i]);
	free(w.names);
	env_pipeline_close(&w.c);
	answer_release(&w.out);
	return code;
}

const struct command cmd_follow = {
	"follow", "REF...|-", "wait for tasks sent here or elsewhere",
	"every day",
	FLAGS_COMMON | FLAG(F_QUIET) | FLAG(F_DEADLINE) |
	    FLAG(F_ONCE) | FLAG(F_REACHED) | FLAG(F_EVENTS) | FLAG(F_WAIT_LOCK),
	SETTINGS_NONE,
	"Asks the platform until each task has ended, and says what it did "
	"in the end.\nREF is PROVIDER:ID, with the provider's name in the "
	"configuration or its type,\n"
	"or a run of this ledger; nothing more of it is sent.  With - more of "
	"them are read\nfrom standard input, one a line; blank lines and "
	"lines that begin with # are left\nout.  Runs are followed first, "
	"then all tasks together.\n\n"
	"With --once each is asked about one time: what still runs then ends "
	"with exit\ncode 4.  With --until a task is followed until it is in "
	"that state or past it;\nshort of the end, nothing is said of its "
	"outcome, and a run stands for its tasks\nthat are under way.\n\n"
	"On a terminal a table shows all tasks, the worst first; elsewhere "
	"each change is\none line on standard error.  With --events it is one "
	"JSON object a line on\nstandard output, schema coupondrop.change/1: "
	"time, run (or null) and what a member\nof tasks in the answer has; "
	"the last line is the answer, with the exit code.\n\n"
	"  coupondrop follow mapp:92794\n"
	"  coupondrop follow empower:92809 empower:92810 --deadline 30m\n"
	"  coupondrop follow last:nightly mapp:92794\n"
	"  coupondrop follow last mapp:92794 --once\n"
	"  coupondrop follow - <tasks.txt",
	follow_run
};
