/*
 * Turns: the time of the next free one stands in a file beside the locks, on
 * the clock that does not jump, which all processes of a host share.  It is
 * looked at with the file locked, so that what was written later than now is of
 * an earlier boot.
 */
#include "turn.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/io.h"
#include "../config/settings.h"
#include "../net/net.h"
#include "account.h"

#define MINUTE_MS	60000
#define SLOW_MS		1000	/* where a platform names no pause */
#define AHEAD_MAX_MS	(NET_PAUSE_MAX_MS + 60 * MINUTE_MS)

void
turn_next(int64_t *free_ms, int64_t now_ms, int64_t every_ms,
    int64_t *wait_ms)
{
	if (*free_ms < now_ms || *free_ms - now_ms > AHEAD_MAX_MS)
		*free_ms = now_ms;
	*wait_ms = *free_ms - now_ms;
	*free_ms += every_ms;
}

/* One of the account's files; -1 when there is none and none can be made. */
static int
turn_open(const struct account *a, const char *kind, int flags)
{
	char dir[4096], path[4400];
	struct err ignored;

	if (a->dir == NULL || strchr(a->set->name, '/') != NULL)
		return -1;
	err_clear(&ignored);
	snprintf(dir, sizeof(dir), "%s/locks", a->dir);
	if ((flags & O_CREAT) != 0 && io_mkdirs(dir, 0700, &ignored) == -1)
		return -1;
	snprintf(path, sizeof(path), "%s/%s-%s", dir, kind, a->set->name);
	return open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
}

/* The file with the next turn, locked. */
static int
turn_lock(const struct account *a, int flags)
{
	int fd = turn_open(a, "turn", flags);

	if (fd != -1 && flock(fd, LOCK_EX) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

/* What stands in the file. */
struct turn {
	int64_t	free_ms, written_ms;	/* monotonic */
};

/* When the next turn is free; what an earlier boot has left does not count. */
static int64_t
turn_read(int fd, int64_t now_ms)
{
	struct turn t;

	return pread(fd, &t, sizeof(t), 0) == sizeof(t) &&
	    t.written_ms <= now_ms ? t.free_ms : 0;
}

/* A limit that cannot be written down is no reason to stop. */
static void
turn_write(int fd, int64_t free_ms, int64_t now_ms)
{
	const struct turn t = { free_ms, now_ms };

	(void)!pwrite(fd, &t, sizeof(t), 0);
}

int64_t
account_turn(const struct account *a)
{
	int64_t every = a->set->rate > 0 ? MINUTE_MS / a->set->rate : 0;
	int fd = turn_lock(a, every > 0 ? O_CREAT : 0);
	int64_t now = clock_mono(a->clock), next, wait = 0;

	if (fd == -1)
		return 0;
	next = turn_read(fd, now);
	turn_next(&next, now, every, &wait);
	turn_write(fd, next, now);
	close(fd);
	return wait;
}

void
account_slow(const struct account *a, int64_t asked_ms)
{
	int fd = turn_lock(a, O_CREAT);
	int64_t now = clock_mono(a->clock), next;

	if (fd == -1)
		return;
	if (asked_ms < 0)
		asked_ms = SLOW_MS;
	if (asked_ms > NET_PAUSE_MAX_MS)
		asked_ms = NET_PAUSE_MAX_MS;
	next = turn_read(fd, now);
	if (next < now + asked_ms || next - now > AHEAD_MAX_MS)
		turn_write(fd, now + asked_ms, now);
	close(fd);
}

int
account_slot(const struct account *a, int *fd)
{
	char kind[32];
	int64_t i;

	*fd = -1;
	for (i = 0; i < a->set->max_parallel; i++) {
		snprintf(kind, sizeof(kind), "slot%d", (int)i);
		*fd = turn_open(a, kind, O_CREAT);
		if (*fd == -1)
			return 0;	/* no reason to stop either */
		if (flock(*fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		close(*fd);
		*fd = -1;
	}
	return a->set->max_parallel > 0 ? -1 : 0;
}
