/*
 * Taking away what runs left behind on this machine: folders of runs that
 * ended long ago, files that were being written when a run was interrupted,
 * folders of runs that never came to be, copies of the ledger from before an
 * upgrade.
 *
 * A folder is looked at without a lock first, as most are fine, and once more
 * with it, so that nothing is taken from a run that is just beginning.
 */
#include "cleanup_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/stop.h"
#include "../base/tmpfile.h"
#include "../ledger/ledger.h"
#include "../pipeline/ctx.h"
#include "../pipeline/lock.h"
#include "../pipeline/rundir.h"
#include "../pipeline/scratch.h"

#define COPY_OF		"ledger.db.v"	/* db_migrate names them */
#define COPY_RUNS	200	/* newest runs; one of them ended */
#define WRITTEN_MS	(24LL * 3600 * 1000) /* no copy takes as long */

struct sweeper {
	struct cleanup_call *call;
	const char	*id;	/* of the run, and the folder's name */
	char		*dir;
	int64_t		 ended_ms; /* when the last run ended */
};

/* What is to be done with a folder. */
enum todo { TODO_NOTHING, TODO_TEMP, TODO_FOLDER, TODO_UNKNOWN };

static void
told(struct sweeper *s, struct cleanup_item *item)
{
	item->bytes = -1;
	snprintf(item->run, sizeof(item->run), "%s", s->id != NULL ? s->id :
	    "");
	s->call->failed += item->err.code != ERR_NONE;
	s->call->f(s->call->arg, item);
}

/* Take the file of that name away from a folder that is open as dir. */
static int
file_away(struct sweeper *s, int dir, const char *folder, const char *name,
    struct cleanup_item *item, struct err *e)
{
	char *path;

	if (asprintf(&path, "%s/%s", folder, name) == -1)
		return err_nomem(e);
	item->name = path;
	err_clear(&item->err);
	if (!s->call->o->dry_run) {
		item->removed = unlinkat(dir, name, 0) == 0;
		if (!item->removed)
			err_sys(&item->err, ERR_IO, errno, "remove %s", path);
	}
	told(s, item);
	free(path);
	return 0;
}

/* A run that the ledger knows: old, or with something half-written. */
static int
todo_known(struct sweeper *s, const struct ledger_run *run, enum todo *todo,
    struct err *e)
{
	int64_t before = clock_wall(s->call->c->clock) - s->call->o->older_ms;
	unsigned kinds;

	if (s->call->o->job != NULL && (run->job == NULL ||
	    strcmp(run->job, s->call->o->job) != 0))
		return 0;
	if (run_is_final(run->state) && run->finished_ms > 0 &&
	    run->finished_ms < before) {
		*todo = TODO_FOLDER;
		return 0;
	}
	if (rundir_holds(s->dir, &kinds, e) == -1)
		return -1;
	if ((kinds & RUNDIR_TEMP) != 0)
		*todo = TODO_TEMP;
	return 0;
}

static int
todo_of(struct sweeper *s, enum todo *todo, struct err *e)
{
	struct ledger_run run;
	struct err why;
	int rc;

	*todo = TODO_NOTHING;
	err_clear(&why);
	if (ledger_run_get(s->call->c->ledger, s->id, &run, &why) == 0) {
		rc = todo_known(s, &run, todo, e);
		ledger_run_release(&run);
		return rc;
	}
	if (why.code != ERR_REF) {
		*e = why;
		return -1;
	}
	/* Whose job it was nobody knows. */
	if (s->call->o->job == NULL)
		*todo = TODO_UNKNOWN;
	return 0;
}

static int
temp_one(void *arg, int dir, const char *name, struct err *e)
{
	struct sweeper *s = arg;
	struct cleanup_item item = { .kind = "temporary" };

	if (rundir_kind(name) != RUNDIR_TEMP)
		return 0;
	return file_away(s, dir, s->dir, name, &item, e);
}

