/*
 * Cells that a spreadsheet would take for a formula.
 *
 * A CSV that people open must not run what strangers wrote into it:
 * https://owasp.org/www-community/attacks/CSV_Injection.  Such a cell gets an
 * apostrophe in front when it is written, and loses one when it is read, so
 * that the way back gives the same bytes.
 */
#ifndef FORMAT_FORMULA_H
#define FORMAT_FORMULA_H

#include <stdbool.h>
#include <stddef.h>

/*
 * formula_like(p, n): after apostrophes, if any, the cell begins with "=",
 * "+", "-", "@", a tab or a CR; to be written with one apostrophe more.
 */
bool	formula_like(const char *, size_t);

/*
 * formula_guarded(p, n): it begins with an apostrophe and is formula_like; to
 * be read without that apostrophe.
 */
bool	formula_guarded(const char *, size_t);

/*
 * formula_guards(alphabet): whether codes of an alphabet, or with NULL of the
 * usual one, are guarded: not where an apostrophe may belong to a code.
 */
bool	formula_guards(const char *);

#endif
