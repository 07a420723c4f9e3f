/*
 * The file once more with what can be corrected without loss: the mark at its
 * start, line ends, empty lines, spaces around codes and flags, unmistakable
 * dates.  Everything else is copied byte by byte, broken rows too.
 *
 * The rows are read as in any pass; beside them runs a second reading of the
 * same bytes, which is copied up to each change.  So nothing has to be put
 * together again from cells.  UTF-16 and UTF-32 are copied as UTF-8, and
 * offsets here are those of the decoded bytes.
 */
#include "fix_internal.h"

#include <errno.h>

#include "../base/err.h"
#include "../format/utf16.h"
#include "bits.h"
#include "checker_internal.h"
#include "columns_internal.h"
#include "findings_internal.h"
#include "passes_internal.h"
#include "reread_internal.h"
#include "rows_internal.h"

#define TEXT_BYTES	256		/* of a correction; codes are shorter */

/* A cell's correction. */
struct edit {
	uint64_t	from, to;	/* offsets of what is replaced */
	bool		quote;		/* needs quotes */
	char		text[TEXT_BYTES];
	size_t		len;
};

struct fixer {
	struct reread		 reread;	/* what is not copied yet */
	/* if mixed: */
	uint64_t		 line;		/* offset of its line */
	uint64_t		 lines;		/* number of its line */
	char			 prev;		/* byte before it */
	bool			 mixed;		/* line ends are evened */
	char			 eol[3];	/* the first of them, or "" */
	const struct record	*rec;		/* in decoded offsets */
	const struct record	*seen;		/* the same in the file's */
	struct edit		 edit[COLUMNS];
	size_t			 nedits;
};

/* Take the bytes up to an offset, and write them or not. */
static int
fix_pass(struct checker *c, uint64_t upto, bool write, struct err *e)
{
	struct fixer *f = c->fixer;
	const char *p;
	size_t i, n;

	for (;;) {
		if (reread_take(&f->reread, upto, &p, &n, e) == -1)
			return -1;
		if (n == 0)
			return 0;
		if (write && fwrite(p, 1, n, c->o->fixed) != n)
			return err_sys(e, ERR_IO, errno, "corrected file");
		for (i = 0; f->mixed && i < n; i++) {
			if (p[i] == '\n' || p[i] == '\r') {
				f->line = f->reread.at - n + i + 1;
				f->lines += p[i] == '\r' || f->prev != '\r';
			}
			f->prev = p[i];
		}
	}
}

/* The next byte, or -1 at the end; it stays the next one. */
static int
fix_peek(struct checker *c, int *b, struct err *e)
{
	struct reread *a = &c->fixer->reread;

	if (reread_fill(a, e) == -1)
		return -1;
	*b = a->n == 0 ? -1 : (unsigned char)*a->p;
	return 0;
}

/* Tell what was done at a place of the file. */
static int
fix_tell(struct checker *c, const struct complaint *x, const char *what,
    struct err *e)
{
	c->res->changed[x->rule]++;
	if (!findings_wants(&c->changes, x->place.byte, x->rule))
		return 0;
	return complaint_keep(c, &c->changes, x, what, e);
}

/* The place of an offset that is told of by line and column only. */
static int
fix_tell_at(struct checker *c, enum rule rule, struct place place,
    const char *what, struct err *e)
{
	struct complaint x;

	if (c->utf16 != NULL)
		utf16_place(c->utf16, &place);
	x = complaint_at(c, rule, &place);
	return fix_tell(c, &x, what, e);
}

