/*
 * Asks on their way, many at a time.
 */
#ifndef PIPELINE_ASK_H
#define PIPELINE_ASK_H

#include <stdbool.h>

#include "../base/err.h"
#include "../provider/provider.h"

struct account;
struct asking;

/*
 * What became of an ask: the result, which is the callee's to end with
 * pv_result_free, and why NULL; or why not, and whether it is certain that
 * nothing was changed that its state does not tell of.
 */
typedef void (*ask_done)(void *arg, struct pv_result *, bool certain,
	    const struct err *why);

/*
 * account_start(a, ask, st, done, arg, e): as account_ask, but it returns at
 * once: done is called from http_run of the account's loop, exactly once,
 * unless asking_drop comes before.  What ask points to, and *st, are borrowed
 * until then.  NULL with ERR_NOMEM.
 */
struct asking *account_start(struct account *, const struct pv_ask *,
	    struct pv_state *, ask_done, void *, struct err *);

/*
 * asking_drop(k): give an ask up that is not done; done is not called.  Whether
 * it is certain that nothing was changed.
 */
bool	asking_drop(struct asking *);

#endif
