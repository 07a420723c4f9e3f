/*
 * A configuration file as a tree that remembers where each value stood.
 */
#ifndef CONFIG_NODE_H
#define CONFIG_NODE_H

#include <stdbool.h>
#include <stddef.h>

struct err;

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

struct node {
	enum node_kind	 kind;
	char		*value;		/* scalar text; or NULL */
	char		*key;		/* when a member of a map; or NULL */
	const char	*file;		/* borrowed from the caller */
	size_t		 line, column;	/* from 1 */
	size_t		 key_line, key_column;
	struct node	*child;		/* first */
	struct node	*next;		/* sibling */
};

/*
 * node_parse(file, text, len, e): YAML text to a tree; file is for messages and
 * must outlive the tree.  Anchors, aliases, tags, several documents and keys
 * that are not words are refused.  ERR_CONFIG with line and column.  Free with
 * node_free.
 */
struct node *node_parse(const char *, const char *, size_t, struct err *);

/*
 * node_free(n): the tree; NULL is harmless.
 */
void	node_free(struct node *);

/*
 * node_glued(value): whether a value looks like "key:value", with a space
 * missing after the colon.
 */
bool	node_glued(const char *);

/*
 * node_get(map, key): the member of that name, or NULL; map may be NULL.
 */
const struct node *node_get(const struct node *, const char *);

#endif
