/*
 * Whose files are trusted: each side of the rule, and what is said to paste.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/base/io.h"
#include "../../src/base/own.h"

#define NOBODY	65534

struct room {
	char		 dir[64];
	char		 file[96], folder[96], link[96];
	struct err	 e;
};

static int
set_up(void **state)
{
	struct room *r = calloc(1, sizeof(*r));
	int fd;

	if (r == NULL)
		return -1;
	snprintf(r->dir, sizeof(r->dir), "/tmp/test_own.XXXXXX");
	if (mkdtemp(r->dir) == NULL)
		return -1;
	snprintf(r->file, sizeof(r->file), "%s/it's", r->dir);
	snprintf(r->folder, sizeof(r->folder), "%s/folder", r->dir);
	snprintf(r->link, sizeof(r->link), "%s/link", r->dir);
	fd = open(r->file, O_WRONLY | O_CREAT, 0600);
	if (fd == -1 || mkdir(r->folder, 0700) == -1)
		return -1;
	close(fd);
	*state = r;
	return 0;
}

static int
tear_down(void **state)
{
	struct room *r = *state;

	io_rmtree(r->dir);
	free(r);
	return 0;
}

static void
good(struct room *r, const char *path, enum own what)
{
	if (own_look(path, what, ERR_CONFIG, &r->e) == -1)
		fail_msg("%s", r->e.msg);
}

static void
wrong(struct room *r, const char *path, enum own what, const char *say)
{
	assert_int_equal(own_look(path, what, ERR_CONFIG, &r->e), -1);
	assert_int_equal(r->e.code, ERR_CONFIG);
	if (strstr(r->e.msg, say) == NULL)
		fail_msg("\"%s\" is not in: %s", say, r->e.msg);
}

static void
test_rights(void **state)
{
	struct room *r = *state;

	good(r, r->file, OWN_FILE);
	good(r, r->folder, OWN_FOLDER);
	good(r, "/nonexistent/x", OWN_FILE);
	assert_int_equal(chmod(r->file, 0664), 0);
	good(r, r->file, OWN_FILE);
	/* In quotes, so that it can be pasted. */
	wrong(r, r->file, OWN_SECRET, "\"chmod o= '/tmp/");
	wrong(r, r->file, OWN_SECRET, "/it'\\''s'\"");
	assert_int_equal(chmod(r->file, 0602), 0);
	wrong(r, r->file, OWN_FILE, "chmod o-w");
	assert_int_equal(chmod(r->folder, 0702), 0);
	wrong(r, r->folder, OWN_FOLDER, "chmod o-w");
	assert_int_equal(chmod(r->folder, 01777), 0);
	wrong(r, r->folder, OWN_FOLDER, "chmod o-w");
	wrong(r, r->file, OWN_FOLDER, "not a folder");
	wrong(r, "/dev/null", OWN_FILE, "not a regular file");
}

static void
test_links(void **state)
{
	struct room *r = *state;
	int dir;

	assert_int_equal(symlink(r->file, r->link), 0);
	wrong(r, r->link, OWN_FILE, "readlink -f /tmp/");
	assert_int_equal(own_open(r->link, OWN_FILE, O_RDONLY, ERR_SECRET,
	    &r->e), -1);
	assert_int_equal(r->e.code, ERR_SECRET);
	assert_non_null(strstr(r->e.msg, "symbolic link"));
	dir = open(r->dir, O_RDONLY | O_DIRECTORY);
	assert_int_equal(own_openat(dir, "link", r->link, O_RDWR, ERR_CONFIG,
	    &r->e), -1);
	assert_non_null(strstr(r->e.msg, "symbolic link"));
	assert_int_equal(unlink(r->link), 0);
	assert_int_equal(symlink(r->folder, r->link), 0);
	wrong(r, r->link, OWN_FOLDER, "symbolic link");
	assert_int_equal(own_open(r->link, OWN_FOLDER, O_RDONLY | O_DIRECTORY,
	    ERR_CONFIG, &r->e), -1);
	assert_non_null(strstr(r->e.msg, "symbolic link"));
	close(dir);
}

static void
test_owner(void **state)
{
	struct room *r = *state;
	int fd;

	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(r->file, NOBODY, (gid_t)-1), 0);
	wrong(r, r->file, OWN_FILE, "\"chown root '/tmp/");
	/* Who is not known yet, asks later. */
	fd = own_open(r->file, OWN_FILE, O_RDONLY, ERR_CONFIG, &r->e);
	assert_int_not_equal(fd, -1);
	assert_int_equal(own_check(fd, r->file, OWN_FILE, ERR_CONFIG,
	    &r->e), -1);
	close(fd);
}

#define IN_ROOM(t)	cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_ROOM(test_rights),
		IN_ROOM(test_links),
		IN_ROOM(test_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
