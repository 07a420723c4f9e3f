/* The way back: what utf16_decode gave, written as it was in the file. */
#include "utf16.h"

#include "../base/err.h"

#define HALF_PAIR	0xdc00u		/* a low half alone is no character */
#define NO_CHARACTER	0xffffffffu	/* nor is this in UTF-32 */

static void
put_unit(FILE *to, enum utf16_kind kind, uint32_t unit)
{
	size_t size = kind == UTF16_LE || kind == UTF16_BE ? 2 : 4, i;
	bool big = kind == UTF16_BE || kind == UTF32_BE;

	for (i = 0; i < size; i++)
		putc((int)(unit >> 8 * (big ? size - 1 - i : i) & 0xff), to);
}

static void
put_character(FILE *to, enum utf16_kind kind, uint32_t cp)
{
	if (cp >= 0x10000 && (kind == UTF16_LE || kind == UTF16_BE)) {
		put_unit(to, kind, 0xd800 + ((cp - 0x10000) >> 10));
		cp = 0xdc00 + ((cp - 0x10000) & 0x3ff);
	}
	put_unit(to, kind, cp);
}

/* The rest of a character that begins with this byte; false at the end. */
static bool
get_character(FILE *from, int first, uint32_t *cp)
{
	int more = first < 0xc0 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
	int b;

	*cp = (uint32_t)first & (more == 0 ? 0x7f : 0x3fu >> more);
	for (; more > 0; more--) {
		b = getc(from);
		if (b == EOF)
			return false;
		*cp = *cp << 6 | ((uint32_t)b & 0x3f);
	}
	return true;
}

int
utf16_encode(FILE *from, FILE *to, enum utf16_kind kind, bool mark,
    struct err *e)
{
	uint32_t cp;
	int b;

	if (mark)
		put_character(to, kind, 0xfeff);
	while ((b = getc(from)) != EOF) {
		if (b >= 0xf8 || (b & 0xc0) == 0x80)
			put_unit(to, kind, kind == UTF16_LE ||
			    kind == UTF16_BE ? HALF_PAIR : NO_CHARACTER);
		else if (get_character(from, b, &cp))
			put_character(to, kind, cp);
	}
	return ferror(from) ? err_set(e, ERR_IO, "cannot read back what was "
	    "written") : 0;
}
