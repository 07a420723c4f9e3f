/*
 * The fingerprint of a plain row's code, as the search for duplicates takes it.
 */
#ifndef COUPON_FAST_PRINT_INTERNAL_H
#define COUPON_FAST_PRINT_INTERNAL_H

#include "../fingerprint_internal.h"
#include "plain_internal.h"

_Static_assert(MARKS_PAD >= PRINT_PAD, "print_near reads past a code");

#define ALWAYS_INLINE	static inline __attribute__((always_inline))

/*
 * plain_print_far(f, code, len): the fingerprint of a code that is longer
 * than PRINT_NEAR.
 */
uint64_t plain_print_far(const struct plain *, const char *, size_t);

/*
 * row_print(f, text, row): the fingerprint of a plain row's code.
 */
ALWAYS_INLINE uint64_t
row_print(const struct plain *f, const char *text, const struct plain_row *row)
{
	if (__builtin_expect(row->len <= PRINT_NEAR, 1))
		return print_near(f->secret, text + row->at, row->len);
	return plain_print_far(f, text + row->at, row->len);
}

#endif
