/*
 * Submission: the only step that may not simply be done again.
 *
 * The intent is committed before the first byte.  Whatever ends without a
 * certain answer becomes "unknown" and is settled by looking, never by
 * sending again without a person's word.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../transfer/url.h"
#include "../base/clock.h"
#include "../base/fault.h"
#include "../config/settings.h"
#include "../coupon/spool.h"
#include "account.h"
#include "artifact.h"
#include "journey.h"
#include "lock.h"
#include "places.h"
#include "say.h"
#include "side.h"
#include "steps.h"
#include "still.h"
#include "tasks.h"

/* Rows of an inline part, in memory: at most `batch` of them. */
struct batch {
	struct pv_row	*rows;
	size_t		 n, cap;
};

static int
batch_row(void *arg, const struct coupon *c, struct err *e)
{
	struct batch *b = arg;
	char *code;

	if (b->n == b->cap)
		return err_set(e, ERR_IO, "the batch has more rows than "
		    "were counted");
	code = malloc(c->len + 1);
	if (code == NULL)
		return err_nomem(e);
	memcpy(code, c->code, c->len);
	code[c->len] = '\0';
	b->rows[b->n++] = (struct pv_row){ .code = code, .len = c->len,
	    .redeemed = c->redeemed, .date = c->date };
	return 0;
}

/* Keep which tasks exist before ours. */
static int
submit_baseline(struct journey *j, struct ledger_part *p, struct err *e)
{
	const char **ids;
	struct pv_result res;
	size_t i;
	int rc;

	if (tasks_find(journey_account(j, e), clock_wall(j->c->clock), &res,
	    e) == -1)
		return err_wrap(e, "list tasks before sending");
	ids = calloc(res.ntasks + 1, sizeof(*ids));
	if (ids == NULL) {
		pv_result_free(&res);
		return err_nomem(e);
	}
	for (i = 0; i < res.ntasks; i++)
		ids[i] = res.tasks[i].id;
	rc = ledger_baseline(j->c->ledger, j->run.id, p->no, ids, res.ntasks,
	    e);
	free(ids);
	pv_result_free(&res);
	return rc;
}

/* How the platform shall fetch a part. */
struct pulling {
	struct staged_pull	 at;
	struct secret		*password;
};

static void
pulling_release(struct pulling *u)
{
	staged_pull_release(&u->at);
	secret_free(u->password);
}

static int
pulling_fill(struct journey *j, const struct ledger_part *p,
    struct pulling *u, struct err *e)
{
	const struct set_endpoint *n = j->end;

	if (secret_given(&n->pull_password)) {
		u->password = secret_read(&n->pull_password,
		    "pull_password of the endpoint", e);
		if (u->password == NULL)
			return -1;
	}
	return staged_pull_fill(n, u->password, p->artifact,
	    artifact_kind(p, j->job->packing), &u->at, e);
}

/*
 * What is asked for a part, without its rows; refused is what the platform
 * could not be told.  *u, which it may point into, is to be released anyway.
 */
static int
submit_ask(struct journey *j, const struct ledger_part *p, struct pulling *u,
    struct pv_ask *ask, struct err *e)
{
	const struct account *a = journey_account(j, e);
	struct pv_ask mine;

	*ask = (struct pv_ask){ .verb = p->inlined ? PV_SUBMIT_ROWS :
	    PV_SUBMIT_FILE, .bank = j->run.bank, .redeemed = p->redeemed,
	    .date = p->date,
	    .notification_email = j->job->notification_email };
	memset(u, 0, sizeof(*u));
	if (a == NULL || (!p->inlined && pulling_fill(j, p, u, e) == -1))
		return -1;
	if (!p->inlined)
		ask->pull = &u->at.pull;
	mine = *ask;
	mine.account = &a->pv;
	return pv_submit_check(a->prov, &mine, e);
}

/*
 * Keep the answer to each row with it.  The totals are those of the answers
 * that can be attributed, not the sum of what the items say.
 */
static int
submit_answers(struct journey *j, struct ledger_part *p, const struct batch *b,
    const struct pv_result *r, struct err *e)
{
	struct ledger_sample *s;
	size_t i, n;
	int rc;

	if (ledger_samples(j->c->ledger, j->run.id, p->no, &s, &n, e) == -1)
		return -1;
	p->updated = p->failed = 0;
	/* Both are in the order of the batch. */
	for (i = 0; i < n && i < b->n && i < r->nrow_ok; i++) {
		s[i].answer = r->row_ok[i];
		p->updated += r->row_ok[i] == 1;
		p->failed += r->row_ok[i] == 0;
	}
	p->total = p->rows;
	rc = ledger_samples_add(j->c->ledger, j->run.id, p->no, s, n, e);
	free(s);
	return rc;
}

/*
 * The platform has judged the call, and will judge the same one alike.  All
 * else, of the way there or of this machine, says nothing of the rows.
 */
static bool
refused_for_good(const struct err *why)
{
	return (why->code == ERR_REFUSED || why->code == ERR_MALFORMED_CALL) &&
	    !err_is(why, ERR_PASSES) && !err_is(why, ERR_MENDABLE);
}

/*
 * What an unsuccessful submission means: where it is certain that nothing
 * arrived the part is put back, unless it was refused for good.
 */
static int
submit_failed(struct journey *j, struct ledger_part *p, bool certain,
    const struct err *why, struct err *e)
{
	enum part_state back = p->inlined ? PART_PREPARED : PART_STAGED;

	if (part_fault(j, p, why, e) == -1)
		return -1;
	if (!certain)
		return part_move(j, p, PART_UNKNOWN, why->msg, e);
	if (refused_for_good(why))
		return part_move(j, p, PART_FAILED, why->msg, e);
	if (part_move(j, p, back, why->msg, e) == -1)
		return -1;
	*e = *why;
	return -1;
}

