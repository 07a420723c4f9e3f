/*
 * The moments that a schedule names.
 *
 * What is hard here is that the clocks of a zone are set forward and back.
 * Between two such changes they run evenly, so that a local time is searched in
 * the calendar alone; this is done for one stretch after the other.
 */
#include "schedule.h"

#include "../base/clock.h"
#include "../base/str.h"

#define MINUTE_SECONDS	60
#define HOUR_SECONDS	3600
#define DAY_SECONDS	86400

#define ALL_HOURS	0xffffffu

/*
 * How far back a change can lie whose repeated hours are not over, seconds: no
 * zone has ever moved by more than a day.
 */
#define CHANGE_MAX	(2 * DAY_SECONDS)

/* Days until each calendar repeats itself, the one of 29 February included. */
#define SEARCH_DAYS	(40 * 366)

#define LAST_YEARS	10

static const struct date epoch = { 1970, 1, 1 };

static bool
day_fits(const struct sched *s, const struct date *d, int64_t day)
{
	bool mday = (s->mdays >> d->day & 1) != 0;
	/* 1970-01-01 was a Thursday. */
	bool wday = (s->wdays >> (((day + 4) % 7 + 7) % 7) & 1) != 0;

	if ((s->months >> d->month & 1) == 0)
		return false;
	return s->any_mday || s->any_wday ? mday && wday : mday || wday;
}

/* The first local time from that one on, in seconds; false for none. */
static bool
local_next(const struct sched *s, int64_t from, int64_t *out)
{
	int64_t day, minute, start, left;

	/* Up to the next whole minute. */
	minute = from / MINUTE_SECONDS + (from % MINUTE_SECONDS > 0);
	day = minute / 1440 - (minute % 1440 < 0);
	start = minute - day * 1440;
	for (left = SEARCH_DAYS; left > 0; left--, day++, start = 0) {
		struct date d = date_add(&epoch, (int)day);

		if (date_is_none(&d))
			return false;
		if (!day_fits(s, &d, day))
			continue;
		for (minute = start; minute < 1440; minute++) {
			if ((s->hours >> minute / 60 & 1) == 0) {
				minute += 59 - minute % 60;
				continue;
			}
			if ((s->minutes >> minute % 60 & 1) != 0) {
				*out = day * DAY_SECONDS +
				    minute * MINUTE_SECONDS;
				return true;
			}
		}
	}
	return false;
}

bool
sched_next(const struct sched *s, const struct tz *z, int64_t t,
    struct sched_due *due)
{
	int64_t at = t - CHANGE_MAX, from = at, begin, end, local;
	int32_t offset = tz_offset(z, at), then;

	for (;;) {
		if (!tz_change(z, at, &end))
			end = INT64_MAX;
		/* From begin to end the clocks run evenly. */
		begin = from > t ? from : t + 1;
		if (begin < end) {
			if (!local_next(s, begin + offset, &local))
				return false;
			if (local - offset < end) {
				*due = (struct sched_due){ .at = local - offset,
				    .local = local };
				return true;
			}
		}
		then = tz_offset(z, end);
		if (then > offset && end > t && s->hours != ALL_HOURS &&
		    local_next(s, end + offset, &local) &&
		    local < end + then) {
			*due = (struct sched_due){ .at = end, .local = local,
			    .moved = true };
			return true;
		}
		/* What comes again was due the first time. */
		from = end;
		if (then < offset && !s->both_passes)
			from += offset - then;
		at = end;
		offset = then;
	}
}

bool
sched_last(const struct sched *s, const struct tz *z, int64_t t,
    struct sched_due *due)
{
	struct sched_due next;
	int64_t back = DAY_SECONDS, from;

	/* Twice as far back each time, then forward again to the last one. */
	do {
		from = t - back;
		back *= 2;
		if (back > (int64_t)LAST_YEARS * 2 * 366 * DAY_SECONDS)
			return false;
	} while (!sched_next(s, z, from, due) || due->at > t);
	while (sched_next(s, z, due->at, &next) && next.at <= t)
		*due = next;
	return true;
}
