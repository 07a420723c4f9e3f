/*
 * Following tasks that no run of this ledger need have sent.
 */
#ifndef PIPELINE_FOLLOW_REFS_H
#define PIPELINE_FOLLOW_REFS_H

#include <stddef.h>
#include <stdint.h>

#include "../base/err.h"
#include "../ledger/ledger.h"
#include "../provider/provider.h"

struct ctx;
struct set_provider;
struct settings;

enum { REF_MAX = 160 };	/* bytes, the NUL included */

/* One task followed by `follow`. */
struct followed {
	char		 ref[REF_MAX];	/* PROVIDER:ID as given */
	struct pv_task	 task;
	enum outcome	 outcome;
	int64_t		 polls;
	struct err	 err;	/* ERR_NONE: it ended well or still runs */
};

/*
 * pipeline_refs_check(ctx, refs, n, e): whether each refs[i].ref can be a task
 * of a configured provider.  ERR_REF.  Asks nobody.
 */
int	pipeline_refs_check(const struct ctx *, const struct followed *,
	    size_t, struct err *);

/* How tasks are followed. */
struct refs_how {
	int64_t		 deadline_ms;	/* 0: no deadline */
	enum task_state	 until;		/* TASK_QUEUED, TASK_RUNNING: no
					   further than there; any other: to
					   the end */
	/* NULL: nobody; -1 with the cause breaks it off */
	int		(*told)(void *, const struct followed *,
			    struct err *);
	/* NULL, or after each answer, however many tasks it told of */
	int		(*answered)(void *, struct err *);
	void		*arg;
};

/*
 * pipeline_follow(ctx, refs, n, how, e): ask for tasks that this ledger may not
 * know until each has ended or is as far as wanted, the deadline has passed (or
 * with ctx->once one question was asked) or a stop was requested.  refs[i].ref
 * is filled by the caller; told hears of each answer, and of each ref once more
 * in the end.  Returns 0 when every task has its end or its error in refs[i]:
 * trouble with one provider leaves the others alone.  The caller ends
 * refs[i].task with pv_task_release.  ERR_REF for an unknown provider name, or
 * what can be no task of it, before anybody is asked.
 */
int	pipeline_follow(struct ctx *, struct followed *, size_t,
	    const struct refs_how *, struct err *);

/*
 * followed_end(f): outcome and error of a task that has ended, by what the
 * platform counted; f is left alone while it has not.
 */
void	followed_end(struct followed *);

/*
 * ref_provider(set, ref, e): the configured provider that PROVIDER:ID means: by
 * its name, or by its type if only one is of it.  NULL with ERR_REF.
 */
const struct set_provider *ref_provider(const struct settings *,
	    const char *, struct err *);

/*
 * ref_check(p, id, e): whether id, what stands behind the colon, can be a task
 * of that provider; ERR_REF says how one looks.
 */
int	ref_check(const struct set_provider *, const char *, struct err *);

#endif
