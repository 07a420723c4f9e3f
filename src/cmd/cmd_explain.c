/* explain: what a word of ours means and what to do about it. */
#include <stdio.h>
#include <string.h>

#include "../base/str.h"
#include "../coupon/rules.h"
#include "../format/jsonx.h"
#include "../provider/errors.h"
#include "../report/json.h"
#include "../report/text.h"
#include "cmd.h"

static json_t *
explain_json(const char *word, const char *kind, const char *meaning,
    const char *advice)
{
	json_t *o = json_schema("coupondrop.explain/1", 0);

	json_object_set_new(o, "word", json_string(word));
	json_object_set_new(o, "kind", json_string(kind));
	json_object_set_new(o, "meaning", json_string(meaning));
	json_object_set_new(o, "advice", json_string(advice));
	return o;
}

/* The first line of an example, and what else it takes to break the rule. */
static void
explain_example(const struct rule_example *x)
{
	size_t n = x->line == NULL ? 0 : strcspn(x->line, "\n");

	fputs("  for example: ", stdout);
	if (n > 0)
		text_foreign(stdout, x->line, n, 200);
	if (x->note != NULL)
		printf("%s%s", n > 0 ? "   " : "", x->note);
	putchar('\n');
}

static int
explain_rule(struct env *v, enum rule r)
{
	const struct rule_example *x = rule_example(r);
	const struct rule_info *i = rule_info(r);
	json_t *o;

	if (v->json) {
		o = explain_json(i->id, "rule", i->meaning, i->advice);
		json_object_set_new(o, "example", x->line == NULL ?
		    json_null() : jsonx_bytes(x->line, strcspn(x->line,
		    "\n")));
		json_object_set_new(o, "example_note", jsonx_str(x->note));
		return env_answer(v, o, 0);
	}
	printf("%s (a rule for files, %s)\n  %s\n", i->id,
	    severity_name(i->severity), i->meaning);
	explain_example(x);
	if (i->advice[0] != '\0')
		printf("  do: %s\n", i->advice);
	return 0;
}

static int
explain_error(struct env *v, const struct err_info *i)
{
	if (v->json)
		return env_answer(v, explain_json(i->word, "error",
		    i->meaning, i->advice), 0);
	printf("%s (exit code %d, again: %s)\n  %s\n", i->word, i->exit_code,
	    err_retry_name(i->retry), i->meaning);
	if (i->advice[0] != '\0')
		printf("  do: %s\n", i->advice);
	return 0;
}

/* The errors that end with this exit code, or NULL when there are none. */
static json_t *
errors_of_exit(uint64_t code)
{
	json_t *list = json_array();
	const struct err_info *row;
	size_t i;

	for (i = 0; (row = pv_error_at(i)) != NULL; i++)
		if ((uint64_t)row->exit_code == code)
			json_array_append_new(list, json_string(row->word));
	if (json_array_size(list) > 0)
		return list;
	json_decref(list);
	return NULL;
}

/* An exit code is as good as the errors that have it; takes the list over. */
static int
explain_exit(struct env *v, uint64_t code, json_t *errors)
{
	const json_t *word;
	json_t *o;
	size_t i;

	if (v->json) {
		o = json_schema("coupondrop.explain/1", 0);
		json_object_set_new(o, "code", json_integer((json_int_t)
		    code));
		json_object_set_new(o, "kind", json_string("exit"));
		json_object_set_new(o, "errors", errors);
		return env_answer(v, o, 0);
	}
	printf("%d (an exit code of coupondrop)\n", (int)code);
	json_array_foreach(errors, i, word) {
		const char *s = json_string_value(word);

		printf("  %-18s %s\n", s, pv_error_find(s)->meaning);
	}
	puts("  do: give \"coupondrop explain WORD\" for the word that was "
	    "shown");
	json_decref(errors);
	return 0;
}

