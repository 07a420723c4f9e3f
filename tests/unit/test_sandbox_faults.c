/*
 * Declared faults: the file that declares them, and each kind in action.
 */
#include "test_sandbox_lib.h"

#include "../../src/sandbox/faults.h"

#define UPDATE	"{\"method\": \"coupon.updateDetails\", "
#define TASKS	"{\"method\": \"utilities.getTasks\", "
#define STATUS	"{\"method\": \"capillary.status\", "
#define LIST	SB_CALL("<methodName>coupon.listBanks</methodName>")
#define GIVE_A1	SB_CALL(SB_UPDATE SB_BANK "<coupon_code>A1</coupon_code>" \
		"<redeemed>1</redeemed>")

/*
 * Start with these rules.
 */
static struct sb *
with(void **state, const char *rules)
{
	struct sb *sb = *state;
	struct sandbox_opts o = { .dir = NULL };
	char *path;

	path = sb_write(sb, "faults.json", rules);
	o.faults_file = path;
	sb_start(sb, &o);
	free(path);
	return sb;
}

static void
test_bad_files(void **state)
{
	static const struct {
		const char	*text, *says;
	} cases[] = {
		{ "", "" },
		{ "{}", "not a list" },
		{ "[1]", "rule 1: not an object" },
		{ "[{\"do\": \"reset\"}]", "\"method\" is missing" },
		{ "[{\"method\": 1, \"do\": \"reset\"}]", "must be a text" },
		{ "[{\"method\": \"*\"}]", "\"do\" is missing" },
		{ "[{\"method\": \"*\", \"do\": \"burn\"}]", "\"burn\"" },
		{ "[{\"method\": \"coupon.burn\", \"do\": \"reset\"}]",
		    "\"coupon.burn\" is unknown" },
		{ "[" UPDATE "\"do\": \"reset\"}," TASKS
		    "\"do\": \"forget\"}]", "rule 2: \"forget\" is only" },
		{ "[" UPDATE "\"do\": \"expire\"}]",
		    "not possible for coupon" },
		{ "[{\"method\": \"*\", \"do\": \"answer\"}]",
		    "not possible for *" },
		{ "[" STATUS "\"do\": \"code\", \"code\": 654}]",
		    "not possible for capillary.status" },
		{ "[" STATUS "\"do\": \"answer\", \"status\": 200}]",
		    "\"body\" is missing" },
		{ "[" STATUS "\"do\": \"answer\", \"status\": 199,"
		    " \"body\": \"\"}]", "from 200 to 599" },
		{ "[" UPDATE "\"do\": \"delay\"}]", "\"ms\" is missing" },
		{ "[" UPDATE "\"do\": \"delay\", \"ms\": \"9\"}]",
		    "\"ms\" must be a number" },
		{ "[" UPDATE "\"do\": \"status\", \"status\": 200}]",
		    "from 400 to 599" },
		{ "[" UPDATE "\"do\": \"reset\", \"nth\": 0}]", "\"nth\"" },
		{ "[" UPDATE "\"do\": \"reset\", \"when\": \"x\"}]",
		    "\"before\" or \"after\"" },
		{ "[" UPDATE "\"do\": \"reset\", \"ms\": 1}]",
		    "\"ms\" does not belong" },
		{ "[" UPDATE "\"do\": \"delay\", \"ms\": 1,"
		    " \"when\": \"after\"}]", "\"when\" does not belong" },
	};
	struct sb *sb = *state;
	char *path;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		path = sb_write(sb, "faults.json", cases[i].text);
		err_clear(&sb->e);
		assert_null(faults_load(path, &sb->e));
		print_message("%s\n", sb->e.msg);
		assert_int_equal(sb->e.code, ERR_CONFIG);
		assert_non_null(strstr(sb->e.msg, cases[i].says));
		assert_non_null(strstr(sb->e.msg, path));
		free(path);
	}
	assert_null(faults_load("/none.json", &sb->e));
	assert_int_equal(sb->e.code, ERR_INPUT);
}

static void
test_counting(void **state)
{
	struct sb *sb = *state;
	struct fault_plan p;
	struct faults *f;
	char *path, hit[7];
	int i;

	path = sb_write(sb, "f.json", "[" UPDATE "\"do\": \"code\","
	    " \"code\": 654, \"nth\": 2, \"count\": 2},"
	    "{\"method\": \"*\", \"do\": \"delay\", \"ms\": 5, \"nth\": 5,"
	    " \"count\": 0}]");
	f = faults_load(path, &sb->e);
	free(path);
	assert_non_null(f);
	for (i = 0; i < 6; i++) {
		fault_plan_init(&p);
		faults_take(f, "COUPON.updatedetails", &p);
		hit[i] = p.code == 654 ? 'c' : p.delay_ms == 5 ? 'd' : '.';
	}
	hit[6] = '\0';
	assert_string_equal(hit, ".cc.dd");
	fault_plan_init(&p);
	faults_take(f, "stage.PUT", &p);
	assert_int_equal(p.delay_ms, 5);
	assert_int_equal(p.code, 0);
	faults_free(f);
}

