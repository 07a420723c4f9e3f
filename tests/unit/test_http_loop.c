/*
 * The loop under some hundred requests: limits and order of each host, what
 * waiting costs, timers.
 */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/net/http_internal.h"
#include "http_fixture.h"

#define MANY	300		/* a multiple of LIMIT */
#define LIMIT	4

/* A server that looks who is there at the same time, and who came first. */
struct traffic {
	struct http_server	*server;
	pthread_barrier_t	 together;
	pthread_mutex_t		 lock;
	int			 inside, most;
	int			 next;
	bool			 in_order;
};

static void
traffic_handle(void *arg, const struct http_incoming *in,
    struct http_outgoing *out)
{
	struct traffic *t = arg;

	pthread_mutex_lock(&t->lock);
	t->inside++;
	if (t->inside > t->most)
		t->most = t->inside;
	if (strtol(in->path + 1, NULL, 10) != t->next++)
		t->in_order = false;
	pthread_mutex_unlock(&t->lock);
	/* Nobody is answered before as many are there as may be. */
	pthread_barrier_wait(&t->together);
	pthread_mutex_lock(&t->lock);
	t->inside--;
	pthread_mutex_unlock(&t->lock);
	out->status = 204;
}

static int
came(struct traffic *t)
{
	int n;

	pthread_mutex_lock(&t->lock);
	n = t->next;
	pthread_mutex_unlock(&t->lock);
	return n;
}

static void
traffic_start(struct traffic *t, unsigned limit)
{
	static const struct http_handler handler = { NULL, traffic_handle };
	const struct http_server_opts o = { .address = "127.0.0.1",
	    .max_body = 1 << 16 };
	struct err e;

	memset(t, 0, sizeof(*t));
	t->in_order = true;
	err_clear(&e);
	assert_int_equal(pthread_barrier_init(&t->together, NULL, limit), 0);
	assert_int_equal(pthread_mutex_init(&t->lock, NULL), 0);
	t->server = http_server_start(&o, &handler, t, &e);
	assert_non_null(t->server);
}

static void
traffic_stop(struct traffic *t)
{
	http_server_stop(t->server);
	pthread_barrier_destroy(&t->together);
	pthread_mutex_destroy(&t->lock);
}

/* Callbacks that were called. */
struct heard {
	int	n, failed;
};

static void
hear(void *arg, const struct http_answer *a)
{
	struct heard *h = arg;

	h->n++;
	if (a->failed || a->status != 204)
		h->failed++;
}

static void
ask(struct fixture *f, const struct traffic *t, int i, struct heard *h)
{
	struct http_request r = { .method = i % 2 ? "GET" : "POST",
	    .url = f->url };

	snprintf(f->url, sizeof(f->url), "http://127.0.0.1:%u/%d",
	    http_server_port(t->server), i);
	fx_must(f, http_start(f->loop, &r, hear, h, &f->e));
}

static void
limit_to(struct fixture *f, size_t n)
{
	const struct http_opts opts = { .max_connections = n };

	http_loop_free(f->loop);
	f->loop = http_loop_new(&opts, &f->e);
	assert_non_null(f->loop);
}

/* What waits has no handle, and no host more requests than it may. */
static void
check_waiting(const struct http_loop *l)
{
	const struct http_host *h;
	const struct http_job *j;
	size_t n = 0;

	TAILQ_FOREACH(h, &l->hosts, link) {
		assert_true(h->running <= l->max_per_host);
		TAILQ_FOREACH(j, &h->waiting, link) {
			assert_null(j->easy);
			assert_int_equal(h->running, l->max_per_host);
			n++;
		}
	}
	TAILQ_FOREACH(j, &l->running, link)
		n++;
	assert_int_equal(n, l->unfinished);
}

