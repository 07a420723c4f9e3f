/*
 * What a shell offers to complete a command line with.
 */
#ifndef CMD_OFFER_H
#define CMD_OFFER_H

#include <stddef.h>

struct env;

/*
 * offer(v, words, n): print what the last of n words (those behind the name of
 * the program) may become, one a line: commands, flags, jobs, runs, or what a
 * flag can be.  Where names of files are wanted the one line is ":files" and
 * the endings that fit, or ":folders".  Nothing is made or changed; what cannot
 * be found out is not offered.
 */
void	offer(struct env *, char **, size_t);

#endif
