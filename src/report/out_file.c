/*
 * Files that a person asked for.
 *
 * Renaming over /dev/full or a pipe would replace the device itself: what is
 * there and is no ordinary file is opened and written to.  A link is followed
 * first, for the same reason.
 */
#include "out_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/err.h"
#include "../base/str.h"

/* Rows, reports and corrections hold codes, which are worth money. */
#define OUT_MODE	0600

static int
out_direct(struct out_file *o, struct err *e)
{
	int fd = open(o->path, O_WRONLY | O_CLOEXEC);

	if (fd == -1)
		return err_sys(e, ERR_CREATE, errno, "cannot write to %s",
		    o->path);
	o->f = fdopen(fd, "w");
	if (o->f != NULL)
		return 0;
	close(fd);
	return err_nomem(e);
}

static int
out_beside(struct out_file *o, const char *path, struct err *e)
{
	if (tmpfile_open(&o->t, path, OUT_MODE, e) == -1)
		return -1;
	o->f = tmpfile_stream(&o->t, e);
	if (o->f != NULL)
		return 0;
	tmpfile_abort(&o->t);
	return -1;
}

int
out_spare(const struct out_kept *kept, const char *path, struct err *e)
{
	struct stat out, in;
	size_t i;

	if (stat(path, &out) == -1 || !S_ISREG(out.st_mode))
		return 0;	/* no file that could lose anything */
	for (i = 0; i < kept->n; i++)
		if ((strcmp(kept->path[i], "-") == 0 ? fstat(STDIN_FILENO,
		    &in) : stat(kept->path[i], &in)) == 0 &&
		    in.st_dev == out.st_dev && in.st_ino == out.st_ino)
			return err_set(e, ERR_USAGE, "%s is read by this "
			    "command and cannot be written over; name another "
			    "one for what is to be written", path);
	return kept->force ? 0 : err_set(e, ERR_CREATE, "%s is there already; "
	    "name another file, or add --force to write over it", path);
}

int
out_open(struct out_file *o, const char *path, const struct out_kept *kept,
    struct err *e)
{
	char real[PATH_MAX];
	struct stat st;
	int rc;

	memset(o, 0, sizeof(*o));
	o->t.fd = -1;
	if (out_spare(kept, path, e) == -1)
		return -1;
	o->path = str_dup(path, e);
	if (o->path == NULL)
		return -1;
	o->force = kept->force;
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		rc = S_ISDIR(st.st_mode) ? err_set(e, ERR_CREATE,
		    "%s is a folder", path) : out_direct(o, e);
	else
		rc = out_beside(o, realpath(path, real) != NULL ? real : path,
		    e);
	if (rc == -1)
		out_abort(o);
	return rc;
}

int
out_rename(struct out_file *o, const char *path, struct err *e)
{
	/* What is written to directly has no name to change. */
	if (o->t.final == NULL)
		return 0;
	return str_set(&o->path, path, e) == -1 ? -1 :
	    str_set(&o->t.final, path, e);
}

int
out_encode(struct out_file *o, enum utf16_kind kind, bool mark, struct err *e)
{
	struct out_file to = { .t = { .fd = -1 } };
	FILE *from = NULL;
	int fd, rc = -1;

	if (o->t.fd == -1 || ferror(o->f) || fflush(o->f) == EOF)
		return 0;	/* out_commit tells of a failure */
	if (out_beside(&to, o->t.final, e) == -1)
		return -1;
	fd = fcntl(o->t.fd, F_DUPFD_CLOEXEC, 0);
	if (fd != -1 && (from = fdopen(fd, "r")) == NULL)
		close(fd);
	if (from == NULL)
		err_sys(e, ERR_IO, errno, "cannot read back %s", o->path);
	else {
		rewind(from);
		rc = utf16_encode(from, to.f, kind, mark, e);
		fclose(from);
	}
	fclose(o->f);
	tmpfile_abort(&o->t);
	o->f = to.f;
	o->t = to.t;
	return rc;
}

int
out_commit(struct out_file *o, struct err *e)
{
	bool failed = ferror(o->f) != 0;
	int rc = 0, why;

	errno = 0;
	if (fclose(o->f) != 0 || failed) {
		/* What the first failing write said is not known any more. */
		why = errno != 0 ? errno : EIO;
		rc = err_sys(e, ERR_IO, why, "cannot write %s", o->path);
	}
	o->f = NULL;
	if (rc == 0 && o->t.fd != -1)
		rc = o->force ? tmpfile_commit(&o->t, e) :
		    tmpfile_commit_new(&o->t, e);
	out_abort(o);
	return rc;
}

void
out_abort(struct out_file *o)
{
	if (o->path == NULL)
		return;
	if (o->f != NULL)
		fclose(o->f);
	tmpfile_abort(&o->t);
	free(o->path);
	memset(o, 0, sizeof(*o));
}
