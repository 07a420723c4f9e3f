/*
 * Questions of the ssh program.
 *
 * ssh starts this very program for each of them, with the question in its
 * arguments.  That second process knows nothing: it hands the question over a
 * socket to the first one, which judges the host key or gives the secret, and
 * prints the answer.  The socket's name is one of Linux's abstract ones, so
 * that nothing is left when either process is killed; both sides look that
 * the other is of this user, and it is gone once ssh has logged in.  One
 * message is one question: the process that asks, the kind and the words, each
 * ended by NUL.  For a
 * jump host there is a second ssh, which asks in the same way; it gets no
 * answer, since our password is not for that host.
 */
#include "openssh_internal.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../src/base/base64.h"
#include "../src/base/clock.h"
#include "../src/base/io.h"
#include "../src/base/secret.h"
#include "sftp_packet.h"
#include "sftp_session.h"
#include "sftp_more.h"

#define QUESTION_MAX	(32u << 10)	/* bytes */
#define ANSWER_MAX	(128u << 10)	/* bytes; known_hosts lines */
#define KEY_MAX		16384		/* bytes of one public key */
#define KEY_PROMPT	"Enter passphrase for key"
#define START_MS	40	/* to start this program, and to compute */
#define NO		'0'
#define YES		'1'

/* -- the process that ssh starts ----------------------------------------- */

/* The address of a socket that has this name and no file; its length. */
static socklen_t
address_of(const char *name, struct sockaddr_un *a)
{
	memset(a, 0, sizeof(*a));
	a->sun_family = AF_UNIX;
	snprintf(a->sun_path + 1, sizeof(a->sun_path) - 1, "%s", name);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
	    strlen(a->sun_path + 1));
}

/* Is the process at the other end this user's? */
static bool
is_us(int fd)
{
	struct ucred who;
	socklen_t len = sizeof(who);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 &&
	    who.uid == geteuid();
}

static int
connect_to(const char *name)
{
	struct sockaddr_un a;
	socklen_t len = address_of(name, &a);
	int fd;

	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd != -1 && (connect(fd, (struct sockaddr *)&a, len) == -1 ||
	    !is_us(fd))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* Who asks, and all arguments behind the program's name, each with its NUL. */
static int
send_question(int fd, int argc, char **argv)
{
	struct err ignored;
	struct buf b;
	ssize_t n = -1;
	int i, r;

	err_clear(&ignored);
	buf_init(&b, QUESTION_MAX);
	r = buf_addf(&b, &ignored, "%ld%c", (long)getppid(), '\0');
	for (i = 1; i < argc && r == 0; i++)
		r = buf_add(&b, argv[i], strlen(argv[i]) + 1, &ignored);
	if (r == 0)
		n = send(fd, b.data, b.len, MSG_NOSIGNAL);
	buf_release(&b);
	return n <= 0 ? -1 : 0;
}

static int
print_answer(int fd)
{
	struct err ignored;
	char *answer;
	ssize_t n;
	int r = 1;

	err_clear(&ignored);
	if ((answer = malloc(ANSWER_MAX)) == NULL)
		return 1;
	n = recv(fd, answer, ANSWER_MAX, 0);
	if (n > 0 && answer[0] == YES && io_write_all(STDOUT_FILENO,
	    answer + 1, (size_t)n - 1, &ignored) == 0)
		r = 0;
	explicit_bzero(answer, ANSWER_MAX);
	free(answer);
	return r;
}

int
xfer_helper(int argc, char **argv)
{
	const char *name = getenv(OPENSSH_SOCKET);
	int fd, r = 1;

	if (getenv(OPENSSH_KEEPER) != NULL)
		return openssh_keeper();
	if (name == NULL)
		return -1;
	secret_harden();
	if ((fd = connect_to(name)) == -1)
		return 1;
	if (send_question(fd, argc, argv) == 0)
		r = print_answer(fd);
	close(fd);
	return r;
}

/* -- the process that started ssh ---------------------------------------- */

int
openssh_listen(struct openssh *c, struct err *e)
{
	struct sockaddr_un a;
	uint64_t number;
	socklen_t len;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return err_sys(e, ERR_INTERNAL, errno, "getrandom");
	snprintf(c->name, sizeof(c->name), "coupondrop-ssh-%016llx",
	    (unsigned long long)number);
	len = address_of(c->name, &a);
	c->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0);
	if (c->listener == -1 ||
	    bind(c->listener, (struct sockaddr *)&a, len) == -1 ||
	    listen(c->listener, 4) == -1)
		return err_sys(e, ERR_CREATE, errno, "no socket for talking "
		    "to ssh");
	return 0;
}

void
openssh_listen_end(struct openssh *c)
{
	if (c->helper != -1)
		close(c->helper);
	if (c->listener != -1)
		close(c->listener);
	c->helper = c->listener = -1;
	c->name[0] = '\0';
}

