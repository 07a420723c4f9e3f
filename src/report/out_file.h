/*
 * A file that a person asked for: it appears whole, or not at all.
 *
 * Ordinary files are written under another name and renamed; what cannot be
 * replaced (a device, a pipe) is written to as it is.
 */
#ifndef REPORT_OUT_FILE_H
#define REPORT_OUT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "../base/tmpfile.h"
#include "../format/utf16.h"

struct err;

struct out_file {
	FILE		*f;	/* NULL: not open */
	char		*path;	/* as it was asked for */
	bool		 force;	/* may replace a file */
	struct tmpfile	 t;	/* fd -1: written to directly */
};

/* What must not be written over. */
struct out_kept {
	const char	**path;		/* files that are read; "-" is standard
					   input */
	size_t		  n;
	bool		  force;	/* others may be: --force */
};

/*
 * out_spare(kept, path, e): ERR_USAGE when path leads to one of the files that
 * are read, by whatever name: written over, its rows would be gone.
 * ERR_CREATE when another ordinary file is there, unless force allows it.
 */
int	out_spare(const struct out_kept *, const char *, struct err *);

/*
 * out_open(o, path, kept, e): start it.  ERR_CREATE when it cannot be made
 * there, or as of out_spare.  The caller ends it with out_commit or out_abort.
 */
int	out_open(struct out_file *, const char *, const struct out_kept *,
	    struct err *);

/*
 * out_rename(o, path, e): another name in the same folder.  On ERR_NOMEM only
 * out_abort is left.
 */
int	out_rename(struct out_file *, const char *, struct err *);

/*
 * out_encode(o, kind, mark, e): all is written, in UTF-8: make it UTF-16 or
 * UTF-32, with its byte order mark where mark says so.  What is written to
 * directly stays as it is.  ERR_IO, ERR_CREATE, ERR_NOMEM; then only out_abort
 * is left.
 */
int	out_encode(struct out_file *, enum utf16_kind, bool, struct err *);

/*
 * out_commit(o, e): all is written: put it in place.  ERR_IO, ERR_NOSPACE
 * when any of it could not be written, ERR_CREATE when a file has come there
 * meanwhile; then it is not made.  o is empty afterwards.
 */
int	out_commit(struct out_file *, struct err *);

/*
 * out_abort(o): leave nothing behind; harmless on an empty o.
 */
void	out_abort(struct out_file *);

#endif
