/*
 * Secrets: bytes that are locked, kept out of core files and zeroed.
 *
 * No formatter accepts a struct secret; the only way out is secret_bytes, and
 * the lint lists who may call it.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

struct err;
struct secret;

/* Where a secret comes from; at most one is set. */
struct secret_source {
	char	*file;	 /* path */
	char	**command; /* argv, NULL-ended, run without a shell */
	char	*env;	 /* name of an environment variable */
	char	*credential; /* name in $CREDENTIALS_DIRECTORY (systemd) */
};

/*
 * secret_given(src): whether it says where to find a secret at all.
 */
bool	secret_given(const struct secret_source *);

/*
 * secret_read(src, what, e): fetch it now.  A file must belong to root or the
 * effective user, be closed to others and no symbolic link; one trailing line
 * end is cut; at most 16 KiB.  what names it in messages ("the password of
 * endpoint files").  Runs the command with a 30 s limit when that is the
 * source.  Blocks.  NULL and ERR_SECRET on failure; free with secret_free.
 */
struct secret *secret_read(const struct secret_source *, const char *,
	    struct err *);

/*
 * secret_new(p, n, e): a secret from n bytes (for prompts and tests).
 */
struct secret *secret_new(const void *, size_t, struct err *);

/*
 * secret_bytes(s): borrowed, NUL-terminated; "" for NULL.
 */
const char *secret_bytes(const struct secret *);

/*
 * secret_len(s): its length in bytes; 0 for NULL.
 */
size_t	secret_len(const struct secret *);

/*
 * secret_free(s): zero and free; NULL is harmless.
 */
void	secret_free(struct secret *);

/*
 * secret_harden(): switch off core files and attaching for this process.
 */
void	secret_harden(void);

#endif
