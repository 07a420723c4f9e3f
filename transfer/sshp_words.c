/*
 * What the ssh program says on standard error, and what it means.
 *
 * Its exit code is 255 for all its own failures, so its words are all there
 * is.  Some of them repeat the server's, which are foreign: they choose among
 * error codes here and are shown escaped, and that is all they can do.
 */
#include "sshp_internal.h"

#include "../src/base/str.h"
#include "sftp_internal.h"

struct meaning {
	const char	*words;
	enum err_code	 code;
};

/* The first that is found anywhere counts: causes before consequences. */
static const struct meaning meanings[] = {
	{ "Bad configuration option", ERR_CONFIG },
	{ "Can't open user config file", ERR_CONFIG },
	{ "Bad owner or permissions on", ERR_CONFIG },
	{ "Could not resolve hostname", ERR_RESOLVE },
	{ "Unable to negotiate", ERR_PROTOCOL },
	{ "Bad server host key", ERR_PROTOCOL },
	{ "Host key verification failed", ERR_HOSTKEY },
	{ "UNPROTECTED PRIVATE KEY FILE", ERR_SECRET },
	{ "Load key ", ERR_SECRET },
	{ "Permission denied (", ERR_LOGIN },
	{ "Too many authentication failures", ERR_LOGIN },
	{ "subsystem request failed", ERR_UNSUPPORTED },
	{ "Connection timed out", ERR_TIMEOUT },
	{ "not responding", ERR_TIMEOUT },
	{ "Connection refused", ERR_CONNECT },
	{ "No route to host", ERR_CONNECT },
	{ "Network is unreachable", ERR_CONNECT },
	{ "kex_exchange_identification", ERR_CONNECT },
	{ "Connection reset", ERR_CONNECT },
	{ "Connection closed", ERR_CONNECT },
	{ "closed by remote host", ERR_BROKEN },
	{ "Broken pipe", ERR_BROKEN },
};

/* Lines that tell of the normal course of things. */
static const char *const noise[] = {
	"Authenticated to ", "Transferred: ", "Bytes per second: ",
	"Warning: Permanently added",
};

static size_t
line_length(const char *line)
{
	return strcspn(line, "\r\n");
}

static bool
line_begins(const char *line, const char *words)
{
	return strncmp(line, words, strlen(words)) == 0;
}

static bool
line_counts(const char *line)
{
	size_t i;

	for (i = 0; i < sizeof(noise) / sizeof(noise[0]); i++)
		if (line_begins(line, noise[i]))
			return false;
	return line_length(line) != 0;
}

static const char *
next_line(const char *line)
{
	line += line_length(line);
	return line + strspn(line, "\r\n");
}

static const char *
last_line(const char *said)
{
	const char *line, *last = "";

	for (line = said; *line != '\0'; line = next_line(line))
		if (line_counts(line))
			last = line;
	return last;
}

enum err_code
sshp_explain(const char *said, enum err_code code, char *out, size_t max)
{
	const char *line = last_line(said), *at;
	size_t i;

	for (i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
		if ((at = strstr(said, meanings[i].words)) == NULL)
			continue;
		while (at > said && at[-1] != '\n' && at[-1] != '\r')
			at--;
		line = at;
		code = meanings[i].code;
		break;
	}
	sftp_escape((struct sftp_bytes){ line, line_length(line) }, out, max);
	return code;
}

bool
sshp_logged_in(const char *said)
{
	const char *line;

	for (line = said; *line != '\0'; line = next_line(line))
		if (line_begins(line, "Authenticated to ") &&
		    line[line_length(line)] != '\0')
			return true;
	return false;
}
