/*
 * A run's numbers and outcome, put together from the ledger.
 */
#ifndef PIPELINE_REPORT_H
#define PIPELINE_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/err.h"
#include "../ledger/ledger.h"
#include "../provider/provider.h"

struct ctx;

/* Whether somebody is at work on a run, and whether that ended in order. */
enum run_stands {
	STANDS_ENDED,		/* the run has ended */
	STANDS_RUNNING,		/* a process is at work on it */
	STANDS_BROKEN_OFF,	/* none is, and the last one did not end in
				   order: killed, or the machine went down */
	STANDS_WAITING		/* to be resumed */
};

/* A run's numbers and outcome, put together from the ledger. */
struct run_report {
	struct ledger_run	 run;
	struct ledger_part	*parts;
	size_t			 nparts;
	enum outcome		 outcome;
	enum run_stands		 stands;
	int			 exit;	/* so far, unless it stands ended or
					   waiting */
	struct err		 err;	/* what the exit code stands for */
	/* rows; sent is the sum of the others */
	int64_t			 sent, updated, already, failed, unaccounted;
	int64_t			 submitted;	/* of sent: announced to the
						   platform; the others never
						   left */
	bool			 sampled; /* updated is not a total: a clean
					   sample stands for the rest */
	bool			 mixed;	/* it may have rows already so */
	enum part_basis		 basis;	/* the weakest of the parts */
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
 * report_word(r): how a run stands, in a word: "running", "broken off",
 * "waiting", or the state it has ended in.
 */
const char *report_word(const struct run_report *);

/*
 * report_release(r): free what it holds.
 */
void	report_release(struct run_report *);

#endif
