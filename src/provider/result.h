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

enum { PV_ID_MAX = 160 };	/* bytes, the NUL included */

struct pv_task {
	char		 id[PV_ID_MAX];
	char		 word[32];	/* the platform's own, escaped */
	char		 when[32];	/* its time stamp, as given; "" */
	enum task_state	 state;
	int64_t		 total, updated, failed; /* rows; -1: not said */
	bool		 uncounted;	/* it is about no rows, so that there is
					 * no outcome but its end */
	char		*text;		/* free text, verbatim; or NULL */
	char		*error_file;	/* what holds the refused rows over
					 * there, as given; or NULL */
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

struct err;
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

/*
 * pv_task_copy(to, from, e): a copy with texts of its own.  After ERR_NOMEM it
 * lacks some of them and is whole otherwise.
 */
int	pv_task_copy(struct pv_task *, const struct pv_task *, struct err *);

/*
 * pv_task_release(t): free its texts, and forget them.
 */
void	pv_task_release(struct pv_task *);

/*
 * pv_copy_id(out, size, id, what, e): an id that can be shown, stored and asked
 * for again.  ERR_PROTOCOL for any other, or one that does not fit; what is
 * "task" or the like.
 */
int	pv_copy_id(char *, size_t, const char *, const char *, struct err *);

/*
 * pv_short_text(out, size, text, e): foreign text, escaped, for a short field;
 * shortened where it does not fit.  NULL is "".  ERR_NOMEM.
 */
int	pv_short_text(char *, size_t, const char *, struct err *);

#endif
