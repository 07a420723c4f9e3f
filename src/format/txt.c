/*
 * TXT: one code per line, no quoting.
 */
#include "../base/err.h"
#include "reader_internal.h"
#include "scan_internal.h"

/* The line from start to end, without its line end. */
static int
txt_line(struct reader *r, const char *p, size_t start, size_t end,
    size_t nul, struct err *e)
{
	struct cell *cell = &r->cells[0];
	struct place place, at;
	size_t i = start;

	reader_place_at(r, start, &place);
	while (i < end && is_blank(p[i]))
		i++;
	if (i == end)
		return reader_issue(r, RI_ROW_BLANK, &place, NULL, e);
	if (nul != NO_INDEX) {
		at = place;
		at.byte += nul - start;
		at.column += nul - start;
		if (reader_issue(r, RI_NUL, &at, NULL, e) == -1)
			return -1;
	}
	cell->p = p + start;
	cell->len = end - start;
	cell->line = place.line;
	cell->column = place.column;
	cell->byte = place.byte;
	cell->quoted = false;
	r->ncells = 1;
	return reader_record(r, &place, e);
}

/* The line is longer than it may be: say so and leave out the rest. */
static int
txt_too_long(struct reader *r, size_t start, size_t *used, struct err *e)
{
	struct place place;

	reader_place_at(r, start, &place);
	*used = start + r->opts.max_line + 1;
	r->skipping = true;
	return reader_issue(r, RI_LINE_TOO_LONG, &place, &place, e);
}

int
txt_parse(struct reader *r, struct window *w, struct err *e)
{
	const char *p = w->p;
	const size_t n = w->n;
	struct scan s = { .p = p, .n = n, .delimiter = '\n' };
	size_t i, start = 0, next, nul = NO_INDEX;

	scan_seek(&s, 0);
	while ((i = scan_next(&s)) < n) {
		if (i - start > r->opts.max_line)
			return txt_too_long(r, start, &w->used, e);
		if (p[i] == '\0' && nul == NO_INDEX)
			nul = i;
		if (p[i] != '\n' && p[i] != '\r')
			continue;
		next = i + 1;
		if (p[i] == '\r') {
			if (next == n && !w->final)
				break;
			if (next < n && p[next] == '\n') {
				next++;
				scan_next(&s);
			}
		}
		if (txt_line(r, p, start, i, nul, e) == -1 ||
		    reader_eol(r, p, i, next, e) == -1)
			return -1;
		start = next;
		nul = NO_INDEX;
	}
	if (n - start > r->opts.max_line + (w->final ? 0 : 1))
		return txt_too_long(r, start, &w->used, e);
	w->used = w->final ? n : start;
	return w->final && start < n ? txt_line(r, p, start, n, nul, e) : 0;
}
