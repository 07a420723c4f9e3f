/*
 * Runs that ended in one command, and the one answer about them.
 */
#ifndef CMD_ANSWER_H
#define CMD_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "../base/err.h"

struct ctx;
struct env;
struct job_way;

/* What is to be answered about runs; begins as zero but for v and c. */
struct answer {
	struct env *v;
	struct ctx *c;
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
 * answer_way(out, way, e): fill in *way so that it takes runs on as the command
 * line says (its decision about a run, its deadline), and has each end told to
 * the person or gathered in out.  ERR_USAGE.
 */
int	answer_way(struct answer *, struct job_way *, struct err *);

/*
 * answer_runs(out, schema): print the JSON if asked for.  Returns the exit code
 * to end with; the error to tell is in v->err.
 */
int	answer_runs(struct answer *, const char *);

/*
 * answer_broken_off(out, schema, code): as answer_runs, when v->err, of that
 * exit code, broke the command off; some runs may have ended before.
 */
int	answer_broken_off(struct answer *, const char *, int);

/*
 * answer_release(out): free what it holds.
 */
void	answer_release(struct answer *);

#endif
