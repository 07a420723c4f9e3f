/*
 * A row that breaks each rule, for people who ask what a rule means.  All of
 * them are below a good row and a header of the documented names.
 */
#include "rules.h"

#include <stddef.h>

#define GOOD	"M746209500,1,2026-11-17\n"
#define HEADER	"coupon_code,redeemed,redeem_date\n"
#define ROW(s)	{ HEADER GOOD, s, NULL }

static const struct rule_example examples[RULE__MAX] = {
	[RULE_CODE_EMPTY] = ROW(",1,2026-11-17"),
	[RULE_CODE_LENGTH] =
	    ROW("M74620950074620950174620950274620950374620,1,2026-11-17"),
	[RULE_CODE_CHARSET] = ROW("M\xc3\x9c" "46209501,1,2026-11-17"),
	[RULE_CODE_SPACE] = ROW("M746 209501,1,2026-11-17"),
	[RULE_CODE_SCIENTIFIC] = ROW("\"4,21E+11\",1,2026-11-17"),
	[RULE_CODE_DATE] = ROW("10-Mar,1,2026-11-17"),
	[RULE_CODE_PATTERN] = { HEADER GOOD, "X46209501,1,2026-11-17",
	    "where code_pattern is \"M[0-9]{9}\"" },
	[RULE_CODE_UNKNOWN] = { HEADER GOOD, "M746209577,1,2026-11-17",
	    "where the file of known_codes has M746209500 only" },
	[RULE_CODE_ZERO_LOST] = { HEADER "0746209500,1,2026-11-17\n"
	    "1746209501,1,2026-11-17\n1746209502,1,2026-11-17\n",
	    "746209503,1,2026-11-17", "where most codes have ten digits" },
	[RULE_CODE_LOOKALIKE] = { HEADER GOOD,
	    "\xd0\x9c" "746209501,1,2026-11-17", "with a Cyrillic M" },
	[RULE_DUPLICATE_CASE] = { HEADER GOOD, "m746209500,1,2026-11-17",
	    "below a row of M746209500" },
	[RULE_DUPLICATE_CODE] = { HEADER GOOD, "M746209500,1,2026-11-17",
	    "below the same row" },
	[RULE_DUPLICATE_CONFLICT] = { HEADER GOOD, "M746209500,1,2026-11-19",
	    "below a row of M746209500 and 2026-11-17" },
	[RULE_REDEEMED_VALUE] = ROW("M746209501,yes,2026-11-17"),
	[RULE_DATE_FORMAT] = ROW("M746209501,1,17.11.2026"),
	[RULE_DATE_INVALID] = ROW("M746209501,1,2026-11-31"),
	[RULE_DATE_TOO_EARLY] = ROW("M746209501,1,1970-01-01"),
	[RULE_REDEEMED_DATE_CONFLICT] = ROW("M746209501,0,2026-11-17"),
	[RULE_DATE_FUTURE] = ROW("M746209501,1,2926-11-17"),
	[RULE_DATE_MISSING] = ROW("M746209501,1,"),
	[RULE_REDEEMED_MISSING] = ROW("M746209501,,2026-11-17"),
	[RULE_ROW_WIDTH] = ROW("M746209501,1,2026-11-17,Berlin"),
	[RULE_QUOTE_STRAY] = ROW("M746209\"501,1,2026-11-17"),
	[RULE_QUOTE_UNCLOSED] = ROW("\"M746209501,1,2026-11-17"),
	[RULE_QUOTE_ROWS] = { "coupon_code,redeemed,redeem_date,note\n"
	    "M746209500,1,2026-11-17,\"24 inch\n",
	    "M746209501,1,2026-11-17,15\"",
	    "below a row whose note is \"24 inch and has no other quote" },
	[RULE_ENCODING] = { "coupon_code,redeemed,redeem_date,shop\n",
	    "M746209501,1,2026-11-17,K\xf6ln",
	    "where encoding is utf-8" },
	[RULE_CONTROL_CHAR] = ROW("M746209501\x1b,1,2026-11-17"),
	[RULE_LINE_TOO_LONG] = { NULL, NULL,
	    "a line of more than 1,048,576 bytes" },
	[RULE_ROW_BLANK] = { HEADER GOOD, "\n", "a line with nothing in it" },
	[RULE_EOL_MIXED] = { HEADER GOOD, "M746209501,1,2026-11-17\r\n",
	    "below lines that end with \"\\n\" alone" },
	[RULE_BOM] = { "", "\xef\xbb\xbf" HEADER, "as the first line" },
	[RULE_TITLE_ROW] = { "", "Coupons of week 47\n" HEADER,
	    "a line above the header" },
	[RULE_HEADER_MISSING] = { "", "Nummer,Datum\n4711,2026-11-17\n",
	    "as the first line" },
	[RULE_HEADER_DUPLICATE] = { "", "coupon_code,redeemed,code\n",
	    "as the header" },
	[RULE_EMPTY_FILE] = { "", "", "a file of 0 bytes" },
};

const struct rule_example *
rule_example(enum rule rule)
{
	return &examples[rule];
}
