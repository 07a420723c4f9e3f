/*
 * The configuration: where it is found, what it means, and that each mistake
 * is told at its place.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/base/io.h"
#include "../../src/config/config.h"
#include "../../src/config/config_internal.h"
#include "../../src/config/node.h"
#include "../../src/config/set.h"

struct folder {
	char	dir[64];
	char	main[96];
};

static void
put(const struct folder *p, const char *name, const char *text)
{
	char path[160];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", p->dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fputs(text, f) >= 0, 1);
	assert_int_equal(fclose(f), 0);
}

static int
setup(void **state)
{
	struct folder *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	snprintf(p->dir, sizeof(p->dir), "/tmp/test-config-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->main, sizeof(p->main), "%s/coupondrop.yaml", p->dir);
	unsetenv("COUPONDROP_CONFIG");
	setenv("HOME", p->dir, 1);
	setenv("XDG_CONFIG_HOME", p->dir, 1);
	setenv("XDG_STATE_HOME", p->dir, 1);
	*state = p;
	return 0;
}

static int
teardown(void **state)
{
	struct folder *p = *state;

	io_rmtree(p->dir);
	free(p);
	return 0;
}

/* Load text as the main file; the mistakes without the file's name. */
static int
load(const struct folder *p, const char *text, struct config *c,
    struct err *e)
{
	put(p, "coupondrop.yaml", text);
	err_clear(e);
	return config_load(c, p->main, e);
}

static const char *
mistake(const struct folder *p, const struct config *c, size_t i)
{
	size_t n = strlen(p->main);

	assert_true(i < c->nwrong);
	assert_int_equal(strncmp(c->wrong[i], p->main, n), 0);
	assert_int_equal(c->wrong[i][n], ':');
	return c->wrong[i] + n + 1;
}

/* Exactly these mistakes, in this order. */
static void
expect(const struct folder *p, const char *text, const char *const *want)
{
	struct config c;
	struct err e;
	size_t i;

	assert_int_equal(load(p, text, &c, &e), -1);
	assert_int_equal(e.code, ERR_CONFIG);
	for (i = 0; want[i] != NULL; i++)
		assert_string_equal(mistake(p, &c, i), want[i]);
	assert_int_equal(c.nwrong, i);
	assert_null(c.wrong[i]);
	if (i > 1)
		assert_non_null(strstr(e.msg, " more)"));
	config_release(&c);
}

static void
expect_one(const struct folder *p, const char *text, const char *want)
{
	expect(p, text, (const char *const []){ want, NULL });
}

static void
test_all_at_once(void **state)
{
	expect(*state,
	    "state_dri: x\n"
	    "providers:\n"
	    "  p:\n"
	    "    type: mapp\n"
	    "    url: http://h/\n"
	    "    api_key: abc\n"
	    "    api_key_fil: k\n"
	    "    poll_first: soon\n"
	    "  p: {type: mapp, url: http://h/}\n"
	    "  q: {type: mapp}\n"
	    "endpoints:\n"
	    "  e: {upload: ftp://h/, pull: ftp://h/, proof: hope}\n"
	    "jobs:\n"
	    "  j:\n"
	    "    bank: six\n"
	    "    bank: 7\n"
	    "    provider: r\n"
	    "    endpoint: f\n"
	    "    source: [a, b]\n"
	    "  k: 5\n"
	    "  a b: {}\n",
	    (const char *const []){
	    "1:1: unknown key \"state_dri\"; did you mean \"state_dir\"?",
	    "6:5: secrets do not stand in the configuration: use "
	    "api_key_file, api_key_command, api_key_env or "
	    "api_key_credential",
	    "7:5: unknown key \"api_key_fil\"; did you mean "
	    "\"api_key_file\"?",
	    "8:5: poll_first: \"soon\" is not a time from 1ms to 1h",
	    "9:3: this name stands twice",
	    "10:3: a provider needs type and url",
	    "12:41: proof: \"hope\" is not one of: size hash readback",
	    "15:5: bank: \"six\" is not a number",
	    "16:5: this key stands twice",
	    "19:5: source: one value is expected",
	    "20:3: settings are expected below this name",
	    "21:3: names have letters, digits, \".\", \"_\" and \"-\" only",
	    "17:5: there is no provider \"r\"",
	    "18:5: there is no endpoint \"f\"", NULL });
}

