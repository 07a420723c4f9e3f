/*
 * How a run begins: a file is received, which means that the ledger knows it
 * before anything is done with it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/tmpfile.h"
#include "../config/set.h"
#include "../provider/errors.h"
#include "../provider/provider.h"
#include "beside.h"
#include "ctx.h"
#include "journey.h"
#include "pipeline.h"
#include "repeat.h"
#include "steps.h"

/* Standard input into the run's folder, so that a resume finds it again. */
static int
receive_stdin(struct journey *j, char **path, struct err *e)
{
	struct tmpfile tmp = { .fd = -1 };
	int rc;

	if (asprintf(path, "%s/stdin", j->dir) < 0) {
		*path = NULL;
		return err_nomem(e);
	}
	rc = tmpfile_open(&tmp, *path, 0600, e);
	if (rc == 0)
		rc = io_copy_all(STDIN_FILENO, tmp.fd, e);
	if (rc != 0 && e->code == ERR_INPUT)
		err_wrap(e, "standard input");
	if (rc == 0)
		rc = tmpfile_commit(&tmp, e);
	tmpfile_abort(&tmp);
	return rc;
}

static int
receive_stat(struct ledger_source *s, struct err *e)
{
	struct stat st;
	int fd = open(s->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return err_sys(e, ERR_INPUT, errno, "cannot open %s", s->name);
	if (fstat(fd, &st) == -1) {
		close(fd);
		return err_sys(e, ERR_INPUT, errno, "look at %s", s->name);
	}
	close(fd);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_INPUT, "%s is not a file; a pipe can be "
		    "given as \"-\"", s->name);
	s->dev = (int64_t)st.st_dev;
	s->ino = (int64_t)st.st_ino;
	s->size = st.st_size;
	s->mtime_ns = st.st_mtim.tv_sec * 1000000000LL + st.st_mtim.tv_nsec;
	s->ctime_ns = st.st_ctim.tv_sec * 1000000000LL + st.st_ctim.tv_nsec;
	return 0;
}

static int
receive_source(struct journey *j, const char *given, struct err *e)
{
	struct ledger_source *s = &j->run.source;
	const char *base = strrchr(given, '/');

	s->name = str_dup(base != NULL ? base + 1 : given, e);
	if (s->name == NULL)
		return -1;
	if (strcmp(given, "-") == 0) {
		if (receive_stdin(j, &s->path, e) == -1)
			return -1;
	} else if ((s->path = realpath(given, NULL)) == NULL)
		return err_sys(e, ERR_INPUT, errno, "cannot open %s", given);
	return receive_stat(s, e);
}

/* What the run shall know of the settings, for `show`. */
static int
receive_plan(struct journey *j, struct err *e)
{
	const struct set_job *job = j->job;

	if (set_ends_check(j->c->set, job, e) == -1)
		return -1;
	if (str_set(&j->run.job, job->name, e) == -1 ||
	    str_set(&j->run.provider, job->provider, e) == -1 ||
	    str_set(&j->run.endpoint, job->endpoint, e) == -1 ||
	    str_set(&j->run.bank, job->bank, e) == -1 ||
	    str_set(&j->run.plan, job->plan != NULL ? job->plan : "{}",
	    e) == -1 || str_set(&j->run.retry_of, job->retry_of, e) == -1)
		return -1;
	j->run.created_ms = clock_wall(j->c->clock);
	j->run.state = RUN_RECEIVED;
	j->run.exit = -1;
	j->run.max_failed = job->max_failed_percent;
	return 0;
}

static int
receive_ends(struct journey *j, struct err *e)
{
	const struct set_job *job = j->job;

	if (set_ends_check(j->c->set, job, e) == -1)
		return -1;
	if (job->endpoint != NULL)
		j->end = set_endpoint_find(j->c->set, job->endpoint);
	return 0;
}

/*
 * 1 when that run went to the same bank with the same settings by hand, else
 * 0: the same codes may belong to another bank, or get another date.
 */
static int
receive_same(struct journey *j, const char *id, struct err *e)
{
	struct ledger_run r;
	int same;

	if (ledger_run_get(j->c->ledger, id, &r, e) == -1)
		return -1;
	same = strcmp(r.provider, j->run.provider) == 0 &&
	    strcmp(r.bank, j->run.bank) == 0 &&
	    strcmp(r.plan, j->run.plan) == 0;
	ledger_run_release(&r);
	return same;
}

