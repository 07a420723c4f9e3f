/*
 * What calls over libcurl find out about a server.
 */
#ifndef TRANSFER_CURL_FACTS_H
#define TRANSFER_CURL_FACTS_H

#include "curl_internal.h"

/*
 * xcurl_date(c, text, n): note the server's clock, if the target is probed.
 */
void	xcurl_date(struct xcurl *, const char *, size_t);

/*
 * xcurl_shown(p, n, out, max): foreign bytes, escaped, into max bytes at out.
 */
void	xcurl_shown(const char *, size_t, char *, size_t);

/*
 * xcurl_facts(c): note what is known after a call; most of it only if the
 * target is probed.
 */
void	xcurl_facts(struct xcurl *);

#endif
