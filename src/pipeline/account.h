/*
 * A provider's account: secrets, connections, and one question after another.
 */
#ifndef PIPELINE_ACCOUNT_H
#define PIPELINE_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "../base/err.h"
#include "../net/net.h"
#include "../provider/provider.h"
#include "login.h"
#include "retry.h"

struct asking;
struct clock;
struct ctx;
struct http_loop;
struct journey;
struct log;
struct secret;
struct set_provider;

/*
 * TAILQ_HEAD(askings, asking): asks that wait for a token, in order.
 */
TAILQ_HEAD(askings, asking);

/* An account in use.  The secrets are in memory only. */
struct account {
	const struct set_provider *set;
	const struct provider	*prov;
	struct pv_account	 pv;
	struct secret		*secrets[PV_SETTINGS_MAX];
	struct secret		*proxy_password;
	struct secret		*token;	/* of PV_LOGIN; NULL: none yet */
	unsigned		 token_no;	/* counts them */
	int64_t			 token_ms, token_life_ms; /* monotonic */
	const char		*dir;	/* for large answers; borrowed */
	struct net_tls		 tls;	/* of its calls; borrowed */
	struct net_proxy	 proxy;
	struct http_loop	*http, *own_http; /* own: NULL for another's */
	struct asking		*token_ask; /* PV_LOGIN under way, */
	struct askings		 waiting; /* ... and who waits for it */
	struct log		*log;
	const struct clock	*clock;
	struct retry		 retry;	/* of each question */
	bool			 reread;	/* secrets were read again */
	bool			 changed;	/* and were others */
	struct ctx		*c;
	struct login		 login;
	bool			 tried;		/* login_try let us */
	bool			 let_in;	/* the platform did */
};

/*
 * account_open(c, name, http, e): read the secrets of a configured provider and
 * be ready to call it, without retries unless the caller sets some, on the
 * loop http, which must outlive it, or for NULL on one of its own.
 * ERR_CONFIG, ERR_SECRET.  Free with account_close.
 */
struct account *account_open(struct ctx *, const char *,
	    struct http_loop *, struct err *);

/*
 * account_loop(c, e): a loop for the calls of several accounts; see
 * http_loop_new.
 */
struct http_loop *account_loop(const struct ctx *, struct err *);

/*
 * account_close(a): what was asked of it has been answered or dropped.  NULL is
 * harmless.
 */
void	account_close(struct account *);

/*
 * account_read(a, e): what only this type of provider has, the secrets read
 * anew; on failure the old ones stay in use.
 */
int	account_read(struct account *, struct err *);

/*
 * account_forget_token(a): the next ask fetches another.
 */
void	account_forget_token(struct account *);

/*
 * account_ask(a, ask, st, out, certain, e): ask one thing to its end: drives
 * the machine, repeats what may safely be repeated with pauses, reads secrets
 * once more after a refused login.  The token of a platform that gives one is
 * fetched before, when there is none, four fifths of its life are over, or the
 * platform does not take it any more.  st is what is left of an earlier
 * attempt, or empty; NULL when the ask cannot have one.  On -1, *certain says
 * that nothing was changed over there that *st does not tell of.  The caller
 * ends *out with pv_result_free.  Blocks.
 */
int	account_ask(struct account *, const struct pv_ask *,
	    struct pv_state *, struct pv_result *, bool *, struct err *);

/*
 * journey_can(j, verb): whether the run's platform can be asked that.  Where it
 * cannot, the way goes on without: what would have been learnt stays unknown.
 * Of a platform that is not known journey_account tells.
 */
bool	journey_can(const struct journey *, enum pv_verb);

/*
 * pv_result_free(r): free and zero what r holds.
 */
void	pv_result_free(struct pv_result *);

#endif
