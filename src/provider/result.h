/*
 * What a provider found out; pv_step_release frees it.
 */
#ifndef PROVIDER_RESULT_H
#define PROVIDER_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/str.h"
#include "words.h"

struct pv_task {
	char		 id[64];
	char		 word[32];	/* the platform's own, escaped */
	char		 when[32];	/* its time stamp, as given; "" */
	enum task_state	 state;
	int64_t		 total, updated, failed; /* rows; -1: not said */
	char		*text;		/* free text, verbatim; or NULL */
};

struct pv_bank {
	char		 id[32];
	char		*name;
};

struct pv_coupon {
	size_t		 row;		/* index into the ask's rows */
	bool		 found;
	bool		 unread;	/* no answer that can be read */
	int		 redeemed;	/* 0, 1, -1: not said, or odd */
	struct date	 date;		/* or none */
};

struct secret;

struct pv_result {
	/* PV_LOGIN: the token, and for how long it is good */
	struct secret		*token;
	int64_t			 token_life_ms;
	struct pv_task		*tasks;
	size_t			 ntasks;
	struct pv_bank		*banks;
	size_t			 nbanks;
	struct pv_coupon	*coupons; /* PV_LOOKUP: one per row asked */
	size_t			 ncoupons;
	/* submissions */
	char			 task[64];	/* "" when answered inline */
	int64_t			 total, updated, failed; /* rows; -1 */
	/* PV_SUBMIT_ROWS: per row 1 applied, 0 refused, -1 not said */
	signed char		*row_ok;
	size_t			 nrow_ok;
	char			*text;	/* responseText, verbatim; or NULL */
};

#endif
