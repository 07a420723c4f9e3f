/*
 * What is remembered of refused logins, whatever has become of the file, and
 * what counts as another login.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../src/base/io.h"
#include "../../src/base/secret.h"
#include "../../src/config/settings.h"
#include "../../src/pipeline/ctx.h"
#include "../../src/pipeline/login.h"
#include "fake_clock.h"

#define NOW	INT64_C(1940625000000)
#define HOUR	3600000

struct fix {
	char			 dir[64];
	struct fake_clock	 clock;
	struct settings		 set;
	struct ctx		 c;
	struct login		 login;
	struct secret		*wrong, *right;
	struct err		 why, e;
};

static int
set_up(void **state)
{
	struct fix *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	*state = f;
	snprintf(f->dir, sizeof(f->dir), "/tmp/test_login.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	fake_clock_init(&f->clock, NOW);
	f->set.state_dir = f->dir;
	f->c.set = &f->set;
	f->c.clock = &f->clock.clock;
	f->c.begun_ms = NOW;
	snprintf(f->c.run, sizeof(f->c.run), "first");
	f->wrong = secret_new("wrong", 5, &f->e);
	f->right = secret_new("right", 5, &f->e);
	f->login = (struct login){ .where = "files.example:22",
	    .user = "pos", .secret = { f->wrong } };
	err_set(&f->why, ERR_LOGIN, "who are you?");
	return 0;
}

static int
tear_down(void **state)
{
	struct fix *f = *state;

	secret_free(f->wrong);
	secret_free(f->right);
	io_rmtree(f->dir);
	free(f);
	return 0;
}

/* 0, or the error's code. */
static int
try(struct fix *f)
{
	err_clear(&f->e);
	return login_try(&f->c, &f->login, &f->e) == -1 ? (int)f->e.code : 0;
}

/* The only record's path, which must be there. */
static void
record(const struct fix *f, char out[400])
{
	struct dirent *d;
	char dir[100];
	DIR *p;

	snprintf(dir, sizeof(dir), "%s/logins", f->dir);
	p = opendir(dir);
	assert_non_null(p);
	out[0] = '\0';
	while ((d = readdir(p)) != NULL)
		if (d->d_name[0] != '.')
			snprintf(out, 400, "%s/%s", dir, d->d_name);
	closedir(p);
	assert_true(out[0] != '\0');
}

static void
write_record(const struct fix *f, const char *text)
{
	char path[400];
	FILE *p;

	record(f, path);
	p = fopen(path, "w");
	assert_non_null(p);
	assert_true(fputs(text, p) >= 0);
	assert_int_equal(fclose(p), 0);
}

static int
count_runs(void *arg, const struct login_refusal *l, struct err *e)
{
	(void)e;
	*(size_t *)arg = json_array_size(l->runs);
	return 0;
}

static void
once_a_night(void **state)
{
	struct fix *f = *state;

	assert_int_equal(try(f), 0);
	login_refused(&f->c, &f->login, &f->why);
	assert_int_equal(try(f), ERR_LOGIN);
	f->clock.wall += 21 * HOUR;
	assert_int_equal(try(f), 0);
	assert_int_equal(try(f), ERR_LOGIN);
	/* The clock was wrong, and is set back. */
	f->clock.wall = NOW - 48 * HOUR;
	assert_int_equal(try(f), 0);
	login_worked(&f->c, &f->login);
	assert_int_equal(try(f), 0);
	assert_int_equal(try(f), 0);
}

/* A job that runs each minute, for a week: its record is still read. */
static void
many_runs(void **state)
{
	struct fix *f = *state;
	char path[400];
	size_t i, n = 0;
	FILE *p;

	login_refused(&f->c, &f->login, &f->why);
	record(f, path);
	p = fopen(path, "r+");
	assert_non_null(p);
	/* "runs" is the last member. */
	assert_int_equal(fseek(p, -3, SEEK_END), 0);
	for (i = 0; i < 10000; i++)
		fprintf(p, ",\"01ABCDEFGHJKMNPQRSTVW%05zu\"", i);
	fputs("]}\n", p);
	assert_int_equal(fclose(p), 0);
	snprintf(f->c.run, sizeof(f->c.run), "last");
	assert_int_equal(try(f), ERR_LOGIN);
	assert_int_equal(login_each(&f->set, count_runs, &n, &f->e), 0);
	assert_int_equal(n, 10000);
	f->login.secret[0] = f->right;
	assert_int_equal(try(f), 0);
}

/* A note that makes no sense keeps nobody out, and is replaced. */
static void
damaged(void **state)
{
	static const char *const texts[] = { "", "{", "[]", "7",
	    "{\"runs\":[1],\"refused\":1,\"tried\":1}",
	    "{\"runs\":[],\"refused\":1,\"tried\":9223372036854775807}",
	    "{\"runs\":[],\"refused\":-9223372036854775808,\"tried\":1}",
	    "{\"runs\":7,\"refused\":1,\"tried\":1}" };
	struct fix *f = *state;
	char path[400];
	size_t i, n = 99;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		login_refused(&f->c, &f->login, &f->why);
		assert_int_equal(try(f), ERR_LOGIN);
		write_record(f, texts[i]);
		assert_int_equal(login_each(&f->set, count_runs, &n, &f->e),
		    0);
		assert_int_equal(n, 99);
		login_untried(&f->c, &f->login);
		login_worked(&f->c, &f->login);
		assert_int_equal(try(f), 0);
	}
	/* Nor does one that cannot be read at all. */
	record(f, path);
	assert_int_equal(truncate(path, 9 << 20), 0);
	assert_int_equal(try(f), 0);
	login_refused(&f->c, &f->login, &f->why);
	assert_int_equal(try(f), ERR_LOGIN);
}

/* Whatever of a login is changed, it is tried at once. */
static void
changed(void **state)
{
	struct fix *f = *state;

	f->login.text[3] = "nobody";
	login_refused(&f->c, &f->login, &f->why);
	assert_int_equal(try(f), ERR_LOGIN);
	f->login.text[3] = "somebody";
	assert_int_equal(try(f), 0);
	f->login.text[3] = "nobody";
	assert_int_equal(try(f), ERR_LOGIN);
	f->login.secret[LOGIN_PARTS - 1] = f->right;
	assert_int_equal(try(f), 0);
}

int
main(void)
{
#define TEST(t)	cmocka_unit_test_setup_teardown(t, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(once_a_night),
		TEST(many_runs),
		TEST(damaged),
		TEST(changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
