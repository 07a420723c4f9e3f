/*
 * Rows of redeemed coupons for the benches, on stdout.
 *
 *	gen ROWS csv|quoted|txt|dup|german SEED [DAYS]
 *
 * A row depends on the seed and its number alone, so that the same arguments
 * give the same file and a repeated row (mode dup: 1 in 1,000) needs no
 * memory of earlier ones.  Codes have 10 to 16 capital letters and digits, and
 * never collide: the first 8 are the row's number, shuffled by a permutation
 * of the 36^8 codes of that length, the others are random.  Half of the rows
 * are redeemed, on one of DAYS days (1461 unless given) up to 2025-12-31.  Mode
 * german has semicolons, ja and nein, dates such as 31.12.2025, and one row in
 * 1,000 with a fourth cell that has an umlaut in Windows-1252.
 */
#include <inttypes.h>
#include <stdbool.h>

#include "../../src/base/err.h"
#include "../../src/base/io.h"
#include "../../src/base/str.h"

#define ID_CODES	UINT64_C(2821109907456)	/* 36^8 */
#define ID_FACTOR	UINT64_C(1743392200339)	/* prime, so no factor of 36 */
#define ROW_BYTES	64			/* no row is longer */
#define OUT_BYTES	((size_t)256 << 10)

struct gen {
	uint64_t	seed, days;
	bool		quoted, txt, dup, german;
	char		delimiter;
	char		out[OUT_BYTES];
	size_t		len;
};

/*
 * A random number for row i and purpose k (SplitMix64's finish).
 */
static uint64_t
gen_number(const struct gen *g, uint64_t i, uint64_t k)
{
	uint64_t x;

	x = (g->seed * 1000003 + i) * 8 + k;
	x = (x + UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xd1342543de82ef95);
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static void
gen_put(struct gen *g, const char *p, size_t n)
{
	memcpy(g->out + g->len, p, n);
	g->len += n;
}

static void
gen_cell(struct gen *g, const char *p, size_t n)
{
	if (g->quoted)
		gen_put(g, "\"", 1);
	gen_put(g, p, n);
	if (g->quoted)
		gen_put(g, "\"", 1);
}

static void
gen_code(struct gen *g, uint64_t i)
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	uint64_t id, more;
	size_t k, len;
	char code[16];

	id = (uint64_t)(((unsigned __int128)i + g->seed) * ID_FACTOR %
	    ID_CODES);
	more = gen_number(g, i, 0);
	len = 10 + more % 7;
	more /= 7;
	for (k = 0; k < 8; k++, id /= 36)
		code[k] = digits[id % 36];
	for (; k < len; k++, more /= 36)
		code[k] = digits[more % 36];
	gen_cell(g, code, len);
}

/*
 * A day as YYYY-MM-DD, counted back from the last one.
 */
static void
gen_day(struct gen *g, uint64_t back)
{
	const struct date last = { 2025, 12, 31 };
	struct date d;
	char text[11], turned[11];

	d = date_add(&last, -(int)back);
	date_format(&d, text);
	if (g->german) {
		snprintf(turned, sizeof(turned), "%.2s.%.2s.%.4s", text + 8,
		    text + 5, text);
		memcpy(text, turned, sizeof(text));
	}
	gen_cell(g, text, 10);
}

static void
gen_row(struct gen *g, uint64_t i)
{
	static const char *const words[2][2] = {
		{ "0", "1" }, { "nein", "ja" },
	};
	const char *word;
	uint64_t kind;

	gen_code(g, i);
	if (!g->txt) {
		kind = gen_number(g, i, 1);
		word = words[g->german][kind % 2];
		gen_put(g, &g->delimiter, 1);
		gen_cell(g, word, strlen(word));
		gen_put(g, &g->delimiter, 1);
		if (kind % 2)
			gen_day(g, (kind >> 8) % g->days);
		if (g->german)
			gen_put(g, kind >> 40 & 1023 ? ";Bonn" : ";K\xf6ln",
			    5);
	}
	gen_put(g, "\n", 1);
}

static void
gen_header(struct gen *g)
{
	static const char *const names[] = {
		"coupon_code", "redeemed", "redeem_date", "town"
	};
	int i;

	for (i = 0; i < 3 + g->german; i++) {
		if (i > 0)
			gen_put(g, &g->delimiter, 1);
		gen_cell(g, names[i], strlen(names[i]));
	}
	gen_put(g, "\n", 1);
}

static int
gen_run(struct gen *g, uint64_t rows, struct err *e)
{
	uint64_t i, from;

	if (!g->txt)
		gen_header(g);
	for (i = 0; i < rows; i++) {
		from = i;
		if (g->dup && i > 0 && gen_number(g, i, 2) % 1000 == 0)
			from = gen_number(g, i, 3) % i;
		gen_row(g, from);
		if (g->len + ROW_BYTES > OUT_BYTES) {
			if (io_write_all(1, g->out, g->len, e) == -1)
				return -1;
			g->len = 0;
		}
	}
	return io_write_all(1, g->out, g->len, e);
}

int
main(int argc, char **argv)
{
	static struct gen g;
	const char *mode;
	uint64_t rows;
	struct err e;

	mode = argc > 2 ? argv[2] : "";
	g.quoted = strcmp(mode, "quoted") == 0;
	g.txt = strcmp(mode, "txt") == 0;
	g.dup = strcmp(mode, "dup") == 0;
	g.german = strcmp(mode, "german") == 0;
	g.delimiter = g.german ? ';' : ',';
	g.days = 1461;
	if (argc < 4 || argc > 5 ||
	    !(g.quoted || g.txt || g.dup || g.german ||
	    strcmp(mode, "csv") == 0) ||
	    str_u64(argv[1], strlen(argv[1]), ID_CODES, &rows) == -1 ||
	    str_u64(argv[3], strlen(argv[3]), UINT32_MAX, &g.seed) == -1 ||
	    (argc == 5 && (str_u64(argv[4], strlen(argv[4]), 20000,
	    &g.days) == -1 || g.days == 0))) {
		fprintf(stderr,
		    "usage: gen ROWS csv|quoted|txt|dup|german SEED "
		    "[DAYS]\n");
		return 64;
	}
	if (gen_run(&g, rows, &e) == -1) {
		fprintf(stderr, "gen: %s\n", e.msg);
		return 74;
	}
	return 0;
}
