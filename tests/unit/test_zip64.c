/*
 * Zip64: programs that do not know a size beforehand leave room for a large
 * one.  The sizes in the directory are 0xffffffff then, and the true ones stand
 * in an extra field.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/base/err.h"
#include "../../src/format/unpack.h"

#define ROWS	"coupon_code,redeemed,redeem_date\nA1000,1,2026-11-17\n" \
		"A2000,1,2026-11-17\n"
#define DIRECTORY	107	/* its offset */

/* a.csv with ROWS, packed; another extra field comes first. */
static const unsigned char zip[] =
	    "\120\113\3\4\55\0\0\0\10\0\0\0\176\135\135"
	    "\354\254\33\377\377\377\377\377\377\377\377\5\0\24\0"
	    "\141\56\143\163\166"
	    "\1\0\20\0\107\0\0\0\0\0\0\0\64\0\0"
	    "\0\0\0\0\0"
	    "\113\316\57\55\310\317\213\117\316\117\111\325\51\112\115"
	    "\111\115\315\115\115\201\62\342\123\22\113\122\271\34\15"
	    "\15\14\14\164\14\165\214\14\214\314\164\15\15\165\15"
	    "\315\271\34\215\60\204\0"
	    "\120\113\1\2\55\0\55\0\0\0\10\0\0\0\176"
	    "\135\135\354\254\33\377\377\377\377\377\377\377\377\5\0"
	    "\35\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
	    "\0\141\56\143\163\166"
	    "\125\124\5\0\3\0\0\0\0"
	    "\1\0\20\0\107\0\0\0\0\0\0\0\64\0\0"
	    "\0\0\0\0\0"
	    "\120\113\5\6\0\0\0\0\1\0\1\0\120\0\0"
	    "\0\153\0\0\0\0\0";

/* What comes out of an archive: its content, or else why not. */
static void
check(const unsigned char *p, const char *want)
{
	struct unpack *u;
	struct err e;
	char got[200];
	ssize_t n = -1, more;
	int fd;

	fd = memfd_create("zip64", MFD_CLOEXEC);
	assert_true(fd != -1);
	assert_int_equal(write(fd, p, sizeof(zip)), sizeof(zip));
	err_clear(&e);
	u = unpack_open(fd, NULL, &e);
	if (u != NULL) {
		n = unpack_read(u, got, sizeof(got), &e);
		more = n <= 0 ? n : unpack_read(u, got + n,
		    sizeof(got) - (size_t)n, &e);
		if (more == -1)
			n = -1;
		else
			assert_int_equal(more, 0);
	}
	unpack_free(u);
	close(fd);
	if (n == -1) {
		assert_int_equal(e.code, ERR_INPUT);
		if (strstr(e.msg, want) == NULL)
			fail_msg("\"%s\" lacks \"%s\"", e.msg, want);
		return;
	}
	assert_int_equal(n, strlen(want));
	assert_memory_equal(got, want, strlen(want));
}

static void
test_sizes(void **state)
{
	unsigned char changed[sizeof(zip)];
	size_t sizes = DIRECTORY + 46 + 5 + 9;

	(void)state;
	check(zip, ROWS);
	assert_memory_equal(zip + sizes, "\1\0\20\0\107", 5);
	memcpy(changed, zip, sizeof(zip));
	changed[sizes + 4]++;
	check(changed, "the entry is shorter than announced");
	changed[sizes + 4] -= 2;
	check(changed, "the entry is longer than announced");
	/* The field is another one. */
	changed[sizes] = 2;
	check(changed, "an entry is larger than the file");
}

static void
test_checksum(void **state)
{
	unsigned char changed[sizeof(zip)];

	(void)state;
	memcpy(changed, zip, sizeof(zip));
	changed[14] ^= 1;
	changed[DIRECTORY + 16] ^= 1;
	check(changed, "its checksum does not fit");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_checksum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
