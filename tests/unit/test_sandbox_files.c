/*
 * The stand-in's file server, fetching, and tasks from PENDING to their end.
 */
#include "test_sandbox_lib.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../src/base/io.h"
#include "../../src/sandbox/moods.h"
#include "../../src/sandbox/pull.h"
#include "fake_clock.h"

#define TASKS	"<methodName>utilities.getTasks</methodName>"

static int
setup_output(void **state)
{
	return sb_setup_with(state,
	    (struct sandbox_opts){ .task_output = true });
}

static int
setup_login(void **state)
{
	return sb_setup_with(state, (struct sandbox_opts){
	    .stage_user = "pos", .stage_password = "geheim" });
}

static int
setup_small(void **state)
{
	return sb_setup_with(state, (struct sandbox_opts){ .pull_max = 20 });
}

/* Half past ten at night in London, the last of June 2031. */
static int
setup_another_year(void **state)
{
	static struct fake_clock clock;

	fake_clock_init(&clock, INT64_C(1940621400000));
	return sb_setup_with(state, (struct sandbox_opts){
	    .clock = &clock.clock });
}

/* The first seed by which tasks lose all rows, end well and tell so. */
static int
setup_moods(void **state)
{
	struct sandbox_opts o = { .moods = 1 };
	struct moods m;

	for (;; o.moods++) {
		moods_init(&m, o.moods);
		if (m.lose == 100 && m.fail == 0 && m.count == COUNT_TRUE)
			return sb_setup_with(state, o);
	}
}

static long
stage(struct sb *sb, const char *method, const char *name,
    const char *header, const char *body)
{
	const char *headers[] = { header, NULL };
	char *path;
	long status;

	assert_true(asprintf(&path, "/stage/%s", name) != -1);
	status = sb_http(sb, method, path, header != NULL ? headers : NULL,
	    body, body != NULL ? strlen(body) : 0);
	free(path);
	return status;
}

/*
 * Files in a folder below the state.
 */
static unsigned
count_files(const struct sb *sb, const char *folder)
{
	struct dirent *d;
	char *path;
	unsigned n;
	DIR *dir;

	assert_true(asprintf(&path, "%s/state/%s", sb->dir, folder) != -1);
	dir = opendir(path);
	assert_non_null(dir);
	n = 0;
	while ((d = readdir(dir)) != NULL)
		n += strcmp(d->d_name, ".") != 0 &&
		    strcmp(d->d_name, "..") != 0;
	closedir(dir);
	free(path);
	return n;
}

static void
test_stage(void **state)
{
	struct sb *sb = *state;
	char *header;

	assert_int_equal(stage(sb, "GET", "a.csv", NULL, NULL), 404);
	assert_int_equal(stage(sb, "DELETE", "a.csv", NULL, NULL), 404);
	assert_int_equal(stage(sb, "PUT", ".a.csv.x.part", NULL, "one"), 201);
	assert_int_equal(stage(sb, "PUT", "b%20b.csv", NULL, "two"), 201);
	assert_int_equal(stage(sb, "PUT", "b%20b.csv", NULL, "three"), 204);
	assert_int_equal(stage(sb, "MOVE", ".a.csv.x.part",
	    "Destination: /stage/a.csv", NULL), 201);
	assert_int_equal(stage(sb, "GET", "a.csv", NULL, NULL), 200);
	assert_string_equal(sb->body.data, "one");
	assert_true(asprintf(&header, "Destination: %s/stage/b%%20b.csv",
	    sandbox_url(sb->s)) != -1);
	assert_int_equal(stage(sb, "MOVE", "a.csv", header, NULL), 204);
	free(header);
	assert_int_equal(stage(sb, "GET", "b%20b.csv", NULL, NULL), 200);
	assert_string_equal(sb->body.data, "one");
	assert_int_equal(stage(sb, "GET", "a.csv", NULL, NULL), 404);
	assert_int_equal(stage(sb, "MOVE", "a.csv",
	    "Destination: /stage/c.csv", NULL), 404);
	assert_int_equal(stage(sb, "PUT", "empty.csv", NULL, ""), 201);
	assert_int_equal(stage(sb, "GET", "empty.csv", NULL, NULL), 200);
	assert_int_equal(sb->body.len, 0);
	assert_int_equal(stage(sb, "DELETE", "b%20b.csv", NULL, NULL), 204);
	assert_int_equal(stage(sb, "PATCH", "empty.csv", NULL, NULL), 405);
	assert_int_equal(count_files(sb, "stage"), 1);
}

