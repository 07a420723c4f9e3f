/*
 * Input files as a stream of bytes, whatever they are packed in.
 *
 * People send what their programs save, so the files that are not rows at all
 * are told apart by name: "save the sheet as CSV" helps, "bad header" does
 * not.  The same look is taken at what comes out of an archive.
 */
#include "unpack.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/err.h"
#include "../base/limits.h"
#include "../base/str.h"
#include "unpack_internal.h"

#define SNIFF_BYTES	512	/* a tar header, the longest of all */
#define OPEN_AND_SAVE	"open it in a spreadsheet and save the sheet as CSV"
#define TAR_MAGIC_AT	257	/* "ustar"; POSIX.1-2017, pax */

struct unpack {
	enum unpack_kind	 kind;
	struct unpack_caps	 caps;
	int			 fd;
	uint64_t		 out;		/* bytes so far */
	struct ungzip		*gzip;
	struct unzip		*zip;
};

static int	refuse_markup(const unsigned char *, size_t, struct err *);

int
unpack_refuse(const unsigned char *p, size_t n, struct err *e)
{
	static const struct {
		const char	*magic;
		size_t		 len, at;
		const char	*what, *todo;
	} kinds[] = {
		{ "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8, 0,
		    "an Excel workbook (.xls) or another Office document",
		    "open it and save the sheet as CSV" },
		{ "%PDF-", 5, 0, "a PDF document",
		    "ask for the same rows as CSV" },
		{ "PK\5\6", 4, 0, "an empty zip archive",
		    "pack the CSV or TXT file again" },
		{ "Rar!\x1a\x07", 6, 0, "a RAR archive",
		    "unpack it, or pack the file as zip or gzip" },
		{ "7z\xbc\xaf\x27\x1c", 6, 0, "a 7-Zip archive",
		    "unpack it, or pack the file as zip or gzip" },
		{ "\xfd" "7zXZ", 6, 0, "an xz file",
		    "unpack it, or pack the file as zip or gzip" },
		{ "\x28\xb5\x2f\xfd", 4, 0, "a zstd file",
		    "unpack it, or pack the file as zip or gzip" },
		{ "\x1f\x9d", 2, 0, "a file of the old compress program (.Z)",
		    "unpack it, or pack the file as zip or gzip" },
		{ "1AY&SY", 6, 4, "a bzip2 file",
		    "unpack it, or pack the file as zip or gzip" },
		{ "ustar", 5, TAR_MAGIC_AT, "a tar archive",
		    "unpack it, or pack the one file as zip or gzip" },
	};
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (n >= kinds[i].at + kinds[i].len &&
		    memcmp(p + kinds[i].at, kinds[i].magic,
		    kinds[i].len) == 0)
			return err_set(e, ERR_INPUT,
			    "this is %s, not rows of text: %s", kinds[i].what,
			    kinds[i].todo);
	return refuse_markup(p, n, e);
}

/* Text, but not rows: what begins with such a mark, after blanks. */
static int
refuse_markup(const unsigned char *p, size_t n, struct err *e)
{
	static const struct {
		const char	*start, *what, *todo;
	} kinds[] = {
		{ "<!doctype html", "a web page (HTML)", OPEN_AND_SAVE },
		{ "<html", "a web page (HTML)", OPEN_AND_SAVE },
		{ "<table", "a web page (HTML)", OPEN_AND_SAVE },
		{ "<?xml", "XML, perhaps an XML spreadsheet", OPEN_AND_SAVE },
		{ "[{\"", "JSON", "ask for the same rows as CSV" },
		{ "{\"", "JSON", "ask for the same rows as CSV" },
		{ "{\\rtf", "a document (RTF)", OPEN_AND_SAVE },
	};
	size_t i, k, at, start = 0;

	if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		start = 3;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		for (k = 0, at = start; at < n &&
		    kinds[i].start[k] != '\0'; at++) {
			if (tolower(p[at]) == kinds[i].start[k])
				k++;
			else if (!isspace(p[at]))
				break;
		}
		if (kinds[i].start[k] == '\0')
			return err_set(e, ERR_INPUT, "this is %s, not rows of "
			    "text: %s", kinds[i].what, kinds[i].todo);
	}
	return 0;
}

static int
refuse_size(const struct unpack *u, struct err *e)
{
	char most[32];

	return err_set(e, ERR_LIMIT, "the content has more than %s bytes, the "
	    "most that is accepted: split the file",
	    str_group(u->caps.max_bytes, most));
}

static bool
is_gzip(const unsigned char *p, size_t n)
{
	return n >= 2 && p[0] == 0x1f && p[1] == 0x8b;
}

static bool
is_zip(const unsigned char *p, size_t n)
{
	return n >= 4 && memcmp(p, "PK\3\4", 4) == 0;
}

/*
 * Up to n bytes at offset at; fewer only at the end of the file.
 */
