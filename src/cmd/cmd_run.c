/* run: the whole way for one or more files. */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/log.h"
#include "../base/stop.h"
#include "../base/str.h"
#include "../base/tmpfile.h"
#include "../pipeline/pipeline.h"
#include "cmd.h"
#include "ended.h"

/* What belongs to one call of the command. */
struct running {
	struct env	*v;
	struct ctx	 c;
	struct set_job	 job;
	struct ended	 out;
	char		*scratch;	/* of a dry run */
	int		 scratch_lock;
	int		 lock;
	struct called	*files;		/* all that this call is about */
	size_t		 nfiles;
	struct err	 known;		/* the worst of what is still to be
					   said of files sent before */
};

/* A file of this call: they are judged together. */
struct called {
	char		*given;		/* as named; NULL: of an earlier run */
	char		*path;		/* absolute; NULL: not to be compared
					   with */
	char		*name;		/* for people */
	bool		 before;	/* its rows went, or go, their way */
	struct pipe_still still;	/* of a source */
};

static int
run_until(struct running *r, enum pipe_until *until)
{
	static const char *const words[] = { "validated", "packed",
	    "staged" };
	const char *word = r->v->line.flag[F_UNTIL];
	size_t i;

	if (word == NULL)
		return 0;
	for (i = 0; i < 3; i++)
		if (strcmp(words[i], word) == 0) {
			*until = (enum pipe_until)(UNTIL_VALIDATED + i);
			return 0;
		}
	return err_set(&r->v->err, ERR_USAGE, "--until %s: use validated, "
	    "packed or staged", word);
}

/*
 * What the command line and the job say, found wrong before anything is
 * touched: a call that cannot be carried out does not do half of it.
 */
static int
run_asked(struct running *r, enum pipe_until *until)
{
	const struct line *l = &r->v->line;

	if (run_until(r, until) != 0 || env_config(r->v) != 0 ||
	    config_job(&r->v->config, l->flag[F_JOB], l->given, l->ngiven,
	    &r->job, &r->v->err) != 0)
		return -1;
	if (l->nargs > 0 || r->job.source != NULL)
		return 0;
	return r->job.name == NULL ? err_set(&r->v->err, ERR_USAGE,
	    "neither a job (-j JOB) nor a file is given") :
	    err_set(&r->v->err, ERR_USAGE, "no file is given, and job "
	    "%s has no source", r->job.name);
}

/* A dry run keeps its ledger apart and takes it away afterwards. */
static int
run_scratch(struct running *r)
{
	if (!line_has(&r->v->line, F_DRY_RUN))
		return 0;
	r->scratch = pipeline_scratch_new(&r->scratch_lock, &r->v->err);
	if (r->scratch == NULL)
		return -1;
	free(r->v->config.set.state_dir);
	r->v->config.set.state_dir = str_dup(r->scratch, &r->v->err);
	return r->v->config.set.state_dir == NULL ? -1 : 0;
}

/* The job's lock: one run of a job at a time, and nobody in between. */
static int
run_lock(struct running *r)
{
	if (r->job.name == NULL)
		return 0;
	r->lock = pipeline_lock_job(r->c.set, r->job.name, r->c.wait_lock_ms,
	    &r->v->err);
	return r->lock < 0 ? -1 : 0;
}

static int
called_add(struct running *r, const char *given, const char *path,
    const char *name)
{
	struct err *e = &r->v->err;
	struct called *files, *f;

	files = reallocarray(r->files, r->nfiles + 1, sizeof(*files));
	if (files == NULL)
		return err_nomem(e);
	r->files = files;
	f = &files[r->nfiles++];
	memset(f, 0, sizeof(*f));
	if ((given != NULL && (f->given = str_dup(given, e)) == NULL) ||
	    (path != NULL && (f->path = str_dup(path, e)) == NULL) ||
	    (f->name = str_dup(name, e)) == NULL)
		return -1;
	return 0;
}