static void
test_stage_names(void **state)
{
	static const char *const bad[] = { "", "..", "..%2fx.csv", "a/b.csv",
	    "%2e%2e%2fsandbox.db", "a%0ab.csv", "%2fetc%2fpasswd" };
	struct sb *sb = *state;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		print_message("%s\n", bad[i]);
		assert_true(stage(sb, "PUT", bad[i], NULL, "x") >= 400);
		assert_true(stage(sb, "GET", bad[i], NULL, NULL) >= 400);
	}
	assert_int_equal(stage(sb, "PUT", "a.csv", NULL, "x"), 201);
	assert_int_equal(stage(sb, "MOVE", "a.csv", NULL, NULL), 400);
	assert_int_equal(stage(sb, "MOVE", "a.csv",
	    "Destination: /stage/..%2fx.csv", NULL), 400);
	assert_int_equal(stage(sb, "MOVE", "a.csv",
	    "Destination: /elsewhere/x.csv", NULL), 400);
	assert_int_equal(count_files(sb, "stage"), 1);
}

/* Half of what was announced, then silence for ever: nothing is left. */
static void
test_stage_aborted(void **state)
{
	static const char put[] = "PUT /stage/half.csv HTTP/1.1\r\n"
	    "Host: x\r\nContent-Length: 10\r\n\r\nhalf";
	struct sb *sb = *state;
	struct sockaddr_in a = { .sin_family = AF_INET };
	char answer[64];
	ssize_t n;
	int fd;

	a.sin_port = htons(sandbox_port(sb->s));
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd != -1);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(write(fd, put, sizeof(put) - 1), sizeof(put) - 1);
	shutdown(fd, SHUT_WR);
	n = read(fd, answer, sizeof(answer) - 1);
	answer[n > 0 ? n : 0] = '\0';
	close(fd);
	assert_null(strstr(answer, " 201 "));
	assert_int_equal(stage(sb, "GET", "half.csv", NULL, NULL), 404);
	assert_int_equal(count_files(sb, "stage"), 0);
}

static void
test_stage_login(void **state)
{
	/* pos:geheim and pos:falsch */
	static const char right[] = "Authorization: Basic cG9zOmdlaGVpbQ==";
	static const char wrong[] = "Authorization: Basic cG9zOmZhbHNjaA==";
	struct sb *sb = *state;

	assert_int_equal(stage(sb, "PUT", "a.csv", NULL, "A1\n"), 401);
	assert_int_equal(stage(sb, "PUT", "a.csv", wrong, "A1\n"), 401);
	assert_int_equal(count_files(sb, "stage"), 0);
	assert_int_equal(stage(sb, "PUT", "a.csv", right, "A1\n"), 201);
	assert_int_equal(stage(sb, "DELETE", "a.csv", NULL, NULL), 401);
	assert_int_equal(sb_announce(sb, "a.csv", ""), 210);
}

/*
 * Announce a staged file and follow its task to the end.
 */
static void
apply(struct sb *sb, const char *name, const char *more, const char *word)
{
	const char *output;
	char *id;

	assert_int_equal(sb_announce(sb, name, more), 210);
	assert_string_equal(xml_text(sb_item(sb, 0), "responseText"),
	    "coupon code data successfully updated");
	assert_null(xml_child(sb_item(sb, 0), "total"));
	id = sb_task(sb);
	assert_string_equal(sb_wait(sb, id, &output), word);
	if (strcmp(word, "COMPLETE") == 0)
		assert_string_equal(output, "");
	else
		assert_string_not_equal(output, "");
	free(id);
}

