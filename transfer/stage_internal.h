/*
 * What the files of the staging recipe share.
 */
#ifndef TRANSFER_STAGE_INTERNAL_H
#define TRANSFER_STAGE_INTERNAL_H

#include "xfer_internal.h"

/* One staging under way. */
struct stage {
	struct xfer			*x;
	const struct xfer_source	*src;
	const struct xfer_stage_opts	*opts;
	const char	*name;		/* final name */
	char		*temp;		/* temporary name */
	uint64_t	 reached;	/* end of the bytes that were read */
	bool		 reopened;	/* the one new connection was made */
	bool		 down;		/* the server does not answer */
	bool		 broke;		/* what is there may be gone on with */
	bool		 read_back;	/* content was compared */
	bool		 unverified;	/* the final name may be ours */
};

/*
 * stage_recover(s, why): after an error that leaves the outcome open: connect
 * again, once in a staging.  True when there is a working connection to ask
 * for the state.
 */
bool	stage_recover(struct stage *, const struct err *);

/*
 * stage_look(s, name, out, e): xfer_stat, and once more on a new connection.
 */
int	stage_look(struct stage *, const char *, struct xfer_stat *,
	    struct err *);

/*
 * stage_size(s, name, e): prove that name has the size of the source.
 * ERR_MISMATCH.
 */
int	stage_size(struct stage *, const char *, struct err *);

/*
 * stage_content(s, name, e): prove that it has its content, by fetching it.
 * ERR_MISMATCH.
 */
int	stage_content(struct stage *, const char *, struct err *);

/*
 * stage_prove(s, name, content, e): prove by size where the server can tell
 * it, and by content when that was asked for or is the only way.
 */
int	stage_prove(struct stage *, const char *, bool, struct err *);

/*
 * stage_put(s, name, e): put the source there; what broke off is gone on with
 * where its beginning is proven to be ours, and a lost answer is settled by
 * looking.
 */
int	stage_put(struct stage *, const char *, struct err *);

#endif