static void
test_nearest(void **state)
{
	expect_one(*state, "provider: {}\n", "1:1: unknown key \"provider\"; "
	    "did you mean \"providers\"?");
	expect_one(*state, "jobs: {j: {time_zone: UTC}}\n", "1:12: unknown "
	    "key \"time_zone\"; did you mean \"timezone\"?");
	expect_one(*state, "jobs: {j: {x: 1}}\n", "1:12: unknown key \"x\"");
	expect_one(*state, "jobs: {j: {colour_of_money: 1}}\n", "1:12: "
	    "unknown key \"colour_of_money\"");
	/* Keys of one section are none of another. */
	expect_one(*state, "jobs: {j: {upload: 1}}\n",
	    "1:12: unknown key \"upload\"");
	expect_one(*state, "jobs: {j: {\"\\e[2J\": 1}}\n",
	    "1:12: unknown key \"\\x1b[2J\"");
}

static void
test_duplicates(void **state)
{
	expect_one(*state, "jobs: {j: {}}\njobs: {k: {}}\n",
	    "2:1: this key stands twice");
	expect_one(*state, "state_dir: a\nstate_dir: b\n",
	    "2:1: this key stands twice");
	expect_one(*state, "providers:\n  p: {type: mapp, url: u, "
	    "api_key_env: A,\n      api_key_file: b}\n", "3:7: api_key: only "
	    "one of _file, _command, _env and _credential");
}

static void
test_not_yaml(void **state)
{
	static const struct {
		const char *text, *where;
	} rows[] = {
		{ "a: &x 1\n", "1:4: anchors are not used here" },
		{ "a: &x [1]\n", "1:4: anchors are not used here" },
		{ "a: &x {b: 1}\n", "1:4: anchors are not used here" },
		{ "&x a: 1\n", "1:1: anchors are not used here" },
		{ "a: 1\nb: *x\n", "2:4: anchors are not used here" },
		{ "a: !!str 1\n", "1:4: tags are not used here" },
		{ "a: !x {b: 1}\n", "1:4: tags are not used here" },
		{ "? [a]\n: 1\n", "1:3: a key must be a word" },
		{ "a: 1\n---\nb: 1\n", "3:1: more than one document" },
		{ "a: \"\\0\"\n", "1:4: a value with a NUL byte" },
		{ "\"a\\0\": 1\n", "1:1: a key must be a word" },
		{ "a: [1\n", "1:4: \"[\" is not closed" },
		{ "a: {b: 1\nc: 2\n", "1:4: \"{\" is not closed" },
		{ "a:\n\tb: 1\n", "2:1: a tab; indent with spaces" },
		{ "a: 'x\n", "1:4: this quote is not closed" },
		{ "a: 1\nb: \"x\nc: 1\n", "2:4: this quote is not closed" },
		/* The space is missing on the line before. */
		{ "jobs:\n  n:\n    bank:600\n    source: x\n",
		    "3:10: a space is missing after the colon" },
		{ "jobs:\n  n:\n    source: x\n    bank:600\n",
		    "4:10: a space is missing after the colon" },
		{ "jobs:\n  n:\n    bank:600\n",
		    "3:5: a space is missing after the colon" },
		{ "a: 1\n  b: 2\n", "2:4: a second colon" },
		{ "a: x: y\n", "1:5: a second colon" },
		{ "a:\n  b: 1\n c: 2\n", "3:2: a line \"key: value\"" },
		{ "jobs:\n  n:\n    source: x\n    bank\n",
		    "4:5: a line \"key: value\" is expected; the colon" },
		{ "a: *.csv\n", "1:5: anchors are not used here; a value" },
		{ "a: \"c:\\dir\"\n", "1:7: \"\\\" in double quotes" },
		{ "a: {b: {c: {d: {e: {f: {g: {h: {i: 1}}}}}}}}\n",
		    "1:36: nested too deeply" },
		{ "- a\n- b\n", "1:1: sections are expected: providers, "
		    "endpoints, jobs" },
		{ "just words\n", "1:1: sections are expected" },
		{ "jobs: [j]\n", "1:1: names with settings below them are "
		    "expected" },
	};
	const struct folder *p = *state;
	struct config c;
	struct err e;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(load(p, rows[i].text, &c, &e), -1);
		assert_int_equal(e.code, ERR_CONFIG);
		assert_int_equal(c.nwrong, 1);
		if (strncmp(mistake(p, &c, 0), rows[i].where,
		    strlen(rows[i].where)) != 0)
			fail_msg("%s: %s", rows[i].text, mistake(p, &c, 0));
		config_release(&c);
	}
	assert_int_equal(load(p, "a: \xff\xfe\n", &c, &e), -1);
	assert_int_equal(c.nwrong, 1);
	assert_non_null(strstr(c.wrong[0], ":1:4: this is no text in UTF-8 "
	    "(byte 3)"));
	config_release(&c);
}

