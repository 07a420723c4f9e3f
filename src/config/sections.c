/*
 * From trees to settings: providers, endpoints, jobs, and whether they fit
 * together.
 */
#include "config_internal.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/str.h"
#include "../provider/provider.h"
#include "extra.h"
#include "node.h"
#include "set.h"

static const char *const section_key[SECT__MAX] = {
	[SECT_PROVIDER] = "providers", [SECT_ENDPOINT] = "endpoints",
	[SECT_JOB] = "jobs",
};

static bool
nearest_section(const char *key, char out[64])
{
	int i;

	for (i = SECT_PROVIDER; i < SECT__MAX; i++)
		if (str_distance(section_key[i], key) < 3) {
			snprintf(out, 64, "%s", section_key[i]);
			return true;
		}
	return false;
}

/* A key nobody knows: name the nearest one. */
static int
unknown_key(struct config *c, enum section section, const struct node *n,
    struct err *e)
{
	char near[64], why[400];

	if (option_is_secret(section, n->key))
		snprintf(why, sizeof(why), "secrets do not stand in the "
		    "configuration: use %s_file, %s_command, %s_env or "
		    "%s_credential", n->key, n->key, n->key, n->key);
	else if ((section == SECT_TOP && nearest_section(n->key, near)) ||
	    option_nearest(section, n->key, near))
		snprintf(why, sizeof(why), "unknown key \"%s\"; did you mean "
		    "\"%s\"?", n->key, near);
	else
		snprintf(why, sizeof(why), "unknown key \"%s\"", n->key);
	return config_wrong(c, n, why, e);
}

static bool
written_before(const struct node *map, const struct node *n)
{
	const struct node *m;

	for (m = map->child; m != n; m = m->next)
		if (strcmp(m->key, n->key) == 0)
			return true;
	return false;
}

/* The members of one map into one struct. */
static int
fill(struct config *c, enum section section, const struct node *map,
    const char *dir, void *base, struct err *e)
{
	const struct pv_setting *extra;
	const struct option *o;
	const struct node *n;
	struct err why;
	int rc = 0;

	for (n = map->child; rc == 0 && n != NULL; n = n->next) {
		o = option_find(section, n->key);
		extra = section == SECT_PROVIDER ? extra_row(n->key) : NULL;
		err_clear(&why);
		if (o == NULL && extra == NULL)
			rc = unknown_key(c, section, n, e);
		else if (written_before(map, n))
			rc = config_wrong(c, n, "this key stands twice", e);
		else if ((o != NULL ? option_set(o, base, n, dir, &why) :
		    extra_set(base, extra, n, dir, &why)) == -1)
			rc = why.code == ERR_NOMEM ? err_nomem(e) :
			    config_wrong(c, n, why.msg, e);
	}
	return rc;
}

/*
 * One more member of a section in its list, filled in from the map; NULL with
 * the cause in e.  Its struct begins with its name.
 */
static void *
member_new(struct config *c, enum section section, const struct node *map,
    const char *dir, struct err *e)
{
	static const struct {
		size_t	list, n, size;
	} lists[SECT__MAX] = {
		[SECT_PROVIDER] = { offsetof(struct settings, providers),
		    offsetof(struct settings, nproviders),
		    sizeof(struct set_provider) },
		[SECT_ENDPOINT] = { offsetof(struct settings, endpoints),
		    offsetof(struct settings, nendpoints),
		    sizeof(struct set_endpoint) },
		[SECT_JOB] = { offsetof(struct settings, jobs),
		    offsetof(struct settings, njobs),
		    sizeof(struct set_job) },
	};
	size_t size = lists[section].size;
	char *set = (char *)&c->set;
	void **list = (void **)(void *)(set + lists[section].list);
	size_t *n = (size_t *)(void *)(set + lists[section].n);
	void *more = realloc(*list, (*n + 1) * size);
	char *p;

	if (more == NULL) {
		err_nomem(e);
		return NULL;
	}
	*list = more;
	p = (char *)more + *n * size;
	memset(p, 0, size);
	if (str_set((char **)(void *)p, map->key, e) == -1)
		return NULL;
	++*n;
	if (option_defaults(section, p, e) == -1 ||
	    fill(c, section, map, dir, p, e) == -1)
		return NULL;
	return p;
}

/*
 * Settings of another type of provider would do nothing, unseen; those of its
 * own may be no value for it.
 */
static int
add_extra(struct config *c, const struct set_provider *p,
    const struct node *map, struct err *e)
{
	const struct provider *known = provider_find(p->type);
	const struct pv_setting *extra;
	const struct set_extra *x;
	const struct node *n;
	struct err why;
	int place, rc = 0;

	for (n = map->child; rc == 0 && known != NULL && n != NULL;
	    n = n->next) {
		extra = option_find(SECT_PROVIDER, n->key) != NULL ? NULL :
		    extra_row(n->key);
		if (extra == NULL)
			continue;
		err_clear(&why);
		place = provider_setting(known, extra->key);
		x = set_extra_find(p, extra->key);
		if (place == -1)
			err_set(&why, ERR_CONFIG, "a provider of type %s has "
			    "no %s", known->type, n->key);
		else if (known->settings[place].check != NULL && x != NULL &&
		    x->text != NULL &&
		    known->settings[place].check(x->text, &why) == -1)
			err_wrap(&why, "%s", n->key);
		if (why.code != ERR_NONE)
			rc = config_wrong(c, n, why.msg, e);
	}
	return rc;
}

static int
add_provider(struct config *c, const struct node *n, const char *dir,
    struct err *e)
{
	const struct set_provider *p = member_new(c, SECT_PROVIDER, n, dir, e);

