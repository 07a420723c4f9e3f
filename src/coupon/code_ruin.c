/*
 * Codes that a spreadsheet or a program has ruined: what it writes for a
 * number, for a day or for no value at all.
 *
 * These look at one code.  Where one alone proves nothing, the column as a
 * whole decides; see check_profile.c.
 */
#include "code_ruin.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "../base/str.h"

#define EXACT_DIGITS	15	/* a spreadsheet keeps no more of a number */
#define DAY_BYTES	14	/* 10-fevr.-2026, and an accent */
#define PIECE_BYTES	5	/* of the longest short month, in UTF-8 */
#define VOID_BYTES	9	/* of the longest word for no value */
#define SERIAL_FIRST	36526	/* 2000-01-01, as spreadsheets count days */
#define SERIAL_LAST	54788	/* 2049-12-31 */

static size_t
digits_at(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n && isdigit((unsigned char)p[i]); i++)
		;
	return i;
}

static bool
all_zeros(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n && p[i] == '0'; i++)
		;
	return i == n;
}

bool
code_number(const char *p, size_t n)
{
	bool point = false, sign = false;
	size_t i = digits_at(p, n), digits;

	if (i == 0)
		return false;
	/* "421." and "421.00" */
	if (i < n && p[i] == '.' && all_zeros(p + i + 1, n - i - 1))
		return true;
	if (i < n && (p[i] == '.' || p[i] == ',')) {
		point = true;
		i++;
		i += digits_at(p + i, n - i);
	}
	if (i == n || (p[i] != 'E' && p[i] != 'e'))
		return false;
	i++;
	if (i < n && (p[i] == '+' || p[i] == '-')) {
		sign = true;
		i++;
	}
	digits = n - i;
	/* "12E10" alone may well be a code. */
	return digits_at(p + i, digits) == digits && digits >= 1 &&
	    digits <= 3 && (point || sign);
}

static const char *const void_words[] = {
	"null", "(null)", "<null>", "\\n", "nil", "none", "nan", "n/a",
	"undefined", "true", "false", "wahr", "falsch", "vrai", "faux",
	"verdadero", "falso", NULL,
};

const char *
code_void_word(size_t i)
{
	return void_words[i];
}

bool
code_void(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n && strchr("-./", p[i]) != NULL && p[i] != '\0'; i++)
		;
	if (i == n)
		return true;
	for (i = 0; n <= VOID_BYTES && void_words[i] != NULL; i++)
		if (strlen(void_words[i]) == n &&
		    strncasecmp(void_words[i], p, n) == 0)
			return true;
	return false;
}

/*
 * A month as spreadsheets shorten it, in several languages.  They write at
 * least a part of it small, which tells it from the codes of a month.
 */
static bool
is_month(const char *p, size_t n)
{
	static const char *const months[] = { "jan", "feb", "mar", "apr",
	    "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "mrz",
	    "mai", "okt", "dez", "janv", "mars", "avr", "juin", "juil",
	    "sept", "ene", "abr", "ago", "dic", "gen", "mag", "giu", "lug",
	    "set", "ott", "mrt", "mei", "fev", "out", "f\xc3\xa9vr",
	    "ao\xc3\xbbt", "d\303\251c", "m\xc3\xa4r", "m\xc3\xa4rz",
	    "m\xc3\xa1rc", "\xc3\xa1pr", "m\xc3\xa1j", "j\xc3\xban",
	    "j\xc3\xbal", "pa\xc5\xba", "\xc5\x9eub", "a\xc4\x9fu" };
	bool small = false;
	size_t i;

	for (i = 0; i < n; i++)
		small = small || islower((unsigned char)p[i]);
	for (i = 0; small && i < sizeof(months) / sizeof(months[0]); i++)
		if (strlen(months[i]) == n &&
		    strncasecmp(months[i], p, n) == 0)
			return true;
	return false;
}

/* A piece of a day: letters, or a number of so many digits, or -1. */
struct piece {
	const char	*p;
	size_t		 n;
	int		 number;
};

static bool
in_piece(char b)
{
	return isalnum((unsigned char)b) || (unsigned char)b >= 0x80;
}

