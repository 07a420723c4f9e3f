/*
 * Is this the server we mean?  Pins from the configuration, or else the
 * user's known_hosts file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"), to which
 * lines are only ever added, and only when a person said so.
 */
#ifndef TRANSFER_HOSTKEY_H
#define TRANSFER_HOSTKEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "target.h"

struct buf;
struct err;
struct hostkey_list;
struct xfer;

#define HOSTKEY_PRINT	52	/* "SHA256:", 43 characters and a NUL fit */

/* Families of key types, the most wanted first. */
enum hostkey_family { HOSTKEY_ED25519, HOSTKEY_ECDSA, HOSTKEY_RSA,
    HOSTKEY_OTHER };

/* What a key is judged by; all borrowed. */
struct hostkey_rules {
	const char	*host;
	uint16_t	 port;
	const char *const *pins;	/* NULL or empty: use known */
	const struct hostkey_list *known; /* NULL: empty */
	const char	*known_path;	/* for messages */
	int		(*ask)(void *, const char *, const char *,
			    const char *);	/* as ask_host_key */
	void		*ask_arg;
	struct xfer_shown *shown;	/* as in struct xfer_target */
};

/*
 * hostkey_print(blob, n, out): the fingerprint of a public key in the form of
 * RFC 4253 section 6.6, as ssh-keygen -l shows it.
 */
void	hostkey_print(const void *, size_t, char [HOSTKEY_PRINT]);

/*
 * hostkey_load(path, host, port, out, e): the lines about one host.  A port
 * other than 22 is looked up as "[host]:port" and in no other form.  A file
 * that is not there is empty; one that cannot be read is ERR_CONFIG.  Free
 * with hostkey_free.
 */
int	hostkey_load(const char *, const char *, uint16_t,
	    struct hostkey_list **, struct err *);

/*
 * hostkey_load_for(x, path, out, e): what x's server is judged by: checks the
 * pins, or without any loads the user's known_hosts, whose name goes to *path,
 * malloc'd also after a failure.  ERR_CONFIG, ERR_NOMEM.
 */
int	hostkey_load_for(const struct xfer *, char **, struct hostkey_list **,
	    struct err *);

/*
 * hostkey_rules_for(x, path, known): the rules by which a connection of x is
 * judged, with what hostkey_load_for gave; all stay the caller's.
 */
struct hostkey_rules hostkey_rules_for(const struct xfer *, const char *,
	    const struct hostkey_list *);

/*
 * hostkey_other_types(x, shown, try, arg, e): the server of x showed a key of
 * the family shown (-1: not known) that is none of the pins.  The pinned one
 * may be of another type than the server prefers, so before the key is called
 * changed, try connects with each other family alone; 0 from it: that key is
 * trusted.  0 with e cleared, or -1 with e as it was; at once without pins.
 */
int	hostkey_other_types(const struct xfer *, int,
	    int (*)(void *, int, struct err *), void *, struct err *);

/*
 * hostkey_path(known_hosts, e): that file, or for NULL ~/.ssh/known_hosts of
 * whoever runs this; malloc'd.  ERR_NOMEM.
 */
char	*hostkey_path(const char *, struct err *);

/*
 * hostkey_free(l): NULL is harmless.
 */
void	hostkey_free(struct hostkey_list *);

/*
 * hostkey_knows(l, alg): whether l has a key that signs with host key
 * algorithm alg.  l may be NULL.
 */
bool	hostkey_knows(const struct hostkey_list *, const char *);

/*
 * hostkey_has_ca(l): whether l names an authority that signs keys of this
 * host.  l may be NULL.
 */
bool	hostkey_has_ca(const struct hostkey_list *);

/*
 * hostkey_has_plain(l): whether l has an ordinary key of this host.  l may be
 * NULL.
 */
bool	hostkey_has_plain(const struct hostkey_list *);

/*
 * hostkey_lines(l, name, out, e): all of l as lines of a known_hosts file
 * that are about name.  l may be NULL.
 */
int	hostkey_lines(const struct hostkey_list *, const char *, struct buf *,
	    struct err *);

/*
 * hostkey_line(name, type, blob, n, out, e): append the line of a known_hosts
 * file for a key of n bytes.
 */
int	hostkey_line(const char *, const char *, const void *, size_t,
	    struct buf *, struct err *);

/*
 * hostkey_order(l, algs, n, only, out, e): the host key algorithms to offer,
 * comma-separated: those that l knows a key for first, then the best; or only
 * those of one family (-1: all).  out may stay empty.
 */
int	hostkey_order(const struct hostkey_list *, const char *const *, int,
	    int, struct buf *, struct err *);

/*
 * hostkey_check(rules, blob, n, e): judge a server's key.  XFER_KEY_MATCH
 * when it is pinned, known, or unknown and ask allows it; else
 * XFER_KEY_UNKNOWN or XFER_KEY_CHANGED with ERR_HOSTKEY in e.  A known host
 * that shows a key of a type never seen counts as changed; so does a revoked
 * key.  Blocks only in ask.
 */
enum xfer_hostkey hostkey_check(const struct hostkey_rules *, const void *,
	    size_t, struct err *);

#endif
