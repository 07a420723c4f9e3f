/*
 * The packer's threads: bytes in by any cut, compressed blocks out in order.
 */
#ifndef FORMAT_POOL_INTERNAL_H
#define FORMAT_POOL_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

struct block;
struct err;
struct pool;

struct pool_opts {
	int	 threads;	/* at most; 0: as many as there are cores */
	bool	 plain_zlib;
	/*
	 * A compressed block, in the order of the input, on the thread that
	 * calls pool_write or pool_finish; borrowed until it returns.
	 */
	int	(*sink)(void *, const struct block *, struct err *);
	void	*arg;
};

/*
 * pool_new(opts, e): a pool without any thread yet; they come with the work.
 * ERR_NOMEM.
 */
struct pool *pool_new(const struct pool_opts *, struct err *);

/*
 * pool_write(p, bytes, n, e): the next n bytes.  Blocks while all blocks are
 * in flight.  Once it failed, only pool_free may follow.
 */
int	pool_write(struct pool *, const void *, size_t, struct err *);

/*
 * pool_finish(p, e): compress what is left as the last block, wait for all.
 */
int	pool_finish(struct pool *, struct err *);

/*
 * pool_free(p): end the threads, after the block each is at; NULL is
 * harmless.
 */
void	pool_free(struct pool *);

#endif
