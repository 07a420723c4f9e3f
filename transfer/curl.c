/*
 * What http and ftp share over libcurl: the handle, its callbacks, deadlines.
 * What any call over libcurl needs is set up in net; URLs are in curl_url.c.
 *
 * libcurl 7.88 has no deadline of its own for some waits (a server that died
 * behind a living connection, the reply after the last byte), and one that
 * cannot be changed for others.  So the progress hook, which libcurl calls at
 * least once a second in every phase, keeps ours: while connecting libcurl's
 * connect time-out counts; then no reply for reply_ms, no byte for stall_ms,
 * or no final reply for final_ms after the last byte ends the call.
 * LOW_SPEED_* and SERVER_RESPONSE_TIMEOUT stand behind it.
 */
#include "ftp_internal.h"

#include <linux/sockios.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../src/base/clock.h"
#include "../src/base/limits.h"
#include "../src/base/log.h"
#include "../src/base/stop.h"
#include "curl_facts.h"
#include "curl_url.h"
#include "http_internal.h"

#define LOOK_MS		20	/* longest sleep before looking again */
#define CURL_BUFFER	(256L * 1024)
#define CURL_LIFE_S	600L	/* a connection older than this is not used
				   again: TLS tickets of servers expire */

void
xcurl_option(struct xcurl *c, CURLoption option, long value)
{

	net_number(c->easy, &c->set, option, value);
}

void
xcurl_text(struct xcurl *c, CURLoption option, const char *value)
{

	net_text(c->easy, &c->set, option, value);
}

/*
 * The last byte is with libcurl, and soon with the kernel: final_ms counts
 * from here on, for http once it has left that, too (see still_leaving).
 */
static void
last_byte(struct xcurl *c)
{
	long	s;

	if (c->all_sent)
		return;
	c->all_sent = true;
	c->last = clock_mono(c->x->clock);
	s = net_seconds(c->x->times.final_ms);
	/* What leaves the kernel is no speed that libcurl sees. */
	if (xcurl_is_http(c->x))
		s += net_seconds(c->x->times.total_ms);
	xcurl_option(c, CURLOPT_LOW_SPEED_TIME, s);
	xcurl_option(c, CURLOPT_SERVER_RESPONSE_TIMEOUT, s);
}

static size_t
on_read(char *p, size_t size, size_t count, void *arg)
{
	struct xcurl	*c = arg;
	ssize_t		 n;

	n = net_body_read(&c->sent, p, size * count, &c->err);
	if (n == -1)
		return CURL_READFUNC_ABORT;
	if (c->sent.off == c->sent.size)
		last_byte(c);
	return (size_t)n;
}

static int
on_seek(void *arg, curl_off_t off, int origin)
{
	struct xcurl *c = arg;

	if (origin != SEEK_SET || off < 0 ||
	    net_body_seek(&c->sent, (uint64_t)off) == -1)
		return CURL_SEEKFUNC_FAIL;
	c->all_sent = false;
	return CURL_SEEKFUNC_OK;
}

/* Is what comes now the file that was asked for? */
static bool
is_file(const struct xcurl *c)
{

	return c->sink != NULL && (!xcurl_is_http(c->x) ||
	    c->reply / 100 == 2);
}

static size_t
on_write(char *p, size_t size, size_t count, void *arg)
{
	struct xcurl	*c = arg;
	size_t		 n = size * count, room;

	if (!is_file(c)) {	/* an error page, or what a PUT answers */
		if (xcurl_is_http(c->x) && c->reply == 207)
			http_multi(c, p, n);
		room = sizeof(c->body) - c->body_len;
		memcpy(c->body + c->body_len, p, n < room ? n : room);
		c->body_len += n < room ? n : room;
		return n;
	}
	c->got += n;
	if (c->got > c->sink->max) {
		err_set(&c->err, ERR_LIMIT, "it has more than %llu bytes",
		    (unsigned long long)c->sink->max);
		return 0;
	}
	if (c->sink->write(c->sink->arg, p, n, &c->err) == -1)
		return 0;
	return n;
}

/* Of several commands the first that is refused says why; it stays. */
static void
take_reply(struct xcurl *c, long code, const char *p, size_t n)
{

	if (c->list != NULL && c->reply >= 400 && !xcurl_is_http(c->x))
		return;
	c->before = c->reply;
	c->reply = code;
	snprintf(c->line, sizeof(c->line), "%.*s", (int)n, p);
	c->said = c->hearing;
}

/* The number that a reply begins with, "NNN"; 0 when there is none. */
static long
number(const char *p)
{

	if (p[0] < '1' || p[0] > '9' || p[1] < '0' || p[1] > '9' ||
	    p[2] < '0' || p[2] > '9')
		return 0;
	return (p[0] - '0') * 100 + (p[1] - '0') * 10 + (p[2] - '0');
}

