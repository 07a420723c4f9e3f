/*
 * Transfer: bytes to and from file servers.
 *
 * One vtable (xfer_internal.h), one row per scheme, one file per backend:
 * http, ftp, sftp, file and null.  Nothing here knows what the bytes mean.
 * An open handle is one connection to one server and belongs to one thread;
 * every call blocks, within the deadlines of struct xfer_times, and returns
 * early with ERR_STOPPED when a stop was requested.
 *
 * Here is the connection; what is done over it is in files.h, and the recipe
 * of an upload in stage.h.
 */
#ifndef TRANSFER_XFER_H
#define TRANSFER_XFER_H

#include <stdint.h>

#include "../src/base/err.h"
#include "target.h"

struct log;
struct xfer;

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

/* Told during a transfer, at most ten times a second; may be NULL. */
typedef void (*xfer_progress)(void *, uint64_t done, uint64_t total);

/*
 * xfer_on_progress(x, f, arg): report transfers of x to f.
 */
void	xfer_on_progress(struct xfer *, xfer_progress, void *);

/* What is known of a server; "", 0 and NULL mean not known. */
struct xfer_facts {
	int64_t	cert_begin_ms;	/* wall: from when its certificate holds, */
	int64_t	cert_end_ms;	/* ... and until when */
	/* of those that it sent with it (its authorities), the first to end */
	int64_t	above_begin_ms, above_end_ms;
	char	above_subject[160];
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
 * xfer_room(x, out, e): bytes that may still be written in the URL's folder.
 * ERR_UNSUPPORTED when the server cannot say.
 */
int	xfer_room(struct xfer *, uint64_t *, struct err *);

/*
 * xfer_refused(x): how the server refused the login in some call, borrowed, or
 * NULL.  After that each call fails with it, and none reaches the server.
 */
const struct err *xfer_refused(const struct xfer *);

/*
 * xfer_let_in(x): whether the server took the login.
 */
bool	xfer_let_in(const struct xfer *);

/*
 * xfer_banner(x): what the server calls itself, escaped, borrowed; "" when
 * unknown.
 */
const char *xfer_banner(const struct xfer *);

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
