/*
 * The bytes of a file once more, decoded where the readers see them decoded.
 */
#include "reread_internal.h"

#include <stdlib.h>
#include <string.h>

#include "../base/err.h"
#include "../format/unpack.h"

#define BLOCK_BYTES	(256u << 10)

int
reread_open(struct reread *a, int fd, enum utf16_kind kind, struct err *e)
{
	memset(a, 0, sizeof(*a));
	a->block = malloc(BLOCK_BYTES);
	if (a->block == NULL)
		return err_nomem(e);
	if (kind != UTF16_NONE && (a->utf16 = utf16_new(kind, e)) == NULL)
		return -1;
	a->u = unpack_open(fd, NULL, e);
	return a->u == NULL ? -1 : 0;
}

void
reread_close(struct reread *a)
{
	unpack_free(a->u);
	utf16_free(a->utf16);
	free(a->block);
	memset(a, 0, sizeof(*a));
}

int
reread_fill(struct reread *a, struct err *e)
{
	ssize_t n;

	while (a->n == 0 && !a->ended) {
		n = unpack_read(a->u, a->block, BLOCK_BYTES, e);
		if (n == -1)
			return -1;
		a->ended = n == 0;
		a->p = a->block;
		a->n = (size_t)n;
		if (a->utf16 != NULL && utf16_decode(a->utf16, a->block,
		    (size_t)n, a->ended, &a->p, &a->n, e) == -1)
			return -1;
	}
	return 0;
}

int
reread_take(struct reread *a, uint64_t upto, const char **p, size_t *n,
    struct err *e)
{
	*n = 0;
	if (a->at >= upto)
		return 0;
	if (reread_fill(a, e) == -1)
		return -1;
	if (a->n == 0)
		return err_set(e, ERR_INPUT, "the file changed while it was "
		    "read");
	*p = a->p;
	*n = upto - a->at < a->n ? (size_t)(upto - a->at) : a->n;
	a->p += *n;
	a->n -= *n;
	a->at += *n;
	return 0;
}
