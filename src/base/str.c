/*
 * Bounded parsing of numbers, durations, sizes and dates; small text helpers.
 *
 * Every parser takes the whole text or nothing, and checks for overflow before
 * it multiplies.
 */
#include "str.h"

#include "err.h"

#define WORD_MAX_BYTES	63	/* longest word that str_distance compares */

int
str_u64(const char *s, size_t len, uint64_t max, uint64_t *out)
{
	uint64_t n, digit;
	size_t i;

	if (len == 0 || len > 20)
		return -1;
	n = 0;
	for (i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		digit = (uint64_t)(s[i] - '0');
		if (n > (UINT64_MAX - digit) / 10)
			return -1;
		n = n * 10 + digit;
	}
	if (n > max)
		return -1;
	*out = n;
	return 0;
}

int
str_duration(const char *s, int64_t *out_ms)
{
	static const struct {
		const char	*name;
		uint64_t	 ms;
	} units[] = {
		{ "ms", 1 }, { "", 1000 }, { "s", 1000 }, { "m", 60000 },
		{ "h", 3600000 }, { "d", 86400000 },
	};
	uint64_t n;
	size_t digits, i;

	digits = strspn(s, "0123456789");
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(s + digits, units[i].name) == 0)
			break;
	if (i == sizeof(units) / sizeof(units[0]))
		return -1;
	if (str_u64(s, digits, INT64_MAX / units[i].ms, &n) == -1)
		return -1;
	*out_ms = (int64_t)(n * units[i].ms);
	return 0;
}

int
str_size(const char *s, uint64_t *out)
{
	static const char letters[] = "KMGT";
	const char *letter, *tail;
	uint64_t n;
	size_t digits;
	int shift;

	digits = strspn(s, "0123456789");
	tail = s + digits;
	shift = 0;
	if (*tail != '\0' && (letter = strchr(letters, *tail)) != NULL) {
		shift = 10 * ((int)(letter - letters) + 1);
		tail++;
		if (strcmp(tail, "iB") == 0)
			tail += 2;
	}
	if (strcmp(tail, "B") == 0)
		tail++;
	if (*tail != '\0')
		return -1;
	if (str_u64(s, digits, UINT64_MAX >> shift, &n) == -1)
		return -1;
	*out = n << shift;
	return 0;
}

const char *
str_group(uint64_t n, char out[32])
{
	char digits[21];
	int i, len, to;

	len = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n);
	to = 0;
	for (i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			out[to++] = ',';
		out[to++] = digits[i];
	}
	out[to] = '\0';
	return out;
}

const char *
str_count(uint64_t n, const char *noun, char out[64])
{
	char digits[32];
	size_t len = strlen(noun);
	const char *ending = "s";

	if (n == 1)
		ending = "";
	else if (len > 1 && (strchr("sx", noun[len - 1]) != NULL ||
	    strcmp(noun + len - 2, "ch") == 0))
		ending = "es";
	snprintf(out, 64, "%s %s%s", str_group(n, digits), noun, ending);
	return out;
}

/*
 * ASCII only, whatever the locale: the same file means the same everywhere.
 */
static char
ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool
str_ieq(const char *a, const char *b)
{
	for (; *a != '\0' && *b != '\0'; a++, b++)
		if (ascii_lower(*a) != ascii_lower(*b))
			return false;
	return *a == *b;
}

size_t
str_distance(const char *a, const char *b)
{
	size_t row[WORD_MAX_BYTES + 1];
	size_t best, corner, i, j, la, lb;

	la = strlen(a);
	lb = strlen(b);
	if (la > WORD_MAX_BYTES || lb > WORD_MAX_BYTES)
		return WORD_MAX_BYTES;
	for (j = 0; j <= lb; j++)
		row[j] = j;
	for (i = 1; i <= la; i++) {
		corner = row[0];
		row[0] = i;
		for (j = 1; j <= lb; j++) {
			best = corner + (a[i - 1] != b[j - 1]);
			corner = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[lb];
}

char *
str_dup(const char *s, struct err *e)
{
	char *copy;

	if (s == NULL)
		return NULL;
	copy = strdup(s);
	if (copy == NULL)
		err_nomem(e);
	return copy;
}

int
str_set(char **field, const char *s, struct err *e)
{
	char *copy = str_dup(s, e);

	if (copy == NULL && s != NULL)
		return -1;
	free(*field);
	*field = copy;
	return 0;
}
