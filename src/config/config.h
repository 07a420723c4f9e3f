/*
 * The configuration: where it is found, how it is read, what a job means.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <stddef.h>

#include "../base/err.h"
#include "options.h"
#include "settings.h"

struct clock;
struct node;

#define CONFIG_FILES	64	/* conf.d has at most so many */

/* A key and value given on the command line. */
struct given {
	const struct option	*o;
	const char		*value;
};

struct config {
	struct settings	 set;
	const struct clock *clock;	/* the caller's, for the settings of
					   jobs; NULL: the machine's */
	char		*path;		/* of the main file; NULL: none */
	struct node	*trees[CONFIG_FILES];
	char		*files[CONFIG_FILES];	/* their paths */
	char		*dirs[CONFIG_FILES];	/* their folders */
	int		 fds[CONFIG_FILES];	/* -1: closed */
	size_t		 ntrees;
	char		**wrong;	/* all mistakes; NULL-ended */
	size_t		 nwrong;
};

/*
 * config_load(c, path, e): read --config path, else $COUPONDROP_CONFIG, else
 * $XDG_CONFIG_HOME/coupondrop/coupondrop.yaml (~/.config), else
 * /etc/coupondrop/coupondrop.yaml, and conf.d/[*].yaml beside it.  No file at
 * all is fine unless one was named.  Unless set, state_dir is
 * /var/lib/coupondrop for a file in /etc, below $XDG_STATE_HOME for the user's
 * own (or none), else coupondrop-state beside the file.  As root the process
 * becomes the owner of the state folder, or where that is missing of the
 * configuration, for good.  Files that are not root's or the user's, that
 * others may write, or links are mistakes (base/own.h).  Mistakes are gathered
 * in c->wrong; then -1 with ERR_CONFIG and the first of them.  The caller ends
 * c with config_release, after failure too.
 */
int	config_load(struct config *, const char *, struct err *);

/*
 * config_check(c, e): after a good config_load, look at what it names: secrets
 * are read (their commands run), addresses and patterns tried.  Contacts
 * nobody.  Mistakes and errors as config_load.
 */
int	config_check(struct config *, struct err *);

/*
 * config_notes(c, note, arg): after a good config_load, call note for each
 * thing that is well written and will disappoint all the same, with a sentence
 * that may hold foreign bytes.
 */
void	config_notes(const struct config *, void (*)(void *, const char *),
	    void *);

/*
 * config_release(c): free what it holds.
 */
void	config_release(struct config *);

/*
 * config_job(c, name, given, n, out, e): the settings of a job (NULL: the
 * defaults) with what was given on the command line on top; out->plan says
 * what was given.  The caller ends *out with config_job_release.
 * ERR_CONFIG naming the jobs there are or a setting that cannot be used,
 * ERR_USAGE when that setting was given on the command line.
 */
int	config_job(const struct config *, const char *, const struct given *,
	    size_t, struct set_job *, struct err *);

/*
 * config_job_plan(c, name, plan, out, e): likewise with a plan kept in the
 * ledger.
 */
int	config_job_plan(const struct config *, const char *, const char *,
	    struct set_job *, struct err *);

/*
 * config_job_release(j): free what it holds.
 */
void	config_job_release(struct set_job *);

/*
 * config_state_look(dir, i, e): whether the i-th thing of a state folder, if it
 * is there, is root's or ours, not open to others and no link: 0, or -1
 * with ERR_CONFIG; 1 when there is no i-th.
 */
int	config_state_look(const char *, size_t, struct err *);

#endif
