/*
 * The recipe of an upload: a temporary name, a proof, the final name.
 */
#ifndef TRANSFER_STAGE_H
#define TRANSFER_STAGE_H

#include <stdbool.h>

#include "files.h"

/* What to do when the final name is taken. */
enum xfer_exists {
	XFER_REPLACE,		/* the new file takes its place */
	XFER_FAIL,		/* ERR_EXISTS */
	XFER_SKIP,		/* the same content: done; else ERR_EXISTS */
	XFER_UNIQUE,		/* take NAME-2, NAME-3 ... instead */
};

/* How the final name comes to be. */
enum xfer_atomic {
	XFER_AUTO,		/* by rename; at once where that is refused */
	XFER_RENAME,		/* by rename or not at all */
	XFER_DIRECT,		/* at once */
};

/* How an upload is proven, besides its size. */
enum xfer_proof {
	XFER_BY_SIZE,		/* by nothing else */
	XFER_BY_HASH,		/* by the server's own SHA-256; where it tells
				   none, as below */
	XFER_BY_READBACK,	/* by fetching it and its SHA-256 */
};

/* How well it is known that the final name holds the file. */
enum xfer_verified {
	XFER_VERIFIED_NOT,	/* it does not */
	XFER_VERIFIED_UNSURE,	/* it may: after a failure, or where in_place
				   or believe allows no look */
	XFER_VERIFIED_SIZE, XFER_VERIFIED_HASH, XFER_VERIFIED_READBACK
};

/* What xfer_stage did. */
struct xfer_staged {
	enum xfer_verified verified;
	bool		 direct;   /* no temporary name was used */
	char		 name[256]; /* the final name */
};

struct xfer_stage_opts {
	const char	*name;	 /* final name, a single file name */
	const char	*tag;	 /* run id, for the temporary name */
	enum xfer_proof	 proof;
	unsigned char	 sha256[32]; /* of the source */
	enum xfer_exists on_exists;
	enum xfer_atomic atomic;
	const char	*temp_dir; /* folder for temporary names, below the
				      URL's or from "/"; NULL: the URL's */
	const char	*marker; /* end of the name of an empty file that is
				    put last; NULL: none */
	bool		 mkdir;	 /* make folders that are missing */
	bool		 in_place; /* the URL is signed for one file: put it
				      there and believe it, if it cannot be
				      looked at */
	bool		 believe; /* where the server permits no look, take the
				     file for whole but unsure: the
				     caller fetches it from elsewhere */
	bool		 again;	 /* an earlier try may have left the file
				    under its final name: look first */
};

/*
 * xfer_stage_check(opts, e): whether what a configuration may say of the recipe
 * can be done; name and tag are not looked at.  ERR_CONFIG with e->key.
 */
int	xfer_stage_check(const struct xfer_stage_opts *, struct err *);

/*
 * xfer_stage(x, src, opts, out, e): the recipe.  Put under a temporary name
 * (names.h), prove it, rename, prove by state that the final name has that
 * size.  A failed proof never deletes a
 * final name, and out->verified is then UNSURE, after failure too; the
 * temporary one is removed if the server still answers.  Where the final name
 * is written at once, a beginning of src that a broken upload left there is
 * removed, too, once its bytes were compared.
 * Errors of the calls above; ERR_MISMATCH when a proof fails; ERR_EXISTS, also
 * when a folder or a link has one of the names: no link is followed.
 */
int	xfer_stage(struct xfer *, const struct xfer_source *,
	    const struct xfer_stage_opts *, struct xfer_staged *,
	    struct err *);

/*
 * xfer_unstage(x, src, opts, e): take away what an xfer_stage with the same
 * options put there: the file and its marker, with again the temporary name
 * too.  Where the file was never proven, give src, and it goes only if it is
 * src or its beginning; else NULL.  Nothing there is as good.
 */
int	xfer_unstage(struct xfer *, const struct xfer_source *,
	    const struct xfer_stage_opts *, struct err *);

/*
 * xfer_staged_there(x, opts, e): whether anything is there of what an
 * xfer_stage with the same options put: 1, 0, or -1 when that cannot be told.
 */
int	xfer_staged_there(struct xfer *, const struct xfer_stage_opts *,
	    struct err *);

#endif
