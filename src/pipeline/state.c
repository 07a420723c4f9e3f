/*
 * The state folder as a whole: its ledger, and the folders of its runs.
 *
 * A ledger that was lost, or put back from an older copy, knows nothing of
 * what was sent since; going on with it sends the same files again.  The
 * folders of the runs are the witnesses: a run is in the ledger before
 * anything is packed for it, and what was packed leaves a mark.
 */
#include "state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/io.h"
#include "../base/list.h"
#include "../config/config.h"
#include "ctx.h"
#include "lock.h"
#include "rundir.h"

/* Folders named like runs. */
struct folders {
	size_t	 n;
	char	 newest[ID_LEN + 1];	/* "": none */
};

/* Call f with each name of a run's folder, in no order. */
static int
each_folder(const struct settings *set, int (*f)(void *, const char *,
    struct err *), void *arg, struct err *e)
{
	struct dirent *d;
	char *runs;
	DIR *dir;
	int rc = 0;

	if (asprintf(&runs, "%s/runs", set->state_dir) < 0)
		return err_nomem(e);
	dir = opendir(runs);
	if (dir == NULL && errno != ENOENT)
		rc = err_sys(e, ERR_IO, errno, "look into %s", runs);
	while (dir != NULL && rc == 0 && (d = readdir(dir)) != NULL)
		if (id_is(d->d_name))
			rc = f(arg, d->d_name, e);
	if (dir != NULL)
		closedir(dir);
	free(runs);
	return rc;
}

static int
folders_count(void *arg, const char *id, struct err *e)
{
	struct folders *f = arg;

	(void)e;
	f->n++;
	if (strcmp(id, f->newest) > 0)
		snprintf(f->newest, sizeof(f->newest), "%s", id);
	return 0;
}

/*
 * Whether a folder is of a run that packed rows and is not in the ledger.  The
 * ledger is asked last: a run that is just beginning is in it by then.
 */
static int
folder_is_lost(const struct settings *set, struct ledger *l, const char *id,
    struct err *e)
{
	char *dir = pipeline_run_dir(set, id, e);
	struct ledger_run run;
	struct err why;
	unsigned kinds;
	int rc;

	if (dir == NULL)
		return -1;
	rc = rundir_holds(dir, &kinds, e);
	free(dir);
	if (rc != 0 || (kinds & (RUNDIR_PACKAGE | RUNDIR_MARK)) == 0)
		return rc;
	err_clear(&why);
	if (ledger_run_get(l, id, &run, &why) == 0) {
		ledger_run_release(&run);
		return 0;
	}
	if (why.code == ERR_REF)
		return 1;
	*e = why;
	return -1;
}

/* Ids of folders that are newer than the ledger's last run. */
struct newer {
	char	 than[ID_LEN + 1];
	char	(*id)[ID_LEN + 1];
	size_t	 n, cap;
};

static int
newer_add(void *arg, const char *id, struct err *e)
{
	struct newer *w = arg;

	if (strcmp(id, w->than) <= 0)
		return 0;
	if (list_grow(&w->id, w->n, &w->cap, sizeof(*w->id), e) == -1)
		return -1;
	snprintf(w->id[w->n++], sizeof(*w->id), "%s", id);
	return 0;
}

static int
newest_first(const void *a, const void *b)
{
	return -strcmp(a, b);
}

/*
 * Call f for each lost folder that is newer than the ledger's last run, newest
 * first.  As a rule there is none, and all are not read once more.
 */
static int
each_lost(const struct settings *set, struct ledger *l,
    const struct folders *f, int (*call)(void *, const char *, struct err *),
    void *arg, struct err *e)
{
	struct newer w = { .n = 0 };
	size_t i;
	int rc;

	if (ledger_newest(l, w.than, e) == -1)
		return -1;
	if (strcmp(f->newest, w.than) <= 0)
		return 0;
	rc = each_folder(set, newer_add, &w, e);
	if (w.n > 0)
		qsort(w.id, w.n, sizeof(*w.id), newest_first);
	for (i = 0; rc == 0 && i < w.n; i++) {
		rc = folder_is_lost(set, l, w.id[i], e);
		if (rc == 1)
			rc = call(arg, w.id[i], e);
	}
	free(w.id);
	return rc;
}

struct lost {
	char	newest[ID_LEN + 1];
	size_t	n;
};

static int
lost_count(void *arg, const char *id, struct err *e)
{
	struct lost *lost = arg;

	(void)e;
	if (lost->n++ == 0)
		snprintf(lost->newest, sizeof(lost->newest), "%s", id);
	return 0;
}

/* A ledger that the folders show to be older than what was done. */
static int
ledger_is_whole(const struct settings *set, struct ledger *l,
    const struct folders *f, struct err *e)
{
	struct lost lost = { .n = 0 };
	char runs[64];

	if (each_lost(set, l, f, lost_count, &lost, e) == -1)
		return -1;
	if (lost.n == 0)
		return 0;
	return err_set(e, ERR_LEDGER, "the ledger %s/ledger.db is older than "
	    "%s/runs: it does not know %s that packed rows there, the newest "
	    "being %s, so the same rows could be sent again; put back the "
	    "newer ledger, or go on without these runs on purpose with: "
	    "coupondrop ledger init",
	    set->state_dir, set->state_dir, str_count(lost.n, "run", runs),
	    lost.newest);
}

