/*
 * What follow shows while it waits: a line for each change, or on a terminal
 * that can do it a table of all.
 */
#ifndef CMD_SHOWING_H
#define CMD_SHOWING_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "../base/err.h"
#include "../pipeline/follow_refs.h"

struct env;
struct seen;

enum show_as { SHOW_NOTHING, SHOW_LINES, SHOW_EVENTS, SHOW_TABLE };

/* Begins as zero. */
struct showing {
	struct env	*v;
	enum show_as	 as;
	struct seen	*seen;		/* what was told last, by place */
	size_t		 n, cap;
	bool		 news;		/* that are not in the table */
	size_t		 columns, rows;	/* of the terminal at the last table */
	int		 lines;		/* of the table that stands there */
};

/*
 * showing_begin(s, v): how to show it, by the command line and the terminal.
 */
void	showing_begin(struct showing *, struct env *);

/*
 * showing_task(s, i, run, f, e): what is known of the task at place i, of a run
 * or of none (NULL): told where it differs from what was told of that place
 * before.  ERR_IO when the events cannot be written.
 */
int	showing_task(struct showing *, size_t, const char *,
	    const struct followed *, struct err *);

/*
 * showing_table(s, refs, n, e): after an answer, the table as it is now, if
 * that is how it is shown and there is anything new.
 */
int	showing_table(struct showing *, const struct followed *, size_t,
	    struct err *);

/*
 * showing_event(s, run, task, e): a member of "tasks" of coupondrop.follow/1 as
 * one event; nothing unless events are shown.  ERR_IO.
 */
int	showing_event(struct showing *, const char *, const json_t *,
	    struct err *);

/*
 * showing_forget(s): the places are of other tasks from now on, or it ends; the
 * table is taken away.
 */
void	showing_forget(struct showing *);

#endif
