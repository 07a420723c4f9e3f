/* What a shell offers to complete a command line with. */
#include "offer.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../coupon/rules.h"
#include "../ledger/ledger.h"
#include "../provider/errors.h"
#include "../report/text.h"
#include "cmd.h"

#define RUNS_MOST	30	/* of the newest */

struct offering {
	struct env	*v;
	const char	*begun;	/* what is there of the word */
};

static void
put(const struct offering *o, const char *word)
{
	if (strncmp(word, o->begun, strlen(o->begun)) == 0)
		puts(word);
}

/* Of "a|b|N" those that are to be typed as they are. */
static void
put_choices(const struct offering *o, const char *list)
{
	char word[64];
	size_t n;

	for (; *list != '\0'; list += n + (list[n] == '|')) {
		n = strcspn(list, "|");
		snprintf(word, sizeof(word), "%.*s", (int)n, list);
		if (word[0] >= 'a' && word[0] <= 'z')
			put(o, word);
	}
}

static void
put_flags(const struct offering *o, const struct command *c)
{
	const char *name, *arg, *help;
	char word[64], flag[80];
	size_t i, n;
	const struct option *rows = option_rows(&n);

	for (i = 0; i < F__MAX; i++)
		if ((c->flags & FLAG(i)) != 0) {
			flag_row((enum flag)i, &name, &arg, &help);
			snprintf(flag, sizeof(flag), "--%s", name);
			put(o, flag);
		}
	for (i = 0; i < n; i++)
		if (command_uses(c, &rows[i])) {
			snprintf(flag, sizeof(flag), "--%s",
			    text_flag(rows[i].key, word));
			put(o, flag);
		}
}

enum name { NAME_JOB, NAME_PROVIDER, NAME_ENDPOINT };

static void
put_names(const struct offering *o, enum name what)
{
	const struct settings *s = &o->v->config.set;
	size_t i;

	if (env_config(o->v) == -1)
		return;
	for (i = 0; what == NAME_JOB && i < s->njobs; i++)
		put(o, s->jobs[i].name);
	for (i = 0; what == NAME_PROVIDER && i < s->nproviders; i++)
		put(o, s->providers[i].name);
	for (i = 0; what == NAME_ENDPOINT && i < s->nendpoints; i++)
		put(o, s->endpoints[i].name);
}

struct listed {
	const struct offering	*o;
	struct ledger		*l;
};

static int
put_run(void *arg, const char *id, struct err *e)
{
	const struct listed *w = arg;
	char shown[ID_LEN + 1];

	(void)e;
	put(w->o, ledger_short(w->l, id, shown));
	return 0;
}

/* A ledger that is not there is not made. */
static void
put_runs(const struct offering *o, const struct command *c)
{
	const struct ledger_filter f = { .newest_first = true,
	    .limit = RUNS_MOST, .unfinished = c == &cmd_resume };
	struct listed w = { .o = o };
	struct err ignored;
	char path[4200];

	put(o, "last");
	if (env_config(o->v) == -1)
		return;
	snprintf(path, sizeof(path), "%s/ledger.db",
	    o->v->config.set.state_dir);
	err_clear(&ignored);
	if (access(path, R_OK) == 0)
		w.l = ledger_open(path, "it is not there", o->v->clock,
		    &ignored);
	if (w.l != NULL)
		ledger_each_run(w.l, &f, put_run, &w, &ignored);
	ledger_close(w.l);
}

static void
put_words(const struct offering *o)
{
	const struct err_info *row;
	size_t k;
	int i;

	for (i = 0; i < RULE__MAX; i++)
		put(o, rule_info((enum rule)i)->id);
	for (k = 0; (row = pv_error_at(k)) != NULL; k++)
		put(o, row->word);
}

/* What stands in a usage line for a word. */
static void
put_kind(const struct offering *o, const struct command *c, const char *kind)
{
	if (strchr(kind, '|') != NULL)
		put_choices(o, kind);
	else if (strstr(kind, "FILE") != NULL)
		puts(c == &cmd_validate || c == &cmd_run ?
		    ":files csv tsv txt gz gzip zip" : ":files");
	else if (strcmp(kind, "DIR") == 0)
		puts(":folders");
	else if (strstr(kind, "RUN") != NULL || strstr(kind, "REF") != NULL)
		put_runs(o, c);
	else if (strcmp(kind, "JOB") == 0 || strcmp(kind, "[JOB]") == 0)
		put_names(o, NAME_JOB);
	else if (strcmp(kind, "SHELL") == 0)
		put_choices(o, "bash|zsh|fish");
	else if (strcmp(kind, "[WORD]") == 0)
		put_words(o);
}

/* The value of a setting of the job. */
static void
put_setting(const struct offering *o, const struct option *row)
{
	char choices[64];

	if (strcmp(row->key, "provider") == 0)
		put_names(o, NAME_PROVIDER);
	else if (strcmp(row->key, "endpoint") == 0)
		put_names(o, NAME_ENDPOINT);
	else if (row->type == OPT_PATH)
		puts(":files");
	else
		put_choices(o, option_value_word(row, choices));
}

/*
 * The value of the flag that a word is: 1, or 0 where it is none or takes
 * none.
 */
static int
put_value(const struct offering *o, const struct command *c, const char *flag)
{
	const char *name, *arg, *help;
	char word[64];
	size_t i, n;
	const struct option *rows = option_rows(&n);

	if (flag[0] != '-')
		return 0;
	for (i = 0; i < F__MAX; i++) {
		flag_row((enum flag)i, &name, &arg, &help);
		if ((c->flags & FLAG(i)) == 0 || arg[0] == '\0' ||
		    (flag[1] == '-' ? strcmp(flag + 2, name) != 0 :
		    flag[1] != flag_letter((enum flag)i) || flag[2] != '\0'))
			continue;
		/* Another file than one of coupons. */
		if (strcmp(arg, "FILE") == 0)
			puts(i == F_CONFIG ? ":files yaml yml" : ":files");
		else
			put_kind(o, c, arg);
		return 1;
	}
	for (i = 0; flag[1] == '-' && i < n; i++)
		if (command_uses(c, &rows[i]) && strcmp(flag + 2,
		    text_flag(rows[i].key, word)) == 0) {
			put_setting(o, &rows[i]);
			return 1;
		}
	return 0;
}

/* The configuration that the line names, so that its jobs are offered. */
static void
take_config(struct env *v, char **words, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strncmp(words[i], "--config=", 9) == 0)
			v->line.flag[F_CONFIG] = words[i] + 9;
		else if (i + 1 < n && strcmp(words[i], "--config") == 0)
			v->line.flag[F_CONFIG] = words[i + 1];
}

void
offer(struct env *v, char **words, size_t n)
{
	const struct command *c;
	struct offering o = { v, n > 0 ? words[n - 1] : "" };
	const char *args;
	size_t i;

	if (n < 2) {
		for (i = 0; (c = command_at(i)) != NULL; i++)
			put(&o, c->name);
		return;
	}
	c = command_find(words[0]);
	if (c == NULL)
		return;
	take_config(v, words, n - 1);
	if (n > 2 && put_value(&o, c, words[n - 2]) == 1)
		return;
	if (o.begun[0] == '-') {
		put_flags(&o, c);
		return;
	}
	/* Behind "-j JOB", which is a flag. */
	args = strstr(c->args, "-j JOB");
	args = args != NULL ? args + strlen("-j JOB") : c->args;
	put_kind(&o, c, args);
}
