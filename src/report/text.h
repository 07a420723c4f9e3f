/*
 * Pieces of lines that people read.
 */
#ifndef REPORT_TEXT_H
#define REPORT_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct date;

/*
 * text_date(d, out): "18 Nov" into out[16]; returns out.
 */
const char *text_date(const struct date *, char [16]);

/*
 * text_minute(ms, out): "2026-11-21 02:10", UTC, into out[21]; returns out.
 */
const char *text_minute(int64_t, char [21]);

/*
 * text_day_minute(local, out): "Sat 2026-11-21 02:10" into out[32], of seconds
 * since 1970-01-01 00:00 on the clocks of some zone; returns out.
 */
const char *text_day_minute(int64_t, char [32]);

/*
 * text_flag(key, out): the flag of a key of the configuration, without the
 * "--": "max-reject" for "max_reject", into out[64]; returns out.
 */
const char *text_flag(const char *, char [64]);

/*
 * text_line(f, before, s): a line of before, which has to be our own text, and
 * text_name of s.
 */
void	text_line(FILE *, const char *, const char *);

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
