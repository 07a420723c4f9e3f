/* See form.h. */
#include "form.h"

#include <string.h>

#include "../base/buf.h"
#include "../base/err.h"

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int
form_decode(struct buf *b, const char *p, size_t n, struct err *e)
{
	size_t i;
	char c;

	if (buf_reserve(b, n, e) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		c = p[i];
		if (c == '+') {
			c = ' ';
		} else if (c == '%' && i + 2 < n &&
		    hex_value(p[i + 1]) != -1 && hex_value(p[i + 2]) != -1) {
			c = (char)(hex_value(p[i + 1]) * 16 +
			    hex_value(p[i + 2]));
			i += 2;
		}
		if (buf_add(b, &c, 1, e) == -1)
			return -1;
	}
	return 0;
}

int
form_field(const char *p, size_t n, const char *name, struct buf *b,
    struct err *e)
{
	const char *end = p + n, *next;
	size_t len = strlen(name);

	for (; p < end; p = next + 1) {
		next = memchr(p, '&', (size_t)(end - p));
		if (next == NULL)
			next = end;
		if ((size_t)(next - p) > len + 1 &&
		    memcmp(p, name, len) == 0 && p[len] == '=')
			return form_decode(b, p + len + 1,
			    (size_t)(next - p) - len - 1, e) == -1 ? -1 : 1;
	}
	return 0;
}
