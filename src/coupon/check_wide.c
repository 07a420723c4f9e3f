/*
 * Files in UTF-16 and UTF-32: which one it is, and places in bytes of the file
 * though the readers see UTF-8.
 *
 * A byte order mark is a sure sign and is followed where the job says nothing
 * of its own.  Without one the job has to say it: a look at zero bytes is good
 * enough for advice, not for reading.
 */
#include "check_internal.h"

#include "../base/err.h"
#include "../base/limits.h"
#include "../base/str.h"

bool
wide_set(struct checker *c, const char *name)
{
	c->wide_kind = wide_find(name);
	c->wide_any = str_ieq(name, "utf-16") || str_ieq(name, "utf-32");
	return c->wide_kind != WIDE_NONE || c->wide_any;
}

/* The file is of another kind than can be read: a complaint about it all. */
static struct complaint
wide_fatal(struct checker *c)
{
	struct place place = { 1, 1, 0, 0 };

	c->stop = true;
	c->res->fatal = true;
	return complaint_at(c, RULE_ENCODING, &place);
}

/* The mark at the start of the file names kind. */
static int
wide_marked(struct checker *c, enum wide_kind kind, struct err *e)
{
	const char *set = c->o->encoding, *name = wide_name(kind);
	struct complaint x;

	if ((c->has_iconv || (c->wide_kind != WIDE_NONE &&
	    c->wide_kind != kind) || (c->wide_any &&
	    strncasecmp(set, name, strlen("utf-16")) != 0)) && set != NULL) {
		x = wide_fatal(c);
		return report(c, &x, e, "the file begins with the mark of %s, "
		    "but encoding is set to %s; leave out that setting",
		    name, set);
	}
	c->wide_kind = kind;
	c->wide_any = false;
	free(c->res->encoding);
	c->res->encoding = str_dup(name, e);
	return c->res->encoding == NULL ? -1 : 0;
}

int
wide_look(struct checker *c, const char *p, size_t n, struct err *e)
{
	enum wide_kind kind = wide_bom(p, n);
	struct complaint x;

	if (c->has_iconv && n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		return wide_marked(c, WIDE_NONE, e);
	if (kind != WIDE_NONE)
		return wide_marked(c, kind, e);
	if (c->wide_any) {
		x = wide_fatal(c);
		return report(c, &x, e, "the file has no byte order mark that "
		    "tells which kind of %s it is; set encoding: %sle",
		    c->res->encoding, c->res->encoding);
	}
	kind = wide_guess(p, n);
	if (kind == WIDE_NONE || c->wide_kind != WIDE_NONE)
		return 0;
	x = wide_fatal(c);
	return report(c, &x, e, "the file looks like %s without a byte order "
	    "mark; set encoding: %s", wide_name(kind), wide_name(kind));
}

int
wide_begin(struct checker *c, struct err *e)
{
	if (c->wide_kind == WIDE_NONE || c->stop)
		return 0;
	if (c->wide_cells == NULL)
		c->wide_cells = calloc(LIM_COLUMNS, sizeof(*c->wide_cells));
	if (c->wide_cells == NULL)
		return err_nomem(e);
	c->wide = wide_new(c->wide_kind, e);
	return c->wide == NULL ? -1 : 0;
}

void
wide_end(struct checker *c)
{
	wide_free(c->wide);
	c->wide = NULL;
}

int
input_feed(struct checker *c, struct reader *r, const char *p, size_t n,
    struct err *e)
{
	const char *out;
	size_t len;

	if (c->wide == NULL)
		return reader_feed(r, p, n, e);
	if (wide_decode(c->wide, p, n, false, &out, &len, e) == -1)
		return -1;
	return reader_feed(r, out, len, e);
}

int
input_finish(struct checker *c, struct reader *r, struct err *e)
{
	const char *out;
	size_t len;

	if (c->wide != NULL &&
	    (wide_decode(c->wide, "", 0, true, &out, &len, e) == -1 ||
	    reader_feed(r, out, len, e) == -1))
		return -1;
	return reader_finish(r, e);
}

uint64_t
input_bytes(const struct checker *c, const struct reader *r)
{
	return c->wide != NULL ? wide_bytes(c->wide) : reader_bytes(r);
}

struct record
wide_rec(struct checker *c, const struct record *rec)
{
	struct record out = *rec;
	struct place at;
	size_t i;

	wide_record(c->wide, &out.place);
	out.cells = c->wide_cells;
	for (i = 0; i < rec->n; i++) {
		c->wide_cells[i] = rec->cells[i];
		at.line = rec->cells[i].line;
		at.column = rec->cells[i].column;
		at.byte = rec->cells[i].byte;
		wide_place(c->wide, &at);
		c->wide_cells[i].column = at.column;
		c->wide_cells[i].byte = at.byte;
	}
	return out;
}
