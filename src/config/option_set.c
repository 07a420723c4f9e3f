/* From the text of a value to the field it belongs in. */
#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/err.h"
#include "../base/str.h"
#include "node.h"
#include "settings.h"

#define LIST_MAX	64	/* members of a list; none needs more */

/* One value on its way. */
struct setting {
	const struct option	*o;
	char			*field;		/* where it goes */
	char			*field2;
	const char		*dir;
	const char		*written;	/* the key as written; NULL */
	struct err		*e;
};

static int
bad(struct setting *s, const char *value, const char *wanted)
{
	return err_set(s->e, ERR_CONFIG, "%s: \"%s\" is not %s", s->o->key,
	    value, wanted);
}

static int
set_path(struct setting *s, char **field, const char *value)
{
	char *path = NULL;

	if (value[0] == '\0')
		return bad(s, value, "a path");
	if (value[0] == '/' || s->dir == NULL)
		return str_set(field, value, s->e);
	if (asprintf(&path, "%s/%s", s->dir, value) < 0)
		return err_nomem(s->e);
	free(*field);
	*field = path;
	return 0;
}

static int
set_digits(struct setting *s, const char *value)
{
	size_t n = strlen(value);

	if (n == 0 || n > 20 || strspn(value, "0123456789") != n)
		return bad(s, value, "a number");
	return str_set((char **)(void *)s->field, value, s->e);
}

/* A limit as it would be written. */
static const char *
number_text(const struct option *o, int64_t n, char out[32])
{
	static const struct {
		enum option_type	 type;
		int64_t			 n;
		const char		*unit;
	} units[] = {
		{ OPT_TIME, 3600000, "h" }, { OPT_TIME, 60000, "m" },
		{ OPT_TIME, 1000, "s" }, { OPT_TIME, 1, "ms" },
		{ OPT_SIZE, 1LL << 40, "T" }, { OPT_SIZE, 1LL << 30, "G" },
		{ OPT_SIZE, 1LL << 20, "M" }, { OPT_SIZE, 1LL << 10, "K" },
	};
	size_t i;

	snprintf(out, 32, "%lld%s", (long long)n, n == 0 &&
	    o->type == OPT_TIME ? "s" : "");
	for (i = 0; n != 0 && i < sizeof(units) / sizeof(units[0]); i++)
		if (units[i].type == o->type && n % units[i].n == 0) {
			snprintf(out, 32, "%lld%s", (long long)(n /
			    units[i].n), units[i].unit);
			break;
		}
	return out;
}

static int
set_number(struct setting *s, const char *value)
{
	int64_t n = 0;
	uint64_t u;
	char wanted[100], a[32], b[32];
	int rc;

	switch (s->o->type) {
	case OPT_TIME:
		rc = str_duration(value, &n);
		break;
	case OPT_SIZE:
		rc = str_size(value, &u);
		n = rc == 0 && u <= INT64_MAX ? (int64_t)u : -1;
		break;
	default:
		rc = str_u64(value, strlen(value), INT64_MAX, &u);
		n = rc == 0 ? (int64_t)u : -1;
		break;
	}
	if (rc == -1 || n < s->o->min || n > s->o->max) {
		snprintf(wanted, sizeof(wanted), "a %s from %s to %s",
		    s->o->type == OPT_TIME ? "time" : s->o->type == OPT_SIZE ?
		    "size" : "number", number_text(s->o, s->o->min, a),
		    number_text(s->o, s->o->max, b));
		return bad(s, value, wanted);
	}
	memcpy(s->field, &n, sizeof(n));
	return 0;
}

static int
set_rate(struct setting *s, const char *value)
{
	static const char minute[] = "/min";
	size_t len = strlen(value), end = sizeof(minute) - 1;
	int64_t n;
	uint64_t u;

	if (len <= end || strcmp(value + len - end, minute) != 0 ||
	    str_u64(value, len - end, (uint64_t)s->o->max, &u) == -1 ||
	    (n = (int64_t)u) < s->o->min)
		return bad(s, value, "a number a minute, such as 100/min");
	memcpy(s->field, &n, sizeof(n));
	return 0;
}

static int
set_bool(struct setting *s, const char *value)
{
	bool b;

	if (strcmp(value, "yes") == 0 || strcmp(value, "true") == 0)
		b = true;
	else if (strcmp(value, "no") == 0 || strcmp(value, "false") == 0)
		b = false;
	else
		return bad(s, value, "yes or no");
	if (s->o->type == OPT_NOT)
		b = !b;
	memcpy(s->field, &b, sizeof(b));
	return 0;
}

