/* Logins that were refused, and the runs that wait for them. */
#include "logins.h"

#include "../base/clock.h"
#include "../base/str.h"
#include "../format/jsonx.h"
#include "../ledger/ledger.h"
#include "../pipeline/ctx.h"
#include "../pipeline/login.h"
#include "../report/text.h"

struct gathering {
	struct ctx	*c;
	json_t		*out;
};

/* Whether it still has to go on, or to be tidied up. */
static int
login_waits(struct ctx *c, const char *id, bool *waits, struct err *e)
{
	struct ledger_run run;
	struct err gone;

	*waits = false;
	err_clear(&gone);
	if (ledger_run_get(c->ledger, id, &run, &gone) == -1) {
		if (gone.code == ERR_REF)
			return 0;
		*e = gone;
		return -1;
	}
	*waits = !run_is_final(run.state) || run.untidy;
	ledger_run_release(&run);
	return 0;
}

static int
login_gather(void *arg, const struct login_refusal *l, struct err *e)
{
	struct gathering *g = arg;
	json_t *runs = json_array(), *o = NULL;
	char at[21], due[21];
	const char *id;
	bool waits;
	size_t i;
	int rc = runs == NULL ? err_nomem(e) : 0;

	for (i = 0; rc == 0 && i < json_array_size(l->runs); i++) {
		id = json_string_value(json_array_get(l->runs, i));
		if (id == NULL)
			continue;
		rc = login_waits(g->c, id, &waits, e);
		if (rc == 0 && waits &&
		    json_array_append_new(runs, json_string(id)) == -1)
			rc = err_nomem(e);
	}
	if (rc == 0 && json_array_size(runs) > 0) {
		o = json_pack("{s:o, s:o, s:s, s:s, s:O, s:o}", "server",
		    jsonx_str(l->where), "user", jsonx_str(l->user[0] != '\0' ?
		    l->user : NULL), "refused", clock_iso(l->at_ms, at),
		    "next_try", clock_iso(l->due_ms, due), "runs", runs,
		    "message", jsonx_str(l->said));
		if (o == NULL || json_array_append_new(g->out, o) == -1)
			rc = err_nomem(e);
	}
	json_decref(runs);
	return rc;
}

json_t *
logins_waited_for(struct ctx *c, struct err *e)
{
	struct gathering g = { c, json_array() };

	if (g.out == NULL)
		err_nomem(e);
	else if (login_each(c->set, login_gather, &g, e) == -1) {
		json_decref(g.out);
		g.out = NULL;
	}
	return g.out;
}

void
logins_print(FILE *f, const json_t *logins)
{
	const json_t *l;
	const char *user;
	char runs[64];
	size_t i, n;

	for (i = 0; i < json_array_size(logins); i++) {
		l = json_array_get(logins, i);
		user = json_string_value(json_object_get(l, "user"));
		n = json_array_size(json_object_get(l, "runs"));
		fprintf(f, "%s wait%s for the login of ", str_count(n, "run",
		    runs), n == 1 ? "s" : "");
		text_name(f, user != NULL ? user : "nobody");
		fputs(" at ", f);
		text_name(f, json_string_value(json_object_get(l, "server")));
		fprintf(f, ",\n  refused %s and tried once a night\n",
		    json_string_value(json_object_get(l, "refused")));
	}
	if (i > 0)
		fputs("  once the secret is changed:  coupondrop resume\n"
		    "  once the server is mended:   coupondrop doctor, then "
		    "coupondrop resume\n", f);
}
