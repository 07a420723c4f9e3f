/*
 * Where files of runs lie on file servers: the ledger remembers the address,
 * never a secret, and the endpoint that leads there today brings the login.
 *
 * The configuration may have changed since.  An endpoint leads to a place when
 * it speaks the same protocol to the same server as the same user; what was
 * sent by way of ftp:// is then visited by way of the ftpes:// of today.
 */
#include "places.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../transfer/url.h"
#include "../config/settings.h"
#include "journey.h"
#include "side.h"

/* "ftp" for ftp, ftpes and ftps, "http" for both of that. */
static const char *
protocol(const char *scheme)
{
	return strncmp(scheme, "ftp", 3) == 0 ? "ftp" :
	    strncmp(scheme, "http", 4) == 0 ? "http" : scheme;
}

/* A user that is not known may be any. */
static bool
same_server(const struct xfer_url *a, const char *user_a,
    const struct xfer_url *b, const char *user_b)
{
	bool port = a->port == b->port ||
	    (a->port == scheme_port(a->scheme) &&
	    b->port == scheme_port(b->scheme));

	if (user_a == NULL)
		user_a = a->user;
	if (user_b == NULL)
		user_b = b->user;
	return strcmp(protocol(a->scheme), protocol(b->scheme)) == 0 &&
	    strcasecmp(a->host, b->host) == 0 && port &&
	    (user_a == NULL || user_b == NULL || strcmp(user_a, user_b) == 0);
}

static size_t
without_slashes(const char *path)
{
	size_t n = strlen(path);

	while (n > 0 && path[n - 1] == '/')
		n--;
	return n;
}

static bool
same_folder(const struct xfer_url *a, const struct xfer_url *b)
{
	size_t n = without_slashes(a->path);

	return a->home == b->home && n == without_slashes(b->path) &&
	    strncmp(a->path, b->path, n) == 0;
}

/* Whether an endpoint leads to the server, or with folder to that folder. */
static bool
leads_to(const struct set_endpoint *end, const char *url, const char *user,
    bool folder)
{
	struct xfer_url a, b;
	struct err ignored;
	bool yes;

	err_clear(&ignored);
	memset(&b, 0, sizeof(b));
	yes = xfer_url_parse(url, &a, &ignored) == 0 &&
	    xfer_url_parse(end->upload.url, &b, &ignored) == 0 &&
	    same_server(&a, user, &b, end->upload.user) &&
	    (!folder || same_folder(&a, &b));
	xfer_url_release(&a);
	xfer_url_release(&b);
	return yes;
}

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

bool
place_is_at(const struct ledger_place *p, const struct set_endpoint *end)
{
	return same_text(p->temp_dir, end->stage.temp_dir) &&
	    same_text(p->marker, end->stage.marker) &&
	    leads_to(end, p->url, p->user, true);
}

bool
place_has_moved(const struct journey *j, const struct ledger_part *p)
{
	size_t n = p->artifact != NULL ? strlen(p->artifact) : 0;
	size_t len = p->stage_url != NULL ? strlen(p->stage_url) : 0;
	char folder[4600];

	if (j->end == NULL || url_is_file(j->end->upload.url) || len <= n ||
	    len - n >= sizeof(folder) ||
	    strcmp(p->stage_url + len - n, p->artifact) != 0)
		return false;
	snprintf(folder, sizeof(folder), "%.*s", (int)(len - n),
	    p->stage_url);
	return !leads_to(j->end, folder, NULL, true);
}

int
place_note(struct journey *j, const struct ledger_part *p, struct err *e)
{
	const struct set_endpoint *n = j->end;
	struct ledger_place at = { .part = p->no, .endpoint = n->name,
	    .temp_dir = (char *)(uintptr_t)n->stage.temp_dir,
	    .marker = (char *)(uintptr_t)n->stage.marker,
	    .name = p->artifact };
	char url[4600];
	struct xfer_url u;
	int rc;

	if (j->c->dry_run || url_is_file(n->upload.url))
		return 0;	/* nothing there can be removed */
	if (xfer_url_parse(n->upload.url, &u, e) == -1)
		return -1;
	url_of(n->upload.url, "", false, url, sizeof(url));
	snprintf(at.run, sizeof(at.run), "%s", j->run.id);
	at.url = url;
	at.user = n->upload.user != NULL ?
	    (char *)(uintptr_t)n->upload.user : u.user;
	rc = ledger_place_add(j->c->ledger, &at, e);
	xfer_url_release(&u);
	return rc;
}

/* The folder of the place at the server of the endpoint. */
static char *
at_server(const struct set_endpoint *end, const char *url, struct err *e)
{
	const char *host = strstr(end->upload.url, "://");
	const char *path = strstr(url, "://"), *query;
	size_t n;
	char *out;

	if (host == NULL || path == NULL)
		return str_dup(url, e);
	n = (size_t)(host - end->upload.url) + 3;
	n += strcspn(end->upload.url + n, "/?");
	path += 3;
	path += strcspn(path, "/?");
	query = strchr(end->upload.url, '?');
	if (asprintf(&out, "%.*s%s%s", (int)n, end->upload.url, path,
	    query != NULL ? query : "") >= 0)
		return out;
	err_nomem(e);
	return NULL;
}

static const struct set_endpoint *
find_way(const struct settings *set, const struct ledger_place *p)
{
	const struct set_endpoint *end, *any = NULL;
	size_t i;

	for (i = 0; i < set->nendpoints; i++) {
		end = &set->endpoints[i];
		if (url_is_file(end->upload.url) ||
		    !leads_to(end, p->url, p->user, false))
			continue;
		if (strcmp(end->name, p->endpoint) == 0)
			return end;
		if (any == NULL)
			any = end;
	}
	return any;
}

int
place_way(const struct settings *set, const struct ledger_place *p,
    struct set_endpoint *out, struct err *e)
{
	const struct set_endpoint *end = find_way(set, p);
	static const struct set_endpoint local;

	if (end == NULL && strncmp(p->url, "file:", 5) != 0)
		return err_set(e, ERR_CONFIG, "%s%s%s: no endpoint leads to "
		    "this server with this user any more; set one up for as "
		    "long as it takes, or remove the file by hand", p->url,
		    p->url[strlen(p->url) - 1] == '/' ? "" : "/", p->name);
	*out = end != NULL ? *end : local;
	out->name = p->endpoint;
	out->stage.temp_dir = p->temp_dir;
	out->stage.marker = p->marker;
	out->upload.url = end != NULL ? at_server(end, p->url, e) :
	    str_dup(p->url, e);
	return out->upload.url == NULL ? -1 : 0;
}

void
place_way_release(struct set_endpoint *end)
{
	free((char *)(uintptr_t)end->upload.url);
	end->upload.url = NULL;
}
