/*
 * Verification: "complete" says only that the task ran.  What it did is seen
 * by looking codes up: those that were drawn while packing (samples.c), and
 * every row as soon as one of them, or the platform's totals, show a row that
 * was not applied, so that the person gets the rows and not a percentage.
 * What follows from what was seen is the rule in evidence.c.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/fault.h"
#include "../base/log.h"
#include "../base/stop.h"
#include "../config/settings.h"
#include "account.h"
#include "artifact.h"
#include "evidence.h"
#include "failed.h"
#include "guess.h"
#include "journey.h"
#include "samples.h"
#include "say.h"
#include "steps.h"
#include "tasks.h"

#define LOGGED		10	/* codes of a batch; failed.csv has them all */

/* Rows of one batch, with what is known of each. */
struct rows {
	struct ledger_sample	*s;
	size_t			 n, cap;
};

/* Whether what was not applied is just what the platform said it refused. */
static bool
misses_explained(const struct ledger_part *p, const struct ledger_sample *s,
    size_t n)
{
	int64_t missing = 0, refused = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		switch (evidence_carries(&s[i], true)) {
		case CARRIES_YES:
			break;
		case CARRIES_NO:
			missing++;
			refused += s[i].answer == 0;
			break;
		default:
			return false;
		}
	}
	return missing == refused || (p->updated >= 0 &&
	    p->updated + p->failed == p->rows && p->failed == missing &&
	    (int64_t)n == p->rows);
}

/* A task that failed may come to a good end after all: 1 while it may. */
static int
task_again(struct journey *j, struct ledger_part *p, struct err *e)
{
	const struct pv_task *t;
	struct pv_result res;
	int rc = 0;

	if (task_ask(j->acct, p->task, &res, &t, e) == -1)
		return err_wrap(e, "ask for the task that failed");
	if (t != NULL && t->state == TASK_DONE) {
		say(j, "confirm", "batch %d: task %s has ended well after "
		    "all, with %s", p->no, p->task, t->word);
		part_forgive(p);
		rc = follow_note(p, t, e);
	} else if (t != NULL && t->state != TASK_FAILED)
		rc = 1;
	pv_result_free(&res);
	return rc;
}

/*
 * Look up until nothing is missing that the platform did not refuse, or until
 * a bank has had `lag` to show what its task did.
 */
static int
lookup_patiently(struct journey *j, struct ledger_part *p, struct rows *r,
    struct err *e)
{
	int64_t until = clock_mono(j->c->clock) + j->job->lag_ms;
	struct pace pace;
	int works;

	pace_start(&pace, journey_account(j, e));
	for (;;) {
		works = evidence_errored(p) ? task_again(j, p, e) : 0;
		if (works == -1 || lookup(j, r->s, r->n, true, e) == -1)
			return -1;
		if ((works == 0 && misses_explained(p, r->s, r->n)) ||
		    clock_mono(j->c->clock) >= until)
			return 0;
		say(j, "confirm", "batch %d: not all of it shows yet; looking "
		    "again", p->no);
		if (pace_wait(&pace, until, 0, e) == -1)
			return -1;
	}
}

static int
rows_add(void *arg, const struct coupon *c, struct err *e)
{
	struct rows *r = arg;

	if (r->n == r->cap)
		return err_set(e, ERR_IO, "the batch has more rows than were "
		    "counted");
	sample_fill(c, &r->s[r->n++]);
	return 0;
}

static int
sample_cmp(const void *a, const void *b)
{
	const struct ledger_sample *x = a, *y = b;

	return strcmp(x->code, y->code);
}

/* All rows of the package, knowing of those in known what is known of them. */
static int
rows_read(struct rows *r, const struct ledger_part *p, struct rows *known,
    struct err *e)
{
	const struct ledger_sample *k;
	size_t i;

	memset(r, 0, sizeof(*r));
	r->cap = (size_t)p->rows;
	r->s = calloc(r->cap + 1, sizeof(*r->s));
	if (r->s == NULL)
		return err_nomem(e);
	if (artifact_each(p, rows_add, r, e) == -1)
		return -1;
	if (known->n == 0)
		return 0;
	qsort(known->s, known->n, sizeof(*known->s), sample_cmp);
	for (i = 0; i < r->n; i++) {
		k = bsearch(&r->s[i], known->s, known->n, sizeof(*known->s),
		    sample_cmp);
		if (k != NULL)
			r->s[i] = *k;
	}
	return 0;
}

