/*
 * Run ids: order, alphabet, and that no two are the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/base/err.h"
#include "../../src/base/id.h"

#define DIGITS	"023456789abcdefghjkmnpqrstuvwxyz"

static void
test_time_comes_first(void **state)
{
	char a[ID_LEN + 1], b[ID_LEN + 1];
	struct err e;
	int64_t ms;
	int bit;

	(void)state;
	assert_int_equal(id_new(0, a, &e), 0);
	assert_memory_equal(a, "000000000", 9);
	assert_int_equal(id_new((INT64_C(1) << 45) - 1, a, &e), 0);
	assert_memory_equal(a, "zzzzzzzzz", 9);
	assert_int_equal(id_new(33, a, &e), 0);
	assert_memory_equal(a, "000000022", 9);
	for (bit = 0; bit < 44; bit++) {
		ms = INT64_C(1) << bit;
		assert_int_equal(id_new(ms - 1, a, &e), 0);
		assert_int_equal(id_new(ms, b, &e), 0);
		assert_true(strcmp(a, b) < 0);
	}
}

static void
test_recognised(void **state)
{
	static const struct {
		const char	*name;
		bool		 within;
	} rows[] = {
		{ "coupons-shop-2n9pufpedmg3u9vyuc0mq-1.zip", true },
		{ ".coupons-2n9pufpedmg3u9vyuc0mq-1.zip.part", true },
		{ "x.2n9pufpedmg3u9vyuc0mq.part.old", true },
		{ "2n9pufpedmg3u9vyuc0mq-1.zip", false },
		{ "coupons-2n9pufpedmg3u9vyuc0mq", false },
		{ "coupons-2n9pufpedmg3u9vyuc0m-1.zip", false },
		{ "coupons-2n9pufpedmg3u9vyuc0mq2-1.zip", false },
		{ "coupons-2n9pufpedmg3u9vyuc0ml-1.zip", false },
		{ "coupons_2n9pufpedmg3u9vyuc0mq-1.zip", false },
		{ "", false },
	};
	char id[ID_LEN + 1];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(id_within(rows[i].name, id),
		    rows[i].within);
		if (rows[i].within)
			assert_string_equal(id, "2n9pufpedmg3u9vyuc0mq");
	}
	assert_true(id_is("2n9pufpedmg3u9vyuc0mq"));
	assert_false(id_is("2n9pufpedmg3u9vyuc0m"));
	assert_false(id_is("2n9pufpedmg3u9vyuc0mq0"));
	assert_false(id_is("2n9pufpedmg3u9vyuc0ml"));
	assert_int_equal(id_digits("2n9-x"), 3);
}

static void
test_shape(void **state)
{
	char id[ID_LEN + 1];
	struct err e;
	int i;

	(void)state;
	for (i = 0; i < 200; i++) {
		assert_int_equal(id_new(INT64_C(1795223400000), id, &e), 0);
		assert_int_equal(strlen(id), ID_LEN);
		assert_int_equal(strspn(id, DIGITS), ID_LEN);
	}
}

static void
test_each_is_new(void **state)
{
	char ids[100][ID_LEN + 1];
	struct err e;
	int i, k;

	(void)state;
	for (i = 0; i < 100; i++) {
		assert_int_equal(id_new(1, ids[i], &e), 0);
		for (k = 0; k < i; k++)
			assert_string_not_equal(ids[i], ids[k]);
	}
}

static void
test_random_bytes_fill_all(void **state)
{
	unsigned char bytes[1024];
	struct err e;
	size_t i, zeros;

	(void)state;
	/* More than one call of the kernel is obliged to give. */
	memset(bytes, 0, sizeof(bytes));
	assert_int_equal(random_bytes(bytes, sizeof(bytes), &e), 0);
	for (i = sizeof(bytes) - 64, zeros = 0; i < sizeof(bytes); i++)
		zeros += bytes[i] == 0;
	assert_true(zeros < 32);
	bytes[0] = 7;
	assert_int_equal(random_bytes(bytes, 0, &e), 0);
	assert_int_equal(bytes[0], 7);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recognised),
		cmocka_unit_test(test_time_comes_first),
		cmocka_unit_test(test_shape),
		cmocka_unit_test(test_each_is_new),
		cmocka_unit_test(test_random_bytes_fill_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
