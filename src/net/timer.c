/* A binary heap of timers, each of which knows its place. */
#include "timer.h"

struct net_timer {
	int64_t		 due;
	uint64_t	 nth;		/* set as the nth of all */
	void		(*f)(void *);
	void		*arg;
	size_t		 at;		/* index in the heap */
};

static int
before(const struct net_timer *a, const struct net_timer *b)
{
	return a->due != b->due ? a->due < b->due : a->nth < b->nth;
}

/* Put x where the hole at is, or above or below it, as the order wants. */
static void
place(struct net_timers *t, size_t at, struct net_timer *x)
{
	size_t up, child;

	while (at > 0 && before(x, t->heap[up = (at - 1) / 2])) {
		t->heap[at] = t->heap[up];
		t->heap[at]->at = at;
		at = up;
	}
	while ((child = 2 * at + 1) < t->n) {
		if (child + 1 < t->n &&
		    before(t->heap[child + 1], t->heap[child]))
			child++;
		if (!before(t->heap[child], x))
			break;
		t->heap[at] = t->heap[child];
		t->heap[at]->at = at;
		at = child;
	}
	t->heap[at] = x;
	x->at = at;
}

struct net_timer *
net_timer_set(struct net_timers *t, int64_t due, void (*f)(void *), void *arg,
    struct err *e)
{
	struct net_timer *x, **grown;
	size_t cap = t->cap > 0 ? 2 * t->cap : 16;

	if (t->n == t->cap) {
		grown = reallocarray(t->heap, cap, sizeof(*grown));
		if (grown == NULL) {
			err_nomem(e);
			return NULL;
		}
		t->heap = grown;
		t->cap = cap;
	}
	x = malloc(sizeof(*x));
	if (x == NULL) {
		err_nomem(e);
		return NULL;
	}
	*x = (struct net_timer){ .due = due, .nth = t->set++, .f = f,
	    .arg = arg };
	t->n++;
	place(t, t->n - 1, x);
	return x;
}

void
net_timer_cancel(struct net_timers *t, struct net_timer *x)
{
	struct net_timer *last;

	if (x == NULL)
		return;
	last = t->heap[--t->n];
	if (last != x)
		place(t, x->at, last);
	free(x);
}

int64_t
net_timer_next(const struct net_timers *t)
{
	return t->n > 0 ? t->heap[0]->due : INT64_MAX;
}

int
net_timer_fire(struct net_timers *t, int64_t now)
{
	struct net_timer first;

	if (net_timer_next(t) > now || t->n == 0)
		return 0;
	first = *t->heap[0];
	net_timer_cancel(t, t->heap[0]);
	first.f(first.arg);
	return 1;
}

void
net_timer_free_all(struct net_timers *t)
{
	while (t->n > 0)
		free(t->heap[--t->n]);
	free(t->heap);
	*t = (struct net_timers){ .heap = NULL };
}
