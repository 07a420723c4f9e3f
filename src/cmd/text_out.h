/*
 * A run's account for people, on standard output.
 */
#ifndef CMD_TEXT_OUT_H
#define CMD_TEXT_OUT_H

#include <stdbool.h>

#include "../report/text.h"

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

#endif
