/*
 * Rows: what each of them tells on its own, and what the reader found.
 */
#include "rows_internal.h"

#include <ctype.h>

#include "../base/buf.h"
#include "../base/err.h"
#include "../base/limits.h"
#include "../base/str.h"
#include "../format/utf16.h"
#include "aside_internal.h"
#include "bits.h"
#include "checker_internal.h"
#include "columns_internal.h"
#include "content.h"
#include "days_internal.h"
#include "dedup.h"
#include "findings_internal.h"
#include "fix_internal.h"
#include "glyph_internal.h"
#include "input_internal.h"
#include "profile_internal.h"

bool
row_skipped(const struct checker *c, const struct coupon *row)
{
	return row->redeemed == 0 && c->o->on_unredeemed == UNREDEEMED_SKIP;
}

static bool
word_is(const char *const *words, const char *standard, struct text t)
{
	if (words == NULL)
		return t.len == 1 && t.p[0] == standard[0];
	for (; *words != NULL; words++)
		if (strlen(*words) == t.len &&
		    strncasecmp(*words, t.p, t.len) == 0)
			return true;
	return false;
}

bool
redeemed_like(const struct checker *c, struct text t)
{
	return word_is(c->o->words_true, "1", t) ||
	    word_is(c->o->words_false, "0", t);
}

static bool
redeemed_word(struct checker *c, struct text t)
{
	if (word_is(c->o->words_true, "1", t))
		c->row.redeemed = 1;
	else if (word_is(c->o->words_false, "0", t))
		c->row.redeemed = 0;
	else
		return false;
	return true;
}

static int
redeemed_parse(struct checker *c, const struct cell *cell, struct err *e)
{
	struct complaint x;
	struct text t, inner;

	if (cell_text(c, COL_REDEEMED, cell, &t, e) == -1)
		return -1;
	if (t.p == NULL || redeemed_word(c, t))
		return 0;
	x = complaint_cell(c, RULE_REDEEMED_VALUE, COL_REDEEMED, cell);
	if (text_formula(t, &inner)) {
		x.fix = inner;
		return report(c, &x, e, FORMULA_TEXT);
	}
	if (redeemed_word(c, text_trim(t))) {
		c->row.redeemed = REDEEMED_NONE;
		x.fix = text_trim(t);
		return report(c, &x, e, "a space too many");
	}
	if (c->o->words_true == NULL && c->o->words_false == NULL)
		return report(c, &x, e, "neither 1 nor 0");
	return report(c, &x, e, "none of the redeemed_words");
}

int
redeemed_check(struct checker *c, const struct cell *cell, struct err *e)
{
	struct complaint x;

	c->row.redeemed = c->o->redeemed;
	if (cell == NULL)
		return 0;
	if (cell->len == 1 && c->standard_words &&
	    (cell->p[0] == '1' || cell->p[0] == '0')) {
		c->row.redeemed = cell->p[0] - '0';
	} else if (cell->len != 0) {
		c->row.redeemed = REDEEMED_NONE;
		if (redeemed_parse(c, cell, e) == -1)
			return -1;
	} else if (c->row.redeemed == REDEEMED_NONE) {
		x = complaint_cell(c, RULE_REDEEMED_MISSING, COL_REDEEMED,
		    cell);
		if (c->o->need_redeemed)
			x.severity = SEV_ERROR;
		return report(c, &x, e, "neither 1 nor 0 in this row");
	}
	if (c->row.redeemed != 0 || c->o->on_unredeemed != UNREDEEMED_STOP)
		return 0;
	x = complaint_cell(c, RULE_REDEEMED_VALUE, COL_REDEEMED, cell);
	return report(c, &x, e, "not redeemed, and on_unredeemed is stop");
}

static const struct cell *
row_cell(const struct checker *c, const struct record *rec, int column)
{
	return c->col[column] < 0 ? NULL : &rec->cells[c->col[column]];
}

static int
row_ignored(struct checker *c, const struct record *rec, struct err *e)
{
	size_t i;
	int k;

	for (i = 0; i < rec->n; i++) {
		for (k = 0; k < COLUMNS && c->col[k] != (int)i; k++)
			;
		if (k == COLUMNS &&
		    cell_ignored(c, &rec->cells[i], e) == -1)
			return -1;
	}
	return 0;
}

