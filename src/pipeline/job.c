/*
 * The way of a whole job.
 *
 * A run is made for each file, but the files of one call are judged together:
 * a code in two of them is sent once or, with other values, not at all.  So
 * all are known before the first is begun.
 */
#include "job.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/io.h"
#include "../base/list.h"
#include "../base/log.h"
#include "../base/stop.h"
#include "../base/str.h"
#include "../config/config.h"
#include "../ledger/ledger.h"
#include "../provider/errors.h"
#include "ctx.h"
#include "lock.h"
#include "pipeline.h"
#include "question.h"
#include "still.h"

/* A file that such a call is about. */
struct called {
	char		*given;		/* as named; NULL: of an earlier run */
	char		*path;		/* absolute; NULL: not to be compared
					   with */
	char		*name;		/* for people */
	char		 run[ID_LEN + 1]; /* that waits for the question to
					     all; "": none */
	size_t		 nth;		/* of the files that were named */
	bool		 before;	/* its rows went, or go, their way */
	struct pipe_still still;	/* of a source */
};

/* One call of job_run. */
struct call {
	const struct job_way *way;
	const struct set_job *job;
	struct called	*files;		/* all that it is about */
	size_t		 nfiles, cap;
	size_t		 told;		/* runs and files */
	struct err	 known;		/* the worst of what is still to be
					   said of files sent before */
};

static int
tell_refused(struct call *k, const char *path, const struct err *why,
    struct err *e)
{
	const struct job_told *t = &k->way->told;

	k->told++;
	return t->refused(t->arg, k->job, path, why, e);
}

/*
 * The settings of a run.  Its job may be gone from the configuration; to call
 * it off, or to tell of one that has ended, nothing of that is needed.
 */
static int
settings_of(const struct job_way *w, const struct ledger_run *run,
    bool needed, struct set_job *job, struct err *e)
{
	if (config_job_plan(w->config, run->job, run->plan, job, e) == 0)
		return 0;
	config_job_release(job);
	if (needed && w->decision.what != DECIDE_GIVE_UP)
		return -1;
	err_clear(e);
	return config_job_plan(w->config, NULL, "{}", job, e);
}

/* How a run ended that goes on no further, as the ledger has it. */
static void
ended_before(const struct ledger_run *run, struct pipe_end *end)
{
	end->exit = run->exit;
	if (run->exit != 0 && run->err_word != NULL)
		pv_recall(&end->err, run->err_word, "%s",
		    run->err_msg != NULL ? run->err_msg : run->err_word);
}

/* Apply what was decided, then go on; e: trouble that ends the call. */
static int
decide_and_resume(const struct job_way *w, const struct ledger_run *run,
    const struct set_job *job, struct pipe_end *end, struct err *e)
{
	const struct pipe_decided *d = &w->decision;
	struct ledger_run now;

	if (d->what == DECIDE_NONE) {
		if (w->c->only_follow && run_is_final(run->state))
			ended_before(run, end);
		else
			pipeline_resume(w->c, job, run->id, end);
		return 0;
	}
	if (pipeline_decide(w->c, run->id, d, e) == -1 ||
	    ledger_run_get(w->c->ledger, run->id, &now, e) == -1)
		return -1;
	if (run_is_final(now.state))	/* nothing was ever made of it */
		ended_before(&now, end);
	else
		pipeline_resume(w->c, job, run->id, end);
	ledger_run_release(&now);
	return 0;
}

static int
go_on(const struct job_way *w, const struct ledger_run *run, bool older,
    struct err *e)
{
	struct pipe_end end = { 0 };
	struct set_job job = { 0 };
	int rc = 0;

	snprintf(end.run, sizeof(end.run), "%s", run->id);
	if (settings_of(w, run, !run_is_final(run->state), &job,
	    &end.err) == -1)
		end.exit = err_exit(&end.err);	/* others go on */
	else {
		if (w->deadline_ms != 0)
			job.deadline_ms = w->deadline_ms;
		rc = decide_and_resume(w, run, &job, &end, e);
	}
	if (rc == 0)
		rc = w->told.ended(w->told.arg, &job, &end, older, e);
	config_job_release(&job);
	return rc;
}

