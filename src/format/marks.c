/*
 * Where cells and lines end, 64 bytes at a time: one bit for each byte of a
 * kind, then arithmetic on the bits, then lists of indexes.  See Langdale and
 * Lemire, "Parsing gigabytes of JSON per second", for the method.
 *
 * What is hard here are the edges: whether a quote is first or last in its
 * cell depends on the byte before or after the 64.
 */
#include "marks.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define MARKS_X86
#include <immintrin.h>
#endif


#define ALWAYS_INLINE	static inline __attribute__((always_inline))

/* One bit for each of 64 bytes. */
struct kinds {
	uint64_t	end;		/* delimiter or LF */
	uint64_t	quote;
	uint64_t	cr, lf;		/* only looked for with crlf */
	uint64_t	low;		/* all that may be odd; ends too */
};

static void
kinds_scalar(const struct marks_opts *o, const char *p, struct kinds *k)
{
	uint64_t bit;
	unsigned char b;
	int i;

	memset(k, 0, sizeof(*k));
	for (i = 0; i < 64; i++) {
		bit = UINT64_C(1) << i;
		b = (unsigned char)p[i];
		if (p[i] == o->delimiter || b == '\n')
			k->end |= bit;
		if (b == '"')
			k->quote |= bit;
		if (b == '\r' && o->crlf)
			k->cr |= bit;
		if (b == '\n' && o->crlf)
			k->lf |= bit;
		if (b < ' ' || b == 0x7f || (b > 0x7f && !o->high) ||
		    (o->tight && (b == ' ' || b == ',' || b == ';' ||
		    (b == ':' && o->single) || (b >= '|' && b < 0x7f))))
			k->low |= bit;
	}
}

#ifdef MARKS_X86
ALWAYS_INLINE void
kinds_sse2(const struct marks_opts *o, const char *p, struct kinds *k)
{
	const __m128i delimiter = _mm_set1_epi8(o->delimiter);
	const __m128i least = _mm_set1_epi8(o->tight ? ' ' + 1 : ' ');
	const __m128i most = _mm_set1_epi8(o->tight ? '|' - 1 : 0x7e);
	const __m128i comma = _mm_set1_epi8(o->tight ? ',' : 0x7f);
	/* Colon and semicolon differ in the lowest bit. */
	const __m128i both = _mm_set1_epi8(o->tight && o->single ? ~1 : -1);
	const __m128i semicolon = _mm_set1_epi8(!o->tight ? 0x7f :
	    o->single ? ':' : ';');
	const __m128i high = _mm_set1_epi8(o->high ? -1 : 0);
	__m128i v, end, low;
	int i;

	memset(k, 0, sizeof(*k));
	for (i = 0; i < 64; i += 16) {
		v = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
		end = _mm_or_si128(_mm_cmpeq_epi8(v, delimiter),
		    _mm_cmpeq_epi8(v, _mm_set1_epi8('\n')));
		/* Signed: bytes past ASCII are below all others. */
		low = _mm_or_si128(_mm_or_si128(_mm_cmpgt_epi8(least, v),
		    _mm_cmpgt_epi8(v, most)), _mm_or_si128(
		    _mm_cmpeq_epi8(_mm_and_si128(v, both), semicolon),
		    _mm_cmpeq_epi8(v, comma)));
		/* The top bit of each byte counts. */
		low = _mm_andnot_si128(_mm_and_si128(v, high), low);
		k->end |= (uint64_t)(unsigned)_mm_movemask_epi8(end) << i;
		k->low |= (uint64_t)(unsigned)_mm_movemask_epi8(low) << i;
		k->quote |= (uint64_t)(unsigned)_mm_movemask_epi8(
		    _mm_cmpeq_epi8(v, _mm_set1_epi8('"'))) << i;
		if (!o->crlf)
			continue;
		k->cr |= (uint64_t)(unsigned)_mm_movemask_epi8(
		    _mm_cmpeq_epi8(v, _mm_set1_epi8('\r'))) << i;
		k->lf |= (uint64_t)(unsigned)_mm_movemask_epi8(
		    _mm_cmpeq_epi8(v, _mm_set1_epi8('\n'))) << i;
	}
}

__attribute__((target("avx2"))) ALWAYS_INLINE void
kinds_avx2(const struct marks_opts *o, const char *p, struct kinds *k)
{
	const __m256i delimiter = _mm256_set1_epi8(o->delimiter);
	const __m256i least = _mm256_set1_epi8(o->tight ? ' ' + 1 : ' ');
	const __m256i most = _mm256_set1_epi8(o->tight ? '|' - 1 : 0x7e);
	const __m256i comma = _mm256_set1_epi8(o->tight ? ',' : 0x7f);
	/* Colon and semicolon differ in the lowest bit. */
	const __m256i both = _mm256_set1_epi8(o->tight && o->single ? ~1 : -1);
	const __m256i semicolon = _mm256_set1_epi8(!o->tight ? 0x7f :
	    o->single ? ':' : ';');
	const __m256i high = _mm256_set1_epi8(o->high ? -1 : 0);
	__m256i v, end, low;
	int i;

	memset(k, 0, sizeof(*k));
	for (i = 0; i < 64; i += 32) {
		v = _mm256_loadu_si256((const __m256i *)(const void *)(p + i));
		end = _mm256_or_si256(_mm256_cmpeq_epi8(v, delimiter),
		    _mm256_cmpeq_epi8(v, _mm256_set1_epi8('\n')));
		low = _mm256_or_si256(_mm256_or_si256(
		    _mm256_cmpgt_epi8(least, v), _mm256_cmpgt_epi8(v, most)),
		    _mm256_or_si256(
		    _mm256_cmpeq_epi8(_mm256_and_si256(v, both), semicolon),
		    _mm256_cmpeq_epi8(v, comma)));
		low = _mm256_andnot_si256(_mm256_and_si256(v, high), low);
		k->end |= (uint64_t)(unsigned)_mm256_movemask_epi8(end) << i;
		k->low |= (uint64_t)(unsigned)_mm256_movemask_epi8(low) << i;
		k->quote |= (uint64_t)(unsigned)_mm256_movemask_epi8(
		    _mm256_cmpeq_epi8(v, _mm256_set1_epi8('"'))) << i;
		if (!o->crlf)
			continue;
		k->cr |= (uint64_t)(unsigned)_mm256_movemask_epi8(
		    _mm256_cmpeq_epi8(v, _mm256_set1_epi8('\r'))) << i;
		k->lf |= (uint64_t)(unsigned)_mm256_movemask_epi8(
		    _mm256_cmpeq_epi8(v, _mm256_set1_epi8('\n'))) << i;
	}
}
#endif

