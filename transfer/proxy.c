/*
 * A connection by way of a proxy, for SSH: SOCKS5 (RFC 1928, RFC 1929), where
 * the proxy looks the name up, or CONNECT of HTTP (RFC 9110, section 9.3.6).
 *
 * Answers are read byte by byte up to their end: what follows belongs to SSH.
 */
#include "ssh_internal.h"

#include <arpa/inet.h>

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../src/base/base64.h"
#include "../src/base/clock.h"
#include "../src/base/str.h"
#include "xfer_internal.h"

#define NAME_MAX_BYTES	255	/* of a name or a secret in SOCKS5 */
#define HEAD_MAX	4096	/* bytes of an answer to CONNECT */

/* One handshake with a proxy. */
struct proxy {
	const struct xfer *x;
	int		 fd;
	int64_t		 until;	/* monotonic ms */
};

static int
await(struct proxy *p, short events, struct err *e)
{
	int64_t left = p->until - clock_mono(p->x->clock);

	if (left <= 0)
		return net_proxy_failed(&p->x->target.proxy, NET_PROXY_SILENT,
		    "no answer", e);
	return tcp_wait(p->fd, events, left, e) == -1 ? -1 : 0;
}

static int
broke(const struct proxy *p, const char *detail, struct err *e)
{
	return net_proxy_failed(&p->x->target.proxy, NET_PROXY_NO_WAY, detail,
	    e);
}

static int
tell_proxy(struct proxy *p, const void *bytes, size_t n, struct err *e)
{
	const char *at = bytes;
	ssize_t sent;

	while (n > 0) {
		sent = send(p->fd, at, n, MSG_NOSIGNAL);
		if (sent > 0) {
			at += sent;
			n -= (size_t)sent;
		} else if (errno != EAGAIN && errno != EINTR)
			return broke(p, strerror(errno), e);
		else if (await(p, POLLOUT, e) == -1)
			return -1;
	}
	return 0;
}

static int
hear_proxy(struct proxy *p, void *bytes, size_t n, struct err *e)
{
	char *at = bytes;
	ssize_t got;

	while (n > 0) {
		got = recv(p->fd, at, n, 0);
		if (got > 0) {
			at += got;
			n -= (size_t)got;
		} else if (got == 0)
			return broke(p, "it closed the connection", e);
		else if (errno != EAGAIN && errno != EINTR)
			return broke(p, strerror(errno), e);
		else if (await(p, POLLIN, e) == -1)
			return -1;
	}
	return 0;
}

/* RFC 1929: user and password, each with its length before it. */
static int
socks_login(struct proxy *p, struct err *e)
{
	const struct xfer_target *t = &p->x->target;
	size_t user = strlen(t->proxy.user);
	size_t word = secret_len(t->proxy.password);
	unsigned char m[3 + 2 * NAME_MAX_BYTES], answer[2];
	int rc;

	if (user > NAME_MAX_BYTES || word > NAME_MAX_BYTES)
		return err_set(e, ERR_CONFIG,
		    "proxy_user or proxy_password is too long");
	m[0] = 1;
	m[1] = (unsigned char)user;
	memcpy(m + 2, t->proxy.user, user);
	m[2 + user] = (unsigned char)word;
	memcpy(m + 3 + user, secret_bytes(t->proxy.password), word);
	rc = tell_proxy(p, m, 3 + user + word, e);
	explicit_bzero(m, sizeof(m));
	if (rc == -1 || hear_proxy(p, answer, 2, e) == -1)
		return -1;
	return answer[1] == 0 ? 0 : net_proxy_failed(&t->proxy,
	    NET_PROXY_LOGIN, "user or password is wrong", e);
}

static int
socks_greet(struct proxy *p, struct err *e)
{
	bool login = p->x->target.proxy.user != NULL;
	unsigned char hello[4] = { 5, 1, 0, 2 }, answer[2];

	hello[1] = login ? 2 : 1;
	if (tell_proxy(p, hello, login ? 4 : 3, e) == -1 ||
	    hear_proxy(p, answer, 2, e) == -1)
		return -1;
	if (answer[0] != 5)
		return broke(p, "it does not speak SOCKS5", e);
	if (answer[1] != 0 && (answer[1] != 2 || !login))
		return net_proxy_failed(&p->x->target.proxy, NET_PROXY_LOGIN,
		    "it takes no login that we have", e);
	return answer[1] == 2 ? socks_login(p, e) : 0;
}

static int
socks(struct proxy *p, struct err *e)
{
	const char *host = p->x->url.host;
	size_t n = strlen(host);
	uint16_t port = htons(p->x->url.port);
	unsigned char m[7 + NAME_MAX_BYTES] = { 5, 1, 0, 3 }, answer[4];
	unsigned char skip[NAME_MAX_BYTES + 2], address = 4;
	char seen[32];

	if (n > NAME_MAX_BYTES)
		return err_set(e, ERR_CONFIG, "the host name is too long");
	if (socks_greet(p, e) == -1)
		return -1;
	m[4] = (unsigned char)n;
	memcpy(m + 5, host, n);
	memcpy(m + 5 + n, &port, 2);
	if (tell_proxy(p, m, 7 + n, e) == -1 ||
	    hear_proxy(p, answer, 4, e) == -1)
		return -1;
	if (answer[0] != 5 || answer[1] != 0) {
		snprintf(seen, sizeof(seen), "SOCKS reply %u", answer[1]);
		return net_proxy_failed(&p->x->target.proxy,
		    net_proxy_reply(answer[1]), seen, e);
	}
	/* The address that the proxy tells at the end is of no use to us. */
	if (answer[3] == 3 && hear_proxy(p, &address, 1, e) == -1)
		return -1;
	if (answer[3] == 4)
		address = 16;
	return hear_proxy(p, skip, (size_t)address + 2, e);
}

