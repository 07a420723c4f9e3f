/*
 * Makes a manual page out of its prose: copies a page from standard input and
 * puts lists from the program's own tables where a line says so.  With the name
 * of a page, coupondrop-COMMAND.1, it makes all of that from the tables.
 *
 * Used by the build only.  What is hard is roff: a line that begins with a dot
 * or a quote is a request, a backslash an escape, and a bare minus is set as a
 * hyphen, which nobody can paste into a shell.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../cmd/cmd.h"
#include "../coupon/rules.h"
#include "../provider/errors.h"
#include "../provider/provider.h"
#include "../report/text.h"

#define MARK	".\\\" @"

/* Text as it is, wherever it stands on a line. */
static void
put(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text == '\\')
			fputs("\\e", stdout);
		else if (*text == '-')
			fputs("\\-", stdout);
		else
			putchar(*text);
}

/* Text that begins a line. */
static void
put_line(const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", stdout);
	put(text);
	putchar('\n');
}

/* One paragraph of help: prose is filled, examples stay as they are. */
static void
put_lines(const char *p, const char *end)
{
	bool plain = false;
	char line[400];
	size_t n;

	puts(".PP");
	for (; p < end; p += n + 1) {
		n = strcspn(p, "\n");
		snprintf(line, sizeof(line), "%.*s", (int)n, p);
		if (!plain && line[0] == ' ')
			puts(".RS 4\n.nf");
		else if (plain && line[0] != ' ')
			puts(".fi\n.RE");
		plain = line[0] == ' ';
		put_line(strncmp(line, "  ", 2) == 0 ? line + 2 : line);
	}
	if (plain)
		puts(".fi\n.RE");
}

static void
put_help(const char *help)
{
	const char *end;

	for (; *help != '\0'; help = end + strspn(end, "\n")) {
		end = strstr(help, "\n\n");
		if (end == NULL)
			end = help + strlen(help);
		put_lines(help, end);
	}
}

static void
list_flags(const struct command *c)
{
	const char *name, *arg, *help;
	char letter;
	size_t f;

	for (f = 0; f < F__MAX; f++) {
		if ((c->flags & FLAG(f)) == 0)
			continue;
		flag_row((enum flag)f, &name, &arg, &help);
		letter = flag_letter((enum flag)f);
		fputs(".TP\n", stdout);
		if (letter != '\0')
			printf("\\fB\\-%c\\fR, ", letter);
		fputs("\\fB\\-\\-", stdout);
		put(name);
		fputs("\\fR", stdout);
		if (arg[0] != '\0')
			printf(" \\fI%s\\fR", arg);
		putchar('\n');
		put_line(help);
	}
}

static void
list_commands(void)
{
	const struct command *c;
	size_t i;

	for (i = 0; (c = command_at(i)) != NULL; i++) {
		printf(".SS \"");
		put(c->name);
		if (c->args[0] != '\0')
			putchar(' ');
		put(c->args);
		puts("\"");
		put_help(c->help);
		list_flags(c);
		if (c->settings)
			puts(".PP\nAlso takes the settings of a job as flags, "
			    "see\n.BR coupondrop.conf (5).");
	}
}

static void
put_key(const struct option *o)
{
	char word[64];

	fputs(".TP\n\\fB", stdout);
	put(o->key);
	if (o->type == OPT_SECRET) {
		fputs("_file\\fR, \\fB", stdout);
		put(o->key);
		fputs("_command\\fR, \\fB", stdout);
		put(o->key);
		fputs("_env\\fR, \\fB", stdout);
		put(o->key);
		fputs("_credential", stdout);
	}
	fputs("\\fR", stdout);
	if (o->flag) {
		fputs(" (flag \\fB\\-\\-", stdout);
		put(text_flag(o->key, word));
		fputs("\\fR)", stdout);
	}
	putchar('\n');
}

/* What may be written, and what holds if nothing is. */
static void
put_range(const struct option *o)
{
	const struct provider *p;
	size_t i;

	if (o->type == OPT_CHOICE || o->type == OPT_TYPE) {
		fputs("One of:", stdout);
		if (o->type == OPT_CHOICE) {
			putchar(' ');
			put(o->choices);
		}
		for (i = 0; o->type == OPT_TYPE &&
		    (p = provider_at(i)) != NULL; i++) {
			putchar(' ');
			put(p->type);
		}
		puts(".");
	}
	if (o->type == OPT_INT && o->max != 0)
		printf("From %lld to %lld.\n", (long long)o->min,
		    (long long)o->max);
	else if (o->type == OPT_TIME && o->max >= 3600000)
		printf("At most %lld h.\n", (long long)(o->max / 3600000));
	if (o->dflt != NULL) {
		fputs("Without it: \\fB", stdout);
		put(o->dflt);
		puts("\\fR");
	}
}

static void
list_settings(enum section section)
{
	struct option o;
	size_t i;

	for (i = 0; option_at(section, i, &o); i++) {
		put_key(&o);
		put_line(o.help);
		if (o.only != NULL)
			printf("Only of type %s.\n", o.only);
		put_range(&o);
	}
}

