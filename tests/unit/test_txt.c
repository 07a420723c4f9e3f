/*
 * The TXT reader: one code per line, whatever the cut.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reader_fixture.h"

static const struct reader_opts txt = { .max_line = 6, .max_cells = 1 };

#define EXPECT(in, want)	\
	reader_expect(&txt, (in), sizeof(in) - 1, (want))

static void
test_lines(void **state)
{
	(void)state;
	EXPECT("", "");
	EXPECT("AB\n\"C,\nD", "1@1:1+0 1:1+0=AB\n2@2:1+3 2:1+3=\"C,\n"
	    "3@3:1+7 3:1+7=D\n");
	EXPECT("A\r\n\r\nB\r\n", "1@1:1+0 1:1+0=A\nblank 0@2:1+3\n"
	    "2@3:1+5 3:1+5=B\n");
	EXPECT("A\rB\nC", "1@1:1+0 1:1+0=A\n2@2:1+2 2:1+2=B\n"
	    "mixed 2@2:2+3\n3@3:1+4 3:1+4=C\n");
}

static void
test_limits(void **state)
{
	(void)state;
	EXPECT("123456\n1234567\n12345678901\r\nA", "1@1:1+0 1:1+0=123456\n"
	    "long! 2@2:1+7\nlong! 3@3:1+15\nmixed 3@3:12+26\n"
	    "4@4:1+28 4:1+28=A\n");
	EXPECT("1234567", "long! 1@1:1+0\n");
}

static void
test_odd_bytes(void **state)
{
	(void)state;
	EXPECT("\xef\xbb\xbf" "A\nB\0C\n", "bom 0@1:1+0\n"
	    "1@1:4+3 1:4+3=A\nnul 2@2:2+6\n2@2:1+5 2:1+5=B\\x00C\n");
	EXPECT("\xef\xbb\n", "1@1:1+0 1:1+0=\\xef\\xbb\n");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_odd_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
