/*
 * What can be done to the files of a server.
 */
#ifndef TRANSFER_FILES_H
#define TRANSFER_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "xfer.h"

/* Bytes to send.  May be read more than once, from any offset. */
struct xfer_source {
	/*
	 * Up to n bytes from offset off; 0 at the end; -1 with e set.
	 */
	ssize_t	(*pread)(void *, void *, size_t, uint64_t off, struct err *);
	void	*arg;
	uint64_t size;		/* bytes */
};

/* Bytes that arrive, in order. */
struct xfer_sink {
	/*
	 * n bytes; 0, or -1 with e set to end the transfer.
	 */
	int	(*write)(void *, const void *, size_t, struct err *);
	void	*arg;
	uint64_t max;		/* more bytes than this is ERR_LIMIT */
};

struct xfer_stat {
	uint64_t size;		/* bytes */
	int64_t	 mtime_ms;	/* wall; 0: not said, or not asked for */
	bool	 is_dir;
};

/*
 * xfer_source_fd(fd, out, e): a source over a regular file from offset 0; fd
 * is borrowed and its offset is not moved.  ERR_IO.
 */
int	xfer_source_fd(int, struct xfer_source *, struct err *);

/*
 * Names below are relative to the folder of the target's URL, or begin with
 * "/"; "" is the URL itself (a file to get or put directly).  "." and ".." are
 * in none of them.  A query of the URL goes with every name.
 *
 * xfer_put(x, name, src, e): write a file from its beginning, replacing what
 * has that name.  Success means the server said so, not that it is true.
 */
int	xfer_put(struct xfer *, const char *, const struct xfer_source *,
	    struct err *);

/*
 * xfer_put_new(x, name, src, e): likewise, but what has that name stays:
 * ERR_EXISTS.  A look directly before tells on all servers, which leaves a
 * moment to others; SFTP servers and those of http that heed If-None-Match
 * leave none.
 */
int	xfer_put_new(struct xfer *, const char *, const struct xfer_source *,
	    struct err *);

/*
 * xfer_put_from(x, name, src, off, e): write a file that has off bytes of src
 * from there on; the caller has proven those, just now.  ERR_UNSUPPORTED.
 */
int	xfer_put_from(struct xfer *, const char *, const struct xfer_source *,
	    uint64_t, struct err *);

/*
 * xfer_get(x, name, sink, e): read a file.  ERR_NOTFOUND, ERR_DENIED,
 * ERR_LIMIT.
 */
int	xfer_get(struct xfer *, const char *, const struct xfer_sink *,
	    struct err *);

/*
 * xfer_stat(x, name, out, e): its size.  ERR_NOTFOUND when there is none;
 * ERR_UNSUPPORTED when the server cannot say.
 */
int	xfer_stat(struct xfer *, const char *, struct xfer_stat *,
	    struct err *);

/*
 * xfer_replace(x, from, to, e): rename, replacing to, atomically where the
 * server can (posix-rename, RNTO, MOVE with Overwrite).  ERR_UNSUPPORTED when
 * the server has no rename.
 */
int	xfer_replace(struct xfer *, const char *, const char *, struct err *);

/*
 * xfer_rename(x, from, to, e): rename, but what is named to stays: ERR_EXISTS.
 * As with xfer_put_new a look comes directly before; after it, SFTP's RENAME,
 * MOVE with "Overwrite: F" and the file system leave no moment to others, FTP
 * and SFTP servers that replace against the rule do.
 */
int	xfer_rename(struct xfer *, const char *, const char *, struct err *);

/*
 * xfer_remove(x, name, e): delete a file, and look that it is gone.  The
 * server's word counts only where it permits no look.  ERR_NOTFOUND when there
 * was none; ERR_PROTOCOL when the server said that it removed it, but it is
 * still there; else why it stays, or may have stayed.
 */
int	xfer_remove(struct xfer *, const char *, struct err *);

/*
 * xfer_hash(x, name, out, e): the SHA-256 of a file, which the server reads
 * for it: "check-file" of SFTP, HASH or XSHA256 of FTP.  ERR_UNSUPPORTED where
 * it does not, ERR_NOTFOUND, ERR_DENIED.
 */
int	xfer_hash(struct xfer *, const char *, unsigned char [32],
	    struct err *);

/*
 * xfer_set_time(x, name, wall_ms, e): set when a file was changed, to the
 * second.  Only to find out whether a server can: nothing here needs it.
 * ERR_UNSUPPORTED.
 */
int	xfer_set_time(struct xfer *, const char *, int64_t, struct err *);

/*
 * xfer_mkdirs(x, name, e): make a folder and those it is in; "" is the URL's
 * own.  Folders that are there already are no error, but neither is it noticed
 * when one could not be made for another reason: only using it tells.
 * ERR_UNSUPPORTED, and the errors of a connection.
 */
int	xfer_mkdirs(struct xfer *, const char *, struct err *);

/*
 * A file of a folder: its name, and its size in bytes or UINT64_MAX when that
 * was not said.  0, or -1 with e set to end the list.
 */
typedef int (*xfer_entry)(void *, const char *, uint64_t, struct err *);

/*
 * xfer_list(x, folder, f, arg, e): call f for each file of a folder ("": the
 * URL's own), hidden ones too.  f must not use x.  Folders, and names that
 * cannot be passed back to the calls above, are left out.  0, or 1 when names
 * that begin with a dot may be left out as well (ftp without MLSD); -1 with
 * ERR_NOTFOUND, ERR_UNSUPPORTED (http).
 */
int	xfer_list(struct xfer *, const char *, xfer_entry, void *,
	    struct err *);

#endif