static ssize_t
unpack_pread(int fd, void *p, size_t n, uint64_t at, struct err *e)
{
	char *to = p;
	size_t have;
	ssize_t got;

	for (have = 0; have < n; have += (size_t)got) {
		got = pread(fd, to + have, n - have, (off_t)(at + have));
		if (got == -1 && errno == EINTR) {
			got = 0;
			continue;
		}
		if (got == -1)
			return err_sys(e, ERR_IO, errno,
			    "cannot read at byte %llu",
			    (unsigned long long)(at + have));
		if (got == 0)
			break;
	}
	return (ssize_t)have;
}

/*
 * What the file itself says its content is long; a gzip says nothing of use.
 */
static uint64_t
unpack_announced(const struct unpack *u)
{
	struct stat st;

	if (u->kind == UNPACK_ZIP)
		return unzip_announced(u->zip);
	if (u->kind == UNPACK_GZIP || fstat(u->fd, &st) == -1)
		return 0;
	return (uint64_t)st.st_size;
}

/*
 * Find out what it is and prepare for it.
 */
static int
unpack_begin(struct unpack *u, struct err *e)
{
	unsigned char head[SNIFF_BYTES];
	ssize_t n;

	n = unpack_pread(u->fd, head, sizeof(head), 0, e);
	if (n == -1)
		return -1;
	/* Only a hint, so a refusal changes nothing. */
	(void)posix_fadvise(u->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	if (is_gzip(head, (size_t)n)) {
		u->kind = UNPACK_GZIP;
		u->gzip = ungzip_new(u->fd, e);
		return u->gzip == NULL ? -1 : 0;
	}
	if (is_zip(head, (size_t)n)) {
		u->kind = UNPACK_ZIP;
		u->zip = unzip_new(u->fd, e);
		return u->zip == NULL ? -1 : 0;
	}
	u->kind = UNPACK_PLAIN;
	return unpack_refuse(head, (size_t)n, e);
}

struct unpack *
unpack_open(int fd, const struct unpack_caps *caps, struct err *e)
{
	static const struct unpack_caps normal = { LIM_UNPACKED, LIM_RATIO,
	    LIM_RATIO_FROM };
	struct unpack *u;

	u = calloc(1, sizeof(*u));
	if (u == NULL) {
		err_nomem(e);
		return NULL;
	}
	u->fd = fd;
	u->caps = caps != NULL ? *caps : normal;
	if (unpack_begin(u, e) == -1)
		goto fail;
	if (u->caps.max_bytes != 0 &&
	    unpack_announced(u) > u->caps.max_bytes) {
		refuse_size(u, e);
		goto fail;
	}
	return u;
fail:
	unpack_free(u);
	return NULL;
}

enum unpack_kind
unpack_kind(const struct unpack *u)
{
	return u->kind;
}

const char *
unpack_name(const struct unpack *u)
{
	return u->zip == NULL ? NULL : unzip_name(u->zip);
}

/*
 * The bytes that came out so far against the caps.
 */
static int
unpack_check(const struct unpack *u, struct err *e)
{
	uint64_t packed;

	if (u->caps.max_bytes != 0 && u->out > u->caps.max_bytes)
		return refuse_size(u, e);
	if (u->kind == UNPACK_PLAIN || u->caps.max_ratio == 0 ||
	    u->out <= u->caps.ratio_from)
		return 0;
	packed = u->zip != NULL ? unzip_packed(u->zip) :
	    ungzip_packed(u->gzip);
	if (u->out / u->caps.max_ratio > packed)
		return err_set(e, ERR_LIMIT,
		    "the archive unpacks to more than %u times its size; "
		    "real rows do not", u->caps.max_ratio);
	return 0;
}

ssize_t
unpack_read(struct unpack *u, void *p, size_t n, struct err *e)
{
	ssize_t got;

	if (u->kind == UNPACK_GZIP)
		got = ungzip_read(u->gzip, p, n, e);
	else if (u->kind == UNPACK_ZIP)
		got = unzip_read(u->zip, p, n, e);
	else
		got = unpack_pread(u->fd, p, n, u->out, e);
	if (got <= 0)
		return got;
	if (u->kind != UNPACK_PLAIN && u->out == 0) {
		if (is_gzip(p, (size_t)got) || is_zip(p, (size_t)got))
			return err_set(e, ERR_INPUT, "the archive holds "
			    "another archive or a workbook, not rows of text: "
			    "pack the CSV or TXT file itself");
		if (unpack_refuse(p, (size_t)got, e) == -1)
			return err_wrap(e, "inside the archive");
	}
	u->out += (uint64_t)got;
	return unpack_check(u, e) == -1 ? -1 : got;
}

uint64_t
unpack_done(const struct unpack *u)
{
	if (u->kind == UNPACK_GZIP)
		return ungzip_packed(u->gzip);
	return u->kind == UNPACK_ZIP ? unzip_done(u->zip) : u->out;
}

void
unpack_free(struct unpack *u)
{
	if (u == NULL)
		return;
	ungzip_free(u->gzip);
	unzip_free(u->zip);
	free(u);
}
