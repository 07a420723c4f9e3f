/*
 * Check one file as `coupondrop validate` does, and print what was counted:
 *
 *	bench_validate FILE [MEMORY [THREADS [german]]]
 *
 * MEMORY caps the search for duplicates, such as 64M; german has the settings
 * for such a file of gen's.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "../../src/base/err.h"
#include "../../src/base/str.h"
#include "../../src/coupon/check.h"

static void
settings_german(struct check_opts *o)
{
	static const char *const yes[] = { "ja", NULL };
	static const char *const no[] = { "nein", NULL };

	o->delimiter = ';';
	o->encoding = "windows-1252";
	o->date_format = "%d.%m.%Y";
	o->words_true = yes;
	o->words_false = no;
}

int
main(int argc, char **argv)
{
	struct check_result r;
	struct check_opts o;
	struct err e;
	uint64_t threads = 0;
	int fd, rc;

	memset(&o, 0, sizeof(o));
	o.redeemed = REDEEMED_NONE;
	if (argc < 2 || argc > 5 ||
	    (argc > 2 && str_size(argv[2], &o.memory) == -1) ||
	    (argc > 3 && str_u64(argv[3], strlen(argv[3]), 64,
	    &threads) == -1)) {
		fprintf(stderr,
		    "usage: bench_validate FILE [MEMORY [THREADS "
		    "[german]]]\n");
		return 64;
	}
	o.threads = (unsigned)threads;
	if (argc > 4)
		settings_german(&o);
	err_clear(&e);
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (fd == -1) {
		fprintf(stderr, "%s: %s\n", argv[1], strerror(errno));
		return 66;
	}
	rc = check_file(fd, argv[1], &o, &r, &e);
	close(fd);
	if (rc == -1) {
		fprintf(stderr, "%s: %s\n", argv[1], e.msg);
		return err_exit(&e);
	}
	printf("rows %" PRIu64 " errors %" PRIu64 " repeated %" PRIu64 "\n",
	    r.rows, r.errors, r.by_rule[RULE_DUPLICATE_CODE] +
	    r.by_rule[RULE_DUPLICATE_CONFLICT]);
	check_release(&r);
	return 0;
}
