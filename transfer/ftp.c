/*
 * The ftp backend: plain, explicit TLS (ftpes) and implicit TLS (ftps), always
 * binary, passive unless the target says active.
 *
 * STOR and RETR name the whole path (no CWD), look-up, rename and removal are
 * commands of their own (SIZE, RNFR/RNTO, DELE), so that nothing depends on a
 * current folder.  What a refusal means is in ftp_reply.c.
 *
 * With TLS 1.3, libcurl 7.88 cannot resume the session for a second data
 * connection; hence 1.2 unless the settings say otherwise or the server takes
 * nothing else, and then a new control connection per file.  With any TLS a
 * refused transfer leaves the connection out of step; it is then made anew.
 */
#include "curl_internal.h"

#include <ctype.h>

#include "../src/base/clock.h"
#include "../src/base/log.h"
#include "../src/base/str.h"
#include "curl_facts.h"
#include "curl_url.h"
#include "ftp_internal.h"
#include "said.h"

#define FTP_LIST_MAX	(64u << 20)	/* bytes of a folder's list */

static bool
has_tls(const struct xfer *x)
{

	return (x->scheme->flags & (XS_TLS | XS_STARTTLS)) != 0;
}

static int
begin_url(struct xfer *x, const char *url, bool data, struct err *e)
{
	struct xcurl	*c = x->priv;

	if (xcurl_begin(c, url, e) == -1)
		return -1;
	xcurl_option(c, CURLOPT_FTP_FILEMETHOD, CURLFTPMETHOD_NOCWD);
	xcurl_option(c, CURLOPT_FTP_SKIP_PASV_IP, 1);
	xcurl_option(c, CURLOPT_FTP_USE_EPSV, x->pasv ? 0 : 1);
	if (x->target.ftp_mode == XFER_FTP_ACTIVE) {
		xcurl_text(c, CURLOPT_FTPPORT, "-");
		snprintf(x->facts.data, sizeof(x->facts.data), "PORT");
	}
	xcurl_watch_sockets(c);
	if (has_tls(x)) {
		xcurl_option(c, CURLOPT_USE_SSL, CURLUSESSL_ALL);
		xcurl_option(c, CURLOPT_FTPSSLAUTH, CURLFTPAUTH_TLS);
	}
	c->with_data = data && has_tls(x);
	if (c->stale || (c->with_data &&
	    strcmp(xcurl_tls_most(x), "1.3") == 0)) {
		xcurl_hang_up(c);
		xcurl_option(c, CURLOPT_FRESH_CONNECT, 1);
	}
	c->stale = false;
	return 0;
}

/* The path that the call is about, which refusals repeat. */
static void
about(struct xcurl *c, char *path)
{

	free(c->path);
	c->path = path;
}

int
ftp_begin(struct xfer *x, const char *name, struct err *e)
{
	char	*url;
	int	 rc;

	about(x->priv, NULL);
	if ((url = xcurl_url(x, name, e)) == NULL)
		return -1;
	if (name != NULL)
		about(x->priv, xfer_path(x, name, e));
	rc = begin_url(x, url, name != NULL, e);
	free(url);
	return rc;
}

/*
 * Codes of libcurl that say no more than the server's reply does.  A 421
 * ("too many connections") it calls a time-out.
 */
static bool
reply_decides(const struct xcurl *c)
{

	if (c->reply < 400)
		return false;
	switch (c->rc) {
	case CURLE_OPERATION_TIMEDOUT:
		return c->reply == 421;
	case CURLE_SEND_ERROR:
		return c->src != NULL;	/* heard when the data had ended */
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_REMOTE_ACCESS_DENIED:
	case CURLE_FTP_WEIRD_PASV_REPLY:
	case CURLE_FTP_COULDNT_SET_TYPE:
	case CURLE_PARTIAL_FILE:
	case CURLE_FTP_COULDNT_RETR_FILE:
	case CURLE_QUOTE_ERROR:
	case CURLE_UPLOAD_FAILED:
	case CURLE_LOGIN_DENIED:
	case CURLE_REMOTE_DISK_FULL:
	case CURLE_REMOTE_FILE_NOT_FOUND:
	case CURLE_USE_SSL_FAILED:
		return true;
	default:
		return false;
	}
}

