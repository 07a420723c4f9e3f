/*
 * Before a byte is uploaded: does the login work, is the bank there and the
 * right one, are the coupons in it?
 */
#include <stdlib.h>
#include <string.h>

#include "../base/buf.h"
#include "../base/clock.h"
#include "../config/set.h"
#include "account.h"
#include "journey.h"
#include "samples.h"
#include "say.h"
#include "steps.h"

#define BANKS_SHOWN	10

static int
bank_missing(struct journey *j, const struct pv_result *r, struct err *e)
{
	struct err ignored;
	struct buf seen;
	size_t i;

	err_clear(&ignored);
	buf_init(&seen, 1024);
	for (i = 0; i < r->nbanks && i < BANKS_SHOWN; i++)
		buf_addf(&seen, &ignored, "%s%s \"%s\"", i > 0 ? ", " : "",
		    r->banks[i].id, r->banks[i].name != NULL ?
		    r->banks[i].name : "");
	err_set(e, ERR_BANK, "there is no %s %s at provider %s; it lists %s",
	    j->acct->prov->target.noun, j->run.bank, j->run.provider,
	    seen.len > 0 ? seen.data : "none");
	buf_release(&seen);
	return -1;
}

static int
check_bank(struct journey *j, struct err *e)
{
	struct pv_ask ask = { .verb = PV_BANKS };
	struct account *a = journey_account(j, e);
	struct pv_result res;
	bool certain;
	const char *name;
	size_t i;
	int rc;

	if (a == NULL)
		return -1;
	if (account_ask(a, &ask, NULL, &res, &certain, e) == -1)
		return err_wrap(e, "list banks of provider %s",
		    j->run.provider);
	for (i = 0; i < res.nbanks; i++)
		if (strcmp(res.banks[i].id, j->run.bank) == 0)
			break;
	if (i == res.nbanks)
		rc = bank_missing(j, &res, e);
	else {
		name = res.banks[i].name != NULL ? res.banks[i].name : "";
		rc = set_bank_check(j->job, res.banks[i].id, name, e);
		if (rc == 0)
			rc = str_set(&j->run.bank_name, name, e);
		if (rc == 0)
			rc = ledger_run_note(j->c->ledger, &j->run, e);
	}
	pv_result_free(&res);
	return rc;
}

/*
 * Look up one part's codes as they are before the call: other ones than were
 * drawn, and more of them, where most could not change any more.
 */
static int
check_codes(struct journey *j, struct ledger_part *p, size_t *asked,
    size_t *known, struct err *e)
{
	struct ledger_sample *s;
	size_t n, i;
	int rc = 0;

	if (ledger_samples(j->c->ledger, j->run.id, p->no, &s, &n, e) == -1)
		return -1;
	/* After a call that may have arrived they are not as before it. */
	if (n > 0 && !s[0].asked_before && p->intent_ms == 0) {
		rc = lookup(j, s, n, false, e);
		if (rc == 0 && (int64_t)n ==
		    sample_want(&j->job->verify, p->rows))
			rc = sample_widen(j, p, &s, &n, e);
	}
	for (i = 0; rc == 0 && i < n; i++) {
		*asked += s[i].asked_before;
		*known += s[i].asked_before && s[i].known_before;
	}
	if (rc == 0 && n > 0)
		rc = ledger_samples_add(j->c->ledger, j->run.id, p->no, s, n,
		    e);
	free(s);
	return rc;
}

static int
check_samples(struct journey *j, struct err *e)
{
	size_t i, asked = 0, known = 0;

	for (i = 0; i < j->nparts; i++)
		if ((j->parts[i].state == PART_PREPARED ||
		    j->parts[i].state == PART_STAGED) &&
		    check_codes(j, &j->parts[i], &asked, &known, e) == -1)
			return -1;
	if (asked == 0)
		return 0;
	say(j, "look up", "bank %s \"%s\": %zu of %zu looked-up codes known",
	    j->run.bank, j->run.bank_name, known, asked);
	/*
	 * Of a run of which something was sent, all parts were looked up before
	 * that: what is left of it says nothing about the bank.
	 */
	if (known == 0 && !parts_announced(j))
		return err_set(e, ERR_BANK, "none of %zu looked-up codes is "
		    "in bank %s \"%s\"; is it the right bank?", asked,
		    j->run.bank, j->run.bank_name);
	if (known < asked)
		log_say(j->c->log, LOG_WARN, "some codes are not in the bank",
		    LFI("asked", (int64_t)asked),
		    LFI("unknown", (int64_t)(asked - known)));
	return 0;
}

int
step_preflight(struct journey *j, struct err *e)
{
	int64_t t = clock_mono(j->c->clock);

	if (parts_in(j, PART_PREPARED) + parts_in(j, PART_STAGED) == 0)
		return 0;
	if (journey_can(j, PV_BANKS) && check_bank(j, e) == -1)
		return -1;
	if (j->job->verify.kind != VERIFY_OFF && journey_can(j, PV_LOOKUP) &&
	    check_samples(j, e) == -1)
		return -1;
	spent(j, "preflight", t);
	return 0;
}
