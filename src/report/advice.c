/*
 * Advice about settings as a person takes it over: a command to paste, or
 * lines for the configuration; and for a program, the same flags as a list.
 */
#include "advice.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/buf.h"
#include "../base/err.h"
#include "../base/str.h"
#include "../config/config.h"
#include "../config/options.h"
#include "../coupon/advise.h"
#include "text.h"

#define ROOM		8192	/* bytes of a value */
#define LINE_BYTES	76	/* of a command */

static const char *const column_keys[] = { "code", "redeemed", "redeem_date" };

/* Words that YAML reads as something else than text. */
static bool
yaml_reserved(const char *s)
{
	static const char *const words[] = { "y", "n", "yes", "no", "on",
	    "off", "true", "false", "null" };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_ieq(words[i], s))
			return true;
	return false;
}

/* A value of YAML's short form, in quotes where it needs them. */
static void
yaml_value(struct buf *b, const char *s, struct err *e)
{
	const unsigned char *p = (const unsigned char *)s;
	bool plain = (isalpha(*p) || *p >= 0x80) && !yaml_reserved(s);

	for (; plain && *p != '\0'; p++)
		plain = isalnum(*p) || *p >= 0x80 || *p == '_' || *p == '-' ||
		    *p == '.' || *p == '/' || (*p == ' ' && p[1] != '\0');
	if (plain) {
		buf_adds(b, s, e);
		return;
	}
	buf_adds(b, "\"", e);
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			buf_adds(b, "\\", e);
		buf_add(b, s, 1, e);
	}
	buf_adds(b, "\"", e);
}

static void
columns_value(const struct advice *a, struct buf *b, struct err *e)
{
	int k;

	for (k = 0; k < 3; k++) {
		if (a->column[k][0] == '\0')
			continue;
		buf_addf(b, e, "%s%s: ", b->len > 0 ? ", " : "",
		    column_keys[k]);
		yaml_value(b, a->column[k], e);
	}
}

static void
words_value(const struct advice *a, struct buf *b, struct err *e)
{
	size_t i;

	buf_adds(b, "yes: [", e);
	for (i = 0; a->yes[i] != NULL; i++) {
		buf_adds(b, i > 0 ? ", " : "", e);
		yaml_value(b, a->yes[i], e);
	}
	buf_adds(b, "], no: [", e);
	for (i = 0; a->no[i] != NULL; i++) {
		buf_adds(b, i > 0 ? ", " : "", e);
		yaml_value(b, a->no[i], e);
	}
	buf_adds(b, "]", e);
}

static void
setting_add(json_t *list, const char *key, const char *value)
{
	json_t *pair = json_array();

	json_array_append_new(pair, json_string(key));
	json_array_append_new(pair, json_string(value));
	json_array_append_new(list, pair);
}

/* The settings in the order of a person's thoughts: [[key, value], ...]. */
static json_t *
advice_settings(const struct advice *a)
{
	char delimiter[2] = { a->delimiter, '\0' };
	json_t *list = json_array();
	struct buf b;
	struct err e;

	err_clear(&e);
	buf_init(&b, ROOM);
	if (a->csv)
		setting_add(list, "format", "csv");
	if (a->encoding != NULL)
		setting_add(list, "encoding", a->encoding);
	if (a->delimiter != '\0')
		setting_add(list, "delimiter", a->delimiter == '\t' ? "tab" :
		    delimiter);
	if (a->no_header)
		setting_add(list, "header", "no");
	columns_value(a, &b, &e);
	if (b.len > 0)
		setting_add(list, "columns", b.data);
	buf_clear(&b);
	if (a->date_format != NULL)
		setting_add(list, "date_format", a->date_format);
	if (a->yes[0] != NULL) {
		words_value(a, &b, &e);
		setting_add(list, "redeemed_words", b.data);
	}
	if (a->redeemed)
		setting_add(list, "redeemed", "1");
	if (a->redeem_date)
		setting_add(list, "redeem_date", "yesterday");
	buf_release(&b);
	return list;
}

/* One word for a shell. */
static void
shell_word(struct buf *b, const char *s, struct err *e)
{
	static const char safe[] = "_./:=,%+@-";
	const char *p;

	for (p = s; isalnum((unsigned char)*p) ||
	    (*p != '\0' && strchr(safe, *p) != NULL); p++)
		;
	if (*p == '\0' && p > s) {
		buf_adds(b, s, e);
		return;
	}
	buf_adds(b, "'", e);
	for (; *s != '\0'; s++) {
		if (*s == '\'')
			buf_adds(b, "'\\'", e);
		buf_add(b, s, 1, e);
	}
	buf_adds(b, "'", e);
}

