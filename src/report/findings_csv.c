/*
 * Findings as CSV.  It will be opened in a spreadsheet, so that foreign values
 * and names must not become formulas.  Programs read the JSON.
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
csv_text(FILE *f, const char *p)
{
	putc(',', f);
	if (p == NULL || p[0] == '\0')
		return;
	csv_quoted(f, p);
}

/* Foreign bytes, escaped and shortened. */
static void
csv_value(FILE *f, const char *p, size_t n)
{
	struct err ignored;
	struct buf b;

	err_clear(&ignored);
	buf_init(&b, 1024);
	if (p == NULL || buf_escape(&b, p, n, VALUE_SHOWN, &ignored) == -1)
		csv_text(f, NULL);
	else
		csv_text(f, b.data);
	buf_release(&b);
}

static void
csv_place(FILE *f, const struct place *p)
{
	fprintf(f, ",%llu,%llu,", (unsigned long long)p->line,
	    (unsigned long long)p->column);
	if (p->record > 0)
		fprintf(f, "%llu", (unsigned long long)p->record);
	fprintf(f, ",%llu", (unsigned long long)p->byte);
}

void
findings_csv_head(FILE *f)
{
	fputs("file,line,column,record,byte,severity,rule,field,value,"
	    "message,fix,first_line,first_column,first_record,first_byte,"
	    "first_file\n",
	    f);
}

void
findings_csv(FILE *f, const char *path, const struct check_result *r)
{
	const struct finding *x;
	size_t i;

	for (i = 0; i < r->nfindings; i++) {
		x = &r->findings[i];
		csv_quoted(f, path);
		csv_place(f, &x->place);
		fprintf(f, ",%s,%s,%s", severity_name(x->severity),
		    rule_info(x->rule)->id, x->field != NULL ? x->field : "");
		csv_value(f, x->value, x->value_len);
		csv_text(f, x->message);
		csv_value(f, x->fix, x->fix != NULL ? strlen(x->fix) : 0);
		if (x->has_first)
			csv_place(f, &x->first);
		else
			fputs(",,,,", f);
		csv_value(f, x->first_file, x->first_file != NULL ?
		    strlen(x->first_file) : 0);
		putc('\n', f);
	}
}
