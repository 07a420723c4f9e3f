/*
 * The job plane: a loop over the ledger.  Look up the state of a run, do the
 * next step, write the result.  run and resume are the same loop.
 */
#ifndef PIPELINE_PIPELINE_H
#define PIPELINE_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>

#include "../base/err.h"
#include "../base/id.h"
#include "ctx.h"

struct check_opts;
struct set_job;

/* What a person decided about an unknown part. */
enum pipe_decision { DECIDE_NONE, DECIDE_ADOPT, DECIDE_RESUBMIT,
	DECIDE_GIVE_UP };

struct pipe_decided {
	enum pipe_decision	 what;
	const char		*ref;	/* the task, for DECIDE_ADOPT */
	const char		*note;	/* or NULL */
};

/* How one run ended this time. */
struct pipe_end {
	char		 run[ID_LEN + 1]; /* "" when none came to be */
	int		 exit;
	struct err	 err;		/* ERR_NONE when there is nothing to
					   say */
	char		 waits[ID_LEN + 1]; /* run in which the same content
					   waits, so that this one ended */
};

/* Another file of the same call. */
struct pipe_beside {
	const char	*path;		/* absolute */
	const char	*name;		/* for people */
	bool		 before;	/* its rows went, or go, their way */
};

/*
 * pipeline_start(ctx, job, path, list, n, out): a new run for one file ("-" is
 * standard input), as far as ctx->until.  It is judged together with the n
 * files of list: a row that agrees with one of a file before it is repeated,
 * rows that contradict each other are not sent.  Blocks until the end.  How it
 * ended is in *out; what it did is in the ledger.
 */
void	pipeline_start(struct ctx *, const struct set_job *, const char *,
	    const struct pipe_beside *, size_t, struct pipe_end *);

/*
 * pipeline_fresh(ctx, job, path, e): whether a file would make a new run: 1,
 * or 0 when it was sent before.  -1 when it cannot be looked at.
 */
int	pipeline_fresh(struct ctx *, const struct set_job *, const char *,
	    struct err *);

/*
 * pipeline_repeats(code): whether a run ended, or waits, because another run
 * has its content: that one went through, may have arrived, or waits, too.
 */
bool	pipeline_repeats(enum err_code);

/*
 * pipeline_resume(ctx, job, id, out): go on with a run; job holds the settings
 * it was made with.  A run that has ended is exit 5 when it needs nobody, else
 * what it ended with.
 */
void	pipeline_resume(struct ctx *, const struct set_job *, const char *,
	    struct pipe_end *);

/*
 * pipeline_tidy(ctx, job, id, e): take away what stayed when a run ended, and
 * note in the ledger when nothing of it is left.  job holds the settings it was
 * made with.  Blocks while file servers answer.  ERR_LOCKED when another
 * process is at work on it; else what still stands in the way.
 */
int	pipeline_tidy(struct ctx *, const struct set_job *, const char *,
	    struct err *);

/*
 * pipeline_decide(ctx, id, decided, e): apply a person's decision to the
 * unknown and lost parts of a run.  The caller resumes the run afterwards.
 * ERR_USAGE when no part waits for one, or an adoption fits several parts.
 */
int	pipeline_decide(struct ctx *, const char *,
	    const struct pipe_decided *, struct err *);

/*
 * pipeline_form(set, path, job, own): the options to check the file with:
 * those of the job; or *own, which is made from them, for rows that a run
 * wrote into its folder in a form of their own: failed.csv, unknown.csv,
 * set-aside.csv.  Asks the file system where path leads.
 */
const struct check_opts *pipeline_form(const struct settings *, const char *,
	    const struct check_opts *, struct check_opts *);

#endif
