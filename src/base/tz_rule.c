/*
 * The POSIX rule at the end of a TZif file, for years that are not listed.
 *
 * The grammar is that of POSIX's TZ variable with the extension of RFC 8536
 * 3.3.1: the time of a change may be negative and up to 167 hours, so that a
 * change may fall into a neighbouring year.
 */
#include "tz_internal.h"

#include "date_internal.h"
#include "str.h"

#define DAY_SECONDS	86400

/* The rest of the text; at never goes past end. */
struct tz_text {
	const char	*at;
	const char	*end;
};

static int
text_skip(struct tz_text *in, char c)
{
	if (in->at == in->end || *in->at != c)
		return -1;
	in->at++;
	return 0;
}

static int
text_number(struct tz_text *in, int min, int max, int *out)
{
	const char *from;
	uint64_t n;

	from = in->at;
	while (in->at < in->end && *in->at >= '0' && *in->at <= '9')
		in->at++;
	if (str_u64(from, (size_t)(in->at - from), (uint64_t)max, &n) == -1 ||
	    n < (uint64_t)min)
		return -1;
	*out = (int)n;
	return 0;
}

/*
 * [+-]h[h[h]][:mm[:ss]] as seconds.
 */
static int
text_time(struct tz_text *in, int max_hours, int32_t *out)
{
	int hours, minutes, seconds, sign;

	sign = 1;
	if (text_skip(in, '-') == 0)
		sign = -1;
	else
		text_skip(in, '+');
	minutes = 0;
	seconds = 0;
	if (text_number(in, 0, max_hours, &hours) == -1)
		return -1;
	if (text_skip(in, ':') == 0) {
		if (text_number(in, 0, 59, &minutes) == -1)
			return -1;
		if (text_skip(in, ':') == 0 &&
		    text_number(in, 0, 59, &seconds) == -1)
			return -1;
	}
	*out = sign * (hours * 3600 + minutes * 60 + seconds);
	return 0;
}

static bool
is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/*
 * An abbreviation, three letters or more; signs and digits inside <>.
 */
static int
text_name(struct tz_text *in)
{
	const char *from;
	bool quoted;
	size_t len;

	quoted = text_skip(in, '<') == 0;
	from = in->at;
	while (in->at < in->end && (is_letter(*in->at) || (quoted &&
	    ((*in->at >= '0' && *in->at <= '9') || *in->at == '+' ||
	    *in->at == '-'))))
		in->at++;
	len = (size_t)(in->at - from);
	if (quoted && text_skip(in, '>') == -1)
		return -1;
	return len >= 3 ? 0 : -1;
}

/*
 * ",date[/time]"; without a time it is two in the morning.
 */
static int
text_change(struct tz_text *in, struct tz_change *c)
{
	int rc;

	if (text_skip(in, ',') == -1)
		return -1;
	if (text_skip(in, 'M') == 0) {
		c->form = TZ_DAY_WEEK;
		rc = text_number(in, 1, 12, &c->month) == -1 ||
		    text_skip(in, '.') == -1 ||
		    text_number(in, 1, 5, &c->week) == -1 ||
		    text_skip(in, '.') == -1 ||
		    text_number(in, 0, 6, &c->day) == -1;
	} else if (text_skip(in, 'J') == 0) {
		c->form = TZ_DAY_JULIAN;
		rc = text_number(in, 1, 365, &c->day) == -1;
	} else {
		c->form = TZ_DAY_ZERO;
		rc = text_number(in, 0, 365, &c->day) == -1;
	}
	if (rc != 0)
		return -1;
	c->seconds = 2 * 3600;
	if (text_skip(in, '/') == 0)
		return text_time(in, 167, &c->seconds);
	return 0;
}

int
tz_rule_parse(const char *s, size_t n, struct tz_rule *out)
{
	struct tz_text in = { s, s + n };
	struct tz_rule rule = { 0 };

	if (text_name(&in) == -1 || text_time(&in, 24, &rule.std) == -1)
		return -1;
	/* POSIX counts towards the west. */
	rule.std = -rule.std;
	if (in.at < in.end) {
		rule.has_dst = true;
		rule.dst = rule.std + 3600;
		if (text_name(&in) == -1)
			return -1;
		if (in.at < in.end && *in.at != ',') {
			if (text_time(&in, 24, &rule.dst) == -1)
				return -1;
			rule.dst = -rule.dst;
		}
		if (text_change(&in, &rule.start) == -1 ||
		    text_change(&in, &rule.end) == -1)
			return -1;
	}
	if (in.at != in.end)
		return -1;
	*out = rule;
	return 0;
}

/*
 * The moment of a change in a year, offset being in force before it.
 */
static int64_t
change_time(const struct tz_change *c, int64_t year, int32_t offset)
{
	int64_t day;
	int len, weekday;

	day = date_to_days(year, 1, 1);
	switch (c->form) {
	case TZ_DAY_ZERO:
		day += c->day;
		break;
	case TZ_DAY_JULIAN:
		/* From March on, a leap day moves the count by one. */
		day += c->day - 1;
		if (c->day >= 60 && date_month_days((int)(year % 400), 2) == 29)
			day++;
		break;
	case TZ_DAY_WEEK:
		day = date_to_days(year, c->month, 1);
		/* 1970-01-01 was a Thursday; the remainder may be negative. */
		weekday = (int)(((day + 4) % 7 + 7) % 7);
		len = date_month_days((int)(year % 400), c->month);
		weekday = (c->day - weekday + 7) % 7 + (c->week - 1) * 7;
		day += weekday < len ? weekday : weekday - 7;
		break;
	}
	return day * DAY_SECONDS + c->seconds - offset;
}

int32_t
tz_rule_offset(const struct tz_rule *rule, int64_t t)
{
	int64_t at, last, latest, year;
	int32_t offset;
	int day, month;

	if (!rule->has_dst)
		return rule->std;
	/*
	 * The latest change up to t decides; it may belong to a neighbouring
	 * year.  When an end and the next start fall together, as in zones
	 * with daylight saving time all year, the later year's start wins.
	 */
	last = date_from_days(t / DAY_SECONDS, &month, &day) + 1;
	latest = INT64_MIN;
	offset = rule->std;
	for (year = last - 3; year <= last; year++) {
		at = change_time(&rule->start, year, rule->std);
		if (at <= t && at >= latest) {
			latest = at;
			offset = rule->dst;
		}
		at = change_time(&rule->end, year, rule->dst);
		if (at <= t && at >= latest) {
			latest = at;
			offset = rule->std;
		}
	}
	return offset;
}

bool
tz_rule_change(const struct tz_rule *rule, int64_t t, int64_t *at)
{
	int64_t year, last, next[2];
	int day, month, i;
	bool found = false;

	if (!rule->has_dst)
		return false;
	last = date_from_days(t / DAY_SECONDS, &month, &day) + 2;
	for (year = last - 3; year <= last; year++) {
		next[0] = change_time(&rule->start, year, rule->std);
		next[1] = change_time(&rule->end, year, rule->dst);
		for (i = 0; i < 2; i++)
			if (next[i] > t && (!found || next[i] < *at)) {
				*at = next[i];
				found = true;
			}
	}
	return found;
}
