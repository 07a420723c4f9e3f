/*
 * What a configuration cannot show by being well written: whether a run could
 * use what it says.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config_internal.h"
#include "node.h"
#include "ready.h"
#include "set.h"

/* Where a key of a member is set; the member itself where it is not. */
static const struct node *
place_of(const struct config *c, enum section section, const char *name,
    const char *key)
{
	const char *dir;
	const struct node *map = config_node(c, section, name, &dir);
	const struct node *n = map != NULL && key != NULL ? map->child : NULL;
	struct option o;
	size_t i;

	for (; n != NULL; n = n->next)
		for (i = 0; option_at(section, i, &o); i++)
			if (strcmp(o.key, key) == 0 &&
			    option_is_key(&o, n->key))
				return n;
	return map;
}

static int
refused(void *arg, enum section section, const char *name,
    const struct err *why, struct err *e)
{
	struct config *c = arg;

	return config_wrong(c, place_of(c, section, name, why->key), why->msg,
	    e);
}

/* Whose the state folder is, and what lies in it. */
static int
look_state(struct config *c, struct err *e)
{
	struct err why;
	size_t i;
	int rc;

	for (i = 0; err_clear(&why), (rc = config_state_look(c->set.state_dir,
	    i, &why)) != 1; i++)
		if (rc == -1 && config_wrong(c, NULL, why.msg, e) == -1)
			return -1;
	return 0;
}

int
config_job_check(const struct set_job *job, const struct clock *clock,
    bool known, struct err *why)
{
	struct check_opts o;

	if (set_check_opts(job, clock, &o, why) == -1)
		return -1;
	if (!known)
		o.known_codes = NULL;
	return check_usable(&o, why);
}

int
config_check(struct config *c, struct err *e)
{
	const struct ready_told told = { refused, c };

	if (ready_all(&c->set, c->clock, &told, e) == -1 ||
	    look_state(c, e) == -1)
		return -1;
	return config_verdict(c, e);
}

void
config_notes(const struct config *c, void (*note)(void *, const char *),
    void *arg)
{
	const struct settings *s = &c->set;
	char text[600];
	size_t i;

	for (i = 0; i < s->nendpoints; i++) {
		const struct set_endpoint *n = &s->endpoints[i];

		if (n->upload.known_hosts == NULL ||
		    access(n->upload.known_hosts, R_OK) == 0)
			continue;
		snprintf(text, sizeof(text), "endpoint %s: known_hosts cannot "
		    "be read: %.400s", n->name, n->upload.known_hosts);
		note(arg, text);
	}
	for (i = 0; i < s->njobs; i++) {
		if (s->jobs[i].schedule == NULL)
			continue;
		snprintf(text, sizeof(text), "job %s: schedule is checked, but "
		    "starts nothing; let cron call \"coupondrop run -j\" with "
		    "its name", s->jobs[i].name);
		note(arg, text);
	}
}
