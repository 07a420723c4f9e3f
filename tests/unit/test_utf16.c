/*
 * UTF-16 and UTF-32: the same bytes whatever the cuts, and the way back to the
 * bytes of the file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/base/err.h"
#include "../../src/base/str.h"
#include "../../src/format/utf16.h"

/* "A", line end, e-acute, euro, a smiling face, CR, "z". */
static const char text[] = "A\n\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\rz";
static const uint32_t points[] = { 'A', '\n', 0xe9, 0x20ac, 0x1f600, '\r',
    'z' };
static const enum utf16_kind kinds[] = { UTF16_LE, UTF16_BE, UTF32_LE,
    UTF32_BE };

static size_t
put(unsigned char *to, uint32_t unit, size_t size, bool big)
{
	size_t i;

	for (i = 0; i < size; i++)
		to[big ? size - 1 - i : i] = (unsigned char)(unit >> 8 * i);
	return size;
}

/* The code points as a file of this kind; where each starts goes to at. */
static size_t
encode(enum utf16_kind kind, unsigned char *to, size_t *at)
{
	bool big = kind == UTF16_BE || kind == UTF32_BE;
	size_t i, n = 0, size = kind >= UTF32_LE ? 4 : 2;
	uint32_t cp;

	for (i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		at[i] = n;
		cp = points[i];
		if (size == 2 && cp > 0xffff) {
			n += put(to + n, 0xd800 + ((cp - 0x10000) >> 10), 2,
			    big);
			cp = 0xdc00 + ((cp - 0x10000) & 0x3ff);
		}
		n += put(to + n, cp, size, big);
	}
	at[i] = n;
	return n;
}

static size_t
decode(struct utf16 *w, const unsigned char *p, size_t n, size_t step,
    char *to)
{
	const char *out;
	size_t i, k, len, got = 0;
	struct err e;

	err_clear(&e);
	for (i = 0; i < n; i += k) {
		k = n - i < step ? n - i : step;
		assert_int_equal(utf16_decode(w, (const char *)p + i, k, false,
		    &out, &len, &e), 0);
		memcpy(to + got, out, len);
		got += len;
	}
	assert_int_equal(utf16_decode(w, "", 0, true, &out, &len, &e), 0);
	memcpy(to + got, out, len);
	return got + len;
}

static void
test_cuts(void **state)
{
	unsigned char raw[64];
	char got[64];
	size_t at[16], k, n, step;
	struct utf16 *w;
	struct err e;

	(void)state;
	err_clear(&e);
	for (k = 0; k < 4; k++) {
		n = encode(kinds[k], raw, at);
		for (step = 1; step <= n; step++) {
			w = utf16_new(kinds[k], &e);
			assert_non_null(w);
			assert_int_equal(decode(w, raw, n, step, got),
			    sizeof(text) - 1);
			assert_memory_equal(got, text, sizeof(text) - 1);
			assert_int_equal(utf16_bytes(w), n);
			utf16_free(w);
		}
	}
}

/* Every character's place, forwards and again from the last record. */
static void
test_places(void **state)
{
	static const size_t lines[] = { 1, 1, 2, 2, 2, 2, 3 };
	static const size_t starts[] = { 0, 0, 2, 2, 2, 2, 12 };
	static const size_t first[] = { 0, 0, 2, 2, 2, 2, 6 };
	unsigned char raw[64];
	struct place place;
	char got[64];
	size_t at[16], byte, i, k, round;
	struct utf16 *w;
	struct err e;

	(void)state;
	err_clear(&e);
	for (k = 0; k < 4; k++) {
		w = utf16_new(kinds[k], &e);
		assert_non_null(w);
		decode(w, raw, encode(kinds[k], raw, at), 3, got);
		for (round = 0; round < 3; round++)
			for (i = 0, byte = 0; i < 7; i++) {
				place.line = lines[i];
				place.byte = byte;
				place.column = byte - starts[i] + 1;
				if (round == 2 && i == 2)
					utf16_record(w, &place);
				else if (round < 2 || i > 2)
					utf16_place(w, &place);
				else
					place.byte = at[i];
				assert_int_equal(place.byte, at[i]);
				if (round < 2 || i >= 2)
					assert_int_equal(place.column,
					    at[i] - at[first[i]] + 1);
				byte += i < 2 || i > 4 ? 1 : i;
			}
		utf16_free(w);
	}
}

/* What is no character comes out as no UTF-8, and is counted all the same. */
static void
test_damage(void **state)
{
	static const struct {
		enum utf16_kind	 kind;
		const char	*raw;
		size_t		 n, good;	/* decoded bytes before it */
	} cases[] = {
		{ UTF16_LE, "A\0\x00\xd8" "B\0", 6, 1 },
		{ UTF16_LE, "A\0\x00\xdc" "B\0", 6, 1 },
		{ UTF16_BE, "\0A\xd8\x00", 4, 1 },
		{ UTF16_LE, "A\0B", 3, 1 },
		{ UTF32_LE, "A\0\0\0\0\0\x11\0", 8, 1 },
		{ UTF32_BE, "\0\0\xd8\0", 4, 0 },
		{ UTF32_BE, "\0\0\0AB", 5, 1 },
	};
	struct place place;
	struct utf16 *w;
	struct err e;
	char got[64];
	size_t i, n;

	(void)state;
	err_clear(&e);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		w = utf16_new(cases[i].kind, &e);
		assert_non_null(w);
		n = decode(w, (const unsigned char *)cases[i].raw,
		    cases[i].n, 1, got);
		assert_true(n > cases[i].good);
		assert_int_equal(utf8_valid(got, cases[i].good), 1);
		assert_int_equal(utf8_valid(got, n), 0);
		place = (struct place){ 1, cases[i].good + 1, 0,
		    cases[i].good };
		utf16_place(w, &place);
		assert_int_equal(place.byte, cases[i].good == 0 ? 0 :
		    cases[i].kind >= UTF32_LE ? 4 : 2);
		assert_int_equal(utf16_bytes(w), cases[i].n);
		utf16_free(w);
	}
}

