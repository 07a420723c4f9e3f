/*
 * The fast path: blocks go round in a ring, any thread checks them for plain
 * rows, and the calling thread puts what they say together in the order of
 * the file.
 *
 *	free -> filled -> checking -> checked -> merged -> tallying -> free
 *
 * Filling and merging are done by the calling thread alone, which also owns
 * the reader, the findings and all of struct checker; threads only ever see
 * blocks and what they count themselves.  So results cannot depend on timing.
 *
 * What is hard here is that a block is checked before it is known whether it
 * starts a row: a quoted cell may go on from the block before.  Merging knows,
 * since the reader has seen every quote that is not plain by then.  If the
 * reader is in the middle of a row, it gets lines until it is not, and the
 * block is checked again from there.
 */
#include "fast.h"

#include <pthread.h>
#include <signal.h>

#include "../../base/err.h"
#include "../../base/io.h"
#include "../../base/stop.h"
#include "../../format/unpack.h"
#include "../../format/utf16.h"
#include "../input_internal.h"
#include "../passes_internal.h"
#include "../rows_internal.h"
#include "plain_internal.h"

#define BLOCK_BYTES	((size_t)256 << 10)
#define SLOTS_MAX	(2 * LANES_MAX + 2)
#define ROUNDS_LANES	(UINT64_C(32) << 20) /* memory for a second lane */

enum state { FREE, FILLED, CHECKING, CHECKED, MERGED, TALLYING };

struct slot {
	struct plain_block	 b;
	size_t			 n;	/* bytes; b.cut or more */
	uint64_t		 end;	/* bytes read so far */
	enum state		 state;
	bool			 last;
};

struct lane {
	struct flow		*flow;
	struct marks		 marks;
	struct plain_tally	 tally;
	pthread_t		 thread;
	bool			 started, failed;
	struct err		 err;
};

struct flow {
	struct checker	*c;
	struct unpack	*u;
	struct reader	*r;
	struct plain	 plain;
	size_t		 block_bytes;
	pthread_mutex_t	 lock;
	pthread_cond_t	 work;		/* for threads */
	pthread_cond_t	 done;		/* for the caller */
	struct slot	 slots[SLOTS_MAX];
	unsigned	 nslots;
	uint64_t	 filled;	/* changed under the lock */
	uint64_t	 merged;
	struct lane	*lanes[LANES_MAX]; /* the first is the caller's */
	unsigned	 nlanes;
	bool		 known;		/* plain is set up */
	bool		 slow;		/* all rows go to the reader */
	bool		 eof;
	bool		 quit;		/* under the lock */
	bool		 failed;	/* a thread did; under the lock */
};

/* How far the merging of a block has come. */
struct merge {
	struct flow		*f;
	const struct plain_block *b;
	size_t			 at;	/* index of the next byte, */
	size_t			 row;	/* plain row */
	size_t			 named;	/* and named row */
};

static unsigned
flow_threads(const struct checker *c)
{
	unsigned n = c->o->threads != 0 ? c->o->threads : io_cores();

	if (c->o->memory != 0 && c->o->memory < ROUNDS_LANES)
		n = 1;
	return n < LANES_MAX ? n : LANES_MAX;
}

/* The reader is at a row, and plain rows are known. */
static bool
flow_ready(const struct flow *f)
{
	struct place place;

	if (!reader_at_row(f->r) || !f->c->mapped ||
	    reader_eol_bytes(f->r) == 0)
		return false;
	reader_place(f->r, &place);
	return place.record > f->c->shift;
}

/*
 * Feed whole lines, more and more at a time, from index at until the reader
 * is at a row; all up to end if it never is.  The new index goes to *at.
 */
static int
flow_lines(struct flow *f, const char *text, size_t *at, size_t end,
    struct err *e)
{
	const char *p;
	size_t least = 1, n;

