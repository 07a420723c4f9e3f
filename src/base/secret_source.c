/*
 * Where secrets come from: a file, a command, the environment, systemd.
 *
 * Whose a file is and who may read it is own.c's rule.  What a command printed
 * never appears in a message.
 */
#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "err.h"
#include "io.h"
#include "own.h"
#include "secret_internal.h"
#include "stop.h"

#define COMMAND_MS	30000	/* a command that asks somebody never ends */
#define REAP_MS		10	/* pause between looks at an ending child */

/*
 * Cut one line end, and refuse what cannot be a secret.
 */
static int
secret_settle(struct secret *s, const char *from, struct err *e)
{
	if (s->len > SECRET_MAX)
		return err_set(e, ERR_SECRET, "%s gives more than %u bytes",
		    from, SECRET_MAX);
	if (s->len > 0 && s->bytes[s->len - 1] == '\n') {
		s->bytes[--s->len] = '\0';
		if (s->len > 0 && s->bytes[s->len - 1] == '\r')
			s->bytes[--s->len] = '\0';
	}
	if (s->len == 0)
		return err_set(e, ERR_SECRET, "%s is empty", from);
	if (memchr(s->bytes, '\0', s->len) != NULL)
		return err_set(e, ERR_SECRET, "%s contains a zero byte", from);
	return 0;
}

/*
 * Read from fd to its end, or one byte past the limit.  The room of s is one
 * byte more than the limit.
 */
static int
secret_fill(struct secret *s, int fd, struct err *e)
{
	ssize_t got;

	do {
		got = io_read(fd, s->bytes + s->len,
		    SECRET_MAX + 1 - s->len, e);
		if (got == -1)
			return -1;
		s->len += (size_t)got;
	} while (got > 0 && s->len <= SECRET_MAX);
	return 0;
}

static int
from_file(struct secret *s, const char *path, struct err *e)
{
	int fd, rc;

	fd = own_open(path, OWN_SECRET, O_RDONLY, ERR_SECRET, e);
	if (fd == -1)
		return -1;
	rc = own_check(fd, path, OWN_SECRET, ERR_SECRET, e);
	if (rc == 0) {
		rc = secret_fill(s, fd, e);
		if (rc == -1)
			err_wrap(e, "%s", path);
	}
	close(fd);
	return rc == 0 ? secret_settle(s, path, e) : -1;
}

static int
from_credential(struct secret *s, const char *name, struct err *e)
{
	const char *dir;
	char *path;
	int rc;

	dir = getenv("CREDENTIALS_DIRECTORY");
	if (dir == NULL || dir[0] != '/')
		return err_set(e, ERR_SECRET, "the credential %s is only there "
		    "when systemd starts the program with LoadCredential=%s",
		    name, name);
	if (name[0] == '\0' || name[0] == '.' || strchr(name, '/') != NULL)
		return err_set(e, ERR_SECRET,
		    "\"%s\" is not the name of a credential", name);
	if (asprintf(&path, "%s/%s", dir, name) == -1)
		return err_nomem(e);
	rc = from_file(s, path, e);
	free(path);
	return rc;
}

static int
from_env(struct secret *s, const char *name, struct err *e)
{
	const char *value;

	value = getenv(name);
	if (value == NULL)
		return err_set(e, ERR_SECRET,
		    "the environment variable %s is not set", name);
	s->len = strnlen(value, SECRET_MAX + 1);
	memcpy(s->bytes, value, s->len);
	return secret_settle(s, name, e);
}

/*
 * Start argv with its output in *fd and nothing to read.  A shell is not
 * involved, not even for a script without an interpreter line.
 */
