/*
 * The ledger: what it stores, which changes it refuses, who wins a race.
 */
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ledger_fixture.h"

#include "../../src/ledger/ledger_internal.h"

/* As the first release made it, with a run in it. */
static void
an_older_ledger_is_taken_over(void **state)
{
	static const char *const add[] = { "INSERT INTO runs(id,job,provider,"
	    "bank,plan,src_path,src_name,src_dev,src_ino,src_size,src_mtime,"
	    "src_ctime,state,exit,created,finished,read,repeated,skipped,"
	    "rejected) VALUES(?1,'nightly','empower','600','{}','/x.csv',"
	    "'x.csv',1,2,3,4,5,0,-1,9,0,0,0,0,0)" };
	const struct db_opts opts = { .sql = add, .nsql = 1,
	    .migrations = ledger_migrations, .nmigrations = 2,
	    .busy_ms = 1000 };
	struct ledger_part part = new_part(1), got;
	struct fixture *f = *state;
	struct ledger_run out;
	struct db *old;

	ledger_close(f->l);
	f->l = NULL;
	assert_int_equal(unlink(f->path), 0);
	old = db_open(f->path, &opts, &f->e);
	assert_non_null(old);
	check_ok(f, db_exec(old, 0, &f->e, "t", RUN_A));
	db_close(old);
	reopen(f);
	check_ok(f, ledger_run_get(f->l, RUN_A, &out, &f->e));
	assert_string_equal(out.job, "nightly");
	assert_int_equal(out.max_failed, 2);
	assert_null(out.ack);
	check_ok(f, ledger_prepared(f->l, &out, &part, 1, &f->e));
	check_ok(f, ledger_part_get(f->l, RUN_A, 1, &got, &f->e));
	assert_int_equal(got.rows, part.rows);
	ledger_part_release(&got);
	ledger_run_release(&out);
}

static enum part_state
part_state_of(struct fixture *f, const char *id, int no)
{
	struct ledger_part p;
	enum part_state s;

	check_ok(f, ledger_part_get(f->l, id, no, &p, &f->e));
	s = p.state;
	ledger_part_release(&p);
	return s;
}

