/*
 * Base64 (RFC 4648 section 4): in logins of HTTP, and as SSH uses it in key
 * files, known_hosts and fingerprints, with the padding often left off.
 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stddef.h>

/*
 * base64_digit(c): the value of a digit, 0 to 63, or -1.
 */
int	base64_digit(char);

/*
 * base64_decode(s, n, out, max): up to max bytes of what the n characters at
 * s stand for; white space and padding at the end are passed over.  Returns
 * how many bytes, or 0 when there is anything else among them.
 */
size_t	base64_decode(const char *, size_t, void *, size_t);

/*
 * base64_encode(p, n, out): without padding and NUL-terminated into out,
 * which has room for 4 characters per 3 bytes begun, and a NUL.
 */
void	base64_encode(const void *, size_t, char *);

#endif
