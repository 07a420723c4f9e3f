/*
 * The broken rows as CSV: line, problems, then the cells as they were.
 *
 * Written in a last pass over the input, when it is known which rows are
 * contradicted by others, and so in the order of the file.
 */
#include "check_internal.h"

#include <errno.h>

#include "../base/err.h"

static void
aside_cell(FILE *f, const char *p, size_t n)
{
	size_t i;
	bool quote = n > 0 && (p[0] == ' ' || p[n - 1] == ' ');

	for (i = 0; i < n && !quote; i++)
		quote = p[i] == ',' || p[i] == '"' || p[i] == '\n' ||
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
aside_fine(struct checker *c, struct err *e)
{
	if (ferror(c->o->set_aside))
		return err_sys(e, ERR_IO, errno, "file for the broken rows");
	return 0;
}

static int
aside_cells(struct checker *c, const struct record *rec, struct err *e)
{
	size_t i;

	for (i = 0; rec != NULL && i < rec->n; i++) {
		putc(',', c->o->set_aside);
		aside_cell(c->o->set_aside, rec->cells[i].p,
		    rec->cells[i].len);
	}
	putc('\n', c->o->set_aside);
	return aside_fine(c, e);
}

int
aside_header(struct checker *c, const struct record *rec, struct err *e)
{
	static const char *const names[] = {
		"coupon_code", "redeemed", "redeem_date",
	};
	size_t i;

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
	errno = 0;
	fprintf(c->o->set_aside, "%llu,%s", (unsigned long long)line,
	    c->problems.data);
	return aside_cells(c, rec, e);
}

int
aside_end(struct checker *c, struct err *e)
{
	errno = 0;
	fflush(c->o->set_aside);
	return aside_fine(c, e);
}
