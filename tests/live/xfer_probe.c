/*
 * Drive transfer/xfer.h by hand or from a test:
 *
 *	xfer_probe [options] URL command [args] [, command [args]] ...
 *
 * All commands go over one connection.  Each prints one line on success; the
 * first failure prints "WORD: sentence" and ends with its exit code.
 *
 *	put FILE NAME		get NAME FILE		stat NAME
 *	replace FROM TO		remove NAME		banner
 *	list FOLDER (- the URL's)	mkdir FOLDER
 *	stage FILE NAME		check FILE NAME (stage with read-back)
 *	hash FILE NAME		check; the server's own SHA-256 will do
 *	again FILE NAME		stage, after an earlier try
 *	stage FILE NAME fail|skip|unique [direct]
 *	sleep MS		wait with the connection open
 *
 * -a is active FTP, -I checks no certificate, -m makes missing folders.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/sha.h>

#include "../../src/base/clock.h"
#include "../../src/base/io.h"
#include "../../src/base/log.h"
#include "../../src/base/stop.h"
#include "../../transfer/stage.h"

static int
sink_write(void *arg, const void *p, size_t n, struct err *e)
{

	return io_write_all(*(int *)arg, p, n, e);
}

static void
hash_file(const char *path, unsigned char *out)
{
	struct err	 e;
	char		*p;
	size_t		 n;

	err_clear(&e);
	if (io_slurp(path, 1u << 30, &p, &n, &e) == -1)
		errx(66, "%s", e.msg);
	SHA256((unsigned char *)p, n, out);
	free(p);
}

static enum xfer_exists
exists_of(const char *word)
{

	return strcmp(word, "fail") == 0 ? XFER_FAIL :
	    strcmp(word, "skip") == 0 ? XFER_SKIP : XFER_UNIQUE;
}

static int
send_file(struct xfer *x, int n, char **a, bool make_folders, struct err *e)
{
	static const char *const verified[] = { "not", "unverified", "size",
	    "hash", "readback" };
	char			tag[20];
	struct xfer_stage_opts	opts = { .name = a[2], .tag = tag,
				    .mkdir = make_folders };
	struct xfer_staged	staged;
	struct xfer_source	src;
	int			fd, rc;

	snprintf(tag, sizeof(tag), "probe.%d", n > 3 ? (int)getpid() : 1);
	if (n > 3)
		opts.on_exists = exists_of(a[3]);
	if (n > 4)
		opts.atomic = XFER_DIRECT;
	if ((fd = open(a[1], O_RDONLY)) == -1)
		err(66, "%s", a[1]);
	rc = xfer_source_fd(fd, &src, e);
	if (rc == 0 && strcmp(a[0], "put") == 0) {
		if ((rc = xfer_put(x, a[2], &src, e)) == 0)
			printf("put %s\n", a[2]);
	} else if (rc == 0) {
		opts.proof = strcmp(a[0], "hash") == 0 ? XFER_BY_HASH :
		    strcmp(a[0], "check") == 0 ? XFER_BY_READBACK :
		    XFER_BY_SIZE;
		opts.again = strcmp(a[0], "again") == 0;
		hash_file(a[1], opts.sha256);
		if ((rc = xfer_stage(x, &src, &opts, &staged, e)) == 0)
			printf("stage %s %s%s\n", staged.name,
			    verified[staged.verified],
			    staged.direct ? " direct" : "");
	}
	close(fd);
	return rc;
}

static int
get_file(struct xfer *x, char **a, struct err *e)
{
	struct xfer_sink	sink = { sink_write, NULL, 1u << 30 };
	int			fd, rc;

	fd = open(a[2], O_WRONLY | O_CREAT | O_TRUNC, 0666);
	if (fd == -1)
		err(73, "%s", a[2]);
	sink.arg = &fd;
	if ((rc = xfer_get(x, a[1], &sink, e)) == 0)
		printf("get %s\n", a[1]);
	close(fd);
	return rc;
}

static int
list_one(void *arg, const char *name, uint64_t size, struct err *e)
{

	(void)arg;
	(void)e;
	printf("list %s %llu\n", name, (unsigned long long)size);
	return 0;
}

static int
one(struct xfer *x, int n, char **a, bool make_folders, struct err *e)
{
	struct xfer_stat st;

	if ((n == 3 && (strcmp(a[0], "put") == 0 ||
	    strcmp(a[0], "check") == 0 || strcmp(a[0], "hash") == 0 ||
	    strcmp(a[0], "again") == 0)) ||
	    (n >= 3 && n <= 5 && strcmp(a[0], "stage") == 0))
		return send_file(x, n, a, make_folders, e);
	if (n == 3 && strcmp(a[0], "get") == 0)
		return get_file(x, a, e);
	if (n == 2 && strcmp(a[0], "stat") == 0) {
		if (xfer_stat(x, a[1], &st, e) == -1)
			return -1;
		printf("stat %s %llu\n", a[1], (unsigned long long)st.size);
	} else if (n == 3 && strcmp(a[0], "replace") == 0) {
		if (xfer_replace(x, a[1], a[2], e) == -1)
			return -1;
		printf("replace %s %s\n", a[1], a[2]);
	} else if (n == 2 && strcmp(a[0], "remove") == 0) {
		if (xfer_remove(x, a[1], e) == -1)
			return -1;
		printf("remove %s\n", a[1]);
	} else if (n == 2 && strcmp(a[0], "list") == 0) {
		if (xfer_list(x, strcmp(a[1], "-") == 0 ? "" : a[1], list_one,
		    NULL, e) == -1)
			return -1;
	} else if (n == 2 && strcmp(a[0], "mkdir") == 0) {
		if (xfer_mkdirs(x, a[1], e) == -1)
			return -1;
		printf("mkdir %s\n", a[1]);
	} else if (n == 1 && strcmp(a[0], "banner") == 0)
		printf("banner %s\n", xfer_banner(x));
	else if (n == 2 && strcmp(a[0], "sleep") == 0)
		clock_sleep(&clock_system, strtoll(a[1], NULL, 10));
	else
		errx(64, "no such command: %s", a[0]);
	fflush(stdout);
	return 0;
}

static int
failed(const struct err *e)
{

	fprintf(stderr, "%s: %s\n", err_info(e->code)->word, e->msg);
	if (e->wait_ms != 0)
		fprintf(stderr, "wait %ld ms\n", e->wait_ms);
	return err_exit(e);
}

static struct secret *
secret_of(char *path)
{
	struct secret_source	 from = { .file = path };
	struct secret		*s;
	struct err		 e;

	err_clear(&e);
	if ((s = secret_read(&from, "the secret", &e)) == NULL)
		errx(78, "%s", e.msg);
	return s;
}

static enum xfer_ssh
ssh_of(const char *word)
{

	return strcmp(word, "openssh") == 0 ? XFER_SSH_OPENSSH :
	    strcmp(word, "libssh2") == 0 ? XFER_SSH_LIBSSH2 : XFER_SSH_AUTO;
}

/* What the first command will send, as a program that sends one file knows. */
static uint64_t
size_to_send(int n, char **a)
{
	struct stat st;

	return n >= 2 && (strcmp(a[0], "put") == 0 ||
	    strcmp(a[0], "stage") == 0 || strcmp(a[0], "check") == 0) &&
	    stat(a[1], &st) == 0 ? (uint64_t)st.st_size : 0;
}

