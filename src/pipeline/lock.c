/*
 * Locks of the kernel on small files: they end with the process that holds
 * them, however it ends.  The file's content only tells people who it is.
 */
#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/io.h"
#include "../base/own.h"
#include "../base/stop.h"
#include "ctx.h"

#define LOCK_ASK_MS	100

/* Replace the note in the file; only for people, so failures do not matter. */
static void
lock_sign(int fd, int64_t now_ms)
{
	char note[64], when[21];
	int n;

	n = snprintf(note, sizeof(note), "%ld %s\n", (long)getpid(),
	    clock_iso(now_ms, when));
	if (ftruncate(fd, 0) == 0 && n > 0 &&
	    pwrite(fd, note, (size_t)n, 0) < 0)
		return;
}

static int
lock_refused(int fd, const char *what, struct err *e)
{
	char note[64], *when;
	ssize_t n;

	n = pread(fd, note, sizeof(note) - 1, 0);
	note[n > 0 ? n : 0] = '\0';
	note[strcspn(note, "\n")] = '\0';
	when = strchr(note, ' ');
	if (when == NULL)
		return err_set(e, ERR_LOCKED, "%s is in use by another "
		    "process", what);
	*when++ = '\0';
	return err_set(e, ERR_LOCKED, "%s is in use by process %s since %s",
	    what, note, when);
}

/*
 * Whether the file of that name is still the one that is open: who cleans up
 * may have removed it while we waited, and then others lock a new one.
 */
static bool
lock_stands(const char *path, int fd)
{
	struct stat named, ours;

	return stat(path, &named) == 0 && fstat(fd, &ours) == 0 &&
	    named.st_dev == ours.st_dev && named.st_ino == ours.st_ino;
}

/* Through its folder, so that neither of them can be a foreign link. */
static int
lock_open(const char *path, struct err *e)
{
	const char *name = strrchr(path, '/');
	char *folder;
	int dir, fd = -1;

	folder = name != NULL ? strndup(path, (size_t)(name - path)) : NULL;
	if (folder == NULL)
		return name == NULL ? err_set(e, ERR_INTERNAL, "%s is in no "
		    "folder", path) : err_nomem(e);
	dir = own_open(folder, OWN_FOLDER, O_RDONLY | O_DIRECTORY, ERR_CONFIG,
	    e);
	if (dir >= 0 && own_check(dir, folder, OWN_FOLDER, ERR_CONFIG,
	    e) == 0)
		fd = own_openat(dir, name + 1, path, O_RDWR, ERR_CONFIG, e);
	if (dir >= 0)
		close(dir);
	free(folder);
	return fd;
}

int
pipeline_lock(const struct clock *clock, const char *path, int64_t wait_ms,
    const char *what, struct err *e)
{
	/* pipeline_busy may have it, and will not a moment later. */
	int64_t until = clock_mono(clock) + (wait_ms > 0 ? wait_ms :
	    LOCK_ASK_MS);
	int fd;

again:
	fd = lock_open(path, e);
	if (fd < 0)
		return err_wrap(e, "lock %s", what);
	while (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		if (errno != EWOULDBLOCK && errno != EINTR) {
			err_sys(e, ERR_IO, errno, "lock %s", path);
			goto fail;
		}
		if (clock_mono(clock) >= until) {
			lock_refused(fd, what, e);
			goto fail;
		}
		clock_sleep(clock, LOCK_ASK_MS);
		if (stop_check(e) == -1)
			goto fail;
	}
	if (!lock_stands(path, fd)) {
		close(fd);
		goto again;
	}
	lock_sign(fd, clock_wall(clock));
	return fd;
fail:
	close(fd);
	return -1;
}

bool
pipeline_busy(const struct settings *set, const char *id)
{
	char *path;
	bool busy;
	int fd;

	if (asprintf(&path, "%s/runs/%s/lock", set->state_dir, id) < 0)
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	free(path);
	if (fd < 0)
		return false;
	busy = flock(fd, LOCK_SH | LOCK_NB) == -1 && errno == EWOULDBLOCK;
	close(fd);
	return busy;
}

int
lock_named(const struct ctx *c, const char *kind, const char *name,
    int64_t wait_ms, struct err *e)
{
	char dir[4096], path[4400], what[300];
	int n;

	n = snprintf(dir, sizeof(dir), "%s/locks", c->set->state_dir);
	if (n < 0 || (size_t)n >= sizeof(dir))
		return err_set(e, ERR_CONFIG, "state_dir is too long");
	if (io_mkdirs(dir, 0700, e) == -1)
		return -1;
	n = snprintf(path, sizeof(path), "%s/%s-%s.lock", dir, kind, name);
	if (n < 0 || (size_t)n >= sizeof(path) || strchr(name, '/') != NULL)
		return err_set(e, ERR_CONFIG, "the name \"%s\" cannot be used",
		    name);
	snprintf(what, sizeof(what), "%s %s", kind, name);
	return pipeline_lock(c->clock, path, wait_ms, what, e);
}

int
pipeline_lock_job(const struct ctx *c, const char *job, int64_t wait_ms,
    struct err *e)
{
	return lock_named(c, "job", job, wait_ms, e);
}
