/*
 * What the columns of a few rows are, by what stands in them and over them.
 *
 * A name over a column is a hint in any language; the cells decide.  Dates and
 * words for yes and no are hard to take for anything else.  Codes are not: the
 * column with the most different values that look like codes is taken, and
 * a hint outweighs that.
 */
#include "advise_internal.h"

#include <ctype.h>

#include "../base/err.h"
#include "../base/limits.h"
#include "../base/str.h"
#include "code_ruin.h"
#include "columns_internal.h"
#include "date_format_internal.h"
#include "glyph_internal.h"

#define HEADER_ROWS	21	/* titles and the header */
#define TRAILING	3	/* empty cells at the end of rows */
#define LIKELY		60	/* percent of the cells of a column */
#define HINT		100	/* a name, against percents */

/* Dates as they are exported, without and with a time of day. */
static const char *const formats[] = {
	"%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%y",
	"%m/%d/%y", "%d/%m/%y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d",
	"%Y.%m.%d", "%Y%m%d",
	"%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S",
	"%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S%z", "%Y-%m-%d %H:%M:%S %z",
	"%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%y %H:%M",
	"%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%y %H:%M",
	"%m/%d/%Y %H:%M:%S %p", "%m/%d/%Y %H:%M %p", "%m/%d/%y %H:%M %p",
	"%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%y %H:%M",
};
#define FORMATS	(sizeof(formats) / sizeof(formats[0]))

/* Words for redeemed and not, in pairs: a job needs both. */
static const struct {
	const char	*yes, *no;
} words[] = {
	{ "1", "0" }, { "yes", "no" }, { "true", "false" }, { "y", "n" },
	{ "ja", "nein" }, { "j", "n" }, { "wahr", "falsch" },
	{ "oui", "non" }, { "o", "n" }, { "vrai", "faux" },
	{ "s\xc3\xad", "no" }, { "s\xc3\xac", "no" }, { "si", "no" },
	{ "verdadero", "falso" }, { "vero", "falso" },
	{ "sim", "n\xc3\xa3o" }, { "ja", "nee" }, { "waar", "onwaar" },
	{ "ja", "nej" }, { "tak", "nie" }, { "ano", "ne" },
	{ "redeemed", "open" }, { "redeemed", "not redeemed" },
	{ "used", "unused" }, { "eingel\xc3\xb6st", "offen" },
	{ "1.0", "0.0" }, { "1,0", "0,0" },
};
#define WORDS	(sizeof(words) / sizeof(words[0]))

static const char *const hints[COLUMNS][16] = {
	[COL_CODE] = { "code", "coupon", "voucher", "gutschein", "kupon",
	    "cup\xc3\xb3n", "cupom", "buono", "c\xc3\xb3""digo", "codice",
	    "kod", "promo", "serial" },
	[COL_REDEEMED] = { "redeemed", "used", "eingel", "utilis", "canjead",
	    "riscattat", "resgatad", "verzilverd", "ingel", "status",
	    "benutzt", "wykorzyst" },
	[COL_DATE] = { "date", "datum", "fecha", "data", "dato",
	    "time", "zeit", "tag" },
};

/* What stands in one column. */
struct shape {
	unsigned	 filled;
	unsigned	 codes;		/* look like codes, */
	unsigned	 fresh;		/* and did not come before */
	unsigned	 flags;		/* words for yes and no */
	unsigned	 date[FORMATS];
	unsigned	 dates;		/* the most of them */
};

/* The columns of a grid, while they are looked at. */
struct look {
	const struct grid	*g;
	const struct check_opts	*o;
	size_t			 header;	/* its row; g->rows: none */
	size_t			 first;		/* row with values */
	struct shape		 shape[GRID_CELLS];
	int			 col[COLUMNS];	/* -1: none */
};

