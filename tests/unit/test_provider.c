/*
 * The rows of the providers: complete, with words of their own, and errors that
 * old ledgers name are what they were.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/base/str.h"
#include "../../src/provider/errors.h"
#include "../../src/provider/provider.h"

static void
test_errors_are_complete(void **state)
{
	const struct err_info *row;
	const struct provider *p;
	size_t i;

	(void)state;
	for (i = 0; (p = provider_at(i)) != NULL; i++) {
		for (row = p->errors; row->word != NULL; row++) {
			assert_int_equal(strncmp(row->word, p->type,
			    strlen(p->type)), 0);
			assert_int_equal(row->word[strlen(p->type)], '-');
			assert_true(row->exit_code > 0);
			assert_true(strlen(row->meaning) > 10);
			assert_true(strlen(row->advice) > 10);
		}
	}
	/* A word has one meaning, whoever has it. */
	for (i = 0; (row = pv_error_at(i)) != NULL; i++)
		assert_ptr_equal(pv_error_find(row->word), row);
	assert_true(i > ERR__MAX - 1);
	assert_null(pv_error_find("no-such-word"));
	assert_null(pv_error_find("none"));
}

static void
test_settings_are_complete(void **state)
{
	const struct pv_setting *row;
	const struct provider *p;
	size_t i, n;

	(void)state;
	for (i = 0; (p = provider_at(i)) != NULL; i++) {
		for (n = 0, row = p->settings; row->key != NULL; row++, n++) {
			assert_int_equal(strspn(row->key,
			    "abcdefghijklmnopqrstuvwxyz_"), strlen(row->key));
			assert_int_equal(provider_setting(p, row->key), n);
			assert_true(row->choices == NULL || !row->secret);
			assert_true(row->check == NULL || !row->secret);
			assert_int_equal(row->help[strlen(row->help) - 1],
			    '.');
		}
		assert_true(n <= PV_SETTINGS_MAX);
		assert_int_equal(provider_setting(p, "no_such"), -1);
	}
}

static void
test_headers_by_setting(void **state)
{
	static const struct {
		const char	*name;
		int		 rc;
	} names[] = {
		{ "Authorization", 0 }, { "X-Api_Key.2", 0 }, { "!", 0 },
		{ "", -1 }, { "Authorization:", -1 }, { "X Key", -1 },
		{ "X-Key\r\nHost", -1 }, { "X-K\303\251y", -1 },
		{ "X-Key;", -1 }, { "\"X\"", -1 }, { "Host", -1 },
		{ "content-length", -1 }, { "TRANSFER-ENCODING", -1 },
		{ "Accept", -1 }, { "User-Agent", -1 },
		{ "Proxy-Authorization", -1 },
	};
	static const char *const bad[] = { "a\nb", "a\rb", "\t", "\303\251",
		"\177" };
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		err_clear(&e);
		if (pv_header_name_check(names[i].name, &e) != names[i].rc)
			fail_msg("\"%s\"", names[i].name);
		assert_int_equal(e.code, names[i].rc == 0 ? ERR_NONE :
		    ERR_CONFIG);
	}
	assert_int_equal(pv_header_text_check("", &e), 0);
	assert_int_equal(pv_header_text_check("till 7~", &e), 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err_clear(&e);
		assert_int_equal(pv_header_text_check(bad[i], &e), -1);
		assert_int_equal(e.code, ERR_CONFIG);
	}
}

/* What a row has no verb for is refused before anything is sent. */
static void
test_verbs(void **state)
{
	struct provider dumb = *provider_at(0);
	struct pv_event ev = { .kind = PV_BEGIN, .retry_after_ms = -1 };
	struct pv_ask ask = { .verb = PV_LOOKUP };
	struct pv_state st;
	struct pv_step step;
	struct err e;

	(void)state;
	dumb.verbs = 1u << PV_STATUS;
	assert_true(provider_can(&dumb, PV_STATUS));
	assert_false(provider_can(&dumb, PV_BANKS));
	err_clear(&e);
	assert_int_equal(provider_next(&dumb, &ask, &st, &ev, &step, &e), -1);
	assert_int_equal(e.code, ERR_UNSUPPORTED);
	assert_int_equal(step.what, PV_FAILED);
	assert_true(step.certain);
	assert_non_null(strstr(e.msg, "cannot be asked to look codes up"));
}

/* A word of one platform never means something else at another. */
static void
test_words_agree(void **state)
{
	const struct pv_word *w;
	const struct provider *p;
	size_t i;

	(void)state;
	for (i = 0; (p = provider_at(i)) != NULL; i++) {
		for (w = p->words; w->word != NULL; w++) {
			assert_int_equal(words_state(p->words, w->word),
			    w->state);
			assert_int_equal(words_state_any(w->word), w->state);
		}
		assert_int_equal(words_state(p->words, NULL), TASK_UNKNOWN);
	}
}

static void
test_targets(void **state)
{
	const struct provider *p;
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; (p = provider_at(i)) != NULL; i++) {
		assert_non_null(p->target.noun);
		err_clear(&e);
		assert_int_equal(p->target.check("", &e), -1);
		assert_int_equal(e.code, ERR_CONFIG);
		assert_int_equal(p->target.check("600", &e), 0);
	}
	assert_int_equal(provider_find("mapp")->target.check("6x", &e), -1);
}

static void
test_words_of_old_ledgers(void **state)
{
	static const struct {
		const char	*word;
		int		 code;
		const char	*retry;
	} rows[] = {
		{ "mapp-445", 77, "never" }, { "mapp-667", 78, "never" },
		{ "mapp-654", 75, "backoff" }, { "mapp-644", 76, "never" },
		{ "mapp-682", 11, "never" }, { "mapp-428", 70, "never" },
		{ "mapp-477", 70, "never" }, { "mapp-646", 70, "never" },
		{ "mapp-647", 70, "never" }, { "mapp-648", 70, "never" },
		{ "mapp-649", 70, "never" }, { "mapp-683", 70, "never" },
		{ "mapp-685", 70, "never" }, { "login", 77, "never" },
		{ "moon-1", 76, "never" },
	};
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(pv_recall(&e, rows[i].word, "run %d", 7), -1);
		assert_string_equal(e.msg, "run 7");
		assert_int_equal(err_exit(&e), rows[i].code);
		assert_string_equal(err_retry_name(err_row(&e)->retry),
		    rows[i].retry);
		assert_string_equal(err_row(&e)->word, i == 14 ? "refused" :
		    rows[i].word);
	}
	pv_recall(&e, "mapp-445", "x");
	assert_true(err_is(&e, ERR_MENDABLE) && err_is(&e, ERR_CREDENTIALS));
	pv_recall(&e, "mapp-654", "x");
	assert_true(err_is(&e, ERR_PASSES) && !err_is(&e, ERR_MENDABLE));
	pv_recall(&e, "mapp-667", "x");
	assert_false(err_is(&e, ERR_PASSES) || err_is(&e, ERR_MENDABLE));
}

static void
test_numbers(void **state)
{
	(void)state;
	assert_string_equal(pv_error_numbered("654")->word, "mapp-654");
	assert_null(pv_error_numbered("65"));
	assert_null(pv_error_numbered("77"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errors_are_complete),
		cmocka_unit_test(test_settings_are_complete),
		cmocka_unit_test(test_headers_by_setting),
		cmocka_unit_test(test_verbs),
		cmocka_unit_test(test_words_agree),
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_words_of_old_ledgers),
		cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
