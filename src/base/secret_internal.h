/*
 * The memory of a secret, shared by secret.c and secret_source.c.
 */
#ifndef BASE_SECRET_INTERNAL_H
#define BASE_SECRET_INTERNAL_H

#include <stddef.h>

#define SECRET_MAX	(16u << 10)	/* bytes; the longest keys have 4 KiB */

struct err;

struct secret {
	char	*bytes;		/* pages of their own; len bytes and a NUL */
	size_t	 len;
	size_t	 size;		/* of the pages */
};

/*
 * secret_alloc(cap, e): an empty secret with room for cap bytes and a NUL,
 * all zero.  NULL and ERR_NOMEM.
 */
struct secret *secret_alloc(size_t, struct err *);

#endif
