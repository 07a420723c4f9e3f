/*
 * What the files of the SFTP backend share.
 *
 * Three floors: a byte channel to an SFTP server (sftp_ssh2.c, or any other
 * that fills struct sftp_channel_ops), a session that sends requests and finds
 * their replies (sftp_session.c), and the pump that keeps many of them in
 * flight (sftp_upload.c, sftp_download.c).  sftp.c makes the backend of it.
 */
#ifndef TRANSFER_SFTP_INTERNAL_H
#define TRANSFER_SFTP_INTERNAL_H

#include <sys/types.h>

#include "../src/base/buf.h"
#include "../src/base/err.h"
#include "sftp_packet.h"
#include "sftp_window.h"
#include "files.h"

struct log;
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

struct sftp {
	struct sftp_channel ch;
	struct log	*log;
	struct xfer_times times;
	const char	*where;	 /* "host:port" for the log; borrowed */
	struct buf	 in, out;
	size_t		 in_at, out_at;	/* bytes of them that are done with */
	int64_t		 moved;	 /* monotonic ms when a byte last moved */
	int64_t		 total_at; /* monotonic ms to give up at */
	int64_t		 rtt_ms; /* shortest answer so far; -1: none yet */
	uint32_t	 next_id;
	uint32_t	 limits_id; /* of the question about limits ... */
	bool		 asks_limits; /* ... while it has no answer */
	uint32_t	 read_size, write_size;	/* bytes of data in a request */
	uint64_t	 handles; /* that may be open at once; 0: not said */
	unsigned	 ext;	 /* SFTP_EXT_ bits */
	bool		 broken; /* out of step: only closing helps */
};

struct sftp_handle {
	unsigned char	id[SFTP_HANDLE_MAX];
	size_t		n;
};

/* Whom to tell about progress. */
struct sftp_told {
	void	(*f)(void *, uint64_t, uint64_t);
	void	*arg;
};

/* The first place of a file that the server did not take. */
struct sftp_refusal {
	uint32_t	code;	/* SFTP_OK: it took all */
	uint64_t	off;	/* bytes */
	char		text[120]; /* the server's words, escaped */
};

/*
 * sftp_start(s, ch, e): say hello over a fresh channel and learn what the
 * server can do; its limits are asked for and come later.  log, times and
 * where of s are set by the caller.  Blocks up to reply_ms.  sftp_end is due
 * after failure too.
 */
int	sftp_start(struct sftp *, const struct sftp_channel *, struct err *);

/*
 * sftp_end(s): close the channel and free what s holds.
 */
void	sftp_end(struct sftp *);

/*
 * sftp_turn(s, limit_ms, e): move what can be moved at once; if that was
 * nothing, wait for it.  ERR_TIMEOUT when no byte moved for limit_ms or
 * s->total_at is past, ERR_STOPPED, ERR_BROKEN; s is then broken.
 */
int	sftp_turn(struct sftp *, int64_t, struct err *);

/*
 * sftp_move(s, e): move what can be moved at once: 1, or 0 for nothing; -1
 * with ERR_BROKEN, ERR_STOPPED; s is then broken.
 */
int	sftp_move(struct sftp *, struct err *);

/*
 * sftp_left(s, limit_ms, e): milliseconds that s may go on without a byte
 * moved; -1 with ERR_TIMEOUT when there are none, and s is broken.
 */
int64_t	sftp_left(struct sftp *, int64_t, struct err *);

/*
 * sftp_know_limits(s, e): wait until the server has told the sizes that it
 * takes, if it does; nothing else may be in flight.  It mostly has.
 */
int	sftp_know_limits(struct sftp *, struct err *);

/*
 * sftp_next(s, out, e): a reply that has arrived: 1 and *out, which lives
 * until the next sftp_turn; 0 when there is none; -1 with ERR_PROTOCOL.
 */
int	sftp_next(struct sftp *, struct sftp_reply *, struct err *);

/*
 * sftp_call(s, req, limit_ms, out, e): send one request and wait for its
 * reply; nothing else may be in flight.  *out lives as in sftp_next.
 */
int	sftp_call(struct sftp *, const struct sftp_request *, int64_t,
	    struct sftp_reply *, struct err *);

/*
 * sftp_call_status(s, req, limit_ms, what, e): a request that is answered by
 * a STATUS; anything but OK becomes an error about what ("remove the file").
 */
int	sftp_call_status(struct sftp *, const struct sftp_request *, int64_t,
	    const char *, struct err *);

/* One of several requests that are each answered by a STATUS. */
struct sftp_ask {
	struct sftp_request req;
	const char	*what;	/* it is about, for messages */
	struct err	 why;	/* what the server said to it */
	uint32_t	 id;
	bool		 answered;
};

/*
 * sftp_call_all(s, ask, n, limit_ms, e): send n requests together and wait for
 * all answers, which may come in any order.  A refusal is in why of each; -1
 * only when the session broke.
 */
int	sftp_call_all(struct sftp *, struct sftp_ask *, unsigned, int64_t,
	    struct err *);

/*
 * sftp_odd(s, what, reply, e): ERR_PROTOCOL about a reply that does not fit;
 * s is broken.  Returns -1 always.
 */
int	sftp_odd(struct sftp *, const char *, const struct sftp_reply *,
	    struct err *);

/*
 * sftp_refused(what, status, e): the error that a STATUS stands for;
 * e->remote is its code.  Returns -1 always.
 */
