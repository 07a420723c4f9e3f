/*
 * The date column: what is wrong with a date in the words of a calendar.
 */
#include "rows_internal.h"

#include <ctype.h>

#include "../base/err.h"
#include "../base/str.h"
#include "checker_internal.h"
#include "columns_internal.h"
#include "date_format_internal.h"
#include "findings_internal.h"
#include "glyph_internal.h"

static const char *const months[] = {
	"January", "February", "March", "April", "May", "June", "July",
	"August", "September", "October", "November", "December",
};

/*
 * Other ways to write a day that leave no doubt: the fix, or false.  *cut is
 * whether it would be 2026-10-2, which may be all that is left of 2026-10-23:
 * who writes months with two digits anyway need not write days with one.
 * 2026-1-2 is by somebody who leaves zeros out.
 */
static bool
same_day(struct text t, char fix[11], bool *cut)
{
	static const char *const sure[] = {
		"%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d",
		"%Y-%m-%d 00:00:00", "%Y-%m-%dT00:00:00",
	};
	struct date d;
	int ymd[3];
	size_t i;

	*cut = false;
	t = text_trim(t);
	for (i = 0; i < sizeof(sure) / sizeof(sure[0]); i++) {
		if (!date_read_as(sure[i], t, ymd))
			continue;
		*cut = t.len == 9 && !isdigit((unsigned char)t.p[7]);
		if (*cut)
			return false;
		d.year = (int16_t)ymd[0];
		d.month = (int8_t)ymd[1];
		d.day = (int8_t)ymd[2];
		date_format(&d, fix);
		return true;
	}
	return false;
}

/* A setting that would make sense of t, or NULL. */
static const char *
format_guess(struct text t)
{
	static const char *const formats[] = {
		"%d.%m.%Y", "%d.%m.%y", "%d-%m-%Y", "%Y-%d-%m",
		"%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S%z",
		"%Y-%m-%d %H:%M:%S %z", "%Y-%m-%dT%H:%M%z",
	};
	int a[3], b[3];
	size_t i;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (date_read_as(formats[i], t, a))
			return formats[i];
	if (date_read_as("%d/%m/%Y", t, a))
		return date_read_as("%m/%d/%Y", t, b) ?
		    "%d/%m/%Y\" or \"%m/%d/%Y" : "%d/%m/%Y";
	return date_read_as("%m/%d/%Y", t, b) ? "%m/%d/%Y" : NULL;
}

/* Days since 1899-12-30, as spreadsheets count, between 1982 and 2064. */
static bool
day_number(struct text t, char day[11])
{
	struct date d = { 1899, 12, 30 };
	uint64_t n;

	if (str_u64(t.p, t.len, 60000, &n) == -1 || n < 30000)
		return false;
	d = date_add(&d, (int)n);
	date_format(&d, day);
	return true;
}

static int
report_format(struct checker *c, const struct cell *cell, struct text t,
    struct err *e)
{
	const char *guess;
	struct complaint x;
	char fix[11];
	bool cut;

	/* A stray quote was reported with its exact place. */
	if (c->row_stray && memchr(t.p, '"', t.len) != NULL)
		return 0;
	x = complaint_cell(c, RULE_DATE_FORMAT, COL_DATE, cell);
	if (text_hashes(t))
		return report(c, &x, e, "what a spreadsheet shows where a "
		    "column is too narrow");
	if (day_number(t, fix))
		return report(c, &x, e, "a spreadsheet's number for %s; "
		    "export the column as a date", fix);
	if (!c->date.iso) {
		guess = format_guess(t);
		if (guess == NULL && same_day(t, fix, &cut))
			guess = "%Y-%m-%d";
		if (guess == NULL || strcmp(guess, c->o->date_format) == 0)
			return report(c, &x, e, "not a date of the form %s",
			    c->o->date_format);
		return report(c, &x, e, "not a date of the form %s; it would "
		    "fit date_format: \"%s\"", c->o->date_format, guess);
	}
	if (same_day(t, fix, &cut)) {
		x.fix.p = fix;
		x.fix.len = 10;
		return report(c, &x, e, "not written as YYYY-MM-DD");
	}
	if (cut)
		return report(c, &x, e, "not written as YYYY-MM-DD; the day "
		    "has one digit, and may have lost another");
	guess = format_guess(t);
	if (guess == NULL)
		return report(c, &x, e, "not a date of the form YYYY-MM-DD");
	if (strstr(guess, "%z") != NULL)
		return report(c, &x, e, "a time with a zone; date_format: "
		    "\"%s\" makes it the day in the job's zone", guess);
	return report(c, &x, e, "not written as YYYY-MM-DD; it fits "
	    "date_format: \"%s\"", guess);
}

