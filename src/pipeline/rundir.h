/*
 * The folders that runs keep their files in.
 */
#ifndef PIPELINE_RUNDIR_H
#define PIPELINE_RUNDIR_H

#include <stdint.h>

#include "../base/err.h"

struct settings;

/*
 * pipeline_run_dir(set, id, e): path of a run's folder, malloc'd.
 */
char	*pipeline_run_dir(const struct settings *, const char *, struct err *);

/* What a file in a run's folder is. */
enum rundir_kind {
	RUNDIR_OTHER = 1,	/* the lock, a copy of standard input */
	RUNDIR_TEMP = 2,	/* of an interrupted write */
	RUNDIR_PACKAGE = 4,
	RUNDIR_ROWS = 8,	/* set aside, refused or unknown */
	RUNDIR_MARK = 16	/* of rundir_mark */
};

/*
 * rundir_kind(name): what a file in a run's folder is, by its name.  Pure.
 */
enum rundir_kind rundir_kind(const char *);

/*
 * rundir_each(dir, f, arg, e): call f with the open folder and the name of each
 * file in it; f returns 0, or -1 with e set to end.  A folder that is not
 * there is empty.  ERR_IO.
 */
int	rundir_each(const char *, int (*)(void *, int, const char *,
	    struct err *), void *, struct err *);

/*
 * rundir_sweep(dir, kinds, e): remove the files of these kinds.  The caller
 * holds the run's lock.
 */
int	rundir_sweep(const char *, unsigned, struct err *);

/*
 * rundir_mark(dir, e): leave an empty file in it as long as it is there:
 * rows of the run, which the ledger knows, are packed and may be sent.  It
 * bears witness when the packages are gone.  Durable with the next file that
 * is put in place there.
 */
int	rundir_mark(const char *, struct err *);

/*
 * rundir_holds(dir, kinds, e): the kinds that are there into *kinds.
 */
int	rundir_holds(const char *, unsigned *, struct err *);

/*
 * rundir_rows(dir, name, rows, e): how many rows a CSV of ours has below its
 * header; 0 when there is none.
 */
int	rundir_rows(const char *, const char *, int64_t *, struct err *);

#endif
