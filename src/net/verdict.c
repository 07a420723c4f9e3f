/*
 * What libcurl's codes mean to a person and to cron, in one table for platform
 * calls and file servers.
 *
 * The code decides what an unattended night does.  What may be over the next
 * time (a server that is restarted, a line that broke, a port that something
 * else holds for a moment) is given a code that is tried again; what stays
 * until somebody changes a setting, a certificate or a right is not.  A reply
 * of the server itself, where there is one, weighs more than these: the HTTP
 * and FTP backends look at it first.
 */
#include "setup.h"

#include <ctype.h>
#include <errno.h>

#include "../base/clock.h"
#include "../base/str.h"

/* libcurl starts its limits and its stopwatch at slightly different times. */
#define CLOCK_SLACK_MS	1000

static const struct net_verdict verdicts[] = {
	/* The way there.  All of it may pass. */
	[CURLE_COULDNT_RESOLVE_PROXY] = { ERR_RESOLVE,
	    "the host name of the proxy is not known" },
	[CURLE_COULDNT_RESOLVE_HOST] = { ERR_RESOLVE,
	    "the host name is not known" },
	[CURLE_COULDNT_CONNECT] = { ERR_CONNECT, "no connection" },
	[CURLE_INTERFACE_FAILED] = { ERR_CONNECT, "no connection" },
	[CURLE_NO_CONNECTION_AVAILABLE] = { ERR_CONNECT, "no connection" },
	[CURLE_QUIC_CONNECT_ERROR] = { ERR_CONNECT, "no connection" },
	[CURLE_PROXY] = { ERR_CONNECT, "the proxy makes no connection" },
	[CURLE_OPERATION_TIMEDOUT] = { ERR_TIMEOUT, "no answer in time" },

	/*
	 * A handshake that fails may be a server half-way through a restart,
	 * or a page of the proxy in its place, so it is as good as no
	 * connection.  Nothing of ours has left by then.  One that is cut off
	 * counts as the same: a server without TLS says so in clear and hangs
	 * up, and it is chance which of the two is seen.  That the two have no
	 * version in common (net_version_refused) stays as it is.
	 */
	[CURLE_SSL_CONNECT_ERROR] = { ERR_CONNECT,
	    "no TLS connection could be agreed on" },

	/* Whom we talk to.  No retry makes a certificate right. */
	[CURLE_PEER_FAILED_VERIFICATION] = { ERR_CERT,
	    "the certificate of the server is not trusted" },
	[CURLE_SSL_ISSUER_ERROR] = { ERR_CERT,
	    "the certificate of the server is not trusted" },
	[CURLE_SSL_INVALIDCERTSTATUS] = { ERR_CERT,
	    "the certificate of the server is not trusted" },
	[CURLE_SSL_PINNEDPUBKEYNOTMATCH] = { ERR_CERT,
	    "the public key of the server is none of those pinned (pin)" },

	/* Files and rules of this machine; somebody has to mend them. */
	[CURLE_SSL_CACERT_BADFILE] = { ERR_CONFIG, "ca_file cannot be read" },
	[CURLE_SSL_CRL_BADFILE] = { ERR_CONFIG,
	    "the list of revoked certificates cannot be read" },
	[CURLE_SSL_CERTPROBLEM] = { ERR_CONFIG,
	    "client_cert or client_key cannot be used" },
	[CURLE_SSL_CIPHER] = { ERR_CONFIG,
	    "this machine's rules for TLS leave no cipher" },
	[CURLE_URL_MALFORMAT] = { ERR_CONFIG, "libcurl cannot use the URL" },

	/* The connection was there and was lost; the next may hold. */
	[CURLE_SEND_ERROR] = { ERR_BROKEN, "the connection broke" },
	[CURLE_RECV_ERROR] = { ERR_BROKEN, "the connection broke" },
	[CURLE_GOT_NOTHING] = { ERR_BROKEN,
	    "the server closed the connection without an answer" },
	[CURLE_PARTIAL_FILE] = { ERR_BROKEN, "the transfer broke off" },
	[CURLE_HTTP2] = { ERR_BROKEN, "the connection broke" },
	[CURLE_HTTP2_STREAM] = { ERR_BROKEN, "the connection broke" },
	[CURLE_HTTP3] = { ERR_BROKEN, "the connection broke" },
	[CURLE_SSL_SHUTDOWN_FAILED] = { ERR_BROKEN, "the connection broke" },
	[CURLE_AGAIN] = { ERR_BROKEN, "the connection broke" },
	[CURLE_SEND_FAIL_REWIND] = { ERR_BROKEN, "the connection broke" },

	/* The server's no, where its own reply does not say more. */
	[CURLE_LOGIN_DENIED] = { ERR_LOGIN, "the login was refused" },
	[CURLE_AUTH_ERROR] = { ERR_LOGIN, "the login was refused" },
	[CURLE_SSL_CLIENTCERT] = { ERR_CLIENT_CERT,
	    "the server wants a certificate of ours (client_cert)" },
	[CURLE_REMOTE_ACCESS_DENIED] = { ERR_DENIED,
	    "the server does not permit it" },
	[CURLE_REMOTE_DISK_FULL] = { ERR_REMOTE_FULL,
	    "the server has no room left" },
	[CURLE_REMOTE_FILE_NOT_FOUND] = { ERR_NOTFOUND,
	    "there is no such file" },
	[CURLE_REMOTE_FILE_EXISTS] = { ERR_EXISTS, "the name is taken" },
	[CURLE_USE_SSL_FAILED] = { ERR_UNSUPPORTED,
	    "the server offers no TLS" },
	[CURLE_FTP_COULDNT_USE_REST] = { ERR_UNSUPPORTED,
	    "the server cannot begin in the middle of a file" },
	[CURLE_RANGE_ERROR] = { ERR_UNSUPPORTED,
	    "the server cannot begin in the middle of a file" },
	[CURLE_BAD_DOWNLOAD_RESUME] = { ERR_UNSUPPORTED,
	    "the server cannot begin in the middle of a file" },

	/* Data connections of FTP: a matter of addresses and firewalls. */
	[CURLE_FTP_PORT_FAILED] = { ERR_CONNECT,
	    "the server takes no address to connect to (ftp_mode)" },
	[CURLE_FTP_ACCEPT_FAILED] = { ERR_CONNECT,
	    "the server did not connect to us (ftp_mode)" },
	[CURLE_FTP_ACCEPT_TIMEOUT] = { ERR_TIMEOUT,
	    "the server did not connect to us (ftp_mode)" },

	/* Another service than was thought, or a broken one: it stays so. */
	[CURLE_UNSUPPORTED_PROTOCOL] = { ERR_PROTOCOL,
	    "the other side speaks another protocol" },
	[CURLE_WEIRD_SERVER_REPLY] = { ERR_PROTOCOL,
	    "the answer of the server makes no sense" },
	[CURLE_BAD_CONTENT_ENCODING] = { ERR_PROTOCOL,
	    "the answer of the server makes no sense" },
	[CURLE_HTTP_RETURNED_ERROR] = { ERR_PROTOCOL,
	    "the exchange with the server failed" },
	[CURLE_TOO_MANY_REDIRECTS] = { ERR_PROTOCOL,
	    "the server points from one address to the next without end" },
	[CURLE_FTP_WEIRD_PASS_REPLY] = { ERR_PROTOCOL,
	    "the answer of the server makes no sense" },
	[CURLE_FTP_WEIRD_PASV_REPLY] = { ERR_PROTOCOL,
	    "the answer of the server makes no sense" },
	[CURLE_FTP_WEIRD_227_FORMAT] = { ERR_PROTOCOL,
	    "the answer of the server makes no sense" },
	[CURLE_FTP_CANT_GET_HOST] = { ERR_PROTOCOL,
	    "the answer of the server makes no sense" },
	[CURLE_FTP_COULDNT_SET_TYPE] = { ERR_PROTOCOL,
	    "the exchange with the server failed" },
	[CURLE_FTP_COULDNT_RETR_FILE] = { ERR_PROTOCOL,
	    "the exchange with the server failed" },
	[CURLE_FTP_PRET_FAILED] = { ERR_PROTOCOL,
	    "the exchange with the server failed" },
	[CURLE_FTP_BAD_FILE_LIST] = { ERR_PROTOCOL,
	    "the answer of the server makes no sense" },
	[CURLE_QUOTE_ERROR] = { ERR_PROTOCOL,
	    "the exchange with the server failed" },
	[CURLE_UPLOAD_FAILED] = { ERR_PROTOCOL,
	    "the exchange with the server failed" },
	[CURLE_FILESIZE_EXCEEDED] = { ERR_LIMIT,
	    "the answer is larger than is safe to accept" },

	/* This machine.  Who raised it inside a callback has said more. */
	[CURLE_READ_ERROR] = { ERR_IO, "what is to be sent cannot be read" },
	[CURLE_WRITE_ERROR] = { ERR_IO, "the answer cannot be kept" },
	[CURLE_OUT_OF_MEMORY] = { ERR_NOMEM, "out of memory" },
	[CURLE_NOT_BUILT_IN] = { ERR_UNSUPPORTED,
	    "libcurl was built without this" },
	[CURLE_UNRECOVERABLE_POLL] = { ERR_INTERNAL, "poll" },
	[CURLE_FAILED_INIT] = { ERR_INTERNAL, "libcurl could not begin" },
	[CURLE_ABORTED_BY_CALLBACK] = { ERR_INTERNAL,
	    "the call was ended from here" },
	[CURLE_BAD_FUNCTION_ARGUMENT] = { ERR_INTERNAL,
	    "libcurl is used wrongly" },
	[CURLE_UNKNOWN_OPTION] = { ERR_INTERNAL, "libcurl is used wrongly" },
	[CURLE_SETOPT_OPTION_SYNTAX] = { ERR_INTERNAL,
	    "libcurl is used wrongly" },
	[CURLE_RECURSIVE_API_CALL] = { ERR_INTERNAL,
	    "libcurl is used wrongly" },
};

