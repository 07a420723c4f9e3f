/*
 * Taking away what runs left behind: temporary and staged files on the file
 * servers; what lies here, in cleanup_local.c.
 *
 * Only what this ledger can account for is ours: the name must carry the id of
 * a run that the ledger knows, that used this file server, and that has ended.
 * Other hosts upload to the same folder, and a run that can still be resumed
 * may need its files.
 */
#include "cleanup_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../transfer/names.h"
#include "../base/clock.h"
#include "../base/list.h"
#include "../base/log.h"
#include "../base/stop.h"
#include "../config/set.h"
#include "../ledger/ledger.h"
#include "../pipeline/ctx.h"
#include "../pipeline/places.h"
#include "../pipeline/side.h"

#define CLEANUP_RUNS	200	/* looked for by name, where no list is, or
				   none of hidden names */

struct cleaning {
	struct cleanup_call call;
	const struct set_endpoint *end;	/* whose folder is looked at */
	const char	*endpoint;	/* of the job; NULL */
	const char	*folder;	/* being listed */
	const char	*dead;		/* former address that did not work */
	struct err	 dead_why;
	struct cleanup_item *found;
	size_t		 n, cap;
	struct err	 first;		/* why something was not looked at */
};

/* The run has ended, and it used the file server that is being cleaned. */
static bool
run_left_it(struct cleaning *k, const char *id)
{
	struct ledger_run run;
	struct err ignored;
	bool yes;

	err_clear(&ignored);
	if (ledger_run_get(k->call.c->ledger, id, &run, &ignored) == -1)
		return false;
	yes = run_is_final(run.state) && run.endpoint != NULL &&
	    strcmp(run.endpoint, k->end->name) == 0;
	ledger_run_release(&run);
	return yes;
}

/* Whether one of the run's parts was staged under this name. */
static bool
was_staged(struct cleaning *k, const char *id, const char *name)
{
	const char *marker = k->end->stage.marker;
	struct ledger *l = k->call.c->ledger;
	struct ledger_part p;
	struct err ignored;
	bool yes = false;
	size_t n;
	int i;

	err_clear(&ignored);
	for (i = 1; !yes && i <= ledger_part_count(l, id, &ignored); i++) {
		if (ledger_part_get(l, id, i, &p, &ignored) == -1)
			return false;
		n = p.artifact != NULL ? strlen(p.artifact) : 0;
		yes = n > 0 && strncmp(name, p.artifact, n) == 0 &&
		    (name[n] == '\0' || (marker != NULL &&
		    strcmp(name + n, marker) == 0));
		ledger_part_release(&p);
	}
	return yes;
}

static int
found_file(void *arg, const char *name, uint64_t size, struct err *e)
{
	struct cleaning *k = arg;
	struct cleanup_item item = { .where = k->end->name };
	char path[600];

	if (!id_within(name, item.run) || !run_left_it(k, item.run))
		return 0;
	if (xfer_name_is_temp(name))
		item.kind = "temporary";
	else if (!k->end->keep_staged && was_staged(k, item.run, name))
		item.kind = "staged";
	else
		return 0;
	snprintf(path, sizeof(path), "%s%s%s", k->folder,
	    k->folder[0] != '\0' ? "/" : "", name);
	item.bytes = size == UINT64_MAX ? -1 : (int64_t)size;
	if (list_grow(&k->found, k->n, &k->cap, sizeof(*k->found), e) == -1)
		return -1;
	item.name = str_dup(path, e);
	if (item.name == NULL)
		return -1;
	k->found[k->n++] = item;
	return 0;
}

/* 1 when names that begin with a dot may be missing, as xfer_list. */
static int
list_folder(struct cleaning *k, struct side *s, const char *folder,
    struct err *e)
{
	struct err why;
	int rc;

	err_clear(&why);
	k->folder = folder;
	rc = xfer_list(s->x, folder, found_file, k, &why);
	if (rc == -1 && why.code == ERR_NOTFOUND)
		return 0;
	if (rc == -1)
		*e = why;
	return rc;
}

/* Is this name, that a run may have used, there? */
static int
look_for(struct cleaning *k, struct side *s, const char *name,
    struct err *e)
{
	struct xfer_stat st;
	struct err why;
	size_t i;

	for (i = 0; i < k->n; i++)
		if (strcmp(k->found[i].name, name) == 0)
			return 0;
	err_clear(&why);
	if (xfer_stat(s->x, name, &st, &why) == 0) {
		const char *slash = strrchr(name, '/');

		k->folder = k->end->stage.temp_dir != NULL && slash != NULL ?
		    k->end->stage.temp_dir : "";
		return found_file(k, slash != NULL ? slash + 1 : name,
		    st.size, e);
	}
	if (why.code == ERR_NOTFOUND)
		return 0;
	*e = why;
	return -1;
}

