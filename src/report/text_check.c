/*
 * The result of a check for a person: the numbers, then each kind of problem
 * once, the worst first, with its first places and what to do.
 */
#include "check.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "../base/buf.h"
#include "../base/err.h"
#include "../base/str.h"
#include "../config/settings.h"
#include "../coupon/check.h"
#include "advice.h"
#include "text.h"

#define PLACES_SHOWN	4
#define CHANGES_SHOWN	20
#define GROUPS_SHOWN	8	/* of one rule */
#define VALUE_SHOWN	40	/* bytes of a cell */
#define WHAT_INDENT	6	/* of all about a rule but its first line */

/* %d.%m.%Y as people write it: dd.mm.yyyy. */
static void
date_words(const char *format, char *out, size_t n)
{
	static const struct {
		char		 letter;
		const char	*words;
	} parts[] = { { 'd', "dd" }, { 'm', "mm" }, { 'Y', "yyyy" },
	    { 'y', "yy" }, { 'H', "hh" }, { 'M', "mm" }, { 'S', "ss" },
	    { 'p', "AM" }, { 'z', "zone" } };
	size_t i, k = 0;

	for (; *format != '\0' && k + 5 < n; format++) {
		if (*format != '%') {
			out[k++] = *format;
			continue;
		}
		format++;
		for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
			if (parts[i].letter == *format)
				k += (size_t)snprintf(out + k, n - k, "%s",
				    parts[i].words);
	}
	out[k] = '\0';
}

/* "utf-8" as it is known. */
static void
encoding_words(const char *name, char *out, size_t n)
{
	size_t i;

	snprintf(out, n, "%s", name);
	for (i = 0; out[i] != '\0'; i++)
		out[i] = (char)toupper((unsigned char)out[i]);
	if (strncasecmp(name, "windows-", 8) == 0)
		snprintf(out, n, "Windows-%s", name + 8);
}

const char *
text_dialect(const struct check_result *r, const struct set_job *job,
    char *out, size_t n)
{
	const char *delimiter = r->delimiter == ',' ? "comma" :
	    r->delimiter == ';' ? "semicolon" : r->delimiter == '\t' ? "tab" :
	    r->delimiter == '|' ? "pipe" : r->delimiter == ':' ? "colon" :
	    "one code per line";
	char encoding[40], dates[40] = "";

	encoding_words(r->encoding, encoding, sizeof(encoding));
	if (r->delimiter != '\0' && job->check.date_format != NULL)
		date_words(job->check.date_format, dates, sizeof(dates));
	snprintf(out, n, "%s, %s%s%s%s%s%s", delimiter, encoding,
	    dates[0] != '\0' ? ", dates " : "", dates,
	    strcmp(r->packing, "none") != 0 ? ", " : "",
	    strcmp(r->packing, "none") != 0 ? r->packing : "",
	    r->delimiter != '\0' && !r->header ? ", no header" : "");
	return out;
}

static void
text_numbers(FILE *f, const char *path, const struct check_result *r,
    const struct set_job *job)
{
	char n[64], dialect[160];

	text_name(f, path);
	fprintf(f, ": %s (%s)\n", str_count(r->rows, "row", n),
	    text_dialect(r, job, dialect, sizeof(dialect)));
	fprintf(f, "  %s good", str_group(r->valid, n));
	if (r->skipped > 0)
		fprintf(f, ", %s of them with redeemed 0",
		    str_group(r->skipped, n));
	if (r->duplicates > 0)
		fprintf(f, "    %s repeated, sent once",
		    str_group(r->duplicates, n));
	if (r->invalid > 0)
		fprintf(f, "    %s broken", str_group(r->invalid, n));
	if (r->left_out > 0)
		fprintf(f, "    %s above the header left out",
		    str_count(r->left_out, "line", n));
	putc('\n', f);
}

/* Messages that go on from the value, rather than explain it. */
static bool
goes_on(const char *message)
{
	static const char *const verbs[] = { "looks ", "ends ", "differs ",
		"reads " };
	size_t i;

	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strncmp(message, verbs[i], strlen(verbs[i])) == 0)
			return true;
	return false;
}

/* Findings of a rule about which the same is to be done. */
struct group {
	const struct finding	*first;
	uint64_t		 n;
};

/* Whether what is to be done is told by the message, and not by the rule. */
static bool
rule_told(enum rule rule)
{
	return rule == RULE_DATE_FORMAT || rule == RULE_TITLE_ROW;
}

static bool
group_has(const struct group *g, const struct finding *x)
{
	return x->rule == g->first->rule && x->severity == g->first->severity &&
	    (x->fix == NULL) == (g->first->fix == NULL) &&
	    (!rule_told(x->rule) || strcmp(x->message, g->first->message) ==
	    0);
}

