/*
 * Set-up, look-up of the command, one answer, the exit code.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <curl/curl.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/stop.h"
#include "base/str.h"
#include "cmd/cmd.h"
#include "cmd/ui.h"
#include "report/json.h"
#include "../transfer/xfer.h"

/* Known before anything can go wrong: shall the answer be JSON? */
static bool
wants_json(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--json") == 0 ||
		    strcmp(argv[i], "--events") == 0)
			return true;
	return false;
}

static int
no_command(const char *given, struct err *e)
{
	const struct command *c, *best = NULL;
	size_t i, d, least = word_reach(given);

	for (i = 0; (c = command_at(i)) != NULL; i++)
		if ((d = str_distance(c->name, given)) < least) {
			least = d;
			best = c;
		}
	if (given[0] == '-')
		err_set(e, ERR_USAGE, "the command comes first: coupondrop "
		    "COMMAND %s", given);
	else if (best != NULL)
		err_set(e, ERR_USAGE, "there is no command \"%s\"; did you "
		    "mean \"%s\"?", given, best->name);
	else
		err_set(e, ERR_USAGE, "there is no command \"%s\"; all are "
		    "listed by: coupondrop --help", given);
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

	if (flags_parse(v->cmd, argc, argv, &v->line, &v->err) == -1)
		return env_fail(v);
	if (line_has(&v->line, F_HELP)) {
		command_help(v->cmd);
		v->answered = true;
		return 0;
	}
	if (start_log(v) == -1)
		return env_fail(v);
	code = v->cmd->run(v);
	log_free(v->log);
	config_release(&v->config);
	return code;
}

/*
 * What is still to be said: the error, once, in words or as JSON.  Standard
 * output is flushed first, for that may be what fails.
 */
static int
say_end(struct env *v, int code)
{
	const struct err_info *i;

	if (v->err.code != ERR_NONE && v->json && !v->answered) {
		json_t *o = json_schema("coupondrop.error/1", code);

		json_object_set_new(o, "error", json_error(&v->err));
		env_answer(v, o, code);
	}
	code = env_flush(v, code);
	i = err_row(&v->err);
	if (v->err.code == ERR_NONE || (v->json && v->err.code != ERR_IO) ||
	    (code == 0 && (!v->tty || line_has(&v->line, F_QUIET))))
		return code;
	ui_error(v, v->err.msg);
	/* A dry run leaves none to go on with, or to look at. */
	if (i->advice[0] != '\0' && code != 0 &&
	    !(line_has(&v->line, F_DRY_RUN) &&
	    strstr(i->advice, "coupondrop ") != NULL))
		ui_advice(v, i->advice);
	return code;
}

/* Help that was asked for is an answer like any other. */
static bool
help_wanted(int argc, char **argv)
{
	const struct command *c;

	if (argc > 1 && strcmp(argv[1], "--version") == 0) {
		program_version();
		return true;
	}
	if (argc > 1 && strcmp(argv[1], "help") != 0 &&
	    strcmp(argv[1], "--help") != 0 && strcmp(argv[1], "-h") != 0)
		return false;
	c = argc > 2 ? command_find(argv[2]) : NULL;
	if (c != NULL)
		command_help(c);
	else
		program_help();
	return true;
}

/*
 * Some variables would have a library do what no setting says: write the keys
 * of every TLS connection to a file, or use another TLS library than the one
 * that was tested.  Proxies in the environment are not heard where libcurl is
 * set up; SSL_CERT_FILE and the like are read by the curl program only.
 * OPENSSL_CONF stays: it is how an administrator names the system's rules for
 * TLS, and SSH_AUTH_SOCK is used on purpose.
 */
static void
quiet_environment(void)
{
	static const char *const names[] = {
		"SSLKEYLOGFILE", "CURL_SSL_BACKEND",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unsetenv(names[i]);
}

int
main(int argc, char **argv)
{
	struct env v;
	int code;

	/* There is nowhere to say why. */
	if (io_hold_standard() == -1)
		return 70;
	quiet_environment();
	memset(&v, 0, sizeof(v));
	if ((code = xfer_helper(argc, argv)) != -1)
		return code;
	v.clock = &clock_system;
	secret_harden();
	stop_install();
	v.json = wants_json(argc, argv);
	v.tty = isatty(STDERR_FILENO) && !v.json;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
		return 70;
	if (help_wanted(argc, argv))
		code = argc < 2 ? 64 : 0;
	else {
		v.cmd = command_find(argv[1]);
		code = v.cmd == NULL ? no_command(argv[1], &v.err) :
		    run_command(&v, argc - 2, argv + 2);
	}
	code = say_end(&v, code);
	curl_global_cleanup();
	return code;
}
