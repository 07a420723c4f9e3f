/* Taking a command line apart, by the rows of flags and of options. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/str.h"
#include "../report/text.h"
#include "cmd.h"

/* A flag that has a default says it. */
#define SAYS(text, value)	\
	.help = text " (" value ").", .dflt = value

static const struct {
	const char	*name;
	char		 letter;
	const char	*arg;	/* NULL: a switch */
	const char	*help;
	const char	*dflt;	/* as it would be written; NULL: none */
} rows[F__MAX] = {
	[F_HELP] = { "help", 'h', NULL, .help = "Show this help." },
	[F_JSON] = { "json", 0, NULL, .help = "Answer with one JSON object." },
	[F_CONFIG] = { "config", 0, "FILE", .help = "Configuration to use." },
	[F_QUIET] = { "quiet", 'q', NULL, .help = "Say nothing but errors." },
	[F_VERBOSE] = { "verbose", 'v', NULL, .help = "Log each step." },
	[F_LOG_FORMAT] = { "log-format", 0, "text|json|journal",
	    .help = "How to write the log." },
	[F_JOB] = { "job", 'j', "JOB", .help = "Job of the configuration." },
	[F_YES] = { "yes", 'y', NULL, .help = "Do not ask before sending." },
	[F_WATCH] = { "watch", 'w', NULL,
	    .help = "Tell each step, without a terminal too." },
	[F_UNTIL] = { "until", 0, "validated|packed|staged",
	    .help = "Stop after this step." },
	[F_DRY_RUN] = { "dry-run", 'n', NULL,
	    .help = "Check, pack, log in, look at the bank; send nothing." },
	[F_AGAIN] = { "again", 0, NULL,
	    .help = "Send even if another run has the same content." },
	[F_SETTLES] = { "settles", 0, "RUN",
	    .help = "The file is the corrected one of this run." },
	[F_WAIT_LOCK] = { "wait-lock", 0, "TIME",
	    .help = "Wait so long for another run to end." },
	[F_DEADLINE] = { "deadline", 0, "TIME",
	    .help = "Longest wait for the tasks (6h, or as the run has it)." },
	[F_ONCE] = { "once", 0, NULL,
	    .help = "Ask one time, and wait for nothing." },
	[F_REACHED] = { "until", 0, "queued|running|done|failed|lost",
	    .help = "Follow each no further than there (its end)." },
	[F_EVENTS] = { "events", 0, NULL,
	    .help = "Print each change as a line of JSON, the answer last." },
	[F_MAX_FINDINGS] = { "max-findings", 0, "N",
	    SAYS("List at most so many problems", "1000") },
	[F_REPORT] = { "report", 0, "FILE",
	    .help = "Write a .html, .csv or .json report there; may be "
	    "repeated." },
	[F_SPLIT] = { "split", 0, "DIR",
	    .help = "Write good rows, broken rows and problems into DIR." },
	[F_FIX] = { "fix", 0, "FILE",
	    .help = "Write there what can be corrected without loss." },
	[F_FORCE] = { "force", 0, NULL,
	    .help = "Write over files that are there already." },
	[F_STRICT] = { "strict", 0, NULL, .help = "Warnings count as errors." },
	[F_ADOPT] = { "adopt", 0, "REF",
	    .help = "This task is the unknown batch's." },
	[F_RESUBMIT] = { "resubmit", 0, NULL,
	    .help = "Send the unknown batch again." },
	[F_GIVE_UP] = { "give-up", 0, NULL,
	    .help = "Close the unknown batch as unknown." },
	[F_NOTE] = { "note", 0, "TEXT", .help = "Why, for the journal." },
	[F_ALL] = { "all", 0, NULL, .help = "All, not only the latest." },
	[F_LIMIT] = { "limit", 0, "N", SAYS("At most so many", "20") },
	[F_COUNT] = { "count", 'n', "N",
	    .help = "So many of each (1, or 5 of one job)." },
	[F_PORT] = { "port", 0, "N",
	    SAYS("Port to listen on; 0: any", "8600") },
	[F_DIR] = { "dir", 0, "DIR", .help = "Folder for banks and files." },
	[F_LOAD] = { "load", 0, "ID:NAME:FILE",
	    .help = "Make a bank from the codes of a file." },
	[F_WRITE_CONFIG] = { "write-config", 0, "FILE",
	    .help = "Write a ready configuration there." },
	[F_FAULTS] = { "faults", 0, "FILE", .help = "Play these faults." },
	[F_JOBS] = { "jobs", 0, "FILE",
	    .help = "Have these jobs of other platforms." },
	[F_TOKEN_LIFE] = { "token-life", 0, "TIME",
	    .help = "How long a token of a login is taken." },
	[F_MOODS] = { "moods", 0, "SEED",
	    .help = "Do other things than it says." },
	[F_CA_FILE] = { "ca-file", 0, "FILE",
	    .help = "Certificates to trust when fetching." },
	[F_QUEUED] = { "queued", 0, "TIME",
	    .help = "How long a task is PENDING." },
	[F_RUNNING] = { "running", 0, "TIME",
	    .help = "How long a task is PROCESSING." },
	[F_CERT] = { "cert", 0, "FILE",
	    .help = "Serve HTTPS with it (--key)." },
	[F_KEY] = { "key", 0, "FILE", .help = "Key of --cert." },
	[F_FTPS_PORT] = { "ftps-port", 0, "N",
	    SAYS("Fetch with TLS from the first byte from this port", "990") },
	[F_OLDER] = { "older-than", 0, "TIME",
	    SAYS("Folders of runs that ended so long ago", "90d") },
	[F_PIN] = { "pin", 0, "SHA256:...",
	    .help = "Trust this host key; store it, if the host was unknown." },
	[F_INSECURE] = { "insecure-tls", 0, NULL,
	    .help = "Check no certificate of a file server, this once." },
	[F_OUTPUT] = { "task-output", 0, NULL,
	    .help = "Put the counters into the output of a task." },
};

