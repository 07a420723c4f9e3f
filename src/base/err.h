/*
 * Errors: a code plus a sentence that grows outward.
 *
 * Every function that can fail takes a struct err as its last argument, never
 * NULL, and leaves it untouched on success.  It returns 0 on success and -1 on
 * failure unless its header says otherwise.  A caller that adds a fact wraps
 * the sentence; whoever stands at the edge (src/cmd) prints it once.  One
 * table gives each code its word, exit code, advice, retry class and kinds.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

#include "err_code.h"

enum err_retry { RETRY_NEVER, RETRY_BACKOFF, RETRY_ASK_FIRST };

/* What a failure is, beside its exit code; an error may be several. */
enum err_kind {
	ERR_PASSES	= 1,	/* it may pass by itself: worth a later try */
	ERR_MENDABLE	= 2,	/* once a person has mended its cause, the
				 * very same thing can be done again */
	ERR_CREDENTIALS	= 4,	/* user, secret or right was refused */
	ERR_UNREACHED	= 8,	/* only the way there failed: it says nothing
				 * of what would be found there; never once
				 * the other side was met */
	ERR_CUT		= 16,	/* no answer came to what was asked, and it
				 * may have been done */
	ERR_ENDS	= 32,	/* nothing more can be asked over this
				 * connection, or at all */
	ERR_WRONG_LOGIN	= 64	/* who we are was not believed: tried again
				 * and again, it locks the account */
};

struct err_info;

struct err {
	enum err_code	code;
	const struct err_info *own; /* of ERR_REFUSED, see err_own; or NULL */
	int		sys;	/* errno, CURLcode, signal ...; else 0 */
	long		remote;	/* reply code of the other side; else 0 */
	long		wait_ms; /* the server asked for this pause; else 0 */
	bool		met;	/* a connection to the other side stood */
	const char	*key;	/* the setting to blame, as the configuration
				 * calls it; static; else NULL */
	char		msg[1024]; /* one sentence, no newline, no full stop */
};

struct err_info {
	const char	*word;	/* stable name: JSON "word", `explain` */
	int		exit_code;
	enum err_retry	retry;
	const char	*meaning; /* one sentence for `explain` and manual */
	const char	*advice;  /* what to do next; "" when none */
	unsigned	kinds;	  /* bits of enum err_kind; see err_is for
				   * ERR_PASSES */
};

/*
 * err_clear(e): make e empty: ERR_NONE and no sentence.
 */
void	err_clear(struct err *);

/*
 * err_set(e, code, fmt, ...): start an error.  Control bytes in the finished
 * sentence are replaced, so foreign text may be an argument; secrets may not.
 * Returns -1 always, so that `return err_set(...)` reads well.
 */
int	err_set(struct err *, enum err_code, const char *, ...)
	    __attribute__((format(printf, 3, 4)));

/*
 * err_sys(e, code, errnum, fmt, ...): as err_set, with ": strerror" appended.
 * ENOSPC, EDQUOT and EFBIG turn code into ERR_NOSPACE, ENOMEM into ERR_NOMEM,
 * EMFILE and ENFILE into ERR_OPEN_FILES.
 * Returns -1 always.
 */
int	err_sys(struct err *, enum err_code, int, const char *, ...)
	    __attribute__((format(printf, 4, 5)));

/*
 * err_wrap(e, fmt, ...): put "fmt: " before the sentence; the code stays.
 * Returns -1 always.
 */
int	err_wrap(struct err *, const char *, ...)
	    __attribute__((format(printf, 2, 3)));

/*
 * err_key(e, key): name the setting that is to blame, by its static key; the
 * sentence stays.  Returns -1 always.
 */
int	err_key(struct err *, const char *);

/*
 * err_nomem(e): out of memory.  Returns -1 always.
 */
int	err_nomem(struct err *);

/*
 * err_info(code): the table's row; never NULL.  Codes out of range give the
 * row of ERR_INTERNAL.
 */
const struct err_info *err_info(enum err_code);

/*
 * err_own(e, row): make e, which is ERR_REFUSED, the refusal that a platform
 * has a static row of its own for.  NULL: it has none.  Returns -1 always.
 */
int	err_own(struct err *, const struct err_info *);

/*
 * err_row(e): the row that counts for e: its own, or that of its code; never
 * NULL.
 */
const struct err_info *err_row(const struct err *);

/*
 * err_find(word): the code whose word this is, or ERR_NONE.
 */
enum err_code err_find(const char *);

/*
 * err_exit(e): the exit code of e: the table's, or 128 + signal number for
 * ERR_STOPPED.
 */
int	err_exit(const struct err *);

/*
 * err_is(e, kind): whether e is of this kind.  ERR_PASSES is what the table
 * says is to be tried again after a pause; ERR_NONE is of no kind.
 */
bool	err_is(const struct err *, enum err_kind);

/*
 * err_worse(worst, e): keep in worst the worse of the two, by exit_worst of
 * their exit codes; of two that are equal the first, in worst, stays.  ERR_NONE
 * is no error: in worst it gives way to any, in e it changes nothing.  Returns
 * whether e was taken.  e may not be worst.
 */
bool	err_worse(struct err *, const struct err *);

/*
 * err_retry_name(retry): "never", "backoff" or "ask-first".
 */
const char *err_retry_name(enum err_retry);

#endif
