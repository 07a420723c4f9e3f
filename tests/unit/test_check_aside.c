/*
 * Rows that are written out: as they came, byte by byte, whatever their
 * quotes and line ends, and however the file is cut into blocks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/base/buf.h"
#include "../../src/base/err.h"
#include "../../src/base/io.h"
#include "../../src/base/limits.h"
#include "../../src/coupon/check.h"

#define HEAD	"coupon_code,redeemed,redeem_date,note"
#define AWAY	"line,problems," HEAD "\n"

/* A file, its good rows, and its broken ones. */
static const struct {
	const char *in, *good, *broken;
} cases[] = {
	/* Quotes, line ends and blanks stay; what is no row is left out. */
	{ "\xef\xbb\xbf" HEAD "\r\n"
	  "\"A1\",1,2026-11-17,\"say \"\"x\"\"\r\nz\"\r\n\r\n,,,\r\n"
	  "\"A1\",1,2026-11-17,again\r\n"
	  "B 2,1,2026-11-17,\"q\nr\"\n"
	  "C3,\"1\",2026-11-17,  blanks \nD4,1,2026-11-17,end",
	  HEAD "\r\n"
	  "\"A1\",1,2026-11-17,\"say \"\"x\"\"\r\nz\"\r\n"
	  "C3,\"1\",2026-11-17,  blanks \nD4,1,2026-11-17,end",
	  AWAY "7,code-space,B 2,1,2026-11-17,\"q\nr\"\n" },
	/* All but the apostrophe that guards a spreadsheet. */
	{ HEAD "\n-5,1,2026-11-17,\"=1\"\n'-6,1,2026-11-17,''@\n"
	  "\"'+7\",1,2026-11-17,'\n",
	  HEAD "\n'-5,1,2026-11-17,\"'=1\"\n'-6,1,2026-11-17,''@\n"
	  "\"'+7\",1,2026-11-17,'\n",
	  AWAY },
	/* A row that is dropped keeps all its lines. */
	{ HEAD "\n\"L1\n2nd\",\"x\r\n3rd\"y,1\r\nE5,1,2026-11-17,\r\n"
	  "F6,\"1,2026-11-17\r\n",
	  HEAD "\nE5,1,2026-11-17,\r\n",
	  AWAY "2,quote-unclosed,\"\"\"L1\n2nd\"\",\"\"x\"\n"
	  "4,quote-stray row-width,\"3rd\"\"y\",1\n"
	  "6,quote-unclosed,\"F6,\"\"1,2026-11-17\"\n" },
	/* Guarded, too, and whole without a line end. */
	{ HEAD "\n=G7,\"1\nM1,1,2026-11-17,\n''-\"H8,\"\n1\n''-\"I9,\"",
	  HEAD "\nM1,1,2026-11-17,\n",
	  AWAY "2,quote-unclosed,\"'=G7,\"\"1\"\n"
	  "4,quote-unclosed,\"'''-\"\"H8,\"\"\"\n"
	  "5,row-width,1\n"
	  "6,quote-unclosed,\"'''-\"\"I9,\"\"\"\n" },
};

static char *
all_of(FILE *f, size_t *n)
{
	struct err e;
	char *p;

	err_clear(&e);
	*n = (size_t)ftell(f);
	p = calloc(1, *n + 1);
	assert_non_null(p);
	assert_int_equal(io_pread_all(fileno(f), p, *n, 0, &e), 0);
	return p;
}

/* Check a file of n bytes, each of them written as so many. */
static void
check_wide(const char *p, size_t n, size_t width, const struct check_opts *o,
    struct check_result *r)
{
	FILE *f = tmpfile();
	struct err e;
	size_t i, k;

	err_clear(&e);
	assert_non_null(f);
	if (width > 1) {
		fputs("\xff\xfe", f);
		for (k = 2; k < width; k++)
			putc('\0', f);
		if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
			p += 3, n -= 3;
	}
	for (i = 0; i < n; i++) {
		putc(p[i], f);
		for (k = 1; k < width; k++)
			putc('\0', f);
	}
	assert_int_equal(fflush(f), 0);
	if (check_file(fileno(f), "x.csv", o, r, &e) == -1)
		fail_msg("%s", e.msg);
	fclose(f);
}

