/* ledger: begin one on purpose; look whether it is whole. */
#include <stdio.h>
#include <string.h>

#include "../format/jsonx.h"
#include "../pipeline/ctx.h"
#include "../pipeline/state.h"
#include "../report/json.h"
#include "../report/text.h"
#include "cmd.h"

/* What both say of the ledger. */
static json_t *
ledger_json(const struct env *v, const struct ledger_sum *sum, int code)
{
	const char *dir = v->config.set.state_dir;
	json_t *o = json_schema("coupondrop.ledger/1", code);
	char path[4200] = "";

	if (dir != NULL)
		snprintf(path, sizeof(path), "%s/ledger.db", dir);
	json_object_set_new(o, "path", jsonx_str(dir != NULL ? path : NULL));
	json_object_set_new(o, "runs", json_integer(sum->runs));
	json_object_set_new(o, "unfinished", json_integer(sum->unfinished));
	json_object_set_new(o, "error", json_error(&v->err));
	return o;
}

static int
ledger_init_run(struct env *v)
{
	const struct ctx c = { .set = &v->config.set, .log = v->log,
	    .clock = v->clock };
	struct ledger_begun b;
	int code = 0;
	json_t *o;

	memset(&b, 0, sizeof(b));
	if (env_config(v) == -1 ||
	    pipeline_ledger_init(&c, &b, &v->err) == -1)
		code = env_fail(v);
	if (v->json) {
		o = ledger_json(v, &b.sum, code);
		json_object_set_new(o, "made", json_boolean(b.made &&
		    code == 0));
		json_object_set_new(o, "moved",
		    json_integer((json_int_t)b.moved));
		json_object_set_new(o, "aside", jsonx_str(b.moved > 0 ?
		    b.aside : NULL));
		code = env_answer(v, o, code);
	} else if (code == 0) {
		text_name(stdout, c.set->state_dir);
		printf("/ledger.db: %s, knows %lld runs\n",
		    b.made ? "new" : "kept", (long long)b.sum.runs);
		if (b.moved > 0) {
			printf("folders of runs that it does not know: %zu, "
			    "now in ", b.moved);
			text_name(stdout, b.aside);
			puts("\nWhat these runs sent is not known here any "
			    "more: look at the platform\nbefore their files "
			    "are sent again.");
		}
	}
	pipeline_ledger_begun_release(&b);
	return code;
}

static int
ledger_check_run(struct env *v)
{
	struct ledger_sum sum;
	struct ctx c;
	int code = 0;

	memset(&sum, 0, sizeof(sum));
	if (env_pipeline(v, &c) == -1 || ledger_sum(c.ledger, &sum,
	    &v->err) == -1 || ledger_check(c.ledger, &v->err) == -1)
		code = env_fail(v);
	if (v->json)
		code = env_answer(v, ledger_json(v, &sum, code), code);
	else if (code == 0) {
		text_name(stdout, v->config.set.state_dir);
		printf("/ledger.db: whole\n  runs %lld, unfinished %lld\n",
		    (long long)sum.runs, (long long)sum.unfinished);
	}
	env_pipeline_close(&c);
	return code;
}

static int
ledger_run(struct env *v)
{
	const char *what = v->line.nargs == 1 ? v->line.args[0] : "";

	if (strcmp(what, "init") == 0)
		return ledger_init_run(v);
	if (strcmp(what, "check") == 0)
		return ledger_check_run(v);
	err_set(&v->err, ERR_USAGE, "use ledger init or ledger check");
	return env_fail(v);
}

const struct command cmd_ledger = {
	"ledger", "init|check", "begin a ledger anew on purpose; check it",
	"when something went wrong",
	FLAG(F_HELP) | FLAG(F_JSON) | FLAG(F_CONFIG), SETTINGS_NONE,
	"  coupondrop ledger check   read all of it, and look for damage\n"
	"  coupondrop ledger init    begin a missing one; go on with an older "
	"one\n\n"
	"The ledger knows what was sent.  Without it, or with an older copy, "
	"the same\nrows could be sent again: every command refuses that when "
	"the folder \"runs\"\nbeside it holds runs that it does not know.  Put "
	"the ledger back if you can.\nWith init their folders are moved to "
	"\"aside-TIME\" and the ledger goes on without\nthem; what they sent "
	"has to be looked up at the platform.  A version that\nchanges the "
	"tables of a ledger puts a copy beside it first, as\n"
	"ledger.db.vN-TIME; cleanup removes it later.",
	ledger_run
};
