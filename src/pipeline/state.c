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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "../base/clock.h"
#include "../base/io.h"
#include "../config/config.h"
#include "lock.h"
#include "rundir.h"

/* Folders named like runs, oldest id first. */
struct folders {
	struct dirent	**list;
	int		 n;
};

static int
named_run(const struct dirent *d)
{
	return id_is(d->d_name);
}

static int
folders_read(const struct settings *set, struct folders *f, struct err *e)
{
	char *runs;
	int rc = 0;

	f->list = NULL;
	if (asprintf(&runs, "%s/runs", set->state_dir) < 0)
		return err_nomem(e);
	f->n = scandir(runs, &f->list, named_run, alphasort);
	if (f->n < 0) {
		f->n = 0;
		if (errno != ENOENT)
			rc = err_sys(e, ERR_IO, errno, "look into %s", runs);
	}
	free(runs);
	return rc;
}

static void
folders_release(struct folders *f)
{
	while (f->n > 0)
		free(f->list[--f->n]);
	free(f->list);
	f->list = NULL;
}

/*
 * Whether a folder is of a run that packed rows and is not in the ledger.  The
 * ledger is asked last: a run that is just beginning is in it by then.
 */
static int
folder_is_lost(const struct settings *set, struct ledger *l, const char *id,
    bool *lost, struct err *e)
{
	char *dir = pipeline_run_dir(set, id, e);
	struct ledger_run run;
	struct err why;
	unsigned kinds;
	int rc;

	*lost = false;
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
	*lost = why.code == ERR_REF;
	if (*lost)
		return 0;
	*e = why;
	return -1;
}

/* Call f for each lost folder that is newer than the ledger's last run. */
static int
each_lost(const struct settings *set, struct ledger *l,
    const struct folders *f, int (*call)(void *, const char *, struct err *),
    void *arg, struct err *e)
{
	struct ledger_sum sum;
	bool lost;
	int i;

	if (ledger_sum(l, &sum, e) == -1)
		return -1;
	for (i = f->n; i-- > 0 && strcmp(f->list[i]->d_name,
	    sum.newest) > 0;) {
		if (folder_is_lost(set, l, f->list[i]->d_name, &lost, e) == -1)
			return -1;
		if (lost && call(arg, f->list[i]->d_name, e) != 0)
			return -1;
	}
	return 0;
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
    const struct folders *f, const char *init, struct err *e)
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
	    "newer ledger, or go on without these runs on purpose with: %s",
	    set->state_dir, set->state_dir, str_count(lost.n, "run", runs),
	    lost.newest, init);
}

static struct ledger *
open_known(const struct settings *set, const struct folders *f,
    const char *init, struct err *e)
{
	char why[3 * 4096], path[4200], runs[64];

	snprintf(path, sizeof(path), "%s/ledger.db", set->state_dir);
	snprintf(why, sizeof(why), "but %s/runs holds %s, the newest being "
	    "%s, which would be forgotten and could be sent again; put the "
	    "ledger back, or start anew on purpose with: %s",
	    set->state_dir, str_count((uint64_t)f->n, "run", runs),
	    f->n > 0 ? f->list[f->n - 1]->d_name : "", init);
	return ledger_open_old(path, f->n > 0 ? why : NULL, e);
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

struct ledger *
pipeline_ledger_open(const struct settings *set, const char *init,
    struct err *e)
{
	struct ledger *l = NULL;
	struct folders f;

	if (state_open(set, e) == -1 ||
	    folders_read(set, &f, e) == -1)
		return NULL;
	l = open_known(set, &f, init, e);
	if (l != NULL && ledger_is_whole(set, l, &f, init, e) == -1) {
		ledger_close(l);
		l = NULL;
	}
	folders_release(&f);
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
all_aside(const struct settings *set, struct ledger *l,
    const struct folders *f, struct ledger_begun *out, struct err *e)
{
	struct aside a = { .set = set, .out = out, .look = true };
	time_t now = (time_t)(clock_wall_ms() / 1000);
	char when[32] = "";
	struct tm tm;

	if (gmtime_r(&now, &tm) != NULL)
		strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", &tm);
	if (asprintf(&out->aside, "%s/aside-%s", set->state_dir, when) < 0) {
		out->aside = NULL;
		return err_nomem(e);
	}
	if (each_lost(set, l, f, aside_one, &a, e) == -1)
		return -1;
	a.look = false;
	return each_lost(set, l, f, aside_one, &a, e);
}

int
pipeline_ledger_init(const struct settings *set, struct ledger_begun *out,
    struct err *e)
{
	char path[4200];
	struct folders f;
	struct ledger *l;
	struct stat st;
	int rc = -1;

	memset(out, 0, sizeof(*out));
	snprintf(path, sizeof(path), "%s/ledger.db", set->state_dir);
	if (state_open(set, e) == -1 ||
	    folders_read(set, &f, e) == -1)
		return -1;
	out->made = stat(path, &st) == -1 || st.st_size == 0;
	l = ledger_open(path, e);
	if (l != NULL)
		rc = all_aside(set, l, &f, out, e);
	if (rc == 0)
		rc = ledger_sum(l, &out->sum, e);
	if (rc == 0 && !out->made && out->moved == 0)
		rc = err_set(e, ERR_NOTHING, "the ledger %s is there, knows "
		    "%lld runs and misses none; nothing was changed", path,
		    (long long)out->sum.runs);
	ledger_close(l);
	folders_release(&f);
	return rc;
}

void
pipeline_ledger_begun_release(struct ledger_begun *b)
{
	free(b->aside);
	b->aside = NULL;
}
