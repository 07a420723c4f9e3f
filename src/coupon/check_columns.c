/*
 * The header: which column is which, and what to say when it cannot be told.
 */
#include "columns_internal.h"

#include "../base/buf.h"
#include "../base/err.h"
#include "../base/limits.h"
#include "../base/str.h"
#include "aside_internal.h"
#include "checker_internal.h"
#include "findings_internal.h"
#include "glyph_internal.h"
#include "header_words_internal.h"
#include "rows_internal.h"

static const char *const names[COLUMNS][4] = {
	[COL_CODE] = { "coupon_code", "code", "coupon" },
	[COL_REDEEMED] = { "redeemed" },
	[COL_DATE] = { "redeem_date", "redeemed_date" },
};

enum fit { FIT_NO, FIT_YES, FIT_TWICE };

static const char *
configured(const struct check_opts *o, int column)
{
	switch (column) {
	case COL_CODE:
		return o->col_code;
	case COL_REDEEMED:
		return o->col_redeemed;
	default:
		return o->col_date;
	}
}

static bool
name_is(const char *name, struct text t)
{
	return strlen(name) == t.len && strncasecmp(name, t.p, t.len) == 0;
}

const char *
header_name(const struct check_opts *o, int column, size_t i)
{
	if (configured(o, column) != NULL)
		return i == 0 ? configured(o, column) : NULL;
	return names[column][i];
}

bool
header_configured(const struct check_opts *o, int column)
{
	return configured(o, column) != NULL;
}

bool
header_names(const struct check_opts *o, int column, struct text t)
{
	const char *name;
	size_t i;

	t = text_trim(t);
	(void)text_formula(t, &t);
	for (i = 0; (name = header_name(o, column, i)) != NULL; i++)
		if (name_is(name, t))
			return true;
	return false;
}

int
header_cell(struct checker *c, const struct cell *cell, struct text *t,
    struct err *e)
{
	unsigned errors = c->row_errors;

	c->row_encoding = true;
	if (cell_text(c, COL_CODE, cell, t, e) == -1)
		return -1;
	c->row_encoding = false;
	c->row_errors = errors;
	if (t->p == NULL) {
		t->p = cell->p;
		t->len = cell->len;
	}
	return 0;
}

/* Find the columns in a header; twice is the column that is there twice. */
static int
header_map(struct checker *c, const struct record *rec, enum fit *fit,
    int *twice, struct err *e)
{
	struct text t;
	size_t i;
	int k;

	*fit = FIT_YES;
	for (k = 0; k < COLUMNS; k++)
		c->col[k] = -1;
	for (i = 0; i < rec->n; i++) {
		if (header_cell(c, &rec->cells[i], &t, e) == -1)
			return -1;
		for (k = 0; k < COLUMNS; k++) {
			if (!header_names(c->o, k, t))
				continue;
			if (c->col[k] >= 0) {
				*fit = FIT_TWICE;
				*twice = k;
			}
			c->col[k] = (int)i;
		}
	}
	for (k = 0; k < COLUMNS && *fit == FIT_YES; k++)
		if (c->col[k] < 0 && (k == COL_CODE ||
		    configured(c->o, k) != NULL))
			*fit = FIT_NO;
	return 0;
}

bool
header_like(const struct checker *c, const struct record *rec)
{
	struct text t;
	size_t i;

	for (i = 0; i < rec->n; i++) {
		t.p = rec->cells[i].p;
		t.len = rec->cells[i].len;
		if (header_names(c->o, COL_CODE, t))
			return true;
	}
	return false;
}

bool
header_names_code(const struct check_opts *o, const struct cell *cell)
{
	struct text t = text_trim((struct text){ cell->p, cell->len });
	size_t i;

	if (o->col_code != NULL && name_is(o->col_code, t))
		return true;
	for (i = 0; names[COL_CODE][i] != NULL; i++)
		if (name_is(names[COL_CODE][i], t))
			return true;
	return false;
}

bool
header_any(const struct checker *c, struct text t)
{
	int k;

	for (k = 0; k < COLUMNS; k++)
		if (header_names(c->o, k, t))
			return true;
	return false;
}