	while (*at < end && !f->c->stop && (f->slow || !flow_ready(f))) {
		n = end - *at;
		p = f->slow || n < least ? NULL :
		    memchr(text + *at + least - 1, '\n', n - least + 1);
		if (p != NULL)
			n = (size_t)(p - text) + 1 - *at;
		if (input_feed(f->c, f->r, text + *at, n, e) == -1)
			return -1;
		*at += n;
		least *= 2;
	}
	return 0;
}

/* Rows of the merge up to index end that may repeat: hand them in. */
static int
merge_named(struct merge *m, size_t end, struct err *e)
{
	const struct plain_block *b = m->b;
	struct checker *c = m->f->c;
	const struct plain_row *row;
	struct check_row seen = { .file = c->file };
	struct coupon *coupon = &seen.coupon;
	struct place base, *place = &seen.place;
	size_t at, ahead;
	const char *p;
	int rc = 0;

	reader_place(m->f->r, &base);
	for (; m->named < b->nnamed && b->named[m->named] < end && rc == 0;
	    m->named++) {
		row = &b->rows[b->named[m->named]];
		ahead = b->named[m->named] - m->row;
		at = row->at - ((row->flags & PLAIN_QUOTED) != 0);
		p = memrchr(b->text + m->at, '\n', at - m->at);
		place->record = base.record - c->shift + ahead;
		place->line = base.line + ahead;
		place->byte = base.byte + (at - m->at);
		place->column = at + 1 - (p == NULL ? m->at :
		    (size_t)(p - b->text) + 1);
		plain_coupon(row, b->text, &c->o->redeem_date, coupon);
		coupon->record = place->record;
		if (!bits_has(&c->unknown, coupon->record) &&
		    (c->pass == PASS_JUDGE ||
		    !bits_has(&c->broken, coupon->record)))
			rc = row_named(c, &seen, e);
	}
	return rc;
}

static int
merge_spool(struct merge *m, size_t end, struct err *e)
{
	struct checker *c = m->f->c;
	struct coupon coupon;
	struct place base;
	size_t i;

	reader_place(m->f->r, &base);
	for (i = m->row; i < end; i++) {
		plain_coupon(&m->b->rows[i], m->b->text, &c->o->redeem_date,
		    &coupon);
		coupon.record = base.record++ - c->shift;
		if (!row_skipped(c, &coupon) &&
		    spool_add(c->o->spool, &coupon, e) == -1)
			return -1;
	}
	return 0;
}

/* The plain rows before index end, which take the bytes up to at. */
static int
merge_plain(struct merge *m, size_t end, size_t at, struct err *e)
{
	struct checker *c = m->f->c;

	if (m->row == end)
		return 0;
	if (c->pass != PASS_CHECK) {
		if (merge_named(m, end, e) == -1)
			return -1;
	} else {
		c->res->rows += end - m->row;
		c->res->valid += end - m->row;
		dedup_count(c->dups, end - m->row);
		if (c->o->spool != NULL && merge_spool(m, end, e) == -1)
			return -1;
	}
	reader_pass(m->f->r, at - m->at, end - m->row);
	m->row = end;
	m->at = at;
	return 0;
}

static int
flow_tally(struct flow *f, struct lane *lane, struct plain_block *b,
    struct err *e)
{
	if (f->c->pass != PASS_CHECK)
		return 0;
	return plain_tally(&f->plain, b, &lane->tally, &f->c->o->redeem_date,
	    e);
}

/*
 * Put together what was found in a block and what the reader says to the rest
 * of it, until the reader ends in the middle of a row, or the block ends.
 * Afterwards b->start is where to go on, and b->rows are those that count.
 */
static int
merge_rows(struct flow *f, struct plain_block *b, struct err *e)
{
	struct merge m = { .f = f, .b = b, .at = b->start };
	const struct plain_rest *rest;
	size_t i;

	for (i = 0; i < b->nrests && !f->c->stop; i++) {
		rest = &b->rests[i];
		if (merge_plain(&m, rest->rows, rest->at, e) == -1 ||
		    reader_feed(f->r, b->text + rest->at,
		    rest->end - rest->at, e) == -1)
			return -1;
		m.at = rest->end;
		if (!flow_ready(f))
			break;
	}
	if (i == b->nrests && merge_plain(&m, b->nrows, b->cut, e) == -1)
		return -1;
	b->nrows = m.row;
	b->start = m.at;
	return 0;
}

