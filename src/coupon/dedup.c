/*
 * Codes that come more than once: from fingerprints to verdicts.
 *
 * In a round there is one head for each different code among the nominated
 * ones: its first row, and the first row that contradicts it.  Rows after the
 * first are remembered in a list, so that one pass is enough; when the list
 * would get too long it is given up, and the rows are judged in a second pass
 * as they come by again.  So memory depends on the number of codes in a round,
 * never on how often one of them repeats.
 *
 * Fingerprints are of the code in lower case, under a random secret: nobody
 * can prepare a file whose codes all collide.
 */
#include "dedup.h"

#include "../base/err.h"
#include "../base/id.h"
#include "dedup_internal.h"

#define FOLD_BYTES	64	/* codes up to this length are folded at once */
#define HEAD_COST	256	/* bytes in a round per nominated code, about */
#define ARENA_BYTES	(64u << 10)
#define NO_HEAD		UINT32_MAX

/* A round, and the list of later rows, are in proportion to the file. */
#define ROUND_BASE	(UINT64_C(32) << 20)
#define ROUND_PER_ROW	32
#define LATER_BASE	(UINT64_C(16) << 20)
#define LATER_PER_ROW	8

struct arena {
	struct arena	*next;
	size_t		 used, size;
	char		 bytes[];
};

/* A code and its rows. */
struct head {
	struct coupon	coupon;		/* its first row; code in the arena */
	struct place	place;		/* of the code there */
	uint64_t	exact;		/* hash of the code as it is spelled */
	uint64_t	other_line;	/* a row with other values; 0: none */
	struct date	other_date;
	int		other_redeemed;
	unsigned	file;
	unsigned	other_file;
	uint32_t	spelling;	/* the first head that differs from it
					   in case only; or itself; in the end
					   the first that no row contradicts */
};

/* A later row of a code. */
struct later {
	struct place	place;
	struct date	date;
	uint32_t	head;
	uint32_t	file;
	int8_t		redeemed;
};

/* A nominated fingerprint and its first head. */
struct nominee {
	uint64_t	print;		/* 0: free */
	uint32_t	head;
};

struct dedup *
dedup_new(uint64_t memory, const char *tmp_dir, struct err *e)
{
	struct dedup *d;

	d = calloc(1, sizeof(*d));
	if (d == NULL) {
		err_nomem(e);
		return NULL;
	}
	d->memory = memory;
	d->tmp_dir = tmp_dir;
	if (random_bytes(d->secret, sizeof(d->secret), e) == -1 ||
	    random_bytes(&d->seed, sizeof(d->seed), e) == -1 ||
	    dedup_lanes(d, 1, e) == -1) {
		dedup_free(d);
		return NULL;
	}
	return d;
}

/* Forget the heads and nominees of a round. */
static void
dedup_clear(struct dedup *d)
{
	struct arena *arena;

	while ((arena = d->arena) != NULL) {
		d->arena = arena->next;
		free(arena);
	}
	free(d->nominees);
	free(d->heads);
	free(d->by_code);
	free(d->later);
	d->nominees = NULL;
	d->heads = NULL;
	d->by_code = NULL;
	d->later = NULL;
	d->nominees_size = d->nnominees = 0;
	d->nheads = d->heads_cap = d->by_code_size = 0;
	d->nlater = d->later_cap = 0;
	d->again = false;
}

void
dedup_free(struct dedup *d)
{
	if (d == NULL)
		return;
	dedup_clear(d);
	dedup_lanes_free(d);
	free(d);
}

