/*
 * What reads as a row where none is looked for: above the header, inside a
 * quoted cell, or in a single cell with another delimiter between.  Nothing is
 * taken from there; it is told, since rows must not go missing unseen.
 */
#include "columns_internal.h"

#include <ctype.h>

#include "../base/err.h"
#include "checker_internal.h"
#include "date_format_internal.h"
#include "findings_internal.h"
#include "glyph_internal.h"
#include "rows_internal.h"

/* A day in any of the ways that exports write it. */
static bool
like_date(const struct checker *c, struct text t)
{
	static const char *const formats[] = {
		"%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d",
		"%d-%m-%Y", "%d.%m.%y", "%m/%d/%y",
	};
	int ymd[3];
	size_t i;

	if (date_split(&c->date, t, ymd) && date_is_day(ymd))
		return true;
	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (date_read_as(formats[i], t, ymd))
			return true;
	return false;
}

static void
like_cell(struct checker *c, struct text t, struct like *l)
{
	bool digit = false;
	size_t i;

	l->n++;
	t = text_trim(t);
	if (t.len == 0)
		return;
	if (header_any(c, t)) {
		l->name = true;
		return;
	}
	if (redeemed_like(c, t)) {
		l->flag = true;
		return;
	}
	if (like_date(c, t)) {
		l->date = true;
		return;
	}
	if (t.len < c->min_code || t.len > c->max_code)
		return;
	for (i = 0; i < t.len; i++) {
		if ((c->byte[(unsigned char)t.p[i]] & BYTE_ALLOWED) == 0)
			return;
		digit = digit || isdigit((unsigned char)t.p[i]);
	}
	l->code = true;
	l->digit = l->digit || digit;
}

/* The cells of a line as if this delimiter were between them. */
static struct like
like_line(struct checker *c, struct text t, char delimiter)
{
	const char *p = t.p, *end = t.p + t.len, *stop;
	struct like l = { 0 };
	struct text cell;

	for (; p <= end; p = stop + 1) {
		stop = memchr(p, delimiter, (size_t)(end - p));
		if (stop == NULL)
			stop = end;
		cell.p = p;
		cell.len = (size_t)(stop - p);
		if (cell.len > 1 && p[0] == '"' && stop[-1] == '"') {
			cell.p++;
			cell.len -= 2;
		}
		like_cell(c, cell, &l);
	}
	return l;
}

/* Rows in any order of columns have a code, and a day or a flag. */
static bool
like_any(const struct like *l)
{
	return l->n > 1 && l->code && ((l->flag && l->date) ||
	    ((l->flag || l->date) && l->digit));
}

bool
like_row(const struct checker *c, const struct like *l)
{
	bool flag = c->col[COL_REDEEMED] >= 0, date = c->col[COL_DATE] >= 0;

	if (!l->code)
		return false;
	if (!flag && !date)
		return l->digit && l->n == c->width;
	if ((!flag || l->flag) && (!date || l->date))
		return true;
	return l->digit && ((flag && l->flag) || (date && l->date));
}

/* The next line of a cell, without its end; false after the last one. */
static bool
next_line(struct text *rest, struct text *line)
{
	size_t n = 0;

	if (rest->p == NULL)
		return false;
	while (n < rest->len && rest->p[n] != '\n' && rest->p[n] != '\r')
		n++;
	line->p = rest->p;
	line->len = n;
	if (n == rest->len) {
		rest->p = NULL;
		return true;
	}
	n += n + 1 < rest->len && rest->p[n] == '\r' &&
	    rest->p[n + 1] == '\n' ? 2 : 1;
	rest->p += n;
	rest->len -= n;
	return true;
}

static bool
has_lines(const struct cell *cell)
{
	return cell->quoted && (memchr(cell->p, '\n', cell->len) != NULL ||
	    memchr(cell->p, '\r', cell->len) != NULL);
}

/* Lines inside of a cell, but for the first, that read as rows. */
static uint64_t
lines_inside(struct checker *c, const struct cell *cell)
{
	struct text rest = { cell->p, cell->len }, line;
	struct like l;
	uint64_t n = 0;

	next_line(&rest, &line);
	while (next_line(&rest, &line)) {
		l = like_line(c, line, c->res->delimiter);
		n += c->mapped ? l.n > 1 && like_row(c, &l) : like_any(&l);
	}
	return n;
}

int
like_inside(struct checker *c, const struct record *rec, struct err *e)
{
	struct place place;
	struct complaint x;
	uint64_t n;
	size_t i;

	for (i = 0; i < rec->n; i++) {
		if (!has_lines(&rec->cells[i]) ||
		    (n = lines_inside(c, &rec->cells[i])) == 0)
			continue;
		place = rec->place;
		place.line = rec->cells[i].line;
		place.column = rec->cells[i].column;
		place.byte = rec->cells[i].byte;
		x = complaint_at(c, RULE_QUOTE_ROWS, &place);
		x.value.p = rec->cells[i].p;
		x.value.len = rec->cells[i].len;
		if (report(c, &x, e, n == 1 ? "one line inside this cell "
		    "reads as a row, and is not taken as one" : "%llu lines "
		    "inside this cell read as rows, and are not taken as rows",
		    (unsigned long long)n) == -1)
			return -1;
	}
	return 0;
}

/* The delimiters that are looked for in a cell that should be one. */
static const char others[] = ";|\t,:";

void
like_title(struct checker *c, const struct record *rec, struct title *title)
{
	struct like l;
	size_t i, k;

	memset(&title->like, 0, sizeof(title->like));
	title->row = false;
	for (i = 0; i < rec->n; i++) {
		like_cell(c, (struct text){ rec->cells[i].p,
		    rec->cells[i].len }, &title->like);
		if (has_lines(&rec->cells[i]))
			title->row = title->row ||
			    lines_inside(c, &rec->cells[i]) > 0;
	}
	for (k = 0; rec->n == 1 && others[k] != '\0'; k++) {
		if (others[k] == c->res->delimiter)
			continue;
		l = like_line(c, (struct text){ rec->cells[0].p,
		    rec->cells[0].len }, others[k]);
		title->row = title->row || like_any(&l);
	}
}

int
like_whole(struct checker *c, const struct cell *cell, struct text t,
    struct err *e)
{
	struct complaint x;
	struct like l;
	char sign[3] = "";
	size_t k;

	for (k = 0; others[k] != '\0'; k++) {
		if (others[k] == c->res->delimiter ||
		    (others[k] == ':' && c->width > 1) ||
		    (c->o->alphabet != NULL &&
		    strchr(c->o->alphabet, others[k]) != NULL) ||
		    memchr(t.p, others[k], t.len) == NULL)
			continue;
		/* One column, and yet what stands between columns. */
		if (c->width == 1 && (others[k] == ';' || others[k] == '|'))
			break;
		l = like_line(c, t, others[k]);
		if (like_any(&l) || (l.n > 1 && l.name))
			break;
	}
	if (others[k] == '\0')
		return 0;
	sign[0] = others[k];
	if (others[k] == '\t')
		memcpy(sign, "\\t", sizeof(sign));
	x = complaint_cell(c, RULE_ROW_WIDTH, COL_CODE, cell);
	return report(c, &x, e, "a whole row with \"%s\" between its cells, "
	    "not one code; set %sdelimiter: \"%s\"%s", sign, c->csv ? "" :
	    "format: csv and ", sign, c->csv && c->res->header ?
	    " and name each column in the header" : "") == -1 ? -1 : 1;
}
