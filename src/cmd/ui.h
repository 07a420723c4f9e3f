/*
 * The terminal of a person who watches: questions, and lines that tell how far
 * it is.
 */
#ifndef CMD_UI_H
#define CMD_UI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ctx;
struct env;
struct pipe_event;

/*
 * ui_open(v, c): fill the ui of c for this terminal or none.
 */
void	ui_open(struct env *, struct ctx *);

/*
 * ui_moves(): whether lines of the terminal can take the place of others.
 */
bool	ui_moves(void);

/*
 * ui_size(columns, rows): of the terminal that is standard error; 80 and 24
 * where it does not tell.
 */
void	ui_size(size_t *, size_t *);

/*
 * ui_rate(what, done, total, spent_ms): a line on the terminal that takes the
 * place of itself: how far, how fast, how long yet.
 */
void	ui_rate(const char *, uint64_t, uint64_t, int64_t);

/*
 * ui_progress_text(ev, spent_ms, out): the line of a step under way for so
 * long: which file and batch of several, how far, how much of how much, how
 * fast, how long yet, into out[400].
 */
void	ui_progress_text(const struct pipe_event *, int64_t, char [400]);

/*
 * ui_error(v, msg): why something failed, on standard error: the cause first,
 * and below it the step in which it was met, if the message begins with one.
 */
void	ui_error(const struct env *, const char *);

/*
 * ui_advice(v, text): what to do about that, on standard error.
 */
void	ui_advice(const struct env *, const char *);

/*
 * ui_clear(v): take a progress line off the terminal.
 */
void	ui_clear(struct env *);

#endif
