/*
 * The front of transfer: the scheme table, opening and closing, and dispatch
 * to a backend.  Every call goes through here so that each error names what
 * was done, to which path and where, in one form for all backends.
 */
#include "files.h"

#include <sys/stat.h>

#include <ctype.h>
#include <errno.h>
#include <unistd.h>

#include "../src/base/buf.h"
#include "../src/base/clock.h"
#include "../src/base/log.h"
#include "../src/base/stop.h"
#include "xfer_internal.h"

#define TOLD_EVERY_MS	100

const struct xfer_scheme xfer_scheme_table[] = {
	{ "http",  &xfer_http_ops, 80,  XS_QUERY },
	{ "https", &xfer_http_ops, 443, XS_QUERY | XS_TLS },
	{ "ftp",   &xfer_ftp_ops,  21,  0 },
	{ "ftpes", &xfer_ftp_ops,  21,  XS_STARTTLS },
	{ "ftps",  &xfer_ftp_ops,  990, XS_TLS },
	{ "sftp",  &xfer_sftp_ops, 22,  0 },
	{ "file",  &xfer_file_ops, 0,   XS_LOCAL },
	{ "null",  &xfer_null_ops, 0,   XS_LOCAL },
	{ NULL,    NULL,           0,   0 },
};

const char *
xfer_schemes(void)
{
	return "http https ftp ftpes ftps sftp file null";
}

const struct xfer_scheme *
xfer_scheme_find(const char *name, size_t n)
{
	const struct xfer_scheme *s;

	for (s = xfer_scheme_table; s->name != NULL; s++)
		if (strlen(s->name) == n && strncasecmp(s->name, name, n) == 0)
			return s;
	return NULL;
}

static void
or_default(int64_t *ms, int64_t fallback)
{
	if (*ms <= 0)
		*ms = fallback;
}

static int
open_backend(struct xfer *x, struct err *e)
{
	char where[300];

	if (x->scheme->ops->open == NULL)
		return 0;
	if (stop_check(e) == -1)
		return -1;
	if (x->scheme->ops->open(x, e) == 0) {
		/* HTTP has no connection yet, and logs in with each call. */
		x->let_in |= x->scheme->ops != &xfer_http_ops;
		return 0;
	}
	e->met |= x->met;
	return err_wrap(e, "connect to %s",
	    xfer_where(x, where, sizeof(where)));
}

/* The same for a URL that was taken apart, with the user that counts in t. */
static int
target_check(const struct xfer_target *t, const struct xfer_url *u,
    const struct xfer_scheme *s, struct err *e)
{
	const char *p;

	/* A line end in a user name would be a second command of FTP. */
	for (p = t->user; p != NULL && *p != '\0'; p++)
		if (iscntrl((unsigned char)*p))
			return err_set(e, ERR_CONFIG,
			    "the user name has a control character");
	if (t->proxy.url != NULL && xfer_proxy_check(t->proxy.url, e) == -1)
		return err_key(e, "proxy");
	return s->ops->check == NULL ? 0 : s->ops->check(t, u, e);
}

int
xfer_target_check(const struct xfer_target *target, struct err *e)
{
	struct xfer_target t = *target;
	struct xfer_url u;
	int rc;

	rc = xfer_url_parse(t.url, &u, e);
	if (rc == 0) {
		if (t.user == NULL)
			t.user = u.user;
		rc = target_check(&t, &u, xfer_scheme_find(u.scheme,
		    strlen(u.scheme)), e);
	}
	xfer_url_release(&u);
	return rc;
}

struct xfer *
xfer_open(const struct xfer_target *target, struct log *log, struct err *e)
{
	struct xfer *x;

	if ((x = calloc(1, sizeof(*x))) == NULL) {
		err_nomem(e);
		return NULL;
	}
	x->target = *target;
	x->log = log;
	x->clock = target->clock;
	x->times = target->times;
	or_default(&x->times.connect_ms, XFER_CONNECT_MS);
	or_default(&x->times.reply_ms, XFER_REPLY_MS);
	or_default(&x->times.final_ms, XFER_FINAL_MS);
	or_default(&x->times.stall_ms, XFER_STALL_MS);
	or_default(&x->times.stale_ms, XFER_STALE_MS);
	or_default(&x->times.unseen_ms, XFER_UNSEEN_MS);
	or_default(&x->times.total_ms, XFER_TOTAL_MS);
	if (xfer_url_parse(target->url, &x->url, e) == -1)
		goto fail;
	x->scheme = xfer_scheme_find(x->url.scheme, strlen(x->url.scheme));
	if (x->target.user == NULL)
		x->target.user = x->url.user;
	if (target_check(&x->target, &x->url, x->scheme, e) == -1)
		goto fail;
	if (open_backend(x, e) == -1)
		goto fail;
	return x;
fail:
	xfer_close(x);
	return NULL;
}

