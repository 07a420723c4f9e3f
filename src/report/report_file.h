/*
 * A report file of checks: JSON, CSV or one HTML page, by the ending of its
 * name.
 */
#ifndef REPORT_REPORT_FILE_H
#define REPORT_REPORT_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "out_file.h"

struct check_result;
struct err;
struct report_file;
struct text_opts;

/*
 * report_file_open(path, files, now_ms, kept, e): start a report about so many
 * files, made at that time.  NULL with ERR_USAGE for another ending, else
 * errors as out_open.  End it with report_file_close or report_file_abort.
 */
struct report_file *report_file_open(const char *, size_t, int64_t,
	    const struct out_kept *, struct err *);

/*
 * report_file_add(s, path, r, o, e): add the file at path, which was checked
 * with the result r.  ERR_NOMEM.
 */
int	report_file_add(struct report_file *, const char *,
	    const struct check_result *, const struct text_opts *,
	    struct err *);

/*
 * report_file_fail(s, path, why, e): add a file that could not be checked.
 * ERR_NOMEM.
 */
int	report_file_fail(struct report_file *, const char *, const struct err *,
	    struct err *);

/*
 * report_file_close(s, exit, e): the end, with the exit code of the checks.
 * The report is in place, or there is none: ERR_IO, ERR_NOSPACE.  s is freed.
 */
int	report_file_close(struct report_file *, int, struct err *);

/*
 * report_file_abort(s): no report.  NULL is harmless.
 */
void	report_file_abort(struct report_file *);

/*
 * findings_csv_delimiter(r): the delimiter that a spreadsheet expects where
 * this file comes from.
 */
char	findings_csv_delimiter(const struct check_result *);

/*
 * findings_csv_head(f, delimiter): the byte order mark by which spreadsheets
 * know UTF-8, and the header of findings as CSV.
 */
void	findings_csv_head(FILE *, char);

/*
 * findings_csv(f, delimiter, path, r): the findings of one file as CSV; what a
 * spreadsheet could take for a formula is put behind an apostrophe.
 */
void	findings_csv(FILE *, char, const char *, const struct check_result *);

#endif
