/*
 * Reading and writing through interruptions and short transfers.
 */
#include "io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "err.h"
#include "stop.h"

#define FILES_FEW	200	/* open at a time; 1,024 are usual */

#define SLURP_BLOCK	16384	/* bytes asked for at a time */
#define COPY_BLOCK	(256u << 10)
#define RMTREE_DEPTH	2	/* runs, and a run's own folder */

int
io_write_all(int fd, const void *p, size_t n, struct err *e)
{
	const char *at = p;
	ssize_t put;

	while (n > 0) {
		put = write(fd, at, n);
		if (put == -1 && errno == EINTR)
			continue;
		if (put == -1)
			return err_sys(e, ERR_IO, errno, "cannot write");
		at += put;
		n -= (size_t)put;
	}
	return 0;
}

int
io_pwrite_all(int fd, const void *p, size_t n, off_t off, struct err *e)
{
	const char *at = p;
	ssize_t put;

	while (n > 0) {
		put = pwrite(fd, at, n, off);
		if (put == -1 && errno == EINTR)
			continue;
		if (put == -1)
			return err_sys(e, ERR_IO, errno,
			    "cannot write at byte %lld", (long long)off);
		at += put;
		off += put;
		n -= (size_t)put;
	}
	return 0;
}

int
io_pread_all(int fd, void *p, size_t n, off_t off, struct err *e)
{
	char *at = p;
	ssize_t got;

	while (n > 0) {
		got = pread(fd, at, n, off);
		if (got == -1 && errno == EINTR)
			continue;
		if (got == -1)
			return err_sys(e, ERR_IO, errno,
			    "cannot read at byte %lld", (long long)off);
		if (got == 0)
			return err_set(e, ERR_IO,
			    "the file ends at byte %lld, %zu bytes too early",
			    (long long)off, n);
		at += got;
		off += got;
		n -= (size_t)got;
	}
	return 0;
}

ssize_t
io_read(int fd, void *p, size_t n, struct err *e)
{
	ssize_t got;

	do
		got = read(fd, p, n);
	while (got == -1 && errno == EINTR);
	if (got == -1)
		return err_sys(e, ERR_IO, errno, "cannot read");
	return got;
}

int
io_hold_standard(void)
{
	int fd, got;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) != -1)
			continue;
		if (errno != EBADF)
			return -1;
		/*
		 * Turned the wrong way round, except for messages, which
		 * nobody is there to miss: what was closed is neither an
		 * empty input nor a place where a result is safe.  The
		 * lowest free number is this one.
		 */
		got = open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY :
		    O_WRONLY);
		if (got != fd) {
			if (got != -1)
				close(got);
			return -1;
		}
	}
	return 0;
}

/* A pipe may be silent for hours: a signal has to be noticed meanwhile. */
static int
wait_readable(int fd, struct err *e)
{
	struct pollfd p[2] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = stop_fd(), .events = POLLIN },
	};

	while (poll(p, 2, -1) == -1)
		if (errno != EINTR && errno != EAGAIN)
			return err_sys(e, ERR_IO, errno, "cannot wait");
	return stop_check(e);
}

int
io_copy_all(int from, int to, struct err *e)
{
	char *block = malloc(COPY_BLOCK);
	ssize_t n = -1;
	int mode;

	mode = fcntl(from, F_GETFL);
	if (mode == -1 || (mode & O_ACCMODE) == O_WRONLY) {
		free(block);
		return err_set(e, ERR_INPUT, "it is not open for reading");
	}
	if (block == NULL)
		return err_nomem(e);
	while (wait_readable(from, e) == 0 &&
	    (n = io_read(from, block, COPY_BLOCK, e)) > 0)
		if (io_write_all(to, block, (size_t)n, e) == -1)
			break;
	free(block);
	return n == 0 ? 0 : -1;
}

static int
slurp_fd(int fd, struct buf *b, struct err *e)
{
	size_t want;
	ssize_t got;

	/* One byte more than allowed is asked for, to notice the excess. */
	do {
		want = b->max - b->len;
		want = want > SLURP_BLOCK ? SLURP_BLOCK : want;
		if (buf_reserve(b, want, e) == -1)
			return -1;
		got = io_read(fd, b->data + b->len, want, e);
		if (got == -1)
			return -1;
		b->len += (size_t)got;
		b->data[b->len] = '\0';
	} while (got > 0 && b->len < b->max);
	return 0;
}

