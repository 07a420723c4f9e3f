/*
 * What the advise*.c files share: the first rows of a file, as cells.
 */
#ifndef COUPON_ADVISE_INTERNAL_H
#define COUPON_ADVISE_INTERNAL_H

#include "../base/buf.h"
#include "advise.h"
#include "check.h"

#define GRID_ROWS	200
#define GRID_CELLS	64

struct grid {
	struct buf	 text;		/* of all cells */
	struct {
		size_t	at, len;
	} cell[GRID_ROWS][GRID_CELLS];
	size_t		 cells[GRID_ROWS];
	size_t		 rows;
	size_t		 width;		/* of most rows */
};

/*
 * grid_read(g, p, n, delimiter, e): the first records of a text; delimiter 0
 * for one code per line.  ERR_NOMEM.  The caller ends it with
 * buf_release(&g->text), after failure too.
 */
int	grid_read(struct grid *, const char *, size_t, char, struct err *);

/*
 * grid_look(g, o, a): what the columns are and how they are written, into a;
 * returns how sure it is, 0 for not at all.
 */
unsigned grid_look(const struct grid *, const struct check_opts *,
	    struct advice *);

#endif
