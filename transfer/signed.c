/*
 * Addresses that are signed for a while.
 */
#include "signed.h"

#include <stddef.h>
#include <string.h>
#include <time.h>

#include "../src/base/str.h"

#define WORD_MAX	40	/* bytes of a time, and more */
#define SECONDS_MAX	253402300799u	/* the end of the year 9999 */

/* The value of a key, with %3A and the like undone; 0, or -1. */
static int
value_of(const char *query, const char *key, char *out, size_t max)
{
	const char *p, *colon;
	size_t n, m = strlen(key);

	for (p = query; p != NULL; p = strchr(p, '&')) {
		p += *p == '&';
		if (strncasecmp(p, key, m) == 0 && p[m] == '=')
			break;
	}
	if (p == NULL)
		return -1;
	p += m + 1;
	for (n = 0; *p != '\0' && *p != '&' && n + 1 < max; n++) {
		colon = strncasecmp(p, "%3a", 3) == 0 ? ":" : NULL;
		out[n] = colon != NULL ? *colon : *p;
		p += colon != NULL ? 3 : 1;
	}
	out[n] = '\0';
	return 0;
}

static int64_t
seconds_of(const char *text)
{
	uint64_t s;

	return str_u64(text, strlen(text), SECONDS_MAX, &s) == 0 ?
	    (int64_t)s : 0;
}

/* "20261130T100000Z", "2026-11-30T10:00:00Z", "2026-11-30". */
static int64_t
moment_of(const char *text)
{
	static const char *const forms[] = { "%Y%m%dT%H%M%SZ",
	    "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%MZ", "%Y-%m-%d" };
	const char *end;
	struct tm tm;
	size_t i;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		memset(&tm, 0, sizeof(tm));
		end = strptime(text, forms[i], &tm);
		if (end != NULL && *end == '\0')
			return (int64_t)timegm(&tm);
	}
	return 0;
}

int64_t
signed_until(const char *query)
{
	static const char *const pairs[][2] = {
		{ "X-Amz-Date", "X-Amz-Expires" },
		{ "X-Goog-Date", "X-Goog-Expires" },
	};
	char from[WORD_MAX], word[WORD_MAX];
	int64_t at;
	size_t i;

	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (value_of(query, pairs[i][0], from, sizeof(from)) == 0 &&
		    value_of(query, pairs[i][1], word, sizeof(word)) == 0) {
			at = moment_of(from);
			return at == 0 ? 0 : (at + seconds_of(word)) * 1000;
		}
	if (value_of(query, "Expires", word, sizeof(word)) == 0)
		return seconds_of(word) * 1000;
	if (value_of(query, "se", word, sizeof(word)) == 0)
		return moment_of(word) * 1000;
	return 0;
}