static void
folder_away(struct sweeper *s, struct cleanup_item *item)
{
	struct stat st;

	if (s->call->o->dry_run)
		return;
	io_rmtree(s->dir);
	item->removed = lstat(s->dir, &st) == -1 && errno == ENOENT;
	if (!item->removed)
		err_set(&item->err, ERR_IO, "%s could not be removed whole",
		    s->dir);
}

/*
 * Interrupted before the ledger knew of it: nothing can have been sent from
 * it.  With packages, their mark or rows in it, the ledger was replaced by an
 * older one.
 */
static int
folder_unknown(struct sweeper *s, struct cleanup_item *item, struct err *e)
{
	unsigned kinds;

	if (rundir_holds(s->dir, &kinds, e) == -1)
		return -1;
	if ((kinds & (RUNDIR_PACKAGE | RUNDIR_ROWS | RUNDIR_MARK)) != 0)
		err_set(&item->err, ERR_LEDGER, "the ledger does not know "
		    "this run, but its folder shows that it had coupons: it "
		    "stays; is the ledger an older copy?  Remove the folder "
		    "yourself when nobody needs what is in it");
	else
		folder_away(s, item);
	return 0;
}

static int
do_todo(struct sweeper *s, enum todo todo, struct err *e)
{
	struct cleanup_item item = { .kind = "folder", .name = s->dir };

	err_clear(&item.err);
	switch (todo) {
	case TODO_NOTHING:
		return 0;
	case TODO_TEMP:
		return rundir_each(s->dir, temp_one, s, e);
	case TODO_FOLDER:
		folder_away(s, &item);
		break;
	case TODO_UNKNOWN:
		if (folder_unknown(s, &item, e) == -1)
			return -1;
		break;
	}
	told(s, &item);
	return 0;
}

/* Who holds the lock is at work in the folder: nothing there is left over. */
static int
clean_locked(struct sweeper *s, struct err *e)
{
	struct err busy;
	enum todo todo;
	char *path = NULL;
	int lock, rc;

	if (asprintf(&path, "%s/lock", s->dir) == -1)
		return err_nomem(e);
	err_clear(&busy);
	lock = pipeline_lock(s->call->c->clock, path, 0, "the run", &busy);
	free(path);
	if (lock < 0) {
		if (busy.code == ERR_LOCKED)
			return 0;
		*e = busy;
		return -1;
	}
	rc = todo_of(s, &todo, e);
	if (rc == 0)
		rc = do_todo(s, todo, e);
	close(lock);
	return rc;
}

/* What a killed dry run left: nothing was sent from it. */
static int
clean_scratch(void *arg, const char *dir, struct err *e)
{
	struct sweeper *s = arg;
	struct cleanup_item item = { .kind = "dry-run", .name = dir };
	int rc = 0;

	(void)e;
	err_clear(&item.err);
	if (scratch_busy(dir))
		return 0;
	if (!s->call->o->dry_run) {
		rc = scratch_remove(dir, &item.err);
		item.removed = rc == 0;
	}
	if (rc != 1)
		told(s, &item);
	return 0;
}

static int
latest_end(void *arg, const char *id, struct err *e)
{
	struct sweeper *s = arg;
	struct ledger_run run;

	if (ledger_run_get(s->call->c->ledger, id, &run, e) == -1)
		return -1;
	if (run_is_final(run.state) && run.finished_ms > s->ended_ms)
		s->ended_ms = run.finished_ms;
	ledger_run_release(&run);
	return 0;
}

/*
 * What kind of leftover a file beside the ledger is; NULL: none, or one that
 * may be needed.  A copy is kept until a run has ended with the ledger that
 * replaced it.
 */
static const char *
state_kind(const struct sweeper *s, const char *name, int64_t made_ms)
{
	int64_t now = clock_wall(s->call->c->clock);

	if (strncmp(name, COPY_OF, sizeof(COPY_OF) - 1) == 0)
		return made_ms < now - s->call->o->older_ms &&
		    made_ms < s->ended_ms ? "ledger-copy" : NULL;
	if (strncmp(name, "." COPY_OF, sizeof(COPY_OF)) == 0 &&
	    tmpfile_is_leftover(name) && made_ms < now - WRITTEN_MS)
		return "temporary";
	return NULL;
}

