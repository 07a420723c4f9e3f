/*
 * Checking whole files.  Each input under tests/golden/check (NAME.csv or
 * NAME.txt) has its findings beside it (NAME.expect), and may have settings
 * (NAME.opts, one "key value" a line).  CHECK_REWRITE=1 writes the expected
 * files anew, to be read before they are believed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../src/base/buf.h"
#include "../../src/base/err.h"
#include "../../src/base/tmpfile.h"
#include "../../src/coupon/check.h"

static void
defaults(struct check_opts *o)
{
	memset(o, 0, sizeof(*o));
	o->redeemed = REDEEMED_NONE;
	o->today = (struct date){ 2026, 11, 20 };
	o->max_findings = 1000;
}

static void
set_option(struct check_opts *o, const char *key, const char *value)
{
	static const char *const yes[] = { "ja", "yes", NULL };
	static const char *const no[] = { "nein", "no", NULL };

	if (strcmp(key, "delimiter") == 0)
		o->delimiter = value[0];
	else if (strcmp(key, "encoding") == 0)
		o->encoding = strdup(value);
	else if (strcmp(key, "no_header") == 0)
		o->no_header = true;
	else if (strcmp(key, "code") == 0)
		o->col_code = strdup(value);
	else if (strcmp(key, "date_format") == 0)
		o->date_format = strdup(value);
	else if (strcmp(key, "timezone") == 0)
		o->timezone = strdup(value);
	else if (strcmp(key, "words") == 0) {
		o->words_true = yes;
		o->words_false = no;
	} else if (strcmp(key, "redeemed") == 0)
		o->redeemed = value[0] - '0';
	else if (strcmp(key, "redeem_date") == 0)
		assert_int_equal(date_parse(value, 10, &o->redeem_date), 0);
	else if (strcmp(key, "not_before") == 0)
		assert_int_equal(date_parse(value, 10, &o->not_before), 0);
	else if (strcmp(key, "need") == 0)
		o->need_date = o->need_redeemed = true;
	else if (strcmp(key, "unredeemed") == 0)
		o->on_unredeemed = strcmp(value, "stop") == 0 ?
		    UNREDEEMED_STOP : UNREDEEMED_SEND;
	else if (strcmp(key, "max_code") == 0)
		o->max_code = strtol(value, NULL, 10);
	else if (strcmp(key, "alphabet") == 0)
		o->alphabet = strdup(value);
	else if (strcmp(key, "pattern") == 0)
		o->pattern = strdup(value);
	else if (strcmp(key, "known_codes") == 0) {
		const char *srcdir = getenv("srcdir");
		char *path;

		assert_true(asprintf(&path, "%s/%s", srcdir != NULL ? srcdir :
		    ".", value) > 0);
		o->known_codes = path;
	} else if (strcmp(key, "memory") == 0)
		o->memory = strtoul(value, NULL, 10);
	else if (strcmp(key, "max_findings") == 0)
		o->max_findings = strtol(value, NULL, 10);
	else
		fail_msg("unknown setting %s", key);
}

static void
free_options(struct check_opts *o)
{
	free((void *)(uintptr_t)o->encoding);
	free((void *)(uintptr_t)o->col_code);
	free((void *)(uintptr_t)o->date_format);
	free((void *)(uintptr_t)o->timezone);
	free((void *)(uintptr_t)o->alphabet);
	free((void *)(uintptr_t)o->pattern);
	free((void *)(uintptr_t)o->known_codes);
}

static void
load_options(struct check_opts *o, const char *path)
{
	char line[256], *value;
	FILE *f;

	f = fopen(path, "r");
	if (f == NULL)
		return;
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		value = line + strcspn(line, " ");
		if (*value != '\0')
			*value++ = '\0';
		set_option(o, line, value);
	}
	fclose(f);
}

static void
show_finding(struct buf *b, const struct finding *f)
{
	struct err e;

	err_clear(&e);
	assert_int_equal(buf_addf(b, &e, "%s %s %s %d:%d record %d byte %d",
	    rule_info(f->rule)->id, severity_name(f->severity),
	    f->field != NULL ? f->field : "-", (int)f->place.line,
	    (int)f->place.column, (int)f->place.record,
	    (int)f->place.byte), 0);
	if (f->has_first)
		assert_int_equal(buf_addf(b, &e, " first %d:%d record %d "
		    "byte %d", (int)f->first.line, (int)f->first.column,
		    (int)f->first.record, (int)f->first.byte), 0);
	assert_int_equal(buf_adds(b, "\n\t", &e), 0);
	if (f->value != NULL) {
		assert_int_equal(buf_adds(b, "[", &e), 0);
		assert_int_equal(buf_escape(b, f->value, f->value_len, 100,
		    &e), 0);
		assert_int_equal(buf_adds(b, "] ", &e), 0);
	}
	assert_int_equal(buf_adds(b, f->message, &e), 0);
	if (f->fix != NULL)
		assert_int_equal(buf_addf(b, &e, " -> [%s]", f->fix), 0);
	assert_int_equal(buf_adds(b, "\n", &e), 0);
}

static void
show(struct buf *b, const struct check_result *r)
{
	char first[11] = "-", last[11] = "-", id[33];
	uint64_t by_rule = 0;
	struct err e;
	size_t i;

	err_clear(&e);
	if (!date_is_none(&r->first_date)) {
		date_format(&r->first_date, first);
		date_format(&r->last_date, last);
	}
	assert_int_equal(buf_addf(b, &e, "%s %s %s%s%s%s\nbytes %d rows %d "
	    "valid %d invalid %d duplicates %d skipped %d\n", r->format,
	    r->packing, r->encoding, r->header ? " header" : "",
	    r->fatal ? " fatal" : "", r->systematic ? " systematic" : "",
	    (int)r->bytes, (int)r->rows, (int)r->valid, (int)r->invalid,
	    (int)r->duplicates, (int)r->skipped), 0);
	assert_int_equal(buf_addf(b, &e, "errors %d warnings %d omitted %d "
	    "dates %s %s\ncontent %d %s\n", (int)r->errors, (int)r->warnings,
	    (int)r->findings_omitted, first, last, (int)r->content.rows,
	    content_id(&r->content, "test", id)), 0);
	for (i = 0; i < r->nfindings; i++)
		show_finding(b, &r->findings[i]);
	for (i = 0; i < RULE__MAX; i++)
		by_rule += r->by_rule[i];
	assert_int_equal(by_rule, r->errors + r->warnings);
	assert_int_equal(r->rows, r->valid + r->invalid + r->duplicates);
	assert_int_equal(r->nfindings + r->findings_omitted, by_rule);
}

/* The rows set aside, after a line that says so. */
static void
show_aside(struct buf *b, FILE *f)
{
	struct err e;
	char line[512];

	err_clear(&e);
	rewind(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		assert_int_equal(buf_adds(b, "aside ", &e), 0);
		line[strcspn(line, "\n")] = '\0';
		assert_int_equal(buf_escape(b, line, strlen(line), 300, &e),
		    0);
		assert_int_equal(buf_adds(b, "\n", &e), 0);
	}
}

