/*
 * The stand-in's file server.
 *
 * A body goes to an unnamed file first: an upload that breaks leaves nothing,
 * and whoever reads meanwhile gets the old file whole or the new one whole.
 */
#include "staging.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../transfer/files.h"
#include "../../transfer/url.h"
#include "../base/clock.h"
#include "../base/err.h"
#include "../base/log.h"
#include "../base/secret.h"
#include "../base/str.h"
#include "../base/tmpfile.h"
#include "../net/server.h"
#include "faults.h"
#include "sandbox_internal.h"

#define COPY_BYTES	(256u << 10)

enum { S_OK = 200, S_CREATED = 201, S_NO_CONTENT = 204, S_BAD = 400,
	S_LOGIN = 401, S_NOT_FOUND = 404, S_METHOD = 405, S_TAKEN = 412,
	S_ERROR = 500, S_FULL = 507 };

/*
 * The file name in a path under the prefix; NULL when it is not a single one.
 */
static const char *
stage_name(const char *path)
{
	const char *name, *p;

	if (strncmp(path, STAGING_PREFIX, strlen(STAGING_PREFIX)) != 0)
		return NULL;
	name = path + strlen(STAGING_PREFIX);
	if (name[0] == '\0' || strlen(name) > NAME_MAX ||
	    strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return NULL;
	for (p = name; *p != '\0'; p++)
		if (*p == '/' || (unsigned char)*p < 0x20 || *p == 0x7f)
			return NULL;
	return name;
}

static void
stage_path(const struct sandbox *s, const char *name, char *out, size_t n)
{
	snprintf(out, n, "%s/%s", s->stage_dir, name);
}

/*
 * Reading is free: a data_url cannot carry a password.
 */
static bool
stage_allowed(const struct sandbox *s, const struct http_incoming *in)
{
	if (s->stage_user == NULL || strcmp(in->method, "GET") == 0)
		return true;
	return in->user != NULL && in->password != NULL &&
	    strcmp(in->user, s->stage_user) == 0 &&
	    strcmp(in->password, secret_bytes(s->stage_password)) == 0;
}

int
staging_route(struct sandbox *s, const struct http_incoming *in)
{
	struct tmpfile t;
	struct err e;

	if (strcmp(in->method, "PUT") != 0 || stage_name(in->path) == NULL ||
	    !stage_allowed(s, in))
		return -1;
	err_clear(&e);
	if (tmpfile_anon(&t, s->stage_dir, &e) == -1) {
		log_say(s->log, LOG_ERROR, "no place for an upload",
		    LFF("why", e.msg));
		return -1;
	}
	return t.fd;
}

static int
copy_file(int from, int to, struct err *e)
{
	ssize_t n;
	char *buf;

	if (lseek(from, 0, SEEK_SET) == -1)
		return err_sys(e, ERR_IO, errno, "cannot read the upload");
	buf = malloc(COPY_BYTES);
	if (buf == NULL)
		return err_nomem(e);
	do {
		n = io_read(from, buf, COPY_BYTES, e);
		if (n > 0 && io_write_all(to, buf, (size_t)n, e) == -1)
			n = -1;
	} while (n > 0);
	free(buf);
	return n == -1 ? -1 : 0;
}

/*
 * Whether all that was announced is there.
 */
static bool
upload_whole(const struct http_incoming *in)
{
	const char *text;
	struct stat st;
	uint64_t n;

	text = http_incoming_header(in, "Content-Length");
	if (text == NULL)
		return true;
	return str_u64(text, strlen(text), INT64_MAX, &n) == 0 &&
	    fstat(in->body_fd, &st) == 0 && (uint64_t)st.st_size == n;
}

static int
stage_put(const struct http_incoming *in, const char *path, struct err *e)
{
	struct tmpfile t;
	int status;

	if (in->body_fd == -1)
		return S_ERROR;
	if (!upload_whole(in))
		return S_BAD;
	status = access(path, F_OK) == 0 ? S_NO_CONTENT : S_CREATED;
	if (tmpfile_open(&t, path, 0600, e) == -1)
		return -1;
	if (copy_file(in->body_fd, t.fd, e) == -1) {
		tmpfile_abort(&t);
		return -1;
	}
	return tmpfile_commit(&t, e) == -1 ? -1 : status;
}

static int
stage_get(const char *path, struct http_outgoing *out)
{
	struct stat st;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1)
		return S_NOT_FOUND;
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		close(fd);
		return S_NOT_FOUND;
	}
	out->file_fd = fd;
	out->content_type = "application/octet-stream";
	return S_OK;
}

