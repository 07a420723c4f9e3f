/*
 * Findings as CSV.  It will be opened in a spreadsheet, so that foreign values
 * and names must not become formulas, a byte order mark has to say that it is
 * UTF-8, and the delimiter has to be the one that spreadsheets have where the
 * file comes from: a semicolon where the file has it, too.  Programs read the
 * JSON.
 */
#include <stdbool.h>
#include <string.h>

#include "../base/buf.h"
#include "../base/err.h"
#include "../coupon/check.h"
#include "../format/formula.h"
#include "report_file.h"

#define VALUE_SHOWN	64	/* bytes of a cell */

static void
csv_quoted(FILE *f, const char *p)
{
	putc('"', f);
	if (formula_like(p, strlen(p)))
		putc('\'', f);
	for (; *p != '\0'; p++) {
		if (*p == '"')
			putc('"', f);
		putc(*p, f);
	}
	putc('"', f);
}

static void
csv_text(FILE *f, char delimiter, const char *p)
{
	putc(delimiter, f);
	if (p == NULL || p[0] == '\0')
		return;
	csv_quoted(f, p);
}

/* Foreign bytes, escaped and shortened. */
static void
csv_value(FILE *f, char delimiter, const char *p, size_t n)
{
	struct err ignored;
	struct buf b;

	err_clear(&ignored);
	buf_init(&b, 1024);
	if (p == NULL || buf_escape(&b, p, n, VALUE_SHOWN, &ignored) == -1)
		csv_text(f, delimiter, NULL);
	else
		csv_text(f, delimiter, b.data);
	buf_release(&b);
}

static void
csv_place(FILE *f, char d, const struct place *p)
{
	fprintf(f, "%c%llu%c%llu%c", d, (unsigned long long)p->line, d,
	    (unsigned long long)p->column, d);
	if (p->record > 0)
		fprintf(f, "%llu", (unsigned long long)p->record);
	fprintf(f, "%c%llu", d, (unsigned long long)p->byte);
}

char
findings_csv_delimiter(const struct check_result *r)
{
	return r->delimiter == ';' ? ';' : ',';
}

void
findings_csv_head(FILE *f, char delimiter)
{
	static const char *const names[] = { "file", "line", "column",
		"record", "byte", "severity", "rule", "field", "value",
		"message", "fix", "first_line", "first_column",
		"first_record", "first_byte", "first_file" };
	size_t i;

	fputs("\xef\xbb\xbf", f);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (i > 0)
			putc(delimiter, f);
		fputs(names[i], f);
	}
	putc('\n', f);
}

void
findings_csv(FILE *f, char d, const char *path, const struct check_result *r)
{
	const struct finding *x;
	size_t i;

	for (i = 0; i < r->nfindings; i++) {
		x = &r->findings[i];
		csv_quoted(f, path);
		csv_place(f, d, &x->place);
		fprintf(f, "%c%s%c%s%c%s", d, severity_name(x->severity), d,
		    rule_info(x->rule)->id, d, x->field != NULL ? x->field :
		    "");
		csv_value(f, d, x->value, x->value_len);
		csv_text(f, d, x->message);
		csv_value(f, d, x->fix, x->fix != NULL ? strlen(x->fix) : 0);
		if (x->has_first)
			csv_place(f, d, &x->first);
		else
			fprintf(f, "%c%c%c%c", d, d, d, d);
		csv_value(f, d, x->first_file, x->first_file != NULL ?
		    strlen(x->first_file) : 0);
		putc('\n', f);
	}
}
