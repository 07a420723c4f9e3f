/*
 * Fingerprints of codes, spread over partitions by their first bits.
 *
 * Adding is an append, so it does not get slower with the size of the file,
 * and what does not fit in memory is written out in long runs.  Each thread
 * has prints of its own; sieve.c looks at one partition of all of them.  See
 * Manegold, Boncz, Kersten, "Optimizing database architecture for the new
 * bottleneck: memory access", on why partitioning first is faster than one
 * large table.
 */
#include <stdbool.h>
#include <sys/mman.h>

#include "../base/err.h"
#include "../base/list.h"
#include "prints_internal.h"

#define SLAB_FIRST	((size_t)64 << 10)
#define SLAB_BYTES	((size_t)2 << 20)	/* a huge page */
#define IO_PRINTS	8192		/* 48 KiB */

void
prints_init(struct prints *p, uint64_t memory, unsigned n,
    _Atomic uint64_t *all, const char *tmp_dir)
{
	memset(p, 0, sizeof(*p));
	p->memory = memory;
	p->share = memory / n;
	p->all = all;
	p->tmp_dir = tmp_dir;
	p->file.fd = -1;
}

void
prints_share(struct prints *p, unsigned n)
{
	p->share = p->memory / n;
}

static void
slabs_free(struct prints *p)
{
	size_t i;

	for (i = 0; i < p->nslabs; i++)
		free(p->slabs[i]);
	free(p->slabs);
	p->slabs = NULL;
	p->nslabs = p->slabs_cap = 0;
	p->slab_at = p->slab_end = NULL;
	p->free_chunks = NULL;
}

void
prints_release(struct prints *p)
{
	size_t i;

	for (i = 0; i < PARTS; i++)
		free(p->part[i].extents);
	slabs_free(p);
	free(p->io);
	tmpfile_abort(&p->file);
	prints_init(p, 0, 1, NULL, NULL);
}

/* Fresh memory for chunks: little at first, then by huge pages. */
static int
slab_new(struct prints *p, struct err *e)
{
	size_t size;
	void *slab;

	if (list_grow(&p->slabs, p->nslabs, &p->slabs_cap, sizeof(*p->slabs),
	    e) == -1)
		return -1;
	size = p->nslabs < 5 ? SLAB_FIRST << p->nslabs : SLAB_BYTES;
	slab = aligned_alloc(size == SLAB_BYTES ? size : CHUNK_BYTES, size);
	if (slab == NULL)
		return err_nomem(e);
	/* Without huge pages it is only slower. */
	if (size == SLAB_BYTES)
		(void)madvise(slab, size, MADV_HUGEPAGE);
	p->slabs[p->nslabs++] = slab;
	p->slab_at = slab;
	p->slab_end = p->slab_at + size;
	return 0;
}

size_t
prints_first(const struct prints *p, unsigned i)
{
	const struct chunk *chunk = p->part[i].chunks;

	return chunk == NULL ? 0 : (size_t)(p->next[i] - chunk->print) /
	    PRINT_BYTES;
}

/* The chunks of a partition are free again. */
static void
part_clear(struct prints *p, unsigned i)
{
	struct part *part = &p->part[i];
	struct chunk *chunk;

	while ((chunk = part->chunks) != NULL) {
		part->chunks = chunk->next;
		chunk->next = p->free_chunks;
		p->free_chunks = chunk;
		p->held -= sizeof(*chunk);
		*p->all -= sizeof(*chunk);
	}
	part->nchunks = 0;
	p->next[i] = NULL;
}

static int
io_flush(struct prints *p, size_t *n, struct err *e)
{
	if (io_pwrite_all(p->file.fd, p->io, *n * PRINT_BYTES,
	    (off_t)p->bytes, e) == -1)
		return err_wrap(e, "temporary file for the check of "
		    "duplicates");
	p->bytes += *n * PRINT_BYTES;
	*n = 0;
	return 0;
}

/* Write a partition to the end of the file; *n are waiting in p->io. */
static int
part_write(struct prints *p, unsigned i, size_t *n, struct err *e)
{
	struct part *part = &p->part[i];
	const struct chunk *chunk;
	size_t done, k, used = prints_first(p, i);

	if (part->chunks == NULL)
		return 0;
	if (list_grow(&part->extents, part->nextents, &part->extents_cap,
	    sizeof(*part->extents), e) == -1)
		return -1;
	part->extents[part->nextents].offset = p->bytes + *n * PRINT_BYTES;
	part->extents[part->nextents++].prints =
	    (part->nchunks - 1) * CHUNK_PRINTS + used;
	for (chunk = part->chunks; chunk != NULL; chunk = chunk->next) {
		for (done = 0; done < used; done += k) {
			k = used - done < IO_PRINTS - *n ? used - done :
			    IO_PRINTS - *n;
			memcpy(p->io + *n * PRINT_BYTES, chunk->print +
			    done * PRINT_BYTES, k * PRINT_BYTES);
			*n += k;
			if (*n == IO_PRINTS && io_flush(p, n, e) == -1)
				return -1;
		}
		used = CHUNK_PRINTS;
	}
	part_clear(p, i);
	return 0;
}

static int
prints_write(struct prints *p, struct err *e)
{
	size_t n = 0;
	unsigned i;

	if (p->io == NULL)
		p->io = calloc(IO_PRINTS, PRINT_BYTES);
	if (p->io == NULL)
		return err_nomem(e);
	if (p->file.fd == -1 && tmpfile_anon(&p->file,
	    p->tmp_dir != NULL ? p->tmp_dir : P_tmpdir, e) == -1)
		return -1;
	for (i = 0; i < PARTS; i++)
		if (part_write(p, i, &n, e) == -1)
			return -1;
	return n > 0 ? io_flush(p, &n, e) : 0;
}

int
prints_shed(struct prints *p, struct err *e)
{
	if (p->held == 0)
		return 0;
	if (prints_write(p, e) == -1)
		return -1;
	slabs_free(p);
	return 0;
}

int
prints_room(struct prints *p, unsigned i, struct err *e)
{
	struct chunk *chunk;

	/* One may have more than its share while another has less. */
	if (p->held >= p->share && *p->all >= p->memory &&
	    prints_write(p, e) == -1)
		return -1;
	if (p->free_chunks != NULL) {
		chunk = p->free_chunks;
		p->free_chunks = chunk->next;
	} else {
		if (p->slab_at == p->slab_end && slab_new(p, e) == -1)
			return -1;
		chunk = (struct chunk *)(void *)p->slab_at;
		p->slab_at += sizeof(*chunk);
	}
	p->held += sizeof(*chunk);
	*p->all += sizeof(*chunk);
	chunk->next = p->part[i].chunks;
	p->part[i].chunks = chunk;
	p->part[i].nchunks++;
	p->next[i] = chunk->print;
	return 0;
}
