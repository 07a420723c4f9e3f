/*
 * Rows for a person, as a CSV that can be sent again: those that were refused,
 * not applied or called off (failed.csv), and those of which nothing is known
 * (unknown.csv).  One file of each kind for each part, written whole or not at
 * all, so that an interrupted verification can be done again; joined when the
 * run has ended.
 */
#include "failed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/fault.h"
#include "../coupon/layout.h"
#include "../coupon/spool.h"
#include "../format/formula.h"
#include "artifact.h"
#include "journey.h"

#define FAILED_CHUNK	(64u << 10)

static const char failed_head[] = "coupon_code,redeemed,redeem_date\n";

static const char *const failed_names[FAILED__MAX] = {
	[FAILED_ROWS] = "failed",
	[FAILED_UNKNOWN] = "unknown",
};

char *
failed_path(const char *dir, enum failed_kind kind, int part, struct err *e)
{
	const char *name = failed_names[kind];
	char *path = NULL;
	int n;

	n = part == 0 ? asprintf(&path, "%s/%s.csv", dir, name) :
	    asprintf(&path, "%s/%s-%d.csv", dir, name, part);
	if (n < 0) {
		err_nomem(e);
		return NULL;
	}
	return path;
}

int
failed_open(struct failed_rows *f, char *path, const char *alphabet)
{
	memset(f, 0, sizeof(*f));
	f->tmp.fd = -1;
	buf_init(&f->buf, FAILED_CHUNK * 2);
	f->guard = formula_guards(alphabet);
	f->path = path;
	return f->path == NULL ? -1 : 0;
}

static int
failed_flush(struct failed_rows *f, struct err *e)
{
	if (io_write_all(f->tmp.fd, f->buf.data, f->buf.len, e) == -1)
		return -1;
	buf_clear(&f->buf);
	return 0;
}

int
failed_add(struct failed_rows *f, const struct coupon *c, struct err *e)
{
	const struct layout l = { .kind = LAYOUT_COLUMNS,
	    .guard = f->guard };

	f->unwritten = true;
	if (f->tmp.fd < 0 && tmpfile_open(&f->tmp, f->path, 0600, e) == -1)
		return -1;
	if (layout_row(&l, c, &f->buf, e) == -1)
		return -1;
	f->rows++;
	if (f->buf.len >= FAILED_CHUNK && failed_flush(f, e) == -1)
		return -1;
	f->unwritten = false;
	return 0;
}

int
failed_close(struct failed_rows *f, struct err *e)
{
	int rc = 0;

	if (f->tmp.fd >= 0) {
		rc = failed_flush(f, e);
		if (rc == 0)
			rc = tmpfile_commit(&f->tmp, e);
	} else if (unlink(f->path) == -1 && errno != ENOENT) {
		/* Of an interrupted attempt that saw refusals too early. */
		rc = err_sys(e, ERR_IO, errno, "remove %s", f->path);
	}
	failed_abort(f);
	return rc;
}

void
failed_abort(struct failed_rows *f)
{
	tmpfile_abort(&f->tmp);
	buf_release(&f->buf);
	free(f->path);
	f->path = NULL;
}

/* Append one part's file to out. */
static int
failed_append(const char *path, int out, struct err *e)
{
	char chunk[8192];
	ssize_t n;
	int fd, rc = 0;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 :
		    err_sys(e, ERR_IO, errno, "open %s", path);
	while (rc == 0 && (n = io_read(fd, chunk, sizeof(chunk), e)) != 0)
		rc = n < 0 ? -1 : io_write_all(out, chunk, (size_t)n, e);
	close(fd);
	return rc;
}

static int
failed_row(void *arg, const struct coupon *c, struct err *e)
{
	return failed_add(arg, c, e);
}

/*
 * 1 when the joined file is there.  It is made once, when every part has
 * ended; after that the files it was made of are removed one by one, so that
 * joining what is left of them would lose rows.
 */
static int
failed_joined(const struct journey *j, enum failed_kind kind, struct err *e)
{
	char *path = failed_path(j->dir, kind, 0, e);
	int there;

	if (path == NULL)
		return -1;
	there = access(path, F_OK) == 0;
	free(path);
	return there;
}

/*
 * True when no row of the part went through: refused before there was a task,
 * or called off before it was sent while others of its run were.  Of a run
 * that was called off as a whole the file itself is what to send.
 */
static bool
none_went(const struct journey *j, const struct ledger_part *p)
{
	if (p->state == PART_CANCELLED)
		return p->intent_ms == 0 && parts_announced(j);
	return p->state == PART_FAILED && p->task == NULL;
}

int
failed_whole(struct journey *j, struct err *e)
{
	struct failed_rows f;
	int joined = failed_joined(j, FAILED_ROWS, e), rc = 0;
	struct err why;
	size_t i;

	if (joined != 0)
		return joined < 0 ? -1 : 0;
	err_clear(&why);
	for (i = 0; i < j->nparts; i++) {
		const struct ledger_part *p = &j->parts[i];

		if (!none_went(j, p) || access(p->local, F_OK) == -1)
			continue;
		if (failed_open(&f, failed_path(j->dir, FAILED_ROWS, p->no, e),
		    j->job->check.alphabet) == -1)
			return -1;
		if (artifact_each(p, failed_row, &f, &why) == -1) {
			failed_abort(&f);
			*e = why;
			if (f.unwritten || why.code != ERR_IO)
				return -1;
			rc = 1;		/* no later attempt reads it either */
		} else if (failed_close(&f, e) == -1)
			return -1;
	}
	return rc;
}

static int
join_kind(struct journey *j, enum failed_kind kind, struct err *e)
{
	struct tmpfile tmp = { .fd = -1 };
	int joined = failed_joined(j, kind, e), rc = 0;
	char *path, *part;
	size_t i;

	if (joined != 0)
		return joined < 0 ? -1 : 0;
	if (FAULT_POINT("failed-join"))
		return err_set(e, ERR_IO, "injected");
	path = failed_path(j->dir, kind, 0, e);
	if (path == NULL)
		return -1;
	for (i = 0; rc == 0 && i < j->nparts; i++) {
		part = failed_path(j->dir, kind, j->parts[i].no, e);
		if (part == NULL)
			rc = -1;
		else if (access(part, F_OK) == 0) {
			if (tmp.fd == -1 &&
			    (tmpfile_open(&tmp, path, 0600, e) == -1 ||
			    io_write_all(tmp.fd, failed_head,
			    sizeof(failed_head) - 1, e) == -1))
				rc = -1;
			else
				rc = failed_append(part, tmp.fd, e);
		}
		free(part);
	}
	if (rc == 0 && tmp.fd >= 0)
		rc = tmpfile_commit(&tmp, e);
	tmpfile_abort(&tmp);
	free(path);
	return rc;
}

int
failed_join(struct journey *j, struct err *e)
{
	return join_kind(j, FAILED_ROWS, e) == -1 ||
	    join_kind(j, FAILED_UNKNOWN, e) == -1 ? -1 : 0;
}
