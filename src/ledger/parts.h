/*
 * Parts in the ledger: the share of a run with one remote task.
 *
 * A part's change and the resulting state of its run are one transaction, and
 * each leaves a line in the journal.  Intent is written before an outside
 * effect, the result after.
 */
#ifndef LEDGER_PARTS_H
#define LEDGER_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/str.h"
#include "states.h"

struct err;
struct ledger;

enum { LEDGER_KEPT_MAX = 1024 };	/* bytes */

/* Where a part's task comes from when no answer named it. */
enum adopted { ADOPTED_NOT, ADOPTED_GUESS, ADOPTED_PERSON };

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
	enum part_proof	 proof;
	enum part_rehearsed rehearsed;
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
	enum part_basis	 basis;
	char		*err_word;	/* last error; NULL: none */
	char		*err_msg;
};

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
 * ledger_part_keep(l, id, no, p, n, e): store what the platform's machine
 * remembers of the part's submission: n bytes, LEDGER_KEPT_MAX at most.
 */
int	ledger_part_keep(struct ledger *, const char *, int, const void *,
	    size_t, struct err *);

/*
 * ledger_part_kept(l, id, no, out, n, e): what was stored last, into
 * out[LEDGER_KEPT_MAX]; *n is 0 when nothing was.
 */
int	ledger_part_kept(struct ledger *, const char *, int, void *, size_t *,
	    struct err *);

#endif
