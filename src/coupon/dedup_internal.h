/*
 * What dedup.c shares with prints.c: fingerprints in partitions.
 */
#ifndef COUPON_DEDUP_INTERNAL_H
#define COUPON_DEDUP_INTERNAL_H

#include <stdint.h>

#include "../base/tmpfile.h"

struct err;

#define PARTS_BITS	10
#define PARTS		(1u << PARTS_BITS)
#define CHUNK_PRINTS	511

/* 4 KiB of fingerprints. */
struct chunk {
	struct chunk	*next;
	uint64_t	 print[CHUNK_PRINTS];
};

struct extent {
	uint64_t	offset;		/* in the file */
	uint64_t	prints;
};

/* Fingerprints that begin with the same bits. */
struct part {
	struct chunk	*chunks;	/* only the first is not full */
	unsigned	 used;		/* of the first chunk */
	uint64_t	 prints;	/* in memory */
	struct extent	*extents;
	size_t		 nextents, extents_cap;
};

struct prints {
	struct part	 part[PARTS];
	uint64_t	 memory;	/* chunks past this go to the file */
	uint64_t	 held;		/* bytes of chunks in use */
	const char	*tmp_dir;
	struct chunk	*free_chunks;
	void		**slabs;
	size_t		 nslabs, slabs_cap;
	struct tmpfile	 file;
	uint64_t	 bytes;		/* in the file */
	uint64_t	*table;		/* of one partition */
	size_t		 table_cap, table_size, table_used;
	uint64_t	*io;		/* for reading and writing the file */
};

/*
 * prints_init(p, memory, tmp_dir): no fingerprints.
 */
void	prints_init(struct prints *, uint64_t, const char *);

/*
 * prints_release(p): free all; also after a failure.
 */
void	prints_release(struct prints *);

/*
 * prints_room(p, part, e): the slow way of prints_add: another chunk.
 */
int	prints_room(struct prints *, struct part *, struct err *);

/*
 * prints_repeated(p, i, f, arg, e): call f for each fingerprint of partition
 * i that is there more than once (once for each time but the first), and
 * forget the partition.
 */
int	prints_repeated(struct prints *, unsigned,
	    int (*)(void *, uint64_t, struct err *), void *, struct err *);

/*
 * prints_add(p, print, e): one more fingerprint, not 0.
 */
static inline int
prints_add(struct prints *p, uint64_t print, struct err *e)
{
	struct part *part = &p->part[print >> (64 - PARTS_BITS)];

	if ((part->chunks == NULL || part->used == CHUNK_PRINTS) &&
	    prints_room(p, part, e) == -1)
		return -1;
	part->chunks->print[part->used++] = print;
	part->prints++;
	return 0;
}

#endif
