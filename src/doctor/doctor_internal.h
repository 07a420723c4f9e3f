/*
 * What the files of the doctor share.
 */
#ifndef DOCTOR_DOCTOR_INTERNAL_H
#define DOCTOR_DOCTOR_INTERNAL_H

#include "../pipeline/side.h"
#include "doctor.h"

/*
 * Our files on the server.  Where it cannot replace a file in one step, the one
 * that is replaced has the old name for a moment.
 */
enum doctor_file { DOCTOR_FINAL, DOCTOR_TEMP, DOCTOR_OLD, DOCTOR_FILES };

/* One visit. */
struct doctor {
	struct ctx		*c;
	const struct set_job	*job;
	const struct set_endpoint *end;
	struct doctor_report	*out;
	json_t			*before; /* what was kept; NULL: nothing */
	json_t			*keys;	/* side -> host key -> first seen */
	struct err		 trouble; /* first that would stop a run */
	char			 name[DOCTOR_FILES][300];
	bool			 there[DOCTOR_FILES]; /* which may be there */
	uint64_t		 size;	/* bytes of the final one */
	bool			 blind;	/* it tells no sizes */
	bool			 temp_taken; /* it took a temporary name */
	bool			 pinned[2]; /* upload, pull: by --pin only */
	bool			 whole;	/* all was tried on the upload side */
};

/* fields.c */

/*
 * doctor_field_json(side, field): its value, a new reference; JSON null where
 * nothing was found out.
 */
json_t	*doctor_field_json(const struct doctor_side *,
	    const struct doctor_field *);

/* connect.c */

/*
 * doctor_connect(d, pull, s, e): connect to a side; where, host key and times
 * go into the report.  With --pin the key that a person was told is trusted
 * too, and added to known_hosts if the host was unknown.
 */
int	doctor_connect(struct doctor *, bool, struct side *, struct err *);

/*
 * doctor_facts(d, pull, s): what connection and answers told by the way, into
 * the report.
 */
void	doctor_facts(struct doctor *, bool, struct side *);

/*
 * doctor_note(o, fmt, ...): a sentence for the side's "advice"; one that finds
 * no room, or no memory, is not kept.
 */
void	doctor_note(struct doctor_side *, const char *, ...)
	    __attribute__((format(printf, 2, 3)));

/*
 * doctor_set(o, needed, why, fmt, ...): a line for the configuration of the
 * endpoint; needed: without it a run fails.  One that finds no room, or no
 * memory, is not kept.
 */
void	doctor_set(struct doctor_side *, bool, const char *, const char *, ...)
	    __attribute__((format(printf, 4, 5)));

/* try.c */

/*
 * doctor_upload(d, side, e): connect to the upload side and try what a drop
 * needs; what was found goes into d->out->upload.  The files stay for the pull
 * side until doctor_remove.
 */
int	doctor_upload(struct doctor *, struct side *, struct err *);

/*
 * doctor_pull(d, e): fetch the file by the pull side.
 */
int	doctor_pull(struct doctor *, struct err *);

/*
 * doctor_remove(d, side): take our files away, also after a stop was asked
 * for: then with a few seconds for each answer.
 */
void	doctor_remove(struct doctor *, struct side *);

/*
 * doctor_name(d, e): new names for our files.
 */
int	doctor_name(struct doctor *, struct err *);

/*
 * doctor_source(size): the source of a file of *size bytes, which is borrowed.
 */
struct xfer_source doctor_source(uint64_t *);

/*
 * doctor_sha256(size, out, e): the SHA-256 of such a file.
 */
int	doctor_sha256(uint64_t, unsigned char [32], struct err *);

/* prove.c */

/*
 * doctor_prove(d): take a file to the upload side by the recipe of a run: as it
 * is configured, where a try met trouble, and with each line that is to be
 * advised.  Trouble that a run does not meet is none, and a line that does not
 * work is not advised.
 */
void	doctor_prove(struct doctor *);

/* memory.c */

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
 * doctor_since_known(d, side, print): when this host key was seen first; "" if
 * never.  Borrowed.
 */
const char *doctor_since_known(struct doctor *, const char *, const char *);

/*
 * doctor_compare(d, e): what has changed since, into the report's drift.
 */
int	doctor_compare(struct doctor *, struct err *);

/*
 * doctor_keep(d, e): remember this visit; of one that came to nothing only the
 * host keys.
 */
int	doctor_keep(struct doctor *, struct err *);

#endif
