/*
 * The one file in a zip: minizip reads the directory, the entry is read here.
 *
 * A zip from a person's desk often holds more than the file: folders, and
 * what macOS and Windows leave behind.  Those are passed over; two real files
 * are a question only the sender can answer.
 *
 * Debian's minizip 1.1 takes the 0xffffffff that stands for "see the Zip64
 * field" as a size, and would read that many bytes and check nothing.  So the
 * sizes are taken from that field, and the entry is unpacked by them.
 */
#include "unpack_internal.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include <minizip/unzip.h>
#include <zlib.h>

#include "../base/err.h"
#include "../base/str.h"
#include "zipio_internal.h"

#define UNZIP_ENTRIES	4096	/* looked at; a drop has one, and some junk */
#define UNZIP_NAME	1024	/* bytes of a name and its NUL */
#define UNZIP_ENCRYPTED	1u	/* flag bit 0; APPNOTE.TXT 4.4.4 */
#define UNZIP_IN_ZIP64	0xffffffffu /* as a size; APPNOTE.TXT 4.5.3 */
#define UNZIP_ZIP64_ID	1u
#define UNZIP_READ	((size_t)64 << 10) /* packed bytes read at a time */

struct unzip {
	struct zipio		 io;
	unzFile			 zip;
	unz_file_info64		 info;	/* of the entry */
	unz64_file_pos		 pos;	/* of the entry */
	uint64_t		 at;	/* offset of its next packed byte */
	uint64_t		 left;	/* packed bytes not read yet */
	uint64_t		 out;	/* bytes unpacked so far */
	uLong			 crc;	/* of those */
	z_stream		 state;	/* while inflating */
	unsigned char		*in;	/* UNZIP_READ bytes for it; or NULL */
	bool			 found, complete, ended;
	char			 name[UNZIP_NAME];
};

static int
unzip_damaged(const struct unzip *z, const char *what, struct err *e)
{
	if (z->io.sys != 0)
		return err_sys(e, ERR_IO, z->io.sys, "cannot read the zip");
	return err_set(e, ERR_INPUT,
	    "the zip is damaged or cut off (%s): send it again", what);
}

static bool
starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

/*
 * Folders, and files that desktops add.
 */
static bool
is_junk(const char *name)
{
	const char *base;

	base = strrchr(name, '/');
	base = base == NULL ? name : base + 1;
	/* "._till.csv" is what macOS knows about till.csv (AppleDouble). */
	return *base == '\0' || starts(name, "__MACOSX/") ||
	    starts(base, "._") || strcmp(base, ".DS_Store") == 0 ||
	    str_ieq(base, "Thumbs.db") || str_ieq(base, "desktop.ini");
}

/*
 * Office files are zips: what kind, told by the first entry that shows it.
 */
static int
unzip_refuse_office(const char *name, struct err *e)
{
	static const struct {
		const char *prefix, *what;
	} kinds[] = {
		{ "xl/workbook.", "a spreadsheet workbook (.xlsx)" },
		{ "[Content_Types].xml",
		    "a spreadsheet workbook (.xlsx) or another Office file" },
		{ "mimetype",
		    "a spreadsheet workbook (.ods) or another office file" },
		{ "Index/Document.iwa", "a spreadsheet of Apple Numbers" },
	};
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (starts(name, kinds[i].prefix))
			return err_set(e, ERR_INPUT,
			    "this is %s, not rows of text: open it and save "
			    "the sheet as CSV", kinds[i].what);
	return 0;
}

/*
 * The entry minizip stands at: junk, or the file, or one too many.
 */
static int
unzip_entry(struct unzip *z, struct err *e)
{
	unz_file_info64 info;
	char name[UNZIP_NAME];

	if (unzGetCurrentFileInfo64(z->zip, &info, name, sizeof(name) - 1,
	    NULL, 0, NULL, 0) != UNZ_OK)
		return unzip_damaged(z, "its directory is unreadable", e);
	if (info.size_filename >= sizeof(name) - 1)
		return err_set(e, ERR_INPUT,
		    "a name in the zip has %lu bytes, at most %zu are "
		    "accepted: rename the file and pack it again",
		    info.size_filename, sizeof(name) - 2);
	name[info.size_filename] = '\0';
	if (unzip_refuse_office(name, e) == -1)
		return -1;
	if (is_junk(name))
		return 0;
	if (z->found)
		return err_set(e, ERR_INPUT,
		    "the zip holds more than one file (%.200s and %.200s): "
		    "pack each file by itself", z->name, name);
	z->found = true;
	z->info = info;
	memcpy(z->name, name, sizeof(z->name));
	if (unzGetFilePos64(z->zip, &z->pos) != UNZ_OK)
		return unzip_damaged(z, "its directory is unreadable", e);
	return 0;
}

