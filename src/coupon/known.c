/*
 * The codes that exist.
 *
 * They lie one after another in one block, each behind its length; a table of
 * 8-byte slots finds them: 40 bits say where, 24 bits of the hash spare most
 * looks at the wrong ones.  The code itself decides, so the set is exact.  The
 * hash is keyed by random bits: nobody can prepare codes that all collide.
 *
 * How many shares are needed is found out by trying: when one does not fit,
 * their number is doubled and reading starts over.
 */
#include "known.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "../base/err.h"
#include "../base/id.h"
#include "../base/limits.h"
#include "../base/stop.h"
#include "../base/tmpfile.h"
#include "../format/unpack.h"
#include "../format/utf16.h"
#include "columns_internal.h"
#include "glyph_internal.h"

#define BLOCK_BYTES	(256u << 10)
#define SLOTS_FIRST	4096
#define BYTES_FIRST	(64u << 10)
#define LONGEST		255		/* bytes of a code; one says so */
#define AT_BITS		40
#define AT_MASK		((UINT64_C(1) << AT_BITS) - 1)
#define SHARES_MOST	4096

struct known {
	const struct check_opts	*o;
	int			 fd;		/* of the list; seekable */
	uint64_t		 seed;
	uint64_t		 memory;
	unsigned		 shares, share;
	bool			 full;		/* this share does not fit */
	unsigned char		*bytes;		/* length, code ... */
	size_t			 len, cap;
	uint64_t		*slots;		/* tag, offset + 1; 0: free */
	size_t			 size, n;
	/* while reading */
	bool			 csv;
	bool			 begun;		/* the column is known */
	size_t			 column;
	size_t			 read;		/* codes, of all shares, */
	size_t			 able;		/* that a good row may have */
};

static uint64_t
known_hash(const struct known *k, const char *code, size_t len)
{
	return XXH3_64bits_withSeed(code, len, k->seed);
}

/* The slot of a code, or the free one where it belongs. */
static size_t
known_slot(const struct known *k, uint64_t hash, const char *code, size_t len)
{
	size_t at = hash & (k->size - 1);
	const unsigned char *p;

	for (; k->slots[at] != 0; at = (at + 1) & (k->size - 1)) {
		if (k->slots[at] >> AT_BITS != hash >> AT_BITS)
			continue;
		p = k->bytes + (k->slots[at] & AT_MASK) - 1;
		if (p[0] == len && memcmp(p + 1, code, len) == 0)
			break;
	}
	return at;
}

/* A larger table, in place of the old one. */
static int
slots_grow(struct known *k, struct err *e)
{
	size_t at, i, size = k->size == 0 ? SLOTS_FIRST : k->size * 2;
	uint64_t *slots = calloc(size, sizeof(*slots)), hash;
	const unsigned char *p;

	if (slots == NULL)
		return err_nomem(e);
	for (i = 0; i < k->size; i++) {
		if (k->slots[i] == 0)
			continue;
		p = k->bytes + (k->slots[i] & AT_MASK) - 1;
		hash = known_hash(k, (const char *)p + 1, p[0]);
		at = hash & (size - 1);
		while (slots[at] != 0)
			at = (at + 1) & (size - 1);
		slots[at] = k->slots[i];
	}
	free(k->slots);
	k->slots = slots;
	k->size = size;
	return 0;
}

/* Room for one more; k->full when there may not be any. */
static int
known_room(struct known *k, size_t len, struct err *e)
{
	unsigned char *bytes;
	size_t cap = k->cap;

	if (k->n >= k->size / 4 * 3) {
		if (k->size * 3 * sizeof(*k->slots) + k->cap > k->memory)
			k->full = true;
		else if (slots_grow(k, e) == -1)
			return -1;
	}
	while (cap - k->len < len + 1)
		cap = cap == 0 ? BYTES_FIRST : cap + cap / 2;
	if (cap == k->cap || k->full)
		return 0;
	if (cap + k->size * sizeof(*k->slots) > k->memory) {
		k->full = true;
		return 0;
	}
	bytes = realloc(k->bytes, cap);
	if (bytes == NULL)
		return err_nomem(e);
	k->bytes = bytes;
	k->cap = cap;
	return 0;
}

static unsigned
share_of(const struct known *k, uint64_t hash)
{
	/* The low bits choose the slot, and should not be all alike. */
	return (unsigned)(hash >> 24) % k->shares;
}

/*
 * Whether a good row could have this code, by its bytes.  What stands between
 * columns may be in a code, but hardly in each of them.
 */
