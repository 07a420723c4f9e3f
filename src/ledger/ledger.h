/*
 * The ledger: what every run has done, durable before anyone relies on it.
 *
 * All changes of state are compare-and-set and follow the tables in states.c;
 * any other change is refused with ERR_INTERNAL.  A part's change and the
 * resulting state of its run are one transaction, and each leaves a line in
 * the journal.  Intent is written before an outside effect, the result after.
 */
#ifndef LEDGER_LEDGER_H
#define LEDGER_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/err.h"
#include "../base/id.h"
#include "../base/str.h"

struct ledger;

enum run_state { RUN_RECEIVED, RUN_REJECTED, RUN_ACTIVE, RUN_HELD,
	RUN_FINISHED, RUN_CANCELLED, RUN__MAX };

enum part_state { PART_PREPARED, PART_STAGING, PART_STAGED, PART_SUBMITTING,
	PART_UNKNOWN, PART_FOLLOWING, PART_LOST, PART_VERIFYING, PART_DONE,
	PART_FAILED, PART_CANCELLED, PART__MAX };

/* Where a part's task comes from when no answer named it. */
enum adopted { ADOPTED_NOT, ADOPTED_GUESS, ADOPTED_PERSON };

/* The file a run was made from, as it was when received. */
struct ledger_source {
	char		*path;		/* absolute, or our own spool file */
	char		*name;		/* shown to people; "-" for stdin */
	int64_t		 dev, ino, size, mtime_ns, ctime_ns;
};

struct ledger_run {
	char		 id[ID_LEN + 1];
	char		*job;		/* NULL: without a job */
	char		*provider;	/* name in the configuration */
	char		*endpoint;	/* name, or NULL: inline */
	char		*bank;		/* id */
	char		*bank_name;	/* as listed; NULL: not yet */
	char		*plan;		/* JSON of the settings in force */
	struct ledger_source source;
	enum run_state	 state;
	char		*outcome;	/* outcome word; NULL: not yet */
	int		 exit;		/* -1: not yet */
	int64_t		 created_ms, finished_ms; /* wall; 0: not yet */
	int64_t		 read, repeated, skipped, rejected; /* rows */
	int64_t		 left_out;	/* lines above the header, in read */
	char		*content_id;	/* NULL: not yet */
	char		*hold;		/* why it is held; or NULL */
	char		*err_word;	/* last error; NULL: none */
	char		*err_msg;
	char		*retry_of;	/* run id, or NULL */
	char		*seconds;	/* JSON {"pack":0.1,...} or NULL */
	int64_t		 max_failed;	/* percent of its rows that may be
					   refused, as its job says */
	char		*ack;		/* a person's note on how it ended; or
					   NULL */
	bool		 untidy;	/* ended, but something of it is still
					   to be taken away */
};

struct ledger_part {
	int		 no;		/* from 1 */
	enum part_state	 state;
	int		 redeemed;	/* 0, 1, -1: in the file */
	struct date	 date;		/* or none */
	int64_t		 rows;
	bool		 inlined;	/* no file: sent in the call */
	char		*artifact;	/* name under which it is staged */
	char		*local;		/* path of the packed file */
	int64_t		 bytes;
	unsigned char		 sha256[32];
	int		 attempts;	/* of staging */
	char		*stage_url;	/* no secrets; NULL: not yet */
	char		*proof;		/* "size", "hash" ...; or NULL */
	char		*rehearsed;	/* "full", "sample", "off",
						   "unreachable"; or NULL */
	int64_t		 intent_ms;	/* last submission; 0: none */
	char		*task;		/* id at the platform; or NULL */
	enum adopted	 inferred;	/* task adopted, not answered */
	char		*word;		/* last word of the platform */
	char		*text;		/* its free text, verbatim */
	int64_t		 polls;
	int64_t		 total, updated, failed; /* -1: not said */
	/* rows looked up afterwards, and their verdicts; -1: none yet */
	int64_t		 asked, applied, already, missing, refused, unknown;
	char		*doubt;		/* how the evidence contradicts
					   itself; NULL: it does not */
	char		*basis;		/* "verify" "counters" "sample"
					   "none" */
	char		*err_word;	/* last error; NULL: none */
	char		*err_msg;
};

/* A code looked up before and after. */
struct ledger_sample {
	char		 code[128];
	int		 want_redeemed;	/* what was sent; -1: nothing */
	struct date	 want_date;	/* or none */
	bool		 known_before, known_after;
	int		 redeemed_before, redeemed_after; /* -1: not said */
	struct date	 date_before, date_after;
	bool		 asked_before, asked_after; /* and it could be read */
	int		 answer;	/* its own: 1 applied, 0 refused,
					   -1 none */
};

/* Where a file of a part is, or may be, on a file server. */
struct ledger_place {
	int64_t		 id;
	char		 run[ID_LEN + 1];
	int		 part;
	char		*endpoint;	/* its name at the time */
	char		*url;		/* of the folder; no query */
	char		*user;		/* NULL: none, or not known */
	char		*temp_dir;	/* for temporary names; or NULL */
	char		*marker;	/* end of the marker's name; or NULL */
	char		*name;		/* of the file */
};

