/*
 * Asks driven to their end against a server of ours: what a machine's request
 * becomes on the wire, tokens, and what is kept of a submission in blocks.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "../../src/base/io.h"
#include "../../src/base/log.h"
#include "../../src/config/settings.h"
#include "../../src/net/http.h"
#include "../../src/net/server.h"
#include "../../src/pipeline/account.h"
#include "../../src/pipeline/ask.h"
#include "../../src/pipeline/ctx.h"

#define SECRET	"hunter2-hunter2"

/* What the server has seen, and the account that calls it. */
struct fix {
	struct http_server	*server;
	struct set_provider	 set;
	struct account		 a;
	struct err		 e;
	char			 url[64];
	pthread_mutex_t		 lock;
	int			 logins, asks, refused; /* refused: to come */
	bool			 locked; /* no login is let in */
	int			 reset;	/* block whose answer is lost; 0 none */
	int			 blocks[8], nblocks;	/* that arrived */
	int			 tokens[2];	/* asks with token-0, -1 */
	char			 seen[512];
	/* of the fake machine */
	struct pv_state		 kept[8];
	size_t			 nkept;
};

static void
answer(void *arg, const struct http_incoming *in, struct http_outgoing *out)
{
	const char *auth = http_incoming_header(in, "Authorization");
	const char *key = http_incoming_header(in, "X-Key");
	struct fix *f = arg;
	int n;

	pthread_mutex_lock(&f->lock);
	out->status = 200;
	out->content_type = "text/plain";
	if (strcmp(in->path, "/login") == 0) {
		if (f->locked)
			out->status = 401;
		out->body_len = (size_t)asprintf(&out->body, "token-%d",
		    ++f->logins);
	} else if (sscanf(in->path, "/block/%d", &n) == 1) {
		f->blocks[f->nblocks++] = n;
		out->reset = n == f->reset;
	} else {
		f->asks++;
		if (auth != NULL && sscanf(auth, "Bearer token-%d", &n) == 1 &&
		    n >= 0 && n < 2)
			f->tokens[n]++;
		snprintf(f->seen, sizeof(f->seen), "%s %s?%s [%.*s] %s %s",
		    in->method, in->path, in->query, (int)in->body_len,
		    in->body, auth == NULL ? "-" : auth,
		    key == NULL ? "-" : key);
		if (f->refused > 0) {
			f->refused--;
			out->status = 401;
		} else if (auth != NULL && strcmp(auth, "Bearer token-0") == 0)
			out->status = 401;
		out->body_len = (size_t)asprintf(&out->body, "answer");
	}
	pthread_mutex_unlock(&f->lock);
}

/* Login, then one question with everything a request may have. */
static int
ask_next(const struct pv_ask *ask, struct pv_state *st,
    const struct pv_event *ev, struct pv_step *step, struct err *e)
{
	struct pv_request *rq = &step->request;
	char text[16];

	(void)st;
	step->certain = true;
	if (ev->kind == PV_BEGIN) {
		step->what = PV_REQUEST;
		rq->method = "POST";
		if (ask->verb == PV_LOGIN)
			return buf_addf(&rq->url, e, "%s/login",
			    ask->account->url);
		rq->secret_query = true;
		pv_header_add(rq, "Authorization", "Bearer ",
		    ask->account->token);
		pv_header_add(rq, "X-Key", NULL,
		    ask->account->values[0].secret);
		rq->wanted[0] = "x-none";
		rq->wanted[1] = "content-type";
		rq->to_file = true;
		rq->npieces = 3;
		rq->pieces[0] = (struct pv_piece){ false, 0, 3 };
		rq->pieces[1] = (struct pv_piece){ true, 2, 4 };
		rq->pieces[2] = (struct pv_piece){ false, 3, 1 };
		return buf_addf(&rq->url, e, "%s/ask?k=%s",
		    ask->account->url, SECRET) == -1 ? -1 :
		    buf_adds(&rq->body, "ab<>", e);
	}
	if (ev->status == 401) {
		step->expired = ask->verb != PV_LOGIN;
		return err_set(e, ERR_LOGIN, step->expired ?
		    "the token is not taken" : "who are you?");
	}
	step->what = PV_DONE;
	if (ask->verb == PV_LOGIN) {
		step->result.token_life_ms = 3600000;
		step->result.token = secret_new(ev->body, ev->len, e);
		return step->result.token == NULL ? -1 : 0;
	}
	assert_null(ev->headers[0]);
	assert_string_equal(ev->headers[1], "text/plain");
	assert_int_equal(ev->len, 0);
	assert_int_equal(ev->file_len, 6);
	assert_int_equal(pread(ev->fd, text, sizeof(text), 0), 6);
	assert_memory_equal(text, "answer", 6);
	return 0;
}

