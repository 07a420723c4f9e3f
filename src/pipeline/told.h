/*
 * Warnings that are told once, and not again every night: about what is as it
 * is, such as a server that only the platform can reach.
 */
#ifndef PIPELINE_TOLD_H
#define PIPELINE_TOLD_H

#include <stdbool.h>

struct ctx;

/*
 * told_is_news(c, what, name): whether this was not told yet of what has that
 * name; from now on it was.  What cannot be noted is news each time.  what is
 * a word.
 */
bool	told_is_news(const struct ctx *, const char *, const char *);

/*
 * told_is_over(c, what, name): it is so no more; the next time is news.
 */
void	told_is_over(const struct ctx *, const char *, const char *);

#endif
