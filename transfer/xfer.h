/*
 * Transfer: bytes to and from file servers.
 *
 * One vtable (xfer_internal.h), one row per scheme, one file per backend:
 * http, ftp, sftp, file and null.  Nothing here knows what the bytes mean.
 * An open handle is one connection to one server and belongs to one thread;
 * every call blocks, within the deadlines of struct xfer_times, and returns
 * early with ERR_STOPPED when a stop was requested.
 */
#ifndef TRANSFER_XFER_H
#define TRANSFER_XFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../src/base/err.h"
#include "../src/base/secret.h"
#include "../src/net/net.h"

struct log;
struct xfer;

/* Deadlines in milliseconds; 0 means the default in brackets. */
struct xfer_times {
	int64_t	connect_ms;	/* TCP, TLS or key exchange, login [30 s] */
	int64_t	reply_ms;	/* any single reply [60 s] */
	int64_t	final_ms;	/* reply after the last byte [5 min] */
	int64_t	stall_ms;	/* no byte moved for so long [60 s] */
	int64_t	total_ms;	/* one whole transfer [6 h] */
	int64_t	stale_ms;	/* a server may tell an old size [3 s] */
};

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

/* The parts of a URL, as xfer_url_parse finds them. */
struct xfer_url {
	char		 scheme[8];
	char		*user;	/* decoded, or NULL */
	char		*host;	/* without brackets */
	char		*path;	/* decoded, begins with "/" */
	char		*query;	/* raw, or NULL (http only) */
	uint16_t	 port;	/* given or the scheme's default */
	bool		 home;	/* the path began with "/~/" (cut off) */
};

/* Bytes to send.  May be read more than once, from any offset. */
struct xfer_source {
	/*
	 * Up to n bytes from offset off; 0 at the end; -1 with e set.
	 */
	ssize_t	(*pread)(void *, void *, size_t, uint64_t off, struct err *);
	void	*arg;
	uint64_t size;		/* bytes */
};

/* Bytes that arrive, in order. */
struct xfer_sink {
	/*
	 * n bytes; 0, or -1 with e set to end the transfer.
	 */
	int	(*write)(void *, const void *, size_t, struct err *);
	void	*arg;
	uint64_t max;		/* more bytes than this is ERR_LIMIT */
};

struct xfer_stat {
	uint64_t size;		/* bytes */
	int64_t	 mtime_ms;	/* wall; 0: not said, or not asked for */
	bool	 is_dir;
};

/* Told during a transfer, at most ten times a second; may be NULL. */
typedef void (*xfer_progress)(void *, uint64_t done, uint64_t total);

/*
 * xfer_url_parse(url, out, e): take a URL apart.  ERR_CONFIG for anything but
 * the schemes above, for a password in it, control bytes, or a bad port.  The
 * caller ends *out with xfer_url_release, after failure too.
 */
int	xfer_url_parse(const char *, struct xfer_url *, struct err *);

/*
 * xfer_url_release(u): free its strings.
 */
void	xfer_url_release(struct xfer_url *);

/*
 * xfer_proxy_check(proxy, e): the address of a proxy is "socks5h://HOST:PORT"
 * or "http://HOST:PORT", with no login in it.  ERR_CONFIG.
 */
int	xfer_proxy_check(const char *, struct err *);

/*
 * xfer_open(target, log, e): connect and log in; http and file only check the
 * URL.  NULL with ERR_CONFIG, ERR_RESOLVE, ERR_CONNECT, ERR_TIMEOUT,
 * ERR_HOSTKEY, ERR_CERT, ERR_LOGIN, ERR_PROTOCOL, ERR_UNAVAILABLE.  Free with
 * xfer_close.
 */
struct xfer *xfer_open(const struct xfer_target *, struct log *,
	    struct err *);

/*
 * xfer_close(x): end the connection; NULL is harmless.
 */
void	xfer_close(struct xfer *);

/*
 * xfer_on_progress(x, f, arg): report transfers of x to f.
 */