static void
test_values_refused(void **state)
{
	static const struct {
		const char *setting, *why;
	} rows[] = {
		{ "provider: ", "provider: a value is expected" },
		{ "bank: -1", "bank: \"-1\" is not a number" },
		{ "bank: 123456789012345678901", "bank: "
		    "\"123456789012345678901\" is not a number" },
		{ "source: ''", "source: \"\" is not a path" },
		{ "settle: -1s", "settle: \"-1s\" is not a time from 0s to "
		    "1h" },
		{ "done_file: READY", "done_file: \"READY\" is not a file "
		    "name with {name} in it, such as {name}.ok" },
		{ "done_file: '{name}'", "done_file: \"{name}\" is not a "
		    "file name with {name} in it, such as {name}.ok" },
		{ "done_file: 'ok/{name}'", "done_file: \"ok/{name}\" is not "
		    "a file name with {name} in it, such as {name}.ok" },
		{ "done_file: '{name}{date}'", "done_file: \"{name}{date}\" "
		    "is not a file name with {name} in it, such as "
		    "{name}.ok" },
		{ "code_min: 0", "code_min: \"0\" is not a number from 1 to "
		    "120" },
		{ "code_min: 99999999999999999999", "code_min: "
		    "\"99999999999999999999\" is not a number from 1 to 120" },
		{ "memory: 1M", "memory: \"1M\" is not a size from 16M to "
		    "1T" },
		{ "deadline: 49h", "deadline: \"49h\" is not a time from 1ms "
		    "to 48h" },
		{ "deadline: -1s", "deadline: \"-1s\" is not a time from 1ms "
		    "to 48h" },
		{ "header: maybe", "header: \"maybe\" is not yes or no" },
		{ "packing: rar", "packing: \"rar\" is not one of: none zip "
		    "gzip" },
		{ "packing: zi", "packing: \"zi\" is not one of: none zip "
		    "gzip" },
		{ "redeemed: 2", "redeemed: \"2\" is not 0 or 1" },
		{ "redeemed: 10", "redeemed: \"10\" is not 0 or 1" },
		{ "max_reject: 101%", "max_reject: \"101%\" is not rows, or "
		    "percent such as 2%" },
		{ "max_reject: some", "max_reject: \"some\" is not rows, or "
		    "percent such as 2%" },
		{ "after_done: burn", "after_done: \"burn\" is not keep, "
		    "move:DIR or delete" },
		{ "after_done: \"move:\"", "after_done: \"\" is not a path" },
		{ "ok_exits: [0, 256]", "ok_exits: \"256\" is not an exit "
		    "code" },
		{ "columns: Nummer", "columns: names are expected, such as "
		    "{code: Gutscheincode}" },
		{ "columns: {number: Nummer}", "columns: \"number\" is not "
		    "code, redeemed or redeem_date" },
		{ "columns: {code: }", "columns: code needs the name of a "
		    "column, such as {code: Nummer}" },
		{ "redeemed_words: {yes: [ja]}", "redeemed_words: both lists "
		    "are expected, such as {yes: [ja], no: [nein]}" },
		{ "delimiter: [a]", "delimiter: one value is expected" },
	};
	char text[200], want[300];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(text, sizeof(text), "jobs:\n  j:\n    %s\n",
		    rows[i].setting);
		snprintf(want, sizeof(want), "3:5: %s", rows[i].why);
		expect_one(*state, text, want);
	}
}

