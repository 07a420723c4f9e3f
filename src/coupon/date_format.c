/*
 * Dates as a job says that they are written.
 *
 * A time of day says nothing that counts, unless it comes with a zone: the
 * day is then the one in the job's zone at that moment.
 */
#include "date_format_internal.h"

#include <ctype.h>

#include "../base/clock.h"
#include "../base/err.h"
#include "glyph_internal.h"

/* Bits of date_format_init. */
#define SEEN_HOUR	(1u << 4)
#define SEEN_ZONE	(1u << 8)

/* What stands beside the day. */
struct moment {
	int	hour, minute, second;
	char	half;		/* a or p of AM and PM, or NUL */
	int	zone;		/* seconds east of UTC */
};

/* Text between conversions up to the next one; %% cannot be part of it. */
static const char *
format_text(struct date_format *f, int i, const char *p)
{
	f->text[i] = p;
	f->len[i] = strcspn(p, "%");
	return p + f->len[i];
}

/* One digit will do where a number has no digits next to it. */
static void
format_least(struct date_format *f)
{
	const char *before, *after;
	bool left, right;
	int i;

	for (i = 0; i < f->parts; i++) {
		before = f->text[i] + f->len[i];
		after = f->text[i + 1];
		left = f->len[i] > 0 ? !isdigit((unsigned char)before[-1]) :
		    i == 0;
		right = f->len[i + 1] > 0 ? !isdigit((unsigned char)*after) :
		    i + 1 == f->parts;
		f->least[i] = left && right ? 1 : 2;
	}
}

/*
 * Z, UTC, GMT or an offset such as +01:00, +0100 or +01, and no letter or
 * digit after it: seconds east of UTC.
 */
static bool
take_zone(struct text *t, int *seconds)
{
	const char *p = t->p, *end = t->p + t->len;
	int n[2] = { 0, 0 }, i;
	char sign = '\0';

	if (p < end && (*p == 'Z' || *p == 'z'))
		p++;
	else if (end - p >= 3 && (strncasecmp(p, "UTC", 3) == 0 ||
	    strncasecmp(p, "GMT", 3) == 0))
		p += 3;
	if (p < end && (*p == '+' || *p == '-'))
		sign = *p;
	if (sign == '\0' && p == t->p)
		return false;
	for (i = 0; sign != '\0' && i < 2; i++) {
		p += i == 0 || (p < end && *p == ':');
		if (end - p < 2 || !isdigit((unsigned char)p[0]) ||
		    !isdigit((unsigned char)p[1]))
			break;
		n[i] = (p[0] - '0') * 10 + p[1] - '0';
		p += 2;
	}
	if (sign != '\0' && (i == 0 || p[-1] == ':'))
		return false;
	if (n[0] > 14 || n[1] > 59 || (p < end && isalnum((unsigned char)*p)))
		return false;
	*seconds = (n[0] * 60 + n[1]) * 60;
	if (sign == '-')
		*seconds = -*seconds;
	t->len -= (size_t)(p - t->p);
	t->p = p;
	return true;
}

/* .000 of a second */
static void
take_fraction(struct text *t)
{
	size_t i = 1;

	if (t->len < 2 || (t->p[0] != '.' && t->p[0] != ','))
		return;
	while (i < t->len && isdigit((unsigned char)t->p[i]))
		i++;
	if (i == 1)
		return;
	t->p += i;
	t->len -= i;
}

/* A zone that is written out in the format, after a time of day. */
static void
format_zone(struct date_format *f)
{
	struct text t;
	int i;

	for (i = 1; i <= f->parts; i++) {
		if (strchr("HMSp", f->part[i - 1]) == NULL)
			continue;
		t.p = f->text[i];
		t.len = f->len[i];
		take_fraction(&t);
		while (t.len > 0 && *t.p == ' ') {
			t.p++;
			t.len--;
		}
		if (take_zone(&t, &f->offset))
			f->zoned = true;
	}
}

/* Likewise, where the time of day is written out, too. */
static bool
format_fixed_time(const struct date_format *f)
{
	struct text t;
	size_t k;
	int i, seconds;

	for (i = 0; i <= f->parts; i++) {
		for (k = 3; k < f->len[i]; k++) {
			t.p = f->text[i] + k;
			t.len = f->len[i] - k;
			if (isdigit((unsigned char)t.p[-1]) &&
			    memchr(f->text[i], ':', k) != NULL &&
			    take_zone(&t, &seconds))
				return true;
		}
	}
	return false;
}