static void
test_many(void **state)
{
	struct fixture *f = *state;
	struct traffic t[2];
	struct heard h[2] = { { 0, 0 }, { 0, 0 } };
	int i, left;

	limit_to(f, LIMIT);
	traffic_start(&t[0], LIMIT);
	traffic_start(&t[1], LIMIT);
	for (i = 0; i < MANY; i++) {
		ask(f, &t[0], i, &h[0]);
		ask(f, &t[1], i, &h[1]);
	}
	check_waiting(f->loop);
	do {
		left = http_run(f->loop, 60000, &f->e);
		assert_int_equal(left, 2 * MANY - h[0].n - h[1].n);
		check_waiting(f->loop);
	} while (left > 0);
	for (i = 0; i < 2; i++) {
		assert_int_equal(h[i].n, MANY);
		assert_int_equal(h[i].failed, 0);
		assert_int_equal(t[i].most, LIMIT);
		traffic_stop(&t[i]);
	}
	/*
	 * The handles of those that ran were enough for all, with one for the
	 * next of a host while its last answer is looked at.
	 */
	assert_in_range(f->loop->nidle, 1, 2 * LIMIT + 1);
	assert_true(TAILQ_EMPTY(&f->loop->hosts));
}

static void
test_order(void **state)
{
	struct fixture *f = *state;
	struct traffic t;
	struct heard h = { 0, 0 };
	int i;

	limit_to(f, 1);
	traffic_start(&t, 1);
	for (i = 0; i < MANY; i++)
		ask(f, &t, i, &h);
	while (http_run(f->loop, 60000, &f->e) > 0)
		;
	assert_int_equal(h.n, MANY);
	assert_int_equal(h.failed, 0);
	assert_true(t.in_order);
	assert_int_equal(t.most, 1);
	traffic_stop(&t);
}

/* A host that has no room does not hold up another. */
static void
test_hosts_apart(void **state)
{
	struct fixture *f = *state;
	struct traffic full, other;
	struct heard never = { 0, 0 }, h = { 0, 0 };
	int i;

	limit_to(f, 1);
	traffic_start(&full, 2);	/* two never come together */
	traffic_start(&other, 1);
	for (i = 0; i < 10; i++)
		ask(f, &full, i, &never);
	for (i = 0; i < 10; i++)
		ask(f, &other, i, &h);
	while (h.n < 10)
		assert_true(http_run(f->loop, 60000, &f->e) >= 10);
	assert_int_equal(h.failed, 0);
	while (came(&full) == 0)
		assert_int_equal(http_run(f->loop, 10, &f->e), 10);
	/* What is given up in a full queue begins nothing. */
	http_loop_free(f->loop);
	f->loop = NULL;
	assert_int_equal(never.n, 0);
	pthread_barrier_wait(&full.together);
	traffic_stop(&full);
	assert_int_equal(full.next, 1);
	traffic_stop(&other);
}

/* A timer that writes down its name. */
struct tick {
	struct fixture	*f;
	struct heard	*heard;
	char		*log;
	char		 name;
};

static void
tick(void *arg)
{
	struct tick *t = arg;

	t->log[strlen(t->log)] = t->name;
}

static void
test_timers(void **state)
{
	struct fixture *f = *state;
	char log[10] = "";
	struct tick t[4];
	struct net_timer *gone;
	int i;

	for (i = 0; i < 4; i++)
		t[i] = (struct tick){ f, NULL, log, (char)('a' + i) };
	assert_int_equal(http_run(f->loop, INT64_MAX, &f->e), 0);
	assert_non_null(http_after(f->loop, 20, tick, &t[2], &f->e));
	assert_non_null(http_after(f->loop, 0, tick, &t[0], &f->e));
	assert_non_null(gone = http_after(f->loop, 10, tick, &t[3], &f->e));
	assert_non_null(http_after(f->loop, 0, tick, &t[1], &f->e));
	assert_int_equal(http_run(f->loop, INT64_MAX, &f->e), 3);
	assert_string_equal(log, "a");
	http_cancel(f->loop, gone);
	assert_int_equal(http_run(f->loop, INT64_MAX, &f->e), 1);
	assert_int_equal(http_run(f->loop, INT64_MAX, &f->e), 0);
	assert_string_equal(log, "abc");
	/* One that is far away holds nothing up. */
	assert_non_null(http_after(f->loop, INT64_MAX, tick, &t[3], &f->e));
	assert_int_equal(http_run(f->loop, 1, &f->e), 1);
	fx_must(f, fx_get(f, "/"));
	assert_string_equal(log, "abc");
}

