/*
 * Following tasks that this ledger may not know, sent from here or elsewhere:
 * no run, no verification, only what the platform says of them.  Each
 * provider is asked at its own pace, and trouble with one of them is no
 * reason to leave the tasks of another.
 */
#include "follow_refs.h"

#include <stdlib.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/stop.h"
#include "../config/set.h"
#include "account.h"
#include "ctx.h"
#include "tasks.h"

/* Refs of one provider, asked together. */
struct group {
	struct account	*a;	/* NULL: it could not be opened */
	struct followed	**refs;
	struct asked	*asked;
	size_t		 n;
	struct pace	 pace;
	int64_t		 due_ms;	/* when to ask next, monotonic */
	struct err	 why;		/* of the last question */
};

/* What one call of pipeline_follow is about. */
struct following {
	struct ctx	*c;
	struct followed	*refs;
	size_t		 n;
	struct group	*groups;	/* one for each provider */
	int64_t		 until;		/* monotonic; 0: no deadline */
	void		(*told)(void *, const struct followed *);
	void		*arg;
};

static bool
followed_open(const struct followed *f)
{
	return f->err.code == ERR_NONE && f->task.state != TASK_DONE &&
	    f->task.state != TASK_FAILED && f->task.state != TASK_LOST;
}

/* A count, or that it was not said. */
static const char *
count_text(int64_t n, char out[32])
{
	if (n < 0)
		snprintf(out, 32, "no word of how many");
	else
		str_group((uint64_t)n, out);
	return out;
}

/* Why what the platform counted proves nothing. */
static const char *
totals_text(const struct pv_task *t, char out[200])
{
	char u[32], f[32], n[32];

	if (t->updated < 0 && t->failed < 0 && t->total < 0)
		return "the platform gave no totals";
	snprintf(out, 200, "the platform's totals %s: %s updated, %s failed, "
	    "%s in all", t->total == 0 && t->updated == 0 && t->failed == 0 ?
	    "are of no row" : t->updated < 0 || t->failed < 0 ||
	    t->total < 0 ? "are incomplete" : "cannot be true",
	    count_text(t->updated, u), count_text(t->failed, f),
	    count_text(t->total, n));
	return out;
}

void
followed_end(struct followed *f)
{
	char rows[64], totals[200];

	if (f->task.state != TASK_DONE && f->task.state != TASK_FAILED &&
	    f->task.state != TASK_LOST)
		return;
	if (f->task.state != TASK_LOST && !f->task.uncounted)
		f->outcome = outcome_of(f->task.total, f->task.updated,
		    f->task.failed);
	if (f->task.state == TASK_FAILED)
		err_set(&f->err, ERR_TASK_FAILED, "task %s ended with %s",
		    f->ref, f->task.word);
	else if (f->task.state == TASK_LOST)
		err_set(&f->err, ERR_LOST, "the platform does not know task "
		    "%s", f->ref);
	else if (f->task.uncounted)
		return;
	else if (f->task.state == TASK_DONE && f->outcome == OUTCOME_NONE)
		err_set(&f->err, ERR_TASK_FAILED, "task %s ended, but no row "
		    "was updated", f->ref);
	else if (f->task.state == TASK_DONE && f->outcome == OUTCOME_PARTIAL)
		err_set(&f->err, ERR_PARTIAL, "task %s ended, refused: %s",
		    f->ref, str_count((uint64_t)f->task.failed, "row", rows));
	else if (f->task.state == TASK_DONE && f->outcome != OUTCOME_OK)
		err_set(&f->err, ERR_UNCONFIRMED, "task %s ended with %s, but "
		    "%s", f->ref, f->task.word, totals_text(&f->task,
		    totals));
}

static void
followed_answer(struct followed *f, const struct asked *asked)
{
	struct err e;

	f->polls++;
	err_clear(&e);
	if (asked->lost)
		f->task.state = TASK_LOST;
	else if (asked->misses == 0) {
		/* Without memory the texts are what is left out. */
		pv_task_release(&f->task);
		pv_task_copy(&f->task, asked->now, &e);
	}
	followed_end(f);
}

static int
group_round(struct following *w, struct group *g, struct err *e)
{
	struct pv_result res;
	size_t i;

	for (i = 0; i < g->n; i++)
		g->asked[i].id = followed_open(g->refs[i]) ?
		    strchr(g->refs[i]->ref, ':') + 1 : NULL;
	if (tasks_ask(g->a, g->asked, g->n, &res, e) == -1)
		return -1;
	for (i = 0; i < g->n; i++) {
		if (g->asked[i].id == NULL)
			continue;
		followed_answer(g->refs[i], &g->asked[i]);
		if (w->told != NULL)
			w->told(w->arg, g->refs[i]);
	}
	pv_result_free(&res);
	return 0;
}

static size_t
group_open(const struct group *g)
{
	size_t i, n = 0;

	for (i = 0; i < g->n; i++)
		n += followed_open(g->refs[i]);
	return n;
}

/* Nothing more will be asked of this provider. */
static void
group_fail(struct group *g, const struct err *why)
{
	size_t i;

	for (i = 0; i < g->n; i++)
		if (followed_open(g->refs[i]))
			g->refs[i]->err = *why;
}

/* The deadline: after a failed question nobody knows whether tasks run. */
static void
group_late(struct group *g)
{
	size_t i;

	if (g->why.code != ERR_NONE)
		group_fail(g, &g->why);
	for (i = 0; i < g->n; i++)
		if (followed_open(g->refs[i]))
			err_set(&g->refs[i]->err, ERR_DEADLINE, "task %s still "
			    "runs at the deadline", g->refs[i]->ref);
}

