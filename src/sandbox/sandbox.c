/*
 * Starting, stopping, loading banks, and the pages by which a test sees what
 * is stored.
 */
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "../base/buf.h"
#include "../base/clock.h"
#include "../base/err.h"
#include "../base/id.h"
#include "../base/io.h"
#include "../base/log.h"
#include "../base/secret.h"
#include "../base/str.h"
#include "../format/digest.h"
#include "../format/jsonx.h"
#include "../net/server.h"
#include "apply.h"
#include "banks.h"
#include "faults.h"
#include "sb_mapp.h"
#include "sb_routes.h"
#include "sandbox_internal.h"
#include "staging.h"
#include "tasks.h"
#include "tokens.h"

#define BANK_PREFIX	"/sandbox/bank/"
#define TASKS_PATH	"/sandbox/tasks"
#define KEY_BYTES	16

static int64_t
or_default(int64_t value, int64_t fallback)
{
	return value > 0 ? value : fallback;
}

/*
 * A secret as given, or the one of an earlier start, or a new one.
 */
static struct secret *
key_get(const struct sandbox *s, const char *given, const char *name,
    struct err *e)
{
	struct secret_source src = { .file = NULL };
	struct secret *k;
	unsigned char raw[KEY_BYTES];
	char hex[2 * KEY_BYTES + 1];

	if (given != NULL)
		return secret_new(given, strlen(given), e);
	if (sandbox_join(&src.file, s->dir, name, e) == -1)
		return NULL;
	k = NULL;
	if (access(src.file, F_OK) == 0) {
		k = secret_read(&src, name, e);
	} else if (random_bytes(raw, sizeof(raw), e) == 0) {
		hex_encode(raw, sizeof(raw), hex);
		if (sandbox_write_file(src.file, 0600, hex, strlen(hex),
		    e) == 0)
			k = secret_new(hex, strlen(hex), e);
	}
	free(src.file);
	return k;
}

static int
dump_coupon(void *arg, const struct bank_coupon *c, struct err *e)
{
	return buf_addf(arg, e, "%s,%d,%s\n", c->code, c->redeemed,
	    c->redeem_date);
}

/*
 * A bank as CSV lines; 404 when there is none of that number.
 */
static int
dump_bank(struct sandbox *s, const char *id, struct http_outgoing *out,
    struct err *e)
{
	struct buf b;
	uint64_t bank;
	int r;

	if (str_u64(id, strlen(id), INT64_MAX, &bank) == -1)
		return 404;
	r = banks_has(s->banks, (int64_t)bank, e);
	if (r != 1)
		return r == 0 ? 404 : -1;
	buf_init(&b, SANDBOX_ANSWER_MAX);
	r = banks_coupons(s->banks, (int64_t)bank, NULL, dump_coupon, &b, e);
	if (r == 0 && b.len > 0) {
		out->body = buf_take(&b, &out->body_len);
		if (out->body == NULL)
			r = err_nomem(e);
	}
	out->content_type = "text/csv";
	buf_release(&b);
	return r == -1 ? -1 : 200;
}

static int
dump_task(void *arg, const struct bank_task *t, struct err *e)
{
	json_t *o;

	o = json_pack("{s:I, s:I, s:s, s:o, s:o, s:i, s:I}",
	    "task_id", (json_int_t)t->id, "bank_id", (json_int_t)t->bank,
	    "status", task_status_word(t->status),
	    "output", jsonx_str(t->output),
	    "redeem_date", jsonx_str(t->update.date[0] != '\0' ?
	    t->update.date : NULL), "redeemed", t->update.redeemed,
	    "created_ms", (json_int_t)t->created_ms);
	if (o == NULL || json_array_append_new(arg, o) == -1)
		return err_nomem(e);
	return 0;
}

static int
dump_tasks(struct sandbox *s, struct http_outgoing *out, struct err *e)
{
	json_t *list;
	int r;

	list = json_array();
	if (list == NULL)
		return err_nomem(e);
	r = bank_tasks(s->banks, false, dump_task, list, e);
	if (r == 0) {
		out->body = json_dumps(list, JSON_INDENT(1));
		if (out->body == NULL)
			r = err_nomem(e);
		else
			out->body_len = strlen(out->body);
	}
	json_decref(list);
	out->content_type = "application/json";
	return r == -1 ? -1 : 200;
}

