/*
 * Performing a call, and what libcurl's codes mean to a person.
 */
#include "curl_internal.h"

#include <errno.h>

#define LOOK_MS		20	/* longest sleep before looking again */

int
xcurl_refused(const struct xcurl *c, struct err *e)
{

	if (c->set == CURLE_OUT_OF_MEMORY)
		return err_nomem(e);
	return err_set(e, ERR_INTERNAL, "libcurl refuses an option: %s",
	    curl_easy_strerror(c->set));
}

/* What libcurl's codes mean to a person; others are ERR_PROTOCOL. */
static const struct fault {
	CURLcode	 rc;
	enum err_code	 code;
	const char	*says;
} faults[] = {
	{ CURLE_COULDNT_RESOLVE_HOST, ERR_RESOLVE,
	    "the host name is not known" },
	{ CURLE_COULDNT_CONNECT, ERR_CONNECT, "no connection" },
	{ CURLE_OPERATION_TIMEDOUT, ERR_TIMEOUT, "no answer in time" },
	{ CURLE_SEND_ERROR, ERR_BROKEN, "the connection broke" },
	{ CURLE_RECV_ERROR, ERR_BROKEN, "the connection broke" },
	{ CURLE_GOT_NOTHING, ERR_BROKEN,
	    "the server closed the connection without an answer" },
	{ CURLE_PARTIAL_FILE, ERR_BROKEN, "the transfer broke off" },
	{ CURLE_HTTP2, ERR_BROKEN, "the connection broke" },
	{ CURLE_HTTP2_STREAM, ERR_BROKEN, "the connection broke" },
	{ CURLE_PEER_FAILED_VERIFICATION, ERR_CERT,
	    "the certificate of the server is not trusted" },
	{ CURLE_SSL_ISSUER_ERROR, ERR_CERT,
	    "the certificate of the server is not trusted" },
	{ CURLE_SSL_INVALIDCERTSTATUS, ERR_CERT,
	    "the certificate of the server is not trusted" },
	{ CURLE_SSL_PINNEDPUBKEYNOTMATCH, ERR_CERT,
	    "the public key of the server is none of those pinned (pin)" },
	{ CURLE_SSL_CERTPROBLEM, ERR_CONFIG,
	    "client_cert or client_key cannot be used" },
	{ CURLE_COULDNT_RESOLVE_PROXY, ERR_RESOLVE,
	    "the host name of the proxy is not known" },
	{ CURLE_PROXY, ERR_CONNECT, "the proxy makes no connection" },
	{ CURLE_FTP_PORT_FAILED, ERR_CONNECT,
	    "the server takes no address to connect to (ftp_mode)" },
	{ CURLE_FTP_ACCEPT_FAILED, ERR_CONNECT,
	    "the server did not connect to us (ftp_mode)" },
	{ CURLE_FTP_ACCEPT_TIMEOUT, ERR_TIMEOUT,
	    "the server did not connect to us (ftp_mode)" },
	{ CURLE_SSL_CACERT_BADFILE, ERR_CONFIG, "ca_file cannot be read" },
	{ CURLE_SSL_CONNECT_ERROR, ERR_PROTOCOL,
	    "no TLS connection could be agreed on" },
	{ CURLE_SSL_CIPHER, ERR_PROTOCOL,
	    "no TLS connection could be agreed on" },
	{ CURLE_USE_SSL_FAILED, ERR_UNSUPPORTED, "the server offers no TLS" },
	{ CURLE_LOGIN_DENIED, ERR_LOGIN, "the login was refused" },
	{ CURLE_REMOTE_DISK_FULL, ERR_REMOTE_FULL,
	    "the server has no room left" },
	{ CURLE_REMOTE_FILE_NOT_FOUND, ERR_NOTFOUND, "there is no such file" },
	{ CURLE_URL_MALFORMAT, ERR_CONFIG, "libcurl cannot use the URL" },
	{ CURLE_OUT_OF_MEMORY, ERR_NOMEM, "out of memory" },
};

