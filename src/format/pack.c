/*
 * Packing: rows in, one zip entry or one gzip member out.
 *
 * The pool compresses, this file frames.  gzip and plain output are written
 * front to back and hashed on the way, while the threads are busy with the
 * next blocks; a zip's header is filled in at the end, so it is hashed then.
 * gzip has one member because plain inflate calls stop at the end of the
 * first (RFC 1952).
 */
#include "pack.h"

#include <errno.h>
#include <zlib.h>

#include "../base/err.h"
#include "../base/fault.h"
#include "../base/io.h"
#include "deflate_internal.h"
#include "digest.h"
#include "pack_internal.h"
#include "pool_internal.h"

struct pack {
	struct pack_opts	 opts;
	int			 fd;
	struct pool		*pool;		/* not for PACK_NONE */
	struct zipw		*zip;		/* PACK_ZIP */
	struct digest		*digest;	/* not for PACK_ZIP */
	uint64_t		 in, out;	/* bytes so far */
	uint32_t		 crc;		/* of the in bytes */
};

/*
 * The next bytes of an output that is written front to back.
 */
static int
pack_put(struct pack *p, const void *bytes, size_t n, struct err *e)
{
	if (FAULT_POINT("pack.write"))
		return err_sys(e, ERR_IO, EIO, "cannot write the package");
	if (io_pwrite_all(p->fd, bytes, n, (off_t)p->out, e) == -1)
		return err_wrap(e, "cannot write the package");
	digest_add(p->digest, bytes, n);
	p->out += n;
	return 0;
}

static int
gzip_end(struct pack *p, struct err *e)
{
	unsigned char trailer[8];
	uint32_t size;
	int i;

	size = (uint32_t)p->in;
	for (i = 0; i < 4; i++) {
		trailer[i] = (unsigned char)(p->crc >> (8 * i));
		trailer[4 + i] = (unsigned char)(size >> (8 * i));
	}
	return pack_put(p, trailer, sizeof(trailer), e);
}

static int
pack_block(void *arg, const struct block *b, struct err *e)
{
	struct pack *p = arg;

	p->crc = (uint32_t)crc32_combine(p->crc, b->crc,
	    (z_off_t)b->in_len);
	p->in += b->in_len;
	if (p->opts.kind == PACK_ZIP)
		return zipw_block(p->zip, b, e);
	return pack_put(p, b->out, b->out_len, e);
}

/*
 * What the kind of archive needs.
 */
static int
pack_begin(struct pack *p, struct err *e)
{
	/* Deflate, no flags, no time, no hint, unknown system. */
	static const unsigned char gzip[10] = {
		0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255
	};
	struct pool_opts pool = {
		.threads = p->opts.threads,
		.plain_zlib = p->opts.plain_zlib != 0,
		.sink = pack_block,
		.arg = p,
	};

	if (p->opts.kind == PACK_ZIP)
		p->zip = zipw_new(p->fd, &p->opts, e);
	else
		p->digest = digest_new(e);
	if (p->zip == NULL && p->digest == NULL)
		return -1;
	if (p->opts.kind == PACK_NONE)
		return 0;
	p->pool = pool_new(&pool, e);
	if (p->pool == NULL)
		return -1;
	return p->opts.kind == PACK_GZIP ?
	    pack_put(p, gzip, sizeof(gzip), e) : 0;
}

struct pack *
pack_open(int fd, const struct pack_opts *opts, struct err *e)
{
	struct pack *p;

	p = calloc(1, sizeof(*p));
	if (p == NULL) {
		err_nomem(e);
		return NULL;
	}
	p->opts = *opts;
	p->fd = fd;
	if (pack_begin(p, e) == -1) {
		pack_free(p);
		return NULL;
	}
	return p;
}

int
pack_write(struct pack *p, const void *bytes, size_t n, struct err *e)
{
	if (p->opts.kind != PACK_NONE)
		return pool_write(p->pool, bytes, n, e);
	if (pack_put(p, bytes, n, e) == -1)
		return -1;
	p->in += n;
	return 0;
}

int
pack_close(struct pack *p, struct pack_facts *facts, struct err *e)
{
	unsigned char sha256[32];
	uint64_t bytes;

	if (p->pool != NULL && pool_finish(p->pool, e) == -1)
		return -1;
	if (p->opts.kind == PACK_ZIP) {
		if (zipw_finish(p->zip, p->crc, &p->out, e) == -1 ||
		    digest_file(p->fd, sha256, &bytes, e) == -1)
			return -1;
	} else {
		if (p->opts.kind == PACK_GZIP && gzip_end(p, e) == -1)
			return -1;
		digest_finish(p->digest, sha256);
		p->digest = NULL;
	}
	facts->in_bytes = p->in;
	facts->out_bytes = p->out;
	memcpy(facts->sha256, sha256, sizeof(facts->sha256));
	return 0;
}

void
pack_free(struct pack *p)
{
	if (p == NULL)
		return;
	pool_free(p->pool);
	zipw_free(p->zip);
	digest_free(p->digest);
	free(p);
}