static int
grid_record(void *arg, const struct record *rec, struct err *e)
{
	struct grid *g = arg;
	size_t i;

	if (g->rows == GRID_ROWS)
		return 0;
	for (i = 0; i < rec->n && i < GRID_CELLS; i++) {
		g->cell[g->rows][i].at = g->text.len;
		g->cell[g->rows][i].len = rec->cells[i].len;
		if (buf_add(&g->text, rec->cells[i].p, rec->cells[i].len,
		    e) == -1)
			return -1;
	}
	g->cells[g->rows++] = i;
	return 0;
}

/* What is wrong with the file is told by the check itself. */
static int
grid_issue(void *arg, enum reader_issue issue, const struct place *place,
    const struct place *dropped, struct err *e)
{
	(void)arg;
	(void)issue;
	(void)place;
	(void)dropped;
	(void)e;
	return 0;
}

static void
grid_width(struct grid *g)
{
	size_t count[GRID_CELLS + 1] = { 0 }, i;

	for (i = 0; i < g->rows; i++)
		count[g->cells[i]]++;
	g->width = 0;
	for (i = 1; i <= GRID_CELLS; i++)
		if (count[i] > count[g->width])
			g->width = i;
}

int
grid_read(struct grid *g, const char *p, size_t n, char delimiter,
    struct err *e)
{
	static const struct reader_ops ops = { grid_record, grid_issue };
	struct reader_opts opts = { .csv = delimiter != '\0',
	    .delimiter = delimiter, .max_line = LIM_LINE_BYTES,
	    .max_cells = LIM_COLUMNS };
	struct reader *r;
	int rc;

	buf_init(&g->text, n + 1);
	g->rows = 0;
	r = reader_new(&opts, &ops, g, e);
	if (r == NULL)
		return -1;
	rc = reader_feed(r, p, n, e);
	if (rc == 0)
		rc = reader_finish(r, e);
	reader_free(r);
	grid_width(g);
	return rc;
}

/* Without blanks around it; empty past the end of the row. */
static struct text
grid_cell(const struct grid *g, size_t row, size_t column)
{
	struct text t = { "", 0 };

	/* Where all cells are empty there is no text to point into. */
	if (column >= g->cells[row] || g->cell[row][column].len == 0)
		return t;
	t.p = g->text.data + g->cell[row][column].at;
	t.len = g->cell[row][column].len;
	return text_trim(t);
}

/* The UTF-8 letters of the tables are compared as they are. */
static bool
same_word(struct text t, const char *word)
{
	return t.len == strlen(word) && strncasecmp(t.p, word, t.len) == 0;
}

static bool
code_like(struct text t)
{
	size_t i, digits = 0, capitals = 0;

	if (t.len < 4 || t.len > LIM_CODE_BYTES)
		return false;
	for (i = 0; i < t.len; i++) {
		if (!isalnum((unsigned char)t.p[i]) && t.p[i] != '-' &&
		    t.p[i] != '_')
			return code_number(t.p, t.len);
		digits += isdigit((unsigned char)t.p[i]) != 0;
		capitals += isupper((unsigned char)t.p[i]) != 0;
	}
	return digits > 0 || capitals == t.len;
}

static bool
date_like(struct text t)
{
	int ymd[3];
	size_t i;

	for (i = 0; t.len >= 6 && i < FORMATS; i++)
		if (date_read_as(formats[i], t, ymd))
			return true;
	return false;
}

static bool
seen_before(const struct grid *g, size_t from, size_t row, size_t column)
{
	struct text t = grid_cell(g, row, column), other;

	for (; from < row; from++) {
		other = grid_cell(g, from, column);
		if (other.len == t.len && memcmp(other.p, t.p, t.len) == 0)
			return true;
	}
	return false;
}

static void
column_look(const struct grid *g, size_t first, size_t i, struct shape *c)
{
	struct text t;
	size_t row, k;
	int ymd[3];

	memset(c, 0, sizeof(*c));
	for (row = first; row < g->rows; row++) {
		t = grid_cell(g, row, i);
		if (t.len == 0)
			continue;
		c->filled++;
		for (k = 0; k < WORDS && !same_word(t, words[k].yes) &&
		    !same_word(t, words[k].no); k++)
			;
		c->flags += k < WORDS;
		for (k = 0; t.len >= 6 && k < FORMATS; k++)
			c->date[k] += date_read_as(formats[k], t, ymd);
		if (code_like(t)) {
			c->codes++;
			c->fresh += !seen_before(g, first, row, i);
		}
	}
	for (k = 0; k < FORMATS; k++)
		if (c->date[k] > c->dates)
			c->dates = c->date[k];
}