/* The next block in the order of the file. */
static int
flow_merge(struct flow *f, struct slot *s, struct err *e)
{
	struct plain_block *b = &s->b;
	bool again = f->slow || !flow_ready(f);

	for (;;) {
		if (again) {
			b->nrows = 0;
			if (flow_lines(f, b->text, &b->start, b->cut,
			    e) == -1)
				return -1;
			if (b->start == b->cut || f->c->stop)
				break;
			if (plain_check(&f->plain, &f->lanes[0]->marks, b,
			    e) == -1)
				return -1;
		}
		if (merge_rows(f, b, e) == -1)
			return -1;
		if (b->start == b->cut || f->c->stop)
			break;
		if (flow_tally(f, f->lanes[0], b, e) == -1)
			return -1;
		again = true;
	}
	if (s->last && !f->c->stop &&
	    input_feed(f->c, f->r, b->text + b->cut, s->n - b->cut, e) == -1)
		return -1;
	f->c->seen = s->end;
	if (stop_check(e) == -1)
		return -1;
	check_progress(f->c, f->u);
	return 0;
}

static int
slot_room(struct flow *f, struct plain_block *b, struct err *e)
{
	char *text;

	if (b->text == NULL) {
		text = calloc(1, PLAIN_LEAD + f->block_bytes + MARKS_PAD);
		if (text == NULL)
			return err_nomem(e);
		b->text = text + PLAIN_LEAD;
	}
	if (b->rows == NULL && f->known && !f->slow) {
		/* One byte in a code, all other cells empty. */
		b->rows_cap = f->block_bytes / (f->plain.width + 1) + 2;
		b->rows = reallocarray(NULL, b->rows_cap, sizeof(*b->rows));
		if (b->rows == NULL)
			return err_nomem(e);
	}
	return 0;
}

/* Fill a slot with what the one before left and with the next bytes. */
static int
slot_read(struct flow *f, struct slot *s, const struct slot *before,
    struct err *e)
{
	ssize_t n = 1;

	s->n = 0;
	s->end = 0;
	if (before != NULL) {
		s->end = before->end;
		s->n = before->n - before->b.cut;
		memcpy(s->b.text, before->b.text + before->b.cut, s->n);
	}
	while (s->n < f->block_bytes && n > 0) {
		n = unpack_read(f->u, s->b.text + s->n, f->block_bytes - s->n,
		    e);
		if (n == -1)
			return -1;
		s->n += (size_t)n;
		s->end += (size_t)n;
	}
	f->eof = n == 0;
	s->last = f->eof;
	memset(s->b.text + s->n, 0, MARKS_PAD);
	return 0;
}

/* Where the last whole line ends; all of it when most would be left over. */
static size_t
slot_cut(const struct flow *f, const struct slot *s, size_t start)
{
	const char *p;

	p = memrchr(s->b.text + start, '\n', s->n - start);
	if (p == NULL ||
	    s->n - (size_t)(p + 1 - s->b.text) > f->block_bytes / 2)
		return s->n;
	return (size_t)(p + 1 - s->b.text);
}

/* Read a block; until the columns are known it goes to the reader. */
static int
flow_fill(struct flow *f, struct err *e)
{
	struct slot *s = &f->slots[f->filled % f->nslots];
	const struct slot *before = f->filled == 0 ? NULL :
	    &f->slots[(f->filled - 1) % f->nslots];

	if (slot_room(f, &s->b, e) == -1 ||
	    slot_read(f, s, before, e) == -1)
		return -1;
	s->b.start = s->b.nrows = s->b.nrests = s->b.nnamed = 0;
	if (before == NULL) {
		if (check_start(f->c, s->b.text, s->n, e) == -1)
			return -1;
		f->known = f->slow = f->c->utf16 != NULL;
	}
	if (!f->known) {
		if (flow_lines(f, s->b.text, &s->b.start, s->n, e) == -1)
			return -1;
		f->known = flow_ready(f);
		f->slow = f->known && !plain_init(&f->plain, f->c,
		    reader_eol_bytes(f->r) == 2);
		if (slot_room(f, &s->b, e) == -1)
			return -1;
	}
	s->b.cut = f->slow || f->c->stop ? s->n :
	    slot_cut(f, s, s->b.start);
	return 0;
}

