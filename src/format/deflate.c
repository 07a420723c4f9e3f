/*
 * One block of raw DEFLATE, by ISA-L where it is built in, else by zlib.
 *
 * Every block starts from a clean state, so its bytes depend on its content
 * alone and not on which thread met it or what that thread did before.
 */
#include "deflate_internal.h"

#include <zlib.h>
#ifdef HAVE_ISAL
#include <isa-l.h>
#endif

#include "../base/err.h"

/*
 * On rows of coupon codes ISA-L's level 1 packs tighter than gzip -3, and
 * higher levels gain less than 1%; zlib needs level 4 for that.
 */
#define ISAL_LEVEL	1
#define ZLIB_LEVEL	4

#define DIGITS_(x)	#x
#define DIGITS(x)	DIGITS_(x)	/* a number in a macro as a string */

struct deflater {
	z_stream		 z;
	bool			 z_ready;
#ifdef HAVE_ISAL
	struct isal_zstream	*isal;	/* NULL: zlib */
	unsigned char		*room;	/* ISAL_DEF_LVL1_DEFAULT bytes */
#endif
};

static int
zlib_open(struct deflater *d, struct err *e)
{
	/* Negative window bits: no zlib header around the stream. */
	if (deflateInit2(&d->z, ZLIB_LEVEL, Z_DEFLATED, -MAX_WBITS, 9,
	    Z_DEFAULT_STRATEGY) != Z_OK)
		return err_nomem(e);
	d->z_ready = true;
	return 0;
}

static int
zlib_block(struct deflater *d, struct block *b, struct err *e)
{
	int rc;

	if (deflateReset(&d->z) != Z_OK)
		return err_set(e, ERR_INTERNAL, "zlib cannot start a block");
	d->z.next_in = b->in;
	d->z.avail_in = (uInt)b->in_len;
	d->z.next_out = b->out;
	d->z.avail_out = DEFLATE_ROOM;
	rc = deflate(&d->z, b->last ? Z_FINISH : Z_SYNC_FLUSH);
	if (rc != (b->last ? Z_STREAM_END : Z_OK) || d->z.avail_in != 0 ||
	    d->z.avail_out == 0)
		return err_set(e, ERR_INTERNAL,
		    "zlib cannot compress a block of %zu bytes (%d)",
		    b->in_len, rc);
	b->out_len = DEFLATE_ROOM - d->z.avail_out;
	b->crc = (uint32_t)crc32_z(0, b->in, b->in_len);
	return 0;
}

#ifdef HAVE_ISAL
static int
isal_open(struct deflater *d, struct err *e)
{
	d->isal = calloc(1, sizeof(*d->isal));
	d->room = malloc(ISAL_DEF_LVL1_DEFAULT);
	if (d->isal == NULL || d->room == NULL)
		return err_nomem(e);
	return 0;
}

static int
isal_block(struct deflater *d, struct block *b, struct err *e)
{
	struct isal_zstream *s = d->isal;
	int rc;

	isal_deflate_init(s);
	s->level = ISAL_LEVEL;
	s->level_buf = d->room;
	s->level_buf_size = ISAL_DEF_LVL1_DEFAULT;
	s->flush = b->last ? NO_FLUSH : SYNC_FLUSH;
	s->end_of_stream = b->last;
	s->next_in = b->in;
	s->avail_in = (uint32_t)b->in_len;
	s->next_out = b->out;
	s->avail_out = DEFLATE_ROOM;
	rc = isal_deflate(s);
	if (rc != COMP_OK || s->avail_in != 0 || s->avail_out == 0)
		return err_set(e, ERR_INTERNAL,
		    "ISA-L cannot compress a block of %zu bytes (%d)",
		    b->in_len, rc);
	b->out_len = DEFLATE_ROOM - s->avail_out;
	b->crc = crc32_gzip_refl(0, b->in, b->in_len);
	return 0;
}

int
deflater_block(struct deflater *d, struct block *b, struct err *e)
{
	return d->isal != NULL ? isal_block(d, b, e) : zlib_block(d, b, e);
}

const char *
pack_backend(void)
{
	return "ISA-L " DIGITS(ISAL_MAJOR_VERSION) "."
	    DIGITS(ISAL_MINOR_VERSION);
}
#else
int
deflater_block(struct deflater *d, struct block *b, struct err *e)
{
	return zlib_block(d, b, e);
}

const char *
pack_backend(void)
{
	return "zlib " ZLIB_VERSION;
}
#endif

struct deflater *
deflater_new(bool plain_zlib, struct err *e)
{
	struct deflater *d;
	int rc;

	d = calloc(1, sizeof(*d));
	if (d == NULL) {
		err_nomem(e);
		return NULL;
	}
#ifdef HAVE_ISAL
	rc = plain_zlib ? zlib_open(d, e) : isal_open(d, e);
#else
	(void)plain_zlib;
	rc = zlib_open(d, e);
#endif
	if (rc == -1) {
		deflater_free(d);
		return NULL;
	}
	return d;
}

void
deflater_free(struct deflater *d)
{
	if (d == NULL)
		return;
	if (d->z_ready)
		deflateEnd(&d->z);
#ifdef HAVE_ISAL
	free(d->isal);
	free(d->room);
#endif
	free(d);
}
