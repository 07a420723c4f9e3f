/*
 * What the backends of transfer/ share; only files in transfer/ include it.
 */
#ifndef TRANSFER_XFER_INTERNAL_H
#define TRANSFER_XFER_INTERNAL_H

#include "hostkey.h"
#include "files.h"
#include "url.h"

struct sftp_more;
struct sftp_turn;

/*
 * A backend.  Every slot but close may be NULL: the caller then gets
 * ERR_UNSUPPORTED.  Paths are as in files.h.  open stores its state in
 * x->priv; close frees it and is called after a failed open too, and before
 * an open when xfer_reopen connects again.
 *
 * A backend's sentence says only what went wrong; xfer.c puts what was being
 * done, to which path and at which host:port, before it.
 */
struct xfer_ops {
	const char	*name;
	int	(*open)(struct xfer *, struct err *);
	int	(*put)(struct xfer *, const char *, const struct xfer_source *,
		    struct err *);
	/*
	 * Only if nothing has that name: ERR_EXISTS.  NULL: the server cannot
	 * be told so.
	 */
	int	(*put_new)(struct xfer *, const char *,
		    const struct xfer_source *, struct err *);
	/*
	 * The bytes of the source from an offset on, behind what is there;
	 * with rewrites also over what is there.
	 */
	int	(*put_from)(struct xfer *, const char *,
		    const struct xfer_source *, uint64_t, struct err *);
	int	(*get)(struct xfer *, const char *, const struct xfer_sink *,
		    struct err *);
	int	(*stat)(struct xfer *, const char *, struct xfer_stat *,
		    struct err *);
	int	(*replace)(struct xfer *, const char *, const char *,
		    struct err *);
	/*
	 * Only if nothing has the new name: ERR_EXISTS, or any other error.
	 * NULL: the server cannot be told so.
	 */
	int	(*rename)(struct xfer *, const char *, const char *,
		    struct err *);
	int	(*remove)(struct xfer *, const char *, struct err *);
	/*
	 * One folder; the path is whole, as xfer_path makes it.
	 */
	int	(*mkdir)(struct xfer *, const char *, struct err *);
	/*
	 * Free bytes where a path is, which is whole too.
	 */
	int	(*room)(struct xfer *, const char *, uint64_t *, struct err *);
	/*
	 * The files of a folder, whose path is whole too; 1 when the list may
	 * lack names that begin with a dot.
	 */
	int	(*list)(struct xfer *, const char *, xfer_entry, void *,
		    struct err *);
	/*
	 * The time of a file's last change, in ms of the wall clock.
	 */
	int	(*set_time)(struct xfer *, const char *, int64_t,
		    struct err *);
	/*
	 * The SHA-256 of a file as the server works it out.
	 */
	int	(*hash)(struct xfer *, const char *, unsigned char [32],
		    struct err *);
	/*
	 * Ask what the server offers; trouble is no error.
	 */
	void	(*learn)(struct xfer *);
	void	(*close)(struct xfer *);
	bool	rewrites;	/* put_from may begin inside the file */
};

enum {
	XS_TLS = 1,	/* TLS from the first byte */
	XS_STARTTLS = 2, /* TLS by command on the control connection */
	XS_LOCAL = 4,	/* no host */
	XS_QUERY = 8,	/* the URL may have a query */
};

struct xfer_scheme {
	const char		*name;
	const struct xfer_ops	*ops;
	uint16_t		 port;
	unsigned		 flags;
};

struct xfer {
	const struct xfer_scheme *scheme;
	struct xfer_target	 target;
	struct xfer_url		 url;
	struct xfer_times	 times;	/* with defaults filled in */
	struct log		*log;
	xfer_progress		 progress;
	void			*progress_arg;
	int64_t			 progress_last;	/* monotonic ms */
	char			 banner[160];
	struct xfer_facts	 facts;
	bool			 no_rename; /* learnt: replace is refused */
	bool			 pasv;	/* learnt: ftp without EPSV */
	bool			 tls13;	/* learnt: ftp with TLS 1.3 only */
	bool			 ssh_beyond; /* learnt: libssh2 lacks what the
						server or the key needs */
	bool			 one_stream; /* learnt: a second connection
						is refused, or broke */
	char			 host_print[HOSTKEY_PRINT]; /* of the trusted
						host key, or "" */
	char			*aside; /* sftp: where a replaced file is, by
						a replacement without an end
						yet, or NULL */
	char			*aside_of; /* and its own name */
	struct sftp_more	*more;	/* further connections, or NULL */
	const struct sftp_turn	*turn;	/* of a further one; NULL: the first */
	void			*priv;
};

extern const struct xfer_scheme xfer_scheme_table[];
extern const struct xfer_ops xfer_http_ops, xfer_ftp_ops, xfer_sftp_ops,
    xfer_file_ops, xfer_null_ops;

/*
 * xfer_scheme_find(name, n): the row of the scheme whose name is the n bytes
 * at name, in any case; NULL when there is none.
 */
const struct xfer_scheme *xfer_scheme_find(const char *, size_t);

/*
 * xfer_reopen(x, e): end the connection and make a new one with the same
 * settings.  Errors of xfer_open.
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