static int
reply_failed(const struct xcurl *c, struct err *e)
{
	const struct ftp_asked asked = { .tls = has_tls(c->x),
	    .upload = c->src != NULL, .path = c->path };

	ftp_reply_explain(&c->said, &asked, e);
	if (c->rc == CURLE_USE_SSL_FAILED)
		err_set(e, ERR_UNSUPPORTED, "the server offers no TLS; "
		    "it answered \"%s\"", c->said.text);
	e->remote = c->reply;
	return -1;
}

/*
 * When a server refuses RETR or STOR and closes the data connection before its
 * TLS handshake, libcurl 7.88 takes that for a failed EPSV, sends PASV and does
 * not wait for the reply: from then on each reply would be taken for the next.
 */
static int
finish(struct xcurl *c, struct err *e)
{

	if (xcurl_perform(c, e) == 0)
		return 0;
	c->stale = c->with_data;
	e->remote = c->reply;
	if (c->err.code != ERR_NONE || !reply_decides(c))
		return -1;
	return reply_failed(c, e);
}

/* "Missing" was only read into the reply; what was asked for may be there. */
static int
unless_missing(const struct xcurl *c, struct err *e)
{

	if (e->code == ERR_NOTFOUND && e->remote == 550 &&
	    (!said(c->said.text, SAID_MISSING) ||
	    said(c->said.text, SAID_DENIED)))
		e->code = ERR_DENIED;
	return -1;
}

/* Connect and log in without touching a file. */
static int
log_in(struct xfer *x, struct err *e)
{
	struct xcurl *c = x->priv;

	if (ftp_begin(x, NULL, e) == -1)
		return -1;
	xcurl_option(c, CURLOPT_NOBODY, 1);
	return finish(c, e);
}

static int
ftp_open(struct xfer *x, struct err *e)
{
	struct err why;

	if (xcurl_new(x, e) == -1)
		return -1;
	err_clear(&why);
	if (log_in(x, &why) == 0) {
		x->met = true;
		return 0;
	}
	if (x->target.tls.max == NULL && xcurl_version_refused(x->priv) &&
	    strcmp(xcurl_tls_most(x), "1.2") == 0) {
		log_say(x->log, LOG_NOTE, "the server does not take TLS 1.2; "
		    "using 1.3, with a new login for each file",
		    LFF("host", x->url.host));
		x->tls13 = true;
		return log_in(x, e);
	}
	*e = why;
	return -1;
}

static int
ftp_put(struct xfer *x, const char *name, const struct xfer_source *src,
    struct err *e)
{
	struct xcurl *c = x->priv;

	if (ftp_begin(x, name, e) == -1)
		return -1;
	xcurl_send(c, src);
	return finish(c, e);
}

/* APPE: what is there was asked for and compared a moment ago. */
static int
ftp_put_from(struct xfer *x, const char *name, const struct xfer_source *src,
    uint64_t off, struct err *e)
{
	struct xcurl *c = x->priv;

	if (ftp_begin(x, name, e) == -1)
		return -1;
	xcurl_send(c, src);
	net_bytes(c->easy, &c->set, CURLOPT_RESUME_FROM_LARGE, off);
	if (finish(c, e) == 0)
		return 0;
	/* ProFTPD unless told otherwise: "Append/Restart not permitted". */
	if (e->code == ERR_DENIED && (strcasestr(c->said.text, "append") ||
	    strcasestr(c->said.text, "restart")))
		e->code = ERR_UNSUPPORTED;
	return -1;
}

static int
ftp_get(struct xfer *x, const char *name, const struct xfer_sink *sink,
    struct err *e)
{
	struct xcurl *c = x->priv;

	if (ftp_begin(x, name, e) == -1)
		return -1;
	c->sink = sink;
	return finish(c, e);
}

int
ftp_command(struct xfer *x, const char *command, const char *name,
    struct err *e)
{
	char	*path;

	if ((path = xfer_path(x, name, e)) == NULL)
		return -1;
	about(x->priv, path);
	return xcurl_list(x->priv, e, "%s %s", command, path);
}

