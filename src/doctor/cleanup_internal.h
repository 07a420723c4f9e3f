/*
 * What the files of cleanup share.
 */
#ifndef DOCTOR_CLEANUP_INTERNAL_H
#define DOCTOR_CLEANUP_INTERNAL_H

#include "cleanup.h"

/* One call of cleanup_leftovers. */
struct cleanup_call {
	struct ctx	*c;
	const struct cleanup_opts *o;
	void		(*f)(void *, const struct cleanup_item *);
	void		*arg;		/* of f */
	size_t		 failed;	/* what was found and stays */
};

/*
 * cleanup_local(call, e): the part of cleanup on this machine.  Each thing
 * found is told, and counted in call->failed if it stays.
 */
int	cleanup_local(struct cleanup_call *, struct err *);

#endif
