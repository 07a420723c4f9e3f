/* Looking codes up at the platform, before and after. */
#include "samples.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../config/settings.h"
#include "account.h"
#include "artifact.h"
#include "evidence.h"
#include "journey.h"
#include "say.h"

#define SAMPLE_ALL	1000	/* rows of a batch that are all looked up */
#define SAMPLE_ROWS	300	/* of a larger one; bounds the rest to 1 % */
#define SAMPLE_WIDER	10	/* times as many where most are so already */

void
sample_fill(const struct coupon *c, struct ledger_sample *s)
{
	size_t n = c->len < sizeof(s->code) ? c->len : sizeof(s->code) - 1;

	memset(s, 0, sizeof(*s));
	memcpy(s->code, c->code, n);
	s->want_redeemed = c->redeemed;
	s->want_date = c->date;
	s->redeemed_before = s->redeemed_after = s->answer = -1;
}

int64_t
sample_want(const struct set_verify *v, int64_t rows)
{
	int64_t want = v->rows;

	if (v->kind == VERIFY_ALL)
		want = rows <= VERIFY_ALL_MAX ? rows : SAMPLE_ROWS;
	else if (v->percent > 0)
		want = rows / 100 * v->percent + rows % 100 * v->percent / 100;
	else if (want == 0)
		want = rows <= SAMPLE_ALL ? rows : SAMPLE_ROWS;
	if (want > VERIFY_ALL_MAX)
		want = VERIFY_ALL_MAX;
	if (want < 3)		/* the first, the last, one at random */
		want = 3;
	return want < rows ? want : rows;
}

int64_t
sample_wider(int64_t rows, int64_t drawn, int64_t already)
{
	int64_t open = drawn - already, want = drawn * SAMPLE_WIDER;

	if (already <= open)
		return drawn;
	if (open > 0 && drawn * drawn / open < want)
		want = drawn * drawn / open;
	if (want > VERIFY_ALL_MAX)
		want = VERIFY_ALL_MAX;
	return want < rows ? want : rows;
}

uint64_t
sample_seed(const char *run, int part)
{
	uint64_t seed = (uint64_t)part;

	for (; *run != '\0'; run++)
		seed = seed * 37 + (unsigned char)*run;
	return seed;
}

/* A step of SplitMix64 (Steele, Lea, Flood: Fast splittable generators). */
static uint64_t
sample_random(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* The row drawn as number p->picked. */
static void
sample_next(struct sample_plan *p)
{
	uint64_t strata, inner, from, to;

	if (p->picked == 0) {
		p->next = 0;
	} else if (p->picked + 1 >= p->want) {
		p->next = p->rows - 1;
	} else {
		strata = p->want - 2;
		inner = p->rows - 2;
		from = (p->picked - 1) * inner / strata;
		to = p->picked * inner / strata;
		p->next = 1 + from + sample_random(&p->seed) % (to - from);
	}
}

void
sample_plan_init(struct sample_plan *p, uint64_t rows, uint64_t want,
    uint64_t seed)
{
	*p = (struct sample_plan){ .rows = rows, .want = want, .seed = seed };
	sample_next(p);
}

bool
sample_pick(struct sample_plan *p, uint64_t row)
{
	if (p->picked == p->want || row != p->next)
		return false;
	p->picked++;
	sample_next(p);
	return true;
}

bool
sample_applied(const struct ledger_sample *s)
{
	return evidence_carries(s, true) == CARRIES_YES;
}

bool
sample_already(const struct ledger_sample *s)
{
	return evidence_carries(s, false) == CARRIES_YES;
}

static void
sample_note(struct ledger_sample *s, const struct pv_coupon *c, bool after)
{
	if (after) {
		s->asked_after = !c->unread;
		s->known_after = c->found;
		s->redeemed_after = c->redeemed;
		s->date_after = c->date;
	} else {
		s->asked_before = !c->unread;
		s->known_before = c->found;
		s->redeemed_before = c->redeemed;
		s->date_before = c->date;
	}
}

/* One call's worth of codes. */
static int
lookup_some(struct journey *j, struct ledger_sample *s, size_t n, bool after,
    struct err *e)
{
	struct pv_ask ask = { .verb = PV_LOOKUP, .bank = j->run.bank };
	struct account *a = journey_account(j, e);
	struct pv_result res;
	struct pv_row *rows;
	bool certain;
	size_t i;

	if (a == NULL)
		return -1;
	rows = calloc(n, sizeof(*rows));
	if (rows == NULL)
		return err_nomem(e);
	for (i = 0; i < n; i++) {
		rows[i].code = s[i].code;
		rows[i].len = strlen(s[i].code);
		rows[i].redeemed = -1;
	}
	ask.rows = rows;
	ask.nrows = n;
	if (account_ask(a, &ask, NULL, &res, &certain, e) == -1) {
		free(rows);
		return err_wrap(e, "look up codes");
	}
	for (i = 0; i < res.ncoupons; i++)
		if (res.coupons[i].row < n)
			sample_note(&s[res.coupons[i].row], &res.coupons[i],
			    after);
	pv_result_free(&res);
	free(rows);
	return 0;
}

int
lookup(struct journey *j, struct ledger_sample *s, size_t n, bool after,
    struct err *e)
{
	struct account *a = journey_account(j, e);
	size_t i, k;

	if (a == NULL)
		return -1;
	if (!journey_can(j, PV_LOOKUP))
		return 0;
	for (i = 0; i < n; i += k) {
		k = n - i < a->prov->lookup_max ? n - i : a->prov->lookup_max;
		if (lookup_some(j, s + i, k, after, e) == -1)
			return -1;
	}
	return 0;
}

/* Rows of a package, drawn. */
struct drawing {
	struct sample_plan	 plan;
	struct ledger_sample	*s;
	size_t			 n;
	uint64_t		 row;
};

static int
drawing_row(void *arg, const struct coupon *c, struct err *e)
{
	struct drawing *d = arg;

	(void)e;
	if (sample_pick(&d->plan, d->row++))
		sample_fill(c, &d->s[d->n++]);
	return 0;
}

/*
 * All are drawn anew, by a seed of their own: what the first ones showed may
 * decide how many there are, not which.
 */
int
sample_widen(struct journey *j, const struct ledger_part *p,
    struct ledger_sample **s, size_t *n, struct err *e)
{
	struct drawing d = { .row = 0 };
	int64_t want, drawn = (int64_t)*n, already = 0;
	size_t i;

	for (i = 0; i < *n; i++)
		already += sample_already(&(*s)[i]);
	want = sample_wider(p->rows, drawn, already);
	if (want == drawn || access(p->local, F_OK) == -1)
		return 0;
	say(j, "look up", "batch %d: %lld of %lld looked-up codes are so "
	    "already; drawing %lld", p->no, (long long)already,
	    (long long)drawn, (long long)want);
	sample_plan_init(&d.plan, (uint64_t)p->rows, (uint64_t)want,
	    ~sample_seed(j->run.id, p->no));
	d.s = calloc((size_t)want, sizeof(*d.s));
	if (d.s == NULL)
		return err_nomem(e);
	if (artifact_each(p, drawing_row, &d, e) == -1 ||
	    lookup(j, d.s, d.n, false, e) == -1) {
		free(d.s);
		return -1;
	}
	free(*s);
	*s = d.s;
	*n = d.n;
	return 0;
}
