/*
 * Growable bytes with a ceiling.
 *
 * A buffer is born with the largest size it may ever have, so that no peer can
 * make it grow without bound.  data is always NUL-terminated (the NUL is not
 * counted in len) once anything was added; before that it is "".
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct err;

struct buf {
	char	*data;	/* len bytes and a NUL; never NULL after buf_init */
	size_t	 len;	/* bytes in use */
	size_t	 cap;	/* bytes allocated; 0 while data is the static "" */
	size_t	 max;	/* ceiling in bytes, from buf_init */
	bool	 wipe;	/* zero on growth and release; set for secrets */
};

/*
 * buf_init(b, max): an empty buffer that may hold up to max bytes.  Cannot
 * fail; allocates nothing yet.  The caller ends it with buf_release.
 */
void	buf_init(struct buf *, size_t);

/*
 * buf_release(b): free the bytes (zeroed first if b->wipe) and make b empty
 * and usable again.  Harmless on an empty buffer.
 */
void	buf_release(struct buf *);

/*
 * buf_clear(b): forget the bytes, keep the memory.
 */
void	buf_clear(struct buf *);

/*
 * buf_reserve(b, n, e): make room for n more bytes at b->data + b->len.
 * Fails with ERR_LIMIT past the ceiling, ERR_NOMEM.
 */
int	buf_reserve(struct buf *, size_t, struct err *);

/*
 * buf_add(b, p, n, e): append n bytes from p.  Errors as buf_reserve.
 */
int	buf_add(struct buf *, const void *, size_t, struct err *);

/*
 * buf_adds(b, s, e): append a C string.  Errors as buf_reserve.
 */
int	buf_adds(struct buf *, const char *, struct err *);

/*
 * buf_addf(b, e, fmt, ...): append formatted text.  Errors as buf_reserve.
 */
int	buf_addf(struct buf *, struct err *, const char *, ...)
	    __attribute__((format(printf, 3, 4)));

/*
 * buf_take(b, len): hand the bytes over.  Returns a malloc'd, NUL-terminated
 * block that the caller frees, or NULL when out of memory (b is unchanged);
 * its length goes to *len unless len is NULL.  b is empty afterwards.
 */
char	*buf_take(struct buf *, size_t *);

/*
 * buf_escape(b, p, n, max, e): append foreign bytes so that a terminal or log
 * can show them: printable ASCII and valid UTF-8 (not controls, not bidi
 * marks, not zero-width) as is, others as \xHH, and "..." in place of what
 * goes past max source bytes.  Errors as buf_reserve.
 */
int	buf_escape(struct buf *, const void *, size_t, size_t, struct err *);

#endif
