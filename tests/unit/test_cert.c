/*
 * Which certificate ends soon: the server's, or one that it sent with it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/pipeline/side.h"

#define DAY_MS	(24LL * 3600 * 1000)

static void
test_first_to_end(void **state)
{
	static const struct {
		int	own_life, own_left, above_life, above_left;
		int	days;	/* -2: none ends soon */
		bool	above;
	} cases[] = {
		{ 90, 60, 1000, 500, -2, false },
		{ 90, 10, 1000, 500, 10, false },
		{ 90, 60, 1000, 10, 10, true },
		{ 90, 60, 1000, 20, 20, true },
		{ 90, 60, 1000, 22, -2, false },
		{ 90, 10, 1000, 5, 5, true },
		{ 90, 5, 1000, 10, 5, false },
		{ 90, 60, 1000, -3, -1, true },
		/* A short life: its renewal is not due. */
		{ 7, 6, 1000, 500, -2, false },
		{ 7, 6, 1000, 15, 15, true },
		/* None above; none at all. */
		{ 90, 10, 0, 0, 10, false },
		{ 90, 60, 0, 0, -2, false },
		{ 0, 0, 0, 0, -2, false },
	};
	const int64_t now = 20000 * DAY_MS;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct xfer_facts f = { .above_subject = "CN = middle" };
		struct cert_soon soon;
		bool ends;

		if (cases[i].own_life != 0) {
			f.cert_end_ms = now + cases[i].own_left * DAY_MS;
			f.cert_begin_ms = f.cert_end_ms -
			    cases[i].own_life * DAY_MS;
		}
		if (cases[i].above_life != 0) {
			f.above_end_ms = now + cases[i].above_left * DAY_MS;
			f.above_begin_ms = f.above_end_ms -
			    cases[i].above_life * DAY_MS;
		}
		ends = cert_ends_soon(&f, now, &soon);
		if (ends != (cases[i].days != -2) || (ends &&
		    (soon.days != cases[i].days ||
		    (soon.above != NULL) != cases[i].above)))
			fail_msg("case %zu: %d, %lld days, %s", i, ends,
			    (long long)soon.days,
			    soon.above != NULL ? soon.above : "its own");
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_to_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
