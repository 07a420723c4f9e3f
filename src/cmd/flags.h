/*
 * The command line: the flags there are, and taking a line apart by them and by
 * the option rows of a job.
 */
#ifndef CMD_FLAGS_H
#define CMD_FLAGS_H

#include <stdbool.h>
#include <stddef.h>

#include "../config/config.h"

struct command;
struct err;

enum flag {
	F_HELP, F_JSON, F_CONFIG, F_QUIET, F_VERBOSE, F_LOG_FORMAT, F_JOB,
	F_YES, F_WATCH, F_UNTIL, F_DRY_RUN, F_AGAIN, F_SETTLES,
	F_WAIT_LOCK,
	F_MAX_FINDINGS, F_REPORT, F_SPLIT, F_FIX, F_FORCE, F_STRICT,
	F_ADOPT, F_RESUBMIT, F_GIVE_UP, F_NOTE, F_ALL, F_LIMIT, F_PORT,
	F_DIR, F_LOAD, F_WRITE_CONFIG, F_FAULTS, F_JOBS, F_TOKEN_LIFE,
	F_MOODS, F_CA_FILE, F_QUEUED, F_RUNNING, F_CERT, F_KEY, F_FTPS_PORT,
	F_OUTPUT,
	F_OLDER, F_INSECURE, F_PIN, F_DEADLINE, F_COUNT,
	F_ONCE, F_REACHED, F_EVENTS, F__MAX
};

#define FLAG(f)		(1ull << (f))
/* What each command takes that works with a ledger. */
#define FLAGS_COMMON	(FLAG(F_HELP) | FLAG(F_JSON) | FLAG(F_CONFIG) | \
			    FLAG(F_VERBOSE) | FLAG(F_LOG_FORMAT))
#define GIVEN_MAX	64	/* settings on one command line */
#define LOAD_MAX	16	/* --load on one command line */
#define REPORT_MAX	4	/* reports of one check */

/* A command line, taken apart. */
struct line {
	const char	*flag[F__MAX];	/* value, "" for a switch; or NULL */
	struct given	 given[GIVEN_MAX];
	size_t		 ngiven;
	const char	*load[LOAD_MAX]; /* --load, as often as given */
	size_t		 nload;
	const char	*report[REPORT_MAX]; /* --report, likewise */
	size_t		 nreport;
	char		**args;		/* what is no flag; borrowed */
	size_t		 nargs;
};

/*
 * flags_parse(c, argc, argv, out, e): take a command line apart; argv is
 * reordered.  ERR_USAGE naming the nearest flag.
 */
int	flags_parse(const struct command *, int, char **, struct line *,
	    struct err *);

/*
 * flag_row(f, name, arg, help): the texts of a flag; "" for arg when it is a
 * switch.
 */
void	flag_row(enum flag, const char **, const char **, const char **);

/*
 * word_reach(given): a known word has to be nearer to it than this to be named
 * as what was meant.
 */
size_t	word_reach(const char *);

/*
 * flag_letter(f): its short form, or 0.
 */
char	flag_letter(enum flag);

/*
 * line_has(l, f): whether a flag was given.
 */
bool	line_has(const struct line *, enum flag);

/*
 * flag_value(l, f): what was given with a flag, else its default as it would be
 * written, else NULL.
 */
const char *flag_value(const struct line *, enum flag);

#endif