/*
 * RFC 4918, 10.3: an absolute URI, or an absolute path.  The host is not
 * looked at, since there is only this one.  malloc'd name, or NULL.
 */
static char *
move_target(const struct http_incoming *in)
{
	struct xfer_url url;
	const char *header, *name;
	char *full, *copy;
	struct err e;

	header = http_incoming_header(in, "Destination");
	if (header == NULL || asprintf(&full, "%s%s",
	    header[0] == '/' ? "http://localhost" : "", header) == -1)
		return NULL;
	err_clear(&e);
	copy = NULL;
	memset(&url, 0, sizeof(url));
	if (xfer_url_parse(full, &url, &e) == 0) {
		name = stage_name(url.path);
		if (name != NULL)
			copy = str_dup(name, &e);
	}
	xfer_url_release(&url);
	free(full);
	return copy;
}

static int
stage_move(struct sandbox *s, const struct http_incoming *in,
    const char *path, struct err *e)
{
	const char *overwrite;
	char to[PATH_MAX], *name;
	bool there;

	name = move_target(in);
	if (name == NULL)
		return S_BAD;
	stage_path(s, name, to, sizeof(to));
	free(name);
	there = access(to, F_OK) == 0;
	overwrite = http_incoming_header(in, "Overwrite");
	if (there && overwrite != NULL && str_ieq(overwrite, "F"))
		return S_TAKEN;
	if (rename(path, to) == 0)
		return there ? S_NO_CONTENT : S_CREATED;
	if (errno == ENOENT)
		return S_NOT_FOUND;
	return err_sys(e, ERR_IO, errno, "cannot rename a staged file");
}

static int
stage_delete(const char *path, struct err *e)
{
	if (unlink(path) == 0)
		return S_NO_CONTENT;
	if (errno == ENOENT)
		return S_NOT_FOUND;
	return err_sys(e, ERR_IO, errno, "cannot remove a staged file");
}

/*
 * What was asked for, faults aside: the status to answer.
 */
static int
stage_do(struct sandbox *s, const struct http_incoming *in,
    struct http_outgoing *out)
{
	const char *name;
	char path[PATH_MAX];
	struct err e;
	int status;

	name = stage_name(in->path);
	if (name == NULL)
		return S_BAD;
	if (!stage_allowed(s, in))
		return S_LOGIN;
	err_clear(&e);
	stage_path(s, name, path, sizeof(path));
	if (strcmp(in->method, "PUT") == 0)
		status = stage_put(in, path, &e);
	else if (strcmp(in->method, "GET") == 0)
		status = stage_get(path, out);
	else if (strcmp(in->method, "MOVE") == 0)
		status = stage_move(s, in, path, &e);
	else if (strcmp(in->method, "DELETE") == 0)
		status = stage_delete(path, &e);
	else
		status = S_METHOD;
	if (status != -1)
		return status;
	log_say(s->log, LOG_ERROR, "file server", LFF("why", e.msg));
	return e.code == ERR_NOSPACE ? S_FULL : S_ERROR;
}

void
staging_handle(struct sandbox *s, const struct http_incoming *in,
    struct http_outgoing *out)
{
	struct fault_plan plan;
	char subject[32];
	int64_t start;

	start = clock_mono(s->clock);
	fault_plan_init(&plan);
	snprintf(subject, sizeof(subject), "stage.%s", in->method);
	faults_take(s->faults, subject, &plan);
	if (plan.status != 0) {
		out->status = plan.status;
		out->retry_after_s = plan.retry_after_s;
	} else if (!plan.reset || plan.reset_after) {
		out->status = stage_do(s, in, out);
	}
	out->delay_ms = plan.delay_ms;
	out->truncate_at = plan.truncate_at;
	out->reset = plan.reset;
	log_say(s->log, LOG_INFO, "file", LFF("method", in->method),
	    LFF("path", in->path), LFI("status", out->status),
	    LFMS("took", clock_mono(s->clock) - start));
}
