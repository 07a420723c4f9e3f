/*
 * The CSV reader: records, places and issues, the same whatever the cut.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/base/buf.h"
#include "../../src/base/err.h"
#include "reader_fixture.h"

static const struct reader_opts csv = {
	.csv = true, .delimiter = ',', .max_line = 4096, .max_cells = 5
};

#define EXPECT(opts, in, want)	\
	reader_expect((opts), (in), sizeof(in) - 1, (want))

static void
test_plain(void **state)
{
	struct reader_opts opts = csv;

	(void)state;
	EXPECT(&csv, "", "");
	EXPECT(&csv, "a,b\nc,", "1@1:1+0 1:1+0=a 1:3+2=b\n"
	    "2@2:1+4 2:1+4=c 2:3+6=\n");
	opts.header = true;
	opts.delimiter = '\t';
	EXPECT(&opts, "h\ti\r\n\xc3\xbc,\t1\r\n",
	    "0@1:1+0 1:1+0=h 1:3+2=i\n1@2:1+5 2:1+5=\xc3\xbc, 2:5+9=1\n");
}

static void
test_line_ends(void **state)
{
	(void)state;
	EXPECT(&csv, "a\rb\r", "1@1:1+0 1:1+0=a\n2@2:1+2 2:1+2=b\n");
	EXPECT(&csv, "a\r\nb\nc\rd", "1@1:1+0 1:1+0=a\n2@2:1+3 2:1+3=b\n"
	    "mixed 2@2:2+4\n3@3:1+5 3:1+5=c\n4@4:1+7 4:1+7=d\n");
	EXPECT(&csv, "\n\na\n,,\nb\n\n", "blank 0@1:1+0\nblank 0@2:1+1\n"
	    "1@3:1+2 3:1+2=a\nblank 0@4:1+4\n2@5:1+7 5:1+7=b\n"
	    "blank 0@6:1+9\n");
}

static void
test_quotes(void **state)
{
	(void)state;
	EXPECT(&csv, "\"a\",\"b,\"\"c\"\"\",\"\"\n",
	    "1@1:1+0 q1:1+0=a q1:5+4=b,\"c\" q1:15+14=\n");
	EXPECT(&csv, "\"a\nb\r\nc\rd\",e\nf",
	    "1@1:1+0 q1:1+0=a\\x0ab\\x0d\\x0ac\\x0dd 4:4+11=e\n"
	    "2@5:1+13 5:1+13=f\n");
	EXPECT(&csv, "x,\"\"\"\"", "1@1:1+0 1:1+0=x q1:3+2=\"\n");
	EXPECT(&csv, "\"\",x\n", "1@1:1+0 q1:1+0= 1:4+3=x\n");
	/* Nothing between quotes is nothing, as are spaces and tabs. */
	EXPECT(&csv, "\"\"\n\"\",\" \",\"\"\n , ,\t\r\n\"\",\"\"\"\"\n",
	    "blank 0@1:1+0\nblank 0@2:1+3\nblank 0@3:1+13\nmixed 0@3:6+18\n"
	    "1@4:1+20 q4:1+20= q4:4+23=\"\n");
}

static void
test_stray(void **state)
{
	(void)state;
	EXPECT(&csv, "a\"b,c\nd\n", "stray 1@1:2+1\n"
	    "1@1:1+0 1:1+0=a\"b 1:5+4=c\n2@2:1+6 2:1+6=d\n");
	EXPECT(&csv, "\"a\"b,\"c\n\",d\n", "stray 1@1:4+3\n"
	    "1@1:1+0 1:1+0=\"a\"b q1:6+5=c\\x0a 2:3+10=d\n");
	EXPECT(&csv, "a\0\"b", "nul 1@1:2+1\nstray 1@1:3+2\n"
	    "1@1:1+0 1:1+0=a\\x00\"b\n");
}

static void
test_unclosed(void **state)
{
	(void)state;
	EXPECT(&csv, "a\n\"b,1\nc,1\nd,1",
	    "1@1:1+0 1:1+0=a\nunclosed! 2@2:1+2\n"
	    "3@3:1+7 3:1+7=c 3:3+9=1\n4@4:1+11 4:1+11=d 4:3+13=1\n");
	EXPECT(&csv, "a,\"b\r\nc,1\r\n\"d\",\"1\"\r\n",
	    "unclosed! 1@1:3+2\n2@2:1+6 2:1+6=c 2:3+8=1\n"
	    "3@3:1+11 q3:1+11=d q3:5+15=1\n");
	EXPECT(&csv, "a\nb,\"c", "1@1:1+0 1:1+0=a\nunclosed! 2@2:3+4\n");
}

