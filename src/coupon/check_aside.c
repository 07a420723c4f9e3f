/*
 * The broken rows as CSV: line, problems, then the cells as they were, or the
 * other way round in the dialect of the input; and the good ones as they came,
 * byte by byte.
 *
 * Written in a last pass over the input, when it is known which rows are
 * contradicted by others, and so in the order of the file.  Rows that are
 * copied are read a second time beside it, up to where the next one starts.
 */
#include "aside_internal.h"

#include <errno.h>

#include "../base/err.h"
#include "../base/limits.h"
#include "../format/formula.h"
#include "../format/utf16.h"
#include "checker_internal.h"
#include "columns_internal.h"
#include "reread_internal.h"

bool
guard_cell(const struct checker *c, size_t i)
{
	return (int)i != c->col[COL_CODE] || formula_guards(c->o->alphabet);
}

int
guard_off(struct checker *c, const struct record *rec, struct record *out,
    struct err *e)
{
	size_t i, k;

	*out = *rec;
	for (i = 0; i < rec->n; i++)
		if (formula_guarded(rec->cells[i].p, rec->cells[i].len) &&
		    guard_cell(c, i))
			break;
	if (i == rec->n)
		return 0;
	if (c->bare_cells == NULL)
		c->bare_cells = calloc(LIM_COLUMNS, sizeof(*c->bare_cells));
	if (c->bare_cells == NULL)
		return err_nomem(e);
	memcpy(c->bare_cells, rec->cells, rec->n * sizeof(*rec->cells));
	for (k = i; k < rec->n; k++)
		if (formula_guarded(rec->cells[k].p, rec->cells[k].len) &&
		    guard_cell(c, k)) {
			c->bare_cells[k].p++;
			c->bare_cells[k].len--;
		}
	out->cells = c->bare_cells;
	return 0;
}

/* What stands between quotes. */
static void
aside_quoted(FILE *f, const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (p[i] == '"')
			putc('"', f);
		putc(p[i], f);
	}
}

/* Without a guard where guarded is false. */
static void
aside_cell(FILE *f, const char *p, size_t n, char delimiter, bool guarded)
{
	size_t i;
	bool quote = n > 0 && (p[0] == ' ' || p[n - 1] == ' ');
	bool guard = guarded && formula_like(p, n);

	for (i = 0; i < n && !quote; i++)
		quote = p[i] == delimiter || p[i] == '"' || p[i] == '\n' ||
		    p[i] == '\r';
	if (!quote) {
		if (guard)
			putc('\'', f);
		fwrite(p, 1, n, f);
		return;
	}
	putc('"', f);
	if (guard)
		putc('\'', f);
	aside_quoted(f, p, n);
	putc('"', f);
}

static int
aside_fine(FILE *f, const char *what, struct err *e)
{
	if (f != NULL && ferror(f))
		return err_sys(e, ERR_IO, errno, "file for the %s rows", what);
	return 0;
}

static char
aside_delimiter(const struct checker *c)
{
	return c->o->aside_alike && c->csv ? c->res->delimiter : ',';
}

/* What stands before the cells of a row; line is a number, or the header's. */
static void
aside_before(const struct checker *c, FILE *f, const char *line,
    const char *problems)
{
	if (!c->o->aside_alike)
		fprintf(f, "%s,%s,", line, problems);
}

/* And after them, to the end of the row. */
static void
aside_after(const struct checker *c, FILE *f, const char *line,
    const char *problems)
{
	char delimiter = aside_delimiter(c);

	if (c->o->aside_alike && c->res->header) {
		fprintf(f, "%c%s%c", delimiter, line, delimiter);
		aside_cell(f, problems, strlen(problems), delimiter, false);
	}
	putc('\n', f);
}

static void
aside_cells(const struct checker *c, FILE *f, const struct cell *cells,
    size_t n)
{
	char delimiter = aside_delimiter(c);
	size_t i;

	for (i = 0; i < n; i++) {
		if (i > 0)
			putc(delimiter, f);
		if (c->csv || !c->o->aside_alike)
			aside_cell(f, cells[i].p, cells[i].len, delimiter,
			    guard_cell(c, i));
		else
			fwrite(cells[i].p, 1, cells[i].len, f);
	}
}

