/*
 * How many columns a file without a header has.
 *
 * The first row may be the broken one, so the first rows are looked at
 * together, in a reading of their own: what is found must not depend on how
 * much of the file happens to lie in a block.
 */
#include "columns_internal.h"

#include "../base/err.h"
#include "../base/limits.h"
#include "checker_internal.h"
#include "reread_internal.h"

#define WIDTH_BYTES	((uint64_t)64 << 10)	/* of the file */

/* How many rows have so many cells. */
struct widths {
	uint64_t	titles;	/* records to leave out: "sep=;" */
	unsigned	rows[LIM_COLUMNS + 1];
	size_t		most;	/* cells of the most rows; of the first ones if
				   there are as many others */
};

static int
width_record(void *arg, const struct record *rec, struct err *e)
{
	struct widths *w = arg;

	(void)e;
	if (rec->place.record > w->titles &&
	    ++w->rows[rec->n] > w->rows[w->most])
		w->most = rec->n;
	return 0;
}

/* What is wrong with rows is told when they are checked. */
static int
width_issue(void *arg, enum reader_issue issue, const struct place *place,
    const struct place *dropped, struct err *e)
{
	(void)arg;
	(void)issue;
	(void)place;
	(void)dropped;
	(void)e;
	return 0;
}

static int
width_read(struct checker *c, struct reader *r, struct err *e)
{
	struct reread a;
	int rc;

	rc = reread_open(&a, c->fd, c->utf16_kind, e);
	while (rc == 0 && a.at < WIDTH_BYTES) {
		rc = reread_fill(&a, e);
		if (rc == -1 || a.n == 0)
			break;
		if (a.n > WIDTH_BYTES - a.at)
			a.n = (size_t)(WIDTH_BYTES - a.at);
		rc = reader_feed(r, a.p, a.n, e);
		a.at += a.n;
		a.n = 0;
	}
	/* A row that was cut in the middle does not count. */
	if (rc == 0 && a.at < WIDTH_BYTES)
		rc = reader_finish(r, e);
	reread_close(&a);
	return rc;
}

int
header_none(struct checker *c, struct err *e)
{
	static const struct reader_ops ops = { width_record, width_issue };
	struct reader_opts opts = { .csv = c->csv,
	    .delimiter = c->res->delimiter,
	    .lead = c->pairs ? c->lead : NULL, .max_line = LIM_LINE_BYTES,
	    .max_cells = LIM_COLUMNS };
	struct widths w = { .titles = c->shift, .most = 1 };
	struct reader *r;
	int k, rc = 0;

	c->mapped = true;
	if (c->csv) {
		r = reader_new(&opts, &ops, &w, e);
		rc = r == NULL ? -1 : width_read(c, r, e);
		reader_free(r);
	}
	c->width = w.most;
	for (k = 0; k < COLUMNS; k++)
		c->col[k] = (size_t)k < c->width ? k : -1;
	return rc;
}
