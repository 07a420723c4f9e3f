/*
 * Records and cells: what the CSV and TXT readers hand to their caller.
 *
 * The readers are pushed: bytes in by any cut, records out, the same whatever
 * the cut.  Positions count bytes of the decompressed, not yet decoded input:
 * byte from 0; line, column and record from 1.  A line ends at LF, CRLF or a
 * lone CR, inside quotes too.
 */
#ifndef FORMAT_READER_H
#define FORMAT_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct reader;

struct place {
	uint64_t	line;
	uint64_t	column;	/* bytes from the line's start, plus 1 */
	uint64_t	record;	/* data records; 0 for the header or file */
	uint64_t	byte;
};

struct cell {
	const char	*p;	/* decoded: quotes off, doubled quotes single */
	size_t		 len;
	uint64_t	 line, column, byte; /* of its first byte, or quote */
	bool		 quoted;
};

struct record {
	const struct cell	*cells;	/* borrowed until the callback ends */
	size_t			 n;
	struct place		 place;	/* of its first byte */
};

/* What a reader itself finds; the caller turns them into findings. */
enum reader_issue {
	RI_QUOTE_STRAY,		/* a quote inside an unquoted cell, or bytes
				   after a closing quote */
	RI_QUOTE_UNCLOSED,	/* a quoted cell never ends, or only in the
				   middle of a later line: record dropped,
				   reading goes on at the next line */
	RI_LINE_TOO_LONG,	/* record dropped up to its line end */
	RI_ROW_BLANK,		/* an empty line, or nothing but delimiters,
				   spaces, tabs and quotes around them; no
				   record, no number */
	RI_EOL_MIXED,		/* once per file, at the first odd line end */
	RI_BOM,			/* once, at byte 0 */
	RI_NUL,			/* a record with a NUL byte; record kept */
	RI_TOO_MANY_CELLS,	/* record dropped */
};

struct reader_ops {
	/*
	 * A record.  Return 0 to go on, -1 (with e set) to end the reading.
	 */
	int	(*record)(void *, const struct record *, struct err *);
	/*
	 * An issue.  With a fatal one the record was dropped and its number
	 * is used up; dropped is then where its first byte is, else NULL.
	 * What was dropped ends where the next record or blank line starts.
	 * Return as record.
	 */
	int	(*issue)(void *, enum reader_issue, const struct place *,
		    const struct place *dropped, struct err *);
};

struct reader_opts {
	bool	 csv;		/* false: one code per line, no quoting */
	char	 delimiter;	/* CSV only */
	const bool *lead;	/* CSV: of 256 bytes, those that are the first
				   of two of a character, whose second may look
				   like the delimiter; borrowed; NULL: none */
	bool	 header;	/* first record has place.record 0 */
	size_t	 max_line;	/* bytes of a record; LIM_LINE_BYTES */
	size_t	 max_cells;	/* LIM_COLUMNS */
};

/*
 * reader_new(opts, ops, arg, e): a reader that calls ops with arg.  Free with
 * reader_free.  ERR_NOMEM.
 */
struct reader *reader_new(const struct reader_opts *,
	    const struct reader_ops *, void *, struct err *);

/*
 * reader_feed(r, p, n, e): the next n bytes.  Memory stays within a small
 * multiple of max_line whatever the input.  Does not block.
 */
int	reader_feed(struct reader *, const char *, size_t, struct err *);

/*
 * reader_finish(r, e): no more bytes; hands out a last record that has no
 * line end.
 */
int	reader_finish(struct reader *, struct err *);

/*
 * reader_bytes(r): bytes fed so far.
 */
uint64_t reader_bytes(const struct reader *);

/*
 * reader_at_row(r): the next byte starts a record of data, and nothing is
 * held back.
 */
bool	reader_at_row(const struct reader *);

/*
 * reader_eol_bytes(r): how lines ended so far: 1 for LF, 2 for CRLF; 0 for
 * CR, or when none has.
 */
int	reader_eol_bytes(const struct reader *);

/*
 * reader_pass(r, bytes, rows): at a row, leave out the next bytes, which the
 * caller knows to be so many whole records of one line each, all ending as
 * lines did so far.
 */
void	reader_pass(struct reader *, uint64_t, uint64_t);

/*
 * reader_place(r, place): where the next byte is.
 */
void	reader_place(const struct reader *, struct place *);

/*
 * reader_free(r): NULL is harmless.
 */
void	reader_free(struct reader *);

#endif
