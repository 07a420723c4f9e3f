/*
 * Unpacking: what is read, what is refused and in which words, and damage at
 * every byte.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>
#include <minizip/zip.h>

#include "../../src/base/err.h"
#include "../../src/base/limits.h"
#include "../../src/base/stop.h"
#include "../../src/format/unpack.h"
#include "../../src/format/zipio_internal.h"

#define ROWS	"coupon_code\nAAAA1111\nBBBB2222\n"
#define CODES	300000		/* bytes of the longer content */

struct entry {
	const char	*name, *content;
};

static const struct unpack_caps normal = { 0, LIM_RATIO, LIM_RATIO_FROM };

static int
file_of(const void *p, size_t n)
{
	int fd;

	fd = memfd_create("unpack", 0);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, p, n), n);
	return fd;
}

/*
 * n bytes of text that packs, but not by much.
 */
static char *
long_text(size_t n)
{
	uint64_t seed = 5;
	size_t i;
	char *p;

	p = malloc(n);
	assert_non_null(p);
	for (i = 0; i < n; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		p[i] = i % 11 == 10 ? '\n' : (char)('A' + (seed >> 40) % 26);
	}
	return p;
}

/*
 * One gzip member of n bytes into out; returns its length.
 */
static size_t
gzip_of(const void *p, size_t n, unsigned char *out, size_t room)
{
	z_stream z;

	memset(&z, 0, sizeof(z));
	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, 0), Z_OK);
	z.next_in = (unsigned char *)(uintptr_t)p;
	z.avail_in = (uInt)n;
	z.next_out = out;
	z.avail_out = (uInt)room;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	n = z.total_out;
	deflateEnd(&z);
	return n;
}

static int
zip_of(const struct entry *entries, size_t n)
{
	zlib_filefunc64_def funcs;
	struct zipio io = { .fd = file_of("", 0) };
	zip_fileinfo info;
	zipFile z;
	size_t i;

	memset(&info, 0, sizeof(info));
	zipio_funcs(&io, &funcs);
	z = zipOpen2_64("", APPEND_STATUS_CREATE, NULL, &funcs);
	assert_non_null(z);
	for (i = 0; i < n; i++) {
		assert_int_equal(zipOpenNewFileInZip(z, entries[i].name,
		    &info, NULL, 0, NULL, 0, NULL, Z_DEFLATED, 6), ZIP_OK);
		assert_int_equal(zipWriteInFileInZip(z, entries[i].content,
		    (unsigned)strlen(entries[i].content)), ZIP_OK);
		assert_int_equal(zipCloseFileInZip(z), ZIP_OK);
	}
	assert_int_equal(zipClose(z, NULL), ZIP_OK);
	return io.fd;
}

/*
 * Read all of fd by pieces of step bytes.  Returns the number of bytes, or -1
 * with e set; the first room bytes go to out.
 */
static ssize_t
drain(int fd, const struct unpack_caps *caps, size_t step, char *out,
    size_t room, struct err *e)
{
	struct unpack *u;
	ssize_t got, all;
	char *piece;

	err_clear(e);
	u = unpack_open(fd, caps, e);
	if (u == NULL)
		return -1;
	piece = malloc(step);
	assert_non_null(piece);
	all = 0;
	while ((got = unpack_read(u, piece, step, e)) > 0) {
		if ((size_t)(all + got) <= room)
			memcpy(out + all, piece, (size_t)got);
		all += got;
	}
	/* The end stays the end. */
	if (got == 0)
		assert_int_equal(unpack_read(u, piece, step, e), 0);
	free(piece);
	unpack_free(u);
	return got == -1 ? -1 : all;
}

static void
check_content(int fd, const char *want, size_t n)
{
	static const size_t steps[] = { 65536, 4096, 1000, 7, 1 };
	struct err e;
	size_t i;
	char *out;

	out = malloc(n + 1);
	assert_non_null(out);
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		assert_int_equal(drain(fd, &normal, steps[i], out, n, &e), n);
		assert_memory_equal(out, want, n);
	}
	free(out);
	close(fd);
}

static void
check_refused(int fd, enum err_code code, const char *why)
{
	struct err e;

	assert_int_equal(drain(fd, &normal, 65536, NULL, 0, &e), -1);
	if (strstr(e.msg, why) == NULL)
		fail_msg("\"%s\" lacks \"%s\"", e.msg, why);
	assert_int_equal(e.code, code);
	close(fd);
}