size_t
word_reach(const char *given)
{
	size_t half = strlen(given) / 2 + 1;

	return half < 4 ? half : 4;
}

char
flag_letter(enum flag f)
{
	return rows[f].letter;
}

void
flag_row(enum flag f, const char **name, const char **arg, const char **help)
{
	*name = rows[f].name;
	*arg = rows[f].arg != NULL ? rows[f].arg : "";
	*help = rows[f].help;
}

bool
line_has(const struct line *l, enum flag f)
{
	return l->flag[f] != NULL;
}

const char *
flag_value(const struct line *l, enum flag f)
{
	return line_has(l, f) ? l->flag[f] : rows[f].dflt;
}

static const struct option *
setting_flag(const char *name, size_t n)
{
	size_t i, count;
	const struct option *o = option_rows(&count);
	char word[64];

	for (i = 0; i < count; i++)
		if (o[i].section == SECT_JOB && o[i].flag &&
		    strlen(o[i].key) == n &&
		    memcmp(text_flag(o[i].key, word), name, n) == 0)
			return &o[i];
	return NULL;
}

static int
no_such_flag(const struct command *c, const char *name, size_t n,
    struct err *e)
{
	char given[64], best[64] = "";
	size_t i, d, count, least;
	const struct option *o = option_rows(&count);

	snprintf(given, sizeof(given), "%.*s", (int)(n < 60 ? n : 60), name);
	least = word_reach(given);

	for (i = 0; i < F__MAX; i++)
		if ((c->flags & FLAG(i)) != 0 && (d = str_distance(
		    rows[i].name, given)) < least) {
			least = d;
			snprintf(best, sizeof(best), "%s", rows[i].name);
		}
	for (i = 0; i < count; i++)
		if (command_uses(c, &o[i]) &&
		    (d = str_distance(o[i].key, given)) < least) {
			least = d;
			text_flag(o[i].key, best);
		}
	if (best[0] != '\0')
		return err_set(e, ERR_USAGE, "%s does not take --%s; did you "
		    "mean --%s?", c->name, given, best);
	return err_set(e, ERR_USAGE, "%s does not take --%s; what it takes "
	    "is shown by: coupondrop %s --help", c->name, given, c->name);
}

/* A command line on its way into *l. */
struct parsing {
	const struct command	*c;
	struct line		*l;
	char			**argv;
	int			 argc, at;	/* the word looked at */
};

/* The value of a flag: after "=", or the next word; NULL: there is none. */
static const char *
value_of(struct parsing *p, const char *eq)
{
	if (eq != NULL)
		return eq + 1;
	return p->at + 1 < p->argc ? p->argv[++p->at] : NULL;
}

