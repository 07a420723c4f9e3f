/* From a job's input settings to the options of a check. */
#include "settings.h"

#include <string.h>

#include "../base/clock.h"

static int
option_delimiter(const char *s, char *out, struct err *e)
{
	if (s == NULL)
		*out = 0;
	else if (strcmp(s, "tab") == 0 || strcmp(s, "\\t") == 0)
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
	else if (date_parse(s, strlen(s), out) != DATE_OK)
		return err_set(e, ERR_CONFIG, "%s \"%s\": use YYYY-MM-DD, "
		    "today or yesterday", key, s);
	return 0;
}

int
set_check_opts(const struct set_job *job, struct check_opts *o,
    struct err *e)
{
	struct tz *zone;

	memset(o, 0, sizeof(*o));
	zone = tz_open(job->timezone, e);
	if (zone == NULL)
		return err_wrap(e, "timezone");
	o->today = tz_date(zone, clock_wall_ms());
	tz_free(zone);
	if (option_delimiter(job->delimiter, &o->delimiter, e) != 0 ||
	    option_date("redeem_date", job->redeem_date, &o->today,
	    &o->redeem_date, e) != 0 ||
	    option_date("not_before", job->not_before, &o->today,
	    &o->not_before, e) != 0)
		return -1;
	o->format = job->format;
	if (job->encoding != NULL && !str_ieq(job->encoding, "utf-8"))
		o->encoding = job->encoding;
	o->no_header = job->no_header;
	o->col_code = job->col_code;
	o->col_redeemed = job->col_redeemed;
	o->col_date = job->col_date;
	if (job->date_format != NULL &&
	    strcmp(job->date_format, "%Y-%m-%d") != 0)
		o->date_format = job->date_format;
	o->timezone = job->timezone;
	o->words_true = (const char *const *)job->words_true;
	o->words_false = (const char *const *)job->words_false;
	o->redeemed = job->redeemed;
	o->on_unredeemed = job->on_unredeemed;
	o->min_code = (size_t)job->code_min;
	o->max_code = (size_t)job->code_max;
	o->alphabet = job->alphabet;
	o->pattern = job->pattern;
	o->known_codes = job->known_codes;
	o->memory = (uint64_t)job->memory;
	return 0;
}
