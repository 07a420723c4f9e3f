/*
 * The code column.  One loop settles the codes that are as they should be;
 * the rest of the file is about saying what is wrong with the others.
 */
#include "rows_internal.h"

#include "../base/err.h"
#include "../base/str.h"
#include "checker_internal.h"
#include "code_ruin.h"
#include "columns_internal.h"
#include "findings_internal.h"
#include "glyph_internal.h"
#include "known.h"

/* What is odd about the characters of a code. */
struct oddities {
	uint32_t	 wrong;		/* first one that codes do not have */
	uint32_t	 blank;		/* first blank */
	uint32_t	 like;		/* first look-alike, */
	char		 ascii;		/* what it looks like */
	const char	*script;	/* and where it is from */
	bool		 hidden;	/* blanks other than ASCII */
};

/* The pattern has to cover the whole code, ^ and $ or not. */
static bool
pattern_fits(const struct checker *c, struct text t)
{
	regmatch_t m[1];

	if (t.len > c->max_code)
		return false;
	memcpy(c->pattern_text, t.p, t.len);
	c->pattern_text[t.len] = '\0';
	return regexec(&c->pattern, c->pattern_text, 1, m, 0) == 0 &&
	    m[0].rm_so == 0 && m[0].rm_eo == (regoff_t)t.len;
}

static void
oddities_find(const struct checker *c, struct text t, struct oddities *o)
{
	const unsigned char *p = (const unsigned char *)t.p;
	const char *script, *alphabet = c->o->alphabet;
	size_t i, len;
	uint32_t cp;
	char ascii;

	memset(o, 0, sizeof(*o));
	for (i = 0; i < t.len; i += len) {
		len = utf8_next(p + i, t.len - i, &cp);
		if (len == 0)
			break;
		/* Bytes of two characters may make a third one. */
		if (len == 1 ? (c->byte[p[i]] & BYTE_ALLOWED) != 0 :
		    alphabet != NULL && memmem(alphabet, strlen(alphabet),
		    p + i, len) != NULL)
			continue;
		if (glyph_blank(cp)) {
			if (o->blank == 0 || (!o->hidden && cp >= 0x80))
				o->blank = cp;
			o->hidden = o->hidden || cp >= 0x80;
		}
		if (o->wrong == 0 && (cp >= 0x80 || !glyph_blank(cp)))
			o->wrong = cp;
		ascii = glyph_like(cp, &script);
		if (ascii != '\0' && o->like == 0) {
			o->like = cp;
			o->ascii = ascii;
			o->script = script;
		}
	}
}

/* Without quotes of a word processor at both ends. */
static struct text
curly_trim(struct text t)
{
	static const char *const quotes[] = { "\xe2\x80\x9c",
	    "\xe2\x80\x9d", "\xe2\x80\x9e", "\xe2\x80\x98",
	    "\xe2\x80\x99" };
	size_t i, n = sizeof(quotes) / sizeof(quotes[0]);

	for (i = 0; i < n && t.len > 6; i++)
		if (memcmp(t.p, quotes[i], 3) == 0) {
			t.p += 3;
			t.len -= 3;
			break;
		}
	for (i = 0; i < n && t.len > 3; i++)
		if (memcmp(t.p + t.len - 3, quotes[i], 3) == 0) {
			t.len -= 3;
			break;
		}
	return t;
}

static int
report_charset(struct checker *c, const struct cell *cell, struct text t,
    uint32_t cp, struct err *e)
{
	const char *name = glyph_name(cp);
	struct oddities rest;
	struct complaint x;
	struct text inner;

	x = complaint_cell(c, RULE_CODE_CHARSET, COL_CODE, cell);
	inner = curly_trim(t);
	oddities_find(c, inner, &rest);
	if (inner.len + 4 <= t.len && rest.wrong == 0 && rest.blank == 0) {
		x.fix = inner;
		return report(c, &x, e, "curly quotes around the code");
	}
	if (name != NULL)
		return report(c, &x, e, "codes do not have the character "
		    "U+%04X (%s)", (unsigned)cp, name);
	if (cp > ' ' && cp < 0x7f)
		return report(c, &x, e, "codes do not have the character "
		    "'%c'", (char)cp);
	return report(c, &x, e, "codes do not have the character U+%04X",
	    (unsigned)cp);
}

