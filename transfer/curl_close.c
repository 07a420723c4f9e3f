/*
 * Ending connections of FTP.
 *
 * Data, after an upload by TLS: with TLS 1.3 a server sends session tickets
 * after the handshake, often while the file is on its way already.  libcurl
 * does not read while it sends, and closes right after its last byte; with a
 * ticket unread in the socket the kernel then resets the connection, and the
 * server loses what it had not read yet ("426 Failure reading network
 * stream").  So the socket is closed for writing only, and read until the
 * server has closed it, too.
 *
 * Control: libcurl says QUIT and waits for an answer, a minute or two with
 * servers that give none, deaf to signals.  So it gets none.
 */
#include "ftp_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../src/base/clock.h"
#include "../src/base/stop.h"

#define LOOK_MS		100	/* between looks whether to stop */

/* Sockets opened once the control connection is ready are for data. */
static int
on_socket(void *arg, curl_socket_t fd, curlsocktype purpose)
{
	struct xcurl *c = arg;

	/* The others are made so. */
	if (purpose == CURLSOCKTYPE_ACCEPT)
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	if (c->last == 0)
		c->control = fd;
	else
		c->data = fd;
	return CURL_SOCKOPT_OK;
}

/*
 * Until the server has closed its side, or has answered: then it has read
 * everything, and need not be waited for.
 */
static void
drain(const struct xcurl *c, int fd)
{
	struct pollfd	p[2] = { { .fd = fd, .events = POLLIN },
			    { .fd = c->control, .events = POLLIN } };
	char		unread[4096];
	int64_t		until = c->last + c->x->times.final_ms;
	ssize_t		n;

	shutdown(fd, SHUT_WR);
	while (clock_mono(c->x->clock) < until && stop_signal() == 0) {
		if (poll(p, 2, LOOK_MS) > 0 && p[1].revents != 0)
			return;
		n = recv(fd, unread, sizeof(unread), MSG_DONTWAIT);
		if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR))
			return;
	}
}

static int
on_close(void *arg, curl_socket_t fd)
{
	struct xcurl *c = arg;

	if (fd == c->control)
		c->control = -1;
	if (fd == c->data) {
		c->data = -1;
		if (xcurl_gave_up(c))
			return net_drop(fd);
		if (c->all_sent && c->err.code == ERR_NONE &&
		    (c->x->scheme->flags & (XS_TLS | XS_STARTTLS)) != 0)
			drain(c, fd);
	}
	return close(fd);
}

void
xcurl_hang_up(const struct xcurl *c)
{

	if (c->control != -1)
		shutdown(c->control, SHUT_RD);
}

void
xcurl_watch_sockets(struct xcurl *c)
{

	curl_easy_setopt(c->easy, CURLOPT_SOCKOPTFUNCTION, on_socket);
	curl_easy_setopt(c->easy, CURLOPT_SOCKOPTDATA, c);
	curl_easy_setopt(c->easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
	curl_easy_setopt(c->easy, CURLOPT_CLOSESOCKETDATA, c);
}