/* "HTTP/1.1 200 OK" and "Server: ..." (RFC 9112, section 4). */
static void
http_header(struct xcurl *c, const char *p, size_t n)
{
	const char *sp;

	if (n > 5 && memcmp(p, "HTTP/", 5) == 0) {
		sp = memchr(p, ' ', n);
		if (sp != NULL && (size_t)(p + n - sp) >= 4 &&
		    number(sp + 1) != 0)
			take_reply(c, number(sp + 1), sp + 1,
			    (size_t)(p + n - sp) - 1);
		c->answered = clock_mono(c->x->clock);
	} else if (n > 8 && strncasecmp(p, "Server: ", 8) == 0)
		xcurl_shown(p + 8, n - 8, c->x->banner, sizeof(c->x->banner));
	else if (n > 9 && n - 9 < sizeof(c->location) &&
	    strncasecmp(p, "Location:", 9) == 0)
		snprintf(c->location, sizeof(c->location), "%.*s",
		    (int)n - 9, p + 9);
	else if (n > 6 && strncasecmp(p, "Date: ", 6) == 0)
		xcurl_date(c, p + 6, n - 6);
	else if (n > 17 && strncasecmp(p, "WWW-Authenticate:", 17) == 0)
		c->wants_digest |= strncasecmp(p + 17 + (p[17] == ' '),
		    "Digest ", 7) == 0;
}

/* A line of a reply (RFC 959, section 4.2). */
void
xcurl_ftp_line(struct xcurl *c, const char *p, size_t n)
{
	struct xfer_facts *f = &c->x->facts;
	long	code;

	if (c->on_line != NULL)
		c->on_line(c->on_line_arg, p, n);
	if ((code = ftp_reply_line(&c->hearing, p, n)) == 0)
		return;
	if (code == 229 || code == 227)	/* RFC 2428, RFC 959 */
		snprintf(f->data, sizeof(f->data), "%s", code == 229 ?
		    "EPSV" : "PASV");
	take_reply(c, code, p, n);
	if (code == 220 && c->last == 0 && n > 4) {
		xcurl_shown(p + 4, n - 4, c->x->banner, sizeof(c->x->banner));
		f->connections++;
	}
	if (code == 227)
		c->x->pasv = true;
}

static size_t
on_header(char *p, size_t size, size_t count, void *arg)
{
	struct xcurl	*c = arg;
	size_t		 n = size * count;

	if (c->last != 0)
		c->last = clock_mono(c->x->clock);
	if (c->ours.asked)
		c->ours.goes_on = true;
	c->ours.asked = false;
	while (n > 0 && strchr("\r\n ", p[n - 1]) != NULL)
		n--;
	if (xcurl_is_http(c->x))
		http_header(c, p, n);
	else
		xcurl_ftp_line(c, p, n);
	return size * count;
}

/* Connected and logged in: from here on our deadlines count. */
static int
on_ready(void *arg, char *peer, char *local, int peer_port, int local_port)
{
	struct xcurl *c = arg;

	(void)peer;
	(void)local;
	(void)peer_port;
	(void)local_port;
	c->last = clock_mono(c->x->clock);
	c->reply = c->before = 0;
	return CURL_PREREQFUNC_OK;
}

/*
 * libcurl has limits for this, but reads a proxy's answer to CONNECT to its
 * end before it looks at them, and there may be no end.
 */
static int
check_beginning(struct xcurl *c, int64_t now)
{
	const struct xfer_times *t = &c->x->times;
	int64_t	most = t->connect_ms + t->reply_ms;
	char	within[40];

	if (c->reply != 0 || now - c->began <= most)
		return 0;
	snprintf(within, sizeof(within), "no word within %g s",
	    (double)most / 1000);
	if (c->net.proxy.url != NULL)
		return net_proxy_failed(&c->net.proxy, NET_PROXY_SILENT,
		    within, &c->err);
	return err_set(&c->err, ERR_TIMEOUT, "no connection and no word of "
	    "the server within %g s", (double)most / 1000);
}

/*
 * Whether bytes of ours wait in this machine still.  As long as they become
 * fewer the other side takes them; then it is stall_ms that counts.
 */
static bool
still_leaving(struct xcurl *c, int64_t now)
{
	int	unsent = 0;

	if (c->socket == -1 || c->reply >= 200 ||
	    ioctl(c->socket, SIOCOUTQ, &unsent) == -1)
		return false;
	if (unsent != c->leaving)
		c->last = now;
	c->leaving = unsent;
	return unsent != 0;
}

