/*
 * See test_sandbox_lib.h.
 */
#include "test_sandbox_lib.h"

#include <fcntl.h>
#include <unistd.h>

#include "../../src/base/clock.h"
#include "../../src/base/str.h"
#include "../../src/base/tmpfile.h"

#define CODES	"coupon_code\nA1\nA2\nA3\nA4\nA5\n"

char *
sb_write(struct sb *sb, const char *name, const char *text)
{
	char *path;
	int fd;

	assert_true(asprintf(&path, "%s/%s", sb->dir, name) != -1);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd != -1);
	assert_int_equal(io_write_all(fd, text, strlen(text), &sb->e), 0);
	close(fd);
	return path;
}

void
sb_start(struct sb *sb, struct sandbox_opts *o)
{
	struct sandbox_bank bank = { .id = 600, .name = "Autumn & Co",
	    .description = "ten off" };
	struct http_opts http = { .user_agent = "test" };
	uint64_t n;
	char *path, *dir;

	o->api_key = "K";
	o->shared_secret = "S";
	o->queued_ms = o->running_ms = 1;
	assert_true(asprintf(&dir, "%s/state", sb->dir) != -1);
	o->dir = dir;
	sb->s = sandbox_start(o, &sb->e);
	free(dir);
	if (sb->s == NULL)
		fail_msg("%s", sb->e.msg);
	path = sb_write(sb, "codes.csv", CODES);
	bank.codes = path;
	assert_int_equal(sandbox_load(sb->s, &bank, &n, &sb->e), 0);
	assert_int_equal(n, 5);
	free(path);
	sb->loop = http_loop_new(&http, &sb->e);
	assert_non_null(sb->loop);
}

int
sb_setup(void **state)
{
	struct sb *sb;

	sb = calloc(1, sizeof(*sb));
	if (sb == NULL)
		return -1;
	snprintf(sb->dir, sizeof(sb->dir), "/tmp/sandbox-test.XXXXXX");
	if (mkdtemp(sb->dir) == NULL)
		return -1;
	buf_init(&sb->body, 64u << 20);
	*state = sb;
	return 0;
}

int
sb_setup_with(void **state, struct sandbox_opts o)
{
	if (sb_setup(state) == -1)
		return -1;
	sb_start(*state, &o);
	return 0;
}

int
sb_setup_started(void **state)
{
	return sb_setup_with(state, (struct sandbox_opts){ .dir = NULL });
}

int
sb_teardown(void **state)
{
	struct sb *sb = *state;
	char *path;

	http_loop_free(sb->loop);
	sandbox_stop(sb->s);
	xml_free(sb->xml);
	buf_release(&sb->body);
	if (asprintf(&path, "%s/state", sb->dir) != -1) {
		io_rmtree(path);
		free(path);
	}
	io_rmtree(sb->dir);
	free(sb);
	return 0;
}

long
sb_http(struct sb *sb, const char *method, const char *path,
    const char *const *headers, const char *body, size_t n)
{
	const struct net_piece piece = net_bytes_piece(body, n);
	struct http_header h[8] = { { NULL, NULL, NULL } };
	struct http_request req = { .method = method, .headers = h,
	    .body = &piece, .npieces = 1 };
	char *url, *names[8];
	size_t i;
	int r;

	for (; headers != NULL && headers[req.nheaders] != NULL;
	    req.nheaders++) {
		assert_true(req.nheaders < 8);
		i = strcspn(headers[req.nheaders], ":");
		names[req.nheaders] = strndup(headers[req.nheaders], i);
		assert_non_null(names[req.nheaders]);
		h[req.nheaders].name = names[req.nheaders];
		h[req.nheaders].value = headers[req.nheaders] + i + 2;
	}
	assert_true(asprintf(&url, "%s%s", sandbox_url(sb->s), path) != -1);
	req.url = url;
	xml_free(sb->xml);
	sb->xml = NULL;
	buf_clear(&sb->body);
	err_clear(&sb->e);
	r = http_call(sb->loop, &req, &sb->body, &sb->answer, &sb->e);
	free(url);
	for (i = 0; i < req.nheaders; i++)
		free(names[i]);
	return r == -1 ? -1 : sb->answer.status;
}

