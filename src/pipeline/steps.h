/*
 * The steps of a run, and the loop that takes it from one to the next.  Each
 * step handles every part that is due for it, and returns -1 with an error that
 * ends this attempt of the run.
 */
#ifndef PIPELINE_STEPS_H
#define PIPELINE_STEPS_H

#include "../base/err.h"

struct journey;
struct pipe_end;

/*
 * loop_all(j, out): take a run that the ledger knows as far as it goes.
 */
void	loop_all(struct journey *, struct pipe_end *);

/* one file each: the steps.  Each handles every part that is due for it, and
 * returns -1 with an error that ends this attempt of the run. */

/*
 * step_prepare(j, e): check the file, spool, pack; received or held becomes
 * active, rejected or cancelled.
 */
int	step_prepare(struct journey *, struct err *);

/*
 * step_preflight(j, e): login, bank, sampled codes.
 */
int	step_preflight(struct journey *, struct err *);

/*
 * step_stage(j, e): upload prepared parts and prove them.
 */
int	step_stage(struct journey *, struct err *);

/*
 * step_rehearse(j, e): fetch staged parts back from the pull side.
 */
int	step_rehearse(struct journey *, struct err *);

/*
 * submit_check(j, e): before anything is uploaded or sent: whether the platform
 * can be told what is set, and use the endpoint's pull side at all.
 * ERR_CONFIG, ERR_SECRET.
 */
int	submit_check(struct journey *, struct err *);

/*
 * step_submit(j, e): announce staged parts, send inline ones.
 */
int	step_submit(struct journey *, struct err *);

/*
 * step_settle(j, e): find out about unknown parts.
 */
int	step_settle(struct journey *, struct err *);

/*
 * step_follow(j, e): ask for tasks until each has ended or the deadline.
 */
int	step_follow(struct journey *, struct err *);

/*
 * step_verify(j, e): look codes up and settle what was applied.
 */
int	step_verify(struct journey *, struct err *);

/*
 * step_tidy(j, e): after the end: keep the refused rows, remove staged and
 * packed files as configured, forget sampled codes, move or delete the source.
 * 0, or 1 when something stays that can be tried again: logged, and e has the
 * first cause.  -1 when the refused rows could not be written: the run must
 * not end yet.
 */
int	step_tidy(struct journey *, struct err *);

#endif
