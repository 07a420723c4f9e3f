/*
 * What the steps of the pipeline share; only files in src/pipeline include it.
 */
#ifndef PIPELINE_PIPELINE_INTERNAL_H
#define PIPELINE_PIPELINE_INTERNAL_H

#include <jansson.h>

#include "pipeline.h"
#include "../base/buf.h"
#include "../base/clock.h"
#include "../base/tmpfile.h"
#include "../net/http.h"
#include "account.h"
#include "rundir.h"
#include "side.h"

/* One run under way. */
struct journey {
	struct ctx		*c;
	const struct set_job	*job;
	struct ledger_run	 run;
	struct ledger_part	*parts;
	size_t			 nparts;
	struct account		*acct;	/* NULL until a step needs it */
	const struct set_endpoint *end;	/* NULL: inline, or not in the
					   configuration any more */
	char			*dir;	/* the run's folder */
	int			 lock;	/* descriptor of the run's lock */
	json_t			*seconds; /* step -> seconds */
	bool			 fresh;	/* made by this command */
	bool			 read;	/* its file was, by this command */
	char			 waits[ID_LEN + 1]; /* run in which the same
					   content waits; or "" */
	bool			 confirmed; /* the person said go on */
	char			 waited[200]; /* what was last said of tasks */
	bool			 again;	/* a later round: no more patience */
	bool			 warned; /* of a certificate that ends soon */
	struct err		 trouble; /* first error of a part */
};

#define SUBMIT_LOCK_MS	(10 * 60 * 1000) /* for another run's submission */

/* say.c */

/*
 * say(j, step, fmt, ...): one line for a person watching.
 */
void	say(struct journey *, const char *, const char *, ...)
	    __attribute__((format(printf, 3, 4)));

/*
 * tell(j, step, done, total): progress of a step, in bytes or rows.
 */
void	tell(struct journey *, const char *, uint64_t, uint64_t);

/*
 * spent(j, step, since): add the time since then, in ms of the clock that only
 * goes forward, to the run's seconds.
 */
void	spent(struct journey *, const char *, int64_t);

/*
 * duration_text(ms, out): "1.8 s" or "4 min 12 s" into out[32]; returns out.
 */
const char *duration_text(int64_t, char [32]);

/* retry.c */

/*
 * retry_wait(attempt, first_ms, asked_ms, rnd): pause before try attempt + 1
 * (attempt from 1): full jitter below first_ms doubled each time, capped at
 * 5 min, at least asked_ms.  Pure.
 */
int64_t	retry_wait(int, int64_t, int64_t, uint32_t);

/*
 * retry_pause(l, attempt, first_ms, err, e): log and sleep that pause.  Returns
 * -1 with ERR_STOPPED when asked to stop.
 */
int	retry_pause(struct log *, int, int64_t, const struct err *,
	    struct err *);

/* lock.c */

/*
 * lock_named(set, kind, name, wait_ms, e): pipeline_lock below state_dir/locks.
 */
int	lock_named(const struct settings *, const char *, const char *,
	    int64_t, struct err *);

/* account.c */

/*
 * journey_account(j, e): j->acct, opened on first use.
 */
struct account *journey_account(struct journey *, struct err *);

/* one file each: the steps.  Each handles every part that is due for it, and
 * returns -1 with an error that ends this attempt of the run. */

/*
 * step_prepare(j, e): check the file, spool, pack; received or held becomes
 * active, rejected or cancelled.
 */
int	step_prepare(struct journey *, struct err *);

/*
 * pack_parts(j, spool, parts, n, e): pack each group of a sealed spool into
 * files of the run's folder and choose the codes to look up.  The caller frees
 * *parts with parts_free.
 */
int	pack_parts(struct journey *, struct spool *, struct ledger_part **,
	    size_t *, struct err *);

/*
 * unpack_parts(j, e): before the ledger knows of any part: remove the packages
 * and the codes to look up, as nothing will be sent from them.
 */
int	unpack_parts(struct journey *, struct err *);

/*
 * parts_free(p, n): release and free n parts.
 */
void	parts_free(struct ledger_part *, size_t);

/*
 * step_preflight(j, e): login, bank, sampled codes.
 */
int	step_preflight(struct journey *, struct err *);

/*
 * step_stage(j, e): upload prepared parts and prove them.
 */
int	step_stage(struct journey *, struct err *);

/*
 * stage_opts(j, p, out): how the endpoint wants this part staged; the strings
 * are borrowed.
 */
void	stage_opts(const struct journey *, const struct ledger_part *,
	    struct xfer_stage_opts *);

