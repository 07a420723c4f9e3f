/*
 * What a command works with: the line it was given, the configuration, the log,
 * and how it ends.
 */
#ifndef CMD_ENV_H
#define CMD_ENV_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "../base/err.h"
#include "../config/config.h"
#include "flags.h"

struct clock;
struct ctx;
struct log;
struct set_job;

/* What a command works with. */
struct env {
	const struct command	*cmd;
	struct line		 line;
	struct config		 config;
	bool			 configured;
	struct log		*log;
	const struct clock	*clock;
	bool			 json;
	bool			 tty;	/* a person watches stderr */
	struct {			/* what the progress line shows */
		char	 step[16];
		size_t	 nth, file;
		int64_t	 since;		/* clock_mono */
	}			 shown;
	bool			 answered; /* the result is on stdout */
	struct err		 err;	/* what to say at the end */
};

/*
 * env_config(v): read the configuration once.  -1 with v->err.
 */
int	env_config(struct env *);

/*
 * env_mistakes(v): for a person, several mistakes of the configuration are
 * told one a line, and v->err says how many they are.
 */
void	env_mistakes(struct env *);

/*
 * env_fail(v): the exit code of v->err, for `return env_fail(v)`.
 */
int	env_fail(struct env *);

/*
 * env_time(v, f, ms): the time given with a flag, or its default, in
 * milliseconds into *ms, which stays as it is where there is neither.  -1 with
 * v->err.
 */
int	env_time(struct env *, enum flag, int64_t *);

/*
 * env_number(v, f, max, n): the number from 0 to max given with a flag, or its
 * default, into *n, which stays as it is where there is neither.  -1 with
 * v->err.
 */
int	env_number(struct env *, enum flag, uint64_t, uint64_t *);

/*
 * env_fine(job, code): whether the job calls this exit code fine (ok_exits);
 * job may be NULL.
 */
bool	env_fine(const struct set_job *, int);

/*
 * env_exit(v, job, code): the exit code for cron: 0 for what the job calls
 * fine (ok_exits); JSON keeps the real one.
 */
int	env_exit(const struct env *, const struct set_job *, int);

/*
 * env_answer(v, object, code): print the one JSON object of this run, which is
 * consumed; NULL is want of memory.  Returns code, or the exit code of v->err
 * when it cannot be written.
 */
int	env_answer(struct env *, json_t *, int);

/*
 * env_flush(v, code): flush stdout; code, or the exit of a failing write.
 */
int	env_flush(struct env *, int);

/*
 * env_pipeline(v, c): open the ledger and fill c.  ui_open included.  The
 * caller ends c with env_pipeline_close, after failure too.  -1 with v->err.
 */
int	env_pipeline(struct env *, struct ctx *);

/*
 * env_look(v, c): likewise for a command that changes nothing in the ledger,
 * which also works where the state folder cannot be written.
 */
int	env_look(struct env *, struct ctx *);

/*
 * env_pipeline_close(c): close the ledger.
 */
void	env_pipeline_close(struct ctx *);

#endif
