/* A job's input settings on the day of the check. */
#include "set.h"

#include <string.h>

#include "../base/clock.h"

static int
option_delimiter(const char *s, char *out, struct err *e)
{
	if (s == NULL)
		return 0;
	if (strcmp(s, "tab") == 0 || strcmp(s, "\\t") == 0)
		*out = '\t';
	else if (s[0] != '\0' && s[1] == '\0' && strchr(",;|\t:", s[0]) != NULL)
		*out = s[0];
	else
		return err_set(e, ERR_CONFIG, "delimiter \"%s\": use one of "
		    "\",\" \";\" \"|\" \":\" or \"tab\"", s);
	return 0;
}

static int
option_date(const char *key, const char *s, const struct date *today,
    struct date *out, struct err *e)
{
	memset(out, 0, sizeof(*out));
	if (s == NULL)
		return 0;
	if (strcmp(s, "today") == 0)
		*out = *today;
	else if (strcmp(s, "yesterday") == 0)
		*out = date_add(today, -1);
	else if (date_parse(s, strlen(s), out) != DATE_OK) {
		err_set(e, ERR_CONFIG, "%s \"%s\": use YYYY-MM-DD, today or "
		    "yesterday", key, s);
		return err_key(e, key);
	}
	return 0;
}

int
set_check_opts(const struct set_job *job, const struct clock *clock,
    struct check_opts *o, struct err *e)
{
	struct tz *zone;

	*o = job->check;
	o->clock = clock;
	zone = tz_open(clock, o->timezone, e);
	if (zone == NULL) {
		err_wrap(e, "timezone");
		return err_key(e, "timezone");
	}
	o->today = tz_date(zone, clock_wall(clock));
	tz_free(zone);
	if (option_delimiter(job->delimiter, &o->delimiter, e) == -1)
		return err_key(e, "delimiter");
	if (option_date("redeem_date", job->redeem_date, &o->today,
	    &o->redeem_date, e) == -1 ||
	    option_date("not_before", job->not_before, &o->today,
	    &o->not_before, e) == -1)
		return -1;
	/* What the check takes anyway need not be asked for. */
	if (o->encoding != NULL && str_ieq(o->encoding, "utf-8"))
		o->encoding = NULL;
	if (o->date_format != NULL && strcmp(o->date_format, "%Y-%m-%d") == 0)
		o->date_format = NULL;
	return 0;
}
