/*
 * What the files of the http backend share.
 */
#ifndef TRANSFER_HTTP_INTERNAL_H
#define TRANSFER_HTTP_INTERNAL_H

#include "curl_internal.h"

/*
 * http_redirect(c, left, stays, e): after an answer 3xx, make c ready to run
 * again at the address that it names, and return 1; left is how many may still
 * be followed, and a call that stays goes to no other origin.  -1 with
 * ERR_CONFIG when it is not followed; 0 when it names no address.
 */
int	http_redirect(struct xcurl *, int, bool, struct err *);

/*
 * http_multi(c, p, n): take n bytes of a 207's page (RFC 4918, section 13) in:
 * the first status in it that is no success goes to c->inside.
 */
void	http_multi(struct xcurl *, const char *, size_t);

/*
 * http_refused(c, e): the error that the answer is, or a status inside it.
 * Returns -1.
 */
int	http_refused(struct xcurl *, struct err *);

#endif