static char *
all_of(FILE *f, size_t *n)
{
	struct err e;
	char *p;

	err_clear(&e);
	*n = (size_t)ftell(f);
	p = malloc(*n + 1);
	assert_non_null(p);
	assert_int_equal(io_pread_all(fileno(f), p, *n, 0, &e), 0);
	return p;
}

/* In a corrected file is nothing left to correct. */
static void
check_again(const char *path, const struct check_opts *was, FILE *f)
{
	struct check_opts o = *was;
	struct check_result r;
	struct err e;
	size_t i;

	err_clear(&e);
	o.set_aside = NULL;
	o.fixed = tmpfile();
	assert_non_null(o.fixed);
	/* UTF-16 is corrected to UTF-8. */
	if (o.encoding != NULL && strncasecmp(o.encoding, "utf-", 4) == 0)
		o.encoding = NULL;
	if (check_file(fileno(f), path, &o, &r, &e) == -1)
		fail_msg("%s: corrected, then %s", path, e.msg);
	for (i = 0; i < r.nchanges; i++)
		fail_msg("%s: corrected, and again at line %d: %s", path,
		    (int)r.changes[i].place.line, r.changes[i].fix != NULL ?
		    r.changes[i].fix : r.changes[i].message);
	fclose(o.fixed);
	check_release(&r);
}

/* The corrected file: as NAME.fixed, or as it was where nothing changed. */
static void
check_fixed(const char *path, size_t base, FILE *f,
    const struct check_opts *o, const struct check_result *r)
{
	size_t len, n;
	uint64_t changes = 0;
	char name[512], *got, *want;
	struct err e;
	int i;

	err_clear(&e);
	for (i = 0; i < RULE__MAX; i++)
		changes += r->changed[i];
	if (r->fatal)
		return;
	got = all_of(f, &n);
	snprintf(name, sizeof(name), "%.*s.fixed", (int)base, path);
	if (changes > 0 && getenv("CHECK_REWRITE") != NULL) {
		FILE *to = fopen(name, "we");

		assert_non_null(to);
		assert_int_equal(fwrite(got, 1, n, to), n);
		fclose(to);
	}
	if (changes == 0 && strncmp(r->encoding, "utf-8", 5) != 0 &&
	    strncmp(r->encoding, "utf-", 4) == 0) {
		free(got);
		return;
	}
	if (io_slurp(changes > 0 ? name : path, 1 << 24, &want, &len, &e) ==
	    -1)
		fail_msg("%s", e.msg);
	if (n != len || memcmp(got, want, n) != 0)
		fail_msg("%s: corrected to\n%.*s", path, (int)n, got);
	check_again(path, o, f);
	free(got);
	free(want);
}

