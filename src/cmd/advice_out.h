/*
 * Advice about settings, for a person and for a program.
 */
#ifndef CMD_ADVICE_OUT_H
#define CMD_ADVICE_OUT_H

#include <stdio.h>

#include <jansson.h>

struct advice;
struct line;

/*
 * advice_text(f, a, l, path): the command line l once more with what is
 * advised for the file at path, and the lines for the configuration.
 */
void	advice_text(FILE *, const struct advice *, const struct line *,
	    const char *);

/*
 * advice_json(a): the member "advice" of a file of coupondrop.validate/1;
 * NULL when out of memory.
 */
json_t	*advice_json(const struct advice *);

#endif
