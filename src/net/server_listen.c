/*
 * A listening socket, made here and not by libmicrohttpd, which does not say
 * why it could not.
 */
#include "server_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../base/err.h"

union http_address {
	struct sockaddr		any;
	struct sockaddr_in	v4;
	struct sockaddr_in6	v6;
};

/*
 * Returns the length of *a, or 0 when the text is no address.
 */
static socklen_t
http_address_parse(const char *text, uint16_t port, union http_address *a)
{
	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, text, &a->v4.sin_addr) == 1) {
		a->v4.sin_family = AF_INET;
		a->v4.sin_port = htons(port);
		return sizeof(a->v4);
	}
	if (inet_pton(AF_INET6, text, &a->v6.sin6_addr) == 1) {
		a->v6.sin6_family = AF_INET6;
		a->v6.sin6_port = htons(port);
		return sizeof(a->v6);
	}
	return 0;
}

int
http_listen(const char *address, uint16_t port, uint16_t *real,
    struct err *e)
{
	union http_address a;
	socklen_t len;
	int fd, one;

	one = 1;
	len = http_address_parse(address, port, &a);
	if (len == 0)
		return err_set(e, ERR_CONFIG, "%s is not an address to listen"
		    " on, such as 127.0.0.1", address);
	fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return err_sys(e, ERR_UNAVAILABLE, errno,
		    "cannot listen on %s port %u", address, port);
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == -1 ||
	    bind(fd, &a.any, len) == -1 || listen(fd, SOMAXCONN) == -1)
		goto undo;
	len = sizeof(a);
	if (getsockname(fd, &a.any, &len) == -1)
		goto undo;
	*real = ntohs(a.any.sa_family == AF_INET ? a.v4.sin_port :
	    a.v6.sin6_port);
	return fd;
undo:
	err_sys(e, ERR_UNAVAILABLE, errno, "cannot listen on %s port %u",
	    address, port);
	close(fd);
	return -1;
}