static const char *const every_kind =
    "state_dir: state\n"
    "providers:\n"
    "  p:\n"
    "    type: mapp\n"
    "    url: http://h/\n"
    "    api_key_command: [/bin/pass, show, 'a b']\n"
    "    shared_secret_credential: s\n"
    "    ca_file: ca.pem\n"
    "    poll_first: 1500ms\n"
    "endpoints:\n"
    "  e:\n"
    "    upload: sftp://h/in\n"
    "    pull: sftp://h/out\n"
    "    host_key: [\"SHA256:a\", \"SHA256:b\"]\n"
    "    upload_password_file: pw\n"
    "    keep_staged: yes\n"
    "jobs:\n"
    "  j:\n"
    "    source: in/*.csv\n"
    "    provider: p\n"
    "    endpoint: e\n"
    "    bank: 0600\n"
    "    header: no\n"
    "    columns: {code: Nummer, redeem_date: Tag}\n"
    "    redeemed_words: {yes: [ja, j], no: nein}\n"
    "    redeemed: 1\n"
    "    max_reject: 2%\n"
    "    memory: 2G\n"
    "    packing: gzip\n"
    "    file_layout: columns\n"
    "    after_done: move:done\n"
    "    ok_exits: [3, 5]\n"
    "    deadline: 2h\n";

static void
assert_below(const struct folder *p, const char *path, const char *name)
{
	char want[200];

	snprintf(want, sizeof(want), "%s/%s", p->dir, name);
	assert_string_equal(path, want);
}

static void
check_sides(const struct folder *p, const struct settings *s)
{
	const struct set_provider *pr = set_provider_find(s, "p");
	const struct set_endpoint *en = set_endpoint_find(s, "e");
	const struct set_extra *key = set_extra_find(pr, "api_key");
	const struct set_extra *shared = set_extra_find(pr, "shared_secret");

	assert_below(p, s->state_dir, "state");
	assert_string_equal(key->secret.command[2], "a b");
	assert_null(key->secret.command[3]);
	assert_null(key->secret.file);
	assert_string_equal(shared->secret.credential, "s");
	assert_below(p, pr->tls.ca_file, "ca.pem");
	assert_int_equal(pr->poll_first_ms, 1500);
	assert_int_equal(pr->poll_cap_ms, 0);
	assert_int_equal(pr->call_ms, 120000);
	assert_string_equal(en->upload.host_keys[1], "SHA256:b");
	assert_null(en->upload.host_keys[2]);
	assert_below(p, en->upload_password.file, "pw");
	assert_true(en->keep_staged);
	assert_int_equal(en->stage.proof, XFER_BY_SIZE);
}

static void
check_job(const struct folder *p, const struct set_job *j)
{
	assert_string_equal(j->name, "j");
	assert_below(p, j->source, "in/*.csv");
	assert_string_equal(j->bank, "0600");
	assert_true(j->check.no_header);
	assert_string_equal(j->check.col_code, "Nummer");
	assert_null(j->check.col_redeemed);
	assert_string_equal(j->check.col_date, "Tag");
	assert_string_equal(j->check.words_true[1], "j");
	assert_string_equal(j->check.words_false[0], "nein");
	assert_int_equal(j->check.redeemed, 1);
	assert_int_equal(j->max_reject_percent, 2);
	assert_int_equal(j->check.memory, 2LL << 30);
	assert_int_equal(j->packing, PACK_GZIP);
	assert_int_equal(j->layout.kind, LAYOUT_COLUMNS);
	assert_int_equal(j->after_done, AFTER_MOVE);
	assert_below(p, j->after_dir, "done");
	assert_int_equal(j->ok_exits[0], 3);
	assert_int_equal(j->ok_exits[1], 5);
	assert_int_equal(j->ok_exits[2], -1);
	assert_int_equal(j->deadline_ms, 7200000);
	/* What is not said has its default. */
	assert_string_equal(j->delimiter, ",");
	assert_int_equal(j->verify.kind, VERIFY_SAMPLE);
	assert_int_equal(j->verify.rows, 0);
	assert_int_equal(j->lag_ms, 30000);
	assert_null(j->check.timezone);
}