/* A part of a command, on a new line when this one would get too long. */
struct command_line {
	FILE	*f;
	size_t	 at;
};

static void
command_part(struct command_line *c, const char *flag, const char *value)
{
	struct buf b;
	struct err e;

	err_clear(&e);
	buf_init(&b, ROOM);
	if (flag != NULL)
		buf_addf(&b, &e, "%s ", flag);
	shell_word(&b, value, &e);
	if (c->at + 1 + b.len > LINE_BYTES) {
		fputs(" \\\n     ", c->f);
		c->at = 5;
	}
	fprintf(c->f, " %s", b.data);
	c->at += 1 + b.len;
	buf_release(&b);
}

static void
command_flag(struct command_line *c, const char *key, const char *value)
{
	char word[64], flag[70];

	snprintf(flag, sizeof(flag), "--%s", text_flag(key, word));
	command_part(c, flag, value);
}

static const char *
advice_key(const json_t *list, size_t i)
{
	return json_string_value(json_array_get(json_array_get(list, i), 0));
}

static const char *
advice_value(const json_t *list, size_t i)
{
	return json_string_value(json_array_get(json_array_get(list, i), 1));
}

static bool
advice_has(const json_t *list, const char *key)
{
	size_t i;

	for (i = 0; i < json_array_size(list); i++)
		if (strcmp(advice_key(list, i), key) == 0)
			return true;
	return false;
}

static void
advice_command(FILE *f, const json_t *list, const struct advice_call *call,
    const char *path)
{
	struct command_line c = { f, strlen("  coupondrop validate") };
	size_t i;

	fputs("  coupondrop validate", f);
	if (call->config != NULL)
		command_flag(&c, "config", call->config);
	if (call->job != NULL)
		command_part(&c, "-j", call->job);
	for (i = 0; i < call->ngiven; i++)
		/* Names of columns add up. */
		if (!advice_has(list, call->given[i].o->key) ||
		    strcmp(call->given[i].o->key, "columns") == 0)
			command_flag(&c, call->given[i].o->key,
			    call->given[i].value);
	for (i = 0; i < json_array_size(list); i++)
		command_flag(&c, advice_key(list, i), advice_value(list, i));
	/* "-" is standard input; other names that begin so look like flags. */
	if (path[0] == '-' && path[1] != '\0')
		command_part(&c, NULL, "--");
	command_part(&c, NULL, path);
	fputc('\n', f);
}

/* One line of the configuration; value is as a flag takes it. */
static void
yaml_line(FILE *f, const struct option *o, const char *value)
{
	bool map = o->type == OPT_COLUMNS || o->type == OPT_WORDS;
	char *whole = o->type == OPT_PATH ? realpath(value, NULL) : NULL;
	struct buf b;
	struct err e;

	err_clear(&e);
	buf_init(&b, ROOM);
	if (map)
		buf_addf(&b, &e, value[0] == '{' ? "%s" : "{%s}", value);
	else if (o->type == OPT_NOT || o->type == OPT_BOOL ||
	    o->type == OPT_REDEEMED)
		buf_adds(&b, value, &e);
	else
		yaml_value(&b, whole != NULL ? whole : value, &e);
	fprintf(f, "        %s: %s\n", o->key, b.data);
	buf_release(&b);
	free(whole);
}

/* All that columns are to be, as one map: those given, then those advised. */
static void
yaml_columns(FILE *f, const json_t *list, const struct advice_call *call)
{
	const struct option *o = option_find(SECT_JOB, "columns");
	const char *value;
	struct buf b;
	struct err e;
	size_t i, n;

	err_clear(&e);
	buf_init(&b, ROOM);
	for (i = 0; i < call->ngiven; i++) {
		if (call->given[i].o->type != OPT_COLUMNS)
			continue;
		value = call->given[i].value;
		n = strlen(value);
		if (value[0] == '{' && value[n - 1] == '}') {
			value++;
			n -= 2;
		}
		buf_addf(&b, &e, "%s%.*s", b.len > 0 ? ", " : "", (int)n,
		    value);
	}
	for (i = 0; i < json_array_size(list); i++)
		if (strcmp(advice_key(list, i), o->key) == 0)
			buf_addf(&b, &e, "%s%s", b.len > 0 ? ", " : "",
			    advice_value(list, i));
	if (b.len > 0)
		yaml_line(f, o, b.data);
	buf_release(&b);
}

