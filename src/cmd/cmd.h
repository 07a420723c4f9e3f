/*
 * Commands: one file each, which parses nothing itself, calls one thing of the
 * layers below and picks an exit code.
 */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "../base/err.h"
#include "../config/config.h"
#include "../provider/provider.h"

struct ctx;
struct ledger_run;
struct log;
struct run_report;

enum flag {
	F_HELP, F_JSON, F_CONFIG, F_QUIET, F_VERBOSE, F_LOG_FORMAT, F_JOB,
	F_YES, F_WATCH, F_UNTIL, F_DRY_RUN, F_AGAIN, F_WAIT_LOCK,
	F_MAX_FINDINGS, F_REPORT, F_SPLIT, F_FIX, F_STRICT,
	F_ADOPT, F_RESUBMIT, F_GIVE_UP, F_NOTE, F_ALL, F_LIMIT, F_PORT,
	F_DIR, F_LOAD, F_WRITE_CONFIG, F_FAULTS, F_MOODS, F_CA_FILE, F_QUEUED,
	F_RUNNING, F_CERT, F_KEY, F_FTPS_PORT, F_OUTPUT,
	F_OLDER, F_INSECURE, F_PIN, F_DEADLINE, F__MAX
};

#define FLAG(f)		(1ull << (f))
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

/* What a command works with. */
struct env {
	const struct command	*cmd;
	struct line		 line;
	struct config		 config;
	bool			 configured;
	struct log		*log;
	bool			 json;
	bool			 tty;	/* a person watches stderr */
	bool			 answered; /* the result is on stdout */
	struct err		 err;	/* what to say at the end */
	char			 schema[32]; /* of the JSON */
};

struct command {
	const char	*name;
	const char	*args;
	const char	*summary;
	const char	*group;		/* heading in --help */
	uint64_t	 flags;		/* bits of the flags it takes */
	bool		 settings;	/* takes the settings of a job */
	const char	*help;		/* paragraphs and examples */
	int		(*run)(struct env *);
};

extern const struct command cmd_validate, cmd_run, cmd_follow, cmd_status,
    cmd_resume, cmd_runs, cmd_show, cmd_explain, cmd_config, cmd_sandbox,
    cmd_completion, cmd_cleanup, cmd_doctor, cmd_ledger;

/*
 * command_find(name): the command, or NULL.
 */
const struct command *command_find(const char *);

/*
 * command_at(i): the i-th command in the order of the help; NULL at the end.
 */
const struct command *command_at(size_t);

/*
 * command_help(c): print the help of a command on stdout.
 */
void	command_help(const struct command *);

/*
 * program_help(), program_version(): the whole program's, on stdout.
 */
void	program_help(void);
/*
 * program_version(): see program_help.
 */
void	program_version(void);

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
 * env_config(v): read the configuration once.  -1 with v->err.
 */
int	env_config(struct env *);

/*
 * env_many_files(n): so many files will be open at a time.
 */
void	env_many_files(size_t);

/*
 * env_mistakes(v): for a person, several mistakes of the configuration are
 * told one a line, and v->err says how many they are.
 */
void	env_mistakes(struct env *);

/*
 * env_fail(v): the exit code of v->err, for `return env_fail(v)`.
 */
int	env_fail(struct env *);

/*
 * env_time(v, f, ms): the time given with a flag in milliseconds into *ms,
 * which stays as it is without the flag.  -1 with v->err.
 */
int	env_time(struct env *, enum flag, int64_t *);

/*
 * env_exit(v, job, code): the exit code for cron: 0 for what the job calls
 * fine (ok_exits); JSON keeps the real one.
 */
int	env_exit(const struct env *, const struct set_job *, int);

/*
 * env_answer(v, object): print the one JSON object of this run, which is
 * consumed.  Returns 0, or -1 with v->err when it cannot be written.
 */
int	env_answer(struct env *, json_t *);

/*
 * env_flush(v, code): flush stdout; code, or the exit of a failing write.
 */
int	env_flush(struct env *, int);

/*
 * json_error(err): the object of "error", or JSON null for ERR_NONE.
 */
json_t	*json_error(const struct err *);