static int
add_given(struct line *l, const struct option *o, const char *value,
    struct err *e)
{
	if (value == NULL)
		return err_set(e, ERR_USAGE, "--%s needs a value: %s",
		    o->key, o->help);
	if (l->ngiven == GIVEN_MAX)
		return err_set(e, ERR_USAGE, "more than %d settings",
		    GIVEN_MAX);
	l->given[l->ngiven++] = (struct given){ o, value };
	return 0;
}

static int
add_flag(struct parsing *p, enum flag f, const char *eq, struct err *e)
{
	struct line *l = p->l;

	if (rows[f].arg == NULL) {
		if (eq != NULL)
			return err_set(e, ERR_USAGE, "--%s takes no value",
			    rows[f].name);
		l->flag[f] = "";
		return 0;
	}
	l->flag[f] = value_of(p, eq);
	if (l->flag[f] == NULL)
		return err_set(e, ERR_USAGE, "--%s needs a value: %s",
		    rows[f].name, rows[f].arg);
	if (f == F_LOAD && l->nload == LOAD_MAX)
		return err_set(e, ERR_USAGE, "more than %d banks", LOAD_MAX);
	if (f == F_LOAD)
		l->load[l->nload++] = l->flag[f];
	if (f == F_REPORT && l->nreport == REPORT_MAX)
		return err_set(e, ERR_USAGE, "more than %d reports",
		    REPORT_MAX);
	if (f == F_REPORT)
		l->report[l->nreport++] = l->flag[f];
	return 0;
}

/* One word that begins with "--". */
static int
long_flag(struct parsing *p, struct err *e)
{
	const struct command *c = p->c;
	const char *name = p->argv[p->at] + 2, *eq = strchr(name, '=');
	size_t n = eq != NULL ? (size_t)(eq - name) : strlen(name);
	const struct option *o;
	size_t f;

	for (f = 0; f < F__MAX; f++)
		if ((c->flags & FLAG(f)) != 0 &&
		    strlen(rows[f].name) == n &&
		    memcmp(rows[f].name, name, n) == 0)
			return add_flag(p, (enum flag)f, eq, e);
	o = c->settings != SETTINGS_NONE ? setting_flag(name, n) : NULL;
	if (o != NULL && !command_uses(c, o))
		return err_set(e, ERR_USAGE, "%s does not take --%.*s; it is "
		    "for run", c->name, (int)n, name);
	if (o != NULL)
		return add_given(p->l, o, value_of(p, eq), e);
	return no_such_flag(c, name, n, e);
}

/* One word of letters behind a single "-". */
static int
short_flags(struct parsing *p, struct err *e)
{
	const struct command *c = p->c;
	const char *at = p->argv[p->at] + 1;
	size_t f;

	for (; *at != '\0'; at++) {
		for (f = 0; f < F__MAX; f++)
			if ((c->flags & FLAG(f)) != 0 &&
			    rows[f].letter == *at)
				break;
		if (f == F__MAX)
			return err_set(e, ERR_USAGE, "%s does not take "
			    "\"-%s\"; what it takes is shown by: coupondrop "
			    "%s --help", c->name, at, c->name);
		if (rows[f].arg == NULL) {
			p->l->flag[f] = "";
			continue;
		}
		p->l->flag[f] = at[1] != '\0' ? at + 1 : value_of(p, NULL);
		return p->l->flag[f] != NULL ? 0 : err_set(e, ERR_USAGE,
		    "-%c needs a value: %s", *at, rows[f].arg);
	}
	return 0;
}

int
flags_parse(const struct command *c, int argc, char **argv, struct line *l,
    struct err *e)
{
	struct parsing p = { c, l, argv, argc, 0 };
	bool only_args = false;
	char *word;
	size_t n = 0;
	int rc = 0;

	memset(l, 0, sizeof(*l));
	for (; rc == 0 && p.at < argc; p.at++) {
		word = argv[p.at];
		if (only_args || word[0] != '-' || word[1] == '\0')
			argv[n++] = word;
		else if (strcmp(word, "--") == 0)
			only_args = true;
		else
			rc = word[1] == '-' ? long_flag(&p, e) :
			    short_flags(&p, e);
	}
	if (rc == -1)
		return -1;
	l->args = argv;
	l->nargs = n;
	return 0;
}