/* After an answer that accepted the call. */
static int
submit_accepted(struct journey *j, struct ledger_part *p,
    const struct batch *b, const struct pv_result *r, struct err *e)
{
	p->total = r->total;
	p->updated = r->updated;
	p->failed = r->failed;
	if (str_set(&p->text, r->text, e) == -1 ||
	    (r->task[0] != '\0' && str_set(&p->task, r->task, e) == -1))
		return -1;
	if (p->task != NULL) {
		say(j, "send", "batch %d: task %s accepted", p->no, p->task);
		return part_move(j, p, PART_FOLLOWING, p->task, e);
	}
	if (submit_answers(j, p, b, r, e) == -1)
		return -1;
	say(j, "send", "batch %d: answered at once, %lld of %lld updated",
	    p->no, (long long)p->updated, (long long)p->rows);
	return part_move(j, p, PART_VERIFYING, r->text, e);
}

_Static_assert((int)PV_STATE_MAX <= (int)LEDGER_KEPT_MAX,
    "what a machine remembers fits into the ledger");

/* Whose state is kept. */
struct keeping {
	struct journey		*j;
	const struct ledger_part *p;
};

static int
submit_keep(void *arg, const struct pv_state *st, struct err *e)
{
	const struct keeping *k = arg;

	return ledger_part_keep(k->j->c->ledger, k->j->run.id, k->p->no,
	    st->data, st->len, e);
}

static int
submit_call(struct journey *j, struct ledger_part *p,
    struct pv_ask *ask, const struct batch *b, struct err *e)
{
	struct account *a = journey_account(j, e);
	struct keeping k = { j, p };
	struct pv_result res;
	struct pv_state st;
	struct err why;
	bool certain = true;
	int rc;

	if (a == NULL || ledger_part_kept(j->c->ledger, j->run.id, p->no,
	    st.data, &st.len, e) == -1)
		return -1;
	ask->keep = submit_keep;
	ask->keep_arg = &k;
	p->intent_ms = clock_wall(j->c->clock);
	part_forgive(p);
	if (part_move(j, p, PART_SUBMITTING, NULL, e) == -1)
		return -1;
	if (FAULT_POINT("submit-intent"))
		return err_set(e, ERR_IO, "injected");
	err_clear(&why);
	if (account_ask(a, ask, &st, &res, &certain, &why) == -1) {
		if (FAULT_POINT("submit-failed"))
			return err_set(e, ERR_IO, "injected");
		return submit_failed(j, p, certain, &why, e);
	}
	if (FAULT_POINT("submit-answered"))
		rc = err_set(e, ERR_IO, "injected");
	else
		rc = submit_accepted(j, p, b, &res, e);
	pv_result_free(&res);
	return rc;
}

static int
submit_file(struct journey *j, struct ledger_part *p, struct err *e)
{
	struct batch none = { 0 };
	struct pulling u;
	struct pv_ask ask;
	int rc = -1;

	if (submit_ask(j, p, &u, &ask, e) == 0 &&
	    submit_baseline(j, p, e) == 0)
		rc = submit_call(j, p, &ask, &none, e);
	pulling_release(&u);
	return rc;
}

int
submit_check(struct journey *j, struct err *e)
{
	struct pulling u;
	struct pv_ask ask;
	size_t i;
	int rc;

	for (i = 0; i < j->nparts; i++)
		if (j->parts[i].state == PART_PREPARED)
			break;
	if (i == j->nparts)
		return 0;
	rc = submit_ask(j, &j->parts[i], &u, &ask, e);
	pulling_release(&u);
	return rc;
}

static int
submit_rows(struct journey *j, struct ledger_part *p, struct err *e)
{
	struct batch b = { .cap = (size_t)p->rows };
	struct pulling none;
	struct pv_ask ask;
	size_t i;
	int rc;

	if (submit_ask(j, p, &none, &ask, e) == -1)
		return -1;
	b.rows = calloc(b.cap + 1, sizeof(*b.rows));
	if (b.rows == NULL)
		return err_nomem(e);
	rc = artifact_each(p, batch_row, &b, e);
	if (rc == 0) {
		ask.rows = b.rows;
		ask.nrows = b.n;
		rc = submit_call(j, p, &ask, &b, e);
	}
	for (i = 0; i < b.n; i++)
		free((char *)(uintptr_t)b.rows[i].code);
	free(b.rows);
	return rc;
}

/* One submission at a time per provider account, whichever process. */
static int
submit_part(struct journey *j, struct ledger_part *p, struct err *e)
{
	int lock, rc;

	lock = lock_named(j->c, "provider", j->run.provider,
	    SUBMIT_LOCK_MS, e);
	if (lock < 0)
		return -1;
	rc = p->inlined ? submit_rows(j, p, e) : submit_file(j, p, e);
	close(lock);
	return rc;
}

int
step_submit(struct journey *j, struct err *e)
{
	int64_t t = clock_mono(j->c->clock);
	size_t i, n = 0;

	if (j->c->dry_run)
		return 0;
	for (i = 0; i < j->nparts; i++) {
		struct ledger_part *p = &j->parts[i];

		if (p->state != (p->inlined ? PART_PREPARED : PART_STAGED))
			continue;
		if (n++ == 0 && still_before(j, e) == -1)
			return -1;
		if (submit_part(j, p, e) == -1)
			return -1;
	}
	if (n > 0)
		spent(j, "submit", t);
	return 0;
}