static void
usage(void)
{

	fprintf(stderr, "usage: xfer_probe [-v] [-u user] [-p password_file] "
	    "[-i identity]\n    [-k host_key] [-K known_hosts] [-c ca_file] "
	    "[-b bearer_file] [-V tls_max]\n    [-C connect_ms] [-R reply_ms] "
	    "[-F final_ms] [-S stall_ms]\n    "
	    "[-P passphrase_file] [-s auto|libssh2|openssh] [-g ssh_config] "
	    "[-n streams]\n    [-a] [-I] [-N pin] [-H headers_file] "
	    "[-r redirects] [-m]\n    URL command ...\n");
	exit(64);
}

int
main(int argc, char **argv)
{
	struct xfer_target	 t = { 0 };
	const char		*keys[2] = { NULL, NULL };
	const char		*pins[2] = { NULL, NULL };
	struct secret		*password = NULL, *bearer = NULL;
	struct secret		*phrase = NULL, *headers = NULL;
	bool			 make_folders = false;
	struct log		*log = NULL;
	struct xfer		*x;
	struct err		 e;
	int			 ch, i, n, rc = 0;

	if ((rc = xfer_helper(argc, argv)) != -1)
		return rc;
	rc = 0;
	while ((ch = getopt(argc, argv,
	    "+vu:p:i:P:k:K:c:b:V:C:R:F:S:s:n:g:aIN:H:r:mx:y:")) != -1) {
		switch (ch) {
		case 'v': log = log_new(2, LOG_TEXT, LOG_DEBUG); break;
		case 'u': t.user = optarg; break;
		case 'p': t.password = password = secret_of(optarg); break;
		case 'i': t.identity_file = optarg; break;
		case 'P': phrase = secret_of(optarg); break;
		case 's': t.ssh = ssh_of(optarg); break;
		case 'g': t.ssh_config = optarg; break;
		case 'n': t.streams = (int)strtol(optarg, NULL, 10); break;
		case 'k': keys[0] = optarg; t.host_keys = keys; break;
		case 'K': t.known_hosts = optarg; break;
		case 'c': t.tls.ca_file = optarg; break;
		case 'b': t.bearer = bearer = secret_of(optarg); break;
		case 'V': t.tls.max = optarg; break;
		case 'C': t.times.connect_ms = strtoll(optarg, NULL, 10); break;
		case 'R': t.times.reply_ms = strtoll(optarg, NULL, 10); break;
		case 'F': t.times.final_ms = strtoll(optarg, NULL, 10); break;
		case 'S': t.times.stall_ms = strtoll(optarg, NULL, 10); break;
		case 'a': t.ftp_mode = XFER_FTP_ACTIVE; break;
		case 'I': t.tls.insecure = true; break;
		case 'N': pins[0] = optarg; t.tls.pins = pins; break;
		case 'H': t.headers = headers = secret_of(optarg); break;
		case 'r': t.redirects = strtol(optarg, NULL, 10); break;
		case 'm': make_folders = true; break;
		case 'x': t.proxy.url = optarg; break;
		case 'y': t.proxy.user = optarg; break;
		default: usage();
		}
	}
	if (optind >= argc)
		usage();
	stop_install();
	err_clear(&e);
	t.url = argv[optind++];
	t.passphrase = t.tls.passphrase = phrase;
	t.coming = size_to_send(argc - optind, argv + optind);
	if ((x = xfer_open(&t, log, &e)) == NULL)
		rc = -1;
	for (i = optind; i < argc && rc == 0; i += n + 1) {
		for (n = 0; i + n < argc && strcmp(argv[i + n], ",") != 0; )
			n++;
		rc = one(x, n, argv + i, make_folders, &e);
	}
	xfer_close(x);
	rc = rc == -1 ? failed(&e) : 0;
	secret_free(password);
	secret_free(bearer);
	secret_free(phrase);
	secret_free(headers);
	log_free(log);
	return rc;
}
