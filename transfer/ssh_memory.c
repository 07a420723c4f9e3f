/*
 * Memory for the SSH library.
 *
 * It is zeroed when it is given back, because copies of passwords and keys
 * pass through the library.  And all of it is given back: libssh2 1.10 forgets
 * blocks when a session ends in the middle of a key exchange or of a login, so
 * each session keeps a ring of what it has.
 */
#include "ssh_internal.h"

#include <stdalign.h>
#include <string.h>

struct ssh_block {
	alignas(max_align_t) struct ssh_block *prev, *next;
	size_t	n;	/* bytes that follow */
};

void *
ssh_alloc(size_t n, void **session)
{
	struct ssh_ring *ring = *session;
	struct ssh_block *b;

	if (n > SIZE_MAX - sizeof(*b) ||
	    (b = malloc(sizeof(*b) + n)) == NULL)
		return NULL;
	b->n = n;
	b->prev = NULL;
	if ((b->next = ring->first) != NULL)
		b->next->prev = b;
	ring->first = b;
	return b + 1;
}

void
ssh_free(void *p, void **session)
{
	struct ssh_ring *ring = *session;
	struct ssh_block *b;

	if (p == NULL)
		return;
	b = (struct ssh_block *)p - 1;
	if (b->prev != NULL)
		b->prev->next = b->next;
	else
		ring->first = b->next;
	if (b->next != NULL)
		b->next->prev = b->prev;
	explicit_bzero(b, sizeof(*b) + b->n);
	free(b);
}

/* realloc would leave a copy behind when it moves the block. */
void *
ssh_realloc(void *old, size_t n, void **session)
{
	size_t have = old == NULL ? 0 : ((struct ssh_block *)old - 1)->n;
	void *p = ssh_alloc(n, session);

	if (p == NULL)
		return NULL;
	if (have != 0)
		memcpy(p, old, have < n ? have : n);
	ssh_free(old, session);
	return p;
}

void
ssh_free_rest(struct ssh_ring *ring)
{
	void *session = ring;

	while (ring->first != NULL)
		ssh_free(ring->first + 1, &session);
}
