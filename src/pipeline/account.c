/* A provider's account: secrets in memory, and one client loop. */
#include "account.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../config/set.h"
#include "../net/http.h"
#include "ask.h"
#include "ctx.h"
#include "journey.h"
#include "retry.h"

_Static_assert(LOGIN_PARTS >= PV_SETTINGS_MAX + 2,
    "a login has all settings of a platform, and a proxy's");

static bool
same_secret(const struct secret *a, const struct secret *b)
{
	return (a == NULL) == (b == NULL) && secret_len(a) == secret_len(b) &&
	    memcmp(secret_bytes(a), secret_bytes(b), secret_len(a)) == 0;
}

int
account_read(struct account *a, struct err *e)
{
	const struct pv_setting *row = a->prov->settings;
	static const struct secret_source none;
	struct secret *fresh[PV_SETTINGS_MAX] = { NULL };
	const struct set_extra *x;
	char what[200];
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && row[i].key != NULL; i++) {
		x = set_extra_find(a->set, row[i].key);
		if (!row[i].secret || (x == NULL && !row[i].needed))
			continue;
		snprintf(what, sizeof(what), "%s of provider %s", row[i].key,
		    a->set->name);
		fresh[i] = secret_read(x != NULL ? &x->secret : &none, what,
		    e);
		rc = fresh[i] == NULL ? -1 : 0;
	}
	for (i = 0; row[i].key != NULL; i++) {
		if (rc == -1) {
			secret_free(fresh[i]);
			continue;
		}
		x = set_extra_find(a->set, row[i].key);
		a->changed |= !same_secret(a->secrets[i], fresh[i]);
		secret_free(a->secrets[i]);
		a->secrets[i] = fresh[i];
		a->login.secret[i] = fresh[i];
		a->login.text[i] = x != NULL ? x->text : NULL;
		a->pv.values[i] = (struct pv_value){
		    .text = x != NULL ? x->text : NULL, .secret = fresh[i] };
	}
	a->pv.url = a->set->url;
	return rc;
}

/* What the address and the proxy ask for. */
static int
account_way(struct account *a, struct err *e)
{
	const struct secret_source *src = &a->set->proxy_password;
	char what[200];

	if (set_address_check(a->set, e) == -1)
		return -1;
	a->tls = a->set->tls;
	a->proxy = a->set->proxy;
	a->login.text[PV_SETTINGS_MAX] = a->proxy.url;
	a->login.text[PV_SETTINGS_MAX + 1] = a->proxy.user;
	if (a->proxy.url == NULL)
		return net_check(&a->tls, &a->proxy, e);
	if (xfer_proxy_check(a->proxy.url, e) == -1)
		return -1;
	if (!secret_given(src))
		return net_check(&a->tls, &a->proxy, e);
	snprintf(what, sizeof(what), "proxy_password of provider %s",
	    a->set->name);
	a->proxy_password = secret_read(src, what, e);
	a->proxy.password = a->proxy_password;
	a->login.secret[PV_SETTINGS_MAX] = a->proxy_password;
	return a->proxy_password == NULL ? -1 : net_check(&a->tls,
	    &a->proxy, e);
}

void
account_forget_token(struct account *a)
{
	secret_free(a->token);
	a->token = NULL;
	a->pv.token = NULL;
}

struct http_loop *
account_loop(const struct ctx *c, struct err *e)
{
	const struct http_opts opts = { .log = c->log, .clock = c->clock,
	    .user_agent = "coupondrop/" PACKAGE_VERSION };

	return http_loop_new(&opts, e);
}

struct account *
account_open(struct ctx *c, const char *name, struct http_loop *http,
    struct err *e)
{
	const struct set_provider *set = set_provider_find(c->set, name);
	struct account *a;

	if (set == NULL) {
		err_set(e, ERR_CONFIG, "there is no provider \"%s\" in the "
		    "configuration", name);
		return NULL;
	}
	a = calloc(1, sizeof(*a));
	if (a == NULL) {
		err_nomem(e);
		return NULL;
	}
	TAILQ_INIT(&a->waiting);
	a->set = set;
	a->c = c;
	snprintf(a->login.where, sizeof(a->login.where), "%s", set->url);
	snprintf(a->login.user, sizeof(a->login.user), "%s", set->name);
	a->log = c->log;
	a->dir = c->set->state_dir;
	a->clock = c->clock;
	a->retry = (struct retry){ .log = c->log, .clock = c->clock };
	a->prov = provider_find(set->type);
	if (set_type_check(set, e) == -1 || account_way(a, e) == -1) {
		err_wrap(e, "provider %s", name);
		goto fail;
	}
	if (account_read(a, e) == -1)
		goto fail;
	if (http == NULL)
		http = a->own_http = account_loop(c, e);
	if (http == NULL)
		goto fail;
	a->http = http;
	return a;
fail:
	account_close(a);
	return NULL;
}

void
account_close(struct account *a)
{
	size_t i;

	if (a == NULL)
		return;
	if (a->token_ask != NULL)
		asking_drop(a->token_ask);
	if (a->tried && !a->let_in)
		login_untried(a->c, &a->login);
	http_loop_free(a->own_http);
	for (i = 0; i < PV_SETTINGS_MAX; i++)
		secret_free(a->secrets[i]);
	secret_free(a->proxy_password);
	account_forget_token(a);
	free(a);
}

bool
journey_can(const struct journey *j, enum pv_verb verb)
{
	const struct set_provider *set = set_provider_find(j->c->set,
	    j->run.provider);
	const struct provider *p = set == NULL ? NULL :
	    provider_find(set->type);

	return p == NULL || provider_can(p, verb);
}

struct account *
journey_account(struct journey *j, struct err *e)
{
	if (j->acct != NULL)
		return j->acct;
	j->acct = account_open(j->c, j->run.provider, NULL, e);
	if (j->acct != NULL)
		j->acct->retry = journey_retry(j);
	return j->acct;
}
