/*
 * From settings to libcurl's options.
 *
 * Nothing may be taken from the environment: no proxy, no exception from one,
 * no password file; and no signal may be used, since callers have threads.
 */
#include "setup.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../base/buf.h"
#include "../base/own.h"
#include "../base/stop.h"

#define PINS_MAX	(16 * 1024)	/* bytes of all pins */
#define IDLE_S		60L	/* first keepalive probe of a quiet connection;
				   firewalls forget after 300 s */
#define SILENCE_RATE	1L	/* bytes a second that are not silence */
/* Longest sleep; a stop wakes it, this only bounds a lost wake-up. */
#define POLL_MS		10000

static bool
is_version(const char *v)
{
	return v == NULL || strcmp(v, "1.2") == 0 || strcmp(v, "1.3") == 0;
}

/* A file that libcurl reads when it connects. */
static int
check_file(const char *key, const char *path, struct err *e)
{
	if (path == NULL || access(path, R_OK) == 0)
		return 0;
	err_sys(e, ERR_CONFIG, errno, "%s: cannot read %s", key, path);
	return err_key(e, key);
}

static int
check_versions(const struct net_tls *t, struct err *e)
{
	if (!is_version(t->max)) {
		err_set(e, ERR_CONFIG, "tls_max is \"%s\"; it can be "
		    "\"1.2\" or \"1.3\"", t->max);
		return err_key(e, "tls_max");
	}
	if (!is_version(t->min)) {
		err_set(e, ERR_CONFIG, "tls_min is \"%s\"; it can be "
		    "\"1.2\" or \"1.3\"", t->min);
		return err_key(e, "tls_min");
	}
	if (t->max == NULL || t->min == NULL || strcmp(t->min, t->max) <= 0)
		return 0;
	err_set(e, ERR_CONFIG, "tls_min is above tls_max");
	return err_key(e, "tls_min");
}

int
net_check(const struct net_tls *t, const struct net_proxy *p, struct err *e)
{
	const char *key;
	size_t i;

	if (check_versions(t, e) == -1)
		return -1;
	for (i = 0; t->pins != NULL && t->pins[i] != NULL; i++)
		if (strncmp(t->pins[i], "sha256//", 8) != 0 ||
		    strchr(t->pins[i], ';') != NULL) {
			err_set(e, ERR_CONFIG, "pin is \"%s\"; it begins "
			    "with \"sha256//\"", t->pins[i]);
			return err_key(e, "pin");
		}
	if (t->key != NULL && t->cert == NULL) {
		err_set(e, ERR_CONFIG, "client_key needs client_cert, too");
		return err_key(e, "client_key");
	}
	if (check_file("ca_file", t->ca_file, e) == -1 ||
	    check_file("client_cert", t->cert, e) == -1)
		return -1;
	/* Without a file of its own the key is in the certificate's. */
	key = t->key != NULL ? t->key : t->cert;
	if (key != NULL && own_look(key, OWN_FILE, ERR_SECRET, e) == -1) {
		err_wrap(e, "client key");
		return err_key(e, t->key != NULL ? "client_key" :
		    "client_cert");
	}
	/* It would be a second header. */
	if (strpbrk(secret_bytes(p->password), "\r\n") != NULL) {
		err_set(e, ERR_CONFIG, "the password of the proxy has a line "
		    "end in it");
		return err_key(e, "proxy_password");
	}
	return 0;
}

void
net_number(CURL *h, CURLcode *rc, CURLoption option, long value)
{
	if (*rc == CURLE_OK)
		*rc = curl_easy_setopt(h, option, value);
}

void
net_bytes(CURL *h, CURLcode *rc, CURLoption option, uint64_t value)
{
	if (*rc == CURLE_OK)
		*rc = curl_easy_setopt(h, option, (curl_off_t)value);
}

void
net_text(CURL *h, CURLcode *rc, CURLoption option, const char *value)
{
	if (*rc == CURLE_OK)
		*rc = curl_easy_setopt(h, option, value);
}

int
net_refused(CURLcode rc, struct err *e)
{
	if (rc == CURLE_OUT_OF_MEMORY)
		return err_nomem(e);
	return err_set(e, ERR_INTERNAL, "libcurl refuses an option: %s",
	    curl_easy_strerror(rc));
}

/* Several pins, as libcurl wants them: joined by ";". */
static void
set_pins(CURL *h, CURLcode *rc, const char *const *pins)
{
	struct err ignored;
	struct buf b;
	size_t i;

	err_clear(&ignored);
	buf_init(&b, PINS_MAX);
	for (i = 0; pins[i] != NULL && *rc == CURLE_OK; i++)
		if (buf_addf(&b, &ignored, "%s%s", i > 0 ? ";" : "",
		    pins[i]) == -1)
			*rc = CURLE_OUT_OF_MEMORY;
	net_text(h, rc, CURLOPT_PINNEDPUBLICKEY, b.data);
	buf_release(&b);
}

