/*
 * Which fingerprints of a partition come more than once: one partition after
 * another, in a table that fits into the processor's cache.
 *
 * All fingerprints of a partition begin with the same bits, which are left out,
 * so the first bit is free to say in the table that one was found already.
 */
#include <stdbool.h>

#include "../base/err.h"
#include "../base/list.h"
#include "dedup_internal.h"

#define IO_PRINTS	8192		/* 48 KiB */
#define TABLE_FIRST	1024		/* slots */
#define TABLE_MOST	(1u << 20)	/* slots to begin with; it may grow */
#define AHEAD		16		/* fingerprints to prefetch for */
#define SEEN		(UINT64_C(1) << 63)

void
sieve_release(struct sieve *s)
{
	free(s->table);
	free(s->io);
	free(s->found);
	memset(s, 0, sizeof(*s));
}

/* An empty table for n fingerprints, if they are as many different ones. */
static int
table_reset(struct sieve *s, uint64_t n, struct err *e)
{
	size_t size = TABLE_FIRST;

	while (size < n + n / 2 && size < TABLE_MOST)
		size *= 2;
	if (size > s->cap) {
		free(s->table);
		s->cap = 0;
		s->table = malloc(size * sizeof(*s->table));
		if (s->table == NULL)
			return err_nomem(e);
		s->cap = size;
	}
	memset(s->table, 0, size * sizeof(*s->table));
	s->size = size;
	s->used = 0;
	return 0;
}

/* The last bit of a fingerprint says nothing. */
static inline size_t
table_slot(const struct sieve *s, uint64_t print)
{
	return (print >> 1) & (s->size - 1);
}

static int
table_grow(struct sieve *s, struct err *e)
{
	uint64_t *old = s->table;
	size_t at, i, size = s->size;

	s->table = calloc(size * 2, sizeof(*s->table));
	if (s->table == NULL) {
		s->table = old;
		return err_nomem(e);
	}
	s->cap = s->size = size * 2;
	for (i = 0; i < size; i++) {
		if (old[i] == 0)
			continue;
		at = table_slot(s, old[i]);
		while (s->table[at] != 0)
			at = (at + 1) & (s->size - 1);
		s->table[at] = old[i];
	}
	free(old);
	return 0;
}

/* What is kept of the fingerprint with this number. */
static inline uint64_t
print_read(const unsigned char *print, size_t i)
{
	uint64_t w;

	memcpy(&w, print + i * PRINT_BYTES, sizeof(w));
	return le64toh(w) & ((UINT64_C(1) << 8 * PRINT_BYTES) - 1);
}

static inline int
table_put(struct sieve *s, uint64_t rest, unsigned part, struct err *e)
{
	size_t at = table_slot(s, rest);

	while (s->table[at] != 0) {
		if ((s->table[at] & ~SEEN) == rest) {
			if ((s->table[at] & SEEN) != 0)
				return 0;
			s->table[at] |= SEEN;
			if (list_grow(&s->found, s->nfound, &s->found_cap,
			    sizeof(*s->found), e) == -1)
				return -1;
			s->found[s->nfound++] = (uint64_t)part <<
			    (64 - PARTS_BITS) | rest << PRINT_OFF;
			return 0;
		}
		at = (at + 1) & (s->size - 1);
	}
	s->table[at] = rest;
	s->used++;
	return 0;
}

/* At most IO_PRINTS fingerprints of a part, one after the other in memory. */
static int
table_add(struct sieve *s, const unsigned char *print, size_t n,
    unsigned part, struct err *e)
{
	size_t i;

	while (s->used + n > s->size / 4 * 3)
		if (table_grow(s, e) == -1)
			return -1;
	for (i = 0; i < n && i < AHEAD; i++)
		__builtin_prefetch(&s->table[table_slot(s,
		    print_read(print, i))], 1);
	for (i = 0; i < n; i++) {
		if (i + AHEAD < n)
			__builtin_prefetch(&s->table[table_slot(s,
			    print_read(print, i + AHEAD))], 1);
		if (table_put(s, print_read(print, i), part, e) == -1)
			return -1;
	}
	return 0;
}

static int
extent_read(struct sieve *s, const struct prints *p,
    const struct extent *extent, unsigned part, struct err *e)
{
	uint64_t done;
	size_t n;

	if (s->io == NULL)
		s->io = calloc(IO_PRINTS + 1, PRINT_BYTES);
	if (s->io == NULL)
		return err_nomem(e);
	for (done = 0; done < extent->prints; done += n) {
		n = extent->prints - done < IO_PRINTS ?
		    (size_t)(extent->prints - done) : IO_PRINTS;
		if (io_pread_all(p->file.fd, s->io, n * PRINT_BYTES,
		    (off_t)(extent->offset + done * PRINT_BYTES), e) == -1)
			return err_wrap(e, "temporary file for the check of "
			    "duplicates");
		if (table_add(s, s->io, n, part, e) == -1)
			return -1;
	}
	return 0;
}

static int
sieve_prints(struct sieve *s, const struct prints *p, unsigned i,
    struct err *e)
{
	const struct part *part = &p->part[i];
	const struct chunk *chunk;
	size_t k, used = prints_first(p, i);

	for (k = 0; k < part->nextents; k++)
		if (extent_read(s, p, &part->extents[k], i, e) == -1)
			return -1;
	for (chunk = part->chunks; chunk != NULL; chunk = chunk->next) {
		if (table_add(s, chunk->print, used, i, e) == -1)
			return -1;
		used = CHUNK_PRINTS;
	}
	return 0;
}

int
sieve_part(struct sieve *s, const struct prints *p, unsigned lanes,
    unsigned i, struct err *e)
{
	const struct part *part;
	uint64_t n = 0;
	unsigned lane;
	size_t k;

	for (lane = 0; lane < lanes; lane++) {
		part = &p[lane].part[i];
		if (part->nchunks > 0)
			n += (part->nchunks - 1) * CHUNK_PRINTS +
			    prints_first(&p[lane], i);
		for (k = 0; k < part->nextents; k++)
			n += part->extents[k].prints;
	}
	if (n < 2)
		return 0;
	if (table_reset(s, n, e) == -1)
		return -1;
	for (lane = 0; lane < lanes; lane++)
		if (sieve_prints(s, &p[lane], i, e) == -1)
			return -1;
	return 0;
}