/* The groups of a rule's findings that are listed; at most so many. */
static size_t
groups_of(const struct check_result *r, enum rule rule,
    struct group groups[GROUPS_SHOWN])
{
	size_t i, k, n = 0;

	for (i = 0; i < r->nfindings; i++) {
		if (r->findings[i].rule != rule)
			continue;
		for (k = 0; k < n && !group_has(&groups[k], &r->findings[i]);
		    k++)
			;
		if (k == GROUPS_SHOWN)
			continue;
		if (k == n)
			groups[n++] = (struct group){ &r->findings[i], 0 };
		groups[k].n++;
	}
	return n;
}

/* The first places of a group, of so many. */
static void
text_places(FILE *f, const char *path, const struct check_result *r,
    const struct group *g)
{
	uint64_t left = g->n;
	const struct finding *x;
	size_t i, shown = 0;
	char n[32];

	for (i = 0; i < r->nfindings && shown < PLACES_SHOWN; i++) {
		x = &r->findings[i];
		if (!group_has(g, x))
			continue;
		if (shown == 0) {
			fputs("      ", f);
			text_name(f, path);
			fprintf(f, ":%llu:%llu",
			    (unsigned long long)x->place.line,
			    (unsigned long long)x->place.column);
		} else
			fprintf(f, "%s%llu", shown > 1 ? ", " :
			    g->n > 2 ? ", then lines " : ", then line ",
			    (unsigned long long)x->place.line);
		shown++;
		left--;
	}
	if (left > 0 && shown > 0)
		fprintf(f, " and %s more", str_group(left, n));
	putc('\n', f);
}

/* What to do about one of n groups; fixed: the corrected file is asked for. */
static void
text_do(FILE *f, const struct check_result *r, const struct group *g,
    size_t n_groups, bool fixed)
{
	const char *advice = n_groups > 1 &&
	    g->first->rule == RULE_DATE_FORMAT ? "Write these dates like the "
	    "others: date_format is one for the whole file." :
	    rule_info(g->first->rule)->advice;
	uint64_t changed = r->changed[g->first->rule];
	char before[100] = "      do: ", n[32];

	if (g->first->fix != NULL && !fixed)
		advice = "nothing is lost by correcting it: --fix OUT";
	else if (g->first->fix != NULL && changed >= g->n)
		advice = "use the corrected file.";
	else if (g->first->fix != NULL && changed > 0)
		snprintf(before, sizeof(before), "      do: use the corrected "
		    "file for %s of them; as to the others: ",
		    str_group(changed, n));
	if (advice[0] != '\0')
		text_fold(f, before, advice);
}

/* The line of a rule, or of a group: how many, which, the value, what of it. */
static void
text_what(FILE *f, uint64_t many, enum rule rule, const struct finding *x,
    const char *message)
{
	struct err ignored;
	struct buf b;
	char n[32];

	err_clear(&ignored);
	buf_init(&b, 8 * VALUE_SHOWN + 128);
	buf_addf(&b, &ignored, "%4s  %-22s ", str_group(many, n),
	    rule_info(rule)->id);
	if (x != NULL && x->value != NULL && x->value_len > 0) {
		buf_adds(&b, "\"", &ignored);
		buf_escape(&b, x->value, x->value_len, VALUE_SHOWN, &ignored);
		buf_adds(&b, goes_on(message) ? "\" " : "\": ", &ignored);
	}
	fputs(b.data, f);
	text_fold_at(f, text_columns(b.data, b.len), WHAT_INDENT, message);
	buf_release(&b);
}

static void
text_group(FILE *f, const char *path, const struct check_result *r,
    const struct group *g, size_t n_groups, bool fixed)
{
	text_what(f, g->n, g->first->rule, g->first, g->first->message);
	text_places(f, path, r, g);
	text_do(f, r, g, n_groups, fixed);
}

static void
text_rule(FILE *f, const char *path, const struct check_result *r,
    enum rule rule, bool fixed)
{
	const struct rule_info *info = rule_info(rule);
	struct group groups[GROUPS_SHOWN];
	size_t i, n = groups_of(r, rule, groups);
	uint64_t left = r->by_rule[rule];
	char more[400];

	/* What is not listed is taken for one of the same kind. */
	if (n == 1 && !rule_told(rule))
		groups[0].n = left;
	for (i = 0; i < n; i++) {
		text_group(f, path, r, &groups[i], n, fixed);
		left -= groups[i].n;
	}
	snprintf(more, sizeof(more), "%s%s", n > 0 ? "more: " : "",
	    info->meaning);
	if (left > 0)
		text_what(f, left, rule, NULL, more);
}

