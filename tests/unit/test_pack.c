/*
 * Packing: one stream, the same whatever the threads and cuts, framed so that
 * plain readers read all of it, and honest when the disk is full.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "../../src/base/err.h"
#include "../../src/base/limits.h"
#include "../../src/format/digest.h"
#include "../../src/format/pack.h"
#include "../../src/format/unpack.h"

#define BIG	(3 * PACK_BLOCK + 12345)	/* bytes: several blocks */

/*
 * Numbers that look random and are the same in every run (Knuth's MMIX
 * generator).
 */
static uint32_t
next_number(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 33);
}

/*
 * n bytes of lines with codes; the caller frees.
 */
static unsigned char *
make_rows(size_t n)
{
	static const char digits[] = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
	unsigned char *p;
	uint64_t seed = 1;
	size_t i;

	p = malloc(n + 1);
	assert_non_null(p);
	for (i = 0; i < n; i++)
		p[i] = i % 13 == 12 ? '\n' :
		    (unsigned char)digits[next_number(&seed) % 34];
	return p;
}

static int
new_file(void)
{
	int fd;

	fd = memfd_create("pack", MFD_ALLOW_SEALING);
	assert_true(fd >= 0);
	return fd;
}

/*
 * Pack n bytes into a new file; cut 0 gives them in one call, else in pieces
 * that depend on cut.
 */
static int
pack_bytes(const struct pack_opts *opts, const unsigned char *p, size_t n,
    uint64_t cut, struct pack_facts *facts)
{
	struct pack *k;
	struct err e;
	uint64_t seed = cut;
	size_t at, part;
	int fd;

	fd = new_file();
	k = pack_open(fd, opts, &e);
	assert_non_null(k);
	for (at = 0; at < n; at += part) {
		part = cut == 0 ? n : next_number(&seed) % 70000;
		if (part > n - at)
			part = n - at;
		assert_int_equal(pack_write(k, p + at, part, &e), 0);
	}
	assert_int_equal(pack_close(k, facts, &e), 0);
	pack_free(k);
	return fd;
}

static unsigned char *
read_whole(int fd, size_t *n)
{
	unsigned char *p;
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	p = malloc((size_t)st.st_size + 1);
	assert_non_null(p);
	assert_int_equal(pread(fd, p, (size_t)st.st_size, 0), st.st_size);
	*n = (size_t)st.st_size;
	return p;
}

/*
 * The facts fit the file.
 */
static void
check_facts(int fd, const struct pack_facts *facts, size_t in)
{
	unsigned char sum[32];
	uint64_t bytes;
	struct err e;

	assert_int_equal(digest_file(fd, sum, &bytes, &e), 0);
	assert_int_equal(facts->in_bytes, in);
	assert_int_equal(facts->out_bytes, bytes);
	assert_memory_equal(facts->sha256, sum, 32);
}

/*
 * The archive gives these bytes, by our own reader.
 */
static void
check_unpacked(int fd, const unsigned char *want, size_t n)
{
	const struct unpack_caps caps = { 0, LIM_RATIO, LIM_RATIO_FROM };
	unsigned char *room;
	struct unpack *u;
	struct err e;
	ssize_t got;
	size_t at;

	room = malloc(65536);
	assert_non_null(room);
	u = unpack_open(fd, &caps, &e);
	assert_non_null(u);
	at = 0;
	while ((got = unpack_read(u, room, 65536, &e)) > 0) {
		assert_true((size_t)got <= n - at);
		assert_memory_equal(room, want + at, (size_t)got);
		at += (size_t)got;
	}
	assert_int_equal(got, 0);
	assert_int_equal(at, n);
	unpack_free(u);
	free(room);
}

/*
 * One call of plain inflate for gzip reads all of it and ends at the end.
 */
