/*
 * What the column of codes looks like as a whole, once every row was seen.
 */
#include "profile_internal.h"

#include "checker_internal.h"
#include "code_ruin.h"

#define DIGITS_FEW	40	/* codes; fewer have no profile */
#define ROUNDED_LEN	16	/* digits; shorter codes are kept as they are */
#define ROUNDED_FEW	10	/* codes; of fewer, all have to be rounded, */
#define ROUNDED_LEAST	3	/* and still fewer prove nothing */
#define SERIAL_LEN	5	/* digits of a day as a number */

/*
 * Does it look as if leading zeros were lost?  Codes of one length made at
 * random begin with 0 once in ten times: then nine in ten keep their length,
 * one in ten loses a digit, one in a hundred loses two, and none begins with
 * 0 any more.  Codes of several lengths look otherwise.  A few codes prove
 * nothing either way and are told about.
 */
static bool
digits_lost(const struct checker *c, uint64_t total, uint64_t shorter)
{
	uint64_t longer = total - shorter - c->digits[c->digits_len];

	if (shorter == 0)
		return false;
	if (total < DIGITS_FEW)
		return true;
	return longer * 50 <= total && shorter * 4 <= total &&
	    c->zero_led * 20 < total && (c->digits_len == 0 ||
	    c->digits[c->digits_len - 1] * 2 >= shorter);
}

static bool
zeros_find(struct checker *c, uint64_t total)
{
	uint64_t shorter = 0;
	size_t i;

	for (i = 0; i < DIGITS_MAX; i++) {
		if (c->digits[i] > total / 2) {
			c->digits_len = i;
			return digits_lost(c, total, shorter);
		}
		shorter += c->digits[i];
	}
	return false;
}

/*
 * Were long codes rounded?  Past 15 digits a spreadsheet has only zeros.  One
 * code in ten, or fewer, is like that by chance; so a few prove nothing unless
 * all are.
 */
static bool
rounded_find(const struct checker *c)
{
	uint64_t total = 0;
	size_t i;

	for (i = ROUNDED_LEN; i <= DIGITS_MAX; i++)
		total += c->digits[i];
	return c->rounded >= ROUNDED_LEAST && (c->rounded == total ||
	    (total >= ROUNDED_FEW && c->rounded > total / 2));
}

void
profile_count(struct checker *c)
{
	const struct coupon *row = &c->row;
	const char *point;

	if (c->all_digits) {
		c->digits[row->len < DIGITS_MAX ? row->len : DIGITS_MAX]++;
		c->zero_led += row->code[0] == '0';
		c->rounded += code_rounded(row->code, row->len);
		c->serials += code_serial(row->code, row->len);
		c->naughts += row->len == 1 && row->code[0] == '0';
	} else if (code_grouped(row->code, row->len)) {
		point = memchr(row->code, '.', row->len);
		c->grouped += row->code + row->len - point > 4;
		c->grouped_zero += row->code[0] == '0';
	}
}

/*
 * A job that says how its codes look needs no guess.  Numbers that may be days
 * are taken for such only beside days, where they are no more than those, and
 * all codes of that length are such numbers.  A 0 is what a spreadsheet makes
 * of an empty cell, unless other codes are as short.
 */
void
profile_find(struct checker *c)
{
	uint64_t total = 0, days = c->res->by_rule[RULE_CODE_DATE];
	size_t i;

	c->zeros = c->look = false;
	c->ruins = 0;
	if (c->has_pattern || c->o->known_codes != NULL)
		return;
	for (i = 0; i <= DIGITS_MAX; i++)
		total += c->digits[i];
	c->zeros = c->o->min_code <= 1 && c->set->common == NULL &&
	    zeros_find(c, total);
	if (rounded_find(c))
		c->ruins |= RUIN_ROUNDED;
	if (c->grouped > 0 && c->grouped_zero == 0)
		c->ruins |= RUIN_GROUPED;
	if (c->serials > 0 && c->serials <= days &&
	    c->serials == c->digits[SERIAL_LEN])
		c->ruins |= RUIN_SERIAL;
	if (c->naughts > 0 && c->naughts == c->digits[1])
		c->ruins |= RUIN_ZERO;
	c->look = c->zeros || c->ruins != 0;
}

enum rule
profile_rule(unsigned ruins, const char *p, size_t n)
{
	if (((ruins & RUIN_ROUNDED) != 0 && code_rounded(p, n)) ||
	    ((ruins & RUIN_GROUPED) != 0 && code_grouped(p, n)))
		return RULE_CODE_SCIENTIFIC;
	if ((ruins & RUIN_SERIAL) != 0 && code_serial(p, n))
		return RULE_CODE_DATE;
	if ((ruins & RUIN_ZERO) != 0 && n == 1 && p[0] == '0')
		return RULE_CODE_EMPTY;
	return RULE__MAX;
}