static inline char
fold(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static uint64_t
print_long(const struct dedup *d, const char *code, size_t len)
{
	XXH3_state_t state;
	char low[FOLD_BYTES];
	size_t i, k, n;

	XXH3_64bits_reset_withSecret(&state, d->secret, sizeof(d->secret));
	for (i = 0; i < len; i += n) {
		n = len - i < sizeof(low) ? len - i : sizeof(low);
		for (k = 0; k < n; k++)
			low[k] = fold(code[i + k]);
		XXH3_64bits_update(&state, low, n);
	}
	return XXH3_64bits_digest(&state);
}

static inline uint64_t
print_of(const struct dedup *d, const char *code, size_t len)
{
	uint64_t low[FOLD_BYTES / 8];
	size_t i;

	if (len > sizeof(low))
		return print_cut(print_long(d, code, len));
	low[0] = low[1] = 0;
	if (len > 0)
		low[(len - 1) / 8] = 0;
	memcpy(low, code, len);
	if (len <= PRINT_NEAR)
		return print_near(d->secret, (const char *)low, len);
	for (i = 0; i < len; i += 8)
		low[i / 8] = print_fold(low[i / 8]);
	return print_cut(XXH3_64bits_withSecret(low, len, d->secret,
	    sizeof(d->secret)));
}

int
dedup_add(struct dedup *d, const char *code, size_t len, struct err *e)
{
	d->rows++;
	return prints_add(&d->prints[0], print_of(d, code, len), e);
}

static uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline size_t
nominee_slot(const struct dedup *d, uint64_t print)
{
	return (print >> (PRINT_OFF + 1)) & (d->nominees_size - 1);
}

/* The slot of a fingerprint, or the free one where it belongs. */
static inline struct nominee *
nominee_at(const struct dedup *d, uint64_t print)
{
	size_t at = nominee_slot(d, print);

	while (d->nominees[at].print != 0 && d->nominees[at].print != print)
		at = (at + 1) & (d->nominees_size - 1);
	return &d->nominees[at];
}

static int
nominees_grow(struct dedup *d, struct err *e)
{
	struct nominee *old = d->nominees;
	size_t i, size = d->nominees_size;

	d->nominees_size = size == 0 ? 256 : size * 2;
	d->nominees = calloc(d->nominees_size, sizeof(*d->nominees));
	if (d->nominees == NULL) {
		d->nominees = old;
		d->nominees_size = size;
		return err_nomem(e);
	}
	for (i = 0; i < size; i++)
		if (old[i].print != 0)
			*nominee_at(d, old[i].print) = old[i];
	free(old);
	return 0;
}

int
dedup_nominate(struct dedup *d, uint64_t print, struct err *e)
{
	struct nominee *nominee;

	if (d->nnominees >= d->nominees_size / 4 * 3 &&
	    nominees_grow(d, e) == -1)
		return -1;
	nominee = nominee_at(d, print);
	if (nominee->print == 0) {
		nominee->print = print;
		nominee->head = NO_HEAD;
		d->nnominees++;
	}
	return 0;
}

/*
 * Look for a round's nominees.  When there are too many for one round, memory
 * is better used for them than for fingerprints, which then go to the file.
 */
static int
round_search(struct dedup *d, struct err *e)
{
	uint64_t most = ROUND_BASE + ROUND_PER_ROW * d->rows;
	unsigned i;

	if (dedup_search(d, least(d->memory / 4, most) / HEAD_COST, e) == -1)
		return -1;
	for (i = 0; i < d->nlanes; i++)
		if (d->next_part < PARTS && prints_shed(&d->prints[i],
		    e) == -1)
			return -1;
	return dedup_search(d, least(d->memory / 8 * 5, most) / HEAD_COST, e);
}

int
dedup_round(struct dedup *d, bool *any, struct err *e)
{
	unsigned i;

	dedup_clear(d);
	d->first_part = d->next_part;
	if (d->next_part < PARTS && round_search(d, e) == -1)
		return -1;
	*any = d->nnominees > 0;
	for (i = 0; d->next_part == PARTS && i < d->nlanes; i++)
		prints_release(&d->prints[i]);
	return 0;
}

/* Nominees of this round begin with such bits. */
static inline bool
print_due(const struct dedup *d, uint64_t print)
{
	return PRINT_PART(print) - d->first_part <
	    d->next_part - d->first_part && d->nnominees != 0;
}

void
dedup_prefetch(const struct dedup *d, uint64_t print)
{
	if (print_due(d, print))
		__builtin_prefetch(&d->nominees[nominee_slot(d, print)]);
}

bool
dedup_named_print(const struct dedup *d, uint64_t print)
{
	return print_due(d, print) && nominee_at(d, print)->print != 0;
}

bool
dedup_named(struct dedup *d, const char *code, size_t len)
{
	return d->nnominees != 0 &&
	    dedup_named_print(d, print_of(d, code, len));
}

static char *
arena_copy(struct dedup *d, const char *p, size_t n, struct err *e)
{
	struct arena *arena = d->arena;
	size_t size;

	if (arena == NULL || arena->size - arena->used < n) {
		size = n > ARENA_BYTES ? n : ARENA_BYTES;
		arena = malloc(sizeof(*arena) + size);
		if (arena == NULL) {
			err_nomem(e);
			return NULL;
		}
		arena->next = d->arena;
		arena->used = 0;
		arena->size = size;
		d->arena = arena;
	}
	memcpy(arena->bytes + arena->used, p, n);
	arena->used += n;
	return arena->bytes + arena->used - n;
}

/* Where a code belongs in by_code; *head is its number + 1, or 0. */
static size_t
head_find(const struct dedup *d, uint64_t exact, const struct coupon *c,
    uint32_t *head)
{
	const struct head *h;
	size_t at = exact & (d->by_code_size - 1);

	for (; (*head = d->by_code[at]) != 0;
	    at = (at + 1) & (d->by_code_size - 1)) {
		h = &d->heads[*head - 1];
		if (h->exact == exact && h->coupon.len == c->len &&
		    memcmp(h->coupon.code, c->code, c->len) == 0)
			break;
	}
	return at;
}

static int
heads_grow(struct dedup *d, struct err *e)
{
	struct head *heads;
	uint32_t *by_code;
	size_t at, cap, i, size;

	cap = d->heads_cap == 0 ? 64 : d->heads_cap * 2;
	if (cap >= NO_HEAD)
		return err_set(e, ERR_LIMIT,
		    "more than %zu codes come more than once", d->nheads);
	heads = reallocarray(d->heads, cap, sizeof(*heads));
	if (heads == NULL)
		return err_nomem(e);
	d->heads = heads;
	d->heads_cap = cap;
	size = cap * 2;
	by_code = calloc(size, sizeof(*by_code));
	if (by_code == NULL)
		return err_nomem(e);
	for (i = 0; i < d->nheads; i++) {
		at = heads[i].exact & (size - 1);
		while (by_code[at] != 0)
			at = (at + 1) & (size - 1);
		by_code[at] = (uint32_t)i + 1;
	}
	free(d->by_code);
	d->by_code = by_code;
	d->by_code_size = size;
	return 0;
}

static bool
folded_equal(const struct coupon *a, const struct coupon *b)
{
	size_t i;

	if (a->len != b->len)
		return false;
	for (i = 0; i < a->len; i++)
		if (fold(a->code[i]) != fold(b->code[i]))
			return false;
	return true;
}

/* The first row of a code: make its head. */
static int
head_new(struct dedup *d, uint64_t exact, const struct check_row *row,
    struct err *e)
{
	const struct coupon *c = &row->coupon;
	struct nominee *nominee;
	struct head *h;
	uint32_t number;
	size_t at;

	if (d->nheads == d->heads_cap && heads_grow(d, e) == -1)
		return -1;
	h = &d->heads[d->nheads];
	memset(h, 0, sizeof(*h));
	h->coupon = *c;
	h->coupon.code = arena_copy(d, c->code, c->len, e);
	if (h->coupon.code == NULL)
		return -1;
	h->place = row->place;
	h->file = row->file;
	h->exact = exact;
	h->spelling = (uint32_t)d->nheads;
	nominee = nominee_at(d, print_of(d, c->code, c->len));
	if (nominee->head == NO_HEAD)
		nominee->head = h->spelling;
	else if (folded_equal(&d->heads[nominee->head].coupon, c))
		h->spelling = nominee->head;
	at = head_find(d, exact, c, &number);
	d->by_code[at] = (uint32_t)++d->nheads;
	return 0;
}

/* Remember a later row while there is room for it. */
static int
later_add(struct dedup *d, uint32_t head, const struct check_row *row,
    struct err *e)
{
	struct later *later;
	size_t cap, most;

	if (d->again)
		return 0;
	if (d->nlater == d->later_cap) {
		most = least(d->memory / 8, LATER_BASE + LATER_PER_ROW *
		    d->rows) / sizeof(*later);
		cap = d->later_cap == 0 ? 64 : d->later_cap * 2;
		if (cap > most)
			cap = most;
		if (cap <= d->later_cap) {
			free(d->later);
			d->later = NULL;
			d->nlater = d->later_cap = 0;
			d->again = true;
			return 0;
		}
		later = reallocarray(d->later, cap, sizeof(*later));
		if (later == NULL)
			return err_nomem(e);
		d->later = later;
		d->later_cap = cap;
	}
	later = &d->later[d->nlater++];
	later->place = row->place;
	later->date = row->coupon.date;
	later->head = head;
	later->file = row->file;
	later->redeemed = (int8_t)row->coupon.redeemed;
	return 0;
}

int
dedup_see(struct dedup *d, const struct check_row *row, struct err *e)
{
	const struct coupon *c = &row->coupon;
	struct head *h;
	uint64_t exact;
	uint32_t number = 0;

	exact = XXH3_64bits_withSeed(c->code, c->len, d->seed);
	if (d->by_code_size != 0)
		head_find(d, exact, c, &number);
	if (number == 0)
		return head_new(d, exact, row, e);
	h = &d->heads[number - 1];
	if (h->other_line == 0 && (h->coupon.redeemed != c->redeemed ||
	    date_cmp(&h->coupon.date, &c->date) != 0)) {
		h->other_line = row->place.line;
		h->other_file = row->file;
		h->other_date = c->date;
		h->other_redeemed = c->redeemed;
	}
	return later_add(d, number - 1, row, e);
}

/* The verdict on row c of head h, in this file. */
static int
judge(const struct dedup *d, const struct head *h,
    const struct check_row *row, dup_judge_f *f, void *arg, struct err *e)
{
	const struct head *spelling = &d->heads[h->spelling];
	struct dup_verdict v;
	bool first = row->coupon.record == h->coupon.record &&
	    row->file == h->file;

	memset(&v, 0, sizeof(v));
	v.coupon = row->coupon;
	v.place = row->place;
	v.file = row->file;
	v.has_first = !first;
	v.first = h->place;
	v.first_file = h->file;
	if (h->other_line != 0) {
		v.kind = DUP_CONFLICT;
		v.one = v.other = h->coupon;
		v.one_line = h->place.line;
		v.one_file = h->file;
		v.other.date = h->other_date;
		v.other.redeemed = h->other_redeemed;
		v.other_line = h->other_line;
		v.other_file = h->other_file;
		return f(arg, &v, e);
	}
	if (!first) {
		v.kind = DUP_REPEATED;
		return f(arg, &v, e);
	}
	if (spelling == h)
		return 0;
	v.kind = DUP_CASE;
	v.has_first = true;
	v.first = spelling->place;
	v.first_file = spelling->file;
	return f(arg, &v, e);
}

/*
 * Codes that differ in case only are held against the first of them that is
 * sent: which one comes first in the file must not decide whether this is told.
 * The first of all remembers it for the others, as its own does not matter when
 * it is contradicted.
 */
static void
spellings_settle(struct dedup *d)
{
	struct head *first;
	size_t i;

	for (i = 0; i < d->nheads; i++) {
		first = &d->heads[d->heads[i].spelling];
		if (d->heads[i].other_line != 0 || first->other_line == 0)
			continue;
		if (first->spelling == d->heads[i].spelling)
			first->spelling = (uint32_t)i;
		d->heads[i].spelling = first->spelling;
	}
}

int
dedup_judge(struct dedup *d, dup_judge_f *f, void *arg, bool *again,
    struct err *e)
{
	const struct head *h;
	const struct later *later;
	struct check_row row;
	size_t i;

	spellings_settle(d);
	*again = d->again;
	if (d->again)
		return 0;
	for (i = 0; i < d->nheads; i++) {
		h = &d->heads[i];
		row = (struct check_row){ h->file, h->coupon, h->place };
		if (judge(d, h, &row, f, arg, e) == -1)
			return -1;
	}
	for (i = 0; i < d->nlater; i++) {
		later = &d->later[i];
		h = &d->heads[later->head];
		row = (struct check_row){ later->file, h->coupon,
		    later->place };
		row.coupon.record = later->place.record;
		row.coupon.date = later->date;
		row.coupon.redeemed = later->redeemed;
		if (judge(d, h, &row, f, arg, e) == -1)
			return -1;
	}
	return 0;
}

int
dedup_judge_row(struct dedup *d, const struct check_row *row, dup_judge_f *f,
    void *arg, struct err *e)
{
	const struct coupon *c = &row->coupon;
	uint32_t number = 0;
	uint64_t exact;

	exact = XXH3_64bits_withSeed(c->code, c->len, d->seed);
	if (d->by_code_size != 0)
		head_find(d, exact, c, &number);
	if (number == 0)
		return err_set(e, ERR_INPUT,
		    "line %llu was not there before: the file changed",
		    (unsigned long long)row->place.line);
	return judge(d, &d->heads[number - 1], row, f, arg, e);
}