static int
check_deadline(struct xcurl *c, int64_t now)
{
	const struct xfer_times *t = &c->x->times;
	bool		 leaving = c->all_sent && still_leaving(c, now);
	int64_t		 idle;

	idle = now - c->last;
	if (leaving && idle > t->stall_ms)
		return err_set(&c->err, ERR_TIMEOUT, "the server took none of "
		    "the last bytes for %lld s",
		    (long long)t->stall_ms / 1000);
	if (leaving)
		return 0;
	if (c->all_sent && idle > t->final_ms)
		return err_set(&c->err, ERR_TIMEOUT, "no reply within %lld s "
		    "after the last byte", (long long)t->final_ms / 1000);
	if (c->all_sent)
		return 0;
	if (c->moved == 0 && idle > t->reply_ms)
		return err_set(&c->err, ERR_TIMEOUT, "no reply within %lld s",
		    (long long)t->reply_ms / 1000);
	if (c->moved != 0 && idle > t->stall_ms)
		return err_set(&c->err, ERR_TIMEOUT, "no byte moved for "
		    "%lld s", (long long)t->stall_ms / 1000);
	return 0;
}

/*
 * The status of an answer says what became of the call.  What follows, the
 * file itself excepted, is a page for people, and a server that never ends it
 * is not listened to for ever: true when the call may end here.
 */
static bool
heard_enough(struct xcurl *c, uint64_t bytes, int64_t now)
{

	if (!xcurl_is_http(c->x) || c->reply < 200 || is_file(c) ||
	    (c->src != NULL && c->reply / 100 == 2 && !c->all_sent))
		return false;
	c->cut = bytes > LIM_HTTP_PAGE ||
	    now - c->answered > c->x->times.final_ms;
	return c->cut;
}

static int
on_progress(void *arg, curl_off_t dltotal, curl_off_t dlnow,
    curl_off_t ultotal, curl_off_t ulnow)
{
	struct xcurl	*c = arg;
	uint64_t	 moved;
	int64_t		 now;

	(void)ultotal;
	if (stop_check(&c->err) == -1)
		return 1;
	now = clock_mono(c->x->clock);
	moved = (uint64_t)dlnow + (uint64_t)ulnow;
	if (moved != c->moved) {
		c->moved = moved;
		c->last = now;
		if (c->src != NULL)
			xfer_told(c->x, (uint64_t)ulnow, c->src->size);
		else if (c->sink != NULL)
			xfer_told(c->x, (uint64_t)dlnow, (uint64_t)dltotal);
	}
	if (c->last == 0)
		return check_beginning(c, now) == -1;
	return heard_enough(c, (uint64_t)dlnow, now) ||
	    check_deadline(c, now) == -1;
}

/* Or a server would have a file that nobody waits for. */
static int
on_close(void *arg, curl_socket_t fd)
{

	struct xcurl *c = arg;

	if (fd == c->socket)
		c->socket = -1;
	return xcurl_gave_up(c) ? net_drop(fd) : close(fd);
}

static int
on_socket(void *arg, curl_socket_t fd, curlsocktype purpose)
{
	struct xcurl *c = arg;

	(void)purpose;
	c->socket = fd;
	return CURL_SOCKOPT_OK;
}

bool
xcurl_gave_up(const struct xcurl *c)
{

	return c->src != NULL && (c->err.code != ERR_NONE ||
	    c->sent.off < c->sent.size);
}

