/*
 * Following tasks that this ledger may not know, sent from here or elsewhere:
 * no run, no verification, only what the platform says of them.
 */
#include "pipeline_internal.h"

#include <stdlib.h>
#include <string.h>

/* Refs of one provider, asked together. */
struct group {
	struct account	*a;
	struct followed	**refs;
	size_t		 n;
	int64_t		*misses;
	void		(*told)(void *, const struct followed *);
	void		*arg;
};

static const char *
ref_id(const struct followed *f)
{
	return strchr(f->ref, ':') + 1;
}

static bool
followed_open(const struct followed *f)
{
	return f->err.code == ERR_NONE && f->task.state != TASK_DONE &&
	    f->task.state != TASK_FAILED && f->task.state != TASK_LOST;
}

static void
followed_end(struct followed *f)
{
	f->outcome = outcome_of(f->task.total, f->task.updated,
	    f->task.failed);
	if (f->task.state == TASK_FAILED)
		err_set(&f->err, ERR_TASK_FAILED, "task %s ended with %s",
		    f->ref, f->task.word);
	else if (f->task.state == TASK_LOST)
		err_set(&f->err, ERR_LOST, "the platform does not know task "
		    "%s", f->ref);
	else if (f->task.state == TASK_DONE && f->outcome == OUTCOME_NONE)
		err_set(&f->err, ERR_TASK_FAILED, "task %s ended, but no row "
		    "was updated", f->ref);
	else if (f->task.state == TASK_DONE && f->outcome == OUTCOME_PARTIAL)
		err_set(&f->err, ERR_PARTIAL, "task %s ended, %lld rows were "
		    "refused", f->ref, (long long)f->task.failed);
	else if (f->task.state == TASK_DONE && f->outcome != OUTCOME_OK)
		err_set(&f->err, ERR_UNCONFIRMED, "task %s ended with %s, but "
		    "the platform gave no totals", f->ref, f->task.word);
}

static void
followed_answer(struct group *g, size_t i, const struct pv_task *t)
{
	struct followed *f = g->refs[i];
	struct err e;

	f->polls++;
	err_clear(&e);
	if (t == NULL || t->state == TASK_LOST) {
		if (++g->misses[i] >= lost_after(g->a))
			f->task.state = TASK_LOST;
	} else {
		free(f->task.text);
		f->task = *t;
		f->task.text = str_dup(t->text, &e);
		g->misses[i] = 0;
	}
	followed_end(f);
}

static int
group_round(struct group *g, struct err *e)
{
	const char **ids = calloc(g->n + 1, sizeof(*ids));
	struct pv_result res;
	size_t i, n = 0;

	if (ids == NULL)
		return err_nomem(e);
	for (i = 0; i < g->n; i++)
		if (followed_open(g->refs[i]))
			ids[n++] = ref_id(g->refs[i]);
	if (tasks_ask(g->a, ids, n, &res, e) != 0) {
		free(ids);
		return -1;
	}
	free(ids);
	for (i = 0; i < g->n; i++) {
		if (!followed_open(g->refs[i]))
			continue;
		followed_answer(g, i, task_of(&res, ref_id(g->refs[i])));
		if (g->told != NULL)
			g->told(g->arg, g->refs[i]);
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

static int
group_follow(struct group *g, int64_t until, struct err *e)
{
	struct pace pace;
	struct err why;
	size_t i;

	pace_start(&pace, g->a);
	for (;;) {
		err_clear(&why);
		if (group_round(g, &why) != 0 &&
		    err_info(why.code)->retry != RETRY_BACKOFF) {
			*e = why;
			return -1;
		}
		if (group_open(g) == 0)
			return 0;
		if (until != 0 && clock_mono_ms() >= until)
			break;
		if (pace_wait(&pace, until, why.wait_ms, e) != 0)
			return -1;
	}
	/* Nobody has said that they run if the last question failed. */
	for (i = 0; i < g->n; i++)
		if (followed_open(g->refs[i]) && why.code != ERR_NONE)
			g->refs[i]->err = why;
		else if (followed_open(g->refs[i]))
			err_set(&g->refs[i]->err, ERR_DEADLINE, "task %s still "
			    "runs at the deadline", g->refs[i]->ref);
	return 0;
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

/* Those of the n refs that mean this provider, into g. */
static int
group_gather(struct group *g, const struct settings *set,
    const struct set_provider *p, struct followed *refs, size_t n,
    struct err *e)
{
	size_t i;

	g->n = 0;
	for (i = 0; i < n; i++) {
		const struct set_provider *q = ref_provider(set, refs[i].ref,
		    e);

		if (q == NULL)
			return -1;
		if (q == p)
			g->refs[g->n++] = &refs[i];
	}
	memset(g->misses, 0, n * sizeof(*g->misses));
	return 0;
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
	int64_t until = deadline_ms > 0 ? clock_mono_ms() + deadline_ms : 0;
	struct group g = { .told = told, .arg = arg };
	size_t i;
	int rc = 0;

	refs_reset(refs, n);
	g.refs = calloc(n + 1, sizeof(*g.refs));
	g.misses = calloc(n + 1, sizeof(*g.misses));
	if (g.refs == NULL || g.misses == NULL)
		rc = err_nomem(e);
	for (i = 0; rc == 0 && i < c->set->nproviders; i++) {
		rc = group_gather(&g, c->set, &c->set->providers[i], refs, n,
		    e);
		if (rc != 0 || g.n == 0)
			continue;
		g.a = account_open(c, c->set->providers[i].name, e);
		rc = g.a == NULL ? -1 : group_follow(&g, until, e);
		account_close(g.a);
	}
	if (rc == 0 && c->set->nproviders == 0)
		rc = ref_provider(c->set, refs[0].ref, e) == NULL ? -1 : 0;
	free(g.refs);
	free(g.misses);
	return rc;
}
