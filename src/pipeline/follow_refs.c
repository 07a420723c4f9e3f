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
#include "../config/set.h"
#include "../net/http.h"
#include "account.h"
#include "ctx.h"
#include "tasks.h"

/* A provider of the configuration, once a ref of it was met. */
struct opened {
	bool		 tried;
	struct account	*a;		/* NULL: see why */
	struct err	 why;
};

/* What one call of pipeline_follow is about. */
struct following_refs {
	struct ctx	*c;
	struct followed	*refs;
	struct watch	*w;		/* one for each ref */
	size_t		 n;
	struct http_loop *http;
	struct opened	*opened;	/* one for each provider */
	const struct refs_how *how;
};

/* How far a task is; what is not known is nowhere. */
static int
state_rank(enum task_state s)
{
	switch (s) {
	case TASK_QUEUED:
		return 1;
	case TASK_RUNNING:
		return 2;
	case TASK_UNKNOWN:
		return 0;
	default:
		return 3;
	}
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

	if (state_rank(f->task.state) < state_rank(TASK_DONE))
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

static int
ref_told(void *arg, struct watch *w, const struct pv_task *t, struct err *e)
{
	struct following_refs *in = arg;
	struct followed *f = w->arg;

	f->polls++;
	if (w->lost)
		f->task.state = TASK_LOST;
	else if (w->misses == 0) {
		pv_task_release(&f->task);
		if (pv_task_copy(&f->task, t, e) == -1)
			return -1;
	}
	followed_end(f);
	w->over = f->err.code != ERR_NONE || state_rank(f->task.state) >=
	    state_rank(in->how->until);
	return in->how->told == NULL ? 0 : in->how->told(in->how->arg, f, e);
}

static void
ref_end(const struct following_refs *in, struct watch *w,
    const struct err *why)
{
	struct followed *f = w->arg;

	if (w->over)
		return;
	w->over = true;
	if (why != NULL)
		f->err = *why;
	else
		err_set(&f->err, ERR_DEADLINE, "task %s still runs%s", f->ref,
		    in->c->once ? "" : " at the deadline");
}

/*
 * Trouble with one provider is no reason to leave the tasks of another, nor
 * trouble with one task, such as its facility, to leave the rest of its
 * provider's.  At the deadline, after a failed question, nobody knows whether
 * tasks run.
 */
static void
refs_leave(struct following_refs *in, const struct asked *asked)
{
	const struct err *why = asked->why;
	size_t i;

	if (!asked->last && (why == NULL || err_is(why, ERR_PASSES)))
		return;
	for (i = 0; i < asked->n; i++)
		ref_end(in, asked->w[i], why);
	/* Nobody of this account is let in. */
	for (i = 0; why != NULL && err_is(why, ERR_CREDENTIALS) && i < in->n;
	    i++)
		if (in->w[i].a == asked->a)
			ref_end(in, &in->w[i], why);
}

static int
refs_asked(void *arg, const struct asked *asked, struct err *e)
{
	struct following_refs *in = arg;

	refs_leave(in, asked);
	return in->how->answered == NULL ? 0 :
	    in->how->answered(in->how->arg, e);
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

int
ref_check(const struct set_provider *p, const char *id, struct err *e)
{
	const struct provider *row = provider_find(p->type);

	if (row == NULL || row->task_check == NULL ||
	    row->task_check(id, e) == 0)
		return 0;
	return err_wrap(e, "%s:%s", p->name, id);
}

int
pipeline_refs_check(const struct ctx *c, const struct followed *refs, size_t n,
    struct err *e)
{
	const struct set_provider *p;
	size_t i;

	for (i = 0; i < n; i++) {
		p = ref_provider(c->set, refs[i].ref, e);
		if (p == NULL || ref_check(p, strchr(refs[i].ref, ':') + 1,
		    e) == -1)
			return -1;
	}
	return 0;
}

/*
 * The account of each ref.  No retries: the next question is the next try.  Who
 * cannot be called has its error in its refs.
 */
static int
refs_open(struct following_refs *in, struct err *e)
{
	const struct settings *set = in->c->set;
	const struct set_provider *p;
	struct opened *o;
	size_t i;

	if (pipeline_refs_check(in->c, in->refs, in->n, e) == -1)
		return -1;
	in->http = account_loop(in->c, e);
	if (in->http == NULL)
		return -1;
	for (i = 0; i < in->n; i++) {
		p = ref_provider(set, in->refs[i].ref, e);
		o = &in->opened[p - set->providers];
		if (!o->tried) {
			o->tried = true;
			err_clear(&o->why);
			o->a = account_open(in->c, p->name, in->http,
			    &o->why);
		}
		in->refs[i].err = o->why;
		in->w[i] = (struct watch){ .a = o->a, .arg = &in->refs[i],
		    .id = strchr(in->refs[i].ref, ':') + 1,
		    .over = o->a == NULL };
	}
	return 0;
}

static void
refs_close(struct following_refs *in)
{
	size_t i;

	for (i = 0; in->opened != NULL && i < in->c->set->nproviders; i++)
		account_close(in->opened[i].a);
	http_loop_free(in->http);
	free(in->opened);
	free(in->w);
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
    const struct refs_how *how, struct err *e)
{
	struct following_refs in = { .c = c, .refs = refs, .n = n,
	    .how = how };
	struct follower f = { .told = ref_told, .asked = refs_asked,
	    .arg = &in, .at_once = true };
	struct err why;
	size_t i;
	int rc = -1;

	if (c->once || how->deadline_ms > 0)
		f.until = clock_mono(c->clock) + (c->once ? 0 :
		    how->deadline_ms);
	refs_reset(refs, n);
	in.opened = calloc(c->set->nproviders + 1, sizeof(*in.opened));
	in.w = calloc(n + 1, sizeof(*in.w));
	err_clear(&why);
	if (in.opened == NULL || in.w == NULL)
		err_nomem(e);
	else if (refs_open(&in, e) == 0)
		rc = tasks_follow(&f, in.http, in.w, n, &why);
	/* Asked to stop: what is not known yet stays so. */
	for (i = 0; why.code != ERR_NONE && i < n; i++)
		if (!in.w[i].over)
			refs[i].err = why;
	refs_close(&in);
	if (why.code != ERR_NONE)
		rc = 0;
	for (i = 0; rc == 0 && how->told != NULL && i < n; i++)
		rc = how->told(how->arg, &refs[i], e);
	return rc;
}
