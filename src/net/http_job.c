/*
 * From a request to a libcurl handle.
 *
 * What libcurl would do by itself with a request, and we do not want, is
 * switched off here: HTTP/2 (whose refused streams are sent again silently),
 * "Expect", the type of a form.
 */
#include "http.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/io.h"
#include "../base/limits.h"
#include "../base/log.h"
#include "../base/secret.h"
#include "../base/stop.h"
#include "../base/str.h"
#include "http_internal.h"

#define CONNECT_MS	15000
/*
 * A server that thinks before it answers is silent too, so this is long; it
 * ends dead connections under a total limit of many minutes.
 */
#define SILENCE_MS	120000
/* Servers often close an idle connection after a minute or less. */
#define IDLE_S		30L

/*
 * Called when the connection stands, before the first byte of the request.
 */
static int
http_on_ready(void *arg, char *remote_ip, char *local_ip, int remote_port,
    int local_port)
{
	struct http_job *j = arg;

	(void)remote_ip;
	(void)local_ip;
	(void)remote_port;
	(void)local_port;
	j->left = true;
	return CURL_PREREQFUNC_OK;
}

static void
http_no_connection(struct http_job *j)
{
	char within[40];

	snprintf(within, sizeof(within), "within %g s",
	    (double)j->net.connect_ms / 1000);
	if (j->net.proxy.url != NULL)
		net_proxy_failed(&j->net.proxy, NET_PROXY_SILENT, within,
		    &j->err);
	else
		err_set(&j->err, ERR_TIMEOUT, "no connection %s", within);
	err_wrap(&j->err, "call to %s", j->where);
}

/*
 * libcurl reads a proxy's answer to CONNECT to its end before it looks at its
 * own limits or comes back to us, and there may be no end.  Once the request
 * is on its way it comes back by itself.
 */
static int
http_on_progress(void *arg, curl_off_t dltotal, curl_off_t dlnow,
    curl_off_t ultotal, curl_off_t ulnow)
{
	struct http_job *j = arg;

	(void)dltotal;
	(void)dlnow;
	(void)ultotal;
	(void)ulnow;
	if (j->left || j->began == 0)
		return 0;
	if (clock_mono(j->loop->clock) - j->began > j->net.connect_ms)
		http_no_connection(j);
	return j->err.code != ERR_NONE || stop_check(&j->err) == -1;
}

int
http_too_large(const struct http_job *j, struct err *e)
{
	return err_set(e, ERR_LIMIT, "the answer of %s is larger than the %llu"
	    " bytes that are expected at most", j->where,
	    (unsigned long long)j->max_answer);
}

static size_t
http_on_body(char *p, size_t size, size_t n, void *arg)
{
	struct http_job *j = arg;
	long status = 0;
	int rc;

	n *= size;
	if (n > j->max_answer - j->got) {
		http_too_large(j, &j->err);
		return 0;
	}
	curl_easy_getinfo(j->easy, CURLINFO_RESPONSE_CODE, &status);
	if (j->to_file && status / 100 == 2)
		rc = io_pwrite_all(j->answer_fd, p, n, (off_t)j->got, &j->err);
	else
		rc = buf_add(&j->body, p, n, &j->err);
	j->got += n;
	return rc == 0 ? n : 0;
}

static size_t
http_on_read(char *p, size_t size, size_t n, void *arg)
{
	struct http_job *j = arg;
	ssize_t got;

	got = net_body_read(&j->sent, p, size * n, &j->err);
	return got == -1 ? CURL_READFUNC_ABORT : (size_t)got;
}

/*
 * libcurl begins a body again when a kept connection turns out to be dead.
 */
static int
http_on_seek(void *arg, curl_off_t off, int origin)
{
	struct http_job *j = arg;

	return origin == SEEK_SET && off >= 0 &&
	    net_body_seek(&j->sent, (uint64_t)off) == 0 ? CURL_SEEKFUNC_OK :
	    CURL_SEEKFUNC_FAIL;
}

static size_t
http_on_header(char *p, size_t size, size_t n, void *arg)
{
	struct http_job *j = arg;

	(void)p;
	n *= size;
	j->header_bytes += n;
	if (j->header_bytes <= LIM_HTTP_HEADER)
		return n;
	err_set(&j->err, ERR_LIMIT, "the answer of %s has more than %u bytes"
	    " of headers", j->where, LIM_HTTP_HEADER);
	return 0;
}

/*
 * Whether it is the address of a service; "host:port" of it goes to j->where.
 * The text of the URL is in no message: it may hold the very password that is
 * complained about.
 */
