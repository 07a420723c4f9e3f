/*
 * Commands: one file each, which parses nothing itself, calls one thing of the
 * layers below and picks an exit code.
 */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "env.h"
#include "flags.h"

struct option;

/* What a command uses of the settings of a job, and takes as flags. */
enum settings_used { SETTINGS_NONE, SETTINGS_INPUT, SETTINGS_ALL };

struct command {
	const char	*name;
	const char	*args;
	const char	*summary;
	const char	*group;		/* heading in --help */
	uint64_t	 flags;		/* bits of the flags it takes */
	enum settings_used settings;	/* of a job, as flags */
	const char	*help;		/* paragraphs and examples */
	int		(*run)(struct env *);
};

extern const struct command cmd_validate, cmd_run, cmd_follow, cmd_status,
    cmd_resume, cmd_runs, cmd_show, cmd_explain, cmd_config, cmd_sandbox,
    cmd_completion, cmd_cleanup, cmd_doctor, cmd_ledger, cmd_ack,
    cmd_schedule;

/*
 * command_find(name): the command, or NULL.
 */
const struct command *command_find(const char *);

/*
 * command_at(i): the i-th command in the order of the help; NULL at the end.
 */
const struct command *command_at(size_t);

/*
 * command_uses(c, o): whether a setting is one that the command uses and takes
 * as a flag.
 */
bool	command_uses(const struct command *, const struct option *);

/*
 * command_help(c): print the help of a command on stdout.
 */
void	command_help(const struct command *);

/*
 * program_help(): print the help of the whole program on stdout.
 */
void	program_help(void);

/*
 * program_version(): print its version and those of its libraries on stdout.
 */
void	program_version(void);

#endif
