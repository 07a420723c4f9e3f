/*
 * Names on a server: what one side makes, the other recognises.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/base/err.h"
#include "../../src/base/id.h"
#include "../../transfer/names.h"

#define ID	"2n9pufpedmg3u9vyuc0mq"

/* The part of a path that a list of its folder shows. */
static const char *
listed(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static void
test_made_and_recognised(void **state)
{
	static const struct {
		const char	*dir, *name, *tag, *temp;
	} rows[] = {
		{ NULL, "a.zip", ID, ".a.zip." ID ".part" },
		{ "in/tmp", "a.zip", ID, "in/tmp/.a.zip." ID ".part" },
		{ "/tmp", "a-" ID ".txt", NULL, "/tmp/.a-" ID ".txt.part" },
	};
	char id[ID_LEN + 1], *temp, *old, want[100];
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		err_clear(&e);
		temp = xfer_name_temp(rows[i].dir, rows[i].name, rows[i].tag,
		    &e);
		assert_string_equal(temp, rows[i].temp);
		assert_true(xfer_name_is_temp(listed(temp)));
		assert_true(id_within(listed(temp), id));
		assert_string_equal(id, ID);

		old = xfer_name_old(temp, &e);
		snprintf(want, sizeof(want), "%s.old", rows[i].temp);
		assert_string_equal(old, want);
		assert_true(xfer_name_is_temp(listed(old)));
		assert_true(id_within(listed(old), id));
		assert_string_equal(id, ID);
		free(old);
		free(temp);
	}
}

static void
test_others(void **state)
{
	static const char *const rows[] = {
		"", ".", "part", ".part-1", "a.zip", "a.zip.part",
		"a.zip.part.old", ".a.zip", ".a.zip.old", ".a.zip.part.new",
		".a.zip.part.old.gz",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (xfer_name_is_temp(rows[i]))
			fail_msg("%s is not ours", rows[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_made_and_recognised),
		cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