struct looking {
	struct cleaning	*k;
	struct side	*s;
	bool		 hidden;	/* the others are in a list */
};

/* The names that a run may have left and that no list shows. */
static int
look_run(void *arg, const char *id, struct err *e)
{
	struct looking *l = arg;
	const char *dir = l->k->end->stage.temp_dir;
	struct ledger_part p;
	char *temp;
	int i, n, rc = 0;

	if (!run_left_it(l->k, id))
		return 0;
	n = ledger_part_count(l->k->call.c->ledger, id, e);
	for (i = 1; rc == 0 && i <= n; i++) {
		if (ledger_part_get(l->k->call.c->ledger, id, i, &p, e) == -1)
			return -1;
		temp = NULL;
		if (p.artifact != NULL && p.attempts > 0) {
			temp = xfer_name_temp(dir, p.artifact, id, e);
			rc = temp == NULL ? -1 :
			    look_for(l->k, l->s, temp, e);
			if (rc == 0 && !l->hidden)
				rc = look_for(l->k, l->s, p.artifact, e);
			free(temp);
		}
		ledger_part_release(&p);
	}
	return n < 0 ? -1 : rc;
}

static int
gather(struct cleaning *k, struct side *s, struct err *e)
{
	const struct ledger_filter all = { .newest_first = true,
	    .limit = CLEANUP_RUNS };
	struct looking l = { k, s, true };
	struct err why;
	int rc;

	err_clear(&why);
	rc = list_folder(k, s, "", &why);
	if (rc == -1 && why.code != ERR_UNSUPPORTED) {
		*e = why;
		return -1;
	}
	l.hidden = rc != -1;
	if (l.hidden && k->end->stage.temp_dir != NULL) {
		rc = list_folder(k, s, k->end->stage.temp_dir, e);
		if (rc == -1)
			return -1;
	}
	return rc == 0 ? 0 :
	    ledger_each_run(k->call.c->ledger, &all, look_run, &l, e);
}

/* Remove what was found, and say so one by one. */
static void
remove_found(struct cleaning *k, struct side *s)
{
	struct cleanup_item *item;
	size_t i;

	for (i = 0; i < k->n; i++) {
		item = &k->found[i];
		err_clear(&item->err);
		if (!k->call.o->dry_run) {
			item->removed = xfer_remove(s->x, item->name,
			    &item->err) == 0;
			if (item->err.code == ERR_NOTFOUND) {
				item->removed = true;	/* by another */
				err_clear(&item->err);
			}
			k->call.failed += !item->removed;
		}
		k->call.f(k->call.arg, item);
	}
}

static int
clean_endpoint(struct cleaning *k, const struct set_endpoint *end,
    struct err *e)
{
	struct side s = { 0 };
	size_t i;
	int rc;

	k->end = end;
	rc = side_open(k->call.c, end, false, &s, e);
	if (rc == 0)
		rc = gather(k, &s, e);
	if (rc == 0)
		remove_found(k, &s);
	for (i = 0; i < k->n; i++)
		free((char *)(uintptr_t)k->found[i].name);
	free(k->found);
	k->found = NULL;
	k->n = k->cap = 0;
	side_close(&s);
	return rc == 0 ? 0 : err_wrap(e, "endpoint %s", end->name);
}

static int
clean_all(struct cleaning *k, const char *endpoint, struct err *e)
{
	const struct settings *set = k->call.c->set;
	struct err why;
	size_t i;

	for (i = 0; i < set->nendpoints; i++) {
		if (k->call.o->job != NULL && (endpoint == NULL ||
		    strcmp(set->endpoints[i].name, endpoint) != 0))
			continue;
		err_clear(&why);
		if (clean_endpoint(k, &set->endpoints[i], &why) == 0)
			continue;
		if (why.code == ERR_STOPPED) {
			*e = why;
			return -1;
		}
		k->call.failed++;
		if (k->first.code == ERR_NONE)
			k->first = why;
		log_say(k->call.c->log, LOG_WARN, "not cleaned",
		    LFS("because", why.msg));
	}
	return cleanup_local(&k->call, e);
}

enum visit { VISIT_NOTHING, VISIT_FOUND, VISIT_NO_WAY };

/*
 * Take a file away at a former address, by its name, which carries the run's
 * id; item tells what came of it.
 */
static enum visit
visit_place(struct cleaning *k, const struct ledger_place *p,
    struct cleanup_item *item)
{
	struct xfer_stage_opts opts = { .name = p->name, .tag = p->run,
	    .temp_dir = p->temp_dir, .marker = p->marker, .again = true };
	struct set_endpoint end;
	struct side s = { 0 };
	int there = -1;