static void
test_plain(void **state)
{
	struct unpack *u;
	struct err e;
	int fd;

	(void)state;
	check_content(file_of("", 0), "", 0);
	check_content(file_of("P", 1), "P", 1);
	check_content(file_of(ROWS, strlen(ROWS)), ROWS, strlen(ROWS));
	fd = file_of(ROWS, strlen(ROWS));
	u = unpack_open(fd, &normal, &e);
	assert_non_null(u);
	assert_int_equal(unpack_kind(u), UNPACK_PLAIN);
	assert_null(unpack_name(u));
	assert_int_equal(lseek(fd, 0, SEEK_CUR), strlen(ROWS));
	unpack_free(u);
	unpack_free(NULL);
	close(fd);
}

static void
test_gzip(void **state)
{
	unsigned char *packed;
	size_t n, m;
	char *text;

	(void)state;
	text = long_text(CODES);
	packed = malloc(2 * CODES);
	assert_non_null(packed);
	n = gzip_of(text, CODES, packed, CODES);
	check_content(file_of(packed, n), text, CODES);
	/* Cut in two members, with an empty one between and one behind. */
	n = gzip_of(text, 1000, packed, CODES);
	n += gzip_of("", 0, packed + n, CODES);
	m = gzip_of(text + 1000, CODES - 1000, packed + n, CODES);
	n += m;
	n += gzip_of("", 0, packed + n, 100);
	check_content(file_of(packed, n), text, CODES);
	n = gzip_of("", 0, packed, 100);
	check_content(file_of(packed, n), "", 0);
	free(packed);
	free(text);
}

static void
test_gzip_trailing_bytes(void **state)
{
	unsigned char packed[400];
	size_t n;

	(void)state;
	n = gzip_of(ROWS, strlen(ROWS), packed, 300);
	memcpy(packed + n, "junk", 4);
	check_refused(file_of(packed, n + 4), ERR_INPUT,
	    "bytes that are not gzip follow the gzip data at byte ");
	/* The rest of a block on a tape. */
	memset(packed + n, 0, 100);
	check_content(file_of(packed, n + 100), ROWS, strlen(ROWS));
	packed[n + 50] = 0x1f;
	check_refused(file_of(packed, n + 100), ERR_INPUT,
	    "bytes that are not gzip follow");
	memcpy(packed + n, "\x1f\x8b\x09\x00", 4);
	check_refused(file_of(packed, n + 4), ERR_INPUT, "gzip file is");
}

/*
 * Packed bytes of which one was changed: refused, or the same rows, since not
 * every bit of an archive matters.
 */
static void
check_changed(const unsigned char *p, size_t n)
{
	struct err e;
	char out[64];
	ssize_t got;
	int fd;

	fd = file_of(p, n);
	got = drain(fd, &normal, 4096, out, sizeof(out), &e);
	if (got == -1) {
		assert_int_equal(e.code, ERR_INPUT);
	} else {
		assert_int_equal(got, strlen(ROWS));
		assert_memory_equal(out, ROWS, strlen(ROWS));
	}
	close(fd);
}

static void
test_gzip_damage(void **state)
{
	unsigned char packed[300];
	size_t i, n;

	(void)state;
	n = gzip_of(ROWS, strlen(ROWS), packed, sizeof(packed));
	for (i = 2; i < n; i++)
		check_refused(file_of(packed, i), ERR_INPUT, "is cut off");
	for (i = 2; i < n; i++) {
		packed[i] ^= 0x10;
		check_changed(packed, n);
		packed[i] ^= 0x10;
	}
	packed[n - 8] ^= 1;
	check_refused(file_of(packed, n), ERR_INPUT, "damaged near byte");
	packed[n - 8] ^= 1;
	packed[n - 1] ^= 1;
	check_refused(file_of(packed, n), ERR_INPUT, "damaged near byte");
	packed[n - 1] ^= 1;
	packed[2] = 7;
	check_refused(file_of(packed, n), ERR_INPUT, "damaged near byte");
}