static bool
cell_is(const struct cell *cell, const char *text)
{
	return cell->len == strlen(text) &&
	    memcmp(cell->p, text, cell->len) == 0;
}

int
aside_header(struct checker *c, const struct record *rec, struct err *e)
{
	static const struct cell names[] = {
		{ .p = "coupon_code", .len = 11 },
		{ .p = "redeemed", .len = 8 },
		{ .p = "redeem_date", .len = 11 },
	};
	size_t n = rec != NULL ? rec->n : c->width < 3 ? c->width : 3;
	FILE *f;

	if (c->o->set_aside == NULL || (rec == NULL && c->o->aside_alike))
		return 0;
	f = open_memstream(&c->head, &c->head_len);
	if (f == NULL)
		return err_nomem(e);
	/* Rows that were set aside before, and still are broken. */
	if (c->o->aside_alike && n > 2 &&
	    cell_is(&rec->cells[n - 2], "line") &&
	    cell_is(&rec->cells[n - 1], "problems"))
		n -= 2;
	c->head_cells = n;
	aside_before(c, f, "line", "problems");
	aside_cells(c, f, rec != NULL ? rec->cells : names, n);
	aside_after(c, f, "line", "problems");
	return fclose(f) == EOF ? err_nomem(e) : 0;
}

int
aside_begin(struct checker *c, struct err *e)
{
	errno = 0;
	if (c->head_len > 0)
		fwrite(c->head, 1, c->head_len, c->o->set_aside);
	return aside_fine(c->o->set_aside, "broken", e);
}

/* Whether this broken row is to be written. */
static bool
aside_wants(struct checker *c)
{
	if (c->o->set_aside == NULL ||
	    (c->aside_most != UINT64_MAX &&
	    (uint64_t)ftello(c->o->set_aside) >= c->aside_most))
		return false;
	c->res->aside++;
	return true;
}

int
aside_row(struct checker *c, uint64_t line, const struct record *rec,
    struct err *e)
{
	FILE *f = c->o->set_aside;
	char number[24];

	if (!aside_wants(c))
		return 0;
	errno = 0;
	snprintf(number, sizeof(number), "%llu", (unsigned long long)line);
	aside_before(c, f, number, c->problems.data);
	aside_cells(c, f, rec->cells, rec->n == c->width && c->res->header ?
	    c->head_cells : rec->n);
	aside_after(c, f, number, c->problems.data);
	return aside_fine(f, "broken", e);
}

/* What the bytes are that are not copied yet. */
enum aside_what {
	ASIDE_NOTHING,		/* not wanted */
	ASIDE_GOOD,		/* a good row */
	ASIDE_LOST		/* a dropped row, as one cell */
};

/* Rows that are copied as they came. */
struct aside {
	struct reread		 reread;
	enum aside_what		 what;
	const struct record	*rec;	/* the row; places as the reader's */
	char			 line[24];	/* of a dropped row, */
	char			 problems[128];	/* and what is wrong with it */
};

/* Have the file beside the reader. */
static int
aside_open(struct checker *c, struct err *e)
{
	if (c->aside != NULL)
		return 0;
	c->aside = calloc(1, sizeof(*c->aside));
	if (c->aside == NULL)
		return err_nomem(e);
	return reread_open(&c->aside->reread, c->fd, c->utf16_kind, e);
}

/* Copy the bytes up to an offset; without f leave them out. */
static int
aside_copy(struct checker *c, uint64_t upto, FILE *f, struct err *e)
{
	const char *p;
	size_t n;

	do {
		if (reread_take(&c->aside->reread, upto, &p, &n, e) == -1)
			return -1;
		if (f != NULL && n > 0)
			fwrite(p, 1, n, f);
	} while (n > 0);
	return aside_fine(f, "good", e);
}

/*
 * The inside of the cell that a dropped row becomes: its bytes without the
 * last line end, which may be two of them.
 */
