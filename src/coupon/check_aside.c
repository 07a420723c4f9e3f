/*
 * The broken rows as CSV: line, problems, then the cells as they were; and
 * the good ones in the dialect they came in.
 *
 * Written in a last pass over the input, when it is known which rows are
 * contradicted by others, and so in the order of the file.
 */
#include "check_internal.h"

#include <errno.h>

#include "../base/err.h"
#include "../base/limits.h"
#include "../format/formula.h"
#include "../format/unpack.h"

#define LOST_BYTES	(64u << 10)	/* of a line without cells, at a time */

bool
guard_cell(const struct checker *c, size_t i)
{
	return (int)i != c->col[COL_CODE] || formula_guards(c->o->alphabet);
}

int
guard_off(struct checker *c, const struct record *rec, struct record *out,
    struct err *e)
{
	size_t i, k;

	*out = *rec;
	for (i = 0; i < rec->n; i++)
		if (formula_guarded(rec->cells[i].p, rec->cells[i].len) &&
		    guard_cell(c, i))
			break;
	if (i == rec->n)
		return 0;
	if (c->bare_cells == NULL)
		c->bare_cells = calloc(LIM_COLUMNS, sizeof(*c->bare_cells));
	if (c->bare_cells == NULL)
		return err_nomem(e);
	memcpy(c->bare_cells, rec->cells, rec->n * sizeof(*rec->cells));
	for (k = i; k < rec->n; k++)
		if (formula_guarded(rec->cells[k].p, rec->cells[k].len) &&
		    guard_cell(c, k)) {
			c->bare_cells[k].p++;
			c->bare_cells[k].len--;
		}
	out->cells = c->bare_cells;
	return 0;
}

/* What stands between quotes. */
static void
aside_quoted(FILE *f, const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (p[i] == '"')
			putc('"', f);
		putc(p[i], f);
	}
}

/* Without a guard where guarded is false. */
static void
aside_cell(FILE *f, char delimiter, const char *p, size_t n, bool guarded)
{
	size_t i;
	bool quote = n > 0 && (p[0] == ' ' || p[n - 1] == ' ');
	bool guard = guarded && formula_like(p, n);

	for (i = 0; i < n && !quote; i++)
		quote = p[i] == delimiter || p[i] == '"' || p[i] == '\n' ||
		    p[i] == '\r';
	if (!quote) {
		if (guard)
			putc('\'', f);
		fwrite(p, 1, n, f);
		return;
	}
	putc('"', f);
	if (guard)
		putc('\'', f);
	aside_quoted(f, p, n);
	putc('"', f);
}

static int
aside_fine(FILE *f, const char *what, struct err *e)
{
	if (f != NULL && ferror(f))
		return err_sys(e, ERR_IO, errno, "file for the %s rows", what);
	return 0;
}

static int
aside_cells(struct checker *c, FILE *f, const struct record *rec,
    struct err *e)
{
	size_t i;

	for (i = 0; rec != NULL && i < rec->n; i++) {
		putc(',', f);
		aside_cell(f, ',', rec->cells[i].p, rec->cells[i].len,
		    guard_cell(c, i));
	}
	putc('\n', f);
	return aside_fine(f, "broken", e);
}

int
aside_header(struct checker *c, const struct record *rec, struct err *e)
{
	static const char *const names[] = {
		"coupon_code", "redeemed", "redeem_date",
	};
	FILE *f;
	size_t i;
	int rc;

	if (c->o->set_aside == NULL)
		return 0;
	f = open_memstream(&c->head, &c->head_len);
	if (f == NULL)
		return err_nomem(e);
	fputs("line,problems", f);
	for (i = 0; rec == NULL && i < c->width && i < 3; i++)
		fprintf(f, ",%s", names[i]);
	rc = aside_cells(c, f, rec, e);
	if (fclose(f) == EOF && rc == 0)
		return err_nomem(e);
	return rc;
}

int
aside_begin(struct checker *c, struct err *e)
{
	errno = 0;
	fwrite(c->head, 1, c->head_len, c->o->set_aside);
	return aside_fine(c->o->set_aside, "broken", e);
}

/* Is this broken row to be written? */
static bool
aside_wants(struct checker *c)
{
	if (c->o->set_aside == NULL ||
	    (c->aside_most != UINT64_MAX &&
	    (uint64_t)ftello(c->o->set_aside) >= c->aside_most))
		return false;
	c->res->aside++;
	return true;
}

int
aside_row(struct checker *c, uint64_t line, const struct record *rec,
    struct err *e)
{
	if (!aside_wants(c))
		return 0;
	errno = 0;
	fprintf(c->o->set_aside, "%llu,%s", (unsigned long long)line,
	    c->problems.data);
	return aside_cells(c, c->o->set_aside, rec, e);
}

