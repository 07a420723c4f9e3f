/*
 * The fingerprint of a code: a hash of it in lower case, of which the lowest
 * bits are not kept.
 */
#ifndef COUPON_FINGERPRINT_INTERNAL_H
#define COUPON_FINGERPRINT_INTERNAL_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define PRINT_OFF	6		/* bits that are never kept */
#define PRINT_NEAR	16		/* bytes of a short code */
#define PRINT_PAD	16		/* readable bytes after one */

/*
 * print_cut(hash): what is kept of a hash.  Never 0, which stands for "free"
 * in tables: the last bit that is kept is always set.
 */
static inline uint64_t
print_cut(uint64_t hash)
{
	return (hash >> PRINT_OFF | 1) << PRINT_OFF;
}

/*
 * print_fold(w): eight bytes in lower case at once.
 */
static inline uint64_t
print_fold(uint64_t w)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t low = w & 0x7f * ones;
	uint64_t from_a = low + (0x80 - 'A') * ones;
	uint64_t past_z = low + (0x7f - 'Z') * ones;

	/* The top bit of each byte says whether it is A to Z. */
	return w | ((~w & (from_a ^ past_z) & 0x80 * ones) >> 2);
}

/*
 * print_near(secret, code, len): the fingerprint of a code of 0 to PRINT_NEAR
 * bytes, after which PRINT_PAD bytes can be read.  The same bytes go under a
 * hash of constant length whatever the length, which costs no branches; they
 * overlap, so the length has to be added.
 */
static inline uint64_t
print_near(const unsigned char *secret, const char *code, size_t len)
{
	uint64_t w[2];

	memcpy(&w[0], code, sizeof(w[0]));
	w[1] = 0;
	if (len >= sizeof(w[0]))
		memcpy(&w[1], code + len - sizeof(w[1]), sizeof(w[1]));
	else
		w[0] = htole64(le64toh(w[0]) &
		    ((UINT64_C(1) << 8 * len) - 1));
	w[0] = print_fold(w[0]);
	w[1] = print_fold(w[1]);
	return print_cut(XXH3_64bits_withSecret(w, sizeof(w), secret,
	    XXH3_SECRET_SIZE_MIN) + len * UINT64_C(0x9e3779b97f4a7c15));
}

#endif
