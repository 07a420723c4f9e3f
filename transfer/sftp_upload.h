/*
 * An upload: many requests in flight, over one connection or several.
 */
#ifndef TRANSFER_SFTP_UPLOAD_H
#define TRANSFER_SFTP_UPLOAD_H

#include "sftp_file.h"
#include "sftp_window.h"

/* The first place of a file that the server did not take. */
struct sftp_refusal {
	uint32_t	code;	/* SFTP_OK: it took all */
	uint64_t	off;	/* bytes */
	char		text[500]; /* the server's words, escaped */
};

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
 * sftp_upload(s, handle, feed, e): write all bytes of a fresh feed, many
 * requests at a time.  After a refusal or a failing source nothing more is
 * asked, what is in flight is awaited, and s remains usable.
 */
int	sftp_upload(struct sftp *, const struct sftp_handle *,
	    struct sftp_feed *, struct err *);

/*
 * sftp_streams(asked, rtt_ms, size): connections worth making for size bytes;
 * asked is the setting, 0 for auto.
 */
int	sftp_streams(int, int64_t, uint64_t);

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

#endif
