/*
 * A TCP connection within a deadline.
 *
 * Names are looked up by a helper thread of the C library, because the
 * look-up itself may block for longer than anybody wants to wait.  The time
 * left is shared among the addresses, so that a dead first one cannot use it
 * all up.
 */
#include "ssh_internal.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../src/base/clock.h"
#include "../src/base/err.h"
#include "../src/base/stop.h"
#include "sftp_more.h"
#include "xfer_internal.h"

#define LOOK_MS		50	/* pause between looks at the look-up */
#define IDLE_S		30	/* first keepalive, for NAT tables */
#define PROBE_S		10
#define WAIT_MAX_MS	60000	/* one poll; callers look at the clock */

/* One look-up; lives until the C library is done with it. */
struct lookup {
	struct gaicb	 cb;
	struct addrinfo	 hints;
	char		 host[256], port[8];
};

/* Wait for the look-up: its result code, or EAI_INPROGRESS with e set. */
static int
await_lookup(struct lookup *l, int64_t until, const struct xfer *x,
    struct err *e)
{
	const struct timespec look = { 0, LOOK_MS * 1000000L };
	const struct gaicb *list[1] = { &l->cb };
	int code;

	while ((code = gai_error(&l->cb)) == EAI_INPROGRESS) {
		if (stop_check(e) == -1 || sftp_turn_over(x->turn, e) == -1)
			break;
		if (clock_mono(x->clock) >= until) {
			err_set(e, ERR_TIMEOUT, "the name server did not "
			    "answer in time for \"%s\"", l->host);
			break;
		}
		(void)gai_suspend(list, 1, &look);
	}
	return code;
}

/* The addresses of a host, for freeaddrinfo; NULL after a failure. */
static struct addrinfo *
resolve(const struct xfer *x, const char *host, uint16_t port, int64_t until,
    struct err *e)
{
	struct addrinfo *out;
	struct gaicb *list[1];
	struct lookup *l;
	int code;

	if (strlen(host) >= sizeof(l->host)) {
		err_set(e, ERR_RESOLVE, "the host name is too long");
		return NULL;
	}
	if ((l = calloc(1, sizeof(*l))) == NULL) {
		err_nomem(e);
		return NULL;
	}
	snprintf(l->host, sizeof(l->host), "%s", host);
	snprintf(l->port, sizeof(l->port), "%u", port);
	l->hints.ai_socktype = SOCK_STREAM;
	l->hints.ai_flags = AI_NUMERICSERV;
	l->cb.ar_name = l->host;
	l->cb.ar_service = l->port;
	l->cb.ar_request = &l->hints;
	list[0] = &l->cb;
	code = getaddrinfo_a(GAI_NOWAIT, list, 1, NULL);
	if (code == 0)
		code = await_lookup(l, until, x, e);
	/* A look-up that cannot be called off still owns its memory. */
	if (code == EAI_INPROGRESS) {
		if (gai_cancel(&l->cb) != EAI_NOTCANCELED)
			free(l);
		return NULL;
	}
	out = l->cb.ar_result;
	free(l);
	if (code == 0)
		return out;
	err_set(e, code == EAI_MEMORY ? ERR_NOMEM : ERR_RESOLVE,
	    "the name \"%s\" was not found: %s", host, gai_strerror(code));
	return NULL;
}

int
tcp_wait(int fd, short events, int64_t ms, struct err *e)
{
	struct pollfd p[2] = { { fd, events, 0 }, { stop_fd(), POLLIN, 0 } };

	if (ms > WAIT_MAX_MS)
		ms = WAIT_MAX_MS;
	if (ms > 0 && poll(p, 2, (int)ms) == -1 && errno != EINTR)
		return err_sys(e, ERR_INTERNAL, errno, "poll");
	if (stop_check(e) == -1)
		return -1;
	return p[0].revents != 0;
}

static void
set_options(int fd, int64_t unacked_ms)
{
	int on = 1, idle = IDLE_S, probe = PROBE_S;
	unsigned unacked = unacked_ms > INT32_MAX ? INT32_MAX :
	    (unsigned)unacked_ms;

	/* A connection without them still works, so failures do not count. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &probe,
	    sizeof(probe));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacked,
	    sizeof(unacked));
}

/* Wait until fd is connected, until has passed, or it is not needed. */
static int
await_connect(const struct xfer *x, int fd, int64_t until, struct err *e)
{
	socklen_t len = sizeof(int);
	int64_t left;
	int code = 0, r = 0;

	while (r == 0) {
		left = until - clock_mono(x->clock);
		if (left <= 0)
			return err_set(e, ERR_TIMEOUT, "the server did not "
			    "take the connection in time");
		if (sftp_turn_over(x->turn, e) == -1)
			return -1;
		if ((r = tcp_wait(fd, POLLOUT, sftp_turn_ms(x->turn, left),
		    e)) == -1)
			return -1;
	}
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &len) == -1)
		code = errno;
	if (code != 0)
		return err_sys(e, ERR_CONNECT, code, "no connection");
	return 0;
}

static int
dial_one(const struct xfer *x, const struct addrinfo *a, int64_t until,
    struct err *e)
{
	int fd;

	fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, a->ai_protocol);
	if (fd == -1)
		return err_sys(e, ERR_CONNECT, errno, "no socket");
	if (connect(fd, a->ai_addr, a->ai_addrlen) == -1) {
		if (errno != EINPROGRESS && errno != EINTR) {
			err_sys(e, ERR_CONNECT, errno, "no connection");
			goto fail;
		}
		if (await_connect(x, fd, until, e) == -1)
			goto fail;
	}
	return fd;
fail:
	close(fd);
	return -1;
}

int
tcp_dial(const struct xfer *x, const char *host, uint16_t port,
    int64_t until, struct err *e)
{
	struct addrinfo *all, *a;
	int64_t now;
	int fd = -1, left = 0;

	if ((all = resolve(x, host, port, until, e)) == NULL)
		return -1;
	for (a = all; a != NULL; a = a->ai_next)
		left++;
	for (a = all; a != NULL && fd == -1; a = a->ai_next, left--) {
		now = clock_mono(x->clock);
		fd = dial_one(x, a, now + (until - now) / left, e);
		if (fd == -1 && e->code == ERR_STOPPED)
			break;
	}
	freeaddrinfo(all);
	if (fd == -1)
		return -1;
	err_clear(e);	/* of addresses that did not answer */
	set_options(fd, x->times.final_ms);
	return fd;
}

int64_t
tcp_rtt_ms(int fd)
{
	struct tcp_info info = { .tcpi_rtt = 0 };
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == -1)
		return 0;
	return info.tcpi_rtt / 1000;
}

void
tcp_ack_now(int fd)
{
	int on = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
}
