/* The table of commands, and what --help says. */
#include <stdio.h>
#include <string.h>

#include "../../transfer/xfer.h"
#include "../format/pack.h"
#include "../report/text.h"
#include "cmd.h"

static const struct command *const commands[] = {
	&cmd_validate, &cmd_run, &cmd_follow, &cmd_status, &cmd_schedule,
	&cmd_resume, &cmd_runs, &cmd_show, &cmd_ack, &cmd_doctor,
	&cmd_cleanup, &cmd_ledger, &cmd_explain, &cmd_config, &cmd_sandbox,
	&cmd_completion,
};

const struct command *
command_at(size_t i)
{
	return i < sizeof(commands) / sizeof(commands[0]) ? commands[i] : NULL;
}

const struct command *
command_find(const char *name)
{
	const struct command *c;
	size_t i;

	for (i = 0; (c = command_at(i)) != NULL; i++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

/* A flag and what it is for, on a line of its own where it is long. */
static void
help_row(const char *flag, const char *help, const char *dflt)
{
	if (strlen(flag) > 31)
		printf("  %s\n%34s%s", flag, "", help);
	else
		printf("  %-31s %s", flag, help);
	if (dflt != NULL)
		printf(" (%s)", dflt);
	putchar('\n');
}

static void
help_flags(const struct command *c)
{
	const char *name, *arg, *help;
	char word[64];
	size_t f;

	puts("\nFlags:");
	for (f = 0; f < F__MAX; f++) {
		if ((c->flags & FLAG(f)) == 0)
			continue;
		flag_row((enum flag)f, &name, &arg, &help);
		snprintf(word, sizeof(word), "%c%c%s--%s%s%s",
		    flag_letter((enum flag)f) != 0 ? '-' : ' ',
		    flag_letter((enum flag)f) != 0 ?
		    flag_letter((enum flag)f) : ' ',
		    flag_letter((enum flag)f) != 0 ? ", " : "  ", name,
		    arg[0] != '\0' ? " " : "", arg);
		help_row(word, help, NULL);
	}
}

bool
command_uses(const struct command *c, const struct option *o)
{
	return o->section == SECT_JOB && o->flag &&
	    (c->settings == SETTINGS_ALL ||
	    (c->settings == SETTINGS_INPUT && o->input));
}

static void
help_settings(const struct command *c)
{
	size_t i, n;
	const struct option *o = option_rows(&n);
	char word[64], value[64], flag[140];

	puts("\nSettings of the job that it uses, each also a key of the "
	    "configuration\n(with _ for -):");
	for (i = 0; i < n; i++) {
		if (!command_uses(c, &o[i]))
			continue;
		option_value_word(&o[i], value);
		snprintf(flag, sizeof(flag), "--%s %s",
		    text_flag(o[i].key, word), value);
		help_row(flag, o[i].help, o[i].dflt);
	}
}

void
command_help(const struct command *c)
{
	printf("coupondrop %s %s\n\n%s\n", c->name, c->args, c->help);
	help_flags(c);
	if (c->settings != SETTINGS_NONE)
		help_settings(c);
}

void
program_help(void)
{
	const struct command *c;
	const char *group = "";
	char left[80];
	size_t i;

	puts("coupondrop COMMAND [FLAG...] [ARGUMENT...]\n\n"
	    "Takes files of redeemed coupons and gets them applied at a "
	    "coupon platform:\nchecked, packed, put on a file server, "
	    "announced, followed to the end, confirmed.");
	for (i = 0; (c = command_at(i)) != NULL; i++) {
		if (strcmp(group, c->group) != 0)
			printf("\n%s\n", c->group);
		group = c->group;
		snprintf(left, sizeof(left), "%s %s", c->name, c->args);
		printf("  %-32s %s\n", left, c->summary);
	}
	puts("\nEach command explains itself: coupondrop COMMAND --help\n"
	    "A first try without any platform:\n"
	    "  coupondrop validate FILE.csv\n"
	    "  coupondrop sandbox          (a platform on this machine)");
}

void
program_version(void)
{
	printf("coupondrop %s\n", PACKAGE_VERSION);
	printf("packing: %s\n", pack_backend());
	printf("transfer: %s\n", xfer_libraries());
}
