/*
 * Run ids and the kernel's randomness.
 */
#include "id.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "err.h"

#define ID_TIME		9	/* characters of time, 5 bits each */

static const char digits[] = "023456789abcdefghjkmnpqrstuvwxyz";

int
random_bytes(void *p, size_t n, struct err *e)
{
	unsigned char *at = p;
	ssize_t got;

	while (n > 0) {
		got = getrandom(at, n, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_sys(e, ERR_INTERNAL, errno,
			    "the system gives no random bytes");
		at += got;
		n -= (size_t)got;
	}
	return 0;
}

int
id_new(int64_t wall_ms, char out[ID_LEN + 1], struct err *e)
{
	unsigned char noise[ID_LEN - ID_TIME];
	uint64_t ms;
	int i;

	if (random_bytes(noise, sizeof(noise), e) == -1)
		return -1;
	ms = wall_ms > 0 ? (uint64_t)wall_ms : 0;
	for (i = ID_TIME - 1; i >= 0; i--, ms >>= 5)
		out[i] = digits[ms & 31];
	for (i = ID_TIME; i < ID_LEN; i++)
		out[i] = digits[noise[i - ID_TIME] & 31];
	out[ID_LEN] = '\0';
	return 0;
}

size_t
id_digits(const char *s)
{
	return strspn(s, digits);
}

bool
id_is(const char *s)
{
	return id_digits(s) == ID_LEN && s[ID_LEN] == '\0';
}

bool
id_within(const char *name, char out[ID_LEN + 1])
{
	size_t i, n;

	for (i = 0; name[i] != '\0'; i += n + 1) {
		n = id_digits(name + i);
		if (n == ID_LEN && i > 0 && strchr("-.", name[i - 1]) !=
		    NULL && (name[i + n] == '-' || name[i + n] == '.')) {
			memcpy(out, name + i, ID_LEN);
			out[ID_LEN] = '\0';
			return true;
		}
		if (name[i + n] == '\0')
			break;
	}
	return false;
}