static void
test_rows(void **state)
{
	static const size_t widths[] = { 1, 2, 4 }, blocks[] = { 64, 0 };
	struct check_result r;
	struct check_opts o;
	size_t i, k, n;
	char *p;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]) * 6; i++) {
		k = i / 6;
		memset(&o, 0, sizeof(o));
		o.redeemed = REDEEMED_NONE;
		o.today = (struct date){ 2026, 11, 20 };
		o.block_bytes = blocks[i % 2];
		o.good = tmpfile();
		o.set_aside = tmpfile();
		assert_true(o.good != NULL && o.set_aside != NULL);
		check_wide(cases[k].in, strlen(cases[k].in),
		    widths[i / 2 % 3], &o, &r);
		p = all_of(o.good, &n);
		assert_string_equal(p, cases[k].good);
		free(p);
		p = all_of(o.set_aside, &n);
		assert_string_equal(p, cases[k].broken);
		free(p);
		fclose(o.good);
		fclose(o.set_aside);
		check_release(&r);
	}
}

/* As the input is: its delimiter, and what is told of a row comes last. */
static void
test_alike(void **state)
{
	static const struct {
		const char *in, *broken;
		struct check_opts o;
	} files[] = {
		{ "x;coupon_code\n\"a;b\";A 1\n1,5;-2\n;\"q\n;=3 \n1;2;3\n",
		  "x;coupon_code;line;problems\n\"a;b\";A 1;2;code-space\n"
		  "\";\"\"q\";4;quote-unclosed\n;\"'=3 \";5;code-space\n"
		  "1;2;3;6;row-width\n", { .delimiter = ';' } },
		/* Those of a call before give way. */
		{ "coupon_code\tline\tproblems\nA 1\t9\tcode-space\nB 2\t9\n",
		  "coupon_code\tline\tproblems\nA 1\t2\tcode-space\n"
		  "B 2\t9\t3\trow-width\n", { .delimiter = '\t' } },
		/* Without names a column has its meaning by its place. */
		{ "A1\nB 2\n", "B 2\n", { .no_header = true } },
		{ "A1\nB\"2\n=C 3\n", "B\"2\n=C 3\n",
		  { .format = CHECK_TXT } },
	};
	struct check_result r;
	struct check_opts o;
	size_t i, n;
	char *p;

	(void)state;
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		o = files[i].o;
		o.redeemed = 1;
		o.aside_alike = true;
		o.set_aside = tmpfile();
		assert_non_null(o.set_aside);
		check_wide(files[i].in, strlen(files[i].in), 1, &o, &r);
		p = all_of(o.set_aside, &n);
		assert_string_equal(p, files[i].broken);
		free(p);
		fclose(o.set_aside);
		check_release(&r);
	}
}

/* In a TXT there is nothing to guard. */
static void
test_txt(void **state)
{
	static const char in[] = "=A1\r\n\r\nB 2\r\n-C3";
	struct check_opts o = { .format = CHECK_TXT,
	    .redeemed = REDEEMED_NONE };
	struct check_result r;
	size_t n;
	char *p;

	(void)state;
	o.good = tmpfile();
	assert_non_null(o.good);
	check_wide(in, sizeof(in) - 1, 1, &o, &r);
	p = all_of(o.good, &n);
	assert_string_equal(p, "=A1\r\n-C3");
	free(p);
	fclose(o.good);
	check_release(&r);
}

/* The one broken row of a file of n bytes, as it was written. */
static void
check_one(const char *in, size_t n, const char *broken, size_t len)
{
	struct check_opts o = { .redeemed = REDEEMED_NONE };
	struct check_result r;
	char *p;

	o.set_aside = tmpfile();
	assert_non_null(o.set_aside);
	check_wide(in, n, 1, &o, &r);
	assert_int_equal(r.invalid, 1);
	p = all_of(o.set_aside, &n);
	assert_true(n > len);
	assert_memory_equal(p + n - len, broken, len);
	free(p);
	fclose(o.set_aside);
	check_release(&r);
}

/* A row that is longer than any buffer, with a NUL in it. */
static void
test_long(void **state)
{
	static const size_t size[] = { 6000, 65536, 65537, 3000000 };
	static char in[3000100] = "coupon_code\n\"a\0b,";
	static char out[3000100] = ",\"\"\"a\0b,";
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(size) / sizeof(size[0]); i++) {
		n = size[i];
		memset(in + 17, 'c', n);
		memcpy(in + 17 + n, "\nM1\n", 4);
		memset(out + 8, 'c', n);
		memcpy(out + 8 + n, "\"\n", 2);
		check_one(in, n + 21, out, n + 10);
	}
}

/* A row of more cells than are read, over two lines. */
static void
test_many_cells(void **state)
{
	static char in[5000] = "coupon_code\n\"a\nb\"";
	static char out[5000] = ",\"\"\"a\nb\"\"";

	(void)state;
	memset(in + 17, ',', 4000);
	memcpy(in + 4017, "\nM1\n", 4);
	memset(out + 9, ',', 4000);
	memcpy(out + 4009, "\"\n", 2);
	check_one(in, 4021, out, 4011);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_alike),
		cmocka_unit_test(test_txt),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_many_cells),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
