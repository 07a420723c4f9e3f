/*
 * A file that a person asked for: it appears whole, or not at all.
 *
 * Ordinary files are written under another name and renamed; what cannot be
 * replaced (a device, a pipe) is written to as it is.
 */
#ifndef REPORT_OUT_FILE_H
#define REPORT_OUT_FILE_H

#include <stddef.h>
#include <stdio.h>

#include "../base/tmpfile.h"

struct err;

struct out_file {
	FILE		*f;	/* NULL: not open */
	char		*path;	/* as it was asked for */
	struct tmpfile	 t;	/* fd -1: written to directly */
};

/* Files that are read, by their names; "-" is standard input. */
struct out_kept {
	const char	**path;
	size_t		  n;
};

/*
 * out_spare(kept, path, e): ERR_USAGE when path leads to one of the kept
 * files, by whatever name: written over, its rows would be gone.
 */
int	out_spare(const struct out_kept *, const char *, struct err *);

/*
 * out_open(o, path, kept, e): start it.  ERR_CREATE when it cannot be made
 * there, ERR_USAGE when it is one of the kept files.  The caller ends it with
 * out_commit or out_abort.
 */
int	out_open(struct out_file *, const char *, const struct out_kept *,
	    struct err *);

/*
 * out_rename(o, path, e): another name in the same folder.  On ERR_NOMEM only
 * out_abort is left.
 */
int	out_rename(struct out_file *, const char *, struct err *);

/*
 * out_commit(o, e): all is written: put it in place.  ERR_IO, ERR_NOSPACE
 * when any of it could not be written; then there is no file.  o is empty
 * afterwards.
 */
int	out_commit(struct out_file *, struct err *);

/*
 * out_abort(o): leave nothing behind; harmless on an empty o.
 */
void	out_abort(struct out_file *);

#endif
