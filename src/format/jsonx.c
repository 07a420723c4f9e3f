/*
 * Helpers around jansson: strings from foreign bytes, one printed object.
 *
 * jansson refuses ill-formed UTF-8, so a file name or an answer with a stray
 * byte would cost the whole report; it is mended first.
 */
#include "jsonx.h"

#include <errno.h>
#include <stdint.h>

#include "../base/buf.h"
#include "../base/err.h"
#include "../base/str.h"

#define REPLACEMENT	"\xef\xbf\xbd"	/* U+FFFD */

/* Enough to read any double back that we print; 0.1 stays 0.1. */
#define JSONX_DIGITS	15

/*
 * Append n bytes to b, each ill-formed one as U+FFFD.
 */
static int
jsonx_mend(struct buf *b, const char *p, size_t n, struct err *e)
{
	const unsigned char *u = (const unsigned char *)p;
	size_t from, at, len;
	uint32_t cp;

	for (from = at = 0; at < n; at += len) {
		len = utf8_next(u + at, n - at, &cp);
		if (len != 0)
			continue;
		len = 1;
		if (buf_add(b, p + from, at - from, e) == -1 ||
		    buf_adds(b, REPLACEMENT, e) == -1)
			return -1;
		from = at + 1;
	}
	return buf_add(b, p + from, n - from, e);
}

json_t *
jsonx_bytes(const char *p, size_t n)
{
	struct buf b;
	struct err e;
	json_t *v;

	if (p == NULL)
		return json_null();
	v = json_stringn(p, n);
	if (v != NULL)
		return v;
	buf_init(&b, n < SIZE_MAX / 4 ? 3 * n : n);
	if (jsonx_mend(&b, p, n, &e) == 0)
		v = json_stringn(b.data, b.len);
	buf_release(&b);
	return v;
}

json_t *
jsonx_str(const char *s)
{
	return jsonx_bytes(s, s == NULL ? 0 : strlen(s));
}

int
jsonx_print(FILE *f, const json_t *v, struct err *e)
{
	errno = 0;
	if (json_dumpf(v, f, JSON_COMPACT | JSON_ENCODE_ANY |
	    JSON_REAL_PRECISION(JSONX_DIGITS)) == -1 ||
	    putc('\n', f) == EOF || fflush(f) == EOF) {
		if (errno == 0)
			return err_set(e, ERR_INTERNAL,
			    "the result cannot be put as JSON");
		return err_sys(e, ERR_IO, errno, "cannot print the result");
	}
	return 0;
}

json_t *
jsonx_parse(const char *p, size_t n, struct err *e)
{
	json_error_t why;
	json_t *v;

	/* jansson refuses more than 2,048 levels by itself. */
	v = json_loadb(p, n, JSON_REJECT_DUPLICATES, &why);
	if (v != NULL)
		return v;
	if (json_error_code(&why) == json_error_out_of_memory)
		err_nomem(e);
	else
		err_set(e, ERR_PROTOCOL,
		    "not valid JSON: line %d, column %d: %s", why.line,
		    why.column, why.text);
	return NULL;
}