void
xfer_close(struct xfer *x)
{
	if (x == NULL)
		return;
	if (x->scheme != NULL && x->scheme->ops->close != NULL)
		x->scheme->ops->close(x);
	xfer_url_release(&x->url);
	free(x->old_path);
	free(x->replaced_path);
	free(x);
}

int
xfer_reopen(struct xfer *x, struct err *e)
{
	char where[300];

	log_say(x->log, LOG_NOTE, "connecting again",
	    LFF("server", xfer_where(x, where, sizeof(where))));
	if (x->scheme->ops->close != NULL)
		x->scheme->ops->close(x);
	x->priv = NULL;
	x->met = false;
	err_clear(&x->lost);
	if (open_backend(x, &x->lost) == 0)
		return 0;
	if (x->lost.code == ERR_LOGIN)
		x->refused = x->lost;
	*e = x->lost;
	return -1;
}

void
xfer_on_progress(struct xfer *x, xfer_progress f, void *arg)
{
	x->progress = f;
	x->progress_arg = arg;
	x->progress_last = 0;
}

void
xfer_told(struct xfer *x, uint64_t done, uint64_t total)
{
	int64_t now;

	if (x->progress == NULL)
		return;
	now = clock_mono(x->clock);
	if (done != total && x->progress_last != 0 &&
	    now - x->progress_last < TOLD_EVERY_MS)
		return;
	x->progress_last = now;
	x->progress(x->progress_arg, done, total);
}

const struct xfer_facts *
xfer_facts(const struct xfer *x)
{
	return &x->facts;
}

const struct err *
xfer_refused(const struct xfer *x)
{
	return x->refused.code != ERR_NONE ? &x->refused : NULL;
}

bool
xfer_let_in(const struct xfer *x)
{
	return x->let_in;
}

const char *
xfer_banner(const struct xfer *x)
{
	return x->banner;
}

const char *
xfer_where(const struct xfer *x, char *out, size_t n)
{
	if (x->scheme->flags & XS_LOCAL)
		snprintf(out, n, "this machine");
	else if (strchr(x->url.host, ':') != NULL)
		snprintf(out, n, "[%s]:%u", x->url.host, x->url.port);
	else
		snprintf(out, n, "%s:%u", x->url.host, x->url.port);
	return out;
}

static int
check_name(const char *name, struct err *e)
{
	const char *p;
	size_t n;

	for (p = name; *p != '\0'; p++)
		if (iscntrl((unsigned char)*p))
			return err_set(e, ERR_CONFIG, "the file name \"%s\" "
			    "has a control character", name);
	for (p = name + (*name == '/'); *p != '\0'; p += n + (p[n] == '/')) {
		n = strcspn(p, "/");
		if (n == 0 || (p[n] == '/' && p[n + 1] == '\0'))
			return err_set(e, ERR_CONFIG, "the file name \"%s\" "
			    "has an empty piece", name);
		if ((n == 1 && p[0] == '.') ||
		    (n == 2 && p[0] == '.' && p[1] == '.'))
			return err_set(e, ERR_CONFIG, "\"%s\" is a folder, "
			    "not a file name", name);
	}
	return 0;
}

char *
xfer_path(const struct xfer *x, const char *name, struct err *e)
{
	struct buf b;
	const char *folder;
	char *out;

	if (check_name(name, e) == -1)
		return NULL;
	folder = x->url.path + (x->url.home ? 1 : 0);
	if (name[0] == '/')
		folder = "";
	buf_init(&b, 64 * 1024);
	if (buf_adds(&b, folder, e) == -1)
		goto fail;
	if (name[0] != '\0' && b.len > 0 && b.data[b.len - 1] != '/' &&
	    buf_adds(&b, "/", e) == -1)
		goto fail;
	if (buf_adds(&b, name, e) == -1)
		goto fail;
	if (b.len == 0 && buf_adds(&b, ".", e) == -1)
		goto fail;
	if ((out = buf_take(&b, NULL)) == NULL)
		err_nomem(e);
	buf_release(&b);
	return out;
fail:
	buf_release(&b);
	return NULL;
}

static int
unsupported(const struct xfer *x, struct err *e)
{
	return err_set(e, ERR_UNSUPPORTED, "%s cannot do that",
	    x->scheme->name);
}

/* Say what was being done; with says " to ", " from " or " at ". */
static int
failed(struct xfer *x, const char *verb, const char *name, const char *with,
    struct err *e)
{
	struct err local;
	char where[300], *path;

