/*
 * Drives the machine of any provider with recorded answers, for tests.
 */
#ifndef TESTS_PROVIDER_FIXTURE_H
#define TESTS_PROVIDER_FIXTURE_H

#include "../../src/provider/provider.h"

#define PVF_TASKS	4

/* An account with a token, an ask for tasks, and the last step. */
struct pvf {
	const struct provider	*prov;
	struct secret		*secrets[PV_SETTINGS_MAX], *token;
	struct pv_account	 account;
	const char		*tasks[PVF_TASKS];
	struct pv_ask		 ask;
	struct pv_state		 state;
	struct pv_step		 step;
	struct err		 err;
};

/*
 * pvf_open(f, type): an account of that type at "https://host.example/base";
 * each secret is its key in capitals, the token "t0k3n".
 */
void	pvf_open(struct pvf *, const char *);

/*
 * pvf_close(f): release everything.
 */
void	pvf_close(struct pvf *);

/*
 * pvf_set(f, key, text): a setting that is no secret.
 */
void	pvf_set(struct pvf *, const char *, const char *);

/*
 * pvf_ask(f, verb, ...): begin, with tasks up to a NULL for PV_STATUS; what
 * provider_next returns.
 */
int	pvf_ask(struct pvf *, enum pv_verb, ...);

/*
 * pvf_text(f, status, text): hand an answer to the machine that waits for one;
 * memory of exactly that size, so that reading past it is found.
 */
int	pvf_text(struct pvf *, long, const char *);

/*
 * pvf_bytes(f, status, p, n): likewise n bytes.
 */
int	pvf_bytes(struct pvf *, long, const char *, size_t);

/*
 * pvf_golden(f, name, len): a file of the type's folder below
 * tests/golden/provider; the caller frees.
 */
char	*pvf_golden(const struct pvf *, const char *, size_t *);

/*
 * pvf_header(f, name, out): the value of a header of the step's request, the
 * secret included; "" when it has none.
 */
const char *pvf_header(const struct pvf *, const char *, char [256]);

/*
 * pvf_task(f, id): that task of the step's result; fails the test without it.
 */
const struct pv_task *pvf_task(const struct pvf *, const char *);

/*
 * pvf_failed(f, word, said): the step failed with that word, and its sentence
 * has these words; nothing of a secret is in it.
 */
void	pvf_failed(struct pvf *, const char *, const char *);

#endif