static struct ledger *
open_known(const struct ctx *c, const struct folders *f, struct err *e)
{
	const struct settings *set = c->set;
	char why[3 * 4096], path[4200], runs[64];

	snprintf(path, sizeof(path), "%s/ledger.db", set->state_dir);
	snprintf(why, sizeof(why), "but %s/runs holds %s, the newest being "
	    "%s, which would be forgotten and could be sent again; put the "
	    "ledger back, or start anew on purpose with: coupondrop ledger "
	    "init", set->state_dir, str_count(f->n, "run", runs), f->newest);
	return ledger_open(path, f->n > 0 ? why : NULL, c->clock, e);
}

/* The state folder, made if missing, and ours. */
static int
state_open(const struct settings *set, struct err *e)
{
	size_t i;
	int rc = io_mkdirs(set->state_dir, 0700, e);

	for (i = 0; rc == 0; i++)
		rc = config_state_look(set->state_dir, i, e);
	return rc < 0 ? -1 : 0;
}

/* Whether the state folder is there and nothing can be written in it. */
static bool
state_is_fixed(const struct settings *set)
{
	return faccessat(AT_FDCWD, set->state_dir, W_OK, AT_EACCESS) == -1 &&
	    (errno == EROFS || errno == EACCES);
}

struct ledger *
pipeline_ledger_open(const struct ctx *c, struct err *e)
{
	bool fixed = c->only_look && state_is_fixed(c->set);
	struct folders f = { .n = 0 };
	struct ledger *l = NULL;
	char path[4200];

	if (state_open(c->set, e) == -1 ||
	    each_folder(c->set, folders_count, &f, e) == -1)
		return NULL;
	snprintf(path, sizeof(path), "%s/ledger.db", c->set->state_dir);
	l = fixed ? ledger_read(path, c->clock, e) : open_known(c, &f, e);
	if (l != NULL && ledger_is_whole(c->set, l, &f, e) == -1) {
		ledger_close(l);
		l = NULL;
	}
	return l;
}

/* What is being put aside, and where. */
struct aside {
	const struct settings *set;
	struct ledger_begun *out;
	bool		 look;	/* whether all may be moved, no more */
};

static int
aside_one(void *arg, const char *id, struct err *e)
{
	struct aside *a = arg;
	char *from = NULL, *to = NULL;
	int rc = -1;

	if (a->look)
		return pipeline_busy(a->set, id) ? err_set(e, ERR_LOCKED,
		    "run %s is at work; let it end first", id) : 0;
	if (io_mkdirs(a->out->aside, 0700, e) == -1)
		return -1;
	from = pipeline_run_dir(a->set, id, e);
	if (from == NULL || asprintf(&to, "%s/%s", a->out->aside, id) < 0)
		err_nomem(e);
	else if (rename(from, to) == -1)
		err_sys(e, ERR_IO, errno, "cannot move %s to %s", from, to);
	else
		rc = io_sync_folder(to, e);
	if (rc == 0)
		rc = io_sync_folder(from, e);
	a->out->moved += rc == 0;
	free(from);
	free(to);
	return rc;
}

static int
all_aside(const struct ctx *c, struct ledger *l, const struct folders *f,
    struct ledger_begun *out, struct err *e)
{
	struct aside a = { .set = c->set, .out = out, .look = true };
	char when[17];

	if (asprintf(&out->aside, "%s/aside-%s", c->set->state_dir,
	    clock_name(clock_wall(c->clock), when)) < 0) {
		out->aside = NULL;
		return err_nomem(e);
	}
	if (each_lost(c->set, l, f, aside_one, &a, e) == -1)
		return -1;
	a.look = false;
	return each_lost(c->set, l, f, aside_one, &a, e);
}

int
pipeline_ledger_init(const struct ctx *c, struct ledger_begun *out,
    struct err *e)
{
	const struct settings *set = c->set;
	char path[4200];
	struct folders f = { .n = 0 };
	struct ledger *l;
	struct stat st;
	int rc = -1;

	memset(out, 0, sizeof(*out));
	snprintf(path, sizeof(path), "%s/ledger.db", set->state_dir);
	if (state_open(set, e) == -1 ||
	    each_folder(set, folders_count, &f, e) == -1)
		return -1;
	out->made = stat(path, &st) == -1 || st.st_size == 0;
	l = ledger_open(path, NULL, c->clock, e);
	if (l != NULL)
		rc = all_aside(c, l, &f, out, e);
	if (rc == 0)
		rc = ledger_sum(l, &out->sum, e);
	if (rc == 0 && !out->made && out->moved == 0)
		rc = err_set(e, ERR_NOTHING, "the ledger %s is there, knows "
		    "%lld runs and misses none; nothing was changed", path,
		    (long long)out->sum.runs);
	ledger_close(l);
	return rc;
}

void
pipeline_ledger_begun_release(struct ledger_begun *b)
{
	free(b->aside);
	b->aside = NULL;
}