	/* Each further call would be one more wrong login. */
	if (e->code == ERR_LOGIN && x->refused.code == ERR_NONE)
		x->refused = *e;
	err_clear(&local);
	path = xfer_path(x, name, &local);
	err_wrap(e, "%s %s%s%s%s", verb, path != NULL && x->url.home ? "~/" :
	    "", path != NULL ? path : name, with,
	    xfer_where(x, where, sizeof(where)));
	free(path);
	e->met |= x->met;
	return -1;
}

/* What every call checks first; can: whether the backend has a function. */
static int
ready(const struct xfer *x, const char *name, bool can, struct err *e)
{
	if (stop_check(e) == -1 || check_name(name, e) == -1)
		return -1;
	if (x->refused.code != ERR_NONE) {
		*e = x->refused;
		return -1;
	}
	if (x->lost.code != ERR_NONE)
		return err_set(e, ERR_BROKEN, "the connection was lost and "
		    "could not be made again (%s)", x->lost.msg);
	return can ? 0 : unsupported(x, e);
}

/* The same for a backend's function that takes a whole path; to be freed. */
static char *
ready_path(const struct xfer *x, const char *name, bool can, struct err *e)
{
	return ready(x, name, can, e) == -1 ? NULL : xfer_path(x, name, e);
}

int
xfer_put(struct xfer *x, const char *name, const struct xfer_source *src,
    struct err *e)
{
	if (ready(x, name, x->scheme->ops->put != NULL, e) == -1 ||
	    xfer_put_paced(x, XFER_PUT_OVER, name, src, 0, e) == -1)
		return failed(x, "put", name, " to ", e);
	return 0;
}

/* ERR_EXISTS when there is something of that name. */
static int
check_free(struct xfer *x, const char *name, struct err *e)
{
	struct xfer_stat st;
	struct err why;
	int rc;

	memset(&st, 0, sizeof(st));
	err_clear(&why);
	rc = x->scheme->ops->stat == NULL ? unsupported(x, &why) :
	    x->scheme->ops->stat(x, name, &st, &why);
	if (rc == 0)
		return err_set(e, ERR_EXISTS, "%s is there already", name);
	if (why.code == ERR_NOTFOUND)
		return 0;
	*e = why;
	return -1;
}

/*
 * A server words "the name is taken" as it likes; whether it is tells best.
 */
static int
or_taken(struct xfer *x, const char *name, struct err *e)
{
	struct err why;

	if (err_is(e, ERR_ENDS))
		return -1;
	err_clear(&why);
	if (check_free(x, name, &why) == -1 && why.code == ERR_EXISTS)
		*e = why;
	return -1;
}

int
xfer_put_new(struct xfer *x, const char *name, const struct xfer_source *src,
    struct err *e)
{
	if (ready(x, name, x->scheme->ops->put != NULL, e) == -1 ||
	    check_free(x, name, e) == -1 ||
	    xfer_put_paced(x, XFER_PUT_NEW, name, src, 0, e) == -1)
		return failed(x, "put", name, " to ", e);
	return 0;
}

int
xfer_put_from(struct xfer *x, const char *name, const struct xfer_source *src,
    uint64_t off, struct err *e)
{
	if (ready(x, name, x->scheme->ops->put_from != NULL, e) == -1 ||
	    xfer_put_paced(x, XFER_PUT_FROM, name, src, off, e) == -1)
		return failed(x, "go on with", name, " at ", e);
	return 0;
}

int
xfer_get(struct xfer *x, const char *name, const struct xfer_sink *sink,
    struct err *e)
{
	if (ready(x, name, x->scheme->ops->get != NULL, e) == -1 ||
	    xfer_get_paced(x, name, sink, e) == -1)
		return failed(x, "get", name, " from ", e);
	return 0;
}

int
xfer_stat(struct xfer *x, const char *name, struct xfer_stat *out,
    struct err *e)
{
	memset(out, 0, sizeof(*out));
	if (ready(x, name, x->scheme->ops->stat != NULL, e) == -1 ||
	    x->scheme->ops->stat(x, name, out, e) == -1)
		return failed(x, "look up", name, " at ", e);
	return 0;
}

int
xfer_kind(struct xfer *x, const char *name, enum xfer_kind *out,
    struct err *e)
{
	*out = XFER_UNKNOWN;
	if (x->scheme->ops->kind == NULL)
		return 0;
	if (ready(x, name, true, e) == -1 ||
	    x->scheme->ops->kind(x, name, out, e) == -1)
		return failed(x, "look up", name, " at ", e);
	return 0;
}

int
xfer_replace(struct xfer *x, const char *from, const char *to, struct err *e)
{
	char with[300];

	if (ready(x, from, x->scheme->ops->replace != NULL, e) == -1 ||
	    check_name(to, e) == -1 ||
	    x->scheme->ops->replace(x, from, to, e) == -1) {
		snprintf(with, sizeof(with), " to %s at ", to);
		return failed(x, "rename", from, with, e);
	}
	return 0;
}

