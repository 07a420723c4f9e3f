/* run: the whole way for one or more files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/io.h"
#include "../base/str.h"
#include "../ledger/ledger.h"
#include "../pipeline/job.h"
#include "../pipeline/scratch.h"
#include "cmd.h"
#include "answer.h"

/* What belongs to one call of the command. */
struct running {
	struct env	*v;
	struct ctx	 c;
	struct set_job	 job;
	struct answer	 out;
	char		*scratch;	/* of a dry run */
	int		 scratch_lock;
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

	if (run_until(r, until) == -1 || env_config(r->v) == -1 ||
	    config_job(&r->v->config, l->flag[F_JOB], l->given, l->ngiven,
	    &r->job, &r->v->err) == -1)
		return -1;
	if (l->nargs > 0 || r->job.source != NULL)
		return 0;
	return r->job.name == NULL ? err_set(&r->v->err, ERR_USAGE,
	    "neither a job (-j JOB) nor a file is given") :
	    err_set(&r->v->err, ERR_USAGE, "no file is given, and job "
	    "%s has no source", r->job.name);
}

/*
 * The run whose corrected file this is.  It is closed once this one has gone
 * through, so it must be one that needs that.
 */
static int
run_settles(struct running *r)
{
	const struct line *l = &r->v->line;
	char id[ID_LEN + 1], shown[ID_LEN + 1];
	struct err *e = &r->v->err;
	struct ledger_run run;
	int rc = 0;

	if (l->flag[F_SETTLES] == NULL)
		return 0;
	if (l->nargs != 1)
		return err_set(e, ERR_USAGE, "--settles %s: name the one file "
		    "that takes the place of its file", l->flag[F_SETTLES]);
	/* Its ledger knows no other run. */
	if (r->scratch != NULL)
		return 0;
	if (ledger_find(r->c.ledger, l->flag[F_SETTLES], id, e) == -1 ||
	    ledger_run_get(r->c.ledger, id, &run, e) == -1)
		return -1;
	ledger_short(r->c.ledger, id, shown);
	if (!run_is_final(run.state))
		rc = err_set(e, ERR_USAGE, "run %s has not ended: "
		    "\"coupondrop resume %s\" goes on with it, \"coupondrop "
		    "resume %s --give-up\" drops it", shown, shown, shown);
	else if (!run.unsettled)
		rc = err_set(e, ERR_USAGE, "run %s needs nobody: leave "
		    "--settles out", shown);
	else
		rc = str_set(&r->job.retry_of, id, e);
	ledger_run_release(&run);
	return rc;
}

/* A dry run keeps its ledger apart and takes it away afterwards. */
static int
run_scratch(struct running *r)
{
	if (!line_has(&r->v->line, F_DRY_RUN))
		return 0;
	r->scratch = pipeline_scratch_new(r->v->clock, &r->scratch_lock,
	    &r->v->err);
	if (r->scratch == NULL)
		return -1;
	return str_set(&r->v->config.set.state_dir, r->scratch, &r->v->err);
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

static int
run_all(struct running *r)
{
	const struct line *l = &r->v->line;
	enum pipe_until until = UNTIL_END;
	struct err *e = &r->v->err;
	struct job_way way;

	if (run_asked(r, &until) == -1 || run_stdin(r) == -1 ||
	    run_scratch(r) == -1 || env_pipeline(r->v, &r->c) == -1 ||
	    run_settles(r) == -1 ||
	    answer_way(&r->out, &way, e) == -1)
		return -1;
	r->c.until = until;
	r->c.again = line_has(l, F_AGAIN);
	r->c.dry_run = line_has(l, F_DRY_RUN);
	/* There is nothing to say no to. */
	if (r->c.dry_run)
		r->c.ui.confirm = NULL;
	r->out.several = l->nargs != 1;
	return job_run(&way, &r->job, l->args, l->nargs, e);
}

static int
run_run(struct env *v)
{
	struct running r = { .v = v, .out = { .v = v }, .scratch_lock = -1 };
	int code;

	r.out.c = &r.c;
	if (run_all(&r) == 0)
		code = answer_runs(&r.out, "coupondrop.run/1");
	else
		code = answer_broken_off(&r.out, "coupondrop.run/1", env_exit(v,
		    &r.job, env_fail(v)));
	config_job_release(&r.job);
	env_pipeline_close(&r.c);
	if (r.scratch != NULL)
		io_rmtree(r.scratch);
	free(r.scratch);
	if (r.scratch_lock >= 0)
		close(r.scratch_lock);
	answer_release(&r.out);
	return code;
}

const struct command cmd_run = {
	"run", "-j JOB [FILE...]", "the whole way; without FILE the job's "
	    "source", "every day",
	FLAGS_COMMON | FLAG(F_QUIET) | FLAG(F_JOB) | FLAG(F_YES) |
	    FLAG(F_INSECURE) | FLAG(F_WATCH) | FLAG(F_UNTIL) |
	    FLAG(F_DRY_RUN) | FLAG(F_AGAIN) | FLAG(F_SETTLES) |
	    FLAG(F_WAIT_LOCK), SETTINGS_ALL,
	"Checks each file, packs its good rows, looks at the bank, uploads, "
	"fetches the\nupload back, announces it to the platform, waits for "
	"the task and confirms\nthat the coupons are redeemed.  Says in the "
	"end what came of every row.\n\n"
	"Files of one call are judged together: a code in two of them is sent "
	"once or,\nwith other values, not at all.\n\n"
	"A run that did not go through needs a person.  Once its file is "
	"corrected, send\nthat with --settles RUN: when it has gone through, "
	"the other one is closed.\n\n"
	"With --dry-run it checks, packs, logs in and looks at the bank, and "
	"uploads and\nsends nothing; no run is kept of that.\n\n"
	"On a terminal it shows what will be sent where, and asks once.  "
	"Several files are\nall checked before that.  Without a terminal it is "
	"silent unless something needs\nyou.\n\n"
	"  coupondrop run -j nightly\n"
	"  coupondrop run -j weekly gutscheine-kw47.csv\n"
	"  coupondrop run --provider empower --bank 600 --endpoint files "
	"codes.csv\n"
	"  zcat till-7.csv.gz | coupondrop run -j nightly -",
	run_run
};
