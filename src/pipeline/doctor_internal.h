/*
 * What the files of the doctor share.
 */
#ifndef PIPELINE_DOCTOR_INTERNAL_H
#define PIPELINE_DOCTOR_INTERNAL_H

#include "pipeline_internal.h"

#define DOCTOR_SMALL	(32u << 10)	/* bytes of the file that is compared */
#define DOCTOR_LARGE	(512u << 10)	/* bytes of the one that is timed */

/* One visit. */
struct doctor {
	struct journey		 j;	/* only c, job and end are used */
	const struct set_job	*job;
	const char		*pin;	/* --pin, or NULL */
	char			*pins[2]; /* the same as a list */
	struct set_endpoint	 end;	/* with that instead of its own */
	json_t			*out;
	int			 exit;	/* worst so far */
	struct err		 first;	/* of that exit */
	char			 name[80]; /* of our files, without the end */
	bool			 there[2]; /* which of them were put */
	char			 offered[80]; /* host key that was shown */
	char			 type[32];
};

/*
 * doctor_upload(d, side, o, e): connect to the upload side and try what a drop
 * needs; what was found goes into o.  The files stay for the pull side until
 * doctor_remove.
 */
int	doctor_upload(struct doctor *, struct side *, json_t *,
	    struct err *);

/*
 * doctor_pull(d, o, e): fetch the small file by the pull side.
 */
int	doctor_pull(struct doctor *, json_t *, struct err *);

/*
 * doctor_remove(d, side): take our files away.
 */
void	doctor_remove(struct doctor *, struct side *);

/*
 * doctor_error(e): the object of "error", or JSON null.
 */
json_t	*doctor_error(const struct err *);

#endif
