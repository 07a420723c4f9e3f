/* Where a staged file lies, and under which name. */
#include "staged.h"

#include <stdio.h>
#include <string.h>

/* The query of a URL; "" when it has none. */
static const char *
query_of(const char *url)
{
	const char *q = strchr(url, '?');

	return q != NULL ? q : "";
}

bool
url_is_file(const char *url)
{
	const char *q = query_of(url);

	return q[0] == '?' && q > url && q[-1] != '/';
}

const char *
url_name(const char *url, const char *name)
{
	return url_is_file(url) ? "" : name;
}

void
url_of(const char *url, const char *name, bool query, char *out, size_t n)
{
	const char *q = query_of(url);
	size_t len = strlen(url) - strlen(q);
	bool slash = len > 0 && url[len - 1] == '/';

	name = url_name(url, name);
	snprintf(out, n, "%.*s%s%s%s", (int)len, url,
	    slash || name[0] == '\0' ? "" : "/", name, query ? q : "");
}

uint16_t
scheme_port(const char *scheme)
{
	if (strcmp(scheme, "https") == 0)
		return 443;
	if (strcmp(scheme, "http") == 0)
		return 80;
	if (strcmp(scheme, "sftp") == 0)
		return 22;
	return strcmp(scheme, "ftps") == 0 ? 990 : 21;
}

/*
 * What the platform accepts as an ending: .gz is in no list of Mapp's, .gzip
 * only where the file is no data_url (platforms.md "The data file").
 */
const char *
staged_suffix(const struct set_job *job, const struct set_endpoint *end)
{
	if (end == NULL || job->packing == PACK_NONE)
		return "csv";
	if (job->packing == PACK_ZIP)
		return "zip";
	return strncmp(end->pull.url, "http", 4) == 0 ? "csv" : "gzip";
}

int
staged_signed_check(const struct set_job *job, const struct set_endpoint *end,
    size_t files, struct err *e)
{
	if (!url_is_file(end->upload.url))
		return 0;
	if (files > 1)
		return err_set(e, ERR_CONFIG, "the upload address of endpoint "
		    "%s is signed for one file, and this drop makes %zu "
		    "(file_layout columns makes one)", end->name, files);
	if (job->rehearse != REHEARSE_FULL) {
		err_set(e, ERR_CONFIG, "the upload address of endpoint "
		    "%s is signed for one file, which only rehearse \"full\" "
		    "can prove", end->name);
		return err_key(e, "rehearse");
	}
	return 0;
}

int
staged_pull_fill(const struct set_endpoint *n, const struct secret *password,
    const char *name, enum pack_kind kind, struct staged_pull *u,
    struct err *e)
{
	const char *path;
	size_t len;

	memset(u, 0, sizeof(*u));
	if (xfer_url_parse(n->pull.url, &u->url, e) == -1)
		return -1;
	url_of(n->pull.url, name, true, u->whole, sizeof(u->whole));
	path = u->url.path;
	len = strlen(path);
	snprintf(u->path, sizeof(u->path), "%s%s%s",
	    u->url.home ? path + (path[0] == '/') : path,
	    len > 1 && path[len - 1] != '/' && !url_is_file(n->pull.url) ?
	    "/" : "", url_name(n->pull.url, name));
	u->pull = (struct pv_pull){ .scheme = u->url.scheme,
	    .host = u->url.host, .port = u->url.port,
	    .default_port = u->url.port == scheme_port(u->url.scheme),
	    .url = u->whole, .path = u->path,
	    .user = n->pull.user != NULL ? n->pull.user : u->url.user,
	    .password = password, .compression = kind };
	return 0;
}

void
staged_pull_release(struct staged_pull *u)
{
	xfer_url_release(&u->url);
	memset(u, 0, sizeof(*u));
}