static int
http_job_url(struct http_job *j, const char *url, struct err *e)
{
	char *scheme = NULL, *user = NULL, *password = NULL, *host = NULL;
	char *port = NULL;
	CURLU *u = curl_url();
	CURLUcode rc;
	int ret = 0;

	if (u == NULL)
		return err_nomem(e);
	if ((rc = curl_url_set(u, CURLUPART_URL, url,
	    CURLU_NON_SUPPORT_SCHEME)) != CURLUE_OK ||
	    (rc = curl_url_get(u, CURLUPART_SCHEME, &scheme, 0)) !=
	    CURLUE_OK ||
	    (rc = curl_url_get(u, CURLUPART_HOST, &host, 0)) != CURLUE_OK)
		ret = err_set(e, ERR_CONFIG, "this is not the address of an"
		    " HTTP service: %s", curl_url_strerror(rc));
	else if (!str_ieq(scheme, "http") && !str_ieq(scheme, "https"))
		ret = err_set(e, ERR_CONFIG, "the address of a service must"
		    " begin with http:// or https://");
	else if (curl_url_get(u, CURLUPART_USER, &user, 0) == CURLUE_OK ||
	    curl_url_get(u, CURLUPART_PASSWORD, &password, 0) == CURLUE_OK)
		ret = err_set(e, ERR_CONFIG, "the address of a service must"
		    " not hold a user name or password");
	else if (curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) !=
	    CURLUE_OK || asprintf(&j->where, "%s:%s", host, port) == -1) {
		j->where = NULL;
		ret = err_nomem(e);
	}
	if (rc == CURLUE_OUT_OF_MEMORY)
		ret = err_nomem(e);
	curl_free(scheme);
	curl_free(user);
	curl_free(password);
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(u);
	return ret;
}

/*
 * A value may come from an earlier answer (a token); a line break in it would
 * become a second header.
 */
static int
http_add_header(struct http_job *j, const struct http_header *h,
    struct err *e)
{
	const char *value = h->value == NULL ? "" : h->value;
	const char *secret = secret_bytes(h->secret), *p;
	struct buf line;
	int rc;

	buf_init(&line, LIM_HTTP_HEADER);
	line.wipe = true;
	/* A name and a colon alone would take the header out. */
	rc = buf_addf(&line, e, value[0] == '\0' && secret[0] == '\0' ?
	    "%s;" : "%s: %s%s", h->name, value, secret);
	for (p = line.data; *p == '\t' || ((unsigned char)*p >= 0x20 &&
	    *p != 0x7f); p++)
		;
	if (rc == 0 && (*p != '\0' || h->name[0] == '\0' ||
	    h->name[strcspn(h->name, " \t:;")] != '\0'))
		rc = err_set(e, ERR_CONFIG, "a header of the call to %s has no"
		    " proper name, or holds a control byte", j->where);
	if (rc == 0)
		rc = net_list_add(&j->headers, line.data, e);
	buf_release(&line);
	return rc;
}

static int
http_job_headers(struct http_job *j, const struct http_request *req,
    struct err *e)
{
	bool typed = false;
	size_t i;

	for (i = 0; i < req->nheaders; i++) {
		if (str_ieq(req->headers[i].name, "Content-Type"))
			typed = true;
		if (http_add_header(j, &req->headers[i], e) == -1)
			return -1;
	}
	/* libcurl would wait a second for servers that do not know it. */
	if (net_list_add(&j->headers, "Expect:", e) == -1)
		return -1;
	/* libcurl would claim a form. */
	return typed ? 0 : net_list_add(&j->headers, "Content-Type:", e);
}

static bool
http_is(const struct http_job *j, const char *method)
{
	return strcmp(j->method, method) == 0;
}

/*
 * Method and body.  A PUT or POST without a body says "Content-Length: 0".
 */
static void
http_job_method(struct http_job *j, CURLcode *rc)
{
	CURL *c = j->easy;

	if (http_is(j, "HEAD")) {
		net_number(c, rc, CURLOPT_NOBODY, 1);
		return;
	}
	if (http_is(j, "GET") && j->sent.size == 0)
		return;
	net_text(c, rc, CURLOPT_CUSTOMREQUEST, j->method);
	if (j->sent.size == 0 && !http_is(j, "POST") && !http_is(j, "PUT"))
		return;
	net_number(c, rc, CURLOPT_POST, 1);
	net_bytes(c, rc, CURLOPT_POSTFIELDSIZE_LARGE, j->sent.size);
	curl_easy_setopt(c, CURLOPT_READFUNCTION, http_on_read);
	curl_easy_setopt(c, CURLOPT_READDATA, j);
	curl_easy_setopt(c, CURLOPT_SEEKFUNCTION, http_on_seek);
	curl_easy_setopt(c, CURLOPT_SEEKDATA, j);
}

/*
 * A submission that was given up must not arrive once its outcome has been
 * settled.  What was answered has nothing unsent.
 */
static int
http_on_close(void *arg, curl_socket_t fd)
{
	int unsent = 0;

	(void)arg;	/* the job that made it may be gone */
	return ioctl(fd, SIOCOUTQ, &unsent) == 0 && unsent > 0 ?
	    net_drop(fd) : close(fd);
}

