/*
 * The one file in a zip, by minizip.
 *
 * A zip from a person's desk often holds more than the file: folders, and
 * what macOS and Windows leave behind.  Those are passed over; two real files
 * are a question only the sender can answer.  minizip checks the CRC-32 when
 * all announced bytes were read, and ends quietly when fewer come, so the
 * number of bytes is checked here.
 */
#include "unpack_internal.h"

#include <stdbool.h>
#include <sys/stat.h>

#include <minizip/unzip.h>
#include <zlib.h>

#include "../base/err.h"
#include "../base/str.h"
#include "zipio_internal.h"

#define UNZIP_ENTRIES	4096	/* looked at; a drop has one, and some junk */
#define UNZIP_NAME	1024	/* bytes of a name and its NUL */
#define UNZIP_ENCRYPTED	1u	/* flag bit 0; APPNOTE.TXT 4.4.4 */

struct unzip {
	struct zipio		 io;
	unzFile			 zip;
	unz_file_info64		 info;	/* of the entry */
	unz64_file_pos		 pos;	/* of the entry */
	uint64_t		 out;	/* bytes read so far */
	bool			 found, ended;
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
	return *base == '\0' || starts(name, "__MACOSX/") ||
	    strcmp(base, ".DS_Store") == 0 ||
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

/*
 * Open the entry that was found, if it is one we can read.
 */
static int
unzip_enter(struct unzip *z, struct err *e)
{
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
	if (z->info.compressed_size > z->io.size)
		return unzip_damaged(z, "an entry is larger than the file", e);
	if (unzGoToFilePos64(z->zip, &z->pos) != UNZ_OK ||
	    unzOpenCurrentFile(z->zip) != UNZ_OK)
		return unzip_damaged(z, "the entry is not where the directory "
		    "says", e);
	return 0;
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

ssize_t
unzip_read(struct unzip *z, void *p, size_t n, struct err *e)
{
	int got;

	if (z->ended || n == 0)
		return 0;
	got = unzReadCurrentFile(z->zip, p,
	    n < INT32_MAX ? (unsigned)n : INT32_MAX);
	if (got < 0 || z->io.sys != 0)
		return unzip_damaged(z, "the entry cannot be unpacked", e);
	z->out += (uint64_t)got;
	if (got > 0)
		return got;
	if (z->out != z->info.uncompressed_size)
		return unzip_damaged(z, "the entry is shorter than announced",
		    e);
	if (unzCloseCurrentFile(z->zip) != UNZ_OK)
		return unzip_damaged(z, "its checksum does not fit", e);
	z->ended = true;
	return 0;
}

void
unzip_free(struct unzip *z)
{
	if (z == NULL)
		return;
	if (z->zip != NULL)
		unzClose(z->zip);
	free(z);
}