static int
report_invalid(struct checker *c, const struct cell *cell, const int ymd[3],
    struct err *e)
{
	struct complaint x;

	x = complaint_cell(c, RULE_DATE_INVALID, COL_DATE, cell);
	if (ymd[0] < 1)
		return report(c, &x, e, "there is no year 0");
	if (ymd[1] > 12 && date_is_day((const int [3]){ ymd[0], ymd[2],
	    ymd[1] }))
		return report(c, &x, e, "there is no month %d; day and month "
		    "may be turned round", ymd[1]);
	if (ymd[1] < 1 || ymd[1] > 12)
		return report(c, &x, e, "there is no month %d", ymd[1]);
	if (ymd[2] < 1)
		return report(c, &x, e, "there is no day 0");
	if (ymd[1] == 2)
		return report(c, &x, e, "February %d has %d days", ymd[0],
		    date_month_days(ymd[0], 2));
	return report(c, &x, e, "%s has %d days", months[ymd[1] - 1],
	    date_month_days(ymd[0], ymd[1]));
}

/* Whether the date would be good with its day and month swapped. */
static bool
turned_round(const struct checker *c, char text[11])
{
	struct date d = c->row.date;

	if (d.day > 12 || d.day == d.month)
		return false;
	d.day = c->row.date.month;
	d.month = c->row.date.day;
	date_format(&d, text);
	return date_cmp(&d, &c->o->today) <= 0 &&
	    date_cmp(&d, &c->first) >= 0;
}

/* Day 0 of spreadsheets, databases and computers, and those next to it. */
static bool
day_of_none(const struct date *d)
{
	static const struct date days[] = {
		{ 1, 1, 1 }, { 1601, 1, 1 }, { 1753, 1, 1 }, { 1899, 12, 30 },
		{ 1899, 12, 31 }, { 1900, 1, 1 }, { 1904, 1, 1 },
		{ 1969, 12, 31 }, { 1970, 1, 1 }, { 1980, 1, 1 },
	};
	size_t i;

	for (i = 0; i < sizeof(days) / sizeof(days[0]); i++)
		if (date_cmp(d, &days[i]) == 0)
			return true;
	return false;
}

static int
report_early(struct checker *c, const struct cell *cell, struct err *e)
{
	struct complaint x;
	char day[11];

	date_format(&c->first, day);
	x = complaint_cell(c, RULE_DATE_TOO_EARLY, COL_DATE, cell);
	if (day_of_none(&c->row.date))
		return report(c, &x, e, "before %s; programs write this day "
		    "where there is no date", day);
	if (c->row.date.year < 100)
		return report(c, &x, e, "before %s; the year needs four "
		    "digits, such as 20%02d", day, c->row.date.year);
	return report(c, &x, e, "before %s", day);
}

/* Report a day of the calendar that the job does not accept. */
static int
day_range(struct checker *c, const struct cell *cell, struct err *e)
{
	struct complaint x;
	char day[11], turned[11];

	if (date_cmp(&c->row.date, &c->first) < 0)
		return report_early(c, cell, e);
	if (date_is_none(&c->o->today) ||
	    date_cmp(&c->row.date, &c->o->today) <= 0)
		return 0;
	date_format(&c->o->today, day);
	x = complaint_cell(c, RULE_DATE_FUTURE, COL_DATE, cell);
	if (c->o->need_date)
		x.severity = SEV_ERROR;
	if (turned_round(c, turned))
		return report(c, &x, e, "after today, %s; with day and month "
		    "turned round it would be %s", day, turned);
	return report(c, &x, e, "after today, %s", day);
}

