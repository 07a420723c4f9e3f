/*
 * Drives the machine of Mapp Empower with recorded answers, for its tests.
 */
#ifndef TESTS_MAPP_FIXTURE_H
#define TESTS_MAPP_FIXTURE_H

#include "../../src/provider/provider.h"

#define FIX_KEY		"k&y-0815"
#define FIX_SECRET	"s<cret/+ 9"
#define FIX_PASSWORD	"p\"ss&w%rd"

/* An account, a staged file, three rows and two tasks, and their last step. */
struct fix {
	const struct provider	*prov;
	struct secret		*key, *shared, *password;
	struct pv_account	 account;
	struct pv_pull		 pull;
	struct pv_row		 rows[3];
	const char		*tasks[2];
	struct pv_ask		 ask;
	struct pv_state		 state;
	struct pv_step		 step;
	struct err		 err;
};

#define FIX_VERBS	6
#define FIX_TEST(test) \
	cmocka_unit_test_setup_teardown(test, fix_setup, fix_teardown)

/* All that can be asked for. */
extern const enum pv_verb fix_verbs[FIX_VERBS];

/*
 * fix_setup, fix_teardown: a struct fix as the state of a cmocka test.
 */
int	fix_setup(void **);
/*
 * fix_teardown: see fix_setup.
 */
int	fix_teardown(void **);

/*
 * fix_submits(verb): whether it may change something over there.
 */
bool	fix_submits(enum pv_verb);

/*
 * fix_open(f): an ask for nothing yet.
 */
void	fix_open(struct fix *);

/*
 * fix_close(f): release everything.
 */
void	fix_close(struct fix *);

/*
 * fix_begin(f, verb): start the ask; what provider_next returns.
 */
int	fix_begin(struct fix *, enum pv_verb);

/*
 * fix_bytes(f, status, p, n): hand an answer from memory to a machine that
 * waits for one; what provider_next returns.  n bytes of exactly that size are
 * allocated, so that reading past them is found.
 */
int	fix_bytes(struct fix *, long, const char *, size_t);

/*
 * fix_answer(f, status, name): likewise an answer from tests/golden.
 */
int	fix_answer(struct fix *, long, const char *);

/*
 * fix_ask(f, verb, name): fix_begin, then fix_answer with status 200.
 */
int	fix_ask(struct fix *, enum pv_verb, const char *);

/*
 * fix_golden(name, len): a file below tests/golden/provider/mapp; the caller
 * frees.
 */
char	*fix_golden(const char *, size_t *);

/*
 * fix_names(n): the names of all those files, sorted; the caller frees each
 * and the list.
 */
char	**fix_names(size_t *);

/*
 * fix_request(f, name): the step is a request whose document is the one
 * recorded in tests/golden/provider/mapp-requests.
 */
void	fix_request(struct fix *, const char *);

/*
 * fix_document(f): the document in the step's request, decoded, a line for
 * each element; the caller frees.
 */
char	*fix_document(struct fix *);

#endif
