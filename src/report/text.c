/* Pieces of lines that people read. */
#include "text.h"

#include <ctype.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "../base/buf.h"
#include "../base/clock.h"
#include "../base/err.h"
#include "../base/str.h"

#define TEXT_DEEPER	4
#define TEXT_FOLD_MAX	(4 * PATH_MAX)	/* bytes of a sentence */

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

size_t
text_columns(const char *p, size_t n)
{
	size_t i, columns = 0;

	for (i = 0; i < n; i++)
		columns += ((unsigned char)p[i] & 0xc0) != 0x80;
	return columns;
}

size_t
text_command(const char *s, size_t at)
{
	static const char name[] = "coupondrop ";
	bool quoted = at > 0 && s[at - 1] == '"', word = false;
	const char *p = s + at;
	size_t n;

	if (strncmp(p, name, sizeof(name) - 1) != 0 ||
	    (at > 0 && isalnum((unsigned char)s[at - 1])))
		return 0;
	for (n = 0; p[n] != '\0'; n++) {
		if (p[n] == '\'')
			word = !word;	/* of a shell, with blanks in it */
		if (word)
			continue;
		if (quoted ? p[n] == '"' : (p[n] == ' ' && p[n + 1] == ' ') ||
		    (strchr(",;:.)", p[n]) != NULL &&
		    (p[n + 1] == ' ' || p[n + 1] == '\0')))
			break;
	}
	return n;
}

/* The blank in a setting such as: delimiter: ";" */
static bool
in_setting(const char *s, size_t at)
{
	return at > 0 && s[at - 1] == ':' && s[at] == ' ' &&
	    (s[at + 1] == '"' || s[at + 1] == '{') &&
	    text_command(s, at + 2) == 0;
}

/* What is not to be broken, to the next blank: a word, a command, a setting. */
static size_t
piece(const char *s, size_t at)
{
	size_t n = 0, whole;
	const char *end;

	while (s[at + n] != '\0' && (s[at + n] != ' ' ||
	    in_setting(s, at + n))) {
		whole = text_command(s, at + n);
		if (s[at + n] == '{' && (end = strchr(s + at + n, '}')) != NULL)
			whole = (size_t)(end - (s + at + n));
		n += whole > 0 ? whole : 1;
	}
	return n;
}

/* A command that is told what configuration to read only when it is printed. */
static bool
has_command(const char *s, size_t n)
{
	const char *command = strstr(s, "coupondrop "), *config;

	if (command == NULL || command >= s + n)
		return false;
	config = strstr(command, "--config");
	return config == NULL || config >= s + n;
}

void
text_fold_at(FILE *f, size_t column, size_t indent, const char *s)
{
	struct err ignored;
	size_t at = 0, gap, n;
	struct buf b;

	err_clear(&ignored);
	buf_init(&b, 4 * TEXT_FOLD_MAX + 8);
	buf_escape(&b, s, strlen(s), TEXT_FOLD_MAX, &ignored);
	while (b.data[at] != '\0') {
		gap = strspn(b.data + at, " ");
		n = piece(b.data, at + gap);
		if (column > indent && column + gap + text_columns(b.data +
		    at + gap, n) > TEXT_COLUMNS) {
			fprintf(f, "\n%*s", (int)indent, "");
			column = indent;
			at += gap;
			gap = 0;
		}
		fwrite(b.data + at, 1, gap + n, f);
		column += text_columns(b.data + at, gap + n);
		if (has_command(b.data + at + gap, n))
			column += sizeof(" --config F") - 1;
		at += gap + n;
	}
	putc('\n', f);
	buf_release(&b);
}

void
text_fold(FILE *f, const char *before, const char *s)
{
	size_t indent = strspn(before, " ");

	fputs(before, f);
	text_fold_at(f, text_columns(before, strlen(before)),
	    before[indent] != '\0' ? indent + TEXT_DEEPER : indent, s);
}

void
text_column(FILE *f, const char *s, size_t width)
{
	size_t n = strlen(s);

	text_name(f, s);
	fprintf(f, "%*s", n < width ? (int)(width - n) : 0, "");
}
