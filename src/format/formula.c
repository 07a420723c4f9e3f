/* Cells that a spreadsheet would take for a formula. */
#include "formula.h"

#include <string.h>

bool
formula_like(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n && p[i] == '\''; i++)
		;
	return i < n && memchr("=+-@\t\r", p[i], 6) != NULL;
}

bool
formula_guarded(const char *p, size_t n)
{
	return n > 1 && p[0] == '\'' && formula_like(p, n);
}

bool
formula_guards(const char *alphabet)
{
	return alphabet == NULL || strchr(alphabet, '\'') == NULL;
}