int
job_go_on(const struct job_way *w, const struct ledger_run *run,
    struct err *e)
{
	return go_on(w, run, false, e);
}

struct tidying {
	const struct job_way *way;
	bool		 look;
	void		(*f)(void *, const char *, const struct err *);
	void		*arg;
};

static int
tidy_run(void *arg, const char *id, struct err *e)
{
	struct tidying *t = arg;
	struct ctx *c = t->way->c;
	struct set_job job = { 0 };
	struct ledger_run run;
	struct err why;

	if (stop_check(e) == -1 ||
	    ledger_run_get(c->ledger, id, &run, e) == -1)
		return -1;
	err_clear(&why);
	if (run.untidy && !t->look) {
		if (settings_of(t->way, &run, true, &job, &why) == -1)
			log_say(c->log, LOG_WARN, "a run could not be "
			    "tidied up", LFS("run", id),
			    LFS("because", why.msg));
		else
			pipeline_tidy(c, &job, id, &why);
		config_job_release(&job);
	}
	if (run.untidy)
		t->f(t->arg, id, &why);
	ledger_run_release(&run);
	return 0;
}

int
job_tidy(const struct job_way *w, const char *id, const char *job, bool look,
    void (*f)(void *, const char *, const struct err *), void *arg,
    struct err *e)
{
	const struct ledger_filter untidy = { .job = job, .untidy = true };
	struct tidying t = { w, look, f, arg };

	return id != NULL ? tidy_run(&t, id, e) :
	    ledger_each_run(w->c->ledger, &untidy, tidy_run, &t, e);
}

static int
called_add(struct call *k, const char *given, const char *path,
    const char *name, struct err *e)
{
	struct called *f;

	if (list_grow(&k->files, k->nfiles, &k->cap, sizeof(*f), e) == -1)
		return -1;
	f = &k->files[k->nfiles++];
	memset(f, 0, sizeof(*f));
	if ((given != NULL && (f->given = str_dup(given, e)) == NULL) ||
	    (path != NULL && (f->path = str_dup(path, e)) == NULL) ||
	    (f->name = str_dup(name, e)) == NULL)
		return -1;
	return 0;
}

/* A file that is given; those of earlier nights are not compared with. */
static int
called_file(struct call *k, const char *given, struct err *e)
{
	char *path = NULL;
	struct err why;
	int rc;

	err_clear(&why);
	rc = pipeline_fresh(k->way->c, k->job, given, &why);
	if (rc == -1 && why.code == ERR_NOMEM) {
		*e = why;
		return -1;
	}
	if (rc == 1)
		path = realpath(given, NULL);
	rc = called_add(k, given, path, given, e);
	free(path);
	return rc;
}

/* What the others need to know of a file whose run came to its end here. */
static int
called_went(struct call *k, struct called *f, const char *id,
    enum err_code code, struct err *e)
{
	struct ledger_run run;

	f->before = false;
	if (id[0] == '\0')	/* none of its rows went anywhere */
		return 0;
	if (ledger_run_get(k->way->c->ledger, id, &run, e) == -1)
		return -1;
	f->before = (run.state != RUN_REJECTED &&
	    run.state != RUN_CANCELLED) || pipeline_repeats(code);
	ledger_run_release(&run);
	return 0;
}

/* The other files, for the run of one; the caller frees the list. */
static struct pipe_beside *
called_others(struct call *k, const struct called *own, size_t *n,
    struct err *e)
{
	struct pipe_beside *list;
	const struct called *f;

	*n = 0;
	list = calloc(k->nfiles + 1, sizeof(*list));
	if (list == NULL) {
		err_nomem(e);
		return NULL;
	}
	for (f = k->files; f < k->files + k->nfiles; f++)
		if (f != own && f->path != NULL)
			list[(*n)++] = (struct pipe_beside){ f->path, f->name,
			    f->before };
	return list;
}