static int
on_dump(struct sandbox *s, const struct http_incoming *in,
    struct http_outgoing *out, struct err *e)
{
	if (strcmp(in->method, "GET") != 0)
		return 405;
	if (strncmp(in->path, BANK_PREFIX, strlen(BANK_PREFIX)) == 0)
		return dump_bank(s, in->path + strlen(BANK_PREFIX), out, e);
	if (strcmp(in->path, TASKS_PATH) == 0)
		return dump_tasks(s, out, e);
	return 404;
}

static int
on_route(void *arg, const struct http_incoming *in)
{
	return staging_route(arg, in);
}

static void
on_request(void *arg, const struct http_incoming *in,
    struct http_outgoing *out)
{
	struct sandbox *s = arg;
	struct err e;
	int status;

	if (strncmp(in->path, STAGING_PREFIX, strlen(STAGING_PREFIX)) == 0) {
		staging_handle(s, in, out);
		return;
	}
	if (strcmp(in->path, SB_MAPP_PATH) == 0 && in->body != NULL &&
	    strcmp(in->method, "POST") == 0) {
		sb_mapp_handle(s, in, out);
		return;
	}
	if (sb_routes_handle(s, in, out))
		return;
	err_clear(&e);
	status = strcmp(in->path, SB_MAPP_PATH) == 0 ? 405 :
	    on_dump(s, in, out, &e);
	if (status == -1)
		log_say(s->log, LOG_ERROR, "page", LFF("why", e.msg));
	out->status = status == -1 ? 500 : status;
}

/*
 * Folders, secrets and copies of the options.
 */
static int
start_state(struct sandbox *s, const struct sandbox_opts *o, struct err *e)
{
	if ((s->dir = str_dup(o->dir, e)) == NULL ||
	    sandbox_join(&s->stage_dir, s->dir, "stage", e) == -1 ||
	    sandbox_join(&s->pull_dir, s->dir, "pulled", e) == -1 ||
	    sandbox_join(&s->db_path, s->dir, "sandbox.db", e) == -1 ||
	    io_mkdirs(s->stage_dir, 0700, e) == -1 ||
	    io_mkdirs(s->pull_dir, 0700, e) == -1)
		return -1;
	if (o->ca_file != NULL &&
	    (s->ca_file = realpath(o->ca_file, NULL)) == NULL)
		return err_sys(e, ERR_INPUT, errno, "cannot find %s",
		    o->ca_file);
	if (o->stage_user != NULL &&
	    ((s->stage_user = str_dup(o->stage_user, e)) == NULL ||
	    (s->stage_password = secret_new(o->stage_password,
	    strlen(o->stage_password), e)) == NULL))
		return -1;
	s->api_key = key_get(s, o->api_key, "sandbox.key", e);
	if (s->api_key == NULL)
		return -1;
	s->shared_secret = key_get(s, o->shared_secret, "sandbox.secret", e);
	return s->shared_secret == NULL ? -1 : 0;
}

static int
start_parts(struct sandbox *s, const struct sandbox_opts *o, struct err *e)
{
	const struct tasks_opts tasks = {
		.db = s->db_path, .folder = s->pull_dir,
		.queued_ms = or_default(o->queued_ms, 300),
		.running_ms = or_default(o->running_ms, 700),
		.output = o->task_output, .moods = s->moods, .log = s->log,
		.clock = s->clock,
	};

	s->pull = (struct pull_opts){
		.ca_file = s->ca_file,
		.ftps_port = o->ftps_port,
		.ms = or_default(o->pull_ms, 60 * 1000),
		.max = o->pull_max != 0 ? o->pull_max : 1ull << 30,
		.log = s->log,
		.clock = s->clock,
	};
	if ((s->pacific = tz_open(s->clock, "America/Los_Angeles",
	    e)) == NULL ||
	    (s->faults = faults_load(o->faults_file, e)) == NULL ||
	    (s->jobs = jobs_load(o->jobs_file, e)) == NULL ||
	    (s->banks = banks_open(s->db_path, s->clock, e)) == NULL ||
	    (s->tasks = tasks_start(&tasks, e)) == NULL)
		return -1;
	return 0;
}