static void
test_help(void **state)
{
	const char *p, *end;

	(void)state;
	for (p = sandbox_faults_help(); *p != '\0'; p = end + 1) {
		end = strchr(p, '\n');
		assert_non_null(end);
		assert_true(end - p <= 80);
	}
}

/* Before: nothing happened.  After: it did, and nobody was told. */
static void
test_reset(void **state)
{
	struct sb *sb;

	sb = with(state, "[" UPDATE "\"do\": \"reset\"},"
	    UPDATE "\"do\": \"reset\", \"when\": \"after\", \"nth\": 2}]");
	assert_int_equal(sb_post(sb, "K", "0", GIVE_A1), -1);
	assert_true(sb->answer.maybe_sent);
	assert_non_null(strstr(sb_bank(sb), "A1,0,"));
	assert_int_equal(sb_post(sb, "K", "0", GIVE_A1), -1);
	assert_non_null(strstr(sb_bank(sb), "A1,1,"));
	assert_int_equal(sb_post(sb, "K", "0", GIVE_A1), 200);
}

static void
test_status(void **state)
{
	struct sb *sb;

	sb = with(state, "[" UPDATE "\"do\": \"status\", \"status\": 503,"
	    " \"retry_after\": 7},"
	    "{\"method\": \"coupon.listBanks\", \"do\": \"status\","
	    " \"status\": 500}]");
	assert_int_equal(sb_post(sb, "K", "0", GIVE_A1), 503);
	assert_int_equal(sb->answer.retry_after_ms, 7000);
	assert_non_null(strstr(sb_bank(sb), "A1,0,"));
	/* One call of several is enough. */
	assert_int_equal(sb_post(sb, "K", "0", GIVE_A1 LIST), 500);
	assert_int_equal(sb->answer.retry_after_ms, -1);
	assert_int_equal(sb_post(sb, "K", "0", GIVE_A1 LIST), 200);
}

static void
test_truncate(void **state)
{
	struct sb *sb;

	sb = with(state, "[" UPDATE "\"do\": \"truncate\", \"at\": 60}]");
	assert_int_equal(sb_post(sb, "K", "0", GIVE_A1), -1);
	assert_non_null(strstr(sb_bank(sb), "A1,1,"));
	assert_int_equal(sb_post(sb, "K", "0", GIVE_A1), 200);
}

static void
test_code(void **state)
{
	struct sb *sb;
	const struct xml_node *data;

	sb = with(state, "[" UPDATE "\"do\": \"code\", \"code\": 654},"
	    UPDATE "\"do\": \"code\", \"code\": 445, \"nth\": 2},"
	    UPDATE "\"do\": \"code\", \"code\": 682, \"nth\": 3},"
	    UPDATE "\"do\": \"code\", \"code\": 999, \"nth\": 4}]");
	/* It counts as a failure, so the second call is not carried out. */
	assert_int_equal(sb_post(sb, "K", "0", GIVE_A1 LIST), 200);
	assert_string_equal(xml_text(sb_item(sb, 0), "responseCode"), "654");
	assert_string_equal(xml_text(sb_item(sb, 0), "responseText"),
	    "Action not taken, data file was not copied");
	assert_null(sb_item(sb, 1));
	assert_int_equal(sb_post(sb, "K", "0", GIVE_A1), 200);
	data = xml_child(sb_item(sb, 0), "responseData");
	assert_string_equal(xml_text(data, "responseCode"), "445");
	assert_int_equal(sb_post(sb, "K", "0", GIVE_A1), 200);
	assert_string_equal(xml_text(sb_item(sb, 0), "failed"), "1");
	assert_int_equal(sb_post(sb, "K", "0", GIVE_A1), 200);
	assert_string_equal(xml_text(sb_item(sb, 0), "responseCode"), "999");
	assert_non_null(strstr(sb_bank(sb), "A1,0,"));
}

static void
test_delay(void **state)
{
	struct sb *sb;

	sb = with(state, "[{\"method\": \"*\", \"do\": \"delay\","
	    " \"ms\": 1}]");
	assert_int_equal(sb_post(sb, "K", "0", GIVE_A1), 200);
	assert_non_null(strstr(sb_bank(sb), "A1,1,"));
}

