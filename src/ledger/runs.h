/*
 * Runs in the ledger: the rows of one file on their way.
 *
 * A change of state is compare-and-set and follows the table in states.c; any
 * other change is refused with ERR_INTERNAL.
 */
#ifndef LEDGER_RUNS_H
#define LEDGER_RUNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/id.h"
#include "states.h"

struct err;
struct ledger;
struct ledger_part;

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
	bool		 asked;		/* held since a person was asked, and
					   has not said yes */
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
	bool		 paused;	/* its last attempt came to an orderly
					   end, and it waits to go on; else
					   none was made, is being made, or was
					   broken off */
	bool		 unsettled;	/* ended so that a person is needed, and
					   still is */
};

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
 * ledger_run_ended(l, id, ms, e): whether a run has ended, and when, into *ms:
 * 1, or 0 when it has not or there is none.
 */
int	ledger_run_ended(struct ledger *, const char *, int64_t *,
	    struct err *);

/*
 * ledger_run_release(r): free its strings.
 */
void	ledger_run_release(struct ledger_run *);

/*
 * ledger_prepared(l, run, parts, n, e): after checking and packing:
 * in one transaction the run's read, repeated, skipped, rejected, left_out and
 * content_id are stored, its n parts added as prepared, and it becomes active.
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
 * ledger_run_ask(l, id, why, e): a person is about to be asked: hold the run,
 * whatever else holds it, until ledger_run_yes.  ERR_INTERNAL when it is
 * neither active nor held.
 */
int	ledger_run_ask(struct ledger *, const char *, const char *,
	    struct err *);

/*
 * ledger_run_yes(l, id, why, e): the person said yes: the run is active again,
 * or held by its parts alone.  A run of which nobody was asked stays as it is.
 */
int	ledger_run_yes(struct ledger *, const char *, const char *,
	    struct err *);

/*
 * ledger_run_end(l, run, e): store state (rejected, finished or cancelled),
 * outcome, exit, finished_ms, counts, the error and untidy of run.  One that
 * needs a person is unsettled until it is closed or its content went through.
 */
int	ledger_run_end(struct ledger *, const struct ledger_run *,
	    struct err *);

/*
 * ledger_run_tidied(l, id, e): nothing of the run is left to be taken away.
 */
int	ledger_run_tidied(struct ledger *, const char *, struct err *);

/*
 * ledger_run_ack(l, id, note, e): close a run that has ended, and earlier ones
 * of its content, or of its very file if that was turned down: nobody is needed
 * for them, as note says.  ERR_USAGE when it has not ended.
 */
int	ledger_run_ack(struct ledger *, const char *, const char *,
	    struct err *);

/*
 * ledger_run_note(l, run, e): store bank_name, seconds, err_word, err_msg and
 * paused of run, whatever its state.
 */
int	ledger_run_note(struct ledger *, const struct ledger_run *,
	    struct err *);

#endif
