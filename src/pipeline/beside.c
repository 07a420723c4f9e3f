/*
 * The files that a run's file is judged together with: those given in the same
 * call.  Which they are is kept in the run's folder, so that a run that is
 * resumed comes to the same verdict.
 *
 * Rows of files before ours that went their way are sent already; what
 * repeats them is not sent again.  A file that was turned down sent nothing:
 * it comes after ours, and can only contradict it.
 */
#include "pipeline_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIST_BYTES	((size_t)64 << 20)

static char *
list_path(const struct journey *j, struct err *e)
{
	char *path = NULL;

	if (asprintf(&path, "%s/beside", j->dir) < 0) {
		err_nomem(e);
		return NULL;
	}
	return path;
}

/* "before" or "after", path and name, each with a NUL behind it. */
static int
list_add(struct buf *b, const struct pipe_beside *x, struct err *e)
{
	const char *field[] = { x->before ? "before" : "after", x->path,
	    x->name };
	size_t i;

	for (i = 0; i < 3; i++)
		if (buf_add(b, field[i], strlen(field[i]) + 1, e) != 0)
			return -1;
	return 0;
}

int
beside_keep(struct journey *j, const struct pipe_beside *list, size_t n,
    struct err *e)
{
	struct tmpfile tmp = { .fd = -1 };
	struct buf b;
	char *path;
	size_t i;
	int rc = 0;

	if (n == 0)
		return 0;
	path = list_path(j, e);
	if (path == NULL)
		return -1;
	buf_init(&b, LIST_BYTES);
	for (i = 0; i < n && rc == 0; i++)
		rc = list_add(&b, &list[i], e);
	if (rc == 0)
		rc = tmpfile_open(&tmp, path, 0600, e);
	if (rc == 0)
		rc = io_write_all(tmp.fd, b.data, b.len, e);
	if (rc == 0)
		rc = tmpfile_commit(&tmp, e);
	tmpfile_abort(&tmp);
	buf_release(&b);
	free(path);
	return rc;
}

/* The next field of the list; NULL at its end. */
static const char *
list_next(const char **at, const char *end)
{
	const char *field = *at;

	if (field >= end)
		return NULL;
	*at += strlen(field) + 1;
	return field;
}

/* One more file; one that is gone is left out, and this is said. */
static void
beside_add(struct journey *j, struct beside *b, const char *path,
    const char *name, const struct check_opts *opts)
{
	struct check_input *in = &b->in[b->n];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0) {
		say(j, "check", "%s of the same call cannot be opened (%s): "
		    "not compared with it", name, strerror(errno));
		return;
	}
	memset(in, 0, sizeof(*in));
	in->fd = fd;
	in->name = name;
	in->opts = opts;
	in->beside = true;
	b->n++;
}

/* The files of the list that come before ours, or after it. */
static void
beside_half(struct journey *j, struct beside *b, bool before,
    const struct check_opts *opts)
{
	const char *at = b->list, *end = b->list + b->len;
	const char *name, *path, *where;

	while ((where = list_next(&at, end)) != NULL &&
	    (path = list_next(&at, end)) != NULL &&
	    (name = list_next(&at, end)) != NULL)
		if ((strcmp(where, "before") == 0) == before)
			beside_add(j, b, path, name, opts);
}

int
beside_open(struct journey *j, int fd, const struct check_opts *opts,
    struct beside *b, struct err *e)
{
	char *path = list_path(j, e);
	size_t i, ends = 0;

	memset(b, 0, sizeof(*b));
	if (path == NULL)
		return -1;
	if (access(path, F_OK) == 0 &&
	    io_slurp(path, LIST_BYTES, &b->list, &b->len, e) != 0) {
		free(path);
		return -1;
	}
	free(path);
	for (i = 0; i < b->len; i++)
		ends += b->list[i] == '\0';
	b->in = calloc(ends / 3 + 1, sizeof(*b->in));
	if (b->in == NULL)
		return err_nomem(e);
	beside_half(j, b, true, opts);
	b->own = b->n++;
	b->in[b->own].fd = fd;
	b->in[b->own].name = j->run.source.name;
	b->in[b->own].opts = opts;
	beside_half(j, b, false, opts);
	return 0;
}

void
beside_close(struct beside *b)
{
	size_t i;

	for (i = 0; i < b->n; i++)
		if (i != b->own) {
			close(b->in[i].fd);
			check_release(&b->in[i].res);
		}
	free(b->in);
	free(b->list);
	memset(b, 0, sizeof(*b));
}
