/*
 * Packing the rows of a run into the files that are sent.
 */
#ifndef PIPELINE_PARTS_H
#define PIPELINE_PARTS_H

#include <stddef.h>

#include "../base/err.h"

struct journey;
struct ledger_part;
struct spool;

/*
 * pack_parts(j, spool, parts, n, e): pack each group of a sealed spool into
 * files of the run's folder and choose the codes to look up.  The caller frees
 * *parts with parts_free.
 */
int	pack_parts(struct journey *, struct spool *, struct ledger_part **,
	    size_t *, struct err *);

/*
 * unpack_parts(j, e): before the ledger knows of any part: remove the packages
 * and the codes to look up, as nothing will be sent from them.
 */
int	unpack_parts(struct journey *, struct err *);

/*
 * parts_free(p, n): release and free n parts.
 */
void	parts_free(struct ledger_part *, size_t);

#endif
