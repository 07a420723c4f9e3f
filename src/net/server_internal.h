/*
 * Shared by the files of the HTTP server, nobody else.
 */
#ifndef NET_SERVER_INTERNAL_H
#define NET_SERVER_INTERNAL_H

#include <stdint.h>

struct err;

/*
 * http_listen(address, port, real, e): a listening TCP socket on a numeric
 * IPv4 or IPv6 address; the port it got (with port 0: any) goes to *real.
 * Returns the descriptor, or -1 with ERR_CONFIG or ERR_UNAVAILABLE.
 */
int	http_listen(const char *, uint16_t, uint16_t *, struct err *);

#endif