int
io_slurp(const char *path, size_t max, char **out, size_t *len, struct err *e)
{
	int fd, rc;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return err_sys(e, ERR_INPUT, errno, "cannot open %s", path);
	rc = io_slurp_fd(fd, path, max, out, len, e);
	close(fd);
	return rc;
}

int
io_slurp_fd(int fd, const char *path, size_t max, char **out, size_t *len,
    struct err *e)
{
	struct buf b;
	char *block;

	buf_init(&b, max < SIZE_MAX ? max + 1 : max);
	if (slurp_fd(fd, &b, e) == -1) {
		if (e->code == ERR_IO)
			e->code = ERR_INPUT;
		err_wrap(e, "%s", path);
		goto fail;
	}
	if (b.len > max) {
		err_set(e, ERR_LIMIT, "%s is larger than %zu bytes", path, max);
		goto fail;
	}
	block = buf_take(&b, len);
	if (block == NULL) {
		err_nomem(e);
		goto fail;
	}
	*out = block;
	return 0;

fail:
	buf_release(&b);
	return -1;
}

int
io_mkdirs(const char *path, mode_t mode, struct err *e)
{
	struct stat st;
	char *copy, *slash;
	int rc;

	if (path[0] == '\0')
		return err_set(e, ERR_CREATE, "a folder needs a name");
	copy = strdup(path);
	if (copy == NULL)
		return err_nomem(e);
	rc = 0;
	slash = copy;
	while (rc == 0 && slash != NULL) {
		slash = strchr(slash + 1, '/');
		if (slash != NULL)
			*slash = '\0';
		if (mkdir(copy, mode) == 0)
			rc = io_sync_folder(copy, e);
		else if (errno != EEXIST)
			rc = err_sys(e, ERR_CREATE, errno,
			    "cannot create the folder %s", copy);
		if (slash != NULL)
			*slash = '/';
	}
	free(copy);
	if (rc == 0 && (stat(path, &st) == -1 || !S_ISDIR(st.st_mode)))
		return err_set(e, ERR_CREATE, "%s exists and is not a folder",
		    path);
	return rc;
}

int
io_rename_new(const char *from, const char *to)
{
	struct stat a, b;

	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno == EEXIST)
		return 1;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	/* File systems that know nothing of that (NFS). */
	if (link(from, to) == -1) {
		if (errno != EEXIST)
			return -1;
		/* Interrupted between both steps, it has both names. */
		if (lstat(from, &a) == -1 || lstat(to, &b) == -1 ||
		    a.st_dev != b.st_dev || a.st_ino != b.st_ino)
			return 1;
	}
	return unlink(from);
}

/*
 * Remove what is in the open folder fd, sub-folders down to depth.  Symbolic
 * links are removed, never followed.
 */
static void
empty_folder(int fd, int depth)
{
	struct dirent *d;
	DIR *dir;
	int sub;

	dir = fdopendir(fd);
	if (dir == NULL) {
		close(fd);
		return;
	}
	while ((d = readdir(dir)) != NULL) {
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		if (unlinkat(dirfd(dir), d->d_name, 0) == 0 || depth == 0)
			continue;
		sub = openat(dirfd(dir), d->d_name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (sub == -1)
			continue;
		empty_folder(sub, depth - 1);
		unlinkat(dirfd(dir), d->d_name, AT_REMOVEDIR);
	}
	closedir(dir);
}

void
io_rmtree(const char *path)
{
	int fd;

	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return;
	empty_folder(fd, RMTREE_DEPTH);
	rmdir(path);
}

void
io_many_files(size_t n)
{
	struct rlimit r;

	if (n < FILES_FEW || getrlimit(RLIMIT_NOFILE, &r) != 0)
		return;
	r.rlim_cur = r.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &r);
}

char *
io_folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return strdup(".");
	if (slash == path)
		return strdup("/");
	return strndup(path, (size_t)(slash - path));
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

	dir = io_folder_of(path);
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

unsigned
io_cores(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 ?
	    (unsigned)CPU_COUNT(&set) : 1;
}
