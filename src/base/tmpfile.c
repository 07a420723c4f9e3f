/*
 * Output files that appear whole or not at all.
 *
 * Where the file system can, the file has no name while it is written, so that
 * nothing is left of it when the process is killed.  It gets the final name
 * directly if that is free; nothing but a rename replaces a file, so else it
 * has a temporary name for that moment.
 *
 * A name is only as durable as the folder that records it: the file is flushed
 * before it, the folder after it.
 */
#include "tmpfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"

#define TEMP_RANDOM	6	/* characters that mkostemp chooses */
#define TEMP_TRIES	100	/* names that are taken before it is trouble */
#define FD_PATH		32	/* bytes of "/proc/self/fd/N" */

static void
tmpfile_forget(struct tmpfile *t)
{
	free(t->path);
	free(t->final);
	t->fd = -1;
	t->path = NULL;
	t->final = NULL;
}

static const char *
fd_path(int fd, char out[FD_PATH])
{
	snprintf(out, FD_PATH, "/proc/self/fd/%d", fd);
	return out;
}

/*
 * The temporary name beside final, with its random part to be chosen; NULL
 * when out of memory.
 */
static char *
temp_name(const char *final)
{
	const char *base = strrchr(final, '/');
	char *name;

	base = base == NULL ? final : base + 1;
	/*
	 * Hidden, so that a pattern such as *.csv does not see it; cut, so
	 * that the longer name still fits a folder's 255 bytes.
	 */
	if (asprintf(&name, "%.*s.%.200s.XXXXXX", (int)(base - final), final,
	    base) == -1)
		return NULL;
	return name;
}

/* A file without a name that can get one, in the folder of final; or -1. */
static int
open_unnamed(const char *final)
{
	char *dir = io_folder_of(final), proc[FD_PATH];
	int fd = dir == NULL ? -1 : open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC,
	    0600);

	free(dir);
	if (fd == -1 || access(fd_path(fd, proc), F_OK) == 0)
		return fd;
	close(fd);
	return -1;
}

int
tmpfile_open(struct tmpfile *t, const char *final, mode_t mode, struct err *e)
{
	int why;

	t->path = NULL;
	t->final = strdup(final);
	t->fd = open_unnamed(final);
	if (t->fd == -1) {	/* as on NFS; or trouble, which shows again */
		t->path = temp_name(final);
		t->fd = t->path == NULL ? -1 : mkostemp(t->path, O_CLOEXEC);
		why = errno;
		if (t->fd == -1 && t->path != NULL) {
			tmpfile_forget(t);
			return err_sys(e, ERR_CREATE, why,
			    "cannot create a file beside %s", final);
		}
	}
	if (t->final == NULL || t->fd == -1) {
		tmpfile_abort(t);
		return err_nomem(e);
	}
	if (fchmod(t->fd, mode) == -1) {
		why = errno;
		tmpfile_abort(t);
		return err_sys(e, ERR_CREATE, why,
		    "cannot set the permissions of %s", final);
	}
	return 0;
}

/* The open file gets a name that nothing has: 0, or -1 with errno. */
static int
link_as(const struct tmpfile *t, const char *path)
{
	char proc[FD_PATH];

	return linkat(AT_FDCWD, fd_path(t->fd, proc), AT_FDCWD, path,
	    AT_SYMLINK_FOLLOW);
}

/* It gets a temporary name: 0, or -1 with errno. */
static int
link_temp(struct tmpfile *t)
{
	static const char chars[] = "0123456789abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	unsigned char random[TEMP_RANDOM];
	char *name = temp_name(t->final), *end;
	int i, tries;

	if (name == NULL)
		return -1;
	end = name + strlen(name) - TEMP_RANDOM;
	for (tries = 0; tries < TEMP_TRIES; tries++) {
		if (getrandom(random, sizeof(random), 0) != sizeof(random))
			break;
		for (i = 0; i < TEMP_RANDOM; i++)
			end[i] = chars[random[i] % (sizeof(chars) - 1)];
		if (link_as(t, name) == 0) {
			t->path = name;
			return 0;
		}
		if (errno != EEXIST)
			break;
	}
	free(name);
	return -1;
}

int
tmpfile_name(struct tmpfile *t, struct err *e)
{
	if (t->path != NULL || link_temp(t) == 0)
		return 0;
	return err_sys(e, ERR_CREATE, errno, "cannot create a file beside %s",
	    t->final);
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
 * The last name for a file that has none: 0, or 1 when it has a temporary one
 * because the last is taken, -1 with errno.
 */
static int
name_unnamed(struct tmpfile *t, bool only_new)
{
	if (link_as(t, t->final) == 0)
		return 0;
	if (errno != EEXIST || only_new)
		return -1;
	return link_temp(t) == 0 ? 1 : -1;
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
	what = "cannot create";
	rc = t->path == NULL ? name_unnamed(t, only_new) : 1;
	if (rc == -1)
		goto fail;
	what = "cannot close";
	why = close(t->fd);
	t->fd = -1;
	if (why == -1)
		goto fail;
	what = "cannot rename to";
	if (rc == 1)
		rc = only_new ? io_rename_new(t->path, t->final) :
		    rename(t->path, t->final);
	if (rc == 1) {
		what = "cannot create";
		errno = EEXIST;
	}
	if (rc != 0)
		goto fail;
	rc = io_sync_folder(t->final, e);
	tmpfile_forget(t);
	return rc;

fail:
	why = errno;
	err_sys(e, why == EEXIST ? ERR_CREATE : ERR_IO, why, "%s %s", what,
	    t->final);
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