static void
test_plain(void **state)
{
	struct sb *sb = *state;

	sb_stage(sb, "plain.TXT", PACK_NONE, "A1\nunknown\nA2\nA1\n");
	apply(sb, "plain.TXT?v=1", "<redeemed>1</redeemed>"
	    "<redeem_date>2026-11-20</redeem_date>", "COMPLETE");
	assert_string_equal(sb_bank(sb), "A1,1,2026-11-20\nA2,1,2026-11-20\n"
	    "A3,0,\nA4,0,\nA5,0,\n");
	assert_int_equal(count_files(sb, "pulled"), 0);
}

static void
test_zip_columns(void **state)
{
	struct sb *sb = *state;

	sb_stage(sb, "z.zip", PACK_ZIP, "Code,x,redeem_date,redeemed\r\n"
	    "A1,,2026-11-01,1\r\nA2,,,\r\nA3,,2026-13-01,1\r\n"
	    "A4,,,0\r\n\"A5\",,,yes\r\n");
	apply(sb, "z.zip", "<compression>.zip</compression>"
	    "<redeemed>1</redeemed><redeem_date>2026-11-20</redeem_date>",
	    "COMPLETE");
	/* Of the bad rows A3 and A5 nothing is applied. */
	assert_string_equal(sb_bank(sb), "A1,1,2026-11-01\nA2,1,2026-11-20\n"
	    "A3,0,\nA4,0,2026-11-20\nA5,0,\n");
}

static void
test_gzip(void **state)
{
	struct sb *sb = *state;

	sb_stage(sb, "g.csv", PACK_GZIP, "A1,1,2026-11-02\nA2,1\n");
	apply(sb, "g.csv", "<compression>gzip</compression>", "COMPLETE");
	assert_string_equal(sb_bank(sb), "A1,1,2026-11-02\nA2,1,\n"
	    "A3,0,\nA4,0,\nA5,0,\n");
}

static void
test_wrong_compression(void **state)
{
	struct sb *sb = *state;

	sb_stage(sb, "g.csv", PACK_GZIP, "A1\n");
	sb_stage(sb, "p.zip", PACK_NONE, "A1\n");
	sb_stage(sb, "z.zip", PACK_ZIP, "A1\n");
	assert_int_equal(stage(sb, "PUT", "bad.zip", NULL, "PK\3\4 no zip"),
	    201);
	assert_int_equal(sb_announce(sb, "g.csv", ""), 644);
	assert_int_equal(sb_announce(sb, "g.csv",
	    "<compression>.zip</compression>"), 644);
	assert_int_equal(sb_announce(sb, "p.zip",
	    "<compression>.zip</compression>"), 644);
	assert_int_equal(sb_announce(sb, "z.zip",
	    "<compression>.gzip</compression>"), 644);
	assert_int_equal(sb_announce(sb, "bad.zip",
	    "<compression>.zip</compression>"), 644);
	assert_int_equal(sb_announce(sb, "z.zip",
	    "<compression>zip</compression>"), 210);
}

static void
test_no_codes(void **state)
{
	struct sb *sb = *state;

	sb_stage(sb, "e.csv", PACK_NONE, "coupon_code\n\n"
	    "12345678901234567890123456789012345678901\n");
	assert_int_equal(sb_announce(sb, "e.csv", ""), 682);
	assert_int_equal(stage(sb, "PUT", "n.csv", NULL, ""), 201);
	assert_int_equal(sb_announce(sb, "n.csv", ""), 682);
	assert_int_equal(sb_announce(sb, "absent.csv", ""), 654);
	/* A header with no column for codes; later ones are not codes. */
	sb_stage(sb, "h.csv", PACK_NONE, "code\n\"A1\"\n");
	assert_int_equal(sb_announce(sb, "h.csv", ""), 210);
	assert_int_equal(count_files(sb, "stage"), 3);
}

