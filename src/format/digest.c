/*
 * SHA-256 of bytes and files, by libcrypto.
 *
 * The direct calls are used although OpenSSL 3 would rather see EVP: they
 * need no set-up that can fail, and their results are the same.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "digest.h"

#include <errno.h>
#include <unistd.h>

#include <openssl/sha.h>

#include "../base/err.h"
#include "../base/stop.h"

#define DIGEST_READ	((size_t)256 << 10)	/* bytes read at a time */

struct digest {
	SHA256_CTX	ctx;
};

struct digest *
digest_new(struct err *e)
{
	struct digest *d;

	d = malloc(sizeof(*d));
	if (d == NULL) {
		err_nomem(e);
		return NULL;
	}
	SHA256_Init(&d->ctx);
	return d;
}

void
digest_add(struct digest *d, const void *p, size_t n)
{
	SHA256_Update(&d->ctx, p, n);
}

void
digest_finish(struct digest *d, unsigned char out[32])
{
	SHA256_Final(out, &d->ctx);
	digest_free(d);
}

void
digest_free(struct digest *d)
{
	free(d);
}

/*
 * Feed the whole file to d; its length goes to *bytes.
 */
static int
digest_feed(struct digest *d, int fd, uint64_t *bytes, struct err *e)
{
	unsigned char *room;
	uint64_t at;
	ssize_t got;

	room = malloc(DIGEST_READ);
	if (room == NULL)
		return err_nomem(e);
	at = 0;
	while ((got = pread(fd, room, DIGEST_READ, (off_t)at)) != 0) {
		if (got == -1 && errno == EINTR)
			continue;
		if (got == -1) {
			err_sys(e, ERR_IO, errno,
			    "cannot read the file back at byte %llu",
			    (unsigned long long)at);
			break;
		}
		if (stop_check(e) == -1) {
			got = -1;
			break;
		}
		digest_add(d, room, (size_t)got);
		at += (uint64_t)got;
	}
	free(room);
	*bytes = at;
	return got == 0 ? 0 : -1;
}

int
digest_file(int fd, unsigned char out[32], uint64_t *bytes, struct err *e)
{
	struct digest *d;
	uint64_t len = 0;

	d = digest_new(e);
	if (d == NULL)
		return -1;
	if (digest_feed(d, fd, &len, e) == -1) {
		digest_free(d);
		return -1;
	}
	digest_finish(d, out);
	if (bytes != NULL)
		*bytes = len;
	return 0;
}

const char *
hex_encode(const void *p, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *b = p;
	size_t i;

	for (i = 0; i < n; i++) {
		out[2 * i] = digits[b[i] >> 4];
		out[2 * i + 1] = digits[b[i] & 15];
	}
	out[2 * n] = '\0';
	return out;
}