const struct net_verdict *
net_verdict(CURLcode rc)
{
	/* Of protocols that are not used here, or of a newer libcurl. */
	static const struct net_verdict other = { ERR_BROKEN,
	    "the exchange with the server failed" };

	if ((size_t)rc < sizeof(verdicts) / sizeof(verdicts[0]) &&
	    verdicts[rc].says != NULL)
		return &verdicts[rc];
	return &other;
}

/* OpenSSL's words for the server's no, and for ours. */
bool
net_version_refused(CURLcode rc, const char *detail)
{
	return rc == CURLE_SSL_CONNECT_ERROR &&
	    (strstr(detail, "protocol version") != NULL ||
	    strstr(detail, "unsupported protocol") != NULL);
}

bool
net_no_tls(const struct err *e)
{
	return e->code == ERR_CONNECT && e->sys == CURLE_SSL_CONNECT_ERROR;
}

bool
net_cut_off(const struct err *e)
{
	return e->code == ERR_CONNECT && e->sys == CURLE_RECV_ERROR;
}

/* Alerts of TLS that are, or may be, about the certificate of the client. */
enum {
	ALERT_HANDSHAKE_FAILURE = 40,	/* to TLS 1.2 also: there was none */
	ALERT_BAD_CERTIFICATE = 42,
	ALERT_CERTIFICATE_UNKNOWN = 46,	/* 43, 44, 45: unsupported, revoked,
					   expired */
	ALERT_UNKNOWN_CA = 48,
	ALERT_ACCESS_DENIED = 49,
	ALERT_CERTIFICATE_REQUIRED = 116,
};