static int
set_choice(struct setting *s, const char *value)
{
	const char *p = s->o->choices;
	size_t n = strlen(value), len;
	char wanted[120];
	int i;

	for (i = 0; *p != '\0'; i++) {
		len = strcspn(p, " ");
		if (n == len && memcmp(p, value, n) == 0) {
			if (s->o->type == OPT_STR)
				return str_set((char **)(void *)s->field,
				    value, s->e);
			memcpy(s->field, &i, sizeof(i));
			return 0;
		}
		p += len;
		p += strspn(p, " ");
	}
	snprintf(wanted, sizeof(wanted), "one of: %s", s->o->choices);
	return bad(s, value, wanted);
}

static void
free_list(char **list)
{
	size_t i;

	for (i = 0; list != NULL && list[i] != NULL; i++)
		free(list[i]);
	free(list);
}

/* A list from a node: its members, or the one scalar. */
static int
set_list(struct setting *s, char ***field, const struct node *n)
{
	const struct node *m = n->kind == NODE_LIST ? n->child : n;
	char **list = calloc(LIST_MAX + 1, sizeof(*list));
	size_t i = 0;

	if (list == NULL)
		return err_nomem(s->e);
	for (; m != NULL; m = n->kind == NODE_LIST ? m->next : NULL) {
		if (m->kind != NODE_SCALAR || i == LIST_MAX) {
			free_list(list);
			return err_set(s->e, ERR_CONFIG, "%s: a list of at "
			    "most %d words is expected", s->o->key, LIST_MAX);
		}
		list[i] = str_dup(m->value, s->e);
		if (list[i++] == NULL) {
			free_list(list);
			return -1;
		}
	}
	free_list(*field);
	*field = list;
	return 0;
}

static int
set_exits(struct setting *s, const struct node *n)
{
	const struct node *m = n->kind == NODE_LIST ? n->child : n;
	int *list = calloc(LIST_MAX + 1, sizeof(*list)), **field;
	uint64_t u;
	size_t i = 0;

	if (list == NULL)
		return err_nomem(s->e);
	for (; m != NULL; m = n->kind == NODE_LIST ? m->next : NULL) {
		if (m->kind != NODE_SCALAR || i == LIST_MAX || str_u64(m->value,
		    strlen(m->value), 255, &u) == -1) {
			free(list);
			return bad(s, m->value != NULL ? m->value : "", "an "
			    "exit code");
		}
		list[i++] = (int)u;
	}
	list[i] = -1;
	field = (int **)(void *)s->field;
	free(*field);
	*field = list;
	return 0;
}

static int
set_secret(struct setting *s, const struct node *n)
{
	struct secret_source *src = (struct secret_source *)(void *)s->field;
	const char *how = s->written + strlen(s->o->key);

	if (src->file != NULL || src->command != NULL || src->env != NULL ||
	    src->credential != NULL)
		return err_set(s->e, ERR_CONFIG, "%s: only one of _file, "
		    "_command, _env and _credential", s->o->key);
	if (strcmp(how, "_command") == 0)
		return set_list(s, &src->command, n);
	if (n->kind != NODE_SCALAR)
		return err_set(s->e, ERR_CONFIG, "%s: one word is expected",
		    s->written);
	if (strcmp(how, "_file") == 0)
		return set_path(s, &src->file, n->value);
	return str_set(strcmp(how, "_env") == 0 ? &src->env :
	    &src->credential, n->value, s->e);
}

static int
set_reject(struct setting *s, const char *value)
{
	size_t n = strlen(value);
	int64_t rows = 0, percent = -1;
	uint64_t u;

	if (n > 0 && value[n - 1] == '%') {
		if (str_u64(value, n - 1, 100, &u) == -1)
			return bad(s, value, "rows, or percent such as 2%");
		percent = (int64_t)u;
	} else if (str_u64(value, n, INT64_MAX, &u) == -1)
		return bad(s, value, "rows, or percent such as 2%");
	else
		rows = (int64_t)u;
	memcpy(s->field, &rows, sizeof(rows));
	memcpy(s->field2, &percent, sizeof(percent));
	return 0;
}

