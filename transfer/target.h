/*
 * Where to connect, and how: what a caller knows of a file server.
 */
#ifndef TRANSFER_TARGET_H
#define TRANSFER_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "../src/base/err.h"
#include "../src/base/secret.h"
#include "../src/net/net.h"

struct clock;

/* Deadlines in milliseconds; 0 means the number of the same name below. */
struct xfer_times {
	int64_t	connect_ms;	/* TCP, TLS or key exchange, login */
	int64_t	reply_ms;	/* any single reply */
	int64_t	final_ms;	/* reply after the last byte */
	int64_t	stall_ms;	/* no byte moved for so long */
	int64_t	total_ms;	/* one whole transfer */
	int64_t	stale_ms;	/* a server may tell an old size */
	int64_t	unseen_ms;	/* a file may come into sight */
};

#define XFER_CONNECT_MS	(30 * 1000)
#define XFER_REPLY_MS	(60 * 1000)
#define XFER_FINAL_MS	(5 * 60 * 1000)
#define XFER_STALL_MS	(60 * 1000)
#define XFER_TOTAL_MS	(6 * 3600 * 1000)
#define XFER_STALE_MS	(3 * 1000)
#define XFER_UNSEEN_MS	(15 * 1000)

/*
 * Who speaks SSH: libssh2, or the system's ssh program.  AUTO is libssh2, and
 * ssh where the server or a key wants what libssh2 lacks.
 */
enum xfer_ssh { XFER_SSH_AUTO, XFER_SSH_LIBSSH2, XFER_SSH_OPENSSH };

/* Who connects for the data of FTP: we, or the server. */
enum xfer_ftp { XFER_FTP_PASSIVE, XFER_FTP_ACTIVE };

/* Outcome of looking a host key up. */
enum xfer_hostkey { XFER_KEY_MATCH, XFER_KEY_UNKNOWN, XFER_KEY_CHANGED };

/* A host key as a server showed it, and what it was taken for. */
struct xfer_shown {
	enum xfer_hostkey verdict;
	char	type[40];	/* "ssh-ed25519" ... */
	char	print[52];	/* "SHA256:..."; "" when none was shown */
	char	line[4096];	/* of a known_hosts file, without its line
				   end; "" when the key is too long */
};

/*
 * Where and how.  Borrowed by xfer_open for the life of the handle; strings
 * may be NULL where a comment says so.
 */
struct xfer_target {
	const char	*url;	 /* scheme://[user@]host[:port]/path ; schemes
				    http https ftp ftpes ftps sftp file null;
				    /path is absolute, /~/path from the login
				    folder; no password in it */
	const char	*user;	 /* wins over the URL's; NULL: none */
	const struct secret *password;	/* NULL: none */
	const char	*identity_file;	/* sftp: private key; NULL: none */
	const struct secret *passphrase; /* of that key; NULL: none */
	const char *const *host_keys;	/* sftp: pins "SHA256:...",
					   NULL-ended; NULL: only known_hosts */
	const char	*known_hosts;	/* sftp: file; NULL:
					   ~/.ssh/known_hosts */
	enum xfer_ssh	 ssh;		/* sftp */
	const char	*ssh_config;	/* sftp: ssh_config(5) file for the ssh
					   program; NULL: none is read */
	int		 streams;	/* sftp: connections for one upload;
					   0: by round trip and size */
	uint64_t	 coming;	/* sftp: bytes that will be put first,
					   so that all connections for them are
					   made at once; 0: not known */
	struct net_tls	 tls;		/* with max NULL, ftp ends at 1.2 where
					   the server takes it */
	const struct secret *bearer;	/* http: token; NULL: none */
	const struct secret *headers;	/* http: lines "Name: value"; NULL */
	int64_t		 redirects;	/* http: how many to follow */
	enum xfer_ftp	 ftp_mode;	/* ftp */
	struct net_proxy proxy;
	int64_t		 limit_rate;	/* bytes a second; 0: no limit */
	bool		 probe;		/* find out what xfer_facts tells,
					   and times of files */
	struct xfer_times times;
	const struct clock *clock;	/* NULL: the machine's */
	/*
	 * Asked when a host key is unknown (never when it changed): return 0
	 * to trust it for this run, -1 to refuse.  NULL: refuse.
	 */
	int		(*ask_host_key)(void *, const char *host,
			    const char *type, const char *fingerprint);
	void		*ask_arg;
	struct xfer_shown *shown;	/* sftp: filled in while connecting
					   with the key that was trusted, or
					   else the first that was not; NULL */
};

/*
 * xfer_proxy_check(proxy, e): the address of a proxy is "socks5h://HOST:PORT"
 * or "http://HOST:PORT", with no login in it.  ERR_CONFIG.
 */
int	xfer_proxy_check(const char *, struct err *);

/*
 * xfer_target_check(target, e): whether all that can be known before
 * connecting can be used: the address, the login, keys, certificates, headers
 * and the proxy.  Files are looked at; nobody is asked.  ERR_CONFIG,
 * ERR_SECRET, with e->key where one setting is to blame.
 */
int	xfer_target_check(const struct xfer_target *, struct err *);

/*
 * xfer_trust(known_hosts, shown, e): add the key of an unknown host to a
 * known_hosts file (NULL: ~/.ssh/known_hosts), which is made if missing; lines
 * that are there are not touched.  Returns the file's path for the caller to
 * free, or NULL: ERR_HOSTKEY when the host was not unknown, ERR_CREATE,
 * ERR_NOSPACE, ERR_IO.
 */
char	*xfer_trust(const char *, const struct xfer_shown *, struct err *);

/*
 * xfer_pins_check(pins, e): whether each fingerprint of a NULL-ended list is
 * "SHA256:" and 43 characters of base64, with or without "=" behind; NULL is an
 * empty list.  ERR_CONFIG.
 */
int	xfer_pins_check(const char *const *, struct err *);

#endif
