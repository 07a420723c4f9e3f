/*
 * Errors: the sentence, the table, and which exit code wins.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/base/err.h"
#include "../../src/base/exit.h"
#include "../../src/base/str.h"

static void
test_set_starts_afresh(void **state)
{
	struct err e;

	(void)state;
	err_clear(&e);
	e.remote = 550;
	e.wait_ms = 3;
	assert_int_equal(err_set(&e, ERR_INPUT, "line %d", 7), -1);
	assert_int_equal(e.code, ERR_INPUT);
	assert_string_equal(e.msg, "line 7");
	assert_int_equal(e.remote, 0);
	assert_int_equal(e.wait_ms, 0);
}

static void
test_set_takes_its_own_sentence(void **state)
{
	struct err e;

	(void)state;
	err_set(&e, ERR_IO, "inner");
	err_set(&e, ERR_CONFIG, "outer: %s", e.msg);
	assert_string_equal(e.msg, "outer: inner");
}

static void
test_control_bytes_are_replaced(void **state)
{
	struct err e;

	(void)state;
	err_set(&e, ERR_PROTOCOL, "a\x1b[2Jb\r\nc\x7f");
	assert_string_equal(e.msg, "a?[2Jb? c?");
	/* A C1 control, a direction mark, a byte that is no UTF-8. */
	err_set(&e, ERR_PROTOCOL, "a\xc2\x9b""b\xe2\x80\xae""c\xff");
	assert_string_equal(e.msg, "a??b???c?");
	err_set(&e, ERR_PROTOCOL, "M\xc3\xbcnchen");
	assert_string_equal(e.msg, "M\xc3\xbcnchen");
}

static void
test_sys_names_the_reason(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(err_sys(&e, ERR_INPUT, ENOENT, "open %s", "x"), -1);
	assert_int_equal(e.code, ERR_INPUT);
	assert_int_equal(e.sys, ENOENT);
	assert_string_equal(e.msg, "open x: No such file or directory");
	err_sys(&e, ERR_INPUT, 99999, "open");
	assert_string_equal(e.msg, "open: unknown system error");
}

static void
test_sys_maps_full_disk_and_memory(void **state)
{
	static const int full[] = { ENOSPC, EDQUOT, EFBIG };
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(full) / sizeof(full[0]); i++) {
		err_sys(&e, ERR_IO, full[i], "write");
		assert_int_equal(e.code, ERR_NOSPACE);
	}
	err_sys(&e, ERR_IO, ENOMEM, "write");
	assert_int_equal(e.code, ERR_NOMEM);
	/* A file that could not be opened for that is not missing. */
	err_sys(&e, ERR_INPUT, EMFILE, "open");
	assert_int_equal(e.code, ERR_OPEN_FILES);
	assert_int_equal(err_exit(&e), 74);
	err_sys(&e, ERR_INPUT, ENFILE, "open");
	assert_int_equal(e.code, ERR_OPEN_FILES);
}

static void
test_wrap_grows_outward(void **state)
{
	struct err e;

	(void)state;
	err_set(&e, ERR_TIMEOUT, "no answer");
	e.remote = 421;
	assert_int_equal(err_wrap(&e, "upload to %s", "h"), -1);
	assert_string_equal(e.msg, "upload to h: no answer");
	assert_int_equal(e.code, ERR_TIMEOUT);
	assert_int_equal(e.remote, 421);
	err_clear(&e);
	err_wrap(&e, "alone");
	assert_string_equal(e.msg, "alone");
}

static void
test_long_sentences_are_cut(void **state)
{
	char text[2000];
	struct err e;
	size_t i;

	(void)state;
	/* Two-byte letters behind one byte: the cut goes through a letter. */
	for (i = 0; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "\xc3\xa4", 2);
	text[i] = '\0';
	err_set(&e, ERR_INPUT, "%s", text);
	assert_true(utf8_valid(e.msg, strlen(e.msg)));
	assert_int_equal(strlen(e.msg), sizeof(e.msg) - 1);
	err_sys(&e, ERR_INPUT, ENOENT, "%s", text);
	assert_true(utf8_valid(e.msg, strlen(e.msg)));
	assert_non_null(strstr(e.msg, ": No such file or directory"));
	err_wrap(&e, "%s", text);
	assert_int_equal(strlen(e.msg), sizeof(e.msg) - 1);
	err_set(&e, ERR_INPUT, "inner");
	err_wrap(&e, "%.*s", 1020, text);
	assert_string_equal(e.msg + 1020, ": i");
}

