/*
 * The part of the readers that does not depend on the dialect: cuts between
 * blocks, the byte order mark, lines that are too long, numbering.
 *
 * What is hard here is that the result must not depend on where the input was
 * cut.  So a record is only ever judged when it lies whole in one window: the
 * caller's block when it can, else the carry, to which the missing bytes are
 * added in growing steps, so that no byte is looked at more than a few times.
 */
#include "reader.h"

#include "../base/err.h"
#include "../base/list.h"
#include "reader_internal.h"

#define CARRY_STEP	4096	/* bytes first added to a cut record */

struct reader *
reader_new(const struct reader_opts *opts, const struct reader_ops *ops,
    void *arg, struct err *e)
{
	struct reader *r;

	r = calloc(1, sizeof(*r));
	if (r == NULL) {
		err_nomem(e);
		return NULL;
	}
	r->opts = *opts;
	r->ops = ops;
	r->arg = arg;
	r->line = 1;
	r->header = opts->header;
	if (list_grow(&r->cells, 0, &r->cells_cap, sizeof(*r->cells),
	    e) == -1) {
		reader_free(r);
		return NULL;
	}
	return r;
}

void
reader_free(struct reader *r)
{
	if (r == NULL)
		return;
	free(r->carry);
	free(r->cells);
	free(r->scratch);
	free(r);
}

uint64_t
reader_bytes(const struct reader *r)
{
	return r->fed;
}

/* The number of a record is used up, whether it is handed out or dropped. */
static void
reader_count(struct reader *r)
{
	if (r->header)
		r->header = false;
	else
		r->records++;
}

int
reader_record(struct reader *r, struct place *place, struct err *e)
{
	struct record rec;

	place->record = reader_number(r);
	rec.cells = r->cells;
	rec.n = r->ncells;
	rec.place = *place;
	reader_count(r);
	return r->ops->record(r->arg, &rec, e);
}

int
reader_issue(struct reader *r, enum reader_issue issue, struct place *place,
    const struct place *dropped, struct err *e)
{
	place->record = reader_number(r);
	if (issue == RI_ROW_BLANK || issue == RI_BOM)
		place->record = 0;
	if (dropped != NULL)
		reader_count(r);
	return r->ops->issue(r->arg, issue, place, dropped, e);
}

int
reader_eol(struct reader *r, const char *p, size_t i, size_t next,
    struct err *e)
{
	struct place place;
	unsigned char kind;

	kind = p[i] == '\n' ? EOL_LF : next == i + 2 ? EOL_CRLF : EOL_CR;
	reader_place_at(r, i, &place);
	place.record = r->records;
	r->line++;
	r->line_start = r->base + next;
	if (r->eol == 0)
		r->eol = kind;
	if (r->eol == kind || r->mixed)
		return 0;
	r->mixed = true;
	return r->ops->issue(r->arg, RI_EOL_MIXED, &place, NULL, e);
}

/* Leave out the rest of a line that was too long, with its line end. */
static int
reader_skip(struct reader *r, struct window *w, struct err *e)
{
	const char *p = w->p;
	size_t i, next, n = w->n;
	int rc;

	for (i = 0; i < n && p[i] != '\n' && p[i] != '\r'; i++)
		;
	w->used = i;
	if (i == n || (p[i] == '\r' && i + 1 == n && !w->final))
		return 0;
	next = i + 1;
	if (p[i] == '\r' && next < n && p[next] == '\n')
		next++;
	rc = reader_eol(r, p, i, next, e);
	r->skipping = false;
	w->used = next;
	return rc;
}

/* Take what can be taken from the window, which starts at r->base. */
static int
reader_window(struct reader *r, struct window *w, struct err *e)
{
	struct window rest;
	bool was;
	int rc;

	w->used = 0;
	do {
		was = r->skipping;
		rest = (struct window){ .p = w->p + w->used,
		    .n = w->n - w->used, .final = w->final };
		rc = r->skipping ? reader_skip(r, &rest, e) : r->opts.csv ?
		    csv_parse(r, &rest, e) : txt_parse(r, &rest, e);
		w->used += rest.used;
		r->base += rest.used;
		if (rc == -1)
			return -1;
		if (rest.used == 0 || w->used == w->n)
			return 0;
	} while (was || r->skipping);
	return 0;
}

