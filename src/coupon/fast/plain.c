/*
 * Plain rows: telling them from the others.
 *
 * What is hard here is that each shortcut has to agree with the long way
 * through the reader and row_check.  A row is plain only if its delimiters
 * are as many as there should be, no byte of it is odd (see marks.h), quotes
 * enclose whole cells, and each cell that is used is exactly right; so quotes
 * cannot hide a delimiter or a line break, and nothing would be reported.
 * fast.h names the rules and the tests that compare both ways.
 */
#include "plain_internal.h"

#include <endian.h>

#include "../../base/err.h"
#include "../../base/list.h"
#include "../../base/str.h"
#include "../code_ruin.h"
#include "../glyph_internal.h"
#include "../known.h"
#include "../rows_internal.h"
#include "print_internal.h"

#define ONES		UINT64_C(0x0101010101010101)

/* Neighbours become one. */
static int
rest_add(struct plain_block *b, size_t at, size_t end, struct err *e)
{
	struct plain_rest *rest;

	if (b->nrests > 0) {
		rest = &b->rests[b->nrests - 1];
		if (rest->end == at && rest->rows == b->nrows) {
			rest->end = (uint32_t)end;
			return 0;
		}
	}
	if (list_grow(&b->rests, b->nrests, &b->rests_cap, sizeof(*b->rests),
	    e) == -1)
		return -1;
	rest = &b->rests[b->nrests++];
	rest->at = (uint32_t)at;
	rest->end = (uint32_t)end;
	rest->rows = (uint32_t)b->nrows;
	return 0;
}

/*
 * A cell without its quotes; false when they are not in order.  An empty cell
 * lies between two bytes that are no quotes, so it needs no branch.
 */
ALWAYS_INLINE bool
cell_open(const char *p, uint32_t *at, uint32_t *end)
{
	if (__builtin_expect(p[*at] == '"', 0)) {
		if (*end - *at < 2 || p[*end - 1] != '"')
			return false;
		++*at;
		--*end;
		return true;
	}
	return p[(ptrdiff_t)*end - 1] != '"';
}

/* Without a branch for each. */
static inline bool
digits_both(char a, char b)
{
	return ((9 - (unsigned char)(a - '0')) |
	    (9 - (unsigned char)(b - '0'))) >= 0;
}

/* Whether all bytes are digits; the first and the last one are. */
static bool
all_digits(const char *p, size_t n)
{
	size_t i;

	for (i = 1; i < n && (unsigned char)(p[i] - '0') <= 9; i++)
		;
	return i >= n;
}

/* The first n bytes of eight or fewer, zeros after them. */
static inline uint64_t
first_bytes(uint64_t w, size_t n)
{
	return n >= 8 ? w : htole64(le64toh(w) &
	    ((UINT64_C(1) << 8 * n) - 1));
}

/* The top bit of some byte is set when one of them is 0. */
static inline uint64_t
any_zero(uint64_t w)
{
	return (w - ONES) & ~w;
}

/*
 * What codes do not have or seldom have, out of what need not be odd; see
 * marks.h.  Letting | go to the long way takes } and ~ with it.
 */
static bool
code_standard(const char *p, size_t n)
{
	uint64_t bad = 0, w;
	size_t i;

	for (i = 0; i < n; i += 8) {
		memcpy(&w, p + i, sizeof(w));
		w = first_bytes(w, n - i);
		/* A quote is a space with one more bit. */
		bad |= w | any_zero((w & ~(('"' ^ ' ') * ONES)) ^ ' ' * ONES) |
		    any_zero(w ^ ',' * ONES) | any_zero(w ^ ';' * ONES) |
		    (w + (0x80 - '|') * ONES);
	}
	return (bad & 0x80 * ONES) == 0;
}

static bool
code_bytes(const struct plain *f, const char *p, size_t n)
{
	unsigned all = BYTE_ALLOWED, any = 0;
	size_t i;

	if (!f->alphabet)
		return code_standard(p, n);
	for (i = 0; i < n; i++) {
		all &= f->byte[(unsigned char)p[i]];
		any |= f->byte[(unsigned char)p[i]];
	}
	return all != 0 && (any & (BYTE_HIGH | BYTE_CONTROL)) == 0;
}

static bool
title_is(const struct plain *f, const char *p, size_t n)
{
	struct text t = { p, n };

	return header_names(f->o, COL_CODE, t) || row_total(text_trim(t));
}

