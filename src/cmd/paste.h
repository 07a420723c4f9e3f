/*
 * What is printed to be pasted works as pasted: a command that is named in a
 * sentence gets the --config of the command that prints it.
 */
#ifndef CMD_PASTE_H
#define CMD_PASTE_H

#include <stdio.h>

#include <jansson.h>

struct env;

/*
 * paste_text(v, text): text, with --config behind each "coupondrop COMMAND" in
 * it that takes it, for the caller to free; NULL when out of memory.
 */
char	*paste_text(const struct env *, const char *);

/*
 * paste_json(v, object): the same for the sentences (members "message" and
 * "advice") and the commands (members of "next") in an answer.
 */
void	paste_json(const struct env *, json_t *);

/* A report that is printed when it is whole. */
struct paste {
	FILE	*f;		/* to print to */
	char	*text;
	size_t	 n;
};

/*
 * paste_begin(p): where to print a report; never NULL: without memory it is
 * stdout itself.
 */
FILE	*paste_begin(struct paste *);

/*
 * paste_end(p, v): print it on stdout.
 */
void	paste_end(struct paste *, const struct env *);

#endif
