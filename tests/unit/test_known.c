/*
 * Known codes: what is read as one, and that little memory finds the same as
 * much of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <unistd.h>

#include "../../src/base/buf.h"
#include "../../src/base/err.h"
#include "../../src/base/io.h"
#include "../../src/coupon/check.h"
#include "../../src/coupon/known.h"

#define MANY	400000

static char *
file_named(const char *end, const char *p, size_t n)
{
	struct err e;
	char *path;
	int fd;

	err_clear(&e);
	assert_true(asprintf(&path, "/tmp/known-XXXXXX%s", end) > 0);
	fd = mkstemps(path, (int)strlen(end));
	assert_int_not_equal(fd, -1);
	assert_int_equal(io_write_all(fd, p, n, &e), 0);
	close(fd);
	return path;
}

static void
file_gone(char *path)
{
	unlink(path);
	free(path);
}

static void
reads(const char *end, const char *text, bool same)
{
	struct check_opts o;
	struct known *k;
	struct err e;
	char *path = file_named(end, text, strlen(text));

	err_clear(&e);
	memset(&o, 0, sizeof(o));
	o.known_codes = path;
	k = known_new(&o, 1 << 20, &e);
	if (k == NULL)
		fail_msg("%s", e.msg);
	assert_int_equal(known_shares(k), 1);
	assert_int_equal(known_find(k, "A1", 2), KNOWN_YES);
	assert_int_equal(known_find(k, "B2", 2), KNOWN_YES);
	assert_int_equal(known_find(k, "B", 1), KNOWN_NO);
	assert_int_equal(known_find(k, "b2", 2), KNOWN_NO);
	assert_int_equal(known_find(k, "code", 4) == KNOWN_YES, same);
	known_free(k);
	file_gone(path);
}

static void
test_kinds(void **state)
{
	(void)state;
	reads(".txt", "A1\nB2\n", false);
	reads(".txt", "code\r\n A1\r\n\r\nB2\xc2\xa0", true);
	reads(".csv", "A1\nB2\n", false);
	reads(".csv", "coupon;bank\n\"A1\";1\nB2;2\n", false);
	reads(".csv", "\"bank, town\";code\n\"1;2\";A1\n3;B2\n", false);
	reads(".csv", "bank,code\n1,A1\n2,\"B2\"\n3\n", false);
	reads(".csv", "\xef\xbb\xbf" "bank\tCode\n1\tA1\n2\tB2\n", false);
	/* No header: then a first line is a code like the others. */
	reads(".csv", "nummer\nA1\ncode\nB2\n", true);
}

static void
refused(const char *path, enum err_code code, const char *words)
{
	struct check_opts o;
	struct err e;

	err_clear(&e);
	memset(&o, 0, sizeof(o));
	o.known_codes = path;
	assert_null(known_new(&o, 1 << 20, &e));
	assert_int_equal(e.code, code);
	assert_non_null(strstr(e.msg, path));
	if (strstr(e.msg, words) == NULL)
		fail_msg("%s", e.msg);
}

static void
test_refused(void **state)
{
	static const struct {
		const char	*text;
		enum err_code	 code;
		const char	*words;
	} files[] = {
		{ "", ERR_CONFIG, "no code" },
		{ "code\n\n", ERR_CONFIG, "no code" },
		{ "Nummer;Bank\nA1;1\n", ERR_CONFIG, "coupon_code" },
		{ "code\n\"A1\nB2\nC3", ERR_INPUT, "line 2" },
		{ "\xff\xfe" "A\0" "1\0", ERR_INPUT, "utf-16le" },
		{ "%PDF-1.7 ...", ERR_INPUT, "PDF" },
		/* Read in another way than it is written, it has no code. */
		{ "code\nA 1\nB 2\n", ERR_INPUT, "none of its 2 lines" },
		{ "\"A,1\"\n\"B,2\"\n", ERR_INPUT, "none of its 2 lines" },
		{ "\xc4\xf1\n\xc4\xf2\n\n", ERR_INPUT, "UTF-8" },
	};
	char *path;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		path = file_named(".csv", files[i].text,
		    strlen(files[i].text));
		refused(path, files[i].code, files[i].words);
		file_gone(path);
	}
	path = file_named(".txt", "code\nA1;600\nB2;600\n", 19);
	refused(path, ERR_INPUT, "none of its 3 lines");
	file_gone(path);
	refused("/nowhere/codes.txt", ERR_INPUT, "cannot open");
	refused("/tmp", ERR_INPUT, "folder");
}

