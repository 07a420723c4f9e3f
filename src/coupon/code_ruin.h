/*
 * What a spreadsheet or a program makes of codes, by the look of one.
 */
#ifndef COUPON_CODE_RUIN_H
#define COUPON_CODE_RUIN_H

#include <stdbool.h>
#include <stddef.h>

/*
 * code_number(p, n): a number as spreadsheets write it: 4.21E+11, 421.00.
 */
bool	code_number(const char *, size_t);

/*
 * code_void(p, n): what programs write for no value, for yes and for no: NULL,
 * nan, TRUE, a dash.
 */
bool	code_void(const char *, size_t);

/*
 * code_void_word(i): such a word in small letters, or NULL after the last one.
 */
const char *code_void_word(size_t);

/*
 * code_day(p, n): a day as spreadsheets write it: 10-Mar, 10. Mrz, Dec-25,
 * 2026-03-10; UTF-8.
 */
bool	code_day(const char *, size_t);

/*
 * code_rounded(p, n): more digits than a spreadsheet keeps, 0 from there on.
 */
bool	code_rounded(const char *, size_t);

/*
 * code_grouped(p, n): digits with points for thousands: 746.209.502.
 */
bool	code_grouped(const char *, size_t);

/*
 * code_serial(p, n): a number that is a day of this century in a spreadsheet.
 */
bool	code_serial(const char *, size_t);

#endif