/*
 * json_schema(name, exit): {"schema":name,"exit":exit}.
 */
json_t	*json_schema(const char *, int);

/*
 * json_time(ms): "2026-11-21T01:10:00Z", or JSON null for 0.
 */
json_t	*json_time(int64_t);

/*
 * json_run(r): one member of "runs" of coupondrop.run/1.
 */
json_t	*json_run(const struct run_report *);

/*
 * json_runs(v, schema, exit, runs): the head of an answer about runs: schema,
 * exit, version, host, config_sha256; runs stays the caller's.
 */
json_t	*json_runs(const struct env *, const char *, int, json_t *);

/*
 * json_tasks(r, list): the tasks of a run as members of "tasks" of
 * coupondrop.follow/1, added to list.  0, or -1 out of memory.
 */
int	json_tasks(const struct run_report *, json_t *);

/*
 * json_followed(ref, task, outcome, why): one member of "tasks" of
 * coupondrop.follow/1; why is ERR_NONE when nothing is wrong with it.
 */
json_t	*json_followed(const char *, const struct pv_task *, enum outcome,
	    const struct err *);

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

/*
 * ui_open(v, c): fill the ui of c for this terminal or none.
 */
void	ui_open(struct env *, struct ctx *);

/*
 * ui_rate(what, done, total, spent_ms): a line on the terminal that takes the
 * place of itself: how far, how fast, how long yet.
 */
void	ui_rate(const char *, uint64_t, uint64_t, int64_t);

/*
 * ui_clear(v): take a progress line off the terminal.
 */
void	ui_clear(struct env *);

/*
 * env_init(v, out): the command that begins a ledger anew, with the
 * configuration that is in force, into out[4200]; returns out.
 */
const char *env_init(const struct env *, char [4200]);

/*
 * env_pipeline(v, c, e): open the ledger and fill c.  ui_open included.  The
 * caller ends c with env_pipeline_close, after failure too.
 */
int	env_pipeline(struct env *, struct ctx *);

/*
 * env_pipeline_close(c): close the ledger.
 */
void	env_pipeline_close(struct ctx *);

/* Runs of one command, to be answered together; zeroed to begin with. */
struct ended {
	json_t	*runs;		/* members of "runs" */
	json_t	*not_started;	/* files without a run, and why; or NULL */
	json_t	*tasks;		/* not NULL: gather the runs' tasks, too */
	int	 exit;		/* worst so far, before ok_exits */
	size_t	 n;
	bool	 several;	/* each has to say why it ended */
	struct err err;		/* of the worst */
};

struct pipe_end;

/*
 * ended_add(v, c, job, end, out): a run ended; tell the person, or gather its
 * JSON.  0, or -1 with v->err.
 */
int	ended_add(struct env *, struct ctx *, const struct set_job *,
	    const struct pipe_end *, struct ended *);

/*
 * ended_file(v, job, path, why, out): no run came of a file.  As ended_add.
 */
int	ended_file(struct env *, const struct set_job *, const char *,
	    const struct err *, struct ended *);

/*
 * ended_go(v, c, run, out): what the command line decides about a run, if
 * anything, then on with it and ended_add.  Settings it cannot have any more
 * are the end of this run only.  0, or -1 with v->err.
 */
int	ended_go(struct env *, struct ctx *, const struct ledger_run *,
	    struct ended *);

/*
 * ended_tidy(v, c, id, job, look, f, arg): take away what stayed when runs
 * ended: of the run with that whole id, or, with NULL, of all of a job (NULL:
 * of every one).  f is told of each and what still stands in the way, ERR_NONE
 * for nothing.  With look, nothing is done.  Runs that another process is at
 * work on are left out.  0, or -1 with v->err.
 */
int	ended_tidy(struct env *, struct ctx *, const char *, const char *, bool,
	    void (*)(void *, const char *, const struct err *), void *);

/*
 * ended_answer(v, schema, out): print the JSON if asked for, return the exit
 * code.
 */
int	ended_answer(struct env *, const char *, struct ended *);

/*
 * ended_release(out): free what it holds.
 */
void	ended_release(struct ended *);

#endif