/* Three blocks, each sent once: the state says which is next. */
static int
blocks_next(const struct pv_ask *ask, struct pv_state *st,
    const struct pv_event *ev, struct pv_step *step, struct err *e)
{
	int n = st->len == 0 ? 0 : st->data[1];

	(void)ev;
	if (n == 3) {
		step->what = PV_DONE;
		return 0;
	}
	st->len = 2;
	st->data[0] = 1;
	st->data[1] = (unsigned char)(n + 1);
	step->what = PV_REQUEST;
	step->request.method = "POST";
	step->request.submits = true;
	return buf_addf(&step->request.url, e, "%s/block/%d",
	    ask->account->url, n + 1);
}

static const struct pv_setting settings[] = {
	{ "key", true, true, "A key.", NULL, NULL },
	{ .key = NULL },
};

static const struct provider asker = { .type = "fake", .title = "Fake",
    .verbs = 1u << PV_LOGIN | 1u << PV_STATUS, .settings = settings,
    .next = ask_next };
static const struct provider blocker = { .type = "fake", .title = "Fake",
    .verbs = 1u << PV_SUBMIT_FILE, .settings = settings,
    .next = blocks_next };

static int
set_up(void **state)
{
	static const struct http_handler handler = { NULL, answer };
	const struct http_server_opts o = { .address = "127.0.0.1",
	    .max_body = 1 << 20 };
	const struct http_opts opts = { .user_agent = "test" };
	struct fix *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	*state = f;
	pthread_mutex_init(&f->lock, NULL);
	f->server = http_server_start(&o, &handler, f, &f->e);
	if (f->server == NULL)
		return -1;
	snprintf(f->url, sizeof(f->url), "http://127.0.0.1:%u",
	    http_server_port(f->server));
	f->set = (struct set_provider){ .name = (char *)(uintptr_t)"fake",
	    .url = f->url, .call_ms = 60000 };
	f->a = (struct account){ .set = &f->set, .prov = &asker, .dir = ".",
	    .tried = true, .let_in = true,
	    .http = http_loop_new(&opts, &f->e) };
	TAILQ_INIT(&f->a.waiting);
	f->a.pv.url = f->url;
	f->a.pv.values[0].secret = f->a.secrets[0] = secret_new(SECRET,
	    strlen(SECRET), &f->e);
	return f->a.http == NULL || f->a.secrets[0] == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	struct fix *f = *state;

	if (f->a.token_ask != NULL)
		asking_drop(f->a.token_ask);
	http_loop_free(f->a.http);
	http_server_stop(f->server);
	account_forget_token(&f->a);
	secret_free(f->a.secrets[0]);
	pthread_mutex_destroy(&f->lock);
	free(f);
	return 0;
}

static int
ask(struct fix *f, enum pv_verb verb, const struct pv_file *file)
{
	const struct pv_ask ask = { .verb = verb, .file = file };
	struct pv_result res;
	bool certain;
	int rc;

	err_clear(&f->e);
	rc = account_ask(&f->a, &ask, NULL, &res, &certain, &f->e);
	if (rc == 0)
		pv_result_free(&res);
	return rc;
}

static void
test_on_the_wire(void **state)
{
	struct fix *f = *state;
	struct pv_file file = { .fd = memfd_create("file", MFD_CLOEXEC) };

	assert_int_equal(write(file.fd, "0123456789", 10), 10);
	if (ask(f, PV_STATUS, &file) == -1)
		fail_msg("%s", f->e.msg);
	assert_string_equal(f->seen, "POST /ask?k=" SECRET " [ab<2345>] "
	    "Bearer token-1 " SECRET);
	close(file.fd);
}

