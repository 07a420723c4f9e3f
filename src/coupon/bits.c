/*
 * A set of record numbers.
 */
#include "bits.h"

#include "../base/err.h"

#define BITS_FIRST	512	/* words: 32,768 records in 4 KiB */

int
bits_set(struct bits *b, uint64_t i, struct err *e)
{
	uint64_t *words;
	size_t n;

	if (i / 64 >= b->n) {
		n = b->n + b->n / 2;
		if (n < BITS_FIRST)
			n = BITS_FIRST;
		if (n <= i / 64)
			n = (size_t)(i / 64) + 1;
		words = reallocarray(b->words, n, sizeof(*words));
		if (words == NULL)
			return err_nomem(e);
		memset(words + b->n, 0, (n - b->n) * sizeof(*words));
		b->words = words;
		b->n = n;
	}
	b->words[i / 64] |= UINT64_C(1) << i % 64;
	return 0;
}

void
bits_release(struct bits *b)
{
	free(b->words);
	b->words = NULL;
	b->n = 0;
}