static int
carry_add(struct reader *r, const char *p, size_t n, struct err *e)
{
	size_t cap;
	char *carry;

	if (n == 0)
		return 0;
	if (n > r->carry_cap - r->carry_len) {
		cap = r->carry_len + n;
		if (cap < 2 * CARRY_STEP)
			cap = 2 * CARRY_STEP;
		else
			cap += cap / 4;
		carry = realloc(r->carry, cap);
		if (carry == NULL)
			return err_nomem(e);
		r->carry = carry;
		r->carry_cap = cap;
	}
	memcpy(r->carry + r->carry_len, p, n);
	r->carry_len += n;
	return 0;
}

/*
 * Complete the record in the carry from the *n bytes at *p, and move both past
 * what it took.  Afterwards the carry is empty, or *n is 0.
 */
static int
carry_complete(struct reader *r, const char **p, size_t *n, struct err *e)
{
	struct window w;
	size_t old, take;

	while (r->carry_len > 0 && *n > 0) {
		old = r->carry_len;
		take = old / 2 < CARRY_STEP ? CARRY_STEP : old / 2;
		if (take > *n)
			take = *n;
		if (carry_add(r, *p, take, e) == -1)
			return -1;
		if (take == *n && r->carry_len < r->carry_try) {
			*n = 0;
			return 0;
		}
		w = (struct window){ .p = r->carry, .n = r->carry_len };
		if (reader_window(r, &w, e) == -1)
			return -1;
		if (w.used >= old) {
			*p += w.used - old;
			*n -= w.used - old;
			r->carry_len = 0;
			return 0;
		}
		r->carry_len -= w.used;
		memmove(r->carry, r->carry + w.used, r->carry_len);
		r->carry_try = r->carry_len + r->carry_len / 2 + 1;
		*p += take;
		*n -= take;
	}
	return 0;
}

/* Look for a byte order mark once three bytes, or all, are there. */
static int
reader_begin(struct reader *r, bool final, struct err *e)
{
	struct place place = { 1, 1, 0, 0 };

	if (r->carry_len < 3 && !final)
		return 0;
	r->begun = true;
	if (r->carry_len < 3 || memcmp(r->carry, "\xef\xbb\xbf", 3) != 0)
		return 0;
	r->carry_len -= 3;
	memmove(r->carry, r->carry + 3, r->carry_len);
	r->base = 3;
	return reader_issue(r, RI_BOM, &place, NULL, e);
}

int
reader_feed(struct reader *r, const char *p, size_t n, struct err *e)
{
	struct window w;
	size_t k;

	r->fed += n;
	if (!r->begun) {
		k = 3 - r->carry_len < n ? 3 - r->carry_len : n;
		if (carry_add(r, p, k, e) == -1 ||
		    reader_begin(r, false, e) == -1)
			return -1;
		p += k;
		n -= k;
		if (!r->begun)
			return 0;
	}
	if (carry_complete(r, &p, &n, e) == -1)
		return -1;
	if (n == 0)
		return 0;
	w = (struct window){ .p = p, .n = n };
	if (reader_window(r, &w, e) == -1)
		return -1;
	r->carry_try = 0;
	return carry_add(r, p + w.used, n - w.used, e);
}

int
reader_finish(struct reader *r, struct err *e)
{
	struct window w = { .final = true };

	if (!r->begun && reader_begin(r, true, e) == -1)
		return -1;
	w.p = r->carry != NULL ? r->carry : "";
	w.n = r->carry_len;
	if (reader_window(r, &w, e) == -1)
		return -1;
	r->carry_len = 0;
	return 0;
}

bool
reader_at_row(const struct reader *r)
{
	return r->begun && r->carry_len == 0 && !r->skipping && !r->header &&
	    r->line_start == r->base;
}

int
reader_eol_bytes(const struct reader *r)
{
	return r->eol == EOL_LF ? 1 : r->eol == EOL_CRLF ? 2 : 0;
}

void
reader_pass(struct reader *r, uint64_t bytes, uint64_t rows)
{
	r->fed += bytes;
	r->base += bytes;
	r->line += rows;
	r->line_start = r->base;
	r->records += rows;
}

void
reader_place(const struct reader *r, struct place *place)
{
	place->byte = r->base + r->carry_len;
	place->line = r->line;
	place->column = place->byte - r->line_start + 1;
	place->record = reader_number(r);
}
