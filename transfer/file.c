/*
 * The file backend: a folder of this machine, for a file server whose disk is
 * mounted here and for tests.  What was put is on disk before put returns.
 */
#include "files.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "../src/base/io.h"
#include "../src/base/stop.h"
#include "xfer_internal.h"

#define FILE_CHUNK	(256 * 1024)

/* What an errno of a path means to the caller of a file server. */
static int
path_failed(struct err *e, int errnum, const char *doing)
{
	enum err_code code;

	switch (errnum) {
	case ENOENT:
	case ENOTDIR:
		code = ERR_NOTFOUND;
		break;
	case EACCES:
	case EPERM:
	case EROFS:
		code = ERR_DENIED;
		break;
	case EEXIST:
		code = ERR_EXISTS;
		break;
	default:
		code = ERR_IO;
		break;
	}
	return err_sys(e, code, errnum, "%s", doing);
}

/*
 * Open a regular file; O_NONBLOCK so that a pipe of that name cannot hang us.
 */
static int
open_regular(struct xfer *x, const char *name, int flags, struct err *e)
{
	struct stat st;
	char *path;
	int fd, saved;

	if ((path = xfer_path(x, name, e)) == NULL)
		return -1;
	/* What is written is a file of that name, not where a link leads. */
	if ((flags & O_CREAT) != 0)
		flags |= O_NOFOLLOW;
	fd = open(path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0666);
	saved = errno;
	free(path);
	if (fd == -1)
		return path_failed(e, saved, "open");
	if (fstat(fd, &st) == -1) {
		path_failed(e, errno, "look up");
		goto fail;
	}
	if (!S_ISREG(st.st_mode)) {
		err_set(e, ERR_UNSUPPORTED, "that is not a regular file");
		goto fail;
	}
	return fd;
fail:
	close(fd);
	return -1;
}

static int
put_flags(struct xfer *x, const char *name, const struct xfer_source *src,
    uint64_t off, int flags, struct err *e)
{
	char *chunk = NULL;
	ssize_t n;
	int fd;

	fd = open_regular(x, name, O_WRONLY | O_CREAT | flags, e);
	if (fd == -1)
		return -1;
	if ((chunk = malloc(FILE_CHUNK)) == NULL) {
		err_nomem(e);
		goto fail;
	}
	if (lseek(fd, (off_t)off, SEEK_SET) == -1) {
		path_failed(e, errno, "go on writing");
		goto fail;
	}
	while (off < src->size) {
		if (stop_check(e) == -1 || (n = src->pread(src->arg, chunk,
		    FILE_CHUNK, off, e)) == -1)
			goto fail;
		if (n == 0) {
			err_set(e, ERR_IO, "the file to send has become "
			    "shorter while it was sent");
			goto fail;
		}
		if (io_write_all(fd, chunk, (size_t)n, e) == -1)
			goto fail;
		off += (uint64_t)n;
		xfer_told(x, off, src->size);
	}
	if (fsync(fd) == -1) {
		path_failed(e, errno, "write to disk");
		goto fail;
	}
	free(chunk);
	if (close(fd) == -1)
		return path_failed(e, errno, "close");
	return 0;
fail:
	free(chunk);
	close(fd);
	return -1;
}

static int
file_put(struct xfer *x, const char *name, const struct xfer_source *src,
    struct err *e)
{
	return put_flags(x, name, src, 0, O_TRUNC, e);
}

static int
file_put_new(struct xfer *x, const char *name, const struct xfer_source *src,
    struct err *e)
{
	return put_flags(x, name, src, 0, O_EXCL, e);
}

static int
file_put_from(struct xfer *x, const char *name, const struct xfer_source *src,
    uint64_t off, struct err *e)
{
	return put_flags(x, name, src, off, 0, e);
}

static int
file_get(struct xfer *x, const char *name, const struct xfer_sink *sink,
    struct err *e)
{
	struct stat st;
	char *chunk = NULL;
	uint64_t got = 0;
	ssize_t n;
	int fd, rc = -1;

	if ((fd = open_regular(x, name, O_RDONLY, e)) == -1)
		return -1;
	if (fstat(fd, &st) == -1) {
		path_failed(e, errno, "look up");
		goto done;
	}
	if ((chunk = malloc(FILE_CHUNK)) == NULL) {
		err_nomem(e);
		goto done;
	}
	while ((n = io_read(fd, chunk, FILE_CHUNK, e)) > 0) {
		got += (uint64_t)n;
		if (got > sink->max) {
			err_set(e, ERR_LIMIT, "it has more than %llu bytes",
			    (unsigned long long)sink->max);
			goto done;
		}
		if (sink->write(sink->arg, chunk, (size_t)n, e) == -1 ||
		    stop_check(e) == -1)
			goto done;
		xfer_told(x, got, (uint64_t)st.st_size);
	}
	rc = (int)n;
done:
	free(chunk);
	close(fd);
	return rc;
}

