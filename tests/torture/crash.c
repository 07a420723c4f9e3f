/*
 * Ends a program before one of its changes to files, and knows what of its
 * files a power cut would have left.
 *
 * Loaded by LD_PRELOAD.  Every call that changes something below CRASH_TOP is
 * counted: mkdir, rename, unlink, rmdir, write, truncate, fsync.  Before call
 * number CRASH_AT the process gets SIGKILL; the number of calls made stands in
 * the file CRASH_COUNT when the process ends by itself.
 *
 * With CRASH_KEEP, a folder on the same file system, what each fsync has made
 * lasting is kept there: f.INODE is the content of a file, d.INODE the entries
 * of a folder ("INODE TYPE NAME").  A file that is removed or replaced keeps a
 * name there (h.NUMBER), so that no later file gets its inode.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long calls, held;
static long crash_at;
static const char *top, *keep, *count_file;

#define NEXT(name) \
	static __typeof__(&name) next; \
	if (next == NULL) \
		*(void **)&next = dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void
crash_init(void)
{
	const char *at = getenv("CRASH_AT");

	crash_at = at != NULL ? strtol(at, NULL, 10) : 0;
	top = getenv("CRASH_TOP");
	keep = getenv("CRASH_KEEP");
	count_file = getenv("CRASH_COUNT");
}

/* Writes past our own counters. */
static void
raw_write(int fd, const char *p, size_t n)
{
	long w;

	while (n > 0 && (w = syscall(SYS_write, fd, p, n)) > 0) {
		p += w;
		n -= (size_t)w;
	}
}

__attribute__((destructor)) static void
crash_end(void)
{
	char text[32];
	int fd, n;

	if (count_file == NULL)
		return;
	fd = (int)syscall(SYS_openat, AT_FDCWD, count_file,
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd == -1)
		return;
	n = snprintf(text, sizeof(text), "%ld\n", (long)calls);
	raw_write(fd, text, (size_t)n);
	syscall(SYS_close, fd);
}

/* Whether an absolute path lies below CRASH_TOP. */
static bool
is_below(const char *path)
{
	size_t n = top != NULL ? strlen(top) : 0;

	return n > 0 && strncmp(path, top, n) == 0 &&
	    (path[n] == '/' || path[n] == '\0');
}

static bool
fd_below(int fd)
{
	char link[64], path[PATH_MAX];
	ssize_t n;
	int saved = errno;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	errno = saved;
	if (n <= 0)
		return false;
	path[n] = '\0';
	return is_below(path);
}

static bool
path_below(int dir, const char *path)
{
	char whole[PATH_MAX * 2], link[64], base[PATH_MAX];
	ssize_t n;
	int saved = errno;

	if (path[0] == '/')
		return is_below(path);
	snprintf(link, sizeof(link), dir == AT_FDCWD ? "/proc/self/cwd" :
	    "/proc/self/fd/%d", dir);
	n = readlink(link, base, sizeof(base) - 1);
	errno = saved;
	if (n <= 0)
		return false;
	base[n] = '\0';
	snprintf(whole, sizeof(whole), "%s/%s", base, path);
	return is_below(whole);
}

/* Counts a call, and ends the process when its turn has come. */
static void
turn(void)
{
	if (atomic_fetch_add(&calls, 1) + 1 == crash_at)
		syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
}

static void
turn_fd(int fd)
{
	if (fd_below(fd))
		turn();
}

/* A file about to lose its name keeps one in CRASH_KEEP. */
static void
hold(int dir, const char *path)
{
	char name[PATH_MAX];
	struct stat st;
	int saved = errno;

	if (keep != NULL && fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode)) {
		snprintf(name, sizeof(name), "%s/h.%ld.%ld", keep,
		    (long)getpid(), (long)atomic_fetch_add(&held, 1));
		linkat(dir, path, AT_FDCWD, name, 0);
	}
	errno = saved;
}