static void
test_zip(void **state)
{
	static const struct entry junk[] = {
		{ "drop/", "" }, { "__MACOSX/._codes.csv", "x" },
		{ "drop/.DS_Store", "x" }, { "drop/codes.csv", ROWS },
		{ "drop/Thumbs.db", "x" }, { "drop/._codes.csv", "x" },
	};
	struct entry one = { "codes.csv", NULL };
	struct unpack *u;
	struct err e;
	char *text;
	int fd;

	(void)state;
	text = long_text(CODES);
	text[CODES - 1] = '\0';
	one.content = text;
	check_content(zip_of(&one, 1), text, CODES - 1);
	free(text);
	one.content = "";
	check_content(zip_of(&one, 1), "", 0);
	fd = zip_of(junk, 6);
	u = unpack_open(fd, &normal, &e);
	assert_non_null(u);
	assert_int_equal(unpack_kind(u), UNPACK_ZIP);
	assert_string_equal(unpack_name(u), "drop/codes.csv");
	unpack_free(u);
	check_content(fd, ROWS, strlen(ROWS));
}

static void
test_zip_refused(void **state)
{
	static const struct entry two[] = {
		{ "a.csv", ROWS }, { "b\x1b[2J.csv", ROWS },
	};
	static const struct entry none[] = { { "drop/", "" } };
	static const struct entry xlsx[] = {
		{ "[Content_Types].xml", "<Types/>" },
		{ "xl/workbook.xml", "<workbook/>" },
	};
	static const struct entry ods[] = {
		{ "mimetype",
		    "application/vnd.oasis.opendocument.spreadsheet" },
		{ "content.xml", "<x/>" },
	};
	static const struct entry inner[] = {
		{ "codes.csv", "PK\3\4 and so on" },
	};
	static const struct entry xls[] = {
		{ "codes.csv", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" },
	};
	char name[1100];
	struct entry wide = { name, "x" };

	(void)state;
	check_refused(zip_of(two, 2), ERR_INPUT,
	    "the zip holds more than one file (a.csv and b?[2J.csv): pack "
	    "each file by itself");
	check_refused(zip_of(none, 1), ERR_INPUT, "the zip holds no file");
	check_refused(zip_of(none, 0), ERR_INPUT, "an empty zip archive");
	check_refused(zip_of(xlsx, 2), ERR_INPUT,
	    "this is a spreadsheet workbook (.xlsx)");
	check_refused(zip_of(xlsx + 1, 1), ERR_INPUT,
	    "open it and save the sheet as CSV");
	check_refused(zip_of(ods, 2), ERR_INPUT,
	    "this is a spreadsheet workbook (.ods)");
	check_refused(zip_of(inner, 1), ERR_INPUT,
	    "the archive holds another archive or a workbook");
	check_refused(zip_of(xls, 1), ERR_INPUT,
	    "inside the archive: this is an Excel workbook");
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	check_refused(zip_of(&wide, 1), ERR_INPUT, "rename the file");
}

/*
 * Change n bytes of fd at offset at.
 */
static void
patch(int fd, off_t at, const void *p, size_t n)
{
	assert_int_equal(pwrite(fd, p, n, at), n);
}

/*
 * The offset of the directory: 46 bytes and the name before the last 22.
 */
static off_t
directory_at(int fd, const char *name)
{
	return lseek(fd, 0, SEEK_END) - 22 - 46 - (off_t)strlen(name);
}

static void
test_zip_encrypted_or_odd(void **state)
{
	static const struct entry one[] = { { "codes.csv", ROWS } };
	int fd;

	(void)state;
	fd = zip_of(one, 1);
	patch(fd, 6, "\1", 1);
	patch(fd, directory_at(fd, "codes.csv") + 8, "\1", 1);
	check_refused(fd, ERR_INPUT,
	    "codes.csv in the zip is encrypted: pack it without a password");
	fd = zip_of(one, 1);
	patch(fd, 8, "\x0e", 1);
	patch(fd, directory_at(fd, "codes.csv") + 10, "\x0e", 1);
	check_refused(fd, ERR_INPUT,
	    "codes.csv in the zip is packed by method 14");
	/* 2 GiB of packed bytes in a small file. */
	fd = zip_of(one, 1);
	patch(fd, 18, "\0\0\0\x7f", 4);
	patch(fd, directory_at(fd, "codes.csv") + 20, "\0\0\0\x7f", 4);
	check_refused(fd, ERR_INPUT, "an entry is larger than the file");
	/* One byte more announced than there is. */
	fd = zip_of(one, 1);
	patch(fd, 22, "\x1f", 1);
	patch(fd, directory_at(fd, "codes.csv") + 24, "\x1f", 1);
	check_refused(fd, ERR_INPUT, "the zip is damaged or cut off");
	/* One byte less. */
	fd = zip_of(one, 1);
	patch(fd, 22, "\x1d", 1);
	patch(fd, directory_at(fd, "codes.csv") + 24, "\x1d", 1);
	check_refused(fd, ERR_INPUT, "the zip is damaged or cut off");
}

static void
test_zip_damage(void **state)
{
	static const struct entry one[] = { { "codes.csv", ROWS } };
	unsigned char zip[400];
	ssize_t n, i;
	int fd;

	(void)state;
	fd = zip_of(one, 1);
	n = pread(fd, zip, sizeof(zip), 0);
	assert_in_range(n, 100, sizeof(zip) - 1);
	close(fd);
	/* The end of the directory has 22 bytes, the last ones all zero. */
	for (i = 4; i < n - 22; i++)
		check_refused(file_of(zip, (size_t)i), ERR_INPUT,
		    "the zip is damaged or cut off");
	for (; i < n; i++)
		check_changed(zip, (size_t)i);
	for (i = 4; i < n; i++) {
		zip[i] ^= 0x04;
		check_changed(zip, (size_t)n);
		zip[i] ^= 0x04;
	}
}

static void
test_not_rows(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *why;
	} cases[] = {
		{ "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1...", 11,
		    "this is an Excel workbook (.xls) or another Office "
		    "document, not rows of text: open it and save the sheet "
		    "as CSV" },
		{ "%PDF-1.7\n", 9, "this is a PDF document" },
		{ "Rar!\x1a\x07\x01", 7, "this is a RAR archive" },
		{ "7z\xbc\xaf\x27\x1c", 6, "this is a 7-Zip archive" },
		{ "\xfd" "7zXZ\0", 6, "this is an xz file" },
		{ "\x28\xb5\x2f\xfd", 4, "this is a zstd file" },
		{ "\x1f\x9d\x90", 3, "the old compress program" },
		{ "BZh91AY&SY", 10, "this is a bzip2 file" },
	};
	unsigned char packed[600];
	char tar[512];
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		check_refused(file_of(cases[i].bytes, cases[i].len),
		    ERR_INPUT, cases[i].why);
		n = gzip_of(cases[i].bytes, cases[i].len, packed, 600);
		check_refused(file_of(packed, n), ERR_INPUT, cases[i].why);
	}
	memset(tar, 0, sizeof(tar));
	memcpy(tar + 257, "ustar", 5);
	check_refused(file_of(tar, sizeof(tar)), ERR_INPUT, "a tar archive");
	n = gzip_of(tar, sizeof(tar), packed, 600);
	check_refused(file_of(packed, n), ERR_INPUT,
	    "inside the archive: this is a tar archive");
	n = gzip_of("\x1f\x8b\x08", 3, packed, 600);
	check_refused(file_of(packed, n), ERR_INPUT,
	    "the archive holds another archive");
}

