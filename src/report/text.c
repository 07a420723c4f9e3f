/* Pieces of lines that people read. */
#include "text.h"

#include <limits.h>
#include <string.h>

#include "../base/buf.h"
#include "../base/clock.h"
#include "../base/err.h"
#include "../base/str.h"

void
text_foreign(FILE *f, const char *p, size_t n, size_t max)
{
	struct err ignored;
	struct buf b;

	err_clear(&ignored);
	buf_init(&b, 4 * max + 8);
	if (n > 0 && buf_escape(&b, p, n, max, &ignored) == 0)
		fputs(b.data, f);
	buf_release(&b);
}

void
text_name(FILE *f, const char *s)
{
	if (s != NULL)
		text_foreign(f, s, strlen(s), PATH_MAX);
}

const char *
text_date(const struct date *d, char out[16])
{
	static const char *const month[] = { "?", "Jan", "Feb", "Mar", "Apr",
	    "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

	if (date_is_none(d))
		snprintf(out, 16, "no date");
	else
		snprintf(out, 16, "%d %s", d->day, month[d->month > 0 &&
		    d->month < 13 ? d->month : 0]);
	return out;
}

const char *
text_minute(int64_t ms, char out[21])
{
	clock_iso(ms, out);
	out[16] = '\0';
	out[10] = ' ';
	return out;
}

const char *
text_day_minute(int64_t local, char out[32])
{
	static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu",
	    "Fri", "Sat" };
	char when[21];

	/* 1970-01-01 was a Thursday. */
	snprintf(out, 32, "%s %s", days[(local / 86400 + 4) % 7],
	    text_minute(local * 1000, when));
	return out;
}

const char *
text_flag(const char *key, char out[64])
{
	char *p;

	snprintf(out, 64, "%s", key);
	for (p = out; *p != '\0'; p++)
		if (*p == '_')
			*p = '-';
	return out;
}

void
text_line(FILE *f, const char *before, const char *s)
{
	fputs(before, f);
	text_name(f, s);
	putc('\n', f);
}

void
text_column(FILE *f, const char *s, size_t width)
{
	size_t n = strlen(s);

	text_name(f, s);
	fprintf(f, "%*s", n < width ? (int)(width - n) : 0, "");
}
