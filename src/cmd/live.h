/*
 * The table of tasks that follow keeps on a terminal.
 */
#ifndef CMD_LIVE_H
#define CMD_LIVE_H

#include <stddef.h>
#include <stdio.h>

#include "../base/err.h"
#include "../pipeline/follow_refs.h"

/*
 * live_table(f, refs, n, columns, rows, e): a line for each task, the worst
 * first, shorter than columns and fewer than rows; the last one counts those
 * for which there is no room.  Returns how many lines, or -1 with ERR_NOMEM.
 */
int	live_table(FILE *, const struct followed *, size_t, size_t, size_t,
	    struct err *);

#endif