static void
show_changes(struct buf *b, const struct check_result *r)
{
	const struct finding *f;
	struct err e;
	size_t i;

	err_clear(&e);
	for (i = 0; i < r->nchanges; i++) {
		f = &r->changes[i];
		assert_int_equal(buf_addf(b, &e, "changed %s %d:%d byte %d "
		    "[", rule_info(f->rule)->id, (int)f->place.line,
		    (int)f->place.column, (int)f->place.byte), 0);
		assert_int_equal(buf_escape(b, f->value != NULL ? f->value :
		    "", f->value_len, 100, &e), 0);
		assert_int_equal(buf_addf(b, &e, "] -> [%s] %s\n",
		    f->fix != NULL ? f->fix : "", f->message), 0);
	}
}

static void
check_golden(const char *path)
{
	struct check_result r;
	struct check_opts o;
	struct buf got;
	struct err e;
	char name[512], *want;
	size_t base, len;
	FILE *aside, *fixed;
	int fd;

	err_clear(&e);
	base = strlen(path) - 4;
	defaults(&o);
	snprintf(name, sizeof(name), "%.*s.opts", (int)base, path);
	load_options(&o, name);
	aside = tmpfile();
	assert_non_null(aside);
	o.set_aside = aside;
	o.fixed = fixed = tmpfile();
	assert_non_null(fixed);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_not_equal(fd, -1);
	buf_init(&got, 1 << 20);
	if (check_file(fd, path, &o, &r, &e) == -1)
		fail_msg("%s: %s", path, e.msg);
	show(&got, &r);
	show_aside(&got, aside);
	show_changes(&got, &r);
	check_fixed(path, base, fixed, &o, &r);
	fclose(fixed);
	check_release(&r);
	fclose(aside);
	close(fd);
	snprintf(name, sizeof(name), "%.*s.expect", (int)base, path);
	if (getenv("CHECK_REWRITE") != NULL) {
		fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
		assert_int_equal(io_write_all(fd, got.data, got.len, &e), 0);
		close(fd);
	}
	if (io_slurp(name, 1 << 20, &want, &len, &e) == -1)
		fail_msg("%s", e.msg);
	if (strcmp(got.data, want) != 0)
		fail_msg("%s: got\n%swant\n%s", path, got.data, want);
	free(want);
	free_options(&o);
	buf_release(&got);
}

static void
test_golden(void **state)
{
	static const char *const kinds[] = { "csv", "txt" };
	const char *srcdir = getenv("srcdir");
	char pattern[512];
	size_t i, k, n = 0;
	glob_t g;

	(void)state;
	for (k = 0; k < 2; k++) {
		snprintf(pattern, sizeof(pattern), "%s/tests/golden/check/*.%s",
		    srcdir != NULL ? srcdir : ".", kinds[k]);
		assert_int_equal(glob(pattern, 0, NULL, &g), 0);
		for (i = 0; i < g.gl_pathc; i++)
			check_golden(g.gl_pathv[i]);
		n += g.gl_pathc;
		globfree(&g);
	}
	assert_in_range(n, 20, 1000);
}

/* What the demonstration sends. */
static void
test_sample_good(void **state)
{
	const char *srcdir = getenv("srcdir");
	struct check_result r;
	struct check_opts o;
	struct err e;
	char path[512];
	int fd;

	(void)state;
	err_clear(&e);
	defaults(&o);
	snprintf(path, sizeof(path), "%s/samples/redemptions.csv",
	    srcdir != NULL ? srcdir : ".");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_not_equal(fd, -1);
	assert_int_equal(check_file(fd, path, &o, &r, &e), 0);
	assert_int_equal(r.rows, 302);
	assert_int_equal(r.valid, 300);
	assert_int_equal(r.duplicates, 2);
	assert_int_equal(r.errors, 0);
	check_release(&r);
	close(fd);
}