static void
set_hooks(struct xcurl *c)
{
	CURL *h = c->easy;

	curl_easy_setopt(h, CURLOPT_ERRORBUFFER, c->errbuf);
	curl_easy_setopt(h, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(h, CURLOPT_READDATA, c);
	curl_easy_setopt(h, CURLOPT_SEEKFUNCTION, on_seek);
	curl_easy_setopt(h, CURLOPT_SEEKDATA, c);
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_write);
	curl_easy_setopt(h, CURLOPT_WRITEDATA, c);
	curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(h, CURLOPT_HEADERDATA, c);
	curl_easy_setopt(h, CURLOPT_PREREQFUNCTION, on_ready);
	curl_easy_setopt(h, CURLOPT_PREREQDATA, c);
	curl_easy_setopt(h, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(h, CURLOPT_XFERINFODATA, c);
	if (xcurl_is_http(c->x)) {
		curl_easy_setopt(h, CURLOPT_SOCKOPTFUNCTION, on_socket);
		curl_easy_setopt(h, CURLOPT_SOCKOPTDATA, c);
	}
	curl_easy_setopt(h, CURLOPT_CLOSESOCKETFUNCTION, on_close);
	curl_easy_setopt(h, CURLOPT_CLOSESOCKETDATA, c);
	xcurl_option(c, CURLOPT_NOPROGRESS, 0);
}

void
xcurl_again(struct xcurl *c, const char *url)
{

	c->got = c->moved = 0;
	(void)net_body_seek(&c->sent, 0);
	c->last = 0;
	c->began = clock_mono(c->x->clock);
	c->all_sent = c->cut = false;
	c->reply = c->before = 0;
	c->answered = 0;
	c->inside = c->number = 0;
	c->heard = 0;
	c->leaving = 0;
	c->wants_digest = false;
	c->ours.asked = false;
	c->ours.alert = 0;
	c->hearing.len = c->said.len = 0;
	c->line[0] = c->errbuf[0] = c->location[0] = '\0';
	c->body_len = 0;
	err_clear(&c->err);
	if (url != NULL)
		xcurl_text(c, CURLOPT_URL, url);
}

int
xcurl_begin(struct xcurl *c, const char *url, struct err *e)
{

	curl_easy_reset(c->easy);
	net_list_free(&c->list);
	c->src = NULL;
	c->sink = NULL;
	c->set = CURLE_OK;
	xcurl_again(c, url);
	set_hooks(c);
	xcurl_option(c, CURLOPT_SERVER_RESPONSE_TIMEOUT,
	    net_seconds(c->x->times.reply_ms));
	xcurl_option(c, CURLOPT_MAXLIFETIME_CONN, CURL_LIFE_S);
	xcurl_option(c, CURLOPT_BUFFERSIZE, CURL_BUFFER);
	xcurl_option(c, CURLOPT_UPLOAD_BUFFERSIZE, CURL_BUFFER);
	xcurl_settings(c);
	return c->set == CURLE_OK ? 0 : net_refused(c->set, e);
}

int
xcurl_list(struct xcurl *c, struct err *e, const char *fmt, ...)
{
	char	*text;
	va_list	 ap;
	int	 n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n == -1)
		return err_nomem(e);
	n = net_list_add(&c->list, text, e);
	explicit_bzero(text, strlen(text));	/* a header may be a secret */
	free(text);
	return n;
}

void
xcurl_send(struct xcurl *c, const struct xfer_source *src)
{

	c->src = src;
	c->piece = net_read_piece(src->pread, src->arg, src->size);
	net_body_init(&c->sent, &c->piece, 1);
	xcurl_option(c, CURLOPT_UPLOAD, 1);
	net_bytes(c->easy, &c->set, CURLOPT_INFILESIZE_LARGE, src->size);
}

bool
xcurl_version_refused(const struct xcurl *c)
{

	return net_version_refused(c->rc, c->errbuf);
}

static int
perform_failed(struct xcurl *c, struct err *e)
{
	const struct net_call call = { .easy = c->easy, .rc = c->rc,
	    .detail = c->errbuf, .opts = &c->net, .sent = c->last != 0,
	    .ours = c->ours };
	bool met;

	net_explain(&call, e);
	met = e->met && !net_by_proxy(&c->err);
	if (c->err.code != ERR_NONE)
		*e = c->err;
	else if (xcurl_version_refused(c)) {
		err_set(&c->err, e->code, "%s; set tls_max or tls_min to one "
		    "that it takes", e->msg);
		c->err.sys = e->sys;
		*e = c->err;
	}
	e->met = met;
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
		if (net_wait(c->multi, LOOK_MS, &c->err) == -1)
			break;
	}
	if (rc != CURLM_OK)
		done = rc == CURLM_OUT_OF_MEMORY ? CURLE_OUT_OF_MEMORY :
		    CURLE_FAILED_INIT;
	else if ((m = curl_multi_info_read(c->multi, &left)) != NULL)
		done = m->data.result;
	net_leave(c->multi, c->easy);
	return done;
}

int
xcurl_perform(struct xcurl *c, struct err *e)
{

	if (c->set != CURLE_OK)
		return net_refused(c->set, e);
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

int
xcurl_new(struct xfer *x, struct err *e)
{
	struct xcurl *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return err_nomem(e);
	x->priv = c;
	c->x = x;
	c->control = c->data = c->socket = -1;
	c->easy = curl_easy_init();
	c->multi = curl_multi_init();
	if (c->easy == NULL || c->multi == NULL)
		return err_nomem(e);
	curl_multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, 1L);
	return 0;
}

void
xcurl_free(struct xfer *x)
{
	struct xcurl *c = x->priv;

	if (c == NULL)
		return;
	xcurl_hang_up(c);
	curl_easy_cleanup(c->easy);
	curl_multi_cleanup(c->multi);
	net_list_free(&c->list);
	free(c->path);
	free(c);
	x->priv = NULL;
}

const char *
xfer_libraries(void)
{
	return curl_version();
}