bool
row_fits(const struct checker *c, const struct record *rec)
{
	size_t i = c->width;

	while (i < rec->n && rec->cells[i].len == 0)
		i++;
	return rec->n >= c->width && i == rec->n;
}

/* Cells past the header that are empty mean nothing: 0 to go on with it. */
static int
row_width(struct checker *c, const struct record *rec, struct err *e)
{
	struct complaint x = complaint_at(c, RULE_ROW_WIDTH, &rec->place);
	const char *verb = c->width == 1 ? "is" : "are";
	char n[64];

	/* Bytes that are no text tell more than what they look like. */
	if (c->row_control)
		return 1;
	if (row_fits(c, rec)) {
		x.severity = SEV_WARNING;
		return report(c, &x, e, "%s where %zu %s expected; the others "
		    "are empty and left out", str_count(rec->n, "cell", n),
		    c->width, verb);
	}
	return report(c, &x, e, "%s where %zu %s expected",
	    str_count(rec->n, "cell", n), c->width, verb) == -1 ? -1 : 1;
}

/* What stands before the sum of a report. */
static const char *const total_words[] = {
	"total", "totals", "totale", "totaal", "grand total", "subtotal",
	"sum", "summe", "somme", "gesamt", "gesamtsumme", "suma", "soma",
	"count", "anzahl", NULL,
};

const char *
row_total_word(size_t i)
{
	return total_words[i];
}

bool
row_total(struct text t)
{
	size_t i, n;

	for (n = 0; n < t.len && t.p[n] != ':' && t.p[n] != '='; n++)
		;
	if (n == t.len) {
		/* Without a colon, a number may follow a space. */
		while (n > 0 && isdigit((unsigned char)t.p[n - 1]))
			n--;
		if (n < t.len && (n == 0 || t.p[n - 1] != ' '))
			return false;
	}
	while (n > 0 && t.p[n - 1] == ' ')
		n--;
	for (i = 0; total_words[i] != NULL; i++)
		if (strlen(total_words[i]) == n &&
		    strncasecmp(total_words[i], t.p, n) == 0)
			return true;
	return false;
}

/*
 * Whether the columns that say what was redeemed and when are there and filled
 * in: then the row is a redemption, whatever its code looks like.
 */
static bool
row_told(const struct checker *c, const struct record *rec)
{
	const struct cell *cell;
	int k;

	if (rec->n < c->width)
		return false;
	for (k = COL_REDEEMED; k < COLUMNS; k++) {
		cell = row_cell(c, rec, k);
		if (cell != NULL && cell->len == 0)
			return false;
	}
	return c->col[COL_REDEEMED] >= 0 || c->col[COL_DATE] >= 0;
}

/* A header where there should be none; 1 unless that fails. */
static int
row_header(struct checker *c, const struct record *rec, struct err *e)
{
	struct complaint x = complaint_at(c, RULE_TITLE_ROW, &rec->place);

	x.severity = SEV_ERROR;
	return report(c, &x, e, c->csv ? "looks like a header, but header is "
	    "set to no" : "looks like a header, which a TXT file does not "
	    "have; set format: csv") == -1 ? -1 : 1;
}

int
stray_report(struct checker *c, const struct place *place, struct err *e)
{
	struct complaint x = complaint_at(c, RULE_QUOTE_STRAY, place);

	return report(c, &x, e, "a quote that neither starts nor ends a "
	    "cell");
}

/*
 * Lines of a report among the rows: the header of a second export, a total.
 * One word about the line is worth more than one about each of its cells.  1
 * when it was one.
 */
static int
row_title(struct checker *c, const struct record *rec, struct err *e)
{
	const char *what = NULL;
	struct complaint x;
	struct text t;
	size_t i;
	int k;

	for (k = 0; k < COLUMNS && (c->col[k] < 0 ||
	    ((size_t)c->col[k] < rec->n && header_names(c->o, k, (struct text){
	    rec->cells[c->col[k]].p, rec->cells[c->col[k]].len }))); k++)
		;
	if (k == COLUMNS && !c->res->header)
		return row_header(c, rec, e);
	if (k == COLUMNS)
		what = "the header once more: are these two exports in one "
		    "file?";
	for (i = 0; what == NULL && i < rec->n && rec->cells[i].len == 0; i++)
		;
	if (what == NULL && i < rec->n) {
		t = text_trim((struct text){ rec->cells[i].p,
		    rec->cells[i].len });
		if (row_total(t) && !row_told(c, rec))
			what = "a total, not a coupon";
	}
	if (what == NULL)
		return 0;
	x = complaint_at(c, RULE_TITLE_ROW, &rec->place);
	x.severity = SEV_ERROR;
	if (i < rec->n) {
		x.value.p = rec->cells[i].p;
		x.value.len = rec->cells[i].len;
	}
	return report(c, &x, e, "%s", what) == -1 ? -1 : 1;
}

