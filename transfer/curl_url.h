/*
 * URLs as libcurl wants them, and which backend they are for.
 */
#ifndef TRANSFER_CURL_URL_H
#define TRANSFER_CURL_URL_H

#include "xfer_internal.h"

/*
 * xcurl_is_http(x): the backend of x is http, else ftp.
 */
bool	xcurl_is_http(const struct xfer *);

/*
 * xcurl_scheme(x): the scheme as libcurl names it; ftpes is its ftp.
 */
const char *xcurl_scheme(const struct xfer *);

/*
 * xcurl_url(x, name, e): the URL of a file for libcurl, percent-encoded, with
 * the query of the target; NULL for name gives the server's root.  An
 * absolute path is written "/%2Fdrop/a" for ftp, where a plain one counts from
 * the login folder and costs a CWD.  malloc'd, for the caller to free.
 * ERR_CONFIG, ERR_NOMEM.
 */
char	*xcurl_url(const struct xfer *, const char *, struct err *);

/*
 * xcurl_url_path(x, path, e): likewise of a whole path, as xfer_path makes it.
 */
char	*xcurl_url_path(const struct xfer *, const char *, struct err *);

#endif
