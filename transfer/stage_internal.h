/*
 * What the files of the staging recipe share.
 */
#ifndef TRANSFER_STAGE_INTERNAL_H
#define TRANSFER_STAGE_INTERNAL_H

#include "stage.h"
#include "xfer_internal.h"

/* One staging under way. */
struct stage {
	struct xfer			*x;
	const struct xfer_source	*src;
	const struct xfer_stage_opts	*opts;
	struct xfer_staged		*out;
	const char	*name;		/* final name */
	char		*temp;		/* temporary name */
	uint64_t	 reached;	/* end of the bytes that were read */
	bool		 reopened;	/* the one new connection was made */
	bool		 down;		/* the server does not answer */
	bool		 broke;		/* what is there may be gone on with */
	bool		 read_back;	/* content was compared */
	bool		 hashed;	/* or the server's SHA-256 of it */
	bool		 blind;		/* the server permits no look */
	bool		 unverified;	/* the final name may be ours */
	bool		 begun;		/* the final name is ours already: an
					   earlier try began to write it */
};

/* What a name over there holds. */
enum stage_there {
	THERE_NOTHING,
	THERE_OURS,	/* the whole source */
	THERE_BEGUN,	/* its beginning, perhaps of no bytes */
	THERE_OTHER,
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
 * stage_compare(s, name, out, same, e): fetch name and compare it with the
 * source; *same bytes at its beginning are the source's.  -1 when it cannot be
 * looked up or read.
 */
int	stage_compare(struct stage *, const char *, enum stage_there *,
	    uint64_t *, struct err *);

/*
 * stage_prove(s, name, content, e): prove by size where the server can tell
 * it, and by content when that was asked for or is the only way.  A server
 * whose sizes are late is asked again for a while.
 */
int	stage_prove(struct stage *, const char *, bool, struct err *);

/*
 * stage_put(s, name, e): put the source there; what broke off is gone on with
 * where its beginning is proven to be ours, and a lost answer is settled by
 * looking.  ERR_EXISTS when name is the final one, has to be free, and is not.
 */
int	stage_put(struct stage *, const char *, struct err *);

/*
 * stage_must_be_free(s): whether a file under the final name has to stay.
 */
bool	stage_must_be_free(const struct stage *);

/*
 * stage_look_first(s, e): what is there before anything is sent, and which
 * name to take: 1 when it is our file, 0 to go on, -1 to stop.
 */
int	stage_look_first(struct stage *, struct err *);

/*
 * stage_plain(s, name, e): 0 where a file may be written: the name is free, or
 * that of a file, or the server does not tell.  ERR_EXISTS when a folder has
 * the name, or a link, which is not followed.
 */
int	stage_plain(struct stage *, const char *, struct err *);

/*
 * stage_refused(s, name, e): e says why the server refused to write name; it
 * is replaced when the reason is what has the name.  Returns -1.
 */
int	stage_refused(struct stage *, const char *, struct err *);

/*
 * stage_taken(s, e): somebody else took the final name meanwhile: as
 * stage_look_first.
 */
int	stage_taken(struct stage *, struct err *);

#endif
