/*
 * What is asked of an SFTP server about files and folders.
 */
#ifndef TRANSFER_SFTP_FILE_H
#define TRANSFER_SFTP_FILE_H

#include "files.h"
#include "sftp_session.h"

struct sftp_handle {
	unsigned char	id[SFTP_HANDLE_MAX];
	size_t		n;
};

/* Whom to tell about progress. */
struct sftp_told {
	void	(*f)(void *, uint64_t, uint64_t);
	void	*arg;
};

/*
 * sftp_open_file(s, path, flags, out, e): flags are SFTP_F_ bits.
 */
int	sftp_open_file(struct sftp *, const char *, uint32_t,
	    struct sftp_handle *, struct err *);

/*
 * sftp_ask_open(s, path, flags, id, e): only ask; the reply to *id is for
 * sftp_take_open.  Does not block.
 */
int	sftp_ask_open(struct sftp *, const char *, uint32_t, uint32_t *,
	    struct err *);

/*
 * sftp_take_open(s, flags, reply, out, e): the handle from the reply to
 * sftp_ask_open, or the error in it.
 */
int	sftp_take_open(struct sftp *, uint32_t, struct sftp_reply *,
	    struct sftp_handle *, struct err *);

/*
 * sftp_close_file(s, handle, e): ends it; an error may be about bytes that
 * were taken before.
 */
int	sftp_close_file(struct sftp *, const struct sftp_handle *,
	    struct err *);

/*
 * sftp_sync_close(s, handle, e): flush it to disk, where the server can and
 * may, and end it.  It is ended after a refusal too.
 */
int	sftp_sync_close(struct sftp *, const struct sftp_handle *,
	    struct err *);

/*
 * sftp_download(s, handle, size, sink, told, e): read to the end of the file.
 * size is what the server said, or UINT64_MAX; a file that ends before it is
 * ERR_PROTOCOL.  ERR_LIMIT past sink->max.
 */
int	sftp_download(struct sftp *, const struct sftp_handle *, uint64_t,
	    const struct xfer_sink *, const struct sftp_told *, struct err *);

/*
 * sftp_remove_path(s, path, e): delete a file.
 */
int	sftp_remove_path(struct sftp *, const char *, struct err *);

/*
 * sftp_stat_path(s, path, out, e): look a file up; ERR_UNSUPPORTED without its
 * size.
 */
int	sftp_stat_path(struct sftp *, const char *, struct xfer_stat *,
	    struct err *);

/*
 * sftp_rename_path(x, s, from, to, e): RENAME; refused when to is there.
 */
int	sftp_rename_path(struct xfer *, struct sftp *, const char *,
	    const char *, struct err *);

/*
 * sftp_replace_path(x, s, from, to, e): rename, replacing to: in one step or,
 * where the server cannot, in three, between which the old file has the name
 * of xfer_name_old.  After a failure it has its name again, or e says how it is
 * named, and x remembers.
 */
int	sftp_replace_path(struct xfer *, struct sftp *, const char *,
	    const char *, struct err *);

/*
 * sftp_replace_settle(x, s): on a new connection, end a replacement that broke
 * off: the old file goes when its name is taken, and gets it again when not.
 */
void	sftp_replace_settle(struct xfer *, struct sftp *);

/*
 * sftp_dir_list(s, path, f, arg, e): call f for each file in a folder.
 */
int	sftp_dir_list(struct sftp *, const char *, xfer_entry, void *,
	    struct err *);

/*
 * sftp_dir_make(s, path, e): make one folder.
 */
int	sftp_dir_make(struct sftp *, const char *, struct err *);

/*
 * sftp_check_file(s, path, out, e): the SHA-256 of a file as the server works
 * it out; ERR_UNSUPPORTED when it does not.  Waits as long as for the end of
 * an upload.
 */
int	sftp_check_file(struct sftp *, const char *, unsigned char [32],
	    struct err *);

/*
 * sftp_time_set(s, path, wall_ms, e): set when it was read and changed.
 */
int	sftp_time_set(struct sftp *, const char *, int64_t, struct err *);

/*
 * sftp_note_facts(s, out): what a session that has begun knows of its server;
 * counts it as one more connection.
 */
void	sftp_note_facts(const struct sftp *, struct xfer_facts *);

/*
 * sftp_learn_limits(s, out): the limits of the server, waiting for the answer
 * if it has not come yet.  Errors leave the facts as they are.
 */
void	sftp_learn_limits(struct sftp *, struct xfer_facts *);

#endif