int
date_format_init(struct date_format *f, const char *format, struct err *e)
{
	static const char letters[] = "dmYyHMSpz";
	const char *p, *letter;
	unsigned seen = 0, bit;

	memset(f, 0, sizeof(*f));
	f->iso = format == NULL || strcmp(format, "%Y-%m-%d") == 0;
	p = format_text(f, 0, format != NULL ? format : "%Y-%m-%d");
	while (*p == '%' && f->parts < DATE_PARTS) {
		letter = p[1] != '\0' ? strchr(letters, p[1]) : NULL;
		if (letter == NULL)
			goto bad;
		/* Two years are one too many. */
		bit = 1u << (*letter == 'y' ? 2 : letter - letters);
		if ((seen & bit) != 0)
			goto bad;
		seen |= bit;
		f->part[f->parts++] = *letter;
		p = format_text(f, f->parts, p + 2);
	}
	if (*p != '\0' || (seen & 7) != 7)
		goto bad;
	format_least(f);
	format_zone(f);
	if (format_fixed_time(f) || ((seen & SEEN_ZONE) != 0 &&
	    (f->zoned || (seen & SEEN_HOUR) == 0)))
		return err_set(e, ERR_CONFIG, "date_format \"%s\" has a zone "
		    "without a time to move; write them as %%H:%%M:%%S%%z",
		    format);
	f->zoned = f->zoned || (seen & SEEN_ZONE) != 0;
	return 0;
bad:
	return err_set(e, ERR_CONFIG, "date_format \"%s\" must have %%d, %%m "
	    "and %%Y (or %%y) once each; %%H, %%M, %%S, %%p and %%z may "
	    "follow, and no other %%", format);
}

/* Between least and most digits at *t; false when there are fewer. */
static bool
take_digits(struct text *t, size_t least, size_t most, int *n)
{
	size_t i;

	*n = 0;
	for (i = 0; i < most && i < t->len &&
	    isdigit((unsigned char)t->p[i]); i++)
		*n = *n * 10 + (t->p[i] - '0');
	t->p += i;
	t->len -= i;
	return i >= least;
}

static bool
take_text(struct text *t, const char *p, size_t len)
{
	if (t->len < len || memcmp(t->p, p, len) != 0)
		return false;
	t->p += len;
	t->len -= len;
	return true;
}

static bool
take_time(struct text *t, char part, size_t least, struct moment *m)
{
	switch (part) {
	case 'H':
		return take_digits(t, least, 2, &m->hour) && m->hour < 24;
	case 'M':
		return take_digits(t, least, 2, &m->minute) && m->minute < 60;
	case 'S':
		return take_digits(t, least, 2, &m->second) &&
		    m->second < 61;
	case 'p':
		if (t->len < 2 || memchr("AaPp", t->p[0], 4) == NULL ||
		    (t->p[1] != 'M' && t->p[1] != 'm'))
			return false;
		m->half = (char)tolower((unsigned char)t->p[0]);
		t->p += 2;
		t->len -= 2;
		return true;
	default:
		return take_zone(t, &m->zone);
	}
}

/* To the day in the zone of the format, for which there has to be one. */
static void
day_move(const struct date_format *f, const struct moment *m, int ymd[3])
{
	struct date d = { (int16_t)ymd[0], (int8_t)ymd[1], (int8_t)ymd[2] };
	int hour = m->hour;

	if (f->zone == NULL || !date_is_day(ymd))
		return;
	if (m->half != '\0' && hour <= 12)
		hour = hour % 12 + (m->half == 'p' ? 12 : 0);
	d = tz_date_at(f->zone, &d, (hour * 60 + m->minute) * 60 + m->second -
	    m->zone);
	ymd[0] = d.year;
	ymd[1] = d.month;
	ymd[2] = d.day;
}

/* One of the parts; least digits will do. */
static bool
take_part(struct text *t, char part, size_t least, int ymd[3],
    struct moment *m)
{
	switch (part) {
	case 'Y':
		return take_digits(t, 4, 4, &ymd[0]);
	case 'y':
		if (!take_digits(t, 2, 2, &ymd[0]))
			return false;
		/* As strptime(3): 69 to 99 are 1969 to 1999. */
		ymd[0] += ymd[0] < 69 ? 2000 : 1900;
		return true;
	case 'm':
		return take_digits(t, least, 2, &ymd[1]);
	case 'd':
		return take_digits(t, least, 2, &ymd[2]);
	default:
		return take_time(t, part, least, m);
	}
}

bool
date_split(const struct date_format *f, struct text t, int ymd[3])
{
	struct moment m = { .zone = f->offset };
	int i;

	for (i = 0; i < f->parts; i++) {
		if (!take_text(&t, f->text[i], f->len[i]) ||
		    !take_part(&t, f->part[i], f->iso ? 2 : f->least[i], ymd,
		    &m))
			return false;
		/* 09:05:00.123, unless the format has the fraction. */
		if (f->part[i] == 'S' && (f->len[i + 1] == 0 ||
		    strchr(".,", *f->text[i + 1]) == NULL))
			take_fraction(&t);
	}
	if (!take_text(&t, f->text[f->parts], f->len[f->parts]) || t.len > 0)
		return false;
	if (f->zoned)
		day_move(f, &m, ymd);
	return true;
}

bool
date_is_day(const int ymd[3])
{
	return ymd[0] >= 1 && ymd[1] >= 1 && ymd[1] <= 12 && ymd[2] >= 1 &&
	    ymd[2] <= date_month_days(ymd[0], ymd[1]);
}

bool
date_read_as(const char *format, struct text t, int ymd[3])
{
	struct date_format f;
	struct err e;

	err_clear(&e);
	if (date_format_init(&f, format, &e) == -1)
		return false;
	f.iso = false;	/* 2026-1-2 is a day, too */
	return date_split(&f, t, ymd) && date_is_day(ymd);
}
