/* completion: what a shell needs to complete our words. */
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "offer.h"

/*
 * Each script asks the program for every word, so that jobs and runs are those
 * that there are, and has nothing of its own that could be out of date.
 */
static const char bash_script[] =
"# bash completion of coupondrop\n"
"_coupondrop()\n"
"{\n"
"\tlocal IFS=$'\\n' cur=${COMP_WORDS[COMP_CWORD]} found ends\n"
"\tfound=$(\"${COMP_WORDS[0]}\" completion offer -- \\\n"
"\t    \"${COMP_WORDS[@]:1:COMP_CWORD}\" 2>/dev/null)\n"
"\tcase $found in\n"
"\t:folders)\n"
"\t\tcompopt -o filenames 2>/dev/null\n"
"\t\tCOMPREPLY=($(compgen -d -- \"$cur\")) ;;\n"
"\t:files*)\n"
"\t\tcompopt -o filenames 2>/dev/null\n"
"\t\tends=${found#:files} ends=${ends// /|}\n"
"\t\tfound=$(compgen -f -- \"$cur\" |\n"
"\t\t    grep -E \"${ends:+[.](${ends#|})\\$}\")\n"
"\t\tCOMPREPLY=(${ends:+$(compgen -d -- \"$cur\")} $found) ;;\n"
"\t*)\n"
"\t\tCOMPREPLY=($found) ;;\n"
"\tesac\n"
"}\n"
"complete -F _coupondrop coupondrop\n";

static const char zsh_script[] =
"#compdef coupondrop\n"
"_coupondrop()\n"
"{\n"
"\tlocal found=\"$($words[1] completion offer -- \\\n"
"\t    \"${(@)words[2,CURRENT]}\" 2>/dev/null)\"\n"
"\tcase $found in\n"
"\t:folders) _files -/ ;;\n"
"\t:files\\ *) _files -g \"*.(${${found#:files }// /|})\" ;;\n"
"\t:files) _files ;;\n"
"\t*) compadd -- ${(f)found} ;;\n"
"\tesac\n"
"}\n"
"_coupondrop \"$@\"\n";

static const char fish_script[] =
"# fish completion of coupondrop\n"
"function __coupondrop_offer\n"
"\tset -l words (commandline -opc) (commandline -ct)\n"
"\tset -l found (coupondrop completion offer -- $words[2..-1] "
"2>/dev/null)\n"
"\tswitch \"$found\"\n"
"\tcase ':folders'\n"
"\t\t__fish_complete_directories (commandline -ct)\n"
"\tcase ':files*'\n"
"\t\t__fish_complete_path (commandline -ct)\n"
"\tcase '*'\n"
"\t\tprintf '%s\\n' $found\n"
"\tend\n"
"end\n"
"complete -c coupondrop -f -a '(__coupondrop_offer)'\n";

static int
completion_run(struct env *v)
{
	const char *shell = v->line.nargs > 0 ? v->line.args[0] : "";

	if (strcmp(shell, "offer") == 0) {
		offer(v, v->line.args + 1, v->line.nargs - 1);
		/* A shell in the middle of a line can hear of no trouble. */
		err_clear(&v->err);
		return 0;
	}
	if (v->line.nargs == 1 && strcmp(shell, "bash") == 0)
		fputs(bash_script, stdout);
	else if (v->line.nargs == 1 && strcmp(shell, "zsh") == 0)
		fputs(zsh_script, stdout);
	else if (v->line.nargs == 1 && strcmp(shell, "fish") == 0)
		fputs(fish_script, stdout);
	else {
		err_set(&v->err, ERR_USAGE, "name a shell: bash, zsh or "
		    "fish");
		return env_fail(v);
	}
	return 0;
}

const struct command cmd_completion = {
	"completion", "SHELL", "completion for bash, zsh or fish", "set up",
	FLAG(F_HELP), SETTINGS_NONE,
	"Prints a script for your shell:\n\n"
	"  coupondrop completion bash > "
	"~/.local/share/bash-completion/completions/coupondrop",
	completion_run
};
