/*
 * SFTP packets.
 *
 * The peer is not trusted: every take checks what is left before it looks, and
 * a failed one empties the rest, so that a caller who forgets to check cannot
 * go on reading.
 */
#include "sftp_packet.h"

#include "../src/base/buf.h"
#include "../src/base/err.h"

enum {	/* flags of attributes */
	ATTR_SIZE = 1, ATTR_UIDGID = 2, ATTR_MODE = 4, ATTR_TIMES = 8,
};
#define ATTR_EXTENDED	0x80000000u

static unsigned char *
put_u32(unsigned char *p, uint32_t v)
{
	p[0] = (unsigned char)(v >> 24);
	p[1] = (unsigned char)(v >> 16);
	p[2] = (unsigned char)(v >> 8);
	p[3] = (unsigned char)v;
	return p + 4;
}

static uint32_t
get_u32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

struct sftp_bytes
sftp_str(const char *s)
{
	return (struct sftp_bytes){ s, strlen(s) };
}

int
sftp_add_request(struct buf *b, uint32_t id, const struct sftp_request *r,
    struct err *e)
{
	unsigned char *p;
	size_t n = 1 + 4;
	unsigned i;

	for (i = 0; i < r->nstr; i++)
		n += 4 + r->str[i].n;
	n += 4 * (size_t)r->nnum;
	if (n + r->payload > SFTP_PACKET_MAX)
		return err_set(e, ERR_LIMIT,
		    "a request of %zu bytes is too long for SFTP",
		    n + r->payload);
	if (buf_reserve(b, 4 + n, e) == -1)
		return -1;
	p = (unsigned char *)b->data + b->len;
	p = put_u32(p, (uint32_t)(n + r->payload));
	*p++ = (unsigned char)r->type;
	p = put_u32(p, id);
	for (i = 0; i < r->nstr; i++) {
		p = put_u32(p, (uint32_t)r->str[i].n);
		if (r->str[i].n != 0)
			memcpy(p, r->str[i].p, r->str[i].n);
		p += r->str[i].n;
	}
	for (i = 0; i < r->nnum; i++)
		p = put_u32(p, r->num[i]);
	b->len += 4 + n;
	return 0;
}

int
sftp_split(const void *data, size_t n, struct sftp_reply *out, size_t *used,
    struct err *e)
{
	const unsigned char *p = data;
	uint32_t len;

	if (n < 4)
		return 0;
	len = get_u32(p);
	if (len > SFTP_PACKET_MAX)
		return err_set(e, ERR_PROTOCOL, "an SFTP packet claims to "
		    "have %lu bytes; none may have more than %u",
		    (unsigned long)len, SFTP_PACKET_MAX);
	if (len < 5)
		return err_set(e, ERR_PROTOCOL, "an SFTP packet of %lu bytes "
		    "is too short for any answer", (unsigned long)len);
	if (n - 4 < len)
		return 0;
	out->type = p[4];
	out->id = get_u32(p + 5);
	out->body.p = p + 9;
	out->body.n = len - 5;
	*used = 4 + (size_t)len;
	return 1;
}

/* The next n bytes of b, or NULL, and then nothing more. */
static const unsigned char *
cut(struct sftp_bytes *b, size_t n)
{
	const unsigned char *p = b->p;

	if (b->n < n) {
		b->n = 0;
		return NULL;
	}
	b->p = p + n;
	b->n -= n;
	return p;
}

int
sftp_take_u32(struct sftp_bytes *b, uint32_t *out)
{
	const unsigned char *p = cut(b, 4);

	if (p == NULL)
		return -1;
	*out = get_u32(p);
	return 0;
}

int
sftp_take_u64(struct sftp_bytes *b, uint64_t *out)
{
	const unsigned char *p = cut(b, 8);

	if (p == NULL)
		return -1;
	*out = (uint64_t)get_u32(p) << 32 | get_u32(p + 4);
	return 0;
}

int
sftp_take_str(struct sftp_bytes *b, struct sftp_bytes *out)
{
	uint32_t n;

	if (sftp_take_u32(b, &n) == -1)
		return -1;
	out->p = cut(b, n);
	out->n = n;
	return out->p == NULL ? -1 : 0;
}

/* The pairs that may follow the fixed attributes. */
static int
skip_pairs(struct sftp_bytes *b)
{
	struct sftp_bytes s;
	uint32_t i, n;

	if (sftp_take_u32(b, &n) == -1)
		return -1;
	for (i = 0; i < n; i++)
		if (sftp_take_str(b, &s) == -1 || sftp_take_str(b, &s) == -1)
			return -1;
	return 0;
}

int
sftp_take_attrs(struct sftp_bytes *b, struct sftp_attrs *out)
{
	uint32_t flags;

	memset(out, 0, sizeof(*out));
	if (sftp_take_u32(b, &flags) == -1)
		return -1;
	out->has_size = (flags & ATTR_SIZE) != 0;
	out->has_mode = (flags & ATTR_MODE) != 0;
	if (out->has_size && sftp_take_u64(b, &out->size) == -1)
		return -1;
	if ((flags & ATTR_UIDGID) != 0 && cut(b, 8) == NULL)
		return -1;
	if (out->has_mode && sftp_take_u32(b, &out->mode) == -1)
		return -1;
	out->has_times = (flags & ATTR_TIMES) != 0;
	if (out->has_times && (sftp_take_u32(b, &out->atime) == -1 ||
	    sftp_take_u32(b, &out->mtime) == -1))
		return -1;
	if ((flags & ATTR_EXTENDED) != 0 && skip_pairs(b) == -1)
		return -1;
	return 0;
}

int
sftp_take_status(struct sftp_bytes *b, struct sftp_status *out)
{
	if (sftp_take_u32(b, &out->code) == -1)
		return -1;
	if (sftp_take_str(b, &out->text) == -1)
		out->text = sftp_str("");
	return 0;
}

int
sftp_take_extensions(struct sftp_bytes *b, unsigned *out)
{
	static const struct {
		const char	*name;
		unsigned	 bit;
	} known[] = {
		{ "posix-rename@openssh.com", SFTP_EXT_POSIX_RENAME },
		{ "statvfs@openssh.com", SFTP_EXT_STATVFS },
		{ "fsync@openssh.com", SFTP_EXT_FSYNC },
		{ "limits@openssh.com", SFTP_EXT_LIMITS },
	};
	struct sftp_bytes name, data;
	size_t i;

	*out = 0;
	while (b->n != 0) {
		if (sftp_take_str(b, &name) == -1 ||
		    sftp_take_str(b, &data) == -1)
			return -1;
		for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			if (name.n == strlen(known[i].name) &&
			    memcmp(name.p, known[i].name, name.n) == 0)
				*out |= known[i].bit;
	}
	return 0;
}

const char *
sftp_code_name(uint32_t code)
{
	static const char *const names[] = {
		"OK", "EOF", "NO_SUCH_FILE", "PERMISSION_DENIED", "FAILURE",
		"BAD_MESSAGE", "NO_CONNECTION", "CONNECTION_LOST",
		"OP_UNSUPPORTED", "INVALID_HANDLE", "NO_SUCH_PATH",
		"FILE_ALREADY_EXISTS", "WRITE_PROTECT", "NO_MEDIA",
		"NO_SPACE_ON_FILESYSTEM", "QUOTA_EXCEEDED",
	};

	if (code >= sizeof(names) / sizeof(names[0]))
		return "code unknown to us";
	return names[code];
}
