/* Commands in what is printed, with the configuration that was given. */
#include "paste.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "../base/buf.h"
#include "../base/own.h"
#include "../format/jsonx.h"
#include "cmd.h"

#define NAME		"coupondrop "
#define TEXT_MAX	(64u << 20)	/* bytes of a report */

/* The whole path, since a mail of cron is read in another folder; or NULL. */
static char *
config_path(const struct env *v)
{
	const char *given = v->line.flag[F_CONFIG];
	char *whole = given != NULL ? realpath(given, NULL) : NULL;

	return whole != NULL || given == NULL ? whole : strdup(given);
}

/*
 * A path as one word of a shell.  Bytes that a terminal would not show as they
 * are stand in the form of bash, which gives them back.
 */
static int
add_word(struct buf *b, const char *path, struct err *e)
{
	char word[PATH_MAX];
	struct buf shown;
	bool plain;
	int rc;

	buf_init(&shown, 4 * PATH_MAX);
	rc = buf_escape(&shown, path, strlen(path), PATH_MAX, e);
	plain = rc == 0 && strcmp(shown.data, path) == 0;
	buf_release(&shown);
	if (rc == -1)
		return -1;
	if (plain)
		return buf_adds(b, own_shell_word(path, word), e);
	rc = buf_adds(b, "$'", e);
	for (; rc == 0 && *path != '\0'; path++)
		rc = buf_addf(b, e, *path < ' ' || *path > '~' ||
		    *path == '\'' || *path == '\\' ? "\\x%02x" : "%c",
		    (unsigned char)*path);
	return rc == 0 ? buf_adds(b, "'", e) : -1;
}

/*
 * Where a command whose name begins at p takes --config: behind the words that
 * are no flags, or NULL where it takes none, has one, or is no command.
 */
static const char *
place_in(const char *p)
{
	static const char ends[] = " \"\n.,;:)";
	size_t n = strspn(p, "abcdefghijklmnopqrstuvwxyz"), rest;
	const char *has = strstr(p, "--config");
	const struct command *c;
	char name[16];

	if (n == 0 || n >= sizeof(name) || (p[n] != '\0' &&
	    strchr(ends, p[n]) == NULL))
		return NULL;
	memcpy(name, p, n);
	name[n] = '\0';
	c = command_find(name);
	rest = strcspn(p, "\"\n");
	if (c == NULL || (c->flags & FLAG(F_CONFIG)) == 0 ||
	    (has != NULL && has < p + rest))
		return NULL;
	while (p[n] == ' ' && isalnum((unsigned char)p[n + 1]))
		n += 1 + strcspn(p + n + 1, ends);
	return p + n;
}

char *
paste_text(const struct env *v, const char *text)
{
	char *path = config_path(v), *out = NULL;
	const char *p = text, *at, *end;
	struct buf b;
	struct err e;
	int rc = 0;

	if (path == NULL)
		return strdup(text);
	err_clear(&e);
	buf_init(&b, TEXT_MAX);
	for (; rc == 0 && (at = strstr(p, NAME)) != NULL; p = at) {
		at += strlen(NAME);
		end = place_in(at);
		if (end != NULL)
			at = end;
		rc = buf_add(&b, p, (size_t)(at - p), &e);
		if (rc == 0 && end != NULL)
			rc = buf_adds(&b, " --config ", &e);
		if (rc == 0 && end != NULL)
			rc = add_word(&b, path, &e);
	}
	if (rc == 0 && buf_adds(&b, p, &e) == 0)
		out = buf_take(&b, NULL);
	buf_release(&b);
	free(path);
	return out;
}

/* ["coupondrop", "show", ID] */
static void
paste_command(json_t *argv, const char *path)
{
	const char *name = json_string_value(json_array_get(argv, 0));
	const char *word = json_string_value(json_array_get(argv, 1));
	const struct command *c = word != NULL ? command_find(word) : NULL;

	if (name == NULL || strcmp(name, "coupondrop") != 0 || c == NULL ||
	    (c->flags & FLAG(F_CONFIG)) == 0)
		return;
	json_array_append_new(argv, json_string("--config"));
	json_array_append_new(argv, jsonx_str(path));
}

static void
paste_sentence(const struct env *v, json_t *string)
{
	char *text = paste_text(v, json_string_value(string));

	if (text != NULL)
		json_string_set(string, text);
	free(text);
}

/* The members of one value, and of all within it. */
static void
paste_members(const struct env *v, json_t *value, const char *path)
{
	const char *key;
	json_t *member;
	size_t i;

	json_array_foreach(value, i, member)
		paste_members(v, member, path);
	json_object_foreach(value, key, member) {
		if (json_is_string(member) && (strcmp(key, "message") == 0 ||
		    strcmp(key, "advice") == 0))
			paste_sentence(v, member);
		else
			paste_members(v, member, path);
		if (strcmp(key, "next") == 0)
			for (i = 0; i < json_array_size(member); i++)
				paste_command(json_array_get(member, i), path);
	}
}

void
paste_json(const struct env *v, json_t *object)
{
	char *path = config_path(v);

	if (path != NULL)
		paste_members(v, object, path);
	free(path);
}

FILE *
paste_begin(struct paste *p)
{
	*p = (struct paste){ .f = NULL };
	p->f = open_memstream(&p->text, &p->n);
	if (p->f == NULL)
		p->f = stdout;
	return p->f;
}

void
paste_end(struct paste *p, const struct env *v)
{
	char *text;

	if (p->f == stdout)
		return;
	if (fclose(p->f) == EOF || p->text == NULL)
		return;
	text = paste_text(v, p->text);
	fputs(text != NULL ? text : p->text, stdout);
	free(text);
	free(p->text);
}
