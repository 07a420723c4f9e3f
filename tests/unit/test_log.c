/*
 * Log lines: the three forms, the withheld codes, and values that try to
 * break out of their line.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/base/err.h"
#include "../../src/base/log.h"
#include "../../src/base/tmpfile.h"

/* What was written to a log so far. */
struct sink {
	struct tmpfile	 t;
	struct log	*log;
	char		 text[70000];
};

static int
sink_open(struct sink *s, enum log_format format, enum log_level level)
{
	struct err e;

	if (tmpfile_anon(&s->t, "/tmp", &e) == -1)
		return -1;
	s->log = log_new(s->t.fd, format, level);
	return s->log == NULL ? -1 : 0;
}

static const char *
sink_text(struct sink *s)
{
	ssize_t n;

	n = pread(s->t.fd, s->text, sizeof(s->text) - 1, 0);
	assert_true(n >= 0);
	s->text[n] = '\0';
	return s->text;
}

/*
 * The text behind the 20 bytes of time and a space.
 */
static const char *
sink_tail(struct sink *s)
{
	assert_true(strlen(sink_text(s)) > 21);
	assert_int_equal(s->text[10], 'T');
	assert_memory_equal(s->text + 19, "Z ", 2);
	return s->text + 21;
}

static void
sink_close(struct sink *s)
{
	log_free(s->log);
	tmpfile_abort(&s->t);
}

static void
test_text(void **state)
{
	struct sink s;

	(void)state;
	assert_int_equal(sink_open(&s, LOG_TEXT, LOG_INFO), 0);
	log_set_run(s.log, "7k2m9f");
	log_say(s.log, LOG_NOTE, "file staged", LFS("host", "files:2222"),
	    LFI("bytes", -90), LFMS("took", 1800), LFS("name", "two words"),
	    LFS("none", NULL), LFS("empty", ""));
	assert_string_equal(sink_tail(&s), "note  7k2m9f file staged "
	    "host=files:2222 bytes=-90 took=1800ms name=\"two words\" "
	    "none=- empty=\"\"\n");
	sink_close(&s);
}

static void
test_text_cannot_be_forged(void **state)
{
	static const struct {
		const char	*value, *shown;
	} rows[] = {
		{ "a\nb", "v=\"a\\x0ab\"\n" },
		{ "x=1", "v=\"x=1\"\n" },
		{ "a\"b\\c", "v=\"a\\\"b\\\\c\"\n" },
		{ "\x1b[31m", "v=\"\\x1b[31m\"\n" },
		{ "M\xc3\xbcnchen", "v=\"M\xc3\xbcnchen\"\n" },
		{ "\xe2\x80\xae", "v=\"\\xe2\\x80\\xae\"\n" },
		{ "\xff", "v=\"\\xff\"\n" },
	};
	struct sink s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(sink_open(&s, LOG_TEXT, LOG_INFO), 0);
		log_say(s.log, LOG_WARN, "odd", LFF("v", rows[i].value));
		assert_memory_equal(sink_tail(&s), "warn  - odd ", 12);
		assert_string_equal(sink_tail(&s) + 12, rows[i].shown);
		sink_close(&s);
	}
}

static void
test_long_values_are_cut(void **state)
{
	char value[5001];
	struct sink s;
	int format;

	(void)state;
	memset(value, 'a', sizeof(value));
	value[5000] = '\0';
	value[10] = '"';
	for (format = LOG_TEXT; format <= LOG_JOURNAL; format++) {
		assert_int_equal(sink_open(&s, format, LOG_INFO), 0);
		log_say(s.log, LOG_WARN, "odd", LFF("v", value));
		assert_non_null(strstr(sink_text(&s), "aaa...\""));
		assert_true(strlen(s.text) < 2200);
		sink_close(&s);
	}
}

static void
test_json(void **state)
{
	struct sink s;

	(void)state;
	assert_int_equal(sink_open(&s, LOG_JSON, LOG_INFO), 0);
	log_say(s.log, LOG_ERROR, "odd answer", LFF("v",
	    "a\"\\\n\x01\xff\xc3\xbc\xe2\x80\xae\xf3\xa0\x81\x81"),
	    LFI("n", INT64_MIN), LFS("none", NULL), LFMS("took", 5));
	log_set_run(s.log, "7k2m9f");
	log_say(s.log, LOG_NOTE, "next", LFS("k", "v"));
	sink_text(&s);
	assert_memory_equal(s.text, "{\"time\":\"", 9);
	assert_non_null(strstr(s.text, "\",\"level\":\"error\","
	    "\"event\":\"odd answer\","
	    "\"v\":\"a\\\"\\\\\\u000a\\u0001\\ufffd\xc3\xbc\\u202e"
	    "\\udb40\\udc41\",\"n\":-9223372036854775808,"
	    "\"none\":null,\"took\":5}\n{"));
	assert_non_null(strstr(s.text, "\"level\":\"note\","
	    "\"run\":\"7k2m9f\",\"event\":\"next\",\"k\":\"v\"}\n"));
	sink_close(&s);
}