/* Whether the cell may be a header's, the word before a total, or no code. */
ALWAYS_INLINE bool
title_plain(const struct plain *f, const char *p, size_t n)
{
	const unsigned char *u = (const unsigned char *)p;
	unsigned some = f->title[u[0]];

	some = (some & f->title[u[1]] >> 1 & f->title[u[2]] >> 2 & 0x11) |
	    (some & PLAIN_TITLE);
	if (__builtin_expect(some == 0, 1))
		return false;
	return ((some & 0x10) != 0 && code_void(p, n)) ||
	    ((some & ~0x10u) != 0 && title_is(f, p, n));
}

/*
 * Days, and thousands with points, have a mark in one of these places; bytes
 * below '0' are looked for in all of them at once.
 */
ALWAYS_INLINE bool
day_marks(const char *p)
{
	uint32_t w;

	memcpy(&w, p + 1, sizeof(w));
	return ((w - '0' * UINT32_C(0x01010101)) & ~w &
	    UINT32_C(0x80808080)) != 0;
}

/* Likewise where there is but one cell, which is no total. */
ALWAYS_INLINE bool
head_plain(const struct plain *f, const char *p)
{
	uint16_t w;

	memcpy(&w, p, sizeof(w));
	return __builtin_expect((w & f->head_mask) == f->head, 0);
}

ALWAYS_INLINE bool
code_plain(const struct plain *f, const char *p, uint32_t at, uint32_t end,
    struct plain_row *row)
{
	size_t n;

	if (f->marks.quotes) {
		row->flags = p[at] == '"' ? PLAIN_QUOTED : 0;
		if (!cell_open(p, &at, &end))
			return false;
	} else if (head_plain(f, p + at) && title_is(f, p + at, end - at))
		return false;
	n = end - at;
	if (title_plain(f, p + at, n) || n < f->min_code || n > f->max_code ||
	    (!f->marks.tight && !code_bytes(f, p + at, n)))
		return false;
	/*
	 * '123, #N/A, a dash and "421." are a spreadsheet's, \N a database's;
	 * few codes begin or end like them.
	 */
	if ((p[at] < '0') | (p[end - 1] < '0') | (p[at] == '\\'))
		return false;
	/* A shortened number starts and ends with a digit, too. */
	if (__builtin_expect(digits_both(p[at], p[end - 1]), 0)) {
		if (all_digits(p + at, n)) {
			/* Zeros may be lost, or it may be ruined. */
			if (n < f->digits_len || (f->ruins != 0 &&
			    profile_rule(f->ruins, p + at, n) != RULE__MAX))
				return false;
			row->flags |= PLAIN_DIGITS;
		} else if (code_number(p + at, n))
			return false;
	}
	if (__builtin_expect(day_marks(p + at), 0) &&
	    (code_day(p + at, n) || code_grouped(p + at, n)))
		return false;
	if (__builtin_expect(f->known != NULL, 0) &&
	    known_find(f->known, p + at, n) == KNOWN_NO)
		return false;
	row->at = at;
	row->len = (uint8_t)n;
	return true;
}

/* One of the words that are set. */
static bool
word_plain(const struct plain *f, const char *p, size_t n, int *redeemed)
{
	uint64_t w[PLAIN_SHORT / 8];
	unsigned i;

	if (n > PLAIN_SHORT)
		return false;
	memcpy(w, p, sizeof(w));
	w[0] = print_fold(first_bytes(w[0], n));
	w[1] = n > 8 ? print_fold(first_bytes(w[1], n - 8)) : 0;
	for (i = 0; i < f->nwords; i++) {
		if (w[0] == f->word[i].text[0] && w[1] == f->word[i].text[1]) {
			*redeemed = f->word[i].redeemed;
			return true;
		}
	}
	return false;
}

ALWAYS_INLINE bool
redeemed_plain(const struct plain *f, const char *p, uint32_t at,
    uint32_t end, int *redeemed)
{
	if (!cell_open(p, &at, &end))
		return false;
	if (__builtin_expect(f->nwords != 0 && end > at, 0))
		return word_plain(f, p + at, end - at, redeemed);
	*redeemed = p[at] - '0';
	if (end - at == 1 && (p[at] & ~1) == '0')
		return true;
	*redeemed = f->redeemed;
	return end == at && f->redeemed != REDEEMED_NONE;
}

/* YYYY-MM-DD from 2000 to 2099, as an index of days; 0 for all else. */
ALWAYS_INLINE unsigned
day_plain(const char *p)
{
	uint64_t odd, w;
	unsigned good, index;

	memcpy(&w, p + 2, sizeof(w));
	/* Low byte first: Y, Y, -, M, M, -, D, D become numbers. */
	w = le64toh(w) ^ UINT64_C(0x30302d30302d3030);
	/* Bytes above 9, and dashes above 0, get their top bit. */
	odd = (w + UINT64_C(0x76767f76767f7676)) | w;
	good = (unsigned)(p[0] == '2') & (unsigned)(p[1] == '0') &
	    (unsigned)((odd & 0x80 * ONES) == 0);
	/* Bytes 0, 3 and 6 become two-digit numbers. */
	w = w * 10 + (w >> 8);
	good &= ((w >> 24 & 0x70) | (w >> 48 & 0x60)) == 0;
	index = (unsigned)(w & 0x7f) << 9 | (unsigned)(w >> 24 & 0x7f) << 5 |
	    (unsigned)(w >> 48 & 0x7f);
	return index & (0 - good);
}

