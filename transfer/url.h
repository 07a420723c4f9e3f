/*
 * The addresses of file servers.
 */
#ifndef TRANSFER_URL_H
#define TRANSFER_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "../src/base/err.h"

/* The parts of a URL, as xfer_url_parse finds them. */
struct xfer_url {
	char		 scheme[8];
	char		*user;	/* decoded, or NULL */
	char		*host;	/* without brackets */
	char		*path;	/* decoded, begins with "/" */
	char		*raw;	/* path as it was given (http only) */
	char		*query;	/* raw, or NULL (http only) */
	uint16_t	 port;	/* given or the scheme's default */
	bool		 home;	/* the path began with "/~/" (cut off) */
};

/*
 * xfer_url_parse(url, out, e): take a URL apart.  ERR_CONFIG for anything but
 * the schemes above, for a password in it, control bytes, or a bad port.  The
 * caller ends *out with xfer_url_release, after failure too.
 */
int	xfer_url_parse(const char *, struct xfer_url *, struct err *);

/*
 * xfer_url_release(u): free its strings.
 */
void	xfer_url_release(struct xfer_url *);

#endif
