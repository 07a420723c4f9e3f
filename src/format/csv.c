/*
 * CSV per RFC 4180, and what people take for it.
 *
 * One walk over the bytes of interest; a record without quotes costs a few
 * steps.  What is hard here is a quote that is never closed: it would swallow
 * the rest of the file.  A quoted cell that has a line break in it and then
 * does not end as a cell does (its closing quote is followed by other text,
 * or the limit or the end of the file comes first) is therefore taken for an
 * opening quote too many: that line is dropped, and reading goes on with the
 * next one.  Lines cannot be looked at twice more than once each: a line that
 * opens a quote has an odd run of quotes, which ends the search of an earlier
 * one.
 */
#include "../base/err.h"
#include "../base/list.h"
#include "reader_internal.h"
#include "scan_internal.h"

enum csv_mode { PLAIN, QUOTED, CLOSED };
enum csv_next { NEXT_GO, NEXT_WAIT, NEXT_SKIP, NEXT_RESUME, NEXT_FAIL };

/* The record being read; indexes are into the window. */
struct csv {
	struct reader	*r;
	struct err	*e;
	const char	*p;
	size_t		 n;
	size_t		 start;		/* of the record */
	size_t		 cell;		/* start of the cell */
	size_t		 resume;	/* after the first line break in it */
	struct place	 open;		/* of its opening quote */
	struct place	 stray;		/* line 0: none */
	struct place	 nul;		/* line 0: none */
	struct place	 place;		/* where the record starts */
	enum csv_mode	 mode;
	bool		 final;
	bool		 quotes;	/* any in this record */
	bool		 many;		/* more cells than allowed */
};

static inline void
csv_start(struct csv *c, size_t i)
{
	c->start = c->cell = i;
	c->mode = PLAIN;
	c->stray.line = c->nul.line = 0;
	c->quotes = c->many = false;
	c->r->ncells = 0;
	reader_place_at(c->r, i, &c->place);
}

/* The cell ends before index i. */
static inline int
csv_cell(struct csv *c, size_t i)
{
	struct reader *r = c->r;
	struct cell *cell;

	if (__builtin_expect(r->ncells == r->cells_cap, 0)) {
		if (r->ncells >= r->opts.max_cells) {
			c->many = true;
			r->ncells = 0;
		} else if (list_grow(&r->cells, r->ncells, &r->cells_cap,
		    sizeof(*r->cells), c->e) == -1)
			return -1;
	}
	cell = &r->cells[r->ncells++];
	if (c->mode == CLOSED) {
		cell->p = c->p + c->cell + 1;
		cell->len = i - c->cell - 2;
		cell->line = c->open.line;
		cell->column = c->open.column;
		cell->byte = c->open.byte;
		cell->quoted = true;
		c->mode = PLAIN;
	} else {
		cell->p = c->p + c->cell;
		cell->len = i - c->cell;
		cell->line = r->line;
		cell->byte = r->base + c->cell;
		cell->column = cell->byte - r->line_start + 1;
		cell->quoted = false;
	}
	c->cell = i + 1;
	return 0;
}

/* Make doubled quotes single, in copies. */
static int
csv_undouble(struct csv *c, size_t end)
{
	struct reader *r = c->r;
	struct cell *cell;
	size_t i, j, to = 0;
	char *scratch;

	if (end - c->start > r->scratch_cap) {
		scratch = realloc(r->scratch, end - c->start);
		if (scratch == NULL)
			return err_nomem(c->e);
		r->scratch = scratch;
		r->scratch_cap = end - c->start;
	}
	for (i = 0; i < r->ncells; i++) {
		cell = &r->cells[i];
		if (!cell->quoted || cell->len == 0 ||
		    memchr(cell->p, '"', cell->len) == NULL)
			continue;
		scratch = r->scratch + to;
		for (j = 0; j < cell->len; j++) {
			r->scratch[to++] = cell->p[j];
			if (cell->p[j] == '"')
				j++;
		}
		cell->p = scratch;
		cell->len = (size_t)(r->scratch + to - scratch);
	}
	return 0;
}