/* A file with these bytes, open for reading and already without a name. */
static int
file_with(const char *p, size_t n)
{
	struct tmpfile t;
	struct err e;

	err_clear(&e);
	assert_int_equal(tmpfile_anon(&t, P_tmpdir, &e), 0);
	assert_int_equal(io_write_all(t.fd, p, n, &e), 0);
	free(t.path);
	free(t.final);
	return t.fd;
}

static int
check_bytes(const char *p, size_t n, const struct check_opts *o,
    struct check_result *r, struct err *e)
{
	int fd, rc;

	err_clear(e);
	fd = file_with(p, n);
	rc = check_file(fd, "x.csv", o, r, e);
	close(fd);
	return rc;
}

static void
refused(const struct check_opts *o, const char *in, enum err_code code,
    const char *words)
{
	struct check_result r;
	struct err e;

	assert_int_equal(check_bytes(in, strlen(in), o, &r, &e), -1);
	assert_int_equal(e.code, code);
	assert_non_null(strstr(e.msg, words));
	check_release(&r);
}

static void
test_settings(void **state)
{
	struct check_opts o;

	(void)state;
	defaults(&o);
	o.pattern = "M[0-9";
	refused(&o, "code\nA\n", ERR_CONFIG, "M[0-9");
	defaults(&o);
	o.encoding = "klingon";
	refused(&o, "code\nA\n", ERR_CONFIG, "klingon");
	o.encoding = "UTF-7";
	refused(&o, "code\nA\n", ERR_CONFIG, "iconv -f UTF-7");
	defaults(&o);
	o.date_format = "%Y-%m-%d%z";
	refused(&o, "code\nA\n", ERR_CONFIG, "%H:%M:%S%z");
	o.date_format = "%Y-%m-%dT00:00:00Z";
	refused(&o, "code\nA\n", ERR_CONFIG, "%H:%M:%S%z");
	o.date_format = "%d.%m";
	refused(&o, "code\nA\n", ERR_CONFIG, "%d.%m");
	o.date_format = "%d.%d.%Y";
	refused(&o, "code\nA\n", ERR_CONFIG, "date_format");
	defaults(&o);
	refused(&o, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", ERR_INPUT,
	    "workbook");
}

/* Dialect and order do not matter to the identity, values do. */
static void
test_content(void **state)
{
	static const struct {
		const char *in;
		bool same;
	} files[] = {
		{ "code,redeemed,redeem_date\nA1,1,2026-11-01\n"
		  "B2,1,2026-11-02\n", true },
		{ "redeem_date,code,redeemed\r\n2026-11-02,\"B2\",1\r\n"
		  "2026-11-01,A1,1", true },
		{ "code,redeemed,redeem_date\nA1,1,2026-11-01\n"
		  "B2,1,2026-11-02\nA1,1,2026-11-01\nC,0,\n", true },
		{ "code,redeemed,redeem_date\nA1,1,2026-11-01\n"
		  "B2,1,2026-11-03\n", false },
		{ "code,redeemed,redeem_date\nA1,1,2026-11-01\n", false },
		{ "code,redeemed,redeem_date\nA1,1,2026-11-01\n"
		  "b2,1,2026-11-02\n", false },
	};
	struct check_result r;
	struct check_opts o;
	struct err e;
	char id[33], first[33] = "";
	size_t i;

	(void)state;
	defaults(&o);
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		assert_int_equal(check_bytes(files[i].in, strlen(files[i].in),
		    &o, &r, &e), 0);
		content_id(&r.content, "mapp 600", id);
		if (i == 0)
			memcpy(first, id, sizeof(first));
		assert_int_equal(strcmp(id, first) == 0, files[i].same);
		assert_int_equal(strcmp(content_id(&r.content, "mapp 601",
		    id), first) == 0, false);
		check_release(&r);
	}
}

struct collected {
	struct buf	text;
};

static int
collect(void *arg, const struct coupon *c, struct err *e)
{
	struct collected *to = arg;

	return buf_addf(&to->text, e, "%d:%.*s ", (int)c->record,
	    (int)c->len, c->code);
}

