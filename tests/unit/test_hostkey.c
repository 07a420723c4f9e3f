/*
 * Host keys: pins, known_hosts in all its forms, and the three outcomes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/base/buf.h"
#include "../../src/base/err.h"
#include "../../src/base/base64.h"
#include "../../transfer/hostkey.h"
#include "../../transfer/xfer_internal.h"

/* Made with ssh-keygen, which also told the fingerprints and hashes. */
#define ED1	"AAAAC3NzaC1lZDI1NTE5AAAAIHtiD1mRgM6vjb0g9hbSqG5VKd0DaC//88fF" \
		"wEHZ4TJN"
#define ED1_PRINT "SHA256:HtuN2v9xRRS7Z8dSALugDT4qSBhjtJVBECUL3S5wyNA"
#define ED2	"AAAAC3NzaC1lZDI1NTE5AAAAIK4E5EKGLzDrsLlCF7laGkdzH+vm5lbvXFDT" \
		"9OFy5phI"
#define ED2_PRINT "SHA256:Tyo9V24zvjssTwSeLfFtmPH/3JpxqFpCidlaBlOL5rM"
#define EC	"AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBPto7GIk" \
		"bwo/6PB6/23N3X3NMZJTw5HFbVgxfnSE8hPl1iKR058JDdOg/Vml3wK2OIpe" \
		"5AWG27XU5sFrodmveuM="
#define HASH_2222 "|1|CLHZ+AfcMCd1yBK199k/OgE3zwU=|JDdb6v07A/K6gpEA1A5UUpbuy24="
#define HASH_22	"|1|u+EbCtMSDlruvlrdKABl15A4J5A=|d+IDraUPBd37DWINvd2yBjcd0l0="
#define HOST	"files.example.com"

struct asked {
	int	times, answer;
};

static int
ask(void *arg, const char *host, const char *type, const char *print)
{
	struct asked *a = arg;

	assert_string_equal(host, "[" HOST "]:2222");
	assert_string_equal(type, "ssh-ed25519");
	assert_string_equal(print, ED1_PRINT);
	a->times++;
	return a->answer;
}

/* The list that known_hosts with this text gives for HOST and port. */
static struct hostkey_list *
load(const char *text, uint16_t port)
{
	char path[] = "/tmp/known_hosts.XXXXXX";
	struct hostkey_list *l = NULL;
	struct err e;
	int fd = mkstemp(path);

	assert_true(fd != -1);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	err_clear(&e);
	assert_int_equal(hostkey_load(path, HOST, port, &l, &e), 0);
	unlink(path);
	return l;
}

/* Judge a key, given in base64, by rules. */
static enum xfer_hostkey
judge(const struct hostkey_rules *r, const char *key, struct err *e)
{
	unsigned char blob[200];
	enum xfer_hostkey v;
	size_t n;

	n = base64_decode(key, strlen(key), blob, sizeof(blob));
	assert_true(n > 30);
	err_clear(e);
	v = hostkey_check(r, blob, n, e);
	assert_int_equal(e->code, v == XFER_KEY_MATCH ? ERR_NONE :
	    ERR_HOSTKEY);
	return v;
}

/* Judge ED1 by a known_hosts text. */
static enum xfer_hostkey
known(const char *text, uint16_t port, struct err *e)
{
	struct hostkey_rules r = {
		.host = HOST, .port = port, .known_path = "KH",
	};
	struct hostkey_list *l = load(text, port);
	enum xfer_hostkey v;

	r.known = l;
	v = judge(&r, ED1, e);
	hostkey_free(l);
	return v;
}

static void
pins(void **state)
{
	static const char *const good[] = { ED2_PRINT, ED1_PRINT "=", NULL };
	static const char *const bad[] = { ED2_PRINT, NULL };
	struct hostkey_rules r = { .host = HOST, .port = 22, .pins = good };
	struct err e;

	(void)state;
	assert_int_equal(judge(&r, ED1, &e), XFER_KEY_MATCH);
	r.pins = bad;
	assert_int_equal(judge(&r, ED1, &e), XFER_KEY_CHANGED);
	assert_non_null(strstr(e.msg, ED1_PRINT));
	assert_non_null(strstr(e.msg, ED2_PRINT));
	assert_non_null(strstr(e.msg, "no password and no file was sent"));
}

static void
pins_outrank_asking(void **state)
{
	static const char *const bad[] = { ED2_PRINT, NULL };
	struct asked a = { 0, 0 };
	struct hostkey_rules r = {
		.host = HOST, .port = 2222, .pins = bad, .ask = ask,
		.ask_arg = &a,
	};
	struct err e;

	(void)state;
	assert_int_equal(judge(&r, ED1, &e), XFER_KEY_CHANGED);
	assert_int_equal(a.times, 0);
}