/* Copy up to the start of a line, with the line end before it as the first. */
static int
fix_line(struct checker *c, const struct place *place, struct err *e)
{
	uint64_t start = place->byte;
	struct fixer *f = c->fixer;
	struct place end = { 0, 1, 0, 0 };
	char eol[3] = "";
	int b, n = 0;

	if (!f->mixed || start <= f->reread.at)
		return fix_pass(c, start, true, e);
	/* All but two bytes, which may be the line end. */
	if (fix_pass(c, start < f->reread.at + 2 ? f->reread.at : start - 2,
	    true, e) == -1)
		return -1;
	while (f->reread.at < start) {
		if (fix_peek(c, &b, e) == -1)
			return -1;
		if ((b != '\r' && b != '\n') || (b == '\n' && n > 0 &&
		    eol[n - 1] != '\r')) {
			n = 0;
			if (fix_pass(c, f->reread.at + 1, true, e) == -1)
				return -1;
			continue;
		}
		if (n == 0) {
			end.line = f->lines;
			end.byte = f->reread.at;
			end.column = f->reread.at - f->line + 1;
		}
		eol[n++] = (char)b;
		eol[n] = '\0';
		if (fix_pass(c, f->reread.at + 1, false, e) == -1)
			return -1;
	}
	if (f->eol[0] == '\0')
		memcpy(f->eol, eol, sizeof(eol));
	if (fputs(n > 0 ? f->eol : "", c->o->fixed) == EOF)
		return err_sys(e, ERR_IO, errno, "corrected file");
	if (n == 0 || strcmp(eol, f->eol) == 0)
		return 0;
	return fix_tell_at(c, RULE_EOL_MIXED, end, "line end as in line 1", e);
}

/* What a blank row may have before its line end. */
static bool
fix_blank_byte(const struct checker *c, int b)
{
	return b == ' ' || b == '\t' || (c->csv && (b == '"' ||
	    b == (unsigned char)c->res->delimiter));
}

/* Leave out a blank row and its line end. */
static int
fix_blank(struct checker *c, const struct place *place, struct err *e)
{
	struct fixer *f = c->fixer;
	int b, before = 0;

	if (fix_line(c, place, e) == -1 || fix_peek(c, &b, e) == -1)
		return -1;
	while (fix_blank_byte(c, b))
		if (fix_pass(c, f->reread.at + 1, false, e) == -1 ||
		    fix_peek(c, &b, e) == -1)
			return -1;
	while ((b == '\r' && before == 0) || (b == '\n' && before != '\n')) {
		before = b;
		if (fix_pass(c, f->reread.at + 1, false, e) == -1 ||
		    fix_peek(c, &b, e) == -1)
			return -1;
	}
	return fix_tell_at(c, RULE_ROW_BLANK, *place, "empty line left out",
	    e);
}

int
fix_issue(struct checker *c, enum reader_issue issue,
    const struct place *place, struct err *e)
{
	struct fixer *f = c->fixer;
	int b;

	if (issue == RI_ROW_BLANK)
		return fix_blank(c, place, e);
	if (issue != RI_BOM)
		return 0;
	/* Files put together by programs that each write one have more. */
	do {
		if (fix_pass(c, f->reread.at + 3, false, e) == -1 ||
		    fix_peek(c, &b, e) == -1)
			return -1;
	} while (f->reread.n >= 3 &&
	    memcmp(f->reread.p, "\xef\xbb\xbf", 3) == 0);
	/* Where the settings name the encoding it is kept, with its mark. */
	if (c->utf16 != NULL && c->o->encoding != NULL)
		return 0;
	return fix_tell_at(c, RULE_BOM, *place, c->utf16 != NULL ?
	    "written as UTF-8" : "byte order mark left out", e);
}

/* Bytes that a cell takes in the file. */
static uint64_t
cell_extent(const struct cell *cell)
{
	uint64_t n = cell->len;
	size_t i;

	if (!cell->quoted)
		return n;
	for (i = 0; i < cell->len; i++)
		n += cell->p[i] == '"';
	return n + 2;
}