/* What reaches the spool: the good rows less those that turned out bad. */
static void
test_spool(void **state)
{
	static const char in[] = "code,redeemed,redeem_date\n"
	    "A,1,2026-11-02\nB,1,2026-11-01\nA,1,2026-11-02\nC,1,2026-11-01\n"
	    "C,1,2026-11-03\nD,0,\n,1,2026-11-01\nE,1,2026-11-02\n";
	struct spool_opts so = { P_tmpdir, false, 64 };
	struct collected all;
	struct check_result r;
	struct check_opts o;
	const struct spool_group *groups;
	struct err e;
	size_t i, n;

	(void)state;
	defaults(&o);
	err_clear(&e);
	o.spool = spool_new(&so, &e);
	assert_non_null(o.spool);
	assert_int_equal(check_bytes(in, sizeof(in) - 1, &o, &r, &e), 0);
	assert_int_equal(r.valid, 4);
	assert_int_equal(r.invalid, 3);
	assert_int_equal(r.duplicates, 1);
	assert_int_equal(r.skipped, 1);
	assert_int_equal(r.content.rows, 3);
	assert_int_equal(spool_seal(o.spool, &e), 0);
	groups = spool_groups(o.spool, &n);
	assert_int_equal(n, 2);
	assert_int_equal(groups[0].date.day, 1);
	buf_init(&all.text, 1000);
	for (i = 0; i < n; i++)
		assert_int_equal(spool_each(o.spool, i, collect, &all, &e), 0);
	assert_string_equal(all.text.data, "2:B 1:A 8:E ");
	buf_release(&all.text);
	spool_free(o.spool);
	check_release(&r);
}

/* Findings come in file order, the first ones are kept, all are counted. */
static void
test_many(void **state)
{
	struct check_result r;
	struct check_opts o;
	struct buf in;
	struct err e;
	size_t i;

	(void)state;
	err_clear(&e);
	buf_init(&in, 1 << 24);
	assert_int_equal(buf_adds(&in, "code\n", &e), 0);
	for (i = 0; i < 30000; i++)
		assert_int_equal(buf_addf(&in, &e, "%s%zu\n",
		    i % 3 == 0 ? "bad " : "C", i % 10000), 0);
	defaults(&o);
	o.max_findings = 50;
	assert_int_equal(check_bytes(in.data, in.len, &o, &r, &e), 0);
	assert_int_equal(r.rows, 30000);
	assert_int_equal(r.by_rule[RULE_CODE_SPACE], 10000);
	/* i and i + 10000 differ in i % 3, so each code is good twice. */
	assert_int_equal(r.by_rule[RULE_DUPLICATE_CODE], 10000);
	assert_int_equal(r.nfindings, 50);
	assert_int_equal(r.findings_omitted, 20000 - 50 + 2);
	for (i = 1; i < r.nfindings; i++)
		assert_true(r.findings[i].place.byte >=
		    r.findings[i - 1].place.byte);
	assert_int_equal(r.findings[49].rule, RULE_CODE_SPACE);
	assert_int_equal(r.findings[49].place.record, 47 * 3 + 1);
	check_release(&r);
	buf_release(&in);
}

/* A line of 3 MiB costs one row, not the file. */
static void
test_long_line(void **state)
{
	struct check_result r;
	struct check_opts o;
	struct err e;
	size_t n = 3u << 20;
	char *in;

	(void)state;
	in = malloc(n);
	assert_non_null(in);
	memset(in, 'x', n);
	memcpy(in, "code\nA\n", 7);
	memcpy(in + n - 4, "\nB\n", 3);
	defaults(&o);
	assert_int_equal(check_bytes(in, n - 1, &o, &r, &e), 0);
	assert_int_equal(r.rows, 3);
	assert_int_equal(r.valid, 2);
	assert_int_equal(r.by_rule[RULE_LINE_TOO_LONG], 1);
	assert_int_equal(r.findings[2].place.line, 3);
	assert_string_equal(r.findings[2].message,
	    "longer than 1,048,576 bytes");
	check_release(&r);
	free(in);
}

struct toucher {
	int	fd;
	int	calls;
};

static void
touch(void *arg, uint64_t done, uint64_t total)
{
	struct toucher *t = arg;

	assert_int_equal(done, total);
	t->calls++;
	assert_int_equal(pwrite(t->fd, "code\nB\n", 7, 0), 7);
	assert_int_equal(ftruncate(t->fd, 8), 0);
}

static void
test_changed(void **state)
{
	struct check_result r;
	struct check_opts o;
	struct toucher t = { -1, 0 };
	struct err e;

	(void)state;
	defaults(&o);
	t.fd = file_with("code\nA\n", 7);
	o.progress = touch;
	o.progress_arg = &t;
	err_clear(&e);
	assert_int_equal(check_file(t.fd, "x.csv", &o, &r, &e), -1);
	assert_int_equal(e.code, ERR_INPUT);
	assert_non_null(strstr(e.msg, "changed"));
	assert_int_equal(t.calls > 0, true);
	check_release(&r);
	close(t.fd);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_sample_good),
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_content),
		cmocka_unit_test(test_spool),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
