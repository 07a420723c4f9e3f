/*
 * One zip entry from blocks that are already compressed, in minizip's raw
 * mode.
 *
 * Whether an entry is Zip64 must be said in its local header, before its size
 * is known, and importers of the platforms may not read Zip64.  So an entry
 * begins as a plain one.  When it grows past what 32 bits can tell, the
 * header is written again with the 20 bytes that Zip64 adds, and what was
 * written so far moves up by as many: a copy within the file, once, and only
 * for entries of more than 4 GiB.  Offsets and fields: APPNOTE.TXT 6.3.
 */
#include "pack_internal.h"

#include <errno.h>
#include <unistd.h>
#include <zlib.h>

#include <minizip/zip.h>

#include "../base/err.h"
#include "../base/fault.h"
#include "../base/io.h"
#include "deflate_internal.h"
#include "zipio_internal.h"

#define ZIPW_LIMIT	UINT32_MAX	/* this value itself means "Zip64" */
#define ZIPW_HEADER	30		/* local header without the name */
#define ZIPW_MADE_BY	((3 << 8) | 20)	/* Unix, version 2.0 */
#define ZIPW_MODE	(0100644UL << 16) /* regular file, rw-r--r-- */
#define ZIPW_UTF8	(1u << 11)	/* the name is UTF-8 */
#define ZIPW_MOVE	((size_t)1 << 20) /* bytes moved at a time */

struct zipw {
	struct zipio		 io;
	const struct pack_opts	*opts;
	zipFile			 zip;
	bool			 zip64;
	uint64_t		 in, out;	/* bytes of the entry so far */
};

static int
zipw_fail(struct zipw *z, const char *what, int rc, struct err *e)
{
	if (z->io.sys != 0)
		return err_sys(e, ERR_IO, z->io.sys, "cannot write the zip");
	if (rc == ZIP_INTERNALERROR)
		return err_nomem(e);
	return err_set(e, ERR_INTERNAL, "cannot %s of the zip (minizip %d)",
	    what, rc);
}

/*
 * Zip dates have no zone, start in 1980 and end in 2107.
 */
static void
zipw_date(int64_t mtime, tm_zip *out)
{
	time_t t = (time_t)mtime;
	struct tm tm;

	memset(out, 0, sizeof(*out));
	out->tm_mday = 1;
	out->tm_year = 1980;
	if (gmtime_r(&t, &tm) == NULL || tm.tm_year < 80 || tm.tm_year > 207)
		return;
	out->tm_sec = (uInt)tm.tm_sec;
	out->tm_min = (uInt)tm.tm_min;
	out->tm_hour = (uInt)tm.tm_hour;
	out->tm_mday = (uInt)tm.tm_mday;
	out->tm_mon = (uInt)tm.tm_mon;
	out->tm_year = (uInt)tm.tm_year + 1900;
}

/*
 * Begin the archive and its entry at the start of the file.
 */
static int
zipw_begin(struct zipw *z, struct err *e)
{
	zlib_filefunc64_def funcs;
	zip_fileinfo info;
	const char *s;
	uLong flags = 0;
	int rc;

	zipio_funcs(&z->io, &funcs);
	z->zip = zipOpen2_64("", APPEND_STATUS_CREATE, NULL, &funcs);
	if (z->zip == NULL)
		return err_nomem(e);
	memset(&info, 0, sizeof(info));
	zipw_date(z->opts->mtime, &info.tmz_date);
	info.external_fa = ZIPW_MODE;
	for (s = z->opts->entry; *s != '\0'; s++)
		if ((unsigned char)*s >= 0x80)
			flags = ZIPW_UTF8;
	rc = zipOpenNewFileInZip4_64(z->zip, z->opts->entry, &info, NULL, 0,
	    NULL, 0, NULL, Z_DEFLATED, Z_DEFAULT_COMPRESSION, 1, -MAX_WBITS,
	    DEF_MEM_LEVEL, Z_DEFAULT_STRATEGY, NULL, 0, ZIPW_MADE_BY, flags,
	    z->zip64);
	if (rc != ZIP_OK || z->io.sys != 0)
		return zipw_fail(z, "begin the entry", rc, e);
	return 0;
}