static int
file_stat(struct xfer *x, const char *name, struct xfer_stat *out,
    struct err *e)
{
	struct stat st;
	char *path;
	int rc, saved;

	if ((path = xfer_path(x, name, e)) == NULL)
		return -1;
	rc = stat(path, &st);
	saved = errno;
	free(path);
	if (rc == -1)
		return path_failed(e, saved, "look up");
	out->size = (uint64_t)st.st_size;
	out->mtime_ms = (int64_t)st.st_mtim.tv_sec * 1000;
	out->is_dir = S_ISDIR(st.st_mode);
	return 0;
}

static int
file_kind(struct xfer *x, const char *name, enum xfer_kind *out,
    struct err *e)
{
	struct stat st;
	char *path;
	int rc, saved;

	if ((path = xfer_path(x, name, e)) == NULL)
		return -1;
	rc = lstat(path, &st);
	saved = errno;
	free(path);
	if (rc == -1)
		*out = saved == ENOENT ? XFER_NOTHING : XFER_UNKNOWN;
	else
		*out = S_ISLNK(st.st_mode) ? XFER_LINK :
		    S_ISDIR(st.st_mode) ? XFER_FOLDER : XFER_FILE;
	return 0;
}

static int
rename_flags(struct xfer *x, const char *from, const char *to,
    unsigned flags, struct err *e)
{
	char *a, *b = NULL;
	int rc = -1;

	if ((a = xfer_path(x, from, e)) == NULL ||
	    (b = xfer_path(x, to, e)) == NULL)
		goto done;
	x->facts.replaced = "one-step";
	if (renameat2(AT_FDCWD, a, AT_FDCWD, b, flags) == -1)
		path_failed(e, errno, "rename");
	else
		rc = io_sync_folder(b, e);
done:
	free(a);
	free(b);
	return rc;
}

static int
file_replace(struct xfer *x, const char *from, const char *to, struct err *e)
{
	return rename_flags(x, from, to, 0, e);
}

static int
file_rename(struct xfer *x, const char *from, const char *to, struct err *e)
{
	return rename_flags(x, from, to, RENAME_NOREPLACE, e);
}

static int
file_remove(struct xfer *x, const char *name, struct err *e)
{
	char *path;
	int rc, saved;

	if ((path = xfer_path(x, name, e)) == NULL)
		return -1;
	rc = unlink(path);
	saved = errno;
	free(path);
	if (rc == -1)
		return path_failed(e, saved, "remove");
	return 0;
}

static int
file_room(struct xfer *x, const char *path, uint64_t *out, struct err *e)
{
	struct statvfs v;

	(void)x;
	if (statvfs(path, &v) == -1)
		return path_failed(e, errno, "ask for the room");
	*out = (uint64_t)v.f_bavail * v.f_frsize;
	return 0;
}

static int
file_list(struct xfer *x, const char *path, xfer_entry f, void *arg,
    struct err *e)
{
	struct dirent *d;
	struct stat st;
	DIR *dir;
	int rc = 0;

	(void)x;
	if ((dir = opendir(path)) == NULL)
		return path_failed(e, errno, "open the folder");
	while (rc == 0 && (d = readdir(dir)) != NULL)
		if (fstatat(dirfd(dir), d->d_name, &st,
		    AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
			rc = f(arg, d->d_name, (uint64_t)st.st_size, e);
	closedir(dir);
	return rc;
}

static int
file_set_time(struct xfer *x, const char *name, int64_t wall_ms,
    struct err *e)
{
	struct timespec t[2] = { { 0, UTIME_OMIT },
	    { (time_t)(wall_ms / 1000), 0 } };
	char *path;
	int rc;

	if ((path = xfer_path(x, name, e)) == NULL)
		return -1;
	rc = utimensat(AT_FDCWD, path, t, 0);
	if (rc == -1)
		path_failed(e, errno, "set the time");
	free(path);
	return rc;
}

static int
file_mkdir(struct xfer *x, const char *path, struct err *e)
{
	(void)x;
	if (mkdir(path, 0777) == -1 && errno != EEXIST)
		return path_failed(e, errno, "make the folder");
	return 0;
}

const struct xfer_ops xfer_file_ops = {
	.name = "file",
	.put = file_put,
	.put_new = file_put_new,
	.put_from = file_put_from,
	.rewrites = true,
	.get = file_get,
	.stat = file_stat,
	.kind = file_kind,
	.links = true,
	.replace = file_replace,
	.rename = file_rename,
	.remove = file_remove,
	.mkdir = file_mkdir,
	.list = file_list,
	.room = file_room,
	.set_time = file_set_time,
};