/* A file that is given; those of earlier nights are not compared with. */
static int
called_file(struct running *r, const char *given)
{
	char *path = NULL;
	struct err why;
	int rc;

	err_clear(&why);
	rc = pipeline_fresh(&r->c, &r->job, given, &why);
	if (rc == -1 && why.code == ERR_NOMEM) {
		r->v->err = why;
		return -1;
	}
	if (rc == 1)
		path = realpath(given, NULL);
	rc = called_add(r, given, path, given);
	free(path);
	return rc;
}

/* What the others need to know of a file whose run came to its end here. */
static int
called_went(struct running *r, struct called *f, const struct pipe_end *end)
{
	struct ledger_run run;

	f->before = false;
	if (end->run[0] == '\0')	/* none of its rows went anywhere */
		return 0;
	if (ledger_run_get(r->c.ledger, end->run, &run, &r->v->err) != 0)
		return -1;
	f->before = (run.state != RUN_REJECTED &&
	    run.state != RUN_CANCELLED) || pipeline_repeats(end->err.code);
	ledger_run_release(&run);
	return 0;
}

/* The other files, for the run of one; the caller frees the list. */
static struct pipe_beside *
called_others(struct running *r, const struct called *own, size_t *n)
{
	struct pipe_beside *list;
	const struct called *f;

	*n = 0;
	list = calloc(r->nfiles + 1, sizeof(*list));
	if (list == NULL) {
		err_nomem(&r->v->err);
		return NULL;
	}
	for (f = r->files; f < r->files + r->nfiles; f++)
		if (f != own && f->path != NULL)
			list[(*n)++] = (struct pipe_beside){ f->path, f->name,
			    f->before };
	return list;
}

static void
called_release(struct running *r)
{
	size_t i;

	for (i = 0; i < r->nfiles; i++) {
		free(r->files[i].given);
		free(r->files[i].path);
		free(r->files[i].name);
	}
	free(r->files);
}

/* An earlier run that went on in this call: its file is one of them. */
static int
called_run(struct running *r, const char *id)
{
	struct pipe_end end = { 0 };
	struct ledger_run run;
	int rc;

	snprintf(end.run, sizeof(end.run), "%s", id);
	if (ledger_run_get(r->c.ledger, id, &run, &r->v->err) != 0)
		return -1;
	rc = called_add(r, NULL, run.source.path, run.source.name);
	ledger_run_release(&run);
	return rc != 0 ? -1 : called_went(r, &r->files[r->nfiles - 1], &end);
}

/* The job's own unfinished runs come first. */
static int
run_unfinished(void *arg, const char *id, struct err *e)
{
	struct running *r = arg;
	struct ledger_run run;
	int rc = 0;

	if (stop_check(e) != 0 ||
	    ledger_run_get(r->c.ledger, id, &run, e) != 0)
		return -1;
	/* A run that waits for a person does not hold up tonight's. */
	if (run.state != RUN_HELD) {
		r->out.several = true;
		rc = ended_go(r->v, &r->c, &run, &r->out);
		if (rc == 0)
			rc = called_run(r, id);
		if (rc != 0)
			*e = r->v->err;
	}
	ledger_run_release(&run);
	return rc;
}

/* What still stands in the way is in the log, with its cause. */
static void
run_tidied(void *arg, const char *id, const struct err *why)
{
	struct running *r = arg;

	if (why->code == ERR_NONE)
		log_say(r->v->log, LOG_INFO, "tidied up at last",
		    LFS("run", id));
}

static int
run_leftovers(struct running *r)
{
	struct ledger_filter f = { .job = r->job.name, .unfinished = true };

	/* Who stops this file half-way did not ask to send older ones. */
	if (r->job.name == NULL || r->c.dry_run || r->c.until != UNTIL_END)
		return 0;
	if (ended_tidy(r->v, &r->c, NULL, r->job.name, false, run_tidied,
	    r) != 0)
		return -1;
	return ledger_each_run(r->c.ledger, &f, run_unfinished, r,
	    &r->v->err);
}

/*
 * The same coupons wait in another run, and a person is there: 1 when that run
 * went on in place of this one.
 */