/* Write the index of the lowest n bits; the top bit stands for no more. */
ALWAYS_INLINE uint64_t
bits_write(uint64_t bits, uint32_t base, uint32_t *to, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		to[i] = base + (uint32_t)__builtin_ctzll(bits |
		    UINT64_C(1) << 63);
		bits &= bits - 1;
	}
	return bits;
}

/*
 * Append the index of each bit; up to MARKS_MORE are written past the end, as
 * fewer steps of more bits are guessed right by the processor.
 */
ALWAYS_INLINE size_t
bits_list(uint64_t bits, uint32_t base, uint32_t *list, size_t n)
{
	size_t more = (size_t)__builtin_popcountll(bits);
	uint32_t *to = list + n;

	bits = bits_write(bits, base, to, 4);
	if (more > 4) {
		bits = bits_write(bits, base, to + 4, 8);
		for (to += 12; bits != 0; to += 4)
			bits = bits_write(bits, base, to, 4);
	}
	return n + more;
}

/* What the kinds of the 64 bytes at p mean; *after: the byte before ended. */
ALWAYS_INLINE uint64_t
kinds_odd(const struct marks_opts *o, const char *p, const struct kinds *k,
    uint64_t *after)
{
	uint64_t odd = k->low & ~k->end, last, next;

	last = k->end;
	next = p[64] == o->delimiter || p[64] == '\n';
	if (o->crlf) {
		odd &= ~(k->cr & (k->lf >> 1 |
		    (uint64_t)(p[64] == '\n') << 63));
		/* Without an LF after it, the CR itself is odd. */
		last |= k->cr;
		next |= p[64] == '\r';
	}
	if (o->quotes)
		odd |= k->quote & ~(k->end << 1 | *after) &
		    ~(last >> 1 | next << 63);
	else if (o->tight)
		odd |= k->quote;
	*after = k->end >> 63;
	return odd;
}

ALWAYS_INLINE void
marks_loop(const struct marks_opts *opts, const char *p, size_t n,
    struct marks *m, void (*kinds)(const struct marks_opts *, const char *,
    struct kinds *))
{
	const struct marks_opts o = *opts;
	struct kinds k;
	uint64_t after = 1, mask, odd;
	size_t i;

	m->nends = m->nodds = 0;
	for (i = 0; i < n; i += 64) {
		kinds(&o, p + i, &k);
		odd = kinds_odd(&o, p + i, &k, &after);
		mask = n - i < 64 ? (UINT64_C(1) << (n - i)) - 1 : UINT64_MAX;
		m->nends = bits_list(k.end & mask, (uint32_t)i, m->end,
		    m->nends);
		if (__builtin_expect((odd & mask) != 0, 0))
			m->nodds = bits_list(odd & mask, (uint32_t)i, m->odd,
			    m->nodds);
	}
	m->end[m->nends] = UINT32_MAX;
	m->odd[m->nodds] = UINT32_MAX;
}

static void
find_scalar(const struct marks_opts *o, const char *p, size_t n,
    struct marks *m)
{
	marks_loop(o, p, n, m, kinds_scalar);
}

#ifdef MARKS_X86
static void
find_sse2(const struct marks_opts *o, const char *p, size_t n,
    struct marks *m)
{
	marks_loop(o, p, n, m, kinds_sse2);
}

__attribute__((target("avx2,popcnt,bmi,bmi2"))) static void
find_avx2(const struct marks_opts *o, const char *p, size_t n,
    struct marks *m)
{
	marks_loop(o, p, n, m, kinds_avx2);
}
#endif

enum marks_way
marks_way(enum marks_way wish)
{
#ifdef MARKS_X86
	if (wish >= MARKS_AVX2 && __builtin_cpu_supports("avx2") &&
	    __builtin_cpu_supports("popcnt") && __builtin_cpu_supports("bmi") &&
	    __builtin_cpu_supports("bmi2"))
		return MARKS_AVX2;
	return wish >= MARKS_SSE2 ? MARKS_SSE2 : MARKS_SCALAR;
#else
	(void)wish;
	return MARKS_SCALAR;
#endif
}

void
marks_find(const struct marks_opts *o, const char *p, size_t n,
    struct marks *m)
{
	static void (*const finds[])(const struct marks_opts *, const char *,
	    size_t, struct marks *) = {
		[MARKS_SCALAR] = find_scalar,
#ifdef MARKS_X86
		[MARKS_SSE2] = find_sse2,
		[MARKS_AVX2] = find_avx2,
#endif
	};

	finds[o->way](o, p, n, m);
}