/* Judge the key that the server shows; a match is named to ssh. */
static int
judge(struct openssh *c, const char *name, const char *key, struct buf *out)
{
	const struct hostkey_rules rules = hostkey_rules_for(c->x,
	    c->known_path, c->known);
	int64_t before = clock_mono(c->x->clock);
	unsigned char blob[KEY_MAX];
	struct sftp_bytes b = { blob, 0 }, type;
	char word[64];
	int64_t rtt_ms = 0;

	b.n = base64_decode(key, strlen(key), blob, sizeof(blob));
	type = b;
	if (sftp_take_str(&type, &type) == -1 || type.n >= sizeof(word))
		return err_set(&c->why, ERR_PROTOCOL,
		    "the server showed no host key");
	memcpy(word, type.p, type.n);
	word[type.n] = '\0';
	if (c->plan.certs && strstr(word, "-cert-") != NULL)
		return hostkey_lines(c->known, name, out, &c->why);
	err_clear(&c->why);
	c->verdict = hostkey_check(&rules, blob, b.n, &c->why);
	/* A person's time to think is not the server's. */
	c->until += clock_mono(c->x->clock) - before;
	if (c->verdict != XFER_KEY_MATCH)
		return -1;
	hostkey_print(blob, b.n, c->x->host_print);
	/*
	 * At least: between its two questions, ssh exchanges keys with the
	 * server, and we are started once more.
	 */
	if (c->ordered != 0)
		rtt_ms = (clock_mono(c->x->clock) - c->ordered -
		    START_MS) / 2;
	sftp_more_early(c->x, rtt_ms);
	return hostkey_line(name, word, blob, b.n, out, &c->why);
}

/*
 * A secret is given once, and only for the question it answers: what ssh asks
 * by itself about a key begins with other words than what a server asks.  A
 * server that asks again has refused it, and would count any second answer as
 * one more wrong login.
 */
static int
give_secret(struct openssh *c, const char *prompt, struct buf *out)
{
	const struct xfer_target *t = &c->x->target;
	bool key = strncmp(prompt, KEY_PROMPT, strlen(KEY_PROMPT)) == 0;
	const struct secret *s = key ? t->passphrase : t->password;
	bool *gave = key ? &c->gave_passphrase : &c->gave_password;

	c->asked_again = !key && *gave;
	if (s == NULL || *gave)
		return -1;
	*gave = true;
	return buf_add(out, secret_bytes(s), secret_len(s), &c->why) == -1 ||
	    buf_adds(out, "\n", &c->why) == -1 ? -1 : 0;
}

/* The words of a question of n bytes, at most max; how many. */
static size_t
split(const char *p, size_t n, const char **word, size_t max)
{
	size_t i = 0;
	const char *end = p + n;

	if (n == 0 || end[-1] != '\0')
		return 0;
	for (; p < end && i < max; p += strlen(p) + 1)
		word[i++] = p;
	return p < end ? 0 : i;
}

/*
 * A further connection is stopped at the server's key, all of whose answer is
 * there by then, until the first one has logged in.
 */
static bool
too_early(const struct openssh *c, const char *p, size_t n)
{
	const char *word[5];

	return c->x->turn != NULL && !atomic_load(&c->x->turn->open) &&
	    split(p, n, word, 5) == 5 && strcmp(word[2], "ORDER") != 0;
}

static int
consider(struct openssh *c, const char *p, size_t n, struct buf *out)
{
	const char *word[5];
	size_t words = split(p, n, word, 5);
	char asking[24];

	snprintf(asking, sizeof(asking), "%ld", (long)c->pid);
	if (words < 2)
		return -1;
	if (strcmp(word[0], asking) != 0) {
		sftp_escape((struct sftp_bytes){ word[1],
		    strcspn(word[1], "\n") }, c->between,
		    sizeof(c->between));
		return -1;
	}
	if (words == 2)
		return give_secret(c, word[1], out);
	if (words != 5 || strcmp(word[1], "hostkey") != 0)
		return -1;
	/* Before the exchange: which kinds of key to ask for first. */
	if (strcmp(word[2], "ORDER") == 0) {
		c->ordered = clock_mono(c->x->clock);
		return hostkey_lines(c->known, word[3], out, &c->why);
	}
	return judge(c, word[3], word[4], out);
}

static void
answer(struct openssh *c, const char *p, size_t n)
{
	static const char verdict[2] = { NO, YES };
	struct err ignored;
	struct buf out;

	err_clear(&ignored);
	buf_init(&out, ANSWER_MAX);
	out.wipe = true;
	if (buf_add(&out, &verdict[1], 1, &ignored) == -1 ||
	    consider(c, p, n, &out) == -1) {
		if (!c->asked_again)
			(void)send(c->helper, verdict, 1,
			    MSG_NOSIGNAL | MSG_DONTWAIT);
	} else
		(void)send(c->helper, out.data, out.len,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
	buf_release(&out);
}

void
openssh_answer(struct openssh *c)
{
	char *question;
	ssize_t n;

	if (c->helper == -1) {
		c->helper = accept4(c->listener, NULL, NULL,
		    SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (c->helper == -1)
			return;
		if (!is_us(c->helper))
			goto leave;
	}
	if ((question = malloc(QUESTION_MAX)) == NULL)
		goto leave;
	n = recv(c->helper, question, QUESTION_MAX, MSG_DONTWAIT | MSG_PEEK);
	c->held = n > 0 && too_early(c, question, (size_t)n);
	if (n > 0 && !c->held) {
		/* Left unread it would spoil the answer. */
		(void)recv(c->helper, question, QUESTION_MAX, MSG_DONTWAIT);
		answer(c, question, (size_t)n);
	}
	free(question);
	if (c->held || (n == -1 && errno == EAGAIN))
		return;
leave:
	close(c->helper);
	c->helper = -1;
}