/* One login for many asks, another when the platform wants one. */
static void
test_tokens(void **state)
{
	struct fix *f = *state;
	struct pv_file file = { .fd = memfd_create("file", MFD_CLOEXEC) };

	assert_int_equal(write(file.fd, "0123456789", 10), 10);
	assert_int_equal(ask(f, PV_STATUS, &file), 0);
	assert_int_equal(ask(f, PV_STATUS, &file), 0);
	assert_int_equal(f->logins, 1);
	f->refused = 1;
	assert_int_equal(ask(f, PV_STATUS, &file), 0);
	assert_int_equal(f->logins, 2);
	assert_int_equal(f->asks, 4);
	assert_non_null(strstr(f->seen, "token-2"));
	/* Most of its life is over. */
	f->a.token_life_ms = 1;
	assert_int_equal(ask(f, PV_STATUS, &file), 0);
	assert_int_equal(f->logins, 3);
	/* A new one is not taken either: that is the end, of the token. */
	f->refused = 9;
	assert_int_equal(ask(f, PV_STATUS, &file), -1);
	assert_int_equal(f->e.code, ERR_LOGIN);
	assert_true(f->a.tried);
	assert_null(strstr(f->e.msg, SECRET));
	close(file.fd);
}

static void
asked(void *arg, struct pv_result *res, bool certain, const struct err *why)
{
	int *left = arg;

	(void)certain;
	if (why != NULL)
		fail_msg("%s", why->msg);
	pv_result_free(res);
	(*left)--;
}

/*
 * A request that waits for its turn outlasts the token it was made with, and
 * when that one is refused too the newer one is used.
 */
