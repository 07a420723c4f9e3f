/*
 * What banks, tasks and coupons an answer of Mapp Empower lists.
 *
 * Their lists have no documented nesting and partly no documented codes, so
 * what counts is which elements are there.  The danger is an empty list that
 * was none: it would make a task look lost or an old task look new.  So it is
 * believed only when nothing in the answer speaks against it.
 */
#include "mapp_read.h"

#include "../base/limits.h"
#include "../base/list.h"
#include "mapp.h"
#include "mapp_answer.h"

#define TASKS_MAX	(4 * LIM_TASKS)	/* that are borne with; kept unique */

/* A growing list while an answer is walked; which member is used depends. */
struct gather {
	struct pv_result	*out;
	size_t			 cap;
	struct err		*e;
};

static int64_t
record_count(const struct mapp_record *r, const char *name)
{
	const char *text = mapp_record_text(r, name);
	uint64_t v;

	if (text == NULL ||
	    str_u64(text, strlen(text), MAPP_COUNT_MAX, &v) == -1)
		return -1;
	return (int64_t)v;
}

static int
bank_add(void *arg, const struct mapp_record *r)
{
	struct gather *g = arg;
	struct pv_bank *bank;
	const char *name;

	if (list_grow(&g->out->banks, g->out->nbanks, &g->cap,
	    sizeof(*g->out->banks), g->e) == -1)
		return -1;
	bank = &g->out->banks[g->out->nbanks];
	if (pv_copy_id(bank->id, sizeof(bank->id), r->key->text, "bank",
	    g->e) == -1)
		return -1;
	name = mapp_record_text(r, "bank_name");
	bank->name = str_dup(name == NULL ? "" : name, g->e);
	if (bank->name == NULL)
		return -1;
	g->out->nbanks++;
	return 0;
}

int
mapp_read_banks(const struct mapp_answer *a, struct pv_result *out,
    struct err *e)
{
	const struct mapp_item *it = &a->items[0];
	struct gather g = { out, 0, e };

	if (mapp_refuses(it) && it->row->class != MAPP_EMPTY &&
	    (it->error || it->row->class != MAPP_UNKNOWN))
		return mapp_refuse(it, e);
	if (mapp_records(a->root, "bank_id", bank_add, &g) == -1)
		return -1;
	if (out->nbanks == 0 && it->row->class == MAPP_UNKNOWN)
		return mapp_refuse(it, e);
	return mapp_item_text(it, &out->text, e);
}

static bool
task_listed(const struct pv_result *out, const char *id)
{
	size_t i;

	for (i = 0; i < out->ntasks; i++) {
		if (strcmp(out->tasks[i].id, id) == 0)
			return true;
	}
	return false;
}

static int
task_fill(struct pv_task *t, const struct mapp_record *r, struct err *e)
{
	const char *status = mapp_record_text(r, "status");
	const char *output = mapp_record_text(r, "output");

	memset(t, 0, sizeof(*t));
	t->state = words_state(mapp_states, status);
	t->total = record_count(r, "total");
	t->updated = record_count(r, "updated");
	t->failed = record_count(r, "failed");
	if (pv_copy_id(t->id, sizeof(t->id), r->key->text, "task",
	    e) == -1 ||
	    pv_short_text(t->word, sizeof(t->word), status, e) == -1 ||
	    pv_short_text(t->when, sizeof(t->when),
	    mapp_record_text(r, "run_date"), e) == -1)
		return -1;
	/* Usually empty until the task has ended. */
	if (output == NULL || output[0] == '\0')
		return 0;
	return str_set(&t->text, output, e);
}

static int
task_add(void *arg, const struct mapp_record *r)
{
	struct gather *g = arg;

	if (task_listed(g->out, r->key->text))
		return 0;
	if (g->out->ntasks >= TASKS_MAX)
		return err_set(g->e, ERR_LIMIT, MAPP_TITLE " listed more than "
		    "%d tasks, where %d are its limit", TASKS_MAX, LIM_TASKS);
	if (list_grow(&g->out->tasks, g->out->ntasks, &g->cap,
	    sizeof(*g->out->tasks), g->e) == -1 ||
	    task_fill(&g->out->tasks[g->out->ntasks], r, g->e) == -1)
		return -1;
	g->out->ntasks++;
	return 0;
}

