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

#endif
