/* YAML by libyaml's events, into a tree of our own with places. */
#include "node.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "../base/err.h"
#include "../base/str.h"
#include "node_internal.h"

#define NODE_DEPTH	8	/* the deepest setting is three levels down */

struct loading {
	yaml_parser_t	 parser;
	const char	*file, *text;
	size_t		 len;
	struct err	*e;
};

void
node_free(struct node *n)
{
	struct node *next;

	for (; n != NULL; n = next) {
		next = n->next;
		node_free(n->child);
		free(n->value);
		free(n->key);
		free(n);
	}
}

const struct node *
node_get(const struct node *map, const char *key)
{
	const struct node *n;

	if (map == NULL || map->kind != NODE_MAP)
		return NULL;
	for (n = map->child; n != NULL; n = n->next)
		if (strcmp(n->key, key) == 0)
			return n;
	return NULL;
}

static int
refuse(struct loading *l, const yaml_mark_t *at, const char *why)
{
	return err_set(l->e, ERR_CONFIG, "%s:%zu:%zu: %s", l->file,
	    at->line + 1, at->column + 1, why);
}

/* Anchors and tags make a file mean more than it says. */
static int
refuse_marks(struct loading *l, const yaml_event_t *ev)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;

	switch (ev->type) {
	case YAML_SCALAR_EVENT:
		anchor = ev->data.scalar.anchor;
		tag = ev->data.scalar.tag;
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = ev->data.sequence_start.anchor;
		tag = ev->data.sequence_start.tag;
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = ev->data.mapping_start.anchor;
		tag = ev->data.mapping_start.tag;
		break;
	default:
		break;
	}
	if (anchor != NULL || ev->type == YAML_ALIAS_EVENT)
		return refuse(l, &ev->start_mark, "anchors are not used here; "
		    "a value that begins with \"*\" or \"&\" has to be in "
		    "quotes");
	if (tag != NULL)
		return refuse(l, &ev->start_mark, "tags are not used here; a "
		    "value that begins with \"!\" has to be in quotes");
	return 0;
}

static int
next_event(struct loading *l, yaml_event_t *ev)
{
	const yaml_parser_t *p = &l->parser;
	struct node_problem at = { .file = l->file, .text = l->text,
	    .len = l->len };

	if (yaml_parser_parse(&l->parser, ev))
		return 0;
	if (p->error == YAML_MEMORY_ERROR)
		return err_nomem(l->e);
	if (p->error == YAML_READER_ERROR)
		return node_say_bytes(&at, p->problem_offset, l->e);
	at.problem = p->problem != NULL ? p->problem : "not YAML";
	at.context = p->context != NULL ? p->context : "";
	at.line = p->problem_mark.line + 1;
	at.column = p->problem_mark.column + 1;
	at.context_line = p->context_mark.line + 1;
	at.context_column = p->context_mark.column + 1;
	return node_say(&at, l->e);
}

static struct node *
node_new(struct loading *l, const yaml_event_t *ev, enum node_kind kind)
{
	struct node *n = calloc(1, sizeof(*n));

	if (n == NULL) {
		err_nomem(l->e);
		return NULL;
	}
	n->kind = kind;
	n->file = l->file;
	n->line = ev->start_mark.line + 1;
	n->column = ev->start_mark.column + 1;
	return n;
}

static struct node *load_value(struct loading *, yaml_event_t *, int);

static struct node *
load_scalar(struct loading *l, yaml_event_t *ev)
{
	struct node *n;

	if (strlen((char *)ev->data.scalar.value) !=
	    ev->data.scalar.length) {
		refuse(l, &ev->start_mark, "a value with a NUL byte");
		return NULL;
	}
	n = node_new(l, ev, NODE_SCALAR);
	if (n == NULL)
		return NULL;
	n->value = str_dup((char *)ev->data.scalar.value, l->e);
	if (n->value == NULL) {
		free(n);
		return NULL;
	}
	return n;
}

