/*
 * Growable bytes with a ceiling.
 *
 * The empty state borrows one shared NUL byte, so that data is a C string
 * before anything was allocated; cap says whether data is ours.
 */
#include "buf.h"

#include <stdarg.h>
#include <stdint.h>

#include "err.h"
#include "str.h"

#define BUF_FIRST	64	/* bytes of the first allocation */

static const char empty[1];	/* buf_reserve replaces it before a write */

void
buf_init(struct buf *b, size_t max)
{
	b->data = (char *)empty;
	b->len = 0;
	b->cap = 0;
	b->max = max < SIZE_MAX / 2 ? max : SIZE_MAX / 2;
	b->wipe = false;
}

static void
buf_drop(struct buf *b)
{
	if (b->cap == 0)
		return;
	if (b->wipe)
		explicit_bzero(b->data, b->cap);
	free(b->data);
}

void
buf_release(struct buf *b)
{
	buf_drop(b);
	b->data = (char *)empty;
	b->len = 0;
	b->cap = 0;
}

void
buf_clear(struct buf *b)
{
	b->len = 0;
	if (b->cap == 0)
		return;
	if (b->wipe)
		explicit_bzero(b->data, b->cap);
	b->data[0] = '\0';
}

/*
 * Secrets are moved by hand: realloc could leave a copy of them behind.
 */
static int
buf_grow(struct buf *b, size_t cap, struct err *e)
{
	char *data;

	if (b->cap != 0 && !b->wipe) {
		data = realloc(b->data, cap);
		if (data == NULL)
			return err_nomem(e);
	} else {
		data = malloc(cap);
		if (data == NULL)
			return err_nomem(e);
		if (b->len != 0)
			memcpy(data, b->data, b->len);
		data[b->len] = '\0';
		buf_drop(b);
	}
	b->data = data;
	b->cap = cap;
	return 0;
}

int
buf_reserve(struct buf *b, size_t n, struct err *e)
{
	size_t cap, need;

	if (n > b->max || b->len > b->max - n)
		return err_set(e, ERR_LIMIT,
		    "longer than the %zu bytes that are accepted", b->max);
	need = b->len + n + 1;
	if (need <= b->cap)
		return 0;
	cap = b->cap == 0 ? BUF_FIRST : b->cap;
	while (cap < need)
		cap *= 2;
	if (cap > b->max + 1)
		cap = b->max + 1;
	return buf_grow(b, cap, e);
}

int
buf_add(struct buf *b, const void *p, size_t n, struct err *e)
{
	if (n == 0)
		return 0;
	if (buf_reserve(b, n, e) == -1)
		return -1;
	memcpy(b->data + b->len, p, n);
	b->len += n;
	b->data[b->len] = '\0';
	return 0;
}

int
buf_adds(struct buf *b, const char *s, struct err *e)
{
	return buf_add(b, s, strlen(s), e);
}

int
buf_addf(struct buf *b, struct err *e, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return err_set(e, ERR_INTERNAL, "text could not be formatted");
	if (buf_reserve(b, (size_t)n, e) == -1)
		return -1;
	if (n == 0)
		return 0;
	va_start(ap, fmt);
	vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
	return 0;
}

char *
buf_take(struct buf *b, size_t *len)
{
	char *data;

	data = b->data;
	if (b->cap == 0) {
		data = calloc(1, 1);
		if (data == NULL)
			return NULL;
	}
	if (len != NULL)
		*len = b->len;
	b->data = (char *)empty;
	b->len = 0;
	b->cap = 0;
	return data;
}

int
buf_escape(struct buf *b, const void *bytes, size_t n, size_t max,
    struct err *e)
{
	const unsigned char *p = bytes;
	size_t i, len, shown;
	uint32_t cp;

	shown = n < max ? n : max;
	for (i = 0; i < shown; i += len) {
		/* Looks past max, so that no character is cut in two. */
		len = utf8_next(p + i, n - i, &cp);
		if (len > shown - i)
			break;
		if (len != 0 && !utf8_hidden(cp)) {
			if (buf_add(b, p + i, len, e) == -1)
				return -1;
			continue;
		}
		len = 1;
		if (buf_addf(b, e, "\\x%02x", p[i]) == -1)
			return -1;
	}
	return i < n ? buf_adds(b, "...", e) : 0;
}