/*
 * No task is listed.  That is an answer when the platform says so, or says
 * nothing at all; a text that begins with another number contradicts it.
 */
static int
tasks_none(const struct mapp_item *it, const char *text, struct err *e)
{
	/* "0 tasks retrieved", or words to the same end. */
	if (strncasecmp(text, "0 task", 6) == 0 ||
	    strncasecmp(text, "no task", 7) == 0)
		return 0;
	if (mapp_refuses(it) && it->row->class != MAPP_EMPTY)
		return mapp_refuse(it, e);
	if (text[0] < '0' || text[0] > '9')
		return 0;
	return err_set(e, ERR_PROTOCOL, MAPP_TITLE " says \"%.80s\", but none "
	    "is in its answer", text);
}

/* One task per id asked for, in that order, out of those listed. */
static int
tasks_pick(const struct pv_ask *ask, struct pv_result *out, struct err *e)
{
	struct pv_task *picked;
	size_t i, k;

	picked = calloc(ask->ntasks, sizeof(*picked));
	if (picked == NULL)
		return err_nomem(e);
	for (i = 0; i < ask->ntasks; i++) {
		picked[i] = (struct pv_task){ .state = TASK_LOST, .total = -1,
		    .updated = -1, .failed = -1 };
		snprintf(picked[i].id, sizeof(picked[i].id), "%s",
		    ask->tasks[i]);
		for (k = 0; k < out->ntasks; k++) {
			if (strcmp(out->tasks[k].id, ask->tasks[i]) != 0)
				continue;
			picked[i] = out->tasks[k];
			out->tasks[k].id[0] = '\0';
			out->tasks[k].text = NULL;
			break;
		}
	}
	for (k = 0; k < out->ntasks; k++)
		free(out->tasks[k].text);
	free(out->tasks);
	out->tasks = picked;
	out->ntasks = ask->ntasks;
	return 0;
}

int
mapp_read_tasks(const struct pv_ask *ask, const struct mapp_answer *a,
    struct pv_result *out, struct err *e)
{
	const struct mapp_item *it = &a->items[0];
	struct gather g = { out, 0, e };

	if (it->error)
		return mapp_refuse(it, e);
	if (mapp_records(a->root, "task_id", task_add, &g) == -1 ||
	    mapp_item_text(it, &out->text, e) == -1)
		return -1;
	if (out->ntasks == 0 &&
	    tasks_none(it, out->text == NULL ? "" : out->text, e) == -1)
		return -1;
	if (ask->verb == PV_STATUS)
		return tasks_pick(ask, out, e);
	/* At most so many are listed, so this many may not be all. */
	if (out->ntasks >= LIM_TASKS)
		return err_set(e, ERR_LIMIT, MAPP_TITLE " listed %zu tasks, "
		    "the most it lists at once, so some may be missing",
		    out->ntasks);
	return 0;
}

/* The coupon of one code, looked for in the answer to one call. */
struct seek {
	const struct mapp_item	*it;
	const struct pv_row	*row;
	const char		*bank;	/* asked for */
	bool			 elsewhere; /* it is in another bank */
	struct pv_coupon	*out;
};

static void
coupon_fill(struct pv_coupon *c, const struct mapp_record *r)
{
	const char *word = mapp_record_text(r, "redeemed");
	const char *day = mapp_record_text(r, "redeem_date");
	size_t n;

	c->found = true;
	c->redeemed = -1;
	memset(&c->date, 0, sizeof(c->date));
	if (word != NULL && (strcmp(word, "1") == 0 || str_ieq(word, "true")))
		c->redeemed = 1;
	if (word != NULL && (strcmp(word, "0") == 0 || str_ieq(word, "false")))
		c->redeemed = 0;
	if (day == NULL)
		day = mapp_record_text(r, "redeemed_date");
	if (day == NULL)
		return;
	n = strlen(day);
	/* A time of day may follow; 0000-00-00 stays no date. */
	if (n > 10 && (day[10] == ' ' || day[10] == 'T'))
		n = 10;
	(void)date_parse(day, n, &c->date);
}