int
xfer_rename(struct xfer *x, const char *from, const char *to, struct err *e)
{
	const struct xfer_ops *ops = x->scheme->ops;
	char with[300];

	if (ready(x, from, ops->replace != NULL, e) == -1 ||
	    check_name(to, e) == -1 || check_free(x, to, e) == -1)
		goto fail;
	if ((ops->rename != NULL ? ops->rename : ops->replace)(x, from, to,
	    e) == 0)
		return 0;
	or_taken(x, to, e);
fail:
	snprintf(with, sizeof(with), " to %s at ", to);
	return failed(x, "rename", from, with, e);
}

int
xfer_remove(struct xfer *x, const char *name, struct err *e)
{
	if (ready(x, name, x->scheme->ops->remove != NULL, e) == -1 ||
	    xfer_remove_proven(x, name, e) == -1)
		return failed(x, "remove", name, " at ", e);
	return 0;
}

int
xfer_hash(struct xfer *x, const char *name, unsigned char out[32],
    struct err *e)
{
	if (ready(x, name, x->scheme->ops->hash != NULL, e) == -1 ||
	    x->scheme->ops->hash(x, name, out, e) == -1)
		return failed(x, "ask for the SHA-256 of", name, " at ", e);
	return 0;
}

int
xfer_set_time(struct xfer *x, const char *name, int64_t wall_ms,
    struct err *e)
{
	if (ready(x, name, x->scheme->ops->set_time != NULL, e) == -1 ||
	    x->scheme->ops->set_time(x, name, wall_ms, e) == -1)
		return failed(x, "set the time of", name, " at ", e);
	return 0;
}

void
xfer_learn(struct xfer *x)
{
	if (x->lost.code == ERR_NONE && x->scheme->ops->learn != NULL)
		x->scheme->ops->learn(x);
}

/* Each folder on the way; what is there already is refused, and fine. */
static int
make_folders(struct xfer *x, char *path, struct err *e)
{
	struct err why;
	char *p;

	for (p = path + 1;; p++) {
		char was = *p;

		if (was != '/' && was != '\0')
			continue;
		*p = '\0';
		err_clear(&why);
		if (x->scheme->ops->mkdir(x, path, &why) == -1 &&
		    err_is(&why, ERR_ENDS)) {
			*e = why;
			return -1;
		}
		*p = was;
		if (was == '\0' || p[1] == '\0')
			return 0;
	}
}

int
xfer_mkdirs(struct xfer *x, const char *name, struct err *e)
{
	char *path = ready_path(x, name, x->scheme->ops->mkdir != NULL, e);
	int rc = path == NULL ? -1 : make_folders(x, path, e);

	free(path);
	if (rc == -1)
		return failed(x, "make the folder", name, " at ", e);
	return 0;
}

int
xfer_room(struct xfer *x, uint64_t *out, struct err *e)
{
	char *path = ready_path(x, "", x->scheme->ops->room != NULL, e);
	int rc = path == NULL ? -1 :
	    x->scheme->ops->room(x, path, out, e);

	free(path);
	if (rc == -1)
		return failed(x, "ask for the room in", "", " at ", e);
	return 0;
}

/* Only names that we could use ourselves. */
struct listing {
	xfer_entry	 f;
	void		*arg;
};

static int
list_entry(void *arg, const char *name, uint64_t size, struct err *e)
{
	struct listing *l = arg;
	struct err ignored;

	err_clear(&ignored);
	if (name[0] == '\0' || strchr(name, '/') != NULL ||
	    check_name(name, &ignored) == -1)
		return 0;
	return l->f(l->arg, name, size, e);
}

int
xfer_list(struct xfer *x, const char *folder, xfer_entry f, void *arg,
    struct err *e)
{
	struct listing l = { f, arg };
	char *path = ready_path(x, folder,
	    x->scheme->ops->list != NULL, e);
	int rc = path == NULL ? -1 :
	    x->scheme->ops->list(x, path, list_entry, &l, e);

	free(path);
	if (rc == -1)
		return failed(x, "list", folder, " at ", e);
	return rc;
}

static ssize_t
fd_pread(void *arg, void *p, size_t n, uint64_t off, struct err *e)
{
	ssize_t got;

	do
		got = pread((int)(intptr_t)arg, p, n, (off_t)off);
	while (got == -1 && errno == EINTR);
	if (got == -1)
		return err_sys(e, ERR_IO, errno, "read the file to send");
	return got;
}

int
xfer_source_fd(int fd, struct xfer_source *out, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return err_sys(e, ERR_IO, errno, "look up the file to send");
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_IO,
		    "what is to be sent is not a regular file");
	out->pread = fd_pread;
	out->arg = (void *)(intptr_t)fd;
	out->size = (uint64_t)st.st_size;
	return 0;
}
