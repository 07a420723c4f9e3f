/*
 * The corrected file: what can be mended without loss.
 */
#ifndef COUPON_FIX_INTERNAL_H
#define COUPON_FIX_INTERNAL_H

#include "../format/reader.h"

struct checker;
struct complaint;
struct err;

/*
 * check_fix(c, e): write the corrected file, if it is wanted.
 */
int	check_fix(struct checker *, struct err *);

/*
 * fix_start(c, rec, e): any record in PASS_FIX, with places as the reader
 * counts.
 */
int	fix_start(struct checker *, const struct record *, struct err *);

/*
 * fix_row(c, rec, e): then, a data record with places in the file.
 */
int	fix_row(struct checker *, const struct record *, struct err *);

/*
 * fix_note(c, x, e): a complaint with a correction about that record.
 */
int	fix_note(struct checker *, const struct complaint *, struct err *);

/*
 * fix_issue(c, issue, place, e): what the reader says in PASS_FIX; the place
 * as it counts.
 */
int	fix_issue(struct checker *, enum reader_issue, const struct place *,
	    struct err *);

#endif
