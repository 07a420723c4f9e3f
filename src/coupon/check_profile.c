/*
 * What the column of codes looks like as a whole, once every row was seen.
 */
#include "check_internal.h"

#define DIGITS_FEW	40	/* codes; fewer have no profile */

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

/* A job that says how its codes look needs no guess. */
bool
profile_zeros(struct checker *c)
{
	uint64_t total = 0, shorter = 0;
	size_t i;

	if (c->has_pattern || c->known != NULL || c->o->min_code > 1)
		return false;
	for (i = 0; i <= DIGITS_MAX; i++)
		total += c->digits[i];
	for (i = 0; i < DIGITS_MAX; i++) {
		if (c->digits[i] > total / 2) {
			c->digits_len = i;
			return digits_lost(c, total, shorter);
		}
		shorter += c->digits[i];
	}
	return false;
}
