/*
 * The result of a check, for a person and for a program.
 */
#ifndef REPORT_CHECK_H
#define REPORT_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <jansson.h>

#include "../coupon/rules.h"

struct advice;
struct advice_call;
struct check_result;
struct err;
struct set_job;

/*
 * json_check(path, r, most): one member of "files" of coupondrop.validate/1,
 * with the first findings up to most; NULL when out of memory.
 */
json_t	*json_check(const char *, const struct check_result *, size_t);

/*
 * json_unread(path, why): one member of "unread": a file that could not be
 * checked; NULL when out of memory.
 */
json_t	*json_unread(const char *, const struct err *);

/*
 * json_fixed(path, r, most): the member "fixed" of what json_check made: what
 * is different in the corrected file at path, with the first changes up to
 * most; NULL when out of memory.
 */
json_t	*json_fixed(const char *, const struct check_result *, size_t);

/* What a report for a person has to know besides the result. */
struct text_opts {
	const struct set_job	*job;
	bool			 report;	/* --report was given */
	bool			 split;		/* --split was given */
	const char		*fixed;		/* --fix; NULL: not given */
	const struct advice	*advice;	/* NULL: none */
	const struct advice_call *call;		/* what the advice adds to */
};

/*
 * text_check(f, path, r, o): the report for a person, onto f.
 */
void	text_check(FILE *, const char *, const struct check_result *,
	    const struct text_opts *);

/*
 * text_dialect(r, job, out, n): "semicolon, Windows-1252, dates dd.mm.yyyy"
 * into n bytes at out; returns out.
 */
const char *text_dialect(const struct check_result *, const struct set_job *,
	    char *, size_t);

/*
 * text_is_error(r, rule): whether this rule's findings were errors here.
 */
bool	text_is_error(const struct check_result *, enum rule);

/*
 * text_order(r, order): the rules with findings, in the order of what to do:
 * what makes the whole file useless, systematic damage, other errors, warnings;
 * of equals the more frequent.  Returns how many.
 */
size_t	text_order(const struct check_result *, enum rule [RULE__MAX]);

#endif