/* A map's key into a node made for its value. */
static int
load_key(struct loading *l, yaml_event_t *ev, struct node *key)
{
	memset(key, 0, sizeof(*key));
	if (ev->type != YAML_SCALAR_EVENT || strlen(
	    (char *)ev->data.scalar.value) != ev->data.scalar.length)
		return refuse(l, &ev->start_mark, "a key must be a word");
	if (refuse_marks(l, ev) == -1)
		return -1;
	key->key = str_dup((char *)ev->data.scalar.value, l->e);
	key->key_line = ev->start_mark.line + 1;
	key->key_column = ev->start_mark.column + 1;
	return key->key == NULL ? -1 : 0;
}

/* The members of a list or map up to its end event. */
static int
load_members(struct loading *l, struct node *parent, int depth)
{
	struct node **tail = &parent->child, *n, key = { 0 };
	bool map = parent->kind == NODE_MAP;
	yaml_event_t ev;

	for (;;) {
		if (next_event(l, &ev) == -1)
			return -1;
		if (ev.type == YAML_SEQUENCE_END_EVENT ||
		    ev.type == YAML_MAPPING_END_EVENT)
			break;
		if (map) {
			if (load_key(l, &ev, &key) == -1)
				goto fail;
			yaml_event_delete(&ev);
			if (next_event(l, &ev) == -1) {
				free(key.key);
				return -1;
			}
		}
		n = load_value(l, &ev, depth + 1);
		if (n == NULL) {
			free(key.key);
			goto fail;
		}
		n->key = key.key;
		n->key_line = key.key_line;
		n->key_column = key.key_column;
		memset(&key, 0, sizeof(key));
		*tail = n;
		tail = &n->next;
		yaml_event_delete(&ev);
	}
	yaml_event_delete(&ev);
	return 0;
fail:
	yaml_event_delete(&ev);
	return -1;
}

static struct node *
load_value(struct loading *l, yaml_event_t *ev, int depth)
{
	bool map = ev->type == YAML_MAPPING_START_EVENT;
	struct node *n;

	if (depth > NODE_DEPTH) {
		refuse(l, &ev->start_mark, "nested too deeply");
		return NULL;
	}
	if (refuse_marks(l, ev) == -1)
		return NULL;
	if (ev->type == YAML_SCALAR_EVENT)
		return load_scalar(l, ev);
	n = node_new(l, ev, map ? NODE_MAP : NODE_LIST);
	if (n != NULL && load_members(l, n, depth) == -1) {
		node_free(n);
		return NULL;
	}
	return n;
}

/* The one document of the stream; an empty file is an empty map. */
static struct node *
load_stream(struct loading *l)
{
	struct node *root = NULL;
	yaml_event_t ev;
	bool end;

	do {
		if (next_event(l, &ev) == -1)
			goto fail;
		end = ev.type == YAML_STREAM_END_EVENT;
		if (ev.type == YAML_SCALAR_EVENT ||
		    ev.type == YAML_SEQUENCE_START_EVENT ||
		    ev.type == YAML_MAPPING_START_EVENT ||
		    ev.type == YAML_ALIAS_EVENT) {
			if (root != NULL)
				refuse(l, &ev.start_mark,
				    "more than one document");
			else
				root = load_value(l, &ev, 0);
			if (root == NULL || l->e->code != ERR_NONE) {
				yaml_event_delete(&ev);
				goto fail;
			}
		}
		yaml_event_delete(&ev);
	} while (!end);
	if (root == NULL && (root = calloc(1, sizeof(*root))) != NULL) {
		root->kind = NODE_MAP;
		root->file = l->file;
		root->line = root->column = 1;
	}
	if (root == NULL)
		err_nomem(l->e);
	return root;
fail:
	node_free(root);
	return NULL;
}

struct node *
node_parse(const char *file, const char *text, size_t len, struct err *e)
{
	struct loading l = { .file = file, .text = text, .len = len,
	    .e = e };
	struct node *root;

	if (!yaml_parser_initialize(&l.parser)) {
		err_nomem(e);
		return NULL;
	}
	yaml_parser_set_input_string(&l.parser, (const unsigned char *)text,
	    len);
	root = load_stream(&l);
	yaml_parser_delete(&l.parser);
	return root;
}
