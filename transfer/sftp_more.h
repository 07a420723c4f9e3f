/*
 * Further connections to the server of an upload, made by threads.
 */
#ifndef TRANSFER_SFTP_MORE_H
#define TRANSFER_SFTP_MORE_H

#include <pthread.h>
#include <stdatomic.h>

#include "sftp_upload.h"
#include "xfer_internal.h"

/* What a thread that connects looks at: whether it may go on. */
struct sftp_turn {
	atomic_bool	 open;	/* the first connection has logged in */
	atomic_bool	 over;	/* give up */
	int		 fd;	/* readable once either is so */
};

enum {	/* states of a further connection */
	EXTRA_DIALLING,	/* its thread has it */
	EXTRA_UP,	/* the session has begun; the thread is done */
	EXTRA_ASKED,	/* asked to open the file */
	EXTRA_JOINED,	/* it takes part in the upload */
	EXTRA_CLOSING,	/* asked to close the file */
	EXTRA_REFUSED,	/* err tells why */
};

struct sftp_extra {
	struct xfer		 x;	/* a copy, to connect with */
	struct sftp		 s;
	sftp_dial		 dial;
	pthread_t		 thread;
	bool			 started;
	atomic_int		 state;
	int			 news;	/* rung when dialling has ended */
	struct err		 err;
	/* From EXTRA_ASKED on; sftp_stripe.c has them. */
	uint32_t		 id;	/* of the request */
	struct sftp_handle	 handle;
	struct sftp_writer	 w;
};

struct sftp_more {
	struct sftp_turn	 turn;
	sftp_dial		 dial;
	int			 news;	/* readable when one is up or refused */
	char			 where[300];
	int			 n;	/* of extra */
	struct sftp_extra	 extra[];
};

/*
 * sftp_more_start(x, n, dial, may_log_in): let n threads connect to the server
 * of x, into x->more; without may_log_in they wait for sftp_more_let_in before
 * they log in.  x->host_print must be set.  Fewer, or x->more NULL, when there
 * is no memory.  Does not block.
 */
void	sftp_more_start(struct xfer *, int, sftp_dial, bool);

/*
 * sftp_more_early(x, rtt_ms): the first connection trusts the host key, x has
 * it: begin with as many others as the bytes to come are worth.  Nothing on a
 * further connection, or when there are some.  Does not block.
 */
void	sftp_more_early(struct xfer *, int64_t);

/*
 * sftp_more_let_in(x): the first connection has logged in: so may the others.
 */
void	sftp_more_let_in(struct xfer *);

/*
 * sftp_more_end(x): end them all, at once; why some could not be made goes to
 * the log and into x->one_stream.  Harmless when there are none.  Waits for
 * threads, which look for it often.
 */
void	sftp_more_end(struct xfer *);

/*
 * sftp_turn_await(t, e): on a further connection, block until it may log in.
 * ERR_STOPPED.  0 at once when t is NULL: this is the first.
 */
int	sftp_turn_await(const struct sftp_turn *, struct err *);

/*
 * sftp_turn_ms(t, ms): how long to wait at once, when ms is the limit, so that
 * sftp_turn_over is asked often enough.
 */
int64_t	sftp_turn_ms(const struct sftp_turn *, int64_t);

/*
 * sftp_more_left(x, until, doing, e): while x connects, the milliseconds that
 * it may wait at once, above 0 and at most those to the monotonic until; -1
 * with ERR_TIMEOUT past it, or as sftp_turn_over.
 */
int64_t	sftp_more_left(const struct xfer *, int64_t, const char *,
	    struct err *);

/*
 * sftp_turn_over(t, e): ERR_STOPPED when it is not needed any more.
 */
int	sftp_turn_over(const struct sftp_turn *, struct err *);

#endif
