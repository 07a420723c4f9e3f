/*
 * The five fields of a cron line: minute, hour, day of month, month, day of
 * week; each a list of "*", numbers, names and ranges, with steps (crontab(5)).
 */
#include "config_internal.h"

#include <stdio.h>
#include <string.h>

#include "../base/err.h"
#include "../base/str.h"

struct field {
	const char	*name;
	unsigned	 min, max;
	const char	*words;	/* three letters each, from min; or NULL */
};

static const struct field fields[] = {
	{ "minute", 0, 59, NULL },
	{ "hour", 0, 23, NULL },
	{ "day of month", 1, 31, NULL },
	{ "month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec" },
	{ "day of week", 0, 7, "sunmontuewedthufrisatsun" },
};

#define FIELDS	(sizeof(fields) / sizeof(fields[0]))
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

/* One member of a list: "*", "5", "1-5", each with "/2" perhaps. */
static const char *
take_member(const struct field *f, const char *p)
{
	unsigned from, to;
	uint64_t step;
	bool range = *p == '*';
	size_t n;

	if (range)
		p++;
	else if ((p = take_value(f, p, &from)) == NULL)
		return NULL;
	else if (*p == '-') {
		p = take_value(f, p + 1, &to);
		if (p == NULL || to < from)
			return NULL;
		range = true;
	}
	if (*p != '/')
		return p;
	n = strspn(p + 1, "0123456789");
	if (!range || str_u64(p + 1, n, f->max, &step) == -1 || step == 0)
		return NULL;
	return p + 1 + n;
}

static const char *
take_field(const struct field *f, const char *p)
{
	p = take_member(f, p);
	while (p != NULL && *p == ',')
		p = take_member(f, p + 1);
	return p != NULL && (*p == '\0' || strchr(BLANK, *p) != NULL) ? p :
	    NULL;
}

int
config_schedule_check(const char *text, struct err *e)
{
	const char *p = text + strspn(text, BLANK), *next;
	size_t i;

	for (i = 0; i < FIELDS; i++) {
		if (*p == '\0')
			return err_set(e, ERR_CONFIG, "schedule \"%s\" has %zu "
			    "of 5 fields: minute, hour, day of month, month, "
			    "day of week", text, i);
		next = take_field(&fields[i], p);
		if (next == NULL)
			return err_set(e, ERR_CONFIG, "schedule \"%s\": the %s "
			    "is \"%.*s\"; use %u to %u, lists, ranges, steps "
			    "or *", text, fields[i].name,
			    (int)strcspn(p, BLANK), p, fields[i].min,
			    fields[i].max);
		p = next + strspn(next, BLANK);
	}
	return *p == '\0' ? 0 : err_set(e, ERR_CONFIG, "schedule \"%s\" has "
	    "more than 5 fields", text);
}
