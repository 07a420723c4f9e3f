/*
 * A clock that stands still but for sleeps, and time zones of one's own.  For
 * one thread.
 */
#ifndef FAKE_CLOCK_H
#define FAKE_CLOCK_H

#include <stddef.h>

#include "../../src/base/clock.h"

#define FAKE_SLEEPS	32

struct fake_clock {
	struct clock	 clock;
	int64_t		 wall, mono;	/* milliseconds */
	int64_t		 slept[FAKE_SLEEPS];	/* the first ones */
	size_t		 sleeps;
};

/*
 * fake_clock_init(f, wall_ms): the machine's zones at that time, with 1,000 ms
 * on the clock that never jumps.
 */
void	fake_clock_init(struct fake_clock *, int64_t);

/*
 * fake_clock_zone(path, hours): write a TZif file of a zone that is always so
 * many hours (0 to 9) east of UTC.
 */
void	fake_clock_zone(const char *, int);

#endif
