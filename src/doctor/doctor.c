/*
 * The doctor: what can be known about a job's platform and file server before
 * a night depends on it.
 *
 * Nothing of a real drop is touched: the file server gets small files under
 * names of their own, which are removed again, over one connection.  What was
 * learnt is kept, so that the next visit can say what has changed.
 */
#include "doctor_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/list.h"
#include "../base/log.h"
#include "../base/str.h"
#include "../config/ready.h"
#include "../config/set.h"
#include "../ledger/ledger.h"
#include "../net/net.h"
#include "../pipeline/account.h"
#include "../pipeline/ctx.h"

static int
bank_found(struct doctor *d, const struct pv_result *r,
    const struct provider *p, struct err *e)
{
	struct doctor_report *o = d->out;
	size_t i;

	if (d->job->bank == NULL)
		return 0;
	for (i = 0; i < r->nbanks; i++)
		if (strcmp(r->banks[i].id, d->job->bank) == 0)
			break;
	if (i == r->nbanks)
		return err_set(e, ERR_BANK, "there is no %s %s at provider %s",
		    p->target.noun, d->job->bank, d->job->provider);
	o->bank_id = str_dup(r->banks[i].id, e);
	o->bank_name = str_dup(r->banks[i].name != NULL ? r->banks[i].name :
	    "", e);
	if (o->bank_id == NULL || o->bank_name == NULL)
		return -1;
	return set_bank_check(d->job, o->bank_id, o->bank_name, e);
}

static int
ask_platform(struct doctor *d, struct err *e)
{
	struct pv_ask ask = { .verb = PV_BANKS };
	struct account *a = account_open(d->c, d->job->provider,
	    NULL, e);
	struct pv_result res;
	int64_t began = clock_mono(d->c->clock);
	bool certain;
	int rc;

	if (a == NULL)
		return -1;
	/* Nothing can be asked of it before there is a task. */
	if (!provider_can(a->prov, PV_BANKS)) {
		account_close(a);
		return 0;
	}
	a->retry.most = 1;
	a->retry.first_ms = d->job->retry_first_ms;
	rc = account_ask(a, &ask, NULL, &res, &certain, e);
	if (rc == 0) {
		d->out->login_ms = clock_mono(d->c->clock) - began;
		rc = bank_found(d, &res, a->prov, e);
		pv_result_free(&res);
	}
	account_close(a);
	return rc;
}

/*
 * Who cannot reach the pull side from here may still be right: the platform
 * fetches from elsewhere, where there is no more TLS than here.
 */
static void
see_endpoint(struct doctor *d)
{
	struct doctor_report *o = d->out;
	struct side up = { 0 };
	struct err why;

	o->upload.tried = true;
	o->pull.tried = o->pull.err.code != ERR_NONE;
	if (o->upload.err.code == ERR_NONE)
		doctor_upload(d, &up, &o->upload.err);
	if (d->whole || o->upload.untried != NULL) {
		o->pull.tried = true;
		err_clear(&why);
		if (doctor_pull(d, &why) == -1 &&
		    o->pull.err.code == ERR_NONE)
			o->pull.err = why;
	}
	doctor_remove(d, &up);
	side_close(&up);
	doctor_prove(d);
	err_worse(&o->worst, &o->upload.err);
	if (!only_unreachable(&o->pull.err))
		err_worse(&o->worst, &o->pull.err);
}

static int
visit_endpoint(struct doctor *d, struct err *e)
{
	struct err why;
	int rc;

	err_clear(&why);
	if (doctor_recall(d, &why) == -1)
		log_say(d->c->log, LOG_WARN, "what the doctor found earlier "
		    "is not used", LFS("because", why.msg));
	see_endpoint(d);
	if (d->out->pin != NULL && !d->out->pin_shown) {
		err_set(&why, ERR_HOSTKEY, "no server of endpoint %s shows "
		    "the key %s of --pin; nothing was stored", d->end->name,
		    d->out->pin);
		err_worse(&d->out->worst, &why);
	}
	rc = doctor_compare(d, e);
	err_clear(&why);
	if (rc == 0 && doctor_keep(d, &why) == -1)
		log_say(d->c->log, LOG_WARN, "what the doctor found was "
		    "not kept", LFS("because", why.msg));
	json_decref(d->before);
	json_decref(d->keys);
	return rc;
}