/* Keep what to say if there is no header: about the line most like one. */
static int
header_likely(struct checker *c, const struct record *rec, struct text line,
    struct err *e)
{
	/* Cells by another delimiter make it as likely as can be. */
	size_t cells = header_delimiter(c, line) != '\0' ? SIZE_MAX :
	    header_most_cells(c, line);
	struct buf b;
	int rc;

	if (c->no_header[0] != '\0' && cells <= c->likely_cells)
		return 0;
	buf_init(&b, 4096);
	rc = header_missing(c, rec, line, &b, e);
	snprintf(c->no_header, sizeof(c->no_header), "%s", b.data);
	buf_release(&b);
	c->likely = rec->place;
	c->likely_cells = cells;
	return rc;
}

/*
 * Reads it as a header, though the column of the codes is not in it, or only
 * by another delimiter?
 */
static bool
header_other(const struct checker *c, const struct record *rec,
    struct text line)
{
	size_t i, some = 0, named = 0;
	struct text t;

	for (i = 0; i < rec->n; i++) {
		if (header_names_code(c->o, &rec->cells[i]))
			return true;
		t = (struct text){ rec->cells[i].p, rec->cells[i].len };
		some += text_trim(t).len > 0;
		named += header_any(c, t);
	}
	/* "Redeemed" alone may well be a title. */
	return (named > 0 && some > 1) || header_delimiter(c, line) != '\0';
}

/* Remember a line above the header, in case one comes. */
static struct title *
header_title(struct checker *c, const struct record *rec)
{
	struct title *title = &c->titles[c->shift];
	struct complaint *x = &title->x;
	size_t len;

	*x = complaint_at(c, RULE_TITLE_ROW, &rec->place);
	x->place.record = 0;
	len = rec->cells[0].len < VALUE_BYTES ? rec->cells[0].len :
	    VALUE_BYTES;
	memcpy(title->value, rec->cells[0].p, len);
	x->value.p = title->value;
	x->value.len = len;
	like_title(c, rec, title);
	c->shift++;
	return title;
}

int
header_absent(struct checker *c, struct err *e)
{
	struct complaint x;

	/* A file of nothing but "sep=;". */
	if (c->no_header[0] == '\0') {
		c->likely = c->titles[0].x.place;
		snprintf(c->no_header, sizeof(c->no_header), "no header");
	}
	x = complaint_at(c, RULE_HEADER_MISSING, &c->likely);
	c->stop = true;
	c->res->fatal = true;
	return report(c, &x, e, "%s", c->no_header);
}

/* A line without the names that are looked for. */
static int
header_not_yet(struct checker *c, const struct record *rec, struct err *e)
{
	struct text line;
	struct buf b;
	int rc;

	buf_init(&b, 2 * LIM_LINE_BYTES);
	rc = header_line(c, rec, &b, e);
	line = (struct text){ b.data, b.len };
	if (rc == 0 && (rc = header_likely(c, rec, line, e)) == 0)
		header_title(c, rec)->header = header_other(c, rec, line);
	buf_release(&b);
	return rc == 0 && c->shift == TITLES_MAX ? header_absent(c, e) : rc;
}

int
header_sep(struct checker *c, const struct record *rec, struct err *e)
{
	const struct cell *cell = &rec->cells[0];
	struct complaint x;
	char delimiter;

	if (rec->place.line != 1 || rec->n > 2 || cell->quoted ||
	    cell->len < 4 || cell->len > 5 ||
	    strncasecmp(cell->p, "sep=", 4) != 0 ||
	    (rec->n == 2 && rec->cells[1].len > 0))
		return false;
	delimiter = cell->len == 5 ? cell->p[4] : c->res->delimiter;
	c->sep = true;
	if (delimiter == c->res->delimiter) {
		header_title(c, rec);
		return true;
	}
	x = complaint_at(c, RULE_HEADER_MISSING, &rec->place);
	c->stop = true;
	c->res->fatal = true;
	return report(c, &x, e, "the first line says that \"%c\" is between "
	    "cells, but delimiter is \"%s\"; set delimiter: \"%s\"",
	    delimiter, c->res->delimiter == '\t' ? "\\t" :
	    (const char []){ c->res->delimiter, '\0' }, delimiter == '\t' ?
	    "\\t" : (const char []){ delimiter, '\0' }) == -1 ? -1 : true;
}