static void
test_table_is_complete(void **state)
{
	const struct err_info *row;
	int i, k;

	(void)state;
	for (i = ERR_NONE + 1; i < ERR__MAX; i++) {
		row = err_info(i);
		assert_non_null(row->word);
		assert_int_equal(strspn(row->word,
		    "abcdefghijklmnopqrstuvwxyz0123456789-"),
		    strlen(row->word));
		assert_true(row->exit_code > 0);
		assert_true(strlen(row->meaning) > 10);
		assert_true(strlen(row->advice) > 10);
		for (k = ERR_NONE + 1; k < i; k++)
			assert_string_not_equal(row->word, err_info(k)->word);
		assert_int_equal(err_find(row->word), i);
	}
	assert_ptr_equal(err_info(ERR__MAX), err_info(ERR_INTERNAL));
	assert_int_equal(err_find("no-such-word"), ERR_NONE);
	assert_int_equal(err_find(""), ERR_NONE);
}

static void
test_promised_exit_codes(void **state)
{
	(void)state;
	assert_int_equal(err_info(ERR_UNKNOWN)->exit_code, 7);
	assert_string_equal(err_retry_name(err_info(ERR_UNKNOWN)->retry),
	    "ask-first");
	assert_int_equal(err_info(ERR_HOSTKEY)->exit_code, 9);
	assert_int_equal(err_info(ERR_CONNECT)->exit_code, 69);
	assert_int_equal(err_info(ERR_TIMEOUT)->exit_code, 75);
	assert_int_equal(err_info(ERR_RULES)->exit_code, 65);
	assert_int_equal(err_info(ERR_UNCONFIRMED)->exit_code, 12);
}

/* What a platform has a row for is judged by it, and nothing else is. */
static void
test_own_row(void **state)
{
	static const struct err_info own = { "moon-7", 77, RETRY_BACKOFF,
	    "The moon is full.", "Wait.", ERR_CREDENTIALS };
	struct err e, copy;

	(void)state;
	err_set(&e, ERR_REFUSED, "no");
	assert_int_equal(err_exit(&e), 76);
	assert_int_equal(err_own(&e, &own), -1);
	copy = e;
	assert_ptr_equal(err_row(&copy), &own);
	assert_int_equal(err_exit(&copy), 77);
	assert_true(err_is(&copy, ERR_PASSES));
	assert_true(err_is(&copy, ERR_CREDENTIALS));
	/* Named anew, it is what it is called now. */
	copy.code = ERR_UNKNOWN;
	assert_int_equal(err_exit(&copy), 7);
	err_set(&e, ERR_REFUSED, "no");
	assert_ptr_equal(err_row(&e), err_info(ERR_REFUSED));
}

static void
test_signals_become_128_plus_n(void **state)
{
	struct err e;

	(void)state;
	err_set(&e, ERR_STOPPED, "stopped");
	e.sys = SIGTERM;
	assert_int_equal(err_exit(&e), 128 + SIGTERM);
	err_clear(&e);
	assert_int_equal(err_exit(&e), 0);
}

static void
test_worst_exit(void **state)
{
	static const int order[] = {
		143, 7, 9, 70, 11, 12, 74, 73, 78, 77, 76, 69, 75, 66, 65, 64,
		10, 3, 4, 8, 5, 6, 0,
	};
	size_t i, k, n;

	(void)state;
	n = sizeof(order) / sizeof(order[0]);
	for (i = 0; i < n; i++)
		for (k = i; k < n; k++) {
			assert_int_equal(exit_worst(order[i], order[k]),
			    order[i]);
			assert_int_equal(exit_worst(order[k], order[i]),
			    order[i]);
		}
	/* Nobody knows 42: as bad as an internal error, no worse than 9. */
	assert_int_equal(exit_worst(42, 11), 42);
	assert_int_equal(exit_worst(42, 9), 9);
}

/* Every exit code of an error says how bad it is, and in a word. */
static void
test_exits_are_known(void **state)
{
	const struct exit_info *x;
	enum err_code code;

	(void)state;
	for (code = ERR_NONE; code < ERR__MAX; code++) {
		if (code == ERR_STOPPED)
			continue;
		x = exit_info(err_info(code)->exit_code);
		assert_int_equal(x->code, err_info(code)->exit_code);
	}
	assert_string_equal(exit_info(130)->headline, "STOPPED");
	assert_string_equal(exit_info(0)->headline, "OK");
	assert_string_equal(exit_severity_name(exit_info(5)->severity), "ok");
	assert_string_equal(exit_severity_name(exit_info(6)->severity), "ok");
	assert_string_equal(exit_severity_name(exit_info(3)->severity),
	    "warning");
	assert_string_equal(exit_severity_name(exit_info(8)->severity),
	    "error");
	assert_string_equal(exit_severity_name(exit_info(42)->severity),
	    "error");
}

