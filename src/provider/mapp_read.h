/*
 * Mapp Empower: from the items of an answer to the result of an ask.
 */
#ifndef PROVIDER_MAPP_READ_H
#define PROVIDER_MAPP_READ_H

#include <stdbool.h>

#include "provider.h"

struct mapp_answer;

/*
 * mapp_read_banks(a, out, e): result of coupon.listBanks.
 */
int	mapp_read_banks(const struct mapp_answer *, struct pv_result *,
	    struct err *);

/*
 * mapp_read_tasks(ask, a, out, e): result of utilities.getTasks, for the ids
 * asked (those not in the answer are TASK_LOST) or all of PV_FIND.
 */
int	mapp_read_tasks(const struct pv_ask *, const struct mapp_answer *,
	    struct pv_result *, struct err *);

/*
 * mapp_read_coupons(ask, a, out, e): result of the coupon.getDetails calls.
 */
int	mapp_read_coupons(const struct pv_ask *, const struct mapp_answer *,
	    struct pv_result *, struct err *);

/*
 * mapp_read_file(a, out, certain, e): answer to an announced file.
 */
int	mapp_read_file(const struct mapp_answer *, struct pv_result *, bool *,
	    struct err *);

/*
 * mapp_read_rows(ask, a, out, certain, e): answers to rows inside the call.
 */
int	mapp_read_rows(const struct pv_ask *, const struct mapp_answer *,
	    struct pv_result *, bool *, struct err *);

#endif
