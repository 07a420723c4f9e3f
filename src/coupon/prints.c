/*
 * Fingerprints of codes, spread over partitions by their first bits.
 *
 * Adding is an append, so it does not get slower with the size of the file,
 * and what does not fit in memory is written out in long runs.  Whether a
 * fingerprint repeats is found out at the end, one partition at a time, in a
 * table that fits into the processor's cache.  See Manegold, Boncz, Kersten,
 * "Optimizing database architecture for the new bottleneck: memory access",
 * on why partitioning first is faster than one large table.
 */
#include <stdbool.h>

#include "../base/err.h"
#include "dedup_internal.h"

#define SLAB_BYTES	(1u << 20)
#define IO_PRINTS	8192		/* 64 KiB */
#define TABLE_FIRST	1024		/* slots */
#define TABLE_MOST	(1u << 20)	/* slots to begin with; it may grow */

void
prints_init(struct prints *p, uint64_t memory, const char *tmp_dir)
{
	memset(p, 0, sizeof(*p));
	p->memory = memory;
	p->tmp_dir = tmp_dir;
	p->file.fd = -1;
}

void
prints_release(struct prints *p)
{
	size_t i;

	for (i = 0; i < PARTS; i++)
		free(p->part[i].extents);
	for (i = 0; i < p->nslabs; i++)
		free(p->slabs[i]);
	free(p->slabs);
	free(p->table);
	free(p->io);
	tmpfile_abort(&p->file);
	prints_init(p, 0, NULL);
}

static int
slab_new(struct prints *p, struct err *e)
{
	struct chunk *chunk;
	void **slabs;
	size_t cap, i;

	if (p->nslabs == p->slabs_cap) {
		cap = p->slabs_cap == 0 ? 64 : p->slabs_cap * 2;
		slabs = reallocarray(p->slabs, cap, sizeof(*slabs));
		if (slabs == NULL)
			return err_nomem(e);
		p->slabs = slabs;
		p->slabs_cap = cap;
	}
	chunk = malloc(SLAB_BYTES);
	if (chunk == NULL)
		return err_nomem(e);
	p->slabs[p->nslabs++] = chunk;
	for (i = 0; i < SLAB_BYTES / sizeof(*chunk); i++) {
		chunk[i].next = p->free_chunks;
		p->free_chunks = &chunk[i];
	}
	return 0;
}

static int
extent_add(struct part *part, uint64_t offset, uint64_t prints, struct err *e)
{
	struct extent *extents;
	size_t cap;

	if (part->nextents == part->extents_cap) {
		cap = part->extents_cap == 0 ? 4 : part->extents_cap * 2;
		extents = reallocarray(part->extents, cap, sizeof(*extents));
		if (extents == NULL)
			return err_nomem(e);
		part->extents = extents;
		part->extents_cap = cap;
	}
	part->extents[part->nextents].offset = offset;
	part->extents[part->nextents++].prints = prints;
	return 0;
}

/* The chunks of a partition are free again. */
static void
part_clear(struct prints *p, struct part *part)
{
	struct chunk *chunk;

	while ((chunk = part->chunks) != NULL) {
		part->chunks = chunk->next;
		chunk->next = p->free_chunks;
		p->free_chunks = chunk;
		p->held -= sizeof(*chunk);
	}
	part->used = 0;
	part->prints = 0;
}

static int
io_flush(struct prints *p, size_t *n, struct err *e)
{
	if (io_pwrite_all(p->file.fd, p->io, *n * sizeof(*p->io),
	    (off_t)p->bytes, e) == -1)
		return err_wrap(e, "temporary file for the check of "
		    "duplicates");
	p->bytes += *n * sizeof(*p->io);
	*n = 0;
	return 0;
}

/* Write a partition to the end of the file. */
static int
part_spill(struct prints *p, struct part *part, struct err *e)
{
	const struct chunk *chunk;
	size_t i, n = 0, used = part->used;

	if (part->prints == 0)
		return 0;
	if (extent_add(part, p->bytes, part->prints, e) == -1)
		return -1;
	for (chunk = part->chunks; chunk != NULL; chunk = chunk->next) {
		for (i = 0; i < used; i++) {
			p->io[n++] = chunk->print[i];
			if (n == IO_PRINTS && io_flush(p, &n, e) == -1)
				return -1;
		}
		used = CHUNK_PRINTS;
	}
	if (n > 0 && io_flush(p, &n, e) == -1)
		return -1;
	part_clear(p, part);
	return 0;
}

static int
io_ready(struct prints *p, struct err *e)
{
	if (p->io == NULL)
		p->io = calloc(IO_PRINTS, sizeof(*p->io));
	return p->io == NULL ? err_nomem(e) : 0;
}

