/*
 * Replays a kept corpus without libFuzzer: each file named, and each file in
 * each folder named.  Without arguments, the corpus beside the source, by the
 * program's name: fuzz_csv takes tests/fuzz/csv.in.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "../../src/base/err.h"
#include "../../src/base/tmpfile.h"
#include "same.h"

#define INPUT_BYTES	((size_t)16 << 20)

static int
replay_file(const char *path)
{
	struct err e;
	char *data;
	size_t n;

	err_clear(&e);
	if (io_slurp(path, INPUT_BYTES, &data, &n, &e) == -1) {
		fprintf(stderr, "%s: %s\n", path, e.msg);
		return -1;
	}
	fprintf(stderr, "%s\n", path);
	LLVMFuzzerTestOneInput((const uint8_t *)data, n);
	free(data);
	return 0;
}

static int
replay_folder(const char *path)
{
	struct dirent **names;
	char full[4096];
	int i, n, rc = 0;

	n = scandir(path, &names, NULL, alphasort);
	if (n == -1) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	for (i = 0; i < n; i++) {
		snprintf(full, sizeof(full), "%s/%s", path, names[i]->d_name);
		if (names[i]->d_name[0] != '.' && replay_file(full) == -1)
			rc = -1;
		free(names[i]);
	}
	free(names);
	/* An empty corpus proves nothing. */
	return n > 2 ? rc : -1;
}

int
main(int argc, char **argv)
{
	const char *srcdir = getenv("srcdir");
	const char *kind = strrchr(argv[0], '_');
	char path[4096];
	struct stat st;
	int i, rc = 0;

	if (argc == 1) {
		snprintf(path, sizeof(path), "%s/tests/fuzz/%s.in",
		    srcdir != NULL ? srcdir : ".", kind != NULL ? kind + 1 :
		    "");
		return replay_folder(path) == -1;
	}
	for (i = 1; i < argc; i++) {
		if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode))
			rc |= replay_folder(argv[i]);
		else
			rc |= replay_file(argv[i]);
	}
	return rc != 0;
}
