/*
 * The settings of one job: what its configuration says, then what was given on
 * the command line, or what a plan in the ledger has kept of that.
 */
#include "config_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "../base/str.h"
#include "node.h"

static int
no_such_job(const struct config *c, const char *name, struct err *e)
{
	char known[400] = "";
	size_t i, len = 0;

	if (c->path[0] == '\0')
		return err_set(e, ERR_CONFIG, "there is no configuration, so "
		    "no job \"%s\"; name one with --config FILE, or make one "
		    "with \"coupondrop config init\"", name);

	for (i = 0; i < c->set.njobs && len < sizeof(known); i++)
		len += (size_t)snprintf(known + len, sizeof(known) - len,
		    "%s%s", i > 0 ? ", " : "", c->set.jobs[i].name);
	return err_set(e, ERR_CONFIG, "there is no job \"%s\" in the "
	    "configuration; jobs: %s", name, known[0] != '\0' ? known :
	    "none");
}

/* A fresh copy of a job's settings; the file was found good before. */
static int
job_fresh(const struct config *c, const char *name, struct set_job *out,
    struct err *e)
{
	const struct node *map, *n;
	const struct option *o;
	const char *dir = NULL;

	memset(out, 0, sizeof(*out));
	if (option_defaults(SECT_JOB, out, e) == -1)
		return -1;
	if (name == NULL)
		return 0;
	map = config_node(c, SECT_JOB, name, &dir);
	if (map == NULL)
		return no_such_job(c, name, e);
	out->name = str_dup(name, e);
	if (out->name == NULL)
		return -1;
	for (n = map->child; n != NULL; n = n->next) {
		o = option_find(SECT_JOB, n->key);
		if (o != NULL && option_set(o, out, n, dir, e) == -1)
			return -1;
	}
	return 0;
}

/*
 * Settings that can never be used end here, before a run is made with them
 * that could never go on.  Whose fault it is: the job's own are tried alone.
 */
static int
job_usable(const struct config *c, const char *name, size_t ngiven,
    const struct set_job *job, struct err *e)
{
	struct set_job own;
	struct err ignored;

	if (config_job_check(job, c->clock, false, e) == 0)
		return 0;
	if (e->code != ERR_CONFIG || ngiven == 0)
		return -1;
	err_clear(&ignored);
	if (job_fresh(c, name, &own, &ignored) == 0 &&
	    config_job_check(&own, c->clock, false, &ignored) == 0)
		e->code = ERR_USAGE;
	config_job_release(&own);
	return -1;
}

int
config_job(const struct config *c, const char *name, const struct given *g,
    size_t n, struct set_job *out, struct err *e)
{
	json_t *plan = json_object();
	size_t i;
	int rc = job_fresh(c, name, out, e);

	if (rc == 0 && plan == NULL)
		rc = err_nomem(e);
	for (i = 0; rc == 0 && i < n; i++) {
		rc = option_set_text(g[i].o, out, g[i].value, e);
		if (rc == -1 && e->code == ERR_CONFIG)
			e->code = ERR_USAGE;
		if (rc == 0 && json_object_set_new(plan, g[i].o->key,
		    json_string(g[i].value)) == -1)
			rc = err_set(e, ERR_USAGE, "%s: the value is not "
			    "UTF-8", g[i].o->key);
	}
	if (rc == 0) {
		out->plan = json_dumps(plan, JSON_COMPACT);
		rc = out->plan == NULL ? err_nomem(e) : 0;
	}
	json_decref(plan);
	return rc == 0 ? job_usable(c, name, n, out, e) : rc;
}

int
config_job_plan(const struct config *c, const char *name, const char *plan,
    struct set_job *out, struct err *e)
{
	json_t *p = json_loads(plan, 0, NULL), *v;
	const struct option *o;
	const char *key;
	int rc = job_fresh(c, name, out, e);

	json_object_foreach(p, key, v) {
		o = option_find(SECT_JOB, key);
		if (rc == 0 && o != NULL && json_is_string(v))
			rc = option_set_text(o, out, json_string_value(v), e);
	}
	json_decref(p);
	return rc;
}

void
config_job_release(struct set_job *j)
{
	option_release(SECT_JOB, j);
	free(j->name);
	free(j->plan);
	free(j->retry_of);
	memset(j, 0, sizeof(*j));
}