static void
test_journal(void **state)
{
	struct sink s;

	(void)state;
	assert_int_equal(sink_open(&s, LOG_JOURNAL, LOG_DEBUG), 0);
	log_event(s.log, LOG_ERROR, "a", NULL, 0);
	log_event(s.log, LOG_WARN, "b", NULL, 0);
	log_event(s.log, LOG_NOTE, "c", NULL, 0);
	log_event(s.log, LOG_INFO, "d", NULL, 0);
	log_event(s.log, LOG_DEBUG, "e", NULL, 0);
	assert_string_equal(sink_text(&s), "<3>error - a\n<4>warn  - b\n"
	    "<5>note  - c\n<6>info  - d\n<7>debug - e\n");
	sink_close(&s);
}

static void
test_levels(void **state)
{
	struct sink s;

	(void)state;
	assert_int_equal(sink_open(&s, LOG_TEXT, LOG_WARN), 0);
	assert_true(log_on(s.log, LOG_ERROR));
	assert_true(log_on(s.log, LOG_WARN));
	assert_false(log_on(s.log, LOG_NOTE));
	log_event(s.log, LOG_NOTE, "quiet", NULL, 0);
	assert_string_equal(sink_text(&s), "");
	log_event(s.log, LOG_WARN, "loud", NULL, 0);
	assert_string_not_equal(sink_text(&s), "");
	sink_close(&s);
}

static void
test_without_a_log(void **state)
{
	struct log *l;

	(void)state;
	assert_false(log_on(NULL, LOG_ERROR));
	log_set_codes(NULL, LOG_CODES_FULL);
	log_set_run(NULL, "x");
	log_event(NULL, LOG_ERROR, "x", NULL, 0);
	log_free(NULL);
	/* A descriptor that takes nothing. */
	l = log_new(-1, LOG_TEXT, LOG_DEBUG);
	assert_non_null(l);
	log_event(l, LOG_ERROR, "x", NULL, 0);
	log_free(l);
}

static void
test_codes_are_masked(void **state)
{
	struct sink s;

	(void)state;
	assert_int_equal(sink_open(&s, LOG_TEXT, LOG_INFO), 0);
	log_say(s.log, LOG_INFO, "x", LFC("code", "M746209500"));
	assert_null(strstr(sink_text(&s), "746209"));
	assert_non_null(strstr(s.text, "code=M7***00\n"));
	log_set_codes(s.log, LOG_CODES_NONE);
	log_say(s.log, LOG_INFO, "x", LFC("code", "M746209500"));
	assert_non_null(strstr(sink_text(&s), "code=***\n"));
	log_set_codes(s.log, LOG_CODES_FULL);
	log_say(s.log, LOG_INFO, "x", LFC("code", "M746209500"),
	    LFC("none", NULL));
	assert_non_null(strstr(sink_text(&s), "code=M746209500 none=-\n"));
	sink_close(&s);
}

static void
test_mask(void **state)
{
	char longer[101], out[64];

	(void)state;
	assert_string_equal(log_mask("ABCDEFGH", LOG_CODES_MASKED, out),
	    "AB***GH");
	assert_string_equal(log_mask("ABCDEFG", LOG_CODES_MASKED, out), "***");
	assert_string_equal(log_mask("", LOG_CODES_MASKED, out), "***");
	assert_string_equal(log_mask("", LOG_CODES_FULL, out), "");
	assert_string_equal(log_mask("ABCDEFGH", LOG_CODES_NONE, out), "***");
	memset(longer, 'x', 100);
	longer[100] = '\0';
	assert_int_equal(strlen(log_mask(longer, LOG_CODES_FULL, out)), 63);
	assert_string_equal(out + 60, "...");
	/* No half letters. */
	assert_string_equal(log_mask("A\xc3\xbc""CDEF\xc3\xbc",
	    LOG_CODES_MASKED, out), "A?***\xc3\xbc");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_text_cannot_be_forged),
		cmocka_unit_test(test_long_values_are_cut),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_journal),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_without_a_log),
		cmocka_unit_test(test_codes_are_masked),
		cmocka_unit_test(test_mask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