static int
state_file(struct sweeper *s, int dir, const char *name, struct err *e)
{
	struct cleanup_item item = { .kind = NULL };
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    !S_ISREG(st.st_mode))
		return 0;
	item.kind = state_kind(s, name, st.st_mtim.tv_sec * 1000LL +
	    st.st_mtim.tv_nsec / 1000000);
	if (item.kind == NULL)
		return 0;
	return file_away(s, dir, s->call->c->set->state_dir, name, &item, e);
}

/* Files beside the ledger that an upgrade made. */
static int
clean_state(struct sweeper *s, struct err *e)
{
	const struct ledger_filter newest = { .newest_first = true,
	    .limit = COPY_RUNS };
	const char *path = s->call->c->set->state_dir;
	struct dirent *d;
	DIR *dir;
	int rc = 0;

	if (ledger_each_run(s->call->c->ledger, &newest, latest_end, s,
	    e) == -1)
		return -1;
	dir = opendir(path);
	if (dir == NULL)
		return err_sys(e, ERR_IO, errno, "look into %s", path);
	while (rc == 0 && (d = readdir(dir)) != NULL)
		rc = state_file(s, dirfd(dir), d->d_name, e);
	closedir(dir);
	return rc;
}

static int
named_run(const struct dirent *d)
{
	return id_is(d->d_name);
}

static int
by_name(const void *a, const void *b)
{
	const struct dirent *const *x = a, *const *y = b;

	return strcmp((*x)->d_name, (*y)->d_name);
}

/*
 * Leave out the folders of runs that ended lately, which are nearly all: what
 * was half-written there was taken away before the run could end.  How many
 * are left, oldest run first, or -1.
 */
static int
without_fresh(const struct sweeper *s, struct dirent **list, int n,
    struct err *e)
{
	int64_t before = clock_wall(s->call->c->clock) - s->call->o->older_ms;
	int64_t ended_ms;
	int i, kept = 0, rc = 0;

	for (i = 0; i < n; i++) {
		if (rc != -1)
			rc = ledger_run_ended(s->call->c->ledger,
			    list[i]->d_name, &ended_ms, e);
		if (rc == 1 && ended_ms >= before)
			free(list[i]);
		else
			list[kept++] = list[i];
	}
	if (kept > 0)
		qsort(list, (size_t)kept, sizeof(*list), by_name);
	for (i = 0; rc == -1 && i < kept; i++)
		free(list[i]);
	return rc == -1 ? -1 : kept;
}

int
cleanup_local(struct cleanup_call *call, struct err *e)
{
	const struct settings *set = call->c->set;
	struct sweeper s = { .call = call };
	struct dirent **list = NULL;
	char *runs = NULL;
	enum todo todo;
	int i, n, rc = 0;

	if (asprintf(&runs, "%s/runs", set->state_dir) == -1)
		return err_nomem(e);
	n = scandir(runs, &list, named_run, NULL);
	if (n < 0 && errno != ENOENT)
		rc = err_sys(e, ERR_IO, errno, "look into %s", runs);
	if (n > 0 && (n = without_fresh(&s, list, n, e)) == -1)
		rc = -1;
	for (i = 0; i < n; i++) {
		s.id = list[i]->d_name;
		s.dir = rc == 0 && (rc = stop_check(e)) == 0 ?
		    pipeline_run_dir(set, s.id, e) : NULL;
		if (rc == 0)
			rc = s.dir == NULL ? -1 : todo_of(&s, &todo, e);
		if (rc == 0 && todo != TODO_NOTHING &&
		    !pipeline_busy(set, s.id))
			rc = call->o->dry_run ? do_todo(&s, todo, e) :
			    clean_locked(&s, e);
		free(s.dir);
		free(list[i]);
	}
	free(list);
	free(runs);
	s.id = NULL;
	s.dir = NULL;
	if (rc == 0 && call->o->job == NULL)
		rc = scratch_each(clean_scratch, &s, e) == -1 ? -1 :
		    clean_state(&s, e);
	return rc;
}
