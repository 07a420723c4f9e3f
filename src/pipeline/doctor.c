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

#include "../format/jsonx.h"

static int
bank_found(struct doctor *d, const struct pv_result *r, json_t *o,
    struct err *e)
{
	size_t i;

	if (d->job->bank == NULL)
		return 0;
	for (i = 0; i < r->nbanks; i++)
		if (strcmp(r->banks[i].id, d->job->bank) == 0)
			break;
	if (i == r->nbanks)
		return err_set(e, ERR_BANK, "there is no bank %s at provider "
		    "%s", d->job->bank, d->job->provider);
	json_object_set_new(o, "bank", json_pack("{s:o, s:o}", "id",
	    jsonx_str(r->banks[i].id), "name", jsonx_str(r->banks[i].name)));
	if (d->job->bank_name != NULL && (r->banks[i].name == NULL ||
	    strcmp(d->job->bank_name, r->banks[i].name) != 0))
		return err_set(e, ERR_BANK, "bank %s is called \"%s\", the "
		    "configuration expects \"%s\" (bank_name)", d->job->bank,
		    r->banks[i].name != NULL ? r->banks[i].name : "",
		    d->job->bank_name);
	return 0;
}

static int
ask_platform(struct doctor *d, json_t *o, struct err *e)
{
	struct pv_ask ask = { .verb = PV_BANKS };
	struct account *a = account_open(d->c, d->job->provider, e);
	struct pv_result res;
	struct pv_state st;
	int64_t began = clock_mono_ms();
	bool certain;
	int rc;

	if (a == NULL)
		return -1;
	a->retries = 1;
	rc = account_ask(a, &ask, &st, &res, &certain, e);
	if (rc == 0) {
		json_object_set_new(o, "login_ms",
		    json_integer(clock_mono_ms() - began));
		rc = bank_found(d, &res, o, e);
		pv_result_free(&res);
	}
	account_close(a);
	return rc;
}

static json_t *
doctor_error(const struct err *e)
{
	if (e->code == ERR_NONE)
		return json_null();
	return json_pack("{s:s, s:i, s:o, s:s}", "word",
	    err_info(e->code)->word, "exit", err_exit(e), "message",
	    jsonx_str(e->msg), "advice", err_info(e->code)->advice);
}

static void
doctor_worst(struct doctor *d, const struct err *why)
{
	err_worse(&d->worst, why);
}

/* What went wrong on one side, and what it means for the exit code. */
static void
doctor_close(struct doctor *d, const char *side, json_t *o,
    const struct err *why, bool counts)
{
	json_object_set_new(o, "ok", json_boolean(why->code == ERR_NONE));
	json_object_set_new(o, "error", doctor_error(why));
	json_object_set_new(d->out, side, o);
	if (why->code != ERR_NONE && counts)
		doctor_worst(d, why);
}

static void
see_platform(struct doctor *d)
{
	json_t *o = json_object();
	struct err why;

	err_clear(&why);
	if (d->job->provider == NULL) {
		json_decref(o);
		json_object_set_new(d->out, "platform", json_null());
		return;
	}
	json_object_set_new(o, "provider", jsonx_str(d->job->provider));
	ask_platform(d, o, &why);
	doctor_close(d, "platform", o, &why, true);
}

static void
see_endpoint(struct doctor *d)
{
	struct side up = { 0 };
	struct err why, pull;
	json_t *o = doctor_blank(), *p = NULL;

	err_clear(&why);
	err_clear(&pull);
	doctor_upload(d, &up, o, &why);
	if (d->whole) {
		p = doctor_blank();
		doctor_pull(d, p, &pull);
	}
	doctor_remove(d, &up, o);
	side_close(&up);
	doctor_close(d, "upload", o, &why, true);
	if (p != NULL)
		/* Who cannot get there from here may still be right: the
		 * platform fetches from elsewhere, where there is no more
		 * TLS than here. */
		doctor_close(d, "pull", p, &pull,
		    !err_is(&pull, ERR_UNREACHED) || net_no_tls(&pull));
	else
		json_object_set_new(d->out, "pull", json_null());
}

/* A key that a person gave, and no server has. */
static void
check_pin(struct doctor *d)
{
	struct err why;

	json_object_set_new(d->out, "pin_shown", d->pin == NULL ?
	    json_null() : json_boolean(d->pin_shown));
	if (d->pin == NULL || d->pin_shown)
		return;
	err_clear(&why);
	err_set(&why, ERR_HOSTKEY, "no server of endpoint %s shows the key %s "
	    "of --pin; nothing was stored", d->end->name, d->pin);
	doctor_worst(d, &why);
}

static void
visit_endpoint(struct doctor *d)
{
	struct err why;

	err_clear(&why);
	json_object_set_new(d->out, "at", json_string(d->at));
	if (doctor_recall(d, &why) != 0)
		log_say(d->c->log, LOG_WARN, "what the doctor found earlier "
		    "is not used", LFS("because", why.msg));
	see_endpoint(d);
	check_pin(d);
	doctor_compare(d);
	err_clear(&why);
	if (doctor_keep(d, &why) != 0)
		log_say(d->c->log, LOG_WARN, "what the doctor found was "
		    "not kept", LFS("because", why.msg));
	json_decref(d->before);
	json_decref(d->keys);
}

static int
count_waiting(void *arg, const char *id, struct err *e)
{
	(void)e;
	json_array_append_new(arg, json_string(id));
	return 0;
}

json_t *
pipeline_doctor(struct ctx *c, const struct set_job *job, const char *pin,
    struct err *e)
{
	struct ledger_filter f = { .job = job->name, .unfinished = true };
	struct doctor d = { .c = c, .job = job, .pin = pin,
	    .out = json_object() };
	json_t *waiting = json_array();
	struct err ignored;

	err_clear(&d.worst);
	err_clear(&d.trouble);
	clock_iso(clock_wall_ms(), d.at);
	err_clear(&ignored);
	json_object_set_new(d.out, "job", jsonx_str(job->name));
	see_platform(&d);
	if (job->endpoint != NULL)
		d.end = set_endpoint_find(c->set, job->endpoint);
	json_object_set_new(d.out, "endpoint", jsonx_str(job->endpoint));
	if (d.end != NULL)
		visit_endpoint(&d);
	if (job->name != NULL)
		ledger_each_run(c->ledger, &f, count_waiting, waiting,
		    &ignored);
	json_object_set_new(d.out, "waiting", waiting);
	json_object_set_new(d.out, "exit", json_integer(err_exit(&d.worst)));
	*e = d.worst;
	return d.out;
}