void	xfer_on_progress(struct xfer *, xfer_progress, void *);

/* What is known of a server; "", 0 and NULL mean not known. */
struct xfer_facts {
	int64_t	cert_begin_ms;	/* wall: from when its certificate holds, */
	int64_t	cert_end_ms;	/* ... and until when */
	/* the rest needs probe in the target */
	char	cert_subject[160], cert_issuer[160];
	char	cert_pin[64];	/* of its public key: "sha256//..." */
	char	tls[64];	/* "TLSv1.2 / ECDHE-..."; of the last
				   connection */
	unsigned tls_full;	/* handshakes with a certificate */
	unsigned tls_resumed;	/* handshakes that resumed a session */
	unsigned connections;	/* that were made; ftp: to the control port */
	int64_t	date_ms;	/* wall: its clock (http) ... */
	int64_t	date_at_ms;	/* ... when ours showed this */
	char	protocol[12];	/* http: "HTTP/2" ... */
	char	data[8];	/* ftp: "EPSV", "PASV" or "PORT" */
	char	syst[64];	/* ftp: answer to SYST */
	char	features[400];	/* ftp: words of FEAT; sftp: extensions that
				   are of use here; with spaces between */
	char	channel[40];	/* sftp: who speaks SSH here */
	char	kex[80], key_alg[80], cipher[80], mac[80]; /* sftp: agreed */
	uint32_t write_bytes, read_bytes; /* sftp: in one request */
	uint64_t handles;	/* sftp: files that may be open at once */
	const char *replaced;	/* how xfer_replace did it: "one-step", or
				   "steps" with a moment without the file;
				   static */
};

/*
 * xfer_facts(x): what was found out so far; borrowed.
 */
const struct xfer_facts *xfer_facts(const struct xfer *);

/*
 * xfer_learn(x): ask a server what it offers and how much of it, for
 * xfer_facts.  Errors leave the facts as they are.
 */
void	xfer_learn(struct xfer *);

/*
 * xfer_trust(known_hosts, shown, e): add the key of an unknown host to a
 * known_hosts file (NULL: ~/.ssh/known_hosts), which is made if missing; lines
 * that are there are not touched.  Returns the file's path for the caller to
 * free, or NULL: ERR_HOSTKEY when the host was not unknown, ERR_CREATE,
 * ERR_NOSPACE, ERR_IO.
 */
char	*xfer_trust(const char *, const struct xfer_shown *, struct err *);

/*
 * xfer_pin_check(pin, e): a fingerprint of a host key has the right form.
 * ERR_CONFIG.
 */
int	xfer_pin_check(const char *, struct err *);

/*
 * xfer_room(x, out, e): bytes that may still be written in the URL's folder.
 * ERR_UNSUPPORTED when the server cannot say.
 */
int	xfer_room(struct xfer *, uint64_t *, struct err *);

/*
 * xfer_banner(x): what the server calls itself, escaped, borrowed; "" when
 * unknown.
 */
const char *xfer_banner(const struct xfer *);

/*
 * Names below are relative to the folder of the target's URL, or begin with
 * "/"; "" is the URL itself (a file to get or put directly).  "." and ".." are
 * in none of them.  A query of the URL goes with every name.
 *
 * xfer_put(x, name, src, e): write a file from its beginning, replacing what
 * has that name.  Success means the server said so, not that it is true.
 */
int	xfer_put(struct xfer *, const char *, const struct xfer_source *,
	    struct err *);

/*
 * xfer_put_new(x, name, src, e): likewise, but what has that name stays:
 * ERR_EXISTS.  A look directly before tells on all servers, which leaves a
 * moment to others; SFTP servers and those of http that heed If-None-Match
 * leave none.
 */
int	xfer_put_new(struct xfer *, const char *, const struct xfer_source *,
	    struct err *);

/*
 * xfer_put_from(x, name, src, off, e): write a file that has off bytes of src
 * from there on; the caller has proven those, just now.  ERR_UNSUPPORTED.
 */