static void
pins_are_checked(void **state)
{
	static const char *const bad[] = {
		"", "SHA256:", "MD5:aa:bb", ED1_PRINT "==", ED1_PRINT "x",
		"sha256:HtuN2v9xRRS7Z8dSALugDT4qSBhjtJVBECUL3S5wyNA",
		"SHA256:HtuN2v9xRRS7Z8dSALugDT4qSBhjtJVBECUL3S5wyN",
		"SHA256:HtuN2v9xRRS7Z8dSALugDT4qSBhjtJVBECUL3S5wyN!",
	};
	const char *one[2] = { NULL, NULL };
	struct err e;
	size_t i;

	(void)state;
	err_clear(&e);
	assert_int_equal(xfer_pins_check(NULL, &e), 0);
	one[0] = ED1_PRINT "=";
	assert_int_equal(xfer_pins_check(one, &e), 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		one[0] = bad[i];
		err_clear(&e);
		assert_int_equal(xfer_pins_check(one, &e), -1);
		assert_int_equal(e.code, ERR_CONFIG);
	}
}

static void
known_forms_that_match(void **state)
{
	static const char *const texts[] = {
		"[" HOST "]:2222 ssh-ed25519 " ED1 "\n",
		"[" HOST "]:2222 ssh-ed25519 " ED1,
		"# c\n\n  other,[FILES.example.com]:2222 ssh-ed25519 " ED1
		    " me@here\r\n",
		HASH_2222 " ssh-ed25519 " ED1 "\n",
		"[*.example.com]:2222 ssh-ed25519 " ED1 "\n",
		"[file?.example.com]:* ssh-ed25519 " ED1 "\n",
		"* ssh-ed25519 " ED1 "\n",
		"[" HOST "]:2222 ssh-ed25519 " ED2 "\n"
		    "[" HOST "]:2222 ssh-ed25519 " ED1 "\n",
	};
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(known(texts[i], 2222, &e), XFER_KEY_MATCH);
	assert_int_equal(known(HOST " ssh-ed25519 " ED1 "\n", 22, &e),
	    XFER_KEY_MATCH);
	assert_int_equal(known(HASH_22 " ssh-ed25519 " ED1 "\n", 22, &e),
	    XFER_KEY_MATCH);
}

static void
known_forms_that_do_not(void **state)
{
	static const char *const texts[] = {
		"", "\n", "#[" HOST "]:2222 ssh-ed25519 " ED1 "\n",
		HOST " ssh-ed25519 " ED1 "\n",	/* port 22 only */
		HASH_22 " ssh-ed25519 " ED1 "\n",
		"[" HOST "]:2223 ssh-ed25519 " ED1 "\n",
		"[" HOST "]:222 ssh-ed25519 " ED1 "\n",
		"[" HOST "]:22222 ssh-ed25519 " ED1 "\n",
		"*,![" HOST "]:2222 ssh-ed25519 " ED1 "\n",
		"@cert-authority * ssh-ed25519 " ED1 "\n",
		"@strange * ssh-ed25519 " ED1 "\n",
		"[" HOST "]:2222\n", "[" HOST "]:2222 ssh-ed25519\n",
		"[" HOST "]:2222 ssh-ed25519 !!!\n",
		"|1| ssh-ed25519 " ED1 "\n", "|1|| ssh-ed25519 " ED1 "\n",
		"|1|CLHZ+AfcMCd1yBK199k/OgE3zwU=|AAAA ssh-ed25519 " ED1 "\n",
		"|1|CLHZ+AfcMCd1yBK199k/OgE3zwU=| ssh-ed25519 " ED1 "\n",
		"|2|CLHZ+AfcMCd1yBK199k/OgE3zwU=|JDdb6v07A/K6gpEA1A5UUpbuy24="
		    " ssh-ed25519 " ED1 "\n",
	};
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(known(texts[i], 2222, &e), XFER_KEY_UNKNOWN);
	assert_non_null(strstr(e.msg, "host_key: [\"" ED1_PRINT "\"]"));
	assert_int_equal(known("[" HOST "]:22 ssh-ed25519 " ED1 "\n", 22,
	    &e), XFER_KEY_UNKNOWN);
}