/*
 * step_rehearse(j, e): fetch staged parts back from the pull side.
 */
int	step_rehearse(struct journey *, struct err *);

/*
 * submit_check(j, e): before anything is uploaded: whether the platform can
 * use the endpoint's pull side at all.  ERR_CONFIG, ERR_SECRET.
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

/* What looked-up codes say of a task that is only guessed to be ours. */
enum guess { GUESS_PROVEN, GUESS_OPEN, GUESS_REFUTED };

/*
 * guess_weigh(j, p, g, e): look the part's sampled codes up, some times while
 * none carries what was sent, since a bank may lag behind its task.  Blocks.
 */
int	guess_weigh(struct journey *, struct ledger_part *, enum guess *,
	    struct err *);

/*
 * guess_drop(j, p, e): give the guessed task of a part that is followed or
 * verified up again: the part is unknown, or sent again where the job says so.
 */
int	guess_drop(struct journey *, struct ledger_part *, struct err *);

/*
 * step_follow(j, e): ask for tasks until each has ended or the deadline.
 */
int	step_follow(struct journey *, struct err *);

/*
 * step_verify(j, e): look codes up and settle what was applied.
 */
int	step_verify(struct journey *, struct err *);

/*
 * verify_all(j, p, e): look up every row of a part: numbers, basis and doubt
 * into p, rows that were not applied or are unknown into its files.  Blocks for
 * long.
 */
int	verify_all(struct journey *, struct ledger_part *, struct err *);

/*
 * step_tidy(j, e): after the end: keep the refused rows, remove staged and
 * packed files as configured, forget sampled codes, move or delete the source.
 * 0, or 1 when something stays that can be tried again: logged, and e has the
 * first cause.  -1 when the refused rows could not be written: the run must
 * not end yet.
 */
int	step_tidy(struct journey *, struct err *);

/* away.c */

/*
 * away_name(base, id, e): the name that a file gets where its own is taken:
 * with the run's id before its ending; malloc'd.  Pure.
 */
char	*away_name(const char *, const char *, struct err *);

/*
 * source_is_copy(j): the source is our own copy of a pipe.
 */
bool	source_is_copy(const struct journey *);

/*
 * source_away(j, e): move or delete the source as the job says, if it still is
 * the file that the run was made from.  Durable afterwards.  Blocks while a
 * file is copied into another file system.
 */
int	source_away(struct journey *, struct err *);

/* pace.c */

/* Pauses between questions. */
struct pace {
	int64_t	wait_ms, cap_ms;
};

/*
 * pace_start(p, a): the first pause, as configured or the provider's own.
 */
void	pace_start(struct pace *, const struct account *);

/*
 * pace_next(p, until, asked_ms): how long to pause, in milliseconds: at least
 * asked_ms (up to NET_PAUSE_MAX_MS, whatever a server says) but not past the
 * monotonic time until (0: no end); the next pause is half as long again, up
 * to the cap.
 */
int64_t	pace_next(struct pace *, int64_t, int64_t);

/*
 * pace_wait(p, until, asked_ms, e): sleep for pace_next.  ERR_STOPPED.
 */
int	pace_wait(struct pace *, int64_t, int64_t, struct err *);

/*
 * follow_note(p, t, e): keep what the platform says of a batch's task with it.
 */
int	follow_note(struct ledger_part *, const struct pv_task *,
	    struct err *);

/*
 * tasks_ask(a, ids, n, res, e): one question about n tasks.  The caller ends
 * *res with pv_result_free after success.
 */
int	tasks_ask(struct account *, const char **, size_t,
	    struct pv_result *, struct err *);

/*
 * task_of(r, id): what the answer says of a task, or NULL.
 */
const struct pv_task *task_of(const struct pv_result *, const char *);

/* follow_refs.c */

/*
 * followed_end(f): outcome and error of a task that has ended, by what the
 * platform counted; f is left alone while it has not.
 */
void	followed_end(struct followed *);

/*
 * ref_provider(set, ref, e): the configured provider that PROVIDER:ID means: by
 * its name, or by its type if only one is of it.  NULL with ERR_REF.
 */
const struct set_provider *ref_provider(const struct settings *,
	    const char *, struct err *);

/* samples.c */

/*
 * lookup(j, samples, n, after, e): ask the platform for n codes and note what
 * it says as before or after.
 */
int	lookup(struct journey *, struct ledger_sample *, size_t, bool,
	    struct err *);

/*
 * sample_applied(s): the code now carries what was sent.
 */
bool	sample_applied(const struct ledger_sample *);

/*
 * sample_already(s): it carried that before the call, too.
 */
