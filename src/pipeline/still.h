/*
 * Whether a file is still being written.
 */
#ifndef PIPELINE_STILL_H
#define PIPELINE_STILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/err.h"

struct ctx;
struct journey;
struct set_job;

/* A file of a job's source that may still be written. */
struct pipe_still {
	const char	*path;
	struct err	 err;		/* ERR_CHANGING: it must not be taken */
	bool		 ready;		/* it can be taken */
	bool		 seen;		/* the rest is how it looks: */
	int64_t		 dev, ino, size, mtime_ns;
	int64_t		 since_ms;	/* by the monotonic clock */
};

/*
 * pipeline_still(c, job, files, n, e): look at files, zeroed but for path,
 * until each has stood still for `settle` of the job or its done_file is there,
 * at most ten times `settle` in all; those that then are not ready have an
 * error of their own.  -1 when asked to stop.  Blocks.
 */
int	pipeline_still(struct ctx *, const struct set_job *,
	    struct pipe_still *const *, size_t, struct err *);

/*
 * pipeline_is_marker(job, path): whether a file is named as done_file names
 * them, so that it is no input; the file it speaks of may be gone by now.
 */
bool	pipeline_is_marker(const struct set_job *, const char *);

/*
 * pipeline_stands(f, why): whether a file that was ready still looks the same.
 */
bool	pipeline_stands(const struct pipe_still *, struct err *);

/*
 * still_step(job, files, n, waited_ms, now_ms, e): one look of pipeline_still,
 * after so long, at that monotonic time.  Returns how many files are worth
 * another look, or -1.
 */
int	still_step(const struct set_job *, struct pipe_still *const *, size_t,
	    int64_t, int64_t, struct err *);

/*
 * still_marker(path, pattern, e): the done_file of a path, beside it; malloc'd.
 */
char	*still_marker(const char *, const char *, struct err *);

/*
 * still_before(j, e): before anything of the run is announced: ERR_CHANGING
 * when the file that this command read has changed since.  One that lies under
 * its name instead, or none, is no reason to keep rows back.
 */
int	still_before(const struct journey *, struct err *);

/*
 * still_after(j): at the end: say so when the file has changed since.
 */
void	still_after(struct journey *);

#endif
