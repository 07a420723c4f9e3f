/*
 * UTF-16 and UTF-32 to UTF-8, with the way back.
 *
 * Places are asked for after the fact, and only near the end of what was
 * decoded: so the decoded bytes of the last few MiB are kept, together with
 * one mark (an offset in both countings) at their start.  Counting from the
 * mark is cheap because the mark moves along with the records.
 */
#include "utf16.h"

#include <stdlib.h>
#include <string.h>

#include "../base/err.h"
#include "../base/limits.h"
#include "../base/str.h"

#define KEPT_BYTES	(4u * LIM_LINE_BYTES)	/* a reader keeps less */
#define BAD_UNIT	0xff	/* decoded byte for what is no character */
#define BAD_TAIL	0xfe	/* for units that were cut off */

/* An offset, counted both ways. */
struct mark {
	uint64_t	decoded, raw;
};

struct utf16 {
	enum utf16_kind	 kind;
	unsigned char	 carry[4];	/* of a character that was cut */
	size_t		 ncarry;
	uint64_t	 raw;		/* bytes of the file so far */
	char		*kept;		/* decoded bytes from mark on */
	size_t		 len, cap;
	struct mark	 mark;		/* of kept[0] */
	struct mark	 line;		/* where mark's line starts */
	struct mark	 record;	/* where the last record starts */
	struct mark	 last;		/* the place asked for last */
	struct mark	 last_line;	/* and its line */
};

static const struct {
	const char	*name;
	const char	*bom;
	size_t		 unit;
	bool		 big;
} kinds[] = {
	[UTF16_NONE] = { "utf-8", "", 1, false },
	[UTF16_LE] = { "utf-16le", "\xff\xfe", 2, false },
	[UTF16_BE] = { "utf-16be", "\xfe\xff", 2, true },
	[UTF32_LE] = { "utf-32le", "\xff\xfe\0\0", 4, false },
	[UTF32_BE] = { "utf-32be", "\0\0\xfe\xff", 4, true },
};

enum utf16_kind
utf16_bom(const void *p, size_t n)
{
	int k;

	/* The longer marks first: one begins like a shorter one. */
	for (k = UTF32_BE; k > UTF16_NONE; k--)
		if (n >= kinds[k].unit &&
		    memcmp(p, kinds[k].bom, kinds[k].unit) == 0)
			return (enum utf16_kind)k;
	return UTF16_NONE;
}

enum utf16_kind
utf16_guess(const void *bytes, size_t n)
{
	const unsigned char *p = bytes;
	size_t i, even = 0, odd = 0, upper = 0, lower = 0;

	n = n < UTF16_GUESS_BYTES ? n & ~(size_t)1 : UTF16_GUESS_BYTES;
	for (i = 0; i < n; i += 2) {
		even += p[i] == 0;
		odd += p[i + 1] == 0;
	}
	/* Four bytes a character: two of them are zero in any script. */
	for (i = 0; i + 4 <= n; i += 4) {
		upper += p[i + 2] == 0 && p[i + 3] == 0;
		lower += p[i] == 0 && p[i + 1] == 0;
	}
	if (n < 8)
		return UTF16_NONE;
	if (upper == n / 4 || lower == n / 4)
		return upper == lower ? UTF16_NONE : upper == n / 4 ?
		    UTF32_LE : UTF32_BE;
	if (even > 0 && odd > 0)
		return UTF16_NONE;
	return odd == n / 2 ? UTF16_LE : even == n / 2 ? UTF16_BE :
	    UTF16_NONE;
}

enum utf16_kind
utf16_find(const char *name)
{
	int k;

	for (k = UTF32_BE; k > UTF16_NONE; k--)
		if (str_ieq(name, kinds[k].name))
			break;
	return (enum utf16_kind)k;
}

const char *
utf16_name(enum utf16_kind kind)
{
	return kinds[kind].name;
}

size_t
utf16_len(enum utf16_kind kind, unsigned char b)
{
	if (kind == UTF16_NONE)
		return 1;
	if ((b & 0xc0) == 0x80)
		return 0;
	if (b == BAD_TAIL)
		return 1;
	if (kinds[kind].unit == 4)
		return 4;
	return b >= 0xf0 && b <= 0xf4 ? 4 : 2;
}

struct utf16 *
utf16_new(enum utf16_kind kind, struct err *e)
{
	struct utf16 *w = calloc(1, sizeof(*w));

	if (w == NULL)
		err_nomem(e);
	else
		w->kind = kind;
	return w;
}

void
utf16_free(struct utf16 *w)
{
	if (w == NULL)
		return;
	free(w->kept);
	free(w);
}

uint64_t
utf16_bytes(const struct utf16 *w)
{
	return w->raw;
}

static void
mark_step(const struct utf16 *w, struct mark *m)
{
	m->raw += utf16_len(w->kind,
	    (unsigned char)w->kept[m->decoded - w->mark.decoded]);
	m->decoded++;
}

/* Move m on to an offset of the decoded bytes that are kept. */
static void
mark_seek(const struct utf16 *w, struct mark *m, uint64_t decoded)
{
	while (m->decoded < decoded)
		mark_step(w, m);
}

/* Forget the decoded bytes before m, but not where their last line starts. */
static void
utf16_forget(struct utf16 *w, struct mark m)
{
	struct mark at = w->mark;
	size_t n = (size_t)(m.decoded - w->mark.decoded);
	char b;

	while (at.decoded < m.decoded) {
		b = w->kept[at.decoded - w->mark.decoded];
		mark_step(w, &at);
		if (b == '\n' || b == '\r')
			w->line = at;
	}
	w->len -= n;
	memmove(w->kept, w->kept + n, w->len);
	w->mark = m;
	if (w->last.decoded < m.decoded)
		w->last = m;
	if (w->record.decoded < m.decoded)
		w->record = m;
}

