/*
 * One run under way, and what every step needs of it.
 */
#ifndef PIPELINE_JOURNEY_H
#define PIPELINE_JOURNEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "../base/err.h"
#include "../base/id.h"
#include "../ledger/ledger.h"
#include "ctx.h"
#include "retry.h"

struct account;
struct set_endpoint;
struct set_job;

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
	size_t			 nth, of; /* upload under way */
	bool			 confirmed; /* the person said go on */
	char			 tasks_said[200]; /* last, to the person */
	bool			 later_round; /* of the loop, which may have
					   waited in the first one */
	bool			 warned; /* of a certificate that ends soon */
	bool			 pause_told; /* that a pause is long */
	int64_t			 until;	/* the job's deadline, from when this
					   attempt began; monotonic; 0: none */
	struct err		 trouble; /* first error of a part */
};

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
 * journey_account(j, e): j->acct, opened on first use.
 */
struct account *journey_account(struct journey *, struct err *);

/*
 * journey_retry(j): tries as the job asks for, none made yet.
 */
struct retry journey_retry(struct journey *);

/*
 * journey_close(j): release everything, the lock last.
 */
void	journey_close(struct journey *);

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
 * parts_announced(j): whether some part was ever sent to the platform, or may
 * have been.
 */
bool	parts_announced(const struct journey *);

#endif