static void
a_new_file_is_private(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void
a_run_comes_back_as_it_was(void **state)
{
	struct fixture *f = *state;
	struct ledger_run in = new_run(RUN_A, ODD), out;

	in.source.path = text("/srv/" ODD);
	in.source.ctime_ns = INT64_MAX;
	in.retry_of = text(RUN_B);
	in.max_failed = 7;
	check_ok(f, ledger_run_add(f->l, &in, &f->e));
	reopen(f);
	check_ok(f, ledger_run_get(f->l, RUN_A, &out, &f->e));
	assert_string_equal(out.id, RUN_A);
	assert_string_equal(out.job, ODD);
	assert_string_equal(out.provider, "empower");
	assert_string_equal(out.endpoint, "files");
	assert_string_equal(out.bank, "600");
	assert_string_equal(out.plan, "{}");
	assert_string_equal(out.source.path, "/srv/" ODD);
	assert_string_equal(out.source.name, "x.csv");
	assert_int_equal(out.source.dev, 1);
	assert_int_equal(out.source.ino, 2);
	assert_int_equal(out.source.size, 3);
	assert_int_equal(out.source.mtime_ns, 4);
	assert_true(out.source.ctime_ns == INT64_MAX);
	assert_int_equal(out.created_ms, 1795223400000);
	assert_string_equal(out.retry_of, RUN_B);
	assert_int_equal(out.max_failed, 7);
	assert_int_equal(out.state, RUN_RECEIVED);
	assert_int_equal(out.exit, -1);
	assert_int_equal(out.finished_ms, 0);
	assert_null(out.bank_name);
	assert_null(out.outcome);
	assert_null(out.content_id);
	assert_null(out.hold);
	assert_null(out.err_word);
	assert_null(out.seconds);
	ledger_run_release(&out);
}

static void
one_id_is_one_run(void **state)
{
	struct fixture *f = *state;
	struct ledger_run r = new_run(RUN_A, NULL), out;

	add_run(f, RUN_A, NULL);
	check_refused(f, ledger_run_add(f->l, &r, &f->e), ERR_LEDGER);
	assert_int_equal(journal(f, RUN_A).n, 1);
	check_refused(f, ledger_run_get(f->l, RUN_B, &out, &f->e), ERR_REF);
	check_refused(f, ledger_part_get(f->l, RUN_A, 1,
	    &(struct ledger_part){ 0 }, &f->e), ERR_REF);
	assert_int_equal(ledger_part_count(f->l, RUN_A, &f->e), 0);
}

static void
fill_part(struct ledger_part *p)
{
	memset(p->sha256, 0xa5, sizeof(p->sha256));
	p->attempts = 2;
	p->stage_url = text("sftp://h:2222/" ODD);
	p->proof = PROOF_READBACK;
	p->rehearsed = REHEARSED_FULL;
	p->intent_ms = 77;
	p->task = text("92794");
	p->inferred = ADOPTED_PERSON;
	p->word = text("COMPLETE");
	p->text = text(ODD);
	p->polls = 9;
	p->total = 10;
	p->updated = 11;
	p->failed = 12;
	p->asked = 13;
	p->applied = 14;
	p->missing = 15;
	p->basis = BASIS_COUNTERS;
	p->err_word = text("lost");
	p->err_msg = text("no");
}

static void
check_filled(const struct ledger_part *p)
{
	struct ledger_part want = new_part(1);

	fill_part(&want);
	assert_int_equal(p->redeemed, 1);
	assert_int_equal(date_cmp(&p->date, &want.date), 0);
	assert_int_equal(p->rows, 3);
	assert_int_equal(p->bytes, 90);
	assert_string_equal(p->artifact, "a.zip");
	assert_string_equal(p->local, "/var/a.zip");
	assert_memory_equal(p->sha256, want.sha256, sizeof(want.sha256));
	assert_int_equal(p->attempts, 2);
	assert_string_equal(p->stage_url, want.stage_url);
	assert_int_equal(p->proof, PROOF_READBACK);
	assert_int_equal(p->rehearsed, REHEARSED_FULL);
	assert_int_equal(p->intent_ms, 77);
	assert_string_equal(p->task, "92794");
	assert_int_equal(p->inferred, ADOPTED_PERSON);
	assert_string_equal(p->word, "COMPLETE");
	assert_string_equal(p->text, ODD);
	assert_int_equal(p->polls, 9);
	assert_int_equal(p->total, 10);
	assert_int_equal(p->updated, 11);
	assert_int_equal(p->failed, 12);
	assert_int_equal(p->asked, 13);
	assert_int_equal(p->applied, 14);
	assert_int_equal(p->missing, 15);
	assert_int_equal(p->basis, BASIS_COUNTERS);
	assert_string_equal(p->err_word, "lost");
	assert_string_equal(p->err_msg, "no");
}

static void
a_part_comes_back_as_it_was(void **state)
{
	struct fixture *f = *state;
	struct ledger_part p = new_part(1), out;

	add_active(f, RUN_A, 2);
	check_ok(f, ledger_part_get(f->l, RUN_A, 2, &out, &f->e));
	assert_int_equal(out.no, 2);
	assert_int_equal(out.state, PART_PREPARED);
	assert_int_equal(out.total, -1);
	assert_null(out.task);
	assert_int_equal(out.inferred, ADOPTED_NOT);
	ledger_part_release(&out);

	fill_part(&p);
	check_ok(f, ledger_part_move(f->l, RUN_A, &p, PART_STAGING, NULL,
	    &f->e));
	reopen(f);
	check_ok(f, ledger_part_get(f->l, RUN_A, 1, &out, &f->e));
	assert_int_equal(out.state, PART_STAGING);
	check_filled(&out);
	ledger_part_release(&out);
}

static void
a_note_leaves_the_state(void **state)
{
	struct fixture *f = *state;
	struct ledger_part p = new_part(1), out;

	add_active(f, RUN_A, 1);
	fill_part(&p);
	memset(&p.date, 0, sizeof(p.date));
	p.inlined = true;
	check_ok(f, ledger_part_note(f->l, RUN_A, &p, &f->e));
	check_ok(f, ledger_part_get(f->l, RUN_A, 1, &out, &f->e));
	assert_int_equal(out.state, PART_PREPARED);
	assert_true(date_is_none(&out.date));
	assert_true(out.inlined);
	assert_string_equal(out.task, "92794");
	ledger_part_release(&out);
}

static void
a_stale_note_is_refused(void **state)
{
	struct fixture *f = *state;
	struct ledger_part p = new_part(1), out;

	add_active(f, RUN_A, 1);
	move_part(f, RUN_A, 1, PART_STAGING, NULL);
	fill_part(&p);
	check_refused(f, ledger_part_note(f->l, RUN_A, &p, &f->e),
	    ERR_INTERNAL);
	check_ok(f, ledger_part_get(f->l, RUN_A, 1, &out, &f->e));
	assert_null(out.task);
	ledger_part_release(&out);
	p.no = 2;
	check_refused(f, ledger_part_note(f->l, RUN_A, &p, &f->e), ERR_REF);
}

static void
a_run_note_leaves_the_state(void **state)
{
	struct fixture *f = *state;
	struct ledger_run r = new_run(RUN_A, NULL), out;

	add_run(f, RUN_A, NULL);
	r.state = RUN_FINISHED;
	r.bank_name = text("Autumn");
	r.seconds = text("{\"pack\":0.1}");
	r.err_word = text("lost");
	r.err_msg = text(ODD);
	check_ok(f, ledger_run_get(f->l, RUN_A, &out, &f->e));
	assert_false(out.paused);
	ledger_run_release(&out);
	r.paused = true;
	check_ok(f, ledger_run_note(f->l, &r, &f->e));
	check_ok(f, ledger_run_get(f->l, RUN_A, &out, &f->e));
	assert_true(out.paused);
	assert_int_equal(out.state, RUN_RECEIVED);
	assert_string_equal(out.bank_name, "Autumn");
	assert_string_equal(out.seconds, "{\"pack\":0.1}");
	assert_string_equal(out.err_word, "lost");
	assert_string_equal(out.err_msg, ODD);
	ledger_run_release(&out);
	snprintf(r.id, sizeof(r.id), "%s", RUN_B);
	check_refused(f, ledger_run_note(f->l, &r, &f->e), ERR_REF);
}

/* Nothing of a refused change may be left: fields, state, journal. */
static void
forbidden_moves_write_nothing(void **state)
{
	struct fixture *f = *state;
	struct ledger_part p = new_part(1), out;
	struct ledger_run r;
	int lines, to;

	add_active(f, RUN_A, 1);
	lines = journal(f, RUN_A).n;
	fill_part(&p);
	for (to = 0; to < PART__MAX; to++) {
		if (part_may(PART_PREPARED, (enum part_state)to))
			continue;
		check_refused(f, ledger_part_move(f->l, RUN_A, &p,
		    (enum part_state)to, "why", &f->e), ERR_INTERNAL);
		assert_int_equal(p.state, PART_PREPARED);
	}
	/* Allowed by the table, but not the state in the ledger. */
	p.state = PART_FOLLOWING;
	check_refused(f, ledger_part_move(f->l, RUN_A, &p, PART_LOST, "why",
	    &f->e), ERR_INTERNAL);
	assert_int_equal(p.state, PART_FOLLOWING);
	p.state = PART_PREPARED;
	p.no = 7;
	check_refused(f, ledger_part_move(f->l, RUN_A, &p, PART_STAGING,
	    "why", &f->e), ERR_REF);

	check_ok(f, ledger_part_get(f->l, RUN_A, 1, &out, &f->e));
	assert_int_equal(out.state, PART_PREPARED);
	assert_null(out.task);
	ledger_part_release(&out);
	check_ok(f, ledger_run_get(f->l, RUN_A, &r, &f->e));
	assert_int_equal(r.state, RUN_ACTIVE);
	ledger_run_release(&r);
	assert_int_equal(journal(f, RUN_A).n, lines);
}

static void
forbidden_run_changes_write_nothing(void **state)
{
	struct fixture *f = *state;
	struct ledger_run r = new_run(RUN_A, NULL);
	int lines;

	add_active(f, RUN_A, 1);
	lines = journal(f, RUN_A).n;
	check_refused(f, ledger_run_state(f->l, RUN_A, RUN_ACTIVE,
	    RUN_RECEIVED, "why", &f->e), ERR_INTERNAL);
	check_refused(f, ledger_run_state(f->l, RUN_A, RUN_RECEIVED,
	    RUN_HELD, "why", &f->e), ERR_INTERNAL);
	check_refused(f, ledger_run_state(f->l, RUN_B, RUN_RECEIVED,
	    RUN_HELD, "why", &f->e), ERR_REF);
	r.state = RUN_REJECTED;
	check_refused(f, ledger_run_end(f->l, &r, &f->e), ERR_INTERNAL);
	r.state = RUN_HELD;
	check_refused(f, ledger_run_end(f->l, &r, &f->e), ERR_INTERNAL);
	assert_int_equal(state_of(f, RUN_A), RUN_ACTIVE);
	check_hold(f, RUN_A, NULL);
	assert_int_equal(journal(f, RUN_A).n, lines);

	end_run(f, RUN_A, RUN_FINISHED, 0);
	r.state = RUN_CANCELLED;
	check_refused(f, ledger_run_end(f->l, &r, &f->e), ERR_INTERNAL);
	assert_int_equal(state_of(f, RUN_A), RUN_FINISHED);
	snprintf(r.id, sizeof(r.id), "%s", RUN_B);
	check_refused(f, ledger_run_end(f->l, &r, &f->e), ERR_REF);
}

static void
parts_are_made_once(void **state)
{
	struct fixture *f = *state;
	struct ledger_run r = new_run(RUN_A, NULL), out;
	struct ledger_part p[2] = { new_part(1), new_part(1) };

	r.read = 4;
	r.repeated = 1;
	r.skipped = 2;
	r.rejected = 3;
	r.left_out = 5;
	r.content_id = text("c1");
	check_refused(f, ledger_prepared(f->l, &r, p, 1, &f->e), ERR_REF);
	check_ok(f, ledger_run_add(f->l, &r, &f->e));
	/* Two parts with one number: nothing of it stays. */
	check_refused(f, ledger_prepared(f->l, &r, p, 2, &f->e), ERR_LEDGER);
	assert_int_equal(ledger_part_count(f->l, RUN_A, &f->e), 0);
	assert_int_equal(state_of(f, RUN_A), RUN_RECEIVED);

	check_ok(f, ledger_run_state(f->l, RUN_A, RUN_RECEIVED, RUN_HELD,
	    "as asked", &f->e));
	check_ok(f, ledger_prepared(f->l, &r, p, 1, &f->e));
	check_ok(f, ledger_run_get(f->l, RUN_A, &out, &f->e));
	assert_int_equal(out.state, RUN_ACTIVE);
	assert_null(out.hold);
	assert_int_equal(out.read, 4);
	assert_int_equal(out.repeated, 1);
	assert_int_equal(out.skipped, 2);
	assert_int_equal(out.rejected, 3);
	assert_int_equal(out.left_out, 5);
	assert_string_equal(out.content_id, "c1");
	ledger_run_release(&out);

	check_refused(f, ledger_prepared(f->l, &r, p, 1, &f->e),
	    ERR_INTERNAL);
	check_ok(f, ledger_run_state(f->l, RUN_A, RUN_ACTIVE, RUN_HELD, NULL,
	    &f->e));
	check_refused(f, ledger_prepared(f->l, &r, p, 1, &f->e),
	    ERR_INTERNAL);
	assert_int_equal(ledger_part_count(f->l, RUN_A, &f->e), 1);
}

static void
a_hold_says_why_and_ends(void **state)
{
	struct fixture *f = *state;

	add_active(f, RUN_A, 1);
	check_ok(f, ledger_run_state(f->l, RUN_A, RUN_ACTIVE, RUN_HELD, ODD,
	    &f->e));
	check_hold(f, RUN_A, ODD);
	check_ok(f, ledger_run_state(f->l, RUN_A, RUN_HELD, RUN_ACTIVE,
	    "resumed", &f->e));
	check_hold(f, RUN_A, NULL);
	assert_string_equal(journal(f, RUN_A).text, "resumed");
}

static void
open_parts_hold_their_run(void **state)
{
	struct fixture *f = *state;
	struct ledger_run r = new_run(RUN_A, NULL);
	struct seen seen;

	add_active(f, RUN_A, 2);
	lose_answer(f, RUN_A, 1, "no answer");
	assert_int_equal(state_of(f, RUN_A), RUN_HELD);
	check_hold(f, RUN_A, "no answer");
	seen = journal(f, RUN_A);
	assert_string_equal(seen.what, "held");
	assert_string_equal(seen.text, "no answer");
	assert_int_equal(seen.part, 0);

	move_part(f, RUN_A, 2, PART_SUBMITTING, NULL);
	move_part(f, RUN_A, 2, PART_FOLLOWING, NULL);
	assert_int_equal(state_of(f, RUN_A), RUN_HELD);
	move_part(f, RUN_A, 2, PART_LOST, "gone");
	r.state = RUN_FINISHED;
	check_refused(f, ledger_run_end(f->l, &r, &f->e), ERR_INTERNAL);

	move_part(f, RUN_A, 1, PART_DONE, NULL);
	assert_int_equal(state_of(f, RUN_A), RUN_HELD);
	move_part(f, RUN_A, 2, PART_VERIFYING, NULL);
	assert_int_equal(state_of(f, RUN_A), RUN_ACTIVE);
	check_hold(f, RUN_A, NULL);
	assert_string_equal(journal(f, RUN_A).what, "active");
}

/* Each way out of unknown and lost lets the run go on. */
static void
every_way_out_lets_go(void **state)
{
	struct fixture *f = *state;
	int from, to, n = 0;
	char id[ID_LEN + 1];

	for (from = PART_UNKNOWN; from <= PART_LOST; from += 2)
		for (to = 0; to < PART__MAX; to++) {
			if (!part_may((enum part_state)from,
			    (enum part_state)to))
				continue;
			check_ok(f, id_new(1000 + n++, id, &f->e));
			add_active(f, id, 1);
			move_part(f, id, 1, PART_SUBMITTING, NULL);
			if (from == PART_LOST)
				move_part(f, id, 1, PART_FOLLOWING, NULL);
			move_part(f, id, 1, (enum part_state)from, NULL);
			assert_int_equal(state_of(f, id), RUN_HELD);
			move_part(f, id, 1, (enum part_state)to, NULL);
			assert_int_equal(state_of(f, id), RUN_ACTIVE);
		}
	assert_int_equal(n, 11);
}

static void
a_persons_hold_is_not_lifted(void **state)
{
	struct fixture *f = *state;

	add_active(f, RUN_A, 1);
	move_part(f, RUN_A, 1, PART_SUBMITTING, NULL);
	check_ok(f, ledger_run_state(f->l, RUN_A, RUN_ACTIVE, RUN_HELD,
	    "as asked", &f->e));
	move_part(f, RUN_A, 1, PART_UNKNOWN, "no answer");
	check_hold(f, RUN_A, "as asked");
	move_part(f, RUN_A, 1, PART_FOLLOWING, NULL);
	assert_int_equal(state_of(f, RUN_A), RUN_HELD);
	check_hold(f, RUN_A, "as asked");
}

static void
a_run_that_goes_on_can_be_held_again(void **state)
{
	struct fixture *f = *state;

	add_active(f, RUN_A, 2);
	lose_answer(f, RUN_A, 1, "first");
	check_ok(f, ledger_run_state(f->l, RUN_A, RUN_HELD, RUN_ACTIVE,
	    "resumed", &f->e));
	lose_answer(f, RUN_A, 2, "second");
	assert_int_equal(state_of(f, RUN_A), RUN_HELD);
	check_hold(f, RUN_A, "second");
}

static void
a_finished_run_keeps_its_parts_end(void **state)
{
	struct fixture *f = *state;

	/* An undecided part of a cancelled run changes nothing for it. */
	add_active(f, RUN_A, 1);
	lose_answer(f, RUN_A, 1, "no answer");
	end_run(f, RUN_A, RUN_CANCELLED, 7);
	move_part(f, RUN_A, 1, PART_CANCELLED, NULL);
	assert_int_equal(state_of(f, RUN_A), RUN_CANCELLED);
}

static void
an_end_is_stored(void **state)
{
	struct fixture *f = *state;
	struct ledger_run r = new_run(RUN_A, NULL), out;
	struct seen seen;

	add_active(f, RUN_A, 1);
	check_ok(f, ledger_run_state(f->l, RUN_A, RUN_ACTIVE, RUN_HELD,
	    "as asked", &f->e));
	r.state = RUN_FINISHED;
	r.outcome = text("partial");
	r.exit = 3;
	r.finished_ms = 1795223500000;
	r.read = 9;
	r.repeated = 8;
	r.skipped = 7;
	r.rejected = 6;
	r.left_out = 4;
	r.content_id = text("c1");
	r.err_word = text("partial");
	r.err_msg = text("some rows");
	check_ok(f, ledger_run_end(f->l, &r, &f->e));
	reopen(f);
	check_ok(f, ledger_run_get(f->l, RUN_A, &out, &f->e));
	assert_int_equal(out.state, RUN_FINISHED);
	assert_string_equal(out.outcome, "partial");
	assert_int_equal(out.exit, 3);
	assert_int_equal(out.finished_ms, 1795223500000);
	assert_int_equal(out.read, 9);
	assert_int_equal(out.repeated, 8);
	assert_int_equal(out.skipped, 7);
	assert_int_equal(out.rejected, 6);
	assert_int_equal(out.left_out, 4);
	assert_string_equal(out.err_word, "partial");
	assert_string_equal(out.err_msg, "some rows");
	assert_null(out.hold);
	ledger_run_release(&out);
	seen = journal(f, RUN_A);
	assert_string_equal(seen.what, "finished");
	assert_string_equal(seen.text, "some rows");
}

/* Two connections that saw the same state: the second comes too late. */
static void
the_second_of_two_is_refused(void **state)
{
	struct fixture *f = *state;
	struct ledger *other = ledger_open(f->path, NULL, NULL, &f->e);
	struct ledger_part a, b;
	int lines;

	assert_non_null(other);
	add_active(f, RUN_A, 1);
	check_ok(f, ledger_part_get(f->l, RUN_A, 1, &a, &f->e));
	check_ok(f, ledger_part_get(other, RUN_A, 1, &b, &f->e));
	check_ok(f, ledger_part_move(f->l, RUN_A, &a, PART_SUBMITTING, NULL,
	    &f->e));
	lines = journal(f, RUN_A).n;
	check_refused(f, ledger_part_move(other, RUN_A, &b, PART_SUBMITTING,
	    NULL, &f->e), ERR_INTERNAL);
	assert_int_equal(b.state, PART_PREPARED);
	check_ok(f, ledger_run_state(other, RUN_A, RUN_ACTIVE, RUN_HELD,
	    "one", &f->e));
	check_refused(f, ledger_run_state(f->l, RUN_A, RUN_ACTIVE, RUN_HELD,
	    "two", &f->e), ERR_INTERNAL);
	check_hold(f, RUN_A, "one");
	assert_int_equal(journal(f, RUN_A).n, lines + 1);
	ledger_part_release(&a);
	ledger_part_release(&b);
	ledger_close(other);
}

/* In a child: 0 for having made the change, 1 for being refused. */
static int
race(const char *path, int go)
{
	struct ledger_part p = new_part(1);
	struct ledger *l;
	struct err e;
	char c;
	int rc;

	err_clear(&e);
	l = ledger_open(path, NULL, NULL, &e);
	if (l == NULL || read(go, &c, 1) != 0)
		return 2;
	rc = ledger_part_move(l, RUN_A, &p, PART_SUBMITTING, NULL, &e);
	if (rc != 0 && e.code != ERR_INTERNAL)
		rc = 3;
	ledger_close(l);
	return rc == -1 ? 1 : rc;
}

static void
of_racing_processes_one_wins(void **state)
{
	struct fixture *f = *state;
	enum { RACERS = 4 };
	int codes[4] = { 0 }, go[2], i, status;
	pid_t pid[RACERS];

	add_active(f, RUN_A, 1);
	ledger_close(f->l);	/* not to be carried into a child */
	f->l = NULL;
	assert_int_equal(pipe(go), 0);
	for (i = 0; i < RACERS; i++) {
		pid[i] = fork();
		assert_true(pid[i] >= 0);
		if (pid[i] == 0) {
			close(go[1]);
			_exit(race(f->path, go[0]));
		}
	}
	close(go[0]);
	close(go[1]);		/* all wake at once */
	for (i = 0; i < RACERS; i++) {
		assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
		assert_true(WIFEXITED(status));
		assert_in_range(WEXITSTATUS(status), 0, 3);
		codes[WEXITSTATUS(status)]++;
	}
	assert_int_equal(codes[0], 1);
	assert_int_equal(codes[1], RACERS - 1);
	reopen(f);
	assert_int_equal(part_state_of(f, RUN_A, 1), PART_SUBMITTING);
	assert_string_equal(journal(f, RUN_A).what, "submitting");
}

static int
stop_at_second(void *arg, const struct ledger_step *s, struct err *e)
{
	int *n = arg;

	(void)s;
	return ++*n == 2 ? err_set(e, ERR_SANITY, "enough") : 0;
}

static void
the_journal_keeps_its_order(void **state)
{
	struct fixture *f = *state;
	struct seen seen;
	int n = 0;

	add_active(f, RUN_A, 1);
	add_run(f, RUN_B, NULL);
	move_part(f, RUN_A, 1, PART_STAGING, ODD);
	seen = journal(f, RUN_A);
	assert_string_equal(seen.what, "staging");
	assert_string_equal(seen.text, ODD);
	assert_int_equal(seen.part, 1);
	check_ok(f, ledger_step(f->l, RUN_A, 1, "uploaded", NULL, &f->e));
	assert_int_equal(journal(f, RUN_A).n, seen.n + 1);
	seen = journal(f, RUN_A);
	assert_string_equal(seen.what, "uploaded");
	assert_string_equal(seen.text, "(none)");
	assert_int_equal(journal(f, RUN_B).n, 1);
	check_refused(f, ledger_each_step(f->l, RUN_A, stop_at_second, &n,
	    &f->e), ERR_SANITY);
	assert_int_equal(n, 2);
	assert_int_equal(ledger_step(f->l, RUN_C, 0, "x", NULL, &f->e), -1);
}

#define TEST(t) \
	cmocka_unit_test_setup_teardown(t, ledger_set_up, ledger_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_file_is_private),
		TEST(an_older_ledger_is_taken_over),
		TEST(a_run_comes_back_as_it_was),
		TEST(one_id_is_one_run),
		TEST(a_part_comes_back_as_it_was),
		TEST(a_note_leaves_the_state),
		TEST(a_stale_note_is_refused),
		TEST(a_run_note_leaves_the_state),
		TEST(forbidden_moves_write_nothing),
		TEST(forbidden_run_changes_write_nothing),
		TEST(parts_are_made_once),
		TEST(a_hold_says_why_and_ends),
		TEST(open_parts_hold_their_run),
		TEST(every_way_out_lets_go),
		TEST(a_persons_hold_is_not_lifted),
		TEST(a_run_that_goes_on_can_be_held_again),
		TEST(a_finished_run_keeps_its_parts_end),
		TEST(an_end_is_stored),
		TEST(the_second_of_two_is_refused),
		TEST(of_racing_processes_one_wins),
		TEST(the_journal_keeps_its_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
