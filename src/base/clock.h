/*
 * Time: wall clock, monotonic clock, sleep; time zones from TZif files.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "str.h"

struct err;
struct tz;

/*
 * clock_wall_ms(): milliseconds since 1970-01-01T00:00:00Z.
 */
int64_t	clock_wall_ms(void);

/*
 * clock_mono_ms(): milliseconds of a clock that never jumps.
 */
int64_t	clock_mono_ms(void);

/*
 * clock_sleep_ms(ms): blocks for ms milliseconds, or less when a stop was
 * requested (stop.h).
 */
void	clock_sleep_ms(int64_t);

/*
 * clock_iso(wall_ms, out): "2026-11-21T01:10:00Z" into out[21]; returns out.
 */
const char *clock_iso(int64_t, char [21]);

/*
 * tz_open(name, e): the zone "Europe/Berlin", "UTC", or NULL for the
 * machine's own (/etc/localtime).  Reads /usr/share/zoneinfo (TZif of RFC
 * 8536, version 1 to 4, with the footer rule for later years; TZDIR is not
 * consulted).  Names with ".." or a leading "/" are refused.  ERR_CONFIG with
 * the name when there is no such zone.  Free with tz_free.
 */
struct tz *tz_open(const char *, struct err *);

/*
 * tz_free(z): NULL is harmless.
 */
void	tz_free(struct tz *);

/*
 * tz_offset(z, t): seconds east of UTC in force at t, seconds since 1970.
 */
int32_t	tz_offset(const struct tz *, int64_t);

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
