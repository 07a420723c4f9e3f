/* ack: a person has seen how a run ended. */
#include <stdio.h>
#include <string.h>

#include "../base/str.h"
#include "../pipeline/ctx.h"
#include "../pipeline/pipeline.h"
#include "../pipeline/report.h"
#include "../report/run.h"
#include "../report/text.h"
#include "cmd.h"

static int
ack_run_of(struct ctx *c, const char *ref, const char *note,
    struct run_report *r, struct err *e)
{
	char id[ID_LEN + 1], shown[ID_LEN + 1];

	if (ledger_find(c->ledger, ref, id, e) == -1 ||
	    report_make(c, id, r, e) == -1)
		return -1;
	ledger_short(c->ledger, id, shown);
	if (!run_is_final(r->run.state))
		return err_set(e, ERR_USAGE, "run %s has not ended: "
		    "\"coupondrop resume %s\" goes on with it, \"coupondrop "
		    "resume %s --give-up\" drops it", shown, shown, shown);
	if (r->run.ack != NULL)
		return err_set(e, ERR_NOTHING, "run %s was closed before: %s",
		    shown, r->run.ack);
	if (r->exit == 0)
		return err_set(e, ERR_NOTHING, "run %s went through and needs "
		    "nobody", shown);
	/* What is open is open in the run that this one tells of. */
	if (pipeline_repeats(r->err.code))
		return err_set(e, ERR_NOTHING, "run %s sent nothing and needs "
		    "nobody: %s", shown, r->err.msg);
	if (ledger_run_ack(c->ledger, id, note, e) == -1)
		return -1;
	report_release(r);
	return report_make(c, id, r, e);
}

static int
ack_answer(struct env *v, const struct ctx *c, const struct run_report *r)
{
	char shown[ID_LEN + 1];
	json_t *list, *o = NULL;

	if (!v->json) {
		printf("closed run %s", ledger_short(c->ledger, r->run.id,
		    shown));
		text_line(stdout, ": ", r->run.ack);
		return 0;
	}
	list = json_array();
	if (json_array_append_new(list, json_run(r)) == 0)
		o = json_runs("coupondrop.run/1", 0, v->config.set.sha256,
		    list);
	json_decref(list);
	return env_answer(v, o, 0);
}

static int
ack_run(struct env *v)
{
	const char *note = v->line.flag[F_NOTE];
	struct run_report r = { 0 };
	struct ctx c = { 0 };
	int code;

	if (v->line.nargs != 1)
		err_set(&v->err, ERR_USAGE, "name one run");
	else if (note == NULL || note[0] == '\0')
		err_set(&v->err, ERR_USAGE, "say why nobody is needed any "
		    "more: --note TEXT");
	if (v->err.code != ERR_NONE || env_pipeline(v, &c) == -1 ||
	    ack_run_of(&c, v->line.args[0], note, &r, &v->err) == -1)
		code = env_fail(v);
	else
		code = ack_answer(v, &c, &r);
	report_release(&r);
	env_pipeline_close(&c);
	return code;
}

const struct command cmd_ack = {
	"ack", "RUN --note TEXT", "close a run that did not go through",
	"when something went wrong",
	FLAGS_COMMON | FLAG(F_NOTE), SETTINGS_NONE,
	"A run that did not go through is shown by status, and its content is "
	"told by run,\nuntil it was sent again with success.  With ack a "
	"person says that nobody is\nneeded any more, and why: the rows were "
	"mended elsewhere, or are not wanted.\nWhat is known of the rows stays "
	"as it is.\n\n"
	"  coupondrop ack last:nightly --note \"redeemed by hand, ticket "
	"5512\"",
	ack_run
};