/* Every row, a call's worth at a time. */
static int
lookup_all(struct journey *j, struct rows *r, struct err *e)
{
	size_t i, k, most = j->acct->prov->lookup_max;

	for (i = 0; i < r->n; i += k) {
		k = r->n - i < most ? r->n - i : most;
		if (stop_check(e) == -1 ||
		    lookup(j, r->s + i, k, true, e) == -1)
			return -1;
		say_progress(j, &(struct pipe_event){ .step = "confirm",
		    .done = i + k, .total = r->n });
	}
	return 0;
}

/* Rows whose verdict is in the set, into the batch's file of that kind. */
static int
rows_write(struct journey *j, const struct ledger_part *p,
    const struct rows *r, enum failed_kind kind, struct err *e)
{
	struct failed_rows f;
	bool odd = false, wanted;
	size_t i;

	if (failed_open(&f, failed_path(j->dir, kind, p->no, e),
	    j->job->check.alphabet) == -1)
		return -1;
	for (i = 0; i < r->n; i++) {
		struct coupon c = { .code = r->s[i].code,
		    .len = strlen(r->s[i].code),
		    .redeemed = r->s[i].want_redeemed,
		    .date = r->s[i].want_date };
		enum verdict v = evidence_row(&r->s[i], &odd);

		wanted = kind == FAILED_UNKNOWN ? v == ROW_UNKNOWN :
		    v == ROW_REFUSED || v == ROW_NOT_APPLIED;
		if (!wanted)
			continue;
		if (f.rows < LOGGED)
			log_say(j->c->log, LOG_INFO, kind == FAILED_UNKNOWN ?
			    "nothing is known of a code" :
			    "a code was not applied", LFC("code", c.code));
		if (failed_add(&f, &c, e) == -1) {
			failed_abort(&f);
			return -1;
		}
	}
	return failed_close(&f, e);
}

/* The sentence for evidence that contradicts itself. */
static char *
doubt_text(const struct ledger_part *p, struct err *e)
{
	char *text = NULL;
	int n;

	if (evidence_errored(p) && p->missing + p->refused <= 0)
		n = asprintf(&text, "task %s ended with %s, but %s of the rows "
		    "carries what was sent", p->task, p->word, p->asked ==
		    p->rows ? "each" : p->asked > 0 ? "each of a sample" :
		    "by the platform's count each");
	else if (p->updated >= 0 && p->failed >= 0)
		n = asprintf(&text, "the platform counted %lld updated and "
		    "%lld failed; of %lld looked up afterwards %lld carry "
		    "what was sent", (long long)p->updated,
		    (long long)p->failed, (long long)p->asked,
		    (long long)evidence_good(p));
	else
		n = asprintf(&text, "the platform's answers to single rows "
		    "and what looking them up showed do not agree");
	if (n < 0) {
		err_nomem(e);
		return NULL;
	}
	return text;
}

/* Keep the verdict in the part, and the rows that a person needs in files. */
static int
verify_judge(struct journey *j, struct ledger_part *p, const struct rows *r,
    struct err *e)
{
	bool odd;

	p->basis = evidence_part(p, r->s, (int64_t)r->n, &odd);
	free(p->doubt);
	p->doubt = NULL;
	if (odd && (p->doubt = doubt_text(p, e)) == NULL)
		return -1;
	if ((int64_t)r->n != p->rows || (p->unknown < 0 && !p->inlined))
		return 0;
	return rows_write(j, p, r, FAILED_ROWS, e) == -1 ? -1 :
	    rows_write(j, p, r, FAILED_UNKNOWN, e);
}

/* Whether something is wrong that only looking up every row can name. */
static bool
needs_all(const struct journey *j, const struct ledger_part *p,
    const struct rows *r)
{
	if ((int64_t)r->n == p->rows || p->rows > VERIFY_ALL_MAX)
		return false;
	return j->job->verify.kind == VERIFY_ALL || p->failed > 0 ||
	    evidence_errored(p) ||
	    p->missing + p->refused + p->unknown > 0 ||
	    (p->basis == BASIS_SAMPLE && !evidence_sums(p).sampled);
}

