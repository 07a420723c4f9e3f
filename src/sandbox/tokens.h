/*
 * Tokens of a login: given out for a while, then not taken any more.
 */
#ifndef SANDBOX_TOKENS_H
#define SANDBOX_TOKENS_H

#include <stddef.h>
#include <stdint.h>

struct clock;
struct err;
struct tokens;

#define TOKEN_LEN	32

enum token_state { TOKEN_GOOD, TOKEN_EXPIRED, TOKEN_UNKNOWN };

/*
 * tokens_new(clock, e): none yet.  Free with tokens_free.
 */
struct tokens *tokens_new(const struct clock *, struct err *);

/*
 * tokens_free(t): NULL is harmless.
 */
void	tokens_free(struct tokens *);

/*
 * tokens_give(t, life_ms, out, e): a new token with a life of its own.  Of very
 * many the oldest is forgotten.
 */
int	tokens_give(struct tokens *, int64_t, char [TOKEN_LEN + 1],
	    struct err *);

/*
 * tokens_look(t, text): what a token is worth now; NULL is unknown.
 */
enum token_state tokens_look(struct tokens *, const char *);

/*
 * tokens_expire(t): those that were given out so far are not taken any more.
 */
void	tokens_expire(struct tokens *);

#endif