static int
set_verify(struct setting *s, const char *value)
{
	static const char *const want =
	    "all, sample, off, a number of rows, or percent such as 5%";
	struct set_verify v = { .kind = VERIFY_SAMPLE };
	size_t n = strlen(value);
	uint64_t u;

	if (strcmp(value, "all") == 0) {
		v.kind = VERIFY_ALL;
	} else if (strcmp(value, "off") == 0) {
		v.kind = VERIFY_OFF;
	} else if (n > 0 && value[n - 1] == '%') {
		if (str_u64(value, n - 1, 100, &u) == -1 || u == 0)
			return bad(s, value, want);
		v.percent = (int64_t)u;
	} else if (strcmp(value, "sample") != 0) {
		if (str_u64(value, n, VERIFY_ALL_MAX, &u) == -1 || u == 0)
			return bad(s, value, want);
		v.rows = (int64_t)u;
	}
	memcpy(s->field, &v, sizeof(v));
	return 0;
}

static int
set_redeemed(struct setting *s, const char *value)
{
	int v = value[0] - '0';

	if ((v != 0 && v != 1) || value[1] != '\0')
		return bad(s, value, "0 or 1");
	memcpy(s->field, &v, sizeof(v));
	return 0;
}

static int
set_after(struct setting *s, const char *value)
{
	enum set_after a;

	if (strcmp(value, "keep") == 0)
		a = AFTER_KEEP;
	else if (strcmp(value, "delete") == 0)
		a = AFTER_DELETE;
	else if (strncmp(value, "move:", 5) == 0) {
		a = AFTER_MOVE;
		if (set_path(s, (char **)(void *)s->field2, value + 5) == -1)
			return -1;
	} else
		return bad(s, value, "keep, move:DIR or delete");
	memcpy(s->field, &a, sizeof(a));
	return 0;
}

/* Without the name in it, one file would vouch for all others. */
static int
set_marker(struct setting *s, const char *value)
{
	const char *at = strstr(value, "{name}");

	if (at == NULL || strchr(value, '/') != NULL ||
	    strpbrk(at + 6, "{}") != NULL ||
	    strcspn(value, "{}") != (size_t)(at - value) ||
	    strcmp(value, "{name}") == 0)
		return bad(s, value, "a file name with {name} in it, such as "
		    "{name}.ok");
	return str_set((char **)(void *)s->field, value, s->e);
}

static int
set_columns(struct setting *s, const struct node *n)
{
	static const char *const names[] = { "code", "redeemed",
	    "redeem_date" };
	char **fields = (char **)(void *)s->field;
	const struct node *m;
	size_t i;

	for (m = n->child; n->kind == NODE_MAP && m != NULL; m = m->next) {
		for (i = 0; i < 3 && strcmp(names[i], m->key) != 0; i++)
			;
		if (i == 3)
			return bad(s, m->key, "code, redeemed or redeem_date");
		if (m->kind != NODE_SCALAR || m->value[0] == '\0')
			return err_set(s->e, ERR_CONFIG, "columns: %s needs "
			    "the name of a column, such as {%s: Nummer}",
			    m->key, m->key);
		if (str_set(&fields[i], m->value, s->e) == -1)
			return -1;
	}
	if (n->kind != NODE_MAP)
		return err_set(s->e, ERR_CONFIG, "columns: names are expected, "
		    "such as {code: Gutscheincode}");
	return 0;
}

static int
set_words(struct setting *s, const struct node *n)
{
	const struct node *yes = node_get(n, "yes"), *no = node_get(n, "no");

	if (yes == NULL || no == NULL)
		return err_set(s->e, ERR_CONFIG, "redeemed_words: both lists "
		    "are expected, such as {yes: [ja], no: [nein]}");
	if (set_list(s, (char ***)(void *)s->field, yes) == -1)
		return -1;
	return set_list(s, (char ***)(void *)s->field2, no);
}

static int
set_scalar(struct setting *s, const char *value)
{
	switch (s->o->type) {
	case OPT_PATH:
		return set_path(s, (char **)(void *)s->field, value);
	case OPT_DIGITS:
		return set_digits(s, value);
	case OPT_INT:
	case OPT_SIZE:
	case OPT_TIME:
		return set_number(s, value);
	case OPT_RATE:
		return set_rate(s, value);
	case OPT_BOOL:
	case OPT_NOT:
		return set_bool(s, value);
	case OPT_CHOICE:
		return set_choice(s, value);
	case OPT_REJECT:
		return set_reject(s, value);
	case OPT_VERIFY:
		return set_verify(s, value);
	case OPT_REDEEMED:
		return set_redeemed(s, value);
	case OPT_AFTER:
		return set_after(s, value);
	case OPT_MARKER:
		return set_marker(s, value);
	default:
		if (value[0] == '\0')
			return err_set(s->e, ERR_CONFIG, "%s: a value is "
			    "expected", s->o->key);
		if (s->o->choices != NULL)
			return set_choice(s, value);
		return str_set((char **)(void *)s->field, value, s->e);
	}
}