static void
test_caps(void **state)
{
	struct unpack_caps caps = { 0, 0, 0 };
	struct entry one = { "codes.csv", NULL };
	unsigned char *packed;
	struct err e;
	size_t n;
	char *zeros;
	int k, fd;

	(void)state;
	zeros = malloc(CODES);
	packed = malloc(CODES);
	assert_non_null(zeros);
	assert_non_null(packed);
	memset(zeros, '0', CODES);
	zeros[CODES - 1] = '\0';
	one.content = zeros;
	n = gzip_of(zeros, CODES - 1, packed, CODES);
	for (k = 0; k < 3; k++) {
		fd = k == 0 ? file_of(zeros, CODES - 1) :
		    k == 1 ? file_of(packed, n) : zip_of(&one, 1);
		caps.max_bytes = CODES - 1;
		caps.max_ratio = LIM_RATIO;
		caps.ratio_from = CODES - 1;
		assert_int_equal(drain(fd, &caps, 65536, NULL, 0, &e),
		    CODES - 1);
		caps.max_bytes = CODES - 2;
		assert_int_equal(drain(fd, &caps, 65536, NULL, 0, &e), -1);
		assert_int_equal(e.code, ERR_LIMIT);
		assert_non_null(strstr(e.msg, "more than 299,998 bytes"));
		caps.max_bytes = 0;
		caps.max_ratio = 100;
		caps.ratio_from = CODES - 2;
		assert_int_equal(drain(fd, &caps, 65536, NULL, 0, &e),
		    k == 0 ? CODES - 1 : -1);
		if (k != 0)
			assert_int_equal(e.code, ERR_LIMIT);
		caps.max_ratio = 0;
		assert_int_equal(drain(fd, &caps, 65536, NULL, 0, &e),
		    CODES - 1);
		close(fd);
	}
	free(packed);
	free(zeros);
}

