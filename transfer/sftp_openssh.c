/*
 * The byte channel through the system's ssh program, for servers and keys
 * that libssh2 does not know.
 *
 * ssh runs without a terminal, its standard input and output are one end of a
 * socket pair, and what it says is kept for our own sentence.  It is ended by
 * its process id, and its exit is always collected.
 */
#include "ssh_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/auxv.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../src/base/clock.h"
#include "../src/base/stop.h"
#include "sftp_more.h"
#include "openssh_internal.h"
#include "xfer_internal.h"

#define SAID_MAX	8192	/* bytes kept of what it says */
#define GOODBYE_MS	1000	/* to end by itself */
#define TERM_MS		500	/* and then on being asked to */
#define LOOK_MS		5	/* pause between looks whether it ended */

/* Read what it said; the end of it is kept. */
static void
listen_to(struct openssh *c)
{
	struct err ignored;
	char chunk[1024];
	ssize_t n;

	err_clear(&ignored);
	while (c->said_fd != -1 &&
	    (n = read(c->said_fd, chunk, sizeof(chunk))) != -1) {
		if (n == 0) {
			close(c->said_fd);
			c->said_fd = -1;
			break;
		}
		if (c->said.len + (size_t)n > SAID_MAX) {
			c->said.len /= 2;
			memmove(c->said.data, c->said.data + c->said.len,
			    c->said.len);
		}
		(void)buf_add(&c->said, chunk, (size_t)n, &ignored);
		if (c->x->target.probe)
			openssh_take_facts(&c->said, c->x);
	}
	c->in = c->in || openssh_logged_in(c->said.data);
}

/* Whether it has ended, within ms milliseconds; its status in *status. */
static bool
await_end(struct openssh *c, int64_t ms, int *status)
{
	int64_t until = clock_mono(c->x->clock) + ms;
	struct pollfd said = { -1, POLLIN, 0 };
	pid_t r;

	while ((r = waitpid(c->pid, status, WNOHANG)) == 0) {
		if (clock_mono(c->x->clock) >= until)
			return false;
		/* It is closed when the program ends. */
		said.fd = c->said_fd;
		(void)poll(&said, 1, LOOK_MS);
		listen_to(c);
	}
	if (r == -1)
		*status = 0;
	c->pid = 0;
	return true;
}

/* End it: by itself within ms, or else by signals.  Its status. */
static int
end_ssh(struct openssh *c, int64_t ms)
{
	int status = 0;

	if (c->fd != -1)
		close(c->fd);
	c->fd = -1;
	if (c->pid == 0) {
		openssh_keep_end(c);
		return 0;
	}
	if (!await_end(c, ms, &status)) {
		kill(c->pid, SIGTERM);
		if (!await_end(c, TERM_MS, &status)) {
			kill(c->pid, SIGKILL);
			while (waitpid(c->pid, &status, 0) == -1 &&
			    errno == EINTR)
				continue;
			c->pid = 0;
		}
	}
	openssh_keep_end(c);
	listen_to(c);
	return status;
}

/* One sentence about an ssh that ended; code when its words say nothing. */
static int
ended(struct openssh *c, enum err_code code, const char *doing, struct err *e)
{
	char line[1200], how[40];
	int status = end_ssh(c, GOODBYE_MS);

	if (WIFSIGNALED(status))
		snprintf(how, sizeof(how), "signal %d", WTERMSIG(status));
	else
		snprintf(how, sizeof(how), "exit %d", WEXITSTATUS(status));
	code = openssh_explain(c->said.data, code, line, sizeof(line));
	c->x->met = openssh_met(c->said.data);
	if (c->why.code != ERR_NONE && !c->in) {
		*e = c->why;
		return -1;
	}
	/* It asks for a passphrase only once the server likes the key. */
	if (code == ERR_LOGIN && c->gave_passphrase && !c->gave_password)
		return err_set(e, ERR_SECRET, "key file %s cannot be used; "
		    "the passphrase may be wrong (ssh: %s)",
		    c->x->target.identity_file, line);
	if (code == ERR_SECRET && c->x->target.identity_file != NULL)
		return err_set(e, code, "key file %s cannot be used (ssh: "
		    "%s)", c->x->target.identity_file, line);
	if (c->in && code != ERR_UNSUPPORTED && code != ERR_TIMEOUT)
		code = ERR_BROKEN;
	if (code == ERR_UNSUPPORTED)
		err_set(e, code, "the login worked, but the server offers no "
		    "SFTP to %s (ssh: %s)", c->plan.user, line);
	else if (line[0] == '\0' && c->in)
		err_set(e, code, "the server's SFTP program ended during %s "
		    "(ssh, %s)", doing, how);
	else if (line[0] == '\0')
		err_set(e, code, "the ssh program ended during %s without a "
		    "word (%s)", doing, how);
	else
		err_set(e, code, "ssh gave up during %s: %s (%s)%s%s%s", doing,
		    line, how, c->between[0] != '\0' && !c->in ?
		    "; a host in between wanted an answer to: " : "",
		    c->in ? "" : c->between, code == ERR_HOSTKEY ?
		    "; no password and no file was sent" : "");
	e->sys = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
	return -1;
}

