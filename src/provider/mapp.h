/*
 * Mapp Empower, as the table of providers needs it.
 *
 * mapp.c is the machine, mapp_build.c writes requests, mapp_pull.c judges where
 * the platform is to fetch from, mapp_answer.c turns an answer into items,
 * mapp_codes.c judges response codes, mapp_errors.c has an error for each,
 * mapp_refuse.c words refusals, mapp_read.c and mapp_rows.c turn items into
 * results.
 *
 * What the vendor says, and what is assumed where he says nothing, is in
 * platforms.md "Mapp Empower".
 */
#ifndef PROVIDER_MAPP_H
#define PROVIDER_MAPP_H

#include "provider.h"

#define MAPP_TITLE	"Mapp Empower"
#define MAPP_LOOKUPS	100		/* codes in one POST; our choice */
#define MAPP_XML_MAX	(8u << 20)	/* bytes of a request before coding */

enum mapp_setting { MAPP_API_KEY, MAPP_SHARED_SECRET };

/* The rows of enum mapp_setting; the last has no key. */
extern const struct pv_setting mapp_settings[];

/* Its words for the state of a task; the last is NULL. */
extern const struct pv_word mapp_states[];

/* What is refused with a documented code; the last row has no word. */
extern const struct err_info mapp_errors[];

/*
 * mapp_next(ask, state, event, step, e): the machine, as provider_next calls
 * it.
 */
int	mapp_next(const struct pv_ask *, struct pv_state *,
	    const struct pv_event *, struct pv_step *, struct err *);

/*
 * mapp_bank_check(id, e): whether a text can be the number of a bank.
 */
int	mapp_bank_check(const char *, struct err *);

/*
 * mapp_task_check(id, e): whether a text can be the number of one task.
 * ERR_REF.
 */
int	mapp_task_check(const char *, struct err *);

/*
 * mapp_pull_check(pull, e): the share of pv_pull_check that only this
 * platform asks for: endings of file names, and no login for a web address.
 */
int	mapp_pull_check(const struct pv_pull *, struct err *);

#endif