	if (p == NULL)
		return -1;
	if (p->type == NULL || p->url == NULL)
		return config_wrong(c, n, "a provider needs type and url", e);
	return add_extra(c, p, n, e);
}

static int
add_endpoint(struct config *c, const struct node *n, const char *dir,
    struct err *e)
{
	const struct set_endpoint *p = member_new(c, SECT_ENDPOINT, n, dir, e);

	if (p == NULL)
		return -1;
	return p->upload.url != NULL && p->pull.url != NULL ? 0 :
	    config_wrong(c, n, "an endpoint needs upload and pull", e);
}

static int
add_job(struct config *c, const struct node *n, const char *dir,
    struct err *e)
{
	return member_new(c, SECT_JOB, n, dir, e) == NULL ? -1 : 0;
}

/* Whether a name has been used in its section, in any file. */
static bool
name_taken(const struct config *c, enum section section, const char *name)
{
	switch (section) {
	case SECT_PROVIDER:
		return set_provider_find(&c->set, name) != NULL;
	case SECT_ENDPOINT:
		return set_endpoint_find(&c->set, name) != NULL;
	case SECT_JOB:
		return set_job_find(&c->set, name) != NULL;
	default:
		return false;
	}
}

static bool
name_usable(const char *name)
{
	size_t n = strlen(name);

	return n > 0 && n <= 64 && name[0] != '.' && strspn(name,
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	    "._-") == n;
}

/* A word where a map should be may be one with a space missing. */
static int
not_a_map(struct config *c, const struct node *n, const char *why,
    struct err *e)
{
	struct node value = *n;

	if (n->kind != NODE_SCALAR || !node_glued(n->value))
		return config_wrong(c, n, why, e);
	value.key = NULL;	/* the place is the value's */
	return config_wrong(c, &value, "a space is missing after the colon",
	    e);
}

static int
add_section(struct config *c, enum section section, const struct node *map,
    const char *dir, struct err *e)
{
	static int (*const add[SECT__MAX])(struct config *,
	    const struct node *, const char *, struct err *) = {
		[SECT_PROVIDER] = add_provider,
		[SECT_ENDPOINT] = add_endpoint,
		[SECT_JOB] = add_job,
	};
	const struct node *n;
	int rc = 0;

	if (map->kind != NODE_MAP)
		return not_a_map(c, map, "names with settings below them "
		    "are expected", e);
	for (n = map->child; rc == 0 && n != NULL; n = n->next) {
		if (n->kind != NODE_MAP)
			rc = not_a_map(c, n, "settings are expected below "
			    "this name", e);
		else if (!name_usable(n->key))
			rc = config_wrong(c, n, "names have letters, digits, "
			    "\".\", \"_\" and \"-\" only", e);
		else if (name_taken(c, section, n->key))
			rc = config_wrong(c, n, "this name stands twice", e);
		else
			rc = add[section](c, n, dir, e);
	}
	return rc;
}

/* One file. */
static int
add_tree(struct config *c, size_t i, struct err *e)
{
	const struct node *root = c->trees[i], *n;
	const struct option *o;
	struct err why;
	int s, rc = 0;

	if (root->kind != NODE_MAP)
		return not_a_map(c, root, "sections are expected: "
		    "providers, endpoints, jobs", e);
	for (n = root->child; rc == 0 && n != NULL; n = n->next) {
		if (written_before(root, n)) {
			rc = config_wrong(c, n, "this key stands twice", e);
			continue;
		}
		for (s = SECT_PROVIDER; s < SECT__MAX; s++)
			if (strcmp(section_key[s], n->key) == 0)
				break;
		if (s < SECT__MAX) {
			rc = add_section(c, (enum section)s, n, c->dirs[i], e);
			continue;
		}
		o = option_find(SECT_TOP, n->key);
		err_clear(&why);
		if (o == NULL)
			rc = unknown_key(c, SECT_TOP, n, e);
		else if (option_set(o, &c->set, n, c->dirs[i], &why) == -1)
			rc = config_wrong(c, n, why.msg, e);
	}
	return rc;
}

const struct node *
config_node(const struct config *c, enum section section, const char *name,
    const char **dir)
{
	const struct node *n;
	size_t i;

	for (i = 0; i < c->ntrees; i++) {
		n = node_get(node_get(c->trees[i], section_key[section]),
		    name);
		if (n != NULL) {
			*dir = c->dirs[i];
			return n;
		}
	}
	return NULL;
}

/* A job names a provider or endpoint that is not there. */
static int
no_such_name(struct config *c, const struct set_job *job, const char *key,
    const char *value, struct err *e)
{
	const char *dir;
	char why[300];

	snprintf(why, sizeof(why), "there is no %s \"%s\"", key, value);
	return config_wrong(c, node_get(config_node(c, SECT_JOB, job->name,
	    &dir), key), why, e);
}

/* Names that jobs use must exist. */
static int
check_names(struct config *c, struct err *e)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < c->set.njobs; i++) {
		const struct set_job *j = &c->set.jobs[i];

		if (j->provider != NULL &&
		    set_provider_find(&c->set, j->provider) == NULL)
			rc = no_such_name(c, j, "provider", j->provider, e);
		if (rc == 0 && j->endpoint != NULL &&
		    set_endpoint_find(&c->set, j->endpoint) == NULL)
			rc = no_such_name(c, j, "endpoint", j->endpoint, e);
	}
	return rc;
}

int
config_sections(struct config *c, struct err *e)
{
	size_t i;

	if (option_defaults(SECT_TOP, &c->set, e) == -1)
		return -1;
	for (i = 0; i < c->ntrees; i++)
		if (c->trees[i] != NULL && add_tree(c, i, e) == -1)
			return -1;
	return check_names(c, e);
}
