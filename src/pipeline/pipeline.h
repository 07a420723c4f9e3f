/*
 * The job plane: a loop over the ledger.  Look up the state of a run, do the
 * next step, write the result.  run and resume are the same loop.
 */
#ifndef PIPELINE_PIPELINE_H
#define PIPELINE_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "../base/err.h"
#include "../config/settings.h"
#include "../coupon/check.h"
#include "../ledger/ledger.h"
#include "../provider/provider.h"

struct http_loop;
struct log;

/* How far a run shall go. */
enum pipe_until { UNTIL_END, UNTIL_VALIDATED, UNTIL_PACKED, UNTIL_STAGED };

/* A fact for a person watching; text is one printable line. */
struct pipe_event {
	const char	*run;		/* id */
	const char	*step;		/* "check", "upload", "wait" ... */
	const char	*text;		/* NULL: progress only */
	uint64_t	 done, total;	/* bytes or rows; 0, 0: none */
};

struct pipe_ui {
	void	(*event)(void *, const struct pipe_event *);
	/*
	 * Asked before anything leaves this machine: 0 go on, -1 stop.  NULL:
	 * go on.  what is several lines.
	 */
	int	(*confirm)(void *, const char *what);
	/* As in struct xfer_target. */
	int	(*ask_host_key)(void *, const char *, const char *,
		    const char *);
	/* After checking; borrowed. */
	void	(*checked)(void *, const char *run,
		    const struct check_result *);
	void	*arg;
};

/* All a step may use; there are no globals. */
struct ctx {
	const struct settings	*set;
	struct ledger		*ledger;
	struct log		*log;
	struct pipe_ui		 ui;
	enum pipe_until		 until;
	bool			 dry_run;	/* null backends, no call */
	bool			 insecure_tls;	/* check no certificate of a
						   file server */
	bool			 again;		/* same content: go on */
	bool			 only_follow;	/* send nothing more */
	int64_t			 wait_lock_ms;	/* wait for a lock; 0: no */
	FILE			*common;	/* rows that files of this call
						   have in common, for runs to
						   come; NULL: none yet */
};

/* What a person decided about an unknown part. */
enum pipe_decision { DECIDE_NONE, DECIDE_ADOPT, DECIDE_RESUBMIT,
	DECIDE_GIVE_UP };

/* How one run ended this time. */
struct pipe_end {
	char		 run[ID_LEN + 1]; /* "" when none came to be */
	int		 exit;
	struct err	 err;		/* ERR_NONE when there is nothing to
					   say */
	char		 waits[ID_LEN + 1]; /* run in which the same content
					   waits, so that this one ended */
};

/* Another file of the same call. */
struct pipe_beside {
	const char	*path;		/* absolute */
	const char	*name;		/* for people */
	bool		 before;	/* its rows went, or go, their way */
};

/*
 * pipeline_start(ctx, job, path, list, n, out): a new run for one file ("-" is
 * standard input), as far as ctx->until.  It is judged together with the n
 * files of list: a row that agrees with one of a file before it is repeated,
 * rows that contradict each other are not sent.  Blocks until the end.  How it
 * ended is in *out; what it did is in the ledger.
 */
void	pipeline_start(struct ctx *, const struct set_job *, const char *,
	    const struct pipe_beside *, size_t, struct pipe_end *);

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
 * pipeline_still(job, files, n, e): look at files, zeroed but for path, until
 * each has stood still for `settle` of the job or its done_file is there, at
 * most ten times `settle` in all; those that then are not ready have an error
 * of their own.  -1 when asked to stop.  Blocks.
 */
int	pipeline_still(const struct set_job *, struct pipe_still *const *,
	    size_t, struct err *);

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
 * pipeline_fresh(ctx, job, path, e): whether a file would make a new run: 1,
 * or 0 when it was sent before.  -1 when it cannot be looked at.
 */
int	pipeline_fresh(struct ctx *, const struct set_job *, const char *,
	    struct err *);

/*
 * pipeline_repeats(code): whether a run ended, or waits, because another run
 * has its content: that one went through, may have arrived, or waits, too.
 */
bool	pipeline_repeats(enum err_code);

/*
 * pipeline_resume(ctx, job, id, out): go on with a run; job holds the settings
 * it was made with.  A run that has ended is exit 5 when it needs nobody, else
 * what it ended with.
 */
void	pipeline_resume(struct ctx *, const struct set_job *, const char *,
	    struct pipe_end *);

/*
 * pipeline_tidy(ctx, job, id, e): take away what stayed when a run ended, and
 * note in the ledger when nothing of it is left.  job holds the settings it was
 * made with.  Blocks while file servers answer.  ERR_LOCKED when another
 * process is at work on it; else what still stands in the way.
 */
int	pipeline_tidy(struct ctx *, const struct set_job *, const char *,
	    struct err *);

/*
 * pipeline_decide(ctx, id, decision, ref, note, e): apply a person's decision
 * to the unknown and lost parts of a run; ref is the task id to adopt.  The
 * caller resumes the run afterwards.  ERR_USAGE when no part waits for one, or
 * an adoption fits several parts.
 */
int	pipeline_decide(struct ctx *, const char *, enum pipe_decision,
	    const char *, const char *, struct err *);

