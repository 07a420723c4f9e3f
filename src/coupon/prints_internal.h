/*
 * Fingerprints of codes, many of them, in partitions: in memory, and past that
 * in a file.
 */
#ifndef COUPON_PRINTS_INTERNAL_H
#define COUPON_PRINTS_INTERNAL_H

#include <endian.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "../base/tmpfile.h"
#include "fingerprint_internal.h"

struct err;

#define PARTS_BITS	10
#define PARTS		(1u << PARTS_BITS)
#define PRINT_PART(p)	((unsigned)((p) >> (64 - PARTS_BITS)))
#define PRINT_BYTES	6		/* kept of one; the part is known */
#define CHUNK_BYTES	4096
#define CHUNK_ROOM	(CHUNK_BYTES - sizeof(void *))
/* The last one is written and read as eight bytes, too. */
#define CHUNK_PRINTS	((CHUNK_ROOM - 8) / PRINT_BYTES + 1)

/* Fingerprints, at an address that is a multiple of its size. */
struct chunk {
	struct chunk	*next;
	unsigned char	 print[CHUNK_ROOM];
};

struct extent {
	uint64_t	offset;		/* in the file */
	uint64_t	prints;
};

/* Fingerprints that begin with the same bits. */
struct part {
	struct chunk	*chunks;	/* only the first is not full */
	uint64_t	 nchunks;
	struct extent	*extents;
	size_t		 nextents, extents_cap;
};

/* What one thread adds to. */
struct prints {
	/* Where the next one goes; NULL, or past the last one: no room. */
	unsigned char	*next[PARTS];
	struct part	 part[PARTS];
	uint64_t	 memory;	/* for all who share; past it chunks */
	uint64_t	 share;		/* go to the file, if held is past it */
	uint64_t	 held;		/* bytes of chunks in use */
	_Atomic uint64_t *all;		/* held by all who share */
	const char	*tmp_dir;
	struct chunk	*free_chunks;
	char		*slab_at, *slab_end; /* never used yet */
	void		**slabs;
	size_t		 nslabs, slabs_cap;
	struct tmpfile	 file;
	uint64_t	 bytes;		/* in the file */
	unsigned char	*io;		/* for writing the file */
};

/*
 * prints_init(p, memory, n, all, tmp_dir): no fingerprints; n of these share
 * the memory, and count at *all what they have of it.
 */
void	prints_init(struct prints *, uint64_t, unsigned, _Atomic uint64_t *,
	    const char *);

/*
 * prints_share(p, n): n share the memory from now on.
 */
void	prints_share(struct prints *, unsigned);

/*
 * prints_release(p): free all; also after a failure.
 */
void	prints_release(struct prints *);

/*
 * prints_room(p, i, e): the slow way of prints_add: another chunk.
 */
int	prints_room(struct prints *, unsigned, struct err *);

/*
 * prints_shed(p, e): what is in memory goes to the file, and the memory back;
 * nothing may be added any more.
 */
int	prints_shed(struct prints *, struct err *);

/*
 * prints_first(p, i): how many of the first chunk of partition i are in use.
 */
size_t	prints_first(const struct prints *, unsigned);

/*
 * prints_add(p, print, e): one more fingerprint, of print_cut.
 */
static inline int
prints_add(struct prints *p, uint64_t print, struct err *e)
{
	unsigned i = PRINT_PART(print);

	if (__builtin_expect(((uintptr_t)p->next[i] - sizeof(void *)) %
	    CHUNK_BYTES > (CHUNK_PRINTS - 1) * PRINT_BYTES, 0) &&
	    prints_room(p, i, e) == -1)
		return -1;
	/* The bits of the part are written over by the next one. */
	print = htole64(print >> PRINT_OFF);
	memcpy(p->next[i], &print, sizeof(print));
	p->next[i] += PRINT_BYTES;
	return 0;
}

#endif