static void
test_every_kind(void **state)
{
	struct folder *p = *state;
	struct set_job job;
	struct config c;
	struct err e;

	assert_int_equal(load(p, every_kind, &c, &e), 0);
	assert_int_equal(c.nwrong, 0);
	assert_int_equal(strlen(c.set.sha256), 64);
	check_sides(p, &c.set);
	check_job(p, set_job_find(&c.set, "j"));
	assert_int_equal(config_job(&c, "j", NULL, 0, &job, &e), 0);
	check_job(p, &job);
	assert_string_equal(job.plan, "{}");
	config_job_release(&job);
	config_release(&c);
}

static void
test_given(void **state)
{
	const struct given given[] = {
		{ option_find(SECT_JOB, "bank"), "7" },
		{ option_find(SECT_JOB, "max_reject"), "12" },
		{ option_find(SECT_JOB, "columns"), "code: Code Nr" },
		{ option_find(SECT_JOB, "bank"), "8" },
	};
	struct given wrong = { option_find(SECT_JOB, "bank"), "x" };
	struct set_job job, again;
	struct config c;
	struct err e;

	assert_int_equal(load(*state, every_kind, &c, &e), 0);
	assert_int_equal(config_job(&c, "j", given, 4, &job, &e), 0);
	assert_string_equal(job.bank, "8");
	assert_int_equal(job.max_reject, 12);
	assert_int_equal(job.max_reject_percent, -1);
	assert_string_equal(job.check.col_code, "Code Nr");
	assert_string_equal(job.check.col_date, "Tag");
	/* The plan in the ledger brings the same settings back. */
	assert_int_equal(config_job_plan(&c, "j", job.plan, &again, &e), 0);
	assert_string_equal(again.bank, "8");
	assert_string_equal(again.check.col_code, "Code Nr");
	assert_int_equal(again.max_reject, 12);
	config_job_release(&again);
	config_job_release(&job);
	assert_int_equal(config_job(&c, "j", &wrong, 1, &job, &e), -1);
	assert_int_equal(e.code, ERR_USAGE);
	config_job_release(&job);
	err_clear(&e);
	assert_int_equal(config_job(&c, "k", NULL, 0, &job, &e), -1);
	assert_int_equal(e.code, ERR_CONFIG);
	assert_non_null(strstr(e.msg, "jobs: j"));
	config_job_release(&job);
	config_release(&c);
}

static void
test_parts(void **state)
{
	const struct folder *p = *state;
	char dir[128], path[160];
	struct config c;
	struct err e;

	snprintf(dir, sizeof(dir), "%s/conf.d", p->dir);
	assert_int_equal(mkdir(dir, 0700), 0);
	put(p, "conf.d/20.yaml", "jobs: {k: {source: x.csv, provider: p}}\n");
	put(p, "conf.d/10.yaml", "providers: {p: {type: mapp, url: u}}\n");
	put(p, "conf.d/ignored.txt", "not: [yaml\n");
	assert_int_equal(load(p, "jobs: {j: {provider: p}}\n", &c, &e), 0);
	assert_int_equal(c.set.njobs, 2);
	assert_string_equal(c.set.jobs[0].name, "j");
	/* Relative to the file it stands in. */
	snprintf(path, sizeof(path), "%s/x.csv", dir);
	assert_string_equal(set_job_find(&c.set, "k")->source, path);
	config_release(&c);
	/* The same name in two files is a mistake in the second one. */
	put(p, "conf.d/20.yaml", "jobs:\n  j: {}\n");
	assert_int_equal(load(p, "jobs: {j: {provider: p}}\n", &c, &e), -1);
	assert_int_equal(c.nwrong, 1);
	assert_non_null(strstr(c.wrong[0], "conf.d/20.yaml:2:3: this name "
	    "stands twice"));
	config_release(&c);
}