/* A run's numbers and outcome, put together from the ledger. */
struct run_report {
	struct ledger_run	 run;
	struct ledger_part	*parts;
	size_t			 nparts;
	enum outcome		 outcome;
	int			 exit;
	struct err		 err;	/* what the exit code stands for */
	/* rows; sent is the sum of the others */
	int64_t			 sent, updated, already, failed, unaccounted;
	bool			 sampled; /* updated is not a total: a clean
					   sample stands for the rest */
	bool			 mixed;	/* it may have rows already so */
	const char		*basis;	/* "verify" "counters" "sample"
					   "none": the weakest of the parts */
	char			*dir;	/* its folder */
	char			*failed_file;	/* or NULL */
	char			*unknown_file;	/* or NULL */
	char			*set_aside_file; /* or NULL */
	bool			 retryable;
};

/*
 * report_make(ctx, id, out, e): reconcile: read = sent + repeated + skipped +
 * set aside + left out above the header; sent = updated + already + failed +
 * unaccounted.  The same state has the same outcome and exit, whoever asks.
 * The caller ends *out with report_release.
 */
int	report_make(struct ctx *, const char *, struct run_report *,
	    struct err *);

/*
 * report_release(r): free what it holds.
 */
void	report_release(struct run_report *);

/* One task followed by `follow`. */
struct followed {
	char		 ref[160];	/* PROVIDER:ID as given */
	struct pv_task	 task;
	enum outcome	 outcome;
	int64_t		 polls;
	struct err	 err;	/* ERR_NONE: it ended well or still runs */
};

/*
 * pipeline_follow(ctx, refs, n, deadline_ms, f, arg, e): ask for tasks that
 * this ledger may not know until each has ended, deadline_ms passed (0: no
 * deadline) or a stop was requested.  refs[i].ref is filled by the caller; f
 * (or NULL) is told of each answer.  Returns 0 when every task has its end or
 * its error in refs[i]: trouble with one provider leaves the others alone.
 * The caller frees refs[i].task.text.  ERR_REF for an unknown provider name,
 * before anybody is asked.
 */
int	pipeline_follow(struct ctx *, struct followed *, size_t, int64_t,
	    void (*)(void *, const struct followed *), void *, struct err *);

/*
 * pipeline_scratch_new(lock, e): a new folder for the ledger and the files of
 * a dry run, below TMPDIR; malloc'd.  *lock is open while the run lasts, so
 * that cleanup can tell what a killed one left.  The caller removes
 * the folder, then closes *lock.  ERR_CREATE.
 */
char	*pipeline_scratch_new(int *, struct err *);

/*
 * pipeline_lock(path, wait_ms, what, e): an exclusive kernel lock on a file,
 * made if missing, holding our pid.  Returns the descriptor (closing it
 * unlocks) or -1 with ERR_LOCKED naming the holder and since when; what says
 * what is locked.  Blocks up to wait_ms.
 */
int	pipeline_lock(const char *, int64_t, const char *, struct err *);

/*
 * pipeline_lock_job(set, job, wait_ms, e): pipeline_lock for a job, of which
 * one run is at work at a time.
 */
int	pipeline_lock_job(const struct settings *, const char *, int64_t,
	    struct err *);

/*
 * pipeline_busy(set, id): whether some process is at work on a run.
 */
bool	pipeline_busy(const struct settings *, const char *);

/*
 * pipeline_ledger_open(set, init, e): the ledger of the state folder, which is
 * made if missing.  ERR_LEDGER where folders of runs show that their ledger is
 * gone, empty or older than they are; init is the command that the message
 * names for going on without them.  Free with ledger_close.
 */
struct ledger *pipeline_ledger_open(const struct settings *, const char *,
	    struct err *);

/* What beginning anew did. */
struct ledger_begun {
	bool		 made;	/* there was no ledger, or an empty one */
	size_t		 moved;	/* folders of runs that it does not know */
	char		*aside;	/* where these are now */
	struct ledger_sum sum;	/* what the ledger knows */
};

/*
 * pipeline_form(set, path, job, own): the options to check the file with:
 * those of the job; or *own, which is made from them, for rows that a run
 * wrote into its folder in a form of their own: failed.csv, unknown.csv,
 * set-aside.csv.  Asks the file system where path leads.
 */
const struct check_opts *pipeline_form(const struct settings *, const char *,
	    const struct check_opts *, struct check_opts *);

/*
 * pipeline_ledger_init(set, out, e): make a missing ledger on purpose, and
 * move the folders of runs that packed rows and are newer than its last run
 * aside, so that pipeline_ledger_open takes it.  ERR_NOTHING when there was
 * nothing to do, ERR_LOCKED while such a run is at work.  The caller ends *out
 * with pipeline_ledger_begun_release, after failure too.
 */
int	pipeline_ledger_init(const struct settings *, struct ledger_begun *,
	    struct err *);

/*
 * pipeline_ledger_begun_release(b): free its string.
 */
void	pipeline_ledger_begun_release(struct ledger_begun *);

/*
 * pipeline_run_dir(set, id, e): path of a run's folder, malloc'd.
 */
char	*pipeline_run_dir(const struct settings *, const char *, struct err *);

#endif