int
ftp_send(struct xcurl *c, struct err *e)
{

	curl_easy_setopt(c->easy, CURLOPT_QUOTE, c->list);
	xcurl_option(c, CURLOPT_NOBODY, 1);
	if (finish(c, e) == -1)
		return -1;
	return c->reply < 400 ? 0 : reply_failed(c, e);
}

int
ftp_send_lines(struct xcurl *c, void (*f)(void *, const char *, size_t),
    void *arg, struct err *e)
{
	int rc;

	c->on_line = f;
	c->on_line_arg = arg;
	rc = ftp_send(c, e);
	c->on_line = NULL;
	return rc;
}

/* "213 20261121140000", in UTC (RFC 3659, section 3). */
static void
ask_mtime(struct xfer *x, const char *name, struct xfer_stat *out)
{
	struct xcurl	*c = x->priv;
	struct err	 ignored;
	char		 text[32];
	time_t		 at;

	err_clear(&ignored);
	if (ftp_begin(x, NULL, &ignored) == -1 ||
	    ftp_command(x, "*MDTM", name, &ignored) == -1 ||
	    ftp_send(c, &ignored) == -1 || strlen(c->line) < 18)
		return;
	snprintf(text, sizeof(text), "%.8s %.2s:%.2s:%.2s GMT", c->line + 4,
	    c->line + 12, c->line + 14, c->line + 16);
	at = curl_getdate(text, NULL);
	out->mtime_ms = at > 0 ? (int64_t)at * 1000 : 0;
}

/* "213 30000"; in ASCII mode servers refuse SIZE, hence TYPE I (RFC 3659). */
static int
ftp_stat(struct xfer *x, const char *name, struct xfer_stat *out,
    struct err *e)
{
	struct xcurl *c = x->priv;

	if (ftp_begin(x, NULL, e) == -1 ||
	    xcurl_list(c, e, "*TYPE I") == -1 ||
	    ftp_command(x, "*SIZE", name, e) == -1 ||
	    ftp_send(c, e) == -1)
		return -1;
	if (c->reply != 213 || strlen(c->line) < 5 ||
	    str_u64(c->line + 4, strcspn(c->line + 4, " "), UINT64_MAX,
	    &out->size) == -1) {
		err_set(e, ERR_PROTOCOL,
		    "the server answered \"%s\" instead of a size", c->line);
		e->remote = c->reply;
		return -1;
	}
	if (x->target.probe)
		ask_mtime(x, name, out);
	return 0;
}

/* MFMT (draft-somers-ftp-mfxx, section 3); the time is in UTC. */
static int
ftp_set_time(struct xfer *x, const char *name, int64_t wall_ms,
    struct err *e)
{
	char	iso[21], command[32];

	clock_iso(wall_ms, iso);
	snprintf(command, sizeof(command), "*MFMT %.4s%.2s%.2s%.2s%.2s%.2s",
	    iso, iso + 5, iso + 8, iso + 11, iso + 14, iso + 17);
	if (ftp_begin(x, NULL, e) == -1 ||
	    ftp_command(x, command, name, e) == -1)
		return -1;
	return ftp_send(x->priv, e);
}

/* The first word of 64 hexadecimal digits in a reply. */
static int
take_hash(const char *line, unsigned char *out)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	unsigned	 byte;
	size_t		 i, n;

	for (; *line != '\0'; line += n + (line[n] != '\0')) {
		n = strcspn(line, " ");
		if (n != 64 || strspn(line, digits) < n)
			continue;
		for (i = 0; i < 32; i++) {
			if (sscanf(line + 2 * i, "%2x", &byte) != 1)
				return -1;
			out[i] = (unsigned char)byte;
		}
		return 0;
	}
	return -1;
}

static int
ask_hash(struct xfer *x, const char *command, const char *name,
    unsigned char *out, struct err *e)
{
	struct xcurl *c = x->priv;

	if (ftp_begin(x, NULL, e) == -1 ||
	    ftp_command(x, command, name, e) == -1 || ftp_send(c, e) == -1)
		return -1;
	if (take_hash(c->line, out) == 0)
		return 0;
	return err_set(e, ERR_UNSUPPORTED, "the server answered \"%s\", which "
	    "has no SHA-256", c->line);
}

