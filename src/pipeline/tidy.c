/*
 * After the end: take away what is no longer needed.  Nothing here can change
 * the outcome any more, so trouble is logged and the rest goes on.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/fault.h"
#include "../base/stop.h"
#include "../config/settings.h"
#include "artifact.h"
#include "away.h"
#include "beside.h"
#include "failed.h"
#include "journey.h"
#include "places.h"
#include "rundir.h"
#include "side.h"
#include "steps.h"

/* A run being tidied up, and what stood in the way so far. */
struct tidying {
	struct journey	*j;
	const struct ledger_part *part;	/* being tidied */
	char		*dead;		/* address that did not work; NULL */
	struct err	 first;		/* trouble that may pass */
	bool		 unread;	/* a package is damaged: it stays */
};

static void
tidy_trouble(struct journey *j, const char *what, struct err *e)
{
	log_say(j->c->log, LOG_WARN, what, LFS("because", e->msg));
	err_clear(e);
}

/* Trouble that another attempt may overcome. */
static void
tidy_later(struct tidying *t, const char *what, struct err *e)
{
	if (t->first.code == ERR_NONE) {
		t->first = *e;
		err_wrap(&t->first, "%s", what);
	}
	tidy_trouble(t->j, what, e);
}

static bool
was_proven(const struct ledger_part *p)
{
	return p->proof > PROOF_UNVERIFIED;
}

/*
 * A part that was never proven may have left a temporary name, too; and what
 * has its name may be another's file.  1: it stays, because there is nothing to
 * compare it with.
 */
static int
tidy_one(struct journey *j, struct side *s, const struct ledger_part *p,
    struct err *e)
{
	struct xfer_stage_opts opts;
	struct xfer_source src = { .size = 0 };
	struct err gone;
	int fd, rc = 0;

	if (s->x == NULL && side_open(j->c, j->end, false, s, e) == -1)
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
	return rc == 0 && fd < 0 ? 1 : rc;
}

/* Nothing of the part is left under this name at the endpoint of today. */
static int
tidied_place(void *arg, const struct ledger_place *p, struct err *e)
{
	struct tidying *t = arg;
	struct journey *j = t->j;

	if (p->part != t->part->no || strcmp(p->name, t->part->artifact) != 0 ||
	    !place_is_at(p, j->end))
		return 0;
	return ledger_place_gone(j->c->ledger, p->id, e);
}

/*
 * What lies where the run's endpoint does not lead any more.  The name carries
 * the run's id; the content is compared while there is something to compare.
 */
static int
tidy_former(struct tidying *t, const struct ledger_place *p,
    const struct ledger_part *part, struct err *e)
{
	struct set_endpoint end;
	struct journey k = *t->j;
	struct ledger_part was = *part;
	struct side s = { 0 };
	int rc;

	if (place_way(k.c->set, p, &end, e) == -1)
		return -1;
	k.end = &end;
	was.artifact = p->name;
	was.attempts = 2;	/* temporary names, too */
	/* It is compared with our own file; without that its name must do. */
	was.proof = was.local != NULL && access(was.local, R_OK) == 0 ?
	    PROOF_NONE : PROOF_SIZE;
	rc = tidy_one(&k, &s, &was, e);
	side_close(&s);
	place_way_release(&end);
	return rc == 0 ? ledger_place_gone(k.c->ledger, p->id, e) : rc;
}

static int
tidy_place(void *arg, const struct ledger_place *p, struct err *e)
{
	struct tidying *t = arg;
	struct journey *j = t->j;
	struct err why;

	if (p->part < 1 || (size_t)p->part > j->nparts ||
	    (j->end != NULL && place_is_at(p, j->end) && strcmp(p->name,
	    j->parts[p->part - 1].artifact) == 0))
		return 0;	/* no former one */
	if (t->dead != NULL && strcmp(t->dead, p->url) == 0)
		return 0;	/* nobody answered there a moment ago */
	err_clear(&why);
	if (tidy_former(t, p, &j->parts[p->part - 1], &why) >= 0)
		return 0;
	free(t->dead);
	t->dead = str_dup(p->url, e);
	tidy_later(t, "a file at a former address could not be removed",
	    &why);
	return stop_check(e);
}

/* The staged files of the run's parts, at the address of today. */
static void
tidy_today(struct tidying *t)
{
	struct journey *j = t->j;
	struct side s = { 0 };
	struct err e;
	size_t i;
	int rc;

	err_clear(&e);
	for (i = 0; i < j->nparts; i++) {
		t->part = &j->parts[i];
		if (t->part->attempts == 0)
			continue;
		rc = tidy_one(j, &s, t->part, &e);
		if (rc < 0) {
			bool open = s.x != NULL && !err_is(&e, ERR_ENDS);

			tidy_later(t, "a staged file could not be removed",
			    &e);
			if (!open)
				break;
		} else if (rc == 0 && ledger_each_place(j->c->ledger, j->run.id,
		    tidied_place, t, &e) != 0)
			tidy_later(t, "what was removed could not be noted",
			    &e);
		err_clear(&e);
	}
	side_close(&s);
}

