/* What the tests of the two readers share. */
#ifndef TESTS_UNIT_READER_FIXTURE_H
#define TESTS_UNIT_READER_FIXTURE_H

#include <stddef.h>
#include <stdint.h>

#include "../../src/format/reader.h"

struct buf;

/* Writes what a reader says, in the words of reader_expect, into a buf. */
extern const struct reader_ops reader_told;

/*
 * reader_expect(opts, in, n, want): the n bytes of in, read whole, in two
 * pieces cut anywhere and in pieces of any size, give what want says: a line
 * for each record ("RECORD@LINE:COLUMN+BYTE", then for each cell
 * "LINE:COLUMN+BYTE=TEXT" with "q" before a quoted one) and for each issue
 * (its name, "!" if the line was dropped, its place).  Each piece lies in a
 * block of its own.
 */
void	reader_expect(const struct reader_opts *, const char *, size_t,
	    const char *);

/*
 * reader_run(opts, in, n, first, step, out): one reading of it, in pieces of
 * step bytes after a first one of first bytes (0: step, too); what it gives is
 * added to out.
 */
void	reader_run(const struct reader_opts *, const char *, size_t, size_t,
	    size_t, struct buf *);

#endif
