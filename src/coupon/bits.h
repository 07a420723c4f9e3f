/*
 * A set of record numbers: one bit each, allocated as far as it is used.
 */
#ifndef COUPON_BITS_H
#define COUPON_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

struct bits {
	uint64_t	*words;
	size_t		 n;	/* words allocated */
};

/*
 * bits_set(b, i, e): put i into the set.  A zeroed struct is empty.
 * ERR_NOMEM.
 */
int	bits_set(struct bits *, uint64_t, struct err *);

/*
 * bits_has(b, i): whether i is in the set.
 */
static inline bool
bits_has(const struct bits *b, uint64_t i)
{
	return i / 64 < b->n && (b->words[i / 64] >> i % 64 & 1) != 0;
}

/*
 * bits_release(b): free the memory; b is empty afterwards.
 */
void	bits_release(struct bits *);

#endif
