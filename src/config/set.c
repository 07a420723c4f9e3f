/* Settings: looked up by name, and whether an address may be used. */
#include "set.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../../transfer/url.h"
#include "../provider/provider.h"

const struct set_provider *
set_provider_find(const struct settings *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->nproviders; i++)
		if (strcmp(s->providers[i].name, name) == 0)
			return &s->providers[i];
	return NULL;
}

const struct set_extra *
set_extra_find(const struct set_provider *p, const char *key)
{
	size_t i;

	for (i = 0; i < p->nextra; i++)
		if (strcmp(p->extra[i].row->key, key) == 0)
			return &p->extra[i];
	return NULL;
}

const struct set_endpoint *
set_endpoint_find(const struct settings *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->nendpoints; i++)
		if (strcmp(s->endpoints[i].name, name) == 0)
			return &s->endpoints[i];
	return NULL;
}

void
set_pull_target(const struct set_endpoint *n, struct xfer_target *t)
{
	*t = n->upload;
	t->url = n->pull.url;
	t->user = n->pull.user;
	if (n->pull.host_keys != NULL)
		t->host_keys = n->pull.host_keys;
	if (n->pull.tls.ca_file != NULL)
		t->tls.ca_file = n->pull.tls.ca_file;
	t->identity_file = NULL;
	t->tls.pins = NULL;
	t->tls.cert = t->tls.key = NULL;
}

const struct set_job *
set_job_find(const struct settings *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->njobs; i++)
		if (strcmp(s->jobs[i].name, name) == 0)
			return &s->jobs[i];
	return NULL;
}

/* "localhost", 127.0.0.0/8, ::1; no name server is asked. */
static bool
is_loopback(const char *host)
{
	struct in6_addr six;
	struct in_addr four;

	if (strcasecmp(host, "localhost") == 0)
		return true;
	if (inet_pton(AF_INET, host, &four) == 1)
		return ntohl(four.s_addr) >> 24 == 127;
	return inet_pton(AF_INET6, host, &six) == 1 &&
	    IN6_IS_ADDR_LOOPBACK(&six);
}

int
set_type_check(const struct set_provider *p, struct err *e)
{
	const struct provider *known;
	char names[200] = "";
	size_t i, n = 0;

	if (provider_find(p->type) != NULL)
		return 0;
	for (i = 0; (known = provider_at(i)) != NULL && n < sizeof(names); i++)
		n += (size_t)snprintf(names + n, sizeof(names) - n, "%s%s",
		    i > 0 ? ", " : "", known->type);
	return err_set(e, ERR_CONFIG, "type: \"%s\" is no platform that is "
	    "known here; there is: %s", p->type, names);
}

int
set_address_check(const struct set_provider *p, struct err *e)
{
	struct xfer_url u;
	int rc;

	rc = xfer_url_parse(p->url, &u, e);
	if (rc == 0 && strcmp(u.scheme, "http") != 0 &&
	    strcmp(u.scheme, "https") != 0)
		rc = err_set(e, ERR_CONFIG, "url of a platform begins with "
		    "https://");
	else if (rc == 0 && strcmp(u.scheme, "http") == 0 &&
	    !p->allow_http && !is_loopback(u.host))
		rc = err_set(e, ERR_CONFIG, "url begins with http://, which "
		    "shows key and codes to anyone on the way; write "
		    "https://, or set allow_http: yes if the way is safe");
	xfer_url_release(&u);
	return rc;
}

/* The platform takes coupons this way, and may have this target. */
static int
platform_check(const struct set_provider *set, const struct set_job *job,
    struct err *e)
{
	const struct provider *p = provider_find(set->type);

	if (p == NULL)
		return 0;	/* told where it is called */
	if (!provider_can(p, job->endpoint != NULL ? PV_SUBMIT_FILE :
	    PV_SUBMIT_ROWS)) {
		err_set(e, ERR_CONFIG, "provider %s: %s cannot %s%s",
		    set->name, p->title, job->endpoint != NULL ? "fetch a "
		    "file of coupons" : "take coupons inside a call",
		    provider_can(p, PV_SUBMIT_ROWS) ? "; leave endpoint out" :
		    provider_can(p, PV_SUBMIT_FILE) ? "; set an endpoint" :
		    ", only tell of its tasks (coupondrop follow)");
		return err_key(e, "provider");
	}
	if (job->bank == NULL) {
		err_set(e, ERR_CONFIG, "no %s is given; set it in the job, or "
		    "use --bank N", p->target.noun);
		return err_key(e, "bank");
	}
	return p->target.check(job->bank, e) == 0 ? 0 : err_key(e, "bank");
}

int
set_ends_check(const struct settings *s, const struct set_job *job,
    struct err *e)
{
	const struct set_provider *set;

	if (job->provider == NULL) {
		err_set(e, ERR_CONFIG, "no provider is given; use a job that "
		    "names one, or --provider NAME");
		return err_key(e, "provider");
	}
	set = set_provider_find(s, job->provider);
	if (set == NULL) {
		err_set(e, ERR_CONFIG, "there is no provider \"%s\" in the "
		    "configuration", job->provider);
		return err_key(e, "provider");
	}
	if (platform_check(set, job, e) == -1)
		return -1;
	if (job->endpoint == NULL ||
	    set_endpoint_find(s, job->endpoint) != NULL)
		return 0;
	err_set(e, ERR_CONFIG, "there is no endpoint \"%s\" in the "
	    "configuration", job->endpoint);
	return err_key(e, "endpoint");
}

int
set_after_check(const char *dir, const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/');
	struct stat to, from;
	char *folder;
	int rc = 0;

	folder = slash == NULL ? str_dup(".", e) :
	    strndup(path, (size_t)(slash - path) + 1);
	if (folder == NULL)
		return err_nomem(e);
	if (stat(dir, &to) == 0 && stat(folder, &from) == 0 &&
	    from.st_dev == to.st_dev && from.st_ino == to.st_ino)
		rc = err_set(e, ERR_CONFIG, "after_done: %s is the folder "
		    "that the file is taken from; name another one", dir);
	free(folder);
	return rc;
}

int
set_bank_check(const struct set_job *job, const char *id, const char *name,
    struct err *e)
{
	if (job->bank_name == NULL || strcmp(job->bank_name, name) == 0)
		return 0;
	return err_set(e, ERR_BANK, "bank %s is called \"%s\", the "
	    "configuration expects \"%s\" (bank_name)", id, name,
	    job->bank_name);
}
