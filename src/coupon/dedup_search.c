/*
 * Fingerprints that come again, looked for by as many threads as there are
 * lanes: each takes the next partition, until there are enough for a round.
 */
#include <pthread.h>

#include "../base/err.h"
#include "../base/stop.h"
#include "dedup_internal.h"

#define ROWS_FEW	(1u << 18)	/* not worth a thread */

/* A search through the partitions, by several threads. */
struct search {
	struct dedup	*d;
	pthread_mutex_t	 lock;
	uint64_t	 found, most;	/* under the lock, as d->next_part */
	bool		 failed;
};

struct searcher {
	struct search	*search;
	struct sieve	*sieve;
	pthread_t	 thread;
	bool		 started, failed;
	struct err	 err;
};

void
dedup_lanes_free(struct dedup *d)
{
	unsigned i;

	for (i = 0; i < d->nlanes; i++) {
		prints_release(&d->prints[i]);
		sieve_release(&d->sieve[i]);
	}
	free(d->prints);
	d->prints = NULL;
	d->nlanes = 0;
}

int
dedup_lanes(struct dedup *d, unsigned n, struct err *e)
{
	struct prints *prints;
	unsigned i;

	if (n > LANES_MAX)
		n = LANES_MAX;
	if (n <= d->nlanes)
		return 0;
	prints = reallocarray(d->prints, n, sizeof(*prints));
	if (prints == NULL)
		return err_nomem(e);
	d->prints = prints;
	for (i = 0; i < d->nlanes; i++)
		prints_share(&d->prints[i], n);
	for (; i < n; i++)
		prints_init(&d->prints[i], d->memory / 2, n, &d->held,
		    d->tmp_dir);
	d->nlanes = n;
	return 0;
}

struct prints *
dedup_lane(struct dedup *d, unsigned i)
{
	return &d->prints[i];
}

void
dedup_count(struct dedup *d, uint64_t n)
{
	d->rows += n;
}

const unsigned char *
dedup_secret(const struct dedup *d)
{
	return d->secret;
}

/* Look through partitions until there are none, or enough is found. */
static int
search_parts(struct searcher *me)
{
	struct search *search = me->search;
	struct dedup *d = search->d;
	size_t before;
	unsigned i = 0;
	bool more;

	for (;;) {
		pthread_mutex_lock(&search->lock);
		more = !search->failed && d->next_part < PARTS &&
		    search->found <= search->most;
		if (more)
			i = d->next_part++;
		pthread_mutex_unlock(&search->lock);
		if (!more)
			return 0;
		before = me->sieve->nfound;
		me->failed = stop_check(&me->err) == -1 ||
		    sieve_part(me->sieve, d->prints, d->nlanes, i,
		    &me->err) == -1;
		pthread_mutex_lock(&search->lock);
		search->found += me->sieve->nfound - before;
		search->failed = search->failed || me->failed;
		pthread_mutex_unlock(&search->lock);
		if (me->failed)
			return -1;
	}
}

static void *
search_thread(void *arg)
{
	search_parts(arg);
	return NULL;
}

static int
searcher_take(struct dedup *d, struct searcher *s, struct err *e)
{
	size_t i;

	if (s->started)
		pthread_join(s->thread, NULL);
	if (s->failed) {
		*e = s->err;
		return -1;
	}
	for (i = 0; i < s->sieve->nfound; i++)
		if (dedup_nominate(d, s->sieve->found[i], e) == -1)
			return -1;
	sieve_release(s->sieve);
	return 0;
}

int
dedup_search(struct dedup *d, uint64_t most, struct err *e)
{
	struct search search = {
		.d = d, .found = d->nnominees, .most = most
	};
	struct searcher s[LANES_MAX];
	unsigned i, n;
	int rc = 0;

	n = d->rows < ROWS_FEW ? 1 : d->nlanes;
	memset(s, 0, sizeof(s));
	pthread_mutex_init(&search.lock, NULL);
	for (i = n; i-- > 0; ) {
		s[i].search = &search;
		s[i].sieve = &d->sieve[i];
		/* Without a thread the others do it all. */
		if (i > 0)
			s[i].started = pthread_create(&s[i].thread, NULL,
			    search_thread, &s[i]) == 0;
		else
			search_parts(&s[i]);
	}
	for (i = 0; i < n; i++)
		if (searcher_take(d, &s[i], e) == -1)
			rc = -1;
	pthread_mutex_destroy(&search.lock);
	return rc;
}