static void
test_token_replaced_under_way(void **state)
{
	struct fix *f = *state;
	struct pv_file file = { .fd = memfd_create("file", MFD_CLOEXEC) };
	const struct pv_ask ask = { .verb = PV_STATUS, .file = &file };
	char dir[] = "/tmp/account-XXXXXX", path[64];
	int left = 2;

	assert_int_equal(write(file.fd, "0123456789", 10), 10);
	assert_non_null(mkdtemp(dir));
	f->a.dir = dir;
	f->set.max_parallel = 1;	/* the second waits for the first */
	f->a.pv.token = f->a.token = secret_new("token-0", 7, &f->e);
	f->a.token_life_ms = INT64_MAX;
	assert_non_null(account_start(&f->a, &ask, NULL, asked, &left,
	    &f->e));
	assert_non_null(account_start(&f->a, &ask, NULL, asked, &left,
	    &f->e));
	while (left > 0)
		assert_int_not_equal(http_run(f->a.http, INT64_MAX, &f->e),
		    -1);
	assert_int_equal(f->asks, 4);
	assert_int_equal(f->tokens[0], 2);
	assert_int_equal(f->tokens[1], 2);
	assert_int_equal(f->logins, 1);
	close(file.fd);
	snprintf(path, sizeof(path), "%s/locks/slot0-fake", dir);
	assert_int_equal(unlink(path), 0);
	snprintf(path, sizeof(path), "%s/locks", dir);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

/* That it was let in once is no reason to keep a later refusal for ever. */
static void
test_let_in_again(void **state)
{
	struct fix *f = *state;
	struct pv_file file = { .fd = memfd_create("file", MFD_CLOEXEC) };
	char dir[] = "/tmp/account-XXXXXX";
	struct settings set = { .state_dir = dir };
	struct ctx c = { .set = &set, .by_hand = true,
	    .begun_ms = INT64_MAX };
	struct err why;

	assert_int_equal(write(file.fd, "0123456789", 10), 10);
	assert_non_null(mkdtemp(dir));
	f->a.c = &c;
	assert_int_equal(ask(f, PV_STATUS, &file), 0);
	account_forget_token(&f->a);
	f->locked = true;
	assert_int_equal(ask(f, PV_STATUS, &file), -1);
	assert_int_equal(f->e.code, ERR_LOGIN);
	f->locked = false;
	if (ask(f, PV_STATUS, &file) == -1)
		fail_msg("%s", f->e.msg);
	c.by_hand = false;
	err_clear(&why);
	if (login_try(&c, &f->a.login, &why) == -1)
		fail_msg("%s", why.msg);
	close(file.fd);
	io_rmtree(dir);
}

static void
test_nothing_secret_is_shown(void **state)
{
	struct fix *f = *state;
	int fd = memfd_create("log", MFD_CLOEXEC);
	const struct http_opts opts = { .user_agent = "test",
	    .log = log_new(fd, LOG_TEXT, LOG_DEBUG) };
	struct pv_file file = { .fd = memfd_create("file", MFD_CLOEXEC) };
	char text[8192];
	ssize_t n;

	http_loop_free(f->a.http);
	f->a.http = http_loop_new(&opts, &f->e);
	assert_non_null(f->a.http);
	http_server_stop(f->server);
	f->server = NULL;
	f->a.pv.token = f->a.token = secret_new("t0ken-t0ken", 11, &f->e);
	f->a.token_life_ms = 3600000;
	f->a.token_ms = INT64_MAX / 2;
	assert_int_equal(ask(f, PV_STATUS, &file), -1);
	assert_null(strstr(f->e.msg, SECRET));
	n = pread(fd, text, sizeof(text) - 1, 0);
	assert_true(n > 0);
	text[n] = '\0';
	assert_null(strstr(text, SECRET));
	assert_null(strstr(text, "t0ken"));
	http_loop_free(f->a.http);
	f->a.http = NULL;
	log_free(opts.log);
	close(file.fd);
	close(fd);
}

static int
keep(void *arg, const struct pv_state *st, struct err *e)
{
	struct fix *f = arg;

	(void)e;
	f->kept[f->nkept++] = *st;
	return 0;
}

static void
test_blocks(void **state)
{
	struct fix *f = *state;
	const struct pv_ask ask = { .verb = PV_SUBMIT_FILE, .keep = keep,
	    .keep_arg = f };
	struct pv_state st = { .len = 0 };
	struct pv_result res;
	bool certain;
	int i;

	f->a.prov = &blocker;
	f->reset = 2;
	assert_int_equal(account_ask(&f->a, &ask, &st, &res, &certain, &f->e),
	    -1);
	assert_false(certain);
	/* Each state was kept before its block went out. */
	assert_int_equal(f->nblocks, 2);
	assert_int_equal(f->nkept, 2);
	assert_int_equal(f->kept[1].data[1], 2);
	/* Who has decided that it arrived goes on after it. */
	f->reset = 0;
	st = f->kept[1];
	assert_int_equal(account_ask(&f->a, &ask, &st, &res, &certain, &f->e),
	    0);
	pv_result_free(&res);
	assert_int_equal(f->nblocks, 3);
	for (i = 0; i < 3; i++)
		assert_int_equal(f->blocks[i], i + 1);
}

/* What certainly did not leave is not remembered as if it had. */
static void
test_block_not_sent(void **state)
{
	struct fix *f = *state;
	const struct pv_ask ask = { .verb = PV_SUBMIT_FILE, .keep = keep,
	    .keep_arg = f };
	struct pv_state st = { .len = 0 };
	struct pv_result res;
	bool certain;

	f->a.prov = &blocker;
	http_server_stop(f->server);
	f->server = NULL;
	assert_int_equal(account_ask(&f->a, &ask, &st, &res, &certain, &f->e),
	    -1);
	assert_true(certain);
	assert_int_equal(st.len, 0);
	assert_int_equal(f->nkept, 2);
	assert_int_equal(f->kept[0].data[1], 1);
	assert_int_equal(f->kept[1].len, 0);
}

int
main(void)
{
#define TEST(t)	cmocka_unit_test_setup_teardown(t, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_on_the_wire),
		TEST(test_tokens),
		TEST(test_token_replaced_under_way),
		TEST(test_let_in_again),
		TEST(test_nothing_secret_is_shown),
		TEST(test_blocks),
		TEST(test_block_not_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
