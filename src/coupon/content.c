/*
 * Content identity: a sum modulo 2^128 of one XXH3-128 per row.
 *
 * A sum, not an exclusive or, so that a row that comes twice does not vanish.
 * The bytes under the hash are the same on every machine: redeemed, year (low
 * byte first), month, day, then the code.
 */
#include "content.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "check.h"
#include "spool.h"

#define ROW_SHORT	128	/* longer codes are hashed first */

uint64_t
content_head(const struct coupon *c)
{
	return (uint64_t)(uint8_t)c->redeemed |
	    (uint64_t)(uint16_t)c->date.year << 8 |
	    (uint64_t)(uint8_t)c->date.month << 24 |
	    (uint64_t)(uint8_t)c->date.day << 32;
}

static XXH128_hash_t
content_hash(const struct coupon *c)
{
	unsigned char row[CONTENT_HEAD + ROW_SHORT];
	XXH128_canonical_t code;
	const void *p = c->code;
	size_t i, len = c->len;
	uint64_t head = content_head(c);

	for (i = 0; i < CONTENT_HEAD; i++)
		row[i] = (unsigned char)(head >> 8 * i);
	if (len > ROW_SHORT) {
		XXH128_canonicalFromHash(&code, XXH3_128bits(p, len));
		p = code.digest;
		len = sizeof(code.digest);
	}
	memcpy(row + CONTENT_HEAD, p, len);
	return XXH3_128bits(row, CONTENT_HEAD + len);
}

void
content_add(struct content *s, const struct coupon *c)
{
	XXH128_hash_t h = content_hash(c);

	s->lo += h.low64;
	s->hi += h.high64 + (s->lo < h.low64);
	s->rows++;
}

/* All in one function: with the length known to be short, little is left. */
__attribute__((flatten)) void
content_add_short(struct content *s, const struct content_row *rows, size_t n)
{
	struct content sum = *s;
	XXH128_hash_t h;
	size_t i;

	for (i = 0; i < n; i++) {
		h = XXH3_128bits(rows[i].bytes, rows[i].len < CONTENT_SHORT ?
		    rows[i].len : CONTENT_SHORT);
		sum.lo += h.low64;
		sum.hi += h.high64 + (sum.lo < h.low64);
	}
	sum.rows += n;
	*s = sum;
}

void
content_sub(struct content *s, const struct coupon *c)
{
	XXH128_hash_t h = content_hash(c);

	s->hi -= h.high64 + (s->lo < h.low64);
	s->lo -= h.low64;
	s->rows--;
}

void
content_join(struct content *s, const struct content *more)
{
	s->lo += more->lo;
	s->hi += more->hi + (s->lo < more->lo);
	s->rows += more->rows;
}

const char *
content_id(const struct content *s, const char *attributes, char out[33])
{
	static const char digits[] = "0123456789abcdef";
	const uint64_t words[3] = { s->rows, s->hi, s->lo };
	unsigned char head[24];
	XXH3_state_t state;
	XXH128_canonical_t id;
	size_t i;

	for (i = 0; i < sizeof(head); i++)
		head[i] = (unsigned char)(words[i / 8] >> i % 8 * 8);
	XXH3_128bits_reset(&state);
	XXH3_128bits_update(&state, head, sizeof(head));
	XXH3_128bits_update(&state, attributes, strlen(attributes));
	XXH128_canonicalFromHash(&id, XXH3_128bits_digest(&state));
	for (i = 0; i < sizeof(id.digest); i++) {
		out[2 * i] = digits[id.digest[i] >> 4];
		out[2 * i + 1] = digits[id.digest[i] & 15];
	}
	out[32] = '\0';
	return out;
}