/* One line of a run's journal. */
struct ledger_step {
	int64_t		 at_ms;
	int		 part;	/* 0: the run */
	const char	*what;	/* "staging", "submitted" ...; borrowed */
	const char	*text;	/* or NULL; borrowed */
};

/*
 * ledger_open(path, e): open or create the ledger.  One of an earlier version
 * is upgraded, with a copy beside it (db_open).  ERR_LEDGER, ERR_NOSPACE,
 * ERR_IO, ERR_CREATE.  Free with ledger_close.
 */
struct ledger *ledger_open(const char *, struct err *);

/*
 * ledger_open_old(path, no_new, e): ledger_open for one that has to be there:
 * where it is missing or empty, ERR_LEDGER with no_new as the end of the
 * sentence.  With no_new NULL it is ledger_open.
 */
struct ledger *ledger_open_old(const char *, const char *, struct err *);

/* What a ledger holds. */
struct ledger_sum {
	int64_t		 runs, unfinished;
	char		 newest[ID_LEN + 1]; /* greatest id; "": no run */
};

/*
 * ledger_sum(l, out, e): count the runs.
 */
int	ledger_sum(struct ledger *, struct ledger_sum *, struct err *);

/*
 * ledger_check(l, e): read all of it; ERR_LEDGER with the first damage found.
 */
int	ledger_check(struct ledger *, struct err *);

/*
 * ledger_close(l): NULL is harmless.
 */
void	ledger_close(struct ledger *);

/*
 * run_state_name(s): the word for a state of a run in the JSON.
 */
const char *run_state_name(enum run_state);

/*
 * part_state_name(s): the word for a state of a part in the JSON.
 */
const char *part_state_name(enum part_state);

/*
 * part_may(from, to): whether the table of states allows this change of a part.
 */
bool	part_may(enum part_state, enum part_state);

/*
 * run_may(from, to): whether the table of states allows this change of a run.
 */
bool	run_may(enum run_state, enum run_state);

/*
 * part_is_final(s): done, failed or cancelled.
 */
bool	part_is_final(enum part_state);

/*
 * run_is_final(s): rejected, finished or cancelled.
 */
bool	run_is_final(enum run_state);

/*
 * ledger_run_add(l, run, e): a new run in state received; reads id, job,
 * provider, endpoint, bank, plan, source, created_ms, retry_of, max_failed.
 */
int	ledger_run_add(struct ledger *, const struct ledger_run *,
	    struct err *);

/*
 * ledger_run_get(l, id, out, e): a run by its whole id.  ERR_REF.  The caller
 * ends *out with ledger_run_release.
 */
int	ledger_run_get(struct ledger *, const char *, struct ledger_run *,
	    struct err *);

/*
 * ledger_run_release(r): free its strings.
 */
void	ledger_run_release(struct ledger_run *);

/*
 * ledger_find(l, ref, id, e): the whole id for "last", "last:JOB", or a unique
 * prefix, into id[ID_LEN + 1].  ERR_REF, naming how many match.
 */
int	ledger_find(struct ledger *, const char *, char [ID_LEN + 1],
	    struct err *);

/*
 * ledger_short(l, id, out): the beginning of the id that is shown into
 * out[ID_LEN + 1]; returns out.  It has all characters of time and one more,
 * so that runs made later, be it in the same second, do not begin like it;
 * and as many more as tell it from the runs there are.
 */
const char *ledger_short(struct ledger *, const char *, char [ID_LEN + 1]);

/* Which runs to list; NULL and false mean no restriction. */
struct ledger_filter {
	const char	*job;
	bool		 unfinished;	/* received, active or held */
	bool		 untidy;	/* only these, ended or not */
	bool		 unsettled;	/* ended with an exit that needs a
					   person; neither closed nor sent
					   again with success since */
	const char	*content;	/* content_id; lists newest first */
	bool		 newest_first;
	int64_t		 limit;		/* 0: all */
};

/*
 * ledger_each_run(l, filter, f, arg, e): call f for each run, oldest first
 * unless asked; the ids are read before the first call, so that f may change
 * the ledger.  f returns 0, or -1 with e set to end.
 */
int	ledger_each_run(struct ledger *, const struct ledger_filter *,
	    int (*)(void *, const char *id, struct err *), void *,
	    struct err *);

/*
 * ledger_prepared(l, run, parts, n, e): after checking and packing:
 * in one transaction the run's read, repeated, skipped, rejected, left_out,
 * content_id
 * are stored, its n parts added as prepared, and it becomes active.
 */
int	ledger_prepared(struct ledger *, const struct ledger_run *,
	    const struct ledger_part *, size_t, struct err *);

/*
 * ledger_run_state(l, id, from, to, why, e): change a run's state; why goes to
 * the journal and, for held, to hold; may be NULL.  ERR_INTERNAL when the run
 * is not in from.
 */
int	ledger_run_state(struct ledger *, const char *, enum run_state,
	    enum run_state, const char *, struct err *);