static int
aside_inside(struct checker *c, uint64_t upto, struct err *e)
{
	struct reread *a = &c->aside->reread;
	FILE *f = c->o->set_aside;
	bool cell = c->csv || !c->o->aside_alike;
	uint64_t last = upto - a->at < 2 ? a->at : upto - 2;
	bool first = true;
	char end[2];
	const char *p;
	size_t i, n, k = 0;

	while (a->at < upto) {
		if (reread_take(a, a->at < last ? last : upto, &p, &n, e) == -1)
			return -1;
		for (i = 0; cell && first && i < n; i++) {
			if (p[i] == '\'')
				continue;
			/* It goes in front of all apostrophes: all alike. */
			if (formula_like(p + i, 1))
				putc('\'', f);
			first = false;
		}
		if (a->at <= last && !cell)
			fwrite(p, 1, n, f);
		else if (a->at <= last)
			aside_quoted(f, p, n);
		else
			for (i = 0; i < n; i++)
				end[k++] = p[i];
	}
	if (k > 0 && end[k - 1] == '\n')
		k--;
	if (k > 0 && end[k - 1] == '\r')
		k--;
	if (cell)
		aside_quoted(f, end, k);
	else
		fwrite(end, 1, k, f);
	return 0;
}

int
aside_upto(struct checker *c, uint64_t at, struct err *e)
{
	struct aside *a = c->aside;
	FILE *f = c->o->set_aside;
	const char *quote = c->csv || !c->o->aside_alike ? "\"" : "";
	enum aside_what what;

	if (a == NULL)
		return 0;
	what = a->what;
	a->what = ASIDE_NOTHING;
	if (what != ASIDE_LOST)
		return aside_copy(c, at, what == ASIDE_GOOD ? c->o->good :
		    NULL, e);
	errno = 0;
	aside_before(c, f, a->line, a->problems);
	fputs(quote, f);
	if (aside_inside(c, at, e) == -1)
		return -1;
	fputs(quote, f);
	aside_after(c, f, a->line, a->problems);
	return aside_fine(f, "broken", e);
}

int
aside_start(struct checker *c, const struct record *rec, struct err *e)
{
	if (c->o->good != NULL && aside_open(c, e) == -1)
		return -1;
	if (c->aside != NULL)
		c->aside->rec = rec;
	return aside_upto(c, rec->place.byte, e);
}

int
aside_lost(struct checker *c, const struct place *start, struct err *e)
{
	struct aside *a;

	if (aside_upto(c, start->byte, e) == -1)
		return -1;
	if (!aside_wants(c))
		return 0;
	if (aside_open(c, e) == -1 || aside_copy(c, start->byte, NULL,
	    e) == -1)
		return -1;
	a = c->aside;
	a->what = ASIDE_LOST;
	snprintf(a->line, sizeof(a->line), "%llu",
	    (unsigned long long)start->line);
	snprintf(a->problems, sizeof(a->problems), "%s", c->problems.data);
	return 0;
}

void
aside_done(struct checker *c)
{
	if (c->aside != NULL)
		reread_close(&c->aside->reread);
	free(c->aside);
	c->aside = NULL;
}

int
good_row(struct checker *c, struct err *e)
{
	const struct cell *cell;
	size_t i;

	if (c->o->good == NULL)
		return 0;
	c->aside->what = ASIDE_GOOD;
	errno = 0;
	for (i = 0; c->csv && i < c->aside->rec->n; i++) {
		cell = &c->aside->rec->cells[i];
		if (!formula_like(cell->p, cell->len) ||
		    formula_guarded(cell->p, cell->len) || !guard_cell(c, i))
			continue;
		if (aside_copy(c, cell->byte + cell->quoted, c->o->good,
		    e) == -1)
			return -1;
		putc('\'', c->o->good);
	}
	return 0;
}

int
aside_end(struct checker *c, struct err *e)
{
	errno = 0;
	if (c->o->set_aside != NULL)
		fflush(c->o->set_aside);
	if (aside_fine(c->o->set_aside, "broken", e) == -1)
		return -1;
	if (c->o->good != NULL)
		fflush(c->o->good);
	return aside_fine(c->o->good, "good", e);
}
