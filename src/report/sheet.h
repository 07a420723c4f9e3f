/*
 * A report file of checks: JSON, CSV or one HTML page, by the ending of its
 * name.
 */
#ifndef REPORT_SHEET_H
#define REPORT_SHEET_H

#include <stddef.h>
#include <stdio.h>

#include "out_file.h"

struct check_result;
struct err;
struct sheet;
struct text_opts;

/*
 * sheet_open(path, files, kept, e): start a report about so many files.  NULL
 * with ERR_USAGE for another ending or for a kept file, ERR_CREATE.  End it
 * with sheet_close or sheet_abort.
 */
struct sheet *sheet_open(const char *, size_t, const struct out_kept *,
	    struct err *);

/*
 * sheet_add(s, path, r, o, e): a file that was checked.  ERR_NOMEM.
 */
int	sheet_add(struct sheet *, const char *, const struct check_result *,
	    const struct text_opts *, struct err *);

/*
 * sheet_fail(s, path, why, e): a file that could not be checked.
 */
int	sheet_fail(struct sheet *, const char *, const struct err *,
	    struct err *);

/*
 * sheet_close(s, exit, e): the end, with the exit code of the checks.  The
 * report is in place, or there is none: ERR_IO, ERR_NOSPACE.  s is freed.
 */
int	sheet_close(struct sheet *, int, struct err *);

/*
 * sheet_abort(s): no report.  NULL is harmless.
 */
void	sheet_abort(struct sheet *);

/*
 * sheet_csv_head(f): the header of findings as CSV.
 */
void	sheet_csv_head(FILE *);

/*
 * sheet_csv(f, path, r): the findings of one file as CSV; what a spreadsheet
 * could take for a formula is put behind an apostrophe.
 */
void	sheet_csv(FILE *, const char *, const struct check_result *);

#endif