static int
run_other(struct running *r, const struct pipe_end *end)
{
	struct ledger_run other;
	char what[1200];
	int rc;

	if (end->waits[0] == '\0' || r->c.ui.confirm == NULL)
		return 0;
	snprintf(what, sizeof(what), "%s\nYes goes on with that run.",
	    end->err.msg);
	if (r->c.ui.confirm(r->c.ui.arg, what) != 0)
		return 0;
	if (ledger_run_get(r->c.ledger, end->waits, &other, &r->v->err) != 0)
		return -1;
	rc = ended_go(r->v, &r->c, &other, &r->out);
	ledger_run_release(&other);
	return rc == 0 ? 1 : -1;
}

/* A file that must not be taken tonight; the others do not wait for it. */
static int
run_not_yet(struct running *r, struct called *f, const struct err *why)
{
	int rc = ended_file(r->v, &r->job, f->given, why, &r->out);

	free(f->given);
	free(f->path);
	f->given = f->path = NULL;
	return rc;
}

/* Wait until the new files of the source stand still. */
static int
run_settle(struct running *r)
{
	struct called *f, *end = r->files + r->nfiles;
	struct pipe_still **list;
	size_t n = 0;
	int rc;

	list = calloc(r->nfiles + 1, sizeof(*list));
	if (list == NULL)
		return err_nomem(&r->v->err);
	for (f = r->files; f < end; f++) {
		if (f->given == NULL || f->path == NULL)
			continue;
		f->still.path = f->given;
		list[n++] = &f->still;
	}
	rc = pipeline_still(&r->job, list, n, &r->v->err);
	free(list);
	for (f = r->files; rc == 0 && f < end; f++)
		if (f->still.err.code != ERR_NONE)
			rc = run_not_yet(r, f, &f->still.err);
	return rc;
}

static int
run_file(struct running *r, struct called *f, bool from_source)
{
	struct pipe_beside *list;
	struct pipe_end end;
	struct err why;
	size_t n;
	int other;

	if (stop_check(&r->v->err) != 0)
		return -1;
	err_clear(&why);
	if (!pipeline_stands(&f->still, &why))
		return run_not_yet(r, f, &why);
	list = called_others(r, f, &n);
	if (list == NULL)
		return -1;
	pipeline_start(&r->c, &r->job, f->given, list, n, &end);
	free(list);
	if (called_went(r, f, &end) != 0)
		return -1;
	/* Files of earlier nights lie in the folder; that is no news. */
	if (from_source && end.run[0] == '\0' &&
	    (end.err.code == ERR_NOTHING || pipeline_repeats(end.err.code))) {
		log_say(r->v->log, LOG_INFO, "skipped",
		    LFS("because", end.err.msg));
		if (end.err.code != ERR_NOTHING && (r->known.code ==
		    ERR_NONE || exit_worst(end.exit, err_exit(&r->known)) !=
		    err_exit(&r->known)))
			r->known = end.err;
		return 0;
	}
	if (end.run[0] == '\0')
		return ended_file(r->v, &r->job, f->given, &end.err, &r->out);
	other = run_other(r, &end);
	if (other != 0)
		return other > 0 ? 0 : -1;
	return ended_add(r->v, &r->c, &r->job, &end, &r->out);
}

static int
run_files(struct running *r, bool from_source)
{
	struct called *f, *end = r->files + r->nfiles;

	env_many_files(r->nfiles);
	for (f = r->files; f < end; f++)
		if (f->given != NULL && run_file(r, f, from_source) != 0)
			return -1;
	return 0;
}

/* It is read when its run begins: files before it could not know it. */
static int
run_stdin(struct running *r)
{
	const struct line *l = &r->v->line;
	size_t i;

	for (i = 0; l->nargs > 1 && i < l->nargs; i++)
		if (strcmp(l->args[i], "-") == 0)
			return err_set(&r->v->err, ERR_USAGE, "\"-\" is given "
			    "together with files, which are judged together: "
			    "save standard input as a file, and name that");
	return 0;
}

