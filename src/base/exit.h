/*
 * Exit codes: what each means, whatever error it came from, and which of
 * several counts.
 */
#ifndef BASE_EXIT_H
#define BASE_EXIT_H

/* How much somebody is needed: not, some time, now. */
enum exit_severity { EXIT_FINE, EXIT_WARNING, EXIT_ERROR };

struct exit_info {
	int		 code;	/* 128 for all of 128 + signal */
	enum exit_severity severity;
	const char	*headline; /* "ATTENTION", above what was done */
};

/*
 * exit_info(code): what an exit code means; never NULL.  Codes that are none of
 * ours are like 70.
 */
const struct exit_info *exit_info(int);

/*
 * exit_worst(a, b): the exit code chosen among several, when several things
 * ended: the one that comes first in 128+N, 7 9 70 11 12 74 73 78 77 76 69 75
 * 66 65 64 10 3 4 8 5 6 0.  Unknown codes count as 70.
 */
int	exit_worst(int, int);

/*
 * exit_severity_name(s): "ok", "warning" or "error", as in the JSON.
 */
const char *exit_severity_name(enum exit_severity);

#endif