static int
header_twice(struct checker *c, const struct record *rec, int column,
    struct err *e)
{
	const struct cell *cell = &rec->cells[c->col[column]];
	struct complaint x;
	struct buf b;
	int rc;

	x = complaint_cell(c, RULE_HEADER_DUPLICATE, column, cell);
	x.place.record = 0;
	c->stop = true;
	c->res->fatal = true;
	buf_init(&b, 4096);
	rc = header_both(c, rec, column, &b, e);
	if (rc == 0)
		rc = report(c, &x, e, "%s", b.data);
	buf_release(&b);
	return rc;
}

/* Report a line above the names of the columns that reads as a row. */
static int
title_judge(struct checker *c, struct title *title, struct err *e)
{
	bool sep = title == c->titles && c->sep;
	bool row = title->row || like_row(c, &title->like);

	title->bad = !sep && (row || title->header);
	if (!title->bad) {
		c->res->left_out++;
		return report(c, &title->x, e, "%s; it is left out", sep ?
		    "the line for spreadsheets" : "a line above the header");
	}
	c->res->rows++;
	c->res->invalid++;
	title->x.severity = SEV_ERROR;
	return report(c, &title->x, e, title->header ? "reads as another "
	    "header, above the one that is used: are these two exports in one "
	    "file?" : "reads as a row, but stands above the header: move it "
	    "below, or remove it");
}

static int
header_found(struct checker *c, const struct record *rec, struct err *e)
{
	uint64_t i;

	c->mapped = true;
	c->width = rec->n;
	if (like_inside(c, rec, e) == -1 || aside_header(c, rec, e) == -1)
		return -1;
	for (i = 0; i < c->shift; i++)
		if (title_judge(c, &c->titles[i], e) == -1)
			return -1;
	if (c->header_stray.line != 0 && !row_formulas(rec) &&
	    stray_report(c, &c->header_stray, e) == -1)
		return -1;
	return header_needs(c, &rec->place, e);
}

int
header_read(struct checker *c, const struct record *rec, struct err *e)
{
	enum fit fit;
	int rc, twice = COL_CODE;

	rc = header_sep(c, rec, e);
	if (rc != 0)
		return rc == -1 ? -1 : 0;
	if (header_map(c, rec, &fit, &twice, e) == -1)
		return -1;
	if (fit == FIT_YES)
		rc = header_found(c, rec, e);
	else if (fit == FIT_TWICE)
		rc = header_twice(c, rec, twice, e);
	else
		rc = header_not_yet(c, rec, e);
	c->row_errors = 0;
	c->row_control = false;
	return rc;
}

/* What a run asks for, and neither a column nor a setting says. */
static int
header_need(struct checker *c, const struct place *place, int column,
    enum rule rule, bool need, struct err *e)
{
	static const char *const flags[COLUMNS] = {
		[COL_REDEEMED] = "if all of them were, set --redeemed 1",
		[COL_DATE] = "if one day holds for all, set --redeem-date, "
		    "such as --redeem-date yesterday",
	};
	struct complaint x = complaint_at(c, rule, place);

	x.place.record = 0;
	x.field = names[column][0];
	if (need)
		x.severity = SEV_ERROR;
	c->res->fatal |= need;
	if (!c->csv)
		return report(c, &x, e, "a TXT does not say %s its codes were "
		    "redeemed; %s", column == COL_DATE ? "when" : "whether",
		    flags[column]);
	return report(c, &x, e, "no column \"%s\", and no setting says it; "
	    "%s", names[column][0], flags[column]);
}

int
header_needs(struct checker *c, const struct place *place, struct err *e)
{
	const struct check_opts *o = c->o;

	c->res->no_redeemed = c->col[COL_REDEEMED] < 0 &&
	    o->redeemed == REDEEMED_NONE;
	c->res->no_date = c->col[COL_DATE] < 0 &&
	    date_is_none(&o->redeem_date);
	if (c->res->no_redeemed && header_need(c, place, COL_REDEEMED,
	    RULE_REDEEMED_MISSING, o->need_redeemed, e) == -1)
		return -1;
	return c->res->no_date ? header_need(c, place, COL_DATE,
	    RULE_DATE_MISSING, o->need_date, e) : 0;
}