/* Nobody has to read what says itself that it is too long. */
static void
test_announced(void **state)
{
	struct unpack_caps caps = { 9, 0, 0 };
	struct entry one = { "codes.csv", "123456789\n" };
	struct err e;
	int fd = file_of("", 0);

	(void)state;
	err_clear(&e);
	assert_int_equal(ftruncate(fd, (off_t)LIM_UNPACKED + 1), 0);
	assert_null(unpack_open(fd, NULL, &e));
	assert_int_equal(e.code, ERR_LIMIT);
	assert_non_null(strstr(e.msg, "more than 17,179,869,184 bytes"));
	close(fd);
	fd = zip_of(&one, 1);
	assert_null(unpack_open(fd, &caps, &e));
	assert_int_equal(e.code, ERR_LIMIT);
	caps.max_bytes = 10;
	assert_int_equal(drain(fd, &caps, 65536, NULL, 0, &e), 10);
	close(fd);
}

/* Members without content make no rows that would see a stop. */
static void
test_stop_among_empty_members(void **state)
{
	unsigned char packed[200];
	struct err e;
	size_t n;
	int fd;

	(void)state;
	n = gzip_of("", 0, packed, sizeof(packed) / 2);
	memcpy(packed + n, packed, n);
	fd = file_of((char *)packed, 2 * n);
	stop_install();
	stop_put(SIGTERM);
	err_clear(&e);
	assert_int_equal(drain(fd, &normal, 65536, NULL, 0, &e), -1);
	assert_int_equal(e.code, ERR_STOPPED);
	assert_int_equal(stop_take(), SIGTERM);
	assert_int_equal(drain(fd, &normal, 65536, NULL, 0, &e), 0);
	close(fd);
}

/* Half of what comes out stands for about half of the file. */
static void
test_done(void **state)
{
	static const struct unpack_caps caps = { 0, 0, 0 };
	static char rows[400000], out[200000];
	static unsigned char packed[400000];
	struct entry entry = { "a.csv", rows };
	struct unpack *u;
	struct err e;
	size_t i, len, kind;
	uint64_t done;
	ssize_t got;
	int fds[3];

	(void)state;
	err_clear(&e);
	for (i = 0; i + 1 < sizeof(rows); i++)
		rows[i] = (char)('A' + i * 7919 % 1000003 % 23);
	len = gzip_of(rows, sizeof(rows) - 1, packed, sizeof(packed));
	fds[0] = file_of(rows, sizeof(rows) - 1);
	fds[1] = file_of(packed, len);
	fds[2] = zip_of(&entry, 1);
	for (kind = 0; kind < 3; kind++) {
		u = unpack_open(fds[kind], &caps, &e);
		assert_non_null(u);
		for (i = 0; i < sizeof(rows) / 2; i += (size_t)got) {
			got = unpack_read(u, out, 1000, &e);
			assert_true(got > 0);
		}
		done = unpack_done(u);
		len = (size_t)lseek(fds[kind], 0, SEEK_END);
		assert_in_range(done, len * 3 / 10, len * 7 / 10);
		while (unpack_read(u, out, sizeof(out), &e) > 0)
			;
		/* A zip has a directory behind its entry. */
		assert_in_range(unpack_done(u), len - 200, len);
		unpack_free(u);
		close(fds[kind]);
	}
}

static void
test_unreadable(void **state)
{
	struct err e;
	int fd, pair[2];

	(void)state;
	fd = open("/", O_RDONLY | O_DIRECTORY);
	assert_true(fd >= 0);
	assert_null(unpack_open(fd, &normal, &e));
	assert_int_equal(e.code, ERR_IO);
	close(fd);
	assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
	assert_null(unpack_open(pair[0], &normal, &e));
	assert_int_equal(e.sys, ESPIPE);
	close(pair[0]);
	close(pair[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_gzip),
		cmocka_unit_test(test_gzip_trailing_bytes),
		cmocka_unit_test(test_gzip_damage),
		cmocka_unit_test(test_zip),
		cmocka_unit_test(test_zip_refused),
		cmocka_unit_test(test_zip_encrypted_or_odd),
		cmocka_unit_test(test_zip_damage),
		cmocka_unit_test(test_not_rows),
		cmocka_unit_test(test_caps),
		cmocka_unit_test(test_announced),
		cmocka_unit_test(test_stop_among_empty_members),
		cmocka_unit_test(test_done),
		cmocka_unit_test(test_unreadable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
