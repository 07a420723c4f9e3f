/*
 * Memory for the SSH library that is zeroed when it is given back.
 */
#include "ssh_internal.h"

#include <malloc.h>

void *
ssh_alloc(size_t n, void **abstract)
{
	(void)abstract;
	return malloc(n);
}

void
ssh_free(void *p, void **abstract)
{
	(void)abstract;
	if (p != NULL)
		explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

/* realloc would leave a copy behind when it moves the block. */
void *
ssh_realloc(void *old, size_t n, void **abstract)
{
	size_t have = old == NULL ? 0 : malloc_usable_size(old);
	void *p = malloc(n);

	if (p == NULL)
		return NULL;
	if (have != 0)
		memcpy(p, old, have < n ? have : n);
	ssh_free(old, abstract);
	return p;
}
