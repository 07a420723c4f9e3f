/*
 * What all the codes of a file have in common, and what a spreadsheet has done
 * to their column.
 */
#ifndef COUPON_PROFILE_INTERNAL_H
#define COUPON_PROFILE_INTERNAL_H

#include <stddef.h>

#include "rules.h"

struct checker;

#define DIGITS_MAX	63	/* longer all-digit codes count as this */

/* What a spreadsheet has done to a column of codes. */
#define RUIN_ROUNDED	1
#define RUIN_GROUPED	2
#define RUIN_SERIAL	4
#define RUIN_ZERO	8	/* 0 where there was nothing */

/*
 * profile_count(c): a good row's code, for what follows.
 */
void	profile_count(struct checker *);

/*
 * profile_find(c): after the first pass: what a spreadsheet has done to the
 * column of codes, into c->ruins, and whether leading zeros may be lost, into
 * c->zeros and c->digits_len: the length that more than half of the all-digit
 * codes have.
 */
void	profile_find(struct checker *);

/*
 * profile_rule(ruins, p, n): the rule that a code breaks which is good as far
 * as it goes, but not in this column; or RULE__MAX.
 */
enum rule profile_rule(unsigned, const char *, size_t);

#endif
