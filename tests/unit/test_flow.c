/*
 * Files too large for fuzzing, in every way there is: with many repetitions,
 * with rounds, quoted, and damaged here and there.  The ways of finding marks
 * are compared byte by byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/base/buf.h"
#include "../../src/base/err.h"
#include "../../src/format/marks.h"
#include "../fuzz/same.h"

#define INPUT_BYTES	(64u << 20)

static uint64_t
next_random(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

struct shape {
	const char	*eol;
	bool		 txt, quoted;
	unsigned	 codes;		/* that many different ones */
	unsigned	 odd;		/* one row in this many; 0: none */
};

static void
add_row(struct buf *b, const struct shape *s, uint64_t *x)
{
	static const char *const odd[] = {
		"A B,1,2025-01-01", "\"A\nB\",0,", "\"X\"\"Y\",1,2025-01-01",
		",,", "", "AB,1,2025-02-30", "ab,0,2025-01-01", "\"open,1,",
		"1.2E+11,0,", "\xff,0,", "A,1,2025-01-01,x", "\xd0\x90,0,",
	};
	const char *q = s->quoted ? "\"" : "";
	uint64_t n = next_random(x);
	struct err e;

	err_clear(&e);
	if (s->odd != 0 && n % s->odd == 0)
		assert_int_equal(buf_addf(b, &e, "%s%s", odd[(n >> 32) %
		    (sizeof(odd) / sizeof(odd[0]))], s->eol), 0);
	else if (s->txt)
		assert_int_equal(buf_addf(b, &e, "%c%07u%s",
		    n & 64 ? 'c' : 'C', (unsigned)(n >> 20) % s->codes,
		    s->eol), 0);
	else if (n & 128)
		assert_int_equal(buf_addf(b, &e, "%sC%09u%s,%s0%s,%s", q,
		    (unsigned)(n >> 20) % s->codes, q, q, q, s->eol), 0);
	else
		assert_int_equal(buf_addf(b, &e,
		    "%sC%09u%s,%s1%s,%s20%02u-%02u-%02u%s%s", q,
		    (unsigned)(n >> 20) % s->codes, q, q, q, q,
		    (unsigned)(n >> 8) % 26, (unsigned)(n >> 10) % 12 + 1,
		    (unsigned)(n >> 14) % 28 + 1, q, s->eol), 0);
}

static void
check_shape(const struct shape *s, size_t rows, const char *head)
{
	uint64_t x = UINT64_C(0x9e3779b97f4a7c15);
	struct buf b;
	struct err e;
	size_t i;

	err_clear(&e);
	buf_init(&b, INPUT_BYTES);
	assert_int_equal(buf_add(&b, head, SAME_HEAD, &e), 0);
	if (!s->txt)
		assert_int_equal(buf_addf(&b, &e,
		    "coupon_code,redeemed,redeem_date%s", s->eol), 0);
	for (i = 0; i < rows; i++)
		add_row(&b, s, &x);
	same_check(!s->txt, (const uint8_t *)b.data, b.len);
	buf_release(&b);
}

/* More repetitions than are remembered: they are judged in another pass. */
static void
test_repeated(void **state)
{
	static const struct shape csv = { "\n", false, false, 30000, 0 };
	static const struct shape txt = { "\n", true, false, 20000, 0 };

	(void)state;
	check_shape(&csv, 60000, "\0\x40\xff\x01");
	check_shape(&txt, 90000, "\0\xc0\xff\x01");
}

static void
test_mixed(void **state)
{
	static const struct shape shapes[] = {
		{ "\n", false, false, 1000000, 50 },
		{ "\r\n", false, true, 1000000, 500 },
		{ "\n", false, true, 3000, 2000 },
		{ "\r\n", true, false, 1000000, 100 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		check_shape(&shapes[i], 4000, "\0\x80\xff\0");
}

static void
compare_marks(const struct marks_opts *opts, const char *text, size_t n)
{
	struct marks_opts o = *opts;
	struct marks *got, *want;
	int way;

	want = malloc(sizeof(*want));
	got = malloc(sizeof(*got));
	assert_non_null(want);
	assert_non_null(got);
	o.way = MARKS_SCALAR;
	marks_find(&o, text, n, want);
	for (way = MARKS_SSE2; way <= MARKS_AVX2; way++) {
		o.way = marks_way((enum marks_way)way);
		marks_find(&o, text, n, got);
		assert_int_equal(got->nends, want->nends);
		assert_int_equal(got->nodds, want->nodds);
		assert_memory_equal(got->end, want->end,
		    (want->nends + 1) * sizeof(*want->end));
		assert_memory_equal(got->odd, want->odd,
		    (want->nodds + 1) * sizeof(*want->odd));
	}
	free(want);
	free(got);
}

/* Any bytes, any length, any settings: all ways find the same. */
static void
test_marks(void **state)
{
	static const char few[] = "\r\n,;:|~{\"A1 \t\x7f\xc3.";
	uint64_t x = 88172645463325252u;
	char text[400 + MARKS_PAD] = { 0 };
	struct marks_opts o;
	unsigned round;
	size_t i, n;

	(void)state;
	for (round = 0; round < 4000; round++) {
		n = (size_t)next_random(&x) % 400;
		for (i = 0; i < sizeof(text); i++)
			text[i] = round % 2 ? (char)next_random(&x) :
			    few[next_random(&x) % (sizeof(few) - 1)];
		memset(&o, 0, sizeof(o));
		o.delimiter = ",;\t\n"[round / 2 % 4];
		o.crlf = (round & 8) != 0;
		o.quotes = (round & 16) != 0;
		o.tight = (round & 32) != 0;
		o.high = (round & 64) != 0;
		o.single = (round & 128) != 0;
		compare_marks(&o, text, n);
	}
}

/* What is odd, and what is not. */
static void
test_odd(void **state)
{
	static const char text[128] =
	    "\"ab\",c\"d,\"\"\r\ne\rf, g\n;:{|~\n";
	static const uint32_t ends[] = { 4, 8, 12, 16, 19, 25, UINT32_MAX };
	static const uint32_t odds[] = { 6, 14, 17, 20, 23, 24, UINT32_MAX };
	static const uint32_t singles[] = { 6, 14, 17, 20, 21, 23, 24,
	    UINT32_MAX };
	struct marks_opts o = { MARKS_SCALAR, ',', true, true, true, false,
	    false };
	struct marks *m;

	(void)state;
	m = malloc(sizeof(*m));
	assert_non_null(m);
	marks_find(&o, text, strlen(text), m);
	assert_int_equal(m->nends, 6);
	assert_memory_equal(m->end, ends, sizeof(ends));
	assert_int_equal(m->nodds, 6);
	assert_memory_equal(m->odd, odds, sizeof(odds));
	o.single = true;
	marks_find(&o, text, strlen(text), m);
	assert_int_equal(m->nodds, 7);
	assert_memory_equal(m->odd, singles, sizeof(singles));
	free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_odd),
		cmocka_unit_test(test_mixed),
		cmocka_unit_test(test_repeated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