static int
waiting_add(void *arg, const char *id, struct err *e)
{
	struct doctor_report *r = arg;

	if (list_grow(&r->waiting, r->nwaiting, &r->waiting_cap,
	    sizeof(*r->waiting), e) == -1)
		return -1;
	snprintf(r->waiting[r->nwaiting++], sizeof(*r->waiting), "%s", id);
	return 0;
}

static void
side_blank(struct doctor_side *s)
{
	const struct doctor_field *f;
	const int64_t unset = DOCTOR_UNSET;

	memset(s, 0, sizeof(*s));
	err_clear(&s->err);
	for (f = doctor_fields; f->key != NULL; f++)
		if (f->kind == DOCTOR_NUMBER || f->kind == DOCTOR_YESNO)
			memcpy((char *)s + f->at, &unset, sizeof(unset));
}

static void
side_release(struct doctor_side *s)
{
	size_t i;

	for (i = 0; i < s->nset; i++)
		free(s->set[i].text);
	for (i = 0; i < s->nadvice; i++)
		free(s->advice[i]);
	free(s->pinned);
}

/* What a run would refuse belongs to the part of the visit that it is about. */
static int
refused(void *arg, enum section section, const char *name,
    const struct err *why, struct err *e)
{
	struct doctor_report *o = arg;
	struct err *to = &o->settings;

	(void)name;
	(void)e;
	if (section == SECT_PROVIDER)
		to = &o->platform;
	else if (section == SECT_ENDPOINT)
		to = strncmp(why->key, "pull", 4) == 0 ? &o->pull.err :
		    &o->upload.err;
	if (to->code == ERR_NONE)
		*to = *why;
	return 0;
}

int
doctor_visit(struct ctx *c, const struct set_job *job, const char *pin,
    struct doctor_report *out, struct err *e)
{
	const struct ledger_filter f = { .job = job->name,
	    .unfinished = true };
	const struct ready_told told = { refused, out };
	struct doctor d = { .c = c, .job = job, .out = out };

	memset(out, 0, sizeof(*out));
	out->job = job->name;
	out->provider = job->provider;
	out->pin = pin;
	out->login_ms = DOCTOR_UNSET;
	side_blank(&out->upload);
	side_blank(&out->pull);
	err_clear(&out->worst);
	err_clear(&out->settings);
	err_clear(&out->platform);
	err_clear(&d.trouble);
	clock_iso(clock_wall(c->clock), out->at);
	if (ready_job(c->set, job, c->clock, &told, e) == -1)
		return -1;
	err_worse(&out->worst, &out->settings);
	if (job->provider != NULL && out->platform.code == ERR_NONE)
		ask_platform(&d, &out->platform);
	err_worse(&out->worst, &out->platform);
	if (job->endpoint != NULL)
		d.end = set_endpoint_find(c->set, job->endpoint);
	out->endpoint = job->endpoint;
	if (d.end != NULL && visit_endpoint(&d, e) == -1)
		return -1;
	return job->name == NULL ? 0 :
	    ledger_each_run(c->ledger, &f, waiting_add, out, e);
}

void
doctor_report_release(struct doctor_report *r)
{
	size_t i;

	free(r->bank_id);
	free(r->bank_name);
	side_release(&r->upload);
	side_release(&r->pull);
	for (i = 0; i < r->ndrift; i++) {
		json_decref(r->drift[i].was);
		json_decref(r->drift[i].is);
	}
	free(r->drift);
	free(r->waiting);
	memset(r, 0, sizeof(*r));
}