/* The archive breaks off behind its first code: seen by the worker only. */
static void
test_damaged(void **state)
{
	struct sb *sb = *state;
	struct buf b;
	int i;

	buf_init(&b, 1u << 20);
	assert_int_equal(buf_adds(&b, "A1,1\n", &sb->e), 0);
	for (i = 0; i < 40000; i++)
		assert_int_equal(buf_addf(&b, &sb->e, "X%d\n", i * 7919), 0);
	sb_stage(sb, "d.csv", PACK_GZIP, b.data);
	assert_int_equal(stage(sb, "GET", "d.csv", NULL, NULL), 200);
	buf_clear(&b);
	assert_int_equal(buf_add(&b, sb->body.data, sb->body.len - 100,
	    &sb->e), 0);
	assert_int_equal(sb_http(sb, "PUT", "/stage/d.csv", NULL, b.data,
	    b.len), 204);
	buf_release(&b);
	apply(sb, "d.csv", "<compression>.gzip</compression>", "ERROR");
	assert_string_equal(sb_bank(sb), "A1,0,\nA2,0,\nA3,0,\nA4,0,\nA5,0,\n");
}

static void
test_output(void **state)
{
	struct sb *sb = *state;
	const char *output;
	char *id;

	sb_stage(sb, "o.csv", PACK_NONE, "A1\nA2\nnope\n");
	assert_int_equal(sb_announce(sb, "o.csv", "<redeemed>1</redeemed>"),
	    210);
	id = sb_task(sb);
	assert_string_equal(sb_wait(sb, id, &output), "COMPLETE");
	assert_string_equal(output, "2 updated, 1 failed, 3 total");
	free(id);
}

static void
test_moods(void **state)
{
	struct sb *sb = *state;
	const char *output;
	char *id;

	sb_stage(sb, "m.csv", PACK_NONE, "A1\nA2\n");
	assert_int_equal(sb_announce(sb, "m.csv", "<redeemed>1</redeemed>"),
	    210);
	id = sb_task(sb);
	assert_string_equal(sb_wait(sb, id, &output), "COMPLETE");
	assert_string_equal(output, "0 updated, 2 failed, 2 total");
	assert_string_equal(sb_bank(sb), "A1,0,\nA2,0,\nA3,0,\nA4,0,\nA5,0,\n");
	free(id);
}

static void
test_too_large(void **state)
{
	struct sb *sb = *state;

	sb_stage(sb, "s.csv", PACK_NONE, "A1\n");
	assert_int_equal(sb_announce(sb, "s.csv", ""), 210);
	sb_stage(sb, "l.csv", PACK_NONE, "A1\nA2\nA3\nA4\nA5\nA6\nA7\nA8\n");
	assert_int_equal(sb_announce(sb, "l.csv", ""), 654);
}

/* Tasks are dated by the clock that was handed in, and wait by it. */
static void
test_another_year(void **state)
{
	struct sb *sb = *state;
	const struct xml_node *task;

	sb_stage(sb, "t.csv", PACK_NONE, "A1\n");
	assert_int_equal(sb_announce(sb, "t.csv", ""), 210);
	sb_one(sb, TASKS "<start_date>2031-06-30</start_date>");
	task = xml_child(xml_child(xml_child(sb_item(sb, 0), "responseData"),
	    "task"), "item");
	assert_string_equal(xml_text(task, "run_date"), "2031-06-30 14:30:00");
	assert_string_equal(xml_text(task, "status"), "PENDING");
}