static void
check_one_member(int fd, const unsigned char *want, size_t n)
{
	unsigned char *packed, *out;
	z_stream z;
	size_t len;

	packed = read_whole(fd, &len);
	assert_memory_equal(packed, "\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
	out = malloc(n + 1);
	assert_non_null(out);
	memset(&z, 0, sizeof(z));
	assert_int_equal(inflateInit2(&z, 31), Z_OK);
	z.next_in = packed;
	z.avail_in = (uInt)len;
	z.next_out = out;
	z.avail_out = (uInt)n + 1;
	assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
	assert_int_equal(z.avail_in, 0);
	assert_int_equal(z.total_out, n);
	assert_memory_equal(out, want, n);
	inflateEnd(&z);
	free(out);
	free(packed);
}

/*
 * Two files are the same, byte for byte.
 */
static void
check_same(int a, int b)
{
	unsigned char *p, *q;
	size_t n, m;

	p = read_whole(a, &n);
	q = read_whole(b, &m);
	assert_int_equal(n, m);
	assert_memory_equal(p, q, n);
	free(p);
	free(q);
}

static void
test_gzip_is_one_member(void **state)
{
	static const size_t sizes[] = {
		0, 1, 13, PACK_BLOCK - 1, PACK_BLOCK, PACK_BLOCK + 1,
		2 * PACK_BLOCK, BIG
	};
	struct pack_opts opts = { .kind = PACK_GZIP, .threads = 2 };
	struct pack_facts facts;
	unsigned char *p;
	size_t i;
	int fd;

	(void)state;
	p = make_rows(BIG);
	for (i = 0; i < 2 * sizeof(sizes) / sizeof(sizes[0]); i++) {
		opts.plain_zlib = i % 2;
		fd = pack_bytes(&opts, p, sizes[i / 2], 0, &facts);
		check_one_member(fd, p, sizes[i / 2]);
		check_unpacked(fd, p, sizes[i / 2]);
		check_facts(fd, &facts, sizes[i / 2]);
		close(fd);
	}
	free(p);
}

static void
test_same_bytes_whatever_threads_and_cuts(void **state)
{
	struct pack_opts opts = {
		.entry = "codes.csv", .mtime = 1763700000,
	};
	static const enum pack_kind kinds[] = {
		PACK_NONE, PACK_GZIP, PACK_ZIP
	};
	struct pack_facts facts;
	unsigned char *p;
	int fd, first, k, threads;

	(void)state;
	p = make_rows(BIG);
	for (k = 0; k < 6; k++) {
		opts.kind = kinds[k / 2];
		opts.plain_zlib = k % 2;
		opts.threads = 1;
		first = pack_bytes(&opts, p, BIG, 0, &facts);
		for (threads = 0; threads <= 3; threads++) {
			opts.threads = threads;
			fd = pack_bytes(&opts, p, BIG,
			    (uint64_t)threads + 7, &facts);
			check_same(first, fd);
			check_facts(fd, &facts, BIG);
			close(fd);
		}
		close(first);
	}
	free(p);
}

static void
test_plain(void **state)
{
	const struct pack_opts opts = { .kind = PACK_NONE };
	struct pack_facts facts;
	unsigned char *p, *q;
	size_t n;
	int fd;

	(void)state;
	p = make_rows(100000);
	fd = pack_bytes(&opts, p, 100000, 3, &facts);
	q = read_whole(fd, &n);
	assert_int_equal(n, 100000);
	assert_memory_equal(p, q, n);
	check_facts(fd, &facts, 100000);
	close(fd);
	free(p);
	free(q);
}

static void
test_random_bytes_fit(void **state)
{
	struct pack_opts opts = { .kind = PACK_GZIP, .threads = 2 };
	struct pack_facts facts;
	unsigned char *p;
	uint64_t seed = 99;
	size_t i;
	int fd;

	(void)state;
	p = malloc(BIG);
	assert_non_null(p);
	for (i = 0; i < BIG; i++)
		p[i] = (unsigned char)(next_number(&seed) >> 8);
	for (i = 0; i < 2; i++) {
		opts.plain_zlib = (int)i;
		fd = pack_bytes(&opts, p, BIG, 0, &facts);
		check_one_member(fd, p, BIG);
		assert_true(facts.out_bytes < BIG + BIG / 8);
		close(fd);
	}
	free(p);
}

static void
test_zip_entry(void **state)
{
	const struct pack_opts opts = {
		.kind = PACK_ZIP, .threads = 2, .entry = "codes.csv",
		.mtime = 1767225599,	/* 2025-12-31T23:59:59Z */
	};
	struct pack_facts facts;
	unsigned char *p, *z;
	size_t n;
	int fd;

	(void)state;
	p = make_rows(BIG);
	fd = pack_bytes(&opts, p, BIG, 5, &facts);
	check_unpacked(fd, p, BIG);
	check_facts(fd, &facts, BIG);
	z = read_whole(fd, &n);
	/* Local header: version 2.0, no flags, Deflate, DOS time and date. */
	assert_memory_equal(z, "PK\3\4\x14\0\0\0\x08\0", 10);
	assert_memory_equal(z + 10, "\x7d\xbf\x9f\x5b", 4);
	/* No extra field, so no Zip64; then the name. */
	assert_memory_equal(z + 26, "\x09\0\0\0codes.csv", 13);
	/* Directory: made on Unix, mode 0100644. */
	assert_memory_equal(z + n - 22 - 55, "PK\1\2\x14\x03\x14\0", 8);
	assert_memory_equal(z + n - 22 - 55 + 38, "\0\0\xa4\x81", 4);
	assert_memory_equal(z + n - 22, "PK\5\6", 4);
	free(z);
	free(p);
	close(fd);
}

static void
test_zip_name_and_old_date(void **state)
{
	struct pack_opts opts = {
		.kind = PACK_ZIP, .entry = "Gutscheine-M\xc3\xa4rz.csv",
		.mtime = 0,
	};
	struct pack_facts facts;
	struct err e;
	unsigned char *z;
	size_t n;
	int fd;

	(void)state;
	fd = pack_bytes(&opts, (const unsigned char *)"A\n", 2, 0, &facts);
	z = read_whole(fd, &n);
	/* Flag bit 11: the name is UTF-8; 1970 is told as 1980-01-01. */
	assert_memory_equal(z + 6, "\0\x08", 2);
	assert_memory_equal(z + 10, "\0\0\x21\0", 4);
	free(z);
	close(fd);

	opts.entry = "";
	fd = new_file();
	assert_null(pack_open(fd, &opts, &e));
	assert_int_equal(e.code, ERR_INTERNAL);
	close(fd);
}

/*
 * The entry grows past the limit in its first, second and last block, and the
 * archive is the same as if it had been Zip64 all along.
 */
static void
test_zip64_when_large(void **state)
{
	struct pack_opts opts = {
		.kind = PACK_ZIP, .threads = 2, .entry = "codes.csv",
		.mtime = 1763700000,
	};
	static const uint64_t from[] = { 1, PACK_BLOCK + 1, BIG };
	struct pack_facts facts;
	unsigned char *p, *z;
	int fd, first = -1;
	size_t i, n;

	(void)state;
	p = make_rows(BIG);
	for (i = 0; i < 3; i++) {
		opts.zip64_from = from[i];
		fd = pack_bytes(&opts, p, BIG, i, &facts);
		check_unpacked(fd, p, BIG);
		check_facts(fd, &facts, BIG);
		z = read_whole(fd, &n);
		assert_memory_equal(z, "PK\3\4\x2d\0", 6);
		assert_memory_equal(z + 26, "\x09\0\x14\0codes.csv\1\0\x10",
		    16);
		free(z);
		if (first == -1)
			first = fd;
		else
			check_same(first, fd);
		if (fd != first)
			close(fd);
	}
	close(first);
	opts.zip64_from = BIG + 1;
	fd = pack_bytes(&opts, p, BIG, 0, &facts);
	z = read_whole(fd, &n);
	assert_memory_equal(z + 26, "\x09\0\0\0codes.csv", 13);
	free(z);
	close(fd);
	free(p);
}

/*
 * A file that may not grow past limit bytes: every kind says so.
 */
static void
check_write_error(enum pack_kind kind, off_t limit)
{
	const struct pack_opts opts = {
		.kind = kind, .threads = 2, .entry = "x.csv",
	};
	struct pack_facts facts;
	struct pack *k;
	struct err e;
	unsigned char *p;
	int fd, rc;

	p = make_rows(BIG);
	err_clear(&e);
	fd = new_file();
	assert_int_equal(ftruncate(fd, limit), 0);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW), 0);
	k = pack_open(fd, &opts, &e);
	if (k != NULL) {
		rc = pack_write(k, p, BIG, &e);
		if (rc == 0)
			rc = pack_close(k, &facts, &e);
		assert_int_equal(rc, -1);
	}
	pack_free(k);
	assert_int_equal(e.code, ERR_IO);
	assert_int_equal(e.sys, EPERM);
	close(fd);
	free(p);
}

