/*
 * What reader.c shares with csv.c and txt.c: the state of a reader.
 */
#ifndef FORMAT_READER_INTERNAL_H
#define FORMAT_READER_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/* A piece of the file, and how much of it was dealt with. */
struct window {
	const char	*p;
	size_t		 n;
	bool		 final;		/* nothing comes after it */
	size_t		 used;		/* out: bytes of it */
};

/*
 * csv_parse(r, w, e): hand out the records that end within the window; what
 * they took goes to w->used.  Without w->final the window may end anywhere, and
 * what is left is shorter than max_line plus 2.  With r->skipping set it
 * returns early for reader.c to skip.
 */
int	csv_parse(struct reader *, struct window *, struct err *);

/*
 * txt_parse(r, w, e): as csv_parse, one cell a line.
 */
int	txt_parse(struct reader *, struct window *, struct err *);

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
 * reader_place_at(r, i, place): where index i of the window is in the file;
 * the record is left to others.
 */
static inline void
reader_place_at(const struct reader *r, size_t i, struct place *place)
{
	place->byte = r->base + i;
	place->line = r->line;
	place->column = place->byte - r->line_start + 1;
}

/*
 * is_blank(b): a space or a tab, of which a blank row may have any number.
 */
static inline bool
is_blank(char b)
{
	return b == ' ' || b == '\t';
}

/*
 * reader_number(r): the number that the next record will have.
 */
static inline uint64_t
reader_number(const struct reader *r)
{
	return r->header ? 0 : r->records + 1;
}

#endif
