/*
 * Pieces of lines that people read.
 */
#ifndef REPORT_TEXT_H
#define REPORT_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TEXT_COLUMNS	100	/* of a line that is printed */

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
 * text_columns(p, n): how many characters n bytes of UTF-8 are.
 */
size_t	text_columns(const char *, size_t);

/*
 * text_command(s, at): how many bytes the command "coupondrop ..." is long that
 * begins at s[at]; 0: none does.  It ends with the quotes that it stands in,
 * or with its clause.
 */
size_t	text_command(const char *, size_t);

/*
 * text_fold(f, before, s): as text_line, in lines of at most TEXT_COLUMNS
 * characters, the later ones indented deeper than a word in before, or as deep
 * as before where that is blank.  A word, such as a path, and what is to be
 * pasted, a command or a setting, are never broken, and may go beyond.
 */
void	text_fold(FILE *, const char *, const char *);

/*
 * text_fold_at(f, column, indent, s): the same for a line that has so many
 * characters; the later ones are indented by so many.
 */
void	text_fold_at(FILE *, size_t, size_t, const char *);

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