long
sb_post(struct sb *sb, const char *key, const char *no_halt,
    const char *calls)
{
	static const char *const headers[] = {
		"Content-Type: application/x-www-form-urlencoded", NULL,
	};
	struct buf doc, form;
	long status;
	size_t i;

	buf_init(&doc, 1u << 20);
	buf_init(&form, 4u << 20);
	assert_int_equal(buf_addf(&doc, &sb->e, "<api><authentication>"
	    "<api_key>%s</api_key><shared_secret>S</shared_secret>"
	    "<response_type>xml</response_type><no_halt>%s</no_halt>"
	    "</authentication><data>%s</data></api>", key, no_halt, calls),
	    0);
	assert_int_equal(buf_adds(&form, "data=", &sb->e), 0);
	for (i = 0; i < doc.len; i++)
		assert_int_equal(buf_addf(&form, &sb->e, "%%%02X",
		    (unsigned char)doc.data[i]), 0);
	status = sb_http(sb, "POST", "/api/xmlrpc/index.php", headers,
	    form.data, form.len);
	buf_release(&doc);
	buf_release(&form);
	if (status == 200) {
		sb->xml = xml_parse(sb->body.data, sb->body.len, &sb->e);
		if (sb->xml == NULL)
			fail_msg("%s: %s", sb->e.msg, sb->body.data);
	}
	return status;
}

const struct xml_node *
sb_item(const struct sb *sb, unsigned n)
{
	const struct xml_node *x;

	x = sb->xml != NULL ? sb->xml->child : NULL;
	while (x != NULL && n-- > 0)
		x = x->next;
	return x;
}

const struct xml_node *
sb_one(struct sb *sb, const char *inner)
{
	char *calls;

	assert_true(asprintf(&calls, SB_CALL("%s"), inner) != -1);
	assert_int_equal(sb_post(sb, "K", "0", calls), 200);
	free(calls);
	assert_non_null(sb_item(sb, 0));
	assert_null(sb_item(sb, 1));
	return sb_item(sb, 0);
}

long
sb_code(struct sb *sb, const char *inner)
{
	const char *text;
	uint64_t code;

	text = xml_text(sb_one(sb, inner), "responseCode");
	if (text == NULL)
		return 0;
	assert_int_equal(str_u64(text, strlen(text), 999, &code), 0);
	return (long)code;
}

static void
pack_text(int fd, enum pack_kind kind, const char *text, struct err *e)
{
	struct pack_opts o = { .kind = kind, .threads = 1,
	    .entry = "codes.csv" };
	struct pack_facts facts;
	struct pack *p;

	p = pack_open(fd, &o, e);
	assert_non_null(p);
	assert_int_equal(pack_write(p, text, strlen(text), e), 0);
	assert_int_equal(pack_close(p, &facts, e), 0);
	pack_free(p);
}

void
sb_stage(struct sb *sb, const char *name, enum pack_kind kind,
    const char *text)
{
	struct tmpfile t;
	char *bytes, *path;
	off_t n;

	assert_int_equal(tmpfile_anon(&t, sb->dir, &sb->e), 0);
	pack_text(t.fd, kind, text, &sb->e);
	n = lseek(t.fd, 0, SEEK_END);
	assert_true(n > 0);
	bytes = malloc((size_t)n);
	assert_non_null(bytes);
	assert_int_equal(io_pread_all(t.fd, bytes, (size_t)n, 0, &sb->e), 0);
	tmpfile_abort(&t);
	assert_true(asprintf(&path, "/stage/%s", name) != -1);
	assert_int_equal(sb_http(sb, "PUT", path, NULL, bytes, (size_t)n),
	    201);
	free(path);
	free(bytes);
}

long
sb_announce(struct sb *sb, const char *name, const char *more)
{
	char *inner;
	long code;

	assert_true(asprintf(&inner, SB_UPDATE SB_BANK
	    "<data_url>%s/stage/%s</data_url>%s", sandbox_url(sb->s), name,
	    more) != -1);
	code = sb_code(sb, inner);
	free(inner);
	return code;
}

char *
sb_task(const struct sb *sb)
{
	const char *id;
	char *copy;

	id = xml_text(sb_item(sb, 0), "task_id");
	assert_non_null(id);
	copy = strdup(id);
	assert_non_null(copy);
	return copy;
}

const char *
sb_wait(struct sb *sb, const char *id, const char **out)
{
	const struct xml_node *task;
	const char *status;
	char *inner;
	int tries;

	assert_true(asprintf(&inner, "<methodName>utilities.getTasks"
	    "</methodName><task_id>%s</task_id>", id) != -1);
	status = "";
	for (tries = 0; tries < 3000; tries++) {
		task = xml_child(xml_child(sb_one(sb, inner), "responseData"),
		    "task");
		task = xml_child(task, "item");
		assert_non_null(task);
		status = xml_text(task, "status");
		if (out != NULL)
			*out = xml_text(task, "output");
		if (strcmp(status, "PENDING") != 0 &&
		    strcmp(status, "PROCESSING") != 0)
			break;
		clock_sleep(&clock_system, 5);
	}
	free(inner);
	return status;
}

const char *
sb_bank(struct sb *sb)
{
	assert_int_equal(sb_http(sb, "GET", "/sandbox/bank/600", NULL, NULL,
	    0), 200);
	return sb->body.data;
}
