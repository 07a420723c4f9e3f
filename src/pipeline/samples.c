/* Looking codes up at the platform, before and after. */
#include "pipeline_internal.h"

#include <stdlib.h>
#include <string.h>

void
sample_fill(const struct coupon *c, struct ledger_sample *s)
{
	size_t n = c->len < sizeof(s->code) ? c->len : sizeof(s->code) - 1;

	memset(s, 0, sizeof(*s));
	memcpy(s->code, c->code, n);
	s->want_redeemed = c->redeemed;
	s->want_date = c->date;
	s->redeemed_before = s->redeemed_after = -1;
}

static bool
carries(const struct ledger_sample *s, bool known, int redeemed,
    const struct date *date)
{
	if (!known)
		return false;
	if (s->want_redeemed >= 0 && redeemed != s->want_redeemed)
		return false;
	return date_is_none(&s->want_date) ||
	    date_cmp(&s->want_date, date) == 0;
}

bool
sample_applied(const struct ledger_sample *s)
{
	return s->asked_after && carries(s, s->known_after,
	    s->redeemed_after, &s->date_after);
}

bool
sample_already(const struct ledger_sample *s)
{
	return s->asked_before && carries(s, s->known_before,
	    s->redeemed_before, &s->date_before);
}

static void
sample_note(struct ledger_sample *s, const struct pv_coupon *c, bool after)
{
	if (after) {
		s->asked_after = true;
		s->known_after = c->found;
		s->redeemed_after = c->redeemed;
		s->date_after = c->date;
	} else {
		s->asked_before = true;
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
	struct pv_state st;
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
	if (account_ask(a, &ask, &st, &res, &certain, e) != 0) {
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
	for (i = 0; i < n; i += k) {
		k = n - i < a->prov->lookup_max ? n - i : a->prov->lookup_max;
		if (lookup_some(j, s + i, k, after, e) != 0)
			return -1;
	}
	return 0;
}
