/*
 * Verification: "complete" says only that the task ran.  What it did is seen
 * in its counters, if it has any, and by looking codes up: a sample first, and
 * every row as soon as the sample or the counters show a refusal, so that the
 * person gets the refused rows and not a percentage.
 */
#include "pipeline_internal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/fault.h"
#include "../base/stop.h"

#define VERIFY_TRIES	3	/* a bank may lag behind its task */
#define VERIFY_ALL_MAX	200000	/* rows; 2,000 calls of 100 codes */
#define LOGGED		10	/* codes of a batch; failed.csv has them all */

/* Looking up every row of a part. */
struct sweep {
	struct journey		*j;
	struct ledger_sample	*s;	/* one call's worth */
	size_t			 n, cap;
	struct failed_rows	 failed;
	int64_t			 asked, applied, rows;
};

static size_t
count_applied(const struct ledger_sample *s, size_t n)
{
	size_t i, applied = 0;

	for (i = 0; i < n; i++)
		applied += sample_applied(&s[i]);
	return applied;
}

/* Look up until all carry what was sent, or the tries are used up. */
static int
lookup_patiently(struct journey *j, struct ledger_sample *s, size_t n,
    size_t *applied, struct err *e)
{
	struct pace pace;
	int i;

	pace_start(&pace, journey_account(j, e));
	for (i = 0;; i++) {
		if (lookup(j, s, n, true, e) != 0)
			return -1;
		*applied = count_applied(s, n);
		if (*applied == n || i + 1 == VERIFY_TRIES)
			return 0;
		if (pace_wait(&pace, 0, 0, e) != 0)
			return -1;
	}
}

static int
sweep_flush(struct sweep *w, struct err *e)
{
	size_t i;

	if (w->n == 0)
		return 0;
	if (stop_check(e) != 0 || lookup(w->j, w->s, w->n, true, e) != 0)
		return -1;
	for (i = 0; i < w->n; i++) {
		struct coupon c = { .code = w->s[i].code,
		    .len = strlen(w->s[i].code),
		    .redeemed = w->s[i].want_redeemed,
		    .date = w->s[i].want_date };

		w->asked++;
		if (sample_applied(&w->s[i])) {
			w->applied++;
			continue;
		}
		if (w->asked - w->applied <= LOGGED)
			log_say(w->j->c->log, LOG_INFO, "a code was not "
			    "applied", LFC("code", c.code));
		if (failed_add(&w->failed, &c, e) != 0)
			return -1;
	}
	w->n = 0;
	tell(w->j, "confirm", (uint64_t)w->asked, (uint64_t)w->rows);
	return 0;
}

static int
sweep_row(void *arg, const struct coupon *c, struct err *e)
{
	struct sweep *w = arg;

	sample_fill(c, &w->s[w->n++]);
	return w->n < w->cap ? 0 : sweep_flush(w, e);
}

int
verify_all(struct journey *j, struct ledger_part *p, struct err *e)
{
	struct sweep w = { .j = j, .rows = p->rows };
	int rc;

	w.cap = j->acct->prov->lookup_max;
	w.s = calloc(w.cap, sizeof(*w.s));
	if (w.s == NULL)
		return err_nomem(e);
	if (failed_open(&w.failed, j, p->no, e) != 0) {
		free(w.s);
		return -1;
	}
	rc = artifact_each(p, sweep_row, &w, e);
	if (rc == 0)
		rc = sweep_flush(&w, e);
	free(w.s);
	if (rc != 0) {
		failed_abort(&w.failed);
		return err_wrap(e, "confirm batch %d", p->no);
	}
	p->asked = w.asked;
	p->applied = w.applied;
	p->missing = w.asked - w.applied;
	return failed_close(&w.failed, e);
}

static int
verify_sample(struct journey *j, struct ledger_part *p, struct err *e)
{
	struct ledger_sample *s;
	size_t n, applied = 0;
	int rc = 0;

	if (ledger_samples(j->c->ledger, j->run.id, p->no, &s, &n, e) != 0)
		return -1;
	if (n > 0)
		rc = lookup_patiently(j, s, n, &applied, e);
	if (rc == 0)
		rc = ledger_samples_add(j->c->ledger, j->run.id, p->no, s, n,
		    e);
	free(s);
	p->asked = (int64_t)n;
	p->applied = (int64_t)applied;
	p->missing = p->asked - p->applied;
	return rc == 0 ? 0 : err_wrap(e, "confirm batch %d", p->no);
}

/* Counters are evidence only when they account for every row. */
static bool
has_counters(const struct ledger_part *p)
{
	return p->updated >= 0 && p->failed >= 0 &&
	    p->updated + p->failed == p->rows;
}

static int
verify_look(struct journey *j, struct ledger_part *p, struct err *e)
{
	if (j->job->verify == VERIFY_OFF)
		return 0;
	if (journey_account(j, e) == NULL)
		return -1;
	if (j->job->verify == VERIFY_SAMPLE || access(p->local, F_OK) != 0) {
		if (!has_counters(p) && verify_sample(j, p, e) != 0)
			return -1;
		if (p->missing <= 0 && p->failed <= 0)
			return 0;
		if (p->rows > VERIFY_ALL_MAX)
			return 0;
		if (access(p->local, F_OK) != 0) {
			log_say(j->c->log, LOG_WARN, "the package is gone; "
			    "only a sample is looked up",
			    LFS("file", p->local));
			return 0;
		}
		say(j, "confirm", "batch %d: some codes were refused; looking "
		    "up all %lld", p->no, (long long)p->rows);
	}
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
	if (guess_weigh(j, p, &g, e) != 0)
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
	const char *basis = "none";
	int dropped = verify_guess(j, p, e);

	if (dropped != 0)
		return dropped > 0 ? 0 : -1;
	if (verify_look(j, p, e) != 0)
		return -1;
	if (has_counters(p))
		basis = "counters";
	else if (p->asked > 0)
		basis = "verify";
	free(p->basis);
	p->basis = str_dup(basis, e);
	if (p->basis == NULL)
		return -1;
	if (FAULT_POINT("verified"))
		return err_set(e, ERR_IO, "injected");
	return part_move(j, p, PART_DONE, basis, e);
}

int
step_verify(struct journey *j, struct err *e)
{
	int64_t t = clock_mono_ms(), asked = 0, applied = 0;
	size_t i, n = 0;
	int rc = 0;

	for (i = 0; rc == 0 && i < j->nparts; i++) {
		struct ledger_part *p = &j->parts[i];

		if (p->state != PART_VERIFYING)
			continue;
		n++;
		rc = verify_part(j, p, e);
		asked += p->asked > 0 ? p->asked : 0;
		applied += p->applied > 0 ? p->applied : 0;
	}
	if (n > 0)
		spent(j, "verify", t);
	if (rc == 0 && asked > 0)
		say(j, "confirm", "%lld of %lld looked-up codes now carry "
		    "what was sent", (long long)applied, (long long)asked);
	return rc;
}
