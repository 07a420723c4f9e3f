/*
 * What a configuration cannot show by being well written: platforms that are
 * known, secrets that can be read, addresses and settings that can be used.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../transfer/url.h"
#include "../base/own.h"
#include "../provider/provider.h"
#include "../schedule/schedule.h"
#include "config_internal.h"
#include "node.h"
#include "set.h"

/* What is being looked at: one member of one section. */
struct looking {
	struct config	*c;
	enum section	 section;
	const char	*name;
	struct err	*e;
};

/* Where a key is set; the member itself where it is not, or for NULL. */
static const struct node *
place_of(const struct looking *l, const char *key)
{
	const char *dir;
	const struct node *map = config_node(l->c, l->section, l->name, &dir);
	const struct node *n = map != NULL && key != NULL ? map->child : NULL;
	struct option o;
	size_t i;

	for (; n != NULL; n = n->next)
		for (i = 0; option_at(l->section, i, &o); i++)
			if (strcmp(o.key, key) == 0 &&
			    option_is_key(&o, n->key))
				return n;
	return map;
}

/*
 * Out of memory ends the check; anything else is one more mistake, at the key
 * that the error names, or else at this one.
 */
static int
wrong(const struct looking *l, const char *key, const struct err *why)
{
	if (why->code == ERR_NOMEM || why->code == ERR_STOPPED) {
		*l->e = *why;
		return -1;
	}
	return config_wrong(l->c, place_of(l, why->key != NULL ? why->key :
	    key), why->msg, l->e);
}

static int
look_secret(const struct looking *l, const char *key,
    const struct secret_source *src, bool needed)
{
	struct secret *s;
	struct err why;

	if (!needed && !secret_given(src))
		return 0;
	err_clear(&why);
	s = secret_read(src, key, &why);
	secret_free(s);
	return s != NULL ? 0 : wrong(l, key, &why);
}

static int
look_url(const struct looking *l, const char *key, const char *url)
{
	struct xfer_url u;
	struct err why;
	int rc;

	err_clear(&why);
	rc = xfer_url_parse(url, &u, &why);
	xfer_url_release(&u);
	return rc == 0 ? 0 : wrong(l, key, &why);
}

static int
look_proxy(const struct looking *l, const struct net_proxy *proxy,
    const struct secret_source *password)
{
	struct err why;

	err_clear(&why);
	if (proxy->url != NULL && xfer_proxy_check(proxy->url, &why) == -1 &&
	    wrong(l, "proxy", &why) == -1)
		return -1;
	err_clear(&why);
	if (proxy->url == NULL && (proxy->user != NULL ||
	    secret_given(password))) {
		err_set(&why, ERR_CONFIG, "proxy_user and proxy_password are "
		    "for a proxy, and there is none");
		if (wrong(l, proxy->user != NULL ? "proxy_user" :
		    "proxy_password", &why) == -1)
			return -1;
	}
	return look_secret(l, "proxy_password", password, false);
}

/* What only its type has; of an unknown type, what is given. */
static int
look_extra(const struct looking *l, const struct set_provider *p)
{
	static const struct secret_source none;
	const struct provider *known = provider_find(p->type);
	const struct set_extra *x;
	const struct pv_setting *s;
	struct err why;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && known == NULL && i < p->nextra; i++)
		if (p->extra[i].row->secret)
			rc = look_secret(l, p->extra[i].row->key,
			    &p->extra[i].secret, false);
	for (s = known != NULL ? known->settings : NULL; rc == 0 &&
	    s != NULL && s->key != NULL; s++) {
		x = set_extra_find(p, s->key);
		if (s->secret) {
			rc = look_secret(l, s->key, x != NULL ? &x->secret :
			    &none, s->needed);
		} else if (s->needed && x == NULL) {
			err_clear(&why);
			err_set(&why, ERR_CONFIG, "a provider of type %s "
			    "needs %s", known->type, s->key);
			rc = wrong(l, s->key, &why);
		}
	}
	return rc;
}

static int
look_provider(const struct looking *l, const struct set_provider *p)
{
	const struct provider *known;
	char names[200] = "";
	struct err why;
	size_t i, n = 0;

	err_clear(&why);
	if (provider_find(p->type) == NULL) {
		for (i = 0; (known = provider_at(i)) != NULL &&
		    n < sizeof(names); i++)
			n += (size_t)snprintf(names + n, sizeof(names) - n,
			    "%s%s", i > 0 ? ", " : "", known->type);
		err_set(&why, ERR_CONFIG, "type: \"%s\" is no platform that "
		    "is known here; there is: %s", p->type, names);
		if (wrong(l, "type", &why) == -1)
			return -1;
	}
	err_clear(&why);
	if (set_address_check(p, &why) == -1 && wrong(l, "url", &why) == -1)
		return -1;
	if (look_proxy(l, &p->proxy, &p->proxy_password) == -1)
		return -1;
	return look_extra(l, p);
}

static int
look_pins(const struct looking *l, const char *key, const char *const *pins)
{
	struct err why;

	err_clear(&why);
	if (xfer_pins_check(pins, &why) == 0)
		return 0;
	return wrong(l, key, &why);
}

static int
look_key(const struct looking *l, const char *key, const char *path)
{
	struct err why;

	err_clear(&why);
	if (path == NULL || own_look(path, OWN_FILE, ERR_SECRET, &why) == 0)
		return 0;
	return wrong(l, key, &why);
}

