/*
 * The way of a whole job: its unfinished runs first, then its new files, one
 * run each; and single runs that go on with the settings they were made with.
 */
#ifndef PIPELINE_JOB_H
#define PIPELINE_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pipeline.h"

struct config;
struct ledger_run;

/* What a caller is told as a job goes on: 0, or -1 with e to end it. */
struct job_told {
	/*
	 * A run has ended, for now.  older: it was there before this call.
	 * job holds the settings it was made with.
	 */
	int	(*ended)(void *, const struct set_job *,
		    const struct pipe_end *, bool older, struct err *);
	/*
	 * No run came of a file, and why.
	 */
	int	(*refused)(void *, const struct set_job *, const char *path,
		    const struct err *, struct err *);
	void	*arg;
};

/* How single runs are taken on. */
struct job_way {
	struct ctx		*c;
	const struct config	*config; /* has the settings of their jobs */
	struct pipe_decided	 decision;
	int64_t			 deadline_ms;	/* 0: as the job says */
	struct job_told		 told;
};

/*
 * job_run(way, job, files, n, e): finish the runs of a job that have not
 * ended, unless they wait for a person, tidy up behind those that have, then
 * take n files, or with 0 the new ones of its source that stand still.  They
 * are judged together.  Blocks until all have ended.  Each end is told; -1 is
 * what breaks off the whole: ERR_LOCKED when the job is at work already,
 * ERR_STOPPED, ERR_NOTHING when there was no new file, ERR_REPEAT and its like
 * when what there was waits for a person.
 */
int	job_run(const struct job_way *, const struct set_job *,
	    char *const *, size_t, struct err *);

/*
 * job_go_on(way, run, e): apply the decision, if there is one, and go on with a
 * run; told of its end.  Settings that it cannot have any more are the end of
 * this run only.
 */
int	job_go_on(const struct job_way *, const struct ledger_run *,
	    struct err *);

/*
 * job_tidy(way, id, job, look, f, arg, e): take away what stayed when runs
 * ended: of the run with that whole id, or, with NULL, of all of a job (NULL:
 * of every one).  f is told of each and what still stands in the way, ERR_NONE
 * for nothing, ERR_LOCKED where another process is at work on it.  With look,
 * nothing is done.
 */
int	job_tidy(const struct job_way *, const char *, const char *, bool,
	    void (*)(void *, const char *, const struct err *), void *,
	    struct err *);

#endif