/* More than is kept: the line of a place may start long before it. */
/* Decoded and encoded again it is the same, and what is damaged stays so. */
static void
test_way_back(void **state)
{
	unsigned char raw[128], back[128], again[128];
	char text8[128];
	size_t at[16], i, n, len;
	struct utf16 *w;
	struct err e;
	FILE *from, *to;

	(void)state;
	for (i = 0; i < 8; i++) {
		n = encode(kinds[i / 2], raw, at);
		if (i % 2 == 1)		/* a half of a pair, or none at all */
			n += put(raw + n, i < 4 ? 0xdc01 : 0x110000,
			    i < 4 ? 2 : 4, kinds[i / 2] == UTF16_BE ||
			    kinds[i / 2] == UTF32_BE);
		err_clear(&e);
		w = utf16_new(kinds[i / 2], &e);
		assert_non_null(w);
		len = decode(w, raw, n, 3, text8);
		utf16_free(w);
		from = fmemopen(text8, len, "r");
		to = fmemopen(back, sizeof(back), "w");
		assert_true(from != NULL && to != NULL);
		assert_int_equal(utf16_encode(from, to, kinds[i / 2], true,
		    &e), 0);
		len = (size_t)ftell(to);
		fclose(from);
		fclose(to);
		assert_int_equal(utf16_bom(back, len), kinds[i / 2]);
		at[0] = i < 4 ? 2 : 4;
		assert_int_equal(len, n + at[0]);
		assert_memory_equal(back + at[0], raw, at[7]);
		w = utf16_new(kinds[i / 2], &e);
		assert_non_null(w);
		n = decode(w, back + at[0], n, 128, (char *)again);
		utf16_free(w);
		assert_int_equal(utf8_valid((char *)again, n), i % 2 == 0);
	}
}

static void
test_long(void **state)
{
	static char block[1 << 20];
	struct place place;
	struct utf16 *w;
	struct err e;
	const char *out;
	size_t i, len;

	(void)state;
	err_clear(&e);
	w = utf16_new(UTF16_LE, &e);
	assert_non_null(w);
	for (i = 0; i < sizeof(block); i += 2)
		block[i] = 'x';
	memcpy(block, "a\0\n\0", 4);
	for (i = 0; i < 40; i++) {
		assert_int_equal(utf16_decode(w, block, sizeof(block), false,
		    &out, &len, &e), 0);
		memcpy(block, "x\0x\0", 4);
	}
	assert_int_equal(len, sizeof(block) / 2);
	place.line = 2;
	place.byte = 40 * sizeof(block) / 2 - 1;
	place.column = place.byte - 2 + 1;
	utf16_place(w, &place);
	assert_int_equal(place.byte, 40 * sizeof(block) - 2);
	assert_int_equal(place.column, 40 * sizeof(block) - 2 - 4 + 1);
	utf16_free(w);
}

static void
test_names(void **state)
{
	size_t k;

	(void)state;
	assert_int_equal(utf16_bom("\xff\xfe\0\0", 4), UTF32_LE);
	assert_int_equal(utf16_bom("\xff\xfe" "a\0", 4), UTF16_LE);
	assert_int_equal(utf16_bom("\xfe\xff\0a", 4), UTF16_BE);
	assert_int_equal(utf16_bom("\0\0\xfe\xff", 4), UTF32_BE);
	assert_int_equal(utf16_bom("\xff", 1), UTF16_NONE);
	assert_int_equal(utf16_bom("\xef\xbb\xbf", 3), UTF16_NONE);
	assert_int_equal(utf16_guess("a\0b\0c\0d\0", 8), UTF16_LE);
	assert_int_equal(utf16_guess("\0a\0b\0c\0d", 8), UTF16_BE);
	assert_int_equal(utf16_guess("abcdefgh", 8), UTF16_NONE);
	assert_int_equal(utf16_guess("a\0\0\0b\1\0\0", 8), UTF32_LE);
	assert_int_equal(utf16_guess("\0\0\0a\0\0\1b", 8), UTF32_BE);
	assert_int_equal(utf16_guess("\0\0\0\0\0\0\0\0", 8), UTF16_NONE);
	for (k = 0; k < 4; k++)
		assert_int_equal(utf16_find(utf16_name(kinds[k])), kinds[k]);
	assert_int_equal(utf16_find("UTF-16LE"), UTF16_LE);
	assert_int_equal(utf16_find("latin1"), UTF16_NONE);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cuts),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_way_back),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
