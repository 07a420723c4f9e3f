/* Settings: looked up by name, and whether an address may be used. */
#include "set.h"

#include <arpa/inet.h>
#include <string.h>

#include "../../transfer/url.h"
#include "../provider/setting.h"

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
