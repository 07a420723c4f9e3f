/*
 * The search of the readers for the few bytes that mean something.
 */
#ifndef FORMAT_SCAN_INTERNAL_H
#define FORMAT_SCAN_INTERNAL_H

#include <stdint.h>
#include <stddef.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/*
 * A walk over the bytes that may mean something: the delimiter and all up to
 * the quote (0x22), which covers line ends, NUL and other control bytes; the
 * few harmless ones among them are rare.
 */
struct scan {
	const char	*p;
	size_t		 n;
	size_t		 base;	/* of the 64 bytes in bits */
	uint64_t	 bits;
	char		 delimiter;
};

#ifdef __SSE2__
/* One bit for each of the 64 bytes at p. */
static inline uint64_t
scan_mask(const char *p, char delimiter)
{
	const __m128i d = _mm_set1_epi8(delimiter);
	const __m128i q = _mm_set1_epi8('"');
	uint64_t bits = 0;
	__m128i v, hit;
	int i;

	for (i = 0; i < 4; i++) {
		v = _mm_loadu_si128((const __m128i *)(const void *)
		    (p + 16 * i));
		hit = _mm_or_si128(_mm_cmpeq_epi8(_mm_min_epu8(v, q), v),
		    _mm_cmpeq_epi8(v, d));
		bits |= (uint64_t)(unsigned)_mm_movemask_epi8(hit) << 16 * i;
	}
	return bits;
}
#else
static inline uint64_t
scan_mask(const char *p, char delimiter)
{
	uint64_t bits = 0;
	int i;

	for (i = 0; i < 64; i++)
		bits |= (uint64_t)((unsigned char)p[i] <= '"' ||
		    p[i] == delimiter) << i;
	return bits;
}
#endif

static inline uint64_t
scan_tail(const struct scan *s)
{
	char tail[64] = { 0 };
	size_t left = s->n - s->base;

	memcpy(tail, s->p + s->base, left);
	return scan_mask(tail, s->delimiter) & ((UINT64_C(1) << left) - 1);
}

/* Go on at index i. */
static inline void
scan_seek(struct scan *s, size_t i)
{
	s->base = i;
	s->bits = i >= s->n ? 0 : s->n - i < 64 ? scan_tail(s) :
	    scan_mask(s->p + i, s->delimiter);
}

/* The next index of interest, or n. */
static inline size_t
scan_next(struct scan *s)
{
	size_t i;

	while (s->bits == 0) {
		if (s->n - s->base <= 64 || s->base >= s->n)
			return s->n;
		scan_seek(s, s->base + 64);
	}
	i = s->base + (size_t)__builtin_ctzll(s->bits);
	s->bits &= s->bits - 1;
	return i;
}

#endif
