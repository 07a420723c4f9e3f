/*
 * Cells as text: what each byte is good for, the encoding of the file, and
 * the columns that are not used.
 */
#include "rows_internal.h"

#include <ctype.h>
#include <errno.h>

#include "../base/buf.h"
#include "../base/clock.h"
#include "../base/err.h"
#include "../base/limits.h"
#include "../base/str.h"
#include "../format/utf16.h"
#include "checker_internal.h"
#include "columns_internal.h"
#include "date_format_internal.h"
#include "findings_internal.h"
#include "glyph_internal.h"
#include "input_internal.h"
#include "settings_internal.h"

#define DECODED_BYTES	(8u << 20)	/* of one cell; a record is shorter */

static void
bytes_init(struct checker *c)
{
	const char *alphabet = c->o->alphabet;
	int b;

	for (b = 0; b < 256; b++) {
		if (alphabet != NULL ? b != 0 && strchr(alphabet, b) != NULL :
		    b > ' ' && b < 0x7f && b != ',' && b != '"')
			c->byte[b] |= BYTE_ALLOWED;
		if (b >= '0' && b <= '9')
			c->byte[b] |= BYTE_DIGIT;
		if (b == 'e' || b == 'E')
			c->byte[b] |= BYTE_E;
		if (b != 0 && strchr("+-.,", b) != NULL)
			c->byte[b] |= BYTE_POINT;
		if (b != 0 && strchr(";|\t,:", b) != NULL)
			c->byte[b] |= BYTE_BETWEEN;
		if (b >= 0x80)
			c->byte[b] |= BYTE_HIGH;
		if ((b < ' ' && b != '\t' && b != '\n' && b != '\r') ||
		    b == 0x7f)
			c->byte[b] |= BYTE_CONTROL;
	}
}

static int
pattern_init(struct checker *c, struct err *e)
{
	char why[128];
	int rc;

	if (c->o->pattern == NULL)
		return 0;
	rc = regcomp(&c->pattern, c->o->pattern, REG_EXTENDED);
	if (rc != 0) {
		regerror(rc, &c->pattern, why, sizeof(why));
		err_set(e, ERR_CONFIG, "code_pattern \"%s\": %s",
		    c->o->pattern, why);
		return err_key(e, "code_pattern");
	}
	c->has_pattern = true;
	c->pattern_text = malloc(c->max_code + 1);
	return c->pattern_text == NULL ? err_nomem(e) : 0;
}

/* Whether ASCII stays ASCII, so that rows and cells can be told apart. */
static bool
iconv_keeps_ascii(iconv_t cd)
{
	char in[1], out[8], *from, *to;
	size_t in_left, out_left;
	int b;

	for (b = 1; b < 0x80; b++) {
		in[0] = (char)b;
		from = in;
		to = out;
		in_left = 1;
		out_left = sizeof(out);
		iconv(cd, NULL, NULL, NULL, NULL);
		if (iconv(cd, &from, &in_left, &to, &out_left) == (size_t)-1 ||
		    out_left != sizeof(out) - 1 || out[0] != (char)b)
			return false;
	}
	return true;
}

/* Bytes in an encoding as one character: 1; -1 when more have to follow. */
static int
iconv_takes(iconv_t cd, const char *p, size_t n)
{
	char in[2], out[16], *from = in, *to = out;
	size_t room = sizeof(out);

	memcpy(in, p, n);
	iconv(cd, NULL, NULL, NULL, NULL);
	if (iconv(cd, &from, &n, &to, &room) != (size_t)-1)
		return 1;
	return errno == EINVAL ? -1 : 0;
}

/*
 * Where characters have two bytes, as in cp932 and big5, the second one may be
 * what looks like the delimiter.
 */
static void
pairs_find(struct checker *c)
{
	char delimiter = c->o->delimiter != '\0' ? c->o->delimiter : ',';
	char pair[2];
	int b;

	for (b = 0x80; b < 256; b++) {
		pair[0] = (char)b;
		pair[1] = delimiter;
		c->lead[b] = iconv_takes(c->iconv, pair, 1) == -1;
		c->pairs = c->pairs || (c->lead[b] &&
		    iconv_takes(c->iconv, pair, 2) == 1);
	}
}

