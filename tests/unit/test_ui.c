/*
 * What a person watching sees of a step under way.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/cmd/ui.h"
#include "../../src/pipeline/ctx.h"

static void
check(const struct pipe_event *ev, int64_t spent_ms, const char *want)
{
	char out[400];

	ui_progress_text(ev, spent_ms, out);
	assert_string_equal(out, want);
	/* One line of a terminal, or it could not take its own place. */
	assert_true(strlen(out) < 80);
}

static void
a_line_of_progress(void **state)
{
	struct pipe_event ev = { .step = "upload", .done = 12300000,
	    .total = 27000000, .bytes = true, .nth = 1, .of = 2 };

	(void)state;
	check(&ev, 3000, "upload     1 of 2  45 % #####.......  12.3 MB of "
	    "27.0 MB  4.1 MB/s  4 s left");
	/* Several files: which one, and which of its batches. */
	ev.file = 2;
	ev.files = 3;
	check(&ev, 3000, "upload     file 2 of 3, 1 of 2  45 %  12.3 MB "
	    "of 27.0 MB  4.1 MB/s  4 s left");
	ev.of = 1;
	check(&ev, 3000, "upload     file 2 of 3  45 %  12.3 MB of 27.0 MB  "
	    "4.1 MB/s  4 s left");
	ev.file = ev.files = 1;
	/* Of one alone there is nothing to count. */
	ev.of = 1;
	check(&ev, 3000, "upload      45 % #####.......  12.3 MB of 27.0 MB  "
	    "4.1 MB/s  4 s left");
	/* The first moment tells nothing of the speed. */
	check(&ev, 100, "upload      45 % #####.......  12.3 MB of 27.0 MB");
	check(&ev, 600000, "upload      45 % #####.......  12.3 MB of 27.0 MB"
	    "  20.5 kB/s  12 min left");
	ev.done = 0;
	check(&ev, 3000, "upload       0 % ............  0 B of 27.0 MB");
	ev.total = 999;
	check(&ev, 3000, "upload       0 % ............  0 B of 999 B");
	ev = (struct pipe_event){ .step = "confirm", .done = 1500,
	    .total = 3000 };
	check(&ev, 3000, "confirm     50 % ######......  1,500 of 3,000  3 s "
	    "left");
	ev.done = ev.total = 0;
	check(&ev, 3000, "confirm      0 % ............  0 of 0");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_of_progress),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
