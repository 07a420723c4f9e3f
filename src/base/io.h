/*
 * Reading, writing and naming files, with all that a call to the system may
 * leave undone.
 */
#ifndef BASE_IO_H
#define BASE_IO_H

#include <stddef.h>
#include <sys/types.h>

struct err;

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
 * io_folder_of(path): the folder that path lies in, "." without a slash, for
 * the caller to free; NULL when out of memory.
 */
char	*io_folder_of(const char *);

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
 * io_cores(): how many processors this process may run on; 1 when unknown.
 */
unsigned io_cores(void);

/*
 * io_rmtree(path): remove a folder of ours with its files, two levels of
 * sub-folders included; what cannot be removed stays.  No error is reported.
 */
void	io_rmtree(const char *);

#endif
