/*
 * What the reader of YAML and its words for mistakes share.
 */
#ifndef CONFIG_NODE_INTERNAL_H
#define CONFIG_NODE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

struct err;

/* Where the parser could not go on, and what it was at; places from 1. */
struct node_problem {
	const char	*file, *text;
	size_t		 len;
	const char	*problem, *context;	/* its words; never NULL */
	size_t		 line, column;
	size_t		 context_line, context_column;
};

/*
 * node_say(p, e): ERR_CONFIG with the place and the cause in people's words.
 * Returns -1 always.
 */
int	node_say(const struct node_problem *, struct err *);

/*
 * node_say_bytes(p, at, e): the same for a byte that is no text.
 */
int	node_say_bytes(const struct node_problem *, size_t, struct err *);

#endif
