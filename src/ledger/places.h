/*
 * Places: where on file servers something of a run lies, or may lie.
 */
#ifndef LEDGER_PLACES_H
#define LEDGER_PLACES_H

#include <stdint.h>

#include "../base/id.h"

struct err;
struct ledger;

/* Where a file of a part is, or may be, on a file server. */
struct ledger_place {
	int64_t		 id;
	char		 run[ID_LEN + 1];
	int		 part;
	char		*endpoint;	/* its name at the time */
	char		*url;		/* of the folder; no query */
	char		*user;		/* NULL: none, or not known */
	char		*temp_dir;	/* for temporary names; or NULL */
	char		*marker;	/* end of the marker's name; or NULL */
	char		*name;		/* of the file */
};

/*
 * ledger_place_add(l, p, e): remember a place, whose id is not read, before
 * anything is sent there.  One that is known already is no error.
 */
int	ledger_place_add(struct ledger *, const struct ledger_place *,
	    struct err *);

/*
 * ledger_place_gone(l, id, e): forget a place at which nothing is left.
 */
int	ledger_place_gone(struct ledger *, int64_t, struct err *);

/*
 * ledger_each_place(l, run, f, arg, e): call f for each place of a run, or of
 * all with NULL, one address after the other; they are read before the first
 * call, so that f may change the ledger.  f returns 0, or -1 with e set to
 * end.
 */
int	ledger_each_place(struct ledger *, const char *,
	    int (*)(void *, const struct ledger_place *, struct err *), void *,
	    struct err *);

#endif
