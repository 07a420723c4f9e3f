/*
 * The table of rules: every one has words, an example that breaks it, and a
 * sample file that shows it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <unistd.h>

#include "../../src/base/err.h"
#include "../../src/coupon/check.h"

/* Settings without which some rules cannot be broken. */
static void
settings(struct check_opts *o, enum rule rule, char known[512])
{
	const char *srcdir = getenv("srcdir");

	memset(o, 0, sizeof(*o));
	o->redeemed = REDEEMED_NONE;
	o->today = (struct date){ 2026, 11, 20 };
	o->not_before = (struct date){ 2020, 1, 1 };
	o->max_findings = 1000;
	if (rule == RULE_CODE_PATTERN)
		o->pattern = "M[0-9]{9}";
	snprintf(known, 512, "%s/samples/known-codes.txt",
	    srcdir != NULL ? srcdir : ".");
	if (rule == RULE_CODE_UNKNOWN)
		o->known_codes = known;
}

static uint64_t
breaks(enum rule rule, int fd, const char *name)
{
	struct check_result r;
	struct check_opts o;
	char known[512];
	struct err e;
	uint64_t n;

	err_clear(&e);
	settings(&o, rule, known);
	if (check_file(fd, name, &o, &r, &e) == -1)
		fail_msg("%s: %s", name, e.msg);
	n = r.by_rule[rule];
	check_release(&r);
	return n;
}

static void
test_words(void **state)
{
	int r;

	(void)state;
	for (r = 0; r < RULE__MAX; r++) {
		assert_non_null(rule_info((enum rule)r)->id);
		assert_int_equal(rule_find(rule_info((enum rule)r)->id), r);
		assert_true(rule_info((enum rule)r)->meaning[0] != '\0');
		assert_true(rule_info((enum rule)r)->advice[0] != '\0');
	}
	assert_int_equal(rule_find("no-such"), RULE__MAX);
	assert_string_equal(severity_name(SEV_ERROR), "error");
	assert_string_equal(scope_name(SCOPE_FILE), "file");
}

/* The example breaks its rule, and what stands above it does not. */
static void
test_examples(void **state)
{
	const struct rule_example *x;
	FILE *f;
	int r;

	(void)state;
	for (r = 0; r < RULE__MAX; r++) {
		x = rule_example((enum rule)r);
		if (x->line == NULL) {
			assert_non_null(x->note);
			continue;
		}
		f = tmpfile();
		assert_non_null(f);
		fputs(x->before, f);
		fflush(f);
		if (x->before[0] != '\0' &&
		    breaks((enum rule)r, fileno(f), "x.csv") != 0)
			fail_msg("%s: before", rule_info((enum rule)r)->id);
		fputs(x->line, f);
		fflush(f);
		if (breaks((enum rule)r, fileno(f), "x.csv") == 0)
			fail_msg("%s: no example", rule_info((enum rule)r)->id);
		fclose(f);
	}
}

/* Each rule has a sample file that shows it, and there are no others. */
static void
test_samples(void **state)
{
	const char *srcdir = getenv("srcdir"), *base;
	char pattern[512], id[64];
	bool seen[RULE__MAX] = { false };
	enum rule rule;
	glob_t g;
	size_t i;
	int fd;

	(void)state;
	snprintf(pattern, sizeof(pattern), "%s/samples/broken/*",
	    srcdir != NULL ? srcdir : ".");
	assert_int_equal(glob(pattern, 0, NULL, &g), 0);
	for (i = 0; i < g.gl_pathc; i++) {
		base = strrchr(g.gl_pathv[i], '/') + 1;
		snprintf(id, sizeof(id), "%.*s", (int)strcspn(base, "."),
		    base);
		rule = rule_find(id);
		assert_int_not_equal(rule, RULE__MAX);
		fd = open(g.gl_pathv[i], O_RDONLY | O_CLOEXEC);
		assert_int_not_equal(fd, -1);
		if (breaks(rule, fd, base) == 0)
			fail_msg("%s does not show %s", base, id);
		seen[rule] = true;
		close(fd);
	}
	globfree(&g);
	for (i = 0; i < RULE__MAX; i++)
		if (!seen[i])
			fail_msg("no sample of %s",
			    rule_info((enum rule)i)->id);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_samples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