static bool
known_able(const struct check_opts *o, struct text t)
{
	size_t i;

	for (i = 0; i < t.len; i++)
		if (o->alphabet != NULL ? t.p[i] == '\0' ||
		    strchr(o->alphabet, t.p[i]) == NULL : t.p[i] <= ' ' ||
		    t.p[i] >= 0x7f || memchr(",\";|", t.p[i], 4) != NULL)
			return false;
	return true;
}

static int
known_add(struct known *k, struct text t, struct err *e)
{
	uint64_t hash;
	size_t at;

	t = text_trim(t);
	if (t.len == 0 || t.len > LONGEST)
		return 0;
	/* What may be a name on the first line of a TXT is no proof. */
	if (k->read++ > 0 || !header_names_code(k->o, &(struct cell){
	    .p = t.p, .len = t.len }))
		k->able += known_able(k->o, t);
	hash = known_hash(k, t.p, t.len);
	if (k->full || share_of(k, hash) != k->share)
		return 0;
	if (known_room(k, t.len, e) == -1)
		return -1;
	if (k->full)
		return 0;
	at = known_slot(k, hash, t.p, t.len);
	if (k->slots[at] != 0)
		return 0;
	k->slots[at] = hash >> AT_BITS << AT_BITS | (k->len + 1);
	k->bytes[k->len] = (unsigned char)t.len;
	memcpy(k->bytes + k->len + 1, t.p, t.len);
	k->len += t.len + 1;
	k->n++;
	return 0;
}

/* The first record of a CSV: find the column of the codes. */
static int
known_header(struct known *k, const struct record *rec, struct err *e)
{
	size_t i;

	k->begun = true;
	for (i = 0; i < rec->n; i++) {
		if (!header_names_code(k->o, &rec->cells[i]))
			continue;
		k->column = i;
		return 0;
	}
	if (rec->n > 1)
		return err_set(e, ERR_CONFIG, "its first line names no column "
		    "\"%s\"; a file of one code per line will do", k->o->
		    col_code != NULL ? k->o->col_code : "coupon_code");
	k->column = 0;
	return known_add(k, (struct text){ rec->cells[0].p,
	    rec->cells[0].len }, e);
}

static int
known_record(void *arg, const struct record *rec, struct err *e)
{
	struct known *k = arg;

	if (!k->begun && k->csv)
		return known_header(k, rec, e);
	if (k->column >= rec->n)
		return 0;
	return known_add(k, (struct text){ rec->cells[k->column].p,
	    rec->cells[k->column].len }, e);
}

static int
known_issue(void *arg, enum reader_issue issue, const struct place *place,
    const struct place *dropped, struct err *e)
{
	(void)arg;
	(void)issue;
	if (!dropped)
		return 0;
	return err_set(e, ERR_INPUT, "line %llu cannot be read as a row",
	    (unsigned long long)place->line);
}

static struct reader *
known_reader(struct known *k, const struct unpack *u, const char *p, size_t n,
    struct err *e)
{
	static const struct reader_ops ops = { known_record, known_issue };
	struct reader_opts opts = { .max_line = LIM_LINE_BYTES,
	    .max_cells = LIM_COLUMNS, .delimiter = ',' };
	enum utf16_kind kind = utf16_bom(p, n);
	const char *name = unpack_name(u);
	bool quoted = false;
	size_t i;

	if (kind == UTF16_NONE)
		kind = utf16_guess(p, n);
	if (kind != UTF16_NONE) {
		err_set(e, ERR_INPUT, "the file is %s; save it as UTF-8",
		    utf16_name(kind));
		return NULL;
	}
	k->csv = !name_is_txt(name != NULL ? name : k->o->known_codes);
	k->begun = false;
	k->column = 0;
	opts.csv = k->csv;
	/* The delimiter is the one that the first line has. */
	for (i = 0; i < n && p[i] != '\n' && p[i] != '\r'; i++) {
		quoted = quoted != (p[i] == '"');
		if (!quoted && memchr(";,\t|", p[i], 4) != NULL) {
			opts.delimiter = p[i];
			break;
		}
	}
	return reader_new(&opts, &ops, k, e);
}

