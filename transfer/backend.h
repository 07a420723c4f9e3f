/*
 * What a backend of transfer/ is, and which there are.
 */
#ifndef TRANSFER_BACKEND_H
#define TRANSFER_BACKEND_H

#include "files.h"
#include "url.h"

/* What has a name. */
enum xfer_kind {
	XFER_UNKNOWN,	/* the server does not tell */
	XFER_NOTHING,
	XFER_FILE,	/* or what is as good as one */
	XFER_FOLDER,
	XFER_LINK,	/* wherever it leads */
};

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
	/*
	 * Whether a target that was taken apart can be used, as far as that
	 * is known before connecting; its user is that of the URL if it has
	 * none.
	 */
	int	(*check)(const struct xfer_target *, const struct xfer_url *,
		    struct err *);
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
	/*
	 * What has the name; links are not followed.  -1 only when the
	 * connection is gone.
	 */
	int	(*kind)(struct xfer *, const char *, enum xfer_kind *,
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
	bool	links;		/* names may be links, which put would follow */
	bool	vague;		/* "not found" may mean "not for you" */
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

extern const struct xfer_scheme xfer_scheme_table[];
extern const struct xfer_ops xfer_http_ops, xfer_ftp_ops, xfer_sftp_ops,
    xfer_file_ops, xfer_null_ops;

/*
 * xfer_scheme_find(name, n): the row of the scheme whose name is the n bytes
 * at name, in any case; NULL when there is none.
 */
const struct xfer_scheme *xfer_scheme_find(const char *, size_t);

#endif
