/* completion: what a shell needs to complete our words. */
#include <stdio.h>
#include <string.h>

#include "../report/text.h"
#include "cmd.h"

/* Text inside single quotes, for any of the shells. */
static void
put_quoted(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*text);
}

/* How a shell is told of one flag; value: it takes one. */
typedef void flag_writer(const struct command *, const char *key, bool value,
    const char *help);

static void
each_flag(const struct command *c, flag_writer *put)
{
	const char *name, *arg, *help;
	size_t f, i, n;
	const struct option *o = option_rows(&n);

	for (f = 0; f < F__MAX; f++)
		if ((c->flags & FLAG(f)) != 0) {
			flag_row((enum flag)f, &name, &arg, &help);
			put(c, name, arg[0] != '\0', help);
		}
	for (i = 0; c->settings && i < n; i++)
		if (o[i].section == SECT_JOB && o[i].flag)
			put(c, o[i].key, true, o[i].help);
}

/* For bash and zsh, all stand on one line. */
static void
put_flag(const struct command *c, const char *key, bool value,
    const char *help)
{
	char word[64];

	(void)c;
	(void)value;
	(void)help;
	printf(" --%s", text_flag(key, word));
}

static void
bash_script(void)
{
	const struct command *c;
	size_t i;

	puts("# bash completion of coupondrop\n"
	    "_coupondrop()\n{\n"
	    "\tlocal cur=${COMP_WORDS[COMP_CWORD]} words\n"
	    "\tcase ${COMP_WORDS[1]} in");
	for (i = 0; (c = command_at(i)) != NULL; i++) {
		printf("\t%s) words=\"", c->name);
		each_flag(c, put_flag);
		puts("\" ;;");
	}
	fputs("\t*) words=\"", stdout);
	for (i = 0; (c = command_at(i)) != NULL; i++)
		printf("%s%s", i > 0 ? " " : "", c->name);
	puts("\" ;;\n\tesac\n"
	    "\tif [ \"$COMP_CWORD\" -eq 1 ] || [ \"${cur#-}\" != \"$cur\" ]; "
	    "then\n"
	    "\t\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
	    "\telse\n"
	    "\t\tCOMPREPLY=($(compgen -f -- \"$cur\"))\n\tfi\n}\n"
	    "complete -o filenames -F _coupondrop coupondrop");
}

static void
zsh_script(void)
{
	const struct command *c;
	size_t i;

	puts("#compdef coupondrop\n_coupondrop()\n{\n"
	    "\tif (( CURRENT == 2 )); then\n\t\tlocal -a commands=(");
	for (i = 0; (c = command_at(i)) != NULL; i++) {
		printf("\t\t\t'%s:", c->name);
		put_quoted(c->summary);
		puts("'");
	}
	puts("\t\t)\n\t\t_describe command commands\n\t\treturn\n\tfi\n"
	    "\tcase $words[2] in");
	for (i = 0; (c = command_at(i)) != NULL; i++) {
		printf("\t%s) compadd --", c->name);
		each_flag(c, put_flag);
		puts(" ;;");
	}
	puts("\tesac\n\t_files\n}\n_coupondrop \"$@\"");
}

static void
fish_flag(const struct command *c, const char *key, bool value,
    const char *help)
{
	char word[64];

	printf("complete -c coupondrop -n '__fish_seen_subcommand_from %s' "
	    "-l %s%s -d '", c->name, text_flag(key, word), value ? " -r" :
	    "");
	put_quoted(help);
	puts("'");
}

static void
fish_script(void)
{
	const struct command *c;
	size_t i;

	puts("# fish completion of coupondrop");
	for (i = 0; (c = command_at(i)) != NULL; i++) {
		printf("complete -c coupondrop -n __fish_use_subcommand -f "
		    "-a %s -d '", c->name);
		put_quoted(c->summary);
		puts("'");
		each_flag(c, fish_flag);
	}
}

static int
completion_run(struct env *v)
{
	const char *shell = v->line.nargs == 1 ? v->line.args[0] : "";

	if (strcmp(shell, "bash") == 0)
		bash_script();
	else if (strcmp(shell, "zsh") == 0)
		zsh_script();
	else if (strcmp(shell, "fish") == 0)
		fish_script();
	else {
		err_set(&v->err, ERR_USAGE, "name a shell: bash, zsh or "
		    "fish");
		return env_fail(v);
	}
	return 0;
}

const struct command cmd_completion = {
	"completion", "SHELL", "completion for bash, zsh or fish", "set up",
	FLAG(F_HELP), false,
	"Prints a script for your shell:\n\n"
	"  coupondrop completion bash > "
	"~/.local/share/bash-completion/completions/coupondrop",
	completion_run
};
