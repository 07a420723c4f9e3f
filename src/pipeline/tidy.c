/*
 * After the end: take away what is no longer needed.  Nothing here can change
 * the outcome any more, so trouble is logged and the rest goes on.
 */
#include "pipeline_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/fault.h"

static void
tidy_trouble(struct journey *j, const char *what, struct err *e)
{
	log_say(j->c->log, LOG_WARN, what, LFS("because", e->msg));
	err_clear(e);
}

static bool
was_proven(const struct ledger_part *p)
{
	return p->proof != NULL && strcmp(p->proof, "unverified") != 0;
}

/*
 * A part that was never proven may have left a temporary name, too; and what
 * has its name may be another's file.
 */
static int
tidy_one(struct journey *j, struct side *s, const struct ledger_part *p,
    struct err *e)
{
	struct xfer_stage_opts opts;
	struct xfer_source src = { .size = 0 };
	struct err gone;
	int fd, rc = 0;

	if (s->x == NULL && side_open(j, false, s, e) != 0)
		return -1;
	stage_opts(j, p, &opts);
	opts.again = !was_proven(p) || p->attempts > 1;
	if (was_proven(p) || j->c->dry_run)
		return xfer_unstage(s->x, NULL, &opts, e);
	err_clear(&gone);
	fd = artifact_open(p, &gone);
	if (fd >= 0)
		rc = xfer_source_fd(fd, &src, e);
	else		/* nothing to compare with: what has the name stays */
		tidy_trouble(j, "a file that may be staged stays", &gone);
	if (rc == 0)
		rc = xfer_unstage(s->x, &src, &opts, e);
	if (fd >= 0)
		close(fd);
	return rc;
}

/* Staged files go once their tasks have ended, never earlier. */
static void
tidy_staged(struct journey *j)
{
	struct side s = { 0 };
	struct err e;
	size_t i;

	err_clear(&e);
	if (j->end == NULL && j->run.endpoint != NULL)
		log_say(j->c->log, LOG_WARN, "staged files stay: their "
		    "endpoint is not in the configuration any more",
		    LFS("endpoint", j->run.endpoint));
	if (j->end == NULL || j->end->keep_staged)
		return;
	for (i = 0; i < j->nparts; i++) {
		if (j->parts[i].attempts == 0)
			continue;
		if (tidy_one(j, &s, &j->parts[i], &e) != 0) {
			bool open = s.x != NULL && e.code != ERR_BROKEN &&
			    e.code != ERR_TIMEOUT && e.code != ERR_STOPPED;

			tidy_trouble(j, "a staged file could not be removed",
			    &e);
			if (!open)
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
		(void)FAULT_POINT("tidy-local");
	}
	if (ledger_forget_samples(j->c->ledger, j->run.id, &e) != 0)
		tidy_trouble(j, "looked-up codes could not be forgotten", &e);
}

/*
 * Tonight's file may lie under the same name by now; that one is not ours to
 * take away.  1 when the path still holds the file the run was made from.
 */
static int
source_is_ours(struct journey *j, struct err *e)
{
	const struct ledger_source *s = &j->run.source;
	struct stat st;

	if (lstat(s->path, &st) != 0)
		return errno == ENOENT ? 0 :
		    err_sys(e, ERR_IO, errno, "look at %s", s->path);
	if (st.st_dev != (dev_t)s->dev || st.st_ino != (ino_t)s->ino ||
	    st.st_size != s->size || st.st_mtim.tv_sec * 1000000000LL +
	    st.st_mtim.tv_nsec != s->mtime_ns)
		return err_set(e, ERR_EXISTS, "%s holds another file by now",
		    s->path);
	return 1;
}

static int
source_move(struct journey *j, struct err *e)
{
	const char *path = j->run.source.path, *base = strrchr(path, '/');
	char *to = NULL;
	int rc = 0;

	base = base != NULL ? base + 1 : path;
	if (asprintf(&to, "%s/%s", j->job->after_dir, base) < 0)
		return err_nomem(e);
	if (access(to, F_OK) == 0)
		rc = err_set(e, ERR_EXISTS, "%s is there already", to);
	else if (rename(path, to) != 0)
		rc = err_sys(e, ERR_IO, errno, "move %s to %s", path, to);
	free(to);
	return rc;
}

static int
source_away(struct journey *j, struct err *e)
{
	int ours = source_is_ours(j, e);

	if (ours <= 0)
		return ours;
	if (j->job->after_done == AFTER_MOVE)
		return source_move(j, e);
	return unlink(j->run.source.path) == 0 ? 0 :
	    err_sys(e, ERR_IO, errno, "remove %s", j->run.source.path);
}

/* Rows that are nowhere else stay in the source. */
static void
tidy_source(struct journey *j)
{
	size_t n = strlen(j->dir);
	struct err e;

	err_clear(&e);
	if (parts_in(j, PART_DONE) < j->nparts)
		return;
	if (strncmp(j->run.source.path, j->dir, n) == 0 &&
	    j->run.source.path[n] == '/')
		unlink(j->run.source.path);	/* our copy of a pipe */
	else if (j->job->after_done != AFTER_KEEP && source_away(j, &e) != 0)
		tidy_trouble(j, "the source file stays", &e);
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