static void
test_limits(void **state)
{
	struct reader_opts opts = csv;

	(void)state;
	EXPECT(&csv, "a,b,c,d,e,f\n1,2,3,4,5\n", "many! 1@1:1+0\n"
	    "2@2:1+12 2:1+12=1 2:3+14=2 2:5+16=3 2:7+18=4 2:9+20=5\n");
	opts.max_line = 4;
	EXPECT(&opts, "abcd\r\nabcde\r\nx\nabcdefghijklmnop\r\ny",
	    "1@1:1+0 1:1+0=abcd\nlong! 2@2:1+6\n3@3:1+13 3:1+13=x\n"
	    "mixed 3@3:2+14\nlong! 4@4:1+15\n5@5:1+33 5:1+33=y\n");
	EXPECT(&opts, "\"a\nbcdefg\"\nz\n", "unclosed! 1@1:1+0\n"
	    "long! 2@2:1+3\n3@3:1+11 3:1+11=z\n");
	EXPECT(&opts, "\"abcdefg\"\nz\nabcde", "long! 1@1:1+0\n"
	    "2@2:1+10 2:1+10=z\nlong! 3@3:1+12\n");
}

static void
test_bom(void **state)
{
	struct reader_opts opts = csv;

	(void)state;
	EXPECT(&csv, "\xef\xbb\xbf\"a\"\n", "bom 0@1:1+0\n1@1:4+3 q1:4+3=a\n");
	EXPECT(&csv, "\xef\xbb", "1@1:1+0 1:1+0=\\xef\\xbb\n");
	opts.header = true;
	EXPECT(&opts, "\"h\n1\n", "unclosed! 0@1:1+0\n1@2:1+3 2:1+3=1\n");
}

/* Everything that matters, at random: no cut may change the result. */
static void
test_random(void **state)
{
	static const char bytes[] = "ab,,\"\"\"\n\n\r\0\xc3 ";
	struct reader_opts opts = csv;
	struct buf whole, cut;
	uint64_t x = 88172645463325252u;
	char in[200];
	size_t i, k;

	(void)state;
	buf_init(&whole, 1 << 20);
	buf_init(&cut, 1 << 20);
	for (k = 0; k < 3000; k++) {
		for (i = 0; i < sizeof(in); i++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			in[i] = bytes[x % (sizeof(bytes) - 1)];
		}
		opts.csv = k % 4 != 0;
		opts.max_line = 3 + k % 50;
		buf_clear(&whole);
		reader_run(&opts, in, sizeof(in), 0, sizeof(in), &whole);
		for (i = 1; i < 4; i++) {
			buf_clear(&cut);
			reader_run(&opts, in, sizeof(in), k % sizeof(in), i * i,
			    &cut);
			assert_string_equal(cut.data, whole.data);
		}
	}
	buf_release(&whole);
	buf_release(&cut);
}

static int
fail_record(void *arg, const struct record *rec, struct err *e)
{
	(void)arg;
	return rec->place.record == 2 ?
	    err_set(e, ERR_INPUT, "enough") : 0;
}

static void
test_caller_ends(void **state)
{
	const struct reader_ops failing = { fail_record,
	    reader_told.issue };
	struct err e;
	struct reader *r;

	(void)state;
	err_clear(&e);
	r = reader_new(&csv, &failing, NULL, &e);
	assert_non_null(r);
	assert_int_equal(reader_feed(r, "a\nb\nc\n", 6, &e), -1);
	assert_int_equal(e.code, ERR_INPUT);
	reader_free(r);
	reader_free(NULL);
}

/* A line of 64 MiB, then a good one, in the memory of the limit. */
static void
test_long_line(void **state)
{
	static char block[1 << 16];
	struct reader_opts opts = csv;
	struct buf out;
	struct err e;
	struct reader *r;
	int i;

	(void)state;
	err_clear(&e);
	buf_init(&out, 4096);
	memset(block, 'x', sizeof(block));
	opts.max_line = 1 << 20;
	r = reader_new(&opts, &reader_told, &out, &e);
	assert_non_null(r);
	for (i = 0; i < 1024; i++)
		assert_int_equal(reader_feed(r, block, sizeof(block), &e), 0);
	assert_int_equal(reader_feed(r, "\nA\n", 3, &e), 0);
	assert_int_equal(reader_finish(r, &e), 0);
	assert_string_equal(out.data, "long! 1@1:1+0\n"
	    "2@2:1+67108865 2:1+67108865=A\n");
	reader_free(r);
	buf_release(&out);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_line_ends),
		cmocka_unit_test(test_quotes),
		cmocka_unit_test(test_stray),
		cmocka_unit_test(test_unclosed),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_bom),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_caller_ends),
		cmocka_unit_test(test_long_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
