/*
 * The spool: rows of each group are gathered in a block of memory and appended
 * to one unnamed file when the block is full; a small index says where the
 * blocks of a group lie.  Rows that are dropped later stay in the file; a bit
 * for each record keeps them from being read back.
 *
 * A row in a block: how far its record number is from the one before, length
 * of the code, the code; with a single group also its values.  Numbers are in
 * base 128, low digits first, the top bit saying that more follow.
 */
#include "spool.h"

#include "../base/err.h"
#include "../base/list.h"
#include "../base/tmpfile.h"
#include "bits.h"

#define BLOCK_BYTES	(32u << 10)	/* of rows, in memory per group */
#define ROW_HEAD	25		/* two numbers and the values */
#define GROUPS_FIRST	16

struct block {
	uint64_t	offset;		/* in the file */
	uint64_t	base;		/* record before its first row */
	uint32_t	bytes;
};

struct group {
	struct spool_group	 pub;
	struct block		*blocks;
	size_t			 nblocks, blocks_cap;
	unsigned char		*rows;	/* the block being filled */
	size_t			 len, cap;
	uint64_t		 base;	/* of the block being filled */
	uint64_t		 last;	/* record added last */
	bool			 kept;
};

struct spool {
	struct spool_opts	 opts;
	struct tmpfile		 file;
	uint64_t		 bytes;		/* in the file */
	struct group		*groups;
	size_t			 ngroups, groups_cap;
	uint32_t		*index;		/* hash: group number + 1 */
	size_t			 index_size;	/* a power of 2 */
	size_t			 recent;	/* group of the last row */
	struct bits		 dropped;
	struct spool_group	*listed;
	size_t			 nlisted, ngiven;
	bool			 sealed;
};

struct spool *
spool_new(const struct spool_opts *opts, struct err *e)
{
	struct spool *s;

	s = calloc(1, sizeof(*s));
	if (s == NULL) {
		err_nomem(e);
		return NULL;
	}
	s->opts = *opts;
	s->file.fd = -1;
	if (tmpfile_anon(&s->file, opts->dir, e) == -1) {
		free(s);
		return NULL;
	}
	return s;
}

void
spool_free(struct spool *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < s->ngroups; i++) {
		free(s->groups[i].blocks);
		free(s->groups[i].rows);
	}
	tmpfile_abort(&s->file);
	bits_release(&s->dropped);
	free(s->groups);
	free(s->index);
	free(s->listed);
	free(s);
}

static bool
group_is(const struct group *g, const struct coupon *c)
{
	return g->pub.redeemed == c->redeemed &&
	    date_cmp(&g->pub.date, &c->date) == 0;
}

static uint64_t
group_hash(int redeemed, const struct date *d)
{
	uint64_t key;

	key = (uint64_t)(redeemed + 1) << 32 |
	    (uint64_t)(uint16_t)d->year << 16 |
	    (uint64_t)(uint8_t)d->month << 8 | (uint8_t)d->day;
	key *= UINT64_C(0x9e3779b97f4a7c15);
	return key ^ key >> 32;
}

/* Twice the room for groups, and their places in the index anew. */
static int
groups_grow(struct spool *s, struct err *e)
{
	struct group *groups;
	uint32_t *fresh;
	size_t at, cap, i, size;

	cap = s->groups_cap == 0 ? GROUPS_FIRST : s->groups_cap * 2;
	groups = reallocarray(s->groups, cap, sizeof(*groups));
	if (groups == NULL)
		return err_nomem(e);
	s->groups = groups;
	s->groups_cap = cap;
	size = cap * 2;
	fresh = calloc(size, sizeof(*fresh));
	if (fresh == NULL)
		return err_nomem(e);
	for (i = 0; i < s->ngroups; i++) {
		at = group_hash(groups[i].pub.redeemed,
		    &groups[i].pub.date) & (size - 1);
		while (fresh[at] != 0)
			at = (at + 1) & (size - 1);
		fresh[at] = (uint32_t)i + 1;
	}
	free(s->index);
	s->index = fresh;
	s->index_size = size;
	return 0;
}

