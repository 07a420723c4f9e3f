/*
 * The files that a run's file is judged together with: those given in the same
 * call.  Which they are is kept in the run's folder, and so are the rows that
 * they have in common: a run that is resumed comes to the same verdict, even
 * when those files are gone by then.
 *
 * All files of a call are read for that once, by the first run that needs it;
 * the next ones get a copy.  A run of a file that has changed since makes them
 * anew.
 *
 * Rows of files before ours that went their way are sent already; what
 * repeats them is not sent again.  A file that was turned down sent nothing:
 * it comes after ours, and can only contradict it.
 */
#include "beside.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/buf.h"
#include "../base/tmpfile.h"
#include "common.h"
#include "journey.h"
#include "pipeline.h"
#include "say.h"

#define LIST_BYTES	((size_t)64 << 20)
#define LIST_NAME	"beside"	/* in the run's folder */
#define ROWS_NAME	"beside.rows"

static char *
beside_path(const char *dir, const char *name, struct err *e)
{
	char *path = NULL;

	if (asprintf(&path, "%s/%s", dir, name) < 0) {
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
		if (buf_add(b, field[i], strlen(field[i]) + 1, e) == -1)
			return -1;
	return 0;
}

static int
list_keep(struct journey *j, const struct pipe_beside *list, size_t n,
    struct err *e)
{
	struct tmpfile tmp = { .fd = -1 };
	char *path = beside_path(j->dir, LIST_NAME, e);
	struct buf b;
	size_t i;
	int rc = 0;

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

/* The rows in common that an earlier run of this call has found. */
static int
rows_keep(struct journey *j, struct err *e)
{
	struct tmpfile tmp = { .fd = -1 };
	char *path;
	int rc, from;

	if (j->c->common == NULL)
		return 0;
	from = fileno(j->c->common);
	path = beside_path(j->dir, ROWS_NAME, e);
	if (path == NULL)
		return -1;
	rc = tmpfile_open(&tmp, path, 0600, e);
	if (rc == 0 && lseek(from, 0, SEEK_SET) == -1)
		rc = err_sys(e, ERR_IO, errno, "read rows in common");
	if (rc == 0)
		rc = io_copy_all(from, tmp.fd, e);
	if (rc == 0)
		rc = tmpfile_commit(&tmp, e);
	tmpfile_abort(&tmp);
	free(path);
	return rc;
}

int
beside_keep(struct journey *j, const struct pipe_beside *list, size_t n,
    struct err *e)
{
	if (n == 0)
		return 0;
	return list_keep(j, list, n, e) == -1 || rows_keep(j, e) == -1 ? -1 : 0;
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

/* Take the list apart; it stays the strings' memory. */
static int
list_read(struct journey *j, struct beside *b, struct err *e)
{
	char *path = beside_path(j->dir, LIST_NAME, e);
	const char *at, *end, *where;
	size_t i, ends = 0;
	int rc;

	if (path == NULL)
		return -1;
	rc = access(path, F_OK) == -1 ? 0 :
	    io_slurp(path, LIST_BYTES, &b->list, &b->len, e);
	free(path);
	if (rc == -1 || b->len == 0)
		return rc;
	for (i = 0; i < b->len; i++)
		ends += b->list[i] == '\0';
	b->file = calloc(ends / 3 + 1, sizeof(*b->file));
	if (b->file == NULL)
		return err_nomem(e);
	at = b->list;
	end = b->list + b->len;
	while ((where = list_next(&at, end)) != NULL &&
	    (b->file[b->n].path = list_next(&at, end)) != NULL &&
	    (b->file[b->n].name = list_next(&at, end)) != NULL)
		b->file[b->n++].before = strcmp(where, "before") == 0;
	return 0;
}

/* The rows' number of a path, or c->n. */
static size_t
common_find(const struct common *c, const char *path)
{
	size_t i;

	for (i = 0; i < c->n && strcmp(c->file[i].path, path) != 0; i++)
		;
	return i;
}

/*
 * Are these the rows of all files of the list that can be read, and of the
 * run's own as it is?
 * Another one that has changed since has a run of its own to find that out.
 */
static bool
rows_cover(const struct journey *j, const struct beside *b)
{
	const struct ledger_source *s = &j->run.source;
	const struct common *c = &b->common;
	size_t i, k;

	for (i = 0; i < c->n && (c->file[i].why != 0 ||
	    c->file[i].dev != s->dev || c->file[i].ino != s->ino ||
	    c->file[i].size != s->size ||
	    c->file[i].mtime_ns != s->mtime_ns); i++)
		;
	if (i == c->n)
		return false;
	for (i = 0; i < b->n; i++) {
		k = common_find(c, b->file[i].path);
		if (k == c->n || (c->file[k].why != 0 &&
		    access(c->file[k].path, R_OK) == 0))
			return false;
	}
	return true;
}

/* Read all files for the rows that they have in common. */
static int
rows_make(struct journey *j, int fd, const struct beside *b,
    const struct check_opts *opts, const char *path, struct err *e)
{
	struct common_input *in = calloc(b->n + 1, sizeof(*in));
	struct check_opts *form = calloc(b->n + 1, sizeof(*form));
	size_t i, n = 0;
	int rc;

	if (in == NULL || form == NULL) {
		free(in);
		free(form);
		return err_nomem(e);
	}
	for (i = 0; i < b->n; i++)
		if (b->file[i].before)
			in[n++] = (struct common_input){ b->file[i].path, -1,
			    NULL };
	in[n++] = (struct common_input){ j->run.source.path, fd, NULL };
	for (i = 0; i < b->n; i++)
		if (!b->file[i].before)
			in[n++] = (struct common_input){ b->file[i].path, -1,
			    NULL };
	for (i = 0; i < n; i++)
		in[i].opts = pipeline_form(j->c->set, in[i].path, opts,
		    &form[i]);
	rc = common_make(path, in, n, e);
	free(form);
	free(in);
	if (rc == -1 || !j->fresh)
		return rc;
	if (j->c->common != NULL)
		fclose(j->c->common);
	/* Without it the next run reads them once more. */
	j->c->common = fopen(path, "re");
	return 0;
}

/* Rows of files before the run's own, or after it. */
struct half {
	const struct beside	*b;
	check_row_f		*f;
	void			*arg;
	bool			 before;
};

static int
half_row(void *arg, const struct check_row *row, struct err *e)
{
	const struct half *h = arg;
	const struct beside_file *file = h->b->of[row->file];

	return file == NULL || file->before != h->before ? 0 :
	    h->f(h->arg, row, e);
}

static int
beside_each(void *arg, bool before, check_row_f *f, void *farg,
    struct err *e)
{
	struct beside *b = arg;
	struct half h = { b, f, farg, before };

	return common_each(&b->common, half_row, &h, e);
}

/* Which file of the list the rows of each number are of. */
static int
beside_map(struct journey *j, struct beside *b, struct err *e)
{
	size_t i, k;

	b->of = calloc(b->common.n + 1, sizeof(*b->of));
	b->names = calloc(b->common.n + 1, sizeof(*b->names));
	if (b->of == NULL || b->names == NULL)
		return err_nomem(e);
	for (i = 0; i < b->n; i++) {
		k = common_find(&b->common, b->file[i].path);
		if (k == b->common.n)
			continue;
		b->of[k] = &b->file[i];
		b->names[k] = b->file[i].name;
		if (b->common.file[k].why != 0)
			say(j, "check", "%s of the same call could not be "
			    "opened (%s): not compared with it",
			    b->file[i].name,
			    strerror(b->common.file[k].why));
	}
	b->others.names = b->names;
	b->others.each = beside_each;
	b->others.arg = b;
	return 0;
}

int
beside_open(struct journey *j, int fd, struct check_opts *opts,
    struct beside *b, struct err *e)
{
	char *path;
	int rc;

	memset(b, 0, sizeof(*b));
	if (list_read(j, b, e) == -1)
		return -1;
	if (b->n == 0)
		return 0;
	path = beside_path(j->dir, ROWS_NAME, e);
	if (path == NULL)
		return -1;
	rc = common_open(&b->common, path, e);
	if (rc == 0 || (rc == 1 && !rows_cover(j, b))) {
		common_close(&b->common);
		rc = rows_make(j, fd, b, opts, path, e);
		if (rc == 0)
			rc = common_open(&b->common, path, e);
	}
	free(path);
	if (rc == -1 || beside_map(j, b, e) == -1)
		return -1;
	opts->others = &b->others;
	return 0;
}

void
beside_close(struct beside *b)
{
	common_close(&b->common);
	free(b->of);
	free(b->names);
	free(b->file);
	free(b->list);
	memset(b, 0, sizeof(*b));
}

void
beside_forget(const char *dir)
{
	struct err ignored;
	char *path;

	err_clear(&ignored);
	path = beside_path(dir, ROWS_NAME, &ignored);
	if (path != NULL)
		unlink(path);
	free(path);
}