static int
encoding_init(struct checker *c, struct err *e)
{
	const char *name = c->o->encoding;
	char *p;

	if (name == NULL || str_ieq(name, "utf-8") || str_ieq(name, "utf8") ||
	    str_ieq(name, "ascii") || str_ieq(name, "us-ascii")) {
		c->res->encoding = str_dup("utf-8", e);
		return c->res->encoding == NULL ? -1 : 0;
	}
	if (utf16_set(c, name)) {
		c->res->encoding = str_dup(c->utf16_any ? name :
		    utf16_name(c->utf16_kind), e);
		return c->res->encoding == NULL ? -1 : 0;
	}
	c->iconv = iconv_open("UTF-8", name);
	if (c->iconv == (iconv_t)-1)
		return errno == EINVAL ? err_set(e, ERR_CONFIG,
		    "encoding \"%s\" is not known", name) :
		    err_sys(e, ERR_NOMEM, errno, "encoding \"%s\"", name);
	c->has_iconv = true;
	if (!iconv_keeps_ascii(c->iconv))
		return err_set(e, ERR_CONFIG, "encoding \"%s\" cannot be read "
		    "directly; convert the file with: iconv -f %s -t UTF-8",
		    name, name);
	c->res->encoding = str_dup(name, e);
	if (c->res->encoding == NULL)
		return -1;
	for (p = c->res->encoding; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	pairs_find(c);
	return 0;
}

int
cells_init(struct checker *c, struct err *e)
{
	int i;

	c->min_code = c->o->min_code > 0 ? (size_t)c->o->min_code : 1;
	c->max_code = c->o->max_code > 0 ? (size_t)c->o->max_code :
	    LIM_CODE_BYTES;
	c->standard_words = c->o->words_true == NULL &&
	    c->o->words_false == NULL;
	for (i = 0; i < COLUMNS; i++)
		buf_init(&c->decoded[i], DECODED_BYTES);
	buf_init(&c->problems, 1 << 16);
	bytes_init(c);
	c->first = settings_first(c->o);
	if (settings_check(c->o, e) == -1)
		return -1;
	if (date_format_init(&c->date, c->o->date_format, e) == -1)
		return err_key(e, "date_format");
	if (pattern_init(c, e) == -1)
		return -1;
	if (c->date.zoned) {
		c->zone = tz_open(c->o->clock, c->o->timezone, e);
		if (c->zone == NULL) {
			err_wrap(e, "timezone");
			return err_key(e, "timezone");
		}
		c->date.zone = c->zone;
	}
	return encoding_init(c, e) == -1 ? err_key(e, "encoding") : 0;
}

void
cells_release(struct checker *c)
{
	int i;

	for (i = 0; i < COLUMNS; i++)
		buf_release(&c->decoded[i]);
	buf_release(&c->problems);
	if (c->has_pattern)
		regfree(&c->pattern);
	free(c->pattern_text);
	tz_free(c->zone);
	if (c->has_iconv)
		iconv_close(c->iconv);
}

/*
 * The place of the byte at index i of a cell: quoted cells have lost their
 * quotes, and may have line breaks.
 */
static struct place
place_inside(const struct checker *c, const struct cell *cell, size_t i)
{
	struct place at = { cell->line, cell->column, 0, cell->byte };
	size_t k, len;

	len = cell->quoted ? utf16_len(c->utf16_kind, '"') : 0;
	at.byte += len;
	at.column += len;
	for (k = 0; k < i; k++) {
		len = utf16_len(c->utf16_kind, (unsigned char)cell->p[k]);
		if (cell->quoted && cell->p[k] == '"')
			len *= 2;
		at.byte += len;
		at.column += len;
		if (cell->p[k] == '\n' || (cell->p[k] == '\r' &&
		    (k + 1 == cell->len || cell->p[k + 1] != '\n'))) {
			at.line++;
			at.column = 1;
		}
	}
	return at;
}

/* The byte at index i is not text; one report for a row is enough. */
static int
report_encoding(struct checker *c, int column, const struct cell *cell,
    size_t i, struct err *e)
{
	struct complaint x;
	struct place at;

	if (c->row_encoding)
		return 0;
	c->row_encoding = true;
	x = complaint_cell(c, RULE_ENCODING, column, cell);
	at = place_inside(c, cell, i);
	at.record = x.place.record;
	x.place = at;
	if (c->utf16_kind != UTF16_NONE)
		return report(c, &x, e, "these bytes are no character of %s",
		    c->res->encoding);
	if (c->has_iconv)
		return report(c, &x, e, "byte %02x is not %s",
		    (unsigned char)cell->p[i], c->res->encoding);
	return report(c, &x, e, "byte %02x is not UTF-8; a file from Windows "
	    "may need encoding: windows-1252", (unsigned char)cell->p[i]);
}

static int
report_control(struct checker *c, int column, const struct cell *cell,
    size_t i, struct err *e)
{
	struct complaint x;
	struct place at;

	if (c->row_control)
		return 0;
	c->row_control = true;
	x = complaint_cell(c, RULE_CONTROL_CHAR, column, cell);
	at = place_inside(c, cell, i);
	at.record = x.place.record;
	x.place = at;
	return report(c, &x, e, "control character %02x",
	    (unsigned char)cell->p[i]);
}

static size_t
utf8_good(const char *p, size_t n)
{
	size_t i, len;
	uint32_t cp;

	for (i = 0; i < n; i += len) {
		len = utf8_next((const unsigned char *)p + i, n - i, &cp);
		if (len == 0)
			break;
	}
	return i;
}

/* Decode a cell into to; *good is how many of its bytes could be. */
static int
decode(struct checker *c, const struct cell *cell, struct buf *to,
    size_t *good, struct err *e)
{
	char *in, *out, *start;
	size_t in_left = cell->len, out_left;
	char *copy;

	copy = malloc(cell->len + 1);
	if (copy == NULL)
		return err_nomem(e);
	memcpy(copy, cell->p, cell->len);
	buf_clear(to);
	if (buf_reserve(to, cell->len * 4 + 8, e) == -1) {
		free(copy);
		return -1;
	}
	in = copy;
	out = start = to->data;
	out_left = cell->len * 4 + 8;
	iconv(c->iconv, NULL, NULL, NULL, NULL);
	iconv(c->iconv, &in, &in_left, &out, &out_left);
	to->len = (size_t)(out - start);
	*good = cell->len - in_left;
	free(copy);
	return 0;
}

int
cell_text(struct checker *c, int column, const struct cell *cell,
    struct text *text, struct err *e)
{
	struct buf *to = &c->decoded[column];
	unsigned seen = 0;
	size_t good, i;

	text->p = cell->p;
	text->len = cell->len;
	for (i = 0; i < cell->len; i++)
		seen |= c->byte[(unsigned char)cell->p[i]];
	good = cell->len;
	if ((seen & BYTE_HIGH) != 0 && !c->has_iconv)
		good = utf8_good(cell->p, cell->len);
	else if ((seen & BYTE_HIGH) != 0) {
		if (decode(c, cell, to, &good, e) == -1)
			return -1;
		text->p = to->data;
		text->len = to->len;
	}
	if (good < cell->len) {
		text->p = NULL;
		return report_encoding(c, column, cell, good, e);
	}
	if ((seen & BYTE_CONTROL) == 0)
		return 0;
	text->p = NULL;
	for (i = 0; !(c->byte[(unsigned char)cell->p[i]] & BYTE_CONTROL); i++)
		;
	return report_control(c, column, cell, i, e);
}

int
cell_ignored(struct checker *c, const struct cell *cell, struct err *e)
{
	unsigned seen = 0;
	size_t good, i;

	for (i = 0; i < cell->len; i++)
		seen |= c->byte[(unsigned char)cell->p[i]];
	if ((seen & (BYTE_HIGH | BYTE_CONTROL)) == 0)
		return 0;
	if ((seen & BYTE_HIGH) != 0 && !c->has_iconv) {
		good = utf8_good(cell->p, cell->len);
		if (good < cell->len)
			return report_encoding(c, -1, cell, good, e);
	}
	if ((seen & BYTE_CONTROL) == 0)
		return 0;
	for (i = 0; !(c->byte[(unsigned char)cell->p[i]] & BYTE_CONTROL); i++)
		;
	return report_control(c, -1, cell, i, e);
}