static void
test_write_errors(void **state)
{
	static const enum pack_kind kinds[] = {
		PACK_NONE, PACK_GZIP, PACK_ZIP
	};
	int k;

	(void)state;
	for (k = 0; k < 3; k++) {
		check_write_error(kinds[k], 0);
		check_write_error(kinds[k], 4096);
		check_write_error(kinds[k], 512 << 10);
		check_write_error(kinds[k], 768 << 10);
	}
}

static void
test_full_disk(void **state)
{
	struct pack_opts opts = { .kind = PACK_GZIP };
	struct err e;
	int fd;

	(void)state;
	fd = open("/dev/full", O_RDWR);
	assert_true(fd >= 0);
	assert_null(pack_open(fd, &opts, &e));
	assert_int_equal(e.code, ERR_NOSPACE);
	opts.kind = PACK_ZIP;
	opts.entry = "x.csv";
	assert_null(pack_open(fd, &opts, &e));
	assert_int_equal(e.code, ERR_NOSPACE);
	close(fd);
}

static void
test_given_up_in_the_middle(void **state)
{
	struct pack_opts opts = { .threads = 3, .entry = "x.csv" };
	static const enum pack_kind kinds[] = {
		PACK_NONE, PACK_GZIP, PACK_ZIP
	};
	unsigned char *p;
	struct pack *k;
	struct err e;
	int fd, i;

	(void)state;
	p = make_rows(BIG);
	for (i = 0; i < 3; i++) {
		opts.kind = kinds[i];
		fd = new_file();
		k = pack_open(fd, &opts, &e);
		assert_non_null(k);
		assert_int_equal(pack_write(k, p, BIG, &e), 0);
		pack_free(k);
		close(fd);
	}
	pack_free(NULL);
	free(p);
}

static void
test_backend_is_named(void **state)
{
	(void)state;
#ifdef HAVE_ISAL
	assert_memory_equal(pack_backend(), "ISA-L 2.", 8);
#else
	assert_memory_equal(pack_backend(), "zlib 1.", 7);
#endif
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gzip_is_one_member),
		cmocka_unit_test(test_same_bytes_whatever_threads_and_cuts),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_random_bytes_fit),
		cmocka_unit_test(test_zip_entry),
		cmocka_unit_test(test_zip_name_and_old_date),
		cmocka_unit_test(test_zip64_when_large),
		cmocka_unit_test(test_write_errors),
		cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_given_up_in_the_middle),
		cmocka_unit_test(test_backend_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
