/*
 * Where cells and lines end in a block of text, for callers that take plain
 * rows without going through a reader.
 *
 * Each way of looking gives the same answers; the scalar one is there for
 * processors without the others, and as their oracle in tests.
 */
#ifndef FORMAT_MARKS_H
#define FORMAT_MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MARKS_BYTES	16384		/* looked at in one go */
#define MARKS_PAD	64		/* readable bytes after a block */
#define MARKS_MORE	12		/* room after the lists */

enum marks_way { MARKS_SCALAR, MARKS_SSE2, MARKS_AVX2, MARKS_BEST };

struct marks_opts {
	enum marks_way	 way;		/* of marks_way */
	char		 delimiter;	/* '\n': there are none */
	bool		 crlf;		/* a CR before an LF is no oddity */
	bool		 quotes;	/* nor is a quote at a cell's end */
	bool		 tight;		/* but spaces and , ; | } ~ are */
	bool		 high;		/* bytes past ASCII are not */
	bool		 single;	/* with tight, so is a colon */
};

struct marks {
	uint32_t	 end[MARKS_BYTES + MARKS_MORE];	/* delimiters and LFs */
	size_t		 nends;
	/*
	 * Bytes that no plain row has: control characters, bytes past ASCII
	 * (without high), quotes anywhere but first or last in a cell; with
	 * tight also spaces and what often stands between cells.
	 */
	uint32_t	 odd[MARKS_BYTES + MARKS_MORE];
	size_t		 nodds;
};

/*
 * marks_way(wish): the best way that this processor has, up to wish.
 */
enum marks_way marks_way(enum marks_way);

/*
 * marks_find(opts, p, n, m): indexes into the n bytes at p, at most
 * MARKS_BYTES, ascending; each list is followed by an index past all others.
 * p starts a row, and MARKS_PAD more bytes can be read.
 */
void	marks_find(const struct marks_opts *, const char *, size_t,
	    struct marks *);

#endif
