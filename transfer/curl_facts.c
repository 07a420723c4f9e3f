/*
 * What a call over libcurl found out about the server: its certificate, the
 * version of the protocol, how many connections were made.
 *
 * The pin of a certificate is the SHA-256 of its public key as it stands in
 * there (SubjectPublicKeyInfo, RFC 5280, section 4.1), so the DER around it is
 * walked through by hand: libcrypto's headers for it cannot be used beside our
 * list of banned names.
 */
#include "curl_facts.h"

#include <openssl/sha.h>

#include "../src/base/base64.h"
#include "../src/base/buf.h"
#include "../src/base/clock.h"
#include "curl_url.h"

#define CERT_MAX	16384	/* bytes of one certificate in DER */
#define DER_SEQUENCE	0x30
#define DER_VERSION	0xa0	/* of a certificate: [0] */

/* A stretch of DER. */
struct der {
	const unsigned char *p;
	size_t		 n;
};

/*
 * Cut the first element off in; its content goes to body, the whole of it to
 * all.  Returns its tag, or -1.
 */
static int
der_next(struct der *in, struct der *body, struct der *all)
{
	const unsigned char *p = in->p;
	size_t	len, head = 2, i, more;

	if (in->n < 2)
		return -1;
	len = p[1];
	if (len >= 0x80) {
		more = len & 0x7f;
		if (more == 0 || more > 3 || in->n < 2 + more)
			return -1;
		for (len = 0, i = 0; i < more; i++)
			len = len << 8 | p[2 + i];
		head += more;
	}
	if (in->n - head < len)
		return -1;
	*body = (struct der){ p + head, len };
	*all = (struct der){ p, head + len };
	in->p += head + len;
	in->n -= head + len;
	return p[0];
}

/*
 * The public key of a certificate: behind version, number, algorithm, issuer,
 * validity and subject.
 */
static int
der_public_key(struct der cert, struct der *out)
{
	struct der	body, all;
	int		i, tag;

	if (der_next(&cert, &body, &all) != DER_SEQUENCE)
		return -1;
	cert = body;
	if (der_next(&cert, &body, &all) != DER_SEQUENCE)
		return -1;
	cert = body;
	if (cert.n > 0 && cert.p[0] == DER_VERSION)
		(void)der_next(&cert, &body, &all);
	for (i = 0; i < 5; i++)
		if (der_next(&cert, &body, &all) == -1)
			return -1;
	tag = der_next(&cert, &body, out);
	return tag == DER_SEQUENCE ? 0 : -1;
}

/*
 * The pin "sha256//..." of a certificate's public key, as `pin` in the
 * configuration and libcurl have it; "" when it cannot be read.
 */
static void
take_pin(const char *pem, char out[64])
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----";
	unsigned char	 cert[CERT_MAX], sum[SHA256_DIGEST_LENGTH];
	const char	*p = strstr(pem, begin), *end;
	struct der	 key = { NULL, 0 };
	size_t		 n;

	out[0] = '\0';
	if (p == NULL || (end = strstr(p, "-----END")) == NULL)
		return;
	p += sizeof(begin) - 1;
	n = base64_decode(p, (size_t)(end - p), cert, sizeof(cert));
	if (n == 0 || der_public_key((struct der){ cert, n }, &key) == -1)
		return;
	SHA256(key.p, key.n, sum);
	memcpy(out, "sha256//", 8);
	base64_encode(sum, sizeof(sum), out + 8);
	/* libcurl compares the text, padding included. */
	n = strlen(out);
	memcpy(out + n, "=", 2);
}

static bool
is_field(const char *line, const char *name, const char **value)
{
	size_t	n = strlen(name);

	*value = line + n;
	return strncmp(line, name, n) == 0;
}

static int64_t
to_ms(const char *date)
{
	time_t	at = curl_getdate(date, NULL);

	return at > 0 ? (int64_t)at * 1000 : 0;
}

/* "Expire date:Nov 28 15:00:00 2026 GMT" and others of its kind. */
static void
take_cert(struct xcurl *c, const struct curl_slist *l)
{
	struct xfer_facts *f = &c->x->facts;
	const char	*value;

	for (; l != NULL; l = l->next) {
		if (is_field(l->data, "Start date:", &value))
			f->cert_begin_ms = to_ms(value);
		else if (is_field(l->data, "Expire date:", &value))
			f->cert_end_ms = to_ms(value);
		if (!c->x->target.probe)
			continue;
		if (is_field(l->data, "Subject:", &value))
			xcurl_shown(value, strlen(value), f->cert_subject,
			    sizeof(f->cert_subject));
		else if (is_field(l->data, "Issuer:", &value))
			xcurl_shown(value, strlen(value), f->cert_issuer,
			    sizeof(f->cert_issuer));
		else if (is_field(l->data, "Cert:", &value))
			take_pin(value, f->cert_pin);
	}
}

/* One of those that the server sent with its own; the first to end is kept. */
static void
take_above(struct xfer_facts *f, const struct curl_slist *l)
{
	const char	*value, *subject = "";
	int64_t		 begin = 0, end = 0;

	for (; l != NULL; l = l->next)
		if (is_field(l->data, "Start date:", &value))
			begin = to_ms(value);
		else if (is_field(l->data, "Expire date:", &value))
			end = to_ms(value);
		else if (is_field(l->data, "Subject:", &value))
			subject = value;
	if (end == 0 || (f->above_end_ms != 0 && f->above_end_ms <= end))
		return;
	f->above_begin_ms = begin;
	f->above_end_ms = end;
	xcurl_shown(subject, strlen(subject), f->above_subject,
	    sizeof(f->above_subject));
}

static void
take_protocol(struct xcurl *c)
{
	static const struct {
		long		 version;
		const char	*name;
	} names[] = {
		{ CURL_HTTP_VERSION_1_0, "HTTP/1.0" },
		{ CURL_HTTP_VERSION_1_1, "HTTP/1.1" },
		{ CURL_HTTP_VERSION_2_0, "HTTP/2" },
		{ CURL_HTTP_VERSION_3, "HTTP/3" },
	};
	struct xfer_facts *f = &c->x->facts;
	long	version = 0, made = 0;
	size_t	i;

	curl_easy_getinfo(c->easy, CURLINFO_HTTP_VERSION, &version);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].version == version)
			snprintf(f->protocol, sizeof(f->protocol), "%s",
			    names[i].name);
	if (curl_easy_getinfo(c->easy, CURLINFO_NUM_CONNECTS, &made) ==
	    CURLE_OK && made > 0)
		f->connections += (unsigned)made;
}

void
xcurl_shown(const char *p, size_t n, char *out, size_t max)
{
	struct buf	b;
	struct err	ignored;

	err_clear(&ignored);
	buf_init(&b, 4 * max + 8);
	if (buf_escape(&b, p, n, max - 1, &ignored) == 0)
		snprintf(out, max, "%s", b.data);
	buf_release(&b);
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
	c->x->facts.date_at_ms = clock_wall(c->x->clock);
}

void
xcurl_facts(struct xcurl *c)
{
	const struct curl_certinfo *certs = NULL;
	int	i;

	if (c->x->target.probe && xcurl_is_http(c->x))
		take_protocol(c);
	if (curl_easy_getinfo(c->easy, CURLINFO_CERTINFO, &certs) ==
	    CURLE_OK && certs != NULL && certs->num_of_certs > 0) {
		take_cert(c, certs->certinfo[0]);
		c->x->facts.above_end_ms = 0;
		for (i = 1; i < certs->num_of_certs; i++)
			take_above(&c->x->facts, certs->certinfo[i]);
	}
}
