/*
 * The rules as a table: manual, `explain`, JSON and messages come from it.
 */
#include "rules.h"

#define E	SEV_ERROR
#define W	SEV_WARNING
#define CELL	SCOPE_CELL
#define ROW	SCOPE_ROW
#define WHOLE	SCOPE_FILE

static const struct rule_info rules[RULE__MAX] = {
	[RULE_CODE_EMPTY] = { "code-empty", E, CELL,
	    "The row has no coupon code, or what a program writes in place of "
	    "one: NULL, nan, TRUE, a dash.",
	    "Fill in the code, or delete the row." },
	[RULE_CODE_LENGTH] = { "code-length", E, CELL,
	    "The code is shorter or longer than codes may be.",
	    "Look up the code where the file comes from; if such codes are "
	    "right, set code_min and code_max." },
	[RULE_CODE_CHARSET] = { "code-charset", E, CELL,
	    "The code has a character that codes do not have.",
	    "Look up the code where the file comes from; if the character is "
	    "right, set code_alphabet." },
	[RULE_CODE_SPACE] = { "code-space", E, CELL,
	    "The code has a space or an invisible character.",
	    "Remove it; it usually comes from copying or from padding." },
	[RULE_CODE_SCIENTIFIC] = { "code-scientific", E, CELL,
	    "The code looks like a number that a spreadsheet shortened, "
	    "rounded to 15 digits or wrote with points or zeros.",
	    "Export again with the code column as text. Lost digits are not "
	    "in this file. If long codes do end in zeros, or codes have points "
	    "between digits, set code_pattern." },
	[RULE_CODE_DATE] = { "code-date", E, CELL,
	    "The code looks like a day, which a spreadsheet makes of codes "
	    "such as MAR10.",
	    "Export again with the code column as text. If codes do look like "
	    "this, set code_pattern; if this is the column of dates, set "
	    "columns." },
	[RULE_CODE_PATTERN] = { "code-pattern", E, CELL,
	    "The code does not have the shape that the job demands.",
	    "Compare the code with the setting code_pattern." },
	[RULE_CODE_UNKNOWN] = { "code-unknown", E, CELL,
	    "The code is not in the list of known codes.",
	    "Ask who made the codes whether it was loaded." },
	[RULE_CODE_ZERO_LOST] = { "code-zero-lost", W, CELL,
	    "The code is all digits and shorter than the other such codes: "
	    "leading zeros may be gone.",
	    "Export again with the code column as text; if there are codes "
	    "of this length, set code_min to it." },
	[RULE_CODE_LOOKALIKE] = { "code-lookalike", W, CELL,
	    "The code has a letter of another script that looks like one of "
	    "A to Z, 0 to 9 or a hyphen.",
	    "Type the code again, or copy it from where the codes were "
	    "made." },
	[RULE_DUPLICATE_CASE] = { "duplicate-case", W, CELL,
	    "Two codes differ only in upper and lower case.",
	    "Check whether they are one coupon; both are sent." },
	[RULE_DUPLICATE_CODE] = { "duplicate-code", W, CELL,
	    "The same code with the same values comes again; it is sent once.",
	    "Nothing needs to be done." },
	[RULE_DUPLICATE_CONFLICT] = { "duplicate-conflict", E, CELL,
	    "The same code comes again with other values; no copy is sent.",
	    "Find out which row is right and delete the others." },
	[RULE_REDEEMED_VALUE] = { "redeemed-value", E, CELL,
	    "The redeemed column holds something else than the words for yes "
	    "and no.",
	    "Use 1 and 0, or set redeemed_words, such as {yes: [ja], no: "
	    "[nein]}." },
	[RULE_DATE_FORMAT] = { "date-format", E, CELL,
	    "The date is not written the way it should be.",
	    "Write YYYY-MM-DD, or set date_format to what the file uses, such "
	    "as %d.%m.%Y." },
	[RULE_DATE_INVALID] = { "date-invalid", E, CELL,
	    "There is no such day.",
	    "Look up the day where the file comes from." },
	[RULE_DATE_TOO_EARLY] = { "date-too-early", E, CELL,
	    "The date is before the first day that the job accepts.",
	    "Check the date; the setting is not_before, 2000-01-01 unless "
	    "set." },
	[RULE_REDEEMED_DATE_CONFLICT] = { "redeemed-date-conflict", E, CELL,
	    "The coupon is marked as not redeemed, but has a date.",
	    "Set redeemed to 1, or delete the date." },
	[RULE_DATE_FUTURE] = { "date-future", W, CELL,
	    "The date is after today in the job's time zone; an error in a "
	    "run that needs dates.",
	    "Check the date, the setting timezone and this machine's clock." },
	[RULE_DATE_MISSING] = { "date-missing", W, CELL,
	    "Nothing says when the coupon was redeemed; an error in a run "
	    "that needs it.",
	    "Fill in the date, or set redeem_date to a day, today or "
	    "yesterday." },
	[RULE_REDEEMED_MISSING] = { "redeemed-missing", W, CELL,
	    "Nothing says whether the coupon was redeemed; an error in a run.",
	    "Fill in 1 or 0, or set redeemed to what is meant for all rows "
	    "without it." },
	[RULE_ROW_WIDTH] = { "row-width", E, ROW,
	    "The row has more or fewer cells than the header, or all of them "
	    "in one; a warning where those too many are empty.",
	    "Look for a missing or an additional delimiter in this row." },
	[RULE_QUOTE_STRAY] = { "quote-stray", E, ROW,
	    "A quote stands where none may be.",
	    "Put the whole cell in quotes and double the quotes inside." },
	[RULE_QUOTE_UNCLOSED] = { "quote-unclosed", E, ROW,
	    "A quoted cell is not closed; the row is left out.",
	    "Close the quote at the end of the cell, or remove it." },
	[RULE_QUOTE_ROWS] = { "quote-rows", W, ROW,
	    "Lines inside a quoted cell read as rows; they are part of that "
	    "cell, and not sent.",
	    "Look at the quotes of this cell: one that is not meant as one "
	    "takes in all lines up to the next quote." },
	[RULE_ENCODING] = { "encoding", E, ROW,
	    "The bytes are not text in the encoding that is expected.",
	    "Save the file as UTF-8, or set encoding to what it is, such as "
	    "windows-1252." },
	[RULE_CONTROL_CHAR] = { "control-char", E, ROW,
	    "The row has a control character.",
	    "Remove it; it often means that the export was damaged." },
	[RULE_LINE_TOO_LONG] = { "line-too-long", E, ROW,
	    "The line is longer than any row of coupons.",
	    "Check that this is the right file and that its lines have "
	    "ends." },
	[RULE_ROW_BLANK] = { "row-blank", W, ROW,
	    "The line is empty; it does not count as a row.",
	    "Nothing needs to be done." },
	[RULE_EOL_MIXED] = { "eol-mixed", W, WHOLE,
	    "The lines of the file end in different ways.",
	    "Check whether two files were put together." },
	[RULE_BOM] = { "bom", W, WHOLE,
	    "The file starts with a byte order mark; it is skipped.",
	    "Nothing needs to be done." },
	[RULE_TITLE_ROW] = { "title-row", W, ROW,
	    "A line stands where none is expected: a title above the header, "
	    "which is left out; an error where it reads as a row or a header, "
	    "and for a header or a total among the rows.",
	    "Remove the line, or move it below the header if it is a row; "
	    "nothing of it is sent." },
	[RULE_HEADER_MISSING] = { "header-missing", E, WHOLE,
	    "The file has no column with the name that is looked for.",
	    "Set columns, delimiter or header to what the file has." },
	[RULE_HEADER_DUPLICATE] = { "header-duplicate", E, WHOLE,
	    "Two columns have a name for the same thing.",
	    "Say which one is meant, such as columns: {code: NAME}; where both "
	    "have one name, rename the other in the file." },
	[RULE_EMPTY_FILE] = { "empty-file", E, WHOLE,
	    "The file has no rows.",
	    "Check the export, and that it was complete when it was read." },
};

const struct rule_info *
rule_info(enum rule rule)
{
	return &rules[rule];
}

enum rule
rule_find(const char *id)
{
	int r;

	for (r = 0; r < RULE__MAX; r++)
		if (strcmp(rules[r].id, id) == 0)
			break;
	return (enum rule)r;
}

const char *
severity_name(enum severity severity)
{
	return severity == SEV_ERROR ? "error" : "warning";
}

const char *
scope_name(enum scope scope)
{
	static const char *const names[] = {
		[SCOPE_CELL] = "cell", [SCOPE_ROW] = "row",
		[SCOPE_FILE] = "file",
	};

	return names[scope];
}
