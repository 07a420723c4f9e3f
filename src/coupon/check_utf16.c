/*
 * Files in UTF-16 and UTF-32: which one it is, and places in bytes of the file
 * though the readers see UTF-8.
 *
 * A byte order mark is a sure sign and is followed where the job says nothing
 * of its own.  Without one the job has to say it: a look at zero bytes is good
 * enough for advice, not for reading.
 */
#include "input_internal.h"

#include "../base/err.h"
#include "../base/limits.h"
#include "../base/str.h"
#include "../format/utf16.h"
#include "checker_internal.h"
#include "columns_internal.h"
#include "findings_internal.h"

bool
utf16_set(struct checker *c, const char *name)
{
	c->utf16_kind = utf16_find(name);
	c->utf16_any = str_ieq(name, "utf-16") || str_ieq(name, "utf-32");
	return c->utf16_kind != UTF16_NONE || c->utf16_any;
}

/* The file is of another kind than can be read: a complaint about it all. */
static struct complaint
utf16_fatal(struct checker *c)
{
	struct place place = { 1, 1, 0, 0 };

	c->stop = true;
	c->res->fatal = true;
	return complaint_at(c, RULE_ENCODING, &place);
}

/* The mark at the start of the file names kind. */
static int
utf16_marked(struct checker *c, enum utf16_kind kind, struct err *e)
{
	const char *set = c->o->encoding, *name = utf16_name(kind);
	struct complaint x;

	if ((c->has_iconv || (c->utf16_kind != UTF16_NONE &&
	    c->utf16_kind != kind) || (c->utf16_any &&
	    strncasecmp(set, name, strlen("utf-16")) != 0)) && set != NULL) {
		x = utf16_fatal(c);
		return report(c, &x, e, "the file begins with the mark of %s, "
		    "but encoding is set to %s; leave out that setting",
		    name, set);
	}
	c->utf16_kind = kind;
	c->utf16_any = false;
	free(c->res->encoding);
	c->res->encoding = str_dup(name, e);
	return c->res->encoding == NULL ? -1 : 0;
}

int
utf16_look(struct checker *c, const char *p, size_t n, struct err *e)
{
	enum utf16_kind kind = utf16_bom(p, n);
	struct complaint x;

	if (c->has_iconv && n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		return utf16_marked(c, UTF16_NONE, e);
	if (kind != UTF16_NONE)
		return utf16_marked(c, kind, e);
	if (c->utf16_any) {
		x = utf16_fatal(c);
		return report(c, &x, e, "the file has no byte order mark that "
		    "tells which kind of %s it is; set encoding: %sle",
		    c->res->encoding, c->res->encoding);
	}
	kind = utf16_guess(p, n);
	if (kind == UTF16_NONE || c->utf16_kind != UTF16_NONE)
		return 0;
	x = utf16_fatal(c);
	return report(c, &x, e, "the file looks like %s without a byte order "
	    "mark; set encoding: %s", utf16_name(kind), utf16_name(kind));
}

int
utf16_begin(struct checker *c, struct err *e)
{
	if (c->utf16_kind == UTF16_NONE || c->stop)
		return 0;
	if (c->utf16_cells == NULL)
		c->utf16_cells = calloc(LIM_COLUMNS, sizeof(*c->utf16_cells));
	if (c->utf16_cells == NULL)
		return err_nomem(e);
	c->utf16 = utf16_new(c->utf16_kind, e);
	return c->utf16 == NULL ? -1 : 0;
}

void
utf16_end(struct checker *c)
{
	utf16_free(c->utf16);
	c->utf16 = NULL;
}

int
input_feed(struct checker *c, struct reader *r, const char *p, size_t n,
    struct err *e)
{
	const char *out;
	size_t len;

	if (c->utf16 == NULL)
		return reader_feed(r, p, n, e);
	if (utf16_decode(c->utf16, p, n, false, &out, &len, e) == -1)
		return -1;
	return reader_feed(r, out, len, e);
}

int
input_finish(struct checker *c, struct reader *r, struct err *e)
{
	const char *out;
	size_t len;

	if (c->utf16 != NULL &&
	    (utf16_decode(c->utf16, "", 0, true, &out, &len, e) == -1 ||
	    reader_feed(r, out, len, e) == -1))
		return -1;
	return reader_finish(r, e);
}

uint64_t
input_bytes(const struct checker *c, const struct reader *r)
{
	return c->utf16 != NULL ? utf16_bytes(c->utf16) : reader_bytes(r);
}

struct record
utf16_in_file(struct checker *c, const struct record *rec)
{
	struct record out = *rec;
	struct place at;
	size_t i;

	utf16_record(c->utf16, &out.place);
	out.cells = c->utf16_cells;
	for (i = 0; i < rec->n; i++) {
		c->utf16_cells[i] = rec->cells[i];
		at.line = rec->cells[i].line;
		at.column = rec->cells[i].column;
		at.byte = rec->cells[i].byte;
		utf16_place(c->utf16, &at);
		c->utf16_cells[i].column = at.column;
		c->utf16_cells[i].byte = at.byte;
	}
	return out;
}