static ssize_t
openssh_write(void *arg, const void *p, size_t n, struct err *e)
{
	struct openssh *c = arg;
	ssize_t r;

	r = send(c->fd, p, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (r >= 0)
		return r;
	if (errno == EAGAIN || errno == EINTR)
		return 0;
	return ended(c, ERR_BROKEN, "sending", e);
}

static ssize_t
openssh_read(void *arg, void *p, size_t n, struct err *e)
{
	struct openssh *c = arg;
	ssize_t r;

	r = recv(c->fd, p, n, MSG_DONTWAIT);
	if (r > 0)
		return r;
	if (r == -1 && (errno == EAGAIN || errno == EINTR))
		return 0;
	return ended(c, ERR_BROKEN, "waiting for an answer", e);
}

static int
openssh_poll(void *arg, bool writing, short *events)
{
	struct openssh *c = arg;

	*events = writing ? POLLIN | POLLOUT : POLLIN;
	return c->fd;
}

static int
openssh_wait(void *arg, bool writing, int64_t ms, struct err *e)
{
	struct openssh *c = arg;
	short events;
	int fd = openssh_poll(arg, writing, &events);

	/* It may be stuck because nobody listens to it. */
	listen_to(c);
	if (sftp_turn_over(c->x->turn, e) == -1)
		return -1;
	return tcp_wait(fd, events, sftp_turn_ms(c->x->turn, ms), e) == -1 ?
	    -1 : 0;
}

static void
free_all(struct openssh *c)
{
	openssh_listen_end(c);
	if (c->said_fd != -1)
		close(c->said_fd);
	hostkey_free(c->known);
	free(c->known_path);
	buf_release(&c->said);
	free(c);
}

/*
 * All that was asked has been answered, or is of no use: being ended, ssh still
 * takes leave of the server, but does not wait for its word.
 */
static void
openssh_close(void *arg, bool polite)
{
	struct openssh *c = arg;

	(void)polite;
	if (c->pid != 0)
		kill(c->pid, SIGTERM);
	(void)end_ssh(c, GOODBYE_MS);
	free_all(c);
}

/* The path of this very program, also after an update replaced the file. */
static int
find_self(struct openssh *c, struct err *e)
{
	static const char gone[] = " (deleted)";
	size_t tail = sizeof(gone) - 1;
	ssize_t n;

	n = readlink("/proc/self/exe", c->self, sizeof(c->self) - 1);
	if (n <= 0 || (size_t)n == sizeof(c->self) - 1)
		return err_sys(e, ERR_INTERNAL, errno,
		    "where this program lies");
	c->self[n] = '\0';
	if ((size_t)n > tail && strcmp(c->self + n - tail, gone) == 0)
		c->self[(size_t)n - tail] = '\0';
	if (strpbrk(c->self, "\"\\%\n") != NULL)
		return err_set(e, ERR_CONFIG, "ssh cannot start this program "
		    "again to ask it, for its path has special characters: "
		    "%s", c->self);
	return 0;
}

static bool
has_aes(void)
{
#if defined(__x86_64__) || defined(__i386__)
	return __builtin_cpu_supports("aes");
#elif defined(__aarch64__)
	return (getauxval(AT_HWCAP) & (1ul << 3)) != 0;
#else
	return false;
#endif
}

/* In its own session: no terminal it could ask, and no Ctrl-C of ours. */
static int
start(struct openssh *c, struct openssh_list *words, struct openssh_list *vars,
    struct err *e)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	int io[2] = { -1, -1 }, said[2] = { -1, -1 }, rc;
	sigset_t set;

	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attr);
	sigemptyset(&set);
	posix_spawnattr_setsigmask(&attr, &set);
	sigfillset(&set);
	posix_spawnattr_setsigdefault(&attr, &set);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK |
	    POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, io) == -1 ||
	    pipe2(said, O_CLOEXEC) == -1)
		rc = errno;
	else if ((rc = posix_spawn_file_actions_adddup2(&files, io[1],
	    STDIN_FILENO)) == 0 &&
	    (rc = posix_spawn_file_actions_adddup2(&files, io[1],
	    STDOUT_FILENO)) == 0 &&
	    (rc = posix_spawn_file_actions_adddup2(&files, said[1],
	    STDERR_FILENO)) == 0 &&
	    (rc = posix_spawn_file_actions_addclosefrom_np(&files,
	    STDERR_FILENO + 1)) == 0) {
		(void)fcntl(said[0], F_SETFL, O_NONBLOCK);
		rc = posix_spawnp(&c->pid, "ssh", &files, &attr, words->word,
		    vars->word);
	}
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	if (rc != 0)
		c->pid = 0;
	if (io[1] != -1)
		close(io[1]);
	if (said[1] != -1)
		close(said[1]);
	c->fd = io[0];
	c->said_fd = said[0];
	if (rc == ENOENT)
		return err_set(e, ERR_UNSUPPORTED, "there is no ssh program "
		    "on this machine; install it (package openssh-client) or "
		    "set ssh: libssh2");
	return rc == 0 ? 0 : err_sys(e, ERR_INTERNAL, rc, "starting ssh");
}

