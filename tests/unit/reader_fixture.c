/*
 * A reader fed in pieces of every size: records, places and issues must be the
 * same whatever the cut.
 */
#include "reader_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/base/buf.h"
#include "../../src/base/err.h"

static const char *const issue_names[] = {
	"stray", "unclosed", "long", "blank", "mixed", "bom", "nul", "many",
};

static int
on_record(void *arg, const struct record *rec, struct err *e)
{
	struct buf *b = arg;
	const struct cell *c;
	size_t i;

	assert_int_equal(buf_addf(b, e, "%d@%d:%d+%d", (int)rec->place.record,
	    (int)rec->place.line, (int)rec->place.column,
	    (int)rec->place.byte), 0);
	for (i = 0; i < rec->n; i++) {
		c = &rec->cells[i];
		assert_int_equal(buf_addf(b, e, " %s%d:%d+%d=",
		    c->quoted ? "q" : "", (int)c->line, (int)c->column,
		    (int)c->byte), 0);
		assert_int_equal(buf_escape(b, c->p, c->len, SIZE_MAX, e), 0);
	}
	return buf_adds(b, "\n", e);
}

static int
on_issue(void *arg, enum reader_issue issue, const struct place *place,
    const struct place *dropped, struct err *e)
{
	return buf_addf(arg, e, "%s%s %d@%d:%d+%d\n", issue_names[issue],
	    dropped ? "!" : "", (int)place->record, (int)place->line,
	    (int)place->column, (int)place->byte);
}

const struct reader_ops reader_told = { on_record, on_issue };

void
reader_run(const struct reader_opts *opts, const char *in, size_t n,
    size_t first, size_t step, struct buf *out)
{
	struct err e;
	struct reader *r;
	size_t i, k;
	char *copy;

	err_clear(&e);
	r = reader_new(opts, &reader_told, out, &e);
	assert_non_null(r);
	for (i = 0; i < n; i += k) {
		k = i == 0 && first != 0 ? first : step;
		if (k > n - i)
			k = n - i;
		/* Each piece in a block of its own: over-reads show up. */
		copy = malloc(k);
		assert_non_null(copy);
		memcpy(copy, in + i, k);
		assert_int_equal(reader_feed(r, copy, k, &e), 0);
		free(copy);
	}
	assert_int_equal(reader_finish(r, &e), 0);
	assert_int_equal(reader_bytes(r), n);
	reader_free(r);
}

void
reader_expect(const struct reader_opts *opts, const char *in, size_t n,
    const char *want)
{
	struct buf out;
	size_t i;

	buf_init(&out, 1 << 20);
	reader_run(opts, in, n, 0, n == 0 ? 1 : n, &out);
	assert_string_equal(out.data, want);
	for (i = 1; i <= n; i++) {
		buf_clear(&out);
		reader_run(opts, in, n, i, n, &out);
		assert_string_equal(out.data, want);
		buf_clear(&out);
		reader_run(opts, in, n, 0, i, &out);
		assert_string_equal(out.data, want);
	}
	buf_release(&out);
}