static int
command_start(char **argv, pid_t *pid, int *fd, struct err *e)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t usual;
	int out[2], rc;

	if (pipe2(out, O_CLOEXEC) == -1)
		return err_sys(e, ERR_SECRET, errno, "cannot create a pipe");
	sigemptyset(&usual);
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &usual);
	/* We ignore it, and ignoring is inherited. */
	sigaddset(&usual, SIGPIPE);
	posix_spawnattr_setsigdefault(&attr, &usual);
	posix_spawnattr_setflags(&attr,
	    POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	rc = posix_spawn_file_actions_addopen(&files, STDIN_FILENO,
	    "/dev/null", O_RDONLY, 0);
	if (rc == 0)
		rc = posix_spawn_file_actions_adddup2(&files, out[1],
		    STDOUT_FILENO);
	/* Nor does it get the sockets of a library that leaves them open. */
	if (rc == 0)
		rc = posix_spawn_file_actions_addclosefrom_np(&files,
		    STDERR_FILENO + 1);
	if (rc == 0)
		rc = posix_spawnp(pid, argv[0], &files, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	close(out[1]);
	if (rc != 0) {
		close(out[0]);
		return err_sys(e, ERR_SECRET, rc, "cannot run %s", argv[0]);
	}
	*fd = out[0];
	return 0;
}

/*
 * Collect the output until it ends, the time is up, or we have to stop.
 */
static int
command_read(struct secret *s, int fd, int64_t end, struct err *e)
{
	struct pollfd pfd[2];
	int64_t left;
	ssize_t got;

	pfd[0].fd = fd;
	pfd[1].fd = stop_fd();
	pfd[0].events = pfd[1].events = POLLIN;
	for (;;) {
		if (stop_check(e) == -1)
			return -1;
		left = end - clock_mono(&clock_system);
		if (left <= 0)
			return err_set(e, ERR_SECRET,
			    "no secret after %d seconds", COMMAND_MS / 1000);
		pfd[0].revents = 0;
		if (poll(pfd, 2, (int)left) <= 0 || pfd[0].revents == 0)
			continue;
		got = io_read(fd, s->bytes + s->len,
		    SECRET_MAX + 1 - s->len, e);
		if (got == -1)
			return -1;
		s->len += (size_t)got;
		if (got == 0 || s->len > SECRET_MAX)
			return 0;
	}
}

/*
 * Wait for the child until the time is up or we have to stop; 1 when it ended
 * by itself, 0 when it is still there.
 */
static int
command_wait(pid_t pid, int64_t end, int *status, struct err *e)
{
	pid_t got;

	for (;;) {
		got = waitpid(pid, status, WNOHANG);
		if (got == pid)
			return 1;
		if (got == -1 && errno != EINTR)
			return err_sys(e, ERR_SECRET, errno,
			    "it is unknown how it ended");
		if (stop_check(e) == -1)
			return 0;
		if (clock_mono(&clock_system) >= end) {
			err_set(e, ERR_SECRET, "still running after %d seconds",
			    COMMAND_MS / 1000);
			return 0;
		}
		clock_sleep(&clock_system, REAP_MS);
	}
}

static void
command_kill(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		continue;
}

static int
command_end(pid_t pid, int64_t end, struct err *e)
{
	int status;

	switch (command_wait(pid, end, &status, e)) {
	case 1:
		break;
	case 0:
		command_kill(pid);
		return -1;
	default:
		return -1;
	}
	if (WIFSIGNALED(status))
		return err_set(e, ERR_SECRET, "ended by signal %d",
		    WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return err_set(e, ERR_SECRET, "ended with exit code %d",
		    WEXITSTATUS(status));
	return 0;
}

static int
from_command(struct secret *s, char **argv, struct err *e)
{
	int64_t end;
	pid_t pid;
	int fd, rc;

	if (argv[0] == NULL)
		return err_set(e, ERR_SECRET, "the command is empty");
	if (command_start(argv, &pid, &fd, e) == -1)
		return -1;
	end = clock_mono(&clock_system) + COMMAND_MS;
	rc = command_read(s, fd, end, e);
	close(fd);
	/* Too much output is of no use, and its writer may never end. */
	if (s->len > SECRET_MAX)
		rc = secret_settle(s, "its output", e);
	if (rc == 0)
		rc = command_end(pid, end, e);
	else
		command_kill(pid);
	if (rc == 0)
		rc = secret_settle(s, "its output", e);
	/* The name only: arguments may tell more than they should. */
	return rc == 0 ? 0 : err_wrap(e, "the command %s", argv[0]);
}

bool
secret_given(const struct secret_source *src)
{

	return src->file != NULL || src->command != NULL || src->env != NULL ||
	    src->credential != NULL;
}

struct secret *
secret_read(const struct secret_source *src, const char *what, struct err *e)
{
	struct secret *s;
	int rc;

	s = secret_alloc(SECRET_MAX + 1, e);
	if (s == NULL)
		return NULL;
	if (src->file != NULL)
		rc = from_file(s, src->file, e);
	else if (src->command != NULL)
		rc = from_command(s, src->command, e);
	else if (src->env != NULL)
		rc = from_env(s, src->env, e);
	else if (src->credential != NULL)
		rc = from_credential(s, src->credential, e);
	else
		rc = err_set(e, ERR_SECRET,
		    "the configuration does not say where it is");
	if (rc == 0)
		return s;
	secret_free(s);
	if (e->code != ERR_STOPPED && e->code != ERR_NOMEM)
		e->code = ERR_SECRET;
	err_wrap(e, "%s", what);
	return NULL;
}