/* A file that the ledger knows as finished is not read again. */
static int
receive_known(struct journey *j, struct err *e)
{
	char other[ID_LEN + 1];
	int same;

	if (j->c->again)
		return 0;
	if (ledger_source_done(j->c->ledger, &j->run.source, j->run.job,
	    other, e) == -1)
		return -1;
	if (other[0] == '\0')
		return 0;
	same = receive_same(j, other, e);
	if (same <= 0)
		return same;
	return repeat_file(j, other, e);
}

int
pipeline_fresh(struct ctx *c, const struct set_job *job, const char *path,
    struct err *e)
{
	struct journey j = { .c = c, .job = job, .lock = -1 };
	int rc;

	if (strcmp(path, "-") == 0)
		return 1;
	rc = receive_source(&j, path, e);
	if (rc == 0)
		rc = receive_plan(&j, e);
	/* Looking closes no run. */
	free(j.run.retry_of);
	j.run.retry_of = NULL;
	if (rc == 0)
		rc = receive_known(&j, e);
	journey_close(&j);
	return rc == 0 ? 1 : e->code == ERR_NOTHING ||
	    pipeline_repeats(e->code) ? 0 : -1;
}

static void
end_with(struct pipe_end *out, const struct err *e)
{
	out->err = *e;
	out->exit = err_exit(e);
}

void
pipeline_start(struct ctx *c, const struct set_job *job, const char *path,
    const struct pipe_beside *list, size_t n, struct pipe_end *out)
{
	char id[ID_LEN + 1];
	struct journey j;
	struct err e;

	memset(out, 0, sizeof(*out));
	err_clear(&e);
	if (id_new(clock_wall(c->clock), id, &e) == -1) {
		end_with(out, &e);
		return;
	}
	if (journey_open(&j, c, job, id, &e) == -1) {
		end_with(out, &e);
		journey_close(&j);
		return;
	}
	memcpy(j.run.id, id, sizeof(id));
	j.fresh = true;
	if (receive_ends(&j, &e) == -1 || receive_source(&j, path, &e) == -1 ||
	    receive_plan(&j, &e) == -1 || receive_known(&j, &e) == -1 ||
	    beside_keep(&j, list, n, &e) == -1 ||
	    ledger_run_add(c->ledger, &j.run, &e) == -1) {
		end_with(out, &e);
		io_rmtree(j.dir);
	} else {
		memcpy(out->run, id, sizeof(id));
		loop_all(&j, out);
		memcpy(out->waits, j.waits, sizeof(j.waits));
	}
	journey_close(&j);
}

int
pipeline_tidy(struct ctx *c, const struct set_job *job, const char *id,
    struct err *e)
{
	struct journey j;
	int rc = -1;

	log_set_run(c->log, id);
	snprintf(c->run, sizeof(c->run), "%s", id);
	if (journey_open(&j, c, job, id, e) == 0 &&
	    journey_load(&j, id, e) == 0)
		rc = j.run.untidy ? step_tidy(&j, e) : 0;
	if (rc == 0)
		rc = ledger_run_tidied(c->ledger, id, e);
	journey_close(&j);
	c->run[0] = '\0';
	log_set_run(c->log, NULL);
	return rc == 0 ? 0 : -1;
}

/*
 * There is nothing to go on with.  That is all there is to say only of a run
 * that needs nobody.
 */
static void
resume_ended(const struct ledger_run *run, struct pipe_end *out)
{
	struct err e;

	err_clear(&e);
	if (run->ack == NULL && run->exit > 0 && run->err_word != NULL) {
		pv_recall(&e, run->err_word, "run %s has ended: %s",
		    run->id, run->err_msg != NULL ? run->err_msg :
		    run->err_word);
		end_with(out, &e);
		out->exit = run->exit;
		return;
	}
	err_set(&e, ERR_NOTHING, "run %s has ended", run->id);
	end_with(out, &e);
}

void
pipeline_resume(struct ctx *c, const struct set_job *job, const char *id,
    struct pipe_end *out)
{
	struct journey j;
	struct err e;

	memset(out, 0, sizeof(*out));
	snprintf(out->run, sizeof(out->run), "%s", id);
	err_clear(&e);
	if (journey_open(&j, c, job, id, &e) == -1 ||
	    journey_load(&j, id, &e) == -1)
		end_with(out, &e);
	else if (run_is_final(j.run.state))
		resume_ended(&j.run, out);
	else if (c->only_follow && !parts_announced(&j)) {
		err_set(&e, ERR_NOTHING, "nothing of run %s was sent yet; it "
		    "goes on with \"coupondrop resume\"", id);
		end_with(out, &e);
	} else
		loop_all(&j, out);
	journey_close(&j);
}
