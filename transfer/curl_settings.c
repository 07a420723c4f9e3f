/*
 * From the settings of a target to libcurl's options: TLS, login, proxy,
 * extra headers.
 *
 * Nothing of it may be taken from the environment, and a secret that holds a
 * line end would be more headers or FTP commands than one.
 */
#include "curl_internal.h"

#include <ctype.h>

#include "../src/base/buf.h"
#include "../src/base/clock.h"
#include "../src/base/own.h"

#define PINS_MAX	(16 * 1024)	/* bytes of all pins */

static bool
is_version(const char *v)
{

	return v == NULL || strcmp(v, "1.2") == 0 || strcmp(v, "1.3") == 0;
}

static int
check_tls(const struct xfer_target *t, struct err *e)
{
	const char	*key;
	size_t		 i;

	if (!is_version(t->tls_max))
		return err_set(e, ERR_CONFIG, "tls_max is \"%s\"; it can be "
		    "\"1.2\" or \"1.3\"", t->tls_max);
	if (!is_version(t->tls_min))
		return err_set(e, ERR_CONFIG, "tls_min is \"%s\"; it can be "
		    "\"1.2\" or \"1.3\"", t->tls_min);
	if (t->tls_max != NULL && t->tls_min != NULL &&
	    strcmp(t->tls_min, t->tls_max) > 0)
		return err_set(e, ERR_CONFIG, "tls_min is above tls_max");
	for (i = 0; t->pins != NULL && t->pins[i] != NULL; i++)
		if (strncmp(t->pins[i], "sha256//", 8) != 0 ||
		    strchr(t->pins[i], ';') != NULL)
			return err_set(e, ERR_CONFIG, "pin is \"%s\"; it "
			    "begins with \"sha256//\"", t->pins[i]);
	if (t->client_key != NULL && t->client_cert == NULL)
		return err_set(e, ERR_CONFIG,
		    "client_key needs client_cert, too");
	/* Without a file of its own the key is in the certificate's. */
	key = t->client_key != NULL ? t->client_key : t->client_cert;
	if (key != NULL && own_look(key, OWN_FILE, ERR_SECRET, e) == -1)
		return err_wrap(e, "client key");
	return 0;
}

static int
check_proxy(const char *proxy, struct err *e)
{

	if (proxy == NULL)
		return 0;
	if (strchr(proxy, '@') != NULL)
		return err_set(e, ERR_CONFIG, "the proxy's address has a user "
		    "in it; set proxy_user and proxy_password_file");
	if (strncmp(proxy, "socks5h://", 10) != 0 &&
	    strncmp(proxy, "http://", 7) != 0)
		return err_set(e, ERR_CONFIG, "proxy is \"%s\"; it begins "
		    "with \"socks5h://\" or \"http://\"", proxy);
	return 0;
}

int
xcurl_check(const struct xfer *x, struct err *e)
{
	const struct xfer_target *t = &x->target;

	if (check_tls(t, e) == -1 || check_proxy(t->proxy, e) == -1)
		return -1;
	if (strpbrk(secret_bytes(t->password), "\r\n") != NULL ||
	    strpbrk(secret_bytes(t->proxy_password), "\r\n") != NULL ||
	    strpbrk(secret_bytes(t->bearer), "\r\n") != NULL)
		return err_set(e, ERR_CONFIG,
		    "the password or token has a line end in it");
	return 0;
}

/* Several pins, as libcurl wants them: joined by ";". */
static void
set_pins(struct xcurl *c)
{
	const struct xfer_target *t = &c->x->target;
	struct err	 ignored;
	struct buf	 b;
	size_t		 i;

	if (t->pins == NULL || t->pins[0] == NULL)
		return;
	err_clear(&ignored);
	buf_init(&b, PINS_MAX);
	for (i = 0; t->pins[i] != NULL; i++)
		if (buf_addf(&b, &ignored, "%s%s", i > 0 ? ";" : "",
		    t->pins[i]) == -1 && c->set == CURLE_OK)
			c->set = CURLE_OUT_OF_MEMORY;
	if (c->set == CURLE_OK)
		xcurl_text(c, CURLOPT_PINNEDPUBLICKEY, b.data);
	buf_release(&b);
}

static void
set_client_cert(struct xcurl *c)
{
	const struct xfer_target *t = &c->x->target;

	if (t->client_cert == NULL)
		return;
	xcurl_text(c, CURLOPT_SSLCERT, t->client_cert);
	xcurl_text(c, CURLOPT_SSLKEY, t->client_key != NULL ? t->client_key :
	    t->client_cert);
	/* Never a question on the terminal: an empty one fails at once. */
	xcurl_text(c, CURLOPT_KEYPASSWD, secret_bytes(t->passphrase));
}

const char *
xcurl_tls_most(const struct xfer *x)
{
	const struct xfer_target *t = &x->target;

	if (t->tls_max != NULL)
		return t->tls_max;
	if (t->tls_min != NULL && strcmp(t->tls_min, "1.3") == 0)
		return "1.3";
	return xcurl_is_http(x) || x->tls13 ? "1.3" : "1.2";
}

