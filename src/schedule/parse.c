/*
 * The five fields of a cron line: minute, hour, day of month, month, day of
 * week; each a list of "*", numbers, names and ranges, with steps (crontab(5)).
 */
#include "schedule.h"

#include <stdio.h>
#include <string.h>

#include "../base/err.h"
#include "../base/str.h"

enum { MINUTE, HOUR, MDAY, MONTH, WDAY, FIELDS };

/* What a field may hold. */
struct field {
	const char	*name;
	unsigned	 min, max;
	const char	*words;	/* three letters each, from min; or NULL */
};

/* What one holds. */
struct values {
	uint64_t	set;	/* a bit for each */
	bool		any;	/* begins with "*" */
	bool		steps;	/* has a "*" or a step */
};

static const struct field fields[FIELDS] = {
	[MINUTE] = { "minute", 0, 59, NULL },
	[HOUR] = { "hour", 0, 23, NULL },
	[MDAY] = { "day of month", 1, 31, NULL },
	[MONTH] = { "month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec" },
	[WDAY] = { "day of week", 0, 7, "sunmontuewedthufrisatsun" },
};

static const struct {
	const char	*word, *text;
} nicknames[] = {
	{ "@hourly", "0 * * * *" },
	{ "@daily", "0 0 * * *" },
	{ "@midnight", "0 0 * * *" },
	{ "@weekly", "0 0 * * 0" },
	{ "@monthly", "0 0 1 * *" },
	{ "@yearly", "0 0 1 1 *" },
	{ "@annually", "0 0 1 1 *" },
};

#define BLANK	" \t"

/* A number or a name; what is left, or NULL. */
static const char *
take_value(const struct field *f, const char *p, unsigned *out)
{
	size_t n = strspn(p, "0123456789"), i;
	uint64_t value;
	char word[4];

	if (n > 0) {
		if (str_u64(p, n, f->max, &value) == -1 || value < f->min)
			return NULL;
		*out = (unsigned)value;
		return p + n;
	}
	snprintf(word, sizeof(word), "%.3s", p);
	for (i = 0; f->words != NULL && i < strlen(f->words); i += 3) {
		char known[4];

		snprintf(known, sizeof(known), "%.3s", f->words + i);
		if (strlen(word) == 3 && str_ieq(word, known)) {
			*out = f->min + (unsigned)(i / 3);
			return p + 3;
		}
	}
	return NULL;
}

/* One member of a list: "*", "5", "1-5", each but "5" with "/2" perhaps. */
static const char *
take_member(const struct field *f, const char *p, struct values *v)
{
	unsigned from = f->min, to = f->max;
	uint64_t step = 1;
	bool range = *p == '*';
	size_t n;

	if (range) {
		p++;
		v->steps = true;
	} else {
		p = take_value(f, p, &from);
		if (p == NULL)
			return NULL;
		to = from;
		if (*p == '-') {
			p = take_value(f, p + 1, &to);
			if (p == NULL || to < from)
				return NULL;
			range = true;
		}
	}
	if (*p == '/') {
		n = strspn(p + 1, "0123456789");
		if (!range || str_u64(p + 1, n, f->max, &step) == -1 ||
		    step == 0)
			return NULL;
		p += 1 + n;
		v->steps = true;
	}
	for (; from <= to; from += (unsigned)step)
		v->set |= UINT64_C(1) << from;
	return p;
}

static const char *
take_field(const struct field *f, const char *p, struct values *v)
{
	v->any = *p == '*';
	p = take_member(f, p, v);
	while (p != NULL && *p == ',')
		p = take_member(f, p + 1, v);
	return p != NULL && (*p == '\0' || strchr(BLANK, *p) != NULL) ? p :
	    NULL;
}

/* Whether some month has one of the days. */
static bool
days_exist(const struct sched *s)
{
	int month, day;

	if (!s->any_mday && !s->any_wday)
		return true;	/* there is each day of the week */
	for (month = 1; month <= 12; month++)
		for (day = 1; day <= date_month_days(2000, month); day++)
			if ((s->months >> month & 1) != 0 &&
			    (s->mdays >> day & 1) != 0)
				return true;
	return false;
}

int
sched_parse(const char *text, struct sched *s, struct err *e)
{
	const char *p = text + strspn(text, BLANK), *next;
	struct values v[FIELDS] = { { .set = 0 } };
	size_t i, n = strcspn(p, BLANK);

	for (i = 0; i < sizeof(nicknames) / sizeof(nicknames[0]); i++)
		if (strncmp(p, nicknames[i].word, n) == 0 &&
		    nicknames[i].word[n] == '\0' &&
		    p[n + strspn(p + n, BLANK)] == '\0')
			return sched_parse(nicknames[i].text, s, e);
	if (*p == '@')
		return err_set(e, ERR_CONFIG, "schedule \"%s\" is none of "
		    "@hourly, @daily, @weekly, @monthly and @yearly", text);
	for (i = 0; i < FIELDS; i++) {
		if (*p == '\0')
			return err_set(e, ERR_CONFIG, "schedule \"%s\" has %zu "
			    "of 5 fields: minute, hour, day of month, month, "
			    "day of week", text, i);
		next = take_field(&fields[i], p, &v[i]);
		if (next == NULL)
			return err_set(e, ERR_CONFIG, "schedule \"%s\": the %s "
			    "is \"%.*s\"; use %u to %u, lists, ranges, steps "
			    "or *", text, fields[i].name,
			    (int)strcspn(p, BLANK), p, fields[i].min,
			    fields[i].max);
		p = next + strspn(next, BLANK);
	}
	if (*p != '\0')
		return err_set(e, ERR_CONFIG, "schedule \"%s\" has more than "
		    "5 fields", text);
	*s = (struct sched){
		.minutes = v[MINUTE].set,
		.hours = (uint32_t)v[HOUR].set,
		.mdays = (uint32_t)v[MDAY].set,
		.months = (uint16_t)v[MONTH].set,
		/* Sunday is 0 and 7. */
		.wdays = (uint8_t)((v[WDAY].set | v[WDAY].set >> 7) & 0x7f),
		.any_mday = v[MDAY].any,
		.any_wday = v[WDAY].any,
		.both_passes = v[HOUR].steps,
	};
	return days_exist(s) ? 0 : err_set(e, ERR_CONFIG, "schedule \"%s\" "
	    "never comes: no month in it has such a day", text);
}
