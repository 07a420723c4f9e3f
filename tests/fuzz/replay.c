/*
 * Replays a kept corpus without libFuzzer: each file named, and each file in
 * each folder named.  Without arguments, the corpus beside the source, by the
 * program's name: fuzz_csv takes tests/fuzz/csv.in, written by hand, then
 * tests/fuzz/csv.hex, found by fuzzing, an input a line, and then the inputs
 * of the golden tests, which have no settings in front.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "../../src/base/err.h"
#include "../../src/base/io.h"
#include "same.h"

#define INPUT_BYTES	((size_t)16 << 20)

static int
replay_file(const char *path, bool golden)
{
	struct err e;
	char *data, *more;
	size_t n;

	err_clear(&e);
	if (io_slurp(path, INPUT_BYTES, &data, &n, &e) == -1) {
		fprintf(stderr, "%s: %s\n", path, e.msg);
		return -1;
	}
	fprintf(stderr, "%s\n", path);
	if (!golden)
		LLVMFuzzerTestOneInput((const uint8_t *)data, n);
	else {
		more = calloc(1, n + SAME_HEAD);
		if (more == NULL)
			abort();
		memcpy(more + SAME_HEAD, data, n);
		LLVMFuzzerTestOneInput((const uint8_t *)more, n + SAME_HEAD);
		free(more);
	}
	free(data);
	return 0;
}

/* Files whose names end so; "" takes all. */
static int
replay_folder(const char *path, const char *end, bool golden)
{
	size_t len;
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
		len = strlen(full);
		if (names[i]->d_name[0] != '.' && len > strlen(end) &&
		    strcmp(full + len - strlen(end), end) == 0 &&
		    replay_file(full, golden) == -1)
			rc = -1;
		free(names[i]);
	}
	free(names);
	/* An empty corpus proves nothing. */
	return n > 2 ? rc : -1;
}

static int
hex_digit(int c)
{

	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One line of hexadecimal digits, in place. */
static int
replay_line(char *line, size_t len)
{
	int high, low;
	size_t i;

	for (i = 0; i + 1 < len; i += 2) {
		high = hex_digit(line[i]);
		low = hex_digit(line[i + 1]);
		if (high == -1 || low == -1)
			return -1;
		line[i / 2] = (char)(high << 4 | low);
	}
	if (i != len)
		return -1;
	LLVMFuzzerTestOneInput((const uint8_t *)line, len / 2);
	return 0;
}

static int
replay_hex(const char *path)
{
	char *line = NULL;
	FILE *f;
	size_t room = 0;
	ssize_t len;
	int n = 0;

	if ((f = fopen(path, "r")) == NULL) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	while ((len = getline(&line, &room, f)) > 0) {
		fprintf(stderr, "%s:%d\n", path, ++n);
		if (line[len - 1] != '\n' ||
		    replay_line(line, (size_t)len - 1) == -1) {
			fprintf(stderr, "not hexadecimal\n");
			n = 0;
			break;
		}
	}
	free(line);
	fclose(f);
	return n > 0 ? 0 : -1;
}

static int
replay_kept(const char *program)
{
	const char *srcdir = getenv("srcdir");
	const char *kind = strrchr(program, '_');
	char end[32], path[4096];

	if (srcdir == NULL)
		srcdir = ".";
	kind = kind != NULL ? kind + 1 : "";
	snprintf(path, sizeof(path), "%s/tests/fuzz/%s.in", srcdir, kind);
	if (replay_folder(path, "", false) == -1)
		return -1;
	snprintf(path, sizeof(path), "%s/tests/fuzz/%s.hex", srcdir, kind);
	if (replay_hex(path) == -1)
		return -1;
	snprintf(path, sizeof(path), "%s/tests/golden/check", srcdir);
	snprintf(end, sizeof(end), ".%s", kind);
	return replay_folder(path, end, true);
}

int
main(int argc, char **argv)
{
	struct stat st;
	int i, rc = 0;

	if (argc == 1)
		return replay_kept(argv[0]) == -1;
	for (i = 1; i < argc; i++) {
		if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode))
			rc |= replay_folder(argv[i], "", false);
		else
			rc |= replay_file(argv[i], false);
	}
	return rc != 0;
}
