/*
 * Providers: protocol machines without I/O.
 *
 * A provider is asked one thing at a time.  provider_next is called with the
 * ask, its state and what happened last, and says what to do next: send a
 * request, wait, or be done with a result.  The caller does the I/O and keeps
 * the state until the ask is answered; for a submission it stores the state
 * before each request that may change something (keep of the ask).  One row
 * per provider in provider.c, the files of each under its name, recorded
 * answers in tests/golden/provider.
 */
#ifndef PROVIDER_PROVIDER_H
#define PROVIDER_PROVIDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/err.h"
#include "ask.h"
#include "request.h"
#include "result.h"
#include "words.h"

enum { PV_STATE_MAX = 1024 };	/* bytes */

/*
 * What a machine remembers: between the steps of one ask, and of a submission
 * in several blocks from one attempt to the next, whoever makes it.  Empty at
 * first; the first byte of what a machine puts there is its own version.
 */
struct pv_state {
	size_t		len;
	unsigned char	data[PV_STATE_MAX];
};

enum pv_what { PV_REQUEST, PV_WAIT, PV_DONE, PV_FAILED };

struct pv_step {
	enum pv_what		 what;
	int64_t			 wait_ms;	/* PV_WAIT */
	struct pv_request	 request;	/* PV_REQUEST */
	struct pv_result	 result;	/* PV_DONE */
	/*
	 * PV_FAILED: certain means that nothing was changed over there by
	 * this ask (refused, not attempted) that the state does not tell of;
	 * else the outcome is unknown.
	 */
	bool			 certain;
	/* PV_FAILED: the token is not taken any more; another may be */
	bool			 expired;
};

/* What coupons belong to over there. */
struct pv_target {
	const char	*noun;		/* "bank" */
	/* whether a text can be the id of one; ERR_CONFIG */
	int	(*check)(const char *, struct err *);
};

/* A provider's row.  Lists end with an entry whose first member is NULL. */
struct provider {
	const char	*type;		/* "mapp" */
	const char	*title;		/* "Mapp Empower" */
	unsigned	 verbs;		/* what it can be asked, bits
					 * 1u << enum pv_verb */
	const char	*task_zone;	/* zone of its task dates */
	int64_t		 poll_first_ms, poll_floor_ms, poll_cap_ms;
	size_t		 lookup_max;	/* codes in one PV_LOOKUP */
	size_t		 status_max;	/* tasks in one PV_STATUS; 0: any */
	bool		 pulls_http, pulls_ftp;	/* which pull sides */
	struct pv_target target;
	/* whether a text can be the id of a task; ERR_REF; NULL: any can */
	int	(*task_check)(const char *, struct err *);
	/* whether one PV_STATUS can be about both; NULL: about all */
	bool	(*together)(const char *, const char *);
	const struct pv_setting *settings;
	const struct pv_word *words;	/* beside those of all, see words.h */
	/* what it refuses with, by a word that begins with type and "-" */
	const struct err_info *errors;
	int	(*next)(const struct pv_ask *, struct pv_state *,
		    const struct pv_event *, struct pv_step *, struct err *);
	/* its own share of pv_pull_check; NULL when there is none */
	int	(*pull_check)(const struct pv_pull *, struct err *);
};

/*
 * provider_find(type): the row, or NULL.
 */
const struct provider *provider_find(const char *);

/*
 * provider_at(i): the i-th row, NULL past the end; for lists.
 */
const struct provider *provider_at(size_t);

/*
 * provider_can(p, verb): whether it can be asked that.
 */
bool	provider_can(const struct provider *, enum pv_verb);

/*
 * provider_setting(p, key): the place of a setting in its list, or -1.
 */
int	provider_setting(const struct provider *, const char *);

/*
 * provider_next(p, ask, state, event, step, e): the machine's next step into
 * *step, which the caller ends with pv_step_release.  Returns -1 for PV_FAILED
 * too, with the reason in e: ERR_REFUSED with its own row, ERR_LOGIN,
 * ERR_PROTOCOL, ERR_UNAVAILABLE with wait_ms, ERR_UNSUPPORTED for a verb it has
 * not, ...  No secret of the ask is shown in e or in a text of the result.
 * Does no I/O.
 */
int	provider_next(const struct provider *, const struct pv_ask *,
	    struct pv_state *, const struct pv_event *, struct pv_step *,
	    struct err *);

/*
 * pv_step_release(s): free and zero what the step holds.
 */
void	pv_step_release(struct pv_step *);

/*
 * pv_pull_check(p, pull, e): whether the provider can fetch from there with
 * what is given; ERR_CONFIG with the missing piece: the ending of the name,
 * user and password, one source only, how a gzip is called.
 */
int	pv_pull_check(const struct provider *, const struct pv_pull *,
	    struct err *);

/*
 * pv_submit_check(p, ask, e): whether a submission could be put into a request,
 * with a row of its own making where the ask has none; pv_pull_check included.
 * Errors as provider_next.
 */
int	pv_submit_check(const struct provider *, const struct pv_ask *,
	    struct err *);

#endif
