/*
 * Reading one input file, in one pass or another.
 */
#include "passes_internal.h"

#include "../base/err.h"
#include "../base/limits.h"
#include "../base/stop.h"
#include "../format/unpack.h"
#include "../format/utf16.h"
#include "check.h"
#include "checker_internal.h"
#include "columns_internal.h"
#include "findings_internal.h"
#include "fast/fast.h"
#include "input_internal.h"
#include "rows_internal.h"

#define BLOCK_BYTES	((size_t)256 << 10)
#define SHORT_BYTES	(64u << 10)	/* not worth preparing for */

static const struct reader_ops row_ops = { row_record, row_issue };

/* The extension of a name, without .gz and the like after it. */
bool
name_is_txt(const char *name)
{
	size_t n;

	if (name == NULL)
		return false;
	n = strlen(name);
	if (n > 3 && strcasecmp(name + n - 3, ".gz") == 0)
		n -= 3;
	else if (n > 4 && strcasecmp(name + n - 4, ".zip") == 0)
		n -= 4;
	return n > 4 && strncasecmp(name + n - 4, ".txt", 4) == 0;
}

static void
settle_format(struct checker *c, const struct unpack *u)
{
	static const char *const packings[] = {
		[UNPACK_PLAIN] = "none", [UNPACK_GZIP] = "gzip",
		[UNPACK_ZIP] = "zip",
	};
	const char *inner;

	inner = unpack_name(u) != NULL ? unpack_name(u) : c->name;
	c->csv = c->o->format == CHECK_CSV ||
	    (c->o->format == CHECK_AUTO && !name_is_txt(inner));
	c->plain = unpack_kind(u) == UNPACK_PLAIN;
	c->res->packing = packings[unpack_kind(u)];
	c->res->format = c->csv ? "csv" : "txt";
	c->res->header = c->csv && !c->o->no_header;
	if (c->csv)
		c->res->delimiter = c->o->delimiter != '\0' ?
		    c->o->delimiter : ',';
}

/* The first bytes of the file: what can be said before reading rows. */
int
check_start(struct checker *c, const char *p, size_t n, struct err *e)
{
	if (c->pass == PASS_CHECK && utf16_look(c, p, n, e) == -1)
		return -1;
	return utf16_begin(c, e);
}

void
check_progress(struct checker *c, const struct unpack *u)
{
	uint64_t done;

	if (c->o->progress == NULL)
		return;
	done = unpack_done(u);
	c->o->progress(c->o->progress_arg, done < c->size ? done : c->size,
	    c->size);
}

/* From least to most bytes, fewer only at the end. */
static ssize_t
block_read(struct unpack *u, char *p, size_t least, size_t most,
    struct err *e)
{
	size_t n = 0;
	ssize_t got;

	do {
		got = unpack_read(u, p + n, most - n, e);
		if (got == -1)
			return -1;
		n += (size_t)got;
	} while (got > 0 && n < least);
	return (ssize_t)n;
}

/* Read all of the input once, row by row. */
static int
feed_all(struct checker *c, struct unpack *u, struct reader *r, struct err *e)
{
	size_t most = c->o->block_bytes != 0 ? c->o->block_bytes : BLOCK_BYTES;
	size_t room = most > UTF16_GUESS_BYTES ? most : UTF16_GUESS_BYTES;
	bool first = true;
	ssize_t n = 1;
	char *block;
	int rc = 0;

	block = malloc(room);
	if (block == NULL)
		return err_nomem(e);
	while (rc == 0 && !c->stop) {
		rc = stop_check(e);
		n = rc == -1 ? -1 : block_read(u, block, first ?
		    UTF16_GUESS_BYTES : 1, first ? room : most, e);
		if (n <= 0)
			break;
		if (first)
			rc = check_start(c, block, (size_t)n, e);
		first = false;
		if (rc == 0 && !c->stop)
			rc = input_feed(c, r, block, (size_t)n, e);
		c->seen = input_bytes(c, r);
		check_progress(c, u);
	}
	free(block);
	if (rc == -1 || n == -1)
		return -1;
	return c->stop ? 0 : input_finish(c, r, e);
}

static int
pass_read(struct checker *c, struct unpack *u, struct reader *r,
    struct err *e)
{
	uint64_t bytes;
	bool slow;

	slow = c->o->path == CHECK_SLOW ||
	    (c->pass != PASS_CHECK && c->pass != PASS_SEE &&
	    c->pass != PASS_JUDGE) || (c->o->path == CHECK_BEST && c->plain &&
	    c->size < SHORT_BYTES);
	if ((slow ? feed_all(c, u, r, e) : fast_run(c, u, r, e)) == -1)
		return -1;
	c->fed = reader_bytes(r);
	bytes = !c->stop ? input_bytes(c, r) : c->plain ? c->size : c->seen;
	if (c->pass == PASS_CHECK)
		c->res->bytes = bytes;
	else if (c->res->bytes != bytes)
		return err_set(e, ERR_INPUT, "the file changed while it was "
		    "read");
	return 0;
}

int
pass_run(struct checker *c, enum pass pass, struct err *e)
{
	struct reader_opts opts;
	struct unpack *u;
	struct reader *r = NULL;
	int rc = -1;

	c->pass = pass;
	u = unpack_open(c->fd, NULL, e);
	if (u == NULL)
		goto done;
	if (pass == PASS_CHECK)
		settle_format(c, u);
	memset(&opts, 0, sizeof(opts));
	opts.csv = c->csv;
	opts.delimiter = c->res->delimiter;
	opts.lead = c->pairs ? c->lead : NULL;
	opts.header = c->res->header;
	opts.max_line = LIM_LINE_BYTES;
	opts.max_cells = LIM_COLUMNS;
	r = reader_new(&opts, &row_ops, c, e);
	if (r != NULL)
		rc = pass_read(c, u, r, e);
done:
	utf16_end(c);
	reader_free(r);
	unpack_free(u);
	return rc;
}

/* No rows: an empty file is an error, a header alone may be a quiet day. */
int
check_empty(struct checker *c, struct err *e)
{
	struct place place = { 1, 1, 0, 0 };
	struct complaint x;

	if (c->stop || c->res->rows > 0)
		return 0;
	if (!c->mapped && c->shift > 0)
		return header_absent(c, e);
	x = complaint_at(c, RULE_EMPTY_FILE, &place);
	if (c->mapped) {
		x.severity = SEV_WARNING;
		return report(c, &x, e, "a header and no rows");
	}
	c->res->fatal = true;
	return report(c, &x, e, c->res->bytes == 0 ? "the file is empty" :
	    "the file has no rows");
}
