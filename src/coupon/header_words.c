/*
 * What is said of a line that should be a header and does not fit.
 *
 * Such a line may have been cut into cells by the wrong delimiter.  So it is
 * put together again, and cut as each delimiter would, with quotes understood:
 * in "$1,855.00" nothing is to be cut.
 */
#include "header_words_internal.h"

#include "../base/buf.h"
#include "../base/err.h"
#include "../base/str.h"
#include "checker_internal.h"
#include "columns_internal.h"

#define CELL_SHOWN	32	/* bytes of a cell */
#define CELLS_SHOWN	8

static const char candidates[] = ";,\t|";

static const char *const settings[COLUMNS] = {
	"code", "redeemed", "redeem_date",
};

int
header_line(const struct checker *c, const struct record *rec, struct buf *b,
    struct err *e)
{
	const struct cell *cell;
	size_t i, k;
	int rc = 0;

	for (i = 0; rc == 0 && i < rec->n; i++) {
		cell = &rec->cells[i];
		if (i > 0)
			rc = buf_add(b, &c->res->delimiter, 1, e);
		if (!cell->quoted) {
			if (rc == 0 && cell->len > 0)
				rc = buf_add(b, cell->p, cell->len, e);
			continue;
		}
		if (rc == 0)
			rc = buf_adds(b, "\"", e);
		for (k = 0; rc == 0 && k < cell->len; k++)
			rc = cell->p[k] == '"' ? buf_adds(b, "\"\"", e) :
			    buf_add(b, cell->p + k, 1, e);
		if (rc == 0)
			rc = buf_adds(b, "\"", e);
	}
	return rc;
}

/*
 * The next cell of a line that is cut by this delimiter, without its quotes;
 * false after the last one.
 */
static bool
next_cell(struct text *rest, char delimiter, struct text *cell)
{
	bool quoted = rest->len > 0 && rest->p[0] == '"';
	bool inside = false;
	size_t n;

	if (rest->p == NULL)
		return false;
	for (n = 0; n < rest->len && (inside || rest->p[n] != delimiter); n++)
		if (quoted && rest->p[n] == '"')
			inside = !inside;
	cell->p = rest->p;
	cell->len = n;
	if (quoted && n > 1 && rest->p[n - 1] == '"') {
		cell->p++;
		cell->len -= 2;
	}
	rest->p = n < rest->len ? rest->p + n + 1 : NULL;
	rest->len -= n < rest->len ? n + 1 : n;
	return true;
}

static size_t
cells_by(struct text line, char delimiter)
{
	struct text cell;
	size_t n = 0;

	while (next_cell(&line, delimiter, &cell))
		n++;
	return n;
}

char
header_delimiter(const struct checker *c, struct text line)
{
	struct text rest, cell;
	size_t k;

	for (k = 0; candidates[k] != '\0'; k++) {
		if (candidates[k] == c->res->delimiter ||
		    cells_by(line, candidates[k]) < 2)
			continue;
		rest = line;
		while (next_cell(&rest, candidates[k], &cell))
			if (header_any(c, cell))
				return candidates[k];
	}
	return '\0';
}

/* Titles may be filled up with empty cells. */
size_t
header_most_cells(const struct checker *c, struct text line)
{
	struct text rest, cell;
	size_t k, n, most = 0;

	for (k = 0; k < sizeof(candidates); k++) {
		rest = line;
		n = 0;
		while (next_cell(&rest, candidates[k] != '\0' ? candidates[k] :
		    c->res->delimiter, &cell))
			n += text_trim(cell).len > 0;
		most = n > most ? n : most;
	}
	return most;
}

/* With a single column, a delimiter that stands in it is likely the one. */
static char
likely_delimiter(const struct checker *c, const struct record *rec,
    struct text line)
{
	static const char likely[] = ";\t|,";
	size_t k;

	for (k = 0; rec->n == 1 && likely[k] != '\0'; k++)
		if (likely[k] != c->res->delimiter &&
		    cells_by(line, likely[k]) > 1)
			return likely[k];
	return '\0';
}

/*
 * A cell of a line without the names that are looked for.  It may be a code
 * and goes where codes must not, so it is shown as codes are.
 */
static int
seen_cell(struct checker *c, const struct cell *cell, struct buf *b,
    struct err *e)
{
	char whole[64], shown[64];
	struct text t;

	if (header_cell(c, cell, &t, e) == -1)
		return -1;
	if (header_any(c, t) || c->o->show_codes == LOG_CODES_FULL)
		return buf_escape(b, t.p, t.len, CELL_SHOWN, e);
	snprintf(whole, sizeof(whole), "%.*s", t.len < sizeof(whole) ?
	    (int)t.len : (int)sizeof(whole) - 1, t.p);
	log_mask(whole, c->o->show_codes, shown);
	return buf_escape(b, shown, strlen(shown), CELL_SHOWN, e);
}

/* The cells that were seen, shortened, for a message. */
static int
seen_columns(struct checker *c, const struct record *rec, struct buf *b,
    struct err *e)
{
	size_t i;

