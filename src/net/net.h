/*
 * How a server is reached over libcurl: what platform calls (http.h) and file
 * servers (transfer/) have in common, as settings.  setup.h turns it into
 * libcurl's options.
 */
#ifndef NET_NET_H
#define NET_NET_H

#include <stdbool.h>
#include <stdint.h>

#include "../base/err.h"
#include "../base/secret.h"

/* Longest pause that a server may ask for; a longer one counts as this. */
#define NET_PAUSE_MAX_MS	900000

/*
 * TLS of a connection.  All zero: TLS 1.2 or 1.3, and a certificate that the
 * system's authorities vouch for.
 */
struct net_tls {
	const char	*ca_file;	/* PEM file; NULL: the system's */
	const char	*max;		/* "1.2", "1.3"; NULL: 1.3 */
	const char	*min;		/* "1.2", "1.3"; NULL: 1.2 */
	const char *const *pins;	/* public keys "sha256//...",
					   NULL-ended; NULL: any trusted */
	const char	*cert;		/* ours: PEM file; NULL: none */
	const char	*key;		/* of it; NULL: in the same file */
	const struct secret *passphrase; /* of the key; NULL: none */
	bool		 insecure;	/* check no certificate */
};

/* A proxy on the way.  All zero: none; the environment is not read. */
struct net_proxy {
	const char	*url;		/* socks5h:// or http://host:port */
	const char	*user;		/* NULL: none */
	const struct secret *password;	/* NULL: none */
};

/*
 * net_check(tls, proxy, e): whether these settings can be used: versions,
 * pins, files that are there, and who may read the client's key.  Opens no
 * connection.  ERR_CONFIG, ERR_SECRET, with e->key.
 */
int	net_check(const struct net_tls *, const struct net_proxy *,
	    struct err *);

/* How a proxy lets a call down, and the code of it. */
enum net_proxy_no {
	NET_PROXY_NO_NAME,	/* its name leads nowhere: ERR_RESOLVE */
	NET_PROXY_AWAY,		/* no connection to it: ERR_CONNECT */
	NET_PROXY_SILENT,	/* nothing within the time: ERR_TIMEOUT */
	NET_PROXY_LOGIN,	/* it wants another login: ERR_LOGIN */
	NET_PROXY_FORBIDS,	/* its rules forbid it: ERR_DENIED */
	NET_PROXY_NO_WAY,	/* it cannot, or is none: ERR_CONNECT */
};

/*
 * net_proxy_status(status): what an answer to CONNECT means that is not 2xx;
 * 0 for one without a status.
 */
enum net_proxy_no net_proxy_status(long);

/*
 * net_proxy_reply(reply): likewise a reply of SOCKS5 that is not 0 (RFC 1928,
 * section 6).
 */
enum net_proxy_no net_proxy_reply(unsigned);

/*
 * net_proxy_failed(proxy, no, detail, e): the one sentence about it, with the
 * proxy's host and port; detail is what was seen, without a secret.  Returns
 * -1.
 */
int	net_proxy_failed(const struct net_proxy *, enum net_proxy_no,
	    const char *, struct err *);

/*
 * net_by_proxy(e): whether it was a proxy that failed, not the server.
 */
bool	net_by_proxy(const struct err *);

/*
 * net_no_tls(e): whether the server was reached, but no TLS connection could
 * be agreed on: an ERR_CONNECT that does not depend on where we are.
 */
bool	net_no_tls(const struct err *);

/*
 * net_cut_off(e): whether the connection was made and then lost in the
 * handshake of TLS: an ERR_CONNECT that may do better at once.
 */
bool	net_cut_off(const struct err *);

#endif
