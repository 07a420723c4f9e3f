/*
 * Moving or deleting the source after a run has gone through.
 *
 * Nothing is overwritten, ever: a taken name gets the run's id before its
 * ending.  A file is in one of both places at any time, also after a power
 * cut; a copy into another file system appears whole, before the original
 * goes.
 *
 * The file beside it that says it is complete (done_file) goes before it: left
 * alone it would vouch for whatever comes under the name next.
 */
#include "away.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/io.h"
#include "../config/set.h"
#include "journey.h"
#include "still.h"

#define SAME_BLOCK	(64u << 10)

/* The names that a source may get in its new folder, and one to copy under. */
struct away {
	const struct ledger_source *s;
	char		*to[2];
	char		*temp;
};

/* Where the ending begins: of "a.csv.gz" at ".csv.gz", of ".csv" nowhere. */
static size_t
ending(const char *base)
{
	static const char *const packed[] = { ".gz", ".gzip" };
	const char *dot = strrchr(base, '.');
	size_t n = strlen(base), i, at;

	if (dot == NULL || dot == base)
		return n;
	at = (size_t)(dot - base);
	for (i = 0; i < sizeof(packed) / sizeof(packed[0]); i++) {
		if (strcmp(dot, packed[i]) != 0)
			continue;
		for (n = at; n > 1; n--)
			if (base[n - 1] == '.')
				return n - 1;
	}
	return at;
}

char *
away_name(const char *base, const char *id, struct err *e)
{
	size_t at = ending(base);
	char *name = NULL;

	if (asprintf(&name, "%.*s-%s%s", (int)at, base, id, base + at) < 0) {
		err_nomem(e);
		return NULL;
	}
	return name;
}

static bool
is_source(const struct ledger_source *s, const struct stat *st)
{
	return st->st_dev == (dev_t)s->dev && st->st_ino == (ino_t)s->ino &&
	    st->st_size == s->size && st->st_mtim.tv_sec * 1000000000LL +
	    st->st_mtim.tv_nsec == s->mtime_ns;
}

/*
 * Tonight's file may lie under the same name by now; that one is not ours to
 * take away.  1 when the path still holds the file the run was made from, 0
 * when it does not and there is nothing more to do.
 */
static int
source_is_ours(struct journey *j, const struct ledger_source *s,
    struct err *e)
{
	struct stat st;

	if (lstat(s->path, &st) == -1)
		return errno == ENOENT ? 0 :
		    err_sys(e, ERR_IO, errno, "look at %s", s->path);
	if (is_source(s, &st))
		return 1;
	log_say(j->c->log, LOG_WARN, "the source file stays",
	    LFF("because", "another file has its name by now"),
	    LFS("file", s->path));
	return 0;
}

/* Under the first free name; -1 with errno, EEXIST when both are taken. */
static int
place(const struct away *a, const char *from)
{
	int rc = io_rename_new(from, a->to[0]);

	if (rc == 1)
		rc = io_rename_new(from, a->to[1]);
	if (rc == 1) {
		errno = EEXIST;
		return -1;
	}
	return rc;
}

static int
same_bytes(int a, int b, int64_t size, struct err *e)
{
	char *block = malloc(SAME_BLOCK * 2);
	int64_t at = 0;
	size_t n;
	int rc = 1;

	if (block == NULL)
		return err_nomem(e);
	for (; rc == 1 && at < size; at += (int64_t)n) {
		n = size - at < SAME_BLOCK ? (size_t)(size - at) : SAME_BLOCK;
		if (io_pread_all(a, block, n, at, e) == -1 ||
		    io_pread_all(b, block + SAME_BLOCK, n, at, e) == -1)
			rc = -1;
		else
			rc = memcmp(block, block + SAME_BLOCK, n) == 0;
	}
	free(block);
	return rc;
}

