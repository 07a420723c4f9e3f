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
 * Control, after an upload that broke: a server whose disk is full ends the
 * data connection first and says why then, but libcurl hears no more of it.
 * Without TLS, we do.
 *
 * Control else: libcurl says QUIT and waits for an answer, a minute or two with
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
#define LAST_WORD_MS	1000	/* from the end of the data to the reason */

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

/* The reply that is on its way, if there is one. */
static void
hear_last(struct xcurl *c, int fd)
{
	struct pollfd	p = { .fd = fd, .events = POLLIN };
	char		text[1024], *line = text, *end;
	size_t		have = 0;
	ssize_t		n;

	while (c->reply < 400 && have + 1 < sizeof(text) &&
	    poll(&p, 1, LAST_WORD_MS) > 0 && stop_signal() == 0) {
		n = recv(fd, text + have, sizeof(text) - 1 - have,
		    MSG_DONTWAIT);
		if (n <= 0)
			return;
		have += (size_t)n;
		text[have] = '\0';
		for (; (end = strchr(line, '\n')) != NULL; line = end + 1)
			xcurl_ftp_line(c, line, strcspn(line, "\r\n"));
	}
}

static int
on_close(void *arg, curl_socket_t fd)
{
	struct xcurl *c = arg;

	if (fd == c->control) {
		c->control = -1;
		if (xcurl_gave_up(c) && c->err.code == ERR_NONE &&
		    c->last != 0 &&
		    (c->x->scheme->flags & (XS_TLS | XS_STARTTLS)) == 0)
			hear_last(c, fd);
	}
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
