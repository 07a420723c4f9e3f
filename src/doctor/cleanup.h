/*
 * Cleanup: what ended runs left behind, on file servers and here.
 */
#ifndef DOCTOR_CLEANUP_H
#define DOCTOR_CLEANUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/err.h"
#include "../base/id.h"

struct ctx;

/* Something that an ended run left behind. */
struct cleanup_item {
	const char	*kind;	/* "temporary", "staged", "folder", "dry-run",
				   "ledger-copy": from before an upgrade,
				   "untidy": of a run whose tidying failed */
	const char	*where;	/* endpoint; NULL: this machine */
	const char	*name;	/* below the endpoint's folder, or a path */
	const char	*url;	/* of the folder, when it is not the
				   endpoint's any more; else NULL */
	char		 run[ID_LEN + 1]; /* "": of none that is known */
	int64_t		 bytes;	/* -1: not known */
	bool		 removed;
	struct err	 err;	/* why it was not removed */
};

struct cleanup_opts {
	const char	*job;		/* NULL: all */
	bool		 dry_run;	/* look only */
	int64_t		 older_ms;	/* folders of runs ended before, and
					   copies of the ledger */
};

/*
 * cleanup_leftovers(ctx, opts, f, arg, e): find and remove what ended runs left
 * on file servers and here, and what interrupted ones were just writing; f is
 * told of each.  Former addresses of endpoints are visited, too, where an
 * endpoint of today leads to the same server; else what may lie there is told.
 * A folder that the ledger does not know stays when it holds packages or rows.
 * A file server that cannot be asked does not keep the others from being
 * cleaned; the first such error is returned.  ERR_PARTIAL when something found
 * could not be removed.  Blocks.
 */
int	cleanup_leftovers(struct ctx *, const struct cleanup_opts *,
	    void (*)(void *, const struct cleanup_item *), void *,
	    struct err *);

/*
 * cleanup_waiting(ctx, n, e): how many files of runs that have not ended may
 * lie on file servers, as the ledger remembers it; nobody is asked.
 */
int	cleanup_waiting(struct ctx *, size_t *, struct err *);

#endif