/* An item that only repeats the code it was asked for lists no coupon. */
static bool
is_echo(const struct mapp_item *it, const struct mapp_record *r)
{
	return mapp_refuses(it) && mapp_record_text(r, "redeemed") == NULL &&
	    mapp_record_text(r, "redeem_date") == NULL;
}

/* The very code ends the search, one in other case may be bettered. */
static int
coupon_try(void *arg, const struct mapp_record *r)
{
	struct seek *s = arg;
	const char *code = r->key->text;
	const char *bank = mapp_record_text(r, "bank_id");
	bool same;

	if (strlen(code) != s->row->len ||
	    strncasecmp(code, s->row->code, s->row->len) != 0 ||
	    is_echo(s->it, r))
		return 0;
	if (bank != NULL && s->bank != NULL && strcmp(bank, s->bank) != 0) {
		s->elsewhere = true;
		return 0;
	}
	same = memcmp(code, s->row->code, s->row->len) == 0;
	if (same || !s->out->found)
		coupon_fill(s->out, r);
	return same;
}

/* Whatever code was asked for, the call is refused. */
static bool
refuses_call(const struct mapp_item *it)
{
	return it->row->class == MAPP_ACCOUNT ||
	    it->row->class == MAPP_CONFIG || it->row->class == MAPP_CALLER;
}

/*
 * An item without the coupon says that it is not in the bank when it is a good
 * answer, or a refusal that is the method's own; the code for that is not
 * documented (platforms.md "coupon.getDetails").  Anything else is no answer.
 */
static bool
says_absent(const struct mapp_item *it)
{
	return !it->error && (!mapp_refuses(it) || (mapp_is_certain(it) &&
	    !refuses_call(it)));
}

/*
 * Whether the answer is one at all: not when every item refuses the look-up,
 * whatever code was asked for, or when none can be attributed.
 */
static int
coupons_check(const struct pv_ask *ask, const struct mapp_answer *a,
    const size_t *slot, struct err *e)
{
	const struct mapp_item *it;
	size_t i, answered = 0, spoilt = 0;

	for (i = 0; i < a->nitems; i++) {
		it = &a->items[i];
		spoilt += it->error || refuses_call(it);
	}
	if (spoilt > 0 && spoilt == a->nitems)
		return mapp_refuse(&a->items[0], e);
	for (i = 0; i < ask->nrows; i++)
		answered += slot[i] != SIZE_MAX;
	if (answered > 0)
		return 0;
	return err_set(e, ERR_PROTOCOL, MAPP_TITLE " was asked for %zu codes "
	    "and gave %zu answers, of which none can be attributed",
	    ask->nrows, a->nitems);
}

int
mapp_read_coupons(const struct pv_ask *ask, const struct mapp_answer *a,
    struct pv_result *out, struct err *e)
{
	struct seek s;
	size_t i, *slot;
	int rc;

	slot = calloc(ask->nrows, sizeof(*slot));
	out->coupons = calloc(ask->nrows, sizeof(*out->coupons));
	if (slot == NULL || out->coupons == NULL) {
		free(slot);
		return err_nomem(e);
	}
	out->ncoupons = ask->nrows;
	(void)mapp_correlate(a, ask->nrows, slot);
	rc = coupons_check(ask, a, slot, e);
	for (i = 0; rc == 0 && i < ask->nrows; i++) {
		s = (struct seek){ .row = &ask->rows[i], .bank = ask->bank,
		    .out = &out->coupons[i] };
		s.out->row = i;
		s.out->redeemed = -1;
		s.out->unread = slot[i] == SIZE_MAX;
		if (s.out->unread)
			continue;
		s.it = &a->items[slot[i]];
		(void)mapp_records(s.it->node, "coupon_code", coupon_try, &s);
		s.out->unread = !s.out->found && (s.elsewhere ||
		    !says_absent(s.it));
		if (!s.out->found && out->text == NULL)
			rc = mapp_item_text(s.it, &out->text, e);
	}
	free(slot);
	return rc;
}
