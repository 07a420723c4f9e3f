/*
 * The rules a coupon file is checked against: their stable ids, severity,
 * scope and the words for people.
 */
#ifndef COUPON_RULES_H
#define COUPON_RULES_H

enum rule {
	RULE_CODE_EMPTY, RULE_CODE_LENGTH, RULE_CODE_CHARSET,
	RULE_CODE_SPACE, RULE_CODE_SCIENTIFIC, RULE_CODE_DATE,
	RULE_CODE_PATTERN,
	RULE_CODE_UNKNOWN, RULE_CODE_ZERO_LOST, RULE_CODE_LOOKALIKE,
	RULE_DUPLICATE_CASE, RULE_DUPLICATE_CODE, RULE_DUPLICATE_CONFLICT,
	RULE_REDEEMED_VALUE, RULE_DATE_FORMAT, RULE_DATE_INVALID,
	RULE_DATE_TOO_EARLY, RULE_REDEEMED_DATE_CONFLICT, RULE_DATE_FUTURE,
	RULE_DATE_MISSING, RULE_REDEEMED_MISSING, RULE_ROW_WIDTH,
	RULE_QUOTE_STRAY, RULE_QUOTE_UNCLOSED, RULE_QUOTE_ROWS,
	RULE_ENCODING, RULE_CONTROL_CHAR, RULE_LINE_TOO_LONG, RULE_ROW_BLANK,
	RULE_EOL_MIXED, RULE_BOM, RULE_TITLE_ROW, RULE_HEADER_MISSING,
	RULE_HEADER_DUPLICATE, RULE_EMPTY_FILE, RULE__MAX
};

enum severity { SEV_WARNING, SEV_ERROR };
enum scope { SCOPE_CELL, SCOPE_ROW, SCOPE_FILE };

struct rule_info {
	const char	*id;		/* "date-invalid" */
	enum severity	 severity;	/* by default */
	enum scope	 scope;
	const char	*meaning;	/* one sentence */
	const char	*advice;	/* what to do */
};

/*
 * rule_info(r): the table's row; r must be below RULE__MAX.
 */
const struct rule_info *rule_info(enum rule);

/* A line that breaks a rule. */
struct rule_example {
	const char	*before;	/* what stands above it in a file */
	const char	*line;		/* its bytes, more after it; NULL: too
					   long to be kept */
	const char	*note;		/* what else it takes; or NULL */
};

/*
 * rule_example(r): the example of a rule; r must be below RULE__MAX.
 */
const struct rule_example *rule_example(enum rule);

/*
 * rule_find(id): the rule with this id, or RULE__MAX.
 */
enum rule rule_find(const char *);

/*
 * severity_name(s): the word for a severity in the JSON.
 */
const char *severity_name(enum severity);

/*
 * scope_name(s): the word for a scope in the JSON.
 */
const char *scope_name(enum scope);

#endif