/*
 * "213 SHA-256 0-29999 HEX name" to HASH (draft-bryan-ftpext-hash), once the
 * algorithm is chosen; older servers have XSHA256 and answer "250 HEX".
 */
static int
ftp_hash(struct xfer *x, const char *name, unsigned char out[32],
    struct err *e)
{
	struct err why;

	err_clear(&why);
	if (ftp_begin(x, NULL, e) == -1 ||
	    xcurl_list(x->priv, e, "*OPTS HASH SHA-256") == -1)
		return -1;
	if (ftp_send(x->priv, &why) == 0 &&
	    ask_hash(x, "*HASH", name, out, &why) == 0)
		return 0;
	if (why.code != ERR_UNSUPPORTED) {
		*e = why;
		return -1;
	}
	return ask_hash(x, "*XSHA256", name, out, e);
}

/* " REST STREAM": the first word of a line between the first and the last. */
static void
add_feature(void *arg, const char *p, size_t n)
{
	struct xfer_facts *f = arg;
	size_t	have = strlen(f->features), i = 1;

	if (n < 2 || p[0] != ' ')
		return;
	while (i < n && (isalnum((unsigned char)p[i]) || p[i] == '-'))
		i++;
	if (i > 1 && have + i + 1 < sizeof(f->features))
		snprintf(f->features + have, sizeof(f->features) - have,
		    "%s%.*s", have > 0 ? " " : "", (int)i - 1, p + 1);
}

/* SYST, and the extensions of FEAT (RFC 2389); neither has to be there. */
static void
ftp_learn(struct xfer *x)
{
	struct xcurl	*c = x->priv;
	struct err	 ignored;

	err_clear(&ignored);
	if (ftp_begin(x, NULL, &ignored) == 0 &&
	    xcurl_list(c, &ignored, "*SYST") == 0 &&
	    ftp_send(c, &ignored) == 0 && strlen(c->line) > 4)
		xcurl_shown(c->line + 4, strlen(c->line + 4), x->facts.syst,
		    sizeof(x->facts.syst));
	err_clear(&ignored);
	x->facts.features[0] = '\0';
	if (ftp_begin(x, NULL, &ignored) == -1 ||
	    xcurl_list(c, &ignored, "*FEAT") == -1)
		return;
	(void)ftp_send_lines(c, add_feature, &x->facts, &ignored);
}

static int
ftp_remove(struct xfer *x, const char *name, struct err *e)
{

	if (ftp_begin(x, NULL, e) == -1 ||
	    ftp_command(x, "*DELE", name, e) == -1)
		return -1;
	if (ftp_send(x->priv, e) == 0)
		return 0;
	return unless_missing(x->priv, e);
}

static int
ftp_mkdir(struct xfer *x, const char *path, struct err *e)
{

	if (ftp_begin(x, NULL, e) == -1 ||
	    xcurl_list(x->priv, e, "*MKD %s", path) == -1)
		return -1;
	return ftp_send(x->priv, e);
}

/* The lines of a folder's list. */
struct ftp_lines {
	xfer_entry	 f;
	void		*arg;
	bool		 facts;	/* of MLSD, else names only */
	size_t		 n;
	char		 line[1024];
};

/*
 * "type=file;size=90; a.zip" (RFC 3659, section 7), or a name that may have
 * its folder before it.
 */
static int
take_line(struct ftp_lines *l, struct err *e)
{
	uint64_t	 size = UINT64_MAX;
	char		*name = l->line, *p;

	while (l->n > 0 && l->line[l->n - 1] == '\r')
		l->n--;
	l->line[l->n] = '\0';
	if (l->facts) {
		if ((p = strchr(l->line, ' ')) == NULL)
			return 0;
		*p = '\0';
		name = p + 1;
		if (strcasestr(l->line, "type=file") == NULL)
			return 0;
		if ((p = strcasestr(l->line, "size=")) != NULL &&
		    str_u64(p + 5, strcspn(p + 5, ";"), UINT64_MAX - 1,
		    &size) == -1)
			size = UINT64_MAX;
	} else if ((p = strrchr(l->line, '/')) != NULL)
		name = p + 1;
	return l->f(l->arg, name, size, e);
}