/*
 * "TLSv1.3 (IN), TLS alert, unknown CA (560):"; the number is the level, of
 * which 2 is fatal, and the alert.
 */
void
net_heard(struct net_ours *o, const char *p, size_t n)
{
	static const char asked[] = "(IN), TLS handshake, Request CERT (13)",
	    alert[] = "(IN), TLS alert, ";
	const char *number;
	unsigned value = 0;

	if (memmem(p, n, asked, sizeof(asked) - 1) != NULL)
		o->asked = true;
	if (memmem(p, n, alert, sizeof(alert) - 1) == NULL ||
	    (number = memrchr(p, '(', n)) == NULL)
		return;
	for (number++; number < p + n && isdigit((unsigned char)*number) &&
	    value < 0x1000; number++)
		value = value * 10 + (unsigned)(*number - '0');
	if (value >> 8 == 2)
		o->alert = value & 0xff;
}

/*
 * Whether the server wants another certificate of ours, or one at all.  It
 * need not come to its alert: what we send meanwhile to a connection that it
 * has closed may throw that away.  Then its question is all there is, and
 * counts only where we had no answer, and it never went on without; a line
 * that breaks just then is tried again.
 */
static bool
our_cert_refused(const struct net_call *c)
{
	const struct net_ours *o = &c->ours;

	if (o->alert == ALERT_HANDSHAKE_FAILURE)
		return o->asked;
	if (o->alert != 0)
		return (o->alert >= ALERT_BAD_CERTIFICATE &&
		    o->alert <= ALERT_CERTIFICATE_UNKNOWN) ||
		    o->alert == ALERT_UNKNOWN_CA ||
		    o->alert == ALERT_ACCESS_DENIED ||
		    o->alert == ALERT_CERTIFICATE_REQUIRED;
	return o->asked && !o->goes_on && c->opts->tls.cert == NULL &&
	    (c->rc == CURLE_SSL_CONNECT_ERROR ||
	    net_verdict(c->rc)->code == ERR_BROKEN);
}