/* The file read beside the reader, for the lines it has given up. */
struct again {
	struct unpack	*u;
	uint64_t	 at;		/* offset of p */
	size_t		 n;		/* bytes left at p */
	const char	*p;
	char		 block[64 << 10];
};

static int
again_open(struct checker *c, struct err *e)
{
	if (c->again != NULL)
		return 0;
	c->again = calloc(1, sizeof(*c->again));
	if (c->again == NULL)
		return err_nomem(e);
	c->again->u = unpack_open(c->fd, NULL, e);
	return c->again->u == NULL ? -1 : 0;
}

/* More bytes at p: 1, or 0 at the end of the file. */
static int
again_fill(struct again *a, struct err *e)
{
	ssize_t got;

	if (a->n > 0)
		return 1;
	got = unpack_read(a->u, a->block, sizeof(a->block), e);
	if (got <= 0)
		return (int)got;
	a->p = a->block;
	a->n = (size_t)got;
	return 1;
}

static void
again_take(struct again *a, size_t n)
{
	a->p += n;
	a->n -= n;
	a->at += n;
}

/*
 * Of the line at an offset the bytes from there on, up to LOST_BYTES, into the
 * empty buffer line: 1 when there may be more of it.
 */
static int
again_line(struct checker *c, uint64_t offset, struct buf *line,
    struct err *e)
{
	struct again *a = c->again;
	size_t most, n;
	int rc;

	if (offset < a->at)
		return 0;
	while ((rc = again_fill(a, e)) == 1 && a->at < offset)
		again_take(a, a->n < offset - a->at ? a->n :
		    (size_t)(offset - a->at));
	while (rc == 1 && line->len < LOST_BYTES && (rc = again_fill(a,
	    e)) == 1) {
		most = LOST_BYTES - line->len;
		for (n = 0; n < a->n && n < most && a->p[n] != '\n' &&
		    a->p[n] != '\r'; n++)
			;
		if (buf_add(line, a->p, n, e) == -1)
			return -1;
		again_take(a, n);
		if (a->n > 0 && n < most)
			return 0;
	}
	return rc;
}

/* A line that is longer than line, which has its start, as one cell. */
static int
aside_long(struct checker *c, struct buf *line, struct err *e)
{
	FILE *f = c->o->set_aside;
	int rc;

	putc('"', f);
	if (formula_like(line->data, line->len))
		putc('\'', f);
	do {
		aside_quoted(f, line->data, line->len);
		buf_clear(line);
		rc = again_line(c, c->again->at, line, e);
	} while (rc == 1);
	aside_quoted(f, line->data, line->len);
	putc('"', f);
	return rc;
}

int
aside_lost(struct checker *c, const struct place *place, struct err *e)
{
	FILE *f = c->o->set_aside;
	struct buf line;
	int rc = 0;

	if (!aside_wants(c))
		return 0;
	buf_init(&line, LOST_BYTES);
	/* The bytes of UTF-16 would not be text in this file. */
	if (c->wide == NULL)
		rc = again_open(c, e) == -1 ? -1 : again_line(c, place->byte -
		    (place->column - 1), &line, e);
	if (rc != -1) {
		errno = 0;
		fprintf(f, "%llu,%s%s", (unsigned long long)place->line,
		    c->problems.data, line.len > 0 ? "," : "");
		if (rc == 1)
			rc = aside_long(c, &line, e);
		else
			aside_cell(f, ',', line.data, line.len, true);
	}
	if (rc != -1)
		rc = aside_cells(c, f, NULL, e);
	buf_release(&line);
	return rc;
}

void
aside_done(struct checker *c)
{
	if (c->again != NULL)
		unpack_free(c->again->u);
	free(c->again);
	c->again = NULL;
}

int
good_row(struct checker *c, const struct record *rec, struct err *e)
{
	FILE *f = c->o->good;
	size_t i;

	if (f == NULL)
		return 0;
	errno = 0;
	for (i = 0; i < rec->n; i++) {
		if (i > 0)
			putc(c->res->delimiter, f);
		if (c->csv)
			aside_cell(f, c->res->delimiter, rec->cells[i].p,
			    rec->cells[i].len, guard_cell(c, i));
		else
			fwrite(rec->cells[i].p, 1, rec->cells[i].len, f);
	}
	putc('\n', f);
	return aside_fine(f, "good", e);
}

int
aside_end(struct checker *c, struct err *e)
{
	errno = 0;
	if (c->o->set_aside != NULL)
		fflush(c->o->set_aside);
	if (aside_fine(c->o->set_aside, "broken", e) == -1)
		return -1;
	if (c->o->good != NULL)
		fflush(c->o->good);
	return aside_fine(c->o->good, "good", e);
}
