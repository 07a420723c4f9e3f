/*
 * Base64, for keys and fingerprints.
 */
#include "base64.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "abcdefghijklmnopqrstuvwxyz0123456789+/";

int
base64_digit(char c)
{
	const char *p = c == '\0' ? NULL : strchr(digits, c);

	return p == NULL ? -1 : (int)(p - digits);
}

static int
is_blank(char c)
{
	return c == '\n' || c == '\r' || c == ' ' || c == '\t';
}

size_t
base64_decode(const char *s, size_t n, void *out, size_t max)
{
	unsigned char *p = out;
	unsigned bits = 0, have = 0;
	size_t i, done = 0;
	int d;

	while (n != 0 && (s[n - 1] == '=' || is_blank(s[n - 1])))
		n--;
	for (i = 0; i < n && done < max; i++) {
		if (is_blank(s[i]))
			continue;
		if ((d = base64_digit(s[i])) == -1)
			return 0;
		bits = (bits << 6 | (unsigned)d) & 0xfff;
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		p[done++] = (unsigned char)(bits >> have);
	}
	return done;
}

void
base64_encode(const void *data, size_t n, char *out)
{
	const unsigned char *p = data;
	unsigned bits = 0, have = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		bits = (bits << 8 | p[i]) & 0xffff;
		have += 8;
		while (have >= 6) {
			have -= 6;
			*out++ = digits[bits >> have & 63];
		}
	}
	if (have != 0)
		*out++ = digits[bits << (6 - have) & 63];
	*out = '\0';
}
