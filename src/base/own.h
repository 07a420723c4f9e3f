/*
 * Whose files are trusted: one rule for the configuration, secrets, keys and
 * the state folder.
 *
 * It belongs to root or to the user the program works as, nobody else but its
 * group may write to it, and its name is no symbolic link, which whoever may
 * write to its folder could turn elsewhere.  A secret is closed to others.
 */
#ifndef BASE_OWN_H
#define BASE_OWN_H

#include <limits.h>
#include <sys/types.h>

#include "err.h"

enum own { OWN_FILE, OWN_FOLDER, OWN_SECRET };

/*
 * own_open(path, what, flags, code, e): open(2) with flags, which say how;
 * never through a link at the end, never waiting for a pipe's other side.
 * Kind and rights are looked at, the owner is not: own_check does.  Returns
 * the descriptor, or -1 with code and what to do about it.
 */
int	own_open(const char *, enum own, int, enum err_code, struct err *);

/*
 * own_openat(dir, name, path, flags, code, e): likewise a file of ours in an
 * open folder, made if missing, readable and writable by nobody else; path is
 * its name in messages.  The owner is looked at too.
 */
int	own_openat(int, const char *, const char *, int, enum err_code,
	    struct err *);

/*
 * own_check(fd, path, what, code, e): whether what is open keeps the whole
 * rule.  code with the chmod or chown to paste.
 */
int	own_check(int, const char *, enum own, enum err_code, struct err *);

/*
 * own_look(path, what, code, e): own_check by name.  What is missing, or lies
 * where nobody may look, is fine: who opens it will say so.
 */
int	own_look(const char *, enum own, enum err_code, struct err *);

/*
 * own_shell_word(s, out): a path as a word that can be pasted into a shell,
 * without control characters, cut to fit out[PATH_MAX]; returns out.
 */
const char *own_shell_word(const char *, char [PATH_MAX]);

/*
 * own_user(uid, out): the name of a user, or its number, into out[64]; returns
 * out.
 */
const char *own_user(uid_t, char [64]);

/*
 * own_become(uid, gid, e): from root to this user with its groups and HOME, for
 * good; gid for a user whom the machine does not know.  ERR_CONFIG.  To be
 * called while there is one thread.
 */
int	own_become(uid_t, gid_t, struct err *);

#endif