/* The files of the job's source. */
static int
run_source(struct running *r)
{
	glob_t g;
	size_t i, n = 0;
	int rc = 0;

	memset(&g, 0, sizeof(g));
	if (glob(r->job.source, 0, NULL, &g) != 0)
		g.gl_pathc = 0;
	for (i = 0; rc == 0 && i < g.gl_pathc; i++) {
		if (pipeline_is_marker(&r->job, g.gl_pathv[i]))
			continue;
		n++;
		rc = called_file(r, g.gl_pathv[i]);
	}
	if (rc == 0 && n == 0)
		rc = err_set(&r->v->err, ERR_NOTHING, "no file matches %s",
		    r->job.source);
	if (rc == 0)
		rc = run_settle(r);
	if (rc == 0)
		rc = run_files(r, true);
	if (rc == 0 && r->out.n == 0 && r->known.code != ERR_NONE) {
		r->v->err = r->known;
		rc = -1;
	} else if (rc == 0 && r->out.n == 0)
		rc = err_set(&r->v->err, ERR_NOTHING, "no new file matches "
		    "%s; %zu known from earlier runs", r->job.source, n);
	globfree(&g);
	return rc;
}

static int
run_all(struct running *r)
{
	const struct line *l = &r->v->line;
	enum pipe_until until = UNTIL_END;
	size_t i;

	if (run_asked(r, &until) != 0 || run_stdin(r) != 0 ||
	    run_scratch(r) != 0 || env_pipeline(r->v, &r->c) != 0)
		return -1;
	r->c.until = until;
	r->c.again = line_has(l, F_AGAIN);
	r->c.dry_run = line_has(l, F_DRY_RUN);
	if (run_lock(r) != 0 || run_leftovers(r) != 0)
		return -1;
	r->out.several = r->out.several || l->nargs != 1;
	if (l->nargs == 0)
		return run_source(r);
	for (i = 0; i < l->nargs; i++)
		if (called_file(r, l->args[i]) != 0)
			return -1;
	return run_files(r, false);
}

static int
run_run(struct env *v)
{
	struct running r = { .v = v, .lock = -1, .scratch_lock = -1 };
	int code;

	if (run_all(&r) == 0)
		code = ended_answer(v, "coupondrop.run/1", &r.out);
	else if (r.out.n == 0)
		code = env_exit(v, &r.job, env_fail(v));
	else {	/* some went through before something broke */
		code = exit_worst(env_exit(v, &r.job, env_fail(v)),
		    r.out.exit);
		r.out.err = v->err;
		r.out.exit = code;
		code = ended_answer(v, "coupondrop.run/1", &r.out);
	}
	config_job_release(&r.job);
	env_pipeline_close(&r.c);
	if (r.lock >= 0)
		close(r.lock);
	if (r.scratch != NULL)
		io_rmtree(r.scratch);
	free(r.scratch);
	called_release(&r);
	if (r.scratch_lock >= 0)
		close(r.scratch_lock);
	ended_release(&r.out);
	return code;
}

const struct command cmd_run = {
	"run", "-j JOB [FILE...]", "the whole way; without FILE the job's "
	    "source", "every day",
	FLAG(F_HELP) | FLAG(F_JSON) | FLAG(F_CONFIG) | FLAG(F_QUIET) |
	    FLAG(F_VERBOSE) | FLAG(F_LOG_FORMAT) | FLAG(F_JOB) | FLAG(F_YES) |
	    FLAG(F_INSECURE) |
	    FLAG(F_WATCH) |
	    FLAG(F_UNTIL) | FLAG(F_DRY_RUN) | FLAG(F_AGAIN) |
	    FLAG(F_WAIT_LOCK), true,
	"Checks each file, packs its good rows, looks at the bank, uploads, "
	"fetches the\nupload back, announces it to the platform, waits for "
	"the task and confirms\nthat the coupons are redeemed.  Says in the "
	"end what came of every row.\n\n"
	"Files of one call are judged together: a code in two of them is sent "
	"once or,\nwith other values, not at all.\n\n"
	"On a terminal it shows what will be sent where and asks once.  "
	"Without one it\nis silent unless something needs you.\n\n"
	"  coupondrop run -j nightly\n"
	"  coupondrop run -j weekly gutscheine-kw47.csv\n"
	"  coupondrop run --provider empower --bank 600 --endpoint files "
	"codes.csv\n"
	"  zcat till-7.csv.gz | coupondrop run -j nightly -",
	run_run
};
