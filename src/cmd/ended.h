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
struct job_way;

/* Runs of one command, to be answered together; zero but for v and c. */
struct ended {
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
 * ended_way(out, way, e): take runs on as the command line says (its decision
 * about a run, its deadline), and have each end told to the person or gathered
 * in out.  ERR_USAGE.
 */
int	ended_way(struct ended *, struct job_way *, struct err *);

/*
 * ended_answer(out, schema): print the JSON if asked for, return the exit code.
 */
int	ended_answer(struct ended *, const char *);

/*
 * ended_broken(out, schema, code): likewise when v->err, of that exit code,
 * broke the command off; some runs may have come to their end before.
 */
int	ended_broken(struct ended *, const char *, int);

/*
 * ended_release(out): free what it holds.
 */
void	ended_release(struct ended *);

#endif
