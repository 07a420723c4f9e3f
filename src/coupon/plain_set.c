/*
 * What plain rows of a file look like, from the settings and its header.
 */
#include "../base/err.h"
#include "plain_internal.h"

/* The index of a day, or of the end it is past. */
static size_t
day_index(const struct date *d)
{
	if (d->year < 2000)
		return 0;
	return d->year > 2099 ? PLAIN_DAYS : (size_t)(d->year - 2000) * 512 +
	    (size_t)d->month * 32 + (size_t)d->day;
}

/* Later days have a higher index, so a range is cut off at both ends. */
static void
days_init(struct plain *f, const struct check_opts *o)
{
	size_t at;
	int month, year;

	for (year = 0; year < 100; year++)
		for (month = 1; month <= 12; month++)
			memset(f->day_ok + year * 512 + month * 32 + 1, 1,
			    (size_t)date_month_days(2000 + year, month));
	if (!date_is_none(&o->not_before))
		memset(f->day_ok, 0, day_index(&o->not_before));
	if (date_is_none(&o->today))
		return;
	at = day_index(&o->today) + (o->today.year >= 2000);
	if (at < PLAIN_DAYS)
		memset(f->day_ok + at, 0, PLAIN_DAYS - at);
}

bool
plain_init(struct plain *f, const struct checker *c, bool crlf)
{
	const struct check_opts *o = c->o;
	unsigned i, used = 0;

	if (c->has_iconv || c->has_pattern || !c->standard_words ||
	    !c->date.iso || c->col[COL_CODE] < 0 || o->path == CHECK_SLOW ||
	    c->res->delimiter == '"' || c->min_code < 1)
		return false;
	memset(f, 0, sizeof(*f));
	f->width = (unsigned)c->width;
	for (i = 0; i < COLUMNS; i++) {
		f->col[i] = c->col[i] < 0 ? f->width : (unsigned)c->col[i];
		used += c->col[i] >= 0;
	}
	f->standard = f->width == 3 && f->col[COL_CODE] == 0 &&
	    f->col[COL_REDEEMED] == 1 && f->col[COL_DATE] == 2;
	f->marks.way = marks_way(o->path == CHECK_SCALAR ? MARKS_SCALAR :
	    o->path == CHECK_SSE2 ? MARKS_SSE2 : MARKS_BEST);
	f->marks.delimiter = c->csv ? c->res->delimiter : '\n';
	f->marks.crlf = crlf;
	f->marks.quotes = c->csv;
	f->marks.tight = o->alphabet == NULL && used == f->width;
	f->byte = c->byte;
	f->min_code = c->min_code;
	f->max_code = c->max_code < PLAIN_CODE ? c->max_code : PLAIN_CODE;
	f->digits_len = c->pass == PASS_SEE && c->zeros ? c->digits_len : 0;
	f->redeemed = o->redeemed;
	f->stop0 = o->on_unredeemed == UNREDEEMED_STOP;
	f->skip0 = o->on_unredeemed == UNREDEEMED_SKIP;
	f->given = !date_is_none(&o->redeem_date);
	f->dups = c->pass == PASS_CHECK ? NULL : c->dups;
	f->secret = dedup_secret(c->dups);
	f->known = c->pass == PASS_CHECK ? c->known : NULL;
	days_init(f, o);
	return true;
}