static void
test_found(void **state)
{
	const struct folder *p = *state;
	char dir[128], path[160];
	struct config c;
	struct err e;

	err_clear(&e);
	/* None at all is fine, unless one was named. */
	assert_int_equal(config_load(&c, NULL, &e), 0);
	assert_below(p, c.set.state_dir, "coupondrop");
	config_release(&c);
	assert_int_equal(config_load(&c, "/nowhere/c.yaml", &e), -1);
	assert_int_equal(e.code, ERR_CONFIG);
	assert_non_null(strstr(e.msg, "/nowhere/c.yaml"));
	config_release(&c);
	snprintf(dir, sizeof(dir), "%s/coupondrop", p->dir);
	assert_int_equal(mkdir(dir, 0700), 0);
	put(p, "coupondrop/coupondrop.yaml", "state_dir: /a\n");
	put(p, "env.yaml", "state_dir: /b\n");
	put(p, "named.yaml", "state_dir: /c\n");
	err_clear(&e);
	assert_int_equal(config_load(&c, NULL, &e), 0);
	assert_string_equal(c.set.state_dir, "/a");
	config_release(&c);
	snprintf(path, sizeof(path), "%s/env.yaml", p->dir);
	setenv("COUPONDROP_CONFIG", path, 1);
	assert_int_equal(config_load(&c, NULL, &e), 0);
	assert_string_equal(c.set.state_dir, "/b");
	config_release(&c);
	snprintf(path, sizeof(path), "%s/named.yaml", p->dir);
	assert_int_equal(config_load(&c, path, &e), 0);
	assert_string_equal(c.set.state_dir, "/c");
	config_release(&c);
}

/* The ledger is the configuration's; only the user's own one is private. */
static void
test_state(void **state)
{
	const struct folder *p = *state;
	char dir[128], path[160];
	struct config c;
	struct err e;

	snprintf(dir, sizeof(dir), "%s/coupondrop", p->dir);
	assert_int_equal(mkdir(dir, 0700), 0);
	put(p, "coupondrop/coupondrop.yaml", "jobs: {}\n");
	put(p, "other.yaml", "jobs: {}\n");
	setenv("XDG_STATE_HOME", "/st", 1);
	err_clear(&e);
	assert_int_equal(config_load(&c, NULL, &e), 0);
	assert_string_equal(c.set.state_dir, "/st/coupondrop");
	config_release(&c);
	/* The same one, named by another way to it. */
	snprintf(path, sizeof(path), "%s/./coupondrop.yaml", dir);
	assert_int_equal(config_load(&c, path, &e), 0);
	assert_string_equal(c.set.state_dir, "/st/coupondrop");
	config_release(&c);
	snprintf(path, sizeof(path), "%s/other.yaml", p->dir);
	assert_int_equal(config_load(&c, path, &e), 0);
	assert_below(p, c.set.state_dir, "coupondrop-state");
	config_release(&c);
	setenv("XDG_STATE_HOME", "relative", 1);
	assert_int_equal(config_load(&c, NULL, &e), 0);
	assert_below(p, c.set.state_dir, ".local/state/coupondrop");
	config_release(&c);
}

static void
test_empty(void **state)
{
	struct config c;
	struct err e;

	assert_int_equal(load(*state, "", &c, &e), 0);
	assert_int_equal(c.set.njobs, 0);
	config_release(&c);
	assert_int_equal(load(*state, "# nothing\n", &c, &e), 0);
	config_release(&c);
}