/* Two digits as a number, or one from 100 on. */
ALWAYS_INLINE unsigned
two_digits(const char *p)
{
	unsigned a = (unsigned char)(p[0] - '0');
	unsigned b = (unsigned char)(p[1] - '0');

	return a * 10 + b + ((a > 9) | (b > 9)) * 100;
}

/* A date of the format that is set, with all its digits. */
static unsigned
day_fixed(const struct plain_date *d, const char *p)
{
	uint64_t w[PLAIN_SHORT / 8];
	unsigned month, day, year;

	memcpy(w, p, sizeof(w));
	if ((((w[0] & d->mask[0]) ^ d->text[0]) |
	    ((w[1] & d->mask[1]) ^ d->text[1])) != 0)
		return 0;
	month = two_digits(p + d->month);
	day = two_digits(p + d->day);
	year = two_digits(p + d->year);
	if (d->century) {
		if (year != 20)
			return 0;
		year = two_digits(p + d->year + 2);
	} else if (year >= 69)
		return 0;
	if (month > 12 || day > 31 || year > 99)
		return 0;
	return year << 9 | month << 5 | day;
}

/* A date of the format that is set, as an index of days, or 0. */
static unsigned
day_format(const struct plain *f, const char *p, size_t n)
{
	int ymd[3];

	if (n == f->date.len)
		return day_fixed(&f->date, p);
	if (!date_split(f->format, (struct text){ p, n }, ymd) ||
	    ymd[0] < 2000 || ymd[0] > 2099 || ymd[1] > 12 || ymd[2] > 31)
		return 0;
	return (unsigned)(ymd[0] - 2000) << 9 | (unsigned)ymd[1] << 5 |
	    (unsigned)ymd[2];
}

/* Whether there is a date changes from row to row: no branches on that. */
ALWAYS_INLINE bool
date_plain(const struct plain *f, const char *p, uint32_t at, uint32_t end,
    int redeemed, uint16_t *day)
{
	unsigned index, none, some = redeemed != 0, whole;

	if (!cell_open(p, &at, &end))
		return false;
	none = end == at;
	if (__builtin_expect(f->format != NULL, 0)) {
		whole = none ^ 1;
		index = none ? 0 : day_format(f, p + at, end - at);
	} else {
		whole = end - at == 10;
		index = day_plain(p + at) & (0 - whole);
	}
	*day = (uint16_t)(index | ((0 - (none & some)) & PLAIN_GIVEN));
	return ((none & ((some ^ 1) | f->given)) |
	    (some & whole & f->day_ok[index])) != 0;
}

/* UTF-8: bytes past ASCII are looked for eight at a time. */
ALWAYS_INLINE bool
text_plain(const char *p, size_t n)
{
	uint64_t seen = 0, w;
	size_t i;

	for (i = 0; i + 8 <= n; i += 8) {
		memcpy(&w, p + i, sizeof(w));
		seen |= w;
	}
	/* There are MARKS_PAD bytes after the last cell. */
	memcpy(&w, p + i, sizeof(w));
	seen |= le64toh(w) & ((UINT64_C(1) << 8 * (n - i)) - 1);
	return (seen & 0x80 * ONES) == 0 || utf8_valid(p, n);
}

/* The row from start to end[width - 1], which is a line end without odds. */
ALWAYS_INLINE bool
row_plain(const struct plain *f, const char *p, uint32_t start,
    const uint32_t *end, unsigned width, const unsigned *col,
    struct plain_row *row)
{
	uint32_t last = end[width - 1] - f->marks.crlf;
	int redeemed = f->redeemed;
	bool first = true;
	uint32_t at, stop;
	unsigned i;

