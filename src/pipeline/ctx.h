/*
 * What steps of a run may use; there are no globals.
 */
#ifndef PIPELINE_CTX_H
#define PIPELINE_CTX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../base/id.h"
#include "../config/settings.h"

struct check_result;
struct clock;
struct ledger;
struct log;
struct pv_task;

/* How far a run shall go. */
enum pipe_until { UNTIL_END, UNTIL_VALIDATED, UNTIL_PACKED, UNTIL_STAGED,
	UNTIL_ASKED };		/* the question before anything leaves; the run
				   is held for it, and who said so asks */

/* A fact for a person watching; text is one printable line. */
struct pipe_event {
	const char	*run;		/* id */
	const char	*step;		/* "check", "upload", "wait" ... */
	const char	*text;		/* NULL: progress only */
	uint64_t	 done, total;	/* bytes or rows; 0, 0: none */
	bool		 bytes;
	size_t		 nth, of;	/* of several, one after another, from
					   1; 0, 0: it is alone */
	size_t		 file, files;	/* likewise of the files of a call */
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
	/*
	 * What the platform says of a task (PROVIDER:ID) of a run, the nth of
	 * its batches, each time it is asked; borrowed.
	 */
	void	(*task)(void *task_arg, const char *run, const char *ref,
		    size_t nth, const struct pv_task *);
	void	*task_arg;
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
	const struct clock	*clock;	/* time and zones; NULL: the
					   machine's */
	struct pipe_ui		 ui;
	enum pipe_until		 until;
	bool			 dry_run;	/* null backends, and no call
						   that changes anything */
	bool			 insecure_tls;	/* check no certificate of a
						   file server */
	bool			 again;		/* same content: go on */
	bool			 only_follow;	/* send nothing more */
	bool			 once;		/* ask for tasks one time */
	int64_t			 wait_lock_ms;	/* wait for a lock; 0: no */
	bool			 only_look;	/* nothing is changed: where
						   the state folder cannot be
						   written, it is read */
	bool			 by_hand;	/* a person asks: refused
						   logins are tried once more */
	int64_t			 begun_ms;	/* this command; wall */
	char			 run[ID_LEN + 1]; /* at work now; or "" */
	size_t			 file, files;	/* which of those that were
						   named, from 1; 0, 0: none */
	FILE			*common;	/* rows that files of this call
						   have in common, for runs to
						   come; NULL: none yet */
};

#endif
