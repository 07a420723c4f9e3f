/*
 * What the ssh program says on standard error, and what it means.
 *
 * Its exit code is 255 for all its own failures, so its words are all there
 * is.  Some of them repeat the server's, which are foreign: they choose among
 * error codes here and are shown escaped, and that is all they can do.
 */
#include "openssh_internal.h"

#include "sftp_session.h"
#include "xfer_internal.h"

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

/* The line before this one that counts, or this one. */
static const char *
line_before(const char *said, const char *line)
{
	const char *at, *before = line;

	for (at = said; at < line; at = next_line(at))
		if (line_counts(at))
			before = at;
	return before;
}

/* The lines from one to another, "a; b". */
static void
show_lines(const char *line, const char *last, char *out, size_t max)
{
	size_t n, used = 0;

	for (; used + 3 < max; line = next_line(line)) {
		n = line_length(line);
		if (line != last && n > 0 && line[n - 1] == '.')
			n--;
		if (line == last || line_counts(line)) {
			sftp_escape((struct sftp_bytes){ line, n },
			    out + used, max - used);
			used += strlen(out + used);
		}
		if (line == last)
			return;
		if (line_counts(line) && used + 3 < max)
			used += (size_t)snprintf(out + used, max - used, "; ");
	}
}

/*
 * Why a host is not trusted, and which one of several in a row, stands before
 * the verdict; whose connection ended is said behind it.
 */
enum err_code
openssh_explain(const char *said, enum err_code code, char *out, size_t max)
{
	const char *line = "", *last, *at;
	size_t i;

	for (at = said; *at != '\0'; at = next_line(at))
		if (line_counts(at))
			line = at;
	for (i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
		if ((at = strstr(said, meanings[i].words)) == NULL)
			continue;
		while (at > said && at[-1] != '\n' && at[-1] != '\r')
			at--;
		line = at;
		code = meanings[i].code;
		break;
	}
	last = line;
	if (code == ERR_HOSTKEY)
		line = line_before(said, line_before(said, line));
	if (line_begins(line, "kex_exchange_identification") &&
	    line_begins(next_line(line), "Connection "))
		last = next_line(line);
	show_lines(line, last, out, max);
	return code;
}

bool
openssh_logged_in(const char *said)
{
	const char *line;

	for (line = said; *line != '\0'; line = next_line(line))
		if (line_begins(line, "Authenticated to ") &&
		    line[line_length(line)] != '\0')
			return true;
	return false;
}

bool
openssh_met(const char *said)
{
	return said[0] != '\0' && strstr(said, "ssh: connect to ") == NULL &&
	    strstr(said, "Could not resolve ") == NULL;
}

/* The words behind one that tells what they are. */
static void
take_words(const char *from, size_t n, char *out, size_t max)
{
	char text[1024];

	sftp_escape((struct sftp_bytes){ from, n }, text, sizeof(text));
	snprintf(out, max, "%.*s", (int)max - 1, text);
}

/*
 * "debug1: kex: algorithm: sntrup761x25519-sha512@openssh.com",
 * "debug1: kex: client->server cipher: aes128-gcm@openssh.com MAC: <implicit>
 * compression: none", as ssh(1) of OpenSSH 9 has them.
 */
static void
take_debug(const char *line, struct xfer *x)
{
	static const char kex[] = "debug1: kex: algorithm: ",
	    key[] = "debug1: kex: host key algorithm: ",
	    cipher[] = "debug1: kex: client->server cipher: ",
	    remote[] = "debug1: Remote protocol version ",
	    software[] = ", remote software version ";
	struct xfer_facts *f = &x->facts;
	size_t n = line_length(line);
	const char *mac, *at;
	char name[128];

	if (line_begins(line, kex))
		take_words(line + sizeof(kex) - 1, n - sizeof(kex) + 1,
		    f->kex, sizeof(f->kex));
	else if (line_begins(line, key))
		take_words(line + sizeof(key) - 1, n - sizeof(key) + 1,
		    f->key_alg, sizeof(f->key_alg));
	else if (line_begins(line, cipher)) {
		line += sizeof(cipher) - 1;
		take_words(line, strcspn(line, " \r\n"), f->cipher,
		    sizeof(f->cipher));
		mac = strstr(line, " MAC: ");
		/* "<implicit>": the cipher sees to it. */
		if (mac != NULL && mac < next_line(line) && mac[6] != '<')
			take_words(mac + 6, strcspn(mac + 6, " \r\n"),
			    f->mac, sizeof(f->mac));
	} else if (line_begins(line, remote) &&
	    (at = strstr(line, software)) != NULL && at < next_line(line)) {
		at += sizeof(software) - 1;
		take_words(at, line_length(at), name, sizeof(name));
		snprintf(x->banner, sizeof(x->banner), "SSH-2.0-%s", name);
	}
}

void
openssh_take_facts(struct buf *said, struct xfer *x)
{
	char *line = said->data, *end;
	size_t n;

	while ((end = strchr(line, '\n')) != NULL) {
		n = (size_t)(end + 1 - line);
		if (!line_begins(line, "debug1: ")) {
			line = end + 1;
			continue;
		}
		take_debug(line, x);
		said->len -= n;
		memmove(line, end + 1, said->len - (size_t)(line -
		    said->data) + 1);
	}
}
