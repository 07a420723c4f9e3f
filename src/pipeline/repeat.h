/*
 * Whether a run's content is in another run.
 */
#ifndef PIPELINE_REPEAT_H
#define PIPELINE_REPEAT_H

#include "../base/err.h"

struct journey;
struct run_report;

/*
 * repeat_check(j, e): 0 when the run's content is in no other run, else -1:
 * ERR_REPEAT when it went through there with evidence, or that run is closed;
 * ERR_REPEAT_SENT when it may have arrived; ERR_REPEAT_PARTIAL or _FAILED when
 * it was sent and not all of it applied; ERR_REPEAT_WAITS when nothing was sent
 * yet; that run is in j->waits unless it is at work.  Of several that sent
 * anything the newest tells.  Always 0 with --again.
 */
int	repeat_check(struct journey *, struct err *);

/*
 * repeat_since(j, e): likewise of runs made after this one, whatever was said
 * when this one was prepared; those that only wait do not count.
 */
int	repeat_since(struct journey *, struct err *);

/*
 * repeat_file(j, id, e): -1 with what the finished run id, made from the same
 * file, and runs of its content mean: as repeat_check, but ERR_NOTHING where
 * that has ERR_REPEAT.  0 when one of these runs is at work.
 */
int	repeat_file(struct journey *, const char *, struct err *);

/*
 * repeat_mended(j, now, e): when a run that went through was made of the
 * corrected file of another run, close that one; likewise when it was made of
 * its failed.csv, and no other rows of it are open.  To be called before this
 * one ends; again is harmless.
 */
int	repeat_mended(struct journey *, const struct run_report *,
	    struct err *);

#endif