/* The other side went away in the middle of the handshake, without a word. */
static bool
handshake_broke(const struct net_call *c, long errnum)
{
	return c->rc == CURLE_SSL_CONNECT_ERROR && (errnum == ECONNRESET ||
	    strstr(c->detail, "SSL_ERROR_SYSCALL") != NULL ||
	    strstr(c->detail, "unexpected eof") != NULL);
}

/*
 * More headers than libcurl takes.  It has no code for that before 8.6: a long
 * line is want of memory to it, many are a broken connection.
 */
static bool
headers_flood(const struct net_call *c)
{
	return (c->rc == CURLE_OUT_OF_MEMORY && c->sent) ||
	    (c->rc == CURLE_RECV_ERROR &&
	    strstr(c->detail, "Too large response headers") != NULL);
}

/* The reply of SOCKS5 behind a code of libcurl (RFC 1928, section 6), or 0. */
static unsigned
socks_reply(long code)
{
	static const long replies[] = {
		[1] = CURLPX_REPLY_GENERAL_SERVER_FAILURE,
		[2] = CURLPX_REPLY_NOT_ALLOWED,
		[3] = CURLPX_REPLY_NETWORK_UNREACHABLE,
		[4] = CURLPX_REPLY_HOST_UNREACHABLE,
		[5] = CURLPX_REPLY_CONNECTION_REFUSED,
		[6] = CURLPX_REPLY_TTL_EXPIRED,
		[7] = CURLPX_REPLY_COMMAND_NOT_SUPPORTED,
		[8] = CURLPX_REPLY_ADDRESS_TYPE_NOT_SUPPORTED,
	};
	unsigned i;

	for (i = 1; i < sizeof(replies) / sizeof(replies[0]); i++)
		if (replies[i] == code)
			return i;
	return 0;
}

/*
 * Whether the proxy let us down, and how.  Names other than its own are looked
 * up by the proxy.
 */
static bool
proxy_failed(const struct net_call *c, const char *detail, struct err *e)
{
	const struct net_proxy *p = &c->opts->proxy;
	long status = 0, socks = CURLPX_OK, errnum = 0;
	enum net_proxy_no no;
	char seen[64];

	if (p->url == NULL)
		return false;
	curl_easy_getinfo(c->easy, CURLINFO_HTTP_CONNECTCODE, &status);
	curl_easy_getinfo(c->easy, CURLINFO_OS_ERRNO, &errnum);
	if (c->rc == CURLE_PROXY)
		curl_easy_getinfo(c->easy, CURLINFO_PROXY_ERROR, &socks);
	if (status >= 300) {
		no = net_proxy_status(status);
		snprintf(seen, sizeof(seen), "it answered %ld", status);
		detail = seen;
	} else if (socks == CURLPX_USER_REJECTED || socks == CURLPX_NO_AUTH) {
		no = NET_PROXY_LOGIN;
		detail = socks == CURLPX_NO_AUTH ?
		    "it takes no login that we have" :
		    "user or password is wrong";
	} else if (socks_reply(socks) != 0) {
		no = net_proxy_reply(socks_reply(socks));
		snprintf(seen, sizeof(seen), "SOCKS reply %u",
		    socks_reply(socks));
		detail = seen;
	} else if (c->rc == CURLE_COULDNT_RESOLVE_PROXY ||
	    c->rc == CURLE_COULDNT_RESOLVE_HOST)
		no = NET_PROXY_NO_NAME;
	else if (c->rc == CURLE_COULDNT_CONNECT) {
		no = NET_PROXY_AWAY;
		if (errnum != 0)
			detail = strerror((int)errnum);
	} else if (c->rc == CURLE_OPERATION_TIMEDOUT && !c->sent) {
		no = NET_PROXY_SILENT;
		detail = "no answer";
	} else if (c->rc == CURLE_PROXY || (status == 0 && !c->sent &&
	    strncmp(p->url, "http://", 7) == 0 &&
	    net_verdict(c->rc)->code == ERR_BROKEN)) {
		no = NET_PROXY_NO_WAY;
		if (socks == CURLPX_OK)
			detail = "it closed the connection";
	} else
		return false;
	net_proxy_failed(p, no, detail, e);
	return true;
}

/*
 * Which of the limits it was.  libcurl's elapsed time is compared with ours,
 * because its words for it are not promised.
 */