/* "Proxy-Authorization: Basic ..." into out, or nothing. */
static void
basic_login(const struct xfer_target *t, char *out, size_t n)
{
	char plain[2 * NAME_MAX_BYTES + 2], coded[sizeof(plain) * 2];

	out[0] = '\0';
	if (t->proxy.user == NULL)
		return;
	snprintf(plain, sizeof(plain), "%s:%s", t->proxy.user,
	    secret_bytes(t->proxy.password));
	base64_encode(plain, strlen(plain), coded);
	/* base64_encode leaves the padding to whom it is for. */
	snprintf(out, n, "Proxy-Authorization: Basic %s%s\r\n", coded,
	    &"=="[2 - (3 - strlen(plain) % 3) % 3]);
	explicit_bzero(plain, sizeof(plain));
	explicit_bzero(coded, sizeof(coded));
}

static int
connect_ask(struct proxy *p, struct err *e)
{
	char where[300], login[1200], m[2200];
	int rc;

	xfer_where(p->x, where, sizeof(where));
	basic_login(&p->x->target, login, sizeof(login));
	snprintf(m, sizeof(m), "CONNECT %s HTTP/1.1\r\nHost: %s\r\n%s\r\n",
	    where, where, login);
	rc = tell_proxy(p, m, strlen(m), e);
	explicit_bzero(login, sizeof(login));
	explicit_bzero(m, sizeof(m));
	return rc;
}

/* "HTTP/1.1 407 Text"; 0 when that is no status line. */
static long
status_of(const char *head)
{
	uint64_t status;

	if (strncmp(head, "HTTP/1.", 7) != 0 || strlen(head) < 12 ||
	    str_u64(head + 9, 3, 999, &status) == -1)
		return 0;
	return (long)status;
}

static int
connect_http(struct proxy *p, struct err *e)
{
	char head[HEAD_MAX], seen[64];
	size_t n = 0;
	long status;

	if (connect_ask(p, e) == -1)
		return -1;
	do {
		if (n + 1 == sizeof(head))
			return net_proxy_failed(&p->x->target.proxy,
			    NET_PROXY_SILENT, "its answer has no end", e);
		if (hear_proxy(p, head + n, 1, e) == -1)
			return -1;
		head[++n] = '\0';
	} while (n < 4 || memcmp(head + n - 4, "\r\n\r\n", 4) != 0);
	status = status_of(head);
	if (status / 100 == 2)
		return 0;
	if (status != 0)
		snprintf(seen, sizeof(seen), "it answered %ld", status);
	else
		snprintf(seen, sizeof(seen), "it does not speak HTTP");
	return net_proxy_failed(&p->x->target.proxy, net_proxy_status(status),
	    seen, e);
}

/* The proxy's address is HOST[:PORT][/]; port unless it has one. */
static int
dial_proxy(struct proxy *p, const char *address, uint64_t port,
    struct err *e)
{
	size_t n = strcspn(address, ":/");
	struct err why;
	char host[256];

	err_clear(&why);
	if (n == 0 || n >= sizeof(host) || (address[n] == ':' &&
	    str_u64(address + n + 1, strcspn(address + n + 1, "/"),
	    UINT16_MAX, &port) == -1))
		return err_set(e, ERR_CONFIG, "proxy is not \"socks5h://"
		    "HOST:PORT\" or \"http://HOST:PORT\"");
	snprintf(host, sizeof(host), "%.*s", (int)n, address);
	p->fd = tcp_dial(p->x, host, (uint16_t)port, p->until, &why);
	if (p->fd != -1)
		return 0;
	*e = why;
	if (why.code != ERR_RESOLVE && why.code != ERR_CONNECT &&
	    why.code != ERR_TIMEOUT)
		return -1;
	return net_proxy_failed(&p->x->target.proxy,
	    why.code == ERR_RESOLVE ? NET_PROXY_NO_NAME :
	    why.code == ERR_TIMEOUT ? NET_PROXY_SILENT : NET_PROXY_AWAY,
	    why.sys != 0 ? strerror(why.sys) : why.msg, e);
}

int
proxy_dial(const struct xfer *x, int64_t until, struct err *e)
{
	struct proxy p = { .x = x, .until = until };
	const char *url = x->target.proxy.url;
	bool by_socks;
	int rc;

	if (url == NULL)
		return tcp_dial(x, x->url.host, x->url.port, until, e);
	if (xfer_proxy_check(url, e) == -1)
		return -1;
	by_socks = strncmp(url, "socks5h://", 10) == 0;
	if (dial_proxy(&p, url + (by_socks ? 10 : 7),
	    by_socks ? 1080 : 3128, e) == -1)
		return -1;
	rc = by_socks ? socks(&p, e) : connect_http(&p, e);
	if (rc == 0)
		return p.fd;
	close(p.fd);
	return -1;
}
