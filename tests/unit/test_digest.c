/*
 * SHA-256 against the examples of FIPS 180-4, files, and hex.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/base/err.h"
#include "../../src/format/digest.h"

#define ABC \
	"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define NOTHING \
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define MILLION_A \
	"cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"

static void
test_known_digests(void **state)
{
	static const struct {
		const char *text, *hex;
	} cases[] = { { "", NOTHING }, { "abc", ABC } };
	unsigned char sum[32];
	char hex[65];
	struct digest *d;
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		d = digest_new(&e);
		assert_non_null(d);
		digest_add(d, cases[i].text, strlen(cases[i].text));
		digest_finish(d, sum);
		assert_string_equal(hex_encode(sum, 32, hex), cases[i].hex);
	}
	digest_free(NULL);
}

static void
test_cuts_do_not_matter(void **state)
{
	unsigned char sum[32];
	char piece[997], hex[65];
	size_t left, n;
	struct digest *d;
	struct err e;

	(void)state;
	memset(piece, 'a', sizeof(piece));
	d = digest_new(&e);
	assert_non_null(d);
	for (left = 1000000; left > 0; left -= n) {
		n = left < sizeof(piece) ? left : sizeof(piece);
		digest_add(d, piece, n);
	}
	digest_finish(d, sum);
	assert_string_equal(hex_encode(sum, 32, hex), MILLION_A);
}

static void
test_file(void **state)
{
	unsigned char sum[32];
	char block[1000], hex[65];
	uint64_t bytes;
	struct err e;
	int fd, i;

	(void)state;
	fd = memfd_create("digest", 0);
	assert_true(fd >= 0);
	memset(block, 'a', sizeof(block));
	for (i = 0; i < 1000; i++)
		assert_int_equal(write(fd, block, sizeof(block)), 1000);
	assert_int_equal(lseek(fd, 17, SEEK_SET), 17);
	assert_int_equal(digest_file(fd, sum, &bytes, &e), 0);
	assert_string_equal(hex_encode(sum, 32, hex), MILLION_A);
	assert_int_equal(bytes, 1000000);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 17);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(digest_file(fd, sum, NULL, &e), 0);
	assert_string_equal(hex_encode(sum, 32, hex), NOTHING);
	close(fd);
}

static void
test_unreadable_file(void **state)
{
	unsigned char sum[32];
	uint64_t bytes;
	struct err e;
	int fd;

	(void)state;
	fd = open("/", O_RDONLY | O_DIRECTORY);
	assert_true(fd >= 0);
	assert_int_equal(digest_file(fd, sum, &bytes, &e), -1);
	assert_int_equal(e.code, ERR_IO);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_digests),
		cmocka_unit_test(test_cuts_do_not_matter),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_unreadable_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