int	xfer_put_from(struct xfer *, const char *, const struct xfer_source *,
	    uint64_t, struct err *);

/*
 * xfer_get(x, name, sink, e): read a file.  ERR_NOTFOUND, ERR_DENIED,
 * ERR_LIMIT.
 */
int	xfer_get(struct xfer *, const char *, const struct xfer_sink *,
	    struct err *);

/*
 * xfer_stat(x, name, out, e): its size.  ERR_NOTFOUND when there is none;
 * ERR_UNSUPPORTED when the server cannot say.
 */
int	xfer_stat(struct xfer *, const char *, struct xfer_stat *,
	    struct err *);

/*
 * xfer_replace(x, from, to, e): rename, replacing to, atomically where the
 * server can (posix-rename, RNTO, MOVE with Overwrite).  ERR_UNSUPPORTED when
 * the server has no rename.
 */
int	xfer_replace(struct xfer *, const char *, const char *, struct err *);

/*
 * xfer_rename(x, from, to, e): rename, but what is named to stays: ERR_EXISTS.
 * As with xfer_put_new a look comes directly before; after it, SFTP's RENAME,
 * MOVE with "Overwrite: F" and the file system leave no moment to others, FTP
 * and SFTP servers that replace against the rule do.
 */
int	xfer_rename(struct xfer *, const char *, const char *, struct err *);

/*
 * xfer_remove(x, name, e): delete a file, and look that it is gone.  The
 * server's word counts only where it permits no look.  ERR_NOTFOUND when there
 * was none; ERR_PROTOCOL when the server said that it removed it, but it is
 * still there; else why it stays, or may have stayed.
 */
int	xfer_remove(struct xfer *, const char *, struct err *);

/*
 * xfer_hash(x, name, out, e): the SHA-256 of a file, which the server reads
 * for it: "check-file" of SFTP, HASH or XSHA256 of FTP.  ERR_UNSUPPORTED where
 * it does not, ERR_NOTFOUND, ERR_DENIED.
 */
int	xfer_hash(struct xfer *, const char *, unsigned char [32],
	    struct err *);

/*
 * xfer_set_time(x, name, wall_ms, e): set when a file was changed, to the
 * second.  Only to find out whether a server can: nothing here needs it.
 * ERR_UNSUPPORTED.
 */
int	xfer_set_time(struct xfer *, const char *, int64_t, struct err *);

/*
 * xfer_mkdirs(x, name, e): make a folder and those it is in; "" is the URL's
 * own.  Folders that are there already are no error, but neither is it noticed
 * when one could not be made for another reason: only using it tells.
 * ERR_UNSUPPORTED, and the errors of a connection.
 */
int	xfer_mkdirs(struct xfer *, const char *, struct err *);

/*
 * A file of a folder: its name, and its size in bytes or UINT64_MAX when that
 * was not said.  0, or -1 with e set to end the list.
 */
typedef int (*xfer_entry)(void *, const char *, uint64_t, struct err *);

/*
 * xfer_list(x, folder, f, arg, e): call f for each file of a folder ("": the
 * URL's own), hidden ones too.  f must not use x.  Folders, and names that
 * cannot be passed back to the calls above, are left out.  0, or 1 when names
 * that begin with a dot may be left out as well (ftp without MLSD); -1 with
 * ERR_NOTFOUND, ERR_UNSUPPORTED (http).
 */
int	xfer_list(struct xfer *, const char *, xfer_entry, void *,
	    struct err *);

/* What to do when the final name is taken. */
enum xfer_exists {
	XFER_REPLACE,		/* the new file takes its place */
	XFER_FAIL,		/* ERR_EXISTS */
	XFER_SKIP,		/* the same content: done; else ERR_EXISTS */
	XFER_UNIQUE,		/* take NAME-2, NAME-3 ... instead */
};