bool	sample_already(const struct ledger_sample *);

/*
 * sample_fill(c, s): s from a row; nothing is known of it yet.
 */
void	sample_fill(const struct coupon *, struct ledger_sample *);

/* Which rows of a batch are looked up, drawn while its rows pass by. */
struct sample_plan {
	uint64_t	rows, want;	/* want of so many rows */
	uint64_t	picked, next;	/* so many; the next row, from 0 */
	uint64_t	seed;
};

/*
 * sample_want(verify, rows): how many rows of a batch of so many to look up;
 * with verify: off too, to find out about a call whose answer was lost.  Pure.
 */
int64_t	sample_want(const struct set_verify *, int64_t);

/*
 * sample_wider(rows, drawn, already): how many rows to draw instead where so
 * many of the drawn were so before: where that is most of them, as many as
 * should have the number first drawn of others, ten times as many at most.
 * Pure.
 */
int64_t	sample_wider(int64_t, int64_t, int64_t);

/*
 * sample_seed(run, part): packed again, the same rows are drawn.  Pure.
 */
uint64_t sample_seed(const char *, int);

/*
 * sample_widen(j, p, s, n, e): replace the samples drawn and looked up before
 * the call by sample_wider of the package, looked up too, unless it is gone.
 * Blocks.
 */
int	sample_widen(struct journey *, const struct ledger_part *,
	    struct ledger_sample **, size_t *, struct err *);

/*
 * sample_plan_init(plan, rows, want, seed): the first and the last row, and of
 * each of want - 2 strata of equal size between them one at random.  The same
 * seed draws the same rows.  want is at most rows.
 */
void	sample_plan_init(struct sample_plan *, uint64_t, uint64_t, uint64_t);

/*
 * sample_pick(plan, row): whether this row, from 0, is drawn.  Each row is
 * asked about once, in order.
 */
bool	sample_pick(struct sample_plan *, uint64_t);

/* artifact.c */

/*
 * artifact_open(p, e): a part's packed file for reading, of the size it was
 * written with; or -1 with ERR_IO.
 */
int	artifact_open(const struct ledger_part *, struct err *);

/*
 * artifact_kind(p, dflt): how the file is packed, by its first bytes; the
 * job may say something else by now.  dflt when it cannot be read.
 */
enum pack_kind artifact_kind(const struct ledger_part *, enum pack_kind);

/*
 * artifact_each(p, f, arg, e): read the rows of a part's packed file back, in
 * order.  The struct coupon is borrowed; record counts from 1.  ERR_STOPPED
 * between two pieces, ERR_IO when the file is damaged or not whole.
 */
int	artifact_each(const struct ledger_part *,
	    int (*)(void *, const struct coupon *, struct err *), void *,
	    struct err *);

/* journey.c */

/*
 * journey_open(j, c, job, id, e): take the run's lock and make its folder.  The
 * caller ends j with journey_close, after failure too.  ERR_LOCKED.
 */
int	journey_open(struct journey *, struct ctx *, const struct set_job *,
	    const char *, struct err *);

/*
 * journey_load(j, id, e): read the run and its parts from the ledger.
 */
int	journey_load(struct journey *, const char *, struct err *);

/*
 * journey_endpoint(j, e): ERR_CONFIG when a step to come needs the endpoint of
 * the run and the configuration has it no more.
 */
int	journey_endpoint(const struct journey *, struct err *);

/*
 * journey_close(j): release everything, the lock last.
 */
void	journey_close(struct journey *);

/* loop.c */

/*
 * loop_all(j, out): take a run that the ledger knows as far as it goes.
 */
void	loop_all(struct journey *, struct pipe_end *);

/* common */

/*
 * part_move(j, p, to, why, e): ledger_part_move, logged.
 */
int	part_move(struct journey *, struct ledger_part *, enum part_state,
	    const char *, struct err *);

/*
 * part_fault(j, p, err): remember err in the part (not yet written) and, if it
 * is the first, as the run's trouble.
 */
int	part_fault(struct journey *, struct ledger_part *,
	    const struct err *, struct err *);

/*
 * part_forgive(p): forget the error of a part (not yet written): it has been
 * overcome, or is about to be tried again.
 */
void	part_forgive(struct ledger_part *);

/*
 * parts_in(j, state): how many parts are in that state.
 */
size_t	parts_in(const struct journey *, enum part_state);

/*
 * provider_zone(p, e): the zone of the provider's task dates; free with
 * tz_free.
 */
struct tz *provider_zone(const struct provider *, struct err *);

#include "failed.h"
#include "common.h"
#include "beside.h"

#endif