bool
text_is_error(const struct check_result *r, enum rule rule)
{
	bool seen = false;
	size_t i;

	for (i = 0; i < r->nfindings; i++) {
		if (r->findings[i].rule != rule)
			continue;
		if (r->findings[i].severity == SEV_ERROR)
			return true;
		seen = true;
	}
	return !seen && rule_info(rule)->severity == SEV_ERROR;
}

/*
 * A wrong character that another rule explains at the same place: "Cyrillic M"
 * says more than "U+041C".
 */
static bool
text_explained(const struct check_result *r)
{
	const struct finding *x = r->findings;
	size_t i, k;

	if (r->by_rule[RULE_CODE_CHARSET] > r->by_rule[RULE_CODE_SPACE] +
	    r->by_rule[RULE_CODE_LOOKALIKE])
		return false;
	for (i = 0; i < r->nfindings; i++) {
		if (x[i].rule != RULE_CODE_CHARSET)
			continue;
		/* In file order: what is about this cell comes next. */
		for (k = i + 1; k < r->nfindings &&
		    x[k].place.byte == x[i].place.byte; k++)
			if (x[k].rule == RULE_CODE_SPACE ||
			    x[k].rule == RULE_CODE_LOOKALIKE)
				break;
		if (k == r->nfindings || x[k].place.byte != x[i].place.byte)
			return i > 0 && k == r->nfindings;
	}
	return true;
}

/*
 * What is to be done first: what makes the whole file useless, since all else
 * may come of it; then an export that is to be repeated; broken rows; and what
 * is only to be looked at.
 */
static int
rule_rank(const struct check_result *r, enum rule k)
{
	if (text_is_error(r, k) && rule_info(k)->scope == SCOPE_FILE)
		return 3;
	if (r->systematic && (k == RULE_CODE_SCIENTIFIC ||
	    k == RULE_CODE_ZERO_LOST || k == RULE_CODE_DATE))
		return 2;
	return text_is_error(r, k) || (k == RULE_CODE_LOOKALIKE &&
	    r->by_rule[RULE_CODE_CHARSET] > 0);
}

size_t
text_order(const struct check_result *r, enum rule order[RULE__MAX])
{
	int rank[RULE__MAX];
	size_t i, n = 0;
	int k;

	for (k = 0; k < RULE__MAX; k++) {
		if (r->by_rule[k] == 0)
			continue;
		rank[k] = rule_rank(r, (enum rule)k);
		for (i = n++; i > 0 && (rank[k] != rank[order[i - 1]] ?
		    rank[k] > rank[order[i - 1]] :
		    r->by_rule[k] > r->by_rule[order[i - 1]]); i--)
			order[i] = order[i - 1];
		order[i] = (enum rule)k;
	}
	return n;
}

/* "Dates 16 Nov to 22 Nov 2026." */
static void
text_days(FILE *f, const struct date *first, const struct date *last)
{
	char a[16], b[16];

	text_date(first, a);
	text_date(last, b);
	if (date_cmp(first, last) == 0)
		fprintf(f, "All dates %s %d. ", a, first->year);
	else if (first->year == last->year)
		fprintf(f, "Dates %s to %s %d. ", a, b, last->year);
	else
		fprintf(f, "Dates %s %d to %s %d. ", a, first->year, b,
		    last->year);
}

/* Warnings here that are errors in a run. */
static void
text_needed(FILE *f, const struct check_result *r, const struct set_job *job,
    const char *run)
{
	const struct {
		enum rule	 rule;
		bool		 whole;	/* of the file, not of some rows */
		const char	*column, *no_column, *rows;
	} needs[] = {
		{ RULE_REDEEMED_MISSING, r->no_redeemed,
		    "no column \"redeemed\"",
		    "nothing says whether they were redeemed",
		    "without redeemed" },
		{ RULE_DATE_MISSING, r->no_date, "no column \"redeem_date\"",
		    "nothing says when", "without a date" },
		{ RULE_DATE_FUTURE, false, "", "",
		    "with a date in the future" },
	};
	char n[64];
	size_t i, told = 0;

	for (i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		if (r->by_rule[needs[i].rule] == 0 ||
		    text_is_error(r, needs[i].rule) ||
		    (i > 0 && job->missing_date != MISSING_STOP))
			continue;
		if (told++ == 0)
			fprintf(f, "For %s these are errors: ", run);
		else
			fputs(", ", f);
		if (needs[i].whole)
			fputs(r->delimiter != '\0' ? needs[i].column :
			    needs[i].no_column, f);
		else
			fprintf(f, "%s %s", str_count(r->by_rule[needs[i].rule],
			    "row", n), needs[i].rows);
	}
	if (told > 0)
		fputs(".\n", f);
}