/* How the final name comes to be. */
enum xfer_atomic {
	XFER_AUTO,		/* by rename; at once where that is refused */
	XFER_RENAME,		/* by rename or not at all */
	XFER_DIRECT,		/* at once */
};

/* How an upload is proven, besides its size. */
enum xfer_proof {
	XFER_BY_SIZE,		/* by nothing else */
	XFER_BY_HASH,		/* by the server's own SHA-256; where it tells
				   none, as below */
	XFER_BY_READBACK,	/* by fetching it and its SHA-256 */
};

/* What xfer_stage did. */
struct xfer_staged {
	const char	*verified; /* "size", "hash" or "readback"; after a
				      failure "unverified" when the final name
				      may hold the file, else NULL;
				      "unverified" too where in_place allows
				      no look; static */
	bool		 direct;   /* no temporary name was used */
	char		 name[256]; /* the final name */
};

struct xfer_stage_opts {
	const char	*name;	 /* final name, a single file name */
	const char	*tag;	 /* run id, for the temporary name */
	enum xfer_proof	 proof;
	unsigned char	 sha256[32]; /* of the source */
	enum xfer_exists on_exists;
	enum xfer_atomic atomic;
	const char	*temp_dir; /* folder for temporary names, below the
				      URL's or from "/"; NULL: the URL's */
	const char	*marker; /* end of the name of an empty file that is
				    put last; NULL: none */
	bool		 mkdir;	 /* make folders that are missing */
	bool		 in_place; /* the URL is signed for one file: put it
				      there and believe it, if it cannot be
				      looked at */
	bool		 believe; /* where the server permits no look, take the
				     file for whole but "unverified": the
				     caller fetches it from elsewhere */
	bool		 again;	 /* an earlier try may have left the file
				    under its final name: look first */
};

/*
 * xfer_stage(x, src, opts, out, e): the recipe.  Put under a temporary name
 * ".NAME.TAG.part", prove it, rename, prove
 * by state that the final name has that size.  A failed proof never deletes a
 * final name, and out->verified is then "unverified", after failure too; the
 * temporary one is removed if the server still answers.  Where the final name
 * is written at once, a beginning of src that a broken upload left there is
 * removed, too, once its bytes were compared.
 * Errors of the calls above; ERR_MISMATCH when a proof fails; ERR_EXISTS.
 */
int	xfer_stage(struct xfer *, const struct xfer_source *,
	    const struct xfer_stage_opts *, struct xfer_staged *,
	    struct err *);

/*
 * xfer_unstage(x, src, opts, e): take away what an xfer_stage with the same
 * options put there: the file and its marker, with again the temporary name
 * too.  Where the file was never proven, give src, and it goes only if it is
 * src or its beginning; else NULL.  Nothing there is as good.
 */
int	xfer_unstage(struct xfer *, const struct xfer_source *,
	    const struct xfer_stage_opts *, struct err *);

/*
 * xfer_staged_there(x, opts, e): whether anything is there of what an
 * xfer_stage with the same options put: 1, 0, or -1 when that cannot be told.
 */
int	xfer_staged_there(struct xfer *, const struct xfer_stage_opts *,
	    struct err *);

/*
 * xfer_source_fd(fd, out, e): a source over a regular file from offset 0; fd
 * is borrowed and its offset is not moved.  ERR_IO.
 */
int	xfer_source_fd(int, struct xfer_source *, struct err *);

/*
 * xfer_helper(argc, argv): a program that opens sftp URLs calls this first in
 * main.  The ssh program, which may be at work for another process, starts
 * this very program again to ask about a host key or for a password: then the
 * answer is fetched from that process and printed, and the result is the exit
 * code to end with at once.  -1 when this is no such call.
 */
int	xfer_helper(int, char **);

/*
 * xfer_schemes(): static list "http https ftp ..." for messages.
 */
const char *xfer_schemes(void);

/*
 * xfer_libraries(): static list of the libraries in use with their versions,
 * for --version.
 */
const char *xfer_libraries(void);

#endif
