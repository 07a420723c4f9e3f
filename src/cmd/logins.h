/*
 * What status tells of logins that were refused.
 */
#ifndef CMD_LOGINS_H
#define CMD_LOGINS_H

#include <stdio.h>

#include <jansson.h>

struct ctx;
struct err;

/*
 * logins_waited_for(c, e): an array with an object for each refused login that
 * a run waits for, or NULL with e; the caller drops its reference.
 */
json_t	*logins_waited_for(struct ctx *, struct err *);

/*
 * logins_print(f, logins): the same for a person, and what to do.
 */
void	logins_print(FILE *, const json_t *);

#endif