/* zcat codes.gz | ... --known-codes /dev/stdin, and shares of it. */
static void
test_pipe(void **state)
{
	struct check_opts o = { .tmp_dir = "/tmp" };
	char path[32];
	struct known *k;
	struct err e;
	int ends[2];
	unsigned i;

	(void)state;
	err_clear(&e);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(io_write_all(ends[1], "code,x\nA1,\nB2,\n", 15, &e),
	    0);
	close(ends[1]);
	snprintf(path, sizeof(path), "/dev/fd/%d", ends[0]);
	o.known_codes = path;
	k = known_new(&o, 1 << 20, &e);
	if (k == NULL)
		fail_msg("%s", e.msg);
	close(ends[0]);
	/* It can be read again. */
	for (i = 0; i < 2; i++) {
		assert_int_equal(known_share(k, 0, &e), 0);
		assert_int_equal(known_find(k, "B2", 2), KNOWN_YES);
		assert_int_equal(known_find(k, "C3", 2), KNOWN_NO);
	}
	known_free(k);
}

/* The whole of a result that shares could change. */
static void
found(struct buf *b, const char *known, const struct buf *in, uint64_t memory)
{
	struct check_opts o = { .known_codes = known, .memory = memory,
	    .redeemed = REDEEMED_NONE, .max_findings = 100000,
	    .tmp_dir = "/tmp" };
	struct check_result r;
	struct err e;
	char id[33];
	size_t i;
	char *path = file_named(".csv", in->data, in->len);
	FILE *f = fopen(path, "re");

	err_clear(&e);
	assert_non_null(f);
	if (check_file(fileno(f), path, &o, &r, &e) == -1)
		fail_msg("%s", e.msg);
	assert_int_equal(buf_addf(b, &e, "%d %d %d %d %s\n", (int)r.rows,
	    (int)r.valid, (int)r.invalid, (int)r.duplicates,
	    content_id(&r.content, "", id)), 0);
	for (i = 0; i < r.nfindings; i++)
		assert_int_equal(buf_addf(b, &e, "%d %d %d\n",
		    r.findings[i].rule, (int)r.findings[i].place.byte,
		    (int)r.findings[i].place.record), 0);
	check_release(&r);
	fclose(f);
	file_gone(path);
}

static void
test_shares(void **state)
{
	struct check_opts o;
	struct known *k;
	struct buf codes, in, much, little;
	struct err e;
	char *path;
	int i;

	(void)state;
	err_clear(&e);
	buf_init(&codes, 64 << 20);
	buf_init(&in, 64 << 20);
	buf_init(&much, 64 << 20);
	buf_init(&little, 64 << 20);
	for (i = 0; i < MANY; i++)
		assert_int_equal(buf_addf(&codes, &e, "M%09d\n", i * 2), 0);
	assert_int_equal(buf_adds(&in, "code,redeemed,redeem_date\n", &e), 0);
	for (i = 0; i < 60000; i++)
		assert_int_equal(buf_addf(&in, &e, "M%09d,1,2026-11-%02d\n",
		    i % 7 == 0 ? i : i % 20000 * 2, i / 20001 + 1), 0);
	path = file_named(".txt", codes.data, codes.len);
	memset(&o, 0, sizeof(o));
	o.known_codes = path;
	k = known_new(&o, 4 << 20, &e);
	assert_non_null(k);
	assert_in_range(known_shares(k), 2, 16);
	known_free(k);
	found(&much, path, &in, 0);
	found(&little, path, &in, 8 << 20);
	assert_in_range(much.len, 100000, 10000000);
	assert_string_equal(much.data, little.data);
	file_gone(path);
	buf_release(&codes);
	buf_release(&in);
	buf_release(&much);
	buf_release(&little);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_pipe),
		cmocka_unit_test(test_shares),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
