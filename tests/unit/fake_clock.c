/* A clock that stands still but for sleeps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fake_clock.h"

static int64_t
fake_wall(void *arg)
{
	const struct fake_clock *f = arg;

	return f->wall;
}

static int64_t
fake_mono(void *arg)
{
	const struct fake_clock *f = arg;

	return f->mono;
}

static void
fake_sleep(void *arg, int64_t ms)
{
	struct fake_clock *f = arg;

	if (f->sleeps < FAKE_SLEEPS)
		f->slept[f->sleeps] = ms;
	f->sleeps++;
	f->wall += ms;
	f->mono += ms;
}

void
fake_clock_init(struct fake_clock *f, int64_t wall_ms)
{
	*f = (struct fake_clock){ .wall = wall_ms, .mono = 1000 };
	f->clock = (struct clock){ fake_wall, fake_mono, fake_sleep, f,
	    clock_system.zones, clock_system.local };
}

void
fake_clock_zone(const char *path, int hours)
{
	/* Twice (RFC 8536): a header, one type, and its name; then a rule. */
	unsigned char block[44 + 6 + 4] = "TZif2";
	FILE *file = fopen(path, "w");
	int i;

	assert_non_null(file);
	block[39] = 1;		/* types */
	block[43] = 4;		/* bytes of names */
	block[46] = (unsigned char)(hours * 3600 >> 8);
	block[47] = (unsigned char)(hours * 3600 & 0xff);
	memcpy(block + 50, "HRS", 4);
	for (i = 0; i < 2; i++)
		assert_int_equal(fwrite(block, sizeof(block), 1, file), 1);
	fprintf(file, "\nHRS-%d\n", hours);
	assert_int_equal(fclose(file), 0);
}
