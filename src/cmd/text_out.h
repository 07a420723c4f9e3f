/*
 * What people read on standard output: a run's account, and pieces of lines.
 */
#ifndef CMD_TEXT_OUT_H
#define CMD_TEXT_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct date;
struct run_report;

/*
 * text_because(r): the line with the reason of a run that did not end well.
 */
void	text_because(const struct run_report *);

/*
 * text_run(r, shown, dry): print a run's account for a person on stdout; shown
 * is its short id; dry tells that it was a dry run.
 */
void	text_run(const struct run_report *, const char *, bool);

/*
 * text_date(d, out): "18 Nov" into out[16]; returns out.
 */
const char *text_date(const struct date *, char [16]);

/*
 * text_minute(ms, out): "2026-11-21 02:10", UTC, into out[21]; returns out.
 */
const char *text_minute(int64_t, char [21]);

/*
 * text_column(f, s, width): text_name, filled up with spaces.
 */
void	text_column(FILE *, const char *, size_t);

/*
 * text_foreign(f, p, n, max): print n foreign bytes, at most max of them, so
 * that a terminal shows them and does not obey them.
 */
void	text_foreign(FILE *, const char *, size_t, size_t);

/*
 * text_name(f, s): text_foreign for a whole string; NULL prints nothing.
 */
void	text_name(FILE *, const char *);

#endif