static void
test_stage_faults(void **state)
{
	struct sb *sb;

	sb = with(state, "[{\"method\": \"stage.PUT\", \"do\": \"status\","
	    " \"status\": 507},"
	    "{\"method\": \"stage.PUT\", \"do\": \"reset\", \"nth\": 2},"
	    "{\"method\": \"stage.PUT\", \"do\": \"reset\", \"nth\": 3,"
	    " \"when\": \"after\"},"
	    "{\"method\": \"stage.GET\", \"do\": \"truncate\", \"nth\": 3,"
	    " \"at\": 2}]");
	assert_int_equal(sb_http(sb, "PUT", "/stage/a.csv", NULL, "A1\n", 3),
	    507);
	assert_int_equal(sb_http(sb, "PUT", "/stage/a.csv", NULL, "A1\n", 3),
	    -1);
	assert_int_equal(sb_http(sb, "GET", "/stage/a.csv", NULL, NULL, 0),
	    404);
	assert_int_equal(sb_http(sb, "PUT", "/stage/a.csv", NULL, "A1\n", 3),
	    -1);
	assert_int_equal(sb_http(sb, "GET", "/stage/a.csv", NULL, NULL, 0),
	    200);
	/* Now the stand-in itself gets only the beginning. */
	assert_int_equal(sb_announce(sb, "a.csv", ""), 654);
	assert_int_equal(sb_announce(sb, "a.csv", ""), 210);
}

/*
 * Announce a file that redeems A1; the id of the task, malloc'd.
 */
static char *
announce(struct sb *sb)
{
	sb_stage(sb, "a.csv", PACK_NONE, "A1,1\n");
	assert_int_equal(sb_announce(sb, "a.csv", ""), 210);
	return sb_task(sb);
}

static unsigned
listed(struct sb *sb)
{
	const struct xml_node *x;
	unsigned n;

	sb_one(sb, "<methodName>utilities.getTasks</methodName>");
	x = xml_child(xml_child(sb_item(sb, 0), "responseData"), "task");
	for (n = 0; x != NULL; x = x->next)
		n++;
	return n;
}

static void
test_task_word(void **state)
{
	struct sb *sb;
	char *id;

	sb = with(state, "[" UPDATE "\"do\": \"word\", \"word\": \"O<DD\","
	    " \"polls\": 2}]");
	id = announce(sb);
	assert_string_equal(sb_wait(sb, id, NULL), "O<DD");
	assert_string_equal(sb_wait(sb, id, NULL), "O<DD");
	assert_string_equal(sb_wait(sb, id, NULL), "COMPLETE");
	assert_non_null(strstr(sb_bank(sb), "A1,1,"));
	free(id);
}

static void
test_task_fail(void **state)
{
	struct sb *sb;
	const char *output;
	char *id;

	sb = with(state, "[" UPDATE "\"do\": \"fail\","
	    " \"output\": \"disk & co\"}]");
	id = announce(sb);
	assert_string_equal(sb_wait(sb, id, &output), "ERROR");
	assert_string_equal(output, "disk & co");
	assert_non_null(strstr(sb_bank(sb), "A1,0,"));
	free(id);
}

static void
test_task_forget(void **state)
{
	struct sb *sb;

	sb = with(state, "[" UPDATE "\"do\": \"forget\"}]");
	free(announce(sb));
	assert_int_equal(listed(sb), 0);
	assert_int_equal(listed(sb), 0);
	assert_string_equal(xml_text(sb_item(sb, 0), "responseText"),
	    "0 tasks retrieved");
}

static void
test_task_hide(void **state)
{
	struct sb *sb;

	sb = with(state, "[" UPDATE "\"do\": \"hide\", \"polls\": 2}]");
	free(announce(sb));
	assert_int_equal(listed(sb), 0);
	assert_int_equal(listed(sb), 0);
	assert_int_equal(listed(sb), 1);
}

/* The worst case of all: accepted, applied, and the answer lost. */
static void
test_task_lost_answer(void **state)
{
	struct sb *sb;
	char *inner;

	sb = with(state, "[" UPDATE "\"do\": \"reset\","
	    " \"when\": \"after\"}]");
	sb_stage(sb, "a.csv", PACK_NONE, "A1,1\n");
	assert_true(asprintf(&inner, SB_CALL(SB_UPDATE SB_BANK
	    "<data_url>%s/stage/a.csv</data_url>"), sandbox_url(sb->s)) != -1);
	assert_int_equal(sb_post(sb, "K", "0", inner), -1);
	free(inner);
	assert_int_equal(listed(sb), 1);
	assert_string_equal(sb_wait(sb, "92794", NULL), "COMPLETE");
	assert_non_null(strstr(sb_bank(sb), "A1,1,"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f)	cmocka_unit_test_setup_teardown(f, sb_setup, sb_teardown)
		T(test_bad_files), T(test_counting), T(test_reset),
		T(test_status), T(test_truncate), T(test_code), T(test_delay),
		T(test_stage_faults), T(test_task_word), T(test_task_fail),
		T(test_task_forget), T(test_task_hide),
		T(test_task_lost_answer),
#undef T
		cmocka_unit_test(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