/* An exit code that comes of no error, or of any signal. */
static int
explain_end(struct env *v, uint64_t code)
{
	char meaning[160] = "Every row is accounted for, with evidence; after "
	    "other commands: it is done, and nobody is needed.";
	json_t *o;

	if (code > 128)
		snprintf(meaning, sizeof(meaning), "The program was ended by "
		    "signal %d; what was begun goes on with \"coupondrop "
		    "resume\".", (int)(code - 128));
	if (v->json) {
		o = json_schema("coupondrop.explain/1", 0);
		json_object_set_new(o, "code", json_integer((json_int_t)
		    code));
		json_object_set_new(o, "kind", json_string("exit"));
		json_object_set_new(o, "errors", json_array());
		json_object_set_new(o, "meaning", json_string(meaning));
		return env_answer(v, o, 0);
	}
	printf("%d (an exit code of coupondrop)\n  %s\n", (int)code, meaning);
	return 0;
}

static json_t *
explain_words(void)
{
	json_t *o = json_schema("coupondrop.explain/1", 0), *list;
	const struct err_info *row;
	size_t k;
	int i;

	list = json_array();
	for (i = 0; i < RULE__MAX; i++)
		json_array_append_new(list,
		    json_string(rule_info((enum rule)i)->id));
	json_object_set_new(o, "rules", list);
	list = json_array();
	for (k = 0; (row = pv_error_at(k)) != NULL; k++)
		json_array_append_new(list, json_string(row->word));
	json_object_set_new(o, "errors", list);
	return o;
}

static int
explain_list(struct env *v)
{
	const struct err_info *row;
	size_t k;
	int i;

	if (v->json)
		return env_answer(v, explain_words(), 0);
	puts("rules for files:");
	for (i = 0; i < RULE__MAX; i++)
		printf("  %-24s %s\n", rule_info((enum rule)i)->id,
		    rule_info((enum rule)i)->meaning);
	puts("errors:");
	for (k = 0; (row = pv_error_at(k)) != NULL; k++)
		printf("  %-24s %s\n", row->word, row->meaning);
	return 0;
}

/* The word of ours most like the one given, or NULL. */
static const char *
explain_nearest(const char *word)
{
	size_t d, k, least = word_reach(word) + 1;
	const struct err_info *row;
	const char *best = NULL, *id;

	for (k = 0;; k++) {
		if (k < RULE__MAX)
			id = rule_info((enum rule)k)->id;
		else if ((row = pv_error_at(k - RULE__MAX)) != NULL)
			id = row->word;
		else
			return best;
		if ((d = str_distance(id, word)) < least) {
			least = d;
			best = id;
		}
	}
}

static int
explain_run(struct env *v)
{
	const char *word = v->line.nargs > 0 ? v->line.args[0] : NULL, *near;
	const struct err_info *row;
	json_t *errors;
	uint64_t n;

	if (word == NULL)
		return explain_list(v);
	if (rule_find(word) != RULE__MAX)
		return explain_rule(v, rule_find(word));
	row = pv_error_find(word);
	/* A bare number is a response code of a platform, or our exit. */
	if (str_u64(word, strlen(word), 999, &n) == 0) {
		row = pv_error_numbered(word);
		if (row == NULL && (errors = errors_of_exit(n)) != NULL)
			return explain_exit(v, n, errors);
		if (row == NULL && (n == 0 || (n > 128 && n <= 128 + 64)))
			return explain_end(v, n);
	}
	if (row != NULL)
		return explain_error(v, row);
	near = explain_nearest(word);
	if (near != NULL)
		err_set(&v->err, ERR_USAGE, "\"%s\" is no word of this "
		    "program; did you mean \"%s\"?", word, near);
	else
		err_set(&v->err, ERR_USAGE, "\"%s\" is no word of this "
		    "program; \"coupondrop explain\" lists them", word);
	return env_fail(v);
}

const struct command cmd_explain = {
	"explain", "[WORD]", "what a word, rule or code means",
	"when something went wrong", FLAG(F_HELP) | FLAG(F_JSON), SETTINGS_NONE,
	"Explains a rule (\"date-invalid\"), an error (\"host-key\"), an "
	"exit code (\"77\")\nor a response code of a platform (\"654\"), and "
	"says what to do.  Without WORD\nit lists them all.",
	explain_run
};