/*
 * The bytes between two pieces, and their mark; 0 when they are none.  A short
 * month may have a point of its own ("janv.-26"), and so has a day before a
 * space ("10. Mrz").
 */
static size_t
day_gap(const char *p, size_t n, const struct piece *x, char *mark)
{
	size_t point = n > 1 && p[0] == '.' && !in_piece(p[1]) &&
	    ((p[1] == ' ' && x->number > 0) || is_month(x->p, x->n));

	*mark = p[point];
	return memchr("-./ ", *mark, 4) == NULL ? 0 : point + 1;
}

/*
 * Between marks that are all the same; 0 when there are others.  Where these
 * are spaces there is a month.
 */
static size_t
day_pieces(const char *p, size_t n, struct piece piece[3])
{
	size_t at = 0, i, k = 0, gap;
	char mark = '\0', first = '\0';

	for (;;) {
		for (i = at; i < n && i - at <= PIECE_BYTES &&
		    in_piece(p[i]); i++)
			;
		if (k == 3 || i == at || i - at > PIECE_BYTES)
			return 0;
		piece[k].p = p + at;
		piece[k].n = i - at;
		piece[k].number = -1;
		if (i - at <= 4 && digits_at(p + at, i - at) == i - at)
			for (piece[k].number = 0; at < i; at++)
				piece[k].number = piece[k].number * 10 +
				    p[at] - '0';
		k++;
		if (i == n || (i + 1 == n && p[i] == '.' &&
		    is_month(piece[k - 1].p, piece[k - 1].n)))
			break;
		gap = day_gap(p + i, n - i, &piece[k - 1], &mark);
		if (gap == 0 || (first != '\0' && mark != first))
			return 0;
		first = mark;
		at = i + gap;
	}
	return first != ' ' || k < 3 || is_month(piece[1].p, piece[1].n) ? k :
	    0;
}

static bool
is_year(const struct piece *x)
{
	return x->n == 4 && x->number >= 1900 && x->number <= 2099;
}

static bool
is_up_to(const struct piece *x, int most)
{
	return x->n <= 2 && x->number >= 1 && x->number <= most;
}

bool
code_day(const char *p, size_t n)
{
	struct piece x[3];
	bool short_year;

	if (n < 5 || n > DAY_BYTES)
		return false;
	switch (day_pieces(p, n, x)) {
	case 2:
		return (is_up_to(&x[0], 31) && is_month(x[1].p, x[1].n)) ||
		    (is_month(x[0].p, x[0].n) && (is_year(&x[1]) ||
		    (x[1].n == 2 && x[1].number >= 0)));
	case 3:
		if (is_year(&x[0]))
			return is_up_to(&x[1], 12) && is_up_to(&x[2], 31);
		short_year = x[2].n == 2 && x[2].number >= 0;
		if (is_month(x[1].p, x[1].n))
			return is_up_to(&x[0], 31) && (is_year(&x[2]) ||
			    short_year);
		/* Day and month, in either order. */
		return ((is_up_to(&x[0], 31) && is_up_to(&x[1], 12)) ||
		    (is_up_to(&x[0], 12) && is_up_to(&x[1], 31))) &&
		    (is_year(&x[2]) ||
		    (short_year && x[2].p[-1] == '/'));
	default:
		return false;
	}
}

bool
code_rounded(const char *p, size_t n)
{
	return n > EXACT_DIGITS && all_zeros(p + EXACT_DIGITS, n -
	    EXACT_DIGITS) && digits_at(p, n) == n;
}

bool
code_grouped(const char *p, size_t n)
{
	size_t i = digits_at(p, n);

	if (i < 1 || i > 3 || i == n)
		return false;
	for (; i < n; i += 4)
		if (n - i < 4 || p[i] != '.' || digits_at(p + i + 1, 3) != 3)
			return false;
	return true;
}

bool
code_serial(const char *p, size_t n)
{
	uint64_t day;

	return n == 5 && str_u64(p, n, SERIAL_LAST, &day) == 0 &&
	    day >= SERIAL_FIRST;
}
