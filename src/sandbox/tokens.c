/* See tokens.h. */
#include "tokens.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/err.h"
#include "../base/id.h"
#include "../format/digest.h"

#define TOKENS_KEPT	256

struct token {
	char	text[TOKEN_LEN + 1];	/* "": not given out */
	int64_t	end_ms;			/* of the clock that never jumps */
};

struct tokens {
	const struct clock	*clock;
	struct token		 list[TOKENS_KEPT];	/* a ring */
	size_t			 next;
	pthread_mutex_t		 lock;
};

struct tokens *
tokens_new(const struct clock *clock, struct err *e)
{
	struct tokens *t = calloc(1, sizeof(*t));

	if (t == NULL) {
		err_nomem(e);
		return NULL;
	}
	t->clock = clock;
	pthread_mutex_init(&t->lock, NULL);
	return t;
}

void
tokens_free(struct tokens *t)
{
	if (t == NULL)
		return;
	pthread_mutex_destroy(&t->lock);
	free(t);
}

int
tokens_give(struct tokens *t, int64_t life_ms, char out[TOKEN_LEN + 1],
    struct err *e)
{
	unsigned char raw[TOKEN_LEN / 2];
	struct token *new;

	if (random_bytes(raw, sizeof(raw), e) == -1)
		return -1;
	hex_encode(raw, sizeof(raw), out);
	pthread_mutex_lock(&t->lock);
	new = &t->list[t->next++ % TOKENS_KEPT];
	memcpy(new->text, out, sizeof(new->text));
	new->end_ms = clock_mono(t->clock) + life_ms;
	pthread_mutex_unlock(&t->lock);
	return 0;
}

enum token_state
tokens_look(struct tokens *t, const char *text)
{
	enum token_state state = TOKEN_UNKNOWN;
	size_t i;

	if (text == NULL || text[0] == '\0')
		return TOKEN_UNKNOWN;
	pthread_mutex_lock(&t->lock);
	for (i = 0; i < TOKENS_KEPT; i++)
		if (strcmp(t->list[i].text, text) == 0)
			state = clock_mono(t->clock) < t->list[i].end_ms ?
			    TOKEN_GOOD : TOKEN_EXPIRED;
	pthread_mutex_unlock(&t->lock);
	return state;
}

void
tokens_expire(struct tokens *t)
{
	size_t i;

	pthread_mutex_lock(&t->lock);
	for (i = 0; i < TOKENS_KEPT; i++)
		t->list[i].end_ms = INT64_MIN;
	pthread_mutex_unlock(&t->lock);
}
