/* Replies of FTP servers: those recorded from real ones, and how they come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/base/err.h"
#include "../../transfer/ftp_reply.h"

#define COLUMNS	6	/* server, situation, command, reply, word, exit */

/* Feed it in as the lines between "<br>"; the code of the last one. */
static long
hear(struct ftp_reply *r, const char *lines)
{
	const char	*at;
	size_t		 n;
	long		 code = 0;

	for (;; lines = at + 4) {
		at = strstr(lines, "<br>");
		n = at != NULL ? (size_t)(at - lines) : strlen(lines);
		assert_int_equal(code, 0);	/* not before the last line */
		code = ftp_reply_line(r, lines, n);
		if (at == NULL)
			return code;
	}
}

/* Cut "| a | b |" into its columns; how many. */
static int
cut(char *line, char **column)
{
	char	*p, *end;
	int	 n = 0;

	for (p = line + 1; n < COLUMNS && (end = strchr(p, '|')) != NULL;
	    p = end + 1) {
		*end = '\0';
		p += *p == ' ';
		if (end > p && end[-1] == ' ')
			end[-1] = '\0';
		column[n++] = p;
	}
	return n;
}

static void
check_row(char **column)
{
	struct ftp_reply r = { 0 };
	struct ftp_asked asked = {
		.upload = strncmp(column[2], "STOR", 4) == 0,
		.path = strchr(column[2], '/'),
	};
	const char	*last = column[3], *at;
	struct err	 e;

	while ((at = strstr(last, "<br>")) != NULL)
		last = at + 4;
	assert_int_equal(hear(&r, column[3]), strtol(last, NULL, 10));
	err_clear(&e);
	assert_int_equal(ftp_reply_explain(&r, &asked, &e), -1);
	if (strcmp(err_info(e.code)->word, column[4]) != 0 ||
	    err_exit(&e) != strtol(column[5], NULL, 10))
		fail_msg("%s, %s, %s: %s %d: %s", column[0], column[1],
		    column[3], err_info(e.code)->word, err_exit(&e), e.msg);
	assert_int_equal(e.remote, strtol(last, NULL, 10));
}

static void
test_recorded(void **state)
{
	const char	*srcdir = getenv("srcdir");
	char		*path, *line = NULL, *column[COLUMNS];
	size_t		 room = 0;
	FILE		*f;
	int		 rows = 0;

	(void)state;
	assert_true(asprintf(&path, "%s/src/doc/ftp-replies.md",
	    srcdir != NULL ? srcdir : ".") != -1);
	f = fopen(path, "r");
	assert_non_null(f);
	while (getline(&line, &room, f) != -1) {
		if (line[0] != '|' || cut(line, column) != COLUMNS ||
		    strtol(column[5], NULL, 10) == 0)
			continue;
		check_row(column);
		rows++;
	}
	assert_true(rows > 60);
	fclose(f);
	free(line);
	free(path);
}

static enum err_code
code_of(const char *lines, const struct ftp_asked *asked, struct err *e)
{
	struct ftp_reply r = { 0 };

	assert_int_not_equal(hear(&r, lines), 0);
	err_clear(e);
	ftp_reply_explain(&r, asked, e);
	return e->code;
}

/* All lines are kept, the number once; noise before a reply is none. */
static void
test_lines(void **state)
{
	const struct ftp_asked asked = { .upload = true };
	struct ftp_reply r = { 0 };
	struct err	 e;

	(void)state;
	assert_int_equal(ftp_reply_line(&r, "hello", 5), 0);
	assert_int_equal(hear(&r, "552-a<br> 552 b<br>550 c<br>552-<br>552 d"),
	    552);
	assert_string_equal(r.text, "552 a; 552 b; 550 c; d");
	assert_int_equal(hear(&r, "226 done"), 226);
	assert_string_equal(r.text, "226 done");
	assert_int_equal(hear(&r, "331"), 331);
	code_of("552-first<br>552 last", &asked, &e);
	assert_non_null(strstr(e.msg, "\"552 first; last\""));
}

/* A reply without an end is cut. */
static void
test_long(void **state)
{
	struct ftp_reply r = { 0 };
	int		 i;

	(void)state;
	assert_int_equal(ftp_reply_line(&r, "552-a", 5), 0);
	for (i = 0; i < 1000; i++)
		assert_int_equal(ftp_reply_line(&r, "more of it", 10), 0);
	assert_int_equal(ftp_reply_line(&r, "552 end", 7), 552);
	assert_true(strlen(r.text) < FTP_REPLY_TEXT);
}

static void
test_words(void **state)
{
	const struct ftp_asked stor = { .upload = true,
	    .path = "/quota/no space" };
	const struct ftp_asked tls = { .tls = true, .upload = true };
	const struct ftp_asked look = { .upload = false };
	struct err e;

	(void)state;
	/* no space, in any number */
	assert_int_equal(code_of("426 Write: No space left on device", &tls,
	    &e), ERR_REMOTE_FULL);
	assert_int_equal(code_of("550 Insufficient storage", &tls, &e),
	    ERR_REMOTE_FULL);
	assert_int_equal(code_of("553-Sorry<br>553 disk is full", &tls, &e),
	    ERR_REMOTE_FULL);
	/* but not for what the file is called */
	assert_int_equal(code_of("550 /quota/no space: Permission denied",
	    &stor, &e), ERR_DENIED);
	/* too many passwords tried is a matter of the login */
	assert_int_equal(code_of("530 Too many failed login attempts", &tls,
	    &e), ERR_LOGIN);
	assert_int_equal(code_of("530-Sorry<br>530 Too many users", &tls, &e),
	    ERR_BUSY);
	assert_int_equal(err_info(e.code)->retry, RETRY_BACKOFF);
	assert_int_equal(code_of("421 Going down", &tls, &e),
	    ERR_UNAVAILABLE);
	assert_int_equal(code_of("550 Hm.", &look, &e), ERR_NOTFOUND);
	assert_int_equal(code_of("550 Hm.", &tls, &e), ERR_DENIED);
	assert_int_equal(code_of("530 Must use encryption", &look, &e),
	    ERR_CONFIG);
	assert_int_equal(code_of("530 Must use encryption", &tls, &e),
	    ERR_LOGIN);
	code_of("425 session not resumed", &tls, &e);
	assert_non_null(strstr(e.msg, "tls_max \"1.2\""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recorded),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