static int
kept_open(char kind, const struct stat *st, char *name, char *fresh, size_t n)
{
	snprintf(name, n, "%s/%c.%lu", keep, kind, (unsigned long)st->st_ino);
	snprintf(fresh, n, "%s/t.%ld.%ld", keep, (long)getpid(),
	    (long)atomic_fetch_add(&held, 1));
	return (int)syscall(SYS_openat, AT_FDCWD, fresh,
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

static void
keep_file(int fd, int out)
{
	char chunk[16384], path[64];
	long n;
	int in;

	/* Of its own, so that no offset moves and write-only will do. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	in = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
	while (in != -1 && (n = syscall(SYS_read, in, chunk,
	    sizeof(chunk))) > 0)
		raw_write(out, chunk, (size_t)n);
	if (in != -1)
		syscall(SYS_close, in);
}

static void
keep_folder(int fd, int out)
{
	char line[NAME_MAX + 64], path[64];
	struct dirent *d;
	struct stat st;
	DIR *dir;
	int n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	dir = opendir(path);
	while (dir != NULL && (d = readdir(dir)) != NULL) {
		if (strcmp(d->d_name, ".") == 0 ||
		    strcmp(d->d_name, "..") == 0 ||
		    fstatat(dirfd(dir), d->d_name, &st,
		    AT_SYMLINK_NOFOLLOW) == -1)
			continue;
		n = snprintf(line, sizeof(line), "%lu %c %s\n",
		    (unsigned long)st.st_ino, S_ISDIR(st.st_mode) ? 'd' : 'f',
		    d->d_name);
		raw_write(out, line, (size_t)n);
	}
	if (dir != NULL)
		closedir(dir);
}

/* What a successful fsync has made lasting. */
static void
kept(int fd)
{
	char name[PATH_MAX], fresh[PATH_MAX];
	struct stat st;
	int out, saved = errno;

	if (keep == NULL || !fd_below(fd) || fstat(fd, &st) == -1)
		return;
	out = kept_open(S_ISDIR(st.st_mode) ? 'd' : 'f', &st, name, fresh,
	    sizeof(name));
	if (out == -1)
		return;
	if (S_ISDIR(st.st_mode))
		keep_folder(fd, out);
	else
		keep_file(fd, out);
	syscall(SYS_close, out);
	syscall(SYS_renameat2, AT_FDCWD, fresh, AT_FDCWD, name, 0);
	errno = saved;
}

int
fsync(int fd)
{
	NEXT(fsync);
	int rc;

	turn_fd(fd);
	rc = next(fd);
	if (rc == 0)
		kept(fd);
	return rc;
}

int
fdatasync(int fd)
{
	NEXT(fdatasync);
	int rc;

	turn_fd(fd);
	rc = next(fd);
	if (rc == 0)
		kept(fd);
	return rc;
}

ssize_t
write(int fd, const void *p, size_t n)
{
	NEXT(write);

	turn_fd(fd);
	return next(fd, p, n);
}

ssize_t
pwrite(int fd, const void *p, size_t n, off_t at)
{
	NEXT(pwrite);

	turn_fd(fd);
	return next(fd, p, n, at);
}

ssize_t
pwrite64(int fd, const void *p, size_t n, off64_t at)
{
	NEXT(pwrite64);

	turn_fd(fd);
	return next(fd, p, n, at);
}

ssize_t
writev(int fd, const struct iovec *v, int n)
{
	NEXT(writev);

	turn_fd(fd);
	return next(fd, v, n);
}

int
ftruncate(int fd, off_t size)
{
	NEXT(ftruncate);

	turn_fd(fd);
	return next(fd, size);
}

int
ftruncate64(int fd, off64_t size)
{
	NEXT(ftruncate64);

	turn_fd(fd);
	return next(fd, size);
}

int
mkdir(const char *path, mode_t mode)
{
	NEXT(mkdir);

	if (path_below(AT_FDCWD, path))
		turn();
	return next(path, mode);
}

int
mkdirat(int dir, const char *path, mode_t mode)
{
	NEXT(mkdirat);

	if (path_below(dir, path))
		turn();
	return next(dir, path, mode);
}

int
unlink(const char *path)
{
	NEXT(unlink);

	if (path_below(AT_FDCWD, path)) {
		turn();
		hold(AT_FDCWD, path);
	}
	return next(path);
}

int
unlinkat(int dir, const char *path, int flags)
{
	NEXT(unlinkat);

	if (path_below(dir, path)) {
		turn();
		hold(dir, path);
	}
	return next(dir, path, flags);
}

int
rmdir(const char *path)
{
	NEXT(rmdir);

	if (path_below(AT_FDCWD, path))
		turn();
	return next(path);
}

int
rename(const char *from, const char *to)
{
	NEXT(rename);

	if (path_below(AT_FDCWD, to) || path_below(AT_FDCWD, from)) {
		turn();
		hold(AT_FDCWD, to);
	}
	return next(from, to);
}

int
renameat(int a, const char *from, int b, const char *to)
{
	NEXT(renameat);

	if (path_below(b, to) || path_below(a, from)) {
		turn();
		hold(b, to);
	}
	return next(a, from, b, to);
}

int
renameat2(int a, const char *from, int b, const char *to, unsigned int flags)
{
	NEXT(renameat2);

	if (path_below(b, to) || path_below(a, from)) {
		turn();
		hold(b, to);
	}
	return next(a, from, b, to, flags);
}

int
linkat(int a, const char *from, int b, const char *to, int flags)
{
	NEXT(linkat);

	if (path_below(b, to))
		turn();
	return next(a, from, b, to, flags);
}
