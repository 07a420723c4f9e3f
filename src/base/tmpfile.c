/*
 * Output files that appear whole or not at all.
 *
 * A rename is only as durable as the folder that records it: the file is
 * flushed before it, the folder after it.
 */
#include "tmpfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"

#define TEMP_RANDOM	6	/* characters that mkostemp chooses */

static void
tmpfile_forget(struct tmpfile *t)
{
	free(t->path);
	free(t->final);
	t->fd = -1;
	t->path = NULL;
	t->final = NULL;
}

/*
 * The folder part of path as a new string: "." without a slash.  NULL when
 * out of memory.
 */
static char *
path_folder(const char *path)
{
	const char *slash;

	slash = strrchr(path, '/');
	if (slash == NULL)
		return strdup(".");
	if (slash == path)
		return strdup("/");
	return strndup(path, (size_t)(slash - path));
}

int
tmpfile_open(struct tmpfile *t, const char *final, mode_t mode, struct err *e)
{
	const char *base;
	int dirlen, why;

	t->fd = -1;
	t->path = NULL;
	t->final = strdup(final);
	base = strrchr(final, '/');
	base = base == NULL ? final : base + 1;
	dirlen = (int)(base - final);
	/*
	 * Hidden, so that a pattern such as *.csv does not see it; cut, so
	 * that the longer name still fits a folder's 255 bytes.
	 */
	if (t->final == NULL || asprintf(&t->path, "%.*s.%.200s.XXXXXX", dirlen,
	    final, base) == -1) {
		t->path = NULL;
		tmpfile_forget(t);
		return err_nomem(e);
	}
	t->fd = mkostemp(t->path, O_CLOEXEC);
	if (t->fd == -1) {
		why = errno;
		tmpfile_forget(t);
		return err_sys(e, ERR_CREATE, why,
		    "cannot create a file beside %s", final);
	}
	if (fchmod(t->fd, mode) == -1) {
		why = errno;
		tmpfile_abort(t);
		return err_sys(e, ERR_CREATE, why,
		    "cannot set the permissions of %s", final);
	}
	return 0;
}

FILE *
tmpfile_stream(struct tmpfile *t, struct err *e)
{
	FILE *f = NULL;
	int fd, why;

	fd = fcntl(t->fd, F_DUPFD_CLOEXEC, 0);
	if (fd != -1)
		f = fdopen(fd, "w");
	why = errno;
	if (f == NULL && fd != -1)
		close(fd);
	if (f == NULL)
		err_sys(e, ERR_CREATE, why, "cannot write to a file beside %s",
		    t->final);
	return f;
}

bool
tmpfile_is_leftover(const char *name)
{
	size_t i, n = strlen(name);

	if (name[0] != '.' || n < 1 + 1 + 1 + TEMP_RANDOM ||
	    name[n - TEMP_RANDOM - 1] != '.')
		return false;
	for (i = n - TEMP_RANDOM; i < n; i++)
		if (!((name[i] >= '0' && name[i] <= '9') ||
		    (name[i] >= 'a' && name[i] <= 'z') ||
		    (name[i] >= 'A' && name[i] <= 'Z')))
			return false;
	return true;
}

int
tmpfile_anon(struct tmpfile *t, const char *dir, struct err *e)
{
	char *path;
	int why;

	t->path = NULL;
	t->final = NULL;
	t->fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (t->fd != -1)
		return 0;
	if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)
		return err_sys(e, ERR_CREATE, errno,
		    "cannot create a temporary file in %s", dir);
	/* File systems without unnamed files (NFS, overlays of old kernels). */
	if (asprintf(&path, "%s/.spool.XXXXXX", dir) == -1)
		return err_nomem(e);
	t->fd = mkostemp(path, O_CLOEXEC);
	why = errno;
	if (t->fd != -1)
		unlink(path);
	free(path);
	if (t->fd == -1)
		return err_sys(e, ERR_CREATE, why,
		    "cannot create a temporary file in %s", dir);
	return 0;
}

/*
 * File systems that cannot flush folders say EINVAL; there is nothing to do
 * about that.
 */
int
io_sync_folder(const char *path, struct err *e)
{
	char *dir;
	int fd, rc, why;

	dir = path_folder(path);
	if (dir == NULL)
		return err_nomem(e);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	rc = fd == -1 ? -1 : fsync(fd);
	why = errno;
	if (fd != -1)
		close(fd);
	if (rc == -1 && why != EINVAL && why != EACCES)
		err_sys(e, ERR_IO, why, "cannot flush the folder %s to disk",
		    dir);
	else
		rc = 0;
	free(dir);
	return rc;
}

static int
commit(struct tmpfile *t, bool only_new, struct err *e)
{
	const char *what;
	int rc, why;

	if (t->final == NULL) {
		tmpfile_abort(t);
		return err_set(e, ERR_INTERNAL,
		    "a temporary file without a final name cannot be kept");
	}
	what = "cannot flush to disk";
	if (fsync(t->fd) == -1)
		goto fail;
	what = "cannot close";
	rc = close(t->fd);
	t->fd = -1;
	if (rc == -1)
		goto fail;
	what = "cannot rename to";
	rc = only_new ? io_rename_new(t->path, t->final) :
	    rename(t->path, t->final);
	if (rc == 1) {
		err_sys(e, ERR_CREATE, EEXIST, "cannot create %s", t->final);
		tmpfile_abort(t);
		return -1;
	}
	if (rc == -1)
		goto fail;
	rc = io_sync_folder(t->final, e);
	tmpfile_forget(t);
	return rc;

fail:
	why = errno;
	err_sys(e, ERR_IO, why, "%s %s", what, t->final);
	tmpfile_abort(t);
	return -1;
}

int
tmpfile_commit(struct tmpfile *t, struct err *e)
{
	return commit(t, false, e);
}

int
tmpfile_commit_new(struct tmpfile *t, struct err *e)
{
	return commit(t, true, e);
}

void
tmpfile_abort(struct tmpfile *t)
{
	if (t->fd != -1)
		close(t->fd);
	if (t->path != NULL)
		unlink(t->path);
	tmpfile_forget(t);
}