/* The group of c, made if there is none; NULL when out of memory. */
static struct group *
spool_group(struct spool *s, const struct coupon *c, struct err *e)
{
	struct group *g;
	size_t at;

	if (s->ngroups > 0 && (s->opts.single ||
	    group_is(&s->groups[s->recent], c)))
		return &s->groups[s->recent];
	if (s->ngroups == s->groups_cap && groups_grow(s, e) == -1)
		return NULL;
	at = group_hash(c->redeemed, &c->date) & (s->index_size - 1);
	while (s->index[at] != 0) {
		s->recent = s->index[at] - 1;
		if (group_is(&s->groups[s->recent], c))
			return &s->groups[s->recent];
		at = (at + 1) & (s->index_size - 1);
	}
	s->recent = s->ngroups++;
	s->index[at] = (uint32_t)s->ngroups;
	g = &s->groups[s->recent];
	memset(g, 0, sizeof(*g));
	g->pub.redeemed = c->redeemed;
	g->pub.date = c->date;
	g->kept = s->ngroups <= s->opts.max_groups;
	if (s->opts.single) {
		g->pub.redeemed = REDEEMED_NONE;
		g->pub.date = (struct date){ 0, 0, 0 };
	}
	return g;
}

static int
group_flush(struct spool *s, struct group *g, struct err *e)
{
	if (g->len == 0)
		return 0;
	if (list_grow(&g->blocks, g->nblocks, &g->blocks_cap,
	    sizeof(*g->blocks), e) == -1)
		return -1;
	if (io_pwrite_all(s->file.fd, g->rows, g->len, (off_t)s->bytes,
	    e) == -1)
		return err_wrap(e, "temporary file for the good rows");
	g->blocks[g->nblocks].offset = s->bytes;
	g->blocks[g->nblocks].base = g->base;
	g->blocks[g->nblocks].bytes = (uint32_t)g->len;
	g->nblocks++;
	s->bytes += g->len;
	g->len = 0;
	g->base = g->last;
	return 0;
}

static unsigned char *
put_number(unsigned char *p, uint64_t n)
{
	for (; n >= 0x80; n >>= 7)
		*p++ = (unsigned char)(n | 0x80);
	*p++ = (unsigned char)n;
	return p;
}

/* Room for a row: a block holds at least one, however long its code. */
static int
group_room(struct spool *s, struct group *g, size_t need, struct err *e)
{
	unsigned char *rows;
	size_t cap;

	if (g->len > 0 && g->len + need > BLOCK_BYTES &&
	    group_flush(s, g, e) == -1)
		return -1;
	if (need <= g->cap - g->len)
		return 0;
	cap = need > BLOCK_BYTES ? need : BLOCK_BYTES;
	rows = realloc(g->rows, cap);
	if (rows == NULL)
		return err_nomem(e);
	g->rows = rows;
	g->cap = cap;
	return 0;
}

int
spool_add(struct spool *s, const struct coupon *c, struct err *e)
{
	struct group *g;
	unsigned char *p;

	g = spool_group(s, c, e);
	if (g == NULL)
		return -1;
	g->pub.rows++;
	if (!g->kept)
		return 0;
	if (c->len > UINT32_MAX - ROW_HEAD)
		return err_set(e, ERR_LIMIT, "a code of %zu bytes", c->len);
	if (group_room(s, g, c->len + ROW_HEAD, e) == -1)
		return -1;
	p = g->rows + g->len;
	p = put_number(p, c->record - g->last);
	p = put_number(p, c->len);
	if (s->opts.single) {
		*p++ = (unsigned char)(c->redeemed + 1);
		*p++ = (unsigned char)(c->date.year & 0xff);
		*p++ = (unsigned char)(c->date.year >> 8);
		*p++ = (unsigned char)c->date.month;
		*p++ = (unsigned char)c->date.day;
	}
	memcpy(p, c->code, c->len);
	g->len = (size_t)(p + c->len - g->rows);
	g->last = c->record;
	return 0;
}

int
spool_drop(struct spool *s, const struct coupon *c, struct err *e)
{
	struct group *g;

	g = spool_group(s, c, e);
	if (g == NULL)
		return -1;
	g->pub.rows--;
	return bits_set(&s->dropped, c->record, e);
}

/* By date, then redeemed; groups without rows and those not kept last. */
static int
group_order(const void *va, const void *vb)
{
	const struct group *a = va, *b = vb;
	bool listed_a = a->kept && a->pub.rows > 0;
	bool listed_b = b->kept && b->pub.rows > 0;
	int cmp;

	if (listed_a != listed_b)
		return listed_a ? -1 : 1;
	cmp = date_cmp(&a->pub.date, &b->pub.date);
	return cmp != 0 ? cmp : a->pub.redeemed - b->pub.redeemed;
}

