/* Whether settings would do for a run. */
#include "ready.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/own.h"
#include "../provider/provider.h"
#include "../schedule/schedule.h"
#include "../../transfer/files.h"
#include "../../transfer/stage.h"
#include "config_internal.h"
#include "set.h"
#include "staged.h"

/* A provider that was looked at; a job of it needs what was read. */
struct account_found {
	bool			 looked, good;
	const struct provider	*known;
	struct pv_account	 account;
	struct secret		*secrets[PV_SETTINGS_MAX], *proxy;
};

/* An endpoint that was looked at. */
struct side_found {
	bool		 looked, good;
	struct secret	*password, *passphrase, *bearer, *headers, *proxy,
			*pull;
};

struct look {
	const struct settings	*s;
	const struct clock	*clock;
	const struct ready_told	*told;
	struct err		*e;
	struct account_found	*accounts;	/* as s->providers */
	struct side_found	*sides;		/* as s->endpoints */
	bool			 run;	/* a job has to name where it goes */
	/* the member that is looked at */
	enum section		 section;
	const char		*name;
	bool			 good;
};

/*
 * Out of memory or a signal ends the look; anything else is one more refusal,
 * to be blamed on this key (NULL: the member) unless the error names one.
 */
static int
refuse(struct look *l, const char *key, const struct err *why)
{
	struct err told = *why;

	l->good = false;
	if (why->code == ERR_NOMEM || why->code == ERR_STOPPED) {
		*l->e = *why;
		return -1;
	}
	if (told.key == NULL)
		told.key = key;
	return l->told->refused(l->told->arg, l->section, l->name, &told,
	    l->e);
}

/* A secret that is given, or needed, into *out. */
static int
look_secret(struct look *l, const char *key, const struct secret_source *src,
    bool needed, struct secret **out)
{
	struct err why;

	if (!needed && !secret_given(src))
		return 0;
	err_clear(&why);
	*out = secret_read(src, key, &why);
	return *out != NULL ? 0 : refuse(l, key, &why);
}

/* Login and secret of a proxy are for one that is there. */
static int
look_proxy(struct look *l, const struct net_proxy *proxy,
    const struct secret_source *password)
{
	const char *key = proxy->user != NULL ? "proxy_user" :
	    "proxy_password";
	struct err why;

	if (proxy->url != NULL || (proxy->user == NULL &&
	    !secret_given(password)))
		return 0;
	err_clear(&why);
	err_set(&why, ERR_CONFIG, "proxy_user and proxy_password are for a "
	    "proxy, and there is none");
	return refuse(l, key, &why);
}

/* What only its type has; of an unknown type, what is given. */
static int
look_extra(struct look *l, const struct set_provider *p,
    struct account_found *a)
{
	static const struct secret_source none;
	const struct pv_setting *row;
	const struct set_extra *x;
	struct secret *unused;
	struct err why;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && a->known == NULL && i < p->nextra; i++) {
		x = &p->extra[i];
		unused = NULL;
		if (x->row->secret)
			rc = look_secret(l, x->row->key, &x->secret, false,
			    &unused);
		secret_free(unused);
	}
	row = a->known != NULL ? a->known->settings : NULL;
	for (i = 0; rc == 0 && row != NULL && row[i].key != NULL; i++) {
		x = set_extra_find(p, row[i].key);
		if (row[i].secret) {
			rc = look_secret(l, row[i].key, x != NULL ?
			    &x->secret : &none, row[i].needed,
			    &a->secrets[i]);
		} else if (row[i].needed && x == NULL) {
			err_clear(&why);
			err_set(&why, ERR_CONFIG, "a provider of type %s "
			    "needs %s", a->known->type, row[i].key);
			rc = refuse(l, row[i].key, &why);
		}
		a->account.values[i] = (struct pv_value){
		    .text = x != NULL ? x->text : NULL,
		    .secret = a->secrets[i] };
	}
	return rc;
}

static int
look_provider(struct look *l, const struct set_provider *p)
{
	struct account_found *a = &l->accounts[p - l->s->providers];
	struct net_proxy proxy = p->proxy;
	struct err why;

	if (a->looked)
		return 0;
	a->looked = l->good = true;
	a->known = provider_find(p->type);
	a->account.url = p->url;
	l->section = SECT_PROVIDER;
	l->name = p->name;
	err_clear(&why);
	if (set_type_check(p, &why) == -1 && refuse(l, "type", &why) == -1)
		return -1;
	err_clear(&why);
	if (set_address_check(p, &why) == -1 && refuse(l, "url", &why) == -1)
		return -1;
	err_clear(&why);
	if (proxy.url != NULL && xfer_proxy_check(proxy.url, &why) == -1 &&
	    refuse(l, "proxy", &why) == -1)
		return -1;
	if (look_proxy(l, &p->proxy, &p->proxy_password) == -1 ||
	    look_secret(l, "proxy_password", &p->proxy_password, false,
	    &a->proxy) == -1 ||
	    look_extra(l, p, a) == -1)
		return -1;
	proxy.password = a->proxy;
	err_clear(&why);
	if (net_check(&p->tls, &proxy, &why) == -1 &&
	    refuse(l, NULL, &why) == -1)
		return -1;
	a->good = l->good;
	return 0;
}

