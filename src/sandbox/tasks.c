/*
 * The worker: one thread, one step at a time, always the step that is due
 * first.  What is to be done lies in the database, so that a stand-in that
 * was stopped goes on where it was.
 */
#include "tasks.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/err.h"
#include "../base/log.h"
#include "apply.h"
#include "banks.h"

#define RETRY_MS	1000	/* after a failure of the database */
#define IDLE_MS		60000

struct tasks {
	struct tasks_opts	 opts;
	struct banks		*banks;
	pthread_t		 thread;
	pthread_mutex_t		 lock;
	pthread_cond_t		 wake;
	bool			 stop, changed;	/* under lock */
};

/*
 * Sleep up to ms, or until something changed.  False when to stop.
 */
static bool
worker_wait(struct tasks *t, int64_t ms)
{
	struct timespec until;
	bool go_on;
	int r;

	clock_deadline(ms, &until);
	pthread_mutex_lock(&t->lock);
	r = 0;
	while (!t->stop && !t->changed && r == 0)
		r = pthread_cond_timedwait(&t->wake, &t->lock, &until);
	t->changed = false;
	go_on = !t->stop;
	pthread_mutex_unlock(&t->lock);
	return go_on;
}

/*
 * Apply the file of a task; what to say about it goes to said.
 */
static enum task_status
task_apply(struct tasks *t, const struct bank_task *task, char *said,
    size_t n)
{
	struct apply_counts c;
	struct err e;
	char path[4096];
	int fd, rc;

	err_clear(&e);
	snprintf(path, sizeof(path), "%s/%s", t->opts.folder, task->file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1) {
		err_sys(&e, ERR_IO, errno, "cannot open the fetched file");
		goto fail;
	}
	rc = apply_file(t->banks, fd, task->bank, &task->update,
	    &t->opts.moods, &c, &e);
	close(fd);
	if (rc == -1)
		goto fail;
	log_say(t->opts.log, LOG_INFO, "task complete",
	    LFI("task", task->id), LFI("total", (int64_t)c.total),
	    LFI("updated", (int64_t)c.updated),
	    LFI("failed", (int64_t)c.failed));
	if (moods_fail(&t->opts.moods, task->update.date)) {
		snprintf(said, n, "Data file was not processed to its end");
		return TASK_ERROR;
	}
	said[0] = '\0';
	if (moods_count(&t->opts.moods, &c) && (t->opts.output ||
	    t->opts.moods.seed != 0))
		snprintf(said, n, "%" PRIu64 " updated, %" PRIu64 " failed,"
		    " %" PRIu64 " total", c.updated, c.failed, c.total);
	return TASK_COMPLETE;
fail:
	log_say(t->opts.log, LOG_WARN, "task failed", LFI("task", task->id),
	    LFF("why", e.msg));
	snprintf(said, n, "Data file could not be processed: %s", e.msg);
	return TASK_ERROR;
}

static int
task_finish(struct tasks *t, const struct bank_task *task, struct err *e)
{
	enum task_status status;
	char path[4096], said[1200];

	if (task->fail != NULL) {
		status = TASK_ERROR;
		snprintf(said, sizeof(said), "%s", task->fail);
	} else {
		status = task_apply(t, task, said, sizeof(said));
	}
	if (bank_task_move(t->banks, task->id, status, 0, said, e) == -1)
		return -1;
	snprintf(path, sizeof(path), "%s/%s", t->opts.folder, task->file);
	unlink(path);
	return 0;
}

/*
 * Do what is due.  Returns how many milliseconds to sleep then, or -1.
 */
static int64_t
worker_step(struct tasks *t, struct err *e)
{
	struct bank_task task;
	int64_t now;
	int r;

	r = bank_task_next(t->banks, &task, e);
	if (r != 1)
		return r == 0 ? IDLE_MS : -1;
	now = clock_wall(t->opts.clock);
	if (task.due_ms > now) {
		r = 0;
	} else if (task.status == TASK_PENDING) {
		r = bank_task_move(t->banks, task.id, TASK_PROCESSING,
		    task.due_ms + t->opts.running_ms, "", e);
		task.due_ms = now;
	} else {
		r = task_finish(t, &task, e);
		task.due_ms = now;
	}
	now = task.due_ms - now;
	bank_task_release(&task);
	if (r == -1)
		return -1;
	return now < IDLE_MS ? now : IDLE_MS;
}

static void *
worker_run(void *arg)
{
	struct tasks *t = arg;
	struct err e;
	int64_t ms;

	do {
		err_clear(&e);
		ms = worker_step(t, &e);
		if (ms == -1) {
			log_say(t->opts.log, LOG_ERROR, "tasks stand still",
			    LFF("why", e.msg));
			ms = RETRY_MS;
		}
	} while (worker_wait(t, ms));
	return NULL;
}

static int
worker_start(struct tasks *t, struct err *e)
{
	pthread_condattr_t attr;
	int r;

	pthread_mutex_init(&t->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&t->wake, &attr);
	pthread_condattr_destroy(&attr);
	r = pthread_create(&t->thread, NULL, worker_run, t);
	if (r == 0)
		return 0;
	pthread_cond_destroy(&t->wake);
	pthread_mutex_destroy(&t->lock);
	return err_sys(e, ERR_INTERNAL, r, "cannot start a thread");
}

struct tasks *
tasks_start(const struct tasks_opts *o, struct err *e)
{
	struct tasks *t;

	t = calloc(1, sizeof(*t));
	if (t == NULL) {
		err_nomem(e);
		return NULL;
	}
	t->opts = *o;
	t->banks = banks_open(o->db, o->clock, e);
	if (t->banks == NULL)
		goto fail;
	if (worker_start(t, e) == -1)
		goto fail;
	return t;
fail:
	banks_close(t->banks);
	free(t);
	return NULL;
}

void
tasks_stop(struct tasks *t)
{
	if (t == NULL)
		return;
	pthread_mutex_lock(&t->lock);
	t->stop = true;
	pthread_cond_signal(&t->wake);
	pthread_mutex_unlock(&t->lock);
	pthread_join(t->thread, NULL);
	pthread_cond_destroy(&t->wake);
	pthread_mutex_destroy(&t->lock);
	banks_close(t->banks);
	free(t);
}

int
tasks_add(struct tasks *t, struct banks *b, struct bank_task *task,
    struct err *e)
{
	task->created_ms = clock_wall(t->opts.clock);
	task->due_ms = task->created_ms + t->opts.queued_ms;
	task->status = TASK_PENDING;
	if (bank_task_add(b, task, e) == -1)
		return -1;
	pthread_mutex_lock(&t->lock);
	t->changed = true;
	pthread_cond_signal(&t->wake);
	pthread_mutex_unlock(&t->lock);
	return 0;
}
