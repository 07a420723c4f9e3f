/*
 * The folders of dry runs.
 */
#ifndef PIPELINE_SCRATCH_H
#define PIPELINE_SCRATCH_H

#include <stdbool.h>

#include "../base/err.h"

struct clock;

/*
 * pipeline_scratch_new(clock, lock, e): a new folder for the ledger and the
 * files of a dry run, below TMPDIR; malloc'd.  *lock is open while the run
 * lasts, so that cleanup can tell what a killed one left.  The caller removes
 * the folder, then closes *lock.  ERR_CREATE.
 */
char	*pipeline_scratch_new(const struct clock *, int *, struct err *);

/*
 * scratch_each(f, arg, e): call f with the path of each folder that a dry run
 * of this user has left; see rundir_each for f.
 */
int	scratch_each(int (*)(void *, const char *, struct err *), void *,
	    struct err *);

/*
 * scratch_remove(dir, e): 0 when it is gone, 1 when the run is still under way
 * and it stays.  ERR_IO.
 */
int	scratch_remove(const char *, struct err *);

/*
 * scratch_busy(dir): the dry run is still under way.
 */
bool	scratch_busy(const char *);

#endif