static int
prints_spill(struct prints *p, struct err *e)
{
	size_t i;

	if (io_ready(p, e) == -1)
		return -1;
	if (p->file.fd == -1 && tmpfile_anon(&p->file,
	    p->tmp_dir != NULL ? p->tmp_dir : P_tmpdir, e) == -1)
		return -1;
	for (i = 0; i < PARTS; i++)
		if (part_spill(p, &p->part[i], e) == -1)
			return -1;
	return 0;
}

int
prints_room(struct prints *p, struct part *part, struct err *e)
{
	struct chunk *chunk;

	if (p->held >= p->memory && prints_spill(p, e) == -1)
		return -1;
	if (p->free_chunks == NULL && slab_new(p, e) == -1)
		return -1;
	chunk = p->free_chunks;
	p->free_chunks = chunk->next;
	p->held += sizeof(*chunk);
	chunk->next = part->chunks;
	part->chunks = chunk;
	part->used = 0;
	return 0;
}

/* An empty table for n fingerprints, if they are as many different ones. */
static int
table_reset(struct prints *p, uint64_t n, struct err *e)
{
	size_t size = TABLE_FIRST;

	while (size < n + n / 2 && size < TABLE_MOST)
		size *= 2;
	if (size > p->table_cap) {
		free(p->table);
		p->table_cap = 0;
		p->table = malloc(size * sizeof(*p->table));
		if (p->table == NULL)
			return err_nomem(e);
		p->table_cap = size;
	}
	memset(p->table, 0, size * sizeof(*p->table));
	p->table_size = size;
	p->table_used = 0;
	return 0;
}

/* Returns whether the fingerprint was there before. */
static inline bool
table_put(struct prints *p, uint64_t print)
{
	size_t at = print & (p->table_size - 1);

	while (p->table[at] != 0) {
		if (p->table[at] == print)
			return true;
		at = (at + 1) & (p->table_size - 1);
	}
	p->table[at] = print;
	p->table_used++;
	return false;
}

static int
table_grow(struct prints *p, struct err *e)
{
	uint64_t *old = p->table;
	size_t i, size = p->table_size;

	p->table = calloc(size * 2, sizeof(*p->table));
	if (p->table == NULL) {
		p->table = old;
		return err_nomem(e);
	}
	p->table_cap = p->table_size = size * 2;
	p->table_used = 0;
	for (i = 0; i < size; i++)
		if (old[i] != 0)
			table_put(p, old[i]);
	free(old);
	return 0;
}

static int
table_add(struct prints *p, const uint64_t *print, size_t n,
    int (*f)(void *, uint64_t, struct err *), void *arg, struct err *e)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (p->table_used > p->table_size / 4 * 3 &&
		    table_grow(p, e) == -1)
			return -1;
		if (table_put(p, print[i]) && f(arg, print[i], e) == -1)
			return -1;
	}
	return 0;
}

static int
extent_read(struct prints *p, const struct extent *extent,
    int (*f)(void *, uint64_t, struct err *), void *arg, struct err *e)
{
	uint64_t done;
	size_t n;

	for (done = 0; done < extent->prints; done += n) {
		n = extent->prints - done < IO_PRINTS ?
		    (size_t)(extent->prints - done) : IO_PRINTS;
		if (io_pread_all(p->file.fd, p->io, n * sizeof(*p->io),
		    (off_t)(extent->offset + done * sizeof(*p->io)), e) == -1)
			return err_wrap(e, "temporary file for the check of "
			    "duplicates");
		if (table_add(p, p->io, n, f, arg, e) == -1)
			return -1;
	}
	return 0;
}

int
prints_repeated(struct prints *p, unsigned i,
    int (*f)(void *, uint64_t, struct err *), void *arg, struct err *e)
{
	struct part *part = &p->part[i];
	const struct chunk *chunk;
	uint64_t n = part->prints;
	size_t k, used = part->used;

	for (k = 0; k < part->nextents; k++)
		n += part->extents[k].prints;
	if (n < 2)
		return 0;
	if (table_reset(p, n, e) == -1 || io_ready(p, e) == -1)
		return -1;
	for (k = 0; k < part->nextents; k++)
		if (extent_read(p, &part->extents[k], f, arg, e) == -1)
			return -1;
	for (chunk = part->chunks; chunk != NULL; chunk = chunk->next) {
		if (table_add(p, chunk->print, used, f, arg, e) == -1)
			return -1;
		used = CHUNK_PRINTS;
	}
	part_clear(p, part);
	return 0;
}
