/*
 * Fetching an announced file.
 *
 * What is hard: the call comes from outside, so it must not be able to name
 * anything but a file on a server: no file: URL, no second host, no control
 * bytes, no endless file.
 */
#include "pull.h"

#include <ctype.h>

#include "../../transfer/files.h"
#include "../base/buf.h"
#include "../base/err.h"
#include "../base/log.h"
#include "../base/secret.h"
#include "../base/str.h"
#include "../base/tmpfile.h"

#define URL_MAX_BYTES	8192

/* Shares of the whole time that single phases may use up. */
#define CONNECT_MS	15000
#define REPLY_MS	30000

/*
 * An IPv6 address without brackets, and so without a port.
 */
static bool
is_v6(const char *server)
{
	return server[0] != '[' && strchr(server, ':') != NULL &&
	    strchr(server, ':') != strrchr(server, ':');
}

/*
 * host, host:port or [v6]:port, and nothing that would mean more in a URL.
 */
static int
server_check(const char *server, uint64_t *port, struct err *e)
{
	const char *p, *colon;

	*port = 0;
	for (p = server; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) &&
		    strchr(".-_:[]", *p) == NULL)
			return err_set(e, ERR_CONFIG,
			    "ftp_server is not a host name");
	colon = strrchr(server, ':');
	if (colon == NULL || strchr(colon, ']') != NULL || is_v6(server))
		return 0;
	if (str_u64(colon + 1, strlen(colon + 1), UINT16_MAX, port) == -1)
		return err_set(e, ERR_CONFIG,
		    "the port in ftp_server is not a number");
	return 0;
}

static int
add_path(struct buf *b, const char *path, struct err *e)
{
	if (path[0] != '/' && buf_adds(b, "/~/", e) == -1)
		return -1;
	for (; *path != '\0'; path++) {
		if (isalnum((unsigned char)*path) ||
		    strchr("/-._~", *path) != NULL) {
			if (buf_add(b, path, 1, e) == -1)
				return -1;
		} else if (buf_addf(b, e, "%%%02X",
		    (unsigned)(unsigned char)*path) == -1) {
			return -1;
		}
	}
	return 0;
}

char *
pull_url(const struct pull_source *src, uint16_t ftps_port, struct err *e)
{
	const char *scheme;
	struct buf b;
	uint64_t port;
	char *url;
	bool v6;

	if (src->data_url != NULL) {
		if (strncasecmp(src->data_url, "http://", 7) == 0 ||
		    strncasecmp(src->data_url, "https://", 8) == 0)
			return str_dup(src->data_url, e);
		err_set(e, ERR_CONFIG, "data_url must begin with http:// or"
		    " https://");
		return NULL;
	}
	if (server_check(src->server, &port, e) == -1)
		return NULL;
	scheme = "ftp";
	if (src->sftp)
		scheme = "sftp";
	else if (src->ssl)
		scheme = port == ftps_port ? "ftps" : "ftpes";
	buf_init(&b, URL_MAX_BYTES);
	url = NULL;
	v6 = is_v6(src->server);
	if (buf_addf(&b, e, "%s://%s%s%s", scheme, v6 ? "[" : "",
	    src->server, v6 ? "]" : "") == 0 &&
	    add_path(&b, src->filename, e) == 0) {
		url = buf_take(&b, NULL);
		if (url == NULL)
			err_nomem(e);
	}
	buf_release(&b);
	return url;
}

static int
sink_write(void *arg, const void *p, size_t n, struct err *e)
{
	const struct tmpfile *t = arg;

	return io_write_all(t->fd, p, n, e);
}

static int
any_host_key(void *arg, const char *host, const char *type,
    const char *fingerprint)
{
	struct log *log = arg;

	log_say(log, LOG_NOTE, "host key accepted without proof",
	    LFF("host", host), LFF("type", type),
	    LFF("fingerprint", fingerprint));
	return 0;
}

static int
fetch(const struct pull_opts *o, const struct xfer_target *target,
    struct tmpfile *t, struct err *e)
{
	struct xfer_sink sink = {
		.write = sink_write, .arg = t, .max = o->max,
	};
	struct xfer *x;
	int rc;

	x = xfer_open(target, o->log, e);
	if (x == NULL)
		return -1;
	rc = xfer_get(x, "", &sink, e);
	xfer_close(x);
	return rc;
}

static int64_t
at_most(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int
pull_fetch(const struct pull_opts *o, const struct pull_source *src,
    struct tmpfile *t, struct err *e)
{
	struct xfer_target target = {
		/* Nothing is known there, so nothing can have changed. */
		.known_hosts = "/dev/null",
		.tls.ca_file = o->ca_file,
		.times = {
			.connect_ms = at_most(CONNECT_MS, o->ms),
			.reply_ms = at_most(REPLY_MS, o->ms),
			.final_ms = at_most(REPLY_MS, o->ms),
			.stall_ms = at_most(REPLY_MS, o->ms),
			.total_ms = o->ms,
		},
		.ask_host_key = any_host_key, .ask_arg = o->log,
		.clock = o->clock,
	};
	struct secret *password;
	char *url;
	int rc;

	url = pull_url(src, o->ftps_port, e);
	if (url == NULL)
		return -1;
	password = NULL;
	rc = -1;
	target.url = url;
	if (src->data_url == NULL) {
		password = secret_new(src->password, strlen(src->password),
		    e);
		if (password == NULL)
			goto out;
		target.user = src->user;
		target.password = password;
	}
	rc = fetch(o, &target, t, e);
out:
	secret_free(password);
	free(url);
	return rc;
}
