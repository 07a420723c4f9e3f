/*
 * Time zones: finding one by name and asking it.
 *
 * The C library's own functions know one zone a process, through the
 * environment; a daemon has jobs in several.
 */
#include "clock.h"

#include <errno.h>
#include <unistd.h>

#include "date_internal.h"
#include "err.h"
#include "io.h"
#include "tz_internal.h"

#define TZ_FILE_MAX	(64u << 10)	/* bytes; the largest have 4 KiB */
#define TZ_NAME_MAX	64		/* bytes; the longest have 32 */

#define DAY_SECONDS	86400

/* Seconds by which no zone is or was off UTC (RFC 9636, section 3.2). */
#define OFFSET_MAX	(26 * 3600)

/* Seconds from 1970 for which day and year arithmetic cannot overflow. */
#define TZ_SPAN		(INT64_C(1) << 54)

static bool
name_is_safe(const char *name)
{
	size_t len;

	len = strlen(name);
	return len > 0 && len <= TZ_NAME_MAX && name[0] != '/' &&
	    strstr(name, "..") == NULL && strspn(name,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789+-_./") == len;
}

static int
tz_load(struct tz *z, const char *path, const char *shown, struct err *e)
{
	char *bytes;
	size_t len;
	int rc;

	if (io_slurp(path, TZ_FILE_MAX, &bytes, &len, e) == -1) {
		if (e->code != ERR_NOMEM)
			e->code = ERR_CONFIG;
		return err_wrap(e, "time zone %s", shown);
	}
	rc = tz_parse(z, bytes, len, e);
	if (rc == -1)
		err_wrap(e, "time zone %s (%s)", shown, path);
	free(bytes);
	return rc;
}

struct tz *
tz_open(const struct clock *c, const char *name, struct err *e)
{
	char *path;
	struct tz *z;

	c = c != NULL ? c : &clock_system;
	if (name != NULL && !name_is_safe(name)) {
		err_set(e, ERR_CONFIG, "\"%.80s\" is not the name of a time "
		    "zone; names look like Europe/Berlin", name);
		return NULL;
	}
	if (asprintf(&path, "%s%s%s", name == NULL ? c->local : c->zones,
	    name == NULL ? "" : "/", name == NULL ? "" : name) < 0) {
		err_nomem(e);
		return NULL;
	}
	z = calloc(1, sizeof(*z));
	if (z == NULL) {
		err_nomem(e);
		goto end;
	}
	/* UTC needs no file; localtime(5): without a file it is UTC. */
	if (name == NULL ? access(path, F_OK) == -1 && errno == ENOENT :
	    strcmp(name, "UTC") == 0)
		goto end;
	if (tz_load(z, path, name == NULL ? "of this machine" : name,
	    e) == -1) {
		tz_free(z);
		z = NULL;
	}
end:
	free(path);
	return z;
}

void
tz_free(struct tz *z)
{
	if (z == NULL)
		return;
	free(z->at);
	free(z->offset);
	free(z);
}

/* How many of the listed changes are not after t. */
static size_t
listed_until(const struct tz *z, int64_t t)
{
	size_t low = 0, high = z->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (z->at[middle] <= t)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int64_t
within_span(int64_t t)
{
	return t < -TZ_SPAN ? -TZ_SPAN : t > TZ_SPAN ? TZ_SPAN : t;
}

int32_t
tz_offset(const struct tz *z, int64_t t)
{
	size_t n;

	t = within_span(t);
	if (z->has_rule && (z->count == 0 || t >= z->at[z->count - 1]))
		return tz_rule_offset(&z->rule, t);
	n = listed_until(z, t);
	return n == 0 ? z->first : z->offset[n - 1];
}

bool
tz_change(const struct tz *z, int64_t t, int64_t *at)
{
	size_t n;

	t = within_span(t);
	n = listed_until(z, t);
	if (n < z->count) {
		*at = z->at[n];
		return true;
	}
	return z->has_rule && tz_rule_change(&z->rule, t, at);
}

int
tz_instants(const struct tz *z, int64_t local, int64_t out[2])
{
	int64_t from = local - OFFSET_MAX, to = local + OFFSET_MAX, end, t;
	int n = 0;

	/* Each stretch of even clocks shows the local time once at the most. */
	do {
		int32_t offset = tz_offset(z, from);

		if (!tz_change(z, from, &end))
			end = INT64_MAX;
		t = local - offset;
		if (t >= from && t < end && n < 2)
			out[n++] = t;
		else if (n == 0 && t >= end && end < to &&
		    end + tz_offset(z, end) > local)
			out[0] = end;
		from = end;
	} while (from <= to);
	return n;
}

/*
 * Wall clock milliseconds as local seconds, rounded down.
 */
static int64_t
local_seconds(const struct tz *z, int64_t wall_ms)
{
	int64_t t;

	t = wall_ms / 1000 - (wall_ms % 1000 < 0);
	return t + tz_offset(z, t);
}

static int64_t
day_of(int64_t seconds)
{
	return seconds / DAY_SECONDS - (seconds % DAY_SECONDS < 0);
}

struct date
tz_date(const struct tz *z, int64_t wall_ms)
{
	struct date d = { 0, 0, 0 };
	int64_t year;
	int month, day;

	year = date_from_days(day_of(local_seconds(z, wall_ms)), &month, &day);
	if (year >= 1 && year <= 9999) {
		d.year = (int16_t)year;
		d.month = (int8_t)month;
		d.day = (int8_t)day;
	}
	return d;
}

struct date
tz_date_at(const struct tz *z, const struct date *day, int32_t seconds)
{
	return tz_date(z, (date_to_days(day->year, day->month, day->day) *
	    DAY_SECONDS + seconds) * 1000);
}

const char *
tz_stamp(const struct tz *z, int64_t wall_ms, char out[20])
{
	struct date d;
	int64_t seconds;
	unsigned rest;
	char day[11];

	seconds = local_seconds(z, wall_ms);
	rest = (unsigned)(seconds - day_of(seconds) * DAY_SECONDS);
	d = tz_date(z, wall_ms);
	date_format(&d, day);
	snprintf(out, 20, "%.10s %02u:%02u:%02u", day, rest / 3600 % 24,
	    rest / 60 % 60, rest % 60);
	return out;
}