static void
test_check(void **state)
{
	struct folder *p = *state;
	struct config c;
	struct err e;
	size_t i;
	static const char *const want[] = {
		"2:7: type: \"map\" is no platform",
		"2:18: the URL does not begin with",
		"2:32: api_key: cannot open ",
		"2:51: shared_secret: the environment variable",
		"4:45: host_key \"SHA256:...\" is not a fingerprint",
		"4:8: after \"sftp:\" the URL needs two slashes",
		"4:71: pull_password: the command /bin/false",
		"6:29: delimiter \"ab\"", "7:29: code_pattern \"(\"",
		"8:29: timezone: ", "9:29: code_min is above code_max",
		"10:29: date_format \"%Q\"", "11:29: encoding \"x-none\"",
		"12:29: schedule \"60 2",
		"13:29: after_done: move:/no/such/folder: No such file",
		"14:29: after_done: /dev/null is not a folder",
		"15:44: after_done: ",
	};

	assert_int_equal(load(p,
	    "providers:\n"
	    "  p: {type: map, url: \"h://x\", api_key_file: nix, "
	    "shared_secret_env: NOT_SET_AT_ALL}\n"
	    "endpoints:\n"
	    "  e: { upload: \"sftp:/x\", pull: \"ftp://h/\", "
	    "host_key: [\"SHA256:...\"], "
	    "pull_password_command: [/bin/false]}\n"
	    "jobs:\n"
	    "  j: {provider: p, bank: 1, delimiter: ab}\n"
	    "  k: {provider: p, bank: 1, code_pattern: \"(\"}\n"
	    "  l: {provider: p, bank: 1, timezone: Mars/Base}\n"
	    "  m: {provider: p, bank: 1, code_min: 9, code_max: 3}\n"
	    "  n: {provider: p, bank: 1, date_format: \"%Q\"}\n"
	    "  o: {provider: p, bank: 1, encoding: x-none}\n"
	    "  q: {provider: p, bank: 1, schedule: \"60 2 * * *\"}\n"
	    "  r: {provider: p, bank: 1, after_done: "
	    "\"move:/no/such/folder\"}\n"
	    "  s: {provider: p, bank: 1, after_done: \"move:/dev/null\"}\n"
	    "  t: {provider: p, bank: 1, source: x.csv, after_done: "
	    "\"move:.\"}\n",
	    &c, &e), 0);
	assert_int_equal(config_check(&c, &e), -1);
	assert_int_equal(e.code, ERR_CONFIG);
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		if (strncmp(mistake(p, &c, i), want[i], strlen(want[i])) != 0)
			fail_msg("%s, should be %s", mistake(p, &c, i),
			    want[i]);
	assert_int_equal(c.nwrong, i);
	assert_non_null(strstr(c.wrong[i - 1], "is the folder that the file "
	    "is taken from"));
	config_release(&c);
}

/* A key that begins another is told at its own place. */
static void
test_check_place(void **state)
{
	static const char *const want[] = {
		"2:26: the URL does not begin with",
		"4:38: redeem_date \"soon\": use",
		"5:41: redeemed_words: \"ja\" is among",
	};
	struct folder *p = *state;
	struct config c;
	struct err e;
	size_t i;

	assert_int_equal(load(p, "endpoints:\n"
	    "  e: {pull_user: \"sftp\", pull: \"nowhere\", upload: "
	    "\"ftp://h/\"}\n"
	    "jobs:\n"
	    "  j: {redeemed: 1, endpoint: e,      redeem_date: soon, "
	    "provider: p, bank: 1}\n"
	    "  k: {redeem_date: 2020-01-01, bank: 1, redeemed_words: "
	    "{yes: [ja], no: [JA]}, provider: p}\n"
	    "providers: {p: {type: mapp, url: \"https://h\", "
	    "api_key_command: [echo, k], shared_secret_command: [echo, s]}}",
	    &c, &e), 0);
	assert_int_equal(config_check(&c, &e), -1);
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		if (strncmp(mistake(p, &c, i), want[i], strlen(want[i])) != 0)
			fail_msg("%s, should be %s", mistake(p, &c, i),
			    want[i]);
	assert_int_equal(c.nwrong, i);
	config_release(&c);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_all_at_once), TEST(test_nearest),
		TEST(test_duplicates), TEST(test_not_yaml),
		TEST(test_values_refused), TEST(test_every_kind),
		TEST(test_given), TEST(test_parts), TEST(test_found),
		TEST(test_state),
		TEST(test_empty), TEST(test_check), TEST(test_check_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
