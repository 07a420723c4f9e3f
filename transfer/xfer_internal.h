/*
 * An open handle, and what xfer.c does for backends and the staging recipe;
 * only files in transfer/ include it.
 */
#ifndef TRANSFER_XFER_INTERNAL_H
#define TRANSFER_XFER_INTERNAL_H

#include "../src/base/err.h"
#include "backend.h"
#include "hostkey.h"
#include "url.h"

struct sftp_more;
struct sftp_turn;

struct xfer {
	const struct xfer_scheme *scheme;
	struct xfer_target	 target;
	struct xfer_url		 url;
	struct xfer_times	 times;	/* with defaults filled in */
	struct log		*log;
	const struct clock	*clock;
	xfer_progress		 progress;
	void			*progress_arg;
	int64_t			 progress_last;	/* monotonic ms */
	char			 banner[160];
	struct xfer_facts	 facts;
	struct err		 refused; /* how the login was; no call is made
						after that */
	bool			 let_in; /* the server took the login */
	struct err		 lost;	/* why it could not be opened again;
						no call is made until it is */
	bool			 met;	/* ftp, sftp: the server took the
						connection */
	bool			 no_rename; /* learnt: replace is refused */
	bool			 no_mlst; /* learnt: ftp without MLST */
	bool			 no_expect; /* learnt: http without Expect */
	bool			 digest; /* learnt: http takes a digest only */
	bool			 whole_place; /* learnt: MOVE wants a whole
						address */
	bool			 place_seen; /* learnt: MOVE leads where we
						look */
	bool			 pasv;	/* learnt: ftp without EPSV */
	bool			 tls13;	/* learnt: ftp with TLS 1.3 only */
	bool			 ssh_beyond; /* learnt: libssh2 lacks what the
						server or the key needs */
	bool			 one_stream; /* learnt: a second connection
						is refused, or broke */
	char			 host_print[HOSTKEY_PRINT]; /* of the trusted
						host key, or "" */
	char			*old_path; /* sftp: where a file that is being
						replaced was moved to, until
						that has ended; else NULL */
	char			*replaced_path; /* and its own path */
	struct sftp_more	*more;	/* further connections, or NULL */
	const struct sftp_turn	*turn;	/* of a further one; NULL: the first */
	void			*priv;
};

/*
 * xfer_reopen(x, e): end the connection and make a new one with the same
 * settings.  Errors of xfer_open; after one, each further call but this and
 * xfer_close fails with ERR_BROKEN.
 */
int	xfer_reopen(struct xfer *, struct err *);

/* Over what has the name, only where nothing has it, from an offset on. */
enum xfer_put_way { XFER_PUT_OVER, XFER_PUT_NEW, XFER_PUT_FROM };

/*
 * xfer_put_paced(x, way, name, src, off, e): put within the target's rate; off
 * is for XFER_PUT_FROM.
 */
int	xfer_put_paced(struct xfer *, enum xfer_put_way, const char *,
	    const struct xfer_source *, uint64_t, struct err *);

/*
 * xfer_get_paced(x, name, sink, e): get within the target's rate.
 */
int	xfer_get_paced(struct xfer *, const char *, const struct xfer_sink *,
	    struct err *);

/*
 * xfer_remove_proven(x, name, e): what xfer_remove does for a backend that can
 * remove.
 */
int	xfer_remove_proven(struct xfer *, const char *, struct err *);

/*
 * xfer_kind(x, name, out, e): what has the name, a link being one.  Nothing is
 * known of it where the backend or the server cannot tell, and that is no
 * error.
 */
int	xfer_kind(struct xfer *, const char *, enum xfer_kind *, struct err *);

/*
 * xfer_told(x, done, total): tell the progress callback, at most ten times a
 * second and always at the end.
 */
void	xfer_told(struct xfer *, uint64_t, uint64_t);

/*
 * xfer_where(x, out, n): "host:port" for messages, or "this machine"; returns
 * out.
 */
const char *xfer_where(const struct xfer *, char *, size_t);

/*
 * xfer_path(x, name, e): folder of the URL joined with name, or the URL's own
 * path for ""; malloc'd, for the caller to free.  For a home path it has no
 * leading slash.  A name that begins with "/" is the path.  ERR_CONFIG for a
 * control byte, an empty piece, "." and "..".
 */
char	*xfer_path(const struct xfer *, const char *, struct err *);

#endif
