/*
 * Whose files are trusted.
 *
 * Everything is asked of the opened file, not of its name, which could change
 * in between.
 */
#include "own.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PW_BYTES	16384	/* names and paths of one user */
#define SAFE	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" \
		"0123456789/._-+:@%,"

const char *
own_shell_word(const char *s, char out[PATH_MAX])
{
	size_t n = 0;

	if (s[0] != '\0' && s[strspn(s, SAFE)] == '\0') {
		snprintf(out, PATH_MAX, "%s", s);
		return out;
	}
	out[n++] = '\'';
	for (; *s != '\0' && n < PATH_MAX - 12; s++) {
		if (iscntrl((unsigned char)*s)) {
			n += (size_t)snprintf(out + n, PATH_MAX - n,
			    "'$'\\%03o''", (unsigned char)*s);
			continue;
		}
		if (*s == '\'') {
			memcpy(out + n, "'\\'", 3);
			n += 3;
		}
		out[n++] = *s;
	}
	out[n++] = '\'';
	out[n] = '\0';
	return out;
}

static int
find_user(uid_t uid, struct passwd *pw, char room[PW_BYTES])
{
	struct passwd *found = NULL;

	return getpwuid_r(uid, pw, room, PW_BYTES, &found) == 0 &&
	    found != NULL ? 0 : -1;
}

const char *
own_user(uid_t uid, char out[64])
{
	char room[PW_BYTES];
	struct passwd pw;

	if (find_user(uid, &pw, room) == 0)
		snprintf(out, 64, "%s", pw.pw_name);
	else
		snprintf(out, 64, "%lu", (unsigned long)uid);
	return out;
}

static int
is_link(const char *path, enum err_code code, struct err *e)
{
	char word[PATH_MAX];

	return err_set(e, code, "%s is a symbolic link, which could be turned "
	    "elsewhere; name what it points to, as it is printed by: "
	    "readlink -f %s", path, own_shell_word(path, word));
}

static int
rights(const struct stat *st, const char *path, enum own what,
    enum err_code code, struct err *e)
{
	char word[PATH_MAX];
	unsigned mode = (unsigned)st->st_mode & 07777;

	own_shell_word(path, word);
	if (S_ISLNK(st->st_mode))
		return is_link(path, code, e);
	if (what == OWN_FOLDER && !S_ISDIR(st->st_mode))
		return err_set(e, code, "%s is not a folder", path);
	if (what != OWN_FOLDER && !S_ISREG(st->st_mode))
		return err_set(e, code, "%s is not a regular file", path);
	if (what == OWN_SECRET && (mode & 07) != 0)
		return err_set(e, code, "%s is open to everybody on this "
		    "machine (mode %04o); run \"chmod o= %s\"", path, mode,
		    word);
	if ((mode & 02) != 0)
		return err_set(e, code, "%s can be written by everybody on "
		    "this machine (mode %04o); run \"chmod o-w %s\"", path,
		    mode, word);
	return 0;
}

static int
owner(const struct stat *st, const char *path, enum err_code code,
    struct err *e)
{
	char word[PATH_MAX], theirs[64], ours[64];

	if (st->st_uid == 0 || st->st_uid == geteuid())
		return 0;
	own_user(geteuid(), ours);
	return err_set(e, code, "%s belongs to another user (%s), and is used "
	    "only if it is root's or %s's; run \"chown %s %s\" as root", path,
	    own_user(st->st_uid, theirs), ours, ours,
	    own_shell_word(path, word));
}

/* A secret that only root may read is of no use to another user. */
static int
not_opened(const char *path, int why, enum err_code code, struct err *e)
{
	char word[PATH_MAX], ours[64];

	if (why == ELOOP)
		return is_link(path, code, e);
	if (why != EACCES || geteuid() == 0)
		return err_sys(e, code, why, "cannot open %s", path);
	own_user(geteuid(), ours);
	return err_set(e, code, "cannot open %s as user %s: Permission "
	    "denied; if it is meant for %s, run \"chown %s %s\" as root",
	    path, ours, ours, ours, own_shell_word(path, word));
}

int
own_open(const char *path, enum own what, int flags, enum err_code code,
    struct err *e)
{
	struct stat st;
	int fd;

	fd = open(path, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK |
	    O_NOCTTY);
	if (fd == -1 && errno == ENOTDIR && what == OWN_FOLDER &&
	    lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
		return is_link(path, code, e);
	if (fd == -1)
		return not_opened(path, errno, code, e);
	if (fstat(fd, &st) == -1)
		err_sys(e, code, errno, "cannot look at %s", path);
	else if (rights(&st, path, what, code, e) == 0)
		return fd;
	close(fd);
	return -1;
}

int
own_check(int fd, const char *path, enum own what, enum err_code code,
    struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return err_sys(e, code, errno, "cannot look at %s", path);
	if (rights(&st, path, what, code, e) == -1)
		return -1;
	return owner(&st, path, code, e);
}

int
own_openat(int dir, const char *name, const char *path, int flags,
    enum err_code code, struct err *e)
{
	int fd;

	fd = openat(dir, name, flags | O_CREAT | O_NOFOLLOW | O_CLOEXEC |
	    O_NONBLOCK | O_NOCTTY, 0600);
	if (fd == -1)
		return errno == ELOOP ? is_link(path, code, e) :
		    err_sys(e, ERR_CREATE, errno, "cannot open %s", path);
	if (own_check(fd, path, OWN_FILE, code, e) == 0)
		return fd;
	close(fd);
	return -1;
}

int
own_look(const char *path, enum own what, enum err_code code, struct err *e)
{
	int fd, rc;

	fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return errno == EMFILE || errno == ENFILE ?
		    err_sys(e, code, errno, "cannot look at %s", path) : 0;
	rc = own_check(fd, path, what, code, e);
	close(fd);
	return rc;
}

int
own_become(uid_t uid, gid_t gid, struct err *e)
{
	char room[PW_BYTES];
	struct passwd pw;
	bool known = find_user(uid, &pw, room) == 0;
	int rc;

	if (known)
		gid = pw.pw_gid;
	rc = known ? initgroups(pw.pw_name, gid) : setgroups(0, NULL);
	if (rc == -1 || setresgid(gid, gid, gid) == -1 ||
	    setresuid(uid, uid, uid) == -1)
		return err_sys(e, ERR_CONFIG, errno, "cannot go on as user "
		    "%s", known ? pw.pw_name : "of the state folder");
	if (setuid(0) != -1)
		return err_set(e, ERR_INTERNAL, "root's rights did not go");
	if (known)
		setenv("HOME", pw.pw_dir, 1);
	return 0;
}
