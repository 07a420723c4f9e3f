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

/*
 * io_write_all(fd, p, n, e): write all n bytes, through EINTR and short
 * writes.  ERR_IO or ERR_NOSPACE.
 */
int	io_write_all(int, const void *, size_t, struct err *);

/*
 * io_pwrite_all(fd, p, n, off, e): likewise at byte offset off.
 */
int	io_pwrite_all(int, const void *, size_t, off_t, struct err *);

/*
 * io_pread_all(fd, p, n, off, e): exactly n bytes from offset off; a shorter
 * file is ERR_IO.
 */
int	io_pread_all(int, void *, size_t, off_t, struct err *);

/*
 * io_read(fd, p, n, e): up to n bytes, through EINTR; 0 at the end, -1 on
 * failure.
 */
ssize_t	io_read(int, void *, size_t, struct err *);

/*
 * io_hold_standard(): take the descriptors 0 to 2 that the caller left closed,
 * so that nothing the program opens becomes its standard input or output.
 * Reading such an input and writing such an output fails as before.  To be
 * called before anything else is opened.  0, or -1 with errno.
 */
int	io_hold_standard(void);

/*
 * io_copy_all(from, to, e): everything that comes from a file, pipe or
 * terminal to the end of to.  A signal ends the waiting: ERR_STOPPED; else
 * ERR_INPUT when from is not open for reading, ERR_IO, ERR_NOSPACE, ERR_NOMEM.
 */
int	io_copy_all(int, int, struct err *);

/*
 * io_slurp(path, max, out, len, e): a whole small file, NUL-terminated, into
 * a block that the caller frees.  ERR_INPUT, ERR_LIMIT past max bytes.
 */
int	io_slurp(const char *, size_t, char **, size_t *, struct err *);

/*
 * io_slurp_fd(fd, path, max, out, len, e): likewise what is open, from where it
 * stands; path is its name in messages.
 */
int	io_slurp_fd(int, const char *, size_t, char **, size_t *,
	    struct err *);

/*
 * io_sync_folder(path, e): flush the folder that path lies in, so that what
 * was made or renamed there survives a power cut.  ERR_IO.
 */
int	io_sync_folder(const char *, struct err *);

/*
 * io_rename_new(from, to): give a file a name that nothing has yet, in the same
 * file system.  0, 1 when something has that name, -1 with errno.  Flush the
 * folders afterwards.
 */
int	io_rename_new(const char *, const char *);

/*
 * io_mkdirs(path, mode, e): the folder and its missing parents, each flushed
 * to disk.  ERR_CREATE, ERR_IO.
 */
int	io_mkdirs(const char *, mode_t, struct err *);

/*
 * io_many_files(n): so many files will be open at a time: ask the system for as
 * many as it gives.  With less, opening those past the limit fails.
 */
void	io_many_files(size_t);

/*
 * io_rmtree(path): remove a folder of ours with its files, two levels of
 * sub-folders included; what cannot be removed stays.  No error is reported.
 */
void	io_rmtree(const char *);

#endif
