/*
 * A server that misbehaves in ways ours cannot.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/base/io.h"
#include "http_script.h"

#define SCRIPT_CONNS	8

/*
 * Read one request from fd; false when there is none.
 */
static bool
script_read(struct script *s, int fd)
{
	char rest[8192];
	const char *end, *len;
	size_t n, all;
	ssize_t got;

	n = 0;
	do {
		got = read(fd, s->last + n, sizeof(s->last) - 1 - n);
		if (got <= 0)
			return false;
		n += (size_t)got;
		s->last[n] = '\0';
		end = strstr(s->last, "\r\n\r\n");
	} while (end == NULL);
	len = strstr(s->last, "Content-Length: ");
	all = (size_t)(end + 4 - s->last) +
	    (len == NULL ? 0 : strtoul(len + 16, NULL, 10));
	while (n < all) {
		if (n + 1 < sizeof(s->last))
			got = read(fd, s->last + n, sizeof(s->last) - 1 - n);
		else
			got = read(fd, rest, sizeof(rest));
		if (got <= 0)
			return false;
		n += (size_t)got;
		s->last[n < sizeof(s->last) ? n : sizeof(s->last) - 1] = '\0';
	}
	return true;
}

static bool
script_answer(struct script *s, int fd)
{
	const char *text;
	struct err e;

	if (!script_read(s, fd))
		return false;
	text = s->answers[s->requests];
	if (text == NULL)
		return false;
	s->requests++;
	if (text[0] == '\0' ||
	    io_write_all(fd, text, strlen(text), &e) == -1)
		return false;
	while (s->flood != NULL)
		if (io_write_all(fd, s->flood, strlen(s->flood), &e) == -1)
			return false;
	return strstr(text, "Connection: close") == NULL;
}

static void *
script_run(void *arg)
{
	struct script *s = arg;
	struct pollfd p[1 + SCRIPT_CONNS];
	int i, n;

	p[0].fd = s->listener;
	p[0].events = POLLIN;
	n = 1;
	while (poll(p, (nfds_t)n, -1) > 0) {
		if (p[0].revents & (POLLHUP | POLLERR | POLLNVAL))
			break;
		for (i = 1; i < n; i++)
			if (p[i].revents != 0 && !script_answer(s, p[i].fd)) {
				close(p[i].fd);
				p[i].fd = -1;
			}
		if (p[0].revents & POLLIN && n <= SCRIPT_CONNS) {
			p[n].fd = accept(s->listener, NULL, NULL);
			p[n].events = POLLIN;
			n++;
			s->connections++;
		}
	}
	for (i = 1; i < n; i++)
		if (p[i].fd != -1)
			close(p[i].fd);
	return NULL;
}

void
script_start(struct script *s, const char *const *answers)
{
	struct sockaddr_in a;
	socklen_t len;

	memset(s, 0, sizeof(*s));
	s->answers = answers;
	memset(&a, 0, sizeof(a));
	a.sin_family = AF_INET;
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s->listener, (struct sockaddr *)&a, sizeof(a)),
	    0);
	assert_int_equal(listen(s->listener, 8), 0);
	len = sizeof(a);
	getsockname(s->listener, (struct sockaddr *)&a, &len);
	s->port = ntohs(a.sin_port);
	assert_int_equal(pthread_create(&s->thread, NULL, script_run, s), 0);
}

void
script_stop(struct script *s)
{
	shutdown(s->listener, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->listener);
}

int
script_ask(struct fixture *f, struct script *s, struct http_request *r)
{
	snprintf(f->url, sizeof(f->url), "http://127.0.0.1:%u/", s->port);
	r->url = f->url;
	return fx_call(f, r);
}
