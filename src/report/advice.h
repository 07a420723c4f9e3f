/*
 * Advice about settings, for a person and for a program.
 */
#ifndef REPORT_ADVICE_H
#define REPORT_ADVICE_H

#include <stddef.h>
#include <stdio.h>

#include <jansson.h>

struct advice;
struct given;

/* How the check was asked for; the advice repeats it. */
struct advice_call {
	const char		*config;	/* --config; NULL: not given */
	const char		*job;		/* --job; likewise */
	const struct given	*given;		/* settings */
	size_t			 ngiven;
};

/*
 * advice_text(f, a, call, path): the command to check the file at path with
 * what is advised, and the lines for the configuration.
 */
void	advice_text(FILE *, const struct advice *,
	    const struct advice_call *, const char *);

/*
 * advice_json(a): the member "advice" of a file of coupondrop.validate/1;
 * NULL when out of memory.
 */
json_t	*advice_json(const struct advice *);

#endif
