/*
 * What the files of the doctor share.
 */
#ifndef PIPELINE_DOCTOR_INTERNAL_H
#define PIPELINE_DOCTOR_INTERNAL_H

#include "pipeline_internal.h"

/* Our files over there. */
enum doctor_file { DOCTOR_FINAL, DOCTOR_TEMP, DOCTOR_ASIDE, DOCTOR_FILES };

/* One visit. */
struct doctor {
	struct ctx		*c;
	const struct set_endpoint *end;
	const struct set_job	*job;
	const char		*pin;	/* --pin, or NULL */
	bool			 pin_shown; /* a server has that key */
	json_t			*out;
	json_t			*before; /* what was kept; NULL: nothing */
	json_t			*keys;	/* side -> host key -> first seen */
	char			 at[21]; /* now, for a person */
	struct err		 worst;	/* so far */
	struct err		 trouble; /* first that would stop a run */
	char			 name[DOCTOR_FILES][300];
	bool			 there[DOCTOR_FILES]; /* which may be there */
	uint64_t		 size;	/* bytes of the final one */
	bool			 blind;	/* it tells no sizes */
	bool			 hidden; /* a temporary name was taken */
	bool			 pinned[2]; /* upload, pull: by --pin only */
	bool			 whole;	/* all was tried on the upload side */
};

/* doctor_side.c */

/*
 * doctor_blank(): the object of one side, with all that may be known as null.
 */
json_t	*doctor_blank(void);

/*
 * doctor_connect(d, pull, s, o, e): connect to a side; where, host key and
 * times go into o.  With --pin the key that a person was told is trusted too,
 * and added to known_hosts if the host was unknown.
 */
int	doctor_connect(struct doctor *, bool, struct side *, json_t *,
	    struct err *);

/*
 * doctor_facts(d, pull, s, o): what connection and answers told by the way.
 */
void	doctor_facts(struct doctor *, bool, struct side *, json_t *);

/*
 * doctor_note(o, fmt, ...): a sentence for the side's "advice".
 */
void	doctor_note(json_t *, const char *, ...)
	    __attribute__((format(printf, 2, 3)));

/*
 * doctor_set(o, needed, why, fmt, ...): a line for the configuration of the
 * endpoint; needed: without it a run fails.
 */
void	doctor_set(json_t *, bool, const char *, const char *, ...)
	    __attribute__((format(printf, 4, 5)));

/* doctor_try.c */

/*
 * doctor_upload(d, side, o, e): connect to the upload side and try what a drop
 * needs; what was found goes into o.  The files stay for the pull side until
 * doctor_remove.
 */
int	doctor_upload(struct doctor *, struct side *, json_t *,
	    struct err *);

/*
 * doctor_pull(d, o, e): fetch the file by the pull side.
 */
int	doctor_pull(struct doctor *, json_t *, struct err *);

/*
 * doctor_remove(d, side, o): take our files away, also after a stop was asked
 * for: then with a few seconds for each answer.
 */
void	doctor_remove(struct doctor *, struct side *, json_t *);

/* doctor_memory.c */

/*
 * doctor_recall(d, e): what earlier visits kept of this endpoint, into
 * d->before and d->keys.
 */
int	doctor_recall(struct doctor *, struct err *);

/*
 * doctor_since(d, side, print): when this host key was seen first; now, if
 * never.  Borrowed.
 */
const char *doctor_since(struct doctor *, const char *, const char *);

/*
 * doctor_compare(d): what has changed since, into "drift".
 */
void	doctor_compare(struct doctor *);

/*
 * doctor_keep(d, e): remember this visit; of one that came to nothing only the
 * host keys.
 */
int	doctor_keep(struct doctor *, struct err *);

#endif
