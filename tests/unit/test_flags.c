/*
 * Command lines taken apart.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/cmd/cmd.h"

#define WORDS	80
#define HELP_MAX	(64 << 10)

/* Takes two switches, two values, a repeated value and the settings. */
static const struct command with = {
	"with", "", "", "", FLAG(F_HELP) | FLAG(F_QUIET) | FLAG(F_VERBOSE) |
	    FLAG(F_JOB) | FLAG(F_NOTE) | FLAG(F_LOAD), SETTINGS_ALL, "", NULL
};
static const struct command without = {
	"without", "", "", "", FLAG(F_HELP) | FLAG(F_JOB), SETTINGS_NONE,
	"", NULL
};

/* argv as main has it, from words up to a NULL. */
static int
parse(const struct command *c, const char *const *words, struct line *l,
    struct err *e)
{
	static char *argv[WORDS];
	size_t n;

	for (n = 0; words[n] != NULL; n++)
		argv[n] = (char *)(uintptr_t)words[n];
	argv[n] = NULL;
	err_clear(e);
	return flags_parse(c, (int)n, argv, l, e);
}

#define LINE(...)	((const char *const []){ __VA_ARGS__, NULL })

static void
test_order(void **unused)
{
	struct line l;
	struct err e;

	(void)unused;
	assert_int_equal(parse(&with, LINE("a", "-q", "b", "--job", "j", "-",
	    "--bank=7", "c", "--", "-v", "--job"), &l, &e), 0);
	assert_int_equal(l.nargs, 6);
	assert_string_equal(l.args[0], "a");
	assert_string_equal(l.args[1], "b");
	assert_string_equal(l.args[2], "-");
	assert_string_equal(l.args[3], "c");
	assert_string_equal(l.args[4], "-v");
	assert_string_equal(l.args[5], "--job");
	assert_true(line_has(&l, F_QUIET));
	assert_false(line_has(&l, F_VERBOSE));
	assert_string_equal(l.flag[F_JOB], "j");
	assert_int_equal(l.ngiven, 1);
	assert_string_equal(l.given[0].o->key, "bank");
	assert_string_equal(l.given[0].value, "7");
}

static void
test_values(void **unused)
{
	struct line l;
	struct err e;

	(void)unused;
	/* After "=", behind the letter, or the next word, whatever it is. */
	assert_int_equal(parse(&with, LINE("-qvjx", "--note="), &l, &e), 0);
	assert_true(line_has(&l, F_QUIET));
	assert_true(line_has(&l, F_VERBOSE));
	assert_string_equal(l.flag[F_JOB], "x");
	assert_string_equal(l.flag[F_NOTE], "");
	assert_int_equal(parse(&with, LINE("-j", "-q"), &l, &e), 0);
	assert_string_equal(l.flag[F_JOB], "-q");
	assert_false(line_has(&l, F_QUIET));
	assert_int_equal(parse(&with, LINE("--job=a", "-j", "b"), &l, &e), 0);
	assert_string_equal(l.flag[F_JOB], "b");
	/* "-" and "_" are the same in the name of a setting. */
	assert_int_equal(parse(&with, LINE("--max-reject", "5%"), &l, &e), 0);
	assert_string_equal(l.given[0].o->key, "max_reject");
	assert_string_equal(l.given[0].value, "5%");
	assert_int_equal(parse(&with, LINE("--load=1:a:b", "--load", "2:c:d"),
	    &l, &e), 0);
	assert_int_equal(l.nload, 2);
	assert_string_equal(l.load[0], "1:a:b");
	assert_string_equal(l.load[1], "2:c:d");
}

static void
test_refused(void **unused)
{
	static const struct {
		const char *word, *text;
	} rows[] = {
		{ "--jo", "does not take --jo; did you mean --job?" },
		{ "--jobs=x", "does not take --jobs; did you mean --job?" },
		{ "--max-rejct", "did you mean --max-reject?" },
		{ "--bnk", "did you mean --bank?" },
		{ "--zzz", "shown by: coupondrop with --help" },
		{ "--again", "does not take --again" },
		{ "--", NULL }, { "-q=1", "\"-=1\"" }, { "-x", "\"-x\"" },
		{ "-qx", "\"-x\"" }, { "--quiet=1", "takes no value" },
		{ "--job", "--job needs a value: JOB" },
		{ "-j", "-j needs a value: JOB" },
		{ "--bank", "--bank needs a value" },
		{ "--=x", "does not take --;" },
	};
	struct line l;
	struct err e;
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(parse(&with, LINE(rows[i].word), &l, &e),
		    rows[i].text == NULL ? 0 : -1);
		if (rows[i].text == NULL)
			continue;
		assert_int_equal(e.code, ERR_USAGE);
		if (strstr(e.msg, rows[i].text) == NULL)
			fail_msg("%s: %s", rows[i].word, e.msg);
	}
	/* Settings only where a command takes them. */
	assert_int_equal(parse(&without, LINE("--bank", "7"), &l, &e), -1);
	assert_non_null(strstr(e.msg, "without does not take --bank"));
}

static void
test_too_many(void **unused)
{
	const char *words[WORDS] = { NULL };
	struct line l;
	struct err e;
	size_t i;

	(void)unused;
	for (i = 0; i < GIVEN_MAX; i++)
		words[i] = "--bank=1";
	assert_int_equal(parse(&with, words, &l, &e), 0);
	assert_int_equal(l.ngiven, GIVEN_MAX);
	words[i] = "--bank=1";
	assert_int_equal(parse(&with, words, &l, &e), -1);
	assert_int_equal(e.code, ERR_USAGE);
	memset(words, 0, sizeof(words));
	for (i = 0; i < LOAD_MAX; i++)
		words[i] = "--load=1:a:b";
	assert_int_equal(parse(&with, words, &l, &e), 0);
	words[i] = "--load=1:a:b";
	assert_int_equal(parse(&with, words, &l, &e), -1);
}