/* Each platform has its own tokens, which live as long as its own do. */
static int
start_tokens(struct sandbox *s, const struct sandbox_opts *o, struct err *e)
{
	static const int64_t lives[JOB__MAX] = {
		[JOB_CAPILLARY] = 300 * 1000,
		[JOB_UNIWARE] = 41621 * 1000,
	};
	int i;

	s->started_ms = clock_wall(s->clock);
	for (i = 0; i < JOB__MAX; i++) {
		s->token_life_ms[i] = or_default(o->token_life_ms, lives[i]);
		s->tokens[i] = tokens_new(s->clock, e);
		if (s->tokens[i] == NULL)
			return -1;
	}
	return 0;
}

static int
start_http(struct sandbox *s, const struct sandbox_opts *o, struct err *e)
{
	static const struct http_handler handler = {
		.route = on_route, .handle = on_request,
	};
	const struct http_server_opts opts = {
		.address = o->address != NULL ? o->address : "127.0.0.1",
		.port = o->port, .max_body = SANDBOX_BODY_MAX,
		.cert_file = o->cert_file, .key_file = o->key_file,
	};
	bool v6;

	s->http = http_server_start(&opts, &handler, s, e);
	if (s->http == NULL)
		return -1;
	v6 = strchr(opts.address, ':') != NULL;
	if (asprintf(&s->url, "%s://%s%s%s:%u",
	    o->cert_file != NULL ? "https" : "http", v6 ? "[" : "",
	    opts.address, v6 ? "]" : "",
	    (unsigned)http_server_port(s->http)) == -1) {
		s->url = NULL;
		return err_nomem(e);
	}
	return 0;
}

struct sandbox *
sandbox_start(const struct sandbox_opts *o, struct err *e)
{
	struct sandbox *s;

	s = calloc(1, sizeof(*s));
	if (s == NULL) {
		err_nomem(e);
		return NULL;
	}
	s->log = o->log;
	s->clock = o->clock;
	moods_init(&s->moods, o->moods);
	if (start_state(s, o, e) == -1 || start_parts(s, o, e) == -1 ||
	    start_tokens(s, o, e) == -1 ||
	    start_http(s, o, e) == -1) {
		err_wrap(e, "sandbox in %s", o->dir);
		sandbox_stop(s);
		return NULL;
	}
	return s;
}

void
sandbox_stop(struct sandbox *s)
{
	int i;

	if (s == NULL)
		return;
	http_server_stop(s->http);
	for (i = 0; i < JOB__MAX; i++)
		tokens_free(s->tokens[i]);
	jobs_free(s->jobs);
	tasks_stop(s->tasks);
	banks_close(s->banks);
	faults_free(s->faults);
	tz_free(s->pacific);
	secret_free(s->api_key);
	secret_free(s->shared_secret);
	secret_free(s->stage_password);
	free(s->stage_user);
	free(s->ca_file);
	free(s->url);
	free(s->db_path);
	free(s->pull_dir);
	free(s->stage_dir);
	free(s->dir);
	free(s);
}

uint16_t
sandbox_port(const struct sandbox *s)
{
	return http_server_port(s->http);
}

const char *
sandbox_url(const struct sandbox *s)
{
	return s->url;
}

int
sandbox_load(struct sandbox *s, const struct sandbox_bank *bank,
    uint64_t *loaded, struct err *e)
{
	int fd, r;

	*loaded = 0;
	if (banks_put(s->banks, bank->id, bank->name,
	    bank->description != NULL ? bank->description : "", e) == -1)
		return -1;
	if (bank->codes == NULL)
		return 0;
	fd = open(bank->codes, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return err_sys(e, ERR_INPUT, errno, "cannot open %s",
		    bank->codes);
	r = apply_load(s->banks, fd, bank->id, loaded, e);
	close(fd);
	if (r == -1)
		return err_wrap(e, "codes of bank %" PRId64 " from %s",
		    bank->id, bank->codes);
	return 0;
}
