/*
 * SHA-256 of bytes and files.
 */
#ifndef FORMAT_DIGEST_H
#define FORMAT_DIGEST_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct digest;

/*
 * digest_new(e): a running SHA-256.  ERR_NOMEM.  Ended by digest_finish or
 * digest_free.
 */
struct digest *digest_new(struct err *);

/*
 * digest_add(d, p, n): n more bytes.
 */
void	digest_add(struct digest *, const void *, size_t);

/*
 * digest_finish(d, out): 32 bytes into out; frees d.
 */
void	digest_finish(struct digest *, unsigned char [32]);

/*
 * digest_free(d): NULL is harmless.
 */
void	digest_free(struct digest *);

/*
 * digest_file(fd, out, bytes, e): SHA-256 and length in bytes of a whole file
 * from offset 0; the file offset is not moved.  bytes may be NULL.  Blocks.
 * ERR_IO.
 */
int	digest_file(int, unsigned char [32], uint64_t *, struct err *);

/*
 * hex_encode(p, n, out): 2n lower-case digits and a NUL into out; returns
 * out.
 */
const char *hex_encode(const void *, size_t, char *);

#endif
