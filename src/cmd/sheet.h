/*
 * A report file of checks: JSON, CSV or one HTML page, by the ending of its
 * name.
 */
#ifndef CMD_SHEET_H
#define CMD_SHEET_H

#include <stddef.h>
#include <stdint.h>

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

enum page_verdict {
	PAGE_GOOD, PAGE_WARN, PAGE_BAD, PAGE_FATAL, PAGE_UNREAD
};

/* One file in the list of all. */
struct page_line {
	char			*path;
	uint64_t		 rows, valid, invalid;
	enum page_verdict	 verdict;
};

/*
 * page_head(f, files): the beginning of the HTML page.  Next come its files,
 * numbered from 1, the list of them if there are several, and the end.
 */
void	page_head(FILE *, size_t);

/*
 * page_file(f, no, path, r, o): the part of the page about a file that was
 * checked.
 */
void	page_file(FILE *, size_t, const char *, const struct check_result *,
	    const struct text_opts *);

/*
 * page_fail(f, no, path, why): the part of the page about a file that could not
 * be checked.
 */
void	page_fail(FILE *, size_t, const char *, const struct err *);

/*
 * page_lines(f, lines, n): the list of all files.
 */
void	page_lines(FILE *, const struct page_line *, size_t);

/*
 * page_end(f): the end of the page.
 */
void	page_end(FILE *);

/*
 * page_text(f, p, n, max): foreign bytes as HTML text, cut at max bytes.
 */
void	page_text(FILE *, const char *, size_t, size_t);

/*
 * page_rules(f, r): a chart of the findings by rule, as SVG.
 */
void	page_rules(FILE *, const struct check_result *);

/*
 * page_days(f, r): a chart of the good rows by day, as SVG.
 */
void	page_days(FILE *, const struct check_result *);

#endif