static void
set_tls(CURL *h, CURLcode *rc, const struct net_tls *t)
{
	long most = CURL_SSLVERSION_MAX_TLSv1_3;
	long least = CURL_SSLVERSION_TLSv1_2;

	if (t->min != NULL && strcmp(t->min, "1.3") == 0)
		least = CURL_SSLVERSION_TLSv1_3;
	if (t->max != NULL && strcmp(t->max, "1.2") == 0)
		most = CURL_SSLVERSION_MAX_TLSv1_2;
	net_number(h, rc, CURLOPT_SSLVERSION, least | most);
	net_number(h, rc, CURLOPT_SSL_VERIFYPEER, t->insecure ? 0 : 1);
	net_number(h, rc, CURLOPT_SSL_VERIFYHOST, t->insecure ? 0 : 2);
	if (t->ca_file != NULL) {
		net_text(h, rc, CURLOPT_CAINFO, t->ca_file);
		net_text(h, rc, CURLOPT_CAPATH, NULL);
	}
	if (t->pins != NULL && t->pins[0] != NULL)
		set_pins(h, rc, t->pins);
	if (t->cert == NULL)
		return;
	net_text(h, rc, CURLOPT_SSLCERT, t->cert);
	net_text(h, rc, CURLOPT_SSLKEY, t->key != NULL ? t->key : t->cert);
	/* Never a question on the terminal: an empty one fails at once. */
	net_text(h, rc, CURLOPT_KEYPASSWD, secret_bytes(t->passphrase));
}

static void
set_proxy(CURL *h, CURLcode *rc, const struct net_proxy *p)
{
	/* Empty texts keep libcurl from reading the environment. */
	net_text(h, rc, CURLOPT_PROXY, p->url != NULL ? p->url : "");
	net_text(h, rc, CURLOPT_NOPROXY, "");
	if (p->url == NULL)
		return;
	/* For plain http, too: the proxy sees no content, and what it answers
	   itself is never taken for the server's word. */
	net_number(h, rc, CURLOPT_HTTPPROXYTUNNEL, 1);
	net_number(h, rc, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1);
	if (p->user == NULL)
		return;
	net_text(h, rc, CURLOPT_PROXYUSERNAME, p->user);
	net_text(h, rc, CURLOPT_PROXYPASSWORD, secret_bytes(p->password));
}

int
net_list_add(struct curl_slist **list, const char *line, struct err *e)
{
	struct curl_slist *grown = curl_slist_append(*list, line);

	if (grown == NULL)
		return err_nomem(e);
	*list = grown;
	return 0;
}

void
net_list_free(struct curl_slist **list)
{
	struct curl_slist *l;

	for (l = *list; l != NULL; l = l->next)
		explicit_bzero(l->data, strlen(l->data));
	curl_slist_free_all(*list);
	*list = NULL;
}

long
net_seconds(int64_t ms)
{
	return (long)((ms + 999) / 1000) + 1;
}

/* As libcurl makes them, but not for programs that we start. */
static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	(void)arg;
	(void)purpose;
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

CURLcode
net_set_up(CURL *h, const struct net_opts *o)
{
	CURLcode rc = CURLE_OK;

	net_number(h, &rc, CURLOPT_NOSIGNAL, 1);
	net_text(h, &rc, CURLOPT_PROTOCOLS_STR, o->protocols);
	net_text(h, &rc, CURLOPT_USERAGENT, o->user_agent);
	net_number(h, &rc, CURLOPT_FOLLOWLOCATION, 0);
	net_number(h, &rc, CURLOPT_TCP_KEEPALIVE, 1);
	net_number(h, &rc, CURLOPT_TCP_KEEPIDLE, IDLE_S);
	net_number(h, &rc, CURLOPT_CONNECTTIMEOUT_MS, (long)o->connect_ms);
	net_number(h, &rc, CURLOPT_TIMEOUT_MS, (long)o->total_ms);
	net_number(h, &rc, CURLOPT_LOW_SPEED_LIMIT, SILENCE_RATE);
	net_number(h, &rc, CURLOPT_LOW_SPEED_TIME, net_seconds(o->silence_ms));
	if (rc == CURLE_OK)
		rc = curl_easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION,
		    open_socket);
	set_tls(h, &rc, &o->tls);
	set_proxy(h, &rc, &o->proxy);
	return rc;
}

int
net_wait(CURLM *multi, int64_t ms, struct err *e)
{
	struct curl_waitfd stop = { stop_fd(), CURL_WAIT_POLLIN, 0 };
	CURLMcode rc;

	if (ms > POLL_MS)
		ms = POLL_MS;
	rc = curl_multi_poll(multi, &stop, stop.fd == -1 ? 0 : 1, (int)ms,
	    NULL);
	if (rc != CURLM_OK)
		return err_set(e, ERR_INTERNAL, "waiting for an answer "
		    "failed: %s", curl_multi_strerror(rc));
	return 0;
}

int
net_drop(int fd)
{
	const struct linger reset = { .l_onoff = 1, .l_linger = 0 };

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	return close(fd);
}

void
net_leave(CURLM *multi, CURL *h)
{
	if (stop_signal() != 0)
		curl_easy_setopt(h, CURLOPT_QUICK_EXIT, 1L);
	curl_multi_remove_handle(multi, h);
}