/* 1 when an interrupted attempt has put the copy there already. */
static int
copied_before(const struct away *a, const char *to, int from, struct err *e)
{
	struct stat st;
	int fd = open(to, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	int rc = 0;

	if (fd < 0)
		return 0;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size == a->s->size && st.st_mtim.tv_sec * 1000000000LL +
	    st.st_mtim.tv_nsec == a->s->mtime_ns)
		rc = same_bytes(from, fd, a->s->size, e);
	close(fd);
	return rc;
}

/* The bytes, rights and time of the open source under the temporary name. */
static int
copy_bytes(const struct away *a, int from, const struct stat *st,
    struct err *e)
{
	struct timespec times[2] = { st->st_atim, st->st_mtim };
	int fd, rc;

	if (unlink(a->temp) == -1 && errno != ENOENT)
		return err_sys(e, ERR_IO, errno, "remove %s", a->temp);
	fd = open(a->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(e, ERR_CREATE, errno, "create %s", a->temp);
	rc = io_copy_all(from, fd, e);
	if (rc == 0 && (fchmod(fd, st->st_mode & 0777) == -1 ||
	    futimens(fd, times) == -1 || fsync(fd) == -1))
		rc = err_sys(e, ERR_IO, errno, "write %s", a->temp);
	if (close(fd) == -1 && rc == 0)
		rc = err_sys(e, ERR_IO, errno, "write %s", a->temp);
	if (rc != 0)
		unlink(a->temp);
	return rc;
}

/* Into another file system: the copy is there for good, then the file goes. */
static int
move_copy(struct journey *j, const struct away *a, struct err *e)
{
	struct stat st;
	int from, rc;

	from = open(a->s->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
	    O_NONBLOCK);
	if (from < 0)
		return err_sys(e, ERR_IO, errno, "open %s", a->s->path);
	if (fstat(from, &st) == -1 || !is_source(a->s, &st)) {
		close(from);
		return err_set(e, ERR_INPUT, "%s changed while it was being "
		    "moved", a->s->path);
	}
	rc = copied_before(a, a->to[0], from, e);
	if (rc == 0)
		rc = copied_before(a, a->to[1], from, e);
	if (rc == 0) {
		rc = copy_bytes(a, from, &st, e);
		if (rc == 0 && place(a, a->temp) != 0) {
			rc = err_sys(e, ERR_IO, errno, "move %s to %s",
			    a->temp, a->to[1]);
			unlink(a->temp);
		}
	}
	close(from);
	if (rc < 0 || io_sync_folder(a->temp, e) == -1)
		return -1;
	/* What was added meanwhile is not in the copy. */
	rc = source_is_ours(j, a->s, e);
	if (rc == 1 && unlink(a->s->path) == -1)
		return err_sys(e, ERR_IO, errno, "remove %s", a->s->path);
	return rc < 0 ? -1 : 0;
}

static int
not_there_yet(const struct away *a, const char *dir, struct err *e)
{
	if (access(dir, F_OK) == -1)
		return err_sys(e, ERR_CREATE, errno, "after_done moves files "
		    "to %s", dir);
	return set_after_check(dir, a->s->path, e);
}

static int
away_names(struct away *a, const char *dir, const char *id, struct err *e)
{
	const char *base = strrchr(a->s->path, '/');
	char *other;
	int rc = 0;

	base = base != NULL ? base + 1 : a->s->path;
	other = away_name(base, id, e);
	if (other == NULL)
		return -1;
	if (asprintf(&a->to[0], "%s/%s", dir, base) < 0) {
		a->to[0] = NULL;
		rc = err_nomem(e);
	} else if (asprintf(&a->to[1], "%s/%s", dir, other) < 0) {
		a->to[1] = NULL;
		rc = err_nomem(e);
	} else if (asprintf(&a->temp, "%s/.coupondrop-%s.part", dir, id) < 0) {
		a->temp = NULL;
		rc = err_nomem(e);
	}
	free(other);
	return rc;
}

static int
source_move(struct journey *j, const struct away *a, struct err *e)
{
	if (not_there_yet(a, j->job->after_dir, e) != 0)
		return -1;
	if (place(a, a->s->path) == 0)
		return io_sync_folder(a->to[0], e);
	if (errno == EXDEV)
		return move_copy(j, a, e);
	return err_sys(e, ERR_IO, errno, "move %s to %s", a->s->path,
	    j->job->after_dir);
}

/*
 * The file that vouches for the source, by path: 1, or 0 when there is none,
 * as an older one does not.  The caller frees the path.
 */
static int
marker_find(const struct journey *j, struct ledger_source *m, struct err *e)
{
	struct stat st;

	m->path = NULL;
	if (j->job->done_file == NULL)
		return 0;
	m->path = still_marker(j->run.source.path, j->job->done_file, e);
	if (m->path == NULL)
		return -1;
	if (lstat(m->path, &st) == -1)
		return errno == ENOENT ? 0 :
		    err_sys(e, ERR_IO, errno, "look at %s", m->path);
	m->dev = (int64_t)st.st_dev;
	m->ino = (int64_t)st.st_ino;
	m->size = st.st_size;
	m->mtime_ns = st.st_mtim.tv_sec * 1000000000LL + st.st_mtim.tv_nsec;
	return S_ISREG(st.st_mode) && m->mtime_ns >= j->run.source.mtime_ns;
}

/* To where it vouches for the source again, under the name this gets. */
static int
marker_move(struct journey *j, const struct away *a, struct err *e)
{
	struct ledger_source s = { .path = NULL };
	struct away m = { .s = &s, .temp = a->temp };
	bool taken = access(a->to[0], F_OK) == 0;
	int rc = marker_find(j, &s, e);

	if (rc == 1) {
		m.to[0] = still_marker(a->to[taken], j->job->done_file, e);
		m.to[1] = still_marker(a->to[1], j->job->done_file, e);
		rc = m.to[0] == NULL || m.to[1] == NULL ? -1 :
		    source_move(j, &m, e);
	}
	free(m.to[0]);
	free(m.to[1]);
	free(s.path);
	return rc;
}

static int
source_move_all(struct journey *j, struct err *e)
{
	struct away a = { .s = &j->run.source };
	int rc = away_names(&a, j->job->after_dir, j->run.id, e), ours;

	if (rc == 0) {
		ours = source_is_ours(j, a.s, e);
		if (ours == 1)
			rc = marker_move(j, &a, e) == -1 ? -1 :
			    source_move(j, &a, e);
		else if (ours == 0)	/* of an interrupted copy */
			unlink(a.temp);
		else
			rc = -1;
	}
	free(a.to[0]);
	free(a.to[1]);
	free(a.temp);
	return rc;
}

static int
source_delete(struct journey *j, struct err *e)
{
	struct ledger_source m = { .path = NULL };
	int rc = source_is_ours(j, &j->run.source, e);

	if (rc != 1)
		return rc;
	rc = marker_find(j, &m, e);
	if (rc == 1)
		rc = unlink(m.path) == 0 ? 0 : err_sys(e, ERR_IO, errno,
		    "remove %s", m.path);
	free(m.path);
	if (rc == 0 && unlink(j->run.source.path) == -1)
		rc = err_sys(e, ERR_IO, errno, "remove %s",
		    j->run.source.path);
	return rc;
}

bool
source_is_copy(const char *dir, const char *path)
{
	size_t n = strlen(dir);

	return strncmp(path, dir, n) == 0 && path[n] == '/';
}

int
source_away(struct journey *j, struct err *e)
{
	int rc;

	if (j->job->after_done == AFTER_MOVE)
		rc = source_move_all(j, e);
	else
		rc = source_delete(j, e);
	return rc == 0 ? io_sync_folder(j->run.source.path, e) : -1;
}