static const struct fault *
fault_find(CURLcode rc)
{
	static const struct fault other = { CURLE_OK, ERR_PROTOCOL,
	    "the exchange with the server failed" };
	size_t	i;

	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (faults[i].rc == rc)
			return &faults[i];
	return &other;
}

/* OpenSSL's words for the server's no, and for ours. */
bool
xcurl_version_refused(const struct xcurl *c)
{

	return c->rc == CURLE_SSL_CONNECT_ERROR &&
	    (strstr(c->errbuf, "protocol version") != NULL ||
	    strstr(c->errbuf, "unsupported protocol") != NULL);
}

static int
version_failed(const struct xcurl *c, struct err *e)
{
	const char *least = c->x->target.tls_min;

	err_set(e, ERR_PROTOCOL, "the server takes none of the TLS versions "
	    "%s to %s; set tls_max or tls_min to one that it takes (%s)",
	    least != NULL ? least : "1.2", xcurl_tls_most(c->x), c->errbuf);
	e->sys = (int)c->rc;
	return -1;
}

static int
perform_failed(struct xcurl *c, struct err *e)
{
	const struct fault *f;
	enum err_code	 code;
	const char	*says, *detail;
	long		 errnum = 0;

	if (c->err.code != ERR_NONE) {
		*e = c->err;
		return -1;
	}
	if (xcurl_version_refused(c))
		return version_failed(c, e);
	f = fault_find(c->rc);
	code = f->code;
	says = f->says;
	detail = c->errbuf[0] != '\0' ? c->errbuf : curl_easy_strerror(c->rc);
	curl_easy_getinfo(c->easy, CURLINFO_OS_ERRNO, &errnum);
	if (c->rc == CURLE_COULDNT_CONNECT && errnum != 0)
		detail = strerror((int)errnum);
	if (c->rc == CURLE_SSL_CONNECT_ERROR && (errnum == ECONNRESET ||
	    strstr(c->errbuf, "SSL_ERROR_SYSCALL") != NULL ||
	    strstr(c->errbuf, "unexpected eof") != NULL)) {
		code = ERR_BROKEN;	/* not refused: nothing was said */
		says = "the connection broke";
	}
	err_set(e, code, "%s (%s)", says, detail);
	e->sys = (int)c->rc;
	return -1;
}

/*
 * What curl_easy_perform does, with shorter sleeps.  While libcurl opens a
 * data connection of FTP it waits for that one only; a reply that comes on
 * the control connection meanwhile is seen after the sleep, which
 * curl_easy_perform makes a second long: a second for every file.
 */
static CURLcode
run(struct xcurl *c)
{
	CURLMcode	 rc;
	CURLMsg		*m;
	CURLcode	 done = CURLE_FAILED_INIT;
	int		 left = 1;

	rc = curl_multi_add_handle(c->multi, c->easy);
	while (rc == CURLM_OK) {
		rc = curl_multi_perform(c->multi, &left);
		if (rc != CURLM_OK || left == 0)
			break;
		rc = curl_multi_poll(c->multi, NULL, 0, LOOK_MS, NULL);
	}
	if (rc != CURLM_OK)
		done = rc == CURLM_OUT_OF_MEMORY ? CURLE_OUT_OF_MEMORY :
		    CURLE_FAILED_INIT;
	else if ((m = curl_multi_info_read(c->multi, &left)) != NULL)
		done = m->data.result;
	curl_multi_remove_handle(c->multi, c->easy);
	return done;
}

int
xcurl_perform(struct xcurl *c, struct err *e)
{

	if (c->set != CURLE_OK)
		return xcurl_refused(c, e);
	c->rc = run(c);
	if (c->cut && c->rc == CURLE_ABORTED_BY_CALLBACK)
		c->rc = CURLE_OK;
	xcurl_facts(c);
	if (c->rc != CURLE_OK || c->err.code != ERR_NONE)
		return perform_failed(c, e);
	if (c->src != NULL)
		xfer_told(c->x, c->src->size, c->src->size);
	return 0;
}