static unsigned
tasks_found(struct sb *sb, const char *inner)
{
	const struct xml_node *x;
	char text[40];
	unsigned n;

	sb_one(sb, inner);
	x = xml_child(xml_child(sb_item(sb, 0), "responseData"), "task");
	for (n = 0; x != NULL; x = x->next)
		n++;
	snprintf(text, sizeof(text), "%u tasks retrieved", n);
	assert_string_equal(xml_text(sb_item(sb, 0), "responseText"), text);
	return n;
}

static void
test_get_tasks(void **state)
{
	struct sb *sb = *state;
	const struct xml_node *task;
	char *inner, *id;

	assert_int_equal(tasks_found(sb, TASKS), 0);
	sb_stage(sb, "t.csv", PACK_NONE, "A1\n");
	assert_int_equal(sb_announce(sb, "t.csv", ""), 210);
	id = sb_task(sb);
	assert_string_equal(id, "92794");
	assert_int_equal(sb_announce(sb, "t.csv", ""), 210);
	assert_string_equal(sb_wait(sb, "92795", NULL), "COMPLETE");
	assert_string_equal(sb_wait(sb, id, NULL), "COMPLETE");
	task = xml_child(xml_child(xml_child(sb_item(sb, 0), "responseData"),
	    "task"), "item");
	assert_string_equal(xml_text(task, "type"), "COUPON_IMPORT");
	assert_int_equal(strlen(xml_text(task, "run_date")), 19);
	assert_null(xml_child(task, "total"));

	assert_int_equal(tasks_found(sb, TASKS), 2);
	assert_int_equal(tasks_found(sb, TASKS "<status>all</status>"
	    "<type>COUPON_IMPORT</type>"), 2);
	assert_int_equal(tasks_found(sb, TASKS "<type>IMPORT</type>"), 0);
	assert_int_equal(tasks_found(sb, TASKS "<status>PENDING</status>"),
	    0);
	assert_int_equal(tasks_found(sb, TASKS
	    "<task_id>1, 92795 ,92795</task_id>"), 1);
	assert_int_equal(tasks_found(sb, TASKS
	    "<end_date>2020-01-01</end_date>"), 0);
	assert_int_equal(tasks_found(sb, TASKS
	    "<start_date>2020-01-01</start_date>"), 2);
	assert_true(asprintf(&inner, TASKS "<task_id>%s</task_id>", id) != -1);
	assert_int_equal(tasks_found(sb, inner), 1);
	free(inner);
	free(id);
	assert_int_equal(sb_http(sb, "GET", "/sandbox/tasks", NULL, NULL, 0),
	    200);
	assert_non_null(strstr(sb->body.data, "\"task_id\": 92794"));
}

/* An unfinished task and its file outlive a restart. */
static void
test_restart(void **state)
{
	struct sandbox_opts o = { .dir = NULL };
	struct sb *sb = *state;
	char *dir;

	sandbox_stop(sb->s);
	assert_true(asprintf(&dir, "%s/state", sb->dir) != -1);
	o = (struct sandbox_opts){ .dir = dir, .api_key = "K",
	    .shared_secret = "S", .queued_ms = 3600 * 1000 };
	sb->s = sandbox_start(&o, &sb->e);
	assert_non_null(sb->s);
	sb_stage(sb, "r.csv", PACK_NONE, "A3,1\n");
	assert_int_equal(sb_announce(sb, "r.csv", ""), 210);
	assert_int_equal(tasks_found(sb, TASKS "<status>PENDING</status>"),
	    1);
	assert_int_equal(count_files(sb, "pulled"), 1);
	sandbox_stop(sb->s);
	sb->s = sandbox_start(&o, &sb->e);
	assert_non_null(sb->s);
	assert_int_equal(tasks_found(sb, TASKS "<status>PENDING</status>"),
	    1);
	assert_int_equal(count_files(sb, "pulled"), 1);
	free(dir);
}

