/*
 * A line with a delay, for machines whose kernel cannot make one (netem):
 *
 *	tundelay MS NAMESPACE_A NAMESPACE_B
 *
 * joins two network namespaces (paths such as /proc/PID/ns/net, which should
 * be the caller's own) by a TUN device "line0" in each; every packet is held
 * for MS milliseconds on its way, in both directions.  Says "ready" once the
 * devices are there; giving them addresses is left to the caller.  Runs until
 * it is ended, and the devices go with it.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/if.h>
#include <linux/if_tun.h>

#define PACKET_MAX	9216	/* bytes; the devices have an MTU of 9000 */
#define PACKETS		4096	/* on the way, in each direction */
#define BURST		64	/* packets taken before looking at the clock */

struct packet {
	int64_t		due;	/* nanoseconds */
	size_t		n;
	unsigned char	bytes[PACKET_MAX];
};

struct direction {
	int		 from, to;
	int64_t		 delay;	/* nanoseconds */
	struct packet	*ring;
	uint64_t	 head, tail; /* packets out and in so far */
};

static int64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* A device in another namespace; this process stays there. */
static int
device(const char *namespace)
{
	struct ifreq r = { .ifr_name = "line0" };
	int fd, ns;

	if ((ns = open(namespace, O_RDONLY | O_CLOEXEC)) == -1 ||
	    setns(ns, CLONE_NEWNET) == -1)
		err(1, "%s", namespace);
	close(ns);
	r.ifr_flags = IFF_TUN | IFF_NO_PI;
	if ((fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK)) == -1 ||
	    ioctl(fd, TUNSETIFF, &r) == -1)
		err(1, "/dev/net/tun");
	return fd;
}

/* Let out what has waited long enough. */
static void
deliver(struct direction *d)
{
	struct packet *p;
	int64_t t = now();

	for (; d->head != d->tail; d->head++) {
		p = &d->ring[d->head % PACKETS];
		if (p->due > t)
			return;
		/* A device that takes no more loses it, as a line would. */
		if (write(d->to, p->bytes, p->n) == -1 && errno == EBADF)
			err(1, "write");
	}
}

static void
take(struct direction *d)
{
	struct packet *p;
	ssize_t n;
	int i;

	for (i = 0; i < BURST && d->tail - d->head < PACKETS; i++) {
		p = &d->ring[d->tail % PACKETS];
		if ((n = read(d->from, p->bytes, sizeof(p->bytes))) <= 0)
			return;
		p->n = (size_t)n;
		p->due = now() + d->delay;
		d->tail++;
	}
}

static void *
run(void *arg)
{
	struct direction *d = arg;
	struct pollfd p = { d->from, POLLIN, 0 };
	struct timespec t = { 0, 0 };
	int64_t left;

	for (;;) {
		deliver(d);
		left = d->head == d->tail ? 1000000000 :
		    d->ring[d->head % PACKETS].due - now();
		if (left < 0)
			left = 0;
		t.tv_sec = left / 1000000000;
		t.tv_nsec = left % 1000000000;
		/* A full ring takes nothing: it waits for the clock only. */
		p.events = d->tail - d->head < PACKETS ? POLLIN : 0;
		if (ppoll(&p, 1, &t, NULL) > 0)
			take(d);
	}
	return NULL;
}

int
main(int argc, char **argv)
{
	struct direction a = { 0 }, b = { 0 };
	pthread_t thread;

	if (argc != 4)
		errx(64, "usage: tundelay MS NAMESPACE_A NAMESPACE_B");
	a.delay = b.delay = strtoll(argv[1], NULL, 10) * 1000000;
	a.from = b.to = device(argv[2]);
	a.to = b.from = device(argv[3]);
	a.ring = calloc(PACKETS, sizeof(*a.ring));
	b.ring = calloc(PACKETS, sizeof(*b.ring));
	if (a.ring == NULL || b.ring == NULL)
		err(1, "memory");
	puts("ready");
	fflush(stdout);
	if (pthread_create(&thread, NULL, run, &a) != 0)
		errx(1, "no thread");
	run(&b);
	return 0;
}
