/*
 * What can be told from a private key file before it is used.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/base/err.h"
#include "../../src/base/base64.h"
#include "../../transfer/ssh_internal.h"

static int
peek(const char *text, struct sshkey *k, struct err *e)
{
	char path[] = "/tmp/sshkey.XXXXXX";
	int fd = mkstemp(path), r;

	assert_true(fd != -1);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	err_clear(e);
	r = sshkey_peek(path, k, NULL, e);
	assert_int_equal(e->code, r == 0 ? ERR_NONE : ERR_SECRET);
	unlink(path);
	return r;
}

/* A file in OpenSSH's format, up to the public key's type. */
static int
peek_openssh(const void *raw, size_t n, struct sshkey *k, struct err *e)
{
	char body[400], text[600];

	base64_encode(raw, n, body);
	snprintf(text, sizeof(text), "-----BEGIN OPENSSH PRIVATE KEY-----\n"
	    "%.20s\n%s\n-----END OPENSSH PRIVATE KEY-----\n", body,
	    body + 20);
	return peek(text, k, e);
}

#define MAGIC	"openssh-key-v1\0"
#define PLAIN	MAGIC "\0\0\0\4none\0\0\0\4none\0\0\0\0\0\0\0\1"
#define ED	PLAIN "\0\0\0\063\0\0\0\013ssh-ed25519\0\0\0\040"
#define LOCKED	MAGIC "\0\0\0\012aes256-ctr\0\0\0\6bcrypt\0\0\0\4abcd" \
		"\0\0\0\1\0\0\1\027\0\0\0\7ssh-rsa\0\0\0\3"
#define SK	PLAIN "\0\0\0\063\0\0\0\032sk-ssh-ed25519@openssh.com\0\0\0\1"

static void
openssh_format(void **state)
{
	struct sshkey k;
	struct err e;
	size_t n;

	(void)state;
	assert_int_equal(peek_openssh(ED, sizeof(ED) - 1, &k, &e), 0);
	assert_string_equal(k.type, "ssh-ed25519");
	assert_false(k.encrypted);
	assert_int_equal(peek_openssh(LOCKED, sizeof(LOCKED) - 1, &k, &e), 0);
	assert_string_equal(k.type, "ssh-rsa");
	assert_true(k.encrypted);
	for (n = 0; n < sizeof(ED) - 5; n++)	/* cut off anywhere */
		assert_int_equal(peek_openssh(ED, n, &k, &e), -1);
	assert_non_null(strstr(e.msg, "damaged"));
	assert_int_equal(peek_openssh(SK, sizeof(SK) - 1, &k, &e), -1);
	assert_non_null(strstr(e.msg, "security key"));
}

static void
pem_formats(void **state)
{
	struct sshkey k;
	struct err e;

	(void)state;
	assert_int_equal(peek("-----BEGIN RSA PRIVATE KEY-----\nMII\n", &k,
	    &e), 0);
	assert_string_equal(k.type, "ssh-rsa");
	assert_false(k.encrypted);
	assert_int_equal(peek("-----BEGIN EC PRIVATE KEY-----\n"
	    "Proc-Type: 4,ENCRYPTED\n", &k, &e), 0);
	assert_string_equal(k.type, "ecdsa");
	assert_true(k.encrypted);
	assert_int_equal(peek("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMII\n",
	    &k, &e), 0);
	assert_true(k.encrypted);
	assert_int_equal(peek("-----BEGIN PRIVATE KEY-----\nMII\n", &k, &e),
	    0);
	assert_false(k.encrypted);
}

static void
not_a_private_key(void **state)
{
	static const struct {
		const char	*text, *says;
	} cases[] = {
		{ "", "not a private key" },
		{ "password\n", "not a private key" },
		{ "ssh-ed25519 AAAA me\n", "public half" },
		{ "ecdsa-sha2-nistp256 AAAA me\n", "public half" },
		{ "-----BEGIN PUBLIC KEY-----\n", "public half" },
		{ "PuTTY-User-Key-File-3: ssh-ed25519\n", "PuTTY" },
		{ "-----BEGIN OPENSSH PRIVATE KEY-----\n!!\n", "damaged" },
	};
	struct sshkey k;
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(peek(cases[i].text, &k, &e), -1);
		assert_non_null(strstr(e.msg, cases[i].says));
	}
}

static void
not_a_readable_file(void **state)
{
	struct sshkey k;
	struct err e;

	(void)state;
	err_clear(&e);
	assert_int_equal(sshkey_peek("/nonexistent/id", &k, NULL, &e), -1);
	assert_int_equal(e.code, ERR_SECRET);
	assert_non_null(strstr(e.msg, "/nonexistent/id"));
	err_clear(&e);
	assert_int_equal(sshkey_peek("/", &k, NULL, &e), -1);
	assert_int_equal(e.code, ERR_SECRET);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(openssh_format),
		cmocka_unit_test(pem_formats),
		cmocka_unit_test(not_a_private_key),
		cmocka_unit_test(not_a_readable_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
