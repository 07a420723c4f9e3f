/*
 * Packing as the program does it, for pack.sh.
 *
 *	bench_pack pack IN OUT		pack IN as one gzip member
 *	bench_pack zlib IN OUT		the same without ISA-L
 *	bench_pack unpack IN		read an archive, throw the bytes away
 *	bench_pack check IN OUT		one call of plain inflate on OUT gives
 *					IN, and nothing is left
 */
#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include "../../src/base/err.h"
#include "../../src/base/io.h"
#include "../../src/base/limits.h"
#include "../../src/format/pack.h"
#include "../../src/format/unpack.h"

#define READ_BYTES	((size_t)256 << 10)
#define CHECK_BYTES	((size_t)1 << 30)	/* files kept in memory */

static int
feed(struct pack *k, int in, struct err *e)
{
	ssize_t n;
	char *room;

	room = malloc(READ_BYTES);
	if (room == NULL)
		return err_nomem(e);
	while ((n = io_read(in, room, READ_BYTES, e)) > 0)
		if (pack_write(k, room, (size_t)n, e) == -1)
			break;
	free(room);
	return n == 0 ? 0 : -1;
}

static int
run_pack(int in, int out, int plain_zlib, struct err *e)
{
	const struct pack_opts opts = {
		.kind = PACK_GZIP, .plain_zlib = plain_zlib,
	};
	struct pack_facts facts;
	struct pack *k;
	int rc;

	k = pack_open(out, &opts, e);
	if (k == NULL)
		return -1;
	rc = feed(k, in, e);
	if (rc == 0)
		rc = pack_close(k, &facts, e);
	pack_free(k);
	return rc;
}

static int
run_unpack(int in, struct err *e)
{
	const struct unpack_caps caps = { 0, LIM_RATIO, LIM_RATIO_FROM };
	struct unpack *u;
	ssize_t n = -1;
	char *room;

	room = malloc(READ_BYTES);
	if (room == NULL)
		return err_nomem(e);
	u = unpack_open(in, &caps, e);
	while (u != NULL && (n = unpack_read(u, room, READ_BYTES, e)) > 0)
		;
	unpack_free(u);
	free(room);
	return n == 0 ? 0 : -1;
}

/*
 * The way many importers call zlib: one stream, one call.
 */
static int
check_inflate(char *packed, size_t n, const char *want, size_t want_n,
    struct err *e)
{
	z_stream z;
	char *out;
	int rc;

	out = malloc(want_n + 1);
	if (out == NULL)
		return err_nomem(e);
	memset(&z, 0, sizeof(z));
	z.next_in = (unsigned char *)packed;
	z.avail_in = (uInt)n;
	z.next_out = (unsigned char *)out;
	z.avail_out = (uInt)want_n + 1;
	rc = inflateInit2(&z, 16 + MAX_WBITS);
	if (rc == Z_OK)
		rc = inflate(&z, Z_FINISH);
	if (rc != Z_STREAM_END || z.avail_in != 0 || z.total_out != want_n ||
	    memcmp(out, want, want_n) != 0)
		rc = err_set(e, ERR_MISMATCH,
		    "plain inflate gives %lu of %zu bytes and leaves %u",
		    z.total_out, want_n, z.avail_in);
	inflateEnd(&z);
	free(out);
	return rc == -1 ? -1 : 0;
}

static int
run_check(const char *in, const char *out, struct err *e)
{
	char *packed = NULL, *want = NULL;
	size_t n, want_n;
	int rc = -1;

	if (io_slurp(in, CHECK_BYTES, &want, &want_n, e) == 0 &&
	    io_slurp(out, CHECK_BYTES, &packed, &n, e) == 0)
		rc = check_inflate(packed, n, want, want_n, e);
	free(packed);
	free(want);
	return rc;
}

/*
 * Open the files that the verb needs and do it.
 */
static int
run(const char *verb, const char *in, const char *out, struct err *e)
{
	int rc, from, to;

	if (strcmp(verb, "check") == 0 && out != NULL)
		return run_check(in, out, e);
	from = open(in, O_RDONLY | O_CLOEXEC);
	if (from == -1)
		return err_set(e, ERR_INPUT, "cannot open %s", in);
	to = -1;
	if (strcmp(verb, "unpack") == 0)
		rc = run_unpack(from, e);
	else if (out == NULL || (to = open(out, O_RDWR | O_CREAT | O_TRUNC |
	    O_CLOEXEC, 0600)) == -1)
		rc = err_set(e, ERR_CREATE, "cannot create the output");
	else
		rc = run_pack(from, to, strcmp(verb, "zlib") == 0, e);
	if (to != -1)
		close(to);
	close(from);
	return rc;
}

int
main(int argc, char **argv)
{
	struct err e;

	if (argc < 3 || argc > 4) {
		fprintf(stderr,
		    "usage: bench_pack pack|zlib|unpack|check IN [OUT]\n");
		return 64;
	}
	err_clear(&e);
	if (run(argv[1], argv[2], argc == 4 ? argv[3] : NULL, &e) == -1) {
		fprintf(stderr, "bench_pack: %s\n", e.msg);
		return 1;
	}
	return 0;
}
