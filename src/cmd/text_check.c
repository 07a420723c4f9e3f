/*
 * The result of a check for a person: the numbers, then each kind of problem
 * once, the worst first, with its first places and what to do.
 */
#include "check_out.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "../base/str.h"
#include "../coupon/check.h"
#include "../pipeline/settings.h"
#include "cmd.h"

#define PLACES_SHOWN	4
#define VALUE_SHOWN	40	/* bytes */

static void
text_dialect(const struct check_result *r)
{
	const char *delim = r->delimiter == ',' ? "comma" :
	    r->delimiter == ';' ? "semicolon" : r->delimiter == '\t' ? "tab" :
	    r->delimiter == '|' ? "pipe" : NULL;

	printf(" (%s", r->format != NULL ? r->format : "?");
	if (delim != NULL)
		printf(", %s", delim);
	if (r->encoding != NULL)
		printf(", %s", r->encoding);
	if (r->packing != NULL && strcmp(r->packing, "none") != 0)
		printf(", %s", r->packing);
	printf(")\n");
}

static void
text_numbers(const char *path, const struct check_result *r)
{
	char n[32];

	text_name(stdout, path);
	printf(": %s row%s", str_group(r->rows, n), r->rows == 1 ? "" : "s");
	text_dialect(r);
	printf("  %s good", str_group(r->valid, n));
	if (r->skipped > 0)
		printf(", %s of them with redeemed 0", str_group(r->skipped,
		    n));
	if (r->duplicates > 0)
		printf("    %s repeated, sent once", str_group(r->duplicates,
		    n));
	if (r->invalid > 0)
		printf("    %s broken", str_group(r->invalid, n));
	putchar('\n');
}

/* The value and the fact of the first finding of a rule. */
static void
text_fact(const struct finding *f)
{
	if (f->value != NULL && f->value_len > 0) {
		putchar('"');
		text_foreign(stdout, f->value, f->value_len, VALUE_SHOWN);
		fputs("\" ", stdout);
	}
	text_name(stdout, f->message);
	putchar('\n');
}

static void
text_places(const char *path, const struct check_result *r, enum rule rule)
{
	uint64_t left = r->by_rule[rule];
	size_t i, shown = 0;

	for (i = 0; i < r->nfindings && shown < PLACES_SHOWN; i++) {
		const struct finding *f = &r->findings[i];

		if (f->rule != rule)
			continue;
		if (shown == 0) {
			fputs("             ", stdout);
			text_name(stdout, path);
			printf(":%llu:%llu", (unsigned long long)f->place.line,
			    (unsigned long long)f->place.column);
		} else
			printf("%s%llu", shown > 1 ? ", " : r->by_rule[rule] >
			    2 ? ", then lines " : ", then line ",
			    (unsigned long long)f->place.line);
		shown++;
		left--;
	}
	if (left > 0 && shown > 0)
		printf(" and %llu more", (unsigned long long)left);
	putchar('\n');
}

static void
text_rule(const char *path, const struct check_result *r, enum rule rule)
{
	const struct rule_info *info = rule_info(rule);
	char n[32];
	size_t i;

	for (i = 0; i < r->nfindings; i++)
		if (r->findings[i].rule == rule)
			break;
	printf("%8s  %-22s ", str_group(r->by_rule[rule], n), info->id);
	if (i == r->nfindings) {
		printf("%s\n", info->meaning);
		return;
	}
	text_fact(&r->findings[i]);
	text_places(path, r, rule);
	if (info->advice[0] != '\0')
		printf("             do: %s\n", info->advice);
}

/* Whether a rule's findings were errors here. */
static bool
was_error(const struct check_result *r, enum rule rule)
{
	size_t i;

	for (i = 0; i < r->nfindings; i++)
		if (r->findings[i].rule == rule)
			return r->findings[i].severity == SEV_ERROR;
	return rule_info(rule)->severity == SEV_ERROR;
}

/* Errors first, then warnings, the most frequent first. */
static void
text_rules(const char *path, const struct check_result *r, bool errors)
{
	bool done[RULE__MAX] = { false };
	int i, best;

	for (;;) {
		best = -1;
		for (i = 0; i < RULE__MAX; i++)
			if (!done[i] && r->by_rule[i] > 0 &&
			    was_error(r, (enum rule)i) == errors &&
			    (best < 0 || r->by_rule[i] > r->by_rule[best]))
				best = i;
		if (best < 0)
			return;
		done[best] = true;
		text_rule(path, r, (enum rule)best);
	}
}

/* "Dates 16 Nov to 22 Nov 2026." */
static void
text_days(const struct date *first, const struct date *last)
{
	char a[16], b[16];

	text_date(first, a);
	text_date(last, b);
	if (date_cmp(first, last) == 0)
		printf("All dates %s %d. ", a, first->year);
	else if (first->year == last->year)
		printf("Dates %s to %s %d. ", a, b, last->year);
	else
		printf("Dates %s %d to %s %d. ", a, first->year, b,
		    last->year);
}

static void
text_end(const struct check_result *r, const struct set_job *job)
{
	putchar('\n');
	if (!date_is_none(&r->first_date))
		text_days(&r->first_date, &r->last_date);
	puts("Nothing has left this machine.");
	if (r->fatal)
		puts("A run would stop: the file cannot be used as it is.");
	else if (r->systematic)
		puts("A run would stop: so many damaged codes mean a damaged "
		    "export.");
	else if (r->invalid > 0 && job->max_reject_percent < 0 &&
	    (int64_t)r->invalid > job->max_reject)
		printf("A run would stop: %llu broken row%s, limit %lld "
		    "(max_reject).\n", (unsigned long long)r->invalid,
		    r->invalid == 1 ? "" : "s", (long long)job->max_reject);
	else if (r->invalid > 0)
		puts("A run would set the broken rows aside and go on.");
	if (r->findings_omitted > 0)
		printf("%llu problems are not listed: --max-findings N\n",
		    (unsigned long long)r->findings_omitted);
}

void
text_check(const char *path, const struct check_result *r,
    const struct set_job *job)
{
	text_numbers(path, r);
	if (r->errors + r->warnings > 0)
		putchar('\n');
	text_rules(path, r, true);
	text_rules(path, r, false);
	text_end(r, job);
}
