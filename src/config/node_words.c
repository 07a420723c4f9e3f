/*
 * What is wrong with a file that is no YAML, in people's words.
 *
 * The parser names the place where it could not go on.  What a person did is
 * often on a line before: a space that is missing after a colon, a quote or a
 * bracket that is not closed, a tab.
 */
#include "node_internal.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "../base/err.h"
#include "node.h"

/* Where line no of the text begins; *n is its length.  NULL: not there. */
static const char *
line_of(const struct node_problem *p, size_t no, size_t *n)
{
	const char *at = p->text, *end = p->text + p->len, *nl;

	for (; no > 1 && at < end; no--) {
		nl = memchr(at, '\n', (size_t)(end - at));
		at = nl != NULL ? nl + 1 : end;
	}
	if (no != 1 || at >= end)
		return NULL;
	nl = memchr(at, '\n', (size_t)(end - at));
	*n = (size_t)((nl != NULL ? nl : end) - at);
	return at;
}

/*
 * The column behind the colon of "key:value", or 0.  An address has a colon
 * too, but two slashes behind it.
 */
static size_t
close_colon(const char *line, size_t n)
{
	size_t i = 0, from;

	while (i < n && (line[i] == ' ' || line[i] == '-' || line[i] == '{'))
		i++;
	for (from = i; i < n && (isalnum((unsigned char)line[i]) ||
	    line[i] == '_'); i++)
		;
	if (i == from || i + 1 >= n || line[i] != ':' ||
	    strchr(" \t\r", line[i + 1]) != NULL ||
	    strncmp(line + i, "://", n - i < 3 ? n - i : 3) == 0)
		return 0;
	return i + 2;
}

static int
say(const struct node_problem *p, size_t line, size_t column,
    const char *why, struct err *e)
{
	return err_set(e, ERR_CONFIG, "%s:%zu:%zu: %s", p->file, line, column,
	    why);
}

/* A tab before the first word of the line; its column, or 0. */
static size_t
tab_in(const char *line, size_t n)
{
	size_t i = 0;

	while (i < n && line[i] == ' ')
		i++;
	return i < n && line[i] == '\t' ? i + 1 : 0;
}

/* The words for what the parser calls it; NULL: its own. */
static const char *
known_words(const struct node_problem *p)
{
	static const struct {
		const char	*problem, *say;
	} words[] = {
		{ "mapping values are not allowed", "a second colon: either "
		    "the value belongs in quotes, or the line is indented "
		    "deeper than those it belongs to" },
		{ "did not find expected key", "a line \"key: value\" is "
		    "expected, indented as those it belongs to" },
		{ "did not find expected <document start>", "this line is "
		    "indented less than the first one" },
		{ "found character that cannot start", "a value that begins "
		    "like this has to be in quotes" },
		{ "did not find expected alphabetic", "anchors are not used "
		    "here; a value that begins with \"*\" or \"&\" has to be "
		    "in quotes" },
		{ "could not find expected ':'", "a line \"key: value\" is "
		    "expected; the colon is missing" },
		{ "block sequence entries are not allowed", "a list that "
		    "begins with \"-\" has to be on lines of its own" },
		{ "did not find expected '-'", "a line of the list is "
		    "expected to begin with \"-\" below the others" },
		{ "found unknown escape character", "\"\\\" in double quotes "
		    "begins an escape; use single quotes" },
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strncmp(p->problem, words[i].problem,
		    strlen(words[i].problem)) == 0)
			return words[i].say;
	return NULL;
}

/* A quote or bracket that the end of the file, or the next key, was met in. */
static const char *
not_closed(const struct node_problem *p)
{
	if (strstr(p->context, "a quoted scalar") != NULL &&
	    strstr(p->problem, "end of stream") != NULL)
		return "this quote is not closed";
	if (strstr(p->context, "a flow sequence") != NULL)
		return "\"[\" is not closed: \",\" or \"]\" is missing";
	if (strstr(p->context, "a flow mapping") != NULL)
		return "\"{\" is not closed: \",\" or \"}\" is missing";
	return NULL;
}

int
node_say(const struct node_problem *p, struct err *e)
{
	const size_t lines[] = { p->context_line, p->line - 1, p->line };
	const char *line, *why;
	size_t i, n, column;

	line = line_of(p, p->line, &n);
	if (line != NULL && (column = tab_in(line, n)) > 0)
		return say(p, p->line, column, "a tab; indent with spaces",
		    e);
	if ((why = not_closed(p)) != NULL)
		return say(p, p->context_line, p->context_column, why, e);
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (lines[i] == 0 || lines[i] > p->line ||
		    (line = line_of(p, lines[i], &n)) == NULL)
			continue;
		column = close_colon(line, n);
		if (column > 0)
			return say(p, lines[i], column, "a space is missing "
			    "after the colon", e);
	}
	why = known_words(p);
	if (why != NULL && strstr(p->problem, "expected ':'") != NULL)
		return say(p, p->context_line, p->context_column, why, e);
	return say(p, p->line, p->column, why != NULL ? why : p->problem, e);
}

int
node_say_bytes(const struct node_problem *p, size_t at, struct err *e)
{
	size_t line = 1, column = 1, i;

	for (i = 0; i < at && i < p->len; i++, column++)
		if (p->text[i] == '\n') {
			line++;
			column = 0;
		}
	return err_set(e, ERR_CONFIG, "%s:%zu:%zu: this is no text in UTF-8 "
	    "(byte %zu); save the file as UTF-8", p->file, line, column, at);
}

bool
node_glued(const char *value)
{
	return close_colon(value, strlen(value)) > 0;
}
