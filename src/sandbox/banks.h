/*
 * What the stand-in remembers: banks, coupons and tasks, in one SQLite file.
 * A struct banks is one connection under one mutex and may be used by any
 * number of threads; callbacks run while it is locked and must not use it.
 */
#ifndef SANDBOX_BANKS_H
#define SANDBOX_BANKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/limits.h"

struct banks;
struct clock;
struct err;

/* What to change about a coupon. */
struct bank_update {
	int		 redeemed;	/* 0, 1, or -1: leave */
	char		 date[11];	/* YYYY-MM-DD, or "": leave */
};

/* A coupon as stored; text borrowed during the callback. */
struct bank_coupon {
	const char	*code;
	int		 redeemed;
	const char	*redeem_date;	/* "" if none */
	int64_t		 added_ms;	/* wall clock */
};

enum task_status { TASK_PENDING, TASK_PROCESSING, TASK_COMPLETE, TASK_ERROR };

/*
 * A task.  Text is owned by the struct that bank_task_next filled, and borrowed
 * in callbacks; none is NULL but word and fail.
 */
struct bank_task {
	int64_t			 id;
	int64_t			 bank;
	struct bank_update	 update;
	enum task_status	 status;
	int64_t			 created_ms;	/* wall clock */
	int64_t			 due_ms;	/* next change of status */
	char			*file;		/* name in the pull folder */
	char			*output;	/* what follows is declared */
	char			*word;		/* shown as status; or NULL */
	int64_t			 word_polls;	/* so often; -1: always */
	int64_t			 hide_polls;	/* not listed; -1: never */
	char			*fail;		/* end in ERROR saying this */
};

/*
 * banks_open(path, clock, e): open or create; added_ms is by that clock.
 * ERR_LEDGER.  Free with banks_close.
 */
struct banks *banks_open(const char *, const struct clock *, struct err *);

/*
 * banks_close(b): NULL is harmless.
 */
void	banks_close(struct banks *);

/*
 * banks_put(b, id, name, description, e): create a bank or rename it.
 */
int	banks_put(struct banks *, int64_t, const char *, const char *,
	    struct err *);

/*
 * banks_has(b, id, e): 1 when there is such a bank, 0, or -1.
 */
int	banks_has(struct banks *, int64_t, struct err *);

/*
 * banks_each(b, f, arg, e): f(arg, id, name, description, e) for each bank in
 * order of id, until it returns -1.
 */
int	banks_each(struct banks *, int (*)(void *, int64_t, const char *,
	    const char *, struct err *), void *, struct err *);

/*
 * banks_begin(b, e): lock and begin a transaction; the two calls below belong
 * between this and banks_end.
 */
int	banks_begin(struct banks *, struct err *);

/*
 * banks_end(b, keep, e): commit (or, without keep, roll back) and unlock.
 */
int	banks_end(struct banks *, bool, struct err *);

/*
 * banks_add(b, bank, code, e): 1 when added, 0 when it was there, or -1.
 */
int	banks_add(struct banks *, int64_t, const char *, struct err *);

/*
 * banks_set(b, bank, code, update, e): 1 when the code is in the bank and was
 * updated, 0 when it is not there, or -1.
 */
int	banks_set(struct banks *, int64_t, const char *,
	    const struct bank_update *, struct err *);

/*
 * banks_coupons(b, bank, code, f, arg, e): f for the coupon with that code,
 * or for all of the bank in order of code when it is NULL.
 */
int	banks_coupons(struct banks *, int64_t, const char *,
	    int (*)(void *, const struct bank_coupon *, struct err *), void *,
	    struct err *);

/*
 * bank_task_add(b, t, e): store a new task; its id goes to t->id.
 */
int	bank_task_add(struct banks *, struct bank_task *, struct err *);

/*
 * bank_task_next(b, out, e): the unfinished task that is due first: 1 with a
 * copy in *out, which the caller ends with bank_task_release; 0 for none; -1.
 */
int	bank_task_next(struct banks *, struct bank_task *, struct err *);

/*
 * bank_task_release(t): free its text.
 */
void	bank_task_release(struct bank_task *);

/*
 * bank_task_move(b, id, status, due_ms, output, e): give a task its next status
 * (it keeps it until due_ms) and the text of its output.
 */
int	bank_task_move(struct banks *, int64_t, enum task_status, int64_t,
	    const char *, struct err *);

/*
 * bank_tasks(b, polled, f, arg, e): f for each task in order of creation.
 * polled: the platform was asked, so count hide_polls and word_polls down
 * afterwards.
 */
int	bank_tasks(struct banks *, bool, int (*)(void *,
	    const struct bank_task *, struct err *), void *, struct err *);

/*
 * task_status_word(status): "PENDING" ..., static.
 */
const char *task_status_word(enum task_status);

#endif
