/*
 * JSON helpers: mended strings, one line out, strict reading.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/base/err.h"
#include "../../src/format/jsonx.h"

static void
check_bytes(const char *p, size_t n, const char *want, size_t want_len)
{
	json_t *v;

	v = jsonx_bytes(p, n);
	assert_non_null(v);
	assert_true(json_is_string(v));
	assert_int_equal(json_string_length(v), want_len);
	assert_memory_equal(json_string_value(v), want, want_len);
	json_decref(v);
}

static void
test_strings(void **state)
{
	json_t *v;

	(void)state;
	check_bytes("plain", 5, "plain", 5);
	check_bytes("", 0, "", 0);
	check_bytes("a\0b", 3, "a\0b", 3);
	check_bytes("M\xc3\xbcnchen", 8, "M\xc3\xbcnchen", 8);
	check_bytes("M\xfcnchen", 7, "M\xef\xbf\xbdnchen", 9);
	check_bytes("\xff\xfe", 2, "\xef\xbf\xbd\xef\xbf\xbd", 6);
	check_bytes("cut \xe2\x82", 6,
	    "cut \xef\xbf\xbd\xef\xbf\xbd", 10);
	check_bytes("\xed\xa0\x80", 3,
	    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", 9);
	v = jsonx_bytes(NULL, 0);
	assert_true(json_is_null(v));
	json_decref(v);
	v = jsonx_str(NULL);
	assert_true(json_is_null(v));
	json_decref(v);
	v = jsonx_str("x\x80");
	assert_string_equal(json_string_value(v), "x\xef\xbf\xbd");
	json_decref(v);
}

static void
test_print_is_one_line(void **state)
{
	char *text = NULL;
	size_t len = 0;
	struct err e;
	json_t *v;
	FILE *f;

	(void)state;
	v = json_object();
	json_object_set_new(v, "z", json_real(0.1));
	json_object_set_new(v, "a", jsonx_str("line\nbreak \xfc"));
	json_object_set_new(v, "n", json_null());
	f = open_memstream(&text, &len);
	assert_non_null(f);
	assert_int_equal(jsonx_print(f, v, &e), 0);
	assert_string_equal(text, "{\"z\":0.1,\"a\":\"line\\nbreak "
	    "\xef\xbf\xbd\",\"n\":null}\n");
	fclose(f);
	free(text);
	json_decref(v);
}

static void
test_print_on_a_full_disk(void **state)
{
	struct err e;
	json_t *v;
	FILE *f;

	(void)state;
	f = fopen("/dev/full", "w");
	assert_non_null(f);
	v = json_object();
	assert_int_equal(jsonx_print(f, v, &e), -1);
	assert_int_equal(e.code, ERR_NOSPACE);
	json_decref(v);
	fclose(f);
}

static void
test_parse(void **state)
{
	static const char text[] =
	    "{\"jobStatus\":\"OPEN\",\"total\":9007199254740993}";
	struct err e;
	json_t *v;

	(void)state;
	v = jsonx_parse(text, strlen(text), &e);
	assert_non_null(v);
	assert_string_equal(json_string_value(json_object_get(v,
	    "jobStatus")), "OPEN");
	assert_int_equal(json_integer_value(json_object_get(v, "total")),
	    9007199254740993);
	json_decref(v);
}

static void
test_parse_refuses(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "", "line 1, column 0" },
		{ "{\"a\":1,\n\"a\":2}", "line 2, column 3: duplicate" },
		{ "{'a':1}", "line 1" },
		{ "[NaN]", "line 1" },
		{ "[1e999]", "line 1" },
		{ "[9223372036854775808]", "too big integer" },
		{ "{\"a\":\"\xff\"}", "unable to decode byte 0xff" },
		{ "[\"\\u0000\"]", "\\u0000" },
		{ "[1] x", "end of file expected" },
		{ "[1", "line 1" },
		{ "<html>", "line 1" },
	};
	char deep[6000];
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_null(jsonx_parse(cases[i].text, strlen(cases[i].text),
		    &e));
		assert_int_equal(e.code, ERR_PROTOCOL);
		assert_non_null(strstr(e.msg, "not valid JSON: "));
		assert_non_null(strstr(e.msg, cases[i].why));
	}
	memset(deep, '[', 3000);
	memset(deep + 3000, ']', 3000);
	assert_null(jsonx_parse(deep, sizeof(deep), &e));
	assert_int_equal(e.code, ERR_PROTOCOL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_print_is_one_line),
		cmocka_unit_test(test_print_on_a_full_disk),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_parse_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