static void
called_release(struct call *k)
{
	size_t i;

	for (i = 0; i < k->nfiles; i++) {
		free(k->files[i].given);
		free(k->files[i].path);
		free(k->files[i].name);
	}
	free(k->files);
}

/* An unfinished run of the job; its file is one of this call. */
static int
finish_run(void *arg, const char *id, struct err *e)
{
	struct call *k = arg;
	struct ledger_run run;
	int rc = 0;

	if (stop_check(e) == -1 ||
	    ledger_run_get(k->way->c->ledger, id, &run, e) == -1)
		return -1;
	/* A run that waits for a person does not hold up tonight's. */
	if (run.state != RUN_HELD) {
		k->told++;
		rc = go_on(k->way, &run, true, e);
		if (rc == 0)
			rc = called_add(k, NULL, run.source.path,
			    run.source.name, e);
		if (rc == 0)
			rc = called_went(k, &k->files[k->nfiles - 1], id,
			    ERR_NONE, e);
	}
	ledger_run_release(&run);
	return rc;
}

/* What still stands in the way is in the log, with its cause. */
static void
log_tidied(void *arg, const char *id, const struct err *why)
{
	struct call *k = arg;

	if (why->code == ERR_NONE)
		log_say(k->way->c->log, LOG_INFO, "tidied up at last",
		    LFS("run", id));
}

static int
finish_runs(struct call *k, struct err *e)
{
	const struct ledger_filter f = { .job = k->job->name,
	    .unfinished = true };
	struct ctx *c = k->way->c;

	/* Who stops this file half-way did not ask to send older ones. */
	if (k->job->name == NULL || c->dry_run || c->until != UNTIL_END)
		return 0;
	if (job_tidy(k->way, NULL, k->job->name, false, log_tidied, k, e) ==
	    -1)
		return -1;
	return ledger_each_run(c->ledger, &f, finish_run, k, e);
}

/*
 * The same coupons wait in another run, and a person is there: 1 when that run
 * went on in place of this one.
 */
static int
go_on_instead(struct call *k, const struct pipe_end *end, struct err *e)
{
	struct ctx *c = k->way->c;
	struct ledger_run other;
	char what[1200];
	int rc;

	if (end->waits[0] == '\0' || c->ui.confirm == NULL)
		return 0;
	snprintf(what, sizeof(what), "%s\nYes goes on with that run.",
	    end->err.msg);
	if (c->ui.confirm(c->ui.arg, what) != 0)
		return 0;
	if (ledger_run_get(c->ledger, end->waits, &other, e) == -1)
		return -1;
	k->told++;
	rc = go_on(k->way, &other, false, e);
	ledger_run_release(&other);
	return rc == 0 ? 1 : -1;
}

/* A file that must not be taken tonight; the others do not wait for it. */
static int
leave_file(struct call *k, struct called *f, const struct err *why,
    struct err *e)
{
	int rc = tell_refused(k, f->given, why, e);

	free(f->given);
	free(f->path);
	f->given = f->path = NULL;
	return rc;
}

/* Wait until the new files of the source stand still. */
static int
settle_files(struct call *k, struct err *e)
{
	struct called *f, *end = k->files + k->nfiles;
	struct pipe_still **list;
	size_t n = 0;
	int rc;

	list = calloc(k->nfiles + 1, sizeof(*list));
	if (list == NULL)
		return err_nomem(e);
	for (f = k->files; f < end; f++) {
		if (f->given == NULL || f->path == NULL)
			continue;
		f->still.path = f->given;
		list[n++] = &f->still;
	}
	rc = pipeline_still(k->way->c, k->job, list, n, e);
	free(list);
	for (f = k->files; rc == 0 && f < end; f++)
		if (f->still.err.code != ERR_NONE)
			rc = leave_file(k, f, &f->still.err, e);
	return rc;
}

