/*
 * A ledger for tests.
 */
#include "ledger_fixture.h"

#include <unistd.h>

#include "../../src/base/io.h"

void
check_ok(struct fixture *f, int rc)
{
	if (rc != 0)
		fail_msg("%s", f->e.msg);
}

void
check_refused(struct fixture *f, int rc, enum err_code code)
{
	assert_int_equal(rc, -1);
	assert_int_equal(f->e.code, code);
	assert_true(f->e.msg[0] != '\0');
	err_clear(&f->e);
}

void
reopen(struct fixture *f)
{
	ledger_close(f->l);
	f->l = ledger_open(f->path, NULL, NULL, &f->e);
	if (f->l == NULL)
		fail_msg("%s", f->e.msg);
}

int
ledger_set_up(void **state)
{
	struct fixture *f;

	f = calloc(1, sizeof(*f));
	if (f == NULL)
		return -1;
	snprintf(f->dir, sizeof(f->dir), "/tmp/test_ledger.XXXXXX");
	if (mkdtemp(f->dir) == NULL)
		return -1;
	snprintf(f->path, sizeof(f->path), "%s/ledger.db", f->dir);
	err_clear(&f->e);
	f->l = ledger_open(f->path, NULL, NULL, &f->e);
	*state = f;
	return f->l == NULL ? -1 : 0;
}

int
ledger_tear_down(void **state)
{
	struct fixture *f = *state;

	ledger_close(f->l);
	io_rmtree(f->dir);
	free(f);
	return 0;
}

/* Texts of constant runs and parts, which nobody frees. */
char *
text(const char *s)
{
	union {
		const char	*in;
		char		*out;
	} u = { s };

	return u.out;
}

struct ledger_run
new_run(const char *id, const char *job)
{
	struct ledger_run r = { .job = text(job), .provider = text("empower"),
	    .endpoint = text("files"), .bank = text("600"),
	    .plan = text("{}"), .created_ms = 1795223400000, .exit = -1,
	    .max_failed = 50 };

	snprintf(r.id, sizeof(r.id), "%s", id);
	r.source.path = text("/srv/pos/x.csv");
	r.source.name = text("x.csv");
	r.source.dev = 1;
	r.source.ino = 2;
	r.source.size = 3;
	r.source.mtime_ns = 4;
	r.source.ctime_ns = 5;
	return r;
}

struct ledger_part
new_part(int no)
{
	struct ledger_part p = { .no = no, .redeemed = 1,
	    .date = { 2026, 11, 20 }, .rows = 3, .artifact = text("a.zip"),
	    .local = text("/var/a.zip"), .bytes = 90, .total = -1,
	    .updated = -1, .failed = -1, .asked = -1, .applied = -1,
	    .missing = -1 };

	return p;
}

void
add_run(struct fixture *f, const char *id, const char *job)
{
	struct ledger_run r = new_run(id, job);

	check_ok(f, ledger_run_add(f->l, &r, &f->e));
}

/* A run that is active with n prepared parts. */
void
add_active(struct fixture *f, const char *id, size_t n)
{
	struct ledger_run r = new_run(id, "nightly");
	struct ledger_part parts[4];
	size_t i;

	for (i = 0; i < n; i++)
		parts[i] = new_part((int)i + 1);
	r.content_id = text("c1");
	check_ok(f, ledger_run_add(f->l, &r, &f->e));
	check_ok(f, ledger_prepared(f->l, &r, parts, n, &f->e));
}

void
move_part(struct fixture *f, const char *id, int no, enum part_state to,
    const char *why)
{
	struct ledger_part p;

	check_ok(f, ledger_part_get(f->l, id, no, &p, &f->e));
	check_ok(f, ledger_part_move(f->l, id, &p, to, why, &f->e));
	assert_int_equal(p.state, to);
	ledger_part_release(&p);
}

/* From prepared to a submission without an answer. */
void
lose_answer(struct fixture *f, const char *id, int no, const char *why)
{
	move_part(f, id, no, PART_SUBMITTING, NULL);
	move_part(f, id, no, PART_UNKNOWN, why);
}

void
end_run(struct fixture *f, const char *id, enum run_state to, int code)
{
	struct ledger_run r;

	check_ok(f, ledger_run_get(f->l, id, &r, &f->e));
	r.state = to;
	r.exit = code;
	free(r.outcome);
	r.outcome = strdup(to == RUN_FINISHED ? "ok" : "na");
	check_ok(f, ledger_run_end(f->l, &r, &f->e));
	ledger_run_release(&r);
}

enum run_state
state_of(struct fixture *f, const char *id)
{
	struct ledger_run r;
	enum run_state s;

	check_ok(f, ledger_run_get(f->l, id, &r, &f->e));
	s = r.state;
	ledger_run_release(&r);
	return s;
}

void
check_hold(struct fixture *f, const char *id, const char *want)
{
	struct ledger_run r;

	check_ok(f, ledger_run_get(f->l, id, &r, &f->e));
	if (want == NULL)
		assert_null(r.hold);
	else
		assert_string_equal(r.hold, want);
	ledger_run_release(&r);
}

static int
see(void *arg, const struct ledger_step *s, struct err *e)
{
	struct seen *seen = arg;

	(void)e;
	assert_true(s->at_ms >= seen->at_ms);
	seen->n++;
	seen->part = s->part;
	seen->at_ms = s->at_ms;
	snprintf(seen->what, sizeof(seen->what), "%s", s->what);
	snprintf(seen->text, sizeof(seen->text), "%s",
	    s->text != NULL ? s->text : "(none)");
	return 0;
}

struct seen
journal(struct fixture *f, const char *id)
{
	struct seen seen = { 0 };

	check_ok(f, ledger_each_step(f->l, id, see, &seen, &f->e));
	return seen;
}
