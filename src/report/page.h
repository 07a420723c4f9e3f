/*
 * The HTML page about checks, piece by piece.
 */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct check_result;
struct err;
struct text_opts;

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
