/*
 * How many bytes of requests may be in flight; shared by both directions of
 * the pump.
 */
#ifndef TRANSFER_SFTP_WINDOW_H
#define TRANSFER_SFTP_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#define SFTP_SLOTS	1024	/* requests in flight; a power of two */
#define SFTP_WINDOW_MIN	(2u << 20)
#define SFTP_WINDOW_MAX	(16u << 20)

/*
 * A window that is the bottleneck for a whole round trip is doubled.  The
 * round trip is that of one marked request.
 */
struct sftp_window {
	uint64_t size;		/* bytes */
	uint64_t flight;	/* bytes asked for and not yet answered */
	uint32_t mark;		/* id whose answer ends the round trip */
	bool	 marked;
	bool	 full;		/* the window was the limit meanwhile */
	bool	 blocked;	/* the channel was the limit meanwhile */
};

/*
 * sftp_window_init(w): an empty window of the smallest size.
 */
void	sftp_window_init(struct sftp_window *);

/*
 * sftp_window_room(w, n): whether n more bytes fit; notes when they do not.
 */
bool	sftp_window_room(struct sftp_window *, uint32_t);

/*
 * sftp_window_sent(w, id, n): request id for n bytes was issued.
 */
void	sftp_window_sent(struct sftp_window *, uint32_t, uint32_t);

/*
 * sftp_window_done(w, id, n): request id for n bytes was answered.
 */
void	sftp_window_done(struct sftp_window *, uint32_t, uint32_t);

#endif
