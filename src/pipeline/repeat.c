/*
 * The same coupons in another run: whether they went through, may have
 * arrived, or wait there with nothing sent.  Only evidence says that there is
 * nothing left to do, and what may have arrived is not sent unasked.
 */
#include "guards.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What another run with the same content means for this one. */
enum other { OTHER_NONE, OTHER_WAITS, OTHER_AT_WORK, OTHER_SENT,
	OTHER_WENT_THROUGH };

struct repeat {
	struct journey	*j;
	bool		 newer;		/* only runs made after this one */
	bool		 past;		/* this one has come by */
	enum other	 what;		/* the most that is known */
	char		 id[ID_LEN + 1]; /* of that run */
	bool		 ended;		/* it goes on no further */
	int64_t		 failed;	/* its refused rows */
};

/* Whether rows of a part may have arrived at the platform. */
static bool
may_have_arrived(const struct ledger_part *p)
{
	switch (p->state) {
	case PART_PREPARED:
	case PART_STAGING:
	case PART_STAGED:
		return false;
	case PART_FAILED:	/* refused outright, unless it had a task */
		return p->task != NULL;
	case PART_CANCELLED:
		return p->intent_ms != 0;
	default:
		return true;
	}
}

static enum other
weigh_ended(const struct run_report *r)
{
	if (r->run.state != RUN_FINISHED)
		return OTHER_NONE;	/* nothing of it was sent */
	switch (r->outcome) {
	case OUTCOME_OK:
		return OTHER_WENT_THROUGH;
	case OUTCOME_PARTIAL:
		return r->unaccounted == 0 ? OTHER_WENT_THROUGH : OTHER_SENT;
	case OUTCOME_UNCONFIRMED:
		return OTHER_SENT;
	default:
		return OTHER_NONE;
	}
}

static enum other
weigh(struct journey *j, const struct run_report *r)
{
	size_t i;

	if (run_is_final(r->run.state))
		return weigh_ended(r);
	if (pipeline_busy(j->c->set, r->run.id))
		return OTHER_AT_WORK;
	for (i = 0; i < r->nparts; i++)
		if (may_have_arrived(&r->parts[i]))
			return OTHER_SENT;
	return OTHER_WAITS;
}

static int
repeat_run(void *arg, const char *id, struct err *e)
{
	struct repeat *p = arg;
	struct run_report r;
	enum other what;
	int rc = report_make(p->j->c, id, &r, e);

	if (rc == 0 && (what = weigh(p->j, &r)) > p->what) {
		p->what = what;
		p->ended = run_is_final(r.run.state);
		p->failed = r.failed;
		memcpy(p->id, r.run.id, sizeof(p->id));
	}
	report_release(&r);
	return rc;
}

/* Newest first, so that those after this run come before it. */
static int
repeat_each(void *arg, const char *id, struct err *e)
{
	struct repeat *p = arg;

	p->past |= strcmp(id, p->j->run.id) == 0;
	if (strcmp(id, p->j->run.id) == 0 || (p->newer && p->past))
		return 0;
	return repeat_run(p, id, e);
}

/* Words about the rows of what that did not all go through. */
static const char *
but_refused(const struct repeat *p, char out[80])
{
	char rows[64];

	out[0] = '\0';
	if (p->failed > 0)
		snprintf(out, 80, ", but for %s that were refused",
		    str_count((uint64_t)p->failed, "coupon", rows));
	return out;
}

static int
say_sent(struct repeat *p, const char *what, const char *were,
    const char *shown, struct err *e)
{
	char ours[120], mine[ID_LEN + 1];

	if (p->j->fresh)
		snprintf(ours, sizeof(ours), "--again sends %s all the same",
		    strcmp(were, "was") == 0 ? "it" : "them");
	else
		snprintf(ours, sizeof(ours), "\"coupondrop resume %s "
		    "--give-up\" drops this run", ledger_short(
		    p->j->c->ledger, p->j->run.id, mine));
	return err_set(e, ERR_REPEAT_SENT, "%s %s sent before, as run %s, and "
	    "it is not certain what came of it; nothing was sent now: look "
	    "with \"coupondrop %s %s\"; %s", what, were, shown,
	    p->ended ? "show" : "resume", shown, ours);
}

static int
repeat_say(struct repeat *p, struct err *e)
{
	char shown[ID_LEN + 1], but[80];

	if (p->what == OTHER_NONE)
		return 0;
	ledger_short(p->j->c->ledger, p->id, shown);
	switch (p->what) {
	case OTHER_WENT_THROUGH:
		return err_set(e, ERR_REPEAT, "the same coupons went through "
		    "before, as run %s%s", shown, but_refused(p, but));
	case OTHER_SENT:
		return say_sent(p, "the same coupons", "were", shown, e);
	case OTHER_AT_WORK:
		return err_set(e, ERR_REPEAT_WAITS, "the same coupons are on "
		    "their way in run %s, which is at work now; \"coupondrop "
		    "show %s\" tells how it ends", shown, shown);
	default:
		memcpy(p->j->waits, p->id, sizeof(p->j->waits));
		return err_set(e, ERR_REPEAT_WAITS, "the same coupons wait in "
		    "run %s, of which nothing was sent: \"coupondrop resume "
		    "%s\" goes on with it, \"coupondrop resume %s --give-up\" "
		    "drops it", shown, shown, shown);
	}
}

int
repeat_check(struct journey *j, struct err *e)
{
	struct ledger_filter f = { .content = j->run.content_id };
	struct repeat p = { .j = j };

	if (j->c->again)
		return 0;
	if (ledger_each_run(j->c->ledger, &f, repeat_each, &p, e) != 0)
		return -1;
	return repeat_say(&p, e);
}

int
repeat_since(struct journey *j, struct err *e)
{
	struct ledger_filter f = { .content = j->run.content_id };
	struct repeat p = { .j = j, .newer = true };

	if (j->run.content_id == NULL)
		return 0;
	if (ledger_each_run(j->c->ledger, &f, repeat_each, &p, e) != 0)
		return -1;
	return p.what >= OTHER_AT_WORK ? repeat_say(&p, e) : 0;
}

int
repeat_file(struct journey *j, const char *id, struct err *e)
{
	struct repeat p = { .j = j };
	char shown[ID_LEN + 1], but[80];

	if (repeat_run(&p, id, e) != 0)
		return -1;
	ledger_short(j->c->ledger, id, shown);
	if (p.what == OTHER_SENT)
		return say_sent(&p, j->run.source.name, "was", shown, e);
	return err_set(e, ERR_NOTHING, "%s has gone through before, as run "
	    "%s%s", j->run.source.name, shown, but_refused(&p, but));
}

bool
pipeline_repeats(enum err_code code)
{
	return code == ERR_REPEAT || code == ERR_REPEAT_WAITS ||
	    code == ERR_REPEAT_SENT;
}
