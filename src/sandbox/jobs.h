/*
 * Jobs of the platforms that count rows themselves, by a script: which word is
 * shown how many times.  A course moves by being asked, never by the clock, so
 * that a journey goes the same way on any machine.
 */
#ifndef SANDBOX_JOBS_H
#define SANDBOX_JOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

struct err;
struct jobs;

enum job_platform {
	JOB_CAPILLARY, JOB_UNIWARE, JOB_PLACEWISE, JOB_WHICH50, JOB__MAX
};

/* What is shown for a while; texts borrowed from the file. */
struct job_state {
	json_t		*word;		/* text or number; NULL: not shown */
	const char	*file;		/* or NULL */
	int64_t		 polls;		/* so often; the last one for ever */
	int64_t		 rows, bad;	/* -1: not told */
	int64_t		 retries;
	int64_t		 percent;
};

/* A job with its course; one for each bulk of a Placewise import. */
struct job {
	enum job_platform	  platform;
	const char		 *id;		/* as coupondrop writes it */
	struct job_course	 *courses;
	size_t			  n;
	bool			  singular;	/* spelling of a counter */
};

/*
 * jobs_load(path, e): the jobs of a file; none for NULL.  ERR_INPUT,
 * ERR_CONFIG naming the job.  Free with jobs_free.
 */
struct jobs *jobs_load(const char *, struct err *);

/*
 * jobs_free(j): NULL is harmless.
 */
void	jobs_free(struct jobs *);

/*
 * jobs_lock(j): before whatever is done with a job; waits for other threads.
 */
void	jobs_lock(struct jobs *);

/*
 * jobs_unlock(j): after it.
 */
void	jobs_unlock(struct jobs *);

/*
 * jobs_at(j, i): the i-th job of the file, from 0; NULL behind the last.
 */
struct job *jobs_at(struct jobs *, size_t);

/*
 * job_poll(job): it is asked for once more; each of its courses goes on.
 */
void	job_poll(struct job *);

/*
 * job_now(job, i): what course i showed at the last poll.
 */
const struct job_state *job_now(const struct job *, size_t);

#endif