/*
 * The row that has names rather than values: the one with most of them above
 * the first values; rows if there is none.
 */
static size_t
header_row(const struct grid *g)
{
	size_t row, i, filled, most = 0, best = g->rows;
	struct text t;
	bool data;

	for (row = 0; row < g->rows && row < HEADER_ROWS; row++) {
		data = false;
		filled = 0;
		for (i = 0; i < g->width; i++) {
			t = grid_cell(g, row, i);
			filled += t.len > 0;
			data |= date_like(t) || (t.len > 0 &&
			    isdigit((unsigned char)t.p[t.len - 1]) &&
			    (t.len == 1 || code_like(t)));
		}
		if (data)
			break;
		/* Rows may end in delimiters that the header has not. */
		if (g->cells[row] <= g->width &&
		    g->cells[row] + TRAILING >= g->width &&
		    filled * 2 > g->cells[row] && filled > most) {
			most = filled;
			best = row;
		}
	}
	return best;
}

static bool
named_as(const char *const parts[], struct text name)
{
	size_t i, k, len;

	for (i = 0; parts[i] != NULL; i++) {
		len = strlen(parts[i]);
		for (k = 0; k + len <= name.len; k++)
			if (strncasecmp(name.p + k, parts[i], len) == 0)
				return true;
	}
	return false;
}

static bool
hinted(int kind, struct text name)
{
	return named_as(hints[kind], name);
}

/* How well a column would do, in percents; 0 for not at all. */
static unsigned
column_score(const struct shape *c, int kind, struct text name)
{
	unsigned share, points;

	if (c->filled == 0)
		return 0;
	share = (kind == COL_CODE ? c->codes : kind == COL_DATE ? c->dates :
	    c->flags) * 100 / c->filled;
	if (share < LIKELY)
		return 0;
	points = kind == COL_CODE ? c->fresh * 100 / c->filled : share;
	/* A date can look like a code, and "data" may be anything. */
	if (kind == COL_CODE && c->dates * 100 / c->filled >= LIKELY)
		return 0;
	return 1 + points + (hinted(kind, name) ? HINT : 0);
}

/* The name over a column, or nothing. */
static struct text
header_text(const struct look *l, size_t i)
{
	return l->header < l->g->rows ? grid_cell(l->g, l->header, i) :
	    (struct text){ "", 0 };
}

static bool
is_taken(const struct look *l, size_t i)
{
	int k;

	for (k = 0; k < COLUMNS; k++)
		if (l->col[k] == (int)i)
			return true;
	return false;
}

/* The column that does best for a kind, of those not taken; -1 for none. */
static int
column_best(const struct look *l, int kind)
{
	unsigned most = 0, score;
	int best = -1;
	size_t i;

	for (i = 0; i < l->g->width; i++) {
		if (is_taken(l, i))
			continue;
		score = column_score(&l->shape[i], kind, header_text(l, i));
		if (score > most) {
			most = score;
			best = (int)i;
		}
	}
	return best;
}

/* Nothing that could not be seen, and pasted. */
static bool
hidden(struct text t)
{
	const unsigned char *p = (const unsigned char *)t.p;
	uint32_t cp;
	size_t i, len;

	for (i = 0; i < t.len; i += len) {
		len = utf8_next(p + i, t.len - i, &cp);
		if (len == 0 || utf8_hidden(cp))
			return true;
	}
	return false;
}

/* Days of something else than the redemption. */
static const char *const other_days[] = { "issue", "valid", "expir", "until",
	"created", "start", "birth", "ausgest", "ausgegeb", "erstellt",
	"g\xc3\xbcltig", "ablauf", "geburt", "emis", "caduc", "scad", "verval",
	"uitgifte", NULL };