/*
 * Go through the directory.
 */
static int
unzip_find(struct unzip *z, struct err *e)
{
	unz_global_info64 global;
	int i, rc;

	if (unzGetGlobalInfo64(z->zip, &global) != UNZ_OK)
		return unzip_damaged(z, "its directory is unreadable", e);
	/* What begins with an entry has one, so the end is not the true end. */
	if (global.number_entry == 0)
		return unzip_damaged(z, "its directory is empty", e);
	rc = unzGoToFirstFile(z->zip);
	for (i = 0; rc == UNZ_OK; i++) {
		if (i == UNZIP_ENTRIES)
			return err_set(e, ERR_INPUT,
			    "the zip holds more than %d entries: pack the "
			    "one file by itself", UNZIP_ENTRIES);
		if (unzip_entry(z, e) == -1)
			return -1;
		rc = unzGoToNextFile(z->zip);
	}
	if (rc != UNZ_END_OF_LIST_OF_FILE)
		return unzip_damaged(z, "its directory is unreadable", e);
	if (!z->found)
		return err_set(e, ERR_INPUT,
		    "the zip holds no file: pack the CSV or TXT file again");
	return 0;
}

static uint64_t
little_endian(const unsigned char *p, size_t n)
{
	uint64_t value = 0;

	while (n > 0)
		value = value << 8 | p[--n];
	return value;
}

/*
 * The sizes that stand in the Zip64 field among the n bytes of extra fields:
 * each only where the directory's own has no room for it, in this order.
 */
static int
unzip_zip64(struct unzip *z, const unsigned char *p, size_t n, struct err *e)
{
	ZPOS64_T *sizes[] = { &z->info.uncompressed_size,
	    &z->info.compressed_size };
	size_t i, len;

	for (; n >= 4; p += len, n -= len) {
		len = (size_t)little_endian(p + 2, 2);
		if (len > n - 4)
			break;
		p += 4;
		n -= 4;
		if (little_endian(p - 4, 2) != UNZIP_ZIP64_ID)
			continue;
		for (i = 0; i < 2; i++) {
			if (*sizes[i] != UNZIP_IN_ZIP64)
				continue;
			if (len < 8)
				return unzip_damaged(z, "a size is missing",
				    e);
			*sizes[i] = little_endian(p, 8);
			p += 8;
			n -= 8;
			len -= 8;
		}
		return 0;
	}
	return 0;
}

/* What the directory says of the entry that minizip stands at. */
static int
unzip_sizes(struct unzip *z, struct err *e)
{
	size_t n = z->info.size_file_extra;
	unsigned char *extra;
	int rc;

	if (n == 0 || (z->info.uncompressed_size != UNZIP_IN_ZIP64 &&
	    z->info.compressed_size != UNZIP_IN_ZIP64))
		return 0;
	extra = malloc(n);
	if (extra == NULL)
		return err_nomem(e);
	if (unzGetCurrentFileInfo64(z->zip, NULL, NULL, 0, extra, n, NULL,
	    0) != UNZ_OK)
		rc = unzip_damaged(z, "its directory is unreadable", e);
	else
		rc = unzip_zip64(z, extra, n, e);
	free(extra);
	return rc;
}

/*
 * Go to the first packed byte of the entry that was found, if it is one we can
 * read.
 */
static int
unzip_enter(struct unzip *z, struct err *e)
{
	int method, level;

	if (z->info.flag & UNZIP_ENCRYPTED)
		return err_set(e, ERR_INPUT,
		    "%.200s in the zip is encrypted: pack it without a "
		    "password", z->name);
	if (z->info.compression_method != 0 &&
	    z->info.compression_method != Z_DEFLATED)
		return err_set(e, ERR_INPUT,
		    "%.200s in the zip is packed by method %lu, only Deflate "
		    "can be read: pack it again with the normal settings",
		    z->name, z->info.compression_method);
	if (unzGoToFilePos64(z->zip, &z->pos) != UNZ_OK)
		return unzip_damaged(z, "its directory is unreadable", e);
	if (unzip_sizes(z, e) == -1)
		return -1;
	if (z->info.compressed_size > z->io.size)
		return unzip_damaged(z, "an entry is larger than the file", e);
	if (unzOpenCurrentFile2(z->zip, &method, &level, 1) != UNZ_OK)
		return unzip_damaged(z, "the entry is not where the directory "
		    "says", e);
	z->at = unzGetCurrentFileZStreamPos64(z->zip);
	z->left = z->info.compressed_size;
	if (z->info.compression_method == 0)
		return 0;
	z->in = malloc(UNZIP_READ);
	if (z->in == NULL)
		return err_nomem(e);
	if (inflateInit2(&z->state, -MAX_WBITS) == Z_OK)
		return 0;
	free(z->in);
	z->in = NULL;
	return err_nomem(e);
}