static uint32_t
unit_at(const struct utf16 *w, const unsigned char *p)
{
	if (kinds[w->kind].unit == 2)
		return kinds[w->kind].big ? (uint32_t)p[0] << 8 | p[1] :
		    (uint32_t)p[1] << 8 | p[0];
	return kinds[w->kind].big ? (uint32_t)p[0] << 24 |
	    (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3] :
	    (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[1] << 8 | p[0];
}

/* Half a pair is written as its three bytes would be: not valid UTF-8. */
static size_t
put_utf8(char *to, uint32_t cp)
{
	if (cp < 0x80) {
		to[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		to[0] = (char)(0xc0 | cp >> 6);
		to[1] = (char)(0x80 | (cp & 0x3f));
		return 2;
	}
	if (cp < 0x10000) {
		to[0] = (char)(0xe0 | cp >> 12);
		to[1] = (char)(0x80 | (cp >> 6 & 0x3f));
		to[2] = (char)(0x80 | (cp & 0x3f));
		return 3;
	}
	if (cp > 0x10ffff) {
		to[0] = (char)BAD_UNIT;
		return 1;
	}
	to[0] = (char)(0xf0 | cp >> 18);
	to[1] = (char)(0x80 | (cp >> 12 & 0x3f));
	to[2] = (char)(0x80 | (cp >> 6 & 0x3f));
	to[3] = (char)(0x80 | (cp & 0x3f));
	return 4;
}

/*
 * The character at p, of which n bytes are there, to w->kept: how many bytes
 * it took, or 0 when the rest of it has not come yet.
 */
static size_t
decode_one(struct utf16 *w, const unsigned char *p, size_t n, bool final)
{
	size_t unit = kinds[w->kind].unit;
	uint32_t cp, low;

	if (n < unit)
		return 0;
	cp = unit_at(w, p);
	if (unit == 2 && cp >= 0xd800 && cp < 0xdc00) {
		if (n < 4 && !final)
			return 0;
		low = n < 4 ? 0 : unit_at(w, p + 2);
		if (low >= 0xdc00 && low < 0xe000) {
			cp = 0x10000 + ((cp - 0xd800) << 10) + (low - 0xdc00);
			unit = 4;
		}
	}
	w->len += put_utf8(w->kept + w->len, cp);
	return unit;
}

/* Room for what n bytes decode to: at most 3 for each 2, and a bad tail. */
static int
utf16_room(struct utf16 *w, size_t n, struct err *e)
{
	struct mark m = w->mark;
	size_t need;
	char *kept;

	if (w->len > 2 * KEPT_BYTES) {
		mark_seek(w, &m, w->mark.decoded + w->len - KEPT_BYTES);
		utf16_forget(w, m);
	}
	need = w->len + 2 * n + 16;
	if (need <= w->cap)
		return 0;
	kept = realloc(w->kept, need);
	if (kept == NULL)
		return err_nomem(e);
	w->kept = kept;
	w->cap = need;
	return 0;
}

int
utf16_decode(struct utf16 *w, const char *bytes, size_t n, bool final,
    const char **out, size_t *len, struct err *e)
{
	const unsigned char *p = (const unsigned char *)bytes;
	size_t start, i = 0, took;

	if (utf16_room(w, n, e) == -1)
		return -1;
	start = w->len;
	w->raw += n;
	/* A character that was cut gets its missing bytes one by one. */
	while (w->ncarry > 0 && i < n) {
		w->carry[w->ncarry++] = p[i++];
		took = decode_one(w, w->carry, w->ncarry, false);
		w->ncarry -= took;
		memmove(w->carry, w->carry + took, w->ncarry);
	}
	while (i < n && (took = decode_one(w, p + i, n - i, false)) > 0)
		i += took;
	for (; i < n; i++)
		w->carry[w->ncarry++] = p[i];
	if (final && w->ncarry > 0) {
		took = decode_one(w, w->carry, w->ncarry, true);
		for (w->ncarry -= took; w->ncarry > 0; w->ncarry--)
			w->kept[w->len++] = (char)BAD_TAIL;
	}
	*out = w->kept + start;
	*len = w->len - start;
	return 0;
}

/* The known mark that is nearest before an offset. */
static struct mark
mark_before(const struct utf16 *w, uint64_t decoded)
{
	return decoded >= w->last.decoded ? w->last :
	    decoded >= w->record.decoded ? w->record : w->mark;
}

/* Where the line of a place starts. */
static struct mark
line_of(struct utf16 *w, const struct place *place)
{
	uint64_t start = place->byte - (place->column - 1);
	struct mark m;

	if (start == w->last_line.decoded)
		return w->last_line;
	if (start < w->mark.decoded)
		return w->line;
	m = mark_before(w, start);
	mark_seek(w, &m, start);
	w->last_line = m;
	return m;
}

void
utf16_place(struct utf16 *w, struct place *place)
{
	struct mark line = line_of(w, place);
	struct mark m = mark_before(w, place->byte);

	mark_seek(w, &m, place->byte);
	w->last = m;
	place->byte = m.raw;
	place->column = m.raw - line.raw + 1;
}

void
utf16_record(struct utf16 *w, struct place *place)
{
	struct mark line = line_of(w, place);

	utf16_place(w, place);
	w->record = w->last;
	/* Moving bytes for each record would cost more than it saves. */
	if (w->last.decoded - w->mark.decoded > KEPT_BYTES / 4) {
		utf16_forget(w, w->last);
		w->line = line;
	}
}
