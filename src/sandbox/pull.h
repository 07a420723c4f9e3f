/*
 * Fetching an announced data file, as the platform would.
 */
#ifndef SANDBOX_PULL_H
#define SANDBOX_PULL_H

#include <stdbool.h>
#include <stdint.h>

struct clock;
struct err;
struct log;
struct tmpfile;

struct pull_opts {
	const char	*ca_file;	/* or NULL */
	uint16_t	 ftps_port;	/* TLS from the first byte */
	int64_t		 ms;		/* for one fetch */
	uint64_t	 max;		/* bytes */
	struct log	*log;
	const struct clock *clock;	/* NULL: the machine's */
};

/* What the call said: data_url, or the rest. */
struct pull_source {
	const char	*data_url;
	const char	*server;	/* host or host:port */
	const char	*user, *password;
	const char	*filename;	/* "/..." absolute, else from home */
	bool		 sftp, ssl;	/* sftp wins */
};

/*
 * pull_fetch(opts, src, t, e): fetch into the open file of t.  Only http and
 * https in a data_url.  Any host key of an SFTP server is accepted.  Blocks
 * for about opts->ms at most.  Errors of xfer_open and xfer_get.
 */
int	pull_fetch(const struct pull_opts *, const struct pull_source *,
	    struct tmpfile *, struct err *);

/*
 * pull_url(src, ftps_port, e): the URL that will be fetched, malloc'd for the
 * caller to free.  ERR_CONFIG when it cannot be one.
 */
char	*pull_url(const struct pull_source *, uint16_t, struct err *);

#endif