static void
test_pull_url(void **state)
{
	static const struct {
		struct pull_source	 src;
		const char		*url;	/* NULL: refused */
	} cases[] = {
		{ { .data_url = "HTTPS://h/x.csv?sig=1" },
		    "HTTPS://h/x.csv?sig=1" },
		{ { .data_url = "ftp://h/x.csv" }, NULL },
		{ { .data_url = "/etc/passwd" }, NULL },
		{ { .server = "h", .filename = "a b.csv" },
		    "ftp://h/~/a%20b.csv" },
		{ { .server = "h:2121", .filename = "/d/a.csv", .ssl = true },
		    "ftpes://h:2121/d/a.csv" },
		{ { .server = "h:990", .filename = "/a.csv", .ssl = true },
		    "ftps://h:990/a.csv" },
		{ { .server = "h:22", .filename = "/a?#%.csv",
		    .sftp = true, .ssl = true }, "sftp://h:22/a%3F%23%25.csv" },
		{ { .server = "[::1]:22", .filename = "a.csv",
		    .sftp = true }, "sftp://[::1]:22/~/a.csv" },
		{ { .server = "::1", .filename = "a.csv" },
		    "ftp://[::1]/~/a.csv" },
		{ { .server = "u@h", .filename = "a.csv" }, NULL },
		{ { .server = "h/x", .filename = "a.csv" }, NULL },
		{ { .server = "h:70000", .filename = "a.csv" }, NULL },
	};
	struct err e;
	char *url;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		err_clear(&e);
		url = pull_url(&cases[i].src, 990, &e);
		if (cases[i].url == NULL) {
			assert_null(url);
			assert_int_equal(e.code, ERR_CONFIG);
		} else {
			assert_string_equal(url, cases[i].url);
		}
		free(url);
	}
}

/*
 * A file in the folder of sb, malloc'd.
 */
static char *
slurp(struct sb *sb, const char *name)
{
	char *path, *text;

	assert_true(asprintf(&path, "%s/%s", sb->dir, name) != -1);
	assert_int_equal(io_slurp(path, 4096, &text, NULL, &sb->e), 0);
	free(path);
	return text;
}

static void
test_config(void **state)
{
	static const char *const lines[] = {
		"\nproviders:\n  sandbox:\n    type: mapp\n    url: http://",
		"\n    api_key_file: \"/", "\n    shared_secret_file: \"/",
		"\n    poll_first: 200ms\n    poll_cap: 1s\n",
		"\nendpoints:\n  stage:\n    upload: http://127.0.0.1:",
		"\n    upload_user: \"pos\"\n    upload_password_file: \"/",
		("\njobs:\n  demo:\n    provider: sandbox\n"
		    "    endpoint: stage\n    bank: 600\n"),
	};
	struct sb *sb = *state;
	struct stat st;
	char *path, *text;
	size_t i;

	text = sb_write(sb, "c.yaml", "old");
	assert_int_equal(sandbox_write_config(sb->s, text, &sb->e), 0);
	free(text);
	text = slurp(sb, "c.yaml");
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_non_null(strstr(text, lines[i]));
	assert_null(strstr(text, "geheim"));
	assert_null(strstr(text, "ca_file"));
	free(text);
	text = slurp(sb, "stage.secret");
	assert_string_equal(text, "geheim");
	free(text);
	assert_true(asprintf(&path, "%s/sandbox.key", sb->dir) != -1);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(st.st_size, 1);
	free(path);
	assert_true(asprintf(&path, "%s/none/c.yaml", sb->dir) != -1);
	assert_int_equal(sandbox_write_config(sb->s, path, &sb->e), -1);
	assert_int_equal(sb->e.code, ERR_CREATE);
	free(path);
}

