/*
 * A scripted server: the n-th request, on whatever connection, gets the n-th
 * answer; "" closes the connection instead.
 */
#ifndef UNIT_HTTP_SCRIPT_H
#define UNIT_HTTP_SCRIPT_H

#include <pthread.h>

#include "http_fixture.h"

#define OK_KEPT		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define OK_CLOSED	"HTTP/1.1 200 OK\r\nConnection: close\r\n"

struct script {
	int			 listener;
	uint16_t		 port;
	const char *const	*answers;	/* NULL-ended */
	const char		*flood;	/* follows an answer until the client
					   leaves */
	int			 requests, connections;
	char			 last[1 << 17];	/* begin of the last request */
	pthread_t		 thread;
};

/*
 * script_start(s, answers): listen on a port of its own.
 */
void	script_start(struct script *, const char *const *);

/*
 * script_stop(s): end it; what it counted may be looked at.
 */
void	script_stop(struct script *);

/*
 * script_ask(f, s, r): fx_call of r to it.
 */
int	script_ask(struct fixture *, struct script *, struct http_request *);

#endif
