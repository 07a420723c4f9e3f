/*
 * A run in one line: what came of it, then why.
 *
 * A message names the way first and the cause last: "upload a.zip: put /a.zip
 * to files.example.com:22: no connection".  Where a line is short, the cause
 * and the server come first and the way stays out; show has all of it.
 */
#include "run.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "../base/exit.h"
#include "../base/str.h"
#include "../pipeline/evidence.h"
#include "../pipeline/pipeline.h"
#include "../pipeline/report.h"
#include "text.h"

const char *
headline_word(const struct run_report *r, bool dry)
{
	if (r->err.code == ERR_SAID_NO ||
	    (r->err.code != ERR_REPEAT && pipeline_repeats(r->err.code)))
		return "NOT SENT";
	if (r->stands == STANDS_RUNNING)
		return "RUNNING";
	if (r->stands == STANDS_BROKEN_OFF && r->exit == 0)
		return "BROKEN OFF";
	if (r->exit == 0 && r->run.state != RUN_FINISHED && !dry)
		return "NOT FINISHED";
	return exit_info(r->exit)->headline;
}

/* How steps of the way begin; what follows one and ": " is nearer the cause. */
static bool
is_way(const char *s)
{
	static const char *const ways[] = { "upload ", "put ", "get ",
	    "fetch ", "connect to ", "call to ", "list banks of ",
	    "list tasks", "look up codes", "look at ", "endpoint ",
	    "provider ", "confirm batch ", "ask for ", "have a new one made",
	    "test pick-up of ", "prove the content of ", "read the folder",
	    "open the folder" };
	size_t i;

	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (strncmp(s, ways[i], strlen(ways[i])) == 0)
			return true;
	return false;
}

/* The ": " that ends the first step, outside of quotes; or NULL. */
static const char *
step_end(const char *s)
{
	bool quoted = false;

	for (; *s != '\0'; s++) {
		if (*s == '"')
			quoted = !quoted;
		if (!quoted && s[0] == ':' && s[1] == ' ')
			return s;
	}
	return NULL;
}

/* The last word of a step where it is HOST:PORT; else its length is 0. */
static size_t
step_host(const char *s, const char *end, const char **host)
{
	const char *p = end;

	while (p > s && isdigit((unsigned char)p[-1]))
		p--;
	if (p == end || p == s || p[-1] != ':')
		return 0;
	while (p > s && p[-1] != ' ')
		p--;
	*host = p;
	return (size_t)(end - p);
}

size_t
headline_cause(const char *msg, char *out, size_t size)
{
	static const char it[] = "the server ";
	const char *end, *host, *port, *begin = msg;
	char server[300] = "", name[300];
	size_t n;

	while (is_way(msg) && (end = step_end(msg)) != NULL) {
		n = step_host(msg, end, &host);
		if (n > 0 && n < sizeof(server))
			snprintf(server, sizeof(server), "%.*s", (int)n, host);
		msg = end + 2;
	}
	port = strrchr(server, ':');
	snprintf(name, sizeof(name), "%.*s", port != NULL ?
	    (int)(port - server) : 0, server);
	if (name[0] == '\0' || strstr(msg, name) != NULL)
		snprintf(out, size, "%s", msg);
	else if (strncmp(msg, it, sizeof(it) - 1) == 0)
		snprintf(out, size, "%s %s", server, msg + sizeof(it) - 1);
	else
		snprintf(out, size, "%s: %s", server, msg);
	return msg > begin ? (size_t)(msg - begin) - 2 : 0;
}

/*
 * Cut to so many columns: where a clause ends, else at a word; half a command
 * is no use.
 */
static void
cut(char *s, size_t columns)
{
	size_t i, at = 0, word = 0, clause = 0, hard = 0, command = 0;

	if (text_columns(s, strlen(s)) <= columns)
		return;
	for (i = 0; at <= columns; i++) {
		if (((unsigned char)s[i] & 0xc0) == 0x80)
			continue;
		if (i >= command)
			command = i + text_command(s, i);
		if (s[i] == ';' && i >= command && at > columns / 2)
			clause = i;
		if (at + 3 <= columns && i >= command)
			hard = i;
		if (at + 3 <= columns && i >= command && s[i] == ' ')
			word = i;
		at++;
	}
	if (clause > 0)
		s[clause] = '\0';
	else
		memcpy(s + (word > 0 ? word : hard), "...", 4);
}

/* How many rows a run still has to send, with nothing of it sent so far. */
static int64_t
rows_wait(const struct run_report *r)
{
	if (r->stands == STANDS_ENDED || r->submitted > 0)
		return 0;
	return r->sent > 0 ? r->sent : r->run.read - r->run.rejected;
}

/* What stands behind a good end. */
static void
good_line(const struct run_report *r, char *out, size_t size)
{
	int64_t asked = 0, good = 0;
	char n[3][64];
	size_t i;

	for (i = 0; i < r->nparts; i++)
		if (r->parts[i].asked > 0) {
			asked += r->parts[i].asked;
			good += evidence_good(&r->parts[i]);
		}
	str_count((uint64_t)r->sent, "row", n[0]);
	str_group((uint64_t)good, n[1]);
	str_group((uint64_t)asked, n[2]);
	if (asked > 0)
		snprintf(out, size, "ok  %s, %s of %s confirmed", n[0], n[1],
		    n[2]);
	else
		snprintf(out, size, "ok  %s, as the platform counts", n[0]);
}

void
headline(const struct run_report *r, size_t columns, char *out, size_t size)
{
	const char *msg = r->err.msg, *word = headline_word(r, false);
	char cause[sizeof(r->err.msg) + 300], rows[64];
	int64_t wait = rows_wait(r);

	if (r->stands == STANDS_ENDED && r->exit == 0) {
		good_line(r, out, size);
		cut(out, columns);
		return;
	}
	if (msg[0] == '\0' && r->run.hold != NULL)
		msg = r->run.hold;
	if (msg[0] == '\0')
		msg = r->stands == STANDS_BROKEN_OFF ?
		    "broken off, to be resumed" : r->stands == STANDS_RUNNING ?
		    "a process is at work on it" : "to be resumed";
	if (r->exit == 0 && r->stands != STANDS_RUNNING)
		word = "WAITING";
	headline_cause(msg, cause, sizeof(cause));
	if (wait > 0)
		snprintf(out, size, "%s  %s %s: %s", word, str_count(
		    (uint64_t)wait, "row", rows), wait == 1 ? "waits" : "wait",
		    cause);
	else
		snprintf(out, size, "%s  %s", word, cause);
	cut(out, columns);
}
