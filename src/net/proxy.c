/*
 * What a proxy on the way did not do, in the same words for platform calls
 * and file servers, whoever speaks to it: libcurl (verdict.c), or we ourselves
 * for SSH (transfer/proxy.c).
 */
#include "net.h"

#include <curl/curl.h>


static const struct {
	enum err_code	 code;
	const char	*says;	/* about the proxy */
} verdicts[] = {
	[NET_PROXY_NO_NAME] = { ERR_RESOLVE, "is not known by that name" },
	[NET_PROXY_AWAY] = { ERR_CONNECT, "cannot be reached" },
	[NET_PROXY_SILENT] = { ERR_TIMEOUT, "made no connection in time" },
	[NET_PROXY_LOGIN] = { ERR_LOGIN, "refuses the login (look at "
	    "proxy_user and proxy_password)" },
	[NET_PROXY_FORBIDS] = { ERR_DENIED, "does not permit this connection "
	    "(ask whoever runs it)" },
	[NET_PROXY_NO_WAY] = { ERR_CONNECT, "makes no connection" },
};

enum net_proxy_no
net_proxy_status(long status)
{
	switch (status) {
	case 403:
		return NET_PROXY_FORBIDS;
	case 407:
		return NET_PROXY_LOGIN;
	default:
		return NET_PROXY_NO_WAY;
	}
}

enum net_proxy_no
net_proxy_reply(unsigned reply)
{
	return reply == 2 ? NET_PROXY_FORBIDS : NET_PROXY_NO_WAY;
}

/* "HOST:PORT" out of its address: no scheme, no login. */
static const char *
where(const char *url, size_t *n)
{
	const char *p = strstr(url, "://"), *at;

	p = p != NULL ? p + 3 : url;
	*n = strcspn(p, "/?#");
	if ((at = memrchr(p, '@', *n)) != NULL) {
		*n -= (size_t)(at + 1 - p);
		p = at + 1;
	}
	return p;
}

int
net_proxy_failed(const struct net_proxy *p, enum net_proxy_no no,
    const char *detail, struct err *e)
{
	const char *name;
	size_t n;

	name = where(p->url, &n);
	err_set(e, verdicts[no].code, "the proxy %.*s %s: %s", (int)n, name,
	    verdicts[no].says, detail);
	e->sys = CURLE_PROXY;
	return -1;
}

bool
net_by_proxy(const struct err *e)
{
	return e->sys == CURLE_PROXY;
}