static void
http_job_calls(struct http_job *j)
{
	CURL *c = j->easy;

	curl_easy_setopt(c, CURLOPT_PRIVATE, j);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, j->detail);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, j->headers);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, http_on_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, j);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, http_on_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, j);
	curl_easy_setopt(c, CURLOPT_PREREQFUNCTION, http_on_ready);
	curl_easy_setopt(c, CURLOPT_PREREQDATA, j);
	curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, http_on_progress);
	curl_easy_setopt(c, CURLOPT_XFERINFODATA, j);
	curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(c, CURLOPT_CLOSESOCKETFUNCTION, http_on_close);
}

int
http_job_begin(struct http_job *j, struct err *e)
{
	struct http_loop *l = j->loop;
	CURLcode rc;

	j->easy = l->nidle > 0 ? l->idle[--l->nidle] : curl_easy_init();
	if (j->easy == NULL)
		return err_nomem(e);
	rc = net_set_up(j->easy, &j->net);
	net_text(j->easy, &rc, CURLOPT_URL, j->url);
	net_number(j->easy, &rc, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	net_number(j->easy, &rc, CURLOPT_MAXAGE_CONN, IDLE_S);
	net_bytes(j->easy, &rc, CURLOPT_MAXFILESIZE_LARGE, j->max_answer);
	net_number(j->easy, &rc, CURLOPT_FRESH_CONNECT, j->fresh ? 1 : 0);
	http_job_calls(j);
	http_job_method(j, &rc);
	if (rc != CURLE_OK)
		return net_refused(rc, e);
	if (curl_multi_add_handle(l->multi, j->easy) != CURLM_OK)
		return err_set(e, ERR_INTERNAL, "the call to %s could not be"
		    " started", j->where);
	j->began = clock_mono(j->loop->clock);
	return 0;
}

static void
http_log_request(const struct http_job *j, bool secret_query)
{
	char *shown;

	if (!log_on(j->loop->log, LOG_DEBUG))
		return;
	shown = strdup(j->url);
	if (shown == NULL)
		return;
	if (secret_query)
		shown[strcspn(shown, "?#")] = '\0';
	log_say(j->loop->log, LOG_DEBUG, "http request",
	    LFS("method", j->method), LFF("url", shown),
	    LFI("bytes", (int64_t)j->sent.size));
	free(shown);
}

static int
http_job_fill(struct http_job *j, const struct http_request *req,
    struct err *e)
{
	size_t n = req->npieces;

	if (http_job_url(j, req->url, e) == -1 ||
	    http_job_headers(j, req, e) == -1)
		return -1;
	j->url = strdup(req->url);
	j->method = strdup(req->method);
	j->pieces = calloc(n + 1, sizeof(*j->pieces));
	if (j->url == NULL || j->method == NULL || j->pieces == NULL)
		return err_nomem(e);
	/* The array only; what the pieces point to stays the caller's. */
	if (n > 0)
		memcpy(j->pieces, req->body, n * sizeof(*j->pieces));
	net_body_init(&j->sent, j->pieces, n);
	/*
	 * libcurl repeats a request whose kept connection died without an
	 * answer, a POST too.  The server may have read the first one, so a
	 * submission must not go over a kept connection.
	 */
	j->fresh = !req->repeatable && !http_is(j, "GET") &&
	    !http_is(j, "HEAD");
	return 0;
}

struct http_job *
http_job_new(struct http_loop *l, const struct http_request *req,
    struct err *e)
{
	struct http_job *j;

	j = calloc(1, sizeof(*j));
	if (j == NULL) {
		err_nomem(e);
		return NULL;
	}
	j->loop = l;
	j->net = l->net;
	if (req->tls != NULL)
		j->net.tls = *req->tls;
	if (req->proxy != NULL)
		j->net.proxy = *req->proxy;
	j->net.connect_ms = req->connect_ms > 0 ? req->connect_ms : CONNECT_MS;
	j->net.silence_ms = SILENCE_MS;
	j->net.total_ms = req->total_ms > 0 ? req->total_ms :
	    HTTP_TOTAL_MS;
	j->max_answer = req->max_answer > 0 ? req->max_answer : LIM_XML_BYTES;
	j->to_file = req->to_file;
	j->answer_fd = req->answer_fd;
	buf_init(&j->body, j->to_file ? LIM_HTTP_PAGE : j->max_answer);
	if (http_job_fill(j, req, e) == -1) {
		http_job_free(j);
		return NULL;
	}
	http_log_request(j, req->secret_query);
	return j;
}

void
http_job_free(struct http_job *j)
{
	struct http_loop *l;

	if (j == NULL)
		return;
	l = j->loop;
	if (j->easy != NULL && l->nidle < HTTP_IDLE) {
		/* It keeps what it knows of TLS sessions. */
		curl_easy_reset(j->easy);
		l->idle[l->nidle++] = j->easy;
	} else
		curl_easy_cleanup(j->easy);
	net_list_free(&j->headers);
	buf_release(&j->body);
	free(j->pieces);
	free(j->method);
	free(j->url);
	free(j->where);
	free(j);
}