static int
verify_all(struct journey *j, struct ledger_part *p, struct err *e)
{
	struct rows known = { 0 }, all = { 0 };
	int rc;

	if (ledger_samples(j->c->ledger, j->run.id, p->no, &known.s,
	    &known.n, e) == -1)
		return -1;
	rc = rows_read(&all, p, &known, e);
	if (rc == 0)
		rc = lookup_all(j, &all, e);
	if (rc == 0)
		rc = verify_judge(j, p, &all, e);
	free(known.s);
	free(all.s);
	return rc == 0 ? 0 : err_wrap(e, "confirm batch %d", p->no);
}

static int
verify_look(struct journey *j, struct ledger_part *p, struct rows *r,
    struct err *e)
{
	bool look = j->job->verify.kind != VERIFY_OFF && r->n > 0 &&
	    journey_can(j, PV_LOOKUP);

	if (look && (journey_account(j, e) == NULL ||
	    lookup_patiently(j, p, r, e) == -1 || ledger_samples_add(
	    j->c->ledger, j->run.id, p->no, r->s, r->n, e) == -1))
		return -1;
	if (verify_judge(j, p, r, e) == -1)
		return -1;
	if (!look || !needs_all(j, p, r))
		return 0;
	if (access(p->local, F_OK) == -1) {
		log_say(j->c->log, LOG_WARN, "the package is gone; only a "
		    "sample is looked up", LFS("file", p->local));
		return 0;
	}
	say(j, "confirm", "batch %d: looking up all %lld", p->no,
	    (long long)p->rows);
	return verify_all(j, p, e);
}

/*
 * A guessed task must be borne out by codes.  1 when it is not and the part is
 * unknown again; counters of a task that may be another's are left aside.
 */
static int
verify_guess(struct journey *j, struct ledger_part *p, struct err *e)
{
	enum guess g;

	if (p->inferred != ADOPTED_GUESS)
		return 0;
	if (guess_weigh(j, p, &g, e) == -1)
		return -1;
	if (g == GUESS_REFUTED)
		return guess_drop(j, p, e) == 0 ? 1 : -1;
	if (g == GUESS_OPEN)
		p->total = p->updated = p->failed = -1;
	return 0;
}

static int
verify_part(struct journey *j, struct ledger_part *p, struct err *e)
{
	struct evidence_sums sums;
	struct rows r = { 0 };
	int rc = verify_guess(j, p, e);

	if (rc != 0)
		return rc > 0 ? 0 : -1;
	if (ledger_samples(j->c->ledger, j->run.id, p->no, &r.s, &r.n,
	    e) == -1)
		return -1;
	rc = verify_look(j, p, &r, e);
	free(r.s);
	if (rc != 0)
		return err_wrap(e, "confirm batch %d", p->no);
	if (FAULT_POINT("verified"))
		return err_set(e, ERR_IO, "injected");
	sums = evidence_sums(p);
	if (evidence_errored(p) && sums.updated + sums.already < p->rows)
		return part_move(j, p, PART_FAILED, p->err_msg, e);
	part_forgive(p);
	return part_move(j, p, PART_DONE, p->doubt != NULL ? p->doubt :
	    part_basis_name(p->basis), e);
}

int
step_verify(struct journey *j, struct err *e)
{
	int64_t t = clock_mono(j->c->clock), asked = 0, good = 0;
	size_t i, n = 0;
	int rc = 0;

	for (i = 0; rc == 0 && i < j->nparts; i++) {
		struct ledger_part *p = &j->parts[i];

		if (p->state != PART_VERIFYING)
			continue;
		n++;
		rc = verify_part(j, p, e);
		if (p->asked > 0) {
			asked += p->asked;
			good += evidence_good(p);
		}
	}
	if (n > 0)
		spent(j, "verify", t);
	if (rc == 0 && asked > 0)
		say(j, "confirm", "%lld of %lld looked-up codes now carry "
		    "what was sent", (long long)good, (long long)asked);
	return rc;
}