/*
 * ledger_run_end(l, run, e): store state (rejected, finished or cancelled),
 * outcome, exit, finished_ms, counts, the error and untidy of run.
 */
int	ledger_run_end(struct ledger *, const struct ledger_run *,
	    struct err *);

/*
 * ledger_run_tidied(l, id, e): nothing of the run is left to be taken away.
 */
int	ledger_run_tidied(struct ledger *, const char *, struct err *);

/*
 * ledger_run_ack(l, id, note, e): close a run that has ended, whatever came of
 * it: nobody is needed any more, for the reason in note.  ERR_USAGE when it
 * has not ended.
 */
int	ledger_run_ack(struct ledger *, const char *, const char *,
	    struct err *);

/*
 * ledger_run_note(l, run, e): store bank_name, seconds, err_word and err_msg
 * of run, whatever its state.
 */
int	ledger_run_note(struct ledger *, const struct ledger_run *,
	    struct err *);

/*
 * ledger_part_count(l, id, e): how many parts a run has; -1 on failure.
 */
int	ledger_part_count(struct ledger *, const char *, struct err *);

/*
 * ledger_part_get(l, id, no, out, e): one part; the caller ends *out with
 * ledger_part_release.
 */
int	ledger_part_get(struct ledger *, const char *, int,
	    struct ledger_part *, struct err *);

/*
 * ledger_part_release(p): free its strings.
 */
void	ledger_part_release(struct ledger_part *);

/*
 * ledger_part_move(l, id, p, to, why, e): in one transaction store everything
 * in p, change its state from p->state to to, journal it with why (or NULL),
 * and make an active run held when to is unknown or lost.  p->state is to
 * afterwards.  ERR_INTERNAL when the table forbids it or the ledger has
 * another state than p->state.
 */
int	ledger_part_move(struct ledger *, const char *, struct ledger_part *,
	    enum part_state, const char *, struct err *);

/*
 * ledger_part_note(l, id, p, e): store everything in p but its state.
 */
int	ledger_part_note(struct ledger *, const char *,
	    const struct ledger_part *, struct err *);

/*
 * ledger_step(l, id, part, what, text, e): a line in the journal.
 */
int	ledger_step(struct ledger *, const char *, int, const char *,
	    const char *, struct err *);

/*
 * ledger_each_step(l, id, f, arg, e): the journal, oldest first.
 */
int	ledger_each_step(struct ledger *, const char *,
	    int (*)(void *, const struct ledger_step *, struct err *), void *,
	    struct err *);

/*
 * ledger_samples_add(l, id, part, samples, n, e): remember the codes to look
 * up for a part, replacing earlier ones.
 */
int	ledger_samples_add(struct ledger *, const char *, int,
	    const struct ledger_sample *, size_t, struct err *);

/*
 * ledger_samples(l, id, part, out, n, e): the codes that ledger_samples_add
 * remembered, for the caller to free.
 */
int	ledger_samples(struct ledger *, const char *, int,
	    struct ledger_sample **, size_t *, struct err *);

/*
 * ledger_source_done(l, source, job, id, e): the id of the finished run of
 * this job made from the same device, inode, size and times, or "".
 */
int	ledger_source_done(struct ledger *, const struct ledger_source *,
	    const char *, char [ID_LEN + 1], struct err *);

/*
 * ledger_baseline(l, id, part, ids, n, e): the tasks seen before submitting,
 * replacing earlier ones; written with the intent.
 */
int	ledger_baseline(struct ledger *, const char *, int,
	    const char *const *, size_t, struct err *);

/*
 * ledger_task_new(l, provider, id, part, task, e): 1 when the task was not in
 * that part's baseline and belongs to no other part of this provider, else 0;
 * -1 on failure.
 */
int	ledger_task_new(struct ledger *, const char *, const char *, int,
	    const char *, struct err *);

/*
 * ledger_task_rival(l, provider, id, part, task, since_ms, e): 1 when the task
 * could also be that of another part of this provider, sent since then, whose
 * answer is missing; else 0; -1 on failure.
 */
int	ledger_task_rival(struct ledger *, const char *, const char *, int,
	    const char *, int64_t, struct err *);

/*
 * ledger_place_add(l, p, e): remember a place, whose id is not read, before
 * anything is sent there.  One that is known already is no error.
 */
int	ledger_place_add(struct ledger *, const struct ledger_place *,
	    struct err *);

/*
 * ledger_place_gone(l, id, e): forget a place at which nothing is left.
 */
int	ledger_place_gone(struct ledger *, int64_t, struct err *);

/*
 * ledger_each_place(l, run, f, arg, e): call f for each place of a run, or of
 * all with NULL, one address after the other; they are read before the first
 * call, so that f may change the ledger.  f returns 0, or -1 with e set to
 * end.
 */
int	ledger_each_place(struct ledger *, const char *,
	    int (*)(void *, const struct ledger_place *, struct err *), void *,
	    struct err *);

/*
 * ledger_forget_samples(l, id, e): drop the codes of a run that has ended.
 */
int	ledger_forget_samples(struct ledger *, const char *, struct err *);

#endif
