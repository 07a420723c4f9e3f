/*
 * How often an account may be called: a limit of the platform for all who call
 * it, so that the processes of this host share one clock.
 */
#ifndef PIPELINE_TURN_H
#define PIPELINE_TURN_H

#include <stdint.h>

struct account;

/*
 * account_turn(a): take the next turn; how long to wait for it, in
 * milliseconds.  Without a rate, and while nobody was told to slow down, it is
 * there at once.
 */
int64_t	account_turn(const struct account *);

/*
 * account_slot(a, fd): take one of the places for calls at the same time
 * (max_parallel), which is given back by closing *fd.  -1 when all are taken;
 * *fd is -1 where there is no limit.
 */
int	account_slot(const struct account *, int *);

/*
 * account_slow(a, asked_ms): the platform says that it is called too often:
 * nobody has a turn before what it asks for, or some time, has passed.
 */
void	account_slow(const struct account *, int64_t);

/*
 * turn_next(free_ms, now_ms, every_ms, wait_ms): the rule: a turn is free at
 * *free_ms or now; afterwards the next one is every_ms later.  What lies
 * further ahead than any pause is of another boot and does not count.  Pure.
 */
void	turn_next(int64_t *, int64_t, int64_t, int64_t *);

#endif