static void
changed(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(known("# first\n[" HOST "]:2222 ssh-ed25519 " ED2
	    "\n", 2222, &e), XFER_KEY_CHANGED);
	assert_non_null(strstr(e.msg, "line 2 of KH"));
	assert_non_null(strstr(e.msg, ED1_PRINT));
	assert_non_null(strstr(e.msg, ED2_PRINT));
	/* Another type only: an impostor's key would look like this. */
	assert_int_equal(known("[" HOST "]:2222 ecdsa-sha2-nistp256 " EC
	    "\n", 2222, &e), XFER_KEY_CHANGED);
	/* The line of the same type is the one to name. */
	assert_int_equal(known("[" HOST "]:2222 ecdsa-sha2-nistp256 " EC
	    "\n[" HOST "]:2222 ssh-ed25519 " ED2 "\n", 2222, &e),
	    XFER_KEY_CHANGED);
	assert_non_null(strstr(e.msg, "line 2 of KH"));
}

static void
revoked(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(known("[" HOST "]:2222 ssh-ed25519 " ED1 "\n"
	    "@revoked * ssh-ed25519 " ED1 "\n", 2222, &e),
	    XFER_KEY_CHANGED);
	assert_non_null(strstr(e.msg, "line 2 of KH marks as revoked"));
	/* A revoked other key says nothing about this one. */
	assert_int_equal(known("@revoked * ssh-ed25519 " ED2 "\n", 2222, &e),
	    XFER_KEY_UNKNOWN);
	assert_int_equal(known("@revoked * ssh-ed25519 " ED2 "\n[" HOST
	    "]:2222 ssh-ed25519 " ED1 "\n", 2222, &e), XFER_KEY_MATCH);
}

static void
asking(void **state)
{
	struct asked a = { 0, 0 };
	struct hostkey_rules r = {
		.host = HOST, .port = 2222, .ask = ask, .ask_arg = &a,
		.known_path = "KH",
	};
	struct hostkey_list *l;
	struct err e;

	(void)state;
	assert_int_equal(judge(&r, ED1, &e), XFER_KEY_MATCH);
	assert_int_equal(a.times, 1);
	a.answer = -1;
	assert_int_equal(judge(&r, ED1, &e), XFER_KEY_UNKNOWN);
	assert_int_equal(a.times, 2);
	l = load("[" HOST "]:2222 ssh-ed25519 " ED2 "\n", 2222);
	r.known = l;
	a.answer = 0;	/* would say yes, but is never asked */
	assert_int_equal(judge(&r, ED1, &e), XFER_KEY_CHANGED);
	assert_int_equal(a.times, 2);
	hostkey_free(l);
}

static void
no_file_and_no_access(void **state)
{
	struct hostkey_list *l = NULL;
	struct err e;

	(void)state;
	err_clear(&e);
	assert_int_equal(hostkey_load("/nonexistent/x", HOST, 22, &l, &e), 0);
	assert_false(hostkey_knows(l, "ssh-ed25519"));
	hostkey_free(l);
	assert_int_equal(hostkey_load("/", HOST, 22, &l, &e), -1);
	assert_int_equal(e.code, ERR_CONFIG);
	hostkey_free(NULL);
}

static void
order(void **state)
{
	static const char *const algs[] = {
		"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ssh-ed25519",
		"rsa-sha2-512", "ssh-rsa", "ssh-dss",
	};
	struct hostkey_list *l;
	struct err e;
	struct buf b;

	(void)state;
	err_clear(&e);
	buf_init(&b, 1000);
	assert_int_equal(hostkey_order(NULL, algs, 6, -1, &b, &e), 0);
	assert_string_equal(b.data, "ssh-ed25519,ecdsa-sha2-nistp256,"
	    "ecdsa-sha2-nistp384,rsa-sha2-512,ssh-rsa,ssh-dss");
	buf_clear(&b);
	l = load("[" HOST "]:2222 ssh-rsa " ED2 "\n"
	    "[" HOST "]:2222 ecdsa-sha2-nistp384 " EC "\n", 2222);
	assert_int_equal(hostkey_order(l, algs, 6, -1, &b, &e), 0);
	assert_string_equal(b.data, "ecdsa-sha2-nistp384,rsa-sha2-512,ssh-rsa"
	    ",ssh-ed25519,ecdsa-sha2-nistp256,ssh-dss");
	hostkey_free(l);
	buf_clear(&b);
	assert_int_equal(hostkey_order(NULL, algs, 6, HOSTKEY_ECDSA, &b, &e),
	    0);
	assert_string_equal(b.data,
	    "ecdsa-sha2-nistp256,ecdsa-sha2-nistp384");
	buf_clear(&b);
	assert_int_equal(hostkey_order(NULL, algs, 2, HOSTKEY_RSA, &b, &e), 0);
	assert_int_equal(b.len, 0);
	buf_release(&b);
}