/* Fingerprints of a side, which its target is then looked at without. */
static int
look_pins(struct look *l, const char *key, const char *const *pins)
{
	struct err why;

	err_clear(&why);
	return xfer_pins_check(pins, &why) == 0 ? 0 : refuse(l, key, &why);
}

/*
 * The upload side as a run opens it; what depends on a secret that could not
 * be read is left out.
 */
static int
look_upload(struct look *l, const struct set_endpoint *n,
    const struct side_found *f)
{
	struct xfer_stage_opts stage = n->stage;
	struct xfer_target t = n->upload;
	struct err why;

	t.password = f->password;
	t.passphrase = t.tls.passphrase = f->passphrase;
	t.bearer = f->bearer;
	t.headers = f->headers;
	t.proxy.password = f->proxy;
	t.host_keys = NULL;
	if (secret_given(&n->passphrase) && f->passphrase == NULL)
		t.identity_file = NULL;
	err_clear(&why);
	/* Whose a key is counts also where the address needs none. */
	if (t.identity_file != NULL && own_look(t.identity_file, OWN_FILE,
	    ERR_SECRET, &why) == -1) {
		if (refuse(l, "identity_file", &why) == -1)
			return -1;
		t.identity_file = NULL;
	}
	err_clear(&why);
	if (xfer_target_check(&t, &why) == -1 &&
	    refuse(l, "upload", &why) == -1)
		return -1;
	stage.in_place = url_is_file(t.url);
	err_clear(&why);
	return xfer_stage_check(&stage, &why) == 0 ? 0 :
	    refuse(l, "upload", &why);
}

/* What is the upload's, too, was told of that side. */
static int
look_pull(struct look *l, const struct set_endpoint *n,
    const struct side_found *f)
{
	struct xfer_target t;
	struct err why;

	set_pull_target(n, &t);
	t.password = f->pull;
	t.proxy.url = NULL;
	t.host_keys = NULL;
	t.tls.ca_file = n->pull.tls.ca_file;
	t.tls.max = t.tls.min = NULL;
	t.ssh_config = NULL;
	err_clear(&why);
	if (xfer_target_check(&t, &why) == 0)
		return 0;
	if (why.key != NULL && strcmp(why.key, "ca_file") == 0)
		why.key = "pull_ca_file";
	return refuse(l, "pull", &why);
}

static int
look_endpoint(struct look *l, const struct set_endpoint *n)
{
	struct side_found *f = &l->sides[n - l->s->endpoints];

	if (f->looked)
		return 0;
	f->looked = l->good = true;
	l->section = SECT_ENDPOINT;
	l->name = n->name;
	if (look_proxy(l, &n->upload.proxy, &n->proxy_password) == -1 ||
	    look_pins(l, "host_key", n->upload.host_keys) == -1 ||
	    look_pins(l, "pull_host_key", n->pull.host_keys) == -1 ||
	    look_secret(l, "upload_password", &n->upload_password, false,
	    &f->password) == -1 ||
	    look_secret(l, "passphrase", &n->passphrase, false,
	    &f->passphrase) == -1 ||
	    look_secret(l, "bearer", &n->bearer, false, &f->bearer) == -1 ||
	    look_secret(l, "headers", &n->headers, false,
	    &f->headers) == -1 ||
	    look_secret(l, "proxy_password", &n->proxy_password, false,
	    &f->proxy) == -1 ||
	    look_upload(l, n, f) == -1 ||
	    look_secret(l, "pull_password", &n->pull_password, false,
	    &f->pull) == -1 ||
	    look_pull(l, n, f) == -1)
		return -1;
	f->good = l->good;
	return 0;
}

/* No run makes the folder: a wrong path would fill with files unseen. */
static int
after_check(const struct set_job *job, struct err *e)
{
	struct stat st;

	if (job->after_done != AFTER_MOVE)
		return 0;
	if (stat(job->after_dir, &st) == -1)
		return err_sys(e, ERR_CONFIG, errno, "after_done: move:%s",
		    job->after_dir);
	if (!S_ISDIR(st.st_mode))
		return err_set(e, ERR_CONFIG, "after_done: %s is not a folder",
		    job->after_dir);
	if (access(job->after_dir, W_OK | X_OK) == -1)
		return err_sys(e, ERR_CONFIG, errno, "after_done: move:%s",
		    job->after_dir);
	return job->source == NULL ? 0 :
	    set_after_check(job->after_dir, job->source, e);
}

/*
 * The very request that a run would send, as far as it can be made without a
 * file: whether the platform can fetch from there, and be told these settings.
 */