static const enum rule issue_rules[] = {
	[RI_QUOTE_STRAY] = RULE_QUOTE_STRAY,
	[RI_QUOTE_UNCLOSED] = RULE_QUOTE_UNCLOSED,
	[RI_LINE_TOO_LONG] = RULE_LINE_TOO_LONG,
	[RI_ROW_BLANK] = RULE_ROW_BLANK,
	[RI_EOL_MIXED] = RULE_EOL_MIXED,
	[RI_BOM] = RULE_BOM,
	[RI_NUL] = RULE_CONTROL_CHAR,
	[RI_TOO_MANY_CELLS] = RULE_ROW_WIDTH,
};

static int
issue_report(struct checker *c, enum reader_issue issue,
    const struct place *place, struct err *e)
{
	static const char *const messages[] = {
		[RI_QUOTE_STRAY] = "",	/* stray_report */
		[RI_QUOTE_UNCLOSED] = "this quote is not closed",
		[RI_ROW_BLANK] = "empty line",
		[RI_EOL_MIXED] = "ends differently from the lines before",
		[RI_BOM] = "byte order mark; it is skipped",
		[RI_NUL] = "control character 00",
	};
	struct complaint x;
	char limit[32];

	x = complaint_at(c, issue_rules[issue], place);
	if (issue == RI_LINE_TOO_LONG)
		return report(c, &x, e, "longer than %s bytes",
		    str_group(LIM_LINE_BYTES, limit));
	if (issue == RI_TOO_MANY_CELLS)
		return report(c, &x, e, "more than %d cells", LIM_COLUMNS);
	return report(c, &x, e, "%s", messages[issue]);
}

/* Text of one byte a character, read as if it were two or four. */
static bool
reads_narrow(struct text t)
{
	size_t i, len;
	uint32_t cp;

	for (i = 0; i < t.len; i += len) {
		len = utf8_next((const unsigned char *)t.p + i, t.len - i,
		    &cp);
		/* What is no character is what is left over. */
		if (len == 0)
			len = 1;
		else if (cp > 0x7e7e || cp >> 8 < '\t' || cp >> 8 > '~' ||
		    (cp & 0xff) < '\t' || (cp & 0xff) > '~')
			return false;
	}
	return true;
}

/* Text of two bytes a character or four, read as if it were one. */
static bool
reads_wide(const struct record *rec)
{
	size_t i, k, all = 0, zeros = 0;

	for (i = 0; i < rec->n; i++)
		for (k = 0; k < rec->cells[i].len; k++) {
			all++;
			zeros += rec->cells[i].p[k] == '\0';
		}
	return all > 2 && zeros < all && zeros * 3 >= all;
}

/* Files of two encodings put together: 1 when this row is of the other one. */
static int
row_other_encoding(struct checker *c, const struct record *rec,
    struct err *e)
{
	struct complaint x = complaint_at(c, RULE_ENCODING, &rec->place);
	size_t i;

	if (c->utf16 == NULL && reads_wide(rec))
		return report(c, &x, e, "the encoding changes here: this is "
		    "text in UTF-16 or UTF-32, the lines before are not; are "
		    "these two files in one?") == -1 ? -1 : 1;
	if (c->utf16 == NULL)
		return 0;
	for (i = 0; i < rec->n && reads_narrow((struct text){
	    rec->cells[i].p, rec->cells[i].len }); i++)
		;
	if (i < rec->n)
		return 0;
	return report(c, &x, e, "the encoding changes here, or the file is cut "
	    "off: these bytes are no text in %s; are these two files in one?",
	    c->res->encoding) == -1 ? -1 : 1;
}

bool
row_formulas(const struct record *rec)
{
	const struct cell *cell;
	struct text inner;
	size_t i;

	for (i = 0; i < rec->n; i++) {
		cell = &rec->cells[i];
		if (!cell->quoted && cell->len > 0 &&
		    memchr(cell->p, '"', cell->len) != NULL &&
		    !text_formula((struct text){ cell->p, cell->len }, &inner))
			return false;
	}
	return true;
}

