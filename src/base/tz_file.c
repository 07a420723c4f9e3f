/*
 * TZif files: the compiled time zones below /usr/share/zoneinfo.
 *
 * RFC 8536, 3: a header and a block of 32-bit data for old readers, then from
 * version 2 on the same once more with 64-bit times and a rule for the future.
 * Everything counted in the header is checked against the bytes that are
 * there before it is touched.
 */
#include "tz_internal.h"

#include "err.h"

#define TZ_HEADER	44	/* bytes */
#define TZ_TYPE		6	/* bytes of a local time type */

/* RFC 8536, 3.2: outside of these, readers are not expected to work. */
#define TZ_OFFSET_MIN	(-89999)
#define TZ_OFFSET_MAX	93599

struct tz_header {
	int		version;	/* 1 to 4 */
	uint32_t	isut, isstd, leap, time, type, chars; /* counts */
};

/* The rest of the file, and how wide a time is in the block at hand. */
struct tz_bytes {
	const unsigned char	*at;
	size_t			 left;
	size_t			 width;
};

static uint32_t
be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

static int64_t
be_time(const unsigned char *p, size_t width)
{
	if (width == 4)
		return (int32_t)be32(p);
	return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

static int
header_read(struct tz_bytes *in, struct tz_header *h)
{
	const unsigned char *p = in->at;

	if (in->left < TZ_HEADER || memcmp(p, "TZif", 4) != 0)
		return -1;
	h->version = p[4] == 0 ? 1 : p[4] - '0';
	if (h->version < 1 || (p[4] != 0 && h->version < 2))
		return -1;
	h->isut = be32(p + 20);
	h->isstd = be32(p + 24);
	h->leap = be32(p + 28);
	h->time = be32(p + 32);
	h->type = be32(p + 36);
	h->chars = be32(p + 40);
	in->at += TZ_HEADER;
	in->left -= TZ_HEADER;
	return 0;
}

/*
 * The bytes of the block that follows a header; six counts of 32 bits cannot
 * overflow 64.
 */
static uint64_t
block_size(const struct tz_header *h, size_t width)
{
	return (uint64_t)h->time * (width + 1) + (uint64_t)h->type * TZ_TYPE +
	    h->chars + (uint64_t)h->leap * (width + 4) + h->isstd + h->isut;
}

static int
type_offset(const unsigned char *types, uint32_t count, uint32_t i,
    int32_t *out)
{
	int32_t offset;

	if (i >= count)
		return -1;
	offset = (int32_t)be32(types + (size_t)i * TZ_TYPE);
	if (offset < TZ_OFFSET_MIN || offset > TZ_OFFSET_MAX)
		return -1;
	*out = offset;
	return 0;
}

/*
 * Take the changes out of the block at in, whose size was checked.  1 when
 * the block contradicts itself.
 */
static int
block_read(struct tz *z, const struct tz_bytes *in, const struct tz_header *h,
    struct err *e)
{
	const unsigned char *index, *types;
	size_t i;

	index = in->at + (size_t)h->time * in->width;
	types = index + h->time;
	if (type_offset(types, h->type, 0, &z->first) == -1)
		return 1;
	if (h->time == 0)
		return 0;
	z->at = calloc(h->time, sizeof(*z->at));
	z->offset = calloc(h->time, sizeof(*z->offset));
	if (z->at == NULL || z->offset == NULL)
		return err_nomem(e);
	for (i = 0; i < h->time; i++) {
		z->at[i] = be_time(in->at + i * in->width, in->width);
		if (i > 0 && z->at[i] <= z->at[i - 1])
			return 1;
		if (type_offset(types, h->type, index[i],
		    &z->offset[i]) == -1)
			return 1;
	}
	z->count = h->time;
	return 0;
}

/*
 * "\nRULE\n"; an empty rule means that the last change holds for ever.
 */
static int
footer_read(struct tz *z, const struct tz_bytes *in)
{
	const unsigned char *end;

	if (in->left < 2 || in->at[0] != '\n')
		return -1;
	end = memchr(in->at + 1, '\n', in->left - 1);
	if (end == NULL)
		return -1;
	if (end == in->at + 1)
		return 0;
	z->has_rule = true;
	return tz_rule_parse((const char *)in->at + 1,
	    (size_t)(end - in->at - 1), &z->rule);
}

int
tz_parse(struct tz *z, const char *p, size_t n, struct err *e)
{
	struct tz_bytes in = { (const unsigned char *)p, n, 4 };
	struct tz_header h;
	uint64_t size;
	int rc;

	if (header_read(&in, &h) == -1)
		return err_set(e, ERR_CONFIG, "not a time zone file");
	size = block_size(&h, in.width);
	if (h.version > 1 && size <= in.left) {
		in.at += size;
		in.left -= size;
		in.width = 8;
		if (header_read(&in, &h) == -1)
			return err_set(e, ERR_CONFIG,
			    "the second half of the time zone file is missing");
		size = block_size(&h, in.width);
	}
	if (size > in.left)
		return err_set(e, ERR_CONFIG, "the time zone file is cut off");
	/* Times that count leap seconds do not fit the system's clock. */
	if (h.leap != 0)
		return err_set(e, ERR_CONFIG,
		    "a time zone that counts leap seconds cannot be used");
	rc = block_read(z, &in, &h, e);
	in.at += size;
	in.left -= size;
	if (rc == 0 && in.width == 8 && footer_read(z, &in) == -1)
		rc = 1;
	if (rc == 1)
		return err_set(e, ERR_CONFIG, "the time zone file is damaged");
	return rc;
}
