/*
 * Settings against each other: what would be read as something that nobody
 * means, although each of them is well written.
 */
#include "settings_internal.h"

#include <ctype.h>

#include "../base/err.h"
#include "columns_internal.h"
#include "glyph_internal.h"

static const char *const columns[COLUMNS] = {
	"code", "redeemed", "redeem_date",
};

/* A name by which two purposes would find the same column. */
static int
settings_columns(const struct check_opts *o, struct err *e)
{
	const char *name;
	struct text t;
	size_t i;
	int j, k;

	for (k = 0; k < COLUMNS; k++) {
		for (i = 0; (name = header_name(o, k, i)) != NULL; i++) {
			t = (struct text){ name, strlen(name) };
			for (j = 0; j < COLUMNS && (j == k ||
			    !header_names(o, j, t)); j++)
				;
			if (j < COLUMNS)
				return err_set(e, ERR_CONFIG, "columns: \"%s\" "
				    "would be the column for %s and for %s; "
				    "give each a name of its own, such as "
				    "{%s: NAME, %s: OTHER}", name, columns[k],
				    columns[j], columns[k], columns[j]);
		}
	}
	return 0;
}

static int
settings_words(const struct check_opts *o, struct err *e)
{
	static const char *const none[] = { NULL };
	const char *const *yes = o->words_true != NULL ? o->words_true : none;
	const char *const *no = o->words_false != NULL ? o->words_false : none;
	const char *const *p, *const *q;

	for (p = yes; *p != NULL; p++)
		for (q = no; *q != NULL; q++)
			if (strcasecmp(*p, *q) == 0)
				return err_set(e, ERR_CONFIG, "redeemed_words: "
				    "\"%s\" is among the words for yes and "
				    "for no; upper and lower case are the "
				    "same", *p);
	for (p = yes; *p != NULL && **p != '\0'; p++)
		;
	for (q = no; *q != NULL && **q != '\0'; q++)
		;
	if (*p != NULL || *q != NULL)
		return err_set(e, ERR_CONFIG, "redeemed_words: an empty word "
		    "is in the list; what empty cells mean is the setting "
		    "redeemed");
	return 0;
}

struct date
settings_first(const struct check_opts *o)
{
	return date_is_none(&o->not_before) ? (struct date){ 2000, 1, 1 } :
	    o->not_before;
}

static int
settings_not_before(const struct check_opts *o, struct err *e)
{
	struct date first = settings_first(o);
	char day[11], limit[11];

	date_format(&first, day);
	if (first.year < 1900)
		return err_set(e, ERR_CONFIG, "not_before %s: the year is "
		    "before 1900", day);
	date_format(&o->today, limit);
	if (!date_is_none(&o->today) && date_cmp(&first, &o->today) > 0)
		return err_set(e, ERR_CONFIG, "not_before %s is after today, "
		    "%s, so that no date would be good", day, limit);
	return 0;
}

static int
settings_redeem_date(const struct check_opts *o, struct err *e)
{
	struct date first = settings_first(o);
	char day[11], limit[11];

	if (date_is_none(&o->redeem_date))
		return 0;
	date_format(&first, day);
	if (date_cmp(&o->redeem_date, &first) < 0) {
		date_format(&o->redeem_date, limit);
		return err_set(e, ERR_CONFIG, "redeem_date %s is before %s, "
		    "the first day that is accepted (not_before)", limit,
		    day);
	}
	date_format(&o->redeem_date, day);
	date_format(&o->today, limit);
	if (!date_is_none(&o->today) &&
	    date_cmp(&o->redeem_date, &o->today) > 0)
		return err_set(e, ERR_CONFIG, "redeem_date %s is after today, "
		    "%s", day, limit);
	return 0;
}

/* Of one kind: letters or digits, in order and with others between them. */
static bool
is_range(unsigned char from, unsigned char to)
{
	return from + 1 < to && ((isdigit(from) && isdigit(to)) ||
	    (isupper(from) && isupper(to)) || (islower(from) && islower(to)));
}

/* A-Z is three characters, which is not what it looks like. */
static int
settings_alphabet(const struct check_opts *o, struct err *e)
{
	const char *s = o->alphabet, *p;
	char ch, from, to;

	for (p = s; p != NULL && (p = strchr(p, '-')) != NULL; p++) {
		if (p == s || !is_range((unsigned char)p[-1],
		    (unsigned char)p[1]))
			continue;
		from = p[-1];
		to = p[1];
		for (ch = (char)(from + 1); ch < to; ch++)
			if (strchr(s, ch) == NULL)
				return err_set(e, ERR_CONFIG, "code_alphabet "
				    "\"%s\": %c-%c is these three characters "
				    "only; write all of them out, and a hyphen "
				    "that is meant at the end", s, from, to);
	}
	return 0;
}

static int
settings_lengths(const struct check_opts *o, struct err *e)
{
	return o->max_code > 0 && o->min_code > o->max_code ? err_set(e,
	    ERR_CONFIG, "code_min is above code_max") : 0;
}

int
settings_check(const struct check_opts *o, struct err *e)
{
	static const struct {
		const char	*key;
		int		(*check)(const struct check_opts *,
				    struct err *);
	} checks[] = {
		{ "code_min", settings_lengths },
		{ "columns", settings_columns },
		{ "redeemed_words", settings_words },
		{ "not_before", settings_not_before },
		{ "redeem_date", settings_redeem_date },
		{ "code_alphabet", settings_alphabet },
	};
	size_t i;

	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		if (checks[i].check(o, e) == -1)
			return err_key(e, checks[i].key);
	return 0;
}
