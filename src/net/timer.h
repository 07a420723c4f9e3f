/*
 * Timers of a loop: a heap of them, the earliest on top; of equal ones the one
 * that was set first.  Setting, cancelling and taking cost a few steps, however
 * many there are.
 */
#ifndef NET_TIMER_H
#define NET_TIMER_H

#include <stddef.h>
#include <stdint.h>

#include "../base/err.h"

struct net_timer;

struct net_timers {
	struct net_timer **heap;
	size_t		 n, cap;
	uint64_t	 set;		/* timers that were set so far */
};

/*
 * net_timer_set(t, due, f, arg, e): f(arg) is due at a monotonic time.  The
 * timer is valid until it was taken or cancelled.  NULL with ERR_NOMEM.
 */
struct net_timer *net_timer_set(struct net_timers *, int64_t, void (*)(void *),
	    void *, struct err *);

/*
 * net_timer_cancel(t, timer): it never fires; NULL is harmless.
 */
void	net_timer_cancel(struct net_timers *, struct net_timer *);

/*
 * net_timer_next(t): when the earliest is due; INT64_MAX when there is none.
 */
int64_t	net_timer_next(const struct net_timers *);

/*
 * net_timer_fire(t, now): take the earliest timer and call its function, if it
 * is due by now.  Returns how many that were, 0 or 1.
 */
int	net_timer_fire(struct net_timers *, int64_t);

/*
 * net_timer_free_all(t): cancel all.
 */
void	net_timer_free_all(struct net_timers *);

#endif