struct zipw *
zipw_new(int fd, const struct pack_opts *opts, struct err *e)
{
	struct zipw *z;

	if (opts->entry == NULL || opts->entry[0] == '\0') {
		err_set(e, ERR_INTERNAL, "a zip entry needs a name");
		return NULL;
	}
	z = calloc(1, sizeof(*z));
	if (z == NULL) {
		err_nomem(e);
		return NULL;
	}
	z->io.fd = fd;
	z->opts = opts;
	if (zipw_begin(z, e) == -1) {
		zipw_free(z);
		return NULL;
	}
	return z;
}

static int
zipw_put(struct zipw *z, const void *p, size_t n, struct err *e)
{
	int rc;

	if (FAULT_POINT("pack.write"))
		z->io.sys = EIO;
	rc = zipWriteInFileInZip(z->zip, p, (unsigned)n);
	if (rc != ZIP_OK || z->io.sys != 0)
		return zipw_fail(z, "write the entry", rc, e);
	return 0;
}

/*
 * Put z->out bytes of the entry, which are in the file from byte `from` on,
 * into the entry that has just begun a little further down.  Each piece is
 * read before the one ahead of it is written, and a piece is larger than the
 * move, so nothing is overwritten unread.
 */
static int
zipw_move(struct zipw *z, uint64_t from, unsigned char *room, struct err *e)
{
	unsigned char *piece[2] = { room, room + ZIPW_MOVE };
	size_t len[2];
	uint64_t done;
	int i;

	i = 0;
	len[0] = z->out < ZIPW_MOVE ? (size_t)z->out : ZIPW_MOVE;
	if (io_pread_all(z->io.fd, piece[0], len[0], (off_t)from, e) == -1 ||
	    zipw_begin(z, e) == -1)
		return -1;
	for (done = len[0]; len[i] > 0; i = !i) {
		len[!i] = z->out - done < ZIPW_MOVE ?
		    (size_t)(z->out - done) : ZIPW_MOVE;
		if (io_pread_all(z->io.fd, piece[!i], len[!i],
		    (off_t)(from + done), e) == -1 ||
		    zipw_put(z, piece[i], len[i], e) == -1)
			return -1;
		done += len[!i];
	}
	return 0;
}

/*
 * Close the archive that began as a plain one; what minizip holds back goes
 * to the file, the directory that it adds is cut off.
 */
static int
zipw_promote(struct zipw *z, struct err *e)
{
	unsigned char *room;
	uint64_t from;
	int rc;

	rc = zipCloseFileInZipRaw64(z->zip, 0, 0);
	zipClose(z->zip, NULL);
	z->zip = NULL;
	if (rc != ZIP_OK || z->io.sys != 0)
		return zipw_fail(z, "write the entry", rc, e);
	from = ZIPW_HEADER + strlen(z->opts->entry);
	if (ftruncate(z->io.fd, (off_t)(from + z->out)) == -1)
		return err_sys(e, ERR_IO, errno, "cannot cut the zip");
	z->io.size = from + z->out;
	room = malloc(2 * ZIPW_MOVE);
	if (room == NULL)
		return err_nomem(e);
	z->zip64 = true;
	rc = zipw_move(z, from, room, e);
	free(room);
	return rc;
}

int
zipw_block(struct zipw *z, const struct block *b, struct err *e)
{
	uint64_t limit;

	limit = z->opts->zip64_from != 0 ? z->opts->zip64_from : ZIPW_LIMIT;
	if (!z->zip64 && (z->in + b->in_len >= limit ||
	    z->out + b->out_len >= limit) && zipw_promote(z, e) == -1)
		return -1;
	if (zipw_put(z, b->out, b->out_len, e) == -1)
		return -1;
	z->in += b->in_len;
	z->out += b->out_len;
	return 0;
}

int
zipw_finish(struct zipw *z, uint32_t crc, uint64_t *bytes, struct err *e)
{
	int rc;

	rc = zipCloseFileInZipRaw64(z->zip, z->in, crc);
	if (rc != ZIP_OK || z->io.sys != 0)
		return zipw_fail(z, "finish the entry", rc, e);
	rc = zipClose(z->zip, NULL);
	z->zip = NULL;
	if (rc != ZIP_OK || z->io.sys != 0)
		return zipw_fail(z, "write the directory", rc, e);
	*bytes = z->io.size;
	return 0;
}

void
zipw_free(struct zipw *z)
{
	if (z == NULL)
		return;
	if (z->zip != NULL) {
		/* minizip cannot be freed without being closed. */
		z->io.sys = ECANCELED;
		zipClose(z->zip, NULL);
	}
	free(z);
}