int
option_set(const struct option *o, void *base, const struct node *n,
    const char *dir, struct err *e)
{
	struct setting s = { .o = o, .field = (char *)base + o->offset,
	    .field2 = (char *)base + o->offset2, .dir = dir,
	    .written = n->key != NULL ? n->key : o->key, .e = e };

	switch (o->type) {
	case OPT_LIST:
		return set_list(&s, (char ***)(void *)s.field, n);
	case OPT_EXITS:
		return set_exits(&s, n);
	case OPT_SECRET:
		return set_secret(&s, n);
	case OPT_COLUMNS:
		return set_columns(&s, n);
	case OPT_WORDS:
		return set_words(&s, n);
	default:
		break;
	}
	if (n->kind != NODE_SCALAR)
		return err_set(e, ERR_CONFIG, "%s: one value is expected",
		    o->key);
	return set_scalar(&s, n->value);
}

int
option_set_text(const struct option *o, void *base, const char *text,
    struct err *e)
{
	const char *form;	/* what stands around it */
	bool whole;
	char *flow = NULL;
	struct node *n;
	struct err ignored;
	int rc;

	if (o->type != OPT_COLUMNS && o->type != OPT_WORDS &&
	    o->type != OPT_LIST && o->type != OPT_EXITS) {
		struct node one = { .kind = NODE_SCALAR,
		    .value = (char *)(uintptr_t)text };

		return option_set(o, base, &one, NULL, e);
	}
	/*
	 * Lists and maps are YAML's own short form: "a, b" or "k: v", or with
	 * the brackets, as the configuration has them and messages show them.
	 */
	form = o->type == OPT_COLUMNS || o->type == OPT_WORDS ? "{}" : "[]";
	whole = text[strspn(text, " ")] == form[0];
	if (asprintf(&flow, "%.*s%s%s", whole ? 0 : 1, form, text,
	    whole ? "" : form + 1) < 0)
		return err_nomem(e);
	err_clear(&ignored);
	n = node_parse(o->key, flow, strlen(flow), &ignored);
	if (n == NULL)
		rc = err_set(e, ERR_USAGE, "%s: \"%s\" cannot be read; write "
		    "it as \"name: value, name: value\"", o->key, text);
	else
		rc = option_set(o, base, n, NULL, e);
	node_free(n);
	free(flow);
	return rc;
}

int
option_defaults(enum section section, void *base, struct err *e)
{
	static const int none = REDEEMED_NONE;
	size_t i, n;
	const struct option *rows = option_rows(&n);

	for (i = 0; i < n; i++) {
		if (rows[i].section != section)
			continue;
		if (rows[i].type == OPT_REDEEMED)
			memcpy((char *)base + rows[i].offset, &none,
			    sizeof(none));
		if (rows[i].dflt != NULL && option_set_text(&rows[i], base,
		    rows[i].dflt, e) == -1)
			return -1;
	}
	return 0;
}

static void
release_secret(struct secret_source *s)
{
	free(s->file);
	free_list(s->command);
	free(s->env);
	free(s->credential);
	memset(s, 0, sizeof(*s));
}

void
option_free(const struct option *o, void *base)
{
	char **field = (char **)(void *)((char *)base + o->offset);
	char **field2 = (char **)(void *)((char *)base + o->offset2);
	size_t i;

	switch (o->type) {
	case OPT_STR:
	case OPT_TYPE:
	case OPT_PATH:
	case OPT_DIGITS:
	case OPT_EXITS:
	case OPT_MARKER:
		free(*field);
		*field = NULL;
		break;
	case OPT_LIST:
		free_list(*(char ***)(void *)field);
		*field = NULL;
		break;
	case OPT_WORDS:
		free_list(*(char ***)(void *)field);
		free_list(*(char ***)(void *)field2);
		*field = *field2 = NULL;
		break;
	case OPT_COLUMNS:
		for (i = 0; i < 3; i++) {
			free(field[i]);
			field[i] = NULL;
		}
		break;
	case OPT_AFTER:
		free(*field2);
		*field2 = NULL;
		break;
	case OPT_SECRET:
		release_secret((struct secret_source *)(void *)field);
		break;
	default:
		break;
	}
}

void
option_release(enum section section, void *base)
{
	size_t i, n;
	const struct option *rows = option_rows(&n);

	for (i = 0; i < n; i++)
		if (rows[i].section == section)
			option_free(&rows[i], base);
}
