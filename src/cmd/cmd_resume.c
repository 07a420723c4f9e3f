/* resume: go on with what was interrupted, or decide. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/stop.h"
#include "../base/str.h"
#include "../ledger/ledger.h"
#include "../pipeline/job.h"
#include "../pipeline/pipeline.h"
#include "cmd.h"
#include "answer.h"

struct resuming {
	struct env	*v;
	struct ctx	 c;
	struct answer	 out;
	struct job_way	 way;
	size_t		 tidied;
	size_t		 said_no;	/* runs that wait for a person's yes */
	char		 refused[ID_LEN + 1]; /* the first of them */
	struct err	 untidy;	/* first cause that something stays */
	struct err	 busy;		/* first that another process tidies */
};

static void
resume_tidied(void *arg, const char *id, const struct err *why)
{
	struct resuming *r = arg;
	struct err *first = why->code == ERR_LOCKED ? &r->busy : &r->untidy;

	(void)id;
	r->tidied += why->code == ERR_NONE;
	if (first->code == ERR_NONE)
		*first = *why;
}

static int
resume_one(struct resuming *r, const char *id, bool named, struct err *e)
{
	struct ledger_run run;
	int rc = 0;

	if (stop_check(e) == -1 ||
	    ledger_run_get(r->c.ledger, id, &run, e) == -1)
		return -1;
	/* A no is lifted by who was asked: here again, or by naming the run. */
	if (run.asked && !named && r->c.ui.confirm == NULL) {
		if (r->said_no++ == 0)
			memcpy(r->refused, id, sizeof(r->refused));
	} else if (run.untidy && r->way.decision.what == DECIDE_NONE)
		rc = job_tidy(&r->way, id, NULL, false, resume_tidied, r, e);
	else
		rc = job_go_on(&r->way, &run, e);
	ledger_run_release(&run);
	return rc;
}

static int
resume_unnamed(void *arg, const char *id, struct err *e)
{
	return resume_one(arg, id, false, e);
}

static int
resume_named(struct resuming *r)
{
	const struct line *l = &r->v->line;
	char id[ID_LEN + 1];
	size_t i;

	r->c.by_hand = true;	/* whoever names a run has looked at it */
	r->c.files = l->nargs;
	for (i = 0; i < l->nargs; i++) {
		r->c.file = i + 1;
		if (ledger_find(r->c.ledger, l->args[i], id, &r->v->err) ==
		    -1 || resume_one(r, id, true, &r->v->err) == -1)
			return -1;
	}
	return 0;
}

/* Nothing went on, and some runs wait for who said no. */
static int
resume_refused(const struct resuming *r, struct err *e)
{
	char shown[ID_LEN + 1], runs[64];

	ledger_short(r->c.ledger, r->refused, shown);
	return err_set(e, ERR_SAID_NO, "%s %s held since a person was asked "
	    "and did not say yes; \"coupondrop resume %s\" goes on with %s, "
	    "\"coupondrop resume %s --give-up\" drops it",
	    str_count(r->said_no, "run", runs), r->said_no == 1 ? "is" : "are",
	    shown, r->said_no == 1 ? "it" : "the first", shown);
}

static int
resume_all(struct resuming *r)
{
	const struct ledger_filter f = { .unfinished = true };
	const struct line *l = &r->v->line;
	struct err *e = &r->v->err;
	int n = line_has(l, F_ADOPT) + line_has(l, F_RESUBMIT) +
	    line_has(l, F_GIVE_UP);

	if (n > 1 || (n == 1 && l->nargs != 1))
		return err_set(e, ERR_USAGE, "decide about one run "
		    "at a time, one way: --adopt REF, --resubmit or "
		    "--give-up");
	r->out.several = l->nargs != 1;
	if (env_pipeline(r->v, &r->c) == -1 ||
	    answer_way(&r->out, &r->way, e) == -1)
		return -1;
	if (l->nargs > 0) {
		if (resume_named(r) == -1)
			return -1;
	} else if (job_tidy(&r->way, NULL, NULL, false, resume_tidied, r,
	    e) == -1 || ledger_each_run(r->c.ledger, &f, resume_unnamed, r,
	    e) == -1)
		return -1;
	if (r->untidy.code != ERR_NONE) {
		*e = r->untidy;
		return -1;
	}
	if (r->out.n > 0 || r->tidied > 0)
		return 0;
	if (r->said_no > 0)
		return resume_refused(r, e);
	if (r->busy.code == ERR_NONE)
		return err_set(e, ERR_NOTHING, "no run waits to go on");
	*e = r->busy;
	return -1;
}

static int
resume_run(struct env *v)
{
	struct resuming r = { .v = v, .out = { .v = v } };
	int code;

	r.out.c = &r.c;
	code = resume_all(&r) == 0 ? answer_runs(&r.out,
	    "coupondrop.run/1") : answer_broken_off(&r.out, "coupondrop.run/1",
	    env_fail(v));
	env_pipeline_close(&r.c);
	answer_release(&r.out);
	return code;
}

const struct command cmd_resume = {
	"resume", "[RUN...]", "go on with what was interrupted",
	"when something went wrong",
	FLAGS_COMMON | FLAG(F_QUIET) | FLAG(F_YES) | FLAG(F_INSECURE) |
	    FLAG(F_WATCH) | FLAG(F_ADOPT) | FLAG(F_RESUBMIT) |
	    FLAG(F_GIVE_UP) | FLAG(F_NOTE) | FLAG(F_DEADLINE) |
	    FLAG(F_WAIT_LOCK),
	SETTINGS_NONE,
	"Goes on with runs that have not ended, all of them unless some are "
	"named, from\nthe last thing that is certain.  Nothing is sent twice "
	"without your word,\nand a run to which you said no goes on only "
	"when it is named.\n\n"
	"When the platform's answer was lost and nothing settles it, you "
	"decide:\n"
	"  coupondrop resume RUN --adopt mapp:92811   that task is it\n"
	"  coupondrop resume RUN --resubmit           send it again\n"
	"  coupondrop resume RUN --give-up            close it as unknown\n\n"
	"RUN is an id or its beginning, \"last\", or \"last:JOB\".",
	resume_run
};
