/*
 * Normalised output: one row per line, CSV where there are columns.
 */
#include "layout.h"

#include "../base/buf.h"
#include "../base/err.h"
#include "../format/formula.h"
#include "spool.h"

static int
layout_end(const struct layout *l, struct buf *b, struct err *e)
{
	return buf_add(b, l->crlf ? "\r\n" : "\n", l->crlf ? 2 : 1, e);
}

int
layout_head(const struct layout *l, struct buf *b, struct err *e)
{
	if (!l->header)
		return 0;
	if (buf_adds(b, l->kind == LAYOUT_CODES ? "coupon_code" :
	    "coupon_code,redeemed,redeem_date", e) == -1)
		return -1;
	return layout_end(l, b, e);
}

/* RFC 4180, section 2, rules 6 and 7. */
static bool
must_quote(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (p[i] == ',' || p[i] == '"' || p[i] == '\n' || p[i] == '\r')
			return true;
	return false;
}

int
layout_row(const struct layout *l, const struct coupon *c, struct buf *b,
    struct err *e)
{
	const char *guard = l->guard && formula_like(c->code, c->len) ?
	    "'" : "";
	const bool quoted = must_quote(c->code, c->len);
	char tail[16] = ",,";
	size_t i, n = 2;

	if ((quoted && buf_add(b, "\"", 1, e) == -1) ||
	    buf_adds(b, guard, e) == -1 ||
	    (!quoted && buf_add(b, c->code, c->len, e) == -1))
		return -1;
	for (i = 0; quoted && i < c->len; i++)
		if ((c->code[i] == '"' && buf_add(b, "\"", 1, e) == -1) ||
		    buf_add(b, c->code + i, 1, e) == -1)
			return -1;
	if (quoted && buf_add(b, "\"", 1, e) == -1)
		return -1;
	if (l->kind == LAYOUT_COLUMNS) {
		if (c->redeemed != REDEEMED_NONE) {
			tail[1] = c->redeemed ? '1' : '0';
			tail[2] = ',';
			n = 3;
		}
		if (!date_is_none(&c->date)) {
			date_format(&c->date, tail + n);
			n += 10;
		}
		if (buf_add(b, tail, n, e) == -1)
			return -1;
	}
	return layout_end(l, b, e);
}