static int
spawn_ssh(struct openssh *c, int family, struct err *e)
{
	struct openssh_list words, vars;
	int r;

	c->plan.family = family;
	if (openssh_listen(c, e) == -1 ||
	    openssh_arguments(&c->plan, &words, e) == -1)
		return -1;
	if (openssh_variables(&c->plan, c->name, &vars, e) == -1) {
		openssh_list_free(&words);
		return -1;
	}
	r = start(c, &words, &vars, e);
	if (r == 0)
		openssh_keep(c);
	openssh_list_free(&vars);
	openssh_list_free(&words);
	return r;
}

/* Answer what it asks until it is logged in. */
static int
await_login(struct openssh *c, struct err *e)
{
	struct pollfd p[5];
	int64_t ms;
	char byte;

	while (!c->in) {
		/* What the first connection needs is not taken off. */
		if (c->held)
			c->until = clock_mono(c->x->clock) +
			    c->x->times.connect_ms;
		if (stop_check(e) == -1 || (ms = sftp_more_left(c->x,
		    c->until, "connecting", e)) == -1)
			return -1;
		p[0] = (struct pollfd){ c->fd, POLLIN, 0 };
		p[1] = (struct pollfd){ c->said_fd, POLLIN, 0 };
		p[2] = (struct pollfd){ c->listener, POLLIN, 0 };
		p[3] = (struct pollfd){ c->held ? c->x->turn->fd : c->helper,
		    POLLIN, 0 };
		p[4] = (struct pollfd){ stop_fd(), POLLIN, 0 };
		if (poll(p, 5, (int)ms) == -1 && errno != EINTR)
			return err_sys(e, ERR_INTERNAL, errno, "poll");
		listen_to(c);
		openssh_answer(c);
		if (c->asked_again)
			return err_set(e, ERR_LOGIN, "the server refused the "
			    "password for user %s", c->x->target.user);
		if (p[0].revents != 0 &&
		    recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
			return ended(c, ERR_CONNECT, "connecting", e);
	}
	openssh_listen_end(c);
	return 0;
}

/* Connect with host keys of one family, or with -1 of any. */
static int
try_type(void *arg, int family, struct err *e)
{
	struct openssh *c = arg;

	c->verdict = XFER_KEY_MATCH;
	err_clear(&c->why);
	buf_clear(&c->said);
	if (spawn_ssh(c, family, e) == 0 && await_login(c, e) == 0)
		return 0;
	if (c->pid != 0)
		kill(c->pid, SIGTERM);
	(void)end_ssh(c, TERM_MS);
	if (c->said_fd != -1)
		close(c->said_fd);
	c->said_fd = -1;
	openssh_listen_end(c);
	return -1;
}

/* What the host key is judged by, and what the login needs. */
static int
prepare(struct openssh *c, struct err *e)
{
	const struct xfer_target *t = &c->x->target;

	if (hostkey_load_for(c->x, &c->known_path, &c->known, e) == -1)
		return -1;
	if (t->identity_file != NULL &&
	    sshkey_check(t, &c->key, c->x->log, e) == -1)
		return -1;
	return find_self(c, e);
}

int
openssh_channel_open(struct xfer *x, struct sftp_channel *out, struct err *e)
{
	static const struct sftp_channel_ops ops = {
		openssh_write, openssh_read, openssh_wait, openssh_close,
		openssh_poll,
	};
	struct openssh *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return err_nomem(e);
	c->x = x;
	c->fd = c->said_fd = c->listener = c->helper = c->life = -1;
	buf_init(&c->said, SAID_MAX + 1);
	c->until = clock_mono(c->x->clock) + x->times.connect_ms;
	if (prepare(c, e) == -1)
		goto fail;
	c->plan = (struct openssh_plan){
		.x = x, .user = x->target.user, .self = c->self,
		.agent = getenv("SSH_AUTH_SOCK"),
		.certs = hostkey_has_ca(c->known),
		.asks = x->target.password != NULL || c->key.encrypted,
		.aes = has_aes(),
	};
	if (try_type(c, -1, e) == -1 && (c->verdict != XFER_KEY_CHANGED ||
	    hostkey_other_types(x, -1, try_type, c, e) == -1))
		goto fail;
	sftp_more_let_in(x);
	if (x->banner[0] == '\0')
		snprintf(x->banner, sizeof(x->banner), "SSH by the ssh "
		    "program");
	snprintf(x->facts.channel, sizeof(x->facts.channel),
	    "the ssh program");
	out->ops = &ops;
	out->arg = c;
	return 0;
fail:
	free_all(c);
	return -1;
}