static int
unzip_begin(struct unzip *z, struct err *e)
{
	zlib_filefunc64_def funcs;
	struct stat st;

	if (fstat(z->io.fd, &st) == -1)
		return unzip_damaged(z, "its size is unknown", e);
	z->io.size = (uint64_t)st.st_size;
	zipio_funcs(&z->io, &funcs);
	z->zip = unzOpen2_64("", &funcs);
	if (z->zip == NULL)
		return unzip_damaged(z, "its directory is missing", e);
	if (unzip_find(z, e) == -1)
		return -1;
	return unzip_enter(z, e);
}

struct unzip *
unzip_new(int fd, struct err *e)
{
	struct unzip *z;

	z = calloc(1, sizeof(*z));
	if (z == NULL) {
		err_nomem(e);
		return NULL;
	}
	z->io.fd = fd;
	if (unzip_begin(z, e) == -1) {
		unzip_free(z);
		return NULL;
	}
	return z;
}

const char *
unzip_name(const struct unzip *z)
{
	return z->name;
}

uint64_t
unzip_announced(const struct unzip *z)
{
	return z->info.uncompressed_size;
}

uint64_t
unzip_packed(const struct unzip *z)
{
	return z->info.compressed_size;
}

uint64_t
unzip_done(const struct unzip *z)
{
	double all = (double)z->info.uncompressed_size;

	if (z->out >= z->info.uncompressed_size)
		return z->info.compressed_size;
	return (uint64_t)((double)z->out / all *
	    (double)z->info.compressed_size);
}

/* Up to n packed bytes of the entry; 0 at its end. */
static ssize_t
unzip_packed_bytes(struct unzip *z, void *p, size_t n, struct err *e)
{
	ssize_t got;

	if (n > z->left)
		n = (size_t)z->left;
	do
		got = pread(z->io.fd, p, n, (off_t)z->at);
	while (got == -1 && errno == EINTR);
	if (got == -1)
		return err_sys(e, ERR_IO, errno, "cannot read the zip");
	if (got == 0 && n > 0)
		return unzip_damaged(z, "the entry ends early", e);
	z->at += (uint64_t)got;
	z->left -= (uint64_t)got;
	return got;
}

/* Up to n bytes inflated; 0 where they end. */
static ssize_t
unzip_inflate(struct unzip *z, void *p, size_t n, struct err *e)
{
	ssize_t got;
	uInt room = n < INT32_MAX ? (uInt)n : INT32_MAX;
	int rc = Z_OK;

	z->state.next_out = p;
	z->state.avail_out = room;
	while (!z->complete && z->state.avail_out == room) {
		if (z->state.avail_in == 0 && z->left > 0) {
			got = unzip_packed_bytes(z, z->in, UNZIP_READ, e);
			if (got == -1)
				return -1;
			z->state.next_in = z->in;
			z->state.avail_in = (uInt)got;
		}
		rc = inflate(&z->state, Z_NO_FLUSH);
		z->complete = rc == Z_STREAM_END;
		/* Z_BUF_ERROR: all was read, and the end did not come. */
		if (!z->complete && rc != Z_OK)
			return unzip_damaged(z, "the entry cannot be unpacked",
			    e);
	}
	return (ssize_t)(room - z->state.avail_out);
}

ssize_t
unzip_read(struct unzip *z, void *p, size_t n, struct err *e)
{
	ssize_t got;

	if (z->ended || n == 0)
		return 0;
	got = z->in != NULL ? unzip_inflate(z, p, n, e) :
	    unzip_packed_bytes(z, p, n, e);
	if (got == -1)
		return -1;
	z->out += (uint64_t)got;
	z->crc = crc32_z(z->crc, p, (size_t)got);
	if (got > 0)
		return got;
	if (z->out != z->info.uncompressed_size)
		return unzip_damaged(z, z->out < z->info.uncompressed_size ?
		    "the entry is shorter than announced" :
		    "the entry is longer than announced", e);
	if (z->left > 0 || z->state.avail_in > 0)
		return unzip_damaged(z, "the entry ends early", e);
	if (z->crc != z->info.crc)
		return unzip_damaged(z, "its checksum does not fit", e);
	z->ended = true;
	return 0;
}

void
unzip_free(struct unzip *z)
{
	if (z == NULL)
		return;
	if (z->in != NULL)
		inflateEnd(&z->state);
	free(z->in);
	if (z->zip != NULL)
		unzClose(z->zip);
	free(z);
}
