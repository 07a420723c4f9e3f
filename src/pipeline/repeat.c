/*
 * The same coupons in another run: whether they went through, may have
 * arrived, or wait there with nothing sent.  Only evidence that all of them
 * were applied, or a person who said so, leaves nothing to do; what may have
 * arrived, and what the platform had and did not apply, is not sent unasked.
 */
#include "repeat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../coupon/check.h"
#include "journey.h"
#include "lock.h"
#include "pipeline.h"
#include "report.h"

/*
 * What another run with the same content means for this one; of those that sent
 * anything the newest tells.
 */
enum other { OTHER_NONE, OTHER_WAITS, OTHER_AT_WORK,
	OTHER_SENT,		/* not certain what came of it */
	OTHER_FELL_SHORT,	/* certain: not all were applied */
	OTHER_CLOSED,		/* either, and nobody is needed any more */
	OTHER_WENT_THROUGH };

struct repeat {
	struct journey	*j;
	bool		 newer;		/* only runs made after this one */
	bool		 past;		/* this one has come by */
	enum other	 what;
	char		 id[ID_LEN + 1]; /* of that run */
	bool		 ended;		/* it goes on no further */
	enum err_code	 code;		/* fell short: to be said here */
	struct err	 why;		/* ... and how; of a closed one the
					   note */
	char		*failed_file;	/* ... with these rows; or NULL */
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

/* Whether the platform had rows of it at work, or answered for each. */
static bool
had_any(const struct run_report *r)
{
	size_t i;

	for (i = 0; i < r->nparts; i++)
		if (r->parts[i].state == PART_DONE ||
		    r->parts[i].task != NULL)
			return true;
	return false;
}

static enum other
weigh_ended(const struct run_report *r)
{
	if (r->run.state != RUN_FINISHED)
		return OTHER_NONE;	/* nothing of it was sent */
	if (r->outcome == OUTCOME_OK)
		return OTHER_WENT_THROUGH;
	if (r->outcome == OUTCOME_NA ||
	    (r->outcome == OUTCOME_NONE && !had_any(r)))
		return OTHER_NONE;	/* refused outright */
	if (r->run.ack != NULL)
		return OTHER_CLOSED;
	return r->outcome == OUTCOME_UNCONFIRMED || r->unaccounted > 0 ?
	    OTHER_SENT : OTHER_FELL_SHORT;
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
repeat_run(struct repeat *p, const char *id, struct err *e)
{
	struct run_report r;
	enum other what;
	int rc = report_make(p->j->c, id, &r, e);

	what = rc == 0 ? weigh(p->j, &r) : OTHER_NONE;
	if (p->what < OTHER_AT_WORK && what > p->what) {
		p->what = what;
		p->ended = run_is_final(r.run.state);
		memcpy(p->id, r.run.id, sizeof(p->id));
		p->code = r.exit == err_info(ERR_PARTIAL)->exit_code ?
		    ERR_REPEAT_PARTIAL : ERR_REPEAT_FAILED;
		p->why = r.err;
		if (r.run.ack != NULL)
			err_set(&p->why, ERR_NOTHING, "%s", r.run.ack);
		free(p->failed_file);
		p->failed_file = r.failed_file;
		r.failed_file = NULL;
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

static int
repeat_content(struct repeat *p, const char *content, struct err *e)
{
	struct ledger_filter f = { .content = content };

	return ledger_each_run(p->j->c->ledger, &f, repeat_each, p, e);
}

/* How this run, or a new one, sends the coupons all the same. */
static const char *
all_the_same(const struct journey *j, const char *them, char out[120])
{
	char mine[ID_LEN + 1];

	if (j->fresh)
		snprintf(out, 120, "--again sends %s all the same", them);
	else
		snprintf(out, 120, "\"coupondrop resume %s --give-up\" drops "
		    "this run", ledger_short(j->c->ledger, j->run.id, mine));
	return out;
}

static int
say_sent(const struct repeat *p, const char *what, const char *were,
    struct err *e)
{
	const char *them = strcmp(were, "was") == 0 ? "it" : "them";
	char ours[120], shown[ID_LEN + 1];

	ledger_short(p->j->c->ledger, p->id, shown);
	all_the_same(p->j, them, ours);
	if (p->what == OTHER_SENT)
		return err_set(e, ERR_REPEAT_SENT, "%s %s sent before, as run "
		    "%s, and it is not certain what came of it; nothing was "
		    "sent now: look with \"coupondrop %s %s\"; %s", what,
		    were, shown, p->ended ? "show" : "resume", shown, ours);
	return err_set(e, p->code, "%s %s sent before, as run %s: %s; nothing "
	    "was sent now: look with \"coupondrop show %s\"%s%s; %s", what,
	    were, shown, p->why.msg, shown, p->failed_file != NULL ?
	    " and send, once mended, " : "", p->failed_file != NULL ?
	    p->failed_file : "", ours);
}

static int
repeat_say(struct repeat *p, struct err *e)
{
	char shown[ID_LEN + 1];

	if (p->what == OTHER_NONE)
		return 0;
	ledger_short(p->j->c->ledger, p->id, shown);
	switch (p->what) {
	case OTHER_WENT_THROUGH:
		return err_set(e, ERR_REPEAT, "the same coupons went through "
		    "before, as run %s", shown);
	case OTHER_CLOSED:
		return err_set(e, ERR_REPEAT, "the same coupons were sent "
		    "before, as run %s, which is closed: %s", shown,
		    p->why.msg);
	case OTHER_SENT:
	case OTHER_FELL_SHORT:
		return say_sent(p, "the same coupons", "were", e);
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

/*
 * Close the run that this one's file stands in for: its coupons went through
 * in run by.
 */
static int
close_replaced(struct journey *j, const char *by, struct err *e)
{
	char shown[ID_LEN + 1], note[100];
	struct ledger_run of;
	int rc = 0;

	if (j->run.retry_of == NULL)
		return 0;
	if (ledger_run_get(j->c->ledger, j->run.retry_of, &of, e) == -1)
		return -1;
	snprintf(note, sizeof(note), "the corrected file went through in run "
	    "%s", ledger_short(j->c->ledger, by, shown));
	if (of.ack == NULL)
		rc = ledger_run_ack(j->c->ledger, of.id, note, e);
	ledger_run_release(&of);
	return rc;
}

int
repeat_check(struct journey *j, struct err *e)
{
	struct repeat p = { .j = j };
	int rc;

	if (j->c->again)
		return 0;
	rc = repeat_content(&p, j->run.content_id, e);
	if (rc == 0 && p.what == OTHER_WENT_THROUGH)
		rc = close_replaced(j, p.id, e);
	if (rc == 0)
		rc = repeat_say(&p, e);
	free(p.failed_file);
	return rc;
}

int
repeat_since(struct journey *j, struct err *e)
{
	struct repeat p = { .j = j, .newer = true };
	int rc;

	if (j->run.content_id == NULL)
		return 0;
	rc = repeat_content(&p, j->run.content_id, e);
	if (rc == 0 && p.what >= OTHER_AT_WORK)
		rc = repeat_say(&p, e);
	free(p.failed_file);
	return rc;
}

int
repeat_file(struct journey *j, const char *id, struct err *e)
{
	const char *name = j->run.source.name;
	struct repeat p = { .j = j };
	struct ledger_run run;
	char shown[ID_LEN + 1];
	int rc;

	if (ledger_run_get(j->c->ledger, id, &run, e) == -1)
		return -1;
	/* Its coupons may have gone through since under another name. */
	rc = repeat_content(&p, run.content_id, e);
	ledger_run_release(&run);
	if (rc == 0 && p.what == OTHER_WENT_THROUGH)
		rc = close_replaced(j, p.id, e);
	if (rc == 0) {
		ledger_short(j->c->ledger, p.id, shown);
		rc = -1;
		if (p.what == OTHER_SENT || p.what == OTHER_FELL_SHORT)
			say_sent(&p, name, "was", e);
		else if (p.what == OTHER_CLOSED)
			err_set(e, ERR_NOTHING, "%s was sent before, as run "
			    "%s, which is closed: %s", name, shown, p.why.msg);
		else if (p.what == OTHER_WENT_THROUGH)
			err_set(e, ERR_NOTHING, "%s has gone through before, "
			    "as run %s", name, shown);
		else
			rc = 0;
	}
	free(p.failed_file);
	return rc;
}

/*
 * Whether the run's file is, or was until after_done took it away, that run's
 * list of rows not applied.
 */
static bool
is_failed_file(const struct journey *j, const struct run_report *of)
{
	const char *path = j->run.source.path, *name = strrchr(path, '/');
	struct stat is, ours;
	char *dir;
	bool same;

	if (strcmp(name, "/failed.csv") != 0)
		return false;
	dir = strndup(path, (size_t)(name - path));
	same = dir != NULL && stat(dir, &is) == 0 &&
	    stat(of->dir, &ours) == 0 && is.st_dev == ours.st_dev &&
	    is.st_ino == ours.st_ino;
	free(dir);
	return same;
}

int
repeat_mended(struct journey *j, const struct run_report *now, struct err *e)
{
	const char *path = j->run.source.path, *end = strrchr(path, '/');
	char id[ID_LEN + 1], mine[ID_LEN + 1], note[100];
	struct run_report of;
	struct err none;
	int rc = 0;

	if (now->outcome != OUTCOME_OK)
		return 0;
	if (j->run.retry_of != NULL)
		return close_replaced(j, j->run.id, e);
	if (end == NULL || end - path <= ID_LEN || end[-ID_LEN - 1] != '/')
		return 0;
	snprintf(id, sizeof(id), "%.*s", ID_LEN, end - ID_LEN);
	err_clear(&none);
	if (report_make(j->c, id, &of, &none) == 0 &&
	    run_is_final(of.run.state) && of.run.ack == NULL &&
	    is_failed_file(j, &of) && of.failed == now->sent &&
	    of.unaccounted == 0 && of.run.rejected == 0) {
		snprintf(note, sizeof(note), "the rows that failed went "
		    "through in run %s", ledger_short(j->c->ledger,
		    j->run.id, mine));
		rc = ledger_run_ack(j->c->ledger, id, note, e);
	}
	report_release(&of);
	return rc;
}

bool
pipeline_repeats(enum err_code code)
{
	return code == ERR_REPEAT || code == ERR_REPEAT_WAITS ||
	    code == ERR_REPEAT_SENT || code == ERR_REPEAT_PARTIAL ||
	    code == ERR_REPEAT_FAILED;
}