static int
lines_write(void *arg, const void *bytes, size_t n, struct err *e)
{
	struct ftp_lines *l = arg;
	const char	*p = bytes;

	for (; n > 0; n--, p++) {
		if (*p != '\n') {
			if (l->n + 1 < sizeof(l->line))
				l->line[l->n++] = *p;
			continue;
		}
		if (take_line(l, e) == -1)
			return -1;
		l->n = 0;
	}
	return 0;
}

static int
list_once(struct xfer *x, const char *path, struct ftp_lines *l,
    struct err *e)
{
	struct xfer_sink sink = { lines_write, l, FTP_LIST_MAX };
	struct xcurl	*c = x->priv;
	char		*folder, *url;
	int		 rc;

	if (asprintf(&folder, "%s/", strcmp(path, "/") == 0 ? "" : path) == -1)
		return err_nomem(e);
	url = xcurl_url_path(x, folder, e);
	free(folder);
	if (url == NULL)
		return -1;
	rc = begin_url(x, url, true, e);
	free(url);
	if (rc == -1)
		return -1;
	c->sink = &sink;
	if (l->facts)
		xcurl_text(c, CURLOPT_CUSTOMREQUEST, "MLSD");
	xcurl_option(c, CURLOPT_DIRLISTONLY, 1);
	return finish(c, e);
}

/* MLSD shows hidden files too; NLST is what older servers have. */
static int
ftp_list(struct xfer *x, const char *path, xfer_entry f, void *arg,
    struct err *e)
{
	struct ftp_lines l = { .f = f, .arg = arg, .facts = true };

	if (list_once(x, path, &l, e) == 0)
		return 0;
	if (e->code != ERR_UNSUPPORTED)
		return unless_missing(x->priv, e);
	err_clear(e);
	l = (struct ftp_lines){ .f = f, .arg = arg };
	if (list_once(x, path, &l, e) == 0)
		return 1;
	return unless_missing(x->priv, e);
}

static int
rename_once(struct xfer *x, const char *from, const char *to, struct err *e)
{

	if (ftp_begin(x, NULL, e) == -1 ||
	    ftp_command(x, "RNFR", from, e) == -1 ||
	    ftp_command(x, "*RNTO", to, e) == -1)
		return -1;
	return ftp_send(x->priv, e);
}

/* Was it RNTO that was refused, because the name is taken? */
static bool
name_taken(struct xfer *x, const char *to)
{
	struct xcurl	*c = x->priv;
	struct xfer_stat st;
	struct err	 ignored;

	if (c->before != 350 || (c->reply != 550 && c->reply != 553))
		return false;
	err_clear(&ignored);
	return ftp_stat(x, to, &st, &ignored) == 0;
}

/*
 * RNTO replaces on most servers.  Where it is refused because the name is
 * taken, the old file goes first; the new one is complete by then.
 */
static int
ftp_replace(struct xfer *x, const char *from, const char *to, struct err *e)
{
	struct err why;

	x->facts.replaced = "one-step";
	err_clear(&why);
	if (rename_once(x, from, to, &why) == 0)
		return 0;
	if (!name_taken(x, to)) {
		*e = why;
		return -1;
	}
	x->facts.replaced = "steps";
	log_say(x->log, LOG_NOTE, "the server does not replace by rename; "
	    "removing the old file first", LFF("name", to));
	if (ftp_remove(x, to, e) == -1)
		return -1;
	return rename_once(x, from, to, e);
}

const struct xfer_ops xfer_ftp_ops = {
	.name = "ftp",
	.check = xcurl_check,
	.open = ftp_open,
	.put = ftp_put,
	.put_from = ftp_put_from,
	.get = ftp_get,
	.stat = ftp_stat,
	.replace = ftp_replace,
	.remove = ftp_remove,
	.mkdir = ftp_mkdir,
	.list = ftp_list,
	.set_time = ftp_set_time,
	.hash = ftp_hash,
	.learn = ftp_learn,
	.close = xcurl_free,
	.vague = true,
	.kind = ftp_kind,
	.links = true,
};
