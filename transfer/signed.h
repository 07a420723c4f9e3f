/*
 * Addresses that are signed for a while: how long, by their query.
 */
#ifndef TRANSFER_SIGNED_H
#define TRANSFER_SIGNED_H

#include <stdint.h>

/*
 * signed_until(query): the moment until which an address with this query is
 * good, in ms of the wall clock: X-Amz-Date and X-Amz-Expires (S3, and by
 * X-Goog-... Google), Expires (the older ones of both, and CloudFront), se
 * (Azure).  0 when the query tells none, or is NULL.  Pure.
 */
int64_t	signed_until(const char *);

#endif