static int
known_read_all(struct known *k, struct unpack *u, char *block, struct err *e)
{
	struct reader *r = NULL;
	ssize_t n;
	int rc = 0;

	while (rc == 0 && (n = unpack_read(u, block, BLOCK_BYTES, e)) != 0) {
		if (n == -1 || stop_check(e) == -1)
			rc = -1;
		else if (r == NULL &&
		    (r = known_reader(k, u, block, (size_t)n, e)) == NULL)
			rc = -1;
		else
			rc = reader_feed(r, block, (size_t)n, e);
	}
	if (rc == 0 && r != NULL)
		rc = reader_finish(r, e);
	reader_free(r);
	if (rc == 0 && k->read == 0)
		return err_set(e, ERR_CONFIG, "there is no code in it");
	if (rc == 0 && k->able == 0)
		return err_set(e, ERR_INPUT, "none of its %zu lines is a code "
		    "that a row may have: save it as text in UTF-8 with one "
		    "code per line, or as CSV with a header", k->read);
	return rc;
}

static int
known_read(struct known *k, struct err *e)
{
	char *block = malloc(BLOCK_BYTES);
	struct unpack *u = NULL;
	int rc = -1;

	k->len = k->n = k->read = k->able = 0;
	k->full = false;
	if (k->size > 0)
		memset(k->slots, 0, k->size * sizeof(*k->slots));
	if (block == NULL)
		err_nomem(e);
	else if ((u = unpack_open(k->fd, NULL, e)) != NULL)
		rc = known_read_all(k, u, block, e);
	unpack_free(u);
	free(block);
	return rc;
}

/* What comes through a pipe is kept: each share reads the list once more. */
static int
known_open(struct known *k, struct err *e)
{
	const char *dir = k->o->tmp_dir != NULL ? k->o->tmp_dir : P_tmpdir;
	struct tmpfile kept = { .fd = -1 };
	struct stat st;

	k->fd = open(k->o->known_codes, O_RDONLY | O_CLOEXEC);
	if (k->fd == -1 || fstat(k->fd, &st) == -1)
		return err_sys(e, ERR_INPUT, errno, "cannot open it");
	if (S_ISDIR(st.st_mode))
		return err_set(e, ERR_INPUT, "this is a folder");
	if (S_ISREG(st.st_mode))
		return 0;
	if (tmpfile_anon(&kept, dir, e) == -1)
		return -1;
	if (io_copy_all(k->fd, kept.fd, e) == -1) {
		tmpfile_abort(&kept);
		return -1;
	}
	close(k->fd);
	k->fd = kept.fd;
	return 0;
}

/* It failed: because of which setting, and which file. */
static int
known_failed(const struct known *k, struct err *e)
{
	err_wrap(e, "known_codes %s", k->o->known_codes);
	return err_key(e, "known_codes");
}

struct known *
known_new(const struct check_opts *o, uint64_t memory, struct err *e)
{
	struct known *k = calloc(1, sizeof(*k));

	if (k == NULL) {
		err_nomem(e);
		return NULL;
	}
	k->o = o;
	k->fd = -1;
	k->memory = memory;
	k->shares = 1;
	if (random_bytes(&k->seed, sizeof(k->seed), e) == -1 ||
	    slots_grow(k, e) == -1 || known_open(k, e) == -1 ||
	    known_read(k, e) == -1)
		goto fail;
	while (k->full) {
		if (k->shares >= SHARES_MOST) {
			err_set(e, ERR_LIMIT, "too many codes for this much "
			    "memory");
			goto fail;
		}
		k->shares *= 2;
		if (known_read(k, e) == -1)
			goto fail;
	}
	return k;
fail:
	known_failed(k, e);
	known_free(k);
	return NULL;
}

unsigned
known_shares(const struct known *k)
{
	return k->shares;
}

int
known_share(struct known *k, unsigned i, struct err *e)
{
	k->share = i;
	if (known_read(k, e) == -1)
		return known_failed(k, e);
	if (!k->full)
		return 0;
	/* A little more than the others: the table has to double for it. */
	k->memory *= 2;
	if (known_read(k, e) == -1)
		return known_failed(k, e);
	if (!k->full)
		return 0;
	err_set(e, ERR_LIMIT, "more memory is needed");
	return known_failed(k, e);
}

enum known_answer
known_find(const struct known *k, const char *code, size_t len)
{
	uint64_t hash = known_hash(k, code, len);

	if (share_of(k, hash) != k->share)
		return KNOWN_OTHER;
	return k->slots[known_slot(k, hash, code, len)] != 0 ? KNOWN_YES :
	    KNOWN_NO;
}

void
known_free(struct known *k)
{
	if (k == NULL)
		return;
	if (k->fd != -1)
		close(k->fd);
	free(k->bytes);
	free(k->slots);
	free(k);
}
