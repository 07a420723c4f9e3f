/* What every command needs: configuration, ledger, one answer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/log.h"
#include "../base/tmpfile.h"
#include "../format/jsonx.h"
#include "../pipeline/pipeline.h"
#include "cmd.h"

int
env_fail(struct env *v)
{
	flags_blame(&v->line, &v->err);
	return err_exit(&v->err);
}

void
env_mistakes(struct env *v)
{
	size_t i;

	if (v->json || v->config.nwrong < 2)
		return;
	for (i = 0; i < v->config.nwrong; i++)
		fprintf(stderr, "%s\n", v->config.wrong[i]);
	err_set(&v->err, ERR_CONFIG, "the configuration has %zu mistakes",
	    v->config.nwrong);
}

int
env_config(struct env *v)
{
	if (v->configured)
		return 0;
	v->configured = true;
	if (config_load(&v->config, v->line.flag[F_CONFIG], &v->err) == 0)
		return 0;
	env_mistakes(v);
	return -1;
}

int
env_answer(struct env *v, json_t *object)
{
	int rc;

	if (object == NULL)
		return err_nomem(&v->err);
	v->answered = true;
	rc = jsonx_print(stdout, object, &v->err);
	json_decref(object);
	return rc;
}

int
env_flush(struct env *v, int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	err_set(&v->err, ERR_IO, "the result cannot be written to standard "
	    "output");
	return exit_worst(code, 74);
}

json_t *
json_error(const struct err *e)
{
	const struct err_info *i = err_info(e->code);

	if (e->code == ERR_NONE)
		return json_null();
	return json_pack("{s:s, s:i, s:o, s:s, s:s}", "word", i->word,
	    "exit", err_exit(e), "message", jsonx_str(e->msg), "advice",
	    i->advice, "retry", err_retry_name(i->retry));
}

json_t *
json_schema(const char *name, int code)
{
	return json_pack("{s:s, s:i}", "schema", name, "exit", code);
}

json_t *
json_time(int64_t ms)
{
	char when[21];

	return ms == 0 ? json_null() : json_string(clock_iso(ms, when));
}

int
env_pipeline(struct env *v, struct ctx *c)
{
	char path[4200];

	memset(c, 0, sizeof(*c));
	if (env_config(v) != 0)
		return -1;
	c->set = &v->config.set;
	c->log = v->log;
	c->insecure_tls = line_has(&v->line, F_INSECURE);
	if (c->insecure_tls)
		log_say(v->log, LOG_WARN, "certificates of file servers are "
		    "NOT checked (--insecure-tls): anybody on the way can "
		    "read passwords and files, and change them");
	ui_open(v, c);
	if (io_mkdirs(c->set->state_dir, 0700, &v->err) != 0)
		return -1;
	snprintf(path, sizeof(path), "%s/ledger.db", c->set->state_dir);
	c->ledger = ledger_open(path, &v->err);
	return c->ledger == NULL ? -1 : 0;
}

void
env_pipeline_close(struct ctx *c)
{
	ledger_close(c->ledger);
	c->ledger = NULL;
}

static int
ended_json(struct env *v, struct ctx *c, const struct run_report *r,
    struct ended *out)
{
	json_t *run = json_run(r);

	/* There is nothing to go on with after a dry run. */
	if (run != NULL && c->dry_run)
		json_object_set_new(run, "next", json_array());
	if (run == NULL || json_array_append_new(out->runs, run) != 0)
		return err_nomem(&v->err);
	return 0;
}

/* Of several runs, each says why; of one, the program does at its end. */
static void
ended_text(struct env *v, struct ctx *c, const struct run_report *r,
    const char *shown)
{
	text_run(r, shown, c->dry_run);
	if (r->exit != 0 && r->err.code != ERR_NONE && v->line.nargs != 1) {
		fputs("    because:  ", stdout);
		text_name(stdout, r->err.msg);
		putchar('\n');
	}
}

int
env_exit(const struct env *v, const struct set_job *job, int code)
{
	const int *p = v->json ? NULL : job->ok_exits;

	for (; p != NULL && *p >= 0; p++)
		if (*p == code)
			return 0;
	return code;
}

int
ended_add(struct env *v, struct ctx *c, const struct set_job *job,
    const struct pipe_end *end, struct ended *out)
{
	char shown[ID_LEN + 1];
	struct run_report r;
	int code = env_exit(v, job, end->exit), rc = 0;

	if (out->runs == NULL && (out->runs = json_array()) == NULL)
		return err_nomem(&v->err);
	if (out->n == 0 || exit_worst(code, out->exit) == code) {
		out->err = end->err;
		out->exit = code;
	}
	out->n++;
	ui_clear(v);
	if (end->run[0] == '\0')
		return 0;
	if (report_make(c, job, end->run, &r, &v->err) != 0) {
		report_release(&r);
		return -1;
	}
	r.exit = code;
	r.err = end->err;
	if (v->json)
		rc = ended_json(v, c, &r, out);
	else if (!line_has(&v->line, F_QUIET) && (v->tty || code != 0 ||
	    c->dry_run || line_has(&v->line, F_WATCH)))
		ended_text(v, c, &r, ledger_short(c->ledger, end->run,
		    shown));
	report_release(&r);
	return rc;
}

static const char *
host_name(char out[256])
{
	if (gethostname(out, 255) != 0)
		return NULL;
	out[255] = '\0';
	return out;
}

int
ended_answer(struct env *v, struct ended *out)
{
	char host[256];
	json_t *o;

	v->err = out->err;
	if (!v->json || v->answered)
		return out->exit;
	o = json_schema("coupondrop.run/1", out->exit);
	if (o == NULL) {
		err_nomem(&v->err);
		return env_fail(v);
	}
	json_object_set_new(o, "version", json_string(PACKAGE_VERSION));
	json_object_set_new(o, "host", jsonx_str(host_name(host)));
	json_object_set_new(o, "config_sha256",
	    json_string(v->config.set.sha256));
	json_object_set_new(o, "runs", out->runs != NULL ? out->runs :
	    json_array());
	json_object_set_new(o, "error", json_error(&out->err));
	out->runs = NULL;
	if (env_answer(v, o) != 0)
		return env_fail(v);
	return out->exit;
}
