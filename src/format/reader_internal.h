/*
 * What reader.c shares with csv.c and txt.c: the state of a reader, and the
 * search for the few bytes that mean something.
 */
#ifndef FORMAT_READER_INTERNAL_H
#define FORMAT_READER_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "reader.h"

#define NO_INDEX	SIZE_MAX

struct reader {
	struct reader_opts	 opts;
	const struct reader_ops	*ops;
	void			*arg;
	char		*carry;		/* the start of a record that was cut */
	size_t		 carry_len, carry_cap;
	size_t		 carry_try;	/* worth another look at this length */
	struct cell	*cells;
	size_t		 ncells, cells_cap;
	char		*scratch;	/* cells without their doubled quotes */
	size_t		 scratch_cap;
	uint64_t	 fed;		/* bytes from the caller */
	uint64_t	 base;		/* offset of the window's first byte */
	uint64_t	 line;		/* of the window's first byte */
	uint64_t	 line_start;	/* offset where that line starts */
	uint64_t	 records;	/* numbers of data records used up */
	bool		 header;	/* the next record is the header */
	bool		 begun;		/* the first bytes were looked at */
	bool		 skipping;	/* rest of a line that is too long */
	bool		 mixed;		/* RI_EOL_MIXED was reported */
	unsigned char	 eol;		/* the first line end; 0: none yet */
};

enum reader_eol { EOL_LF = 1, EOL_CRLF, EOL_CR };

/*
 * csv_parse(r, p, n, final, used, e): hand out the records that end within
 * the window of n bytes at p; the bytes they took go to *used.  Without final
 * the window may end anywhere, and what is left is shorter than max_line plus
 * 2.  With r->skipping set it returns early for reader.c to skip.
 */
int	csv_parse(struct reader *, const char *, size_t, bool, size_t *,
	    struct err *);

/*
 * txt_parse(r, p, n, final, used, e): likewise, one cell a line.
 */
int	txt_parse(struct reader *, const char *, size_t, bool, size_t *,
	    struct err *);

/*
 * reader_record(r, place, e): hand out r->cells as a record that starts at
 * place; its number is filled in.
 */
int	reader_record(struct reader *, struct place *, struct err *);

/*
 * reader_issue(r, issue, place, dropped, e): report; a record that is dropped
 * uses up its number: dropped is where it starts, or NULL.
 */
int	reader_issue(struct reader *, enum reader_issue, struct place *,
	    const struct place *, struct err *);

/*
 * reader_eol(r, p, i, next, e): a line ends at index i of the window; the next
 * one starts at index next.  Lines are counted here.
 */
int	reader_eol(struct reader *, const char *, size_t, size_t,
	    struct err *);

/*
 * reader_cells_grow(r, e): room for more cells.
 */
int	reader_cells_grow(struct reader *, struct err *);

/*
 * reader_number(r): the number that the next record will have.
 */
static inline uint64_t
reader_number(const struct reader *r)
{
	return r->header ? 0 : r->records + 1;
}

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
