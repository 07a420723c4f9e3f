/*
 * Answers of Mapp Empower to coupon.updateDetails: a file, or rows inside the
 * call.
 *
 * What is hard is to say neither more nor less than the platform did.  A good
 * code without counters applied a row, a good code with a failure did not; a
 * call without an answer is neither.
 */
#include "mapp_answer.h"
#include "mapp_read.h"

static int
copy_task(const struct mapp_item *it, struct pv_result *out, struct err *e)
{
	const struct xml_node *id = mapp_below(it->node, "task_id");

	return id == NULL ? 0 : pv_copy_id(out->task, sizeof(out->task),
	    id->text, "task", e);
}

/*
 * 202 and 210 are the good answers; any other code of 200 to 299, or none at
 * all, is one only together with a task to follow.
 */
static bool
is_accepted(const struct mapp_item *it, const char *task)
{
	if (it->error)
		return false;
	if (it->code == 202 || it->code == 210)
		return true;
	return task[0] != '\0' && (it->row->class == MAPP_OK ||
	    it->row->class == MAPP_SILENT);
}

int
mapp_read_file(const struct mapp_answer *a, struct pv_result *out,
    bool *certain, struct err *e)
{
	const struct mapp_item *it = &a->items[0];

	if (mapp_refuses(it)) {
		*certain = mapp_is_certain(it);
		return mapp_refuse(it, e);
	}
	*certain = false;
	if (copy_task(it, out, e) == -1)
		return -1;
	if (!is_accepted(it, out->task))
		return mapp_unclear(it, e);
	out->total = mapp_counter(it, "total");
	out->updated = mapp_counter(it, "updated");
	out->failed = mapp_counter(it, "failed");
	return mapp_item_text(it, &out->text, e);
}

static void
count_add(int64_t *sum, int64_t count)
{
	if (count >= 0)
		*sum = *sum < 0 ? count : *sum + count;
}

/* 1 applied, 0 refused, -1 not said; for the one code of this call. */
static signed char
row_verdict(const struct mapp_item *it)
{
	int64_t updated = mapp_counter(it, "updated");
	int64_t failed = mapp_counter(it, "failed");

	if (mapp_refuses(it))
		return mapp_is_certain(it) && updated <= 0 ? 0 : -1;
	/* One call has one row: more of it, or both ends, is no answer. */
	if (updated > 1 || failed > 1 || (updated > 0 && failed > 0))
		return -1;
	if (it->row->class == MAPP_OK_OTHER)
		return -1;
	if (failed > 0)
		return 0;
	if (updated > 0)
		return 1;
	/* Without counters only these two codes say that it was applied. */
	return updated == -1 && (it->code == 202 || it->code == 210) ? 1 : -1;
}

/*
 * The refusal that all answers share, if it is one of the call or account and
 * not of a row; else NULL.
 */
static const struct mapp_item *
shared_refusal(const struct mapp_answer *a)
{
	const struct mapp_item *first = &a->items[0], *it;
	size_t i;

	for (i = 0; i < a->nitems; i++) {
		it = &a->items[i];
		if (!mapp_refuses(it) || it->row->class == MAPP_DATA ||
		    it->code != first->code || it->row != first->row)
			return NULL;
	}
	return first;
}

/*
 * The only answer to several calls, a refusal with counters of several codes:
 * each call has one, so it speaks of all of them, as for a file.
 */
static const struct mapp_item *
whole_refusal(const struct pv_ask *ask, const struct mapp_answer *a)
{
	const struct mapp_item *it = &a->items[0];

	return a->nitems == 1 && ask->nrows > 1 &&
	    it->row->class == MAPP_DATA && mapp_counter(it, "updated") <= 0 &&
	    mapp_counter(it, "failed") > 1 ? it : NULL;
}

/* The answer most worth reading: the first that is not all good. */
static const struct mapp_item *
telling_item(const struct mapp_answer *a)
{
	size_t i;

	for (i = 0; i < a->nitems; i++) {
		if (row_verdict(&a->items[i]) != 1)
			return &a->items[i];
	}
	return &a->items[0];
}

static int
rows_sum(const struct mapp_answer *a, struct pv_result *out, struct err *e)
{
	const struct mapp_item *it;
	size_t i;

	for (i = 0; i < a->nitems; i++) {
		it = &a->items[i];
		count_add(&out->total, mapp_counter(it, "total"));
		count_add(&out->updated, mapp_counter(it, "updated"));
		count_add(&out->failed, mapp_counter(it, "failed"));
		if (out->task[0] == '\0' && !mapp_refuses(it) &&
		    copy_task(it, out, e) == -1)
			return -1;
	}
	return mapp_item_text(telling_item(a), &out->text, e);
}

int
mapp_read_rows(const struct pv_ask *ask, const struct mapp_answer *a,
    struct pv_result *out, bool *certain, struct err *e)
{
	const struct mapp_item *refusal = shared_refusal(a);
	const struct mapp_item *whole = whole_refusal(ask, a);
	size_t *slot;
	size_t i;

	if (whole != NULL) {
		*certain = true;
		return mapp_refuse(whole, e);
	}
	if (refusal != NULL) {
		*certain = mapp_is_certain(refusal) &&
		    (a->nitems == ask->nrows ||
		    refusal->row->class == MAPP_ACCOUNT);
		return mapp_refuse(refusal, e);
	}
	*certain = false;
	slot = calloc(ask->nrows, sizeof(*slot));
	out->row_ok = calloc(ask->nrows, sizeof(*out->row_ok));
	if (slot == NULL || out->row_ok == NULL) {
		free(slot);
		return err_nomem(e);
	}
	out->nrow_ok = ask->nrows;
	(void)mapp_correlate(a, ask->nrows, slot);
	for (i = 0; i < ask->nrows; i++)
		out->row_ok[i] = slot[i] == SIZE_MAX ? -1 :
		    row_verdict(&a->items[slot[i]]);
	free(slot);
	return rows_sum(a, out, e);
}
