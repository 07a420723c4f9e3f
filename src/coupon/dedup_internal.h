/*
 * The search for codes that come more than once, for its own files and for the
 * fast path.
 */
#ifndef COUPON_DEDUP_INTERNAL_H
#define COUPON_DEDUP_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dedup.h"
#include "prints_internal.h"

struct err;

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
	struct arena	*arena;
};

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

#endif