static void
odd_blobs(void **state)
{
	static const char *const blobs[] = {
		"", "\0\0\0", "\0\0\0\377", "\377\377\377\377abc",
	};
	struct hostkey_rules r = { .host = HOST, .port = 22 };
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		err_clear(&e);
		assert_int_equal(hostkey_check(&r, blobs[i], i == 3 ? 7 : i,
		    &e), XFER_KEY_UNKNOWN);
		assert_non_null(strstr(e.msg, "unknown type"));
	}
}

static void
base64(void **state)
{
	unsigned char out[8];
	char text[16];

	(void)state;
	assert_int_equal(base64_decode("Zm9vYg==", 8, out, 8), 4);
	assert_memory_equal(out, "foob", 4);
	assert_int_equal(base64_decode("Zm9v\r\nYg", 8, out, 8), 4);
	assert_int_equal(base64_decode("Zm9vYg==", 8, out, 2), 2);
	assert_int_equal(base64_decode("Zm=vYg", 6, out, 8), 0);
	assert_int_equal(base64_decode("Zm\0vYg", 6, out, 8), 0);
	assert_int_equal(base64_decode("", 0, out, 8), 0);
	base64_encode("foob", 4, text);
	assert_string_equal(text, "Zm9vYg");
	base64_encode("\377\377\377", 3, text);
	assert_string_equal(text, "////");
	base64_encode("", 0, text);
	assert_string_equal(text, "");
}

/* A server that has a trusted key of one family; what is asked of it. */
struct offering {
	int		 trusted;
	enum err_code	 else_code;	/* of every other family */
	char		 asked[8];
};

static int
offer(void *arg, int family, struct err *e)
{
	struct offering *o = arg;
	size_t n = strlen(o->asked);

	o->asked[n] = (char)('0' + family);
	o->asked[n + 1] = '\0';
	return family == o->trusted ? 0 : err_set(e, o->else_code, "no");
}

static void
other_types(void **state)
{
	static const char *const pins[] = { ED1_PRINT, NULL }, *const none[] = {
		NULL };
	static const struct {
		const char *const *pins;
		int	 shown;
		struct offering o;
		int	 rc;
		const char *asked;
	} rows[] = {
		{ pins, HOSTKEY_RSA, { HOSTKEY_ECDSA, ERR_HOSTKEY, "" }, 0,
		    "01" },
		{ pins, HOSTKEY_ED25519, { HOSTKEY_OTHER, ERR_HOSTKEY, "" },
		    -1, "12" },
		{ pins, -1, { HOSTKEY_OTHER, ERR_HOSTKEY, "" }, -1, "012" },
		{ pins, -1, { HOSTKEY_RSA, ERR_CONNECT, "" }, 0, "012" },
		{ pins, -1, { HOSTKEY_RSA, ERR_TIMEOUT, "" }, -1, "0" },
		{ pins, -1, { HOSTKEY_RSA, ERR_STOPPED, "" }, -1, "0" },
		{ none, -1, { HOSTKEY_ED25519, ERR_HOSTKEY, "" }, -1, "" },
		{ NULL, -1, { HOSTKEY_ED25519, ERR_HOSTKEY, "" }, -1, "" },
	};
	struct offering o;
	struct xfer x;
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(&x, 0, sizeof(x));
		x.target.host_keys = rows[i].pins;
		o = rows[i].o;
		err_clear(&e);
		err_set(&e, ERR_HOSTKEY, "the key is another one");
		assert_int_equal(hostkey_other_types(&x, rows[i].shown, offer,
		    &o, &e), rows[i].rc);
		assert_string_equal(o.asked, rows[i].asked);
		if (rows[i].rc == 0)
			assert_int_equal(e.code, ERR_NONE);
		else
			assert_string_equal(e.msg, "the key is another one");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pins),
		cmocka_unit_test(pins_outrank_asking),
		cmocka_unit_test(pins_are_checked),
		cmocka_unit_test(known_forms_that_match),
		cmocka_unit_test(known_forms_that_do_not),
		cmocka_unit_test(changed),
		cmocka_unit_test(revoked),
		cmocka_unit_test(asking),
		cmocka_unit_test(no_file_and_no_access),
		cmocka_unit_test(order),
		cmocka_unit_test(odd_blobs),
		cmocka_unit_test(base64),
		cmocka_unit_test(other_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
