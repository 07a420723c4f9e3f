/*
 * Where a staged file lies: its name and its addresses on the two sides of an
 * endpoint, as runs, checks and the doctor have to agree on them.
 */
#ifndef CONFIG_STAGED_H
#define CONFIG_STAGED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../transfer/url.h"
#include "../base/err.h"
#include "../provider/ask.h"
#include "settings.h"

/*
 * url_is_file(url): a URL with a query whose path does not end in a slash is
 * signed for one file; it is used as it stands.
 */
bool	url_is_file(const char *);

/*
 * url_name(url, name): what to call a file of that endpoint URL: name, or ""
 * where the URL is the file.
 */
const char *url_name(const char *, const char *);

/*
 * url_of(url, name, query, out, n): the URL of a file into out[n], with the
 * query, which is a secret, or without.
 */
void	url_of(const char *, const char *, bool, char *, size_t);

/*
 * scheme_port(scheme): the port of a URL that names none.
 */
uint16_t scheme_port(const char *);

/*
 * staged_suffix(job, end): how the name of a staged file ends, without the
 * point; end is NULL where rows travel in the call.  Static.
 */
const char *staged_suffix(const struct set_job *,
	    const struct set_endpoint *);

/*
 * staged_signed_check(job, end, files, e): whether that many files can be
 * uploaded and proven there; an address that is signed for one file takes one,
 * and only a pick-up proves it.  ERR_CONFIG.
 */
int	staged_signed_check(const struct set_job *,
	    const struct set_endpoint *, size_t, struct err *);

/* How the platform shall fetch a file: pieces of the pull URL. */
struct staged_pull {
	struct pv_pull	 pull;		/* points into what follows */
	struct xfer_url	 url;
	char		 whole[4600], path[4600];
};

/*
 * staged_pull_fill(end, password, name, kind, out, e): how the platform gets
 * at the file of that name, packed in that way.  The caller ends *out with
 * staged_pull_release, after failure too, and keeps end and password (NULL:
 * none) as long.  ERR_CONFIG.
 */
int	staged_pull_fill(const struct set_endpoint *, const struct secret *,
	    const char *, enum pack_kind, struct staged_pull *, struct err *);

/*
 * staged_pull_release(p): free what it holds.
 */
void	staged_pull_release(struct staged_pull *);

#endif
