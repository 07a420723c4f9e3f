/*
 * A session over a channel: sends requests and finds their replies.
 */
#ifndef TRANSFER_SFTP_SESSION_H
#define TRANSFER_SFTP_SESSION_H

#include "../src/base/buf.h"
#include "sftp_channel.h"
#include "sftp_packet.h"
#include "target.h"

struct log;

struct sftp {
	struct sftp_channel ch;
	struct log	*log;
	const struct clock *clock;
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

/*
 * sftp_start(s, ch, e): say hello over a fresh channel and learn what the
 * server can do; its limits are asked for and come later.  log,
 * clock, times and where of s are set by the caller.  Blocks up to reply_ms.
 * sftp_end is due after failure too.
 */
int	sftp_start(struct sftp *, const struct sftp_channel *, struct err *);

/*
 * sftp_end(s): close the channel and free what s holds.
 */
void	sftp_end(struct sftp *);

/*
 * sftp_move_wait(s, limit_ms, e): move what can be moved at once; if that was
 * nothing, wait for it.  ERR_TIMEOUT when no byte moved for limit_ms or
 * s->total_at is past, ERR_STOPPED, ERR_BROKEN; s is then broken.
 */
int	sftp_move_wait(struct sftp *, int64_t, struct err *);

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
 * at out; "..." stands for what does not fit.
 */
void	sftp_escape(struct sftp_bytes, char *, size_t);

#endif
