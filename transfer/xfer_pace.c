/*
 * Transfers that may pass only so fast (limit_rate).  The source or the sink
 * is slowed, not the connection: the naps are short, so that a stop is noticed
 * and no server takes a pause for the end.
 */
#include "xfer_internal.h"

#include "../src/base/clock.h"
#include "../src/base/stop.h"

#define PACE_NAP_MS	200	/* a stop is noticed after that */
#define PACE_PIECES	8	/* reads a second at most */

/* Bytes that may pass only so fast. */
struct paced {
	const struct clock	*clock;
	const struct xfer_source *src;
	const struct xfer_sink	*sink;
	int64_t			 rate;	/* bytes a second */
	int64_t			 began;	/* monotonic ms */
	uint64_t		 moved;	/* bytes */
};

static int
pace(struct paced *p, size_t n, struct err *e)
{
	int64_t ahead;

	p->moved += n;
	for (;;) {
		ahead = (int64_t)(p->moved * 1000 / (uint64_t)p->rate) -
		    (clock_mono(p->clock) - p->began);
		if (ahead <= 0)
			return 0;
		if (stop_check(e) == -1)
			return -1;
		clock_sleep(p->clock, ahead < PACE_NAP_MS ? ahead :
		    PACE_NAP_MS);
	}
}

static ssize_t
paced_pread(void *arg, void *out, size_t n, uint64_t off, struct err *e)
{
	struct paced *p = arg;
	uint64_t most = (uint64_t)p->rate / PACE_PIECES + 1;
	ssize_t got;

	got = p->src->pread(p->src->arg, out, n < most ? n : (size_t)most,
	    off, e);
	if (got > 0 && pace(p, (size_t)got, e) == -1)
		return -1;
	return got;
}

static int
paced_write(void *arg, const void *bytes, size_t n, struct err *e)
{
	struct paced *p = arg;

	if (p->sink->write(p->sink->arg, bytes, n, e) == -1)
		return -1;
	return pace(p, n, e);
}

static void
pace_begin(const struct xfer *x, struct paced *p)
{
	memset(p, 0, sizeof(*p));
	p->clock = x->clock;
	p->rate = x->target.limit_rate;
	p->began = clock_mono(p->clock);
}

int
xfer_put_paced(struct xfer *x, enum xfer_put_way way, const char *name,
    const struct xfer_source *src, uint64_t off, struct err *e)
{
	const struct xfer_ops *ops = x->scheme->ops;
	struct paced p;
	struct xfer_source slow = { paced_pread, &p, src->size };

	if (x->target.limit_rate > 0) {
		pace_begin(x, &p);
		p.src = src;
		src = &slow;
	}
	if (way == XFER_PUT_FROM)
		return ops->put_from(x, name, src, off, e);
	if (way == XFER_PUT_NEW && ops->put_new != NULL)
		return ops->put_new(x, name, src, e);
	return ops->put(x, name, src, e);
}

int
xfer_get_paced(struct xfer *x, const char *name, const struct xfer_sink *sink,
    struct err *e)
{
	struct paced p;
	struct xfer_sink slow = { paced_write, &p, sink->max };

	if (x->target.limit_rate > 0) {
		pace_begin(x, &p);
		p.sink = sink;
		sink = &slow;
	}
	return x->scheme->ops->get(x, name, sink, e);
}