/* 1 when the run waits for the question that is asked for all of them. */
static int
wait_for_all(struct call *k, struct called *f, const struct pipe_end *end,
    struct err *e)
{
	struct ledger_run run;

	if (ledger_run_get(k->way->c->ledger, end->run, &run, e) == -1)
		return -1;
	if (run.asked)
		memcpy(f->run, end->run, sizeof(f->run));
	ledger_run_release(&run);
	return f->run[0] != '\0';
}

/*
 * All files are checked: one question for those that can be sent.  A yes goes
 * on with each of them; without it they wait.
 */
static int
ask_for_all(struct call *k, struct err *e)
{
	struct called *f, *last = k->files + k->nfiles;
	char (*ids)[ID_LEN + 1] = calloc(k->nfiles + 1, sizeof(*ids));
	struct ctx *c = k->way->c;
	struct pipe_ui ui = c->ui;
	struct pipe_end end;
	size_t n = 0;
	int yes;

	if (ids == NULL)
		return err_nomem(e);
	for (f = k->files; f < last; f++)
		if (f->run[0] != '\0')
			memcpy(ids[n++], f->run, sizeof(*ids));
	yes = n > 0 ? question_all(c, ids, n, e) : 0;
	free(ids);
	c->ui.confirm = NULL;
	for (f = k->files; yes != -1 && f < last; f++) {
		if (f->run[0] == '\0')
			continue;
		memset(&end, 0, sizeof(end));
		memcpy(end.run, f->run, sizeof(end.run));
		c->file = f->nth;
		if (yes == 1)
			pipeline_resume(c, k->job, f->run, &end);
		else if (question_no(c->ledger, f->run, false,
		    &end.err) == -1)
			end.exit = err_exit(&end.err);
		k->told++;
		if (k->way->told.ended(k->way->told.arg, k->job, &end, false,
		    e) == -1)
			yes = -1;
	}
	c->ui = ui;
	return yes == -1 ? -1 : 0;
}

static int
take_file(struct call *k, struct called *f, bool from_source, struct err *e)
{
	struct pipe_beside *list;
	struct pipe_end end;
	struct err why;
	size_t n;
	int instead;

	if (stop_check(e) == -1)
		return -1;
	err_clear(&why);
	if (!pipeline_stands(&f->still, &why))
		return leave_file(k, f, &why, e);
	list = called_others(k, f, &n, e);
	if (list == NULL)
		return -1;
	pipeline_start(k->way->c, k->job, f->given, list, n, &end);
	free(list);
	if (called_went(k, f, end.run, end.err.code, e) == -1)
		return -1;
	/* Files of earlier nights lie in the folder; that is no news. */
	if (from_source && end.run[0] == '\0' &&
	    (end.err.code == ERR_NOTHING || pipeline_repeats(end.err.code))) {
		log_say(k->way->c->log, LOG_INFO, "skipped",
		    LFS("because", end.err.msg));
		if (end.err.code != ERR_NOTHING)
			err_worse(&k->known, &end.err);
		return 0;
	}
	if (end.run[0] == '\0')
		return tell_refused(k, f->given, &end.err, e);
	instead = k->way->c->until == UNTIL_ASKED ?
	    wait_for_all(k, f, &end, e) : go_on_instead(k, &end, e);
	if (instead != 0)
		return instead == 1 ? 0 : -1;
	k->told++;
	return k->way->told.ended(k->way->told.arg, k->job, &end, false, e);
}

static int
take_files(struct call *k, bool from_source, struct err *e)
{
	struct called *f, *end = k->files + k->nfiles;
	struct ctx *c = k->way->c;
	size_t given = 0;
	bool ask;
	int rc = 0;

	io_many_files(k->nfiles);
	for (f = k->files; f < end; f++)
		if (f->given != NULL)
			f->nth = ++given;
	/* What lies in a source may be there since many nights. */
	c->files = from_source ? 0 : given;
	ask = c->ui.confirm != NULL && c->until == UNTIL_END && given > 1;
	if (ask)
		c->until = UNTIL_ASKED;
	for (f = k->files; rc == 0 && f < end; f++) {
		c->file = f->nth;
		if (f->given != NULL)
			rc = take_file(k, f, from_source, e);
	}
	if (!ask)
		return rc;
	c->until = UNTIL_END;
	return rc == 0 ? ask_for_all(k, e) : rc;
}