/* Spaces, quotes around nothing: spreadsheets fill up the sheet with such. */
static bool
csv_blank(const struct csv *c)
{
	const struct cell *cell;
	size_t i, k;

	for (i = 0; i < c->r->ncells; i++) {
		cell = &c->r->cells[i];
		for (k = 0; k < cell->len; k++)
			if (!is_blank(cell->p[k]))
				return false;
	}
	return true;
}

/* Report what was seen inside the record, in the order of the file. */
static int
csv_inside(struct csv *c)
{
	bool nul_first;

	nul_first = c->nul.line != 0 &&
	    (c->stray.line == 0 || c->nul.byte < c->stray.byte);
	if (nul_first &&
	    reader_issue(c->r, RI_NUL, &c->nul, NULL, c->e) == -1)
		return -1;
	if (c->stray.line != 0 &&
	    reader_issue(c->r, RI_QUOTE_STRAY, &c->stray, NULL, c->e) == -1)
		return -1;
	if (c->nul.line != 0 && !nul_first)
		return reader_issue(c->r, RI_NUL, &c->nul, NULL, c->e);
	return 0;
}

/* The record ends before index end: hand it out. */
static inline int
csv_record(struct csv *c, size_t end)
{
	struct reader *r = c->r;

	if (csv_cell(c, end) == -1)
		return -1;
	if (c->many || r->ncells > r->opts.max_cells)
		return reader_issue(r, RI_TOO_MANY_CELLS, &c->place, &c->place,
		    c->e);
	if ((r->cells[0].len == 0 || is_blank(r->cells[0].p[0])) &&
	    csv_blank(c))
		return reader_issue(r, RI_ROW_BLANK, &c->place, NULL, c->e);
	if (c->quotes && csv_undouble(c, end) == -1)
		return -1;
	if ((c->stray.line | c->nul.line) != 0 && csv_inside(c) == -1)
		return -1;
	return reader_record(r, &c->place, c->e);
}

/* An opening quote too many: drop its line, or all there is without one. */
static enum csv_next
csv_unclosed(struct csv *c)
{
	struct reader *r = c->r;

	if (reader_issue(r, RI_QUOTE_UNCLOSED, &c->open, &c->place,
	    c->e) == -1)
		return NEXT_FAIL;
	if (c->resume == 0) {
		csv_start(c, c->n);
		return NEXT_WAIT;
	}
	r->line = c->open.line + 1;
	r->line_start = r->base + c->resume;
	csv_start(c, c->resume);
	return NEXT_RESUME;
}

/* The record is longer than max_line, or has no end in that many bytes. */
static enum csv_next
csv_too_long(struct csv *c)
{
	if (c->mode == QUOTED && c->resume != 0)
		return csv_unclosed(c);
	if (reader_issue(c->r, RI_LINE_TOO_LONG, &c->place, &c->place,
	    c->e) == -1)
		return NEXT_FAIL;
	c->start += c->r->opts.max_line;
	c->r->skipping = true;
	return NEXT_SKIP;
}

/* The quote at i ends the cell, or is half of a doubled one. */
static enum csv_next
csv_close(struct csv *c, size_t i, struct scan *s)
{
	char next;

	if (i + 1 == c->n) {
		if (!c->final)
			return NEXT_WAIT;
		c->mode = CLOSED;
		return NEXT_GO;
	}
	next = c->p[i + 1];
	if (next == '"') {
		scan_next(s);
		return NEXT_GO;
	}
	if (next == c->r->opts.delimiter || next == '\n' || next == '\r') {
		c->mode = CLOSED;
		return NEXT_GO;
	}
	if (c->resume != 0)
		return csv_unclosed(c);
	c->mode = PLAIN;
	if (c->stray.line == 0)
		reader_place_at(c->r, i + 1, &c->stray);
	return NEXT_GO;
}

