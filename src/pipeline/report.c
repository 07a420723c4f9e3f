/*
 * Reconciling: what was read, what was sent, what came of it.  Each number
 * has a basis; without evidence the outcome is unconfirmed, never ok.
 */
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/exit.h"
#include "../provider/errors.h"
#include "ctx.h"
#include "evidence.h"
#include "failed.h"
#include "lock.h"
#include "rundir.h"

/* Rows by what is known of them, over all parts. */
struct tally {
	int64_t	submitted;	/* of sent */
	int64_t	sent, updated, already, failed, unaccounted;
	int64_t	refused;	/* of failed: row by row, by the platform */
	int64_t	not_applied;	/* of failed: looked up and not there */
	int64_t	unsent;		/* of failed: called off before */
	enum part_basis basis; /* the weakest of the parts that ended */
	bool	sampled;	/* updated is not a total */
	bool	mixed;		/* it has rows that may have been so before */
	const char *doubt;	/* of a part: its evidence contradicts itself */
	bool	unsettled;	/* a part is unknown or lost */
	bool	open;		/* a part has not ended */
	struct err err;		/* the worst of the parts' own */
};

/* The weaker of two bases; BASIS_UNSET is none yet. */
static enum part_basis
weaker(enum part_basis a, enum part_basis b)
{
	return a == BASIS_UNSET || b < a ? b : a;
}

/* A part that has ended: its rows by what is known of them. */
static void
tally_done(struct tally *t, const struct ledger_part *p)
{
	struct evidence_sums s = evidence_sums(p);

	t->updated += s.updated;
	t->already += s.already;
	t->refused += s.refused;
	t->not_applied += s.not_applied;
	t->failed += s.refused + s.not_applied;
	t->unaccounted += s.unaccounted;
	t->sampled |= s.sampled;
	t->mixed |= s.mixed;
	if (s.odd && t->doubt == NULL)
		t->doubt = p->doubt != NULL ? p->doubt : "the platform's "
		    "numbers cannot be true";
	t->basis = weaker(t->basis, s.basis);
}

static void
tally_error(struct tally *t, const struct ledger_part *p)
{
	struct err err;
	int code;

	err_clear(&err);
	if (p->err_word != NULL)
		pv_recall(&err, p->err_word, "%s",
		    p->err_msg != NULL ? p->err_msg : p->err_word);
	/* What kept the answer away may be known, and is settled later. */
	if (p->state == PART_UNKNOWN && err.code != ERR_UNKNOWN) {
		err.code = ERR_UNKNOWN;
		err_wrap(&err, "batch %d was sent, but no answer came", p->no);
	}
	if (err.code == ERR_NONE)
		return;
	code = err_exit(&err);
	if (t->err.code == ERR_NONE ||
	    exit_worst(code, err_exit(&t->err)) == code)
		t->err = err;
}

/* Whether its rows were announced, whatever came of that. */
static bool
was_submitted(const struct ledger_part *p)
{
	switch (p->state) {
	case PART_PREPARED:
	case PART_STAGING:
	case PART_STAGED:
		return false;	/* or it is certain that nothing arrived */
	case PART_FAILED:
	case PART_CANCELLED:
		return p->intent_ms != 0;
	default:
		return true;
	}
}

static void
tally_part(struct tally *t, const struct ledger_part *p)
{
	t->sent += p->rows;
	t->submitted += was_submitted(p) ? p->rows : 0;
	switch (p->state) {
	case PART_DONE:
		tally_done(t, p);
		return;
	case PART_FAILED:
		/* A task that ran and failed may have applied some rows. */
		if (p->task != NULL)
			tally_done(t, p);
		else {
			t->failed += p->rows;
			t->basis = weaker(t->basis, evidence_sums(p).basis);
		}
		tally_error(t, p);
		return;
	case PART_UNKNOWN:
	case PART_LOST:
		t->unsettled = true;
		t->unaccounted += p->rows;
		tally_error(t, p);
		return;
	case PART_CANCELLED:
		if (p->intent_ms != 0) {
			t->unaccounted += p->rows;
			return;
		}
		t->failed += p->rows;
		t->unsent += p->rows;
		tally_error(t, p);
		return;
	default:
		t->open = true;
		t->unaccounted += p->rows;
		tally_error(t, p);
	}
}

static enum outcome
tally_outcome(const struct tally *t)
{
	if (t->open || t->sent == 0)
		return OUTCOME_NA;
	if (t->updated + t->already == t->sent)
		return t->doubt == NULL ? OUTCOME_OK : OUTCOME_UNCONFIRMED;
	if (t->failed == 0 || t->unsettled)
		return OUTCOME_UNCONFIRMED;
	return t->updated + t->already > 0 || t->unaccounted > 0 ?
	    OUTCOME_PARTIAL : OUTCOME_NONE;
}

/* How many of how many, of which something is said. */
struct share {
	int64_t		 n, of;
	const char	*noun, *said;
};

/* The worst of several, with its sentence. */
static void
worse(struct run_report *r, enum err_code code, const struct share *s)
{
	char n[32], of[64];
	struct err err;

	err_clear(&err);
	err_set(&err, code, "%s of %s %s", str_group((uint64_t)s->n, n),
	    str_count((uint64_t)s->of, s->noun, of), s->said);
	err_worse(&r->err, &err);
}

