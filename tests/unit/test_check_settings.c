/* Settings that are well written and that nobody means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../../src/base/err.h"
#include "../../src/coupon/check.h"
#include "../../src/coupon/settings_internal.h"

static const struct date today = { 2026, 11, 20 };

/* NULL: nothing is wrong; else the sentence begins so and has the words. */
static void
judge(const struct check_opts *o, const char *key, const char *words)
{
	struct err e;

	err_clear(&e);
	assert_int_equal(settings_check(o, &e), key == NULL ? 0 : -1);
	if (key == NULL)
		return;
	assert_int_equal(e.code, ERR_CONFIG);
	assert_int_equal(strncmp(e.msg, key, strlen(key)), 0);
	assert_non_null(e.key);
	assert_int_equal(strncmp(e.key, key, strlen(e.key)), 0);
	assert_non_null(strstr(e.msg, words));
}

static void
test_columns(void **state)
{
	static const struct {
		const char	*code, *redeemed, *date, *words;
	} cases[] = {
		{ NULL, NULL, NULL, NULL },
		{ "Nummer", "ja?", "Tag", NULL },
		{ "redeemed", "code", NULL, NULL },
		{ "redeemed", NULL, NULL, "\"redeemed\" would be the column "
		    "for code and for redeemed" },
		{ "Redeemed", NULL, NULL, "for code and for redeemed" },
		{ "redeemed_date", NULL, NULL, "for code and for redeem_date" },
		{ NULL, "coupon", NULL, "for code and for redeemed" },
		{ "x", "X", NULL, "for code and for redeemed" },
		{ NULL, "Tag", "tag", "for redeemed and for redeem_date" },
		{ NULL, " code ", NULL, "for redeemed and for code" },
	};
	struct check_opts o = { .today = today };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		o.col_code = cases[i].code;
		o.col_redeemed = cases[i].redeemed;
		o.col_date = cases[i].date;
		judge(&o, cases[i].words != NULL ? "columns: " : NULL,
		    cases[i].words);
	}
}

static void
test_words(void **state)
{
	static const char *const yes[] = { "ja", "J", NULL };
	static const char *const no[] = { "nein", "N", NULL };
	static const char *const both[] = { "nein", "JA", NULL };
	static const char *const empty[] = { "nein", "", NULL };
	struct check_opts o = { .words_true = yes, .words_false = no };

	(void)state;
	judge(&o, NULL, NULL);
	o.words_false = both;
	judge(&o, "redeemed_words: ", "\"ja\" is among the words for yes and");
	o.words_false = empty;
	judge(&o, "redeemed_words: ", "empty");
}

static void
test_dates(void **state)
{
	struct check_opts o = { .redeem_date = { 2026, 11, 20 },
	    .not_before = { 2026, 11, 20 }, .today = today };

	(void)state;
	judge(&o, NULL, NULL);
	o.redeem_date.day = 19;
	judge(&o, "redeem_date ", "2026-11-19 is before 2026-11-20");
	o.redeem_date = (struct date){ 2099, 1, 1 };
	judge(&o, "redeem_date ", "2099-01-01 is after today, 2026-11-20");
	o.redeem_date = (struct date){ 1970, 1, 1 };
	o.not_before = (struct date){ 0, 0, 0 };
	judge(&o, "redeem_date ", "1970-01-01 is before 2000-01-01");
	o.not_before = (struct date){ 1970, 1, 1 };
	judge(&o, NULL, NULL);
	o.not_before = (struct date){ 26, 11, 1 };
	judge(&o, "not_before ", "0026-11-01");
	o.not_before = (struct date){ 2026, 11, 21 };
	judge(&o, "not_before ", "2026-11-21 is after today, 2026-11-20");
}

static void
test_alphabet(void **state)
{
	static const struct {
		const char	*alphabet, *words;
	} cases[] = {
		{ "ABCDEF0123456789", NULL }, { "0123456789-ABC", NULL },
		{ "ABCD-", NULL }, { "-ABCD", NULL }, { "A-B", NULL },
		{ "Z-A", NULL }, { "ABC-DEF", NULL }, { "a-C", NULL },
		{ "BACDE-", NULL }, { "A-CB", NULL },
		{ "A-Z", "A-Z is these three characters" },
		{ "A-Z0-9", "A-Z is" }, { "ABCD0-9", "0-9 is" },
		{ "--a-f", "a-f is" },
	};
	struct check_opts o = { .today = today };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		o.alphabet = cases[i].alphabet;
		judge(&o, cases[i].words != NULL ? "code_alphabet " : NULL,
		    cases[i].words);
	}
}

/* NULL: a file can be checked with it; else the setting to blame. */
static void
usable(const struct check_opts *o, const char *key, enum err_code code)
{
	struct err e;

	err_clear(&e);
	assert_int_equal(check_usable(o, &e), key == NULL ? 0 : -1);
	assert_int_equal(e.code, key == NULL ? ERR_NONE : code);
	if (key == NULL)
		assert_null(e.key);
	else
		assert_string_equal(e.key, key);
}

static void
test_usable(void **state)
{
	static const struct {
		struct check_opts	 o;
		const char		*key;
	} cases[] = {
		{ { .min_code = 0 }, NULL },
		{ { .encoding = "windows-1252", .date_format = "%d.%m.%Y",
		    .pattern = "^[A-Z]+$", .min_code = 3 }, NULL },
		{ { .encoding = "utf-16" }, NULL },
		{ { .encoding = "x-none" }, "encoding" },
		{ { .encoding = "IBM037" }, "encoding" },
		{ { .date_format = "%Q" }, "date_format" },
		{ { .pattern = "(" }, "code_pattern" },
		{ { .min_code = 9, .max_code = 3 }, "code_min" },
		{ { .alphabet = "A-Z" }, "code_alphabet" },
		{ { .date_format = "%Y-%m-%dT%H:%M:%S%z",
		    .timezone = "Mars/Base" }, "timezone" },
		{ { .col_date = "redeemed" }, "columns" },
	};
	struct check_opts known = { .known_codes = "/nowhere/codes.txt" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		usable(&cases[i].o, cases[i].key, ERR_CONFIG);
	usable(&known, "known_codes", ERR_INPUT);
	known.known_codes = "/dev/null";
	usable(&known, "known_codes", ERR_CONFIG);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_alphabet),
		cmocka_unit_test(test_usable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