static void
list_rules(void)
{
	const struct rule_info *r;
	int i;

	for (i = 0; i < RULE__MAX; i++) {
		r = rule_info((enum rule)i);
		fputs(".TP\n\\fB", stdout);
		put(r->id);
		printf("\\fR (%s, %s)\n", severity_name(r->severity),
		    scope_name(r->scope));
		put_line(r->meaning);
		if (r->advice[0] != '\0')
			put_line(r->advice);
	}
}

static void
list_errors(void)
{
	const struct err_info *info;
	size_t i;

	for (i = 0; (info = pv_error_at(i)) != NULL; i++) {
		fputs(".TP\n\\fB", stdout);
		put(info->word);
		printf("\\fR (exit %d, again: ", info->exit_code);
		put(err_retry_name(info->retry));
		puts(")");
		put_line(info->meaning);
		if (info->advice[0] != '\0')
			put_line(info->advice);
	}
}

/* 0, or -1 when there is no such list. */
static int
put_list(const char *name)
{
	static const char *const sections[] = { "settings", "providers",
	    "endpoints", "jobs" };
	size_t i;

	if (strcmp(name, "commands") == 0)
		list_commands();
	else if (strcmp(name, "rules") == 0)
		list_rules();
	else if (strcmp(name, "errors") == 0)
		list_errors();
	else {
		for (i = 0; i < 4 && strcmp(name, sections[i]) != 0; i++)
			;
		if (i == 4)
			return -1;
		list_settings((enum section)i);
	}
	return 0;
}

/* The settings of a job that a command uses, as flags. */
static void
list_used(const struct command *c)
{
	char word[64], value[64];
	size_t i, n;
	const struct option *rows = option_rows(&n);

	for (i = 0; i < n; i++) {
		if (!command_uses(c, &rows[i]))
			continue;
		fputs(".TP\n\\fB\\-\\-", stdout);
		put(text_flag(rows[i].key, word));
		fputs("\\fR \\fI", stdout);
		put(option_value_word(&rows[i], value));
		puts("\\fR");
		put_line(rows[i].help);
		if (rows[i].dflt != NULL) {
			fputs("Without it: \\fB", stdout);
			put(rows[i].dflt);
			puts("\\fR");
		}
	}
}

/* The page of one command, all of it from the tables. */
static void
put_command(const struct command *c)
{
	const char *p;

	fputs(".TH COUPONDROP\\-", stdout);
	for (p = c->name; *p != '\0'; p++)
		putchar(toupper((unsigned char)*p));
	printf(" 1 \"\" coupondrop \"User commands\"\n"
	    ".\\\" Words and file names are for pasting: never broken, never "
	    "stretched.\n.nh\n.ad l\n"
	    ".SH NAME\ncoupondrop\\-%s \\- ", c->name);
	put(c->summary);
	printf("\n.SH SYNOPSIS\n.B coupondrop %s\n.RI [ flag ...]\n",
	    c->name);
	if (c->args[0] != '\0')
		put_line(c->args);
	puts(".SH DESCRIPTION");
	put_help(c->help);
	puts(".SH FLAGS");
	list_flags(c);
	if (c->settings != SETTINGS_NONE) {
		puts(".SH SETTINGS\nOf the job, for this call; each is also a "
		    "key of\n.BR coupondrop.conf (5).");
		list_used(c);
	}
	puts(".SH \"EXIT STATUS\"\nSee\n.BR coupondrop (1).\n"
	    ".SH \"SEE ALSO\"\n.BR coupondrop (1),\n"
	    ".BR coupondrop.conf (5)");
}

/* The command of a page that is called ".../coupondrop-NAME.1". */
static const struct command *
command_of(const char *path)
{
	const char *name = strrchr(path, '-');
	char word[32];

	snprintf(word, sizeof(word), "%.*s", name == NULL ? 0 :
	    (int)strcspn(name + 1, "."), name == NULL ? "" : name + 1);
	return command_find(word);
}

static int
finish(void)
{
	if (!ferror(stdin) && fflush(stdout) == 0)
		return 0;
	fprintf(stderr, "the page cannot be made: %s\n", strerror(errno));
	return 1;
}

int
main(int argc, char **argv)
{
	const struct command *c;
	char line[1024];

	if (argc > 1) {
		c = command_of(argv[1]);
		if (c == NULL) {
			fprintf(stderr, "there is no command for %s\n",
			    argv[1]);
			return 1;
		}
		put_command(c);
		return finish();
	}
	while (fgets(line, sizeof(line), stdin) != NULL) {
		if (strncmp(line, MARK, sizeof(MARK) - 1) != 0) {
			fputs(line, stdout);
			continue;
		}
		line[strcspn(line, "\n")] = '\0';
		if (put_list(line + sizeof(MARK) - 1) == -1) {
			fprintf(stderr, "there is no list %s\n", line);
			return 1;
		}
	}
	return finish();
}
