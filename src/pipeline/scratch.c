/*
 * The folder of a dry run, which keeps its ledger and packages apart.  It goes
 * with the run; one that was killed leaves it, and codes in it, to cleanup.
 */
#include "scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/io.h"
#include "lock.h"
#include "rundir.h"

#define SCRATCH_NAME	"coupondrop-dry-"	/* and six random characters */

static const char *
scratch_root(void)
{
	const char *dir = getenv("TMPDIR");

	return dir != NULL && dir[0] != '\0' ? dir : "/tmp";
}

static char *
scratch_lock_path(const char *dir, struct err *e)
{
	char *path = NULL;

	if (asprintf(&path, "%s/lock", dir) < 0) {
		err_nomem(e);
		return NULL;
	}
	return path;
}

char *
pipeline_scratch_new(const struct clock *clock, int *lock, struct err *e)
{
	char *dir = NULL, *path;

	*lock = -1;
	if (asprintf(&dir, "%s/" SCRATCH_NAME "XXXXXX", scratch_root()) < 0) {
		err_nomem(e);
		return NULL;
	}
	if (mkdtemp(dir) == NULL) {
		err_sys(e, ERR_CREATE, errno, "cannot create %s for the dry "
		    "run", dir);
		free(dir);
		return NULL;
	}
	path = scratch_lock_path(dir, e);
	if (path != NULL)
		*lock = pipeline_lock(clock, path, 0, "the dry run", e);
	free(path);
	if (*lock >= 0)
		return dir;
	io_rmtree(dir);
	free(dir);
	return NULL;
}

bool
scratch_busy(const char *dir)
{
	struct err ignored;
	unsigned kinds;
	char *path;
	bool busy;
	int fd;

	err_clear(&ignored);
	path = scratch_lock_path(dir, &ignored);
	fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	free(path);
	if (fd < 0)	/* empty, it is just being made */
		return rundir_holds(dir, &kinds, &ignored) == 0 && kinds == 0;
	busy = flock(fd, LOCK_SH | LOCK_NB) == -1 && errno == EWOULDBLOCK;
	close(fd);
	return busy;
}

int
scratch_remove(const char *dir, struct err *e)
{
	struct stat st;

	if (scratch_busy(dir))
		return 1;
	io_rmtree(dir);
	return lstat(dir, &st) == -1 && errno == ENOENT ? 0 :
	    err_set(e, ERR_IO, "%s could not be removed whole", dir);
}

static bool
scratch_is(int root, const char *name)
{
	size_t n = strlen(SCRATCH_NAME);
	struct stat st;

	return strncmp(name, SCRATCH_NAME, n) == 0 && strlen(name) == n + 6 &&
	    fstatat(root, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISDIR(st.st_mode) && st.st_uid == geteuid();
}

struct scratches {
	int		(*f)(void *, const char *, struct err *);
	void		*arg;
};

static int
scratch_one(void *arg, int root, const char *name, struct err *e)
{
	struct scratches *s = arg;
	char *dir = NULL;
	int rc;

	if (!scratch_is(root, name))
		return 0;
	if (asprintf(&dir, "%s/%s", scratch_root(), name) < 0)
		return err_nomem(e);
	rc = s->f(s->arg, dir, e);
	free(dir);
	return rc;
}

int
scratch_each(int (*f)(void *, const char *, struct err *), void *arg,
    struct err *e)
{
	struct scratches s = { f, arg };

	return rundir_each(scratch_root(), scratch_one, &s, e);
}