/* One question to one provider; what it means for its tasks. */
static void
group_ask(struct following *w, struct group *g)
{
	err_clear(&g->why);
	if (group_round(w, g, &g->why) == -1 &&
	    !err_is(&g->why, ERR_PASSES))
		group_fail(g, &g->why);
	else if (w->until != 0 && clock_mono(w->c->clock) >= w->until)
		group_late(g);
	else
		g->due_ms = clock_mono(w->c->clock) + pace_next(&g->pace,
		    w->until, g->why.wait_ms);
}

/* One look at every provider; when the next is due, or INT64_MAX. */
static int64_t
follow_look(struct following *w)
{
	int64_t due = INT64_MAX;
	struct err stop;
	size_t i;

	err_clear(&stop);
	for (i = 0; i < w->c->set->nproviders; i++) {
		struct group *g = &w->groups[i];

		if (stop_check(&stop) == -1)
			group_fail(g, &stop);
		if (group_open(g) > 0 && g->due_ms <= clock_mono(w->c->clock))
			group_ask(w, g);
		if (group_open(g) > 0 && g->due_ms < due)
			due = g->due_ms;
	}
	return due;
}

const struct set_provider *
ref_provider(const struct settings *set, const char *ref, struct err *e)
{
	const struct set_provider *found = NULL;
	const char *colon = strchr(ref, ':');
	char name[100];
	size_t i, n = 0;

	if (colon == NULL || colon == ref || colon[1] == '\0' ||
	    (size_t)(colon - ref) >= sizeof(name)) {
		err_set(e, ERR_REF, "\"%s\" is no task; write PROVIDER:ID, "
		    "such as mapp:92794", ref);
		return NULL;
	}
	memcpy(name, ref, (size_t)(colon - ref));
	name[colon - ref] = '\0';
	found = set_provider_find(set, name);
	if (found != NULL)
		return found;
	for (i = 0; i < set->nproviders; i++)
		if (strcmp(set->providers[i].type, name) == 0) {
			found = &set->providers[i];
			n++;
		}
	if (n == 1)
		return found;
	err_set(e, ERR_REF, n == 0 ? "\"%s\": there is no provider \"%s\" in "
	    "the configuration" : "\"%s\": several providers are of type "
	    "\"%s\"; use the name", ref, name);
	return NULL;
}

/* Whether what stands behind the colon can be a task of that provider. */
static int
ref_check(const struct set_provider *p, const char *ref, struct err *e)
{
	const struct provider *row = provider_find(p->type);

	if (row == NULL || row->task_check == NULL ||
	    row->task_check(strchr(ref, ':') + 1, e) == 0)
		return 0;
	return err_wrap(e, "%s", ref);
}

/* The refs of each provider into its group. */
static int
groups_fill(struct following *w, struct err *e)
{
	const struct settings *set = w->c->set;
	const struct set_provider *p;
	struct group *g;
	size_t i;

	for (i = 0; i < w->n; i++) {
		p = ref_provider(set, w->refs[i].ref, e);
		if (p == NULL || ref_check(p, w->refs[i].ref, e) == -1)
			return -1;
		g = &w->groups[p - set->providers];
		if (g->refs == NULL) {
			g->refs = calloc(w->n, sizeof(*g->refs));
			g->asked = calloc(w->n, sizeof(*g->asked));
		}
		if (g->refs == NULL || g->asked == NULL)
			return err_nomem(e);
		g->refs[g->n++] = &w->refs[i];
	}
	return 0;
}

static void
groups_open(struct following *w)
{
	struct group *g;
	size_t i;

	for (i = 0; i < w->c->set->nproviders; i++) {
		g = &w->groups[i];
		if (g->n == 0)
			continue;
		g->a = account_open(w->c, w->c->set->providers[i].name,
		    &g->why);
		if (g->a == NULL) {
			group_fail(g, &g->why);
			continue;
		}
		/* No retries: the next question is the next try. */
		pace_start(&g->pace, g->a);
	}
}

static void
groups_free(struct following *w)
{
	size_t i;

	for (i = 0; w->groups != NULL && i < w->c->set->nproviders; i++) {
		account_close(w->groups[i].a);
		free(w->groups[i].refs);
		free(w->groups[i].asked);
	}
	free(w->groups);
}

static void
refs_reset(struct followed *refs, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		memset(&refs[i].task, 0, sizeof(refs[i].task));
		refs[i].task.state = TASK_UNKNOWN;
		refs[i].task.total = refs[i].task.updated =
		    refs[i].task.failed = -1;
		refs[i].outcome = OUTCOME_NA;
		refs[i].polls = 0;
		err_clear(&refs[i].err);
	}
}

int
pipeline_follow(struct ctx *c, struct followed *refs, size_t n,
    int64_t deadline_ms, void (*told)(void *, const struct followed *),
    void *arg, struct err *e)
{
	struct following w = { .c = c, .refs = refs, .n = n, .told = told,
	    .arg = arg };
	int64_t due, wait;
	int rc = -1;

	if (deadline_ms > 0)
		w.until = clock_mono(c->clock) + deadline_ms;
	refs_reset(refs, n);
	w.groups = calloc(c->set->nproviders + 1, sizeof(*w.groups));
	if (w.groups == NULL)
		err_nomem(e);
	else if (groups_fill(&w, e) == 0) {
		groups_open(&w);
		while ((due = follow_look(&w)) != INT64_MAX) {
			wait = due - clock_mono(c->clock);
			clock_sleep(c->clock, wait > 0 ? wait : 0);
		}
		rc = 0;
	}
	groups_free(&w);
	return rc;
}
