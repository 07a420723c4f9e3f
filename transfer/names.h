/*
 * Names that files have on a server before and beside their final one.  They
 * are made and recognised here alone: what an upload leaves, cleanup finds.
 *
 *	.NAME.TAG.part		until the upload is proven
 *	.NAME.TAG.part.old	a file that is being replaced, where the server
 *				takes several steps for that
 */
#ifndef TRANSFER_NAMES_H
#define TRANSFER_NAMES_H

#include <stdbool.h>

struct err;

/*
 * xfer_name_temp(dir, name, tag, e): the temporary name of a file with this
 * final name, in the folder dir; dir and tag may be NULL for none.  For the
 * caller to free; NULL with ERR_NOMEM.
 */
char	*xfer_name_temp(const char *, const char *, const char *,
	    struct err *);

/*
 * xfer_name_old(temp, e): the name of a file that is replaced by the one under
 * the temporary name temp.  For the caller to free; NULL with ERR_NOMEM.
 */
char	*xfer_name_old(const char *, struct err *);

/*
 * xfer_name_is_temp(name): whether a name without a folder may be from one of
 * the two above.  Whose it is, it does not tell.  Pure.
 */
bool	xfer_name_is_temp(const char *);

#endif
