/*
 * Adding a host key to a known_hosts file, when a person has given its
 * fingerprint.
 *
 * The file may be the user's own, which other programs write too.  So it is
 * never rewritten: one line is appended by one write, as ssh does, and what a
 * full disk left of it is cut off again.
 */
#include "hostkey.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "../src/base/buf.h"
#include "../src/base/err.h"
#include "../src/base/io.h"

#define FOLDER_MODE	0700
#define FILE_MODE	0600

static int
make_folder(const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/');
	char *folder;
	int r;

	if (slash == NULL || slash == path)
		return 0;
	if ((folder = strndup(path, (size_t)(slash - path))) == NULL)
		return err_nomem(e);
	r = io_mkdirs(folder, FOLDER_MODE, e);
	free(folder);
	return r;
}

static int
append(int fd, const char *line, struct err *e)
{
	struct stat st;
	struct buf b;
	char last = '\n';
	ssize_t n;
	int r = -1;

	if (fstat(fd, &st) == -1)
		return err_sys(e, ERR_IO, errno, "look up");
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_CREATE, "it is not a regular file");
	/* The last line of a file that was edited by hand may lack its end. */
	if (st.st_size > 0 && pread(fd, &last, 1, st.st_size - 1) != 1)
		last = '\0';
	buf_init(&b, 8192);
	if (buf_addf(&b, e, "%s%s\n", last == '\n' ? "" : "\n", line) == -1)
		goto done;
	n = write(fd, b.data, b.len);
	if (n != (ssize_t)b.len) {
		err_sys(e, ERR_IO, n == -1 ? errno : ENOSPC, "write");
		if (n > 0 && ftruncate(fd, st.st_size) == -1)
			err_wrap(e, "a part of the line is left");
	} else if (fsync(fd) == -1)
		err_sys(e, ERR_IO, errno, "write to disk");
	else
		r = 0;
done:
	buf_release(&b);
	return r;
}

static int
append_to(const char *path, const char *line, struct err *e)
{
	int fd, r;

	if (make_folder(path, e) == -1)
		return -1;
	fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY |
	    O_NOFOLLOW | O_NONBLOCK, FILE_MODE);
	if (fd == -1)
		return err_sys(e, ERR_CREATE, errno, "open");
	r = append(fd, line, e);
	close(fd);
	if (r == 0)	/* it may be new */
		r = io_sync_folder(path, e);
	return r;
}

char *
xfer_trust(const char *known_hosts, const struct xfer_shown *s,
    struct err *e)
{
	char *path;

	if (s->verdict != XFER_KEY_UNKNOWN || s->line[0] == '\0') {
		err_set(e, ERR_HOSTKEY, "only the key of a host that is not "
		    "known yet can be added");
		return NULL;
	}
	path = hostkey_path(known_hosts, e);
	if (path != NULL && append_to(path, s->line, e) == -1) {
		err_wrap(e, "add the host key to %s", path);
		free(path);
		return NULL;
	}
	return path;
}