static int
timed_out(const struct net_call *c, const char *detail, struct err *e)
{
	curl_off_t us = 0;

	curl_easy_getinfo(c->easy, CURLINFO_TOTAL_TIME_T, &us);
	if (!c->sent)
		return err_set(e, ERR_TIMEOUT, "no connection in time (%s)",
		    detail);
	if (us / 1000 + CLOCK_SLACK_MS < c->opts->total_ms)
		return err_set(e, ERR_TIMEOUT, "the server fell silent in the "
		    "middle (%s)", detail);
	return err_set(e, ERR_TIMEOUT, "no answer within %g s",
	    (double)c->opts->total_ms / 1000);
}

/*
 * Whether a connection to the server stood: by way of a proxy that is known
 * only from what came after it.
 */
static bool
server_met(const struct net_call *c)
{
	curl_off_t connected = 0;
	long status = 0;

	if (c->sent || c->rc == CURLE_SSL_CONNECT_ERROR)
		return true;
	curl_easy_getinfo(c->easy, CURLINFO_HTTP_CONNECTCODE, &status);
	curl_easy_getinfo(c->easy, CURLINFO_CONNECT_TIME_T, &connected);
	return c->opts->proxy.url != NULL ? status / 100 == 2 : connected > 0;
}

int
net_explain(const struct net_call *c, struct err *e)
{
	const struct net_verdict *v = net_verdict(c->rc);
	const struct net_tls *tls = &c->opts->tls;
	const char *detail = c->detail[0] != '\0' ? c->detail :
	    curl_easy_strerror(c->rc);
	long errnum = 0;
	CURLcode rc = c->rc;

	if (proxy_failed(c, detail, e))
		return -1;
	curl_easy_getinfo(c->easy, CURLINFO_OS_ERRNO, &errnum);
	if (c->rc == CURLE_OPERATION_TIMEDOUT)
		timed_out(c, detail, e);
	else if (headers_flood(c))
		err_set(e, ERR_LIMIT, "the answer has more, or longer, headers "
		    "than are taken");
	else if (our_cert_refused(c))
		err_set(e, ERR_CLIENT_CERT, "the server %s (client_cert): %s",
		    tls->cert != NULL ? "does not take our certificate" :
		    "wants a certificate of ours, and none is set", detail);
	else if (net_version_refused(c->rc, c->detail))
		err_set(e, ERR_PROTOCOL, "the server takes none of the TLS "
		    "versions %s to %s (%s)",
		    tls->min != NULL ? tls->min : "1.2",
		    tls->max != NULL ? tls->max : "1.3", detail);
	else if (handshake_broke(c, errnum)) {
		err_set(e, c->sent ? ERR_BROKEN : ERR_CONNECT, "the connection "
		    "broke in the handshake of TLS (%s)", detail);
		rc = CURLE_RECV_ERROR;
	} else
		err_set(e, v->code, "%s (%s)%s", v->says,
		    c->rc == CURLE_COULDNT_CONNECT && errnum != 0 ?
		    strerror((int)errnum) : detail,
		    c->ours.asked && v->code == ERR_BROKEN ? "; the server "
		    "had asked for our certificate (client_cert)" : "");
	e->sys = (int)rc;
	e->met = server_met(c);
	return -1;
}

/* A header of the last answer, or NULL. */
static const char *
header(CURL *h, const char *name)
{
	struct curl_header *found;

	if (curl_easy_header(h, name, 0, CURLH_HEADER, -1, &found) !=
	    CURLHE_OK)
		return NULL;
	return found->value;
}

/*
 * Seconds, or a date, which is compared with the server's own so that its
 * clock need not be right.  CURLINFO_RETRY_AFTER cannot tell 0 from absent.
 */
int64_t
net_pause_ms(CURL *h, const struct clock *c)
{
	const char *value = header(h, "Retry-After"), *date;
	time_t then, now = -1;
	uint64_t s;

	if (value == NULL || value[0] == '\0')
		return -1;
	if (value[strspn(value, "0123456789")] == '\0')
		return str_u64(value, strlen(value), NET_PAUSE_MAX_MS / 1000,
		    &s) == 0 ? (int64_t)s * 1000 : NET_PAUSE_MAX_MS;
	if ((then = curl_getdate(value, NULL)) == -1)
		return -1;
	if ((date = header(h, "Date")) != NULL)
		now = curl_getdate(date, NULL);
	if (now == -1)
		now = (time_t)(clock_wall(c) / 1000);
	if (then <= now)
		return 0;
	return then - now > NET_PAUSE_MAX_MS / 1000 ? NET_PAUSE_MAX_MS :
	    (int64_t)(then - now) * 1000;
}