static void
ask_later(void *arg)
{
	struct tick *t = arg;
	struct http_request r = fx_request(t->f, "GET", "/later");

	tick(arg);
	fx_must(t->f, http_start(t->f->loop, &r, hear, t->heard, &t->f->e));
}

/* A timer may start a request, and is due while one is waited for. */
static void
test_timer_asks(void **state)
{
	struct fixture *f = *state;
	struct http_request slow = fx_request(f, "GET", "/slow");
	struct heard never = { 0, 0 }, h = { 0, 0 };
	char log[10] = "";
	struct tick t = { f, &h, log, 'a' };

	fx_must(f, http_start(f->loop, &slow, hear, &never, &f->e));
	assert_non_null(http_after(f->loop, 5, ask_later, &t, &f->e));
	assert_int_equal(http_run(f->loop, INT64_MAX, &f->e), 2);
	assert_string_equal(log, "a");
	assert_int_equal(http_run(f->loop, INT64_MAX, &f->e), 1);
	assert_int_equal(h.n, 1);
	assert_int_equal(never.n, 0);
}

#define ALL	500
#define THIRD	167		/* 0, 3 ... 498; a prime number */

static int fired[ALL], nfired;

static void
fire(void *arg)
{
	int *i = arg;

	fired[nfired++] = *i;
}

/* Any order in, the right one out, whichever are cancelled between. */
static void
test_heap(void **state)
{
	struct net_timers timers = { .heap = NULL };
	struct net_timer *x[ALL];
	int64_t due[ALL];
	int id[ALL], i;
	struct err e;

	(void)state;
	err_clear(&e);
	assert_int_equal(net_timer_next(&timers), INT64_MAX);
	assert_int_equal(net_timer_fire(&timers, INT64_MAX), 0);
	for (i = 0; i < ALL; i++) {
		id[i] = i;
		due[i] = i * 7919 % 101;	/* many are equal */
		x[i] = net_timer_set(&timers, due[i], fire, &id[i], &e);
		assert_non_null(x[i]);
	}
	for (i = 0; i < THIRD; i++)
		net_timer_cancel(&timers, x[i * 10 % THIRD * 3]);
	net_timer_cancel(&timers, NULL);
	nfired = 0;
	for (i = 0; i <= 101; i++) {
		while (net_timer_fire(&timers, i) == 1)
			assert_int_equal(due[fired[nfired - 1]], i);
		assert_true(net_timer_next(&timers) > i);
	}
	assert_int_equal(nfired, ALL - THIRD);
	for (i = 0; i < nfired; i++) {
		assert_int_not_equal(fired[i] % 3, 0);
		if (i > 0 && due[fired[i]] == due[fired[i - 1]])
			assert_true(fired[i] > fired[i - 1]);
	}
	assert_int_equal(timers.n, 0);
	assert_non_null(net_timer_set(&timers, 1, fire, &id[0], &e));
	net_timer_free_all(&timers);
	assert_int_equal(net_timer_next(&timers), INT64_MAX);
}

#define WITH_SERVER(t)	\
	cmocka_unit_test_setup_teardown(t, fx_set_up, fx_tear_down)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_heap),
		WITH_SERVER(test_many),
		WITH_SERVER(test_order),
		WITH_SERVER(test_hosts_apart),
		WITH_SERVER(test_timers),
		WITH_SERVER(test_timer_asks),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
