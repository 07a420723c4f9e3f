/*
 * Set-up, look-up of the command, one answer, the exit code.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <curl/curl.h>

#include "base/log.h"
#include "base/secret.h"
#include "base/stop.h"
#include "base/str.h"
#include "cmd/cmd.h"

/* Known before anything can go wrong: shall the answer be JSON? */
static bool
wants_json(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--json") == 0)
			return true;
	return false;
}

static int
no_command(const char *given, struct err *e)
{
	const struct command *c, *best = NULL;
	size_t i, d, least = 4;

	for (i = 0; (c = command_at(i)) != NULL; i++)
		if ((d = str_distance(c->name, given)) < least) {
			least = d;
			best = c;
		}
	err_set(e, ERR_USAGE, "there is no command \"%s\"%s%s%s; see "
	    "coupondrop --help", given, best != NULL ? "; did you mean \"" :
	    "", best != NULL ? best->name : "", best != NULL ? "\"?" : "");
	return err_exit(e);
}

static int
start_log(struct env *v)
{
	const char *f = v->line.flag[F_LOG_FORMAT];
	enum log_format format = LOG_TEXT;

	if (f != NULL && strcmp(f, "json") == 0)
		format = LOG_JSON;
	else if (f != NULL && strcmp(f, "journal") == 0)
		format = LOG_JOURNAL;
	else if (f != NULL && strcmp(f, "text") != 0)
		return err_set(&v->err, ERR_USAGE, "--log-format %s: use "
		    "text, json or journal", f);
	v->log = log_new(STDERR_FILENO, format,
	    line_has(&v->line, F_VERBOSE) ? LOG_INFO :
	    line_has(&v->line, F_QUIET) ? LOG_ERROR : LOG_WARN);
	return v->log == NULL ? err_nomem(&v->err) : 0;
}

static int
run_command(struct env *v, int argc, char **argv)
{
	int code;

	if (flags_parse(v->cmd, argc, argv, &v->line, &v->err) != 0)
		return env_fail(v);
	if (line_has(&v->line, F_HELP)) {
		command_help(v->cmd);
		v->answered = true;
		return 0;
	}
	if (start_log(v) != 0)
		return env_fail(v);
	code = v->cmd->run(v);
	log_free(v->log);
	config_release(&v->config);
	return code;
}

/* What is still to be said: the error, once, in words or as JSON. */
static int
say_end(struct env *v, int code)
{
	const struct err_info *i = err_info(v->err.code);

	if (v->err.code == ERR_NONE)
		return env_flush(v, code);
	if (v->json && !v->answered) {
		json_t *o = json_schema("coupondrop.error/1", code);

		json_object_set_new(o, "error", json_error(&v->err));
		env_answer(v, o);
	}
	if (!v->json && !(line_has(&v->line, F_QUIET) && code == 0)) {
		fprintf(stderr, "coupondrop: %s\n", v->err.msg);
		if (i->advice[0] != '\0' && code != 0)
			fprintf(stderr, "  %s\n", i->advice);
	}
	return env_flush(v, code);
}

int
main(int argc, char **argv)
{
	struct env v;
	int code = 0;

	memset(&v, 0, sizeof(v));
	secret_harden();
	stop_install();
	v.json = wants_json(argc, argv);
	v.tty = isatty(STDERR_FILENO) && !v.json;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
		return 70;
	if (argc < 2 || strcmp(argv[1], "help") == 0 ||
	    strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		program_help();
		return argc < 2 ? 64 : 0;
	}
	if (strcmp(argv[1], "--version") == 0) {
		program_version();
		return 0;
	}
	v.cmd = command_find(argv[1]);
	code = v.cmd == NULL ? no_command(argv[1], &v.err) :
	    run_command(&v, argc - 2, argv + 2);
	code = say_end(&v, code);
	curl_global_cleanup();
	return code;
}