/* What a run would make of it. */
static void
text_run_would(FILE *f, const struct check_result *r, const struct set_job *job)
{
	uint64_t limit = (uint64_t)job->max_reject, percent;
	char run[80] = "a run", n[64], m[32];

	if (job->name != NULL)
		snprintf(run, sizeof(run), "\"run -j %s\"", job->name);
	if (job->max_reject_percent >= 0) {
		percent = (uint64_t)job->max_reject_percent;
		limit = r->rows / 100 * percent + r->rows % 100 * percent /
		    100;
	}
	if (r->fatal || r->systematic || r->invalid > 0)
		fputs(job->name != NULL ? run : "A run", f);
	if (r->fatal)
		fputs(" would stop: the file cannot be used as it is.\n", f);
	else if (r->systematic)
		fputs(" would stop: over 1 % of the codes look damaged by a "
		    "spreadsheet.\n", f);
	else if (r->invalid > limit)
		fprintf(f, " would stop: %s, limit %s (max_reject).\n",
		    str_count(r->invalid, "broken row", n),
		    str_group(limit, m));
	else if (r->invalid > 0)
		fprintf(f, " would set %s aside and go on; limit %s "
		    "(max_reject).\n", str_count(r->invalid, "broken row",
		    n), str_group(limit, m));
	if (!r->fatal)
		text_needed(f, r, job, run);
}

/* Of a rule that some rows still break: which these are. */
static void
text_not_fixed(FILE *f, const struct check_result *r, enum rule rule)
{
	uint64_t left = r->by_rule[rule] - r->changed[rule];
	const struct finding *x;
	size_t i, shown = 0;
	char n[32], m[32];

	fprintf(f, "  %s: %s corrected, %s not", rule_info(rule)->id,
	    str_group(r->changed[rule], n), str_group(left, m));
	for (i = 0; i < r->nfindings && shown < PLACES_SHOWN; i++) {
		x = &r->findings[i];
		if (x->rule != rule || x->fix != NULL)
			continue;
		fprintf(f, "%s%llu", shown > 0 ? ", " : left > 1 ?
		    ": lines " : ": line ", (unsigned long long)x->place.line);
		shown++;
	}
	if (shown > 0 && left > shown)
		fprintf(f, " and %s more", str_group(left - shown, n));
	putc('\n', f);
}

/* What is different in the corrected file. */
static void
text_fixed(FILE *f, const char *to, const struct check_result *r)
{
	const struct finding *x;
	uint64_t all = 0;
	char n[64];
	size_t i;

	for (i = 0; i < RULE__MAX; i++)
		all += r->changed[i];
	putc('\n', f);
	text_name(f, to);
	fprintf(f, ": %s without loss, all else as it was\n", all == 0 ?
	    "no changes" : str_count(all, "change", n));
	for (i = 0; i < r->nchanges && i < CHANGES_SHOWN; i++) {
		x = &r->changes[i];
		fprintf(f, "  %llu:%llu  %s  ",
		    (unsigned long long)x->place.line,
		    (unsigned long long)x->place.column,
		    rule_info(x->rule)->id);
		if (x->fix == NULL) {
			fprintf(f, "%s\n", x->message);
			continue;
		}
		putc('"', f);
		text_foreign(f, x->value, x->value_len, VALUE_SHOWN);
		fputs("\" -> \"", f);
		text_foreign(f, x->fix, strlen(x->fix), VALUE_SHOWN);
		fputs("\"\n", f);
	}
	if (all > i)
		fprintf(f, "  and %s more; all of them with --json\n",
		    str_group(all - i, n));
	for (i = 0; i < RULE__MAX; i++)
		if (r->changed[i] > 0 && r->changed[i] < r->by_rule[i])
			text_not_fixed(f, r, (enum rule)i);
}

void
text_check(FILE *f, const char *path, const struct check_result *r,
    const struct text_opts *o)
{
	enum rule order[RULE__MAX];
	size_t i, n = text_order(r, order);
	const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
	char m[32];

	text_numbers(f, name, r, o->job);
	if (n > 0)
		putc('\n', f);
	for (i = 0; i < n; i++)
		if (order[i] != RULE_CODE_CHARSET || !text_explained(r))
			text_rule(f, name, r, order[i], o->fixed != NULL);
	putc('\n', f);
	if (!date_is_none(&r->first_date))
		text_days(f, &r->first_date, &r->last_date);
	fputs("Nothing has left this machine.\n", f);
	text_run_would(f, r, o->job);
	if (o->advice != NULL)
		advice_text(f, o->advice, o->call, path);
	if (o->fixed != NULL)
		text_fixed(f, o->fixed, r);
	if (r->findings_omitted > 0)
		fprintf(f, "places not listed: %s; --max-findings N lists "
		    "more\n", str_group(r->findings_omitted, m));
	if (n > 0 && !o->report)
		fprintf(f, "all places: --report F.html%s\n", r->invalid > 0 &&
		    !o->split ? "     the broken rows: --split DIR" : "");
}
