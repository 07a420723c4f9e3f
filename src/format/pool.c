/*
 * The packer's threads.
 *
 * A ring of slots, each with one block.  The caller's thread fills slots and
 * hands finished blocks to the sink, both in order; the threads take filled
 * slots in order and finish them in any order.  Three counters tell where
 * everybody is:
 *
 *	drained <= taken <= filled <= drained + number of slots
 *
 * Slot i % n belongs to the caller while i is outside [drained, filled), to
 * the queue from taken on, to one thread until it is marked done.  A full
 * block is held back until another byte or the end comes, because only then
 * it is known whether it is the last.
 */
#include "pool_internal.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>

#include "../base/err.h"
#include "../base/io.h"
#include "deflate_internal.h"

#define POOL_THREADS	16	/* more only wait for the hash of the output */
#define POOL_SPARE	2	/* one slot being filled, one being written */

struct slot {
	struct block	 block;
	bool		 done;		/* guarded by the lock */
	struct err	 err;		/* ERR_NONE: compressed */
};

struct pool {
	struct pool_opts opts;
	pthread_mutex_t	 lock;
	pthread_cond_t	 work;		/* taken < filled, or stop */
	pthread_cond_t	 done;		/* a slot was done */
	uint64_t	 filled, taken, drained;
	bool		 stop;
	struct slot	*slots;
	size_t		 nslots;
	pthread_t	*threads;
	int		 nthreads, max_threads;
};

static struct slot *
pool_slot(struct pool *p, uint64_t i)
{
	return &p->slots[i % p->nslots];
}

struct pool *
pool_new(const struct pool_opts *opts, struct err *e)
{
	struct pool *p;

	p = calloc(1, sizeof(*p));
	if (p == NULL) {
		err_nomem(e);
		return NULL;
	}
	p->opts = *opts;
	p->max_threads = opts->threads > 0 ? opts->threads : (int)io_cores();
	if (p->max_threads > POOL_THREADS)
		p->max_threads = POOL_THREADS;
	p->nslots = (size_t)p->max_threads + POOL_SPARE;
	p->slots = calloc(p->nslots, sizeof(*p->slots));
	p->threads = calloc((size_t)p->max_threads, sizeof(*p->threads));
	if (p->slots == NULL || p->threads == NULL) {
		free(p->slots);
		free(p->threads);
		free(p);
		err_nomem(e);
		return NULL;
	}
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->work, NULL);
	pthread_cond_init(&p->done, NULL);
	return p;
}

/*
 * The next filled slot, or NULL when the thread has to end.
 */
static struct slot *
pool_take(struct pool *p)
{
	struct slot *s = NULL;

	pthread_mutex_lock(&p->lock);
	while (!p->stop && p->taken == p->filled)
		pthread_cond_wait(&p->work, &p->lock);
	if (!p->stop)
		s = pool_slot(p, p->taken++);
	pthread_mutex_unlock(&p->lock);
	return s;
}

/*
 * A thread that has no memory still takes blocks, to fail each of them.
 */
static void *
pool_thread(void *arg)
{
	struct pool *p = arg;
	struct deflater *d;
	struct slot *s;
	struct err e;

	err_clear(&e);
	d = deflater_new(p->opts.plain_zlib, &e);
	while ((s = pool_take(p)) != NULL) {
		s->err = e;
		if (d != NULL)
			deflater_block(d, &s->block, &s->err);
		pthread_mutex_lock(&p->lock);
		s->done = true;
		pthread_cond_signal(&p->done);
		pthread_mutex_unlock(&p->lock);
	}
	deflater_free(d);
	return NULL;
}

/*
 * One more thread.  Signals stay with the program's own threads.
 */
static int
pool_spawn(struct pool *p, struct err *e)
{
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&p->threads[p->nthreads], NULL, pool_thread, p);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc == 0)
		p->nthreads++;
	else if (p->nthreads == 0)
		return err_sys(e, ERR_INTERNAL, rc,
		    "cannot start a thread for packing");
	return 0;
}

/*
 * Queue the slot being filled.
 */
static int
pool_submit(struct pool *p, bool last, struct err *e)
{
	struct slot *s;
	uint64_t waiting;

	s = pool_slot(p, p->filled);
	s->block.last = last;
	s->done = false;
	pthread_mutex_lock(&p->lock);
	p->filled++;
	waiting = p->filled - p->drained;
	pthread_cond_signal(&p->work);
	pthread_mutex_unlock(&p->lock);
	if (waiting > (uint64_t)p->nthreads && p->nthreads < p->max_threads)
		return pool_spawn(p, e);
	return 0;
}

/*
 * Whether the oldest block is done; wait for it if asked to.
 */
static bool
pool_ready(struct pool *p, bool wait)
{
	struct slot *s;
	bool ready;

	s = pool_slot(p, p->drained);
	pthread_mutex_lock(&p->lock);
	while (wait && !s->done)
		pthread_cond_wait(&p->done, &p->lock);
	ready = s->done;
	pthread_mutex_unlock(&p->lock);
	return ready;
}

/*
 * Hand finished blocks to the sink until at most keep are left in flight.
 */
static int
pool_drain(struct pool *p, size_t keep, struct err *e)
{
	struct slot *s;

	while (p->drained < p->filled) {
		if (!pool_ready(p, p->filled - p->drained > keep))
			break;
		s = pool_slot(p, p->drained);
		if (s->err.code != ERR_NONE) {
			*e = s->err;
			return -1;
		}
		if (p->opts.sink(p->opts.arg, &s->block, e) == -1)
			return -1;
		s->block.in_len = 0;
		p->drained++;
	}
	return 0;
}

static int
slot_room(struct slot *s, struct err *e)
{
	if (s->block.in == NULL)
		s->block.in = malloc(PACK_BLOCK);
	if (s->block.out == NULL)
		s->block.out = malloc(DEFLATE_ROOM);
	if (s->block.in == NULL || s->block.out == NULL)
		return err_nomem(e);
	return 0;
}

int
pool_write(struct pool *p, const void *bytes, size_t n, struct err *e)
{
	const unsigned char *at = bytes;
	struct block *b;
	size_t part;

	while (n > 0) {
		b = &pool_slot(p, p->filled)->block;
		if (b->in_len == PACK_BLOCK) {
			if (pool_submit(p, false, e) == -1 ||
			    pool_drain(p, p->nslots - 1, e) == -1)
				return -1;
			continue;
		}
		if (slot_room(pool_slot(p, p->filled), e) == -1)
			return -1;
		part = PACK_BLOCK - b->in_len;
		if (part > n)
			part = n;
		memcpy(b->in + b->in_len, at, part);
		b->in_len += part;
		at += part;
		n -= part;
	}
	return 0;
}

int
pool_finish(struct pool *p, struct err *e)
{
	if (slot_room(pool_slot(p, p->filled), e) == -1 ||
	    pool_submit(p, true, e) == -1)
		return -1;
	return pool_drain(p, 0, e);
}

void
pool_free(struct pool *p)
{
	size_t i;
	int t;

	if (p == NULL)
		return;
	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_cond_broadcast(&p->work);
	pthread_mutex_unlock(&p->lock);
	for (t = 0; t < p->nthreads; t++)
		pthread_join(p->threads[t], NULL);
	for (i = 0; i < p->nslots; i++) {
		free(p->slots[i].block.in);
		free(p->slots[i].block.out);
	}
	pthread_cond_destroy(&p->done);
	pthread_cond_destroy(&p->work);
	pthread_mutex_destroy(&p->lock);
	free(p->slots);
	free(p->threads);
	free(p);
}
