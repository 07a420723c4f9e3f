/*
 * What lies in a run's folder, told by its names: interrupted writes, packages,
 * rows that a person may want, and the mark that there were packages.
 */
#include "rundir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/tmpfile.h"
#include "../config/settings.h"

#define COUNT_BLOCK	(64u << 10)
#define MARK		"packed"

char *
pipeline_run_dir(const struct settings *set, const char *id, struct err *e)
{
	char *dir = NULL;

	if (asprintf(&dir, "%s/runs/%s", set->state_dir, id) < 0) {
		err_nomem(e);
		return NULL;
	}
	return dir;
}

enum rundir_kind
rundir_kind(const char *name)
{
	if (tmpfile_is_leftover(name))
		return RUNDIR_TEMP;
	if (strncmp(name, "coupons-", 8) == 0)
		return RUNDIR_PACKAGE;
	if (strcmp(name, MARK) == 0)
		return RUNDIR_MARK;
	if (strcmp(name, "set-aside.csv") == 0 ||
	    strncmp(name, "failed", 6) == 0 ||
	    strncmp(name, "unknown", 7) == 0)
		return RUNDIR_ROWS;
	return RUNDIR_OTHER;
}

int
rundir_each(const char *dir, int (*f)(void *, int, const char *,
    struct err *), void *arg, struct err *e)
{
	struct dirent *d;
	DIR *open = opendir(dir);
	int rc = 0;

	if (open == NULL)
		return errno == ENOENT ? 0 :
		    err_sys(e, ERR_IO, errno, "look into %s", dir);
	while (rc == 0 && (errno = 0, d = readdir(open)) != NULL)
		if (strcmp(d->d_name, ".") != 0 &&
		    strcmp(d->d_name, "..") != 0)
			rc = f(arg, dirfd(open), d->d_name, e);
	if (rc == 0 && errno != 0)
		rc = err_sys(e, ERR_IO, errno, "look into %s", dir);
	closedir(open);
	return rc < 0 ? -1 : 0;
}

static int
sweep_one(void *arg, int dir, const char *name, struct err *e)
{
	const unsigned *kinds = arg;

	if ((*kinds & rundir_kind(name)) == 0 ||
	    unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return 0;
	return err_sys(e, ERR_IO, errno, "remove %s", name);
}

int
rundir_sweep(const char *dir, unsigned kinds, struct err *e)
{
	return rundir_each(dir, sweep_one, &kinds, e) == 0 ? 0 :
	    err_wrap(e, "%s", dir);
}

int
rundir_mark(const char *dir, struct err *e)
{
	char *path = NULL;
	int fd;

	if (asprintf(&path, "%s/" MARK, dir) < 0)
		return err_nomem(e);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		err_sys(e, ERR_CREATE, errno, "create %s", path);
	else
		close(fd);
	free(path);
	return fd < 0 ? -1 : 0;
}

static int
note_kind(void *arg, int dir, const char *name, struct err *e)
{
	unsigned *kinds = arg;

	(void)dir;
	(void)e;
	*kinds |= rundir_kind(name);
	return 0;
}

int
rundir_holds(const char *dir, unsigned *kinds, struct err *e)
{
	*kinds = 0;
	return rundir_each(dir, note_kind, kinds, e);
}

/* Lines that end in a block; a quoted cell may hold line ends of its own. */
static int64_t
count_block(const char *p, size_t n, bool *quoted)
{
	int64_t rows = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		if (p[i] == '"')
			*quoted = !*quoted;
		rows += p[i] == '\n' && !*quoted;
	}
	return rows;
}

int
rundir_rows(const char *dir, const char *name, int64_t *rows, struct err *e)
{
	char *path = NULL, *block = NULL;
	bool quoted = false;
	int64_t lines = 0;
	ssize_t n = -1;
	int fd = -1;

	*rows = 0;
	if (asprintf(&path, "%s/%s", dir, name) < 0)
		return err_nomem(e);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		n = 0;
	else if (fd < 0)
		err_sys(e, ERR_IO, errno, "open %s", path);
	else if ((block = malloc(COUNT_BLOCK)) == NULL)
		err_nomem(e);
	else
		while ((n = io_read(fd, block, COUNT_BLOCK, e)) > 0)
			lines += count_block(block, (size_t)n, &quoted);
	if (n == 0 && lines > 0)
		*rows = lines - 1;
	if (fd >= 0)
		close(fd);
	free(block);
	free(path);
	return n < 0 ? -1 : 0;
}
