/*
 * The result of a check, for a person and for a program.
 */
#ifndef CMD_CHECK_OUT_H
#define CMD_CHECK_OUT_H

#include <jansson.h>

struct check_result;
struct set_job;

/*
 * json_check(path, r): one member of "files" of coupondrop.validate/1; NULL
 * when out of memory.
 */
json_t	*json_check(const char *, const struct check_result *);

/*
 * text_check(path, r, job): the report for a person, on stdout.
 */
void	text_check(const char *, const struct check_result *,
	    const struct set_job *);

#endif
