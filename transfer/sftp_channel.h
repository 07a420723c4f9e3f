/*
 * A byte channel to an SFTP server: by libssh2 (sftp_ssh2.c), by the ssh
 * program (sftp_openssh.c), or any other that fills struct sftp_channel_ops.
 */
#ifndef TRANSFER_SFTP_CHANNEL_H
#define TRANSFER_SFTP_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../src/base/err.h"

struct xfer;

/*
 * A byte stream in both directions that never blocks but in wait.
 */
struct sftp_channel_ops {
	/*
	 * Take up to n bytes: how many were taken, 0 when none can be taken
	 * now, -1 on failure.  After 0 the next write must begin with the same
	 * bytes (more may follow them): they may be half sent already.
	 */
	ssize_t	(*write)(void *, const void *, size_t, struct err *);
	/*
	 * Up to n bytes: how many, 0 when none are there now, -1 on failure
	 * and at the end of the stream (ERR_BROKEN).
	 */
	ssize_t	(*read)(void *, void *, size_t, struct err *);
	/*
	 * Block until write (asked for by the flag) or read may move a byte,
	 * or for ms milliseconds.  -1 with ERR_STOPPED when a stop was
	 * requested.
	 */
	int	(*wait)(void *, bool, int64_t, struct err *);
	/*
	 * End the stream, politely or not, and free arg.
	 */
	void	(*close)(void *, bool);
	/*
	 * For waiting on several channels: a descriptor and, in *events, what
	 * to poll(2) it for until write (asked for by the flag) or read may
	 * move a byte.
	 */
	int	(*poll)(void *, bool, short *);
};

struct sftp_channel {
	const struct sftp_channel_ops *ops;	/* NULL: not open */
	void			*arg;
};

/* Open one more channel; normally sftp_channel_open. */
typedef int (*sftp_dial)(struct xfer *, struct sftp_channel *, struct err *);

/*
 * sftp_channel_open(x, out, e): a channel by libssh2 or by the ssh program,
 * as the target and what was learnt say.  Errors of xfer_open.
 */
int	sftp_channel_open(struct xfer *, struct sftp_channel *, struct err *);

#endif
