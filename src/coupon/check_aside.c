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

static void
aside_cell(FILE *f, char delimiter, const char *p, size_t n)
{
	size_t i;
	bool quote = n > 0 && (p[0] == ' ' || p[n - 1] == ' ');

	for (i = 0; i < n && !quote; i++)
		quote = p[i] == delimiter || p[i] == '"' || p[i] == '\n' ||
		    p[i] == '\r';
	if (!quote) {
		fwrite(p, 1, n, f);
		return;
	}
	putc('"', f);
	for (i = 0; i < n; i++) {
		if (p[i] == '"')
			putc('"', f);
		putc(p[i], f);
	}
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
aside_cells(struct checker *c, const struct record *rec, struct err *e)
{
	size_t i;

	for (i = 0; rec != NULL && i < rec->n; i++) {
		putc(',', c->o->set_aside);
		aside_cell(c->o->set_aside, ',', rec->cells[i].p,
		    rec->cells[i].len);
	}
	putc('\n', c->o->set_aside);
	return aside_fine(c->o->set_aside, "broken", e);
}

int
aside_header(struct checker *c, const struct record *rec, struct err *e)
{
	static const char *const names[] = {
		"coupon_code", "redeemed", "redeem_date",
	};
	size_t i;

	if (c->o->set_aside == NULL)
		return 0;
	errno = 0;
	fputs("line,problems", c->o->set_aside);
	for (i = 0; rec == NULL && i < c->width && i < 3; i++)
		fprintf(c->o->set_aside, ",%s", names[i]);
	return aside_cells(c, rec, e);
}

int
aside_row(struct checker *c, uint64_t line, const struct record *rec,
    struct err *e)
{
	if (c->o->set_aside == NULL)
		return 0;
	errno = 0;
	fprintf(c->o->set_aside, "%llu,%s", (unsigned long long)line,
	    c->problems.data);
	return aside_cells(c, rec, e);
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
			    rec->cells[i].len);
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
