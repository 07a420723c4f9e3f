/*
 * Shared by the tests of the ledger: a ledger in a folder of its own, and the
 * shortest way to runs and parts in a given state.  What fails in here fails
 * the test.
 */
#ifndef TESTS_LEDGER_FIXTURE_H
#define TESTS_LEDGER_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/ledger/ledger.h"

#define ODD	"it's \"5%\" \\ --; \xc3\xa4\xe2\x82\xac\xf0\x9f\x8e\x81\n_*"

/* Ids with the beginnings that the tests look up. */
#define RUN_A	"0aaaaaaaabbbbbbbbbbbb"
#define RUN_B	"0aaaaaaaacccccccccccc"
#define RUN_C	"0bbbbbbbbdddddddddddd"

struct fixture {
	char		 dir[64];
	char		 path[96];
	struct ledger	*l;
	struct err	 e;
};

/* What a journal says: its length and its last line. */
struct seen {
	int	n;
	int	part;
	char	what[64];
	char	text[128];
	int64_t	at_ms;
};

/*
 * ledger_set_up(state): for cmocka: *state becomes a struct fixture.
 */
int	ledger_set_up(void **);

/*
 * ledger_tear_down(state): for cmocka: close the ledger and free the fixture.
 */
int	ledger_tear_down(void **);

/*
 * check_ok(f, rc): rc is 0, or fail with f->e.
 */
void	check_ok(struct fixture *, int);

/*
 * check_refused(f, rc, code): rc is -1 and f->e says why; clears f->e.
 */
void	check_refused(struct fixture *, int, enum err_code);

/*
 * reopen(f): close the ledger and open it again.
 */
void	reopen(struct fixture *);

/*
 * text(s): s for a field of a run or part that is never released.
 */
char	*text(const char *);

/*
 * new_run(id, job): a run to add.
 */
struct ledger_run new_run(const char *, const char *);

/*
 * new_part(no): a part to add.
 */
struct ledger_part new_part(int);

/*
 * add_run(f, id, job): a run in received.
 */
void	add_run(struct fixture *, const char *, const char *);

/*
 * add_active(f, id, n): an active run of job "nightly" with content "c1" and
 * n prepared parts, at most 4.
 */
void	add_active(struct fixture *, const char *, size_t);

/*
 * move_part(f, id, no, to, why): change the state of a part.
 */
void	move_part(struct fixture *, const char *, int, enum part_state,
	    const char *);

/*
 * lose_answer(f, id, no, why): take a prepared part to unknown.
 */
void	lose_answer(struct fixture *, const char *, int, const char *);

/*
 * end_run(f, id, to, exit): end a run.
 */
void	end_run(struct fixture *, const char *, enum run_state, int);

/*
 * state_of(f, id): a run's state in the ledger.
 */
enum run_state state_of(struct fixture *, const char *);

/*
 * check_hold(f, id, want): why the run is held; NULL: no reason.
 */
void	check_hold(struct fixture *, const char *, const char *);

/*
 * journal(f, id): length and last line of a run's journal.
 */
struct seen journal(struct fixture *, const char *);

#endif