/* Whose the state folder is, and what lies in it. */
static int
look_state(struct config *c, struct err *e)
{
	struct err why;
	size_t i;
	int rc;

	for (i = 0; err_clear(&why), (rc = config_state_look(c->set.state_dir,
	    i, &why)) != 1; i++)
		if (rc == -1 && config_wrong(c, NULL, why.msg, e) == -1)
			return -1;
	return 0;
}

static int
look_endpoint(const struct looking *l, const struct set_endpoint *p)
{
	const struct net_tls *tls = &p->upload.tls;

	if (look_pins(l, "host_key", p->upload.host_keys) == -1 ||
	    look_pins(l, "pull_host_key", p->pull.host_keys) == -1)
		return -1;
	if (look_key(l, "identity_file", p->upload.identity_file) == -1 ||
	    look_key(l, tls->key != NULL ? "client_key" : "client_cert",
	    tls->key != NULL ? tls->key : tls->cert) == -1)
		return -1;
	if (look_url(l, "upload", p->upload.url) == -1 ||
	    look_url(l, "pull", p->pull.url) == -1 ||
	    look_secret(l, "upload_password", &p->upload_password,
	    false) == -1 ||
	    look_secret(l, "bearer", &p->bearer, false) == -1 ||
	    look_secret(l, "headers", &p->headers, false) == -1 ||
	    look_proxy(l, &p->upload.proxy, &p->proxy_password) == -1 ||
	    look_secret(l, "passphrase", &p->passphrase, false) == -1)
		return -1;
	return look_secret(l, "pull_password", &p->pull_password, false);
}

int
config_job_check(const struct config *c, const struct set_job *job, bool known,
    struct err *why)
{
	struct check_opts o;

	if (set_check_opts(job, c->clock, &o, why) == -1)
		return -1;
	if (!known)
		o.known_codes = NULL;
	return check_usable(&o, why);
}

/* No run makes the folder: a wrong path would fill with files unseen. */
static int
look_after(const struct looking *l, const struct set_job *job)
{
	struct err why;
	struct stat st;

	if (job->after_done != AFTER_MOVE)
		return 0;
	err_clear(&why);
	if (stat(job->after_dir, &st) == -1)
		err_sys(&why, ERR_CONFIG, errno, "after_done: move:%s",
		    job->after_dir);
	else if (!S_ISDIR(st.st_mode))
		err_set(&why, ERR_CONFIG, "after_done: %s is not a folder",
		    job->after_dir);
	else if (access(job->after_dir, W_OK | X_OK) == -1)
		err_sys(&why, ERR_CONFIG, errno, "after_done: move:%s",
		    job->after_dir);
	return why.code == ERR_NONE ? 0 : wrong(l, "after_done", &why);
}

static int
look_job(const struct looking *l, const struct set_job *job)
{
	struct sched due;
	struct err why;

	if (look_after(l, job) == -1)
		return -1;

	err_clear(&why);
	if (job->schedule != NULL && sched_parse(job->schedule, &due,
	    &why) == -1 && wrong(l, "schedule", &why) == -1)
		return -1;
	err_clear(&why);
	return config_job_check(l->c, job, true, &why) == 0 ? 0 :
	    wrong(l, NULL, &why);
}

int
config_check(struct config *c, struct err *e)
{
	struct looking l = { .c = c, .e = e };
	const struct settings *s = &c->set;
	size_t i;
	int rc = 0;

	l.section = SECT_PROVIDER;
	for (i = 0; rc == 0 && i < s->nproviders; i++) {
		l.name = s->providers[i].name;
		rc = look_provider(&l, &s->providers[i]);
	}
	l.section = SECT_ENDPOINT;
	for (i = 0; rc == 0 && i < s->nendpoints; i++) {
		l.name = s->endpoints[i].name;
		rc = look_endpoint(&l, &s->endpoints[i]);
	}
	l.section = SECT_JOB;
	for (i = 0; rc == 0 && i < s->njobs; i++) {
		l.name = s->jobs[i].name;
		rc = look_job(&l, &s->jobs[i]);
	}
	if (rc == 0)
		rc = look_state(c, e);
	return rc == 0 ? config_verdict(c, e) : -1;
}

/* Files that are only needed when the endpoint is used. */
static void
note_files(const struct set_endpoint *n, void (*note)(void *, const char *),
    void *arg)
{
	const struct {
		const char	*key, *path;
	} files[] = {
		{ "identity_file", n->upload.identity_file },
		{ "known_hosts", n->upload.known_hosts },
		{ "ssh_config", n->upload.ssh_config },
		{ "ca_file", n->upload.tls.ca_file },
		{ "pull_ca_file", n->pull.tls.ca_file },
		{ "client_cert", n->upload.tls.cert },
		{ "client_key", n->upload.tls.key },
	};
	char text[600];
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (files[i].path == NULL || access(files[i].path, R_OK) == 0)
			continue;
		snprintf(text, sizeof(text), "endpoint %s: %s cannot be read: "
		    "%.400s", n->name, files[i].key, files[i].path);
		note(arg, text);
	}
}

void
config_notes(const struct config *c, void (*note)(void *, const char *),
    void *arg)
{
	const struct settings *s = &c->set;
	char text[300];
	size_t i;

	for (i = 0; i < s->nendpoints; i++)
		note_files(&s->endpoints[i], note, arg);
	for (i = 0; i < s->njobs; i++) {
		if (s->jobs[i].schedule == NULL)
			continue;
		snprintf(text, sizeof(text), "job %s: schedule is checked, but "
		    "starts nothing; let cron call \"coupondrop run -j\" with "
		    "its name", s->jobs[i].name);
		note(arg, text);
	}
}