/* The byte of interest at i lies between quotes. */
static enum csv_next
csv_quoted(struct csv *c, size_t i, struct scan *s)
{
	size_t next = i + 1;

	switch (c->p[i]) {
	case '"':
		return csv_close(c, i, s);
	case '\0':
		if (c->nul.line == 0)
			reader_place_at(c->r, i, &c->nul);
		return NEXT_GO;
	case '\r':
		if (next == c->n && !c->final)
			return NEXT_WAIT;
		if (next < c->n && c->p[next] == '\n') {
			next++;
			scan_next(s);
		}
		break;
	case '\n':
		break;
	default:
		return NEXT_GO;
	}
	if (c->resume == 0)
		c->resume = next;
	c->r->line++;
	c->r->line_start = c->r->base + next;
	return NEXT_GO;
}

/* A line end at i, outside quotes. */
static inline enum csv_next
csv_line_end(struct csv *c, size_t i, struct scan *s)
{
	size_t next = i + 1;

	if (c->p[i] == '\r') {
		if (next == c->n && !c->final)
			return NEXT_WAIT;
		if (next < c->n && c->p[next] == '\n') {
			next++;
			scan_next(s);
		}
	}
	if (csv_record(c, i) == -1 ||
	    reader_eol(c->r, c->p, i, next, c->e) == -1)
		return NEXT_FAIL;
	csv_start(c, next);
	return NEXT_GO;
}

/* Whether the byte at i is the second one of a character. */
static bool
csv_second(const struct csv *c, size_t i)
{
	const bool *lead = c->r->opts.lead;
	size_t k = c->cell;

	while (k < i)
		k += lead[(unsigned char)c->p[k]] ? 2 : 1;
	return k > i;
}

static inline enum csv_next
csv_step(struct csv *c, size_t i, struct scan *s)
{
	char b = c->p[i];

	if (__builtin_expect(i - c->start > c->r->opts.max_line, 0))
		return csv_too_long(c);
	if (__builtin_expect(c->mode == QUOTED, 0))
		return csv_quoted(c, i, s);
	if (b == c->r->opts.delimiter) {
		if (__builtin_expect(c->r->opts.lead != NULL, 0) &&
		    csv_second(c, i))
			return NEXT_GO;
		return csv_cell(c, i) == -1 ? NEXT_FAIL : NEXT_GO;
	}
	if (b == '\n' || b == '\r')
		return csv_line_end(c, i, s);
	if (b == '"' && i == c->cell) {
		c->quotes = true;
		reader_place_at(c->r, i, &c->open);
		c->mode = QUOTED;
		c->resume = 0;
	} else if (b == '"' && c->stray.line == 0)
		reader_place_at(c->r, i, &c->stray);
	else if (b == '\0' && c->nul.line == 0)
		reader_place_at(c->r, i, &c->nul);
	return NEXT_GO;
}

/* The window is walked to its end. */
static enum csv_next
csv_window_end(struct csv *c)
{
	if (c->n - c->start > c->r->opts.max_line + (c->final ? 0 : 1))
		return csv_too_long(c);
	if (!c->final || c->start == c->n)
		return NEXT_WAIT;
	if (c->mode == QUOTED)
		return csv_unclosed(c);
	if (csv_record(c, c->n) == -1)
		return NEXT_FAIL;
	c->start = c->n;
	return NEXT_WAIT;
}

int
csv_parse(struct reader *r, struct window *w, struct err *e)
{
	struct csv c = { .r = r, .e = e, .p = w->p, .n = w->n,
	    .final = w->final };
	struct scan s = { .p = w->p, .n = w->n,
	    .delimiter = r->opts.delimiter };
	enum csv_next next;
	size_t i;

	scan_seek(&s, 0);
	csv_start(&c, 0);
	do {
		i = scan_next(&s);
		next = i < w->n ? csv_step(&c, i, &s) : csv_window_end(&c);
		if (next == NEXT_RESUME)
			scan_seek(&s, c.start);
	} while (next == NEXT_GO || next == NEXT_RESUME);
	w->used = c.start;
	/* A record that is read again starts on the line it started on. */
	if (next == NEXT_WAIT) {
		r->line = c.place.line;
		r->line_start = c.place.byte - (c.place.column - 1);
	}
	return next == NEXT_FAIL ? -1 : 0;
}
