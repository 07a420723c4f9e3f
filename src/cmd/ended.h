/*
 * Runs that ended in one command, and the one answer about them.
 */
#ifndef CMD_ENDED_H
#define CMD_ENDED_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "../base/err.h"

struct ctx;
struct env;
struct ledger_run;
struct pipe_end;
struct set_job;

/* Runs of one command, to be answered together; zeroed to begin with. */
struct ended {
	json_t	*runs;		/* members of "runs" */
	json_t	*not_started;	/* files without a run, and why; or NULL */
	json_t	*tasks;		/* not NULL: gather the runs' tasks, too */
	int	 exit;		/* worst so far, before ok_exits */
	size_t	 n;
	bool	 several;	/* each has to say why it ended */
	bool	 held;		/* err is of a file, and not yet told */
	struct err err;		/* of the worst */
};

/*
 * ended_add(v, c, job, end, out): a run ended; tell the person, or gather its
 * JSON.  0, or -1 with v->err.
 */
int	ended_add(struct env *, struct ctx *, const struct set_job *,
	    const struct pipe_end *, struct ended *);

/*
 * ended_file(v, job, path, why, out): no run came of a file.  As ended_add.
 */
int	ended_file(struct env *, const struct set_job *, const char *,
	    const struct err *, struct ended *);

/*
 * ended_go(v, c, run, out): what the command line decides about a run, if
 * anything, then on with it and ended_add.  Settings it cannot have any more
 * are the end of this run only.  0, or -1 with v->err.
 */
int	ended_go(struct env *, struct ctx *, const struct ledger_run *,
	    struct ended *);

/*
 * ended_tidy(v, c, id, job, look, f, arg): take away what stayed when runs
 * ended: of the run with that whole id, or, with NULL, of all of a job (NULL:
 * of every one).  f is told of each and what still stands in the way, ERR_NONE
 * for nothing.  With look, nothing is done.  Runs that another process is at
 * work on are left out.  0, or -1 with v->err.
 */
int	ended_tidy(struct env *, struct ctx *, const char *, const char *, bool,
	    void (*)(void *, const char *, const struct err *), void *);

/*
 * ended_answer(v, schema, out): print the JSON if asked for, return the exit
 * code.
 */
int	ended_answer(struct env *, const char *, struct ended *);

/*
 * ended_release(out): free what it holds.
 */
void	ended_release(struct ended *);

#endif