int
spool_seal(struct spool *s, struct err *e)
{
	bool lost = false;
	size_t i;

	for (i = 0; i < s->ngroups; i++) {
		if (group_flush(s, &s->groups[i], e) == -1)
			return -1;
		free(s->groups[i].rows);
		s->groups[i].rows = NULL;
		s->groups[i].cap = 0;
	}
	s->listed = calloc(s->ngroups + 1, sizeof(*s->listed));
	if (s->listed == NULL)
		return err_nomem(e);
	if (s->ngroups > 1)
		qsort(s->groups, s->ngroups, sizeof(*s->groups), group_order);
	for (i = 0; i < s->ngroups; i++) {
		if (s->groups[i].pub.rows == 0)
			continue;
		s->ngiven++;
		if (s->groups[i].kept)
			s->listed[s->nlisted++] = s->groups[i].pub;
		else
			lost = true;
	}
	/*
	 * With rows lost the number must show it, even when groups that came
	 * earlier are empty by now.
	 */
	if (lost && s->ngiven <= s->opts.max_groups)
		s->ngiven = s->opts.max_groups + 1;
	s->sealed = true;
	return 0;
}

const struct spool_group *
spool_groups(const struct spool *s, size_t *n)
{
	*n = s->ngiven;
	return s->listed;
}

static const unsigned char *
get_number(const unsigned char *p, const unsigned char *end, uint64_t *n)
{
	unsigned shift;

	*n = 0;
	for (shift = 0; p < end && shift < 64; shift += 7) {
		*n |= (uint64_t)(*p & 0x7f) << shift;
		if ((*p++ & 0x80) == 0)
			return p;
	}
	return NULL;
}

/* One row at p; returns what follows it, or NULL when it is damaged. */
static const unsigned char *
get_row(const struct spool *s, const unsigned char *p,
    const unsigned char *end, struct coupon *c)
{
	uint64_t delta, len;

	p = get_number(p, end, &delta);
	if (p != NULL)
		p = get_number(p, end, &len);
	if (p == NULL || len > (uint64_t)(end - p))
		return NULL;
	if (s->opts.single) {
		if ((uint64_t)(end - p) - len < 5)
			return NULL;
		c->redeemed = *p++ - 1;
		c->date.year = (int16_t)(p[0] | p[1] << 8);
		c->date.month = (int8_t)p[2];
		c->date.day = (int8_t)p[3];
		p += 4;
	}
	c->record += delta;
	c->code = (const char *)p;
	c->len = (size_t)len;
	return p + len;
}

int
spool_each(struct spool *s, size_t group,
    int (*f)(void *, const struct coupon *, struct err *), void *arg,
    struct err *e)
{
	const struct group *g;
	const struct block *block;
	struct coupon c;
	unsigned char *rows = NULL, *more;
	const unsigned char *p;
	size_t i, cap = 0;
	int rc = 0;

	if (!s->sealed || group >= s->nlisted)
		return err_set(e, ERR_INTERNAL, "there is no batch %zu", group);
	g = &s->groups[group];
	memset(&c, 0, sizeof(c));
	c.redeemed = g->pub.redeemed;
	c.date = g->pub.date;
	for (i = 0; rc == 0 && i < g->nblocks; i++) {
		block = &g->blocks[i];
		if (block->bytes > cap) {
			more = realloc(rows, block->bytes);
			if (more == NULL) {
				rc = err_nomem(e);
				break;
			}
			rows = more;
			cap = block->bytes;
		}
		rc = io_pread_all(s->file.fd, rows, block->bytes,
		    (off_t)block->offset, e);
		if (rc == -1)
			err_wrap(e, "temporary file for the good rows");
		c.record = block->base;
		for (p = rows; rc == 0 && p < rows + block->bytes; ) {
			p = get_row(s, p, rows + block->bytes, &c);
			if (p == NULL)
				rc = err_set(e, ERR_IO, "temporary file for "
				    "the good rows: damaged before byte %llu",
				    (unsigned long long)block->offset +
				    block->bytes);
			else if (!bits_has(&s->dropped, c.record) &&
			    f(arg, &c, e) == -1)
				rc = -1;
		}
	}
	free(rows);
	return rc;
}