static const char *const redemption_days[] = { "redeem", "redemp", "used",
	"einl\xc3\xb6s", "eingel", "utilis", "canje", "riscatt", "resgat",
	"verzilver", "ingel", "benutzt", "wykorzyst", NULL };

/* How well a column of dates may be that of the redemption; 0: not at all. */
static unsigned
date_rank(const struct shape *c, struct text name)
{
	if (column_score(c, COL_DATE, name) == 0 || named_as(other_days, name))
		return 0;
	return named_as(redemption_days, name) ? 3 :
	    hinted(COL_DATE, name) ? 2 : 1;
}

/*
 * The column of dates, by its name where names decide; else the first one, and
 * those that may be meant as well are noted.
 */
static int
date_column(const struct look *l, struct advice *a)
{
	struct text name;
	unsigned most = 0, rank;
	size_t i, n = 0;
	int best = -1;

	memset(a->dates_too, 0, sizeof(a->dates_too));
	for (i = 0; i < l->g->width; i++) {
		name = header_text(l, i);
		rank = is_taken(l, i) ? 0 : date_rank(&l->shape[i], name);
		if (rank > most) {
			most = rank;
			best = (int)i;
			n = 0;
			memset(a->dates_too, 0, sizeof(a->dates_too));
		} else if (rank > 0 && rank == most && n < 3 && name.len > 0 &&
		    name.len < ADVICE_NAME && !hidden(name)) {
			memcpy(a->dates_too[n++], name.p, name.len);
		}
	}
	return best;
}

/* Which column is which: what the check itself would take comes first. */
static void
columns_find(struct look *l, struct advice *a)
{
	size_t i;
	int k;

	for (k = 0; k < COLUMNS; k++) {
		l->col[k] = -1;
		for (i = 0; l->header < l->g->rows && l->col[k] < 0 &&
		    i < l->g->cells[l->header]; i++)
			if (header_names(l->o, k, header_text(l, i)))
				l->col[k] = (int)i;
	}
	/* Dates and words first: they are the surest. */
	for (k = COLUMNS - 1; k >= 0; k--)
		if (l->col[k] < 0)
			l->col[k] = k == COL_DATE ? date_column(l, a) :
			    column_best(l, k);
}

/*
 * Days between the first and the last date in a format, roughly; later than
 * today costs more.
 */
static int
format_span(const struct look *l, const char *format)
{
	const struct date *to = &l->o->today;
	int ymd[3], day, low = INT32_MAX, high = 0, today, late = 0;
	size_t row;

	today = (to->year * 12 + to->month) * 31 + to->day;
	for (row = l->first; row < l->g->rows; row++) {
		if (!date_read_as(format, grid_cell(l->g, row,
		    (size_t)l->col[COL_DATE]), ymd))
			continue;
		day = (ymd[0] * 12 + ymd[1]) * 31 + ymd[2];
		low = day < low ? day : low;
		high = day > high ? day : high;
		late += today > 0 && day > today;
	}
	return high - low + late * 10000;
}

static void
date_advice(const struct look *l, struct advice *a)
{
	const struct shape *c = &l->shape[l->col[COL_DATE]];
	int span, least = 0;
	size_t k;

	a->date_format = a->date_other = NULL;
	if (c->dates == 0)
		return;
	for (k = 0; k < FORMATS; k++) {
		if (c->date[k] < c->dates)
			continue;
		span = format_span(l, formats[k]);
		if (a->date_format != NULL && span >= least) {
			a->date_other = formats[k];
			continue;
		}
		a->date_other = a->date_format;
		a->date_format = formats[k];
		least = span;
	}
}

static bool
word_add(const char *list[ADVICE_WORDS], const char *word)
{
	size_t i;

	for (i = 0; i < ADVICE_WORDS - 1 && list[i] != NULL; i++)
		if (strcmp(list[i], word) == 0)
			return true;
	if (i == ADVICE_WORDS - 1)
		return false;
	list[i] = word;
	return true;
}