static bool
in_one_command(uint64_t flags)
{
	const struct command *c;
	size_t i;

	for (i = 0; (c = command_at(i)) != NULL; i++)
		if ((c->flags & flags) == flags)
			return true;
	return false;
}

/*
 * Each row has a name and a help; no two of one command have the same name or
 * letter.
 */
static void
test_rows(void **unused)
{
	const char *name, *arg, *help, *other;
	int f, g;

	(void)unused;
	for (f = 0; f < F__MAX; f++) {
		flag_row((enum flag)f, &name, &arg, &help);
		assert_non_null(name);
		assert_true(strlen(help) > 5);
		assert_int_equal(help[strlen(help) - 1], '.');
		for (g = 0; g < f; g++) {
			flag_row((enum flag)g, &other, &arg, &help);
			if (!in_one_command(FLAG(f) | FLAG(g)))
				continue;
			assert_string_not_equal(name, other);
			if (flag_letter((enum flag)f) != 0)
				assert_int_not_equal(
				    flag_letter((enum flag)f),
				    flag_letter((enum flag)g));
		}
	}
}

/* The help of a command, as it goes to standard output. */
static void
help_text(const struct command *c, char out[HELP_MAX])
{
	FILE *f = tmpfile();
	size_t n;
	int kept;

	assert_non_null(f);
	assert_int_equal(fflush(stdout), 0);
	kept = dup(STDOUT_FILENO);
	assert_int_not_equal(dup2(fileno(f), STDOUT_FILENO), -1);
	command_help(c);
	assert_int_equal(fflush(stdout), 0);
	assert_int_not_equal(dup2(kept, STDOUT_FILENO), -1);
	close(kept);
	rewind(f);
	n = fread(out, 1, HELP_MAX - 1, f);
	assert_in_range(n, 1, HELP_MAX - 2);
	out[n] = '\0';
	fclose(f);
}

/* A command takes the flags that its help lists, and no other. */
static void
check_listed(const struct command *c, const char *listed, const char *flag)
{
	char word[80], option[80], refusal[128];
	struct line l;
	struct err e;
	size_t i;

	snprintf(word, sizeof(word), " --%s ", flag);
	snprintf(option, sizeof(option), "--%s=x", flag);
	for (i = 0; option[i] != '\0'; i++)
		if (option[i] == '_')
			option[i] = '-';
	for (i = 0; word[i] != '\0'; i++)
		if (word[i] == '_')
			word[i] = '-';
	snprintf(refusal, sizeof(refusal), "%s does not take %.*s;", c->name,
	    (int)(strlen(option) - 2), option);
	assert_int_equal(parse(c, LINE(option, "--no-such-flag"), &l, &e), -1);
	if (strstr(listed, word) != NULL)
		assert_null(strstr(e.msg, refusal));
	else
		assert_non_null(strstr(e.msg, refusal));
}

static void
test_help(void **unused)
{
	static char text[HELP_MAX];
	const char *listed, *name, *arg, *help;
	const struct command *c;
	const struct option *o;
	size_t i, k, n;

	(void)unused;
	o = option_rows(&n);
	for (i = 0; (c = command_at(i)) != NULL; i++) {
		help_text(c, text);
		listed = strstr(text, "\nFlags:");
		assert_non_null(listed);
		for (k = 0; k < F__MAX; k++) {
			flag_row((enum flag)k, &name, &arg, &help);
			check_listed(c, listed, name);
		}
		for (k = 0; k < n; k++)
			if (o[k].section == SECT_JOB && o[k].flag)
				check_listed(c, listed, o[k].key);
	}
	assert_true(i > 10);
}

static void
test_reach(void **unused)
{
	(void)unused;
	assert_int_equal(word_reach(""), 1);
	assert_int_equal(word_reach("ab"), 2);
	assert_int_equal(word_reach("abc"), 2);
	assert_int_equal(word_reach("abcdef"), 4);
	assert_int_equal(word_reach("abcdefghijkl"), 4);
}

/* What the help calls the default is what a command gets. */
static void
test_defaults(void **unused)
{
	static const struct line none;
	const struct option *o = option_find(SECT_JOB, "deadline");
	const char *name, *arg, *help, *value;
	struct line given = { .flag = { [F_LIMIT] = "7" } };
	char said[40];
	size_t f, n = 0;

	(void)unused;
	for (f = 0; f < F__MAX; f++) {
		value = flag_value(&none, (enum flag)f);
		if (value == NULL)
			continue;
		n++;
		flag_row((enum flag)f, &name, &arg, &help);
		snprintf(said, sizeof(said), " (%s).", value);
		if (strstr(help, said) == NULL)
			fail_msg("--%s: \"%s\" does not say %s", name, help,
			    value);
	}
	assert_int_equal(n, 5);
	assert_string_equal(flag_value(&none, F_LIMIT), "20");
	assert_string_equal(flag_value(&given, F_LIMIT), "7");
	assert_null(flag_value(&none, F_QUIET));
	/* This one is a job's. */
	flag_row(F_DEADLINE, &name, &arg, &help);
	snprintf(said, sizeof(said), "(%s, ", o->dflt);
	assert_non_null(strstr(help, said));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order), cmocka_unit_test(test_values),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_too_many), cmocka_unit_test(test_rows),
		cmocka_unit_test(test_help), cmocka_unit_test(test_reach),
		cmocka_unit_test(test_defaults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
