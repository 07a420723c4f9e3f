/*
 * A row and its cells, in each pass.
 */
#ifndef COUPON_ROWS_INTERNAL_H
#define COUPON_ROWS_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "../format/reader.h"
#include "glyph_internal.h"

struct check_row;
struct checker;
struct coupon;
struct dup_verdict;
struct err;

#define CODE_UNKNOWN_TEXT "not in the list of known codes"
#define FORMULA_TEXT	"a formula that keeps text in a spreadsheet, not the " \
			"text alone"

/* What bytes are, for the code rules. */
#define BYTE_ALLOWED	1
#define BYTE_DIGIT	2
#define BYTE_E		4	/* e or E, as in 4.21E+11 */
#define BYTE_HIGH	8	/* not ASCII */
#define BYTE_CONTROL	16	/* but for tab and line ends */
#define BYTE_POINT	32	/* of a shortened number, or its signs */
#define BYTE_BETWEEN	64	/* stands between cells elsewhere */

/*
 * cells_init(c, e): prepare for the settings about cells.  ERR_CONFIG.
 */
int	cells_init(struct checker *, struct err *);

/*
 * cells_release(c): free what cells_init took.
 */
void	cells_release(struct checker *);

/*
 * cell_text(c, column, cell, text, e): the cell in UTF-8, borrowed until the
 * next row.  text->p is NULL when it is not text; this is then reported.
 */
int	cell_text(struct checker *, int, const struct cell *, struct text *,
	    struct err *);

/*
 * row_formulas(rec): every quote that is out of place is part of a text_formula
 * and does no harm.
 */
bool	row_formulas(const struct record *);

/*
 * stray_report(c, place, e): a quote out of place, there.
 */
int	stray_report(struct checker *, const struct place *, struct err *);

/*
 * cell_ignored(c, cell, e): look at a cell of a column that is not used.
 */
int	cell_ignored(struct checker *, const struct cell *, struct err *);

/*
 * code_check(c, cell, e): the code column, into c->row and c->all_digits.
 */
int	code_check(struct checker *, const struct cell *, struct err *);

/*
 * date_column_check(c, cell, e): the date column, into c->row.
 */
int	date_column_check(struct checker *, const struct cell *,
	    struct err *);

/*
 * redeemed_check(c, cell, e): the redeemed column, into c->row.
 */
int	redeemed_check(struct checker *, const struct cell *, struct err *);

/*
 * row_check(c, rec, e): all that one row tells, into c->row and c->row_errors.
 */
int	row_check(struct checker *, const struct record *, struct err *);

/*
 * row_total(t): "Total: 300", where the sum of a report would stand; t is
 * trimmed.
 */
bool	row_total(struct text);

/*
 * row_total_word(i): what such a text may begin with, or NULL after the last
 * one.
 */
const char *row_total_word(size_t);

/*
 * row_fits(c, rec): as many cells as the header has, or more that are empty.
 */
bool	row_fits(const struct checker *, const struct record *);

/*
 * row_record(c, rec, e): a record from the reader, in any pass.
 */
int	row_record(void *, const struct record *, struct err *);

/*
 * row_issue(c, issue, place, dropped, e): an issue of the reader, in any pass;
 * as in struct reader_ops.
 */
int	row_issue(void *, enum reader_issue, const struct place *,
	    const struct place *, struct err *);

/*
 * redeemed_like(c, t): one of the words of the redeemed column.
 */
bool	redeemed_like(const struct checker *, struct text);

/*
 * row_skipped(c, row): a row that is not redeemed and not sent.
 */
bool	row_skipped(const struct checker *, const struct coupon *);

/*
 * row_see(c, rec, e): a data record in PASS_SEE or PASS_JUDGE.
 */
int	row_see(struct checker *, const struct record *, struct err *);

/*
 * row_named(c, row, e): a good row in PASS_SEE or PASS_JUDGE whose code
 * dedup_named knows: it goes to the search for duplicates, or to whoever wants
 * the rows in common.
 */
int	row_named(struct checker *, const struct check_row *, struct err *);

/*
 * row_known(c, rec, e): a data record in PASS_KNOWN.
 */
int	row_known(struct checker *, const struct record *, struct err *);

/*
 * row_verdict(set, v, e): what the search for duplicates found (dup_judge_f).
 */
int	row_verdict(void *, const struct dup_verdict *, struct err *);

#endif
