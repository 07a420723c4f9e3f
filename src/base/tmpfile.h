/*
 * Output files that appear whole or not at all: written without a name or,
 * where the file system has no such files, under a temporary one beside the
 * target, flushed to disk, then named.
 */
#ifndef BASE_TMPFILE_H
#define BASE_TMPFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include "io.h"

struct err;

struct tmpfile {
	int	 fd;		/* open for reading and writing, or -1 */
	char	*path;		/* temporary name, or NULL: none (yet) */
	char	*final;		/* name after commit; NULL: none planned */
};

/*
 * tmpfile_open(t, final, mode, e): a new temporary file in the folder of
 * final.  ERR_CREATE or ERR_NOSPACE.
 */
int	tmpfile_open(struct tmpfile *, const char *, mode_t, struct err *);

/*
 * tmpfile_name(t, e): see to it that t has a temporary name, for those who can
 * only open a path.  It stays when the process is killed.  ERR_CREATE.
 */
int	tmpfile_name(struct tmpfile *, struct err *);

/*
 * tmpfile_stream(t, e): a stream that appends to t.  The caller closes it, and
 * looks at what fclose says, before tmpfile_commit.  ERR_NOMEM, ERR_CREATE.
 */
FILE	*tmpfile_stream(struct tmpfile *, struct err *);

/*
 * tmpfile_is_leftover(name): whether a file's name, without its folder, is one
 * that tmpfile_open or tmpfile_anon gives.  Pure.
 */
bool	tmpfile_is_leftover(const char *);

/*
 * tmpfile_anon(t, dir, e): an unnamed file in dir for spooling; it is gone
 * when closed or when the process dies.  ERR_CREATE.
 */
int	tmpfile_anon(struct tmpfile *, const char *, struct err *);

/*
 * tmpfile_commit(t, e): fsync, close, name as final, in place of what has that
 * name, fsync the folder.  On failure the temporary file is removed.  t is
 * empty afterwards.
 */
int	tmpfile_commit(struct tmpfile *, struct err *);

/*
 * tmpfile_commit_new(t, e): likewise, unless something has the final name:
 * ERR_CREATE, and the temporary file is removed.
 */
int	tmpfile_commit_new(struct tmpfile *, struct err *);

/*
 * tmpfile_abort(t): close and remove; harmless on an empty t.
 */
void	tmpfile_abort(struct tmpfile *);

#endif
