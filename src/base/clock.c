/*
 * Wall clock, monotonic clock, and a sleep that a stop ends.
 */
#include "clock.h"

#include <poll.h>

#include "date_internal.h"
#include "stop.h"

#define DAY_SECONDS	86400

static int64_t
system_ms(clockid_t which)
{
	struct timespec ts;

	/* Both clocks exist on every Linux; the call cannot fail for them. */
	if (clock_gettime(which, &ts) == -1)
		return 0;
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t
system_wall(void *arg)
{
	(void)arg;
	return system_ms(CLOCK_REALTIME);
}

static int64_t
system_mono(void *arg)
{
	(void)arg;
	return system_ms(CLOCK_MONOTONIC);
}

static void
system_sleep(void *arg, int64_t ms)
{
	struct pollfd pfd;
	int64_t end, left;

	end = system_mono(arg);
	if (ms <= 0)
		return;
	end = ms > INT64_MAX - end ? INT64_MAX : end + ms;
	/* poll skips a descriptor of -1, and then just waits. */
	pfd.fd = stop_fd();
	pfd.events = POLLIN;
	while (stop_signal() == 0 && (left = end - system_mono(arg)) > 0)
		poll(&pfd, 1, left > 60000 ? 60000 : (int)left);
}

const struct clock clock_system = {
	.wall_ms = system_wall,
	.mono_ms = system_mono,
	.sleep_ms = system_sleep,
	.zones = "/usr/share/zoneinfo",
	.local = "/etc/localtime",
};

int64_t
clock_wall(const struct clock *c)
{
	c = c != NULL ? c : &clock_system;
	return c->wall_ms(c->arg);
}

int64_t
clock_mono(const struct clock *c)
{
	c = c != NULL ? c : &clock_system;
	return c->mono_ms(c->arg);
}

void
clock_sleep(const struct clock *c, int64_t ms)
{
	c = c != NULL ? c : &clock_system;
	c->sleep_ms(c->arg, ms);
}

void
clock_deadline(int64_t ms, struct timespec *out)
{
	clock_gettime(CLOCK_MONOTONIC, out);
	out->tv_sec += (time_t)(ms / 1000);
	out->tv_nsec += (long)(ms % 1000) * 1000000;
	if (out->tv_nsec >= 1000000000) {
		out->tv_sec++;
		out->tv_nsec -= 1000000000;
	}
}

const char *
clock_iso(int64_t wall_ms, char out[21])
{
	int64_t seconds, days, year;
	int month, day, rest;

	seconds = wall_ms / 1000 - (wall_ms % 1000 < 0);
	days = seconds / DAY_SECONDS - (seconds % DAY_SECONDS < 0);
	rest = (int)(seconds - days * DAY_SECONDS);
	year = date_from_days(days, &month, &day);
	/* Four digits are all that the form has room for. */
	snprintf(out, 21, "%04u-%02u-%02uT%02u:%02u:%02uZ",
	    year < 0 || year > 9999 ? 0 : (unsigned)year,
	    (unsigned)month % 100, (unsigned)day % 100,
	    (unsigned)(rest / 3600) % 100, (unsigned)(rest / 60 % 60),
	    (unsigned)(rest % 60));
	return out;
}

const char *
clock_name(int64_t wall_ms, char out[17])
{
	char iso[21];
	const char *p;
	size_t n = 0;

	for (p = clock_iso(wall_ms, iso); *p != '\0'; p++)
		if (*p != '-' && *p != ':')
			out[n++] = *p;
	out[n] = '\0';
	return out;
}
