/*
 * Characters that look like others, or like nothing at all.
 */
#ifndef COUPON_GLYPH_INTERNAL_H
#define COUPON_GLYPH_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	const char	*p;
	size_t		 len;
};

/*
 * glyph_like(cp): the ASCII character that a code point looks like, or 0;
 * its script goes to *script.
 */
char	glyph_like(uint32_t, const char **);

/*
 * glyph_name(cp): what people call a character that is hard to see, or NULL.
 */
const char *glyph_name(uint32_t);

/*
 * glyph_blank(cp): a space of any kind, or a character that is not shown.
 */
bool	glyph_blank(uint32_t);

/*
 * text_hashes(t): "####", which a spreadsheet shows where a column is too
 * narrow.
 */
bool	text_hashes(struct text);

/*
 * text_formula(t, inner): t is ="0042" or =T("0042"), with which spreadsheets
 * are made to keep text as it is; *inner is that text.
 */
bool	text_formula(struct text, struct text *);

/*
 * text_trim(t): without blanks of any kind at both ends.
 */
struct text text_trim(struct text);

#endif
