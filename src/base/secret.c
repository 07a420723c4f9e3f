/*
 * The memory of secrets.
 *
 * Each secret has pages of its own: locking and keeping out of core files work
 * on whole pages, and neighbours on the heap would share their fate.
 */
#include "secret.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "err.h"
#include "secret_internal.h"

struct secret *
secret_alloc(size_t cap, struct err *e)
{
	struct secret *s;
	size_t page;

	s = calloc(1, sizeof(*s));
	if (s == NULL) {
		err_nomem(e);
		return NULL;
	}
	page = (size_t)sysconf(_SC_PAGESIZE);
	s->size = (cap / page + 1) * page;
	s->bytes = mmap(NULL, s->size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (s->bytes == MAP_FAILED) {
		free(s);
		err_nomem(e);
		return NULL;
	}
	/* Both as far as the system permits: the secret is needed anyway. */
	(void)mlock(s->bytes, s->size);
	(void)madvise(s->bytes, s->size, MADV_DONTDUMP);
	return s;
}

struct secret *
secret_new(const void *p, size_t n, struct err *e)
{
	struct secret *s;

	if (n > SECRET_MAX) {
		err_set(e, ERR_SECRET, "a secret may have %u bytes at most",
		    SECRET_MAX);
		return NULL;
	}
	s = secret_alloc(n, e);
	if (s == NULL)
		return NULL;
	if (n > 0)
		memcpy(s->bytes, p, n);
	s->len = n;
	return s;
}

const char *
secret_bytes(const struct secret *s)
{
	return s == NULL ? "" : s->bytes;
}

size_t
secret_len(const struct secret *s)
{
	return s == NULL ? 0 : s->len;
}

void
secret_free(struct secret *s)
{
	if (s == NULL)
		return;
	/* Here secrets are wiped; copies in buffers by buf_release. */
	explicit_bzero(s->bytes, s->size);
	munmap(s->bytes, s->size);
	free(s);
}

void
secret_harden(void)
{
	static const struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}