static void
set_tls(struct xcurl *c)
{
	const struct xfer_target *t = &c->x->target;
	long	most = CURL_SSLVERSION_MAX_TLSv1_2;
	long	least = CURL_SSLVERSION_TLSv1_2;

	if (t->tls_min != NULL && strcmp(t->tls_min, "1.3") == 0)
		least = CURL_SSLVERSION_TLSv1_3;
	if (strcmp(xcurl_tls_most(c->x), "1.3") == 0)
		most = CURL_SSLVERSION_MAX_TLSv1_3;
	xcurl_option(c, CURLOPT_SSLVERSION, least | most);
	xcurl_option(c, CURLOPT_SSL_VERIFYPEER, t->insecure ? 0 : 1);
	xcurl_option(c, CURLOPT_SSL_VERIFYHOST, t->insecure ? 0 : 2);
	if (t->ca_file != NULL) {
		xcurl_text(c, CURLOPT_CAINFO, t->ca_file);
		xcurl_text(c, CURLOPT_CAPATH, NULL);
	}
	set_pins(c);
	set_client_cert(c);
}

static void
set_login(struct xcurl *c)
{
	const struct xfer_target *t = &c->x->target;

	if (t->bearer != NULL && xcurl_is_http(c->x)) {
		xcurl_option(c, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
		xcurl_text(c, CURLOPT_XOAUTH2_BEARER,
		    secret_bytes(t->bearer));
		return;
	}
	if (t->user == NULL)
		return;
	xcurl_option(c, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
	xcurl_text(c, CURLOPT_USERNAME, t->user);
	xcurl_text(c, CURLOPT_PASSWORD, secret_bytes(t->password));
}

/* An http proxy gets a CONNECT for everything, so that it sees no content. */
static void
set_proxy(struct xcurl *c)
{
	const struct xfer_target *t = &c->x->target;

	/* Empty texts keep libcurl from reading the environment. */
	xcurl_text(c, CURLOPT_PROXY, t->proxy != NULL ? t->proxy : "");
	xcurl_text(c, CURLOPT_NOPROXY, "");
	if (t->proxy == NULL)
		return;
	xcurl_option(c, CURLOPT_HTTPPROXYTUNNEL, 1);
	xcurl_option(c, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1);
	if (t->proxy_user != NULL) {
		xcurl_text(c, CURLOPT_PROXYUSERNAME, t->proxy_user);
		xcurl_text(c, CURLOPT_PROXYPASSWORD,
		    secret_bytes(t->proxy_password));
	}
}

void
xcurl_date(struct xcurl *c, const char *p, size_t n)
{
	char	text[64];
	time_t	at;

	if (!c->x->target.probe || n >= sizeof(text))
		return;
	memcpy(text, p, n);
	text[n] = '\0';
	at = curl_getdate(text, NULL);
	if (at <= 0)
		return;
	c->x->facts.date_ms = (int64_t)at * 1000;
	c->x->facts.date_at_ms = clock_wall_ms();
}

static bool
says(const char *p, size_t n, const char *words)
{

	return memmem(p, n, words, strlen(words)) != NULL;
}

/*
 * "SSL connection using TLSv1.3 / TLS_AES_...": nothing else tells it.  A
 * handshake in which the server sent no certificate resumed a session.
 */
static int
on_debug(CURL *h, curl_infotype kind, char *p, size_t n, void *arg)
{
	static const char said[] = "SSL connection using ";
	struct xcurl	*c = arg;
	struct xfer_facts *f = &c->x->facts;

	(void)h;
	if (kind != CURLINFO_TEXT)
		return 0;
	if (says(p, n, "(IN), TLS handshake, Certificate (11)"))
		c->showed_cert = true;
	if (n <= sizeof(said) || memcmp(p, said, sizeof(said) - 1) != 0)
		return 0;
	p += sizeof(said) - 1;
	n -= sizeof(said) - 1;
	snprintf(f->tls, sizeof(f->tls), "%.*s", (int)n, p);
	f->tls[strcspn(f->tls, "\r\n")] = '\0';
	if (c->showed_cert)
		f->tls_full++;
	else
		f->tls_resumed++;
	c->showed_cert = false;
	return 0;
}

static void
set_probe(struct xcurl *c)
{

	if (c->x->scheme->flags & (XS_TLS | XS_STARTTLS))
		xcurl_option(c, CURLOPT_CERTINFO, 1);
	if (!c->x->target.probe)
		return;
	xcurl_option(c, CURLOPT_VERBOSE, 1);
	curl_easy_setopt(c->easy, CURLOPT_DEBUGFUNCTION, on_debug);
	curl_easy_setopt(c->easy, CURLOPT_DEBUGDATA, c);
}

void
xcurl_settings(struct xcurl *c)
{

	set_probe(c);
	set_tls(c);
	set_login(c);
	set_proxy(c);
}

/* "Name: value"; the value is not repeated, it may be a secret. */
static int
check_header(const char *p, size_t n, struct err *e)
{
	size_t	i, name;

	for (name = 0; name < n && p[name] != ':'; name++)
		if (!isalnum((unsigned char)p[name]) && p[name] != '-' &&
		    p[name] != '_')
			break;
	if (name == 0 || name == n || p[name] != ':')
		return err_set(e, ERR_CONFIG, "a line of the headers file is "
		    "not \"Name: value\"");
	for (i = name; i < n; i++)
		if (iscntrl((unsigned char)p[i]) && p[i] != '\t')
			return err_set(e, ERR_CONFIG, "the header %.*s has a "
			    "control character", (int)name, p);
	return 0;
}

int
xcurl_headers(struct xcurl *c, struct err *e)
{
	const char	*p = secret_bytes(c->x->target.headers);
	size_t		 n;

	for (; *p != '\0'; p += n + (p[n] == '\n')) {
		size_t len;

		len = n = strcspn(p, "\n");
		while (len > 0 && (p[len - 1] == '\r' || p[len - 1] == ' '))
			len--;
		if (len == 0)
			continue;
		if (check_header(p, len, e) == -1 ||
		    xcurl_list(c, e, "%.*s", (int)len, p) == -1)
			return -1;
	}
	return 0;
}
