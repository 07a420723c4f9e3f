/*
 * The HTML page about checks, piece by piece.
 */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct check_result;
struct err;
struct text_opts;

enum html_verdict {
	HTML_GOOD, HTML_WARN, HTML_BAD, HTML_FATAL, HTML_UNREAD
};

/* One file in the list of all. */
struct html_line {
	char			*path;
	uint64_t		 rows, valid, invalid;
	enum html_verdict	 verdict;
};

/*
 * html_head(f, files, now_ms): the beginning of the HTML page, made at that
 * time.  Next come its files,
 * numbered from 1, the list of them if there are several, and the end.
 */
void	html_head(FILE *, size_t, int64_t);

/*
 * html_file(f, no, path, r, o): the part of the page about a file that was
 * checked.
 */
void	html_file(FILE *, size_t, const char *, const struct check_result *,
	    const struct text_opts *);

/*
 * html_fail(f, no, path, why): the part of the page about a file that could not
 * be checked.
 */
void	html_fail(FILE *, size_t, const char *, const struct err *);

/*
 * html_lines(f, lines, n): the list of all files.
 */
void	html_lines(FILE *, const struct html_line *, size_t);

/*
 * html_end(f): the end of the page.
 */
void	html_end(FILE *);

/*
 * html_rules(f, r): a chart of the findings by rule, as SVG.
 */
void	html_rules(FILE *, const struct check_result *);

/*
 * html_days(f, r): a chart of the good rows by day, as SVG.
 */
void	html_days(FILE *, const struct check_result *);

#endif