	for (i = 0; i < rec->n && i < CELLS_SHOWN; i++) {
		if (i > 0 && buf_adds(b, ", ", e) == -1)
			return -1;
		if (seen_cell(c, &rec->cells[i], b, e) == -1)
			return -1;
	}
	return i < rec->n ? buf_adds(b, ", ...", e) : 0;
}

/* Whether the record looks like a row rather than a header. */
static bool
looks_like_row(const struct record *rec)
{
	const struct cell *cell;
	struct date d;
	size_t i, k, digits = 0;

	for (i = 0; i < rec->n; i++) {
		cell = &rec->cells[i];
		if (cell->len == 1 &&
		    (cell->p[0] == '0' || cell->p[0] == '1'))
			return true;
		if (date_parse(cell->p, cell->len, &d) == DATE_OK)
			return true;
	}
	cell = &rec->cells[0];
	for (k = 0; k < cell->len; k++)
		digits += cell->p[k] >= '0' && cell->p[k] <= '9';
	return digits >= 4;
}

/* "coupon_code,redeemed": one cell, with the delimiter in it. */
static bool
whole_quoted(const struct checker *c, const struct record *rec)
{
	return rec->n == 1 && rec->cells[0].quoted &&
	    memchr(rec->cells[0].p, c->res->delimiter, rec->cells[0].len) !=
	    NULL;
}

/* 'coupon_code','redeemed': quotes, but not those of a CSV. */
static bool
single_quoted(const struct checker *c, const struct record *rec)
{
	const struct cell *cell;
	size_t i;

	for (i = 0; i < rec->n; i++) {
		cell = &rec->cells[i];
		if (cell->len > 2 && cell->p[0] == '\'' &&
		    cell->p[cell->len - 1] == '\'' && header_any(c,
		    (struct text){ cell->p + 1, cell->len - 2 }))
			return true;
	}
	return false;
}

/* The cell that most likely holds the codes, for an example. */
static const struct cell *
likely_cell(const struct record *rec)
{
	static const char *const hints[] = { "code", "coupon", "voucher",
	    "gutschein" };
	size_t i, k, w;

	for (w = 0; w < sizeof(hints) / sizeof(hints[0]); w++)
		for (i = 0; i < rec->n; i++)
			for (k = strlen(hints[w]); k <= rec->cells[i].len; k++)
				if (strncasecmp(rec->cells[i].p + k -
				    strlen(hints[w]), hints[w],
				    strlen(hints[w])) == 0)
					return &rec->cells[i];
	return &rec->cells[0];
}

/* What to write into the configuration, e.g. columns: {code: "Nummer"}. */
static int
columns_line(struct checker *c, int column, const struct cell *cell,
    struct buf *b, struct err *e)
{
	struct text t;

	if (header_cell(c, cell, &t, e) == -1 ||
	    buf_addf(b, e, "columns: {%s: \"", settings[column]) == -1 ||
	    buf_escape(b, t.p, t.len, 40, e) == -1)
		return -1;
	return buf_adds(b, "\"}", e);
}

/* A letter with its accent in one, or an accent on its own. */
static bool
is_accented(uint32_t cp)
{
	return (cp >= 0xc0 && cp < 0x250) || (cp >= 0x1e00 && cp < 0x1f00);
}

static bool
is_accent(uint32_t cp)
{
	return cp >= 0x300 && cp < 0x370;
}

/* A character and the accents after it; how many bytes that is. */
static size_t
whole_letter(struct text t, uint32_t *letter, bool *accents)
{
	const unsigned char *p = (const unsigned char *)t.p;
	size_t n = utf8_next(p, t.len, letter), len;
	uint32_t cp;

	*accents = false;
	while (n > 0 && n < t.len && (len = utf8_next(p + n, t.len - n,
	    &cp)) > 0 && is_accent(cp)) {
		*accents = true;
		n += len;
	}
	return n;
}

/*
 * Whether two names differ in this only: where one has a letter with an accent
 * as one character, the other has a letter and an accent (Unicode's forms C
 * and D).  Nobody can see that.
 */
static bool
looks_same(struct text a, struct text b)
{
	uint32_t x, y;
	bool more_a, more_b, differ = false;
	size_t n, m;

	while (a.len > 0 && b.len > 0) {
		n = whole_letter(a, &x, &more_a);
		m = whole_letter(b, &y, &more_b);
		if (n == 0 || m == 0)
			return false;
		if (n != m || memcmp(a.p, b.p, n) != 0) {
			if (more_a == more_b || !is_accented(more_a ? y : x))
				return false;
			differ = true;
		}
		a = (struct text){ a.p + n, a.len - n };
		b = (struct text){ b.p + m, b.len - m };
	}
	return differ && a.len == 0 && b.len == 0;
}