int	sftp_refused(const char *, const struct sftp_status *, struct err *);

/*
 * sftp_escape(from, out, n): foreign bytes as text for messages, into n bytes
 * at out; what is too long or cannot be shown is cut or left out.
 */
void	sftp_escape(struct sftp_bytes, char *, size_t);

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
 * where the server cannot, in three, between which the old file is named
 * FROM.old.  After a failure it has its name again, or e says how it is
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
 * What all streams of one upload share.  A stream takes ranges of the file on
 * as it gets on; bytes from hold on are written only when all before them
 * were acknowledged, so that the file has its full size only when it is whole.
 */
struct sftp_feed {
	const struct xfer_source *src;
	const struct sftp_told	*told;
	struct sftp_refusal	*refusal;
	struct err		 failed; /* of src, or of another stream */
	uint64_t		 next;	/* first byte that nobody took on */
	uint64_t		 hold;	/* bytes; size of src: nothing held */
	uint64_t		 acked;	/* bytes */
	unsigned		 streams; /* that may come to share it */
	const struct sftp_writer *last;	/* who writes from hold on; NULL: any */
};

struct sftp_slot {
	uint64_t off;
	uint32_t id, len;
	bool	 live;
};

/* One stream of an upload. */
struct sftp_writer {
	struct sftp		*s;
	struct sftp_handle	 handle;
	struct sftp_feed	*feed;
	struct sftp_window	 win;
	struct sftp_slot	*slots;
	uint64_t		 at, end; /* of the range taken on; bytes */
	unsigned		 live;	/* requests in flight */
};

/*
 * sftp_writer_init(w, s, handle, feed, e): a stream over s.  ERR_NOMEM.  End
 * it with sftp_writer_release.
 */
int	sftp_writer_init(struct sftp_writer *, struct sftp *,
	    const struct sftp_handle *, struct sftp_feed *, struct err *);

/*
 * sftp_writer_release(w): free what it holds; harmless on zeroes.
 */
void	sftp_writer_release(struct sftp_writer *);

/*
 * sftp_writer_issue(w): append requests to s->out as far as window, feed and
 * room allow.  A failing source goes to feed->failed.
 */
void	sftp_writer_issue(struct sftp_writer *);

/*
 * sftp_writer_replies(w, e): take all replies that have arrived.
 */
int	sftp_writer_replies(struct sftp_writer *, struct err *);

/*
 * sftp_writer_limit(w): how long its server may be silent now, in ms.
 */
int64_t	sftp_writer_limit(const struct sftp_writer *);

/*
 * sftp_feed_init(f, src, from, told, refusal): all of src from offset from on,
 * for a single stream; the rest is borrowed.  *refusal is emptied.
 */
void	sftp_feed_init(struct sftp_feed *, const struct xfer_source *,
	    uint64_t, const struct sftp_told *, struct sftp_refusal *);

/*
 * sftp_feed_verdict(f, e): what an upload whose streams have all ended
 * amounts to.
 */
int	sftp_feed_verdict(const struct sftp_feed *, struct err *);

/*
 * sftp_streams(asked, rtt_ms, size): connections worth making for size bytes;
 * asked is the setting, 0 for auto.
 */
int	sftp_streams(int, int64_t, uint64_t);

/* Open one more channel; normally sftp_channel_open. */
typedef int (*sftp_dial)(struct xfer *, struct sftp_channel *, struct err *);

/* An upload over several connections. */
struct sftp_striped {
	struct xfer		*x;	/* how to connect */
	struct sftp		*s;	/* the connection there is */
	const char		*path;
	int			 streams;
	sftp_dial		 dial;	/* unless x->more is there already */
};

/*
 * sftp_upload_striped(st, handle, feed, e): as sftp_upload, with more
 * connections as they come up; none more is no error.  x->one_stream is set
 * when the server refuses them or one broke.
 */
int	sftp_upload_striped(const struct sftp_striped *,
	    const struct sftp_handle *, struct sftp_feed *, struct err *);

/*
 * sftp_channel_open(x, out, e): a channel by libssh2 or by the ssh program,
 * as the target and what was learnt say.  Errors of xfer_open.
 */
int	sftp_channel_open(struct xfer *, struct sftp_channel *, struct err *);

/*
 * sftp_upload(s, handle, feed, e): write all bytes of a fresh feed, many
 * requests at a time.  After a refusal or a failing source nothing more is
 * asked, what is in flight is awaited, and s remains usable.
 */
int	sftp_upload(struct sftp *, const struct sftp_handle *,
	    struct sftp_feed *, struct err *);

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
 * sftp_note_facts(s, out): what a session that has begun knows of its server;
 * counts it as one more connection.
 */
void	sftp_note_facts(const struct sftp *, struct xfer_facts *);

/*
 * sftp_learn_limits(s, out): the limits of the server, waiting for the answer
 * if it has not come yet.  Errors leave the facts as they are.
 */
void	sftp_learn_limits(struct sftp *, struct xfer_facts *);

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
 * sftp_download(s, handle, size, sink, told, e): read to the end of the file.
 * size is what the server said, or UINT64_MAX; a file that ends before it is
 * ERR_PROTOCOL.  ERR_LIMIT past sink->max.
 */
int	sftp_download(struct sftp *, const struct sftp_handle *, uint64_t,
	    const struct xfer_sink *, const struct sftp_told *, struct err *);

#endif