/* Staged files go once their tasks have ended, never earlier. */
static void
tidy_staged(struct tidying *t)
{
	struct journey *j = t->j;
	struct err e;

	if (j->run.endpoint == NULL ||
	    (j->end != NULL && j->end->keep_staged))
		return;
	if (j->end != NULL)
		tidy_today(t);
	err_clear(&e);
	if (ledger_each_place(j->c->ledger, j->run.id, tidy_place, t,
	    &e) != 0)
		tidy_later(t, "files at former addresses could not be "
		    "removed", &e);
	free(t->dead);
	t->dead = NULL;
}

static void
tidy_unlink(struct tidying *t, const char *path)
{
	struct err e;

	if (unlink(path) == 0 || errno == ENOENT)
		return;
	err_clear(&e);
	err_sys(&e, ERR_IO, errno, "remove %s", path);
	tidy_later(t, "a file of the run stays", &e);
}

static void
tidy_local(struct tidying *t)
{
	struct journey *j = t->j;
	enum failed_kind kind;
	struct err e;
	size_t i;
	char *part;

	err_clear(&e);
	for (i = 0; i < j->nparts; i++) {
		if (j->parts[i].local != NULL && !t->unread)
			tidy_unlink(t, j->parts[i].local);
		for (kind = 0; kind < FAILED__MAX; kind++) {
			part = failed_path(j->dir, kind, j->parts[i].no, &e);
			if (part != NULL)
				tidy_unlink(t, part);
			else
				tidy_later(t, "a file of the run stays", &e);
			free(part);
		}
		(void)FAULT_POINT("tidy-local");
	}
	if (ledger_forget_samples(j->c->ledger, j->run.id, &e) == -1)
		tidy_later(t, "looked-up codes could not be forgotten", &e);
}

/* Rows of a part that only failed.csv names. */
static int64_t
refused_rows(const struct ledger_part *p)
{
	int64_t missing = p->missing > 0 ? p->missing : 0;
	int64_t failed = p->failed > 0 ? p->failed : 0;

	if (p->asked == p->rows)	/* every code was looked up */
		return missing;
	return missing > failed ? missing : failed;
}

/*
 * 1 when the files of the run hold every row that the ledger says is in them.
 * A file that is only moved still has the refused ones.
 */
static int
rows_are_kept(struct journey *j, bool moved, struct err *e)
{
	int64_t want = 0, set_aside, failed;
	size_t i;

	for (i = 0; !moved && i < j->nparts; i++)
		want += refused_rows(&j->parts[i]);
	if (rundir_rows(j->dir, "set-aside.csv", &set_aside, e) == -1 ||
	    rundir_rows(j->dir, "failed.csv", &failed, e) == -1)
		return -1;
	if (set_aside >= j->run.rejected && failed >= want)
		return 1;
	log_say(j->c->log, LOG_WARN, "the source file stays",
	    LFS("because", "some of its rows are in no file of the run"),
	    LFI("set_aside", j->run.rejected),
	    LFI("in_set_aside_csv", set_aside), LFI("refused", want),
	    LFI("in_failed_csv", failed));
	return 0;
}

/* Rows that are nowhere else stay in the source. */
static void
tidy_source(struct tidying *t)
{
	struct journey *j = t->j;
	bool copy = source_is_copy(j->dir, j->run.source.path);
	struct err e;
	int rc;

	err_clear(&e);
	if (parts_in(j, PART_DONE) < j->nparts ||
	    (!copy && j->job->after_done == AFTER_KEEP))
		return;
	rc = rows_are_kept(j, !copy && j->job->after_done == AFTER_MOVE, &e);
	if (rc == 1 && copy)
		tidy_unlink(t, j->run.source.path);
	else if (rc == 1)
		rc = source_away(j, &e);
	if (rc < 0)
		tidy_later(t, "the source file stays", &e);
}

/* What has gone from the run's folder is gone after a power cut, too. */
static void
tidy_flush(struct tidying *t)
{
	char *inside = failed_path(t->j->dir, FAILED_ROWS, 0, &t->first);
	struct err e;

	err_clear(&e);
	if (inside != NULL && io_sync_folder(inside, &e) == -1)
		tidy_later(t, "the run's folder was not flushed", &e);
	free(inside);
}

int
step_tidy(struct journey *j, struct err *e)
{
	struct tidying t = { .j = j };
	struct err why;
	int rc;

	err_clear(&t.first);
	err_clear(&why);
	tidy_staged(&t);
	if (FAULT_POINT("tidy-staged")) {
		err_set(e, ERR_IO, "injected");
		return 1;
	}
	rc = failed_whole(j, &why);
	if (rc == 1) {
		t.unread = true;
		tidy_trouble(j, "the packages stay, and rows that were "
		    "refused are not in failed.csv", &why);
		rc = 0;
	}
	if (rc != 0 || failed_join(j, &why) == -1) {
		*e = why;
		return err_wrap(e, "keep the refused rows");
	}
	tidy_local(&t);
	beside_forget(j->dir);
	tidy_source(&t);
	tidy_flush(&t);
	if (t.first.code == ERR_NONE)
		return 0;
	*e = t.first;
	return 1;
}