	row->flags = 0;
	if (f->marks.crlf && (last + 1 == start || p[last] != '\r'))
		return false;
	for (i = 0; i + 1 < width; i++)
		if (p[end[i]] == '\n')
			return false;
#define CELL(i)	at = (i) == 0 ? start : end[(i) - 1] + 1, \
		stop = (i) + 1 == width ? last : end[i]
	CELL(col[COL_CODE]);
	if (!code_plain(f, p, at, stop, row))
		return false;
	if (col[COL_REDEEMED] != width) {
		CELL(col[COL_REDEEMED]);
		if (!redeemed_plain(f, p, at, stop, &redeemed))
			return false;
	}
	if ((f->stop0 & (redeemed == 0)) != 0)
		return false;
	row->day = f->given && redeemed != 0 ? PLAIN_GIVEN : PLAIN_NONE;
	if (col[COL_DATE] != width) {
		CELL(col[COL_DATE]);
		if (!date_plain(f, p, at, stop, redeemed, &row->day))
			return false;
	}
	row->flags |= (uint8_t)(redeemed + 1);
	if (f->marks.tight)
		return true;
	for (i = 0; i < width; i++) {
		CELL(i);
		if (f->marks.quotes && !cell_open(p, &at, &stop))
			return false;
		if (first && stop > at) {
			first = false;
			if (f->marks.quotes &&
			    title_plain(f, p + at, stop - at))
				return false;
		}
		if (f->marks.high && f->utf8 && !text_plain(p + at, stop - at))
			return false;
	}
#undef CELL
	return true;
}

ALWAYS_INLINE bool
row_try(const struct plain *f, const char *p, uint32_t start,
    const uint32_t *end, struct plain_row *row)
{
	static const unsigned standard[COLUMNS] = { 0, 1, 2 };
	static const unsigned alone[COLUMNS] = { 0, 1, 1 };

	if (f->standard)
		return row_plain(f, p, start, end, 3, standard, row);
	if (f->width == 1)
		return row_plain(f, p, start, end, 1, alone, row);
	return row_plain(f, p, start, end, f->width, f->col, row);
}

/*
 * The rows in a window that starts at pos: how many bytes they take, or -1;
 * what is left is the start of one more row, if anything.
 */
static ssize_t
window_check(const struct plain *f, const struct marks *m, size_t pos,
    struct plain_block *b, struct err *e)
{
	const char *p = b->text + pos;
	const uint32_t *odd = m->odd;
	struct plain_row *row;
	uint32_t end, start = 0;
	size_t k = 0;

	while (k < m->nends) {
		if (k + f->width <= m->nends) {
			end = m->end[k + f->width - 1];
			while (*odd < start)
				odd++;
			row = &b->rows[b->nrows];
			if (*odd > end && p[end] == '\n' &&
			    row_try(f, p, start, m->end + k, row)) {
				row->at += (uint32_t)pos;
				b->nrows++;
				start = end + 1;
				k += f->width;
				continue;
			}
		}
		while (k < m->nends && p[m->end[k]] != '\n')
			k++;
		if (k == m->nends)
			break;
		end = m->end[k++] + 1;
		if (rest_add(b, pos + start, pos + end, e) == -1)
			return -1;
		start = end;
	}
	return (ssize_t)start;
}

/* Which of the rows from the given one on may repeat. */
static int
rows_named(const struct plain *f, struct plain_block *b, size_t from,
    struct err *e)
{
	uint64_t print[64];
	size_t i, n;

	for (; from < b->nrows; from += n) {
		n = b->nrows - from < 64 ? b->nrows - from : 64;
		for (i = 0; i < n; i++) {
			print[i] = row_print(f, b->text, &b->rows[from + i]);
			dedup_prefetch(f->dups, print[i]);
		}
		for (i = 0; i < n; i++) {
			if (!dedup_named_print(f->dups, print[i]))
				continue;
			if (list_grow(&b->named, b->nnamed, &b->named_cap,
			    sizeof(*b->named), e) == -1)
				return -1;
			b->named[b->nnamed++] = (uint32_t)(from + i);
		}
	}
	return 0;
}

int
plain_check(const struct plain *f, struct marks *m, struct plain_block *b,
    struct err *e)
{
	size_t end, from, n, pos;
	const char *p;
	ssize_t used;

	b->nrows = b->nrests = b->nnamed = 0;
	for (pos = b->start; pos < b->cut; pos += (size_t)used) {
		n = b->cut - pos < MARKS_BYTES ? b->cut - pos : MARKS_BYTES;
		marks_find(&f->marks, b->text + pos, n, m);
		from = b->nrows;
		used = window_check(f, m, pos, b, e);
		if (used == -1)
			return -1;
		if (used == 0) {
			/* A row that is longer than a window is not plain. */
			p = memchr(b->text + pos, '\n', b->cut - pos);
			end = p == NULL ? b->cut : (size_t)(p - b->text) + 1;
			if (rest_add(b, pos, end, e) == -1)
				return -1;
			used = (ssize_t)(end - pos);
		}
		if (f->dups != NULL && rows_named(f, b, from, e) == -1)
			return -1;
	}
	return 0;
}
