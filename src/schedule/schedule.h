/*
 * When a job is due: the five fields of a cron line (crontab(5)), read into
 * sets, and the moments they name in a time zone.  Pure functions of time;
 * nothing here looks at a clock.
 *
 * Days: where day of month and day of week are both given, one of them
 * suffices, as cron has it; a field that begins with * is not "given".
 *
 * Clock changes: a time of day that is left out that night is due when the gap
 * ends.  One that comes twice is due the first time only, unless the hour field
 * has * or a step: then it is due both times.  With each hour of the day in the
 * hour field nothing is made up for a gap, since the next hour follows at once.
 */
#ifndef SCHEDULE_SCHEDULE_H
#define SCHEDULE_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

struct err;
struct tz;

struct sched {
	uint64_t	minutes;	/* bit 0 to 59 */
	uint32_t	hours;		/* bit 0 to 23 */
	uint32_t	mdays;		/* bit 1 to 31 */
	uint16_t	months;		/* bit 1 to 12 */
	uint8_t		wdays;		/* bit 0 to 6, Sunday first */
	bool		any_mday, any_wday; /* the field begins with * */
	bool		both_passes;	/* the hour field has * or a step */
};

/* A moment at which a job is due. */
struct sched_due {
	int64_t		at;	/* seconds since 1970-01-01T00:00:00Z */
	int64_t		local;	/* the time of day asked for, as seconds since
				 * 1970-01-01 00:00 on that zone's clocks */
	bool		moved;	/* that time does not exist there: at is when
				 * the gap ends */
};

/*
 * sched_parse(text, s, e): five fields (minute, hour, day of month, month, day
 * of week) with lists, ranges, steps and names, or @hourly, @daily (@midnight),
 * @weekly, @monthly, @yearly (@annually).  ERR_CONFIG with the field that is
 * wrong, or where no day fits, such as 31 February.
 */
int	sched_parse(const char *, struct sched *, struct err *);

/*
 * sched_next(s, z, t, due): the first moment after t, seconds since 1970.
 * False when the calendar ends before.
 */
bool	sched_next(const struct sched *, const struct tz *, int64_t,
	    struct sched_due *);

/*
 * sched_last(s, z, t, due): the last moment up to t, t included, within the
 * last ten years.  False when there is none.
 */
bool	sched_last(const struct sched *, const struct tz *, int64_t,
	    struct sched_due *);

#endif