int
row_check(struct checker *c, const struct record *rec, struct err *e)
{
	size_t used = 0;
	int k, rc;

	c->row.code = NULL;
	c->row.redeemed = REDEEMED_NONE;
	c->row.date = (struct date){ 0, 0, 0 };
	if (c->nul.line != 0 || (c->utf16 != NULL && rec->n != c->width)) {
		rc = row_other_encoding(c, rec, e);
		if (rc != 0)
			return rc == -1 ? -1 : 0;
	}
	if (c->nul.line != 0 &&
	    issue_report(c, RI_NUL, &c->nul, e) == -1)
		return -1;
	if (c->row_stray && !row_formulas(rec) &&
	    stray_report(c, &c->stray, e) == -1)
		return -1;
	if (c->csv && c->pass == PASS_CHECK && like_inside(c, rec, e) == -1)
		return -1;
	if (c->csv && (rc = row_title(c, rec, e)) != 0)
		return rc == -1 ? -1 : 0;
	if (rec->n != c->width && (rc = row_width(c, rec, e)) != 0)
		return rc == -1 ? -1 : 0;
	if ((!c->csv || (c->o->no_header &&
	    rec->place.record == 1 + c->shift)) && header_like(c, rec))
		return row_header(c, rec, e) == -1 ? -1 : 0;
	for (k = 0; k < COLUMNS; k++)
		used += c->col[k] >= 0;
	if (rec->n > used && row_ignored(c, rec, e) == -1)
		return -1;
	if (code_check(c, row_cell(c, rec, COL_CODE), e) == -1 ||
	    redeemed_check(c, row_cell(c, rec, COL_REDEEMED), e) == -1)
		return -1;
	return date_column_check(c, row_cell(c, rec, COL_DATE), e);
}

/* A good row: count it, and pass it on. */
static int
row_accept(struct checker *c, struct err *e)
{
	const struct coupon *row = &c->row;

	c->res->valid++;
	profile_count(c);
	if (days_count(c->days, &row->date, 1, e) == -1 ||
	    dedup_add(c->dups, row->code, row->len, e) == -1)
		return -1;
	if (row_skipped(c, row)) {
		c->res->skipped++;
		return 0;
	}
	content_add(&c->res->content, row);
	return c->o->spool == NULL ? 0 : spool_add(c->o->spool, row, e);
}

static int
row_reject(struct checker *c, uint64_t record, struct err *e)
{
	c->res->invalid++;
	return bits_set(&c->broken, record, e);
}

/* Forget what belonged to the row before. */
static void
row_next(struct checker *c)
{
	c->row_errors = 0;
	c->row_control = false;
	c->row_encoding = false;
	c->row_stray = false;
	c->nul.line = 0;
}

static int
row_aside(struct checker *c, const struct record *rec, struct err *e)
{
	enum rule rule;
	int rc = 0;

	if (bits_has(&c->broken, c->row.record)) {
		if (row_check(c, rec, e) == -1)
			return -1;
		/* All is well with the row itself: others tell against it. */
		rule = c->row.code == NULL ? RULE__MAX :
		    profile_rule(c->ruins, c->row.code, c->row.len);
		if (c->problems.len == 0 && buf_adds(&c->problems,
		    rule_info(bits_has(&c->unknown, c->row.record) ?
		    RULE_CODE_UNKNOWN : rule != RULE__MAX ? rule :
		    RULE_DUPLICATE_CONFLICT)->id, e) == -1)
			return -1;
		rc = aside_row(c, rec->place.line, rec, e);
	} else if (!bits_has(&c->repeated, c->row.record))
		rc = good_row(c, e);
	buf_clear(&c->problems);
	return rc;
}

/* A record that is not data, in a pass after the first. */
static int
row_header_again(struct checker *c, const struct record *rec, struct err *e)
{
	uint64_t i = rec->place.record;
	int rc;

	if (c->pass != PASS_ASIDE || !c->res->header)
		return 0;
	if (i == c->shift)
		return good_row(c, e);
	if (!c->titles[i].bad)
		return 0;
	if (buf_adds(&c->problems, rule_info(RULE_TITLE_ROW)->id, e) == -1)
		return -1;
	rc = aside_row(c, rec->place.line, rec, e);
	buf_clear(&c->problems);
	return rc;
}