/* What a thread can do now, or NULL; under the lock. */
static struct slot *
flow_task(struct flow *f, bool *tally)
{
	struct slot *s;
	uint64_t i, first;

	first = f->filled < f->nslots ? 0 : f->filled - f->nslots;
	for (i = first; i < f->filled; i++) {
		s = &f->slots[i % f->nslots];
		if (s->state == MERGED || s->state == FILLED) {
			*tally = s->state == MERGED;
			s->state = *tally ? TALLYING : CHECKING;
			return s;
		}
	}
	return NULL;
}

static int
task_do(struct flow *f, struct lane *lane, struct slot *s, bool tally,
    struct err *e)
{
	int rc;

	rc = tally ? flow_tally(f, lane, &s->b, e) :
	    plain_check(&f->plain, &lane->marks, &s->b, e);
	pthread_mutex_lock(&f->lock);
	s->state = tally ? FREE : CHECKED;
	f->failed = f->failed || rc == -1;
	pthread_cond_signal(&f->done);
	pthread_mutex_unlock(&f->lock);
	return rc;
}

static void *
lane_main(void *arg)
{
	struct lane *lane = arg;
	struct flow *f = lane->flow;
	struct slot *s = NULL;
	bool tally = false;

	for (;;) {
		pthread_mutex_lock(&f->lock);
		while (!f->quit && (s = flow_task(f, &tally)) == NULL)
			pthread_cond_wait(&f->work, &f->lock);
		if (f->quit)
			s = NULL;
		pthread_mutex_unlock(&f->lock);
		if (s == NULL)
			return NULL;
		if (task_do(f, lane, s, tally, &lane->err) == -1) {
			lane->failed = true;
			return NULL;
		}
	}
}

