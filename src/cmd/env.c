/* What every command needs: configuration, ledger, one answer. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/exit.h"
#include "../base/log.h"
#include "../base/own.h"
#include "../base/str.h"
#include "../format/jsonx.h"
#include "../pipeline/ctx.h"
#include "../pipeline/state.h"
#include "cmd.h"
#include "paste.h"
#include "ui.h"

int
env_fail(struct env *v)
{
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
	char name[64];
	uid_t uid;
	int rc;

	if (v->configured)
		return 0;
	v->configured = true;
	uid = geteuid();
	rc = config_load(&v->config, v->line.flag[F_CONFIG], &v->err);
	v->config.clock = v->clock;
	if (geteuid() != uid)
		log_say(v->log, LOG_INFO, "working as the owner of the state "
		    "folder", LFS("user", own_user(geteuid(), name)));
	if (rc == 0)
		return 0;
	env_mistakes(v);
	return -1;
}

/* Whoever read standard output has seen enough, as head(1) has. */
static bool
reader_left(void)
{
	struct pollfd p = { STDOUT_FILENO, POLLOUT, 0 };

	return poll(&p, 1, 0) == 1 && (p.revents & POLLERR) != 0;
}

int
env_answer(struct env *v, json_t *object, int code)
{
	struct err why;
	int rc;

	if (object == NULL) {
		err_nomem(&v->err);
		return env_fail(v);
	}
	v->answered = true;
	paste_json(v, object);
	err_clear(&why);
	rc = jsonx_print(stdout, object, &why);
	json_decref(object);
	if (rc == 0)
		return code;
	if (!reader_left())
		v->err = why;
	return exit_worst(code, err_exit(&why));
}

int
env_flush(struct env *v, int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	if (!reader_left())
		err_set(&v->err, ERR_IO, "the result cannot be written to "
		    "standard output");
	return exit_worst(code, 74);
}

int
env_time(struct env *v, enum flag f, int64_t *ms)
{
	const char *s = flag_value(&v->line, f), *name, *arg, *help;

	if (s == NULL || str_duration(s, ms) == 0)
		return 0;
	flag_row(f, &name, &arg, &help);
	return err_set(&v->err, ERR_USAGE, "--%s %s: use a time such as 300ms, "
	    "30s, 10m or 30d", name, s);
}

int
env_number(struct env *v, enum flag f, uint64_t max, uint64_t *n)
{
	const char *s = flag_value(&v->line, f), *name, *arg, *help;

	if (s == NULL || str_u64(s, strlen(s), max, n) == 0)
		return 0;
	flag_row(f, &name, &arg, &help);
	return err_set(&v->err, ERR_USAGE, "--%s %s: a number up to %llu is "
	    "expected", name, s, (unsigned long long)max);
}

static int
env_open(struct env *v, struct ctx *c, bool look)
{
	memset(c, 0, sizeof(*c));
	if (env_time(v, F_WAIT_LOCK, &c->wait_lock_ms) == -1 ||
	    env_config(v) == -1)
		return -1;
	c->set = &v->config.set;
	c->log = v->log;
	c->clock = v->clock;
	c->begun_ms = clock_wall(c->clock);
	c->by_hand = v->tty && isatty(STDIN_FILENO);
	c->insecure_tls = line_has(&v->line, F_INSECURE);
	if (c->insecure_tls)
		log_say(v->log, LOG_WARN, "certificates of file servers are "
		    "NOT checked (--insecure-tls): anybody on the way can "
		    "read passwords and files, and change them");
	ui_open(v, c);
	c->only_look = look;
	c->ledger = pipeline_ledger_open(c, &v->err);
	return c->ledger == NULL ? -1 : 0;
}

int
env_pipeline(struct env *v, struct ctx *c)
{
	return env_open(v, c, false);
}

int
env_look(struct env *v, struct ctx *c)
{
	return env_open(v, c, true);
}

void
env_pipeline_close(struct ctx *c)
{
	if (c->common != NULL)
		fclose(c->common);
	c->common = NULL;
	ledger_close(c->ledger);
	c->ledger = NULL;
}

bool
env_fine(const struct set_job *job, int code)
{
	const int *p = job != NULL ? job->ok_exits : NULL;

	for (; p != NULL && *p >= 0; p++)
		if (*p == code)
			return true;
	return false;
}

int
env_exit(const struct env *v, const struct set_job *job, int code)
{
	return !v->json && env_fine(job, code) ? 0 : code;
}