static int
report_space(struct checker *c, const struct cell *cell, struct text t,
    const struct oddities *o, struct err *e)
{
	struct text trimmed = text_trim(t);
	struct oddities rest;
	struct complaint x;
	const char *where;

	x = complaint_cell(c, RULE_CODE_SPACE, COL_CODE, cell);
	oddities_find(c, trimmed, &rest);
	where = rest.blank != 0 ? "inside" : trimmed.p == t.p ?
	    "at the end of" : trimmed.p + trimmed.len == t.p + t.len ?
	    "at the start of" : "around";
	x.fix = trimmed;
	if (glyph_name(o->blank) != NULL)
		return report(c, &x, e, "%s U+%04X %s the code",
		    glyph_name(o->blank), (unsigned)o->blank, where);
	if (o->blank < 0x80)
		return report(c, &x, e, "space %s the code", where);
	return report(c, &x, e, "%s U+%04X %s the code",
	    utf8_hidden(o->blank) ? "invisible character" : "space",
	    (unsigned)o->blank, where);
}

static int
code_length(struct checker *c, const struct cell *cell, size_t len,
    struct err *e)
{
	struct complaint x;

	if (len >= c->min_code && len <= c->max_code)
		return 0;
	x = complaint_cell(c, RULE_CODE_LENGTH, COL_CODE, cell);
	if (len < c->min_code)
		return report(c, &x, e, "%zu bytes, at least %zu are needed",
		    len, c->min_code);
	return report(c, &x, e, "%zu bytes, at most %zu are accepted", len,
	    c->max_code);
}

/*
 * Blanks, characters that are not allowed, and what decides code-lookalike: a
 * character of which glyph_like knows the ASCII letter.
 */
static int
code_chars(struct checker *c, const struct cell *cell, struct text t,
    struct err *e)
{
	struct oddities o;
	struct complaint x;

	oddities_find(c, t, &o);
	if (o.blank != 0 && report_space(c, cell, t, &o, e) == -1)
		return -1;
	/* A stray quote was reported with its exact place. */
	if (o.wrong != 0 && !(o.wrong == '"' && c->row_stray) &&
	    report_charset(c, cell, t, o.wrong, e) == -1)
		return -1;
	if (o.like == 0)
		return 0;
	x = complaint_cell(c, RULE_CODE_LOOKALIKE, COL_CODE, cell);
	return report(c, &x, e, "%s U+%04X looks like \"%c\"", o.script,
	    (unsigned)o.like, o.ascii);
}

static int
code_known(struct checker *c, const struct cell *cell, struct err *e)
{
	struct complaint x;

	if (known_find(c->known, c->row.code, c->row.len) != KNOWN_NO)
		return 0;
	x = complaint_cell(c, RULE_CODE_UNKNOWN, COL_CODE, cell);
	return report(c, &x, e, CODE_UNKNOWN_TEXT);
}

/* What a cell shows whose formula failed, in three languages. */
static bool
code_failed(struct text t)
{
	static const char *const words[] = { "#N/A", "#NV", "#REF!",
	    "#BEZUG!", "#NAME?", "#VALUE!", "#WERT!", "#VALEUR!", "#DIV/0!",
	    "#NUM!", "#ZAHL!", "#NOMBRE!", "#NULL!" };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == t.len &&
		    memcmp(words[i], t.p, t.len) == 0)
			return true;
	return text_hashes(t);
}

/* 'M1 is how spreadsheets keep a number as text; 'M1' is how others quote. */
static int
report_apostrophe(struct checker *c, const struct cell *cell, struct text t,
    struct err *e)
{
	struct complaint x;

	x = complaint_cell(c, RULE_CODE_CHARSET, COL_CODE, cell);
	x.fix.p = t.p + 1;
	x.fix.len = t.len - 1;
	if (t.p[t.len - 1] == '\'') {
		x.fix.len--;
		return report(c, &x, e, "single quotes around the code");
	}
	return report(c, &x, e, "begins with an apostrophe, with which "
	    "spreadsheets mark text");
}

/* ="0042" keeps its zeros where a spreadsheet opens it, and only there. */
static int
report_formula(struct checker *c, const struct cell *cell, struct text inner,
    struct err *e)
{
	struct complaint x;

	x = complaint_cell(c, inner.len == 0 ? RULE_CODE_EMPTY :
	    RULE_CODE_CHARSET, COL_CODE, cell);
	if (inner.len == 0)
		return report(c, &x, e, "a formula without text: no code in "
		    "this row");
	x.fix = inner;
	return report(c, &x, e, FORMULA_TEXT);
}

static int
report_number(struct checker *c, const struct cell *cell, struct text t,
    struct err *e)
{
	const char *point = memchr(t.p, '.', t.len);
	int n = point == NULL ? 0 : (int)(t.p + t.len - point);
	struct complaint x;

