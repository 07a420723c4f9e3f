/*
 * A first look at a private key file.
 *
 * The SSH library says "authentication failed" for a missing file, a wrong
 * passphrase and a refusing server alike; what can be seen in the file itself
 * is said here.  The format of OpenSSH (PROTOCOL.key) names the cipher and
 * has the public key in the clear; PEM files name their type in the first
 * line.  The bytes are zeroed after use.
 */
#include "ssh_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../src/base/base64.h"
#include "../src/base/err.h"
#include "../src/base/log.h"
#include "../src/base/own.h"
#include "sftp_packet.h"
#include "target.h"

#define PEEK_MAX	(64u << 10)	/* bytes; real keys have under 8 KiB */
#define MAGIC		"openssh-key-v1"	/* its NUL belongs to it */
#define HEAD_MAX	1024		/* decoded bytes that are looked at */

static int
check_mode(int fd, const char *path, struct log *log, struct err *e)
{
	struct stat st;

	if (own_check(fd, path, OWN_FILE, ERR_SECRET, e) == -1)
		return -1;
	if (fstat(fd, &st) == -1)
		return err_sys(e, ERR_SECRET, errno, "key file %s", path);
	if ((st.st_mode & S_IROTH) != 0)
		log_say(log, LOG_WARN, "a private key can be read by "
		    "everybody on this machine", LFF("file", path));
	return 0;
}

/* The file's bytes, NUL-terminated, into PEEK_MAX bytes at out, or -1. */
static int
read_key(const char *path, char *out, struct log *log, struct err *e)
{
	size_t have = 0;
	ssize_t n = 0;
	int fd;

	fd = own_open(path, OWN_FILE, O_RDONLY, ERR_SECRET, e);
	if (fd == -1)
		return err_wrap(e, "cannot read key file");
	if (check_mode(fd, path, log, e) == -1) {
		close(fd);
		return -1;
	}
	while (have < PEEK_MAX - 1 &&
	    (n = read(fd, out + have, PEEK_MAX - 1 - have)) > 0)
		have += (size_t)n;
	if (n == -1)
		err_sys(e, ERR_SECRET, errno, "cannot read key file %s",
		    path);
	close(fd);
	out[have] = '\0';
	return n == -1 ? -1 : 0;
}

/* magic, cipher, kdf, kdf options, count, public key (which begins with
 * its type) */
static int
peek_openssh(const char *body, struct sshkey *out)
{
	unsigned char head[HEAD_MAX];
	struct sftp_bytes b = { head, 0 }, cipher, skip, pub, type;
	uint32_t count;
	int r = -1;

	b.n = base64_decode(body, strcspn(body, "-"), head, sizeof(head));
	if (b.n < sizeof(MAGIC) || memcmp(head, MAGIC, sizeof(MAGIC)) != 0)
		goto done;
	b.p = head + sizeof(MAGIC);
	b.n -= sizeof(MAGIC);
	if (sftp_take_str(&b, &cipher) == -1 ||
	    sftp_take_str(&b, &skip) == -1 ||
	    sftp_take_str(&b, &skip) == -1 ||
	    sftp_take_u32(&b, &count) == -1 ||
	    sftp_take_u32(&b, &count) == -1)
		goto done;
	pub = b;	/* a long key is cut off; its type comes first */
	if (sftp_take_str(&pub, &type) == -1 || type.n >= sizeof(out->type))
		goto done;
	memcpy(out->type, type.p, type.n);
	out->type[type.n] = '\0';
	out->encrypted = cipher.n != 4 || memcmp(cipher.p, "none", 4) != 0;
	r = 0;
done:
	explicit_bzero(head, sizeof(head));
	return r;
}

static int
peek_text(const char *path, const char *text, struct sshkey *out,
    struct err *e)
{
	static const char openssh[] = "-----BEGIN OPENSSH PRIVATE KEY-----";
	const char *p;

	if (strncmp(text, "PuTTY-User-Key-File", 19) == 0)
		return err_set(e, ERR_SECRET, "key file %s is in PuTTY's own "
		    "format; export it with PuTTYgen as an OpenSSH key",
		    path);
	if (strncmp(text, "ssh-", 4) == 0 || strncmp(text, "ecdsa-", 6) == 0 ||
	    strstr(text, "PUBLIC KEY-----") != NULL)
		return err_set(e, ERR_SECRET, "key file %s holds the public "
		    "half; the private one has the same name without .pub",
		    path);
	if ((p = strstr(text, openssh)) != NULL) {
		if (peek_openssh(p + sizeof(openssh) - 1, out) == 0)
			return 0;
		return err_set(e, ERR_SECRET, "key file %s is damaged", path);
	}
	if (strstr(text, "PRIVATE KEY-----") == NULL)
		return err_set(e, ERR_SECRET, "key file %s is not a private "
		    "key of SSH", path);
	if (strstr(text, "BEGIN RSA ") != NULL)
		snprintf(out->type, sizeof(out->type), "ssh-rsa");
	else if (strstr(text, "BEGIN EC ") != NULL)
		snprintf(out->type, sizeof(out->type), "ecdsa");
	out->encrypted = strstr(text, "ENCRYPTED") != NULL;
	return 0;
}

int
sshkey_peek(const char *path, struct sshkey *out, struct log *log,
    struct err *e)
{
	char *text;
	int r = -1;

	memset(out, 0, sizeof(*out));
	if ((text = malloc(PEEK_MAX)) == NULL)
		return err_nomem(e);
	if (read_key(path, text, log, e) == 0)
		r = peek_text(path, text, out, e);
	explicit_bzero(text, PEEK_MAX);
	free(text);
	if (r == -1)
		return -1;
	if (strncmp(out->type, "sk-", 3) == 0)
		return err_set(e, ERR_SECRET, "key file %s needs a security "
		    "key at every login, which a nightly run cannot have",
		    path);
	return 0;
}

int
sshkey_check(const struct xfer_target *t, struct sshkey *out,
    struct log *log, struct err *e)
{
	if (sshkey_peek(t->identity_file, out, log, e) == -1)
		return err_key(e, "identity_file");
	if (!out->encrypted || t->passphrase != NULL)
		return 0;
	err_set(e, ERR_SECRET, "key file %s needs a passphrase, and none is "
	    "configured", t->identity_file);
	return err_key(e, "identity_file");
}