/* A header among the rows: each of the columns has a name in it. */
static bool
names_again(const struct look *l, size_t row)
{
	struct text t;
	int k;

	for (k = 0; k < COLUMNS; k++) {
		if (l->col[k] < 0)
			continue;
		t = grid_cell(l->g, row, (size_t)l->col[k]);
		/* "CODE1234" is a code. */
		if (!header_names(l->o, k, t) && (!hinted(k, t) ||
		    (k == COL_CODE && code_like(t))))
			return false;
	}
	return true;
}

/*
 * Pairs of which both words are there, then those with one of them.  The names
 * in a header are none: "redeemed" may be both.
 */
static void
words_advice(const struct look *l, struct advice *a)
{
	bool yes[WORDS] = { false }, no[WORDS] = { false }, told;
	bool standard = true;
	size_t k, m, round, row;
	struct text t;

	memset(a->yes, 0, sizeof(a->yes));
	memset(a->no, 0, sizeof(a->no));
	for (row = l->first; row < l->g->rows; row++) {
		if (names_again(l, row))
			continue;
		t = grid_cell(l->g, row, (size_t)l->col[COL_REDEEMED]);
		for (k = 0; k < WORDS; k++) {
			yes[k] = yes[k] || same_word(t, words[k].yes);
			no[k] = no[k] || same_word(t, words[k].no);
		}
	}
	for (k = 1; k < WORDS; k++)
		standard = standard && !yes[k] && !no[k];
	for (round = 0; !standard && round < 2; round++)
		for (k = 0; k < WORDS; k++) {
			told = !(yes[k] || no[k]) ||
			    (round == 0 && !(yes[k] && no[k]));
			/* "ja" goes with the first of "nein" and "nej". */
			for (m = 0; !told && a->yes[m] != NULL; m++)
				told = yes[k] && !no[k] &&
				    strcmp(a->yes[m], words[k].yes) == 0;
			for (m = 0; !told && a->no[m] != NULL; m++)
				told = no[k] && !yes[k] &&
				    strcmp(a->no[m], words[k].no) == 0;
			if (!told && word_add(a->yes, words[k].yes))
				word_add(a->no, words[k].no);
		}
}

/* The names to set, where the check would not find the columns itself. */
static bool
names_advice(const struct look *l, struct advice *a)
{
	struct text t;
	int k;

	for (k = 0; k < COLUMNS; k++) {
		a->column[k][0] = '\0';
		if (l->col[k] < 0)
			continue;
		if (l->header == l->g->rows) {
			/* Without a header only this order is read. */
			if (l->col[k] != k)
				return false;
			continue;
		}
		t = header_text(l, (size_t)l->col[k]);
		if (header_names(l->o, k, t))
			continue;
		if (t.len == 0 || t.len >= ADVICE_NAME || hidden(t))
			return false;
		memcpy(a->column[k], t.p, t.len);
		a->column[k][t.len] = '\0';
	}
	return true;
}

unsigned
grid_look(const struct grid *g, const struct check_opts *o, struct advice *a)
{
	const char *const set[COLUMNS] = { [COL_CODE] = o->col_code,
	    [COL_REDEEMED] = o->col_redeemed, [COL_DATE] = o->col_date };
	struct look l = { .g = g, .o = o };
	unsigned sure = 0;
	size_t i;
	int k;

	l.header = header_row(g);
	l.first = l.header < g->rows ? l.header + 1 : 0;
	for (i = 0; i < g->width; i++)
		column_look(g, l.first, i, &l.shape[i]);
	columns_find(&l, a);
	a->no_header = l.header == g->rows;
	if (l.col[COL_CODE] < 0 || !names_advice(&l, a))
		return 0;
	for (k = 0; k < COLUMNS; k++)
		sure += (l.col[k] >= 0) + (l.col[k] >= 0 && set[k] != NULL);
	if (l.col[COL_DATE] >= 0)
		date_advice(&l, a);
	if (l.col[COL_REDEEMED] >= 0)
		words_advice(&l, a);
	return sure;
}