static int
look_request(struct look *l, const struct set_job *job,
    const struct set_provider *p, const struct set_endpoint *n)
{
	const struct account_found *a = &l->accounts[p - l->s->providers];
	struct pv_ask ask = { .verb = PV_SUBMIT_ROWS, .account = &a->account,
	    .bank = job->bank, .redeemed = 1,
	    .notification_email = job->notification_email };
	struct staged_pull pull = { .whole = "" };
	struct err why;
	char name[64];
	int rc = 0;

	err_clear(&why);
	if (n != NULL) {
		ask.verb = PV_SUBMIT_FILE;
		ask.pull = &pull.pull;
		snprintf(name, sizeof(name), "coupons.%s",
		    staged_suffix(job, n));
		rc = staged_pull_fill(n, l->sides[n - l->s->endpoints].pull,
		    name, job->packing, &pull, &why);
		if (rc == 0)
			rc = pv_pull_check(a->known, &pull.pull, &why);
		if (rc == -1) {
			l->section = SECT_ENDPOINT;
			l->name = n->name;
			rc = refuse(l, "pull", &why);
			goto done;
		}
	}
	if (pv_submit_check(a->known, &ask, &why) == -1)
		rc = refuse(l, NULL, &why);
done:
	staged_pull_release(&pull);
	return rc;
}

/* A job that names nothing is for validate, or gets all of it as flags. */
static bool
goes_nowhere(const struct set_job *job)
{
	return job->provider == NULL && job->bank == NULL &&
	    job->endpoint == NULL;
}

static int
look_job(struct look *l, const struct set_job *job)
{
	const struct set_provider *p = NULL;
	const struct set_endpoint *n = NULL;
	struct sched due;
	struct err why;

	l->good = true;
	l->section = SECT_JOB;
	l->name = job->name;
	err_clear(&why);
	if ((l->run || !goes_nowhere(job)) &&
	    set_ends_check(l->s, job, &why) == -1 &&
	    refuse(l, NULL, &why) == -1)
		return -1;
	if (l->good && !goes_nowhere(job)) {
		p = set_provider_find(l->s, job->provider);
		n = job->endpoint == NULL ? NULL :
		    set_endpoint_find(l->s, job->endpoint);
	}
	err_clear(&why);
	if (after_check(job, &why) == -1 &&
	    refuse(l, "after_done", &why) == -1)
		return -1;
	err_clear(&why);
	if (job->schedule != NULL && sched_parse(job->schedule, &due,
	    &why) == -1 && refuse(l, "schedule", &why) == -1)
		return -1;
	err_clear(&why);
	if (config_job_check(job, l->clock, true, &why) == -1 &&
	    refuse(l, NULL, &why) == -1)
		return -1;
	err_clear(&why);
	if (n != NULL && staged_signed_check(job, n, 1, &why) == -1 &&
	    refuse(l, NULL, &why) == -1)
		return -1;
	if (p == NULL || !l->accounts[p - l->s->providers].good ||
	    (n != NULL && !l->sides[n - l->s->endpoints].good))
		return 0;
	return look_request(l, job, p, n);
}

static int
look_begin(struct look *l)
{
	l->accounts = calloc(l->s->nproviders + 1, sizeof(*l->accounts));
	l->sides = calloc(l->s->nendpoints + 1, sizeof(*l->sides));
	return l->accounts == NULL || l->sides == NULL ? err_nomem(l->e) : 0;
}

static void
look_end(struct look *l)
{
	size_t i, k;

	for (i = 0; l->accounts != NULL && i < l->s->nproviders; i++) {
		for (k = 0; k < PV_SETTINGS_MAX; k++)
			secret_free(l->accounts[i].secrets[k]);
		secret_free(l->accounts[i].proxy);
	}
	for (i = 0; l->sides != NULL && i < l->s->nendpoints; i++) {
		secret_free(l->sides[i].password);
		secret_free(l->sides[i].passphrase);
		secret_free(l->sides[i].bearer);
		secret_free(l->sides[i].headers);
		secret_free(l->sides[i].proxy);
		secret_free(l->sides[i].pull);
	}
	free(l->accounts);
	free(l->sides);
}

int
ready_all(const struct settings *s, const struct clock *clock,
    const struct ready_told *told, struct err *e)
{
	struct look l = { .s = s, .clock = clock, .told = told, .e = e };
	int rc = look_begin(&l);
	size_t i;

	for (i = 0; rc == 0 && i < s->nproviders; i++)
		rc = look_provider(&l, &s->providers[i]);
	for (i = 0; rc == 0 && i < s->nendpoints; i++)
		rc = look_endpoint(&l, &s->endpoints[i]);
	for (i = 0; rc == 0 && i < s->njobs; i++)
		rc = look_job(&l, &s->jobs[i]);
	look_end(&l);
	return rc;
}

int
ready_job(const struct settings *s, const struct set_job *job,
    const struct clock *clock, const struct ready_told *told, struct err *e)
{
	const struct set_provider *p = job->provider == NULL ? NULL :
	    set_provider_find(s, job->provider);
	const struct set_endpoint *n = job->endpoint == NULL ? NULL :
	    set_endpoint_find(s, job->endpoint);
	struct look l = { .s = s, .clock = clock, .told = told,
	    .e = e, .run = true };
	int rc = look_begin(&l);

	if (rc == 0 && p != NULL)
		rc = look_provider(&l, p);
	if (rc == 0 && n != NULL)
		rc = look_endpoint(&l, n);
	if (rc == 0)
		rc = look_job(&l, job);
	look_end(&l);
	return rc;
}
