/*
 * Logins that a server refused, remembered in the state folder.
 *
 * Wrong logins lock accounts, often at the third.  So each login that was
 * refused is tried once a night, whichever run needs it, until something of it
 * has changed or a person asks.  What is kept is who, where, when and a salted
 * digest; the secret is not.
 */
#ifndef PIPELINE_LOGIN_H
#define PIPELINE_LOGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "../base/err.h"

struct ctx;
struct secret;
struct settings;

#define LOGIN_PARTS	20

/* What a login is made of. */
struct login {
	char			 where[400];	/* server, for people */
	char			 user[200];	/* or "" */
	/* What is shown and what proves it, a proxy's too; NULL: none;
	   borrowed. */
	const struct secret	*secret[LOGIN_PARTS];
	const char		*text[LOGIN_PARTS];
	const char		*identity;	/* file of a key, or NULL;
						   borrowed */
};

/*
 * login_try(c, login, e): to be called before a server is asked to let us in.
 * ERR_LOGIN when this login was refused before and is not due: then it is noted
 * that the run of *c waits for it.
 */
int	login_try(struct ctx *, const struct login *, struct err *);

/*
 * login_refused(c, login, why): remember it.  What stands in the way of that
 * is logged.
 */
void	login_refused(struct ctx *, const struct login *, const struct err *);

/*
 * login_worked(c, login): forget that it was ever refused.
 */
void	login_worked(struct ctx *, const struct login *);

/*
 * login_untried(c, login): after login_try, no server was reached, or none that
 * judged it: it may be tried again.
 */
void	login_untried(struct ctx *, const struct login *);

/* A login that was refused. */
struct login_refusal {
	const char	*where, *user, *said;	/* borrowed; user may be "" */
	int64_t		 at_ms;		/* when; wall */
	int64_t		 due_ms;	/* not tried before, unasked */
	const json_t	*runs;		/* array of ids that met it */
};

/*
 * login_each(set, f, arg, e): call f for each that is remembered; f returns 0,
 * or -1 with e set to end.
 */
int	login_each(const struct settings *,
	    int (*)(void *, const struct login_refusal *, struct err *),
	    void *, struct err *);

#endif
