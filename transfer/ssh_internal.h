/*
 * The parts of an SSH connection: the socket, the user's key file, and the
 * channel that comes out of them.
 */
#ifndef TRANSFER_SSH_INTERNAL_H
#define TRANSFER_SSH_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct log;
struct sftp_channel;
struct xfer_target;
struct xfer;

/* What the first lines of a private key file tell. */
struct sshkey {
	char	type[40];	/* "ssh-ed25519" ..., "ecdsa"; "": not told */
	bool	encrypted;	/* a passphrase is needed */
};

/* All memory of one session; starts as zeroes. */
struct ssh_ring {
	struct ssh_block *first;
};

/*
 * tcp_dial(x, host, port, until, e): a connected, non-blocking, close-on-exec
 * socket for x, or -1.  Tries all addresses of host until the monotonic ms
 * until; bytes that the peer does not acknowledge within x->times.final_ms end
 * the connection later.  ERR_RESOLVE, ERR_CONNECT, ERR_TIMEOUT, ERR_STOPPED.
 */
int	tcp_dial(const struct xfer *, const char *, uint16_t, int64_t,
	    struct err *);

/*
 * proxy_dial(x, until, e): likewise to the host of x, by way of its proxy if
 * it has one.  Moreover ERR_CONFIG, ERR_LOGIN, ERR_PROTOCOL, ERR_BROKEN.
 */
int	proxy_dial(const struct xfer *, int64_t, struct err *);

/*
 * tcp_wait(fd, events, ms, e): until poll(2) has one of events or an error
 * for fd, or about ms milliseconds: 1 or 0; -1 with ERR_STOPPED.
 */
int	tcp_wait(int, short, int64_t, struct err *);

/*
 * tcp_rtt_ms(fd): the round trip to the peer as the kernel sees it; 0 when it
 * does not say.
 */
int64_t	tcp_rtt_ms(int);

/*
 * tcp_ack_now(fd): acknowledge what came and what comes next at once: a server
 * that gathers small packets waits for that.  Failure only costs time.
 */
void	tcp_ack_now(int);

/*
 * ssh_alloc(n, session): memory for the SSH library, in the shape that it
 * wants; NULL when there is none.  *session points to the struct ssh_ring
 * that keeps it.
 */
void	*ssh_alloc(size_t, void **);

/*
 * ssh_realloc(p, n, session): likewise; a block left behind is zeroed.
 */
void	*ssh_realloc(void *, size_t, void **);

/*
 * ssh_free(p, session): zero and free, because copies of passwords and keys
 * pass through the library; NULL is harmless.
 */
void	ssh_free(void *, void **);

/*
 * ssh_free_rest(ring): free what the library has forgotten of a session that
 * has ended.
 */
void	ssh_free_rest(struct ssh_ring *);

/*
 * sshkey_peek(path, out, log, e): look at a private key file without using
 * it, so that a bad file is told apart from a refusing server.  Warns in the
 * log when others may read it.  ERR_SECRET when it cannot be read or is no
 * private key that we can use.
 */
int	sshkey_peek(const char *, struct sshkey *, struct log *, struct err *);

/*
 * sshkey_check(target, out, log, e): the same for the identity_file of a
 * target, which there is; one with a passphrase is no use without it.
 */
int	sshkey_check(const struct xfer_target *, struct sshkey *,
	    struct log *, struct err *);

/*
 * ssh2_channel_open(x, out, e): connect, check the host key, log in and start
 * the SFTP subsystem, all within x->times.connect_ms; sets x->banner.  Errors
 * of xfer_open; nothing is left open after failure.
 */
int	ssh2_channel_open(struct xfer *, struct sftp_channel *, struct err *);

/*
 * openssh_channel_open(x, out, e): the same by the system's ssh program, whose
 * only login data are the target's; it reads no configuration but
 * target.ssh_config.
 */
int	openssh_channel_open(struct xfer *, struct sftp_channel *,
	    struct err *);

#endif
