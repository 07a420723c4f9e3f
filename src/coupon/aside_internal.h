/*
 * The rows of a checked file that are written out: good ones, broken ones.
 */
#ifndef COUPON_ASIDE_INTERNAL_H
#define COUPON_ASIDE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct checker;
struct err;
struct place;
struct record;

/*
 * guard_cell(c, i): whether the cells of a column are guarded from being
 * taken for formulas (format/formula.h), in what is read and written.
 */
bool	guard_cell(const struct checker *, size_t);

/*
 * guard_off(c, rec, out, e): *out is the record without the apostrophes of
 * guarded cells, borrowed until the next one.  ERR_NOMEM.
 */
int	guard_off(struct checker *, const struct record *, struct record *,
	    struct err *);

/*
 * aside_header(c, rec, e): make c->head, the first line of the broken rows;
 * rec is NULL when the file has no header.  Broken rows may stand above it.
 */
int	aside_header(struct checker *, const struct record *, struct err *);

/*
 * aside_begin(c, e): put the header of the input above the rows set aside.
 */
int	aside_begin(struct checker *, struct err *);

/*
 * aside_row(c, line, rec, e): a broken row: its line, c->problems, and its
 * cells.
 */
int	aside_row(struct checker *, uint64_t, const struct record *,
	    struct err *);

/*
 * aside_start(c, rec, e): any record in PASS_ASIDE, as the reader tells of it;
 * rec is borrowed until it has been dealt with.  What came before it ends here.
 */
int	aside_start(struct checker *, const struct record *, struct err *);

/*
 * aside_upto(c, at, e): what came before ends at this offset, as the reader
 * counts.
 */
int	aside_upto(struct checker *, uint64_t, struct err *);

/*
 * aside_lost(c, start, e): a broken row of which the reader made no cells: its
 * bytes as one cell, up to where the next row starts, without its line end.
 * The place is as the reader's.
 */
int	aside_lost(struct checker *, const struct place *, struct err *);

/*
 * aside_done(c): the pass is over, whatever came of it.
 */
void	aside_done(struct checker *);

/*
 * good_row(c, e): the record that was started is a good row, or the header:
 * its bytes as they came, with the guard where cells need one.
 */
int	good_row(struct checker *, struct err *);

/*
 * aside_end(c, e): write out what is still in buffers; no row comes any more.
 */
int	aside_end(struct checker *, struct err *);

#endif