/* The error of a run whose parts have all ended or wait for a person. */
static void
judge(struct run_report *r, const struct tally *t)
{
	struct err odd;

	r->err = t->err;
	if (t->open)
		return;
	/* A batch refused as a whole has an error of its own with the cause. */
	if (t->refused + t->not_applied > 0)
		worse(r, (t->refused + t->not_applied) * 100 >
		    r->run.max_failed * t->sent ? ERR_TASK_FAILED :
		    ERR_PARTIAL, &(struct share){
		    t->refused + t->not_applied, t->sent, "coupon",
		    t->not_applied == 0 ? "refused by the platform" :
		    t->refused == 0 ? "not applied, as looking them up shows" :
		    "refused by the platform or not applied" });
	if (t->unsent > 0 && t->err.code == ERR_NONE)
		worse(r, t->unsent == t->sent ? ERR_NOTHING : ERR_PARTIAL,
		    &(struct share){ t->unsent, t->sent, "coupon",
		    "called off before sending" });
	if (t->unaccounted > 0 && !t->unsettled)
		worse(r, ERR_UNCONFIRMED, &(struct share){ t->unaccounted,
		    t->sent, "coupon", "sent, but nothing proves what the "
		    "platform did with them" });
	else if (t->doubt != NULL && !t->unsettled) {
		/* Every row looks good, but what is known does not agree. */
		err_clear(&odd);
		err_set(&odd, ERR_UNCONFIRMED, "%s", t->doubt);
		err_worse(&r->err, &odd);
	}
	if (r->run.rejected > 0)
		worse(r, ERR_PARTIAL, &(struct share){ r->run.rejected,
		    r->run.read, "row", "set aside as broken" });
}

static int
report_parts(struct ctx *c, const char *id, struct run_report *r,
    struct err *e)
{
	int i, n = ledger_part_count(c->ledger, id, e);

	if (n < 0)
		return -1;
	r->parts = calloc((size_t)n + 1, sizeof(*r->parts));
	if (r->parts == NULL)
		return err_nomem(e);
	for (i = 0; i < n; i++) {
		if (ledger_part_get(c->ledger, id, i + 1, &r->parts[i],
		    e) == -1)
			return -1;
		r->nparts++;
	}
	return 0;
}

static void
only_if_there(char **path)
{
	if (access(*path, F_OK) == 0)
		return;
	free(*path);
	*path = NULL;
}

/* Files of the run's folder that a person may want. */
static int
report_files(struct run_report *r, struct err *e)
{
	r->failed_file = failed_path(r->dir, FAILED_ROWS, 0, e);
	r->unknown_file = failed_path(r->dir, FAILED_UNKNOWN, 0, e);
	if (r->failed_file == NULL || r->unknown_file == NULL)
		return -1;
	only_if_there(&r->failed_file);
	only_if_there(&r->unknown_file);
	if (asprintf(&r->set_aside_file, "%s/set-aside.csv", r->dir) < 0) {
		r->set_aside_file = NULL;
		return err_nomem(e);
	}
	only_if_there(&r->set_aside_file);
	return 0;
}

/*
 * What ended a run before any part came to be, or broke it off, is noted in
 * the run: it counts when it is worse than what its parts tell, and is told
 * with it where not.  What a run ended with stands.
 */
static void
report_own_error(struct run_report *r)
{
	struct err own;

	err_clear(&own);
	if (r->run.err_word != NULL) {
		pv_recall(&own, r->run.err_word, "%s",
		    r->run.err_msg != NULL ? r->run.err_msg :
		    r->run.err_word);
		if (r->run.exit >= 0)
			r->err = own;
		else if (!err_worse(&r->err, &own) &&
		    own.code != r->err.code) {
			/* The worse thing first, then what it waits for. */
			size_t n = strlen(r->err.msg);

			snprintf(r->err.msg + n, sizeof(r->err.msg) - n,
			    "; the rest waits: %s", own.msg);
		}
	}
	r->exit = r->run.exit >= 0 ? r->run.exit : err_exit(&r->err);
}

static enum run_stands
stands(const struct ctx *c, const struct ledger_run *run)
{
	if (run_is_final(run->state))
		return STANDS_ENDED;
	if (pipeline_busy(c->set, run->id))
		return STANDS_RUNNING;
	return run->paused || run->state == RUN_HELD ? STANDS_WAITING :
	    STANDS_BROKEN_OFF;
}

const char *
report_word(const struct run_report *r)
{
	switch (r->stands) {
	case STANDS_RUNNING:
		return "running";
	case STANDS_BROKEN_OFF:
		return "broken off";
	case STANDS_WAITING:
		return "waiting";
	default:
		return run_state_name(r->run.state);
	}
}

int
report_make(struct ctx *c, const char *id, struct run_report *r,
    struct err *e)
{
	struct tally t = { 0 };
	size_t i;

	memset(r, 0, sizeof(*r));
	if (ledger_run_get(c->ledger, id, &r->run, e) == -1)
		return -1;
	r->dir = pipeline_run_dir(c->set, id, e);
	if (r->dir == NULL || report_parts(c, id, r, e) == -1 ||
	    report_files(r, e) == -1)
		return -1;
	for (i = 0; i < r->nparts; i++)
		tally_part(&t, &r->parts[i]);
	r->sent = t.sent;
	r->submitted = t.submitted;
	r->stands = stands(c, &r->run);
	r->updated = t.updated;
	r->already = t.already;
	r->failed = t.failed;
	r->unaccounted = t.unaccounted;
	r->sampled = t.sampled;
	r->mixed = t.mixed;
	r->basis = t.basis != BASIS_UNSET ? t.basis : BASIS_NONE;
	r->outcome = tally_outcome(&t);
	judge(r, &t);
	report_own_error(r);
	r->retryable = r->failed_file != NULL;
	return 0;
}

void
report_release(struct run_report *r)
{
	size_t i;

	for (i = 0; i < r->nparts; i++)
		ledger_part_release(&r->parts[i]);
	free(r->parts);
	ledger_run_release(&r->run);
	free(r->dir);
	free(r->failed_file);
	free(r->unknown_file);
	free(r->set_aside_file);
	memset(r, 0, sizeof(*r));
}