/* Without keys given, random ones are made once and kept. */
static void
test_own_keys(void **state)
{
	struct sandbox_opts o = { .dir = NULL };
	struct sb *sb = *state;
	char *dir, *path, *key[2], *secret;
	int i;

	assert_true(asprintf(&dir, "%s/own", sb->dir) != -1);
	assert_true(asprintf(&path, "%s/own.yaml", sb->dir) != -1);
	o.dir = dir;
	for (i = 0; i < 2; i++) {
		sandbox_stop(sb->s);
		sb->s = sandbox_start(&o, &sb->e);
		assert_non_null(sb->s);
		assert_int_equal(sandbox_write_config(sb->s, path, &sb->e),
		    0);
		key[i] = slurp(sb, "sandbox.key");
	}
	secret = slurp(sb, "sandbox.secret");
	assert_int_equal(strlen(key[0]), 32);
	assert_string_equal(key[0], key[1]);
	assert_string_not_equal(key[0], secret);
	sb_post(sb, key[0], "0", "");
	assert_non_null(strstr(sb->body.data, "445"));
	io_rmtree(dir);
	free(key[0]);
	free(key[1]);
	free(secret);
	free(path);
	free(dir);
}

/* A start that fails says where and leaves nothing running. */
static void
test_start_errors(void **state)
{
	struct sandbox_opts o = { .dir = NULL };
	struct sb *sb = *state;
	char *dir;

	assert_true(asprintf(&dir, "%s/other", sb->dir) != -1);
	o = (struct sandbox_opts){ .dir = dir, .api_key = "K",
	    .shared_secret = "S", .port = sandbox_port(sb->s) };
	assert_null(sandbox_start(&o, &sb->e));
	assert_int_equal(sb->e.code, ERR_UNAVAILABLE);
	o.ca_file = "/none.pem";
	assert_null(sandbox_start(&o, &sb->e));
	assert_int_equal(sb->e.code, ERR_INPUT);
	o.ca_file = NULL;
	o.faults_file = "/none.json";
	assert_null(sandbox_start(&o, &sb->e));
	assert_int_equal(sb->e.code, ERR_INPUT);
	o.dir = "/proc/none";
	assert_null(sandbox_start(&o, &sb->e));
	assert_int_equal(sb->e.code, ERR_CREATE);
	io_rmtree(dir);
	free(dir);
}

static void
test_load_errors(void **state)
{
	struct sb *sb = *state;
	struct sandbox_bank bank = { .id = 601, .name = "x" };
	char *path, *none;
	uint64_t n;

	path = sb_write(sb, "more.txt", "B1\nB2\n\nB1\nB 3\n");
	bank.codes = path;
	assert_int_equal(sandbox_load(sb->s, &bank, &n, &sb->e), 0);
	assert_int_equal(n, 3);
	assert_int_equal(sandbox_load(sb->s, &bank, &n, &sb->e), 0);
	assert_int_equal(n, 0);
	assert_true(asprintf(&none, "%s.none", path) != -1);
	bank.codes = none;
	assert_int_equal(sandbox_load(sb->s, &bank, &n, &sb->e), -1);
	assert_int_equal(sb->e.code, ERR_INPUT);
	free(none);
	free(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f)	cmocka_unit_test_setup_teardown(f, sb_setup_started, \
			    sb_teardown)
		T(test_stage), T(test_stage_names), T(test_stage_aborted),
		T(test_plain), T(test_zip_columns), T(test_gzip),
		T(test_wrong_compression), T(test_no_codes), T(test_damaged),
		T(test_get_tasks), T(test_restart), T(test_load_errors),
		T(test_own_keys), T(test_start_errors),
#undef T
		cmocka_unit_test_setup_teardown(test_stage_login, setup_login,
		    sb_teardown),
		cmocka_unit_test_setup_teardown(test_config, setup_login,
		    sb_teardown),
		cmocka_unit_test_setup_teardown(test_output, setup_output,
		    sb_teardown),
		cmocka_unit_test_setup_teardown(test_moods, setup_moods,
		    sb_teardown),
		cmocka_unit_test_setup_teardown(test_too_large, setup_small,
		    sb_teardown),
		cmocka_unit_test_setup_teardown(test_another_year,
		    setup_another_year, sb_teardown),
		cmocka_unit_test(test_pull_url),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
