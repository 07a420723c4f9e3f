/* resume: go on with what was interrupted, or decide. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/stop.h"
#include "../pipeline/pipeline.h"
#include "cmd.h"
#include "ended.h"

struct resuming {
	struct env	*v;
	struct ctx	 c;
	struct ended	 out;
	size_t		 tidied;
	struct err	 untidy;	/* first cause that something stays */
};

static void
resume_tidied(void *arg, const char *id, const struct err *why)
{
	struct resuming *r = arg;

	(void)id;
	r->tidied += why->code == ERR_NONE;
	if (r->untidy.code == ERR_NONE)
		r->untidy = *why;
}

static int
resume_decides(const struct resuming *r)
{
	const struct line *l = &r->v->line;

	return line_has(l, F_ADOPT) + line_has(l, F_RESUBMIT) +
	    line_has(l, F_GIVE_UP);
}

static int
resume_one(void *arg, const char *id, struct err *e)
{
	struct resuming *r = arg;
	struct ledger_run run;
	int rc;

	if (stop_check(e) != 0 ||
	    ledger_run_get(r->c.ledger, id, &run, e) != 0)
		return -1;
	rc = run.untidy && resume_decides(r) == 0 ?
	    ended_tidy(r->v, &r->c, id, NULL, false, resume_tidied, r) :
	    ended_go(r->v, &r->c, &run, &r->out);
	if (rc != 0)
		*e = r->v->err;
	ledger_run_release(&run);
	return rc;
}

static int
resume_named(struct resuming *r)
{
	const struct line *l = &r->v->line;
	char id[ID_LEN + 1];
	size_t i;

	for (i = 0; i < l->nargs; i++)
		if (ledger_find(r->c.ledger, l->args[i], id, &r->v->err) !=
		    0 || resume_one(r, id, &r->v->err) != 0)
			return -1;
	return 0;
}

static int
resume_all(struct resuming *r)
{
	struct ledger_filter f = { .unfinished = true };
	int n = resume_decides(r);

	if (n > 1 || (n == 1 && r->v->line.nargs != 1))
		return err_set(&r->v->err, ERR_USAGE, "decide about one run "
		    "at a time, one way: --adopt REF, --resubmit or "
		    "--give-up");
	r->out.several = r->v->line.nargs != 1;
	if (env_pipeline(r->v, &r->c) != 0)
		return -1;
	if ((r->v->line.nargs > 0 ? resume_named(r) :
	    ended_tidy(r->v, &r->c, NULL, NULL, false, resume_tidied, r) != 0 ?
	    -1 : ledger_each_run(r->c.ledger, &f, resume_one, r,
	    &r->v->err)) != 0)
		return -1;
	if (r->untidy.code != ERR_NONE) {
		r->v->err = r->untidy;
		return -1;
	}
	if (r->out.n == 0 && r->tidied == 0)
		return err_set(&r->v->err, ERR_NOTHING, "no run waits to go "
		    "on");
	return 0;
}

static int
resume_run(struct env *v)
{
	struct resuming r = { .v = v };
	int code;

	if (resume_all(&r) == 0)
		code = ended_answer(v, "coupondrop.run/1", &r.out);
	else if (r.out.n == 0)
		code = env_fail(v);
	else {
		r.out.exit = exit_worst(env_fail(v), r.out.exit);
		r.out.err = v->err;
		code = ended_answer(v, "coupondrop.run/1", &r.out);
	}
	env_pipeline_close(&r.c);
	ended_release(&r.out);
	return code;
}

const struct command cmd_resume = {
	"resume", "[RUN...]", "go on with what was interrupted",
	"when something went wrong",
	FLAG(F_HELP) | FLAG(F_JSON) | FLAG(F_CONFIG) | FLAG(F_QUIET) |
	    FLAG(F_VERBOSE) | FLAG(F_LOG_FORMAT) | FLAG(F_YES) |
	    FLAG(F_INSECURE) |
	    FLAG(F_WATCH) |
	    FLAG(F_ADOPT) | FLAG(F_RESUBMIT) | FLAG(F_GIVE_UP) | FLAG(F_NOTE) |
	    FLAG(F_DEADLINE) | FLAG(F_WAIT_LOCK),
	false,
	"Goes on with runs that have not ended, all of them unless some are "
	"named, from\nthe last thing that is certain.  Nothing is sent twice "
	"without your word.\n\n"
	"When the platform's answer was lost and nothing settles it, you "
	"decide:\n"
	"  coupondrop resume RUN --adopt mapp:92811   that task is it\n"
	"  coupondrop resume RUN --resubmit           send it again\n"
	"  coupondrop resume RUN --give-up            close it as unknown\n\n"
	"RUN is an id or its beginning, \"last\", or \"last:JOB\".",
	resume_run
};
