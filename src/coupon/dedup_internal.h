/*
 * What dedup.c shares with prints.c, sieve.c and the fast path: fingerprints
 * of codes, in partitions.
 */
#ifndef COUPON_DEDUP_INTERNAL_H
#define COUPON_DEDUP_INTERNAL_H

#include <endian.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "../base/tmpfile.h"
#include "dedup.h"

struct err;

#define PARTS_BITS	10
#define PARTS		(1u << PARTS_BITS)
#define PRINT_PART(p)	((unsigned)((p) >> (64 - PARTS_BITS)))
#define PRINT_BYTES	6		/* kept of one; the part is known */
#define PRINT_OFF	6		/* bits that are never kept */
#define CHUNK_BYTES	4096
#define CHUNK_ROOM	(CHUNK_BYTES - sizeof(void *))
/* The last one is written and read as eight bytes, too. */
#define CHUNK_PRINTS	((CHUNK_ROOM - 8) / PRINT_BYTES + 1)
#define PRINT_NEAR	16		/* bytes of a short code */
#define PRINT_PAD	16		/* readable bytes after one */

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

/* Finds what repeats in one partition; one for each thread. */
struct sieve {
	uint64_t	*table;
	size_t		 cap, size, used;
	unsigned char	*io;		/* for reading files */
	uint64_t	*found;
	size_t		 nfound, found_cap;
};

#define LANES_MAX	4		/* reading keeps up with no more */

struct dedup {
	unsigned char	 secret[XXH3_SECRET_SIZE_MIN];
	uint64_t	 seed;		/* for codes as they are spelled */
	struct prints	*prints;	/* one for each lane */
	_Atomic uint64_t held;		/* by all of them */
	struct sieve	 sieve[LANES_MAX];
	unsigned	 nlanes;
	const char	*tmp_dir;
	uint64_t	 memory;
	uint64_t	 rows;		/* added */
	unsigned	 first_part;	/* of the round */
	unsigned	 next_part;	/* of the next one */
	struct nominee	*nominees;
	size_t		 nominees_size, nnominees;
	struct head	*heads;
	size_t		 nheads, heads_cap;
	uint32_t	*by_code;	/* hash of exact: head + 1 */
	size_t		 by_code_size;
	struct later	*later;
	size_t		 nlater, later_cap;
	bool		 again;		/* the list was given up */
	unsigned	 file;		/* of the rows seen now */
	struct arena	*arena;
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
 * print_cut(hash): what is kept of a hash.  Never 0, which stands for "free"
 * in tables: the last bit that is kept is always set.
 */
static inline uint64_t
print_cut(uint64_t hash)
{
	return (hash >> PRINT_OFF | 1) << PRINT_OFF;
}

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

/*
 * sieve_part(s, p, n, i, e): append each fingerprint that comes more than
 * once in partition i of the n prints at p to s->found, once.  The prints are
 * only read.
 */
int	sieve_part(struct sieve *, const struct prints *, unsigned, unsigned,
	    struct err *);

/*
 * sieve_release(s): free what s holds.
 */
void	sieve_release(struct sieve *);

/*
 * dedup_lanes(d, n, e): n threads will add fingerprints, and as many look for
 * those that repeat; those added before remain.  ERR_NOMEM.
 */
int	dedup_lanes(struct dedup *, unsigned, struct err *);

/*
 * dedup_lane(d, i): where thread i adds what print_near says.
 */
struct prints *dedup_lane(struct dedup *, unsigned);

/*
 * dedup_count(d, n): n rows were added to lanes.
 */
void	dedup_count(struct dedup *, uint64_t);

/*
 * dedup_secret(d): for print_near, borrowed.
 */
const unsigned char *dedup_secret(const struct dedup *);

/*
 * dedup_lanes_free(d): without lanes; only dedup_lanes or dedup_free follow.
 */
void	dedup_lanes_free(struct dedup *);

/*
 * dedup_search(d, most, e): look through partitions from d->next_part on,
 * until none is left or there are more than so many nominees.
 */
int	dedup_search(struct dedup *, uint64_t, struct err *);

/*
 * dedup_nominate(d, print, e): one more nominee, if it is new.  ERR_NOMEM.
 */
int	dedup_nominate(struct dedup *, uint64_t, struct err *);

/*
 * dedup_prefetch(d, print): have the memory that dedup_named_print will read
 * for this fingerprint fetched.
 */
void	dedup_prefetch(const struct dedup *, uint64_t);

/*
 * dedup_named_print(d, print): dedup_named for a code with this fingerprint.
 */
bool	dedup_named_print(const struct dedup *, uint64_t);

/*
 * print_fold(w): eight bytes in lower case at once.
 */
static inline uint64_t
print_fold(uint64_t w)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t low = w & 0x7f * ones;
	uint64_t from_a = low + (0x80 - 'A') * ones;
	uint64_t past_z = low + (0x7f - 'Z') * ones;

	/* The top bit of each byte says whether it is A to Z. */
	return w | ((~w & (from_a ^ past_z) & 0x80 * ones) >> 2);
}

/*
 * print_near(secret, code, len): the fingerprint of a code of 0 to PRINT_NEAR
 * bytes, after which PRINT_PAD bytes can be read.  The same bytes go under a
 * hash of constant length whatever the length, which costs no branches; they
 * overlap, so the length has to be added.
 */
static inline uint64_t
print_near(const unsigned char *secret, const char *code, size_t len)
{
	uint64_t w[2];

	memcpy(&w[0], code, sizeof(w[0]));
	w[1] = 0;
	if (len >= sizeof(w[0]))
		memcpy(&w[1], code + len - sizeof(w[1]), sizeof(w[1]));
	else
		w[0] = htole64(le64toh(w[0]) &
		    ((UINT64_C(1) << 8 * len) - 1));
	w[0] = print_fold(w[0]);
	w[1] = print_fold(w[1]);
	return print_cut(XXH3_64bits_withSecret(w, sizeof(w), secret,
	    XXH3_SECRET_SIZE_MIN) + len * UINT64_C(0x9e3779b97f4a7c15));
}

#endif
