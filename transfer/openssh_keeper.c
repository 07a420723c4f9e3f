/*
 * The keeper of the ssh program: a process of ours that ends ssh when this
 * program was killed.
 *
 * ssh hears that nobody listens to it, but on a line that is dead it waits for
 * its server for minutes.  Linux can have a process end with its parent, but
 * means the thread that started it, which may end long before.  So the keeper
 * waits for either: that ssh ends, which it sees by a descriptor of the
 * process, since its number may be another's by then, or that the pipe whose
 * other end only we have is closed.
 */
#include "openssh_internal.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <errno.h>

#define TERM_MS	500	/* to end on being asked to */
#define SSH_FD	3	/* the keeper's descriptor of ssh */

/* Does ssh end within ms milliseconds, -1 for as long as we live? */
static bool
has_ended(int ms)
{
	struct pollfd p[2] = { { SSH_FD, POLLIN, 0 },
	    { ms == -1 ? STDIN_FILENO : -1, POLLIN, 0 } };
	int r;

	do
		r = poll(p, 2, ms);
	while (r == -1 && errno == EINTR);
	return p[0].revents != 0;
}

int
openssh_keeper(void)
{
	if (has_ended(-1))
		return 0;
	(void)pidfd_send_signal(SSH_FD, SIGTERM, NULL, 0);
	if (!has_ended(TERM_MS))
		(void)pidfd_send_signal(SSH_FD, SIGKILL, NULL, 0);
	return 0;
}

/* The keeper gets two descriptors: our pipe, and its ssh. */
static int
start(struct openssh *c, int life, int ssh)
{
	char self[] = "coupondrop", set[] = OPENSSH_KEEPER "=1";
	char *argv[] = { self, NULL }, *envp[] = { set, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int rc;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK |
	    POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
	rc = posix_spawn_file_actions_adddup2(&files, life, STDIN_FILENO);
	if (rc == 0)
		rc = posix_spawn_file_actions_addopen(&files, STDOUT_FILENO,
		    "/dev/null", O_WRONLY, 0);
	if (rc == 0)
		rc = posix_spawn_file_actions_addopen(&files, STDERR_FILENO,
		    "/dev/null", O_WRONLY, 0);
	if (rc == 0)
		rc = posix_spawn_file_actions_adddup2(&files, ssh, SSH_FD);
	if (rc == 0)
		rc = posix_spawn_file_actions_addclosefrom_np(&files,
		    SSH_FD + 1);
	if (rc == 0)
		rc = posix_spawn(&c->keeper, "/proc/self/exe", &files, &attr,
		    argv, envp);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	return rc;
}

void
openssh_keep(struct openssh *c)
{
	int pipes[2] = { -1, -1 }, ssh;

	if ((ssh = pidfd_open(c->pid, 0)) == -1)
		return;
	if (pipe2(pipes, O_CLOEXEC) == 0) {
		c->life = pipes[1];
		if (start(c, pipes[0], ssh) != 0)
			c->keeper = 0;
		close(pipes[0]);
	}
	close(ssh);
}

void
openssh_keep_end(struct openssh *c)
{
	if (c->life != -1)
		close(c->life);
	c->life = -1;
	while (c->keeper != 0 && waitpid(c->keeper, NULL, 0) == -1 &&
	    errno == EINTR)
		continue;
	c->keeper = 0;
}