/* The folder before the first wildcard of a pattern; the caller frees. */
static char *
folder_of(const char *pattern, struct err *e)
{
	size_t n = strcspn(pattern, "*?[");
	char *folder;

	while (n > 1 && pattern[n - 1] != '/')
		n--;
	folder = n == 0 || pattern[n - 1] != '/' ? strdup(".") :
	    strndup(pattern, n > 1 ? n - 1 : n);
	if (folder == NULL)
		err_nomem(e);
	return folder;
}

/*
 * The paths that a pattern stands for.  A folder that is away or cannot be read
 * holds no files either, but that is no night without one.
 */
static int
find_matches(const char *pattern, glob_t *g, struct err *e)
{
	char *folder;
	int rc;

	memset(g, 0, sizeof(*g));
	rc = glob(pattern, GLOB_ERR, NULL, g);
	if (rc == GLOB_ABORTED && (errno == ENOENT || errno == ENOTDIR)) {
		/* Of the folders that a wildcard found some lack the rest. */
		globfree(g);
		memset(g, 0, sizeof(*g));
		rc = glob(pattern, 0, NULL, g);
	}
	if (rc == 0)
		return 0;
	g->gl_pathc = 0;
	if (rc == GLOB_NOSPACE)
		return err_nomem(e);
	if (rc == GLOB_ABORTED)
		return err_sys(e, ERR_INPUT, errno, "a folder of %s cannot be "
		    "read", pattern);
	folder = folder_of(pattern, e);
	if (folder == NULL)
		return -1;
	rc = access(folder, F_OK) == 0 ? 0 : err_sys(e, ERR_INPUT, errno,
	    "the folder %s of source", folder);
	free(folder);
	return rc;
}

/* The files of the job's source; how many there are, or -1. */
static ssize_t
find_files(struct call *k, struct err *e)
{
	ssize_t n = 0;
	glob_t g;
	size_t i;
	int rc = find_matches(k->job->source, &g, e);

	for (i = 0; rc == 0 && i < g.gl_pathc; i++) {
		if (pipeline_is_marker(k->job, g.gl_pathv[i]))
			continue;
		n++;
		rc = called_file(k, g.gl_pathv[i], e);
	}
	globfree(&g);
	if (rc == 0 && n == 0)
		return err_set(e, ERR_NOTHING, "no file matches %s",
		    k->job->source);
	return rc == 0 ? n : -1;
}

static int
take_source(struct call *k, struct err *e)
{
	ssize_t n = find_files(k, e);

	if (n == -1 || settle_files(k, e) == -1 ||
	    take_files(k, true, e) == -1)
		return -1;
	if (k->told > 0)
		return 0;
	if (k->known.code != ERR_NONE) {
		*e = k->known;
		return -1;
	}
	return err_set(e, ERR_NOTHING, "no new file matches %s; %zd known "
	    "from earlier runs", k->job->source, n);
}

int
job_run(const struct job_way *w, const struct set_job *job,
    char *const *files, size_t n, struct err *e)
{
	struct call k = { .way = w, .job = job };
	int lock = -1, rc = 0;
	size_t i;

	/* One run of a job at a time, and nobody in between. */
	if (job->name != NULL) {
		lock = pipeline_lock_job(w->c, job->name,
		    w->c->wait_lock_ms, e);
		if (lock == -1)
			return -1;
	}
	rc = finish_runs(&k, e);
	for (i = 0; rc == 0 && i < n; i++)
		rc = called_file(&k, files[i], e);
	if (rc == 0)
		rc = n > 0 ? take_files(&k, false, e) : take_source(&k, e);
	called_release(&k);
	if (lock != -1)
		close(lock);
	return rc;
}
