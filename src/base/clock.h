/*
 * Time: wall clock, monotonic clock, sleep; time zones from TZif files.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "str.h"

struct err;
struct tz;

/*
 * Where the time comes from, and the time zones.  Whoever needs either is
 * handed one in the struct that it works with: struct ctx and what lower rooms
 * are called with; NULL is clock_system.  So a test can set another.  Calls
 * come from several threads.
 *
 * By clock_system goes, whatever was handed in, what waits for this machine
 * itself: the log, commands that tell secrets, locks of the database, and
 * waits on a condition (clock_deadline).
 */
struct clock {
	int64_t		(*wall_ms)(void *);
	int64_t		(*mono_ms)(void *);
	void		(*sleep_ms)(void *, int64_t);
	void		*arg;		/* of these */
	const char	*zones;		/* folder of TZif files */
	const char	*local;		/* one of them: the zone of this
					   machine; UTC if missing */
};

/* The machine's; TZDIR is not consulted. */
extern const struct clock clock_system;

/*
 * clock_wall(c): milliseconds since 1970-01-01T00:00:00Z.
 */
int64_t	clock_wall(const struct clock *);

/*
 * clock_mono(c): milliseconds of a clock that never jumps.
 */
int64_t	clock_mono(const struct clock *);

/*
 * clock_sleep(c, ms): blocks for ms milliseconds, or less when a stop was
 * requested (stop.h).
 */
void	clock_sleep(const struct clock *, int64_t);

/*
 * clock_deadline(ms, out): the time in ms milliseconds, for a condition whose
 * clock is CLOCK_MONOTONIC.
 */
void	clock_deadline(int64_t, struct timespec *);

/*
 * clock_iso(wall_ms, out): "2026-11-21T01:10:00Z" into out[21]; returns out.
 */
const char *clock_iso(int64_t, char [21]);

/*
 * clock_name(wall_ms, out): "20261121T011000Z", for names of files, into
 * out[17]; returns out.
 */
const char *clock_name(int64_t, char [17]);

/*
 * tz_open(c, name, e): the zone "Europe/Berlin", "UTC", or NULL for the
 * machine's own, from the files of the clock (TZif of RFC 8536, version 1 to
 * 4, with the footer rule for later years).  Names with ".." or a leading "/"
 * are refused.  ERR_CONFIG with the name when there is no such zone.  Free
 * with tz_free.
 */
struct tz *tz_open(const struct clock *, const char *, struct err *);

/*
 * tz_free(z): NULL is harmless.
 */
void	tz_free(struct tz *);

/*
 * tz_offset(z, t): seconds east of UTC in force at t, seconds since 1970.
 */
int32_t	tz_offset(const struct tz *, int64_t);

/*
 * tz_change(z, t, at): the first moment after t at which the zone's clocks are
 * set, or may be (a change of the name alone is listed, too); both seconds
 * since 1970.  False when there is none.
 */
bool	tz_change(const struct tz *, int64_t, int64_t *);

/*
 * tz_instants(z, local, out): the moments at which that zone's clocks show a
 * local time, given as seconds since 1970-01-01 00:00 on these clocks.  Returns
 * how many there are, the first one first; with 0, out[0] is the moment at
 * which the gap ends that left it out.
 */
int	tz_instants(const struct tz *, int64_t, int64_t [2]);

/*
 * tz_date(z, wall_ms): the day in that zone.
 */
struct date tz_date(const struct tz *, int64_t);

/*
 * tz_date_at(z, day, seconds): the day in that zone so many seconds after the
 * start of a day in UTC; they may be below 0.  {0,0,0} past the calendar.
 */
struct date tz_date_at(const struct tz *, const struct date *, int32_t);

/*
 * tz_stamp(z, wall_ms, out): "2026-11-21 02:10:07" local time into out[20];
 * returns out.
 */
const char *tz_stamp(const struct tz *, int64_t, char [20]);

#endif