/* The same as lines of the configuration, with all that was given as flags. */
static void
advice_yaml(FILE *f, const json_t *list, const struct advice_call *call)
{
	const struct given *g;
	size_t i, k;

	for (i = 0; i < call->ngiven; i++) {
		g = &call->given[i];
		/* Of one that was given twice the last counts. */
		for (k = i + 1; k < call->ngiven; k++)
			if (call->given[k].o == g->o)
				break;
		if (k == call->ngiven && g->o->type != OPT_COLUMNS &&
		    !advice_has(list, g->o->key))
			yaml_line(f, g->o, g->value);
	}
	if (!advice_has(list, "columns"))
		yaml_columns(f, list, call);
	for (i = 0; i < json_array_size(list); i++)
		if (strcmp(advice_key(list, i), "columns") == 0)
			yaml_columns(f, list, call);
		else
			yaml_line(f, option_find(SECT_JOB, advice_key(list,
			    i)), advice_value(list, i));
}

/* What the file does not say, and whoever made it must. */
static void
advice_assumes(FILE *f, const struct advice *a)
{
	if (a->redeemed)
		fputs("--redeemed 1 says that every row was redeemed: true "
		    "only where the export leaves\nout the others.\n", f);
	if (a->redeem_date)
		fputs("--redeem-date yesterday says when: put the day there "
		    "that holds for every row.\n", f);
}

/* Nothing but what the file does not say. */
static bool
advice_only_assumes(const struct advice *a, const json_t *list)
{
	return json_array_size(list) == (size_t)a->redeemed + a->redeem_date;
}

void
advice_text(FILE *f, const struct advice *a, const struct advice_call *call,
    const char *path)
{
	json_t *list = advice_settings(a);
	char good[32], rows[64];
	size_t i;

	if (advice_only_assumes(a, list))
		fputs("\nWith these settings a run has all that it asks "
		    "for:\n", f);
	else if (a->good == a->rows)
		fprintf(f, "\nWith these settings it fits: tried on the first "
		    "%s, all good.\n", str_count(a->rows, "row", rows));
	else
		fprintf(f, "\nThese settings fit better: tried on the first "
		    "%s, %s good.\n", str_count(a->rows, "row", rows),
		    str_group(a->good, good));
	advice_command(f, list, call, path);
	fprintf(f, "or in the configuration, job %s:\n", call->job != NULL ?
	    call->job : "NAME");
	advice_yaml(f, list, call);
	if (a->date_other != NULL)
		fprintf(f, "Nothing here shows whether the day or the month "
		    "comes first: %s fits as well.\nAsk whoever made the "
		    "file.\n", a->date_other);
	if (a->dates_too[0][0] != '\0') {
		fputs("Nothing here shows which column has the day of the "
		    "redemption: it may be", f);
		for (i = 0; i < 3 && a->dates_too[i][0] != '\0'; i++)
			fprintf(f, "%s \"%s\"", i > 0 ? " or" : "",
			    a->dates_too[i]);
		fputs("\nas well.  Ask whoever made the file.\n", f);
	}
	advice_assumes(f, a);
	json_decref(list);
}

json_t *
advice_json(const struct advice *a)
{
	json_t *o = json_object(), *set = json_object();
	json_t *list = advice_settings(a), *pair;
	size_t i;

	for (i = 0; i < json_array_size(list); i++) {
		pair = json_array_get(list, i);
		json_object_set(set, json_string_value(json_array_get(pair,
		    0)), json_array_get(pair, 1));
	}
	json_decref(list);
	json_object_set_new(o, "settings", set);
	json_object_set_new(o, "date_format_too", a->date_other == NULL ?
	    json_null() : json_string(a->date_other));
	list = json_array();
	for (i = 0; i < 3 && a->dates_too[i][0] != '\0'; i++)
		json_array_append_new(list, json_string(a->dates_too[i]));
	json_object_set_new(o, "date_columns_too", list);
	list = json_array();
	if (a->redeemed)
		json_array_append_new(list, json_string("redeemed"));
	if (a->redeem_date)
		json_array_append_new(list, json_string("redeem_date"));
	json_object_set_new(o, "assumed", list);
	json_object_set_new(o, "tried", json_integer((json_int_t)a->rows));
	json_object_set_new(o, "good", json_integer((json_int_t)a->good));
	return o;
}
