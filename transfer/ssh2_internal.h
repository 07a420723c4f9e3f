/*
 * What the files of the libssh2 channel share, and the one place that
 * includes its header.
 */
#ifndef TRANSFER_SSH2_INTERNAL_H
#define TRANSFER_SSH2_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include <libssh2.h>

#include "../src/base/buf.h"
#include "../src/base/err.h"
#include "ssh_internal.h"

struct hostkey_list;
struct xfer;

#define SSH2_SHA2_SINCE	0x010b00 /* libssh2 with rsa-sha2 and AES-GCM */

/* Who has a half-sent packet in the session; see sftp_ssh2.c. */
enum owner { OWNER_NONE, OWNER_WRITER, OWNER_READER };

struct ssh2 {
	struct ssh_ring	 memory;	/* of the session */
	struct xfer	*x;
	int		 fd;
	LIBSSH2_SESSION	*session;
	LIBSSH2_CHANNEL	*channel;
	enum owner	 owner;
	int64_t		 until;	/* monotonic ms, while connecting */
	struct hostkey_list *known;
	char		*known_path;
	const char	*user;
	char		*methods; /* of login, as the server lists them */
	struct buf	 refused;	/* what the server said no to */
	bool		 answered;	/* the password, in a dialogue */
	bool		 puzzled;	/* by another question */
};

/*
 * ssh2_directions(c): the events of poll(2) that libssh2 waits for.
 */
short	ssh2_directions(struct ssh2 *);

/*
 * ssh2_await(c, doing, e): while connecting, wait until libssh2 can go on.
 * ERR_TIMEOUT past c->until, ERR_STOPPED.
 */
int	ssh2_await(struct ssh2 *, const char *, struct err *);

/*
 * ssh2_await_fd(c, fd, events, doing, e): likewise until one of the events of
 * poll(2) for fd.
 */
int	ssh2_await_fd(struct ssh2 *, int, short, const char *, struct err *);

/*
 * ssh2_last_error(c): libssh2's words for the last error, borrowed.
 */
const char *ssh2_last_error(struct ssh2 *);

/*
 * ssh2_socket_died(rc): whether libssh2's code rc says so.
 */
bool	ssh2_socket_died(int);

/*
 * ssh2_error(c, code, rc, doing, e): an error of libssh2 for which there is
 * nothing better to say; ERR_CONNECT when the connection broke, else code.
 * Returns -1 always.
 */
int	ssh2_error(struct ssh2 *, enum err_code, int, const char *,
	    struct err *);

/*
 * ssh2_drop(c): end session and socket at once.
 */
void	ssh2_drop(struct ssh2 *);

/*
 * ssh2_connect(c, e): a connection whose host key is trusted.
 */
int	ssh2_connect(struct ssh2 *, struct err *);

/*
 * ssh2_say_refused(c, e, what, why): note that the server refused it, to go on
 * with another method; why follows what in the words.  Returns 1, or -1.
 */
int	ssh2_say_refused(struct ssh2 *, struct err *, const char *,
	    const char *);

/*
 * ssh2_say_key_refused(c, e, what, type): likewise a key of this type, "" when
 * it is not known; notes when the ssh program may do better.
 */
int	ssh2_say_key_refused(struct ssh2 *, struct err *, const char *,
	    const char *);

/*
 * ssh2_login_agent(c, e): log in with a key of the agent at $SSH_AUTH_SOCK.  0
 * logged in, 1 refused and noted, -1 with e set.
 */
int	ssh2_login_agent(struct ssh2 *, struct err *);

/*
 * ssh2_login(c, e): log in with what the target has: a key file, or else the
 * agent's keys; then the password, plain or in a dialogue.
 */
int	ssh2_login(struct ssh2 *, struct err *);

#endif
