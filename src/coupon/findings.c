/*
 * The findings that are kept: the first ones in file order, however they come
 * in.  Duplicates are known late, so a heap with the last one on top lets an
 * earlier place push it out.
 */
#include "findings_internal.h"

#include "../base/err.h"
#include "../base/list.h"

void
findings_init(struct findings *f, size_t max)
{
	memset(f, 0, sizeof(*f));
	f->max = max;
}

static void
finding_release(struct finding *x)
{
	free(x->value);
	free(x->message);
	free(x->fix);
	free(x->first_file);
}

void
findings_free(struct finding *v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		finding_release(&v[i]);
	free(v);
}

void
findings_release(struct findings *f)
{
	findings_free(f->v, f->n);
	findings_init(f, 0);
}

static bool
before(uint64_t byte_a, enum rule a, uint64_t byte_b, enum rule b)
{
	return byte_a != byte_b ? byte_a < byte_b : a < b;
}

static bool
finding_before(const struct finding *a, const struct finding *b)
{
	return before(a->place.byte, a->rule, b->place.byte, b->rule);
}

bool
findings_wants(const struct findings *f, uint64_t byte, enum rule rule)
{
	if (f->n < f->max)
		return true;
	return f->max > 0 &&
	    before(byte, rule, f->v[0].place.byte, f->v[0].rule);
}

static void
sift_up(struct finding *v, size_t i)
{
	struct finding x = v[i];
	size_t up;

	for (; i > 0; i = up) {
		up = (i - 1) / 2;
		if (!finding_before(&v[up], &x))
			break;
		v[i] = v[up];
	}
	v[i] = x;
}

static void
sift_down(struct finding *v, size_t n)
{
	struct finding x = v[0];
	size_t down, i = 0;

	while ((down = 2 * i + 1) < n) {
		if (down + 1 < n && finding_before(&v[down], &v[down + 1]))
			down++;
		if (!finding_before(&x, &v[down]))
			break;
		v[i] = v[down];
		i = down;
	}
	v[i] = x;
}

int
findings_add(struct findings *f, struct finding *x, struct err *e)
{
	if (!findings_wants(f, x->place.byte, x->rule)) {
		finding_release(x);
		return 0;
	}
	if (f->n == f->max) {
		finding_release(&f->v[0]);
		f->v[0] = *x;
		sift_down(f->v, f->n);
		return 0;
	}
	if (list_grow(&f->v, f->n, &f->cap, sizeof(*f->v), e) == -1) {
		finding_release(x);
		return -1;
	}
	f->v[f->n] = *x;
	sift_up(f->v, f->n++);
	return 0;
}

static int
finding_order(const void *va, const void *vb)
{
	const struct finding *a = va, *b = vb;

	return finding_before(a, b) ? -1 : finding_before(b, a);
}

struct finding *
findings_take(struct findings *f, size_t *n)
{
	struct finding *v = f->v;

	*n = f->n;
	if (f->n > 1)
		qsort(v, f->n, sizeof(*v), finding_order);
	f->v = NULL;
	f->n = f->cap = 0;
	return v;
}
