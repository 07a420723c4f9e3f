/*
 * What becomes of the source when its run has ended.
 */
#ifndef PIPELINE_AWAY_H
#define PIPELINE_AWAY_H

#include <stdbool.h>

#include "../base/err.h"

struct journey;

/*
 * away_name(base, id, e): the name that a file gets where its own is taken:
 * with the run's id before its ending; malloc'd.  Pure.
 */
char	*away_name(const char *, const char *, struct err *);

/*
 * source_is_copy(dir, path): the source is our own copy of a pipe, in the run's
 * folder.  Pure.
 */
bool	source_is_copy(const char *, const char *);

/*
 * source_away(j, e): move or delete the source as the job says, if it still is
 * the file that the run was made from.  Durable afterwards.  Blocks while a
 * file is copied into another file system.
 */
int	source_away(struct journey *, struct err *);

#endif