static int
date_parse_cell(struct checker *c, const struct cell *cell, struct err *e)
{
	struct complaint x;
	struct text t, inner;
	unsigned before = c->row_errors;
	uint64_t warnings = c->res->warnings;
	int ymd[3];

	if (cell_text(c, COL_DATE, cell, &t, e) == -1)
		return -1;
	if (t.p == NULL)
		return 0;
	if (!date_split(&c->date, t, ymd)) {
		if (!text_formula(t, &inner))
			return report_format(c, cell, t, e);
		x = complaint_cell(c, RULE_DATE_FORMAT, COL_DATE, cell);
		x.fix = inner;
		return report(c, &x, e, FORMULA_TEXT);
	}
	if (!date_is_day(ymd))
		return report_invalid(c, cell, ymd, e);
	c->row.date.year = (int16_t)ymd[0];
	c->row.date.month = (int8_t)ymd[1];
	c->row.date.day = (int8_t)ymd[2];
	if (day_range(c, cell, e) == -1)
		return -1;
	/* Neighbours often share their day: the next one costs nothing. */
	if (!c->trial && c->pass == PASS_CHECK && c->row_errors == before &&
	    c->res->warnings == warnings && cell->len <= sizeof(c->day_text)) {
		memcpy(c->day_text, cell->p, cell->len);
		c->day_len = cell->len;
		c->day = c->row.date;
	}
	return 0;
}

static int
date_silent(struct checker *c, const struct cell *cell, struct err *e)
{
	struct complaint x;

	if (c->row.redeemed == 0)
		return 0;
	c->row.date = c->o->redeem_date;
	if (cell == NULL || !date_is_none(&c->row.date))
		return 0;
	x = complaint_cell(c, RULE_DATE_MISSING, COL_DATE, cell);
	if (c->o->need_date)
		x.severity = SEV_ERROR;
	return report(c, &x, e, "no date");
}

/* Plainly YYYY-MM-DD, a day, and one that the job accepts: nearly all are. */
static bool
date_plain(struct checker *c, const struct cell *cell)
{
	const char *p = cell->p;
	struct date *d = &c->row.date;
	unsigned digit, n[8];
	int i;

	if (!c->date.iso || cell->len != 10 || p[4] != '-' || p[7] != '-')
		return false;
	for (i = 0; i < 8; i++) {
		digit = (unsigned)(unsigned char)p[i + (i > 3) + (i > 5)] - '0';
		if (digit > 9)
			return false;
		n[i] = digit;
	}
	d->year = (int16_t)(n[0] * 1000 + n[1] * 100 + n[2] * 10 + n[3]);
	d->month = (int8_t)(n[4] * 10 + n[5]);
	d->day = (int8_t)(n[6] * 10 + n[7]);
	if (d->year > 0 && d->month >= 1 && d->month <= 12 && d->day >= 1 &&
	    (d->day <= 28 || d->day <= date_month_days(d->year, d->month)) &&
	    date_cmp(d, &c->first) >= 0 &&
	    (c->o->today.year == 0 || date_cmp(d, &c->o->today) <= 0))
		return true;
	*d = (struct date){ 0, 0, 0 };
	return false;
}

int
date_column_check(struct checker *c, const struct cell *cell, struct err *e)
{
	struct complaint x;

	if (cell == NULL || cell->len == 0)
		return date_silent(c, cell, e);
	if (!date_plain(c, cell)) {
		if (c->day_len == cell->len &&
		    memcmp(c->day_text, cell->p, cell->len) == 0)
			c->row.date = c->day;
		else if (date_parse_cell(c, cell, e) == -1)
			return -1;
	}
	if (c->row.redeemed != 0 || date_is_none(&c->row.date))
		return 0;
	x = complaint_cell(c, RULE_REDEEMED_DATE_CONFLICT, COL_DATE, cell);
	return report(c, &x, e, "not redeemed, but with a date");
}
