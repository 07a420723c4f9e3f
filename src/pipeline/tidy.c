/*
 * After the end: take away what is no longer needed.  Nothing here can change
 * the outcome any more, so trouble is logged and the rest goes on.
 */
#include "pipeline_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/fault.h"

static void
tidy_trouble(struct journey *j, const char *what, struct err *e)
{
	log_say(j->c->log, LOG_WARN, what, LFS("because", e->msg));
	err_clear(e);
}

/* A part that was never proven may have left a temporary name, too. */
static int
tidy_one(struct journey *j, struct side *s, const struct ledger_part *p,
    struct err *e)
{
	struct xfer_stage_opts opts;

	if (s->x == NULL && side_open(j, false, s, e) != 0)
		return -1;
	stage_opts(j, p, &opts);
	opts.again = p->stage_url == NULL || p->attempts > 1;
	return xfer_unstage(s->x, &opts, e);
}

/* Staged files go once their tasks have ended, never earlier. */
static void
tidy_staged(struct journey *j)
{
	struct side s = { 0 };
	struct err e;
	size_t i;

	err_clear(&e);
	if (j->end == NULL || j->end->keep_staged)
		return;
	for (i = 0; i < j->nparts; i++) {
		if (j->parts[i].attempts == 0)
			continue;
		if (tidy_one(j, &s, &j->parts[i], &e) != 0) {
			tidy_trouble(j, "a staged file could not be removed",
			    &e);
			break;
		}
		err_clear(&e);
	}
	side_close(&s);
}

static void
tidy_local(struct journey *j)
{
	struct err e;
	size_t i;
	char *part;

	err_clear(&e);
	for (i = 0; i < j->nparts; i++) {
		if (j->parts[i].local != NULL)
			unlink(j->parts[i].local);
		part = failed_path(j->dir, j->parts[i].no, &e);
		if (part != NULL)
			unlink(part);
		free(part);
	}
	if (ledger_forget_samples(j->c->ledger, j->run.id, &e) != 0)
		tidy_trouble(j, "looked-up codes could not be forgotten", &e);
}

/* Rows that are nowhere else stay in the source. */
static void
tidy_source(struct journey *j)
{
	const char *path = j->run.source.path, *base;
	char to[4600];
	struct err e;

	err_clear(&e);
	if (parts_in(j, PART_DONE) < j->nparts)
		return;
	if (strcmp(j->run.source.name, "-") == 0) {
		unlink(path);	/* our own copy of standard input */
		return;
	}
	if (j->job->after_done == AFTER_DELETE && unlink(path) != 0) {
		err_sys(&e, ERR_IO, errno, "remove %s", path);
		tidy_trouble(j, "the source file stays", &e);
	}
	if (j->job->after_done != AFTER_MOVE || j->job->after_dir == NULL)
		return;
	base = strrchr(path, '/');
	base = base != NULL ? base + 1 : path;
	snprintf(to, sizeof(to), "%s/%s", j->job->after_dir, base);
	if (access(to, F_OK) == 0 || rename(path, to) != 0) {
		err_sys(&e, ERR_IO, errno == 0 ? EEXIST : errno,
		    "move %s to %s", path, to);
		tidy_trouble(j, "the source file stays", &e);
	}
}

void
step_tidy(struct journey *j)
{
	struct err e;

	err_clear(&e);
	tidy_staged(j);
	if (FAULT_POINT("tidy-staged"))
		return;
	if (failed_whole(j, &e) != 0 || failed_join(j, &e) != 0)
		tidy_trouble(j, "the refused rows could not be joined", &e);
	else
		tidy_local(j);
	tidy_source(j);
}