static void
test_kinds(void **state)
{
	static const struct {
		enum err_code	code;
		bool		passes, mendable, login, unreached,
				cut, ends;
	} rows[] = {
		{ ERR_STOPPED, false, false, false, false, false, true },
		{ ERR_NONE, false, false, false, false, false, false },
		{ ERR_CONNECT, true, false, false, true, false, true },
		{ ERR_TIMEOUT, true, false, false, true, true, true },
		{ ERR_BROKEN, true, false, false, false, true, true },
		{ ERR_UNAVAILABLE, true, false, false, false, false, false },
		{ ERR_PICKUP, true, false, false, false, false, false },
		{ ERR_NOTFOUND, true, false, false, false, false, false },
		{ ERR_CERT, false, true, false, false, false, false },
		{ ERR_CONFIG, false, true, false, false, false, false },
		{ ERR_LOGIN, false, true, true, false, false, false },
		{ ERR_UNKNOWN, false, false, false, false, false, false },
		{ ERR_PROTOCOL, false, false, false, false, false, false },
	};
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		err_set(&e, rows[i].code, "x");
		assert_int_equal(err_is(&e, ERR_PASSES), rows[i].passes);
		assert_int_equal(err_is(&e, ERR_MENDABLE), rows[i].mendable);
		assert_int_equal(err_is(&e, ERR_CREDENTIALS), rows[i].login);
		assert_int_equal(err_is(&e, ERR_UNREACHED),
		    rows[i].unreached);
		assert_int_equal(err_is(&e, ERR_CUT), rows[i].cut);
		assert_int_equal(err_is(&e, ERR_ENDS), rows[i].ends);
		/* Whatever went wrong then, it was there. */
		e.met = true;
		assert_false(err_is(&e, ERR_UNREACHED));
	}
}

static void
test_the_first_of_equals_stays(void **state)
{
	struct err worst, e;

	(void)state;
	err_clear(&worst);
	err_clear(&e);
	assert_false(err_worse(&worst, &e));
	err_set(&e, ERR_RULES, "a.csv");
	assert_true(err_worse(&worst, &e));
	err_set(&e, ERR_RULES, "b.csv");
	assert_false(err_worse(&worst, &e));
	assert_string_equal(worst.msg, "a.csv");
	/* 66 is worse than 65. */
	err_set(&e, ERR_INPUT, "c.csv");
	assert_true(err_worse(&worst, &e));
	assert_string_equal(worst.msg, "c.csv");
	err_clear(&e);
	assert_false(err_worse(&worst, &e));
	/* Two words of one exit code are equal, too: 69. */
	err_set(&worst, ERR_RESOLVE, "a");
	err_set(&e, ERR_CONNECT, "b");
	assert_false(err_worse(&worst, &e));
	assert_int_equal(worst.code, ERR_RESOLVE);
	/* A signal before all. */
	err_set(&e, ERR_STOPPED, "stopped");
	e.sys = SIGTERM;
	assert_true(err_worse(&worst, &e));
}

/* The setting to blame stays while the sentence grows, and no longer. */
static void
test_key(void **state)
{
	struct err e;

	(void)state;
	err_set(&e, ERR_CONFIG, "the word is not known");
	assert_null(e.key);
	assert_int_equal(err_key(&e, "encoding"), -1);
	err_wrap(&e, "job j");
	assert_string_equal(e.key, "encoding");
	assert_string_equal(e.msg, "job j: the word is not known");
	err_sys(&e, ERR_IO, 2, "read");
	assert_null(e.key);
	err_key(&e, "source");
	err_clear(&e);
	assert_null(e.key);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exits_are_known),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_the_first_of_equals_stays),
		cmocka_unit_test(test_set_starts_afresh),
		cmocka_unit_test(test_set_takes_its_own_sentence),
		cmocka_unit_test(test_control_bytes_are_replaced),
		cmocka_unit_test(test_sys_names_the_reason),
		cmocka_unit_test(test_sys_maps_full_disk_and_memory),
		cmocka_unit_test(test_wrap_grows_outward),
		cmocka_unit_test(test_long_sentences_are_cut),
		cmocka_unit_test(test_table_is_complete),
		cmocka_unit_test(test_promised_exit_codes),
		cmocka_unit_test(test_own_row),
		cmocka_unit_test(test_signals_become_128_plus_n),
		cmocka_unit_test(test_worst_exit),
		cmocka_unit_test(test_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
