/*
 * The two sides of an endpoint: where files are uploaded, and where the
 * platform fetches them.
 */
#ifndef PIPELINE_SIDE_H
#define PIPELINE_SIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/err.h"
#include "../../transfer/files.h"
#include "../config/staged.h"
#include "login.h"

struct ctx;
struct journey;
struct secret;
struct set_endpoint;

/* An open connection with the secrets it borrows. */
struct side {
	struct xfer		*x;
	struct xfer_target	 target;
	struct secret		*password, *passphrase, *bearer, *headers;
	struct secret		*proxy_password;
	struct ctx		*c;	/* NULL: no login */
	struct login		 login;
	struct xfer_shown	 shown;	/* with side_open_probe: the host key,
					   after failure too */
};

/*
 * side_open(c, end, pull, s, e): read the secrets of an endpoint and connect to
 * its upload side, or its pull side; in a dry run to nothing.  The caller ends
 * *s with side_close, after failure too, and keeps end as long.  Blocks.
 * ERR_SECRET, ERR_LOGIN of login_try, and all that xfer_open may say.
 */
int	side_open(struct ctx *, const struct set_endpoint *, bool,
	    struct side *, struct err *);

/*
 * side_open_upload(c, end, bytes, s, e): the upload side, to send a file of so
 * many bytes at once.
 */
int	side_open_upload(struct ctx *, const struct set_endpoint *, int64_t,
	    struct side *, struct err *);

/*
 * side_open_probe(c, end, pull, s, e): as side_open, to find out about the
 * server.
 */
int	side_open_probe(struct ctx *, const struct set_endpoint *, bool,
	    struct side *, struct err *);

/*
 * side_close(s): harmless on a zeroed one.
 */
void	side_close(struct side *);

/*
 * only_unreachable(why): whether a server cannot be reached from this host,
 * which says nothing of what would be found there from elsewhere.
 */
bool	only_unreachable(const struct err *);

/*
 * side_reads_back(end): the endpoint's proof of an upload is its content, by
 * its hash or by reading it back.
 */
bool	side_reads_back(const struct set_endpoint *);

/*
 * cert_days(facts, now_ms): whole days that the server's certificate is still
 * good for, below 0 when it has ended; INT64_MAX when there is none.
 */
int64_t	cert_days(const struct xfer_facts *, int64_t);

/* A certificate that ends soon. */
struct cert_soon {
	const char	*above;	/* the authority whose it is, borrowed of the
				   facts; NULL: the server's own */
	int64_t		 days;	/* whole ones left; below 0: it has ended */
};

/*
 * cert_ends_soon(facts, now_ms, out): whether less than 21 days and a quarter
 * of its life are left of the server's certificate, or of one that it sent
 * with it, so that nobody seems to renew it.  out is the one that ends first.
 */
bool	cert_ends_soon(const struct xfer_facts *, int64_t,
	    struct cert_soon *);

/*
 * cert_warn(c, endpoint, side, warned): say so in the log, when it does and
 * *warned, which is set, is not.
 */
void	cert_warn(const struct ctx *, const char *, const struct side *,
	    bool *);

#endif