/* Threads come with the third block; without them it only takes longer. */
static void
lanes_start(struct flow *f)
{
	sigset_t all, old;
	unsigned i;

	if (f->filled != 2 || f->eof)
		return;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	for (i = 1; i < f->nlanes; i++)
		f->lanes[i]->started = pthread_create(&f->lanes[i]->thread,
		    NULL, lane_main, f->lanes[i]) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static int
lanes_join(struct flow *f, struct err *e)
{
	struct lane *lane;
	unsigned i;
	int rc = 0;

	pthread_mutex_lock(&f->lock);
	f->quit = true;
	pthread_cond_broadcast(&f->work);
	pthread_mutex_unlock(&f->lock);
	for (i = 1; i < f->nlanes; i++) {
		lane = f->lanes[i];
		if (lane == NULL || !lane->started)
			continue;
		pthread_join(lane->thread, NULL);
		lane->started = false;
		if (lane->failed) {
			*e = lane->err;
			rc = -1;
		}
	}
	return rc;
}

static void
slot_set(struct flow *f, struct slot *s, enum state state, bool filled)
{
	pthread_mutex_lock(&f->lock);
	s->state = state;
	f->filled += filled;
	pthread_cond_signal(&f->work);
	pthread_mutex_unlock(&f->lock);
}

/* What the caller's thread does next. */
enum step { STEP_FILL, STEP_MERGE, STEP_TASK, STEP_END, STEP_FAILED };

static enum step
flow_next(struct flow *f, struct slot **s, bool *tally)
{
	enum step step;
	bool busy;
	unsigned i;

	*tally = false;
	pthread_mutex_lock(&f->lock);
	for (;;) {
		step = STEP_FAILED;
		if (f->failed)
			break;
		step = STEP_MERGE;
		*s = &f->slots[f->merged % f->nslots];
		if (f->merged < f->filled && (*s)->state == CHECKED)
			break;
		step = STEP_FILL;
		*s = &f->slots[f->filled % f->nslots];
		if (!f->eof && !f->c->stop && (*s)->state == FREE)
			break;
		step = STEP_TASK;
		*s = flow_task(f, tally);
		if (*s != NULL)
			break;
		step = STEP_END;
		for (i = 0, busy = false; i < f->nslots; i++)
			busy = busy || f->slots[i].state != FREE;
		if (!busy)
			break;
		pthread_cond_wait(&f->done, &f->lock);
	}
	pthread_mutex_unlock(&f->lock);
	return step;
}

static int
flow_loop(struct flow *f, struct err *e)
{
	struct slot *s;
	enum step step;
	bool tally;

	for (;;) {
		step = flow_next(f, &s, &tally);
		switch (step) {
		case STEP_TASK:
			if (task_do(f, f->lanes[0], s, tally, e) == -1)
				return -1;
			break;
		case STEP_FILL:
			if (flow_fill(f, e) == -1)
				return -1;
			/* Nothing to check: straight on to merging. */
			slot_set(f, s, f->known && !f->slow ? FILLED : CHECKED,
			    true);
			lanes_start(f);
			break;
		case STEP_MERGE:
			f->merged++;
			if (!f->c->stop && flow_merge(f, s, e) == -1)
				return -1;
			slot_set(f, s, s->b.nrows > 0 && !f->c->stop &&
			    f->c->pass == PASS_CHECK ? MERGED : FREE, false);
			break;
		case STEP_END:
			return 0;
		case STEP_FAILED:
			return -1;
		}
	}
}

static int
flow_open(struct flow *f, struct err *e)
{
	unsigned i, n;

	n = flow_threads(f->c);
	f->nslots = n == 1 ? 2 : 2 * n + 2;
	f->block_bytes = f->c->o->block_bytes != 0 ? f->c->o->block_bytes :
	    BLOCK_BYTES;
	if (f->block_bytes < UTF16_GUESS_BYTES)
		f->block_bytes = UTF16_GUESS_BYTES;
	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->work, NULL);
	pthread_cond_init(&f->done, NULL);
	if (f->c->pass == PASS_CHECK && dedup_lanes(f->c->dups, n, e) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		f->lanes[i] = calloc(1, sizeof(*f->lanes[i]));
		if (f->lanes[i] == NULL)
			return err_nomem(e);
		f->lanes[i]->flow = f;
		err_clear(&f->lanes[i]->err);
		if (f->c->pass == PASS_CHECK)
			f->lanes[i]->tally.prints = dedup_lane(f->c->dups, i);
		f->nlanes++;
	}
	return 0;
}

static void
flow_close(struct flow *f)
{
	unsigned i;

	for (i = 0; i < f->nlanes; i++)
		free(f->lanes[i]);
	for (i = 0; i < f->nslots; i++) {
		if (f->slots[i].b.text != NULL)
			free(f->slots[i].b.text - PLAIN_LEAD);
		free(f->slots[i].b.rows);
		free(f->slots[i].b.rests);
		free(f->slots[i].b.named);
	}
	pthread_mutex_destroy(&f->lock);
	pthread_cond_destroy(&f->work);
	pthread_cond_destroy(&f->done);
	free(f);
}

int
fast_run(struct checker *c, struct unpack *u, struct reader *r,
    struct err *e)
{
	struct flow *f;
	unsigned i;
	int rc;

	f = calloc(1, sizeof(*f));
	if (f == NULL)
		return err_nomem(e);
	f->c = c;
	f->u = u;
	f->r = r;
	rc = flow_open(f, e);
	if (rc == 0) {
		rc = flow_loop(f, e);
		/* A thread's failure comes before what it led to. */
		if (lanes_join(f, e) == -1)
			rc = -1;
	}
	if (rc == 0 && !c->stop)
		rc = input_finish(c, r, e);
	for (i = 0; i < f->nlanes && rc == 0; i++)
		rc = plain_sum(c, &f->lanes[i]->tally, e);
	flow_close(f);
	return rc;
}