	if (place_way(k->call.c->set, p, &end, &item->err) == -1)
		return VISIT_NO_WAY;
	if (k->dead != NULL && strcmp(k->dead, p->url) == 0)
		item->err = k->dead_why;
	else if (side_open(k->call.c, &end, false, &s, &item->err) == -1) {
		k->dead = p->url;
		k->dead_why = item->err;
	} else {
		there = xfer_staged_there(s.x, &opts, &item->err);
		if (there != 0 && !k->call.o->dry_run) {
			err_clear(&item->err);
			item->removed = xfer_unstage(s.x, NULL, &opts,
			    &item->err) == 0;
		}
	}
	side_close(&s);
	place_way_release(&end);
	return there == 0 ? VISIT_NOTHING : VISIT_FOUND;
}

/* Looked at already, or not to be looked at now. */
static bool
is_no_former(const struct cleaning *k, const struct ledger_place *p)
{
	const struct settings *set = k->call.c->set;
	const struct set_endpoint *now = set_endpoint_find(set, p->endpoint);
	size_t i;

	if ((now != NULL && now->keep_staged) || (k->call.o->job != NULL &&
	    (k->endpoint == NULL || strcmp(k->endpoint, p->endpoint) != 0)))
		return true;
	for (i = 0; i < set->nendpoints; i++)
		if (place_is_at(p, &set->endpoints[i]))
			return true;
	return false;
}

/*
 * One at an address to which no endpoint uploads any more.  Where none leads
 * at all, it is forgotten when the folder of its run would be: nobody here
 * will ever know better.
 */
static int
clean_place(void *arg, const struct ledger_place *p, struct err *e)
{
	struct cleaning *k = arg;
	struct cleanup_item item = { .kind = "staged", .where = p->endpoint,
	    .name = p->name, .url = p->url, .bytes = -1 };
	struct ledger_run run;
	bool ended, old;
	enum visit v;

	if (stop_check(e) == -1 ||
	    ledger_run_get(k->call.c->ledger, p->run, &run, e) == -1)
		return -1;
	ended = run_is_final(run.state);
	old = run.finished_ms < clock_wall(k->call.c->clock) -
	    k->call.o->older_ms;
	ledger_run_release(&run);
	if (!ended || is_no_former(k, p))
		return 0;
	err_clear(&item.err);
	snprintf(item.run, sizeof(item.run), "%s", p->run);
	v = visit_place(k, p, &item);
	if (v != VISIT_NOTHING) {
		k->call.failed += item.err.code != ERR_NONE;
		k->call.f(k->call.arg, &item);
	}
	if (k->call.o->dry_run || (v == VISIT_FOUND && !item.removed) ||
	    (v == VISIT_NO_WAY && !old))
		return 0;
	return ledger_place_gone(k->call.c->ledger, p->id, e);
}

struct waiting {
	struct ledger	*l;
	size_t		 n;
};

static int
count_waiting(void *arg, const struct ledger_place *p, struct err *e)
{
	struct waiting *w = arg;
	struct ledger_run run;

	if (ledger_run_get(w->l, p->run, &run, e) == -1)
		return -1;
	w->n += !run_is_final(run.state);
	ledger_run_release(&run);
	return 0;
}

int
cleanup_waiting(struct ctx *c, size_t *n, struct err *e)
{
	struct waiting w = { c->ledger, 0 };
	int rc = ledger_each_place(c->ledger, NULL, count_waiting, &w, e);

	*n = w.n;
	return rc;
}

int
cleanup_leftovers(struct ctx *c, const struct cleanup_opts *o,
    void (*f)(void *, const struct cleanup_item *), void *arg,
    struct err *e)
{
	struct cleaning k = { .call = { c, o, f, arg, 0 } };
	const struct set_job *job = NULL;

	err_clear(&k.first);
	if (o->job != NULL) {
		job = set_job_find(c->set, o->job);
		if (job == NULL)
			return err_set(e, ERR_CONFIG, "there is no job \"%s\" "
			    "in the configuration", o->job);
	}
	k.endpoint = job != NULL ? job->endpoint : NULL;
	if (clean_all(&k, k.endpoint, e) == -1 ||
	    ledger_each_place(c->ledger, NULL, clean_place, &k, e) == -1)
		return -1;
	if (k.first.code != ERR_NONE) {
		*e = k.first;
		return -1;
	}
	if (k.call.failed > 0)
		return err_set(e, ERR_PARTIAL, "%zu leftover%s could not be "
		    "removed", k.call.failed, k.call.failed == 1 ? "" : "s");
	return 0;
}