/* A name with what is not ASCII as YAML and JSON write it: \u0308. */
static int
spelled_out(struct text t, struct buf *b, struct err *e)
{
	const unsigned char *p = (const unsigned char *)t.p;
	uint32_t cp;
	size_t i, n;
	int rc = 0;

	for (i = 0; rc == 0 && i < t.len; i += n) {
		n = utf8_next(p + i, t.len - i, &cp);
		if (n == 0)
			return 0;
		rc = n == 1 ? buf_escape(b, t.p + i, 1, 1, e) :
		    buf_addf(b, e, cp < 0x10000 ? "\\u%04x" : "\\U%08x",
		    (unsigned)cp);
	}
	return rc;
}

/* The column is there by another spelling that looks the same: 1, or 0. */
static int
missing_twin(struct checker *c, const struct record *rec, int column,
    const char *name, struct buf *b, struct err *e)
{
	struct text t, want = { name, strlen(name) };
	size_t i;

	for (i = 0; i < rec->n; i++) {
		if (header_cell(c, &rec->cells[i], &t, e) == -1)
			return -1;
		t = text_trim(t);
		if (!looks_same(t, want))
			continue;
		if (buf_adds(b, "; column ", e) == -1 ||
		    buf_addf(b, e, "%zu looks the same but is spelled \"",
		    i + 1) == -1 || spelled_out(t, b, e) == -1 ||
		    buf_adds(b, "\", and the setting \"", e) == -1 ||
		    spelled_out(want, b, e) == -1 ||
		    buf_addf(b, e, "\": set columns: {%s: \"",
		    settings[column]) == -1 || spelled_out(t, b, e) == -1 ||
		    buf_adds(b, "\"}", e) == -1)
			return -1;
		return 1;
	}
	return 0;
}

/* A delimiter as it is written in the configuration. */
static const char *
delimiter_text(char delimiter, char out[2])
{
	out[0] = delimiter;
	out[1] = '\0';
	return delimiter == '\t' ? "\\t" : out;
}

/* What may be the reason, and what to do. */
static int
missing_advice(struct checker *c, const struct record *rec, struct text line,
    struct buf *b, struct err *e)
{
	char delimiter = header_delimiter(c, line), text[2];

	if (delimiter != '\0')
		return buf_addf(b, e, "; it would fit with delimiter: \"%s\"",
		    delimiter_text(delimiter, text));
	if (whole_quoted(c, rec))
		return buf_adds(b, "; the whole line is in quotes, which makes "
		    "it one cell: export again without them", e);
	if (single_quoted(c, rec))
		return buf_adds(b, "; its cells are in single quotes, which "
		    "are no quotes in a CSV: export again with double quotes "
		    "or with none", e);
	if (looks_like_row(rec))
		return buf_adds(b, "; if it is a row, set header: no", e);
	delimiter = likely_delimiter(c, rec, line);
	if (delimiter != '\0')
		return buf_addf(b, e, "; if that is more than one column, set "
		    "delimiter: \"%s\"", delimiter_text(delimiter, text));
	if (c->o->show_codes != LOG_CODES_FULL)
		return buf_adds(b, "; if one of them is it, name it in "
		    "columns (validate shows them whole)", e);
	if (buf_adds(b, "; if one of them is it, set ", e) == -1)
		return -1;
	return columns_line(c, COL_CODE, likely_cell(rec), b, e);
}

int
header_missing(struct checker *c, const struct record *rec, struct text line,
    struct buf *b, struct err *e)
{
	const char *name;
	int column = COL_CODE, k, rc;

	for (k = COLUMNS - 1; k >= 0; k--)
		if (c->col[k] < 0 && (k == COL_CODE ||
		    header_configured(c->o, k)))
			column = k;
	name = header_name(c->o, column, 0);
	if (buf_adds(b, "no column \"", e) == -1 ||
	    buf_escape(b, name, strlen(name), 64, e) == -1 ||
	    buf_adds(b, "\"; this line has: ", e) == -1 ||
	    seen_columns(c, rec, b, e) == -1)
		return -1;
	rc = missing_twin(c, rec, column, name, b, e);
	return rc != 0 ? (rc == 1 ? 0 : -1) :
	    missing_advice(c, rec, line, b, e);
}

int
header_both(struct checker *c, const struct record *rec, int column,
    struct buf *b, struct err *e)
{
	size_t i = 0, last = (size_t)c->col[column];
	const struct cell *one, *other = &rec->cells[last];
	struct text t, u;

	for (; i < last; i++) {
		if (header_cell(c, &rec->cells[i], &t, e) == -1)
			return -1;
		if (header_names(c->o, column, t))
			break;
	}
	one = &rec->cells[i];
	t = text_trim((struct text){ one->p, one->len });
	u = text_trim((struct text){ other->p, other->len });
	if (t.len == u.len && strncasecmp(t.p, u.p, t.len) == 0)
		return buf_addf(b, e, "columns %zu and %zu have the same name, "
		    "and no setting can tell them apart: rename the one that "
		    "is not meant, or leave it out", i + 1, last + 1);
	if (buf_addf(b, e, "columns %zu and %zu both have a name for it; say "
	    "which one is meant: ", i + 1, last + 1) == -1 ||
	    columns_line(c, column, one, b, e) == -1 ||
	    buf_adds(b, " or ", e) == -1)
		return -1;
	return columns_line(c, column, other, b, e);
}