	x = complaint_cell(c, RULE_CODE_SCIENTIFIC, COL_CODE, cell);
	if (memchr(t.p, 'E', t.len) == NULL && memchr(t.p, 'e', t.len) == NULL)
		return report(c, &x, e, "ends in %.*s, as a spreadsheet "
		    "writes numbers", n > 1 ? n : 7, n > 1 ? point :
		    "a point");
	return report(c, &x, e,
	    "looks like a number changed by a spreadsheet");
}

/*
 * What hardly is a code.  A list of known codes, or a pattern for days, knows
 * better.
 */
static bool
code_guess(const struct checker *c, struct text t, enum rule *rule)
{
	if (c->known != NULL)
		return false;
	*rule = code_void(t.p, t.len) ? RULE_CODE_EMPTY : RULE_CODE_DATE;
	return *rule == RULE_CODE_EMPTY || (!c->has_pattern &&
	    code_day(t.p, t.len));
}

/* The code is not plainly good: find out why. */
static int
code_odd(struct checker *c, const struct cell *cell, struct err *e)
{
	struct complaint x;
	enum rule rule;
	struct text t, rest;
	unsigned before;
	int rc;

	if (cell_text(c, COL_CODE, cell, &t, e) == -1)
		return -1;
	if (t.p == NULL)
		return 0;
	c->row.code = t.p;
	c->row.len = t.len;
	/* Blanks, or what a spreadsheet keeps for text that is empty. */
	rest = text_trim(t);
	while (c->o->alphabet == NULL && rest.len > 0 && rest.p[0] == '\'') {
		rest.p++;
		rest.len--;
	}
	if (rest.len == 0) {
		x = complaint_cell(c, RULE_CODE_EMPTY, COL_CODE, cell);
		return report(c, &x, e, "no code in this row");
	}
	if (c->o->alphabet == NULL && text_formula(t, &rest))
		return report_formula(c, cell, rest, e);
	if (code_number(t.p, t.len))
		return report_number(c, cell, t, e);
	if (code_guess(c, t, &rule)) {
		x = complaint_cell(c, rule, COL_CODE, cell);
		return report(c, &x, e, rule == RULE_CODE_DATE ? "a day, "
		    "which a spreadsheet may have made of a code" :
		    "what programs write in place of a value, not a code");
	}
	if (t.p[0] == '#' && code_failed(t)) {
		x = complaint_cell(c, RULE_CODE_EMPTY, COL_CODE, cell);
		return report(c, &x, e, "what a spreadsheet shows in place of "
		    "a value, not a code");
	}
	if (t.p[0] == '\'' && c->o->alphabet == NULL)
		return report_apostrophe(c, cell, t, e);
	rc = like_whole(c, cell, t, e);
	if (rc != 0)
		return rc == -1 ? -1 : 0;
	before = c->row_errors;
	if (code_length(c, cell, text_trim(t).len, e) == -1 ||
	    code_chars(c, cell, t, e) == -1)
		return -1;
	if (c->row_errors > before)
		return 0;
	if (!c->has_pattern || pattern_fits(c, t))
		return c->known == NULL ? 0 : code_known(c, cell, e);
	x = complaint_cell(c, RULE_CODE_PATTERN, COL_CODE, cell);
	return report(c, &x, e, "does not fit the pattern %s", c->o->pattern);
}

int
code_check(struct checker *c, const struct cell *cell, struct err *e)
{
	const unsigned char *p = (const unsigned char *)cell->p;
	unsigned all = BYTE_ALLOWED | BYTE_DIGIT, any = 0;
	size_t i;

	for (i = 0; i < cell->len; i++) {
		all &= c->byte[p[i]];
		any |= c->byte[p[i]];
	}
	c->all_digits = (all & BYTE_DIGIT) != 0;
	if ((all & BYTE_ALLOWED) == 0 || cell->len < c->min_code ||
	    cell->len > c->max_code || cell->len == 0 || c->has_pattern ||
	    (any & (BYTE_HIGH | BYTE_CONTROL | BYTE_BETWEEN)) != 0 ||
	    cell->p[0] == '#' || cell->p[0] == '\'' ||
	    ((any & BYTE_POINT) != 0 &&
	    code_number(cell->p, cell->len)) ||
	    code_void(cell->p, cell->len) || code_day(cell->p, cell->len))
		return code_odd(c, cell, e);
	c->row.code = cell->p;
	c->row.len = cell->len;
	return __builtin_expect(c->known == NULL, 1) ? 0 :
	    code_known(c, cell, e);
}