/* The columns are not known yet: *done is whether the row told of them. */
static int
row_first(struct checker *c, const struct record *rec, bool *done,
    struct err *e)
{
	unsigned errors = c->row_errors;
	int rc;

	*done = true;
	if (c->stop)
		return 0;
	if (c->csv && !c->o->no_header) {
		rc = header_read(c, rec, e);
		row_next(c);
		return rc;
	}
	if (c->csv && c->shift == 0 && (rc = header_sep(c, rec, e)) != 0)
		return rc == -1 ? -1 : 0;
	*done = false;
	if (header_none(c, e) == -1)
		return -1;
	c->res->left_out = c->shift;
	if (c->sep && report(c, &c->titles[0].x, e, "the line for "
	    "spreadsheets; it is left out") == -1)
		return -1;
	rc = header_needs(c, &rec->place, e);
	/* That is about the file, and this row may be a good one. */
	c->row_errors = errors;
	return rc;
}

int
row_record(void *arg, const struct record *rec, struct err *e)
{
	struct checker *c = arg;
	struct record in_file, bare;
	bool done;
	int rc;

	if ((c->pass == PASS_FIX && fix_start(c, rec, e) == -1) ||
	    (c->pass == PASS_ASIDE && aside_start(c, rec, e) == -1))
		return -1;
	if (__builtin_expect(c->utf16 != NULL, 0)) {
		in_file = utf16_in_file(c, rec);
		rec = &in_file;
	}
	if (c->csv) {
		if (guard_off(c, rec, &bare, e) == -1)
			return -1;
		rec = &bare;
	}
	if (__builtin_expect(!c->mapped, 0)) {
		rc = row_first(c, rec, &done, e);
		if (rc == -1 || done)
			return rc;
	}
	if (c->pass != PASS_CHECK && c->csv &&
	    rec->place.record <= c->shift) {
		buf_clear(&c->problems);
		row_next(c);
		return row_header_again(c, rec, e);
	}
	c->row.record = rec->place.record - c->shift;
	if (c->pass == PASS_CHECK) {
		c->res->rows++;
		rc = row_check(c, rec, e);
		if (rc == 0)
			rc = c->row_errors == 0 ? row_accept(c, e) :
			    row_reject(c, c->row.record, e);
	} else if (c->pass == PASS_ASIDE)
		rc = row_aside(c, rec, e);
	else if (c->pass == PASS_FIX)
		rc = fix_row(c, rec, e);
	else if (c->pass == PASS_KNOWN)
		rc = row_known(c, rec, e);
	else
		rc = row_see(c, rec, e);
	row_next(c);
	return rc;
}

int
row_issue(void *arg, enum reader_issue issue, const struct place *place,
    const struct place *dropped, struct err *e)
{
	struct checker *c = arg;
	struct place in_file = *place;
	bool header = c->csv && !c->o->no_header &&
	    place->record <= c->shift;
	int rc;

	if (c->stop)
		return 0;
	if (c->pass == PASS_FIX)
		return fix_issue(c, issue, place, e);
	if (c->pass == PASS_ASIDE && issue == RI_ROW_BLANK &&
	    aside_upto(c, place->byte, e) == -1)
		return -1;
	if (c->utf16 != NULL) {
		utf16_place(c->utf16, &in_file);
		place = &in_file;
	}
	if (issue == RI_QUOTE_STRAY && header && c->pass == PASS_CHECK) {
		if (c->header_stray.line == 0)
			c->header_stray = *place;
		return 0;
	}
	if (dropped != NULL && !c->mapped && c->pass == PASS_CHECK && header) {
		/* The header itself cannot be read. */
		c->stop = c->res->fatal = true;
		return issue_report(c, issue, place, e);
	}
	c->row_control = c->row_control || issue == RI_NUL;
	/* What it means is seen by the whole row. */
	if (issue == RI_QUOTE_STRAY) {
		c->row_stray = true;
		c->stray = *place;
		return 0;
	}
	if (issue == RI_NUL && !header) {
		c->nul = *place;
		return 0;
	}
	rc = issue_report(c, issue, place, e);
	if (dropped == NULL || rc == -1)
		return rc;
	if (c->pass == PASS_CHECK) {
		c->res->rows++;
		rc = row_reject(c, place->record - c->shift, e);
	} else if (c->pass == PASS_ASIDE)
		rc = aside_lost(c, dropped, e);
	buf_clear(&c->problems);
	row_next(c);
	return rc;
}