int
fix_note(struct checker *c, const struct complaint *x, struct err *e)
{
	struct fixer *f = c->fixer;
	const struct cell *cell;
	struct edit *edit = &f->edit[f->nedits];
	struct complaint told = *x;
	size_t i;

	for (i = 0; i < f->seen->n; i++)
		if (f->seen->cells[i].byte == x->place.byte)
			break;
	if (i == f->seen->n || f->nedits == COLUMNS ||
	    x->fix.len >= sizeof(edit->text))
		return 0;
	edit->quote = false;
	cell = &f->rec->cells[i];
	for (i = 0; i < x->fix.len; i++) {
		/* Back to another encoding is a way with stones in it. */
		if (c->has_iconv && (unsigned char)x->fix.p[i] >= 0x80)
			return 0;
		edit->quote = edit->quote || x->fix.p[i] == '"' ||
		    x->fix.p[i] == '\r' || x->fix.p[i] == '\n' ||
		    (c->csv && x->fix.p[i] == c->res->delimiter);
	}
	edit->from = cell->byte;
	edit->to = cell->byte + cell_extent(cell);
	memcpy(edit->text, x->fix.p, x->fix.len);
	edit->len = x->fix.len;
	f->nedits++;
	return fix_tell(c, &told, "", e);
}

static int
fix_write(struct checker *c, const struct edit *edit, struct err *e)
{
	FILE *to = c->o->fixed;
	size_t i;

	if (fix_pass(c, edit->from, true, e) == -1 ||
	    fix_pass(c, edit->to, false, e) == -1)
		return -1;
	if (edit->quote)
		putc('"', to);
	for (i = 0; i < edit->len; i++) {
		if (edit->quote && edit->text[i] == '"')
			putc('"', to);
		putc(edit->text[i], to);
	}
	if (edit->quote)
		putc('"', to);
	return ferror(to) ? err_sys(e, ERR_IO, errno, "corrected file") : 0;
}

int
fix_start(struct checker *c, const struct record *rec, struct err *e)
{
	c->fixer->rec = rec;
	c->fixer->nedits = 0;
	return c->fixer->mixed ? fix_line(c, &rec->place, e) : 0;
}

int
fix_row(struct checker *c, const struct record *rec, struct err *e)
{
	struct fixer *f = c->fixer;
	size_t i, k;

	f->seen = rec;
	if (!bits_has(&c->broken, c->row.record))
		return 0;
	if (row_check(c, rec, e) == -1)
		return -1;
	/* In the order of the file, which need not be ours. */
	for (i = 0; i < f->nedits; i++)
		for (k = i + 1; k < f->nedits; k++)
			if (f->edit[k].from < f->edit[i].from) {
				struct edit other = f->edit[i];

				f->edit[i] = f->edit[k];
				f->edit[k] = other;
			}
	for (i = 0; i < f->nedits; i++)
		if (fix_write(c, &f->edit[i], e) == -1)
			return -1;
	return 0;
}

/* What comes after the last record. */
static int
fix_rest(struct checker *c, struct err *e)
{
	struct place end = { 0, 1, 0, c->fed };

	if (fix_line(c, &end, e) == -1)
		return -1;
	errno = 0;
	if (fflush(c->o->fixed) == EOF || ferror(c->o->fixed))
		return err_sys(e, ERR_IO, errno, "corrected file");
	return 0;
}

int
check_fix(struct checker *c, struct err *e)
{
	struct fixer *f;
	int rc = -1;

	if (c->o->fixed == NULL || c->stop)
		return 0;
	f = c->fixer = calloc(1, sizeof(*f));
	if (f == NULL)
		return err_nomem(e);
	f->mixed = c->res->by_rule[RULE_EOL_MIXED] > 0;
	f->lines = 1;
	if (reread_open(&f->reread, c->fd, c->utf16_kind, e) == 0 &&
	    pass_run(c, PASS_FIX, e) == 0)
		rc = fix_rest(c, e);
	reread_close(&f->reread);
	free(f);
	c->fixer = NULL;
	return rc;
}
