/*
 * The TXT reader: one code per line, whatever the cut.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/base/buf.h"
#include "../../src/base/err.h"
#include "../../src/format/reader.h"

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
    bool dropped, struct err *e)
{
	return buf_addf(arg, e, "%s%s %d@%d:%d+%d\n", issue_names[issue],
	    dropped ? "!" : "", (int)place->record, (int)place->line,
	    (int)place->column, (int)place->byte);
}

static const struct reader_ops ops = { on_record, on_issue };

/* Feed in pieces of step bytes after a first piece of first bytes. */
static void
run(const struct reader_opts *opts, const char *in, size_t n, size_t first,
    size_t step, struct buf *out)
{
	struct err e;
	struct reader *r;
	size_t i, k;
	char *copy;

	err_clear(&e);
	r = reader_new(opts, &ops, out, &e);
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

static void
expect_n(const struct reader_opts *opts, const char *in, size_t n,
    const char *want)
{
	struct buf out;
	size_t i;

	buf_init(&out, 1 << 20);
	run(opts, in, n, 0, n == 0 ? 1 : n, &out);
	assert_string_equal(out.data, want);
	for (i = 1; i <= n; i++) {
		buf_clear(&out);
		run(opts, in, n, i, n, &out);
		assert_string_equal(out.data, want);
		buf_clear(&out);
		run(opts, in, n, 0, i, &out);
		assert_string_equal(out.data, want);
	}
	buf_release(&out);
}

static const struct reader_opts txt = { .max_line = 6, .max_cells = 1 };

#define EXPECT(in, want)	expect_n(&txt, (in), sizeof(in) - 1, (want))

static void
test_lines(void **state)
{
	(void)state;
	EXPECT("", "");
	EXPECT("AB\n\"C,\nD", "1@1:1+0 1:1+0=AB\n2@2:1+3 2:1+3=\"C,\n"
	    "3@3:1+7 3:1+7=D\n");
	EXPECT("A\r\n\r\nB\r\n", "1@1:1+0 1:1+0=A\nblank 0@2:1+3\n"
	    "2@3:1+5 3:1+5=B\n");
	EXPECT("A\rB\nC", "1@1:1+0 1:1+0=A\n2@2:1+2 2:1+2=B\n"
	    "mixed 2@2:2+3\n3@3:1+4 3:1+4=C\n");
}

static void
test_limits(void **state)
{
	(void)state;
	EXPECT("123456\n1234567\n12345678901\r\nA", "1@1:1+0 1:1+0=123456\n"
	    "long! 2@2:1+7\nlong! 3@3:1+15\nmixed 3@3:12+26\n"
	    "4@4:1+28 4:1+28=A\n");
	EXPECT("1234567", "long! 1@1:1+0\n");
}

static void
test_odd_bytes(void **state)
{
	(void)state;
	EXPECT("\xef\xbb\xbf" "A\nB\0C\n", "bom 0@1:1+0\n"
	    "1@1:4+3 1:4+3=A\nnul 2@2:2+6\n2@2:1+5 2:1+5=B\\x00C\n");
	EXPECT("\xef\xbb\n", "1@1:1+0 1:1+0=\\xef\\xbb\n");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_odd_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
